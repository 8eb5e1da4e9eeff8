"""What the hub asks us, and how we answer: HTTP 200 and a message, whatever happens."""

from typing import Any

import pytest

from gateway.errors import (
    BackendFailed,
    ForeignOperator,
    GatewayError,
    Invalid,
    Unauthenticated,
    Undecodable,
    Unsupported,
)
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.ids import PartyId
from gateway.model.session import SessionIds
from gateway.ports import Call, Connection
from gateway.routing import find
from gateway.wire import encode
from gateway.wire.json import json_text, parse_json
from gateway_oicp import adapter
from gateway_oicp.forms import CHARGE_DETAIL_RECORD
from tests.adapters.oicp_values import APP, CARD, CPO, EMP, EVSE, SESSION, record
from tests.support import FakeLink, Recorder

REMOTE_START = "/api/oicp/charging/v21/providers/DE-8EO/authorize-remote/start"
REMOTE_STOP = "/api/oicp/charging/v21/providers/DE-8EO/authorize-remote/stop"
START = "/api/oicp/charging/v21/operators/NL*LON/authorize/start"
STOP = "/api/oicp/charging/v21/operators/NL%2ALON/authorize/stop"
CDR = "/api/oicp/cdrmgmt/v22/operators/NL%2ALON/charge-detail-record"

WISH: dict[str, Any] = {
    "SessionID": SESSION,
    "CPOPartnerSessionID": None,
    "EMPPartnerSessionID": "E-1",
    "ProviderID": "DE-8EO",
    "EvseID": "NL*LON*E1111*11",
    "Identification": {
        "RFIDMifareFamilyIdentification": None,
        "RemoteIdentification": {"EvcoID": "DE-8EO-CA2B3C4D5-6"},
    },
    "PartnerProductID": "AC3",
}
TAP: dict[str, Any] = {
    "SessionID": SESSION,
    "OperatorID": "NL*LON",
    "EvseID": "DE*LON*E2222*1",
    "Identification": {"RFIDMifareFamilyIdentification": {"UID": "04a2b3c4d5e680"}},
}


async def called(connection: Connection, backend: Recorder, path: str, document: Any) -> HttpResponse:
    """As the gateway does it: admit, find, answer; failures to `refuse`."""
    content = document if isinstance(document, bytes) else json_text(document).encode()
    request = HttpRequest(path=path, body=content)
    try:
        await adapter.admit(FakeLink(connection), request)
        route, parameters = find(adapter.routes, request, connection.role)
        return await route.answer(Call(connection, request, backend, FakeLink(connection), parameters))
    except GatewayError as error:
        return adapter.refuse(connection, request, error)


async def answered(connection: Connection, backend: Recorder, path: str, document: Any) -> Any:
    reply = await called(connection, backend, path, document)
    assert (reply.status, reply.content_type) == (200, "application/json")
    return parse_json(reply.body)


async def test_a_remote_start_reaches_the_backend_and_is_acknowledged() -> None:
    backend = Recorder([m.CommandResult(status=m.CommandStatus.ACCEPTED, session=SessionIds(cpo="CPO-9"))])
    reply = await answered(CPO, backend, REMOTE_START, WISH)
    assert backend.asked == [
        m.StartSession(
            provider=PartyId.parse("DE-8EO"),
            token=APP,
            evse=EVSE,
            session=SessionIds(hub=SESSION, emsp="E-1"),
            product_id="AC3",
        )
    ]
    assert reply == {
        "Result": True,
        "StatusCode": {"Code": "000"},
        "SessionID": SESSION,
        "CPOPartnerSessionID": "CPO-9",
        "EMPPartnerSessionID": "E-1",
    }


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (REMOTE_START, m.CommandStatus.EVSE_OCCUPIED, "602"),
        (REMOTE_START, m.CommandStatus.NO_EV_CONNECTED, "510"),
        (REMOTE_START, m.CommandStatus.EVSE_INOPERATIVE, "700"),
        (REMOTE_STOP, m.CommandStatus.UNKNOWN_SESSION, "400"),
        (REMOTE_STOP, m.CommandStatus.TIMEOUT, "501"),
    ],
)
async def test_a_no_of_the_operator_has_the_code_of_the_table(path: str, status: m.CommandStatus, code: str) -> None:
    reply = await answered(CPO, Recorder([m.CommandResult(status=status)]), path, WISH)
    assert (reply["Result"], reply["StatusCode"]["Code"], reply["SessionID"]) == (False, code, SESSION)


