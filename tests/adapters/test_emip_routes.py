"""What IOP calls: each answer in the operation's own words, each failure too."""

from typing import Any

import pytest
from lxml import etree

from gateway.errors import BackendFailed, ForeignOperator, GatewayError, Unauthenticated, Undecodable, Unsupported
from gateway.http import HttpRequest, HttpResponse
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import (
    Allowed,
    Authorization,
    AuthorizeToken,
    CdrReceipt,
    CommandResult,
    CommandStatus,
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
from gateway.translation import AnyForm
from gateway.wire import decode_document
from gateway.wire.soap import SOAP_12, opened
from gateway_emip import adapter, forms
from tests.support import FIXTURES, FakeLink, Recorder

LON, MSP = PartyId.parse("NL*LON"), PartyId.parse("FR*MSP")
AS_CPO = Connection("gireve", "gireve", "emip", Role.CPO, LON, (Operator(id=LON), Operator(id=PartyId.parse("DE*LON"))))
AS_EMSP = Connection("gireve-emsp", "gireve", "emip", Role.EMSP, MSP)
HERE = EvseId.parse("NL*LON*E5678*2")
CARD = Token(uid="04B1C2D3E4F590", type=TokenType.RFID)
STOP = (FIXTURES / "emip" / "from_iop_set_service_authorisation_stop.xml").read_text(encoding="utf-8")
START = STOP.replace("<authorisationValue>2", "<authorisationValue>1")
ACTION = (FIXTURES / "emip" / "from_iop_set_session_action_emergency_stop.xml").read_text(encoding="utf-8")
AUTHORISE = (
    (FIXTURES / "emip" / "get_service_authorisation.xml")
    .read_text(encoding="utf-8")
    .replace("eMIP_ToIOP", "eMIP_FromIOP")
    .replace("partnerServiceSessionId", "serviceSessionId")
    .replace(
        "      <EVSEIdType>",
        "      <targetOperatorIdType>eMI3</targetOperatorIdType>\n"
        "      <targetOperatorId>FR*MSP</targetOperatorId>\n      <EVSEIdType>",
    )
)
RECORD = (
    (FIXTURES / "emip" / "set_charge_detail_record_in_kwh.xml")
    .read_text(encoding="utf-8")
    .replace("eMIP_ToIOP", "eMIP_FromIOP")
)


async def call(text: str, connection: Connection, *answers: Any) -> tuple[HttpResponse, Recorder]:
    """As the gateway calls: the route, and `refuse` for what it raises."""
    request, backend = HttpRequest(body=text.encode()), Recorder(list(answers))
    try:
        await adapter.admit(FakeLink(connection), request)
        route, parameters = find(adapter.routes, request, connection.role)
        made = Call(connection, request, backend, FakeLink(connection), parameters)
        return await route.answer(made), backend
    except GatewayError as error:
        return adapter.refuse(connection, request, error), backend


def read(response: HttpResponse, form: AnyForm) -> Any:
    assert response.status == 200
    assert response.content_type == "application/soap+xml"
    return decode_document(form.wire, opened(response.body, SOAP_12).child).model


# --- as CPO ------------------------------------------------------------------------------------------------------


async def test_a_remote_start_reaches_the_backend_and_is_answered() -> None:
    result = CommandResult(status=CommandStatus.ACCEPTED, session=SessionIds(cpo="C-1"))
    response, backend = await call(START, AS_CPO, result)
    assert backend.asked == [
        StartSession(
            transaction="IOP-TID-GIR-V-SIM01-000000000104",
            partner=PartyId.parse("FR*107"),
            operator=LON,
            provider=MSP,
            token=CARD,
            evse=HERE,
            session=SessionIds(hub="IOP-SID-GIR-V-SIM01-000000000101"),
            service_id="1",
            intermediate_cdr_requested=False,
        )
    ]
    answer = read(response, forms.FORWARDED_START_ANSWER)
    assert answer.transaction_id == "IOP-TID-GIR-V-SIM01-000000000104"
    assert (answer.partner_service_session_id, answer.request_status) == ("C-1", "1")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (CommandStatus.EVSE_OCCUPIED, "205"),
        (CommandStatus.TIMEOUT, "206"),
        (CommandStatus.REJECTED, "10503"),
        (CommandStatus.FAILED, "10507"),
    ],
)
async def test_a_start_that_fails_says_why(status: CommandStatus, code: str) -> None:
    response, _ = await call(START, AS_CPO, CommandResult(status=status))
    assert read(response, forms.FORWARDED_START_ANSWER).request_status == code


async def test_value_2_of_a_session_that_nobody_knows_starts_and_stops_nothing() -> None:
    response, backend = await call(STOP, AS_CPO)
    assert backend.asked == []
    assert read(response, forms.FORWARDED_START_ANSWER).request_status == "10501"


