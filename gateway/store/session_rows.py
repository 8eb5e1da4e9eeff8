"""A session as the register knows it, and as its row in the store."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.aliases import alias_of
from gateway.canonical import from_json, to_json
from gateway.errors import GatewayError, Invalid
from gateway.findings import Finding, Severity
from gateway.log import logger
from gateway.model.ids import EvseId, PartyId
from gateway.model.session import AuthMethod, SessionFacts, SessionIds, SessionStatus
from gateway.model.token import Token
from gateway.store.database import stamp

_log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSession:
    """A session as the register knows it.

    PENDING: authorised; ACTIVE: charging has begun, by the backend's word; COMPLETED: its final CDR is there;
    INVALID: given up; RESERVATION: an EVSE is kept, charging is a session of its own. `closing` tells why it is to be
    closed towards its hub, `closed_at` since when that is owed.
    """

    id: str
    connection: str
    ids: SessionIds
    named_by: str = ""
    """The operator, compact, whose name `ids.hub` is, where no hub issues one: two operators may name theirs alike."""
    evse: EvseId | None = None
    token: Token | None = None
    """Exactly as received: the hub compares the CDR's with it."""
    operator: PartyId | None = None
    provider: PartyId | None = None
    auth_method: AuthMethod | None = None
    status: SessionStatus = SessionStatus.PENDING
    evse_unknown_at_hub: bool = False
    swipe: str | None = field(default=None, compare=False)
    """One request of a driver at several hubs: their sessions have it in common."""
    closing: str | None = None
    closed_at: datetime | None = None
    stop_tokens: tuple[Token, ...] = ()
    """Who else may end it, as the hub told with its authorisation."""
    product_id: str | None = None
    reserved_until: datetime | None = None
    """Until when it is held, as far as it is known: a reservation is over when that has passed, and so is the name of
    a direct session."""
    facts: SessionFacts = SessionFacts()
    began_at: datetime | None = field(default=None, compare=False)


def known_of(row: Any) -> KnownSession:
    """Raises GatewayError, ValueError, KeyError or TypeError for a damaged row."""
    return KnownSession(
        id=row.id,
        connection=row.connection,
        ids=SessionIds(hub=row.hub_id, cpo=row.cpo_id, emsp=row.emsp_id),
        named_by=row.named_by,
        evse=EvseId.read(row.evse),
        token=from_json(Token, json.loads(row.token)) if row.token else None,
        operator=PartyId.read(row.operator),
        provider=PartyId.read(row.provider),
        auth_method=AuthMethod(row.auth_method) if row.auth_method else None,
        status=SessionStatus(row.status),
        evse_unknown_at_hub=row.evse_unknown_at_hub,
        swipe=row.swipe,
        closing=row.closing,
        closed_at=datetime.fromisoformat(row.closed_at) if row.closed_at else None,
        stop_tokens=tuple(from_json(Token, one) for one in json.loads(row.stop_tokens or "[]")),
        product_id=row.product,
        reserved_until=datetime.fromisoformat(row.reserved_until) if row.reserved_until else None,
        facts=from_json(SessionFacts, json.loads(row.facts)) if row.facts else SessionFacts(),
        began_at=datetime.fromisoformat(row.began_at),
    )


def columns_of(session: KnownSession, now: datetime) -> dict[str, Any]:
    """All but its id and when it began."""
    return {
        "connection": session.connection,
        "hub_id": session.ids.hub,
        "hub_alias": alias_of(session.ids.hub),
        "named_by": session.named_by,
        "cpo_id": session.ids.cpo,
        "emsp_id": session.ids.emsp,
        "evse": str(session.evse) if session.evse else None,
        "token": json.dumps(to_json(session.token)) if session.token else None,
        "operator": str(session.operator) if session.operator else None,
        "provider": str(session.provider) if session.provider else None,
        "auth_method": session.auth_method,
        "status": session.status,
        "evse_unknown_at_hub": session.evse_unknown_at_hub,
        "swipe": session.swipe,
        "closing": session.closing,
        "closed_at": stamp(session.closed_at) if session.closed_at else None,
        "stop_tokens": json.dumps([to_json(token) for token in session.stop_tokens]) if session.stop_tokens else None,
        "product": session.product_id,
        "reserved_until": stamp(session.reserved_until) if session.reserved_until else None,
        "facts": json.dumps(to_json(session.facts)) if session.facts != SessionFacts() else None,
        "changed_at": stamp(now),
    }


def readable(rows: Iterable[Any]) -> list[KnownSession]:
    """Without the damaged ones, which are logged: one row does not hold up the others."""
    found: list[KnownSession] = []
    for row in rows:
        try:
            found.append(known_of(row))
        except (GatewayError, ValueError, KeyError, TypeError) as error:
            _log.error("a session's row cannot be read", session=row.id, error=type(error).__name__)
    return found


# --- which of several --------------------------------------------------------------------------------------------


def of_hub_name(rows: Sequence[Any], ids: SessionIds, operator: str) -> list[Any]:
    """The rows with this name of a hub; where operators give the names, those of the operator, as far as one is told.

    Raises Invalid where several operators have named theirs alike, and nothing tells which one is meant.
    """
    same = [row for row in rows if ids.hub in (row.hub_id, row.hub_alias)]
    if operator:
        return [row for row in same if row.named_by in ("", operator)]
    if not _are_alike(same):
        return same
    ours = [row for row in same if _is_ours(row, ids)]
    if ours and not _are_alike(ours):
        return ours
    named = ", ".join(sorted({row.named_by for row in same if row.named_by}))
    text = f"several operators call a session {ids.hub} ({named}): name its EVSE, or give your own name of the session"
    raise Invalid([Finding("/session/hub", Severity.ERROR, "ambiguous", text)])


def _are_alike(rows: Sequence[Any]) -> bool:
    """Whether at one connection several operators have the same name."""
    names = {(row.connection, row.named_by) for row in rows}
    return len(names) > len({connection for connection, _ in names})


def _is_ours(row: Any, ids: SessionIds) -> bool:
    return any(own is not None and own == its for own, its in ((ids.emsp, row.emsp_id), (ids.cpo, row.cpo_id)))
