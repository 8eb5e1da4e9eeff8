"""What we ask IOP, and what we make of its answers; no network."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.errors import ForeignOperator, Invalid, NoAnswer, Refused, Undecodable, Unsupported
from gateway.http import HttpResponse
from gateway.model.cdr import Cdr
from gateway.model.common import Reason, Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway.model.messages import (
    Allowed,
    Authorization,
    AuthorizeToken,
    CdrReceipt,
    Cdrs,
    CommandResult,
    CommandStatus,
    EvseStatusReport,
    FetchCdr,
    Heartbeat,
    HeartbeatAnswer,
    Message,
    Publication,
    PublishStatuses,
    Refusal,
    StartSession,
    StopSession,
    SubmitCdr,
)
from gateway.model.party import Operator
from gateway.model.session import SessionIds
from gateway.model.token import Token, TokenType
from gateway.ports import Connection
from gateway.translation import AnyForm
from gateway.wire import WireModel, decode_document
from gateway.wire.soap import SOAP_12, fault, opened, sealed
from gateway_emip import adapter, forms, wire
from gateway_emip.exchange import main_operator
from gateway_emip.heartbeats import beat as beaten
from gateway_emip.words import CODES
from tests.support import FakeLink, Recorder

DONE = Reason(code="1", text=CODES["1"].meaning)

LON, DELON, MSP = PartyId.parse("NL*LON"), PartyId.parse("DE*LON"), PartyId.parse("FR*MSP")
HERE, THERE = EvseId.parse("NL*LON*E5678*2"), EvseId.parse("DE*LON*E1111*11")
CARD = Token(uid="04B1C2D3E4F590", type=TokenType.RFID)
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
OPERATORS = (Operator(id=LON), Operator(id=DELON))
AS_CPO = Connection("gireve", "gireve", "emip", Role.CPO, LON, OPERATORS)
AS_EMSP = Connection("gireve-emsp", "gireve", "emip", Role.EMSP, MSP)
TRANSACTION = "00000000-0000-4000-8000-000000000001"


def said(model: WireModel, status: int = 200) -> HttpResponse:
    return HttpResponse(status=status, body=sealed(SOAP_12, model))


def link(*replies: HttpResponse | Exception, connection: Connection = AS_CPO) -> FakeLink:
    return FakeLink(connection, list(replies))


async def send(hub: FakeLink, message: Message[Any]) -> Any:
    return await adapter.sends[type(message)](hub, message)


def asked(hub: FakeLink, form: AnyForm, place: int = 0) -> Any:
    """The wire model of a request that went out."""
    return decode_document(form.wire, opened(hub.asked[place].body, SOAP_12).child).model


def authorised(value: str | None, status: str, session: str | None = "IOP-1") -> HttpResponse:
    answer = wire.ToIopGetServiceAuthorisationResponse(
        transaction_id=TRANSACTION,
        sale_partner_operator_id_type="eMI3",
        sale_partner_operator_id="FR*MSP",
        authorisation_value=value,
        service_session_id=session,
        intermediate_cdr_requested=False,
        request_status=status,
    )
    return said(answer)


# --- authorisation -----------------------------------------------------------------------------------------------


async def test_an_authorisation_goes_out_under_the_operator_of_the_evse() -> None:
    hub = link(authorised("1", "1"))
    answer = await send(hub, AuthorizeToken(token=CARD, evse=THERE, session=SessionIds(cpo="C-1")))
    assert answer == Authorization(
        reason=DONE,
        transaction=TRANSACTION,
        allowed=Allowed.ALLOWED,
        provider=MSP,
        session=SessionIds(hub="IOP-1"),
        intermediate_cdr_requested=False,
    )
    request = hub.asked[0]
    assert (request.method, request.path, request.service) == ("POST", "", "")
    assert request.headers == {
        "content-type": 'application/soap+xml; charset=UTF-8; action="https://api-iop.gireve.com/services/'
        'eMIP_ToIOP_GetServiceAuthorisationV1/"',
        "accept": "application/soap+xml",
    }
    assert asked(hub, forms.AUTHORISATION) == wire_equal(
        transaction_id=TRANSACTION, partner_id="NL*LON", operator_id="DE*LON", evse_id="DE*LON*E1111*11"
    )


class wire_equal:  # noqa: N801
    """Equal to a wire model that has these values."""

    def __init__(self, **wanted: object) -> None:
        self.wanted = wanted

    def __eq__(self, other: object) -> bool:
        return {name: getattr(other, name) for name in self.wanted} == self.wanted

    def __repr__(self) -> str:
        return repr(self.wanted)


@pytest.mark.parametrize(
    ("value", "status", "allowed"),
    [("2", "1", Allowed.NOT_ALLOWED), ("1", "202", Allowed.NOT_ALLOWED), ("2", "10210", Allowed.NO_ANSWER)],
)
async def test_a_refused_driver_is_an_answer(value: str, status: str, allowed: Allowed) -> None:
    answer = await send(link(authorised(value, status, None)), AuthorizeToken(token=CARD, evse=HERE))
    assert answer.allowed is allowed


async def test_a_yes_without_a_session_to_settle_under_is_no_yes() -> None:
    with pytest.raises(Undecodable, match="serviceSessionId"):
        await send(link(authorised("1", "1", None)), AuthorizeToken(token=CARD, evse=HERE))


@pytest.mark.parametrize(
    ("status", "retryable"), [("10502", False), ("-9999990", True), ("10999", False), ("-5", False), ("x", False)]
)
async def test_a_technical_failure_is_raised_with_its_code(status: str, retryable: bool) -> None:
    with pytest.raises(Refused) as caught:
        await send(link(authorised(None, status, None)), AuthorizeToken(token=CARD, evse=HERE))
    assert (caught.value.code, caught.value.retryable) == (status, retryable)


@pytest.mark.parametrize(
    ("reply", "code", "retryable"),
    [
        (HttpResponse(status=400, body=fault(SOAP_12, "bad", ours=False)), "soap:Sender", False),
        (HttpResponse(status=500, body=fault(SOAP_12, "down", ours=True)), "soap:Receiver", True),
        (HttpResponse(status=403, body=b"no"), "HTTP 403", False),
    ],
)
async def test_faults_and_error_pages_are_refusals(reply: HttpResponse, code: str, retryable: bool) -> None:
    with pytest.raises(Refused) as caught:
        await send(link(reply), AuthorizeToken(token=CARD, evse=HERE))
    assert (caught.value.code, caught.value.retryable) == (code, retryable)


async def test_after_a_servers_own_fault_nobody_knows_whether_it_has_acted() -> None:
    with pytest.raises(Undecodable, match="HTTP 500"):
        await send(link(HttpResponse(status=500, body=b"<html>oops</html>")), AuthorizeToken(token=CARD, evse=HERE))


async def test_another_message_than_the_answer_is_not_taken_for_it() -> None:
    beat = wire.HeartBeatResponse(heart_beat_period=1, current_time=NOON, transaction_id="T", request_status="1")
    for reply in (said(beat), HttpResponse(body=b"<html/>"), HttpResponse(body=b"")):
        with pytest.raises(Undecodable):
            await send(link(reply), AuthorizeToken(token=CARD, evse=HERE))


async def test_a_message_that_breaks_a_rule_does_not_leave() -> None:
    hub = link()
    with pytest.raises(Invalid) as caught:
        await send(hub, AuthorizeToken(evse=HERE))
    assert [finding.pointer.rpartition("/")[2] for finding in caught.value.findings] == ["userIdType", "userId"]
    with pytest.raises(ForeignOperator):
        await send(hub, AuthorizeToken(token=CARD, evse=EvseId.parse("FR*ABC*E1")))
    assert hub.asked == []


async def test_each_role_sends_what_is_its_own() -> None:
    with pytest.raises(Unsupported):
        await send(link(), StartSession(evse=HERE))
    with pytest.raises(Unsupported):
        await send(link(connection=AS_EMSP), AuthorizeToken(evse=HERE))


async def test_nothing_is_tried_twice() -> None:
    hub = link(NoAnswer("silence"))
    with pytest.raises(NoAnswer):
        await send(hub, AuthorizeToken(token=CARD, evse=HERE))
    assert len(hub.asked) == 1


# --- statuses ----------------------------------------------------------------------------------------------------


def availability(status: str) -> HttpResponse:
    return said(wire.SetEvseAvailabilityStatusResponse(transaction_id="T", request_status=status))


def busy(status: str) -> HttpResponse:
    return said(wire.SetEvseBusyStatusResponse(transaction_id="T", request_status=status))


async def test_statuses_of_two_operators_go_out_one_by_one() -> None:
    hub = link(availability("1"), busy("1"), availability("1"))
    reports = (
        EvseStatusReport(evse=HERE, status=EvseStatus.CHARGING, at=NOON),
        EvseStatusReport(evse=THERE, status=EvseStatus.OUTOFORDER),
    )
    assert await send(hub, PublishStatuses(statuses=reports)) == Publication(accepted=True, reason=DONE)
    first, second, third = (
        asked(hub, form, place) for place, form in enumerate((forms.AVAILABILITY, forms.BUSY, forms.AVAILABILITY))
    )
    assert (first.operator_id, first.availability_status) == ("NL*LON", "2")
    assert (second.operator_id, second.busy_status) == ("NL*LON", "2")
    assert (third.operator_id, third.availability_status, third.status_event_date) == ("DE*LON", "1", hub.moment)


async def test_a_refused_evse_does_not_hold_up_the_others() -> None:
    hub = link(availability("10601"), availability("777"))
    reports = tuple(EvseStatusReport(evse=evse, status=EvseStatus.OUTOFORDER) for evse in (HERE, THERE))
    publication = await send(hub, PublishStatuses(statuses=reports))
    text = "10601: The place is not known."
    assert publication.accepted is True
    assert publication.refused == (Refusal(evse=HERE, text=text),)


async def test_nothing_taken_is_not_accepted() -> None:
    report = EvseStatusReport(evse=HERE, status=EvseStatus.AVAILABLE)
    publication = await send(link(availability("1"), busy("10601")), PublishStatuses(statuses=(report,)))
    assert publication.accepted is False
    assert publication.reason == Reason(code="10601", text="The place is not known.")


# --- records -----------------------------------------------------------------------------------------------------

CDR = Cdr(
    session=SessionIds(hub="IOP-1", cpo="C-1"),
    evse=THERE,
    token=CARD,
    start=NOON,
    end=NOON.replace(hour=13),
    energy_kwh=Decimal("21.48"),
)


def receipt(status: str) -> HttpResponse:
    answer = wire.ToIopSetChargeDetailRecordResponse(
        transaction_id=TRANSACTION,
        sale_partner_operator_id_type="eMI3",
        sale_partner_operator_id="FR*MSP",
        service_session_id="IOP-1",
        request_status=status,
    )
    return said(answer)


async def test_a_record_is_taken() -> None:
    hub = link(receipt("1"))
    taken = await send(hub, SubmitCdr(cdr=CDR))
    session = SessionIds(hub="IOP-1")
    assert taken == CdrReceipt(reason=DONE, transaction=TRANSACTION, accepted=True, session=session, provider=MSP)
    sent = asked(hub, forms.CDR)
    assert (sent.partner_id, sent.operator_id, sent.charge_detail_record.cdr_nature) == ("NL*LON", "DE*LON", "1")


async def test_a_record_that_was_there_before_is_delivered() -> None:
    taken = await send(link(receipt("10701")), SubmitCdr(cdr=CDR))
    assert (taken.accepted, taken.already_there) == (True, True)


async def test_a_record_with_an_unknown_warning_is_taken_with_its_reason() -> None:
    taken = await send(link(receipt("777")), SubmitCdr(cdr=CDR))
    assert (taken.accepted, taken.reason) == (True, Reason(code="777"))


async def test_a_record_of_an_unknown_session_is_refused() -> None:
    taken = await send(link(receipt("10501")), SubmitCdr(cdr=CDR))
    assert (taken.accepted, taken.reason.code) == (False, "10501")


async def test_a_record_that_did_not_reach_the_emsp_is_still_owed() -> None:
    with pytest.raises(Refused) as caught:
        await send(link(receipt("10504")), SubmitCdr(cdr=CDR))
    assert (caught.value.code, caught.value.retryable) == ("10504", True)


async def test_a_record_without_a_session_of_iop_does_not_leave() -> None:
    hub = link()
    with pytest.raises(Invalid):
        await send(hub, SubmitCdr(cdr=replace(CDR, session=SessionIds(cpo="C-1"))))
    assert hub.asked == []


# --- as EMSP -----------------------------------------------------------------------------------------------------


async def test_a_remote_start_goes_out_under_the_provider() -> None:
    answer = wire.ToIopSetServiceAuthorisationResponse(
        transaction_id="T",
        request_status="1",
        service_session_id="IOP-2",
        exec_partner_operator_id_type="eMI3",
        exec_partner_operator_id="NL*LON",
    )
    hub = link(said(answer), connection=AS_EMSP)
    result = await send(hub, StartSession(token=CARD, evse=HERE, session=SessionIds(emsp="M-2")))
    assert result == CommandResult(
        reason=DONE,
        transaction="T",
        status=CommandStatus.ACCEPTED,
        session=SessionIds(hub="IOP-2"),
        executing_operator=LON,
    )
    sent = asked(hub, forms.START)
    assert (sent.partner_id, sent.operator_id, sent.authorisation_value) == ("FR*MSP", "FR*MSP", "1")


async def test_a_start_that_nobody_could_stop_is_no_start() -> None:
    answer = wire.ToIopSetServiceAuthorisationResponse(transaction_id="T", request_status="1")
    hub = link(said(answer), connection=AS_EMSP)
    with pytest.raises(Undecodable, match="serviceSessionId"):
        await send(hub, StartSession(token=CARD, evse=HERE, session=SessionIds(emsp="M-2")))


async def test_an_emergency_stop_goes_out_as_0_and_now() -> None:
    answer = wire.ToIopSetSessionActionRequestResponse(
        transaction_id="T", service_session_id="IOP-2", session_action_id="A-1", request_status="10501"
    )
    hub = link(said(answer), connection=AS_EMSP)
    result = await send(hub, StopSession(session=SessionIds(hub="IOP-2"), action="EMERGENCY_STOP"))  # type: ignore[arg-type]
    assert result.status is CommandStatus.UNKNOWN_SESSION
    action = asked(hub, forms.ACTION).session_action
    assert (action.session_action_nature, action.session_action_date_time) == ("0", hub.moment)


async def test_a_record_of_unknown_nature_is_not_taken_for_the_final_one() -> None:
    record = forms.CDR.write(SubmitCdr(cdr=CDR)).charge_detail_record
    assert record is not None
    records = (replace(record, cdr_nature="7"), record)
    answer = wire.GetChargeDetailRecordResponse(transaction_id="T", charge_detail_record=records, request_status="1")
    found = await send(link(said(answer), connection=AS_EMSP), FetchCdr(session=SessionIds(hub="IOP-1")))
    assert [cdr.nature for cdr in found.cdrs] == ["FINAL"]


async def test_a_record_is_fetched_by_the_ids_of_its_session() -> None:
    record = forms.CDR.write(SubmitCdr(cdr=CDR)).charge_detail_record
    assert record is not None
    answer = wire.GetChargeDetailRecordResponse(
        transaction_id="T",
        charge_detail_record_list=wire.ChargeDetailRecordList(charge_detail_record=(record,)),
        request_status="1",
    )
    hub = link(said(answer), connection=AS_EMSP)
    found = await send(hub, FetchCdr(session=SessionIds(hub="IOP-1", cpo="C-1", emsp="M-1")))
    assert found == Cdrs(
        reason=DONE, transaction="T", cdrs=(replace(CDR, nature="FINAL", energy_known=True, rated=False),)
    )
    sent = asked(hub, forms.FETCH)
    assert (sent.service_session_id, sent.exec_partner_session_id, sent.sale_partner_session_id) == (
        "IOP-1",
        "C-1",
        "M-1",
    )


# --- heartbeat ---------------------------------------------------------------------------------------------------


def beat(period: int | None) -> HttpResponse:
    return said(
        wire.HeartBeatResponse(heart_beat_period=period, current_time=NOON, transaction_id="T", request_status="1")
    )


async def test_a_heartbeat_tells_the_period_and_the_clock_of_the_hub() -> None:
    hub = link(beat(600))
    assert await send(hub, Heartbeat()) == HeartbeatAnswer(
        reason=DONE, transaction="T", period_seconds=600, hub_time=NOON
    )
    assert asked(hub, forms.HEARTBEAT).operator_id == "NL*LON"


@pytest.mark.parametrize(("wanted", "seconds"), [(600, 600), (1, 30), (9999, 3600), (None, 300)])
async def test_the_next_heartbeat_is_when_the_hub_wants_it_within_bounds(wanted: int | None, seconds: int) -> None:
    (job,) = adapter.jobs
    assert (job.name, job.role, job.period_seconds, job.run) == ("heartbeat", None, 300, beaten)
    assert (await beaten(link(beat(wanted)), Recorder())).wait_seconds == seconds


async def test_a_heartbeat_for_each_operator_where_the_connection_says_so() -> None:
    hub = link(beat(300), beat(300), connection=replace(AS_CPO, options={"heartbeat_per_operator": True}))
    await beaten(hub, Recorder())
    assert [asked(hub, forms.HEARTBEAT, place).operator_id for place in (0, 1)] == ["NL*LON", "DE*LON"]
    assert main_operator(AS_EMSP) == MSP
