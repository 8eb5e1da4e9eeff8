"""How a message of eMIP is declared: its wire type, its meaning, and the two functions between them."""

from collections.abc import Callable
from typing import TypeVar

from gateway.model.common import Extensible, Role
from gateway.wire import WireModel
from gateway_emip.steady import SteadyMessage
from gateway_emip.words import PROTOCOL

W = TypeVar("W", bound=WireModel)
C = TypeVar("C", bound=Extensible)


def form(
    wire_type: type[W], canonical: type[C], read: Callable[[W], C], write: Callable[[C], W], sent_by: Role, fields: str
) -> SteadyMessage[W, C]:
    """The name of the operation is that of the element without its last word: `…RequestRequest`, `…RequestResponse`."""
    name, direction = next(
        (wire_type.element.removesuffix(word), word.lower())
        for word in ("Request", "Response")
        if wire_type.element.endswith(word)
    )
    return SteadyMessage(PROTOCOL, wire_type, canonical, read, write, name, direction, sent_by, fields)
