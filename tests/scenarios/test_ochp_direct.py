"""An operator and a provider without a hub between them, over real HTTP: from the selection to the CDR."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
from requests.auth import HTTPBasicAuth

from gateway.connections import connections
from gateway.errors import NoAnswer, Refused, Unsupported
from gateway.gateway import Gateway
from gateway.http import HttpRequest, HttpResponse
from gateway.journal_records import Record
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrStatus
from gateway.model.common import Price, Role
from gateway.model.direct import DirectEndpoint
from gateway.model.ids import ContractId, EvseId
from gateway.model.kinds import ConnectorFormat, ConnectorType, EvseStatus, PowerType
from gateway.model.location import Address, Connector, Evse, Location
from gateway.model.session import ChargingDemand, Session, SessionEvent, SessionEventKind, SessionIds, SessionStatus
from gateway.model.token import Token, TokenType
from gateway.ports import Connection
from gateway.settings import parsed
from gateway.simulation import world
from gateway.store import Database
from gateway.transport import HttpLink, PartnerClient
from gateway.web.app import application
from gateway.web.hosting import Hosted
from gateway.web.simulate import simulation_of
from gateway.wire.soap import SOAP_11, SOAP_12, opened, sealed
from gateway_ochp import wire
from tests.scenarios.test_session_life_cycle import Front, until
from tests.support import CONFORMANCE, needs_conformance

ACCEPTED = m.CommandStatus.ACCEPTED
Kind = SessionEventKind
EVSE = EvseId.parse("DE*823*E1234*5678")
CONTRACT = ContractId.parse("DE-8AA-CA2B3C4D5-N")
USER = Token(uid="DE-8AA-CA2B3C4D5-N", type=TokenType.APP_USER, contract_id=CONTRACT, provider=CONTRACT.party)
START = m.StartSession(token=USER, evse=EVSE, session=SessionIds(emsp="APP-7"))
PLACE = Location(
    address=Address(street="Lindenallee", house_number="7", city="Musterstadt", postal_code="12345", country="DEU"),
    time_zone="Europe/Berlin",
    evses=(
        Evse(
            evse_id=EVSE,
            connectors=(
                Connector(
                    standard=ConnectorType.IEC_62196_T2,
                    format=ConnectorFormat.SOCKET,
                    power_type=PowerType.AC_3_PHASE,
                    max_power_kw=Decimal(22),
                ),
            ),
        ),
    ),
)


@dataclass
class Operator:
    """Says yes to everything, counts its sessions, and writes down what it was asked."""

    asked: list[m.Message[Any]] = field(default_factory=list)
    answer: m.CommandResult = m.CommandResult(status=ACCEPTED)
    opened: int = 0

    def _done(self, message: m.Message[Any]) -> m.CommandResult:
        self.asked.append(message)
        return self.answer

    async def reserve_evse(self, _: Connection, message: m.ReserveEvse) -> m.CommandResult:
        self.opened += 1
        return replace(self._done(message), session=SessionIds(cpo=f"P-{self.opened}"))

    async def start_session(self, _: Connection, message: m.StartSession) -> m.CommandResult:
        return self._done(message)

    async def change_session(self, _: Connection, message: m.ChangeSession) -> m.CommandResult:
        return replace(self._done(message), limits_kept=False)

    async def stop_session(self, _: Connection, message: m.StopSession) -> m.CommandResult:
        return self._done(message)

    async def cancel_reservation(self, _: Connection, message: m.CancelReservation) -> m.CommandResult:
        return self._done(message)

    async def fetch_statuses(self, _: Connection, message: m.FetchStatuses) -> m.Statuses:
        self.asked.append(message)
        report = m.EvseStatusReport(evse=EVSE, status=EvseStatus.CHARGING, until=now() + timedelta(minutes=5))
        return m.Statuses(statuses=(report,))

    async def report_discrepancy(self, _: Connection, message: m.ReportDiscrepancy) -> m.Confirmation:
        self.asked.append(message)
        return m.Confirmation(accepted=True)


@dataclass
class Telling(Operator):
    async def fetch_session(self, _: Connection, message: m.FetchSession) -> m.SessionState:
        self.asked.append(message)
        return m.SessionState(session=Session(energy_kwh=Decimal("4.5"), status=SessionStatus.ACTIVE))


@dataclass
class Provider:
    told: list[m.ReportEvent] = field(default_factory=list)

    async def report_event(self, _: Connection, message: m.ReportEvent) -> m.EventReceipt:
        self.told.append(message)
        return m.EventReceipt(accepted=True)

    @property
    def kinds(self) -> list[SessionEventKind | None]:
        return [one.event.kind if one.event else None for one in self.told]


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass
class Stand:
    """The operator's gateway and the provider's, each with the other's endpoints in its book."""

    operator: Operator
    provider: Provider = field(default_factory=Provider)
    urls: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """Requests to the operator whose next answer gets lost, by the body's element."""
    client: PartnerClient = field(default_factory=PartnerClient)
    cpo: Gateway = field(init=False)
    emp: Gateway = field(init=False)

    async def send(self, message: m.Message[Any]) -> Any:
        return await self.emp.hub("clearing").send(message)

    async def started(self) -> SessionIds:
        result = await self.send(START)
        assert result.status is ACCEPTED
        ids: SessionIds = result.session
        return ids

    async def tell(self, kind: SessionEventKind, ids: SessionIds, **facts: Any) -> Any:
        about = Session(ids=SessionIds(cpo=ids.cpo, hub=ids.hub), **facts)
        return await self.cpo.report(m.ReportEvent(event=SessionEvent(kind=kind), session=about))

    async def call(self, body: bytes, pair: str = "operator-token:provider-token") -> HttpResponse:
        """A partner's own call to the operator."""
        headers = {"authorization": "Basic " + b64encode(pair.encode()).decode(), "content-type": "text/xml"}
        return await self.client.call(self.urls[0], HttpRequest(path="", headers=headers, body=body))

    def commands(self) -> list[str]:
        return [type(one).__name__ for one in self.operator.asked]


