"""Statements on sessions, one row per session and connection: each takes a transaction, so that it can join another."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update

from gateway.canonical import from_json, to_json
from gateway.errors import GatewayError
from gateway.log import logger
from gateway.model.cdr import Cdr, CdrNature
from gateway.model.ids import EvseId, PartyId
from gateway.model.session import AuthMethod, SessionIds, SessionStatus
from gateway.model.token import Token
from gateway.store.database import Transaction, stamp
from gateway.store.quick import hot
from gateway.store.tables import sessions

_log = logger(__name__)
ENDED = (SessionStatus.COMPLETED, SessionStatus.INVALID)
_ORDER = (SessionStatus.PENDING, SessionStatus.RESERVATION, SessionStatus.ACTIVE, *ENDED)


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
    """The end of a reservation, as far as it is known: it is over when that has passed."""
    began_at: datetime | None = field(default=None, compare=False)


def _known(row: Any) -> KnownSession:
    return KnownSession(
        id=row.id,
        connection=row.connection,
        ids=SessionIds(hub=row.hub_id, cpo=row.cpo_id, emsp=row.emsp_id),
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
        began_at=datetime.fromisoformat(row.began_at),
    )


def _columns(session: KnownSession, now: datetime) -> dict[str, Any]:
    return {
        "connection": session.connection,
        "hub_id": session.ids.hub,
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
        "changed_at": stamp(now),
    }


def readable(rows: Iterable[Any]) -> list[KnownSession]:
    """Without the damaged ones, which are logged: one row does not hold up the others."""
    found: list[KnownSession] = []
    for row in rows:
        try:
            found.append(_known(row))
        except (GatewayError, ValueError, KeyError, TypeError) as error:
            _log.error("a session's row cannot be read", session=row.id, error=type(error).__name__)
    return found


# --- finding -----------------------------------------------------------------------------------------------------


_c = sessions.c
_NAMED = (
    select(sessions)
    .where(or_(_c.hub_id == bindparam("hub"), _c.cpo_id == bindparam("cpo"), _c.emsp_id == bindparam("emsp")))
    .order_by(_c.began_at.desc(), _c.id)
)
"""A name that is not given is NULL, which equals nothing. Built once: building costs several times the execution."""
_AT_ONE = hot(_NAMED.where(_c.connection == bindparam("its_connection")))
_AT_SOME = _NAMED.where(_c.connection.in_(bindparam("its_connections", expanding=True)))


def named(transaction: Transaction, ids: SessionIds, connections: Collection[str] = ()) -> Sequence[KnownSession]:
    """Sessions with any of these names at any connection (or those given): those still wanted first, newest first.

    Another hub id is another session, whatever our own names for the two.
    """
    if not ids:
        return []
    names: dict[str, Any] = {"hub": ids.hub or None, "cpo": ids.cpo or None, "emsp": ids.emsp or None}
    if len(connections) == 1:
        rows = transaction.execute(_AT_ONE, {**names, "its_connection": next(iter(connections))}).all()
    elif connections:
        rows = transaction.execute(_AT_SOME, {**names, "its_connections": list(connections)}).all()
    else:
        rows = transaction.execute(_NAMED, names).all()
    if ids.hub:
        rows = [row for row in rows if row.hub_id == ids.hub] or [row for row in rows if row.hub_id is None]
    return sorted(map(_known, rows), key=lambda known: known.closing is not None)


def find(transaction: Transaction, connection: str, ids: SessionIds) -> KnownSession | None:
    """By any of its names; the hub's first."""
    found = named(transaction, ids, (connection,))
    return found[0] if found else None


def of_swipe(transaction: Transaction, swipe: str) -> Sequence[KnownSession]:
    statement = select(sessions).where(sessions.c.swipe == swipe).order_by(sessions.c.began_at, sessions.c.id)
    return readable(transaction.execute(statement))


def listed(
    transaction: Transaction,
    *,
    connection: str = "",
    evse_unknown: bool = False,
    unfinished: bool = False,
    limit: int = 1000,
) -> list[KnownSession]:
    """Oldest first; `unfinished`: neither completed nor given up."""
    statement = select(sessions).order_by(sessions.c.began_at, sessions.c.id).limit(limit)
    if connection:
        statement = statement.where(sessions.c.connection == connection)
    if evse_unknown:
        statement = statement.where(sessions.c.evse_unknown_at_hub.is_(True))
    if unfinished:
        statement = statement.where(sessions.c.status.not_in(ENDED))
    return readable(transaction.execute(statement))


# --- changing ----------------------------------------------------------------------------------------------------


