"""What the hub asks us. HTTP 200 and a message for everything; failures are said in the codes of `failure.csv`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from gateway.errors import ForeignOperator, GatewayError, Unauthenticated, Undecodable
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.model.session import SessionIds
from gateway.ports import Call, Connection, HubLink, Route
from gateway.translation import AnyForm
from gateway.wire import WireModel, decode, decode_document, encode, parsed
from gateway_oicp import wire
from gateway_oicp.forms import (
    CHARGE_DETAIL_RECORD,
    CHARGE_DETAIL_RECORD_ANSWER,
    NOTIFICATIONS,
    NOTIFY,
    NOTIFY_ANSWER,
    REMOTE_START,
    REMOTE_START_ANSWER,
    REMOTE_STOP,
    REMOTE_STOP_ANSWER,
    RESERVATION_START,
    RESERVATION_START_ANSWER,
    RESERVATION_STOP,
    RESERVATION_STOP_ANSWER,
    START,
    START_ANSWER,
    STOP,
    STOP_ANSWER,
)
from gateway_oicp.operations import BASE, PATHS
from gateway_oicp.words import FAILURE, NAME

_HEADERS = {"content-type": "application/json;charset=utf-8"}
_CALLER = re.compile(r"/(?:operators|providers)/([^/]+)/")


def _ok(model: WireModel) -> HttpResponse:
    return HttpResponse(status=200, headers=_HEADERS, body=encode(model))


def _asked(call: Call, form: AnyForm, *demanded: str) -> Any:
    """The meaning of a call. Raises Undecodable, also where a field is missing that nothing can be done without."""
    model = decode(form.wire, call.request.body).model
    _require(model.source, demanded)
    return form.read(model)


def _require(source: Any, demanded: Iterable[str]) -> None:
    if not isinstance(source, dict):
        raise Undecodable("a JSON object is expected")
    for name in demanded:
        if source.get(name) in (None, ""):
            raise Undecodable(f"{name} is missing", f"/{name}")


def _session(asked: SessionIds, answered: SessionIds) -> SessionIds:
    """The hub's own id comes back to it, and each partner's where it is known."""
    return SessionIds(hub=asked.hub, cpo=answered.cpo or asked.cpo, emsp=answered.emsp or asked.emsp)


# --- as a CPO ----------------------------------------------------------------------------------------------------


async def authorize_remote_start(call: Call) -> HttpResponse:
    asked: m.StartSession = _asked(call, REMOTE_START, "SessionID", "EvseID", "Identification")
    return await _commanded(call, asked, REMOTE_START_ANSWER)


async def authorize_remote_stop(call: Call) -> HttpResponse:
    asked: m.StopSession = _asked(call, REMOTE_STOP, "SessionID", "EvseID")
    return await _commanded(call, asked, REMOTE_STOP_ANSWER)


async def reservation_start(call: Call) -> HttpResponse:
    asked: m.ReserveEvse = _asked(call, RESERVATION_START, "SessionID", "EvseID", "Identification")
    return await _commanded(call, asked, RESERVATION_START_ANSWER)


async def reservation_stop(call: Call) -> HttpResponse:
    asked: m.CancelReservation = _asked(call, RESERVATION_STOP, "SessionID", "EvseID")
    return await _commanded(call, asked, RESERVATION_STOP_ANSWER)


_Command = m.StartSession | m.StopSession | m.ReserveEvse | m.CancelReservation


async def _commanded(call: Call, asked: _Command, form: AnyForm) -> HttpResponse:
    if asked.evse is None or not call.connection.carries(asked.evse.party):
        raise ForeignOperator(f"{asked.evse} is not an EVSE of this connection")
    result: m.CommandResult = await call.backend.answer(call.connection, asked)
    return _ok(form.write(replace(result, session=_session(asked.session, result.session))))


# --- as an EMP ---------------------------------------------------------------------------------------------------


async def authorize_start(call: Call) -> HttpResponse:
    asked: m.AuthorizeToken = _asked(call, START, "Identification")
    return await _authorized(call, asked, START_ANSWER)


async def authorize_stop(call: Call) -> HttpResponse:
    asked: m.AuthorizeStop = _asked(call, STOP, "SessionID", "Identification")
    return await _authorized(call, asked, STOP_ANSWER)


async def _authorized(call: Call, asked: m.AuthorizeToken | m.AuthorizeStop, form: AnyForm) -> HttpResponse:
    """A positive answer names the account as provider, spelled as registered."""
    answer: m.Authorization = await call.backend.answer(call.connection, _with_caller(call, asked))
    provider = call.connection.party if answer.allowed is m.Allowed.ALLOWED else None
    session, token = _session(asked.session, answer.session), answer.token or asked.token
    return _ok(form.write(replace(answer, provider=provider, session=session, token=token)))


async def charge_detail_record(call: Call) -> HttpResponse:
    """The record names no operator: the path does."""
    asked: m.SubmitCdr = _asked(call, CHARGE_DETAIL_RECORD, "SessionID", "EvseID")
    receipt: m.CdrReceipt = await call.backend.answer(call.connection, _with_caller(call, asked))
    session = _session(asked.cdr.session if asked.cdr else SessionIds(), receipt.session)
    return _ok(CHARGE_DETAIL_RECORD_ANSWER.write(replace(receipt, session=session)))


async def charging_notification(call: Call) -> HttpResponse:
    """One address for four messages. What is missing is refused in the words that the hub itself has for it."""
    document = parsed(wire.ChargingNotificationStart, call.request.body)
    _require(document, ("Type",))
    kind = document["Type"]
    if not isinstance(kind, str) or kind not in NOTIFY:
        raise Undecodable(f"Type is none of {', '.join(NOTIFY)}", "/Type")
    _require(document, ("SessionID", "EvseID", *_DEMANDED[kind]))
    asked: m.ReportEvent = NOTIFY[kind].read(decode_document(NOTIFY[kind].wire, document).model)
    receipt: m.EventReceipt = await call.backend.answer(call.connection, asked)
    session = _session(asked.session.ids if asked.session else SessionIds(), receipt.session)
    return _ok(NOTIFY_ANSWER[kind].write(replace(receipt, session=session)))


_DEMANDED: Mapping[str, Sequence[str]] = {
    "Start": ("ChargingStart",),
    "Progress": ("ChargingStart", "EventOccurred"),
    "End": ("ChargingEnd",),
    "Error": ("ErrorType",),
}


def _with_caller(call: Call, asked: Any) -> Any:
    caller = PartyId.read(call.parameters.get("operatorID"))
    return asked if asked.operator is not None else replace(asked, operator=caller)


_SEEN = "/charging/v21/providers/{providerID}/authorize-remote-reservation"
"""Where others have been seen to serve and to call reservations; no document of the hub has it. Never sent."""
_SERVED: Sequence[tuple[str, str, Any, Role]] = [
    ("AuthorizeRemoteStart", PATHS["AuthorizeRemoteStart"], authorize_remote_start, Role.CPO),
    ("AuthorizeRemoteStop", PATHS["AuthorizeRemoteStop"], authorize_remote_stop, Role.CPO),
    (RESERVATION_START.name, PATHS[RESERVATION_START.name], reservation_start, Role.CPO),
    (RESERVATION_STOP.name, PATHS[RESERVATION_STOP.name], reservation_stop, Role.CPO),
    (RESERVATION_START.name, f"{_SEEN}/start", reservation_start, Role.CPO),
    (RESERVATION_STOP.name, f"{_SEEN}/stop", reservation_stop, Role.CPO),
    ("AuthorizeStart", PATHS["AuthorizeStart"], authorize_start, Role.EMSP),
    ("AuthorizeStop", PATHS["AuthorizeStop"], authorize_stop, Role.EMSP),
    ("ChargeDetailRecord", PATHS["ChargeDetailRecord"], charge_detail_record, Role.EMSP),
    (NOTIFICATIONS, PATHS[NOTIFY["Start"].name], charging_notification, Role.EMSP),
]
ROUTES: Sequence[Route] = [
    Route(name, answer, prefix + path, role=role) for prefix in (BASE, "") for name, path, answer, role in _SERVED
]
"""The hub appends its own path, `/api/oicp` included, to the service URL; a proxy may have taken that away."""


async def admit(hub: HubLink, request: HttpRequest) -> None:
    """The certificate is the host's to check; here that the path names a party at all. Raises Unauthenticated."""
    if hub.connection.protocol != NAME:
        raise Unauthenticated("this connection does not speak OICP")
    caller = _CALLER.search(request.path)
    party = PartyId.read(unquote(caller[1])) if caller else None
    if party is not None and not party.well_formed:
        raise Unauthenticated(f"{party} is no partner id")


def refuse(_: Connection, request: HttpRequest, error: GatewayError) -> HttpResponse:
    """The failure as an acknowledgement, or as a negative authorisation where one was asked for."""
    names = (kind.__name__ for kind in type(error).__mro__)
    code = next(code for code in map(FAILURE.write, names) if code is not None)
    status = wire.StatusCode(code=code, additional_info=error.public_text[:1000])
    if request.path.rstrip("/").endswith(("/authorize/start", "/authorize/stop")):
        word = wire.AuthorizationStart.NOT_AUTHORIZED
        return _ok(wire.AuthorizationStart(authorization_status=word, status_code=status))
    return _ok(wire.Acknowledgement(result=False, status_code=status))
