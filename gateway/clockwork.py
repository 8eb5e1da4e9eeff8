"""What is due by the clock: the adapters' jobs, and handing stored CDRs to the backend."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gateway.errors import GatewayError
from gateway.hub import Hub
from gateway.log import logger
from gateway.model.messages import Message
from gateway.ports import Connection, Job

_log = logger(__name__)
Ask = Callable[[Connection, Message[Any]], Awaitable[Any]]
_HAND_OVER_SECONDS = 1.0


class _Inward:
    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def answer(self, connection: Connection, message: Message[Any]) -> Any:
        return await self._ask(connection, message)


class Clockwork:
    """One task per job and connection; a job that fails is tried again at its next turn."""

    def __init__(self, hubs: Mapping[str, Hub], ask: Ask, hand_over: Callable[[], Awaitable[None]]) -> None:
        self._hubs, self._backend, self._hand_over = hubs, _Inward(ask), hand_over
        self._tasks: list[asyncio.Task[None]] = []
        self._wake = asyncio.Event()

    def start(self) -> None:
        for hub in self._hubs.values():
            for job in hub.adapter.jobs:
                if job.role in (None, hub.connection.role):
                    self._tasks.append(
                        asyncio.create_task(self._turn(hub, job), name=f"{hub.connection.name} {job.name}")
                    )
        self._tasks.append(asyncio.create_task(self._inbox(), name="inbox"))

    def wake(self) -> None:
        self._wake.set()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _turn(self, hub: Hub, job: Job) -> None:
        wait = job.period_seconds
        while True:
            try:
                wait = await job.run(hub.link(), self._backend) or wait
            except GatewayError as error:
                _log.warning("job failed", connection=hub.connection.name, job=job.name, error=str(error))
            except Exception:
                _log.exception("job failed", connection=hub.connection.name, job=job.name)
            await asyncio.sleep(wait)

    async def _inbox(self) -> None:
        while True:
            try:
                await self._hand_over()
            except Exception:
                _log.exception("handing over failed")
            try:
                await asyncio.wait_for(self._wake.wait(), _HAND_OVER_SECONDS)
            except TimeoutError:
                continue
            finally:
                self._wake.clear()
