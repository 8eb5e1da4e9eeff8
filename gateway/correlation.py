"""What an exchange is about: the sessions, EVSEs, CDRs and cards that its message and its answer name."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from gateway.model.cdr import Cdr
from gateway.model.ids import EvseId
from gateway.model.session import Session, SessionIds
from gateway.model.token import Token

MOST = 1000
"""Names of one exchange: of a whole fleet's list only the first are searched by."""
SESSION, EVSE, CDR, CARD = "session", "evse", "cdr", "card"
Name = tuple[str, str]
"""(kind, value): an EVSE without separators; a card or contract id in upper case without separators, in clear."""


def names_of(value: Any) -> tuple[Name, ...]:
    """Of a canonical message or answer, each once, at most `MOST`."""
    return tuple(dict.fromkeys(islice(_names(value), MOST)))


def _names(value: Any) -> Iterator[Name]:
    session = getattr(value, "session", None)
    if isinstance(session, Session):
        yield from _of_ids(session.ids)
        yield from _of_evse(session.evse)
        yield from _of_token(session.token)
    yield from _of_ids(session)
    yield from _of_evse(getattr(value, "evse", None))
    for token in chain((getattr(value, "token", None),), getattr(value, "tokens", ())):
        yield from _of_token(token)
    for cdr in chain((getattr(value, "cdr", None),), getattr(value, "cdrs", ())):
        yield from _of_cdr(cdr)
    for reference in chain(getattr(value, "approved", ()), getattr(value, "declined", ())):
        yield from _of_cdr(Cdr(id=reference.cdr_id, evse=reference.evse))
    for location in getattr(value, "locations", ()):
        for evse in location.evses:
            yield from _of_evse(evse.evse_id)
    for report in getattr(value, "statuses", ()):
        yield from _of_evse(report.evse)


def _of_ids(ids: Any) -> Iterator[Name]:
    if isinstance(ids, SessionIds):
        yield from ((SESSION, name) for name in (ids.hub, ids.cpo, ids.emsp) if name)


def _of_evse(evse: EvseId | None) -> Iterator[Name]:
    if evse is not None:
        yield EVSE, evse.compact


def _of_token(token: Token | None) -> Iterator[Name]:
    if token is not None and token.uid:
        yield CARD, plain_card(token.uid)
    if token is not None and token.contract_id is not None:
        yield CARD, plain_card(str(token.contract_id))


def _of_cdr(cdr: Cdr | None) -> Iterator[Name]:
    if cdr is None:
        return
    if cdr.id:
        yield CDR, cdr.id
    yield from _of_ids(cdr.session)
    yield from _of_evse(cdr.evse)
    yield from _of_token(cdr.token)


def plain_card(text: str) -> str:
    """A card's or contract's id as it is compared: `DE-8EO-CA2B3C4D5-6` is `DE8EOCA2B3C4D56`."""
    return "".join(letter for letter in text.upper() if letter.isalnum())


def plain_evse(text: str) -> str:
    found = EvseId.read(text.strip())
    return found.compact if found is not None else ""


def hub_session(value: Any) -> str | None:
    """What the hub calls the session, which leads where it is known."""
    ids = getattr(value, "session", None) or getattr(getattr(value, "cdr", None), "session", None)
    ids = ids.ids if isinstance(ids, Session) else ids
    return ids.hub if isinstance(ids, SessionIds) else None
