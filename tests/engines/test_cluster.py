"""The engine of many processes: real jobs on PostgreSQL, over lanes that are only a table."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from gateway.engines import Engine, InProcess, engine_for
from gateway.store import Database
from gateway.store.database import stamp

pytest.importorskip("procrastinate")


@dataclass
class Found:
    lanes: list[str]
    upcoming: str | None


@dataclass
class Lanes:
    """Lanes with so many entries each, as every worker of the cluster sees them."""

    entries: dict[str, int] = field(default_factory=dict)
    next_try: str | None = None
    seconds: float = 0.0
    broken: int = 0
    delivered: list[str] = field(default_factory=list)
    in_flight: list[str] = field(default_factory=list)
    together: list[str] = field(default_factory=list)

    async def look(self) -> Found:
        open_now = (self.next_try or "") <= _now()
        return Found([lane for lane, count in self.entries.items() if count and open_now], self.next_try)

    async def drain(self, lane: str) -> str | None:
        if self.broken:
            self.broken -= 1
            raise OSError("the store is away")
        if lane in self.in_flight:
            self.together.append(lane)
        self.in_flight.append(lane)
        while self.entries.get(lane) and (self.next_try or "") <= _now():
            await asyncio.sleep(self.seconds)
            self.entries[lane] -= 1
            self.delivered.append(lane)
        self.in_flight.remove(lane)
        return self.next_try if self.entries.get(lane) else None


def _now() -> str:
    return stamp(datetime.now(UTC))


Make = Callable[..., Any]


@pytest.fixture
async def make(database: Database) -> AsyncIterator[Make]:
    from gateway.engines.cluster import Cluster
    from gateway.engines.jobs import conninfo, prepare

    made: list[Engine] = []
    prepare(database)

    def begun(lanes: Lanes, **options: Any) -> Cluster:
        works = options.pop("works", True)
        engine = Cluster(lanes, conninfo(database), **{"sweep_seconds": 60.0, **options})
        engine.start(works)
        made.append(engine)
        return engine

    yield begun
    await asyncio.gather(*(engine.stop() for engine in made))


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds
        await asyncio.sleep(0.01)
    return time.monotonic() - began


def jobs(database: Database) -> list[Any]:
    with database.engine.connect() as connection:
        return list(connection.execute(text("SELECT task_name, lock, queueing_lock, status FROM procrastinate_jobs")))


async def test_a_lane_that_is_named_is_drained_and_its_job_is_gone(make: Make, database: Database) -> None:
    lanes = Lanes()
    engine = make(lanes)
    await until(lambda: engine.beat is not None)
    lanes.entries["a/cdr"] = 3
    engine.wake("a/cdr")
    await until(lambda: len(lanes.delivered) == 3)
    await asyncio.sleep(0.2)
    assert [job for job in jobs(database) if job.task_name == "drain"] == []


async def test_a_process_without_workers_wakes_those_of_another(make: Make) -> None:
    lanes = Lanes()
    make(lanes)
    teller = make(Lanes(), works=False)
    await asyncio.sleep(0.5)
    lanes.entries["a/cdr"] = 1
    teller.wake("a/cdr")
    assert await until(lambda: lanes.delivered == ["a/cdr"]) < 2.0


async def test_lanes_that_nobody_spoke_of_are_found_by_the_sweep_of_the_cluster(make: Make) -> None:
    lanes = Lanes({"a/cdr": 1, "b/evse-data": 2})
    make(lanes)
    await until(lambda: sorted(lanes.delivered) == ["a/cdr", "b/evse-data", "b/evse-data"])


async def test_no_lane_is_drained_by_two_workers_at_a_time(make: Make) -> None:
    lanes = Lanes(seconds=0.01)
    workers = [make(lanes), make(lanes)]
    await asyncio.sleep(0.3)
    for number in range(60):
        lane = f"a/cdr/{number % 3}"
        lanes.entries[lane] = lanes.entries.get(lane, 0) + 1
        workers[number % 2].wake(lane)
        await asyncio.sleep(0.005)
    await until(lambda: len(lanes.delivered) == 60)
    assert lanes.together == []


async def test_a_next_try_is_a_planned_job_and_holds_up_no_earlier_one(make: Make, database: Database) -> None:
    lanes = Lanes({"a/cdr": 1}, next_try=stamp(datetime.now(UTC) + timedelta(seconds=2)))
    engine = make(lanes)
    engine.wake("a/cdr")
    await until(lambda: [job.task_name for job in jobs(database)].count("wake") == 1)
    assert lanes.delivered == []
    await until(lambda: lanes.delivered == ["a/cdr"], 5.0)
    lanes.entries["a/cdr"], lanes.next_try = 1, stamp(datetime.now(UTC) + timedelta(hours=1))
    engine.wake("a/cdr")
    await until(lambda: [job.task_name for job in jobs(database)].count("wake") == 1)
    lanes.next_try = None
    engine.wake("a/cdr")
    assert await until(lambda: lanes.delivered == ["a/cdr"] * 2) < 2.0


async def test_a_drain_that_fails_is_made_again_by_a_sweep(make: Make) -> None:
    lanes = Lanes({"a/cdr": 1}, broken=1)
    make(lanes).wake("a/cdr")
    await until(lambda: lanes.delivered == ["a/cdr"])


async def test_the_jobs_of_a_worker_that_died_come_back(make: Make, database: Database) -> None:
    lanes = Lanes()
    with database.engine.begin() as connection:
        connection.execute(text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 h')"))
        connection.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status, worker_id)"
                " SELECT 'gateway', 'drain', 'a/cdr', 'a/cdr', '{\"lane\": \"a/cdr\"}', 'doing', id"
                " FROM procrastinate_workers"
            )
        )
    engine = make(lanes)
    lanes.entries["a/cdr"] = 1
    await engine._app.open_async()
    await engine._rescue()
    assert await until(lambda: lanes.delivered == ["a/cdr"]) < 2.0


async def test_without_any_job_a_worker_finds_what_nobody_takes(make: Make) -> None:
    lanes = Lanes()
    engine = make(lanes, sweep_seconds=0.1)
    engine._worker.cancel()
    await asyncio.gather(engine._worker, return_exceptions=True)
    lanes.entries["a/cdr"] = 1
    assert await until(lambda: lanes.delivered == ["a/cdr"]) < 2.0


async def test_a_lane_that_takes_long_does_not_hold_up_the_sweep_and_ends_before_the_engine_does(make: Make) -> None:
    lanes = Lanes(seconds=0.7)
    engine = make(lanes, sweep_seconds=0.1)
    engine._worker.cancel()
    await asyncio.gather(engine._worker, return_exceptions=True)
    lanes.entries["slow/cdr"] = 1
    await until(lambda: lanes.in_flight == ["slow/cdr"])
    beat = engine.beat
    await until(lambda: engine.beat > beat)
    await engine.stop()
    assert (lanes.in_flight, lanes.delivered) == ([], ["slow/cdr"])


async def test_stopping_waits_for_what_is_in_flight(make: Make) -> None:
    lanes = Lanes({"a/cdr": 1}, seconds=0.5)
    engine = make(lanes)
    await until(lambda: lanes.in_flight == ["a/cdr"])
    await engine.stop()
    assert lanes.delivered == ["a/cdr"]


async def test_a_lane_of_any_length_has_a_job(make: Make) -> None:
    lanes = Lanes()
    engine = make(lanes)
    lane = "a/cdr/" + "S(1)" * 5000
    lanes.entries[lane] = 1
    engine.wake(lane)
    await until(lambda: lanes.delivered == [lane])


async def test_the_job_tables_are_made_once_by_processes_that_start_together(database: Database) -> None:
    from gateway.engines.jobs import prepare

    others = [Database(database.engine.url.render_as_string(hide_password=False)) for _ in range(4)]
    await asyncio.gather(*(asyncio.to_thread(prepare, other) for other in others))
    for other in others:
        other.close()
    assert jobs(database) == []


async def test_job_tables_of_an_older_procrastinate_are_brought_up_to_date(database: Database) -> None:
    from procrastinate.schema import SchemaManager

    from gateway.engines.jobs import prepare

    older = re.sub(r"'scheduled',[^\n]*\n\s*'retried'[^\n]*", "'scheduled'", SchemaManager.get_schema())
    with database.engine.begin() as connection:
        connection.connection.cursor().execute(older)
        connection.execute(text("DROP FUNCTION procrastinate_retry_job_v2"))
        connection.execute(text("COMMENT ON TABLE procrastinate_jobs IS '3.3.0'"))
    prepare(database)
    with database.engine.connect() as connection:
        found = "SELECT count(*) FROM pg_proc WHERE oid = to_regproc('procrastinate_retry_job_v2')"
        assert connection.execute(text(found)).scalar_one() == 1


async def test_tables_in_a_schema_of_the_settings_have_their_jobs_there(dsn: str) -> None:
    name = 'odd "Name'
    from sqlalchemy import create_engine
    from sqlalchemy.schema import CreateSchema, DropSchema

    engine = create_engine(dsn)
    with engine.begin() as connection:
        connection.execute(CreateSchema(name))
    database = Database(dsn, schema=name)
    try:
        lanes = Lanes()
        running = engine_for(database, lanes)
        running.start()
        lanes.entries["a/cdr"] = 1
        running.wake("a/cdr")
        await until(lambda: lanes.delivered == ["a/cdr"])
        await running.stop()
        with engine.connect() as connection:
            there = "SELECT count(*) FROM information_schema.tables WHERE table_schema = :name"
            assert connection.execute(text(there), {"name": name}).scalar_one() == 4
    finally:
        database.close()
        with engine.begin() as connection:
            connection.execute(DropSchema(name, cascade=True))
        engine.dispose()


def test_sqlite_has_the_engine_of_one_process() -> None:
    database = Database()
    assert isinstance(engine_for(database, Lanes()), InProcess)
    database.close()
