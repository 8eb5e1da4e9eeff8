"""Statuses are told again before the time ends until which they hold, where the platform vouches for them.

A hub takes a status for unknown when its time is over (OCHP ttl). A platform that tells every change may leave the
prolonging to the gateway: option `prolong_statuses_seconds` of a connection or a profile. It is one time for all
statuses, `true` for those that the hub advises (`status_validity_seconds` of its profile), or a table of its own beside
these. A status without an end then gets one, so that it becomes unknown where the gateway falls silent. Without the
option a status ends when the platform said so.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import update

from gateway.hub import Hub
from gateway.store import Database
from gateway.store.database import Transaction, stamp
from gateway.store.publications import in_turn
from gateway.store.tables import publications

OPTION, ADVICE = "prolong_statuses_seconds", "status_validity_seconds"
EVERY = ""
"""Stands for every status."""
_EARLY = 0.25
"""The share of that time before the end at which a status is told again."""
_SOONEST_SECONDS = 120.0
"""Short times need more: this is looked at once a minute, and the push takes its own time. Half of it at most."""


def validity(hub: Hub) -> Mapping[str, float]:
    """How many seconds each status holds, by its word, or `EVERY` one; empty where nothing is prolonged."""
    given = hub.connection.options.get(OPTION, hub.profile.options.get(OPTION))
    advice = hub.profile.options.get(ADVICE, {})
    if given is True:
        return {word: float(seconds) for word, seconds in advice.items()}
    if isinstance(given, Mapping):
        return {word: float(seconds) for word, seconds in {**advice, **given}.items()}
    return {EVERY: float(given)} if given else {}


def held_for(times: Mapping[str, float], word: str) -> float | None:
    """How many seconds a status holds; None: without an end."""
    return times.get(word, times.get(EVERY))


def keeper(
    database: Database, hubs: Mapping[str, Hub], now: Callable[[], datetime], wake: Callable[[], None]
) -> Callable[[], Awaitable[None]]:
    """What is to be done by the clock, at least once a minute."""

    async def refresh() -> None:
        if await refresh_statuses(database, hubs, now):
            wake()

    return refresh


async def refresh_statuses(database: Database, hubs: Mapping[str, Hub], now: Callable[[], datetime]) -> int:
    """Makes those statuses due whose time comes near its end; how many. Whoever drains lanes has work if there are."""
    asked = {name: times for name, hub in hubs.items() if (times := validity(hub))}
    if not asked:
        return 0
    return await database.write(lambda transaction: _prolonged(transaction, asked, now()))


def _prolonged(transaction: Transaction, connections: Mapping[str, Mapping[str, float]], now: datetime) -> int:
    """Also those that wait to be sent: their time runs meanwhile."""
    in_turn(transaction)
    table, changed = publications.c, 0
    for connection, times in connections.items():
        for word, seconds in times.items():
            early = min(seconds / 2, max(seconds * _EARLY, _SOONEST_SECONDS))
            near = stamp(now + timedelta(seconds=early))
            until = stamp(now + timedelta(seconds=seconds))
            ending = [table.status_until.is_not(None), table.status_until < near]
            ending += [table.status == word] if word != EVERY else []
            statement = update(publications).where(table.connection == connection, *ending)
            sent = statement.where(table.status_state.in_(("current", "due")))
            changed += transaction.execute(sent.values(status_until=until, status_state="due")).rowcount
            waiting = statement.where(table.status_state == "waits")
            transaction.execute(waiting.values(status_until=until))
    return changed
