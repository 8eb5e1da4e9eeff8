"""Statuses are told again before the time ends until which they hold, where the platform vouches for them.

A hub takes a status for unknown when its time is over (OCHP ttl). A platform that tells every change may leave the
prolonging to the gateway: option `prolong_statuses_seconds` of a connection or a profile. Without it a status ends when
the platform said so.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import update

from gateway.hub import Hub
from gateway.store import Database
from gateway.store.database import Transaction, stamp
from gateway.store.publications import in_turn
from gateway.store.tables import publications

OPTION = "prolong_statuses_seconds"
_EARLY = 0.25
"""The share of that time before the end at which a status is told again."""


async def refresh_statuses(database: Database, hubs: Mapping[str, Hub], now: Callable[[], datetime]) -> int:
    """Makes those statuses due whose time comes near its end; how many. Whoever drains lanes has work if there are."""
    asked = {name: seconds for name, hub in hubs.items() if (seconds := _seconds(hub)) > 0}
    if not asked:
        return 0
    return await database.write(lambda transaction: _prolonged(transaction, asked, now()))


def _seconds(hub: Hub) -> float:
    return float(hub.connection.options.get(OPTION, hub.profile.options.get(OPTION, 0)) or 0)


def _prolonged(transaction: Transaction, connections: Mapping[str, float], now: datetime) -> int:
    in_turn(transaction)
    changed = 0
    for connection, seconds in connections.items():
        table = publications.c
        near = stamp(now + timedelta(seconds=seconds * _EARLY))
        ending = (table.status_state == "current", table.status_until.is_not(None), table.status_until < near)
        statement = update(publications).where(table.connection == connection, *ending)
        until = stamp(now + timedelta(seconds=seconds))
        changed += transaction.execute(statement.values(status_until=until, status_state="due")).rowcount
    return changed
