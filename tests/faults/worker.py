"""A worker of a round: a whole gateway that owes what is left to owe and delivers until nothing is open."""

import asyncio
import contextlib
import gc
import logging
import os
import ssl
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from gateway.connections import connections, profile_of
from gateway.delivery.deliveries import Delivery
from gateway.engines import InProcess
from gateway.errors import GatewayError
from gateway.gateway import Gateway
from gateway.model import messages as m
from gateway.model.ids import EvseId
from gateway.ports import Connection
from gateway.settings import parsed
from gateway.store import lanes
from gateway.store.outbox import OPEN
from gateway.store.tables import inbox, outbox
from gateway.transport import HttpLink
from tests.faults.plan import BEGAN, CARD, EVSES, HUBS, OPERATORS, PUBLISHED, Kill, Plan, place_of
from tests.faults.stops import MANY_PAGES, StoppingDatabase, StoppingLink, Stops

LEASE_SECONDS = 0.4
_FULL_SECONDS = 0.08
_POLL_SECONDS = 0.02
_QUIET_TIMES = 2
"""A look that falls between two steps of a push may find nothing open; two in a row do not."""


@dataclass
class Platform:
    """The backend: says what it was told."""

    say: Callable[[str], None]

    async def delivery_changed(self, delivery: Delivery) -> None:
        self.say(f"told {delivery.id} {delivery.state}")


@dataclass(frozen=True)
class Shift:
    """One worker process: what it is to do, and how it ends.

    `owes`: the numbers of the CDRs that it submits; None: it only delivers, until it is dismissed.
    """

    plan: Plan
    dsn: str
    urls: Mapping[str, str]
    owes: frozenset[int] | None
    kill: Kill | None = None
    fills: bool = False
    starts: int = 0
    changed: int = 0
    """How many of the status changes have been told before."""


def connections_to(urls: Mapping[str, str]) -> Mapping[str, Connection]:
    """The same accounts at the simulated hubs, as a CPO and, for remote starts, as an eMSP."""
    cpos = connections(parsed({"connections": {hub: _section(hub, urls[hub]) for hub in HUBS}}))
    emsp = {"hub": "gireve", "role": "EMSP", "party": "DE-8EO", "urls": {"": urls["gireve"]}}
    more = connections(parsed({"connections": {"emsp": {**emsp, "insecure_loopback": True}}}))
    unhurried = {"per_minute": None, "tries_in_line": 1000}
    patient = {"policies": dict.fromkeys(("SubmitCdr", "PublishEvses", "PublishStatuses"), unhurried)}
    found = {**cpos, **more}
    return {name: replace(one, options={**one.options, **patient}) for name, one in found.items()}


def _section(hub: str, base: str) -> dict[str, Any]:
    urls = {name: f"{base}/{name}" for name in ("service", "live", "direct")}
    return {
        "hub": hub,
        "role": "CPO",
        "party": "NL*LON",
        "operators": [{"id": operator, "name": "Lon"} for operator in OPERATORS],
        "urls": urls if hub == "eclearing" else {"": base},
        "credentials": {"username": "demo", "password": "demo"},
        "insecure_loopback": True,
    }


_TLS = ssl.create_default_context()


