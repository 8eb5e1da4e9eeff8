from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from gateway.publishing.refreshing import refresh_statuses
from gateway.store import Database, publications
from gateway.store.database import stamp
from gateway.store.publications import Published

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def hub(**options: Any) -> Any:
    return SimpleNamespace(connection=SimpleNamespace(options=options), profile=SimpleNamespace(options={}))


def row(evse: str, minutes: int | None, state: str = "current", connection: str = "clearing") -> Published:
    until = None if minutes is None else stamp(NOON + timedelta(minutes=minutes))
    return Published(
        connection=connection,
        evse=evse,
        spelled=evse,
        operator="DELON",
        status="AVAILABLE",
        status_until=until,
        status_state=state,
        changed_at=stamp(NOON),
    )


async def test_only_statuses_whose_time_comes_near_its_end_are_told_again(database: Database) -> None:
    rows = [row("E1", 14), row("E2", 16), row("E3", None), row("E4", -5), row("E5", 1, "sending"), row("E6", 1, "due")]
    other = row("E1", 1, connection="other")
    await database.write(lambda transaction: publications.added(transaction, [*rows, other]))
    hubs = {"clearing": hub(prolong_statuses_seconds=3600), "other": hub()}
    assert await refresh_statuses(database, hubs, lambda: NOON) == 3
    after = await database.read(lambda transaction: publications.listed(transaction))
    hour = stamp(NOON + timedelta(hours=1))
    told = [(one.evse, one.status_state) for one in after if one.status_until == hour]
    assert told == [("E1", "due"), ("E4", "due"), ("E6", "due")]
    changed = {(one.connection, one.evse) for one in after} - {
        (one.connection, one.evse) for one in (*rows, other) if one in after
    }
    assert changed == {("clearing", "E1"), ("clearing", "E4"), ("clearing", "E6")}


async def test_where_nobody_vouches_for_them_statuses_end(database: Database) -> None:
    await database.write(lambda transaction: publications.added(transaction, [row("E1", 1)]))
    assert await refresh_statuses(database, {"clearing": hub()}, lambda: NOON) == 0
