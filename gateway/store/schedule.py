"""Statements on the turns of periodic work: what is due, who has it, and how it went."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Update, insert, or_, select, update

from gateway.store.database import Transaction, stamp
from gateway.store.tables import turns

Name = tuple[str, str]
"""(connection, job); the connection of the gateway's own work is empty."""
_DIFFERENCE = timedelta(hours=1)
"""Clocks of processes differ less than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Periodic work as the cluster knows it. `failures` in a row, with the `words` of the last."""

    connection: str
    job: str
    next_at: str
    owner: str | None
    leased_until: str | None
    last_at: str | None
    succeeded_at: str | None
    failures: int
    words: str | None

    @property
    def name(self) -> Name:
        return self.connection, self.job


def _turn(row: Row[Any]) -> Turn:
    return Turn(**row._mapping)


def listed(transaction: Transaction) -> Sequence[Turn]:
    return [_turn(row) for row in transaction.execute(select(turns).order_by(turns.c.connection, turns.c.job))]


def register(transaction: Transaction, name: Name, period_seconds: float, now: datetime) -> None:
    """Due at once when it is new; a turn that is planned later than its period allows is brought forward.

    Raises IntegrityError when another process registers it at the same moment; then it is there.
    """
    connection, job = name
    latest = stamp(now + timedelta(seconds=period_seconds))
    row = transaction.execute(select(turns).where(*_is(name))).one_or_none()
    if row is None:
        values = {"connection": connection, "job": job, "next_at": stamp(now), "failures": 0}
        transaction.execute(insert(turns).values(**values))
    elif row.next_at > latest:
        transaction.execute(update(turns).where(*_is(name), turns.c.next_at > latest).values(next_at=latest))


def due(transaction: Transaction, names: Collection[Name], now: datetime) -> Sequence[Turn]:
    """Turns among `names` that may be taken now, the longest overdue first.

    One that was last taken in the future was planned by a clock that was wrong; it counts as overdue.
    """
    overdue = or_(turns.c.next_at <= stamp(now), turns.c.last_at > stamp(now + _DIFFERENCE))
    statement = select(turns).where(overdue, _free(now)).order_by(turns.c.next_at)
    return [turn for turn in map(_turn, transaction.execute(statement)) if turn.name in names]


def take(transaction: Transaction, turn: Turn, owner: str, now: datetime, seconds: float) -> bool:
    """Whether the turn is ours from now on, for `seconds` unless renewed; a lease that has run out is taken over."""
    mine = {"owner": owner, "leased_until": stamp(now + timedelta(seconds=seconds)), "last_at": stamp(now)}
    statement = update(turns).where(*_is(turn.name), turns.c.next_at == turn.next_at, _free(now)).values(**mine)
    return _changed(transaction, statement)


def renew(transaction: Transaction, name: Name, owner: str, now: datetime, seconds: float) -> bool:
    """Whether it is still ours, and for `seconds` more."""
    statement = update(turns).where(*_is(name), turns.c.owner == owner)
    return _changed(transaction, statement.values(leased_until=stamp(now + timedelta(seconds=seconds))))


def finish(
    transaction: Transaction, name: Name, owner: str, now: datetime, wait_seconds: float, failure: str | None = None
) -> bool:
    """Plans the next run; False where the turn is no longer ours, and nothing is changed."""
    values: dict[str, Any] = {"failures": 0, "words": None, "succeeded_at": stamp(now)}
    if failure is not None:
        values = {"failures": turns.c.failures + 1, "words": failure}
    planned = {"next_at": stamp(now + timedelta(seconds=wait_seconds)), "owner": None, "leased_until": None}
    statement = update(turns).where(*_is(name), turns.c.owner == owner)
    return _changed(transaction, statement.values(**values, **planned))


def release(transaction: Transaction, owner: str) -> None:
    """What this owner holds is free again, and due as before."""
    transaction.execute(update(turns).where(turns.c.owner == owner).values(owner=None, leased_until=None))


def upcoming(transaction: Transaction, names: Collection[Name]) -> str | None:
    """When the next turn among `names` may be taken: at its time, or when its lease runs out."""
    times = [max(turn.next_at, turn.leased_until or "") for turn in listed(transaction) if turn.name in names]
    return min(times, default=None)


def _is(name: Name) -> tuple[Any, Any]:
    return turns.c.connection == name[0], turns.c.job == name[1]


def _free(now: datetime) -> Any:
    return or_(turns.c.leased_until.is_(None), turns.c.leased_until <= stamp(now))


def _changed(transaction: Transaction, statement: Update) -> bool:
    changed: bool = transaction.execute(statement).rowcount == 1
    return changed