class Losing(HttpLink):
    """A line to the operator on which answers get lost."""

    lost: list[str]

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        reply = await super().exchange(request)
        operation = opened(request.body).operation
        if operation in self.lost:
            self.lost.remove(operation)
            raise NoAnswer("the answer is lost")
        return reply


def section(role: str, party: str, hub: str, own: str) -> dict[str, Any]:
    """Without the hub's exchange of endpoints: the books are filled by hand."""
    operators = [{"id": party, "name": "Stadtwerke"}] if role == "CPO" else []
    return {
        "hub": "eclearing",
        "role": role,
        "party": party,
        "operators": operators,
        "urls": {**{name: f"{hub}/{name}/ochp/v1.4" for name in ("service", "live")}, "direct": "http://127.0.0.1:1"},
        "credentials": {"username": "demo", "password": "demo"},
        "options": {"ochp_direct": True, "ochp_direct_url": own},
        "insecure_loopback": True,
    }


def endpoints(role: Role, url: str, token: str, *allow: str) -> list[DirectEndpoint]:
    days = (now().date() + timedelta(days=step) for step in (-1, 0, 1))
    return [
        DirectEndpoint(role=role, url=url, version=wire.NAMESPACE, token=token, day=day, allow=allow) for day in days
    ]


Make = Callable[..., Awaitable[Stand]]


@pytest.fixture
async def stand() -> AsyncIterator[Make]:
    async with AsyncExitStack() as stack:

        async def make(operator: Operator | None = None) -> Stand:
            here, fronts = Stand(operator or Operator()), (Front(), Front())
            here.urls = [f"{(await stack.enter_async_context(Hosted(front))).url}/clearing" for front in fronts]
            simulation = simulation_of("eclearing", world({}))
            hub = (await stack.enter_async_context(Hosted(simulation.application()))).url
            for front, own, name, role, party, platform in (
                (fronts[0], here.urls[0], "cpo", "CPO", "DE*823", here.operator),
                (fronts[1], here.urls[1], "emp", "EMSP", "DE-8AA", here.provider),
            ):
                known = connections(parsed({"connections": {"clearing": section(role, party, hub, own)}}))
                gateway = Gateway(known, platform, database=Database(), first_wait_seconds=0.01)
                setattr(here, name, await stack.enter_async_context(gateway))
                front.app = application(gateway, manage=False)
            await introduce(here)
            stack.push_async_callback(here.client.close)
            return here

        yield make


