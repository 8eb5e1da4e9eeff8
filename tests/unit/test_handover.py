import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.errors import BackendFailed
from gateway.handover import HandOver, Kind
from gateway.holding import Holding
from gateway.store import Database, inbox
from gateway.store.database import Transaction

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


@dataclass
class Platform:
    """Takes texts; `fails` names those that it does not take, `blocks` those that it thinks about for ever."""

    took: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    fails: set[str] = field(default_factory=set)
    blocks: set[str] = field(default_factory=set)
    free: asyncio.Event = field(default_factory=asyncio.Event)
    at_work: int = 0
    most_at_work: int = 0

    async def give(self, _: inbox.Item, value: str) -> str:
        self.tried.append(value)
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        try:
            await (self.free.wait() if value in self.blocks else asyncio.sleep(0))
            if value in self.fails:
                raise BackendFailed(f"{value} is not liked")
        finally:
            self.at_work -= 1
        self.took.append(value)
        return f"took {value}"


def read(item: inbox.Item) -> str:
    if item.message == "{":
        raise ValueError("no JSON")
    return item.message


class Stand:
    def __init__(self) -> None:
        self.clock = [NOON]
        self.database, self.platform = Database(), Platform()
        self.database.migrate()
        self.one, self.other = self.worker("one"), self.worker("other")

    def worker(self, name: str, seconds: float = 60.0) -> HandOver:
        holding = Holding(self.database, name, lambda: self.clock[0], seconds)
        return HandOver(holding, {"Text": Kind(read, self.platform.give)})

    async def receive(self, *messages: str, connection: str = "toy", kind: str = "Text") -> None:
        def put(transaction: Transaction) -> None:
            for message in messages:
                values: Any = {"connection": connection, "key": f"{kind} {message}", "kind": kind, "message": message}
                inbox.put(transaction, **values, now=self.clock[0])

        await self.database.write(put)

    async def items(self) -> list[tuple[str, bool, str | None, str | None]]:
        found = await self.database.read(inbox.listed)
        return [(one.message, one.handed_over, one.answer, one.words) for one in found]


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(5000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not come to that")


@pytest.fixture
def stand() -> Iterator[Stand]:
    here = Stand()
    yield here
    here.database.close()


async def test_items_are_handed_over_oldest_first_and_the_answer_is_kept(stand: Stand) -> None:
    await stand.receive("A", "B", "C")
    await stand.one.drain()
    assert stand.platform.took == ["A", "B", "C"]
    assert await stand.items() == [(name, True, f"took {name}", None) for name in "ABC"]
    await stand.one.drain()
    assert stand.platform.tried == ["A", "B", "C"]


async def test_a_poisoned_item_moves_only_itself_aside_and_waits_longer_each_time(stand: Stand) -> None:
    stand.platform.fails = {"A"}
    await stand.receive("A", "B")
    waits = []
    for _ in range(10):
        await stand.one.drain()
        (item, _other) = await stand.database.read(inbox.listed)
        wait = datetime.fromisoformat(item.next_try_at) - stand.clock[0]
        waits.append(wait.total_seconds())
        stand.clock[0] += wait
    assert stand.platform.took == ["B"]
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert (await stand.items())[0] == ("A", False, None, "BackendFailed: A is not liked")
    stand.platform.fails = set()
    await stand.one.drain()
    assert stand.platform.took == ["B", "A"]


async def test_where_the_backend_is_down_the_rest_waits_for_the_next_round(stand: Stand) -> None:
    names = [f"{number:02}" for number in range(10)]
    stand.platform.fails = set(names)
    await stand.receive(*names)
    await stand.one.drain()
    assert stand.platform.tried == names[:3]


@pytest.mark.parametrize(("message", "kind"), [("{", "Text"), ("A", "Unheard")])
async def test_a_row_that_cannot_be_read_is_put_aside_and_the_others_go_on(
    stand: Stand, message: str, kind: str
) -> None:
    await stand.receive(message, kind=kind)
    await stand.receive("B", "C")
    await stand.one.drain()
    assert stand.platform.took == ["B", "C"]
    (aside,) = await stand.database.read(lambda transaction: inbox.listed(transaction, aside=True))
    assert (aside.message, aside.handed_over) == (message, False)
    assert (aside.words or "").startswith("it cannot be read: ")
    stand.clock[0] += timedelta(days=1)
    await stand.one.drain()
    assert stand.platform.took == ["B", "C"]


async def test_a_bug_in_the_backends_method_counts_as_a_failure(stand: Stand) -> None:
    async def buggy(_: inbox.Item, __: str) -> str:
        raise ZeroDivisionError("oops")

    worker = HandOver(Holding(stand.database, "one", lambda: NOON), {"Text": Kind(read, buggy)})
    await stand.receive("A")
    await worker.drain()
    assert await stand.items() == [("A", False, None, "ZeroDivisionError: oops")]


async def test_a_connection_whose_item_takes_long_does_not_hold_up_the_others(stand: Stand) -> None:
    stand.platform.blocks = {"A"}
    await stand.receive("A")
    await stand.receive("B", connection="other")
    draining = asyncio.create_task(stand.one.drain())
    await until(lambda: stand.platform.took == ["B"])
    stand.platform.free.set()
    await draining
    assert stand.platform.took == ["B", "A"]


async def test_two_workers_never_hand_over_one_connections_items_at_the_same_time(stand: Stand) -> None:
    names = [f"{number:02}" for number in range(30)]
    await stand.receive(*names)
    while len(stand.platform.took) < len(names):
        await asyncio.gather(stand.one.drain(), stand.other.drain())
    assert stand.platform.took == names
    assert stand.platform.most_at_work == 1


async def test_the_item_of_a_worker_that_died_goes_to_another_one(stand: Stand) -> None:
    await stand.receive("A", "B")
    lease = inbox.Lease("dead", 60)
    await stand.database.write(lambda transaction: inbox.taken(transaction, "toy", NOON, lease))
    await stand.one.drain()
    assert stand.platform.took == []
    stand.clock[0] += timedelta(seconds=61)
    await stand.one.drain()
    assert stand.platform.took == ["A", "B"]


async def test_a_lease_is_renewed_while_the_backend_thinks(stand: Stand) -> None:
    stand.platform.blocks = {"A"}
    await stand.receive("A")
    worker = stand.worker("patient", seconds=0.03)
    draining = asyncio.create_task(worker.drain())
    until = [NOON]
    while until[-1] <= NOON + timedelta(seconds=50):
        await asyncio.sleep(0.005)
        stand.clock[0] += timedelta(seconds=10)
        (item,) = await stand.database.read(inbox.listed)
        until.append(datetime.fromisoformat(item.leased_until or NOON.isoformat()))
    stand.platform.free.set()
    await draining
    assert stand.platform.took == ["A"]


async def test_who_stops_lets_the_item_in_hand_come_to_its_end_and_takes_no_new_one(stand: Stand) -> None:
    stand.platform.blocks = {"A"}
    await stand.receive("A", "B")
    draining = asyncio.create_task(stand.one.drain())
    await until(lambda: bool(stand.platform.tried))
    stand.one.end()
    draining.cancel()
    await asyncio.gather(draining, return_exceptions=True)
    stand.platform.free.set()
    await stand.one.close()
    assert [(name, handed_over) for name, handed_over, *_ in await stand.items()] == [("A", True), ("B", False)]


async def test_what_does_not_end_in_time_is_given_back_and_handed_over_again(stand: Stand) -> None:
    stand.platform.blocks = {"A"}
    await stand.receive("A")
    draining = asyncio.create_task(stand.one.drain())
    await until(lambda: bool(stand.platform.tried))
    draining.cancel()
    await asyncio.gather(draining, return_exceptions=True)
    await stand.one.close(seconds=0.01)
    stand.platform.blocks = set()
    await stand.other.drain()
    assert (stand.platform.tried, stand.platform.took) == (["A", "A"], ["A"])


async def test_old_answers_are_forgotten_by_the_way(stand: Stand) -> None:
    values: Any = {"connection": "toy", "key": "Q", "kind": "StartSession", "lease": inbox.Lease("one", 60)}
    asked = await stand.database.write(
        lambda transaction: inbox.asked(transaction, **values, now=NOON, keep_seconds=3600)
    )
    assert asked[1]
    await stand.one.drain()
    stand.clock[0] += timedelta(hours=2)
    await stand.one.drain()
    assert await stand.database.read(lambda transaction: inbox.found(transaction, "toy", "Q")) is None
