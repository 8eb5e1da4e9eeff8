"""What we say to the hub, and what we make of its replies."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.errors import GatewayError, Invalid, NoAnswer, Refused, Unavailable, Undecodable
from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.common import Reason
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway.model.session import SessionIds
from gateway.ports import Connection
from gateway.wire import decode_document
from gateway.wire.json import parse_json
from gateway_oicp import wire
from gateway_oicp.forms import START
from gateway_oicp.sends import SENDS
from tests.adapters.oicp_values import APP, CARD, CPO, EMP, EVSE, SECOND, SESSION, ack, json_reply, place, record
from tests.support import FakeLink

PUSH = m.PublishEvses(action=m.PushAction.INSERT, locations=(place(),))
STATUS = m.PublishStatuses(
    statuses=(
        m.EvseStatusReport(evse=EVSE, status=EvseStatus.AVAILABLE),
        m.EvseStatusReport(evse=SECOND, status=EvseStatus.CHARGING),
    )
)


async def sent(
    message: m.Message[Any], *replies: HttpResponse | Exception, connection: Connection = CPO
) -> tuple[Any, FakeLink]:
    hub = FakeLink(connection, list(replies))
    return await SENDS[type(message)](hub, message), hub


def body(hub: FakeLink, index: int = -1) -> Any:
    return parse_json(hub.asked[index].body)


async def failure(message: m.Message[Any], *replies: HttpResponse | Exception) -> GatewayError:
    with pytest.raises(GatewayError) as caught:
        await sent(message, *replies)
    return caught.value


# --- where and how -----------------------------------------------------------------------------------------------


async def test_an_authorisation_is_asked_under_the_account_and_answered_with_session_and_provider() -> None:
    reply = {
        "SessionID": SESSION,
        "CPOPartnerSessionID": "CPO-1",
        "EMPPartnerSessionID": None,
        "ProviderID": "DE-8EO",
        "AuthorizationStatus": "Authorized",
        "StatusCode": {"Code": "000", "Description": "Success", "AdditionalInfo": None},
        "AuthorizationStopIdentifications": [{"RFIDMifareFamilyIdentification": {"UID": "04B1C2D3E4F590"}}],
    }
    message = m.AuthorizeToken(token=CARD, evse=SECOND, session=SessionIds(cpo="CPO-1"))
    answer, hub = await sent(message, json_reply(reply, process_id="P-77"))
    assert hub.asked[0].path == "/charging/v21/operators/NL%2ALON/authorize/start"
    assert hub.asked[0].headers["content-type"] == "application/json;charset=utf-8"
    assert body(hub) == {
        "CPOPartnerSessionID": "CPO-1",
        "OperatorID": "NL*LON",
        "EvseID": "DE*LON*E2222*1",
        "Identification": {"RFIDMifareFamilyIdentification": {"UID": "04A2B3C4D5E680"}},
    }
    assert answer == m.Authorization(
        allowed=m.Allowed.ALLOWED,
        provider=PartyId.parse("DE-8EO"),
        session=SessionIds(hub=SESSION, cpo="CPO-1"),
        stop_tokens=(replace(CARD, uid="04B1C2D3E4F590"),),
        reason=Reason(code="000", text="Success", detail="Process-ID P-77"),
    )


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://hub.example/api/oicp", "/charging/v21/operators/NL%2ALON/authorize/stop"),
        ("https://hub.example", "/api/oicp/charging/v21/operators/NL%2ALON/authorize/stop"),
    ],
)
async def test_the_base_url_may_be_given_with_or_without_the_common_prefix(url: str, path: str) -> None:
    reply = {"AuthorizationStatus": "Authorized", "ProviderID": "DE-8EO", "StatusCode": {"Code": "000"}}
    message = m.AuthorizeStop(token=CARD, session=SessionIds(hub=SESSION))
    _, hub = await sent(message, json_reply(reply), connection=replace(CPO, urls={"": url}))
    assert hub.asked[0].path == path


async def test_what_breaks_a_rule_does_not_leave() -> None:
    hub = FakeLink(CPO)
    with pytest.raises(Invalid) as caught:
        await SENDS[m.AuthorizeToken](hub, m.AuthorizeToken(token=replace(CARD, uid="04A2"), evse=EVSE))
    assert [finding.pointer for finding in caught.value.findings] == [
        "/Identification/RFIDMifareFamilyIdentification/UID"
    ]
    assert hub.asked == []


async def test_what_was_kept_of_a_received_message_is_held_to_the_rules_too() -> None:
    both = {
        "RFIDMifareFamilyIdentification": {"UID": "04A2B3C4D5E680"},
        "RemoteIdentification": {"EvcoID": "DE-8EO-CA2B3C4D5-6"},
    }
    asked = START.read(decode_document(wire.AuthorizeStart, {"OperatorID": "NL*LON", "Identification": both}).model)
    assert isinstance(await failure(asked), Invalid)


# --- authorisations ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("102", m.Allowed.UNKNOWN_TOKEN),
        ("200", m.Allowed.BLOCKED),
        ("210", m.Allowed.EXPIRED),
        ("310", m.Allowed.NO_ANSWER),
        ("300", m.Allowed.NOT_ALLOWED),
        ("000", m.Allowed.NOT_ALLOWED),
    ],
)
async def test_a_refused_driver_is_an_answer(code: str, allowed: m.Allowed) -> None:
    reply = {"SessionID": None, "AuthorizationStatus": "NotAuthorized", "StatusCode": {"Code": code}}
    answer, _ = await sent(m.AuthorizeToken(token=CARD), json_reply(reply))
    assert (answer.allowed, answer.reason, answer.session) == (allowed, Reason(code=code), SessionIds())


async def test_a_status_without_an_authorisation_is_a_no_too() -> None:
    reply = json_reply({"StatusCode": {"Code": "210", "AdditionalInfo": "No active subscription found"}}, 403)
    answer, _ = await sent(m.AuthorizeToken(token=CARD), reply)
    assert (answer.allowed, answer.info) == (m.Allowed.EXPIRED, "No active subscription found")


# --- refusals and failures ---------------------------------------------------------------------------------------

CDR = m.SubmitCdr(cdr=record())
REFUSALS: list[tuple[HttpResponse, str, bool, str]] = [
    (json_reply(ack("017", "certificate"), process_id="P-1"), "017", False, "certificate – Process-ID P-1"),
    (json_reply(ack("009")), "009", True, ""),
    (
        json_reply({"StatusCode": {"Code": "017", "Description": "Unauthorized Access"}}, 401),
        "017",
        False,
        "Unauthorized",
    ),
    (json_reply({"StatusCode": {"Code": "300", "AdditionalInfo": "Partner not found"}}, 404), "300", False, "Partner"),
    (json_reply({"StatusCode": {"Code": "001"}}, 500), "001", True, ""),
    (json_reply({"Result": False, "StatusCode": {"Code": "999"}}), "999", False, ""),
    (json_reply({"Result": False}), "200", False, ""),
    (
        json_reply(
            {
                "message": "Error parsing/validating JSON.",
                "validationErrors": [{"fieldReference": "consumedEnergy", "errorMessage": "must not be null"}],
            },
            400,
        ),
        "400",
        False,
        "Error parsing/validating JSON. – consumedEnergy: must not be null",
    ),
    (json_reply({"message": "Error parsing/validating JSON."}, 400), "400", False, "Error parsing/validating JSON."),
    (
        json_reply(
            {"StatusCode": {"Code": "400", "AdditionalInfo": "Session found but status is not valid CLOSED!"}}, 404
        ),
        "400",
        False,
        "CLOSED",
    ),
    (
        HttpResponse(
            status=403, headers={"content-type": "text/html"}, body=b"<html><h1>403 Forbidden</h1>nginx</html>"
        ),
        "403",
        False,
        "HTTP 403 with a page instead of a message: 403 Forbidden nginx",
    ),
    (HttpResponse(status=403, body="<p>gesperrt für Sie</p>".encode("iso-8859-1")), "403", False, "gesperrt für Sie"),
]


@pytest.mark.parametrize(("reply", "code", "retryable", "text"), REFUSALS)
async def test_a_refusal_has_code_and_words(reply: HttpResponse, code: str, retryable: bool, text: str) -> None:
    error = await failure(CDR, reply)
    assert isinstance(error, Refused)
    assert (error.code, error.retryable) == (code, retryable)
    assert text in error.text


@pytest.mark.parametrize("status", [200, 400])
async def test_a_document_that_cannot_be_read_is_not_repeated(status: int) -> None:
    body = b'{"Identification": {"RFIDMifareFamilyIdentification": {"UID": "04A2B3C4D5E680"}}, cut off'
    error = await failure(CDR, HttpResponse(status=status, body=body))
    assert isinstance(error, Undecodable if status == 200 else Refused)
    assert f"HTTP {status} with a document that cannot be read: not JSON" in str(error)
    assert "04A2" not in str(error)


async def test_a_hub_that_names_no_time_in_digits_names_none() -> None:
    error = await failure(CDR, HttpResponse(status=429, headers={"retry-after": "\u00b2"}, body=b""))
    assert isinstance(error, Unavailable)
    assert error.retry_after is None


@pytest.mark.parametrize("body", [b"", b"<html>oops</html>", b'{"message": "internal"}'])
async def test_after_a_servers_own_fault_nobody_knows_whether_it_has_acted(body: bytes) -> None:
    error = await failure(CDR, HttpResponse(status=500, body=body))
    assert isinstance(error, Undecodable)
    assert "HTTP 500" in str(error)


async def test_a_status_code_in_another_character_set_is_read() -> None:
    reply = HttpResponse(status=403, body='{"StatusCode":{"Code":"017","Description":"ungültig"}}'.encode("iso-8859-1"))
    error = await failure(CDR, reply)
    assert isinstance(error, Refused)
    assert error.text == "ungültig"


@pytest.mark.parametrize(
    ("status", "headers", "seconds", "unknown"),
    [
        (429, {"retry-after": "30"}, 30.0, False),
        (503, {}, None, False),
        (502, {"retry-after": "soon"}, None, True),
        (504, {}, None, True),
        (408, {}, None, True),
    ],
)
async def test_a_hub_that_wants_to_be_left_alone_is_unavailable(
    status: int, headers: dict[str, str], seconds: float | None, unknown: bool
) -> None:
    error = await failure(CDR, HttpResponse(status=status, headers=headers))
    assert isinstance(error, Unavailable)
    assert (error.retry_after, error.may_have_acted) == (seconds, unknown)


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'"ok"', b"{"])
async def test_a_success_that_says_nothing_is_undecodable(content: bytes) -> None:
    assert isinstance(await failure(CDR, HttpResponse(status=200, body=content)), Undecodable)


async def test_a_failure_to_reach_the_hub_passes_through() -> None:
    assert isinstance(await failure(CDR, NoAnswer("reset")), NoAnswer)


# --- charge detail records ---------------------------------------------------------------------------------------


async def test_a_record_goes_to_the_account_whatever_the_operator_of_the_evse() -> None:
    receipt, hub = await sent(m.SubmitCdr(cdr=record(evse=SECOND)), json_reply(ack(SessionID=SESSION)))
    assert hub.asked[0].path == "/cdrmgmt/v22/operators/NL%2ALON/charge-detail-record"
    assert body(hub)["EvseID"] == "DE*LON*E2222*1"
    assert receipt == m.CdrReceipt(accepted=True, session=SessionIds(hub=SESSION), reason=Reason(code="000"))


async def test_records_go_one_by_one_and_the_refused_are_named() -> None:
    closed = json_reply({"StatusCode": {"Code": "400"}}, 404)
    message = m.SubmitCdrs(cdrs=(record(), record(id="C-2"), record(evse=SECOND)))
    receipt, hub = await sent(message, json_reply(ack()), closed, json_reply(ack()))
    assert len(hub.asked) == 3
    assert (receipt.accepted, receipt.refused) == (True, ("C-2",))


# --- pushes ------------------------------------------------------------------------------------------------------


async def test_places_are_pushed_under_the_name_of_the_account() -> None:
    answer, hub = await sent(PUSH, json_reply(ack()))
    assert hub.asked[0].path == "/evsepush/v23/operators/NL%2ALON/data-records"
    told = body(hub)["OperatorEvseData"]
    assert (told["OperatorID"], told["OperatorName"]) == ("NL*LON", "London Charging")
    assert answer == m.Publication(accepted=True, reason=Reason(code="000"))


async def test_planned_and_nameless_evses_are_held_back() -> None:
    planned = place(SECOND)
    planned = replace(planned, evses=(replace(planned.evses[0], status=EvseStatus.PLANNED),))
    nameless = replace(place(), evses=(replace(place().evses[0], evse_id=None, uid="U-1"),))
    answer, hub = await sent(replace(PUSH, locations=(place(), planned, nameless)), json_reply(ack()))
    assert [one["EvseID"] for one in body(hub)["OperatorEvseData"]["EvseDataRecord"]] == ["NL*LON*E1111*11"]
    assert [(refusal.evse, refusal.uid) for refusal in answer.refused] == [(SECOND, None), (None, "U-1")]


async def test_a_full_load_that_holds_everything_back_clears_nothing() -> None:
    planned = replace(place(), evses=(replace(place().evses[0], status=EvseStatus.PLANNED),))
    message = m.PublishEvses(action=m.PushAction.REPLACE_ALL, locations=(planned,))
    answer, hub = await sent(message)
    assert (hub.asked, answer.accepted) == ([], False)


async def test_an_empty_full_load_is_sent_when_it_is_asked_for() -> None:
    _, hub = await sent(m.PublishEvses(action=m.PushAction.REPLACE_ALL), json_reply(ack()))
    assert body(hub)["OperatorEvseData"]["EvseDataRecord"] == []


async def test_a_refused_removal_does_not_undo_what_was_accepted() -> None:
    gone = place(SECOND)
    gone = replace(gone, evses=(replace(gone.evses[0], status=EvseStatus.REMOVED),))
    answer, hub = await sent(replace(PUSH, locations=(place(), gone)), json_reply(ack()), json_reply(ack("009", "no")))
    assert [body(hub, index)["ActionType"] for index in (0, 1)] == ["insert", "delete"]
    assert answer.accepted is True
    assert [(refusal.evse, refusal.text) for refusal in answer.refused] == [(SECOND, "009: no")]


async def test_a_refused_push_is_refused() -> None:
    error = await failure(PUSH, json_reply(ack("210", "No active subscription found")))
    assert isinstance(error, Refused)
    assert error.code == "210"


async def test_statuses_of_unknown_evses_do_not_hold_up_the_others() -> None:
    missing = json_reply(ack("603", "EVSE data records missing for EvseIDs: DE*LON*E2222*1, NL*LON*E9"))
    answer, hub = await sent(STATUS, missing, json_reply(ack()))
    first, second = (body(hub, index)["OperatorEvseStatus"]["EvseStatusRecord"] for index in (0, 1))
    assert first == [
        {"EvseID": "NL*LON*E1111*11", "EvseStatus": "Available"},
        {"EvseID": "DE*LON*E2222*1", "EvseStatus": "Occupied"},
    ]
    assert second == first[:1]
    assert answer == m.Publication(
        accepted=True,
        reason=Reason(code="000"),
        refused=(m.Refusal(evse=SECOND, text="the hub has no record of this EVSE"),),
    )


async def test_nothing_is_pushed_twice_when_no_evse_is_known() -> None:
    only = replace(STATUS, statuses=STATUS.statuses[:1])
    missing = json_reply(ack("603", "EVSE data records missing for EvseIDs: NLLONE111111."))
    answer, hub = await sent(only, missing)
    assert (len(hub.asked), answer.accepted, [one.evse for one in answer.refused]) == (1, False, [EVSE])


@pytest.mark.parametrize("text", ["EVSE data records missing", "missing for EvseIDs: NL*LON*E9"])
async def test_a_refusal_that_names_none_of_ours_is_refused(text: str) -> None:
    error = await failure(STATUS, json_reply(ack("603", text)))
    assert isinstance(error, Refused)
    assert error.code == "603"


async def test_a_status_without_a_word_is_held_back() -> None:
    planned = m.EvseStatusReport(evse=EvseId.parse("NL*LON*E3"), status=EvseStatus.PLANNED)
    answer, hub = await sent(replace(STATUS, statuses=(*STATUS.statuses, planned)), json_reply(ack()))
    assert len(body(hub)["OperatorEvseStatus"]["EvseStatusRecord"]) == 2
    assert [refusal.evse for refusal in answer.refused] == [planned.evse]


# --- as an EMP ---------------------------------------------------------------------------------------------------


async def test_a_remote_start_leaves_the_session_to_the_hub() -> None:
    message = m.StartSession(token=APP, evse=EVSE, session=SessionIds(hub=SESSION, emsp="E-1"))
    answer, hub = await sent(message, json_reply(ack(SessionID=SESSION)), connection=EMP)
    assert hub.asked[0].path == "/charging/v21/providers/DE-8EO/authorize-remote/start"
    assert body(hub) == {
        "EMPPartnerSessionID": "E-1",
        "ProviderID": "DE-8EO",
        "EvseID": "NL*LON*E1111*11",
        "Identification": {"RemoteIdentification": {"EvcoID": "DE-8EO-CA2B3C4D5-6"}},
    }
    assert (answer.status, answer.session.hub) == (m.CommandStatus.ACCEPTED, SESSION)


@pytest.mark.parametrize(
    ("message", "code", "status"),
    [
        (m.StartSession(token=APP, evse=EVSE), "510", m.CommandStatus.NO_EV_CONNECTED),
        (m.StartSession(token=APP, evse=EVSE), "602", m.CommandStatus.EVSE_OCCUPIED),
        (m.StopSession(evse=EVSE, session=SessionIds(hub=SESSION)), "602", m.CommandStatus.REJECTED),
        (m.StopSession(evse=EVSE, session=SessionIds(hub=SESSION)), "400", m.CommandStatus.UNKNOWN_SESSION),
        (m.StartSession(token=APP, evse=EVSE), "310", m.CommandStatus.TIMEOUT),
    ],
)
async def test_an_operator_that_says_no_has_answered(message: Any, code: str, status: m.CommandStatus) -> None:
    answer, _ = await sent(message, json_reply(ack(code)), connection=EMP)
    assert answer.status is status


async def test_a_hub_that_fails_has_not() -> None:
    with pytest.raises(Refused, match="021"):
        await sent(m.StartSession(token=APP, evse=EVSE), json_reply(ack("021")), connection=EMP)


def page(number: int, last: bool | None, *records: dict[str, Any]) -> HttpResponse:
    status = {"Code": "000"} if number == 0 else None
    return json_reply({"content": list(records), "number": number, "last": last, "StatusCode": status})


async def test_every_page_is_read() -> None:
    one, two = {"EvseID": "NL*LON*E1", "OperatorID": "NL*LON"}, {"EvseID": "NL*LON*E2", "New": 1}
    answer, hub = await sent(
        m.FetchEvses(countries=("NLD",)), page(0, False, one, {}), page(1, True, two), connection=EMP
    )
    assert [request.query for request in hub.asked] == ["page=0&size=2000", "page=1&size=2000"]
    assert body(hub) == {
        "ProviderID": "DE-8EO",
        "GeoCoordinatesResponseFormat": "DecimalDegree",
        "CountryCodes": ["NLD"],
    }
    assert [str(location.evses[0].evse_id) for location in answer.locations] == ["NL*LON*E1", "None", "NL*LON*E2"]
    assert (answer.page.total, answer.page.last) == (3, True)
    assert [place.pointer for place in answer.locations[2].extensions["oicp"] if place.received == 1] == ["/New"]


@pytest.mark.parametrize("last", [False, None])
async def test_reading_ends_where_nothing_more_comes(last: bool | None) -> None:
    _, hub = await sent(m.FetchEvses(), page(0, last), connection=EMP)
    assert len(hub.asked) == 1


async def test_a_refused_page_is_refused() -> None:
    with pytest.raises(Refused, match="210"):
        await sent(m.FetchEvses(), json_reply({"content": [], "StatusCode": {"Code": "210"}}), connection=EMP)


async def test_statuses_are_read_with_their_operator() -> None:
    reply = {
        "EvseStatuses": {
            "OperatorEvseStatus": [
                {
                    "OperatorID": "NL*LON",
                    "OperatorName": "L",
                    "EvseStatusRecord": [
                        {"EvseID": "NL*LON*E1111*11", "EvseStatus": "Available"},
                        {"EvseID": "DE*LON*E2222*1", "EvseStatus": "EvseNotFound"},
                    ],
                }
            ]
        }
    }
    answer, hub = await sent(m.FetchStatuses(status=EvseStatus.AVAILABLE), json_reply(reply), connection=EMP)
    assert body(hub) == {"ProviderID": "DE-8EO", "EvseStatus": "Available"}
    assert [(one.evse, one.status, str(one.operator), one.operator_name) for one in answer.statuses] == [
        (EVSE, EvseStatus.AVAILABLE, "NL*LON", "L"),
        (SECOND, None, "NL*LON", "L"),
    ]


async def test_no_number_on_the_wire_has_an_exponent() -> None:
    _, hub = await sent(m.SubmitCdr(cdr=record(energy_kwh=Decimal("1E+1"), meter_end_kwh=None)), json_reply(ack()))
    assert b'"ConsumedEnergy":10,' in hub.asked[0].body or b'"ConsumedEnergy":10}' in hub.asked[0].body