async def introduce(here: Stand) -> None:
    operators = endpoints(Role.CPO, here.urls[0], "operator-token", "DE823E%")
    providers = endpoints(Role.EMSP, here.urls[1], "provider-token", "DE8AAC%")
    stranger = endpoints(Role.EMSP, "http://127.0.0.1:1", "stranger-token", "FRABCC%")
    for gateway, ours, theirs in ((here.cpo, operators, [*providers, *stranger]), (here.emp, providers, operators)):
        book = gateway.hub("clearing").link().endpoints
        await book.keep_ours(ours)
        await book.keep_partners(theirs, now())


def lossy(here: Stand) -> None:
    """Answers of the operator may get lost from now on."""
    hub = here.emp.hub("clearing")
    link = hub._link  # the one place where a line can be cut
    assert isinstance(link, HttpLink)
    link.__class__ = Losing
    assert isinstance(link, Losing)
    link.lost = here.lost


# --- the life of a session ---------------------------------------------------------------------------------------


async def test_from_the_start_to_the_cdr(stand: Make) -> None:
    here = await stand()
    result = await here.send(START)
    assert (result.status, result.session) == (ACCEPTED, SessionIds(hub="P-1", emsp="APP-7"))
    assert result.valid_until - now() > timedelta(hours=23)
    ids = result.session
    reserve, start = here.operator.asked
    assert isinstance(reserve, m.ReserveEvse)
    assert isinstance(start, m.StartSession)
    assert (reserve.token, reserve.evse, reserve.until) == (USER, EVSE, None)
    assert (start.token, start.evse, start.session) == (USER, EVSE, SessionIds(hub="P-1", cpo="P-1"))
    for kind in (Kind.START, Kind.PROGRESS, Kind.CHANGE, Kind.END):
        assert await here.tell(kind, ids, energy_kwh=Decimal("3.5")) is not None
    await until(lambda: told(here, 4))
    stopped = await here.send(m.StopSession(session=SessionIds(emsp="APP-7")))
    assert (stopped.status, stopped.reason.detail) == (ACCEPTED, None)
    assert here.commands() == ["ReserveEvse", "StartSession", "StopSession"]
    owed = await here.cpo.submit_cdr(bill(ids))
    await until(lambda: told(here, 5))
    assert (await here.cpo.outbox.get(owed.id)).state == "accepted"
    assert sorted(map(str, here.provider.kinds[:4])) == ["CHANGE", "END", "PROGRESS", "START"]
    finish = here.provider.told[-1]
    assert finish.event == SessionEvent(kind=Kind.SETTLED)
    assert finish.session is not None
    assert (finish.session.ids, finish.session.evse) == (SessionIds(hub="P-1", emsp="APP-7"), EVSE)
    assert (finish.session.token, finish.session.energy_kwh) == (USER, Decimal("3.5"))
    assert {one.session.ids for one in here.provider.told if one.session} == {finish.session.ids}


async def told(here: Stand, number: int) -> bool:
    return len(here.provider.told) >= number


def bill(ids: SessionIds) -> Cdr:
    end = now() - timedelta(seconds=5)
    return Cdr(
        id="DE8230001",
        session=SessionIds(cpo=ids.hub),
        evse=EVSE,
        start=end - timedelta(minutes=9),
        end=end,
        place=PLACE,
        energy_kwh=Decimal("3.5"),
        energy_known=True,
        currency="EUR",
        rated=True,
        total_cost=Price(excl_vat=Decimal(0)),
    )


async def test_the_cdr_names_the_session(stand: Make) -> None:
    here = await stand()
    ids = await here.started()
    await here.cpo.submit_cdr(bill(ids))
    await until(lambda: told(here, 1))
    (cdr,) = (await here.send(m.FetchCdrs())).cdrs
    assert (cdr.session, cdr.token.type, cdr.token.contract_id) == (
        SessionIds(hub="P-1"), TokenType.APP_USER, CONTRACT
    )  # fmt: skip
    assert here.provider.kinds == [Kind.SETTLED]


async def test_a_corrected_cdr_tells_nobody_again(stand: Make) -> None:
    here = await stand()
    ids = await here.started()
    cdr = bill(ids)
    first = await here.cpo.submit_cdr(cdr)
    await until(lambda: told(here, 1))
    assert (await here.cpo.submit_cdr(cdr)).id == first.id
    revised = await here.cpo.submit_cdr(replace(cdr, status=CdrStatus.REVISED, energy_kwh=Decimal(3)))

    async def taken() -> bool:
        return (await here.cpo.outbox.get(revised.id)).state == "accepted"

    await until(taken)
    assert [owed.kind for owed in await here.cpo.deliveries()] == ["SubmitCdr", "ReportEvent", "SubmitCdr"]
    assert here.provider.kinds == [Kind.SETTLED]