_INSERT = hot(insert(sessions))
_CHANGE = hot(update(sessions).where(_c.id == bindparam("its_id")))


def record(transaction: Transaction, session: KnownSession, now: datetime) -> KnownSession:
    """A new session, or more names and facts for one that is known."""
    present = find(transaction, session.connection, session.ids)
    if present is not None:
        merged = _merged(present, session)
        transaction.execute(_CHANGE, {"its_id": present.id, **_columns(merged, now)})
        return merged
    transaction.execute(_INSERT, {"id": session.id, "began_at": stamp(now), **_columns(session, now)})
    return replace(session, began_at=now)


def _merged(one: KnownSession, other: KnownSession) -> KnownSession:
    return replace(
        one,
        ids=joined(other.ids, one.ids),
        evse=other.evse or one.evse,
        token=other.token or one.token,
        operator=other.operator or one.operator,
        provider=other.provider or one.provider,
        auth_method=other.auth_method or one.auth_method,
        status=max(one.status, other.status, key=_ORDER.index),
        evse_unknown_at_hub=one.evse_unknown_at_hub or other.evse_unknown_at_hub,
        swipe=one.swipe or other.swipe,
        closing=one.closing or other.closing,
        stop_tokens=other.stop_tokens or one.stop_tokens,
        product_id=other.product_id or one.product_id,
        reserved_until=other.reserved_until or one.reserved_until,
    )


def joined(one: SessionIds, other: SessionIds) -> SessionIds:
    """The names of both; where they differ, those of the first."""
    return SessionIds(hub=one.hub or other.hub, cpo=one.cpo or other.cpo, emsp=one.emsp or other.emsp)


def complete(transaction: Transaction, connection: str, cdr: Cdr, now: datetime) -> Cdr:
    """The CDR with what is known of its session; a final one ends the session, and any is proof that it began.

    Other hubs' sessions for the same swipe are to be closed then: the driver charged in this one. A session that is
    closed already stays so.
    """
    known = find(transaction, connection, cdr.session)
    if known is None:
        return cdr
    if known.closed_at is None:
        final = cdr.nature is not CdrNature.INTERMEDIATE
        begun(transaction, known, now, SessionStatus.COMPLETED if final else SessionStatus.ACTIVE)
    return replace(
        cdr,
        session=joined(cdr.session, known.ids),
        token=cdr.token or known.token,
        evse=cdr.evse or known.evse,
        provider=cdr.provider or known.provider,
        auth_method=cdr.auth_method or known.auth_method,
    )


def begun(
    transaction: Transaction, known: KnownSession, now: datetime, status: SessionStatus = SessionStatus.ACTIVE
) -> None:
    """The driver charges, or has charged, in this session. It is not closed unused, if it has not been already.

    Nobody charges in a reservation: until its CDR is there it stays what it is, and owes one.
    """
    if known.status is SessionStatus.RESERVATION and status is SessionStatus.ACTIVE:
        return
    values: dict[str, Any] = {"status": max(known.status, status, key=_ORDER.index), "changed_at": stamp(now)}
    if known.closed_at is None:
        values["closing"] = None
    transaction.execute(_CHANGE, {"its_id": known.id, **values})
    if known.swipe:
        give_up(transaction, known.swipe, known.connection, f"the driver charged in {known.connection}'s session", now)


def mark(transaction: Transaction, known: KnownSession, reason: str, now: datetime) -> bool:
    """It is to be closed towards its hub, for a reason that stays; False where it was ended or marked before."""
    where = sessions.c.id == known.id, sessions.c.closing.is_(None), sessions.c.status.not_in(ENDED)
    changed = transaction.execute(update(sessions).where(*where).values(closing=reason, changed_at=stamp(now)))
    return bool(changed.rowcount)


def give_up(transaction: Transaction, swipe: str, kept: str | None, reason: str, now: datetime) -> None:
    """Closes what one request of a driver has opened at several hubs, all but the session of connection `kept`."""
    for known in of_swipe(transaction, swipe):
        if known.connection != kept and known.status is SessionStatus.PENDING:
            mark(transaction, known, reason, now)


def closed(transaction: Transaction, known: KnownSession, now: datetime) -> bool:
    """Its closing is owed from now on; False where somebody else has seen to it, or it is wanted after all."""
    where = sessions.c.id == known.id, sessions.c.closing.is_not(None), sessions.c.closed_at.is_(None)
    values = {"closed_at": stamp(now), "changed_at": stamp(now), "status": SessionStatus.INVALID}
    return bool(transaction.execute(update(sessions).where(*where).values(**values)).rowcount)
