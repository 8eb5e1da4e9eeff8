"""Statements on the inbox: what hubs have given us for the backend, stored before it is acknowledged.

Whoever hands an item over leases it first, so that of several workers one does it. Remembered answers to questions
stand in the same table; they have nothing to hand over, and are forgotten after their time (`forgotten_at`).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, insert, literal_column, or_, select, update
from sqlalchemy.exc import IntegrityError

from gateway.store.database import Transaction, stamp
from gateway.store.quick import hot
from gateway.store.tables import inbox

StoredMeanwhile = IntegrityError
"""What the store raises where two workers store one key at the same time: asked again it finds the other's item."""

_PORTION = 500
_INSERT = hot(insert(inbox).returning(inbox.c.id))
_CHANGE = hot(update(inbox).where(inbox.c.id == bindparam("its_id")))
_ANSWER = hot(_CHANGE.where(inbox.c.owner == bindparam("its_owner"), inbox.c.answer.is_(None)))
_DELETE = hot(delete(inbox).where(inbox.c.id == bindparam("its_id")))
_GET = hot(select(inbox).where(inbox.c.id == bindparam("its_id")))
_CLAIM = hot(
    _CHANGE.where(
        and_(inbox.c.answer.is_(None), inbox.c.aside_at.is_(None)),
        or_(inbox.c.leased_until.is_(None), inbox.c.leased_until < bindparam("its_now")),
    )
)
_ONE: ColumnElement[int] = literal_column("1")
_BUSY = hot(
    select(inbox.c.id)
    .where(inbox.c.connection == bindparam("its_connection"), inbox.c.handed_over.is_(False))
    .where(inbox.c.leased_until >= bindparam("its_now"))
    .limit(_ONE)
)
_OLDEST = hot(
    select(inbox.c.id, inbox.c.key, inbox.c.kind)
    .where(inbox.c.connection == bindparam("its_connection"), inbox.c.id > bindparam("its_after"))
    .where(inbox.c.handed_over.is_(False), inbox.c.aside_at.is_(None))
    .where(inbox.c.next_try_at <= bindparam("its_now"))
    .order_by(inbox.c.id)
    .limit(_ONE)
)
_FORGET = hot(_DELETE.where(inbox.c.forgotten_at < bindparam("its_end")))
_UNDER = hot(
    select(inbox).where(inbox.c.connection == bindparam("its_connection"), inbox.c.key == bindparam("its_key"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """`words` say why it is not handed over yet; times are stamps."""

    id: int
    connection: str
    key: str
    kind: str
    message: str
    handed_over: bool = False
    answer: str | None = None
    words: str | None = None
    tries: int = 0
    owner: str | None = None
    leased_until: str | None = None
    aside_at: str | None = None
    forgotten_at: str | None = None
    next_try_at: str = ""
    received_at: str = ""

    def is_leased(self, now: datetime) -> bool:
        return self.leased_until is not None and self.leased_until >= stamp(now)


@dataclass(frozen=True, slots=True)
class Lease:
    """Whose an item is, and for how long."""

    owner: str
    seconds: float

    def until(self, now: datetime) -> dict[str, Any]:
        return {"owner": self.owner, "leased_until": stamp(now + timedelta(seconds=self.seconds))}


_GIVEN_BACK: dict[str, Any] = {"owner": None, "leased_until": None}


def put(
    transaction: Transaction,
    *,
    connection: str,
    key: str,
    kind: str,
    message: str,
    now: datetime,
    first_try: datetime | None = None,
    lease: Lease | None = None,
) -> tuple[Item, bool]:
    """(the item under this key, whether it is new). Raises StoredMeanwhile."""
    present = found(transaction, connection, key)
    if present is not None:
        return present, False
    values: dict[str, Any] = {"connection": connection, "key": key, "kind": kind, "message": message}
    values |= lease.until(now) if lease is not None else {}
    times = {"received_at": stamp(now), "next_try_at": stamp(first_try or now)}
    values |= {**times, "handed_over": False, "tries": 0}
    number = transaction.execute(_INSERT, values).scalar_one()
    return Item(**values, id=number), True


def found(transaction: Transaction, connection: str, key: str) -> Item | None:
    row = transaction.execute(_UNDER, {"its_connection": connection, "its_key": key}).one_or_none()
    return None if row is None else Item(**row._mapping)


def known(transaction: Transaction, connection: str, keys: Iterable[str]) -> frozenset[str]:
    """Those of the keys under which there is an item."""
    names, asked = select(inbox.c.key).where(inbox.c.connection == connection), iter(keys)
    rows: list[str] = []
    while portion := list(islice(asked, _PORTION)):
        rows += [row.key for row in transaction.execute(names.where(inbox.c.key.in_(portion)))]
    return frozenset(rows)


def get(transaction: Transaction, item: int) -> Item | None:
    row = transaction.execute(_GET, {"its_id": item}).one_or_none()
    return None if row is None else Item(**row._mapping)


# --- handing over ------------------------------------------------------------------------------------------------


def _open(now: datetime) -> ColumnElement[bool]:
    return and_(inbox.c.handed_over.is_(False), inbox.c.aside_at.is_(None), inbox.c.next_try_at <= stamp(now))


def due(transaction: Transaction, now: datetime, limit: int = 100) -> Sequence[Item]:
    """What the backend has not answered for yet, oldest first."""
    statement = select(inbox).where(_open(now)).order_by(inbox.c.id).limit(limit)
    return [Item(**row._mapping) for row in transaction.execute(statement)]


def connections_due(transaction: Transaction, now: datetime) -> Sequence[str]:
    """The connections that have something to hand over now."""
    return [row.connection for row in transaction.execute(select(inbox.c.connection).where(_open(now)).distinct())]


def taken(
    transaction: Transaction, connection: str, now: datetime, lease: Lease, in_order: Collection[str] = ()
) -> Item | None:
    """The oldest due item of a connection, from now on the caller's; None where there is none, or another is at it.

    A connection has one item in hand at a time, whoever holds it: that keeps their order. An item of a kind in
    `in_order` waits as well for the older ones of its name, which is its key up to the last slash.
    """
    busy = transaction.execute(_BUSY, {"its_connection": connection, "its_now": stamp(now)})
    if busy.one_or_none() is not None:
        return None
    item = _next(transaction, connection, now, in_order)
    return None if item is None else claimed(transaction, item, now, lease)


def _next(transaction: Transaction, connection: str, now: datetime, in_order: Collection[str]) -> int | None:
    sought = {"its_connection": connection, "its_now": stamp(now), "its_after": 0}
    row = transaction.execute(_OLDEST, sought).one_or_none()
    while row is not None and row.kind in in_order and _has_older(transaction, connection, row):
        row = transaction.execute(_OLDEST, {**sought, "its_after": row.id}).one_or_none()
    return None if row is None else int(row.id)


def _has_older(transaction: Transaction, connection: str, row: Any) -> bool:
    """Whether an older item of the same kind and name is open; what is put aside may stay so for ever."""
    name = row.key.rpartition("/")[0] + "/"
    is_open = inbox.c.handed_over.is_(False), inbox.c.aside_at.is_(None)
    same = inbox.c.connection == connection, inbox.c.kind == row.kind, inbox.c.key.startswith(name, autoescape=True)
    older = select(inbox.c.id).where(*same, *is_open, inbox.c.id < row.id).limit(1)
    return transaction.execute(older).one_or_none() is not None


def claimed(transaction: Transaction, item: int, now: datetime, lease: Lease) -> Item | None:
    """This item, from now on the caller's; None where it is answered for, or somebody else has it."""
    changed = transaction.execute(_CLAIM, {"its_id": item, "its_now": stamp(now), **lease.until(now)})
    return get(transaction, item) if changed.rowcount == 1 else None


def renewed(transaction: Transaction, item: int, now: datetime, lease: Lease) -> bool:
    """Whether the item is still the caller's."""
    mine = update(inbox).where(inbox.c.id == item, inbox.c.owner == lease.owner).values(**lease.until(now))
    return bool(transaction.execute(mine).rowcount == 1)


def done(transaction: Transaction, item: Item, answer: str, forgotten_at: datetime | None = None) -> None:
    """It is known ever after, or until `forgotten_at`."""
    until = stamp(forgotten_at) if forgotten_at is not None else None
    values = {"handed_over": True, "answer": answer, "words": None, "forgotten_at": until}
    _changed(transaction, item, **values, **_GIVEN_BACK)


def postpone(transaction: Transaction, item: Item, next_try_at: datetime, words: str | None = None) -> None:
    times = {"tries": item.tries + 1, "next_try_at": stamp(next_try_at)}
    _changed(transaction, item, **times, words=words, **_GIVEN_BACK)


def put_aside(transaction: Transaction, item: Item, words: str, now: datetime) -> None:
    """Nothing is tried with it any more until a person has looked at it."""
    _changed(transaction, item, aside_at=stamp(now), words=words, **_GIVEN_BACK)


def given_back(transaction: Transaction, item: Item) -> None:
    _changed(transaction, item, **_GIVEN_BACK)


def all_given_back(transaction: Transaction) -> None:
    """At the start of the only worker of a store: whoever held an item is gone."""
    transaction.execute(update(inbox).where(inbox.c.owner.is_not(None)).values(**_GIVEN_BACK))


def taken_up_again(transaction: Transaction, item: int, now: datetime) -> bool:
    """Whether there was such an item aside: it is tried from now on."""
    aside = update(inbox).where(inbox.c.id == item, inbox.c.aside_at.is_not(None))
    return bool(transaction.execute(aside.values(aside_at=None, next_try_at=stamp(now))).rowcount)


def _changed(transaction: Transaction, item: Item, **values: Any) -> None:
    transaction.execute(_CHANGE, {"its_id": item.id, **values})


def listed(transaction: Transaction, connection: str = "", *, aside: bool = False, limit: int = 1000) -> Sequence[Item]:
    """What was received for the backend, oldest first; `aside`: only what cannot be read."""
    statement = select(inbox).where(inbox.c.message != "").order_by(inbox.c.id).limit(limit)
    if connection:
        statement = statement.where(inbox.c.connection == connection)
    if aside:
        statement = statement.where(inbox.c.aside_at.is_not(None))
    return [Item(**row._mapping) for row in transaction.execute(statement)]


# --- remembered answers ------------------------------------------------------------------------------------------


def asked(
    transaction: Transaction, *, connection: str, key: str, kind: str, now: datetime, lease: Lease, keep_seconds: float
) -> tuple[Item, bool]:
    """(the question under this key, whether it is new and the caller's to ask). Raises StoredMeanwhile.

    The words of the question are not stored, only that it was asked.
    """
    present = found(transaction, connection, key)
    if present is not None and not _is_over(present, now):
        return present, False
    if present is not None:
        transaction.execute(_FORGET, {"its_id": present.id, "its_end": stamp(now)})
    values: dict[str, Any] = {"connection": connection, "key": key, "kind": kind, "message": "", "handed_over": True}
    times = {"received_at": stamp(now), "next_try_at": stamp(now)}
    times["forgotten_at"] = stamp(now + timedelta(seconds=keep_seconds))
    values |= {**times, **lease.until(now), "tries": 1}
    number = transaction.execute(_INSERT, values).scalar_one()
    return Item(**values, id=number), True


def _is_over(item: Item, now: datetime) -> bool:
    return item.forgotten_at is not None and item.forgotten_at < stamp(now)


def answered(transaction: Transaction, item: Item, answer: str, forgotten_at: datetime) -> bool:
    """Whether the answer counts: not where the question was taken over meanwhile, and answered in another way."""
    values = {"answer": answer, "words": None, "forgotten_at": stamp(forgotten_at), **_GIVEN_BACK}
    whose = {"its_id": item.id, "its_owner": item.owner}
    return bool(transaction.execute(_ANSWER, {**whose, **values}).rowcount)


def failed(transaction: Transaction, item: Item, words: str, forgotten_at: datetime) -> None:
    """The question has no answer and will have none."""
    _changed(transaction, item, words=words, forgotten_at=stamp(forgotten_at), **_GIVEN_BACK)


def dropped(transaction: Transaction, item: Item) -> None:
    """As if it had never been asked."""
    transaction.execute(_DELETE, {"its_id": item.id})


def forgotten(transaction: Transaction, now: datetime) -> int:
    """Deletes the items and answers whose time is over; how many."""
    old = delete(inbox).where(inbox.c.forgotten_at.is_not(None), inbox.c.forgotten_at < stamp(now))
    return int(transaction.execute(old).rowcount)
