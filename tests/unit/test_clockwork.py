"""Turns by the clock, in several processes on one store, with a table of jobs that only count."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.clockwork import Clockwork, Housekeeping
from gateway.errors import NotSent
from gateway.hub import Hub
from gateway.journal import Journal
from gateway.model import messages as m
from gateway.ports import Adapter, Job
from gateway.store import Database, schedule
from tests.scenarios import toy
from tests.support import FakeLink

Make = Callable[..., Clockwork]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'gateway.sqlite'}")
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
async def make(database: Database) -> AsyncIterator[Make]:
    made: list[Clockwork] = []

    def begun(*works: Housekeeping, jobs: tuple[Job, ...] = (), **options: Any) -> Clockwork:
        hubs = {"toy": hub_with(database, jobs)} if jobs else {}
        made.append(Clockwork(database, hubs, unasked, works, **options))
        made[-1].start()
        return made[-1]

    yield begun
    for clockwork in made:
        await clockwork.stop()


async def unasked(*_: Any) -> Any:
    raise AssertionError("nobody asks the backend here")


def hub_with(database: Database, jobs: tuple[Job, ...]) -> Hub:
    adapter = Adapter(**{**vars(toy.adapter), "jobs": jobs})
    connection = toy.connection()

    async def remember(*_: Any) -> None: ...

    profile = adapter.profiles[connection.hub]
    return Hub(connection, adapter, profile, FakeLink(connection), Journal(database), remember)


class Counting:
    def __init__(self, seconds: float = 0.0, answers: tuple[Any, ...] = ()) -> None:
        self.begun, self.ended, self._seconds, self._answers = 0, 0, seconds, list(answers)

    async def __call__(self, *_: Any, **__: Any) -> float | None:
        self.begun += 1
        await asyncio.sleep(self._seconds)
        answer = self._answers.pop(0) if self._answers else None
        if isinstance(answer, Exception):
            raise answer
        self.ended += 1
        return answer


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def turn(database: Database, name: tuple[str, str]) -> schedule.Turn:
    turns = await database.read(schedule.listed)
    return next(one for one in turns if one.name == name)


async def test_a_turn_is_run_at_once_and_again_after_its_period(make: Make) -> None:
    work = Counting()
    began = time.monotonic()
    make(Housekeeping("count", 0.05, work))
    await until(lambda: work.ended == 4)
    assert time.monotonic() - began >= 0.15


async def test_several_processes_share_the_turns(make: Make) -> None:
    work = Counting(0.01)
    for _ in range(3):
        make(Housekeeping("count", 3600.0, work))
    await asyncio.sleep(0.3)
    assert work.ended == 1


async def test_the_hub_may_name_the_period(make: Make, database: Database) -> None:
    beat = Counting(answers=(0.05, 3600.0))
    make(jobs=(Job("heartbeat", None, 3600.0, beat),))
    await until(lambda: beat.ended == 2)
    await asyncio.sleep(0.1)
    assert beat.ended == 2
    assert (await turn(database, ("toy", "heartbeat"))).failures == 0


async def test_a_job_of_another_role_is_not_ours(make: Make) -> None:
    ours, theirs = Counting(), Counting()
    role = toy.connection().role
    other = next(one for one in type(role) if one is not role)
    make(jobs=(Job("ours", role, 60.0, ours), Job("theirs", other, 60.0, theirs)))
    await until(lambda: ours.ended == 1)
    assert theirs.begun == 0


async def test_a_list_is_kept_up_with_by_the_pull(make: Make) -> None:
    pulled: list[Any] = []

    async def pull(*what: Any, **how: Any) -> str:
        pulled.append((what, how))
        return "a report, which names no period"

    make(jobs=(Job("pull", None, 3600.0, pull=m.FetchEvses, full=True),), pull=pull)
    await until(lambda: bool(pulled))
    assert pulled == [(("toy", m.FetchEvses), {"full": True})]


async def test_a_failure_is_counted_with_masked_words_and_the_turn_comes_again(make: Make, database: Database) -> None:
    work = Counting(answers=(NotSent("no way to 04A2B3C4D5E680"), ValueError("04A2B3C4D5E680")))
    make(Housekeeping("count", 0.5, work))
    await until(lambda: work.begun == 1)
    await asyncio.sleep(0.2)
    first = await turn(database, ("", "count"))
    await until(lambda: work.begun == 2)
    await asyncio.sleep(0.2)
    second = await turn(database, ("", "count"))
    assert (first.failures, first.words) == (1, "no way to 04…80")
    assert (second.failures, second.words) == (2, "internal error (ValueError)")
    await until(lambda: work.ended == 1)
    await asyncio.sleep(0.2)
    assert (await turn(database, ("", "count"))).failures == 0


async def test_what_runs_longer_than_its_lease_stays_with_its_process(make: Make) -> None:
    work = Counting(1.5)
    for _ in range(2):
        make(Housekeeping("count", 3600.0, work), lease_seconds=0.9)
    await until(lambda: work.ended == 1)
    assert (work.begun, work.ended) == (1, 1)


async def test_a_process_that_lost_its_lease_breaks_off(make: Make, database: Database) -> None:
    work = Counting(30.0)
    make(Housekeeping("count", 3600.0, work), lease_seconds=0.3)
    await until(lambda: work.begun == 1)
    taken = "UPDATE gateway_turns SET owner = 'another', leased_until = '9999'"
    await database.write(lambda transaction: transaction.execute(_text(taken)))
    await asyncio.sleep(0.4)
    assert (work.begun, work.ended) == (1, 0)
    assert (await turn(database, ("", "count"))).owner == "another"


async def test_stopping_lets_a_turn_finish(make: Make, database: Database) -> None:
    work = Counting(0.1)
    clockwork = make(Housekeeping("count", 3600.0, work))
    await until(lambda: work.begun == 1)
    await clockwork.stop()
    assert (work.ended, (await turn(database, ("", "count"))).owner) == (1, None)


async def test_a_turn_that_is_broken_off_at_the_stop_is_due_for_another_process_at_once(make: Make) -> None:
    slow, quick = Counting(30.0), Counting()
    clockwork = make(Housekeeping("count", 3600.0, slow), stop_seconds=0.05)
    await until(lambda: slow.begun == 1)
    await clockwork.stop()
    make(Housekeeping("count", 3600.0, quick))
    await until(lambda: quick.ended == 1)
    assert slow.ended == 0


async def test_what_keeps_processes_apart_by_itself_runs_in_each_at_once_when_it_is_told(make: Make) -> None:
    work = Counting(answers=(OSError("the store is away"),))
    both = [make(Housekeeping("inbox", 3600.0, work, everywhere=True)) for _ in range(2)]
    await until(lambda: work.begun == 2)
    await asyncio.sleep(0.05)
    assert work.ended == 1
    for clockwork in both:
        clockwork.wake()
    await until(lambda: work.ended == 3)


def _text(statement: str) -> Any:
    from sqlalchemy import text

    return text(statement)
