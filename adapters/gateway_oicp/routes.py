"""What the hub asks us. HTTP 200 and a message for everything; failures are said in the codes of `failure.csv`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from gateway.errors import ForeignOperator, GatewayError, Unauthenticated, Undecodable
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.model.session import SessionIds
from gateway.ports import Call, Connection, Route
from gateway.translation import AnyForm
from gateway.wire import WireModel, decode, encode
from gateway_oicp import wire
from gateway_oicp.forms import (
    CHARGE_DETAIL_RECORD,
    CHARGE_DETAIL_RECORD_ANSWER,
    REMOTE_START,
    REMOTE_START_ANSWER,
    REMOTE_STOP,
    REMOTE_STOP_ANSWER,
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
    if not isinstance(model.source, dict):
        raise Undecodable("a JSON object is expected")
    for name in demanded:
        if model.source.get(name) in (None, ""):
            raise Undecodable(f"{name} is missing", f"/{name}")
    return form.read(model)


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


async def _commanded(call: Call, asked: m.StartSession | m.StopSession, form: AnyForm) -> HttpResponse:
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


def _with_caller(call: Call, asked: Any) -> Any:
    caller = PartyId.read(call.parameters.get("operatorID"))
    return asked if asked.operator is not None else replace(asked, operator=caller)


_SERVED: Mapping[str, tuple[Any, Role]] = {
    "AuthorizeRemoteStart": (authorize_remote_start, Role.CPO),
    "AuthorizeRemoteStop": (authorize_remote_stop, Role.CPO),
    "AuthorizeStart": (authorize_start, Role.EMSP),
    "AuthorizeStop": (authorize_stop, Role.EMSP),
    "ChargeDetailRecord": (charge_detail_record, Role.EMSP),
}
ROUTES: Sequence[Route] = [
    Route(name, answer, prefix + PATHS[name], role=role)
    for prefix in (BASE, "")
    for name, (answer, role) in _SERVED.items()
]
"""The hub appends its own path, `/api/oicp` included, to the service URL; a proxy may have taken that away."""


def admit(connection: Connection, request: HttpRequest) -> None:
    """The certificate is the host's to check; here that the path names a party at all. Raises Unauthenticated."""
    if connection.protocol != NAME:
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
