"""Statements on direct endpoints. Tokens come and go sealed; opening them is the caller's."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from gateway.store.database import Transaction, stamp
from gateway.store.tables import endpoint_lists as lists
from gateway.store.tables import endpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One endpoint of one day. `allow` and `deny` are JSON."""

    ours: bool
    role: str
    url: str | None
    version: str | None
    day: str
    token: bytes | None
    sealed: str | None
    allow: str
    deny: str
    taken: bool
    id: int | None = None


_COLUMNS = [column for column in endpoints.c if column.name != "connection"]


def listed(transaction: Transaction, connection: str, *, ours: bool) -> Sequence[Row]:
    """In the order in which they were kept."""
    where = endpoints.c.connection == connection, endpoints.c.ours == ours
    found = transaction.execute(select(*_COLUMNS).where(*where).order_by(endpoints.c.id))
    return [Row(**row._mapping) for row in found]


def add(transaction: Transaction, connection: str, rows: Sequence[Row]) -> None:
    if rows:
        transaction.execute(insert(endpoints), [_values(connection, row) for row in rows])


def _values(connection: str, row: Row) -> Mapping[str, Any]:
    values = {name: getattr(row, name) for name in Row.__dataclass_fields__ if name != "id"}
    return {"connection": connection, **values}


def remove(transaction: Transaction, ids: Collection[int]) -> None:
    transaction.execute(delete(endpoints).where(endpoints.c.id.in_(ids)))


def forget(transaction: Transaction, connection: str, before: date) -> None:
    """Endpoints of earlier days, on both sides."""
    where = endpoints.c.connection == connection, endpoints.c.day < before.isoformat()
    transaction.execute(delete(endpoints).where(*where))


def forget_days(transaction: Transaction, connection: str, days: Collection[str]) -> None:
    """Partners' endpoints of these days."""
    where = endpoints.c.connection == connection, endpoints.c.ours.is_(False), endpoints.c.day.in_(days)
    transaction.execute(delete(endpoints).where(*where))


# --- the list of partners ----------------------------------------------------------------------------------------


def fetched_at(transaction: Transaction, connection: str) -> str | None:
    where = lists.c.connection == connection
    row = transaction.execute(select(lists.c.fetched_at).where(where)).one_or_none()
    return None if row is None else row.fetched_at


def fetched(transaction: Transaction, connection: str, now: datetime) -> None:
    """The whole list has been kept."""
    values = {"fetched_at": stamp(now), "tried_at": stamp(now)}
    if transaction.execute(update(lists).where(lists.c.connection == connection).values(**values)).rowcount == 0:
        transaction.execute(insert(lists).values(connection=connection, **values))


def try_fetch(transaction: Transaction, connection: str, now: datetime, before: datetime) -> bool:
    """Whether the list may be asked for now: nobody has asked since `before`. Of several callers one is let through.
    A time to come is that of a clock that was wrong, and counts for nothing.

    Raises IntegrityError where another process writes the connection's first row at the same moment.
    """
    where = lists.c.connection == connection
    if transaction.execute(select(lists.c.connection).where(where)).one_or_none() is None:
        transaction.execute(insert(lists).values(connection=connection, tried_at=stamp(now)))
        return True
    long_ago = or_(lists.c.tried_at.is_(None), lists.c.tried_at <= stamp(before), lists.c.tried_at > stamp(now))
    changed: bool = transaction.execute(update(lists).where(where, long_ago).values(tried_at=stamp(now))).rowcount == 1
    return changed
