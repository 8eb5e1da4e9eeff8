"""How the gateway is: what to count, whether it is ready, who has gone silent. All from real traffic."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from gateway.certificates import CertificateDays, days_left, files_of
from gateway.delivery.owed import policy_of
from gateway.engines import Engine
from gateway.log import logger
from gateway.metrics import Metrics
from gateway.ports import Connection, Profile
from gateway.settings import MonitorSettings, ServerSettings
from gateway.store import Database, figures, heartbeats, networks, schedule
from gateway.store.database import Transaction, stamp
from gateway.store.figures import Backlog, Queue
from gateway.store.heartbeats import Pulse
from gateway.store.schedule import Turn

_log = logger(__name__)
_FLUSH_SECONDS, _ANSWER_SECONDS = 15.0, 5.0
Known = Mapping[str, tuple[Connection, Profile]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What the store shows at one moment, and the certificates."""

    at: datetime
    queues: Sequence[Queue]
    backlog: Sequence[Backlog]
    stuck: Sequence[str]
    silent: Sequence[str]
    heard: Mapping[str, str]
    turns: Sequence[Turn]
    budgets: Mapping[tuple[str, str], float]
    """(connection, kind) → share of the budget that is left."""
    certificates: Sequence[CertificateDays]
    unpriced: Mapping[str, int] = field(default_factory=dict)
    """EVSEs without a price at connections where an offer is in force."""
    pulses: Sequence[Pulse] = ()
    """The heartbeats of the connections whose hub wants them."""


class Monitor:
    """Looks at one gateway. `engine` is None in a process that delivers nothing."""

    def __init__(
        self,
        database: Database,
        known: Known,
        metrics: Metrics,
        engine: Engine | None,
        *,
        settings: MonitorSettings | None = None,
        server: ServerSettings | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database, self._known, self.metrics, self._engine = database, known, metrics, engine
        self._settings, self._now, self._began = settings or MonitorSettings(), now, time.monotonic()
        self._files = files_of({name: connection for name, (connection, _) in known.items()}, server)
        self._limits = {(name, kind): limit for name, kind, limit in _limits(known)}
        self._task: asyncio.Task[None] | None = None
        self.stopping = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._flushes(), name="signs of life")

    async def end(self) -> None:
        """The process is about to stop: it is not ready any more, and what it has heard is written down."""
        self.stopping = True
        await self._flush()

    async def stop(self) -> None:
        """After this the store may be closed, or be closed already."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _flushes(self) -> None:
        while True:
            await asyncio.sleep(_FLUSH_SECONDS)
            await self._flush()

    async def _flush(self) -> None:
        """What this process heard becomes known to all."""
        for (connection, sign), at in self.metrics.signs().items():
            try:
                await self._database.write(partial(figures.hear, connection=connection, sign=sign, at=at))
            except Exception:
                _log.exception("a sign of life is not written down", connection=connection)

    async def snapshot(self) -> Snapshot:
        await self._flush()
        return await self._database.read(self._snapshot)

    def _snapshot(self, transaction: Transaction) -> Snapshot:
        now = self._now()
        heard = figures.heard(transaction)
        return Snapshot(
            at=now,
            queues=figures.queues(transaction, now),
            backlog=figures.backlog(transaction),
            stuck=figures.stuck(transaction, self._known, now, self._settings.stuck_minutes * 60),
            silent=self._silent(transaction, heard, now),
            heard=heard,
            turns=schedule.listed(transaction),
            budgets=figures.budgets_left(transaction, self._limits, now),
            certificates=list(days_left(self._files, now)),
            unpriced=networks.unpriced(transaction, stamp(now)),
            pulses=[pulse for pulse in heartbeats.listed(transaction, now) if pulse.connection in self._known],
        )

    def _silent(self, transaction: Transaction, heard: Mapping[str, str], now: datetime) -> Sequence[str]:
        since = now - timedelta(minutes=self._settings.silence_minutes)
        limit = stamp(since)
        charging = figures.with_sessions(transaction, since)
        return [name for name in charging if name in self._known and heard.get(name, "") < limit]

    async def ready(self) -> tuple[bool, Mapping[str, Any]]:
        """(whether the process can do its work, the details)."""
        checks: dict[str, Any] = {"store": await self._store(), "engine": self._beats(), "stopping": self.stopping}
        if checks["store"] != "ok":
            return False, {"ready": False, **checks}
        found = await self.snapshot()
        checks["lanes"] = "ok" if not found.stuck else f"{len(found.stuck)} stuck"
        # Who only answers hubs can do so while nobody delivers.
        ready = not self.stopping and (self._engine is None or checks["engine"] == checks["lanes"] == "ok")
        return ready, {"ready": ready, **checks, **_details(found)}

    async def _store(self) -> str:
        """`ok`, or what is wrong with it."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                version = await self._database.read(figures.version)
        except Exception as error:
            return f"the database does not answer ({type(error).__name__})"
        return "ok" if version == figures.newest() else f"the schema is {version}, this gateway's is {figures.newest()}"

    def _beats(self) -> str:
        """Also just after the start, before the first look for work has ended."""
        if self._engine is None:
            return "ok"
        last = self._engine.beat
        seconds = time.monotonic() - (self._began if last is None else last)
        return "ok" if seconds <= self._settings.beat_seconds else f"no look for work for {seconds:.0f} seconds"


def _limits(known: Known) -> Iterator[tuple[str, str, int]]:
    """(connection, kind, calls per minute) wherever a hub names a budget."""
    for name, (connection, profile) in known.items():
        for kind in profile.deliveries:
            limit = policy_of(kind, connection, profile).per_minute
            if limit is not None:
                yield name, kind, limit


def _details(found: Snapshot) -> Mapping[str, Any]:
    failing = [turn for turn in found.turns if turn.failures]
    return {
        "stuck": list(found.stuck[:20]),
        "silent": list(found.silent),
        "open": sum(queue.count for queue in found.queues),
        "overdue": sum(queue.overdue for queue in found.queues),
        "inbox": sum(backlog.count for backlog in found.backlog),
        "heartbeats": [_pulse(one) for one in found.pulses],
        "failing": [{"connection": one.connection, "job": one.job, "failures": one.failures} for one in failing],
        "certificates": [
            {"connection": one.connection, "use": one.use, "days": None if one.days is None else round(one.days, 1)}
            for one in found.certificates
        ],
    }


def _pulse(one: Pulse) -> Mapping[str, Any]:
    return {
        "connection": one.connection,
        "operator": one.operator,
        "last": one.heard_at,
        "period_seconds": one.period_seconds,
        "overdue_seconds": round(one.overdue_seconds),
        "clock_ahead_seconds": None if one.ahead_seconds is None else round(one.ahead_seconds, 1),
        "clock_differs": one.ahead_seconds is not None and abs(one.ahead_seconds) > heartbeats.CLOCK_SECONDS,
    }