@pytest.mark.parametrize("value", ["<authorisationValue>3</authorisationValue>", ""])
async def test_a_value_that_is_not_known_starts_and_stops_nothing(value: str) -> None:
    response, backend = await call(STOP.replace("<authorisationValue>2</authorisationValue>", value), AS_CPO)
    assert backend.asked == []
    assert read(response, forms.FORWARDED_START_ANSWER).request_status == "10201"


async def test_an_emergency_stop_reaches_the_backend_as_one() -> None:
    response, backend = await call(ACTION, AS_CPO, CommandResult(status=CommandStatus.ACCEPTED))
    message = backend.asked[0]
    assert isinstance(message, StopSession)
    assert (message.action, message.info, message.operator) == (SessionAction.EMERGENCY_STOP, "smoke", LON)
    assert read(response, forms.FORWARDED_ACTION_ANSWER).request_status == "1"


@pytest.mark.parametrize("nature", ["<sessionActionNature>7</sessionActionNature>", ""])
async def test_an_action_that_is_not_known_is_not_taken_for_a_stop(nature: str) -> None:
    response, backend = await call(ACTION.replace("<sessionActionNature>0</sessionActionNature>", nature), AS_CPO)
    assert backend.asked == []
    assert read(response, forms.FORWARDED_ACTION_ANSWER).request_status == "10506"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (CommandStatus.UNKNOWN_SESSION, "10501"),
        (CommandStatus.NOT_SUPPORTED, "10506"),
        (CommandStatus.TIMEOUT, "206"),
    ],
)
async def test_an_action_that_fails_says_why(status: CommandStatus, code: str) -> None:
    response, _ = await call(ACTION, AS_CPO, CommandResult(status=status))
    assert read(response, forms.FORWARDED_ACTION_ANSWER).request_status == code


async def test_the_target_operator_chooses_ours_and_no_other() -> None:
    foreign = ("<targetOperatorId>NL*LON", "<targetOperatorId>BE*XYZ")
    elsewhere = START.replace(*foreign).replace("NL*LON*E5678", "BE*XYZ*E5678")
    start, started = await call(elsewhere, AS_CPO)
    stop, stopped = await call(ACTION.replace(*foreign), AS_CPO)
    assert started.asked == stopped.asked == []
    assert read(start, forms.FORWARDED_START_ANSWER).request_status == "205"
    assert read(stop, forms.FORWARDED_ACTION_ANSWER).request_status == "10502"
    second = START.replace("NL*LON", "DE*LON")
    _, backend = await call(second, AS_CPO, CommandResult(status=CommandStatus.ACCEPTED))
    assert backend.asked[0].operator == PartyId.parse("DE*LON")


async def test_where_the_target_is_nobody_of_ours_the_evse_tells_the_operator() -> None:
    german = START.replace("<targetOperatorId>NL*LON", "<targetOperatorId>BE*XYZ").replace("NL*LON*E", "DE*LON*E")
    response, backend = await call(german, AS_CPO, CommandResult(status=CommandStatus.ACCEPTED))
    assert backend.asked[0].operator == PartyId.parse("DE*LON")
    assert read(response, forms.FORWARDED_START_ANSWER).request_status == "1"


async def test_an_evse_of_somebody_else_is_not_started() -> None:
    response, backend = await call(START.replace("NL*LON*E5678", "BE*XYZ*E5678"), AS_CPO)
    assert backend.asked == []
    assert read(response, forms.FORWARDED_START_ANSWER).request_status == "205"


async def test_without_a_transaction_the_answer_has_0() -> None:
    text = START.replace("<transactionId>IOP-TID-GIR-V-SIM01-000000000104</transactionId>", "")
    response, _ = await call(text, AS_CPO, CommandResult(status=CommandStatus.ACCEPTED))
    assert read(response, forms.FORWARDED_START_ANSWER).transaction_id == "0"
    response, _ = await call(text, AS_CPO, BackendFailed("x"))
    assert read(response, forms.FORWARDED_START_ANSWER).transaction_id == "0"


# --- as EMSP -----------------------------------------------------------------------------------------------------


async def test_an_authorisation_is_asked_of_the_backend_and_gets_a_session_of_ours() -> None:
    response, backend = await call(AUTHORISE, AS_EMSP, Authorization(allowed=Allowed.ALLOWED))
    message = backend.asked[0]
    assert isinstance(message, AuthorizeToken)
    assert (message.operator, message.provider, message.session) == (LON, MSP, SessionIds(hub="LON-SESSION-101"))
    answer = read(response, forms.FORWARDED_AUTHORISATION_ANSWER)
    assert (answer.authorisation_value, answer.request_status) == ("1", "1")
    assert answer.partner_service_session_id == "00000000-0000-4000-8000-000000000001"


