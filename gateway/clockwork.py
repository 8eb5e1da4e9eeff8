"""What is due by the clock, once in the whole cluster: the adapters' jobs, and the gateway's own housekeeping.

A turn is taken by a lease in the store (gateway/store/schedule.py), so it survives every restart, runs in one process
at a time, and runs again elsewhere when its process dies.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

from sqlalchemy.exc import IntegrityError

from gateway.errors import GatewayError
from gateway.hub import Hub
from gateway.log import logger
from gateway.masking import masked, masked_ids
from gateway.model.messages import Message
from gateway.ports import Beats, Connection, Job
from gateway.store import Database, heartbeats, schedule
from gateway.store.schedule import Name, Turn

_log = logger(__name__)
Ask = Callable[[Connection, Message[Any]], Awaitable[Any]]
Pull = Callable[..., Awaitable[Any]]
"""(connection name, kind of question, full=…): keeps up with a list of the hub."""
_LONGEST_REST_SECONDS, _SHORTEST_REST_SECONDS = 5.0, 0.02


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """Periodic work of the gateway itself. `run` may return the seconds to its next turn; any other result is ignored.

    What keeps processes apart by itself runs `everywhere`: in each process, once a period and when that is told of
    work, and without a turn.
    """

    name: str
    period_seconds: float
    run: Callable[[], Awaitable[Any]]
    everywhere: bool = False


class _Inward:
    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def answer(self, connection: Connection, message: Message[Any]) -> Any:
        return await self._ask(connection, message)


class Clockwork:
    """Takes turns and runs them; several in a cluster share the work."""

    def __init__(
        self,
        database: Database,
        hubs: Mapping[str, Hub],
        ask: Ask,
        housekeeping: Sequence[Housekeeping] = (),
        *,
        pull: Pull | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        lease_seconds: float = 60.0,
        stop_seconds: float = 10.0,
    ) -> None:
        self._database, self._now, self._lease, self._stop_seconds = database, now, lease_seconds, stop_seconds
        once = {("", work.name): work for work in housekeeping if not work.everywhere}
        self._works = once | dict(_jobs(hubs.values(), _Inward(ask), pull))
        self._everywhere = [work for work in housekeeping if work.everywhere]
        self._owner = str(uuid4())
        self._running: dict[Name, asyncio.Task[None]] = {}
        self._ended = asyncio.Event()
        self._wakes: list[asyncio.Event] = []
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run(), name="clockwork")]
        for work in self._everywhere:
            self._tasks.append(asyncio.create_task(self._run_here(work), name=work.name))

    def wake(self) -> None:
        """There may be work for what runs in every process."""
        for event in self._wakes:
            event.set()

    async def stop(self) -> None:
        """What is running may finish for a while, is then broken off, and is free for another process at once."""
        if not self._tasks:
            return
        await _ended(self._tasks, 0)
        await _ended(list(self._running.values()), self._stop_seconds)
        try:
            await self._database.write(lambda transaction: schedule.release(transaction, self._owner))
        except Exception:
            _log.warning("turns are not given back; their leases run out", owner=self._owner)

    async def _run_here(self, work: Housekeeping) -> None:
        self._wakes.append(told := asyncio.Event())
        while True:
            told.clear()
            try:
                await work.run()
            except Exception:
                _log.exception("work failed; it is tried again", work=work.name)
            await _told(told, work.period_seconds)

    async def _run(self) -> None:
        registered = False
        while True:
            self._ended.clear()
            wait = _LONGEST_REST_SECONDS
            try:
                if not registered:
                    await self._register()
                    registered = True
                await self._begin_due()
                wait = await self._rest_seconds()
            except Exception:
                _log.exception("the clockwork failed; it looks again")
            await _told(self._ended, wait)

    async def _register(self) -> None:
        for name, work in self._works.items():
            register = partial(schedule.register, name=name, period_seconds=work.period_seconds, now=self._now())
            try:
                await self._database.write(register)
            except IntegrityError:
                # Another process was first: it is there.
                await self._database.write(register)

    async def _begin_due(self) -> None:
        now = self._now()
        for turn in await self._database.read(lambda transaction: schedule.due(transaction, self._works, now)):
            work = self._works[turn.name]
            if turn.name not in self._running:
                await self._begin(turn, work)

    async def _begin(self, turn: Turn, work: Housekeeping) -> None:
        now, owner = self._now(), self._owner
        if await self._database.write(lambda transaction: schedule.take(transaction, turn, owner, now, self._lease)):
            task = asyncio.create_task(self._turn(turn.name, work), name=" ".join(turn.name).strip())
            self._running[turn.name] = task

    async def _rest_seconds(self) -> float:
        """Until the next turn."""
        moment = await self._database.read(lambda transaction: schedule.upcoming(transaction, self._works))
        if moment is None:
            return _LONGEST_REST_SECONDS
        wait = (datetime.fromisoformat(moment) - self._now()).total_seconds()
        return max(_SHORTEST_REST_SECONDS, min(_LONGEST_REST_SECONDS, wait))

    async def _turn(self, name: Name, work: Housekeeping) -> None:
        leasing = asyncio.create_task(self._leased(name))
        try:
            wait, failure = await self._done(name, work)
            now, owner = self._now(), self._owner
            await self._database.write(lambda t: schedule.finish(t, name, owner, now, wait, failure))
        except Exception:
            _log.exception("a turn is not written down; it comes again after its lease", job=name[1])
        finally:
            leasing.cancel()
            del self._running[name]
            self._ended.set()

    async def _done(self, name: Name, work: Housekeeping) -> tuple[float, str | None]:
        """(seconds to the next turn, why it failed)."""
        try:
            wait = await work.run()
            if isinstance(wait, Beats):
                return await self._heard(name, wait)
            return float(wait) if isinstance(wait, (int, float)) and wait > 0 else work.period_seconds, None
        except GatewayError as error:
            words = masked_ids(masked(str(error)))
            _log.warning("job failed", connection=name[0], job=name[1], error=words)
            return work.period_seconds, words
        except Exception as error:
            _log.exception("job failed", connection=name[0], job=name[1])
            return work.period_seconds, f"internal error ({type(error).__name__})"

    async def _heard(self, name: Name, beats: Beats) -> tuple[float, str | None]:
        """Heartbeats are written down for people to see; without all of them the turn has failed."""
        for beat in beats.beats:
            facts: dict[str, Any] = {"period_seconds": beat.period_seconds, "ahead_seconds": beat.ahead_seconds}
            facts |= {"operator": beat.operator.compact, "at": beat.at, "words": masked_ids(masked(beat.words))}
            await self._database.write(partial(heartbeats.heard, connection=name[0], **facts))
            if beat.ahead_seconds is not None and abs(beat.ahead_seconds) > heartbeats.CLOCK_SECONDS:
                ahead = round(beat.ahead_seconds)
                _log.warning("the hub's clock differs from ours", connection=name[0], ahead_seconds=ahead)
        missed = [f"{beat.operator}: {masked_ids(masked(beat.words))}" for beat in beats.beats if beat.words]
        if missed:
            _log.warning("heartbeat without an answer", connection=name[0], error="; ".join(missed))
        return beats.wait_seconds, "; ".join(missed) or None

    async def _leased(self, name: Name) -> None:
        """Renews the lease; when it is lost, another process may have the turn, so ours is broken off."""
        while True:
            await asyncio.sleep(self._lease / 3)
            renew = partial(schedule.renew, name=name, owner=self._owner, now=self._now(), seconds=self._lease)
            try:
                ours = await self._database.write(renew)
            except Exception:
                _log.exception("a turn's lease could not be renewed", job=name[1])
                continue
            if not ours and name in self._running:
                _log.warning("a turn was taken over", connection=name[0], job=name[1])
                self._running[name].cancel()
                return


async def _told(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def _ended(tasks: Sequence[asyncio.Task[None]], seconds: float) -> None:
    """Waits for tasks, and breaks off what is left."""
    if tasks and seconds:
        await asyncio.wait(tasks, timeout=seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _jobs(hubs: Iterable[Hub], inward: _Inward, pull: Pull | None) -> Iterator[tuple[Name, Housekeeping]]:
    for hub in hubs:
        for job in hub.adapter.jobs:
            run = _run_of(job, hub, inward, pull) if job.role in (None, hub.connection.role) else None
            if run is not None:
                yield (hub.connection.name, job.name), Housekeeping(job.name, job.period_seconds, run)


def _run_of(job: Job, hub: Hub, inward: _Inward, pull: Pull | None) -> Callable[[], Awaitable[Any]] | None:
    if job.run is not None:
        run = job.run
        return lambda: run(hub.link(), inward)
    if job.pull is not None and pull is not None:
        return partial(pull, hub.connection.name, job.pull, full=job.full)
    return None
