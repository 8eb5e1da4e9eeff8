"""A session from its reservation to its CDR: an operator and a provider at the simulated hub, over real HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.connections import connections
from gateway.errors import Early
from gateway.gateway import Gateway
from gateway.http import HttpRequest
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.session import Session, SessionEvent, SessionEventKind, SessionIds, SessionStatus
from gateway.ports import Connection
from gateway.settings import parsed
from gateway.simulation import utc_now, world
from gateway.store import Database
from gateway.transport import PartnerClient
from gateway.web.app import application
from gateway.web.hosting import Hosted
from gateway.web.simulate import simulation_of
from tests.adapters.oicp_values import APP, CARD, EVSE

Kind = SessionEventKind
NOTIFIED = "/api/oicp/notificationmgmt/v11/charging-notifications"


@dataclass
class Platform:
    """Says yes to everything and writes down what it was asked."""

    asked: list[m.Message[Any]] = field(default_factory=list)
    names: int = 0

    async def authorize_token(self, _: Connection, message: m.AuthorizeToken) -> m.Authorization:
        self.asked.append(message)
        return m.Authorization(allowed=m.Allowed.ALLOWED, session=SessionIds(emsp="E-1"))

    async def authorize_stop(self, _: Connection, message: m.AuthorizeStop) -> m.Authorization:
        self.asked.append(message)
        return m.Authorization(allowed=m.Allowed.ALLOWED)

    async def reserve_evse(self, _: Connection, message: m.ReserveEvse) -> m.CommandResult:
        return self._done(message)

    async def start_session(self, _: Connection, message: m.StartSession) -> m.CommandResult:
        return self._done(message)

    async def cancel_reservation(self, _: Connection, message: m.CancelReservation) -> m.CommandResult:
        self.asked.append(message)
        return m.CommandResult(status=m.CommandStatus.ACCEPTED)

    async def report_event(self, _: Connection, message: m.ReportEvent) -> m.EventReceipt:
        self.asked.append(message)
        return m.EventReceipt(accepted=True)

    async def submit_cdr(self, _: Connection, message: m.SubmitCdr) -> m.CdrReceipt:
        self.asked.append(message)
        return m.CdrReceipt(accepted=True)

    def _done(self, message: m.ReserveEvse | m.StartSession) -> m.CommandResult:
        self.asked.append(message)
        self.names += 1
        return m.CommandResult(status=m.CommandStatus.ACCEPTED, session=SessionIds(cpo=f"LON-{self.names}"))


class Front:
    """The hub must know where its partners are before they are there."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await self.app(scope, receive, send)


@dataclass
class Scene:
    """The hub in the middle, `cpo` and `emp` each a gateway with a platform behind it."""

    hub: str = ""
    emp_url: str = ""
    operator: Platform = field(default_factory=Platform)
    provider: Platform = field(default_factory=Platform)
    client: PartnerClient = field(default_factory=PartnerClient)
    cpo: Gateway = field(init=False)
    emp: Gateway = field(init=False)

    async def state(self) -> Any:
        reply = await self.client.call(self.hub, HttpRequest(method="GET", path="/_simulator/state"))
        return json.loads(reply.body)

    async def authorized(self) -> SessionIds:
        ask = m.AuthorizeToken(token=CARD, evse=EVSE, session=SessionIds(cpo="LON-7"))
        answer = await self.cpo.hub("hubject").send(ask)
        assert answer.allowed is m.Allowed.ALLOWED
        return answer.session

    async def reserved(self) -> SessionIds:
        wish = m.ReserveEvse(token=APP, evse=EVSE, session=SessionIds(emsp="E-7"), minutes=15)
        result = await self.emp.hub("hubject").send(wish)
        assert result.status is m.CommandStatus.ACCEPTED
        return result.session

    async def settled(self, number: int) -> Any:
        async def is_over() -> bool:
            return (await self.cpo.outbox.get(number)).state in ("accepted", "refused", "withdrawn")

        await until(is_over)
        return await self.cpo.outbox.get(number)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(500):
        if await condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that")


