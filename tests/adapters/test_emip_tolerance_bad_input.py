"""Bad input: refused in the words of the operation, or with a fault; and what the platform answers."""

import re
from typing import Any

import pytest

from gateway.errors import BackendFailed, Refused, Undecodable
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.kinds import EvseStatus
from gateway.ports import Connection, Written
from gateway.wire.soap import SOAP_11, SOAP_12, enveloped, fault, opened
from gateway_emip import adapter, forms
from gateway_emip.exchange import read_reply
from gateway_emip.routes import REFUSALS
from tests.adapters.emip_messages import (
    ACTION,
    AS_CPO,
    AS_EMSP,
    AUTHORISE,
    RECORD,
    START,
    STOP,
    called,
    changed,
    event,
    read,
    status_of,
    text,
)

# --- bad input ---------------------------------------------------------------------------------------------------


EVENT = event("relatedSessionActionId", "1")
FORWARDED = changed(RECORD, "eMIP_ToIOP_", "eMIP_FromIOP_")
ASKED = changed(AUTHORISE, "eMIP_ToIOP_", "eMIP_FromIOP_")


def without(whole: str, name: str) -> str:
    return re.sub(rf"<{name}>.*?</{name}>", "", whole, flags=re.DOTALL)


def twice(whole: str, name: str) -> str:
    """The element once more, with something else in it."""
    return re.sub(rf"(<{name}>)(.*?)(</{name}>)", r"\1\2\3\1\g<2>9\3", whole, count=1, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("whole", "connection", "form", "status"),
    [
        (without(START, "EVSEId"), AS_CPO, forms.FORWARDED_START_ANSWER, "10201"),
        (without(START, "userId"), AS_CPO, forms.FORWARDED_START_ANSWER, "10201"),
        (without(START, "authorisationValue"), AS_CPO, forms.FORWARDED_START_ANSWER, "10201"),
        (START.replace("Value>1", "Value>7"), AS_CPO, forms.FORWARDED_START_ANSWER, "10201"),
        (twice(START, "EVSEId"), AS_CPO, forms.FORWARDED_START_ANSWER, "10201"),
        (without(STOP, "serviceSessionId"), AS_CPO, forms.FORWARDED_START_ANSWER, "10201"),
        (without(ACTION, "serviceSessionId"), AS_CPO, forms.FORWARDED_ACTION_ANSWER, "10507"),
        (twice(ACTION, "serviceSessionId"), AS_CPO, forms.FORWARDED_ACTION_ANSWER, "10507"),
        (twice(ACTION, "sessionActionNature"), AS_CPO, forms.FORWARDED_ACTION_ANSWER, "10507"),
        (without(ASKED, "EVSEId"), AS_EMSP, forms.FORWARDED_AUTHORISATION_ANSWER, "10210"),
        (twice(ASKED, "userId"), AS_EMSP, forms.FORWARDED_AUTHORISATION_ANSWER, "10210"),
        (without(EVENT, "serviceSessionId"), AS_EMSP, forms.FORWARDED_EVENT_ANSWER, "10507"),
        (without(FORWARDED, "chargeDetailRecord"), AS_EMSP, forms.FORWARDED_CDR_ANSWER, "10507"),
        (twice(FORWARDED, "endTime"), AS_EMSP, forms.FORWARDED_CDR_ANSWER, "10507"),
    ],
)
async def test_what_is_not_clear_is_refused_in_the_words_of_the_operation(
    whole: str, connection: Connection, form: Any, status: str
) -> None:
    answer, backend = await called(whole, connection)
    assert status_of(answer, form) == status
    assert backend.asked == []


async def test_a_stop_needs_no_evse_and_no_user() -> None:
    whole = without(without(STOP, "EVSEId"), "userId")
    answer, backend = await called(whole, AS_CPO, m.CommandResult(status=m.CommandStatus.ACCEPTED))
    assert status_of(answer, forms.FORWARDED_START_ANSWER) == "1"
    assert [type(one) for one in backend.asked] == [m.StopSession]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (STOP.replace(SOAP_12.namespace, SOAP_11.namespace).encode(), "SOAP 1.2 is expected, this is SOAP 1.1"),
        (b"", "not XML"),
        (enveloped(SOAP_12, "<a/><b/>"), "one element in one body is expected, found 2 in 1"),
        (enveloped(SOAP_12, ""), "found 0 in 1"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "a document type declaration is not accepted"),
        (enveloped(SOAP_12, "<eMIP_FromIOP_SetServiceAuthorizationRequest/>"), "near: eMIP_FromIOP_SetServiceAuth"),
        (enveloped(SOAP_12, "<eMIP_FromIOP_CancelBookingRequest/>"), "is no eMIP message known here"),
    ],
)
async def test_what_is_no_message_of_ours_is_a_fault_of_the_sender(body: bytes, words: str) -> None:
    answer, backend = await called(body, AS_CPO)
    assert answer.status == 400
    assert backend.asked == []
    content = opened(answer.body, SOAP_12)
    assert content.operation == "Fault"
    assert words in answer.body.decode()
    assert "soap:Sender" in answer.body.decode()


