"""How a message of OICP is declared: its name, its types, and the two functions between them."""

from collections.abc import Callable, Sequence
from typing import Any

from gateway.model.common import Role
from gateway.ports import Written
from gateway.translation import AnyForm, MessageForm
from gateway.wire import WireModel
from gateway_oicp.words import NAME

Writes = Callable[[Any], Sequence[Written]]


def message_form(
    name: str,
    fields: str,
    kinds: tuple[type[WireModel], type[Any]],
    functions: tuple[Callable[[Any], Any], Callable[[Any], Any]],
    sent_by: Role = Role.CPO,
) -> AnyForm:
    operation, _, direction = name.partition(".")
    wire_type, canonical = kinds
    read, write = functions
    return MessageForm(
        NAME, wire_type, canonical, read, write, operation, direction or "request", sent_by, fields
    )  # fmt: skip


def one(form: AnyForm) -> Writes:
    """A canonical message is one message of ours."""
    return lambda message: [Written(form, form.write(message))]