def section(role: str, party: str, url: str, **options: Any) -> Mapping[str, Any]:
    operators = [{"id": "NL*LON", "name": "Lon Charging"}] if role == "CPO" else []
    return {
        "hub": "hubject",
        "role": role,
        "party": party,
        "operators": operators,
        "urls": {"": url},
        "options": options,
        "insecure_loopback": True,
    }


Make = Callable[..., Awaitable[Scene]]


@pytest.fixture
async def scene() -> AsyncIterator[Make]:
    async with AsyncExitStack() as stack:

        async def make(services: tuple[str, ...] = (), **options: Any) -> Scene:
            here, fronts = Scene(), (Front(), Front())
            urls = [(await stack.enter_async_context(Hosted(front))).url for front in fronts]
            partners = [
                {"id": "NL*LON", "role": "CPO", "url": f"{urls[0]}/hubject"},
                {"id": "DE-8EO", "role": "EMSP", "url": f"{urls[1]}/hubject", "services": services},
            ]
            simulation = simulation_of("hubject", world({"partners": partners}))
            here.hub = (await stack.enter_async_context(Hosted(simulation.application()))).url
            here.emp_url = f"{urls[1]}/hubject"
            sections = (section("CPO", "NL*LON", here.hub, **options), section("EMSP", "DE-8EO", here.hub))
            for front, name, one, platform in zip(
                fronts, ("cpo", "emp"), sections, (here.operator, here.provider), strict=True
            ):
                known = connections(parsed({"connections": {"hubject": one}}))
                gateway = Gateway(known, platform, database=Database(), first_wait_seconds=0.01)
                setattr(here, name, await stack.enter_async_context(gateway))
                front.app = application(gateway, manage=False)
            stack.push_async_callback(here.client.close)
            return here

        yield make


def event(kind: SessionEventKind, ids: SessionIds, **facts: Any) -> m.ReportEvent:
    now = utc_now()
    given = {"charging_start": now - timedelta(minutes=10), "energy_kwh": Decimal("3.5"), **facts}
    error = "CriticalError" if kind is Kind.ERROR else None
    return m.ReportEvent(event=SessionEvent(kind=kind, at=now, error=error), session=Session(ids=ids, **given))


def charged(ids: SessionIds) -> Cdr:
    end = utc_now() - timedelta(seconds=5)
    begin = end - timedelta(minutes=9)
    times = {"start": begin, "end": end, "charging_start": begin, "charging_end": end}
    return Cdr(id="C1", session=ids, energy_kwh=Decimal("3.5"), energy_known=True, **times)


def cpo_id(ids: SessionIds) -> SessionIds:
    """What the operator's platform knows a session by."""
    return SessionIds(cpo=ids.cpo)


# --- reservations ------------------------------------------------------------------------------------------------


async def test_a_reservation_reaches_the_operator_and_its_end_owes_a_cdr(scene: Make) -> None:
    here = await scene()
    ids = await here.reserved()
    (asked,) = here.operator.asked
    assert isinstance(asked, m.ReserveEvse)
    assert (asked.token, asked.evse, asked.minutes) == (APP, EVSE, 15)
    assert asked.session == SessionIds(hub=ids.hub, emsp="E-7")
    assert ids.cpo == "LON-1"
    assert await here.cpo.closing.owing_cdrs() == []
    ended = await here.emp.hub("hubject").send(m.CancelReservation(session=SessionIds(emsp="E-7")))
    assert ended.status is m.CommandStatus.ACCEPTED
    cancel = here.operator.asked[-1]
    assert isinstance(cancel, m.CancelReservation)
    assert (cancel.session, cancel.evse) == (SessionIds(hub=ids.hub, cpo="LON-1", emsp="E-7"), EVSE)
    (owing,) = await here.cpo.closing.owing_cdrs()
    assert (owing.ids.hub, owing.status) == (ids.hub, SessionStatus.RESERVATION)
    owed = await here.cpo.submit_cdr(replace(charged(SessionIds(cpo="LON-1")), energy_kwh=Decimal(0)))
    assert (await here.settled(owed.id)).state == "accepted"
    assert await here.cpo.closing.owing_cdrs() == []
    assert await here.emp.closing.owing_cdrs() == []
    again = await here.emp.hub("hubject").send(m.CancelReservation(session=SessionIds(emsp="E-7")))
    assert again.status is m.CommandStatus.UNKNOWN_RESERVATION