async def test_a_reservation_is_taken_up_and_changed(stand: Make) -> None:
    here = await stand()
    wish = m.ReserveEvse(token=USER, evse=EVSE, until=now() + timedelta(hours=2), session=SessionIds(emsp="APP-7"))
    reserved = await here.send(wish)
    assert (reserved.status, reserved.session) == (ACCEPTED, SessionIds(hub="P-1", emsp="APP-7"))
    assert timedelta(minutes=29) < reserved.valid_until - now() <= timedelta(minutes=30)
    for gateway in (here.cpo, here.emp):
        (known,) = await gateway.sessions.listed()
        assert (known.status, known.reserved_until) == (SessionStatus.RESERVATION, reserved.valid_until)
    assert (await here.send(m.StartSession(session=SessionIds(emsp="APP-7")))).status is ACCEPTED
    for gateway in (here.cpo, here.emp):
        (known,) = await gateway.sessions.listed()
        assert known.status is SessionStatus.PENDING
    assert here.commands() == ["ReserveEvse", "StartSession"]
    demand = ChargingDemand(max_current_a=Decimal(16), single_phase=True)
    changed = await here.send(m.ChangeSession(session=reserved.session, demand=demand))
    assert (changed.status, changed.limits_kept) == (ACCEPTED, False)
    change = here.operator.asked[-1]
    assert isinstance(change, m.ChangeSession)
    assert (change.session.hub, change.evse, change.demand, change.limits) == ("P-1", EVSE, demand, ())
    assert await here.cpo.closing.owing_cdrs() == []


async def test_a_reservation_is_cancelled_and_its_name_is_gone(stand: Make) -> None:
    here = await stand()
    reserved = await here.send(m.ReserveEvse(token=USER, evse=EVSE))
    assert timedelta(minutes=4) < reserved.valid_until - now() <= timedelta(minutes=5)
    assert (await here.send(m.CancelReservation(session=reserved.session))).status is ACCEPTED
    cancel = here.operator.asked[-1]
    assert isinstance(cancel, m.CancelReservation)
    assert (cancel.session, cancel.evse) == (SessionIds(hub="P-1", cpo="P-1"), EVSE)
    again = await here.send(m.CancelReservation(session=reserved.session))
    assert again.status is m.CommandStatus.UNKNOWN_RESERVATION
    late = await here.send(replace(START, session=reserved.session))
    assert late.status is m.CommandStatus.UNKNOWN_SESSION


async def test_a_release_without_an_end_stops_the_charging(stand: Make) -> None:
    here = await stand()
    ids = await here.started()
    assert (await here.send(m.CancelReservation(session=ids))).status is ACCEPTED
    assert here.commands() == ["ReserveEvse", "StartSession", "StopSession"]
    assert (await here.send(m.StopSession(session=ids))).status is m.CommandStatus.UNKNOWN_SESSION


# --- lost answers ------------------------------------------------------------------------------------------------


async def test_a_selection_that_comes_again_opens_no_second_session(stand: Make) -> None:
    here = await stand()
    body = sealed(SOAP_11, wire.SelectEvseRequest(evse_id=str(EVSE), contract_id=str(CONTRACT)))
    first, second = await asyncio.gather(here.call(body), here.call(body))
    third = await here.call(body)
    assert first.body == second.body == third.body
    assert here.operator.opened == 1
    assert (await here.send(m.CancelReservation(session=SessionIds(hub="P-1"), evse=EVSE))).status is ACCEPTED
    fresh = await here.call(body)
    assert (b"P-2" in fresh.body, here.operator.opened) == (True, 2)
    assert [known.ids.hub for known in await here.cpo.sessions.listed()] == ["P-1", "P-2"]


async def test_a_lost_start_is_failed_and_leaves_the_evse_free(stand: Make) -> None:
    here = await stand()
    lossy(here)
    here.lost.append("ControlEvseRequest")
    result = await here.send(START)
    assert (result.status, result.reason.detail) == (m.CommandStatus.FAILED, None)
    assert here.commands() == ["ReserveEvse", "StartSession", "StopSession"]
    assert await here.emp.sessions.listed() == []
    again = await here.started()
    assert (again.hub, here.operator.opened) == ("P-2", 2)


