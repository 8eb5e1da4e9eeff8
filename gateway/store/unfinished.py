"""Statements on sessions that come to nothing: those to be closed towards their hub, and those nobody speaks of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select, update

from gateway.model.session import SessionStatus
from gateway.store.database import Transaction, stamp
from gateway.store.sessions import KnownSession, readable
from gateway.store.tables import sessions


@dataclass(frozen=True, slots=True)
class Page:
    """Sessions, and the id after which the next page begins; None: this is the last one."""

    sessions: Sequence[KnownSession]
    after: str | None


def to_close(transaction: Transaction, connections: Collection[str], after: str = "", limit: int = 100) -> Page:
    """Those of these connections that are to be closed towards their hub, and are not yet, by id."""
    where = sessions.c.closing.is_not(None), sessions.c.closed_at.is_(None), sessions.c.id > after
    known = sessions.c.connection.in_(list(connections))
    rows = transaction.execute(select(sessions).where(*where, known).order_by(sessions.c.id).limit(limit)).all()
    return Page(readable(rows), rows[-1].id if len(rows) == limit else None)


def _silent(connection: str, since: datetime) -> ColumnElement[bool]:
    own = and_(sessions.c.connection == connection, sessions.c.status == SessionStatus.PENDING)
    return and_(own, sessions.c.began_at < stamp(since), sessions.c.closing.is_(None))


def silent(transaction: Transaction, connection: str, since: datetime) -> Sequence[KnownSession]:
    """Authorised before `since`, and nobody has told of a start."""
    statement = select(sessions).where(_silent(connection, since)).order_by(sessions.c.began_at)
    return readable(transaction.execute(statement))


def ended(
    transaction: Transaction, connection: str, since: datetime, until: datetime, limit: int
) -> Sequence[KnownSession]:
    """Those that ended between the two, oldest first. What is told of one later counts as a change of it, too."""
    own = and_(sessions.c.connection == connection, sessions.c.facts.like('%"ended_at"%'))
    statement = select(sessions).where(own, sessions.c.changed_at >= stamp(since)).order_by(sessions.c.changed_at)
    found = readable(transaction.execute(statement))
    within = [known for known in found if known.facts.ended_at and since <= known.facts.ended_at <= until]
    return within[:limit]


def mark_silent(transaction: Transaction, connection: str, since: datetime, reason: str, now: datetime) -> int:
    """Marks all that are `silent`, those that cannot be read too; how many."""
    marked = update(sessions).where(_silent(connection, since)).values(closing=reason, changed_at=stamp(now))
    return int(transaction.execute(marked).rowcount)