async def test_a_reservation_without_a_price_is_closed_by_itself(scene: Make) -> None:
    here = await scene(close_reservations_after_minutes=0)
    ids = await here.reserved()
    await here.emp.hub("hubject").send(m.CancelReservation(session=ids))
    assert await here.cpo.closing.close_unfinished() == 1
    here.cpo.wake()
    (owed,) = await here.cpo.deliveries()
    assert (owed.kind, owed.session) == ("SubmitCdr", ids.hub)
    assert (await here.settled(owed.id)).state == "accepted"
    assert (await here.state())["sessions"][ids.hub]["status"] == "CLOSED"


# --- notifications -----------------------------------------------------------------------------------------------


async def test_every_event_of_a_session_reaches_the_provider_with_all_names(scene: Make) -> None:
    here = await scene()
    ids = await here.authorized()
    here.provider.asked.clear()
    for kind in (Kind.START, Kind.ERROR, Kind.END):
        owed = await here.cpo.report(event(kind, cpo_id(ids)))
        assert owed is not None
        assert (await here.settled(owed.id)).state == "accepted"
    told = [one for one in here.provider.asked if isinstance(one, m.ReportEvent)]
    assert [one.event.kind for one in told if one.event] == [Kind.START, Kind.ERROR, Kind.END]
    assert {one.session.ids for one in told if one.session} == {SessionIds(hub=ids.hub, cpo="LON-7", emsp="E-1")}
    assert {(one.session.token, one.session.evse) for one in told if one.session} == {(CARD, EVSE)}
    (known,) = await here.cpo.sessions.listed()
    assert known.status is SessionStatus.ACTIVE


async def test_progress_leaves_at_its_time_and_only_the_newest_waits(scene: Make) -> None:
    here = await scene()
    ids = await here.authorized()
    first = await here.cpo.report(event(Kind.PROGRESS, cpo_id(ids)))
    assert first is not None
    assert (await here.settled(first.id)).state == "accepted"
    second = await here.cpo.report(event(Kind.PROGRESS, cpo_id(ids), energy_kwh=Decimal("3.75")))
    third = await here.cpo.report(event(Kind.PROGRESS, cpo_id(ids), energy_kwh=Decimal(4)))
    assert second is not None
    assert third is not None
    assert (await here.settled(second.id)).state == "withdrawn"

    async def held() -> bool:
        """By its own try, or by that of the one in whose place it goes."""
        moment = (await here.cpo.outbox.get(third.id)).next_try_at or ""
        return moment > (utc_now() + timedelta(seconds=250)).isoformat()

    await until(held)
    with pytest.raises(Early):
        await here.cpo.hub("hubject").send(event(Kind.PROGRESS, ids))
    end = await here.cpo.report(event(Kind.END, cpo_id(ids)))
    assert end is not None
    assert (await here.settled(third.id)).state == "withdrawn"
    assert (await here.settled(end.id)).state == "accepted"
    told = [one.event.kind for one in here.provider.asked if isinstance(one, m.ReportEvent) and one.event]
    assert told == [Kind.PROGRESS, Kind.END]


