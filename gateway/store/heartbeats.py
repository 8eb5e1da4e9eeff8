"""Statements on heartbeats: when each operator's was last answered, and how far the hub's clock was ahead of ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from gateway.store.database import Transaction, stamp
from gateway.store.tables import heartbeats

GRACE_SECONDS = 60.0
"""Beyond its period a heartbeat may be late by this much, before anybody is told."""
CLOCK_SECONDS = 60.0
"""A hub's clock that differs by more is worth a warning: statuses and events would seem old, or yet to come."""
_c = heartbeats.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """The heartbeats of one operator at one connection. `overdue_seconds`: since the next one was due; 0: in time.

    `ahead_seconds`: by how much the hub's clock is ahead of ours; None: it has not told the time.
    """

    connection: str
    operator: str
    heard_at: str | None
    period_seconds: float
    overdue_seconds: float
    ahead_seconds: float | None
    words: str | None


def heard(
    transaction: Transaction,
    *,
    connection: str,
    operator: str,
    at: datetime,
    period_seconds: float,
    ahead_seconds: float | None,
    words: str = "",
) -> None:
    """The newest heartbeat; what an earlier answer told stays where this one had none (`words`: why)."""
    where = _c.connection == connection, _c.operator == operator
    values: dict[str, Any] = {"tried_at": stamp(at), "words": words or None}
    if not words:
        values |= {"heard_at": stamp(at), "period_seconds": period_seconds, "ahead_seconds": ahead_seconds}
    if transaction.execute(update(heartbeats).where(*where).values(**values)).rowcount == 0:
        new = {"connection": connection, "operator": operator, "period_seconds": period_seconds, **values}
        transaction.execute(insert(heartbeats).values(**new))


def listed(transaction: Transaction, now: datetime) -> Sequence[Pulse]:
    rows = transaction.execute(select(heartbeats).order_by(_c.connection, _c.operator))
    return [
        Pulse(
            connection=row.connection,
            operator=row.operator,
            heard_at=row.heard_at,
            period_seconds=row.period_seconds,
            overdue_seconds=_overdue(row.heard_at or row.tried_at, row.period_seconds, now, never=row.heard_at is None),
            ahead_seconds=row.ahead_seconds,
            words=row.words,
        )
        for row in rows
    ]


def _overdue(last: str, period_seconds: float, now: datetime, *, never: bool) -> float:
    """Where none was ever answered, it is overdue since the last try."""
    due = datetime.fromisoformat(last) + timedelta(seconds=0.0 if never else period_seconds)
    late = (now - due).total_seconds()
    return late if late > (0.0 if never else GRACE_SECONDS) else 0.0
