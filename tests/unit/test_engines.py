"""The engine of one process, over lanes that are only a table."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from gateway.engines import InProcess
from gateway.engines.inprocess import seconds_until
from gateway.store.database import stamp


@dataclass
class Found:
    lanes: list[str]
    upcoming: str | None = None


@dataclass
class Lanes:
    """Lanes with so many entries each; a lane may wait, fail, or take its time."""

    entries: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    ending: float = 0.0
    waits: dict[str, str] = field(default_factory=dict)
    broken: int = 0
    delivered: list[str] = field(default_factory=list)
    in_flight: list[str] = field(default_factory=list)
    most: int = 0
    looked: int = 0

    async def look(self) -> Found:
        self.looked += 1
        if self.broken:
            self.broken -= 1
            raise OSError("the store is away")
        waiting = [at for lane, at in self.waits.items() if self.entries.get(lane) and not self._open(lane)]
        return Found([lane for lane in self.entries if self._open(lane)], min(waiting, default=None))

    def _open(self, lane: str) -> bool:
        return self.entries.get(lane, 0) > 0 and self.waits.get(lane, "") <= stamp(datetime.now(UTC))

    async def drain(self, lane: str) -> str | None:
        assert lane not in self.in_flight
        self.in_flight.append(lane)
        self.most = max(self.most, len(self.in_flight))
        try:
            while self._open(lane):
                await asyncio.sleep(self.seconds)
                self.entries[lane] -= 1
                self.delivered.append(lane)
            await asyncio.sleep(self.ending)
            return self.waits.get(lane) if self.entries.get(lane) else None
        finally:
            self.in_flight.remove(lane)


Make = Callable[..., InProcess]


@pytest.fixture
async def make() -> Iterator[Make]:  # type: ignore[misc]
    made: list[InProcess] = []

    def begun(lanes: Lanes, **options: float) -> InProcess:
        works = bool(options.pop("works", True))
        made.append(InProcess(lanes, **options))  # type: ignore[arg-type]
        made[-1].start(works)
        return made[-1]

    yield begun
    for engine in made:
        await engine.stop()


def in_seconds(seconds: float) -> str:
    return stamp(datetime.now(UTC) + timedelta(seconds=seconds))


async def test_what_is_due_is_drained_without_being_told(make: Make) -> None:
    lanes = Lanes({"a/cdr": 3, "b/cdr": 2})
    await make(lanes).idle()
    assert sorted(lanes.delivered) == ["a/cdr"] * 3 + ["b/cdr"] * 2


async def test_a_lane_that_is_named_is_drained_at_once_and_nothing_is_searched(make: Make) -> None:
    lanes = Lanes()
    engine = make(lanes, sweep_seconds=3600.0)
    await asyncio.sleep(0.02)
    looked = lanes.looked
    lanes.entries["a/cdr"] = 1
    engine.wake("a/cdr")
    await asyncio.sleep(0.02)
    assert (lanes.delivered, lanes.looked) == (["a/cdr"], looked)


async def test_no_more_lanes_than_allowed_are_drained_together_and_all_are_drained(make: Make) -> None:
    lanes = Lanes({f"h{number}/cdr": 2 for number in range(20)}, seconds=0.002)
    await make(lanes, together=4).idle()
    assert lanes.most == 4
    assert len(lanes.delivered) == 40


async def test_a_hub_with_many_lanes_leaves_a_place_for_the_others(make: Make) -> None:
    lanes = Lanes({**{f"slow/cdr/{number}": 1 for number in range(40)}, "quick/cdr": 1}, seconds=0.01)
    await make(lanes, together=4).idle()
    assert lanes.delivered.index("quick/cdr") <= 4


async def test_a_lane_is_drained_again_when_work_came_after_it_was_found_empty(make: Make) -> None:
    lanes = Lanes({"a/cdr": 1}, ending=0.05)
    engine = make(lanes, sweep_seconds=3600.0)
    await asyncio.sleep(0.02)
    assert (lanes.in_flight, lanes.delivered) == (["a/cdr"], ["a/cdr"])
    lanes.entries["a/cdr"] = 1
    engine.wake("a/cdr")
    await asyncio.sleep(0.08)
    assert lanes.delivered == ["a/cdr"] * 2


async def test_a_lane_that_waits_is_taken_up_when_its_time_has_come_and_not_before(make: Make) -> None:
    lanes = Lanes({"a/cdr": 1}, waits={"a/cdr": in_seconds(0.15)})
    make(lanes, sweep_seconds=3600.0)
    await asyncio.sleep(0.1)
    assert lanes.delivered == []
    await asyncio.sleep(0.1)
    assert lanes.delivered == ["a/cdr"]
    assert lanes.looked <= 3


async def test_a_next_try_that_draining_names_is_kept_to_without_searching(make: Make) -> None:
    lanes = Lanes()
    engine = make(lanes, sweep_seconds=3600.0)
    await asyncio.sleep(0.01)
    lanes.entries, lanes.waits = {"a/cdr": 1}, {"a/cdr": in_seconds(0.1)}
    for _ in range(5):
        engine.wake("a/cdr")
        await asyncio.sleep(0.005)
    looked = lanes.looked
    await asyncio.sleep(0.12)
    assert (lanes.delivered, lanes.looked) == (["a/cdr"], looked)


async def test_a_sweep_that_fails_is_made_again_and_shows_in_the_beat(make: Make) -> None:
    lanes = Lanes({"a/cdr": 1}, broken=2)
    engine = make(lanes, sweep_seconds=0.02)
    await asyncio.sleep(0.01)
    assert (engine.beat, lanes.delivered) == (None, [])
    await asyncio.sleep(0.1)
    assert engine.beat is not None
    assert lanes.delivered == ["a/cdr"]


@pytest.mark.parametrize("damaged", ["x", "2999-01-01T00:00:00"])
async def test_a_next_try_that_cannot_be_read_does_not_end_the_engine(make: Make, damaged: str) -> None:
    lanes = Lanes({"a/cdr": 1}, waits={"a/cdr": damaged})
    engine = make(lanes, sweep_seconds=0.02)
    await asyncio.sleep(0.05)
    lanes.entries["b/cdr"] = 1
    await asyncio.sleep(0.1)
    assert (lanes.delivered, engine.beat is not None) == (["b/cdr"], True)


@pytest.mark.parametrize("damaged", ["x", "", "2026-01-01", "2026-01-01T00:00:00"])
def test_a_time_that_cannot_be_read_is_left_to_the_next_sweep(damaged: str) -> None:
    assert seconds_until(damaged, datetime.now(UTC)) == 0.0


async def test_a_drain_that_fails_is_made_again(make: Make) -> None:
    lanes, failures = Lanes({"a/cdr": 1}), [OSError("away")]
    drained = lanes.drain

    async def drain(lane: str) -> str | None:
        if failures:
            raise failures.pop()
        return await drained(lane)

    lanes.drain = drain  # type: ignore[method-assign]
    make(lanes, sweep_seconds=0.02)
    await asyncio.sleep(0.1)
    assert lanes.delivered == ["a/cdr"]


async def test_stopping_waits_for_what_is_in_flight(make: Make) -> None:
    lanes = Lanes({"a/cdr": 1}, seconds=0.05)
    engine = make(lanes)
    await asyncio.sleep(0.02)
    await engine.stop()
    assert (lanes.delivered, lanes.in_flight) == (["a/cdr"], [])


async def test_stopping_does_not_wait_for_ever(make: Make) -> None:
    lanes = Lanes({"a/cdr": 1}, seconds=60.0)
    engine = make(lanes, stop_seconds=0.05)
    await asyncio.sleep(0.02)
    await asyncio.wait_for(engine.stop(), 1.0)
    assert (lanes.delivered, lanes.in_flight) == ([], [])


async def test_an_engine_that_does_not_work_drains_nothing(make: Make) -> None:
    lanes = Lanes({"a/cdr": 1})
    engine = make(lanes, works=False)
    engine.wake("a/cdr")
    engine.wake()
    await asyncio.sleep(0.02)
    assert (lanes.delivered, lanes.looked) == ([], 0)