async def test_a_provider_without_notifications_costs_neither_session_nor_cdr(scene: Make) -> None:
    here = await scene(("Authorization",))
    ids = await here.authorized()
    owed = await here.cpo.report(event(Kind.START, cpo_id(ids)))
    assert owed is not None
    refused = await here.settled(owed.id)
    assert (refused.state, refused.code, refused.tries) == ("refused", "320", 1)
    answer = await here.cpo.hub("hubject").send(event(Kind.END, ids))
    assert answer.accepted is False
    cdr = await here.cpo.submit_cdr(charged(cpo_id(ids)))
    assert (await here.settled(cdr.id)).state == "accepted"


async def test_an_event_that_concerns_no_hub_is_nothing_to_deliver(scene: Make) -> None:
    here = await scene()
    assert await here.cpo.report(event(Kind.START, SessionIds(cpo="LOCAL"))) is None
    assert await here.cpo.report(m.ReportEvent()) is None
    assert await here.cpo.deliveries() == []


async def test_a_notification_that_comes_again_is_answered_as_before_and_handed_over_once(scene: Make) -> None:
    here = await scene()
    body = {
        "Type": "Start",
        "SessionID": "f98efba4-02d8-4fa0-b810-9a9d50d2c527",
        "EvseID": "NL*LON*E1111*11",
        "OperatorID": "NL*LON",
        "ChargingStart": "2026-01-15T10:05:00+01:00",
    }
    request = HttpRequest(path=NOTIFIED, body=json.dumps(body).encode())
    replies = [json.loads((await here.client.call(here.emp_url, request)).body) for _ in range(2)]
    assert replies[0] == replies[1]
    assert replies[0]["Result"] is True
    later = json.dumps({**body, "ChargingStart": "2026-01-15T10:06:00+01:00"}).encode()
    await here.client.call(here.emp_url, replace(request, body=later))
    assert len(here.provider.asked) == 2


# --- stops and CDRs ----------------------------------------------------------------------------------------------


async def test_a_session_ends_with_the_card_that_began_it(scene: Make) -> None:
    here = await scene()
    ids = await here.authorized()
    other = replace(CARD, uid="04B1C2D3E4F590")
    refused = await here.cpo.hub("hubject").send(m.AuthorizeStop(token=other, session=cpo_id(ids)))
    assert (refused.allowed, here.provider.asked[1:]) == (m.Allowed.NOT_ALLOWED, [])
    allowed = await here.cpo.hub("hubject").send(m.AuthorizeStop(token=CARD, session=cpo_id(ids)))
    assert allowed.allowed is m.Allowed.ALLOWED


async def test_a_start_that_failed_at_the_charger_is_closed_by_a_cdr_of_nothing(scene: Make) -> None:
    here = await scene()
    start = m.StartSession(token=APP, evse=EVSE, session=SessionIds(emsp="E-9"), product_id="AC3")
    ids = (await here.emp.hub("hubject").send(start)).session
    told = await here.cpo.report(event(Kind.ERROR, cpo_id(ids)))
    assert told is not None
    assert (await here.settled(told.id)).state == "accepted"
    await here.cpo.never_started(cpo_id(ids))
    (owed,) = [one for one in await here.cpo.deliveries() if one.kind == "SubmitCdr"]
    assert (await here.settled(owed.id)).state == "accepted"

    async def forwarded() -> bool:
        return isinstance(here.provider.asked[-1], m.SubmitCdr)

    await until(forwarded)
    (cdr,) = [one.cdr for one in here.provider.asked if isinstance(one, m.SubmitCdr) and one.cdr]
    assert (cdr.energy_kwh, cdr.session.hub, cdr.product_id, cdr.start) == (Decimal(0), ids.hub, "AC3", cdr.end)


async def test_a_second_cdr_is_refused_where_it_is_submitted(scene: Make) -> None:
    here = await scene()
    ids = await here.authorized()
    first = await here.cpo.submit_cdr(charged(cpo_id(ids)))
    assert (await here.settled(first.id)).state == "accepted"
    second = await here.cpo.submit_cdr(replace(charged(cpo_id(ids)), id="C2", energy_kwh=Decimal(4)))
    assert second.state == "refused"
    assert second.words == f"not sent: entry {first.id}, with other content under the same key, is accepted"
