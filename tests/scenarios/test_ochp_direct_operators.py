"""One provider and two operators who give their sessions the same directId: it is unique for each operator only."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from gateway.connections import connections
from gateway.errors import Invalid
from gateway.gateway import Gateway
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.common import Role
from gateway.model.ids import EvseId
from gateway.model.session import Session, SessionEvent, SessionEventKind, SessionIds
from gateway.ports import Connection
from gateway.settings import parsed
from gateway.simulation import world
from gateway.store import Database
from gateway.store.database import stamp
from gateway.web.app import application
from gateway.web.hosting import Hosted
from gateway.web.simulate import simulation_of
from gateway.wire.soap import SOAP_11, sealed
from gateway_ochp import adapter, wire
from tests.scenarios.test_ochp_direct import (
    ACCEPTED,
    EVSE,
    PLACE,
    START,
    Make,
    Operator,
    Provider,
    bill,
    code_of,
    endpoints,
    now,
    section,
    stand,
)
from tests.scenarios.test_session_life_cycle import Front, until
from tests.support.cdr_house import Inward

__all__ = ["stand"]
Kind = SessionEventKind
OTHER = EvseId.parse("DE*824*E1234*5678")
FIRST, SECOND = SessionIds(emsp="APP-1"), SessionIds(emsp="APP-2")
JOBS = {job.name: job for job in adapter.jobs}


@dataclass
class Booking(Provider):
    booked: list[Cdr] = field(default_factory=list)

    async def submit_cdr(self, _: Connection, message: m.SubmitCdr) -> m.CdrReceipt:
        assert message.cdr is not None
        self.booked.append(message.cdr)
        return m.CdrReceipt(accepted=True)


@dataclass
class Trio:
    """Two operators and their provider."""

    operators: tuple[Operator, Operator] = field(default_factory=lambda: (Operator(), Operator()))
    provider: Booking = field(default_factory=Booking)
    cpos: list[Gateway] = field(default_factory=list)
    emp: Gateway = field(init=False)

    async def send(self, message: m.Message[Any]) -> Any:
        return await self.emp.hub("clearing").send(message)

    async def both_started(self) -> None:
        for own, evse in ((FIRST, EVSE), (SECOND, OTHER)):
            result = await self.send(replace(START, session=own, evse=evse))
            assert (result.status, result.session) == (ACCEPTED, replace(own, hub="P-1"))

    async def tell(self, number: int, kind: SessionEventKind) -> None:
        about = Session(ids=SessionIds(cpo="P-1"))
        assert await self.cpos[number].report(m.ReportEvent(event=SessionEvent(kind=kind), session=about)) is not None

    def commands(self) -> list[list[str]]:
        return [[type(one).__name__ for one in operator.asked] for operator in self.operators]

    def heard(self) -> list[tuple[Any, ...]]:
        told = [(one.session, one.event) for one in self.provider.told]
        return sorted((str(about.evse), about.ids.emsp, str(event.kind)) for about, event in told if about and event)


@pytest.fixture
async def trio() -> AsyncIterator[Trio]:
    async with AsyncExitStack() as stack:
        here, fronts = Trio(), (Front(), Front(), Front())
        urls = [f"{(await stack.enter_async_context(Hosted(front))).url}/clearing" for front in fronts]
        hub = (await stack.enter_async_context(Hosted(simulation_of("eclearing", world({})).application()))).url
        accounts = (
            ("CPO", "DE*823", here.operators[0]),
            ("CPO", "DE*824", here.operators[1]),
            ("EMSP", "DE-8AA", here.provider),
        )
        for front, own, (role, party, platform) in zip(fronts, urls, accounts, strict=True):
            known = connections(parsed({"connections": {"clearing": section(role, party, hub, own)}}))
            gateway = Gateway(known, platform, database=Database(), first_wait_seconds=0.01)
            here.cpos.append(await stack.enter_async_context(gateway))
            front.app = application(gateway, manage=False)
        here.emp = here.cpos.pop()
        await introduce(here, urls)
        yield here


async def introduce(here: Trio, urls: list[str]) -> None:
    one = endpoints(Role.CPO, urls[0], "one-token", "DE823E%")
    two = endpoints(Role.CPO, urls[1], "two-token", "DE824E%")
    providers = endpoints(Role.EMSP, urls[2], "provider-token", "DE8AAC%")
    for gateway, ours, theirs in (
        (here.cpos[0], one, providers),
        (here.cpos[1], two, providers),
        (here.emp, providers, [*one, *two]),
    ):
        book = gateway.hub("clearing").link().endpoints
        await book.keep_ours(ours)
        await book.keep_partners(theirs, now())


async def test_both_sessions_run_and_each_event_is_heard_of_its_own(trio: Trio) -> None:
    await trio.both_started()
    assert sorted((known.named_by, known.ids.emsp) for known in await trio.emp.sessions.listed()) == [
        ("DE823", "APP-1"), ("DE824", "APP-2")
    ]  # fmt: skip
    for number in (0, 1):
        await trio.tell(number, Kind.START)
        await trio.tell(number, Kind.END)
    await until(lambda: told(trio, 4))
    assert trio.heard() == [
        (str(EVSE), "APP-1", "END"),
        (str(EVSE), "APP-1", "START"),
        (str(OTHER), "APP-2", "END"),
        (str(OTHER), "APP-2", "START"),
    ]


async def told(trio: Trio, number: int) -> bool:
    return len(trio.provider.told) >= number


async def test_each_is_stopped_where_it_runs(trio: Trio) -> None:
    await trio.both_started()
    with pytest.raises(Invalid, match="several operators call a session P-1"):
        await trio.send(m.StopSession(session=SessionIds(hub="P-1")))
    assert trio.commands() == [["ReserveEvse", "StartSession"]] * 2
    assert (await trio.send(m.StopSession(session=FIRST))).status is ACCEPTED
    assert trio.commands() == [["ReserveEvse", "StartSession", "StopSession"], ["ReserveEvse", "StartSession"]]
    ended = [(await trio.emp.sessions.find("clearing", own)) for own in (FIRST, SECOND)]
    assert [known is not None and known.facts.ended_at is not None for known in ended] == [True, False]
    stopped = await trio.send(m.StopSession(session=SessionIds(hub="P-1"), evse=OTHER))
    assert stopped.status is ACCEPTED
    assert trio.commands() == [["ReserveEvse", "StartSession", "StopSession"]] * 2


async def test_an_operator_tells_nothing_of_the_others_session(trio: Trio) -> None:
    result = await trio.send(replace(START, session=FIRST))
    about = Session(ids=SessionIds(hub=result.session.hub), evse=OTHER, token=START.token)
    event = m.ReportEvent(event=SessionEvent(kind=Kind.END), session=about)
    owed = await trio.cpos[1].report(event, connection="clearing")
    assert owed is not None
    number = owed.id

    async def refused() -> bool:
        return (await trio.cpos[1].outbox.get(number)).state == "refused"

    await until(refused)
    assert ((await trio.cpos[1].outbox.get(number)).code, trio.provider.told) == ("invalid-id", [])


async def test_each_cdr_is_booked_once(trio: Trio) -> None:
    await trio.both_started()
    bills = [bill(SessionIds(hub="P-1")), at_the_other(bill(SessionIds(hub="P-1")))]
    for gateway, cdr in zip(trio.cpos, bills, strict=True):
        await gateway.submit_cdr(cdr)
    await until(lambda: told(trio, 2))
    owed = [one for gateway in trio.cpos for one in await gateway.deliveries() if one.kind == "SubmitCdr"]
    assert [one.state for one in owed] == ["accepted", "accepted"]
    assert trio.heard() == [(str(EVSE), "APP-1", "SETTLED"), (str(OTHER), "APP-2", "SETTLED")]
    run = JOBS["collect CDRs"].run
    assert run is not None
    for _ in range(2):
        await run(trio.emp.hub("clearing").link(), Inward(trio.emp))
        await trio.emp.inward.hand_over()
    booked = sorted((cdr.id, cdr.session, str(cdr.evse)) for cdr in trio.provider.booked)
    name = SessionIds(hub="P-1")
    assert booked == [("DE8230001", name, str(EVSE)), ("DE8240001", name, str(OTHER))]


def at_the_other(cdr: Cdr) -> Cdr:
    place = replace(PLACE, evses=(replace(PLACE.evses[0], evse_id=OTHER),))
    return replace(cdr, id="DE8240001", evse=OTHER, place=place)


# --- a car that charges for longer than its session is held ------------------------------------------------------


async def aged(gateway: Gateway) -> None:
    """A day goes by for the sessions of a gateway."""
    past = stamp(now() - timedelta(minutes=1))

    def age(transaction: Any) -> None:
        transaction.execute(text("UPDATE gateway_sessions SET reserved_until = :past"), {"past": past})

    await gateway.database.write(age)


@pytest.mark.parametrize("message", [m.StopSession, m.CancelReservation])
async def test_after_its_time_a_car_is_stopped_and_nothing_else(stand: Make, message: Any) -> None:
    here = await stand()
    ids = await here.started()
    await aged(here.cpo)
    for refused in (m.ChangeSession(session=ids), replace(START, session=ids)):
        assert (await here.send(refused)).status is m.CommandStatus.UNKNOWN_SESSION
    assert here.commands() == ["ReserveEvse", "StartSession"]
    assert (await here.send(message(session=ids))).status is ACCEPTED
    assert here.commands() == ["ReserveEvse", "StartSession", "StopSession"]
    release = sealed(SOAP_11, wire.ReleaseEvseRequest(direct_id=ids.hub))
    assert code_of(await here.call(release)) == "invalid-id"
    assert here.commands() == ["ReserveEvse", "StartSession", "StopSession"]


async def test_what_was_started_again_is_stopped_after_its_time_as_well(stand: Make) -> None:
    here = await stand()
    ids = await here.started()
    for operation in (wire.END, wire.START):
        await here.call(sealed(SOAP_11, wire.ControlEvseRequest(direct_id=ids.hub, operation=operation)))
    await aged(here.cpo)
    assert (await here.send(m.StopSession(session=ids))).status is ACCEPTED
    assert here.commands() == ["ReserveEvse", "StartSession", "StopSession", "StartSession", "StopSession"]


async def test_a_reservation_that_has_run_out_is_not_released_again(stand: Make) -> None:
    here = await stand()
    reserved = await here.send(m.ReserveEvse(token=START.token, evse=EVSE))
    await aged(here.cpo)
    assert (await here.send(m.CancelReservation(session=reserved.session))).status is (
        m.CommandStatus.UNKNOWN_RESERVATION
    )
    assert here.commands() == ["ReserveEvse"]
