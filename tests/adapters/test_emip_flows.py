"""What lets a driver charge and what does not, over every value there is; what a request status means for a record."""

from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from gateway.errors import GatewayError, Refused
from gateway.model import messages as m
from gateway.model.common import Reason
from gateway.model.ids import ContractId
from gateway.model.session import Session, SessionEvent, SessionEventKind, SessionIds
from gateway.model.token import Token, TokenType
from gateway.ports import Call, Connection
from gateway.routing import find
from gateway.wire import decode_document, document
from gateway_emip import adapter, forms, wire
from gateway_emip.translate.authorisations import read_allowed
from gateway_emip.translate.parts import is_taken, read_command_status
from gateway_emip.words import CODES, EVENT, known
from tests.adapters.emip_values import (
    AS_CPO,
    AS_EMSP,
    CARD,
    CDR,
    HERE,
    NOON,
    SESSION,
    granted,
    noted,
    receipt,
    said,
    sent,
    start_from_iop,
)
from tests.support import FakeLink, Recorder

UNKNOWN = ("0", "2", "204", "777", "9999", "10000", "10999", "99999999", "-1", "-9999994")
STATUSES = (*CODES, *UNKNOWN)
VALUES = ("1", "2", "0", "3", "", "true", "OK")


# --- charging is allowed only by both ----------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "status"), list(product((*VALUES, None), (*STATUSES, None))))
def test_only_value_1_with_status_1_lets_anybody_charge(value: str | None, status: str | None) -> None:
    allowed = read_allowed(value, status) is m.Allowed.ALLOWED
    assert allowed is ((value, status) == ("1", "1"))


@pytest.mark.parametrize(("value", "status"), list(product(("1", "2"), STATUSES)))
async def test_no_answer_of_iop_but_one_starts_a_charge(value: str, status: str) -> None:
    """What is no decision at all is an error, which starts nothing either."""
    hub = FakeLink(AS_CPO, [_answer(value, status)])
    ask = m.AuthorizeToken(token=CARD, evse=HERE, session=SessionIds(cpo="LON-1"))
    try:
        answer = await adapter.sends[m.AuthorizeToken](hub, ask)
    except GatewayError:
        assert (value, status) != ("1", "1")
        return
    assert (answer.allowed is m.Allowed.ALLOWED) is ((value, status) == ("1", "1"))


def _answer(value: str, status: str) -> Any:
    """As IOP might write it, which our own writer would not for every status."""
    body = granted("1", "1").body.replace(b"<authorisationValue>1", f"<authorisationValue>{value}".encode())
    return type(granted())(
        headers={"content-type": "application/soap+xml"},
        body=body.replace(b"<requestStatus>1<", f"<requestStatus>{status}<".encode()),
    )


@pytest.mark.parametrize("status", UNKNOWN)
def test_a_command_with_an_unknown_status_was_not_carried_out(status: str) -> None:
    assert read_command_status(status) is m.CommandStatus.FAILED


# --- records -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "taken"),
    [("1", True), ("10701", True), ("204", True), ("777", True), ("9999", True), ("201", False), ("10501", False),
     ("10508", False)],
)  # fmt: skip
async def test_a_record_is_taken_with_a_warning_that_nobody_knows(status: str, taken: bool) -> None:
    assert is_taken(status) is taken
    hub = FakeLink(AS_CPO, [_receipt(status)])
    answer = await adapter.sends[m.SubmitCdr](hub, m.SubmitCdr(cdr=CDR))
    assert (answer.accepted, answer.already_there) == (taken, status == "10701")


@pytest.mark.parametrize("status", ["10502", "10000", "10999", "-9999992", "-1", "0"])
async def test_a_failure_is_no_answer_to_a_record(status: str) -> None:
    with pytest.raises(Refused) as caught:
        await adapter.sends[m.SubmitCdr](FakeLink(AS_CPO, [_receipt(status)]), m.SubmitCdr(cdr=CDR))
    assert caught.value.code == status


def _receipt(status: str) -> Any:
    reply = receipt()
    body = reply.body.replace(b"<requestStatus>1<", f"<requestStatus>{status}<".encode())
    return type(reply)(headers=reply.headers, body=body)


@pytest.mark.parametrize("code", [code for code in CODES if code.startswith("-")])
def test_a_peers_own_codes_are_never_written(code: str) -> None:
    written = forms.CDR_ANSWER.write(m.CdrReceipt(transaction="T", accepted=True, reason=Reason(code=code)))
    assert written.request_status == "1"