class Worker:
    def __init__(self, shift: Shift, say: Callable[[str], None]) -> None:
        self.shift, self.say = shift, say
        self.stops = Stops(shift.kill, say)
        self.database = StoppingDatabase(shift.dsn, self.stops)
        self.links: list[HttpLink] = []
        self.gateway = Gateway(
            connections_to(shift.urls),
            Platform(say),
            database=self.database,
            link=self._link,
            first_wait_seconds=0.01,
            lease_seconds=LEASE_SECONDS,
        )
        if not shift.plan.cluster:
            self.gateway.engine = InProcess(self.gateway.outbox, sweep_seconds=0.1)

    def _link(self, connection: Connection) -> StoppingLink:
        _, profile = profile_of(connection.hub, connection.protocol)
        client = httpx.AsyncClient(verify=_TLS, timeout=5.0, trust_env=False)
        self.links.append(HttpLink(connection, profile, client))
        return StoppingLink(self.links[-1], self.stops)

    async def run(self) -> None:
        try:
            async with self.gateway:
                await self._works()
        finally:
            for link in self.links:
                await link.close()

    async def _works(self) -> None:
        began = _resident()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._starts())
            tasks.create_task(self._submits())
            tasks.create_task(self._publishes())
        quiet = 0
        while self.shift.owes is None or quiet < _QUIET_TIMES:
            quiet = 0 if await self._open() else quiet + 1
            await asyncio.sleep(_POLL_SECONDS)
        self.say(f"grew {_resident() - began}")

    async def _submits(self) -> None:
        for cdr in self.shift.plan.cdrs:
            if cdr.number not in (self.shift.owes or ()):
                continue
            if self.shift.fills and cdr.number == len(self.shift.plan.cdrs) // 2:
                asyncio.create_task(self._full(), name="full")  # noqa: RUF006
            await self._until_stored(partial(self.gateway.submit, cdr.hub, cdr.message))
            self.say(f"owed {cdr.number}")

    @staticmethod
    async def _until_stored(ask: Callable[[], Awaitable[Any]]) -> None:
        """As a backend does that was told no: again, until it is in the store."""
        while True:
            try:
                await ask()
                return
            except SQLAlchemyError:
                await asyncio.sleep(_POLL_SECONDS)

    async def _publishes(self) -> None:
        """The places, and then the changes that have not been told yet."""
        if self.shift.owes is None or not self.shift.plan.changes:
            return
        places = [place_of(EvseId.parse(name)) for name in EVSES]
        await self._until_stored(lambda: self.gateway.publish(places, connections=PUBLISHED))
        if not self.shift.changed:
            for hub in PUBLISHED:
                await self._until_stored(partial(self.gateway.publisher.full_load, hub, confirm=True))
        for number, (name, status) in list(enumerate(self.shift.plan.changes))[self.shift.changed :]:
            at, evse = BEGAN + timedelta(seconds=number), EvseId.parse(name)
            await self._until_stored(partial(self.gateway.publish_status, evse, status, at))
            self.say(f"changed {number}")
            await asyncio.sleep(_POLL_SECONDS / 2)

    async def _full(self) -> None:
        self.database.pages = 1
        await asyncio.sleep(_FULL_SECONDS)
        self.database.pages = MANY_PAGES

    async def _starts(self) -> None:
        evse = EvseId.parse("NL*LON*E1111*1")
        for _ in range(self.shift.starts):
            self.say("start")
            with contextlib.suppress(GatewayError):
                await self.gateway.hub("emsp").send(m.StartSession(evse=evse, token=CARD))

    async def _open(self) -> bool:
        """Whether anything is still owed or worked on, or a final state not told yet."""
        owed = select(func.count()).where(outbox.c.state.in_(OPEN))
        untold = select(func.count()).where(inbox.c.handed_over.is_(False))
        try:
            due = await self.gateway.outbox.look()
            if due.lanes or due.upcoming:
                return True
            return await self.database.read(
                lambda t: (
                    bool(lanes.leases(t, datetime.now(UTC)))
                    or any(t.execute(one).scalar_one() for one in (owed, untold))
                )
            )
        except SQLAlchemyError:
            return True


def _resident() -> int:
    """Kilobytes."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def forked(shift: Shift, log: str) -> int:
    """Begins a worker in a child of this process; its id."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        gc.freeze()
        logging.disable(logging.CRITICAL)
        asyncio.run(_worked(shift, os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)))
        code = 0
    except Exception as error:
        # A database that cuts connections may cut those of a start: whoever looks after the process begins another.
        if not shift.plan.cuts:
            traceback.print_exception(error)
    finally:
        os._exit(code)


async def _worked(shift: Shift, log: int) -> None:
    def say(line: str) -> None:
        os.write(log, line.encode() + b"\n")

    await Worker(shift, say).run()
