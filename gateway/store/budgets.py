"""The budgets of calls that hubs give, counted in the store so that all processes share them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select, update

from gateway.store.database import Transaction, stamp
from gateway.store.tables import budgets

_AT_ONCE = 6
"""A sixth of a minute's calls may come at once; refilled at five sixths, no window of a minute passes the budget."""
Budgets = Mapping[tuple[str, str], int | None]
"""(connection, kind) → calls per minute."""


_OF = (budgets.c.connection == bindparam("its_connection"), budgets.c.kind == bindparam("its_kind"))
_LOCKED = select(budgets).where(*_OF).with_for_update()
_INSERT, _CHANGE = insert(budgets), update(budgets).where(*_OF)


def filled(row: Mapping[str, object] | None, per_minute: int, now: datetime) -> float:
    """The tokens that a budget has now; `row` is its row, if it has one."""
    most = max(1.0, per_minute / _AT_ONCE)
    if row is None:
        return most
    passed = (now - datetime.fromisoformat(str(row["at"]))).total_seconds()
    refill = per_minute * (1 - 1 / _AT_ONCE) / 60
    return min(most, float(str(row["tokens"])) + max(0.0, passed) * refill)


def _wait(row: Mapping[str, object] | None, per_minute: int | None, now: datetime) -> float:
    """Seconds until a call may be made; 0: now."""
    closed = row["closed_until"] if row is not None else None
    if closed is not None and str(closed) > stamp(now):
        return (datetime.fromisoformat(str(closed)) - now).total_seconds()
    if per_minute is None:
        return 0.0
    tokens = filled(row, per_minute, now)
    return 0.0 if tokens >= 1 else (1 - tokens) / (per_minute * (1 - 1 / _AT_ONCE) / 60)


def _row(transaction: Transaction, connection: str, kind: str) -> Mapping[str, object] | None:
    found = transaction.execute(_LOCKED, {"its_connection": connection, "its_kind": kind}).one_or_none()
    return None if found is None else dict(found._mapping)


def spent(transaction: Transaction, connection: str, kind: str, per_minute: int | None, now: datetime) -> float:
    """0 where a call may be made, and is counted; else the seconds until one may."""
    row = _row(transaction, connection, kind)
    wait = _wait(row, per_minute, now)
    if wait > 0 or per_minute is None:
        return wait
    _put(transaction, connection, kind, row, tokens=filled(row, per_minute, now) - 1, at=_later(row, now))
    return 0.0


def closed(transaction: Transaction, connection: str, kind: str, now: datetime, seconds: float) -> None:
    """The hub asked to be left alone: no lane of this kind calls it for so long."""
    row = _row(transaction, connection, kind)
    until = max(stamp(now + timedelta(seconds=seconds)), str((row or {}).get("closed_until") or ""))
    times = {"closed_until": until}
    _put(transaction, connection, kind, row, **({} if row else {"tokens": 1.0, "at": stamp(now)}), **times)


def _later(row: Mapping[str, object] | None, now: datetime) -> str:
    """A clock that is behind another's does not turn time back: the same seconds are filled in once."""
    return max(stamp(now), str(row["at"])) if row is not None else stamp(now)


def _put(
    transaction: Transaction, connection: str, kind: str, row: Mapping[str, object] | None, **values: object
) -> None:
    if row is None:
        transaction.execute(_INSERT, {"connection": connection, "kind": kind, **values})
    else:
        transaction.execute(_CHANGE, {"its_connection": connection, "its_kind": kind, **values})


def waits(transaction: Transaction, budget: Budgets, now: datetime) -> Mapping[tuple[str, str], float]:
    """(connection, kind) → seconds until a call may be made, of those that may not be made now."""
    rows = {(row.connection, row.kind): dict(row._mapping) for row in transaction.execute(select(budgets))}
    found = {pair: _wait(row, budget.get(pair), now) for pair, row in rows.items()}
    return {pair: wait for pair, wait in found.items() if wait > 0}
