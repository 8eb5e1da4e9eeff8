"""CDRs that are fetched: off unless it is switched on, by hand and by the clock, and never a second one."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.cdrs.fetching import CdrFetching
from gateway.errors import Invalid, Refused, Unsupported
from gateway.gateway import Gateway
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.model.session import Session, SessionEvent, SessionEventKind, SessionIds
from gateway.ports import Connection, Written
from gateway.simulation import world
from gateway.web.hosting import Hosted
from gateway.web.simulate import simulation_of
from gateway.wire import decode_document
from gateway.wire.soap import SOAP_12, fault, opened
from gateway.workbench import decode
from gateway_emip import adapter, forms, wire
from gateway_emip.documents import answered
from tests.adapters.test_emip_simulator import CARD, HERE, LON, MSP, cdr
from tests.support import FIXTURES, FakeLink

SLIDE = FIXTURES / "emip" / "slide_get_charge_detail_record.http"
ON = {"fetch_cdrs": {"enabled": True}}
HUB = "IOP-SID-GIR-V-SIM01-000000000301"
IDS = SessionIds(hub=HUB, cpo="C-1", emsp="M-1")


class Platform:
    """A backend that books what it is given."""

    def __init__(self) -> None:
        self.booked: list[m.SubmitCdr] = []

    async def submit_cdr(self, connection: Connection, message: m.SubmitCdr) -> m.CdrReceipt:
        self.booked.append(message)
        return m.CdrReceipt(accepted=True)

    async def report_event(self, connection: Connection, message: m.ReportEvent) -> m.EventReceipt:
        return m.EventReceipt(accepted=True)

    async def authorize_token(self, connection: Connection, message: m.AuthorizeToken) -> m.Authorization:
        return m.Authorization(allowed=m.Allowed.ALLOWED, session=SessionIds(emsp="M-1"))


class Link(FakeLink):
    """A platform that has the CDR of one session. `asked` are the questions."""

    reply: HttpResponse | None = None

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(request)
        if self.reply is not None:
            return self.reply
        record = forms.CDR.write(m.SubmitCdr(cdr=cdr(IDS))).charge_detail_record
        answer = wire.GetChargeDetailRecordResponse(
            transaction_id="T", charge_detail_record=(record,) if record is not None else (), request_status="1"
        )
        return answered(answer)


def connection(**options: Any) -> Connection:
    return Connection("gireve", "gireve", "emip", Role.EMSP, MSP, options=options, insecure_loopback=True)


class House:
    """A gateway of an EMSP; its clock is moved by hand."""

    def __init__(self, **options: Any) -> None:
        self.link = Link(connection(**options))
        self.platform = Platform()
        self.gateway = Gateway({"gireve": self.link.connection}, self.platform, link=lambda _: self.link)
        self.ahead = timedelta()
        hubs, take = self.gateway.hubs, self.gateway.inward.answer
        self.fetching = CdrFetching(self.gateway.database, hubs, take, lambda: datetime.now(UTC) + self.ahead)

    async def call(self, form: Any, message: m.Message[Any]) -> Any:
        body = adapter.render(Written(form, form.write(message)), None)
        response = await self.gateway.handle("gireve", HttpRequest(body=body))
        return opened(response.body, SOAP_12).operation

    async def session(self) -> None:
        """A driver was authorised over the platform."""
        question = m.AuthorizeToken(
            transaction="T-1", partner=PartyId.parse("FR*107"), operator=LON, provider=MSP, token=CARD, evse=HERE,
            session=SessionIds(hub=HUB), service_id="1",
        )  # fmt: skip
        assert await self.call(forms.FORWARDED_AUTHORISATION, question) == (
            "eMIP_FromIOP_GetServiceAuthorisationResponse"
        )

    async def event(self, kind: SessionEventKind) -> None:
        event = SessionEvent(kind=kind, at=datetime.now(UTC), id=f"E-{kind}")
        message = m.ReportEvent(
            transaction="T-2", partner=PartyId.parse("FR*107"), operator=LON, provider=MSP,
            session=Session(ids=SessionIds(hub=HUB)), event=event,
        )  # fmt: skip
        assert await self.call(forms.FORWARDED_EVENT, message) == "eMIP_FromIOP_SetSessionEventReportResponse"

    async def pushed(self) -> None:
        message = m.SubmitCdr(
            transaction="T-3", partner=PartyId.parse("FR*107"), operator=LON, provider=MSP, cdr=cdr(IDS, provider=MSP)
        )
        assert await self.call(forms.FORWARDED_CDR, message) == "eMIP_FromIOP_SetChargeDetailRecordResponse"

    async def handed_over(self) -> list[str | None]:
        await self.gateway.inward.hand_over()
        return [one.cdr.session.hub for one in self.platform.booked if one.cdr is not None]


@pytest.fixture
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    made = House(**getattr(request, "param", ON))
    yield made
    await made.gateway.stop()


# --- by hand -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("house", [{}, {"fetch_cdrs": {"enabled": False}}], indirect=True)
async def test_it_is_off_unless_it_is_switched_on(house: House) -> None:
    with pytest.raises(Unsupported, match=r"fetch_cdrs = \{ enabled = true \} switches it on"):
        await house.gateway.fetch_cdr("gireve", IDS)
    await house.session()
    await house.event(SessionEventKind.END)
    house.ahead = timedelta(days=2)
    assert await house.fetching.look() == 0
    assert house.link.asked == []


@pytest.mark.parametrize("house", [{"fetch_cdrs": {"enabled": "yes"}}], indirect=True)
async def test_a_setting_that_is_none_is_said(house: House) -> None:
    with pytest.raises(Invalid, match="enabled is true or false"):
        await house.gateway.fetch_cdr("gireve", IDS)


async def test_what_is_fetched_goes_the_way_of_what_is_pushed(house: House) -> None:
    (receipt,) = await house.gateway.fetch_cdr("gireve", IDS)
    assert (receipt.accepted, receipt.already_there) == (True, False)
    assert house.platform.booked == []
    assert await house.handed_over() == [HUB]
    asked = decode_document(forms.FETCH.wire, opened(house.link.asked[0].body).child).model
    assert forms.FETCH.read(asked).session == IDS


async def test_a_cdr_is_booked_once_however_often_it_comes(house: House) -> None:
    await house.gateway.fetch_cdr("gireve", IDS)
    (again,) = await house.gateway.fetch_cdr("gireve", IDS)
    assert (again.accepted, again.already_there) == (True, True)
    await house.pushed()
    assert await house.handed_over() == [HUB]


async def test_what_was_pushed_is_not_booked_again_when_it_is_fetched(house: House) -> None:
    await house.pushed()
    (again,) = await house.gateway.fetch_cdr("gireve", IDS)
    assert again.already_there
    assert await house.handed_over() == [HUB]


async def test_the_names_that_the_register_knows_are_asked_with(house: House) -> None:
    await house.session()
    await house.gateway.fetch_cdr("gireve", SessionIds(hub=HUB))
    assert b"<salePartnerSessionId>M-1</salePartnerSessionId>" in house.link.asked[0].body


async def test_a_hub_that_has_none_gives_none(house: House) -> None:
    house.link.reply = answered(wire.GetChargeDetailRecordResponse(transaction_id="T", request_status="10501"))
    assert await house.gateway.fetch_cdr("gireve", IDS) == []


async def test_only_an_emsp_fetches() -> None:
    cpo = Connection("gireve", "gireve", "emip", Role.CPO, LON, options=ON)
    gateway = Gateway({"gireve": cpo}, Platform(), link=lambda _: Link(cpo))
    with pytest.raises(Unsupported, match="no CDR of a session to ask for"):
        await gateway.fetch_cdr("gireve", IDS)
    await gateway.stop()


# --- by the clock ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [SessionEventKind.END, SessionEventKind.EMERGENCY_STOP])
async def test_a_session_that_ended_is_asked_for_after_its_time(house: House, kind: SessionEventKind) -> None:
    await house.session()
    await house.event(kind)
    assert await house.fetching.look() == 0
    assert house.link.asked == []
    house.ahead = timedelta(days=1, minutes=1)
    assert await house.fetching.look() == 1
    assert await house.fetching.look() == 0
    assert len(house.link.asked) == 1
    assert await house.handed_over() == [HUB]


async def test_a_session_that_runs_is_not_asked_for(house: House) -> None:
    await house.session()
    await house.event(SessionEventKind.START)
    house.ahead = timedelta(days=2)
    assert await house.fetching.look() == 0
    assert house.link.asked == []


async def test_a_session_whose_cdr_came_is_not_asked_for(house: House) -> None:
    await house.session()
    await house.event(SessionEventKind.END)
    await house.pushed()
    house.ahead = timedelta(days=2)
    assert await house.fetching.look() == 0
    assert house.link.asked == []


async def test_a_session_of_long_ago_is_given_up(house: House) -> None:
    await house.session()
    await house.event(SessionEventKind.END)
    house.ahead = timedelta(days=8)
    assert await house.fetching.look() == 0
    assert house.link.asked == []


async def test_a_platform_that_fails_is_asked_again_next_time(house: House) -> None:
    await house.session()
    await house.event(SessionEventKind.END)
    house.ahead = timedelta(days=2)
    house.link.reply = HttpResponse(status=500, body=fault(SOAP_12, "busy", ours=True))
    assert await house.fetching.look() == 0
    house.link.reply = None
    assert await house.fetching.look() == 1


@pytest.mark.parametrize("house", [{"fetch_cdrs": {"enabled": True, "after_seconds": 60}}], indirect=True)
async def test_our_own_stop_ends_a_session(house: House) -> None:
    await house.session()
    answer = wire.ToIopSetSessionActionRequestResponse(transaction_id="T", request_status="1")
    house.link.reply = answered(answer)
    await house.gateway.hub("gireve").send(m.StopSession(session=SessionIds(hub=HUB)))
    house.link.reply, house.ahead = None, timedelta(minutes=2)
    assert await house.fetching.look() == 1


# --- the source's own message ------------------------------------------------------------------------------------

CARDS = {"cards": [{"uid": CARD.uid, "contract": "FR-MSP-C0000A101-X", "provider": "FR-MSP"}]}


async def test_the_source_s_own_message_is_answered_with_a_cdr_over_http() -> None:
    """Read with its repairs, sent clean, and answered: its session is a session of the simulated platform."""
    reading = decode("emip", SLIDE.read_bytes(), SLIDE.name)
    assert [one.code for one in reading.findings] == ["repaired", "repaired", "repaired", "repaired", "elided"]
    message = reading.value
    assert isinstance(message, m.FetchCdr)
    async with Hosted(simulation_of("gireve", world(CARDS)).application()) as hosted:
        ours = {
            role: Connection(name, "gireve", "emip", role, party, urls={"": f"{hosted.url}/api/emip"},
                             insecure_loopback=True, options=ON)
            for name, role, party in (("cpo", Role.CPO, LON), ("emsp", Role.EMSP, MSP))
        }  # fmt: skip
        async with Gateway({one.name: one for one in ours.values()}, Platform()) as gateway:
            question = m.AuthorizeToken(token=CARD, evse=HERE, session=SessionIds(cpo="8798489"))
            answer: m.Authorization = await gateway.hub("cpo").send(question)
            assert answer.allowed is m.Allowed.ALLOWED
            settled = cdr(SessionIds(hub=answer.session.hub, cpo="8798489", emsp="8756546889"))
            taken: m.CdrReceipt = await gateway.hub("cpo").send(m.SubmitCdr(cdr=settled))
            assert taken.accepted
            found: m.Cdrs = await gateway.hub("emsp").send(message)
            assert found.reason is not None
    clean = adapter.render(adapter.writes[m.FetchCdr](message)[0], None)
    assert b"\n0dc6fc3" not in clean
    again = adapter.identify(clean, "")
    assert again.noticed == ()
    codes = [one.code for one in decode_document(again.form.wire, again.document).findings]
    assert codes == ["elided"]
    assert [one.session.cpo for one in found.cdrs] == ["8798489"]


def test_the_fixture_answer_is_marked_as_assumed() -> None:
    (one,) = [erratum for erratum in adapter.errata if erratum.topic == "GetChargeDetailRecord"]
    assert one.grade == "request A, response D"


async def test_a_fault_of_the_sender_is_said(house: House) -> None:
    house.link.reply = HttpResponse(status=400, body=fault(SOAP_12, "not for you", ours=False))
    with pytest.raises(Refused, match="not for you"):
        await house.gateway.fetch_cdr("gireve", IDS)
