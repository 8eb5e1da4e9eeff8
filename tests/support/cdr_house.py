"""A gateway that is a CPO and an EMSP at one simulated clearing house, with a clock that is moved by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.errors import NoAnswer
from gateway.gateway import Gateway
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.common import Price, Role
from gateway.model.ids import PartyId
from gateway.model.metering import CdrDimension, ChargingPeriod, Dimension
from gateway.ports import Connection, Credentials
from gateway.simulation import Desk, world
from gateway.store import Database, cdr_states
from gateway_ochp import adapter
from gateway_ochp.simulator.hub import EclearingSimulator
from tests.adapters.test_ochp_sends import BILL, CONNECTION

CPO = replace(CONNECTION, name="cpo", credentials=Credentials(username="demo", password="demo"))
EMSP = replace(CPO, name="emsp", role=Role.EMSP, party=PartyId.parse("DE-8EO"))
JOBS = {job.name: job for job in adapter.jobs}


def priced(kwh: str, **changes: Any) -> Cdr:
    """A CDR of so many kWh at 0.40 a kWh."""
    amount, price = Decimal(kwh), Decimal("0.4")
    energy = CdrDimension(type=Dimension.ENERGY, volume=amount)
    period = ChargingPeriod(start=BILL.start, end=BILL.end, dimensions=(energy,), item_price=price, cost=amount * price)
    cost = Price(excl_vat=amount * price)
    return replace(BILL, energy_kwh=amount, periods=(period,), total_cost=cost, **changes)


FIRST, SECOND = priced("10"), priced("9")


@dataclass
class Clearing:
    """The hub, and the way to it. `lost`: operations whose next answer is lost after the hub has acted."""

    moment: datetime = field(default_factory=lambda: datetime.now(UTC))
    lost: list[str] = field(default_factory=list)
    replies: dict[str, list[HttpResponse]] = field(default_factory=dict)
    """By operation: what is answered in the place of the hub, first of all."""
    asked: list[tuple[str, HttpRequest]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hub = EclearingSimulator(Desk(world({}), self._nobody, lambda: self.moment))

    async def _nobody(self, _: str, __: HttpRequest) -> HttpResponse:
        raise AssertionError("nobody is called")

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        operation = request.headers["soapaction"].strip('"').rpartition("/")[2]
        self.asked.append((operation, request))
        if self.replies.get(operation):
            return self.replies[operation].pop(0)
        answer = await self.hub.handle(replace(request, path=f"/{request.service}/ochp/v1.4"))
        if operation in self.lost:
            self.lost.remove(operation)
            raise NoAnswer("timeout")
        return answer

    def states(self) -> dict[str, str]:
        """(CDR id → state) as the hub has them."""
        return {cdr["id"]: cdr["status"] for cdr in self.hub.state()["cdrs"]}

    def count(self, operation: str) -> int:
        return sum(name == operation for name, _ in self.asked)


@dataclass
class Link:
    connection: Connection
    clearing: Clearing

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        return await self.clearing.exchange(request)

    def now(self) -> datetime:
        return self.clearing.moment

    def new_id(self) -> str:
        return "1"


@dataclass
class Platform:
    """Answers from a list, and goes on with yes; writes down what it was given."""

    answers: list[Any] = field(default_factory=list)
    given: list[m.SubmitCdr] = field(default_factory=list)
    reviews: list[m.ReviewCdr] = field(default_factory=list)

    async def submit_cdr(self, _: Connection, message: m.SubmitCdr) -> m.CdrReceipt:
        self.given.append(message)
        answer = self.answers.pop(0) if self.answers else m.CdrReceipt(accepted=True)
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, m.CdrReceipt)
        return answer

    async def review_cdr(self, _: Connection, message: m.ReviewCdr) -> m.Confirmation:
        self.reviews.append(message)
        return m.Confirmation(accepted=True)


class Inward:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def answer(self, connection: Connection, message: m.Message[Any]) -> Any:
        return await self._gateway.inward.collected(connection, message)


@dataclass
class House:
    """The gateway beside its hub."""

    clearing: Clearing
    platform: Any
    gateway: Gateway

    async def submit(self, cdr: Cdr) -> Any:
        """Owes a CDR and delivers it; the delivery as it then is."""
        owed = await self.gateway.submit("cpo", m.SubmitCdr(cdr=cdr))
        await self.deliver()
        return await self.gateway.outbox.get(owed.id)

    async def deliver(self, times: int = 1) -> None:
        """Everything that is due; what has to wait is waited for no longer."""
        for number in range(times):
            if number:
                for entry in await self.gateway.deliveries():
                    if entry.state in ("waiting", "unknown"):
                        await self.gateway.outbox.retry(entry.id)
            for lane in await self.gateway.outbox.due():
                await self.gateway.outbox.drain(lane)

    async def run(self, job: str) -> None:
        """A job by the clock, an hour after the last, and what the backend is to hear of it."""
        self.clearing.moment += timedelta(hours=1)
        connection = {one.role: one for one in (CPO, EMSP)}[JOBS[job].role or Role.CPO]
        run = JOBS[job].run
        assert run is not None
        try:
            await run(self.gateway.hub(connection.name).link(), Inward(self.gateway))
        finally:
            await self.gateway.inward.hand_over()

    async def collect(self) -> None:
        """The EMSP fetches, answers, and confirms."""
        await self.run("collect CDRs")
        await self.deliver()

    async def collect_without_delivery(self) -> None:
        """The EMSP approves what waits, by another way than ours: our own lanes stand still."""
        waiting = await self.gateway.hub("emsp").send(m.FetchCdrs())
        names = tuple(m.CdrReference(cdr_id=cdr.id, evse=cdr.evse) for cdr in waiting.cdrs)
        await self.gateway.hub("emsp").send(m.ConfirmCdrs(approved=names))

    async def state(self, connection: str, cdr_id: str = "DEABC0001") -> str:
        return str((await self.gateway.cdrs.one(cdr_id, connection)).state)

    async def said(self, connection: str, cdr_id: str = "DEABC0001") -> list[str]:
        kept = await self.gateway.cdrs.one(cdr_id, connection)
        return [line.said for line in await self.gateway.cdrs.history(kept)]

    async def kept(self, connection: str = "") -> list[cdr_states.KeptCdr]:
        return list(await self.gateway.cdrs.listed(connection=connection))


@asynccontextmanager
async def house(
    monkeypatch: pytest.MonkeyPatch, platform: Any = None, database: Database | None = None
) -> AsyncIterator[House]:
    clearing, told = Clearing(), platform if platform is not None else Platform()
    monkeypatch.setattr("gateway.gateway._now", lambda: clearing.moment)
    connections = {one.name: one for one in (CPO, EMSP)}
    gateway = Gateway(
        connections, told, database=database, link=lambda one: Link(one, clearing), first_wait_seconds=0.001
    )
    try:
        yield House(clearing, told, gateway)
    finally:
        await gateway.stop()