async def test_a_driver_we_do_not_know_gets_a_no() -> None:
    answer = Authorization(allowed=Allowed.UNKNOWN_TOKEN, session=SessionIds(emsp="M-1"))
    said = read((await call(AUTHORISE, AS_EMSP, answer))[0], forms.FORWARDED_AUTHORISATION_ANSWER)
    assert (said.authorisation_value, said.request_status, said.partner_service_session_id) == ("2", "203", "M-1")


async def test_a_backend_that_says_nothing_says_no() -> None:
    said = read((await call(AUTHORISE, AS_EMSP, Authorization()))[0], forms.FORWARDED_AUTHORISATION_ANSWER)
    assert (said.authorisation_value, said.request_status) == ("2", "10210")


@pytest.mark.parametrize(
    ("receipt", "code"),
    [
        (CdrReceipt(accepted=True), "1"),
        (CdrReceipt(accepted=True, already_there=True), "10701"),
        (CdrReceipt(accepted=False), "10201"),
    ],
)
async def test_a_record_is_handed_over_and_acknowledged(receipt: CdrReceipt, code: str) -> None:
    response, backend = await call(RECORD, AS_EMSP, receipt)
    assert isinstance(backend.asked[0], SubmitCdr)
    answer = read(response, forms.FORWARDED_CDR_ANSWER)
    assert (answer.transaction_id, answer.request_status) == ("GTW-000106", code)


async def test_a_record_of_another_provider_is_refused() -> None:
    response, backend = await call(RECORD.replace("FR*MSP", "FR*XYZ"), AS_EMSP)
    assert backend.asked == []
    assert read(response, forms.FORWARDED_CDR_ANSWER).request_status == "10502"


async def test_a_record_that_is_missing_is_refused() -> None:
    start, end = RECORD.index("<chargeDetailRecord>"), RECORD.index("</chargeDetailRecord>")
    response, backend = await call(RECORD[:start] + RECORD[end + len("</chargeDetailRecord>") :], AS_EMSP)
    assert backend.asked == []
    assert read(response, forms.FORWARDED_CDR_ANSWER).request_status == "10507"


# --- what goes wrong ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "connection", "form", "codes"),
    [
        (START, AS_CPO, forms.FORWARDED_START_ANSWER, ("205", "205", "10201")),
        (ACTION, AS_CPO, forms.FORWARDED_ACTION_ANSWER, ("10502", "10503", "10507")),
        (AUTHORISE, AS_EMSP, forms.FORWARDED_AUTHORISATION_ANSWER, ("205", "10210", "10210")),
        (RECORD, AS_EMSP, forms.FORWARDED_CDR_ANSWER, ("10502", "10503", "10507")),
    ],
    ids=["start", "action", "authorisation", "record"],
)
async def test_every_failure_has_a_status_of_the_operation(
    text: str, connection: Connection, form: AnyForm, codes: tuple[str, str, str]
) -> None:
    failures = (ForeignOperator("x"), Unsupported("x"), BackendFailed("secret words"))
    for error, code in zip(failures, codes, strict=True):
        response, _ = await call(text, connection, error)
        assert read(response, form).request_status == code
        assert b"secret" not in response.body


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "<a/>",
        etree.tostring(opened(STOP.encode()).child, encoding="unicode"),
        STOP.replace("http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/"),
        (FIXTURES / "emip" / "heart_beat_in_soap_11.xml").read_text(encoding="utf-8"),
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">' + ACTION.partition("?>")[2].strip(),
    ],
    ids=["empty", "text", "other", "bare", "soap-1.1", "soap-1.1-heartbeat", "doctype"],
)
async def test_what_cannot_be_read_is_a_fault_of_the_sender(text: str) -> None:
    response, backend = await call(text, AS_CPO)
    assert (response.status, backend.asked) == (400, [])
    assert opened(response.body, SOAP_12).operation == "Fault"
    assert b"soap:Sender" in response.body


async def test_a_message_for_the_other_role_is_not_served() -> None:
    response, _ = await call(AUTHORISE, AS_CPO)
    assert response.status == 200
    assert read(response, forms.FORWARDED_AUTHORISATION_ANSWER).authorisation_value == "2"
    beat = AUTHORISE.replace("eMIP_FromIOP_GetServiceAuthorisation", "eMIP_ToIOP_HeartBeat")
    response, _ = await call(beat, AS_CPO)
    assert (response.status, b"not supported here" in response.body) == (400, True)


def test_a_caller_who_is_not_admitted_gets_a_fault() -> None:
    response = adapter.refuse(AS_CPO, HttpRequest(body=START.encode()), Unauthenticated("who?"))
    assert (response.status, b"who?" in response.body) == (403, False)
    response = adapter.refuse(AS_CPO, HttpRequest(body=START.encode()), Undecodable("line 3"))
    assert (response.status, b"line 3" in response.body) == (400, True)