OF_EACH = {"SetService": START, "SetSessionAction": ACTION, "GetService": ASKED, "SetSessionEvent": EVENT}


@pytest.mark.parametrize("operation", REFUSALS)
async def test_nothing_of_the_inside_is_told(operation: str) -> None:
    whole = next((whole for part, whole in OF_EACH.items() if part in operation), FORWARDED)
    request = HttpRequest(body=whole.encode())
    answer = adapter.refuse(AS_CPO, request, BackendFailed("postgresql://user:secret@inside"))
    assert answer.status == 200
    assert b"secret" not in answer.body
    assert b"postgres" not in answer.body


# --- what the platform answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "ours", "version", "retryable"),
    [
        (400, False, SOAP_12, False),
        (500, False, SOAP_12, False),
        (500, True, SOAP_12, True),
        (500, True, SOAP_11, True),
    ],
)
def test_a_fault_of_the_sender_is_permanent_and_one_of_the_receiver_may_pass(
    status: int, ours: bool, version: Any, retryable: bool
) -> None:
    reply = HttpResponse(status=status, body=fault(version, "no such partner", ours=ours))
    with pytest.raises(Refused, match="no such partner") as caught:
        read_reply(reply, forms.HEARTBEAT_ANSWER)
    assert caught.value.retryable is retryable
    assert caught.value.text == "no such partner"


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_page_under_http_5xx_leaves_the_outcome_open(status: int) -> None:
    with pytest.raises(Undecodable, match=f"HTTP {status}, no SOAP answer"):
        read_reply(HttpResponse(status=status, body=b"<html>oops</html>"), forms.CDR_ANSWER)


def reply(name: str, old: str, new: str) -> HttpResponse:
    return HttpResponse(body=re.sub(old, new, text(name)).encode())


@pytest.mark.parametrize("code", ["10999", "123456", "-9999990"])
def test_an_unknown_error_is_no_outcome(code: str) -> None:
    with pytest.raises(Refused) as caught:
        read_reply(reply("set_charge_detail_record_duplicate.xml", "10701", code), forms.CDR_ANSWER)
    assert caught.value.code == code


def test_an_unknown_warning_is_taken_on_a_record_and_no_yes_on_an_authorisation() -> None:
    receipt = read_reply(reply("set_charge_detail_record_duplicate.xml", "10701", "299"), forms.CDR_ANSWER)
    assert receipt.accepted is True
    answer = read_reply(
        reply("get_service_authorisation_answer.xml", r"(<requestStatus>)\d+", r"\g<1>299"), forms.AUTHORISATION_ANSWER
    )
    assert answer.allowed is not m.Allowed.ALLOWED


def test_two_decisions_in_one_answer_are_none() -> None:
    doubled = reply(
        "get_service_authorisation_answer.xml", "(<authorisationValue>)1(</authorisationValue>)", r"\g<1>1\2\g<1>2\2"
    )
    with pytest.raises(Undecodable, match="more than once"):
        read_reply(doubled, forms.AUTHORISATION_ANSWER)


def test_an_answer_without_a_status_is_none() -> None:
    with pytest.raises(Undecodable, match="no requestStatus"):
        read_reply(
            reply("set_charge_detail_record_duplicate.xml", "<requestStatus>10701</requestStatus>", ""),
            forms.CDR_ANSWER,
        )


# --- letter case, statuses of places -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["chargingPoolId", "ChargingPoolId"])
def test_a_pool_is_named_in_either_case(name: str) -> None:
    root = "eMIP_ToIOP_SetChargingPoolAvailabilityStatusRequest"
    space = "https://api-iop.gireve.com/schemas/EVCIDynamicV1/"
    whole = enveloped(SOAP_12, (
        f'<m:{root} xmlns:m="{space}"><partnerIdType>eMI3_STAR</partnerIdType><partnerId>NL*LON</partnerId>'
        "<operatorIdType>eMI3_STAR</operatorIdType><operatorId>NL*LON</operatorId>"
        f"<{name}Type>eMI3</{name}Type><{name}>NL*LON*P1234</{name}>"
        "<statusEventDate>2026-01-15T12:00:00</statusEventDate><availabilityStatus>1</availabilityStatus>"
        f"</m:{root}>"
    )).decode()  # fmt: skip
    value, found = read(whole)
    assert [(one.id, one.status) for one in value.places] == [("NL*LON*P1234", EvseStatus.OUTOFORDER)]
    assert ("misspelled" in {code for code, _ in found}) is (name == "ChargingPoolId")
    body = adapter.render(Written(forms.POOL, forms.POOL.write_plain(value)), None)
    assert b"<chargingPoolId>NL*LON*P1234</chargingPoolId>" in body
