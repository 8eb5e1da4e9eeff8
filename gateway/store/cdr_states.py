"""Statements on the life of CDRs: one row for each CDR of a connection, and a line for whatever happened to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update

from gateway.model.cdr import CdrStatus
from gateway.store.database import Transaction, stamp
from gateway.store.inbox import Item
from gateway.store.quick import hot
from gateway.store.tables import cdr_history, cdrs, inbox

_c = cdrs.c
_INSERT = hot(insert(cdrs).returning(_c.id))
_INSERT_HISTORY = hot(insert(cdr_history))
_CHANGE = hot(update(cdrs).where(_c.id == bindparam("its_id")))
_UNDER = hot(
    select(cdrs)
    .where(_c.connection == bindparam("its_connection"), _c.key == bindparam("its_key"))
    .with_for_update()  # a hub's answer and a person may come at the same time
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCdr:
    """A CDR as its connection knows it. `message` is the version that counts, canonical JSON; times are stamps.

    `entry` is the last of the outbox about it: a version of ours on its way, or our answer to one of theirs.
    """

    id: int
    connection: str
    key: str
    cdr_id: str
    evse: str
    own_id: str | None = None
    state: CdrStatus
    version: int = 1
    message: str
    digest: str
    entry: int | None = None
    left_open: bool = False
    words: str | None = None
    state_at: str = ""
    created_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One line of a CDR's history: `said` is what happened, `words` what somebody said of it."""

    at: str
    state: str
    said: str
    words: str | None = None
    digest: str | None = None
    entry: int | None = None


def _kept(row: Any) -> KeptCdr:
    return KeptCdr(**{**row._mapping, "state": CdrStatus(row.state)})


def found(transaction: Transaction, connection: str, key: str) -> KeptCdr | None:
    row = transaction.execute(_UNDER, {"its_connection": connection, "its_key": key}).one_or_none()
    return None if row is None else _kept(row)


def added(transaction: Transaction, now: datetime, said: str, **values: Any) -> KeptCdr:
    """A CDR that was not known, with its first line."""
    moment = stamp(now)
    values = {"version": 1, "own_id": None, "entry": None, "left_open": False, "words": None, **values}
    values |= {"state": str(values["state"]), "state_at": moment, "created_at": moment}
    number = transaction.execute(_INSERT, values).scalar_one()
    kept = KeptCdr(**{**values, "state": CdrStatus(values["state"])}, id=number)
    remember(transaction, kept, now, said, words=kept.words, digest=kept.digest, entry=kept.entry)
    return kept


def changed(
    transaction: Transaction,
    kept: KeptCdr,
    now: datetime,
    said: str,
    *,
    about: str | None = None,
    **values: Any,
) -> KeptCdr:
    """The CDR with other values, and a line that says what happened, to the version of the digest `about`.

    Only a new state or version moves `state_at`.
    """
    if "state" in values or "version" in values:
        values["state_at"] = stamp(now)
    stored = {name: str(value) if name == "state" else value for name, value in values.items()}
    if stored:
        transaction.execute(_CHANGE, {"its_id": kept.id, **stored})
    kept = replace(kept, **values)
    remember(transaction, kept, now, said, words=values.get("words"), **_of(about, values))
    return kept


def _of(about: str | None, values: Mapping[str, Any]) -> dict[str, Any]:
    return {"digest": about or values.get("digest"), "entry": values.get("entry")}


def noted(transaction: Transaction, kept: KeptCdr, **values: Any) -> KeptCdr:
    """Other values, without a line in the history."""
    transaction.execute(_CHANGE, {"its_id": kept.id, **values})
    return replace(kept, **values)


def remember(transaction: Transaction, kept: KeptCdr, now: datetime, said: str, **values: Any) -> None:
    line = {"cdr": kept.id, "at": stamp(now), "state": str(kept.state), "said": said}
    transaction.execute(_INSERT_HISTORY, {**line, "words": None, "digest": None, "entry": None, **values})


def history(transaction: Transaction, kept: KeptCdr) -> Sequence[Happening]:
    """Oldest first."""
    columns = [cdr_history.c[name] for name in Happening.__slots__]
    statement = select(*columns).where(cdr_history.c.cdr == kept.id).order_by(cdr_history.c.id)
    return [Happening(**row._mapping) for row in transaction.execute(statement)]


def listed(
    transaction: Transaction, *, connection: str = "", state: str = "", limit: int = 1000, after: int = 0
) -> Sequence[KeptCdr]:
    """Oldest first, from the one behind number `after`."""
    statement = select(cdrs).where(_c.id > after).order_by(_c.id).limit(limit)
    if connection:
        statement = statement.where(_c.connection == connection)
    if state:
        statement = statement.where(_c.state == state)
    return [_kept(row) for row in transaction.execute(statement)]


def unanswered(transaction: Transaction, connection: str, key: str) -> Sequence[Item]:
    """The versions of a CDR in the inbox that the backend has not answered for; their keys begin with the CDR's."""
    known = inbox.c.connection == connection, inbox.c.handed_over.is_(False)
    versions = or_(inbox.c.key == key, inbox.c.key.startswith(f"{key}/", autoescape=True))
    statement = select(inbox).where(*known, inbox.c.kind == "SubmitCdr", versions).order_by(inbox.c.id)
    return [Item(**row._mapping) for row in transaction.execute(statement)]


def named(transaction: Transaction, name: str, connection: str = "") -> Sequence[KeptCdr]:
    """By the key, by the hub's id, or by the id of its maker here."""
    statement = select(cdrs).where(or_(_c.key == name, _c.cdr_id == name, _c.own_id == name)).order_by(_c.id)
    if connection:
        statement = statement.where(_c.connection == connection)
    return [_kept(row) for row in transaction.execute(statement)]