# --- values that no list has -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "element", "plain"),
    [
        (forms.AVAILABILITY, "availabilityStatus", {"availability_status": "2"}),
        (forms.BUSY, "busyStatus", {"busy_status": "1"}),
    ],
)
def test_an_unknown_status_is_kept_as_its_number_and_means_nothing(
    form: Any, element: str, plain: dict[str, str]
) -> None:
    model = form.wire(
        partner_id_type="eMI3", partner_id="NL*LON", operator_id_type="eMI3", operator_id="NL*LON",
        evse_id_type="eMI3", evse_id=str(HERE), status_event_date=NOON, **plain,
    )  # fmt: skip
    written = document(model)
    written.find(element).text = "17"
    message = form.read(decode_document(form.wire, written).model)
    assert message.statuses[0].status is None
    assert document(form.write(message)).findtext(element) == "17"


def test_only_four_kinds_of_events_have_a_word() -> None:
    assert adapter.events == {
        SessionEventKind.EMERGENCY_STOP, SessionEventKind.END, SessionEventKind.SUSPEND, SessionEventKind.START,
    }  # fmt: skip
    assert set(known(EVENT)) == {"0", "1", "2", "3"}


# --- users -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uid", "warned"),
    [("04B1C2D3", False), ("04B1C2D3E4F590", False), ("4B1C2D3", True), ("04B1C2D3E4", True), ("NOHEXNOH", True)],
)
def test_the_number_of_a_card_has_4_or_7_bytes(uid: str, warned: bool) -> None:
    ask = m.AuthorizeToken(token=Token(uid=uid, type=TokenType.RFID), evse=HERE)
    written = decode_document(forms.AUTHORISATION.wire, document(forms.AUTHORISATION.write(ask)))
    assert any(one.pointer.endswith("/userId") for one in written.findings) is warned


async def test_a_car_asks_by_its_contract_as_emp_spec() -> None:
    car = Token(uid="x", type=TokenType.EMAID, contract_id=ContractId.parse("FR-MSP-C0000A101"))
    hub = FakeLink(AS_CPO, [granted()])
    await adapter.sends[m.AuthorizeToken](hub, m.AuthorizeToken(token=car, evse=HERE))
    told = sent(hub.asked[0], forms.AUTHORISATION)
    assert (told.user_id_type, told.user_id) == ("EMP-SPEC", "FR-MSP-C0000A101")


# --- bookings and limits, both ways ------------------------------------------------------------------------------


async def test_a_booking_and_limits_reach_the_backend_of_the_operator() -> None:
    limits = wire.MeterReportList(
        meter_report=(wire.MeterReport(meter_type_id="2", meter_value=Decimal("15000"), meter_unit="Wh"),)
    )
    request = start_from_iop(booking_id="B-1", meter_limit_list=limits, intermediate=True)
    backend = Recorder([m.CommandResult(status=m.CommandStatus.ACCEPTED)])
    await _called(AS_CPO, request, backend)
    (start,) = backend.asked
    assert isinstance(start, m.StartSession)
    assert (start.booking_id, start.intermediate_cdr_requested) == ("B-1", True)
    assert [(one.kind, one.value, one.unit) for one in start.limits] == [("ENERGY", Decimal("15"), "kWh")]


async def test_a_provider_books_under_both_names() -> None:
    answer = wire.ToIopSetServiceAuthorisationResponse(
        transaction_id="T", request_status="1", service_session_id=SESSION
    )
    hub = FakeLink(AS_EMSP, [said(answer)])
    start = m.StartSession(
        token=CARD, evse=HERE, booking_id="B-1", emsp_booking_id="M-1", session=SessionIds(emsp="E-1")
    )
    assert (await adapter.sends[m.StartSession](hub, start)).status is m.CommandStatus.ACCEPTED
    told = sent(hub.asked[0], forms.START)
    assert (told.booking_id, told.sale_partner_booking_id, told.partner_service_session_id) == ("B-1", "M-1", "E-1")


async def _called(connection: Connection, request: Any, backend: Recorder) -> Any:
    route, parameters = find(adapter.routes, request, connection.role)
    return await route.answer(Call(connection, request, backend, FakeLink(connection), parameters))


async def test_the_receipt_of_an_event_is_taken_with_an_unknown_warning() -> None:
    reply = noted()
    warned = type(reply)(headers=reply.headers, body=reply.body.replace(b"<requestStatus>1<", b"<requestStatus>777<"))
    session = Session(ids=SessionIds(hub=SESSION), evse=HERE)
    message = m.ReportEvent(event=SessionEvent(kind=SessionEventKind.START, at=NOON), session=session)
    answer = await adapter.sends[m.ReportEvent](FakeLink(AS_CPO, [warned]), message)
    assert answer.accepted is True
