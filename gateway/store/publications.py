"""Statements on what hubs should show of our EVSEs: one row for each connection and EVSE.

Rows that are going to be changed are locked while they are read (PostgreSQL), in one order everywhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, exists, func, insert, select, update

from gateway.model.ids import EvseId
from gateway.store.database import Transaction
from gateway.store.outbox import OPEN
from gateway.store.tables import accounts, outbox, publications

CHUNK = 500
_TURN = 0x6A7E3AA
_c = publications.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One EVSE at one hub. `there`: no, maybe, said (the hub said so), yes.

    `state`: insert, update, remove (due), sending, current, refused, held, none (the hub takes no data).
    `status_state`: waits (for its data), due, sending, current, refused.
    """

    connection: str
    evse: str
    spelled: str
    operator: str
    document: str | None = None
    broken: str | None = None
    wanted: str | None = None
    accepted: str | None = None
    accepted_at: str | None = None
    sent: str | None = None
    there: str = "no"
    state: str = "none"
    alone: bool = False
    entry: int | None = None
    held: str | None = None
    code: str | None = None
    words: str | None = None
    changed_at: str = ""
    status: str | None = None
    status_at: str | None = None
    status_until: str | None = None
    status_state: str | None = None
    status_accepted: str | None = None
    status_accepted_at: str | None = None
    status_entry: int | None = None
    status_words: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is known of a hub as a whole. `words`: why the last full load came to nothing."""

    connection: str
    baseline_at: str | None = None
    full_load_at: str | None = None
    full_load_entry: int | None = None
    words: str | None = None


def in_turn(transaction: Transaction) -> None:
    """Before rows are changed: several processes on PostgreSQL do so one after the other, or they would lock each other
    out. SQLite has one writer anyway.
    """
    dialect = getattr(transaction, "dialect", None)
    if dialect is not None and dialect.name == "postgresql":
        transaction.execute(select(func.pg_advisory_xact_lock(_TURN)))


# --- rows --------------------------------------------------------------------------------------------------------


def _rows(transaction: Transaction, statement: Select[Any]) -> list[Published]:
    return [Published(**row._mapping) for row in transaction.execute(statement)]


def _locked(statement: Select[Any]) -> Select[Any]:
    return statement.order_by(_c.connection, _c.evse).with_for_update()


def found(transaction: Transaction, connection: str, evses: Sequence[str]) -> dict[str, Published]:
    """The rows of some EVSEs at one connection, by compact id, to be changed."""
    rows: list[Published] = []
    for begin in range(0, len(evses), CHUNK):
        some = _c.evse.in_(evses[begin : begin + CHUNK])
        rows += _rows(transaction, _locked(select(publications).where(_c.connection == connection, some)))
    return {row.evse: row for row in rows}


def everywhere(transaction: Transaction, evse: str, connections: Sequence[str] = ()) -> list[Published]:
    """The rows of one EVSE at all connections, or at some, to be changed."""
    statement = select(publications).where(_c.evse == evse)
    if connections:
        statement = statement.where(_c.connection.in_(connections))
    return _rows(transaction, _locked(statement))


def carried(transaction: Transaction, entry: int) -> list[Published]:
    """The rows whose data an outbox entry carries just now."""
    return _rows(transaction, _locked(select(publications).where(_c.entry == entry)))


def carried_statuses(transaction: Transaction, entry: int) -> list[Published]:
    return _rows(transaction, _locked(select(publications).where(_c.status_entry == entry)))


def listed(
    transaction: Transaction,
    *,
    connection: str = "",
    evse: str = "",
    operator: str = "",
    states: Sequence[str] = (),
    there: Sequence[str] = (),
) -> list[Published]:
    """By connection and EVSE; every filter may be left out."""
    statement = select(publications).order_by(_c.connection, _c.evse)
    for column, value in ((_c.connection, connection), (_c.evse, evse), (_c.operator, operator)):
        statement = statement.where(column == value) if value else statement
    for column, values in ((_c.state, states), (_c.there, there)):
        statement = statement.where(column.in_(values)) if values else statement
    return _rows(transaction, statement)


def due(
    transaction: Transaction, connection: str, state: str, operators: Sequence[str], *, alone: bool, limit: int
) -> list[Published]:
    """What is to be sent next of one kind, of operators that nothing holds back."""
    where = (_c.connection == connection, _c.state == state, _c.alone.is_(alone), _c.operator.in_(operators))
    return _rows(transaction, select(publications).where(*where).order_by(_c.evse).limit(limit).with_for_update())


def due_statuses(transaction: Transaction, connection: str, operators: Sequence[str], *, limit: int) -> list[Published]:
    """Statuses to be sent, oldest first; not locked, for this is no order to lock rows in."""
    where = (_c.connection == connection, _c.status_state == "due", _c.operator.in_(operators))
    return _rows(transaction, select(publications).where(*where).order_by(_c.status_at).limit(limit))


def any_due(transaction: Transaction, connection: str, states: Sequence[str], operators: Sequence[str]) -> bool:
    where = (_c.connection == connection, _c.state.in_(states), _c.operator.in_(operators))
    return bool(transaction.execute(select(exists().where(*where))).scalar())


def any_status_due(transaction: Transaction, connection: str, operators: Sequence[str]) -> bool:
    where = (_c.connection == connection, _c.status_state == "due", _c.operator.in_(operators))
    return bool(transaction.execute(select(exists().where(*where))).scalar())


def pushing(transaction: Transaction, kinds: Sequence[str]) -> set[tuple[str, str]]:
    """(connection, kind) of the pushes that are open in any lane: a lane may have been renamed since."""
    where = (outbox.c.state.in_(OPEN), outbox.c.kind.in_(kinds))
    rows = transaction.execute(select(outbox.c.connection, outbox.c.kind).where(*where).distinct())
    return {(row.connection, row.kind) for row in rows}


def stranded(transaction: Transaction, connection: str) -> tuple[set[int], set[int]]:
    """The entries of data and of statuses that rows wait for though they are over, or gone."""
    its = _c.connection == connection
    load = (accounts.c.connection == connection, _is_over(accounts.c.full_load_entry))
    data = transaction.execute(select(_c.entry).where(its, _is_over(_c.entry)).distinct()).scalars()
    loads = transaction.execute(select(accounts.c.full_load_entry).where(*load)).scalars()
    statuses = transaction.execute(select(_c.status_entry).where(its, _is_over(_c.status_entry)).distinct()).scalars()
    return {*data, *loads}, set(statuses)


def _is_over(column: ColumnElement[Any]) -> ColumnElement[bool]:
    still_open = exists().where(outbox.c.id == column, outbox.c.state.in_(OPEN))
    return column.is_not(None) & ~still_open


def counted(transaction: Transaction, connection: str) -> dict[str, int]:
    """How many rows are in each state."""
    statement = select(_c.state, func.count().label("number")).where(_c.connection == connection).group_by(_c.state)
    return {row.state: row.number for row in transaction.execute(statement)}


# --- changes -----------------------------------------------------------------------------------------------------

_KEY = ("connection", "evse")
_STATUS = tuple(one.name for one in fields(Published) if one.name.startswith("status"))
_DATA = tuple(one.name for one in fields(Published) if one.name not in (*_KEY, *_STATUS))


def added(transaction: Transaction, rows: Sequence[Published]) -> None:
    if rows:
        transaction.execute(insert(publications), [asdict(row) for row in rows])


def saved(transaction: Transaction, rows: Sequence[Published]) -> None:
    """Everything of rows that are there and locked."""
    _saved(transaction, rows, (*_DATA, *_STATUS))


def saved_statuses(transaction: Transaction, rows: Sequence[Published]) -> None:
    """The status alone."""
    _saved(transaction, rows, _STATUS)


def _saved(transaction: Transaction, rows: Sequence[Published], names: Iterable[str]) -> None:
    if not rows:
        return
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    where = (_c.connection == bindparam("key_connection"), _c.evse == bindparam("key_evse"))
    transaction.execute(update(publications).where(*where).values(**values), [_facts(row, values) for row in rows])


def _facts(row: Published, names: Iterable[str]) -> dict[str, Any]:
    return {**_named(row), **{f"new_{name}": getattr(row, name) for name in names}}


def _named(row: Published) -> dict[str, Any]:
    return {"key_connection": row.connection, "key_evse": row.evse}


def statuses_again(transaction: Transaction, *, connection: str, evse: str = "") -> int:
    """Statuses that were refused are due again. Returns how many."""
    where = [_c.connection == connection, _c.status_state == "refused", *([_c.evse == evse] if evse else [])]
    again = update(publications).where(*where).values(status_state="due", status_words=None)
    return int(transaction.execute(again).rowcount)


def dropped(transaction: Transaction, rows: Sequence[Published]) -> None:
    """Rows of EVSEs that the hub no longer has and is not to have."""
    if rows:
        where = (_c.connection == bindparam("key_connection"), _c.evse == bindparam("key_evse"))
        transaction.execute(delete(publications).where(*where), [_named(row) for row in rows])


# --- accounts ----------------------------------------------------------------------------------------------------


def account(transaction: Transaction, connection: str) -> Account:
    """What is known of a hub as a whole; nothing at first."""
    columns = [accounts.c[one.name] for one in fields(Account)]
    row = transaction.execute(select(*columns).where(accounts.c.connection == connection)).one_or_none()
    return Account(connection=connection) if row is None else Account(**row._mapping)


def load_shown(transaction: Transaction, connection: str) -> str | None:
    """What the preview of the full load that is asked for named, as it was noted; large, so it is read on its own."""
    named = select(accounts.c.full_load_shown).where(accounts.c.connection == connection)
    return transaction.execute(named).scalar()  # type: ignore[no-any-return]


def noted(transaction: Transaction, connection: str, **values: Any) -> None:
    """Changes what is known of a hub as a whole."""
    changed = transaction.execute(update(accounts).where(accounts.c.connection == connection).values(**values))
    if changed.rowcount == 0:
        transaction.execute(insert(accounts).values(connection=connection, **values))


def knows_evse(transaction: Transaction, connection: str, evse: EvseId) -> bool | None:
    """Whether the hub has accepted this EVSE; None where nothing is remembered of what the hub has."""
    of_connection = publications.c.connection == connection
    row = transaction.execute(select(_c.accepted).where(of_connection, _c.evse == evse.compact)).one_or_none()
    if row is not None and row.accepted is not None:
        return True
    baseline = select(accounts.c.baseline_at).where(accounts.c.connection == connection)
    return None if transaction.execute(baseline).scalar() is None else False
