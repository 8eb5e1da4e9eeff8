"""When lanes are drained: in this process, at once when told of work, and by a sweep in any case.

Correctness never rests on a wake-up.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from gateway.log import logger

_log = logger(__name__)


class Engine:
    """Drains due lanes in this process: at once when told of work, and by a sweep in any case."""

    def __init__(
        self,
        due: Callable[[], Awaitable[Sequence[str]]],
        drain: Callable[[str], Coroutine[Any, Any, None]],
        sweep_seconds: float = 0.5,
    ) -> None:
        self._due, self._drain, self._sweep = due, drain, sweep_seconds
        self._wake = asyncio.Event()
        self._draining: dict[str, asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="outbox")

    def wake(self) -> None:
        self._wake.set()

    async def stop(self) -> None:
        """Lets what is in flight finish, then ends."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.gather(*self._draining.values(), return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self._start_due()
            except Exception:
                _log.exception("sweep failed")
            try:
                await asyncio.wait_for(self._wake.wait(), self._sweep)
            except TimeoutError:
                continue
            finally:
                self._wake.clear()

    async def _start_due(self) -> None:
        self._draining = {lane: task for lane, task in self._draining.items() if not task.done()}
        for lane in await self._due():
            if lane not in self._draining:
                self._draining[lane] = asyncio.create_task(self._drained(lane), name=f"lane {lane}")

    async def _drained(self, lane: str) -> None:
        try:
            await self._drain(lane)
        except Exception:
            _log.exception("draining failed; the next sweep tries again", lane=lane)

    async def idle(self) -> None:
        """Waits until no lane is being drained and none is due."""
        while self._draining or await self._due():
            await asyncio.sleep(0.01)
            self._draining = {lane: task for lane, task in self._draining.items() if not task.done()}
            self.wake()