async def test_an_evse_of_somebody_else_is_unknown() -> None:
    backend = Recorder()
    for evse in ("DE*XYZ*E1", "nonsense"):
        reply = await answered(CPO, backend, REMOTE_START, {**WISH, "EvseID": evse})
        assert (reply["Result"], reply["StatusCode"]["Code"]) == (False, "603")
    assert backend.asked == []


async def test_an_evse_of_an_additional_operator_is_ours() -> None:
    backend = Recorder([m.CommandResult(status=m.CommandStatus.ACCEPTED)])
    reply = await answered(CPO, backend, REMOTE_STOP, {**WISH, "EvseID": "DE*LON*E2222*1"})
    assert reply["Result"] is True


@pytest.mark.parametrize("missing", ["SessionID", "EvseID", "Identification"])
async def test_without_session_evse_or_user_nothing_is_started(missing: str) -> None:
    reply = await answered(CPO, Recorder(), REMOTE_START, {**WISH, missing: None})
    assert (reply["Result"], reply["StatusCode"]["Code"]) == (False, "022")
    assert f"{missing} is missing" in reply["StatusCode"]["AdditionalInfo"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"<xml/>", b'{"a":NaN}'])
async def test_what_is_no_message_is_a_data_error(content: bytes) -> None:
    reply = await answered(CPO, Recorder(), REMOTE_START, content)
    assert (reply["Result"], reply["StatusCode"]["Code"]) == (False, "022")


# --- as an EMP ---------------------------------------------------------------------------------------------------


async def test_a_tap_is_answered_with_provider_and_session() -> None:
    backend = Recorder(
        [m.Authorization(allowed=m.Allowed.ALLOWED, session=SessionIds(emsp="E-2"), stop_tokens=(CARD,))]
    )
    reply = await answered(EMP, backend, START, TAP)
    (asked,) = backend.asked
    assert isinstance(asked, m.AuthorizeToken)
    assert (asked.token, str(asked.evse), str(asked.operator)) == (CARD, "DE*LON*E2222*1", "NL*LON")
    assert reply == {
        "SessionID": SESSION,
        "EMPPartnerSessionID": "E-2",
        "ProviderID": "DE-8EO",
        "AuthorizationStatus": "Authorized",
        "StatusCode": {"Code": "000"},
        "AuthorizationStopIdentifications": [{"RFIDMifareFamilyIdentification": {"UID": "04A2B3C4D5E680"}}],
    }


@pytest.mark.parametrize("path", [START, STOP])
async def test_a_refused_driver_is_told_why(path: str) -> None:
    reply = await answered(EMP, Recorder([m.Authorization(allowed=m.Allowed.BLOCKED)]), path, TAP)
    assert (reply["AuthorizationStatus"], reply["StatusCode"]["Code"]) == ("NotAuthorized", "200")
    assert "ProviderID" not in reply


@pytest.mark.parametrize("path", [START, STOP])
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BackendFailed("secret detail of the platform"), "021"),
        (Unsupported("the backend has no authorize_token"), "320"),
        (Undecodable("x"), "022"),
        (Invalid([]), "021"),
    ],
)
async def test_a_failed_authorisation_is_no_and_never_tells_ours(path: str, error: GatewayError, code: str) -> None:
    reply = await answered(EMP, Recorder([error]), path, TAP)
    assert (reply["AuthorizationStatus"], reply["StatusCode"]["Code"]) == ("NotAuthorized", code)
    assert "secret" not in str(reply)


