"""Statements on reservations and on the spacing of notifications: columns of the table of sessions."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update

from gateway.model.session import SessionStatus
from gateway.store.database import Transaction, stamp
from gateway.store.sessions import KnownSession, readable
from gateway.store.tables import sessions

_c = sessions.c


def ended(transaction: Transaction, known: KnownSession, now: datetime) -> None:
    """A reservation was cancelled: it is over now, if it was not before."""
    later = or_(_c.reserved_until.is_(None), _c.reserved_until > stamp(now))
    where = _c.id == known.id, _c.status == SessionStatus.RESERVATION, later
    transaction.execute(update(sessions).where(*where).values(reserved_until=stamp(now), changed_at=stamp(now)))


def held(transaction: Transaction, known: KnownSession, until: datetime, now: datetime) -> None:
    """Until when its name counts, for a session of any kind."""
    values = {"reserved_until": stamp(until), "changed_at": stamp(now)}
    transaction.execute(update(sessions).where(_c.id == known.id).values(**values))


def _over(connections: Collection[str], now: datetime) -> Any:
    mine = _c.connection.in_(list(connections))
    return and_(mine, _c.status == SessionStatus.RESERVATION, _c.reserved_until <= stamp(now))


def over(
    transaction: Transaction, connections: Collection[str], now: datetime, limit: int = 1000
) -> Sequence[KnownSession]:
    """Reservations of these connections that were cancelled or have run out, and have no CDR yet; oldest end first."""
    statement = select(sessions).where(_over(connections, now)).order_by(_c.reserved_until, _c.id).limit(limit)
    return readable(transaction.execute(statement))


def mark_over(transaction: Transaction, connection: str, since: datetime, reason: str, now: datetime) -> int:
    """Those that were over at `since` are to be closed towards their hub; how many."""
    marked = update(sessions).where(_over((connection,), since), _c.closing.is_(None))
    return int(transaction.execute(marked.values(closing=reason, changed_at=stamp(now))).rowcount)


# --- notifications -----------------------------------------------------------------------------------------------


def progress_taken(transaction: Transaction, known: KnownSession, seconds: float, now: datetime) -> float:
    """Takes the turn for a progress, at most one in `seconds`: 0.0, or the seconds until the next turn.

    One statement decides, so that of two processes only one has the turn.
    """
    free = or_(_c.progress_at.is_(None), _c.progress_at <= stamp(now - timedelta(seconds=seconds)))
    taken = update(sessions).where(_c.id == known.id, free).values(progress_at=stamp(now))
    if transaction.execute(taken).rowcount:
        return 0.0
    last = transaction.execute(select(_c.progress_at).where(_c.id == known.id)).scalar_one_or_none()
    if last is None:
        return 0.0
    return max(0.0, seconds - (now - datetime.fromisoformat(last)).total_seconds())


def progress_given_back(transaction: Transaction, known: KnownSession, taken_at: datetime) -> None:
    """The turn was not used: nothing has left."""
    where = _c.id == known.id, _c.progress_at == stamp(taken_at)
    transaction.execute(update(sessions).where(*where).values(progress_at=None))


def progress_over(transaction: Transaction, known: KnownSession, taken_at: datetime, now: datetime) -> None:
    """The turn was used, and it ended at `now`."""
    where = _c.id == known.id, _c.progress_at == stamp(taken_at)
    transaction.execute(update(sessions).where(*where).values(progress_at=stamp(now)))
