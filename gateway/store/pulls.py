"""Statements on what was pulled from hubs: a row for each record, and how far each list has been read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from gateway.store.database import Transaction, stamp
from gateway.store.tables import pulled, watermarks

StoredMeanwhile = IntegrityError
"""What the store raises where two crawls insert one row at the same time."""

PORTION = 500
"""Rows of one statement: databases bound their number of parameters."""


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far a list has been read: changes are asked for from `since` on, the whole was last read at `full_at`."""

    since: datetime | None = None
    full_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a list; `digest` is empty until the backend has been given it."""

    id: str
    name: str
    digest: str
    is_gone: bool


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def watermark(transaction: Transaction, connection: str, kind: str) -> Watermark:
    where = (watermarks.c.connection == connection, watermarks.c.list == kind)
    row = transaction.execute(select(watermarks.c.since, watermarks.c.full_at).where(*where)).one_or_none()
    return Watermark() if row is None else Watermark(_moment(row.since), _moment(row.full_at))


def begun(transaction: Transaction, connection: str, kind: str, now: datetime) -> int:
    """The number of a new crawl, higher than that of any before. Raises StoredMeanwhile."""
    where = (watermarks.c.connection == connection, watermarks.c.list == kind)
    further = update(watermarks).where(*where).values(crawls=watermarks.c.crawls + 1)
    if transaction.execute(further).rowcount == 0:
        first = {"connection": connection, "list": kind, "crawls": 1, "changed_at": stamp(now)}
        transaction.execute(insert(watermarks).values(**first))
    return int(transaction.execute(select(watermarks.c.crawls).where(*where)).scalar() or 0)


def move(transaction: Transaction, connection: str, kind: str, mark: Watermark, now: datetime) -> None:
    """After a crawl."""
    values = {
        "since": stamp(mark.since) if mark.since else None,
        "full_at": stamp(mark.full_at) if mark.full_at else None,
        "changed_at": stamp(now),
    }
    where = (watermarks.c.connection == connection, watermarks.c.list == kind)
    transaction.execute(update(watermarks).where(*where).values(**values))


def _of(connection: str, kind: str) -> ColumnElement[bool]:
    return and_(pulled.c.connection == connection, pulled.c.list == kind)


def _portions(ids: Iterable[str]) -> Iterable[list[str]]:
    known = list(ids)
    return (known[start : start + PORTION] for start in range(0, len(known), PORTION))


def rows(transaction: Transaction, connection: str, kind: str, ids: Iterable[str]) -> Mapping[str, Row]:
    """What is known of these records, by id."""
    columns = (pulled.c.id, pulled.c.name, pulled.c.digest, pulled.c.gone_at)
    statement = select(*columns).where(_of(connection, kind))
    return {
        row.id: Row(row.id, row.name, row.digest, row.gone_at is not None)
        for portion in _portions(ids)
        for row in transaction.execute(statement.where(pulled.c.id.in_(portion)))
    }


def seen(
    transaction: Transaction, connection: str, kind: str, names: Mapping[str, str], crawl: int, now: datetime
) -> Mapping[str, Row]:
    """What was known of these records before; from now on all of them are known, and seen by this crawl.

    A row stands there before the backend is given the record: what it may have heard of is never forgotten.
    """
    before = rows(transaction, connection, kind, names)
    fresh = [id for id in names if id not in before]
    if fresh:
        same = {"connection": connection, "list": kind, "digest": "", "crawl": crawl, "changed_at": stamp(now)}
        transaction.execute(insert(pulled), [{**same, "id": id, "name": names[id]} for id in fresh])
    for portion in _portions(before):
        older = and_(_of(connection, kind), pulled.c.id.in_(portion), pulled.c.crawl < crawl)
        transaction.execute(update(pulled).where(older).values(crawl=crawl))
    return before


def given(
    transaction: Transaction,
    connection: str,
    kind: str,
    digests: Mapping[str, str],
    names: Mapping[str, str],
    at: datetime,
    untils: Mapping[str, datetime] | None = None,
) -> None:
    """The backend has these records now; `untils`: how long those hold that do not hold for good."""
    if not digests:
        return
    values: dict[str, Any] = {
        "digest": bindparam("new_digest"),
        "name": bindparam("new_name"),
        "changed_at": stamp(at),
        "gone_at": None,
        "until": bindparam("new_until"),
    }
    statement = update(pulled).where(_of(connection, kind), pulled.c.id == bindparam("of")).values(**values)
    ends = {id: stamp(until) for id, until in (untils or {}).items()}
    transaction.execute(
        statement,
        [
            {"of": id, "new_digest": digest, "new_name": names[id], "new_until": ends.get(id)}
            for id, digest in digests.items()
        ],
    )


def gone(transaction: Transaction, connection: str, kind: str, ids: Iterable[str], at: datetime) -> None:
    """The backend knows that these records are no more."""
    values = {"digest": "", "gone_at": stamp(at), "changed_at": stamp(at), "until": None}
    for portion in _portions(ids):
        transaction.execute(update(pulled).where(_of(connection, kind), pulled.c.id.in_(portion)).values(**values))


@dataclass(frozen=True, slots=True)
class Ended:
    """A record whose time is over; `until` is the stamp of that."""

    connection: str
    list: str
    id: str
    name: str
    until: str


def ended(transaction: Transaction, connection: str, kind: str, now: datetime, limit: int = PORTION) -> Sequence[Ended]:
    """Records that the backend has and that hold no longer, those that ended first before the others."""
    columns = (pulled.c.connection, pulled.c.list, pulled.c.id, pulled.c.name, pulled.c.until)
    statement = (
        select(*columns).where(_of(connection, kind), *_ended(now)).order_by(pulled.c.until, pulled.c.id).limit(limit)
    )
    return [Ended(**row._mapping) for row in transaction.execute(statement)]


def _ended(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return pulled.c.until.is_not(None), pulled.c.until <= stamp(now), pulled.c.gone_at.is_(None)


def with_ended(transaction: Transaction, now: datetime) -> Sequence[tuple[str, str]]:
    """(connection, list) of all such records."""
    rows = transaction.execute(select(pulled.c.connection, pulled.c.list).where(*_ended(now)).distinct())
    return [(row.connection, row.list) for row in rows]


def told_of_end(transaction: Transaction, rows: Sequence[tuple[Ended, str]], at: datetime) -> None:
    """The backend knows that these hold no longer, each with the digest of what it was told.

    Of one that another process has read anew meanwhile it has heard in the wrong order: it will be told again.
    """
    for row, digest in rows:
        its = and_(_of(row.connection, row.list), pulled.c.id == row.id)
        values = {"digest": digest, "until": None, "changed_at": stamp(at)}
        changed = transaction.execute(update(pulled).where(its, pulled.c.until == row.until).values(**values))
        if changed.rowcount == 0:
            transaction.execute(update(pulled).where(its).values(digest="", changed_at=stamp(at)))


def _unseen(connection: str, kind: str, crawl: int) -> ColumnElement[bool]:
    return and_(_of(connection, kind), pulled.c.gone_at.is_(None), pulled.c.crawl < crawl)


def unseen(transaction: Transaction, connection: str, kind: str, crawl: int, limit: int = PORTION) -> Sequence[Row]:
    """Records that this crawl of the whole list has not met, a portion of them."""
    statement = select(pulled).where(_unseen(connection, kind, crawl)).order_by(pulled.c.id).limit(limit)
    return [Row(row.id, row.name, row.digest, False) for row in transaction.execute(statement)]


def counted(transaction: Transaction, connection: str, kind: str, crawl: int) -> int:
    """How many records this crawl of the whole list has not met."""
    missed = select(func.count()).select_from(pulled).where(_unseen(connection, kind, crawl))
    return transaction.execute(missed).scalar() or 0


def listed(transaction: Transaction, connection: str, kind: str, *, gone: bool = False) -> Sequence[Row]:
    """The records of a list that are there, or those that are gone."""
    present = pulled.c.gone_at.is_not(None) if gone else pulled.c.gone_at.is_(None)
    statement = select(pulled).where(_of(connection, kind), present).order_by(pulled.c.id)
    return [Row(row.id, row.name, row.digest, gone) for row in transaction.execute(statement)]
