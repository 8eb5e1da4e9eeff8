"""Statements on the inbox: CDRs that hubs have pushed, stored before they are acknowledged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Transaction
from sqlalchemy import insert, select, update

from gateway.store.database import stamp
from gateway.store.tables import inbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    id: int
    connection: str
    key: str
    kind: str
    message: str
    handed_over: bool
    answer: str | None
    tries: int
    next_try_at: str
    received_at: str


def put(
    transaction: Transaction,
    *,
    connection: str,
    key: str,
    kind: str,
    message: str,
    now: datetime,
    first_try: datetime | None = None,
) -> tuple[Item, bool]:
    """(the item under this key, whether it is new)."""
    where = select(inbox).where(inbox.c.connection == connection, inbox.c.key == key)
    present = transaction.execute(where).one_or_none()
    if present is not None:
        return Item(**present._mapping), False
    values: dict[str, Any] = {"connection": connection, "key": key, "kind": kind, "message": message}
    times = {"received_at": stamp(now), "next_try_at": stamp(first_try or now)}
    transaction.execute(insert(inbox).values(**values, **times, handed_over=False, tries=0))
    return Item(**transaction.execute(where).one()._mapping), True


def due(transaction: Transaction, now: datetime, limit: int = 100) -> Sequence[Item]:
    """What the backend has not answered for yet, oldest first."""
    statement = select(inbox).where(inbox.c.handed_over.is_(False), inbox.c.next_try_at <= stamp(now))
    return [Item(**row._mapping) for row in transaction.execute(statement.order_by(inbox.c.id).limit(limit))]


def done(transaction: Transaction, item: Item, answer: str) -> None:
    transaction.execute(update(inbox).where(inbox.c.id == item.id).values(handed_over=True, answer=answer))


def postpone(transaction: Transaction, item: Item, next_try_at: datetime) -> None:
    values = {"tries": item.tries + 1, "next_try_at": stamp(next_try_at)}
    transaction.execute(update(inbox).where(inbox.c.id == item.id).values(**values))


def listed(transaction: Transaction, connection: str = "") -> Sequence[Item]:
    statement = select(inbox).order_by(inbox.c.id)
    if connection:
        statement = statement.where(inbox.c.connection == connection)
    return [Item(**row._mapping) for row in transaction.execute(statement)]
