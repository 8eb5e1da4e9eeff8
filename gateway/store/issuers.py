"""Statements on what was learned of cards: which hub knew one, or its issuer. Cards stand as keyed hashes."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, select, update

from gateway.store.database import Transaction, stamp
from gateway.store.tables import issuers


def learned(transaction: Transaction, tenant: str, names: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
    """How often each hub has known each of these, since it last did not: name → connection → times."""
    where = issuers.c.tenant == tenant, issuers.c.card.in_(names), issuers.c.successes > 0
    found: dict[str, dict[str, int]] = {}
    for row in transaction.execute(select(issuers).where(*where)):
        found.setdefault(row.card, {})[row.connection] = row.successes
    return found


def learn(
    transaction: Transaction, tenant: str, names: Sequence[str], connection: str, *, knew: bool, now: datetime
) -> None:
    """A hub knew these, or did not: what it knew before counts no more then, since cards change their issuer."""
    if knew:
        values = {"successes": issuers.c.successes + 1, "failures": 0}
    else:
        values = {"successes": 0, "failures": issuers.c.failures + 1}
    for name in names:
        where = issuers.c.tenant == tenant, issuers.c.card == name, issuers.c.connection == connection
        changed = transaction.execute(update(issuers).where(*where).values(**values, changed_at=stamp(now)))
        if changed.rowcount == 0:
            first = {"tenant": tenant, "card": name, "connection": connection, "changed_at": stamp(now)}
            transaction.execute(insert(issuers).values(**first, successes=int(knew), failures=int(not knew)))
