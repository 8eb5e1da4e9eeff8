"""How an operation of OCHP is declared: the form of its request beside that of its response."""

from collections.abc import Callable, Sequence
from typing import Any

from gateway.ports import Operation, Written
from gateway.translation import AnyForm, MessageForm
from gateway.wire import WireModel
from gateway_ochp.words import PROTOCOL

Meaning = tuple[type[Any], Callable[[Any], Any], Callable[[Any], Any]]
"""A canonical type, how a message is read as it, how it is written."""
Writes = Callable[[Any], Sequence[Written]]


def pair(operation: Operation, fields: str, question: Meaning, answer: Meaning) -> tuple[AnyForm, AnyForm]:
    """The forms of an operation's request and response; `fields` names the table of the first."""
    request = MessageForm(
        PROTOCOL, wired(operation.request), *question, name=operation.name, sent_by=operation.sender, fields=fields
    )
    response = MessageForm(
        PROTOCOL,
        wired(operation.response),
        *answer,
        name=operation.name,
        direction="response",
        sent_by=operation.receiver,
        fields=f"{fields}_response",
    )
    return request, response


def wired(model: type[WireModel] | None) -> type[WireModel]:
    assert model is not None, "every operation of OCHP has a request and a response"
    return model


def one(form: AnyForm) -> Writes:
    """A canonical message is one message of ours."""
    return lambda message: [Written(form, form.write(message))]
