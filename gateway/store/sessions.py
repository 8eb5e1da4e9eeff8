"""Statements on sessions, one row per session and connection: each takes a transaction, so that it can join another."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update

from gateway.aliases import joined as joined
from gateway.model.cdr import Cdr, CdrNature
from gateway.model.session import AuthMethod, SessionFacts, SessionIds, SessionStatus
from gateway.naming import operator_named
from gateway.store.database import Transaction, stamp
from gateway.store.quick import hot
from gateway.store.session_facts import merged_facts, token_of
from gateway.store.session_rows import KnownSession as KnownSession
from gateway.store.session_rows import columns_of, known_of, of_hub_name
from gateway.store.session_rows import readable as readable
from gateway.store.tables import sessions

ENDED = (SessionStatus.COMPLETED, SessionStatus.INVALID)
_ORDER = (SessionStatus.PENDING, SessionStatus.RESERVATION, SessionStatus.ACTIVE, *ENDED)


# --- finding -----------------------------------------------------------------------------------------------------


_c = sessions.c
_NAMED = (
    select(sessions)
    .where(
        or_(
            _c.hub_id == bindparam("hub"),
            _c.hub_alias == bindparam("hub_alias"),
            _c.cpo_id == bindparam("cpo"),
            _c.emsp_id == bindparam("emsp"),
        )
    )
    .order_by(_c.began_at.desc(), _c.id)
)
"""A name that is not given is NULL, which equals nothing. Built once: building costs several times the execution."""
_AT_ONE = hot(_NAMED.where(_c.connection == bindparam("its_connection")))
_AT_SOME = _NAMED.where(_c.connection.in_(bindparam("its_connections", expanding=True)))


def named(
    transaction: Transaction, ids: SessionIds, connections: Collection[str] = (), operator: str = ""
) -> Sequence[KnownSession]:
    """Sessions with any of these names at any connection (or those given): those still wanted first, newest first.

    Another hub id is another session, whatever our own names for the two. `operator`, compact, is whose EVSE it is
    about, as far as that is told: where operators name sessions, another one's is another session. Raises Invalid where
    a name is several operators'.
    """
    if not ids:
        return []
    names: dict[str, Any] = {"hub": ids.hub or None, "cpo": ids.cpo or None, "emsp": ids.emsp or None}
    names["hub_alias"] = names["hub"]
    if len(connections) == 1:
        rows = transaction.execute(_AT_ONE, {**names, "its_connection": next(iter(connections))}).all()
    elif connections:
        rows = transaction.execute(_AT_SOME, {**names, "its_connections": list(connections)}).all()
    else:
        rows = transaction.execute(_NAMED, names).all()
    if ids.hub:
        rows = of_hub_name(rows, ids, operator) or [row for row in rows if row.hub_id is None]
    return sorted(map(known_of, rows), key=lambda known: known.closing is not None)


def find(transaction: Transaction, connection: str, ids: SessionIds, operator: str = "") -> KnownSession | None:
    """By any of its names; the hub's first. Raises Invalid where a name is several operators'."""
    found = named(transaction, ids, (connection,), operator)
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
    present = find(transaction, session.connection, session.ids, session.named_by)
    if present is not None:
        merged = _merged(present, session)
        transaction.execute(_CHANGE, {"its_id": present.id, **columns_of(merged, now)})
        return merged
    transaction.execute(_INSERT, {"id": session.id, "began_at": stamp(now), **columns_of(session, now)})
    return replace(session, began_at=now)


def _merged(one: KnownSession, other: KnownSession) -> KnownSession:
    return replace(
        one,
        ids=joined(other.ids, one.ids),
        named_by=one.named_by or other.named_by,
        evse=other.evse or one.evse,
        token=other.token or one.token,
        operator=other.operator or one.operator,
        provider=other.provider or one.provider,
        auth_method=other.auth_method or one.auth_method,
        status=_status(one, other),
        evse_unknown_at_hub=one.evse_unknown_at_hub or other.evse_unknown_at_hub,
        swipe=one.swipe or other.swipe,
        closing=one.closing or other.closing,
        stop_tokens=other.stop_tokens or one.stop_tokens,
        product_id=other.product_id or one.product_id,
        reserved_until=other.reserved_until or one.reserved_until,
        facts=merged_facts(_facts(one, other), other.facts),
    )


def _facts(one: KnownSession, other: KnownSession) -> SessionFacts:
    """A session that is started once more under the name that it keeps has not ended (OCHPdirect)."""
    again = other.auth_method is AuthMethod.COMMAND and other.reserved_until is not None
    return replace(one.facts, ended_at=None) if again else one.facts


def _status(one: KnownSession, other: KnownSession) -> SessionStatus:
    """The later one; but a start under the very name of a reservation takes it up."""
    commanded = other.auth_method is AuthMethod.COMMAND and other.status is SessionStatus.PENDING
    if one.status is SessionStatus.RESERVATION and commanded and other.ids.hub == one.ids.hub is not None:
        return SessionStatus.PENDING
    return max(one.status, other.status, key=_ORDER.index)


def complete(
    transaction: Transaction, connection: str, cdr: Cdr, now: datetime, *, token_as_begun: bool = False
) -> Cdr:
    """The CDR with what is known of its session; a final one ends the session, and any is proof that it began.

    Other hubs' sessions for the same swipe are to be closed then: the driver charged in this one. A session that is
    closed already stays so. `token_as_begun`: the hub wants the user of the start, whatever the CDR says.
    """
    known = find(transaction, connection, cdr.session, operator_named(cdr))
    if known is None:
        return cdr
    if known.closed_at is None:
        final = cdr.nature is not CdrNature.INTERMEDIATE
        begun(transaction, known, now, SessionStatus.COMPLETED if final else SessionStatus.ACTIVE)
    return replace(
        cdr,
        session=joined(cdr.session, known.ids),
        token=token_of(cdr.token, known.token, known.facts, as_begun=token_as_begun),
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
