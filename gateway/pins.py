"""PINs are kept nowhere: what is stored of a message is without them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from gateway.model import messages as m
from gateway.model.common import Kept
from gateway.model.token import Token

_NAMES = frozenset({"PIN", "HashedPIN"})
"""Members of received documents that have one (OICP 2.3, QRCodeIdentificationType)."""
M = TypeVar("M", bound=m.Message[Any])


def without_pin(token: Token | None) -> Token | None:
    return token if token is None or token.pin is None else replace(token, pin=None)


def without_pins(message: M) -> M:
    """A CDR or an event of a session as it may be stored; any other message as it is."""
    if isinstance(message, m.SubmitCdr) and message.cdr is not None:
        cdr = replace(message.cdr, token=without_pin(message.cdr.token), extensions=_kept(message.cdr.extensions))
        return replace(message, cdr=cdr, extensions=_kept(message.extensions))
    if isinstance(message, m.ReportEvent) and message.session is not None:
        session = replace(message.session, token=without_pin(message.session.token))
        return replace(message, session=session, extensions=_kept(message.extensions))
    return message


def _kept(extensions: Mapping[str, tuple[Kept, ...]]) -> Mapping[str, tuple[Kept, ...]]:
    if all(_is_clean(place) for places in extensions.values() for place in places):
        return extensions
    return {protocol: tuple(filter(_is_clean, places)) for protocol, places in extensions.items()}


def _is_clean(place: Kept) -> bool:
    return _NAMES.isdisjoint((*place.pointer.split("/"), *_members(place.received), *_members(place.written)))


def _members(document: Any) -> Iterator[str]:
    if isinstance(document, Mapping):
        for name, value in document.items():
            yield name
            yield from _members(value)
    elif isinstance(document, (list, tuple)):
        for value in document:
            yield from _members(value)
