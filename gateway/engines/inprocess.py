"""Lanes drained in this process, as tasks of its event loop."""

import asyncio
import heapq
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from gateway.engines.port import STOP_SECONDS, TOGETHER, Lanes
from gateway.log import logger

_log = logger(__name__)
_SWEEP_SHARE = 5
"""Sweeps take a fifth of the time at most, however large the backlog."""


class InProcess:
    """The engine for one process; several on one store are kept apart by the leases of the lanes.

    Of the lanes that wait, one of the connection with the fewest lanes in flight goes next, and one connection never
    has every place: a hub that answers slowly does not hold up the others.
    """

    def __init__(
        self,
        lanes: Lanes,
        *,
        together: int = TOGETHER,
        sweep_seconds: float = 1.0,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self._lanes, self._together = lanes, together
        self._sweep_seconds, self._stop_seconds = sweep_seconds, stop_seconds
        self._waiting: dict[str, dict[str, None]] = {}
        self._draining: dict[str, asyncio.Task[None]] = {}
        self._busy: Counter[str] = Counter()
        self._again: set[str] = set()
        self._later: list[tuple[float, str]] = []
        self._next_try: dict[str, str] = {}
        self._sweep_at = self._earliest_sweep = 0.0
        self._told = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._beat: float | None = None

    @property
    def beat(self) -> float | None:
        return self._beat

    def start(self, works: bool = True) -> None:
        if works:
            self._task = asyncio.create_task(self._run(), name="outbox")

    def wake(self, lane: str = "") -> None:
        if lane in self._draining:
            self._again.add(lane)
        elif lane:
            self._want(lane)
        else:
            self._sweep_at = 0.0
        self._told.set()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._waiting.clear()
        self._again.clear()
        await ended(self._draining.values(), self._stop_seconds)

    async def idle(self) -> None:
        while self._draining or self._waiting or (await self._lanes.look()).lanes:
            self.wake()
            await asyncio.sleep(0.01)

    def _want(self, lane: str) -> None:
        self._waiting.setdefault(_connection(lane), {})[lane] = None

    async def _run(self) -> None:
        while True:
            self._told.clear()
            if max(self._sweep_at, self._earliest_sweep) <= time.monotonic():
                await self._sweep()
            self._ripen()
            self._fill()
            await self._rest()

    def _ripen(self) -> None:
        while self._later and self._later[0][0] <= time.monotonic():
            _, lane = heapq.heappop(self._later)
            self._next_try.pop(lane, None)
            self.wake(lane)

    async def _rest(self) -> None:
        """Until told of something, the next try of a lane, or the next sweep."""
        until = max(self._sweep_at, self._earliest_sweep)
        if self._later:
            until = min(until, self._later[0][0])
        try:
            # Not wait_for, which in Python 3.11 loses a cancellation that comes together with the event.
            async with asyncio.timeout(max(0.0, until - time.monotonic())):
                await self._told.wait()
        except TimeoutError:
            return

    async def _sweep(self) -> None:
        """Finds what is due, and when it is worth looking again."""
        began, now = time.monotonic(), datetime.now(UTC)
        self._sweep_at = began + self._sweep_seconds
        try:
            found = await self._lanes.look()
        except Exception:
            _log.exception("sweep failed")
            return
        for lane in found.lanes:
            if lane not in self._draining:
                self._want(lane)
        wait = seconds_until(found.upcoming, now)
        self._beat = time.monotonic()
        self._earliest_sweep = began + (self._beat - began) * _SWEEP_SHARE
        if wait > 0 and self._sweep_at:
            self._sweep_at = min(self._sweep_at, began + wait)

    def _fill(self) -> None:
        while len(self._draining) < self._together and (lane := self._next()) is not None:
            self._busy[_connection(lane)] += 1
            task = asyncio.create_task(self._drained(lane), name=f"lane {lane}")
            self._draining[lane] = task

    def _next(self) -> str | None:
        """A lane of the connection with the fewest in flight."""
        most = max(1, self._together - self._together // 4)
        free = [name for name in self._waiting if self._busy[name] < most]
        if not free:
            return None
        name = min(free, key=lambda one: self._busy[one])
        lanes = self._waiting[name]
        lane = next(iter(lanes))
        del lanes[lane]
        if not lanes:
            del self._waiting[name]
        return lane

    async def _drained(self, lane: str) -> None:
        try:
            self._remember(lane, await self._lanes.drain(lane))
        except Exception:
            _log.exception("draining failed; the next sweep tries again", lane=lane)
        finally:
            del self._draining[lane]
            self._busy[_connection(lane)] -= 1
            if lane in self._again:
                self._again.discard(lane)
                self._want(lane)
            self._told.set()

    def _remember(self, lane: str, next_try: str | None) -> None:
        wait = seconds_until(next_try, datetime.now(UTC))
        if next_try is not None and wait > 0 and self._next_try.get(lane) != next_try:
            self._next_try[lane] = next_try
            heapq.heappush(self._later, (time.monotonic() + wait, lane))


def _connection(lane: str) -> str:
    return lane.partition("/")[0]


async def ended(tasks: Iterable[asyncio.Task[None]], seconds: float) -> None:
    """Waits for tasks, and breaks off what takes longer."""
    left = list(tasks)
    if left:
        await asyncio.wait(left, timeout=seconds)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def seconds_until(moment: str | None, now: datetime) -> float:
    """How long until a time as the store holds it; 0 or less where it has passed or there is none.

    0 as well for one that cannot be read, which is logged: the sweeps go on, and find its lane when it is put right.
    """
    try:
        return 0.0 if moment is None else (datetime.fromisoformat(moment) - now).total_seconds()
    except (ValueError, TypeError) as error:
        _log.error("the time of a next try cannot be read", moment=moment, reason=str(error))
        return 0.0
