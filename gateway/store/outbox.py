"""Statements on the outbox: each takes a transaction, so that an entry can join the caller's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update

from gateway.store.database import Transaction, stamp
from gateway.store.quick import hot
from gateway.store.tables import outbox, outbox_history

OPEN = ("waiting", "sending", "unknown")
CLOSED = ("accepted", "refused", "withdrawn")
TRANSITIONS = {
    "waiting": ("sending", "withdrawn"),
    "sending": ("waiting", "unknown", "accepted", "refused"),
    "unknown": ("sending", "withdrawn"),
    "refused": ("waiting", "withdrawn"),
    "accepted": (),
    "withdrawn": ("waiting",),
}
"""The only changes of state there are. Only a person brings back what was refused or withdrawn."""
NO_RECORD = ""
"""The record of an entry that only closes its session."""
ALONE = "alone"
"""The batch of an entry that was declined together with others: it is sent by itself from then on."""

# What every delivery needs is built once: building a statement costs several times its execution.
_c = outbox.c
_INSERT = hot(insert(outbox).returning(_c.id))
_INSERT_HISTORY = hot(insert(outbox_history))
_CHANGE = hot(
    update(outbox).where(
        _c.id == bindparam("its_id"),
        _c.state == bindparam("was"),
        _c.tries == bindparam("tried"),
        _c.digest == bindparam("meant"),
    )
)
_NOTE = hot(update(outbox).where(_c.id == bindparam("its_id")))
_GET = hot(select(outbox).where(_c.id == bindparam("its_id")))
_UNDER = hot(
    select(outbox)
    .where(_c.connection == bindparam("its_connection"), _c.key == bindparam("its_key"))
    .with_for_update()  # a worker may be about to take it
)
_ENDS = select(func.count()).where(outbox_history.c.entry == bindparam("its_entry"), outbox_history.c.state.in_(CLOSED))
_WAITING = hot(
    select(outbox).where(_c.lane == bindparam("its_lane"), _c.state == bindparam("its_state")).order_by(_c.id)
)
_HEAD = (
    select(outbox).where(_c.lane == bindparam("its_lane"), _c.state.in_(OPEN)).order_by(_c.id).limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One owed message. `words` are the hub's own, or ours where it has not spoken."""

    id: int
    connection: str
    lane: str
    key: str
    kind: str
    message: str
    digest: str = ""
    record: str | None = None
    session: str | None = None
    operator: str | None = None
    state: str = "waiting"
    tries: int = 0
    unknown_tries: int = 0
    batch: str | None = None
    sent: str | None = None
    code: str | None = None
    words: str | None = None
    answer: str | None = None
    next_try_at: str = ""
    deadline_at: str | None = None
    created_at: str = ""
    changed_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A message that is to be owed: where, under which key, with what content."""

    connection: str
    lane: str
    key: str
    kind: str
    message: str
    digest: str = ""
    record: str | None = None
    session: str | None = None
    operator: str | None = None
    deadline_at: str | None = None


def _entry(row: Row[Any]) -> Entry:
    return Entry(**row._mapping)


def add(transaction: Transaction, owed: Owed, now: datetime) -> Entry:
    """A new entry, or what is there under its key already.

    Other content corrects an entry that was refused, or the same record that cannot have reached the hub: it keeps its
    number and its history. Content that comes beside an entry that is taken, or may be, is set aside as refused.
    """
    present = _under(transaction, owed.connection, owed.key)
    if present is None:
        return _inserted(transaction, owed, now, "waiting", None)
    if present.digest == owed.digest:
        return present
    if present.state in ("refused", "withdrawn") or _may_be_corrected(present, owed):
        return _corrected(transaction, present, owed, now)
    return _set_aside(transaction, present, owed, now)


def _may_be_corrected(present: Entry, owed: Owed) -> bool:
    """The same record, or one that stands for none: what closes a session gives way to its real record."""
    same = present.record in (NO_RECORD, owed.record)
    return present.state == "waiting" and not present.unknown_tries and same


def _under(transaction: Transaction, connection: str, key: str) -> Entry | None:
    row = transaction.execute(_UNDER, {"its_connection": connection, "its_key": key}).one_or_none()
    return None if row is None else _entry(row)


def _inserted(transaction: Transaction, owed: Owed, now: datetime, state: str, words: str | None) -> Entry:
    moment = stamp(now)
    values: dict[str, Any] = {name: getattr(owed, name) for name in Owed.__slots__}
    values |= {"next_try_at": moment, "created_at": moment, "changed_at": moment}
    values |= {"tries": 0, "unknown_tries": 0, "state": state, "words": words}
    number = transaction.execute(_INSERT, values).scalar_one()
    _remember(transaction, number, moment, state=state, words=words)
    return Entry(**values, id=number)


def _corrected(transaction: Transaction, present: Entry, owed: Owed, now: datetime) -> Entry:
    moment = stamp(now)
    _remember(transaction, present.id, moment, state="waiting", words="corrected", message=present.message)
    values: dict[str, Any] = {name: getattr(owed, name) for name in Owed.__slots__}
    values |= dict.fromkeys(("sent", "batch", "code", "words", "answer"))
    values |= {"state": "waiting", "unknown_tries": 0, "next_try_at": moment, "changed_at": moment}
    _changed(transaction, present, values)
    return get(transaction, present.id)


def _set_aside(transaction: Transaction, present: Entry, owed: Owed, now: datetime) -> Entry:
    key = f"{owed.key}#{owed.digest[:16]}"
    known = _under(transaction, owed.connection, key)
    if known is not None:
        return known
    words = f"not sent: entry {present.id}, with other content under the same key, is {present.state}"
    other = Owed(**{name: getattr(owed, name) for name in Owed.__slots__ if name != "key"}, key=key)
    return _inserted(transaction, other, now, "refused", words)


def _remember(transaction: Transaction, entry: int, moment: str, **values: Any) -> None:
    transaction.execute(_INSERT_HISTORY, {"entry": entry, "at": moment, **values})


def change(transaction: Transaction, entry: Entry, state: str, now: datetime, **values: Any) -> Entry:
    """Moves an entry to `state`.

    Raises ValueError for a change that the table of transitions does not have, and ChangedMeanwhile where somebody
    else has moved, tried or corrected the entry.
    """
    if state not in TRANSITIONS[entry.state]:
        raise ValueError(f"an entry that is {entry.state} cannot become {state}")
    moment = stamp(now)
    _changed(transaction, entry, {"state": state, "changed_at": moment, **values})
    said = {name: values[name] for name in ("code", "words") if name in values}
    _remember(transaction, entry.id, moment, state=state, **said)
    return replace(entry, state=state, changed_at=moment, **values)


class ChangedMeanwhile(ValueError):
    """Somebody else has the entry now."""


def _changed(transaction: Transaction, entry: Entry, values: Mapping[str, Any]) -> None:
    as_it_was = {"its_id": entry.id, "was": entry.state, "tried": entry.tries, "meant": entry.digest}
    if transaction.execute(_CHANGE, {**as_it_was, **values}).rowcount != 1:
        raise ChangedMeanwhile(f"entry {entry.id} was changed by somebody else")


def recorded(transaction: Transaction, entry: Entry, sent: str) -> None:
    """What is about to be sent for an entry. Raises ChangedMeanwhile where the entry is no longer ours to send."""
    _changed(transaction, entry, {"sent": sent})


def confirmed(transaction: Transaction, entry: Entry) -> None:
    """Raises ChangedMeanwhile where the entry is no longer ours to send."""
    _changed(transaction, entry, {"state": entry.state})


def ends(transaction: Transaction, entry: int) -> int:
    """How often an entry has come to a final state."""
    return int(transaction.execute(_ENDS, {"its_entry": entry}).scalar_one())


def noted(transaction: Transaction, entry: Entry, now: datetime, **values: Any) -> Entry:
    """Other facts of an entry whose state stays."""
    moment = stamp(now)
    transaction.execute(_NOTE, {"its_id": entry.id, "changed_at": moment, **values})
    return replace(entry, changed_at=moment, **values)


def get(transaction: Transaction, entry: int) -> Entry:
    """Raises KeyError."""
    row = transaction.execute(_GET, {"its_id": entry}).one_or_none()
    if row is None:
        raise KeyError(entry)
    return _entry(row)


def head(transaction: Transaction, lane: str, most: int = 1) -> Sequence[Entry]:
    """The oldest open entries of a lane: the first is the one that may be sent next."""
    return [_entry(row) for row in transaction.execute(_HEAD, {"its_lane": lane, "most": most})]


def waiting(transaction: Transaction, lane: str) -> Sequence[Entry]:
    """The entries of a lane that wait for their first try or the next, oldest first."""
    return [_entry(row) for row in transaction.execute(_WAITING, {"its_lane": lane, "its_state": "waiting"})]


def together(transaction: Transaction, lane: str, batch: str) -> Sequence[Entry]:
    """The open entries that were sent as one."""
    where = (outbox.c.lane == lane, outbox.c.batch == batch, outbox.c.state.in_(OPEN))
    return [_entry(row) for row in transaction.execute(select(outbox).where(*where).order_by(outbox.c.id))]


def parted(transaction: Transaction, entry: Entry) -> None:
    """Those it was sent with are no longer sent as they were: the recorded request still has it."""
    if entry.batch not in (None, ALONE):
        where = (outbox.c.lane == entry.lane, outbox.c.batch == entry.batch)
        transaction.execute(update(outbox).where(*where).values(sent=None))


def lanes_with_work(transaction: Transaction) -> Sequence[Any]:
    """(lane, connection, kind, state, next_try_at) of the oldest entry of every lane that has something open."""
    first = select(func.min(outbox.c.id)).where(outbox.c.state.in_(OPEN)).group_by(outbox.c.lane).scalar_subquery()
    columns = (outbox.c.lane, outbox.c.connection, outbox.c.kind, outbox.c.state, outbox.c.next_try_at)
    return transaction.execute(select(*columns).where(outbox.c.id.in_(first)).order_by(outbox.c.id)).all()  # type: ignore[no-any-return]


def open_by_lane(transaction: Transaction) -> Sequence[Any]:
    """(lane, open, oldest_at, next_try_at) of every lane that has something open."""
    open_entries = select(
        outbox.c.lane,
        func.count().label("open"),
        func.min(outbox.c.created_at).label("oldest_at"),
        func.min(outbox.c.next_try_at).label("next_try_at"),
    ).where(outbox.c.state.in_(OPEN))
    return transaction.execute(open_entries.group_by(outbox.c.lane)).all()  # type: ignore[no-any-return]


def listed(
    transaction: Transaction,
    *,
    state: str = "",
    connection: str = "",
    session: str = "",
    lane: str = "",
    limit: int = 1000,
    after: int = 0,
) -> Sequence[Entry]:
    """Oldest first, from the one behind number `after`."""
    statement = select(outbox).where(outbox.c.id > after).order_by(outbox.c.id).limit(limit)
    filters = {"state": state, "connection": connection, "session": session, "lane": lane}
    for name, value in filters.items():
        if value:
            statement = statement.where(outbox.c[name] == value)
    return [_entry(row) for row in transaction.execute(statement)]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of an entry's history; `message` is the content before a correction."""

    at: str
    state: str
    code: str | None = None
    words: str | None = None
    message: str | None = None


def history(transaction: Transaction, entry: int) -> Sequence[Change]:
    """Oldest first."""
    columns = [outbox_history.c[name] for name in Change.__slots__]
    statement = select(*columns).where(outbox_history.c.entry == entry).order_by(outbox_history.c.id)
    return [Change(**row._mapping) for row in transaction.execute(statement)]
