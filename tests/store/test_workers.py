"""Several processes on one store: each item is handed over by one of them, each question asked by one."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.handover import HandOver, Kind
from gateway.holding import Holding
from gateway.idempotency import Answers
from gateway.model import messages as m
from gateway.model.session import SessionIds
from gateway.pulls import Pulls
from gateway.store import Database, inbox
from gateway.store.database import Transaction
from tests.scenarios import toy
from tests.unit.test_pulls import Fleet, Platform

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
YES = m.CommandResult(status=m.CommandStatus.ACCEPTED)
NAMES = [f"{number:02}" for number in range(20)]


@pytest.fixture
def databases(dsn: str) -> Iterator[tuple[Database, Database]]:
    """The same store, opened as two processes do."""
    if dsn == "sqlite://":
        pytest.skip("a database in memory has one process")
    one, other = Database(dsn), Database(dsn)
    one.migrate()
    yield one, other
    one.close()
    other.close()


async def test_two_workers_share_the_inbox_and_keep_its_order(databases: tuple[Database, Database]) -> None:
    took: list[str] = []
    at_work = [0, 0]

    async def give(_: inbox.Item, value: str) -> str:
        at_work[0] += 1
        at_work[1] = max(at_work)
        await asyncio.sleep(0.001)
        took.append(value)
        at_work[0] -= 1
        return "taken"

    def put(transaction: Transaction) -> None:
        for name in NAMES:
            inbox.put(transaction, connection="toy", key=name, kind="Text", message=name, now=NOON)

    await databases[0].write(put)
    workers = [
        HandOver(Holding(database, name, lambda: NOON), {"Text": Kind(lambda item: item.message, give)})
        for database, name in zip(databases, ("one", "other"), strict=True)
    ]
    for _ in range(200):
        await asyncio.gather(*(worker.drain() for worker in workers))
        if len(took) == len(NAMES):
            break
    assert (took, at_work[1]) == (NAMES, 1)


@pytest.mark.parametrize("again", range(3))
async def test_one_command_at_two_processes_reaches_the_backend_once(
    databases: tuple[Database, Database], again: int
) -> None:
    asked: list[str] = []

    async def ask() -> m.CommandResult:
        asked.append("asked")
        await asyncio.sleep(0.02)
        return YES

    message = m.StartSession(evse=toy.OURS, token=toy.CARD, session=SessionIds(hub=f"H-{again}"))
    processes = [Answers(Holding(database, str(id(database)), lambda: NOON)) for database in databases]
    answers = await asyncio.gather(*(one.once(toy.connection(), message, ask) for one in processes))
    assert (answers, asked) == ([YES, YES], ["asked"])


async def test_two_processes_that_pull_one_list_at_the_same_time_lose_nothing(
    databases: tuple[Database, Database],
) -> None:
    fleet, platform = Fleet(), Platform()
    for number in range(7):
        fleet.put(number)
    adapter = replace(toy.adapter, pages={m.FetchEvses: fleet.pages})
    hub: Any = SimpleNamespace(connection=toy.connection(), adapter=adapter, profile=toy.OPEN, link=lambda _: None)
    pulls = [Pulls(database, {"toy": hub}, platform, lambda: NOON) for database in databases]
    await asyncio.gather(*(one.pull("toy", m.FetchEvses) for one in pulls))
    fleet.clock[0] += timedelta(days=2)
    del fleet.places[6]
    report = await pulls[0].pull("toy", m.FetchEvses, full=True)
    assert (report.gone, platform.places) == (1, fleet.shown())
