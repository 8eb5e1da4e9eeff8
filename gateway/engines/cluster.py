"""Lanes drained by many processes: a job per lane, by procrastinate on the store's own PostgreSQL.

The lane is the job's lock, so a lane is one job at a time in the whole cluster. Jobs are only wake-ups: what is owed
and who may send it stands in the outbox, and losing every job loses nothing.
"""

import asyncio
import hashlib
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ProcrastinateException
from procrastinate.jobs import Job, Status

from gateway.engines.inprocess import ended, seconds_until
from gateway.engines.port import STOP_SECONDS, TOGETHER, Lanes
from gateway.log import logger

_log = logger(__name__)
_QUEUE = "gateway"
_FIRST = 10
"""Sweeping goes before draining: it is what finds the forgotten."""
_BEAT_SECONDS, _STALLED_SECONDS = 5.0, 20.0
_POLL_SECONDS = 0.5
_MOST_AT_ONCE = 1000
_EVERY_5_SECONDS, _EVERY_30_SECONDS = "* * * * * */5", "* * * * * */30"


class Cluster:
    """The engine of one process among many."""

    def __init__(
        self,
        lanes: Lanes,
        conninfo: str,
        *,
        together: int = TOGETHER,
        sweep_seconds: float = 10.0,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self._lanes, self._together = lanes, together
        self._sweep_seconds, self._stop_seconds = sweep_seconds, stop_seconds
        self._app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=4, timeout=10.0))
        self._define_tasks()
        self._wanted: set[str] = set()
        self._told = asyncio.Event()
        self._here: set[str] = set()
        self._taken_up: set[asyncio.Task[None]] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._worker: asyncio.Task[None] | None = None
        self._beat: float | None = None

    @property
    def beat(self) -> float | None:
        return self._beat

    def start(self, works: bool = True) -> None:
        self._tasks = [asyncio.create_task(self._tell(), name="outbox wake-ups")]
        if works:
            self._tasks.append(asyncio.create_task(self._sweep_here(), name="outbox sweep"))
            self._worker = asyncio.create_task(self._work(), name="outbox")

    def wake(self, lane: str = "") -> None:
        self._wanted.add(lane)
        self._told.set()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
        await ended(self._taken_up, self._stop_seconds)
        await self._app.close_async()

    async def idle(self) -> None:
        while self._here or self._wanted or (await self._lanes.look()).lanes:
            self.wake()
            await asyncio.sleep(0.05)

    # --- jobs ----------------------------------------------------------------------------------------------------

    def _define_tasks(self) -> None:
        app = self._app
        app.task(name="drain", queue=_QUEUE)(self._drain)
        app.task(name="wake", queue=_QUEUE)(self._woken)
        for name, work, cron in (("sweep", self._sweep, _EVERY_5_SECONDS), ("rescue", self._rescue, _EVERY_30_SECONDS)):
            task = app.task(name=name, queue=_QUEUE, priority=_FIRST, lock=name, queueing_lock=name)(work)
            app.periodic(cron=cron)(task)

    async def _drain(self, lane: str) -> None:
        if lane in self._here:
            return
        self._here.add(lane)
        try:
            next_try = await self._lanes.drain(lane)
        except Exception:
            _log.exception("draining failed; the next sweep tries again", lane=lane)
        else:
            await self._wake_at(lane, next_try)
        finally:
            self._here.discard(lane)

    async def _wake_at(self, lane: str, next_try: str | None) -> None:
        """Not the draining job itself, planned: waiting, it would hold the lane's lock against earlier work."""
        if next_try is None or seconds_until(next_try, datetime.now(UTC)) <= 0:
            return
        at = datetime.fromisoformat(next_try)
        job = self._app.configure_task(
            "wake", queueing_lock=f"{_lock(lane)} {next_try}", schedule_at=at, queue=_QUEUE, priority=_FIRST
        )
        try:
            await job.defer_async(lane=lane)
        except AlreadyEnqueued:
            return
        except ProcrastinateException:
            _log.warning("a next try is not planned; a sweep finds it", lane=lane)

    async def _woken(self, lane: str) -> None:
        self.wake(lane)

    async def _sweep(self, timestamp: int = 0) -> None:
        """Once per cluster: a job for every lane that is due and has none."""
        lanes = (await self._lanes.look()).lanes
        rows = await self._app.connector.execute_query_all_async(
            "SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' AND task_name = 'drain'"
        )
        there = {row["queueing_lock"] for row in rows}
        await self._defer([lane for lane in lanes if _lock(lane) not in there][:_MOST_AT_ONCE])

    async def _rescue(self, timestamp: int = 0) -> None:
        """Jobs of workers that died give their lanes free, and are there again."""
        jobs = self._app.job_manager
        for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=_STALLED_SECONDS):
            _log.warning("a worker died; its job comes back", job=job.task_name, lane=job.task_kwargs.get("lane"))
            await jobs.finish_job(job, Status.FAILED, delete_job=True)
            if job.task_name in ("drain", "wake"):
                self.wake(str(job.task_kwargs["lane"]))

    async def _defer(self, lanes: Iterable[str]) -> None:
        """A job for each lane; the one that waits already will do."""
        jobs = [_job(lane) for lane in lanes]
        if not jobs:
            return
        try:
            await self._app.job_manager.batch_defer_jobs_async(jobs)
        except AlreadyEnqueued:
            for job in jobs:
                await self._defer_one(job)

    async def _defer_one(self, job: Job) -> None:
        try:
            await self._app.job_manager.defer_job_async(job)
        except AlreadyEnqueued:
            return

    # --- what runs here ------------------------------------------------------------------------------------------

    async def _tell(self) -> None:
        """Turns wake-ups into jobs. One that fails is left to the sweeps."""
        while True:
            await self._told.wait()
            self._told.clear()
            lanes, self._wanted = self._wanted, set()
            try:
                await self._app.open_async()
                await self._defer(lanes)
            except Exception as error:
                _log.warning("wake-ups are not passed on; sweeps find the work", error=type(error).__name__)

    async def _work(self) -> None:
        options: dict[str, Any] = {
            "queues": [_QUEUE],
            "concurrency": self._together,
            "delete_jobs": "always",
            "install_signal_handlers": False,
            "fetch_job_polling_interval": _POLL_SECONDS,
            "shutdown_graceful_timeout": self._stop_seconds,
            "update_heartbeat_interval": _BEAT_SECONDS,
            "stalled_worker_timeout": _STALLED_SECONDS,
        }
        while True:
            try:
                await self._app.open_async()
                await self._app.run_worker_async(**options)
                _log.warning("the job worker ended; it begins again")
            except Exception as error:
                _log.warning("the job worker failed; it begins again", error=type(error).__name__)
            await asyncio.sleep(1.0)

    async def _sweep_here(self) -> None:
        """What was due at the last look and still is, nobody takes: it is drained without any job."""
        before: set[str] = set()
        while True:
            try:
                due = (await self._lanes.look()).lanes
                self._beat = time.monotonic()
                self._take_up([lane for lane in due if lane in before and lane not in self._here])
                before = set(due)
            except Exception:
                _log.exception("sweep failed")
            await asyncio.sleep(self._sweep_seconds)

    def _take_up(self, lanes: Sequence[str]) -> None:
        for lane in lanes[: max(0, self._together - len(self._here))]:
            task = asyncio.create_task(self._drain(lane), name=f"lane {lane}")
            self._taken_up.add(task)
            task.add_done_callback(self._taken_up.discard)


def _lock(lane: str) -> str:
    """A lane as a lock: an index entry is bounded, a lane's name is not."""
    return lane if len(lane) <= 200 else f"{lane[:100]}#{hashlib.sha256(lane.encode()).hexdigest()}"


def _job(lane: str) -> Job:
    if not lane:
        return _named("sweep", "sweep", _FIRST, {})
    return _named("drain", _lock(lane), 0, {"lane": lane})


def _named(task: str, lock: str, priority: int, arguments: dict[str, Any]) -> Job:
    return Job(
        id=None, queue=_QUEUE, lock=lock, queueing_lock=lock, task_name=task, priority=priority, task_kwargs=arguments
    )