async def test_a_lost_selection_is_found_again_by_the_next_start(stand: Make) -> None:
    here = await stand()
    lossy(here)
    here.lost.append("SelectEvseRequest")
    assert (await here.send(START)).status is m.CommandStatus.FAILED
    assert ((await here.started()).hub, here.operator.opened) == ("P-1", 1)


async def test_a_lost_stop_is_made_good_by_the_release(stand: Make) -> None:
    here = await stand()
    ids = await here.started()
    lossy(here)
    here.lost.append("ControlEvseRequest")
    result = await here.send(m.StopSession(session=ids))
    assert result.status is ACCEPTED
    assert "that ended the charging" in result.reason.detail
    assert here.commands() == ["ReserveEvse", "StartSession", "StopSession"]


async def test_what_has_ended_and_starts_again_reaches_the_platform_each_time(stand: Make) -> None:
    here = await stand()
    ids = await here.started()
    for operation in (wire.END, wire.END, wire.START, wire.START, wire.END):
        reply = await here.call(sealed(SOAP_11, wire.ControlEvseRequest(direct_id=ids.hub, operation=operation)))
        assert b">ok<" in reply.body
    assert here.commands() == ["ReserveEvse", "StartSession", "StopSession", "StartSession", "StopSession"]


@dataclass
class Reusing(Operator):
    """Names every other session alike."""

    async def reserve_evse(self, _: Connection, message: m.ReserveEvse) -> m.CommandResult:
        return replace(await super().reserve_evse(_, message), session=SessionIds(cpo=f"P-{self.opened % 2}"))


async def test_a_name_that_is_used_again_opens_no_session(stand: Make) -> None:
    here = await stand(Reusing())
    for _ in range(2):
        await here.send(m.StopSession(session=await here.started()))
    refused = await here.send(START)
    assert (refused.status, refused.reason.code) == (m.CommandStatus.FAILED, "server")


async def test_a_driver_who_plugs_in_later_can_start_in_the_same_session(stand: Make) -> None:
    here = await stand()
    reserved = await here.send(m.ReserveEvse(token=USER, evse=EVSE))
    here.operator.answer = m.CommandResult(status=m.CommandStatus.NO_EV_CONNECTED)
    refused = await here.send(replace(START, session=reserved.session))
    assert (refused.status, refused.reason.text) == (m.CommandStatus.FAILED, "no ev connected")
    (known,) = await here.cpo.sessions.listed()
    assert known.status is SessionStatus.RESERVATION


# --- questions ---------------------------------------------------------------------------------------------------


async def test_how_a_session_stands(stand: Make) -> None:
    here = await stand(Telling())
    ids = await here.started()
    state = await here.send(m.FetchSession(session=ids))
    asked = here.operator.asked[-1]
    assert isinstance(asked, m.FetchSession)
    assert (asked.session, asked.evse) == (SessionIds(hub="P-1", cpo="P-1"), EVSE)
    assert (state.event.kind, state.session.ids, state.session.evse, state.session.token) == (
        Kind.PROGRESS, SessionIds(hub="P-1"), EVSE, USER
    )  # fmt: skip
    assert state.session.energy_kwh == Decimal("4.5")


async def test_a_platform_without_an_answer_leaves_it_to_the_register(stand: Make) -> None:
    here = await stand()
    ids = await here.started()
    state = await here.send(m.FetchSession(session=ids))
    assert (state.session.status, state.session.energy_kwh) == (SessionStatus.ACTIVE, None)
    with pytest.raises(Refused, match="no session of this id is open"):
        await here.send(m.FetchSession(session=SessionIds(hub="NOBODY"), evse=EVSE))


async def test_statuses_and_a_discrepancy(stand: Make) -> None:
    here = await stand()
    (report,) = (await here.send(m.FetchStatuses(evses=(EVSE,)))).statuses
    assert (report.evse, report.status) == (EVSE, EvseStatus.CHARGING)
    answer = await here.send(m.ReportDiscrepancy(evse=EVSE, report="The cable is torn."))
    assert answer.accepted is True
    assert here.operator.asked[-1] == m.ReportDiscrepancy(evse=EVSE, report="The cable is torn.")


# --- what an operator tells --------------------------------------------------------------------------------------


