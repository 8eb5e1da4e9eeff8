"""Statements on the journal: rows as they are kept, found by what they belong to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import ColumnElement, Row, Select, delete, insert, or_, select

from gateway.store.database import Transaction, stamp
from gateway.store.quick import hot
from gateway.store.tables import journal, journal_names

LONGEST_NAME = 200
"""Characters of a name that are searched by: a partner may make it longer than an index takes."""
PORTION = 500
_INSERT, _INSERT_NAMES = hot(insert(journal).returning(journal.c.id)), hot(insert(journal_names))
Names = frozenset[tuple[str, str]]
"""(kind, value): `session`, `evse`, `cdr`, `card`."""


class Filters(TypedDict, total=False):
    """All must fit. `card` is a card's or contract's id; of `ids` both ends are meant."""

    connection: str
    session: str
    evse: str
    cdr: str
    card: str
    direction: str
    operation: str
    errors_only: bool
    since: datetime | None
    until: datetime | None
    ids: tuple[int, int] | None


def add(transaction: Transaction, values: Mapping[str, Any], names: Names) -> int:
    """The number of the new row."""
    entry: int = transaction.execute(_INSERT, dict(values)).scalar_one()
    name(transaction, entry, names)
    return entry


def name(transaction: Transaction, entry: int, names: Names) -> None:
    """What a row is found by, beside what it was found by before."""
    if names:
        rows = [{"entry": entry, "kind": kind, "value": value} for kind, value in sorted(names)]
        transaction.execute(_INSERT_NAMES, rows)


def found(
    transaction: Transaction,
    filters: Filters,
    names: Sequence[tuple[str, Sequence[str]]] = (),
    *,
    limit: int = 1000,
    after_id: int | None = None,
    bodies: bool = True,
) -> Sequence[Row[Any]]:
    """Oldest first: the newest `limit` of them, or with `after_id` the next. `names`: a kind, and what fits of it."""
    columns = [column for column in journal.c if bodies or column.name not in ("request", "response")]
    statement = select(*columns).limit(limit)
    for condition in _conditions(filters):
        statement = statement.where(condition)
    for kind, values in names:
        statement = _named(statement, kind, values)
    if after_id is not None:
        return transaction.execute(statement.where(journal.c.id > after_id).order_by(journal.c.id)).all()  # type: ignore[no-any-return]
    return transaction.execute(statement.order_by(journal.c.id.desc())).all()[::-1]  # type: ignore[no-any-return]


def _named(statement: Select[Any], kind: str, values: Sequence[str]) -> Select[Any]:
    short = [value[:LONGEST_NAME] for value in values]
    entries = select(journal_names.c.entry).where(journal_names.c.kind == kind, journal_names.c.value.in_(short))
    return statement.where(journal.c.id.in_(entries))


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    made: list[ColumnElement[bool]] = []
    for column in (journal.c.connection, journal.c.direction, journal.c.operation):
        wanted = filters.get(column.name)
        if wanted:
            made.append(column == wanted)
    if filters.get("errors_only"):
        made.append(or_(journal.c.error.is_not(None), journal.c.status >= 400))
    since, until, ids = filters.get("since"), filters.get("until"), filters.get("ids")
    if since is not None:
        made.append(journal.c.at >= stamp(since))
    if until is not None:
        made.append(journal.c.at < stamp(until))
    if ids is not None:
        made.append(journal.c.id.between(*ids))
    return made


def expire(transaction: Transaction, before: datetime) -> int:
    """Deletes a portion of what is older; returns how many rows it had."""
    old = select(journal.c.id).where(journal.c.at < stamp(before)).order_by(journal.c.id).limit(PORTION)
    ids = [row.id for row in transaction.execute(old)]
    transaction.execute(delete(journal_names).where(journal_names.c.entry.in_(ids)))
    transaction.execute(delete(journal).where(journal.c.id.in_(ids)))
    return len(ids)