async def test_a_record_is_handed_over_with_the_operator_of_the_path() -> None:
    backend = Recorder([m.CdrReceipt(accepted=True)])
    content = encode(CHARGE_DETAIL_RECORD.write(m.SubmitCdr(cdr=record())))
    reply = await answered(EMP, backend, CDR, content)
    (asked,) = backend.asked
    assert isinstance(asked, m.SubmitCdr)
    assert asked.cdr is not None
    assert (str(asked.operator), asked.cdr.energy_kwh, asked.cdr.start) == (
        "NL*LON",
        record().energy_kwh,
        record().start,
    )
    assert reply == {
        "Result": True,
        "StatusCode": {"Code": "000"},
        "SessionID": SESSION,
        "CPOPartnerSessionID": "CPO-1",
    }


async def test_a_record_that_was_there_before_is_acknowledged() -> None:
    backend = Recorder([m.CdrReceipt(accepted=False, already_there=True), m.CdrReceipt(accepted=False)])
    tree = {"SessionID": SESSION, "EvseID": "NL*LON*E1"}
    assert (await answered(EMP, backend, CDR, tree))["Result"] is True
    refused = await answered(EMP, backend, CDR, tree)
    assert (refused["Result"], refused["StatusCode"]["Code"]) == (False, "022")


# --- who may call ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("connection", "path"), [(EMP, REMOTE_START), (CPO, START), (CPO, "/api/oicp/other")])
async def test_what_the_role_does_not_serve_is_no_service(connection: Connection, path: str) -> None:
    reply = await answered(connection, Recorder(), path, WISH)
    assert reply["StatusCode"]["Code"] == "320"


@pytest.mark.parametrize("caller", ["NOBODY", "DE-8E0-1", "%20"])
async def test_a_path_that_names_no_party_is_unauthorised(caller: str) -> None:
    reply = await answered(CPO, Recorder(), REMOTE_START.replace("DE-8EO", caller), WISH)
    assert (reply["Result"], reply["StatusCode"]["Code"]) == (False, "017")


async def test_the_common_prefix_may_have_been_taken_away() -> None:
    backend = Recorder([m.CommandResult(status=m.CommandStatus.ACCEPTED)])
    assert (await answered(CPO, backend, REMOTE_START.removeprefix("/api/oicp"), WISH))["Result"] is True


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Unauthenticated("x"), "017"),
        (ForeignOperator("x"), "603"),
        (Undecodable("x"), "022"),
        (Unsupported("x"), "320"),
        (BackendFailed("x"), "021"),
        (GatewayError("x"), "021"),
    ],
)
def test_every_failure_has_a_code(error: GatewayError, code: str) -> None:
    reply = parse_json(adapter.refuse(CPO, HttpRequest(path=REMOTE_STOP), error).body)
    assert (reply["Result"], reply["StatusCode"]) == (False, {"Code": code, "AdditionalInfo": error.public_text})


def test_every_route_is_an_operation_with_the_same_path() -> None:
    paths = {operation.name: operation.path for operation in adapter.operations}
    served = {(route.operation, route.path) for route in adapter.routes if not route.path.startswith("/api")}
    seen = "/charging/v21/providers/{providerID}/authorize-remote-reservation"
    assert served == {
        *((name, paths[name]) for name in SERVED),
        ("ChargingNotification", paths["ChargingNotificationError"]),
        ("AuthorizeRemoteReservationStart", f"{seen}/start"),
        ("AuthorizeRemoteReservationStop", f"{seen}/stop"),
    }


SERVED = (
    "AuthorizeRemoteStart",
    "AuthorizeRemoteStop",
    "AuthorizeRemoteReservationStart",
    "AuthorizeRemoteReservationStop",
    "AuthorizeStart",
    "AuthorizeStop",
    "ChargeDetailRecord",
)