async def test_progress_is_told_every_fifteen_minutes(stand: Make) -> None:
    here = await stand()
    ids = await here.started()
    first = await here.tell(Kind.PROGRESS, ids)
    await until(lambda: told(here, 1))
    second = await here.tell(Kind.PROGRESS, ids)

    async def held() -> bool:
        moment = (await here.cpo.outbox.get(second.id)).next_try_at or ""
        return moment > (now() + timedelta(seconds=850)).isoformat()

    await until(held)
    assert first.id != second.id
    await here.tell(Kind.CHANGE, ids)
    await until(lambda: told(here, 2))
    assert here.provider.kinds == [Kind.PROGRESS, Kind.CHANGE]


async def test_only_sessions_that_were_opened_directly_are_told_of(stand: Make) -> None:
    here = await stand()
    ask = m.AuthorizeToken(token=USER, evse=EVSE, session=SessionIds(cpo="LOCAL-1"))
    connection = here.cpo.hub("clearing").connection
    await here.cpo.sessions.remember(connection, ask, m.Authorization(allowed=m.Allowed.ALLOWED))
    assert await here.tell(Kind.START, SessionIds(cpo="LOCAL-1")) is None
    assert await here.cpo.deliveries() == []


async def test_an_event_of_a_session_that_the_provider_does_not_know_is_refused_for_good(stand: Make) -> None:
    here = await stand()
    about = Session(ids=SessionIds(hub="NOBODY"), evse=EVSE, token=USER)
    event = m.ReportEvent(event=SessionEvent(kind=Kind.START), session=about)
    owed = await here.cpo.report(event, connection="clearing")
    assert owed is not None
    number = owed.id

    async def refused() -> bool:
        return (await here.cpo.outbox.get(number)).state == "refused"

    await until(refused)
    assert ((await here.cpo.outbox.get(number)).code, here.provider.told) == ("invalid-id", [])


# --- strangers and rubbish ---------------------------------------------------------------------------------------

SELECT = sealed(SOAP_11, wire.SelectEvseRequest(evse_id=str(EVSE), contract_id=str(CONTRACT)))


async def inbound(here: Stand) -> list[Record]:
    return [one for one in await here.cpo.journal.records() if one.direction == "in"]


def code_of(reply: HttpResponse) -> str:
    texts = [part.text or "" for part in opened(reply.body).child.iter() if str(part.tag).endswith("}resultCode")]
    return texts[-1]


async def test_a_partner_speaks_only_of_its_own(stand: Make) -> None:
    here = await stand()
    ids = await here.started()
    stranger = "operator-token:stranger-token"
    end = wire.ControlEvseRequest(direct_id=ids.hub, operation="end")
    for model, code in (
        (wire.SelectEvseRequest(evse_id=str(EVSE), contract_id=str(CONTRACT)), "not-found"),
        (end, "invalid-id"),
        (wire.ReleaseEvseRequest(direct_id=ids.hub), "invalid-id"),
    ):
        reply = await here.call(sealed(SOAP_11, model), stranger)
        assert (reply.status, code_of(reply)) == (200, code)
    reply = await here.call(sealed(SOAP_11, wire.InformProviderRequest(direct_id=ids.hub)), stranger)
    assert (reply.status, opened(reply.body).operation) == (500, "Fault")
    assert here.commands() == ["ReserveEvse", "StartSession"]
    assert code_of(await here.call(sealed(SOAP_11, end))) == "ok"


async def test_an_evse_of_nobody_here_is_not_found(stand: Make) -> None:
    here = await stand()
    body = sealed(SOAP_11, wire.SelectEvseRequest(evse_id="NL*LON*E1*1", contract_id=str(CONTRACT)))
    assert code_of(await here.call(body)) == "not-found"
    with pytest.raises(Unsupported, match="no partner"):
        await here.send(replace(START, evse=EvseId.parse("NL*LON*E1*1")))


