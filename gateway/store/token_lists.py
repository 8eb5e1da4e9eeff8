"""Statements on published token lists: a row for each token at each hub, and what is known of the hub as a whole.

Card numbers stand in the rows as they are sent, as they do in the outbox that carries them. Sealing them here alone
would protect nothing; whoever may read the store may read both.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from sqlalchemy import bindparam, delete, exists, insert, or_, select, update

from gateway.store.database import Transaction
from gateway.store.outbox import OPEN
from gateway.store.tables import listed_tokens, outbox, token_accounts

CHUNK = 500
REVOKED = ""
"""The digest of a revocation under way."""
_c = listed_tokens.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One token at one hub. `there`: no, maybe, yes. `state`: sending, current, refused."""

    connection: str
    key: str
    provider: str
    document: str = field(repr=False)
    wanted: str | None = None
    accepted: str | None = None
    accepted_at: str | None = None
    sent: str | None = None
    there: str = "no"
    state: str = "sending"
    entry: int | None = None
    expires_at: str | None = None
    renews: bool = False
    code: str | None = None
    words: str | None = None
    changed_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is known of a hub as a whole. `words`: why the last full load came to nothing."""

    connection: str
    baseline_at: str | None = None
    load_entry: int | None = None
    words: str | None = None


_FACTS = tuple(one.name for one in fields(Listed) if one.name not in ("connection", "key"))


def _rows(transaction: Transaction, *where: Any) -> list[Listed]:
    statement = select(listed_tokens).where(*where).order_by(_c.connection, _c.key)
    return [Listed(**row._mapping) for row in transaction.execute(statement)]


def found(transaction: Transaction, connection: str, keys: Sequence[str]) -> dict[str, Listed]:
    """The rows of some tokens at one connection, by key."""
    rows: list[Listed] = []
    for begin in range(0, len(keys), CHUNK):
        rows += _rows(transaction, _c.connection == connection, _c.key.in_(keys[begin : begin + CHUNK]))
    return {row.key: row for row in rows}


def listed(transaction: Transaction, connection: str, *, provider: str = "", state: str = "") -> list[Listed]:
    """All of a connection, or those of a provider or in a state."""
    where = [_c.connection == connection]
    where += [_c.provider == provider] if provider else []
    where += [_c.state == state] if state else []
    return _rows(transaction, *where)


def carried(transaction: Transaction, entry: int) -> list[Listed]:
    """The rows that wait for what becomes of an outbox entry."""
    return _rows(transaction, _c.entry == entry)


def ending(transaction: Transaction, connection: str, before: str) -> list[Listed]:
    """What the hub has, is prolonged by the gateway, and ends before a time."""
    return _rows(
        transaction,
        _c.connection == connection,
        _c.state == "current",
        _c.renews.is_(True),
        _c.wanted.is_not(None),
        _c.expires_at < before,
    )


def over(transaction: Transaction) -> list[tuple[str, int]]:
    """(connection, entry) of what rows and full loads wait for though it is settled, or gone; oldest first."""
    open_ones = select(outbox.c.id).where(outbox.c.state.in_(OPEN))
    rows = select(_c.connection, _c.entry).where(_c.entry.is_not(None), _c.entry.not_in(open_ones)).distinct()
    load = token_accounts.c.load_entry
    loads = select(token_accounts.c.connection, load).where(load.is_not(None), load.not_in(open_ones))
    waiting = {(row[0], int(row[1])) for statement in (rows, loads) for row in transaction.execute(statement)}
    return sorted(waiting, key=lambda one: one[1])


def any_waiting(transaction: Transaction) -> bool:
    """Whether anything waits for the outbox at all; spares the lock."""
    waits = or_(
        exists().where(_c.entry.is_not(None)),
        exists().where(token_accounts.c.load_entry.is_not(None)),
    )
    return bool(transaction.execute(select(waits)).scalar())


def kept(transaction: Transaction, rows: Sequence[Listed], known: Sequence[str] | None = None) -> None:
    """Writes rows; `known`: the keys of those that are there already, all of them where it is not given."""
    present = {row.key for row in rows} if known is None else set(known)
    new = [row for row in rows if row.key not in present]
    changed = [row for row in rows if row.key in present]
    if new:
        transaction.execute(insert(listed_tokens), [asdict(row) for row in new])
    if changed:
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _FACTS}
        statement = update(listed_tokens).where(*_ITS_KEY).values(**values)
        transaction.execute(statement, [_facts(row) for row in changed])


_ITS_KEY = (_c.connection == bindparam("key_connection"), _c.key == bindparam("key_key"))


def _facts(row: Listed) -> dict[str, Any]:
    values = asdict(row)
    named = {"key_connection": values.pop("connection"), "key_key": values.pop("key")}
    return {**named, **{f"new_{name}": value for name, value in values.items()}}


def dropped(transaction: Transaction, rows: Sequence[Listed]) -> None:
    """Rows of tokens that the hub no longer takes and is not to take."""
    if rows:
        named = [{"key_connection": row.connection, "key_key": row.key} for row in rows]
        transaction.execute(delete(listed_tokens).where(*_ITS_KEY), named)


def account(transaction: Transaction, connection: str) -> Account:
    """What is known of a hub as a whole; nothing at first."""
    row = transaction.execute(
        select(token_accounts).where(token_accounts.c.connection == connection)
    ).one_or_none()  # fmt: skip
    return Account(connection=connection) if row is None else Account(**row._mapping)


def noted(transaction: Transaction, connection: str, **values: Any) -> None:
    """Changes what is known of a hub as a whole."""
    statement = update(token_accounts).where(token_accounts.c.connection == connection).values(**values)
    if transaction.execute(statement).rowcount == 0:
        transaction.execute(insert(token_accounts).values(connection=connection, **values))
