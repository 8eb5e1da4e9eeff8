"""Statements on the outbox: each takes a transaction, so that an entry can join the caller's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Transaction
from sqlalchemy import Row, func, insert, select, update

from gateway.store.database import stamp
from gateway.store.tables import outbox, outbox_history

OPEN = ("waiting", "sending", "unknown")
CLOSED = ("accepted", "refused", "withdrawn")
TRANSITIONS = {
    "waiting": ("sending", "withdrawn"),
    "sending": ("waiting", "unknown", "accepted", "refused"),
    "unknown": ("sending", "withdrawn"),
    "refused": ("waiting", "withdrawn"),
    "accepted": (),
    "withdrawn": (),
}
"""The only changes of state there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One owed message. `words` are the hub's own, or ours where it has not spoken."""

    id: int
    connection: str
    lane: str
    key: str
    kind: str
    message: str
    session: str | None
    state: str
    tries: int
    unknown_tries: int
    code: str | None
    words: str | None
    answer: str | None
    next_try_at: str
    created_at: str
    changed_at: str


def _entry(row: Row[Any]) -> Entry:
    return Entry(**row._mapping)


def add(
    transaction: Transaction,
    *,
    connection: str,
    lane: str,
    key: str,
    kind: str,
    message: str,
    session: str | None,
    now: datetime,
) -> Entry:
    """A new entry, or the one that is already there under this key."""
    present = transaction.execute(
        select(outbox).where(outbox.c.connection == connection, outbox.c.key == key)
    ).one_or_none()
    if present is not None:
        return _entry(present)
    moment = stamp(now)
    values = {"connection": connection, "lane": lane, "key": key, "kind": kind, "message": message, "session": session}
    times = {"next_try_at": moment, "created_at": moment, "changed_at": moment}
    transaction.execute(insert(outbox).values(**values, **times, state="waiting", tries=0, unknown_tries=0))
    row = transaction.execute(select(outbox).where(outbox.c.connection == connection, outbox.c.key == key)).one()
    _remember(transaction, row.id, "waiting", None, moment)
    return _entry(row)


def _remember(transaction: Transaction, entry: int, state: str, words: str | None, moment: str) -> None:
    transaction.execute(insert(outbox_history).values(entry=entry, at=moment, state=state, words=words))


def change(transaction: Transaction, entry: Entry, state: str, now: datetime, **values: Any) -> Entry:
    """Moves an entry to `state`. Raises ValueError for a change that the table of transitions does not have."""
    if state not in TRANSITIONS[entry.state]:
        raise ValueError(f"an entry that is {entry.state} cannot become {state}")
    moment = stamp(now)
    statement = update(outbox).where(outbox.c.id == entry.id, outbox.c.state == entry.state)
    changed = transaction.execute(statement.values(state=state, changed_at=moment, **values))
    if changed.rowcount != 1:
        raise ValueError(f"entry {entry.id} was changed by somebody else")
    _remember(transaction, entry.id, state, values.get("words"), moment)
    return get(transaction, entry.id)


def get(transaction: Transaction, entry: int) -> Entry:
    """Raises KeyError."""
    row = transaction.execute(select(outbox).where(outbox.c.id == entry)).one_or_none()
    if row is None:
        raise KeyError(entry)
    return _entry(row)


def oldest(transaction: Transaction, lane: str) -> Entry | None:
    """The one entry of a lane that may be sent next."""
    statement = select(outbox).where(outbox.c.lane == lane, outbox.c.state.in_(OPEN)).order_by(outbox.c.id).limit(1)
    row = transaction.execute(statement).one_or_none()
    return None if row is None else _entry(row)


def take(transaction: Transaction, lane: str, now: datetime) -> Entry | None:
    """The oldest entry of a lane, from now on being sent; None where there is none, it waits, or somebody has it."""
    entry = oldest(transaction, lane)
    if entry is None or entry.state == "sending" or entry.next_try_at > stamp(now):
        return None
    try:
        return change(transaction, entry, "sending", now, tries=entry.tries + 1)
    except ValueError:
        return None


def lanes_with_work(transaction: Transaction) -> Sequence[tuple[str, str]]:
    """(lane, time of the next try of its oldest entry) of every lane that has something open."""
    first = (
        select(outbox.c.lane, func.min(outbox.c.id).label("id"))
        .where(outbox.c.state.in_(OPEN))
        .group_by(outbox.c.lane)
        .subquery()
    )
    rows = transaction.execute(select(outbox.c.lane, outbox.c.next_try_at).join(first, outbox.c.id == first.c.id))
    return [(row.lane, row.next_try_at) for row in rows]


def interrupted(transaction: Transaction, now: datetime) -> int:
    """After a crash: what was being sent may have arrived, so its outcome is unknown. Returns how many there were."""
    rows = transaction.execute(select(outbox).where(outbox.c.state == "sending")).all()
    for row in rows:
        entry = _entry(row)
        change(
            transaction, entry, "unknown", now, unknown_tries=entry.unknown_tries + 1, words="interrupted while sending"
        )
    return len(rows)


def listed(
    transaction: Transaction, *, state: str = "", connection: str = "", session: str = "", limit: int = 1000
) -> Sequence[Entry]:
    statement = select(outbox).order_by(outbox.c.id).limit(limit)
    if state:
        statement = statement.where(outbox.c.state == state)
    if connection:
        statement = statement.where(outbox.c.connection == connection)
    if session:
        statement = statement.where(outbox.c.session == session)
    return [_entry(row) for row in transaction.execute(statement)]


def history(transaction: Transaction, entry: int) -> Sequence[tuple[str, str, str | None]]:
    """(time, state, words) of every change, oldest first."""
    statement = select(outbox_history).where(outbox_history.c.entry == entry).order_by(outbox_history.c.id)
    return [(row.at, row.state, row.words) for row in transaction.execute(statement)]
