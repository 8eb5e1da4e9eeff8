"""The simulated IOP: as strict as the hub, and in its words. We speak to it with our own sends and routes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from gateway.errors import GatewayError, NotSent, Refused
from gateway.http import HttpRequest, HttpResponse
from gateway.model.cdr import Cdr, CdrNature
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway.model.messages import (
    Allowed,
    Authorization,
    AuthorizeToken,
    CdrReceipt,
    CommandResult,
    CommandStatus,
    EvseStatusReport,
    FetchCdr,
    Heartbeat,
    Message,
    PublishStatuses,
    SessionAction,
    StartSession,
    StopSession,
    SubmitCdr,
)
from gateway.model.party import Operator
from gateway.model.session import SessionIds
from gateway.model.token import Token, TokenType
from gateway.ports import Call, Connection
from gateway.routing import find
from gateway.simulation import Card, Desk, Partner, World
from gateway.wire.soap import SOAP_12, opened
from gateway_emip import adapter
from gateway_emip.simulator.iop import Iop
from tests.support import CONFORMANCE, FIXTURES, FakeLink, Recorder, needs_conformance

LON, DELON, MSP = PartyId.parse("NL*LON"), PartyId.parse("DE*LON"), PartyId.parse("FR-MSP")
HERE, THERE = EvseId.parse("NL*LON*E5678*2"), EvseId.parse("DE*LON*E1111*11")
CARD = Token(uid="04B1C2D3E4F590", type=TokenType.RFID)
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
CARDS = (
    Card("04B1C2D3E4F590", "FR-MSP-C0000A101-X", MSP),
    Card("04DEADBEEF0001", "FR-MSP-C0000A102-X", MSP, "BLOCKED"),
)
OPEN = World(cards=CARDS)
AS_CPO = Connection("cpo", "gireve", "emip", Role.CPO, LON, (Operator(id=LON), Operator(id=DELON)))
AS_EMSP = Connection("emsp", "gireve", "emip", Role.EMSP, MSP)
CLOSED = replace(
    OPEN,
    partners=(
        Partner(LON, "CPO", (DELON,), "http://cpo.example/"),
        Partner(MSP, "EMSP", (), "http://emsp.example/"),
    ),
)


@dataclass
class Stage:
    """A simulated IOP, and platforms behind the addresses of its partners. `down` raises instead of answering."""

    world: World = OPEN
    cpo: Recorder = field(default_factory=Recorder)
    emsp: Recorder = field(default_factory=Recorder)
    down: Exception | HttpResponse | None = None
    written: list[bytes] = field(default_factory=list)
    ids: int = 0

    def __post_init__(self) -> None:
        self.iop = Iop(Desk(self.world, self.call, lambda: NOON, self.new_id))

    def new_id(self) -> str:
        self.ids += 1
        return f"id-{self.ids}"

    async def call(self, url: str, request: HttpRequest) -> HttpResponse:
        self.written.append(request.body)
        if isinstance(self.down, Exception):
            raise self.down
        if self.down is not None:
            return self.down
        connection, backend = (AS_CPO, self.cpo) if "cpo" in url else (AS_EMSP, self.emsp)
        try:
            route, parameters = find(adapter.routes, request, connection.role)
            response = await route.answer(Call(connection, request, backend, FakeLink(connection), parameters))
        except GatewayError as error:
            response = adapter.refuse(connection, request, error)
        self.written.append(response.body)
        return response

    def link(self, connection: Connection) -> "IopLink":
        return IopLink(connection, stage=self)

    async def send(self, message: Message[Any], connection: Connection = AS_CPO) -> Any:
        return await adapter.sends[type(message)](self.link(connection), message)

    async def session(self, evse: EvseId = HERE) -> SessionIds:
        answer = await self.send(AuthorizeToken(token=CARD, evse=evse, session=SessionIds(cpo="C-1")))
        assert answer.allowed is Allowed.ALLOWED
        return replace(answer.session, cpo="C-1")

    @property
    def state(self) -> Mapping[str, Any]:
        return self.iop.state()


@dataclass
class IopLink(FakeLink):
    stage: Stage | None = None

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        assert self.stage is not None
        response = await self.stage.iop.handle(request)
        self.stage.written += [request.body, response.body]
        return response


def cdr(session: SessionIds, evse: EvseId = HERE, **changes: Any) -> Cdr:
    whole = Cdr(
        session=session,
        nature=CdrNature.FINAL,
        evse=evse,
        token=CARD,
        start=NOON,
        end=NOON + timedelta(hours=1),
        duration=timedelta(hours=1),
        energy_kwh=Decimal("21.48"),
        energy_known=True,
        rated=False,
    )
    return replace(whole, **changes)


# --- platform and statuses ---------------------------------------------------------------------------------------


async def test_a_heartbeat_gets_the_period_of_the_world() -> None:
    stage = Stage(replace(OPEN, heartbeat_period=120))
    answer = await stage.send(Heartbeat())
    assert (answer.period_seconds, answer.hub_time) == (120, NOON)
    assert (stage.state["heartbeats"], stage.state["operators"]) == (1, {"NL*LON": "NL*LON"})


async def test_statuses_are_stored_by_evse_and_dimension() -> None:
    stage = Stage()
    for status in (EvseStatus.CHARGING, EvseStatus.OUTOFORDER):
        reports = tuple(EvseStatusReport(evse=evse, status=status) for evse in (HERE, THERE))
        publication = await stage.send(PublishStatuses(statuses=reports))
        assert (publication.accepted, publication.refused) == (True, ())
    assert stage.state["statuses"] == {
        evse: {"availability": "1", "busy": "2", "status": "OUTOFORDER"} for evse in (str(HERE), str(THERE))
    }


async def test_an_unknown_place_is_refused_and_the_others_are_not() -> None:
    stage = Stage(replace(OPEN, evses=(THERE,)))
    reports = tuple(EvseStatusReport(evse=evse, status=EvseStatus.PLANNED) for evse in (HERE, THERE))
    publication = await stage.send(PublishStatuses(statuses=reports))
    assert [(refusal.evse, (refusal.text or "")[:5]) for refusal in publication.refused] == [(HERE, "10601")]
    assert stage.state["evses"] == [str(THERE)]


async def test_who_is_not_declared_is_refused() -> None:
    stage = Stage(CLOSED)
    stranger = replace(AS_CPO, party=PartyId.parse("BE*XYZ"))
    with pytest.raises(Refused) as caught:
        await stage.send(Heartbeat(), stranger)
    assert caught.value.code == "10502"
    foreign = replace(AS_CPO, operators=(Operator(id=PartyId.parse("BE*XYZ")),))
    evse = EvseId.parse("BE*XYZ*E1")
    with pytest.raises(Refused):
        await stage.send(PublishStatuses(statuses=(EvseStatusReport(evse=evse, status=EvseStatus.REMOVED),)), foreign)
    answer = await stage.send(AuthorizeToken(token=CARD, evse=evse), foreign)
    assert (answer.allowed, answer.reason.code) == (Allowed.NOT_ALLOWED, "201")


async def test_an_evse_must_begin_with_its_operator() -> None:
    text = (FIXTURES / "emip" / "get_service_authorisation.xml").read_text(encoding="utf-8")
    body = text.replace("<operatorId>NL*LON", "<operatorId>DE*LON").encode()
    response = await Stage().iop.handle(HttpRequest(body=body))
    assert opened(response.body, SOAP_12).child.findtext("requestStatus") == "201"


# --- authorisation -----------------------------------------------------------------------------------------------


async def test_a_card_is_allowed_and_a_session_opened() -> None:
    stage = Stage()
    answer = await stage.send(AuthorizeToken(token=CARD, evse=HERE, session=SessionIds(cpo="C-1")))
    assert (answer.allowed, answer.provider, answer.contract_alias) == (Allowed.ALLOWED, MSP, "FR-MSP-C0000A101-X")
    assert str(answer.session.hub).startswith("IOP-SID-GIR-V-SIM01-")
    assert list(stage.state["sessions"]) == [answer.session.hub]


@pytest.mark.parametrize(
    ("uid", "contracts", "allowed", "code"),
    [
        ("04DEADBEEF0001", (), Allowed.NOT_ALLOWED, "1"),
        ("04FFFFFFFFFFFF", (), Allowed.UNKNOWN_TOKEN, "203"),
        ("04B1C2D3E4F590", ((DELON, MSP),), Allowed.NOT_ALLOWED, "202"),
    ],
)
async def test_a_no_says_why(uid: str, contracts: Any, allowed: Allowed, code: str | None) -> None:
    stage = Stage(replace(OPEN, contracts=contracts))
    answer = await stage.send(AuthorizeToken(token=replace(CARD, uid=uid), evse=HERE))
    assert (answer.allowed, answer.reason.code if answer.reason else None) == (allowed, code)
    assert stage.state["sessions"] == {}


async def test_the_emsp_is_asked_where_it_is_connected() -> None:
    yes = Authorization(
        allowed=Allowed.ALLOWED, session=SessionIds(emsp="M-1"), intermediate_cdr_requested=True, contract_alias="ALIAS"
    )
    stage = Stage(CLOSED, emsp=Recorder([yes]))
    answer = await stage.send(AuthorizeToken(token=CARD, evse=THERE))
    assert (answer.allowed, answer.contract_alias, answer.intermediate_cdr_requested) == (
        Allowed.ALLOWED,
        "ALIAS",
        True,
    )
    message = stage.emsp.asked[0]
    assert isinstance(message, AuthorizeToken)
    assert (message.operator, message.provider, message.session) == (DELON, MSP, answer.session)
    assert message.transaction != answer.transaction
    assert stage.state["sessions"][answer.session.hub]["emsp"] == "M-1"


async def test_an_emsp_that_is_silent_gives_no_answer() -> None:
    stage = Stage(CLOSED, down=NotSent("gone"))
    answer = await stage.send(AuthorizeToken(token=CARD, evse=HERE))
    assert (answer.allowed, answer.reason.code) == (Allowed.NO_ANSWER, "10210")


# --- remote start and stop ---------------------------------------------------------------------------------------


async def test_a_remote_start_and_stop_go_to_the_operator_of_the_evse() -> None:
    done = CommandResult(status=CommandStatus.ACCEPTED, session=SessionIds(cpo="C-7"))
    stage = Stage(CLOSED, cpo=Recorder([done, done]))
    start = await stage.send(StartSession(token=CARD, evse=THERE, session=SessionIds(emsp="M-7")), AS_EMSP)
    assert (start.status, start.executing_operator) == (CommandStatus.ACCEPTED, DELON)
    stop = StopSession(session=start.session, action=SessionAction.EMERGENCY_STOP)
    assert (await stage.send(stop, AS_EMSP)).status is CommandStatus.ACCEPTED
    started, stopped = stage.cpo.asked
    assert isinstance(started, StartSession)
    assert isinstance(stopped, StopSession)
    assert (started.operator, started.provider, started.session) == (DELON, MSP, start.session)
    assert (stopped.action, stopped.session) == (SessionAction.EMERGENCY_STOP, replace(start.session, cpo="C-7"))
    assert stage.state["sessions"][start.session.hub]["state"] == "stopped"


@pytest.mark.parametrize(
    ("down", "start", "stop"),
    [
        (NotSent("gone"), CommandStatus.TIMEOUT, "10504"),
        (HttpResponse(status=500, body=b"oops"), CommandStatus.TIMEOUT, "10505"),
    ],
)
async def test_an_operator_that_is_silent_is_told_apart(down: Any, start: CommandStatus, stop: str) -> None:
    stage = Stage(CLOSED, cpo=Recorder([CommandResult(status=CommandStatus.ACCEPTED)]))
    session = (await stage.send(StartSession(token=CARD, evse=HERE), AS_EMSP)).session
    stage.down = down
    assert (await stage.send(StartSession(token=CARD, evse=HERE), AS_EMSP)).status is start
    assert (await stage.send(StopSession(session=session), AS_EMSP)).reason.code == stop


async def test_what_iop_itself_refuses_never_reaches_the_operator() -> None:
    stage = Stage(CLOSED)
    unknown = await stage.send(StopSession(session=SessionIds(hub="IOP-X")), AS_EMSP)
    nowhere = await stage.send(StartSession(token=CARD, evse=EvseId.parse("BE*XYZ*E1")), AS_EMSP)
    assert (unknown.status, nowhere.status) == (CommandStatus.UNKNOWN_SESSION, CommandStatus.UNKNOWN_EVSE)
    assert stage.cpo.asked == []


async def test_a_session_belongs_to_its_partners() -> None:
    stage = Stage()
    session = (await stage.send(StartSession(token=CARD, evse=HERE), AS_EMSP)).session
    other = replace(AS_EMSP, party=PartyId.parse("FR*XYZ"))
    assert (await stage.send(StopSession(session=session), other)).reason.code == "10508"
    assert (await stage.send(StopSession(session=session), AS_EMSP)).status is CommandStatus.ACCEPTED


async def test_the_operator_of_the_simulator_starts_and_stops_at_a_partner() -> None:
    done = CommandResult(status=CommandStatus.ACCEPTED, session=SessionIds(cpo="C-7"))
    stage = Stage(CLOSED, cpo=Recorder([done, done]))
    started = await stage.iop.remote_start({"evse": "DE*LON*E1111*11", "token": "04B1C2D3E4F590"})
    assert (started["result"], started["answer"]["status"]) == ("ACCEPTED", "1")
    stopped = await stage.iop.remote_stop({"session": "C-7"})
    assert (stopped["result"], stopped["session"]) == ("ACCEPTED", started["session"])
    message = stage.cpo.asked[0]
    assert isinstance(message, StartSession)
    assert message.token == Token(
        uid="FR-MSP-C0000A101-X", type=TokenType.APP_USER, contract_id=message.token and message.token.contract_id
    )
    unknown = await stage.iop.remote_stop({"session": "nobody's"})
    assert (unknown["result"], unknown["answer"]["status"]) == ("UNKNOWN_SESSION", "10501")


async def test_without_an_address_nobody_can_be_called() -> None:
    told = await Stage().iop.remote_start({"evse": "BE*XYZ*E1", "token": "app", "provider": "FR-XYZ"})
    assert (told["result"], told["answer"]["status"]) == ("TIMEOUT", "10207")


# --- records -----------------------------------------------------------------------------------------------------


async def test_a_record_is_taken_once_and_can_be_fetched() -> None:
    stage = Stage()
    session = await stage.session(THERE)
    first = await stage.send(SubmitCdr(cdr=cdr(session, THERE)))
    again = await stage.send(SubmitCdr(cdr=cdr(session, THERE)))
    assert (first.accepted, first.already_there, first.provider) == (True, False, MSP)
    assert (again.accepted, again.already_there) == (True, True)
    found = await stage.send(FetchCdr(session=session), AS_EMSP)
    assert found.cdrs == (cdr(session, THERE, operator=DELON, provider=MSP),)
    assert stage.state["cdrs"][session.hub]["energy_kwh"] == "21.48"


async def test_no_session_no_record() -> None:
    stage = Stage()
    receipt = await stage.send(SubmitCdr(cdr=cdr(SessionIds(hub="IOP-X"))))
    assert (receipt.accepted, receipt.reason.code) == (False, "10501")
    assert (await stage.send(FetchCdr(session=SessionIds(hub="IOP-X")), AS_EMSP)).reason.code == "10501"


async def test_another_operator_cannot_settle_a_session() -> None:
    stage = Stage()
    receipt = await stage.send(SubmitCdr(cdr=cdr(await stage.session(HERE), THERE)))
    assert (receipt.accepted, receipt.reason.code) == (False, "10508")


async def test_an_intermediate_record_is_taken_only_where_it_was_asked_for() -> None:
    stage = Stage()
    session = await stage.session()
    receipt = await stage.send(SubmitCdr(cdr=cdr(session, nature=CdrNature.INTERMEDIATE)))
    assert (receipt.accepted, receipt.reason.code) == (False, "10506")
    wanted = Authorization(allowed=Allowed.ALLOWED, intermediate_cdr_requested=True)
    stage = Stage(CLOSED, emsp=Recorder([wanted, *[CdrReceipt(accepted=True)] * 3]))
    session = await stage.session()
    for hours, nature in enumerate((CdrNature.INTERMEDIATE, CdrNature.INTERMEDIATE, CdrNature.FINAL), 1):
        record = cdr(session, nature=nature, end=NOON + timedelta(hours=hours))
        assert (await stage.send(SubmitCdr(cdr=record))).accepted is True
    shown = stage.state["sessions"][session.hub]
    assert (shown["final_cdr"], shown["intermediate_cdrs"]) == (True, 2)


async def test_a_record_goes_on_to_the_emsp_with_all_names() -> None:
    yes = Authorization(allowed=Allowed.ALLOWED, session=SessionIds(emsp="M-1"))
    stage = Stage(CLOSED, emsp=Recorder([yes, CdrReceipt(accepted=True)]))
    session = await stage.session(THERE)
    assert (await stage.send(SubmitCdr(cdr=cdr(session, THERE)))).accepted is True
    message = stage.emsp.asked[1]
    assert isinstance(message, SubmitCdr)
    assert message.cdr == cdr(replace(session, emsp="M-1"), THERE, operator=DELON, provider=MSP)


@pytest.mark.parametrize("code", ["10504", "10505"])
async def test_a_record_that_does_not_get_through_can_be_sent_again(code: str) -> None:
    yes = Authorization(allowed=Allowed.ALLOWED)
    stage = Stage(CLOSED, emsp=Recorder([yes, CdrReceipt(accepted=True)]))
    session = await stage.session()
    stage.down = NotSent("gone") if code == "10504" else HttpResponse(status=500, body=b"oops")
    with pytest.raises(Refused) as caught:
        await stage.send(SubmitCdr(cdr=cdr(session)))
    assert (caught.value.code, caught.value.retryable) == (code, True)
    stage.down = None
    assert (await stage.send(SubmitCdr(cdr=cdr(session)))).already_there is False


async def test_a_second_record_is_taken_where_the_world_says_so() -> None:
    stage = Stage(replace(OPEN, settings={"second_cdr": "accept"}))
    session = await stage.session()
    for _ in range(2):
        assert (await stage.send(SubmitCdr(cdr=cdr(session)))).already_there is False


async def test_the_request_of_the_slide_is_answered() -> None:
    """Its id is shortened with dots; the ids of both partners still name the session."""
    slide = HttpRequest(body=(FIXTURES / "emip" / "slide_get_charge_detail_record.http").read_bytes())
    stage = Stage()
    response = await stage.iop.handle(slide)
    assert opened(response.body, SOAP_12).child.findtext("requestStatus") == "10501"
    session = (await stage.send(AuthorizeToken(token=CARD, evse=HERE))).session
    named = replace(session, cpo="8798489", emsp="8756546889")
    await stage.send(SubmitCdr(cdr=cdr(named)))
    response = await stage.iop.handle(slide)
    child = opened(response.body, SOAP_12).child
    assert (child.findtext("requestStatus"), child.findtext("transactionId")) == ("1", "TRANSACTION_46151")
    assert child.findtext("chargeDetailRecord/serviceSessionId") == session.hub


# --- what it cannot read -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (HttpRequest(method="GET"), 405),
        (HttpRequest(body=b""), 400),
        (HttpRequest(body=b"<a/>"), 400),
        (HttpRequest(body=(FIXTURES / "emip" / "heart_beat_in_soap_11.xml").read_bytes()), 400),
        (HttpRequest(body=(FIXTURES / "emip" / "set_charge_detail_record_duplicate.xml").read_bytes()), 400),
        (HttpRequest(body=(FIXTURES / "emip" / "from_iop_set_service_authorisation_stop.xml").read_bytes()), 400),
        (
            HttpRequest(
                body=(FIXTURES / "emip" / "set_evse_busy_reserved.xml")
                .read_bytes()
                .replace(b"<busyStatus>3</busyStatus>", b"")
            ),
            400,
        ),
    ],
)
async def test_what_is_no_request_of_iop_is_a_fault(request_: HttpRequest, status: int) -> None:
    response = await Stage().iop.handle(request_)
    assert (response.status, opened(response.body, SOAP_12).operation) == (status, "Fault")


async def test_a_reset_forgets_everything() -> None:
    stage = Stage()
    await stage.session()
    stage.iop.reset()
    assert stage.state["sessions"] == {}


@needs_conformance
async def test_everything_it_and_we_write_fits_the_schema() -> None:
    schema = etree.XMLSchema(etree.parse(str(CONFORMANCE / "emip" / "contract" / "emip-all.xsd")))
    answers = [Authorization(allowed=Allowed.ALLOWED), CdrReceipt(accepted=True)]
    done = CommandResult(status=CommandStatus.ACCEPTED)
    stage = Stage(CLOSED, emsp=Recorder(answers), cpo=Recorder([done, done]))
    await stage.send(Heartbeat())
    await stage.send(PublishStatuses(statuses=(EvseStatusReport(evse=HERE, status=EvseStatus.AVAILABLE),)))
    session = await stage.session()
    await stage.send(SubmitCdr(cdr=cdr(session)))
    await stage.send(FetchCdr(session=session), AS_EMSP)
    started = await stage.send(StartSession(token=CARD, evse=HERE), AS_EMSP)
    await stage.send(StopSession(session=started.session), AS_EMSP)
    await stage.send(AuthorizeToken(token=replace(CARD, uid="04FFFFFFFFFFFF"), evse=HERE))
    await stage.send(StopSession(session=SessionIds(hub="IOP-X")), AS_EMSP)
    await stage.send(SubmitCdr(cdr=cdr(SessionIds(hub="IOP-X"))))
    assert len(stage.written) == 30
    assert [body for body in stage.written if not schema.validate(etree.fromstring(body))] == []