TWO = SELECT.replace(b"</soap:Body>", b"<x/></soap:Body>")
DOCTYPE = SELECT.replace(b"<soap:Envelope", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><soap:Envelope', 1)


@pytest.mark.parametrize(
    "body",
    [
        DOCTYPE,
        DOCTYPE.replace(b"DE*823", b"&e;"),
        sealed(SOAP_12, wire.SelectEvseRequest(evse_id=str(EVSE), contract_id=str(CONTRACT))),
        TWO,
        SELECT[:-40],
        b"",
        b"{}",
        SELECT + b" " * 17_000_000,
        sealed(SOAP_11, wire.GetStatusRequest()),
        sealed(SOAP_11, wire.InformProviderMessage(
            result=None, message="start", evse_id=str(EVSE), contract_id=str(CONTRACT), direct_id="P-1"
        )),
        sealed(SOAP_11, wire.DirectEvseStatusRequest(requested_evse_id=())),
        sealed(SOAP_11, wire.ReportDiscrepancyRequest(evse_id=str(EVSE), report=None)),
    ],
    ids=[
        "a DOCTYPE", "an entity", "SOAP 1.2", "two children", "cut off", "nothing", "JSON", "too long",
        "of the clearing house", "of the other role", "no EVSEs", "no report",
    ],
)  # fmt: skip
async def test_rubbish_is_a_fault_and_journalled(stand: Make, body: bytes) -> None:
    here = await stand()
    reply = await here.call(body)
    assert reply.status in (400, 500)
    assert opened(reply.body, SOAP_11).operation == "Fault"
    for word in (b"Traceback", b"gateway", b"passwd", b"lxml", b".py"):
        assert word not in reply.body
    (entry,) = await inbound(here)
    assert entry.error is not None
    assert here.operator.asked == []


async def test_a_stranger_hears_nothing(stand: Make) -> None:
    here = await stand()
    for pair in ("operator-token:nobody", "nobody:provider-token", "provider-token:operator-token"):
        reply = await here.call(SELECT, pair)
        assert (reply.status, opened(reply.body).operation) == (401, "Fault")
    assert len(await inbound(here)) == 3


# --- an independent partner --------------------------------------------------------------------------------------


def zeep_at(url: str, role: str, receiver: str, sender: str) -> Any:
    """The operations of an operator or a provider as zeep reads them from the official contract."""
    zeep: Any = pytest.importorskip("zeep")
    session = requests.Session()
    session.auth, session.trust_env = HTTPBasicAuth(receiver, sender), False
    wsdl = str(CONFORMANCE / "ochp/contract/ochp-direct.wsdl")
    client = zeep.Client(wsdl, transport=zeep.Transport(session=session))
    binding = next(str(name) for name in client.wsdl.bindings if role in str(name))
    return client.create_service(binding, url)


@needs_conformance
async def test_zeep_is_an_operator(stand: Make) -> None:
    here = await stand()
    ids = await here.started()

    def tell() -> list[str]:
        partner = zeep_at(here.urls[1], "Provider", "provider-token", "operator-token")
        known = {"evseId": str(EVSE), "contractId": str(CONTRACT)}
        ok = {"resultCode": {"resultCode": "ok"}, "resultDescription": ""}
        said = {"result": ok, "message": {"message": "start"}, **known, "chargedEnergy": 1.5}
        answers = [partner.InformProviderEMP(**said, directId=name) for name in (ids.hub, "NOBODY")]
        return [one.resultCode.resultCode for one in answers]

    assert await asyncio.to_thread(tell) == ["ok", "invalid-id"]
    (event,) = here.provider.told
    assert event.session is not None
    assert (event.session.ids, event.session.energy_kwh) == (SessionIds(hub="P-1", emsp="APP-7"), Decimal("1.5"))


@needs_conformance
async def test_zeep_is_a_provider(stand: Make) -> None:
    here = await stand(Telling())

    def play() -> list[str]:
        partner = zeep_at(here.urls[0], "Operator", "operator-token", "provider-token")
        selected = partner.SelectEvse(evseId=str(EVSE), contractId=str(CONTRACT))
        ids = {"directId": selected.directId}
        started = partner.ControlEvse(**ids, operation={"operation": "start"}, maxPower=11.0)
        told = partner.InformProviderCPO(**ids)
        statuses = partner.GetEvseStatus(requestedEvseId=[str(EVSE)])
        partner.ReportDiscrepancy(evseId=str(EVSE), report="The cable is torn.")
        released = partner.ReleaseEvse(**ids)
        with pytest.raises(Exception, match="no session of this id is open"):
            partner.InformProviderCPO(directId="NOBODY")
        results = [one.result.resultCode.resultCode for one in (selected, started, told, released)]
        evses = statuses.evse if hasattr(statuses, "evse") else statuses
        return [*results, told.message.message, evses[0].minor]

    assert await asyncio.to_thread(play) == ["ok", "ok", "ok", "ok", "info", "charging"]
    assert here.commands() == [
        "ReserveEvse", "StartSession", "FetchSession", "FetchStatuses", "ReportDiscrepancy", "StopSession"
    ]  # fmt: skip
