"""The clearing house of OCHP 1.4, simulated: rule-true and with a memory, below `/service` and `/live`.

Settings of the world: with `second_cdr` = `accept` a second new CDR under the id of a first one is answered with ok
(the same again changes nothing, another replaces it); else it is listed as implausible.
"""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.canonical import to_json
from gateway.errors import Unauthenticated, Undecodable
from gateway.http import HttpRequest, HttpResponse
from gateway.ports import Operation
from gateway.simulation import Desk
from gateway.wire import WireModel, decode_document
from gateway.wire.soap import SOAP_11, Envelope, fault, opened, sealed
from gateway.wire.wsse import UsernameToken, admitted
from gateway_ochp import documents, wire
from gateway_ochp.operations import LIVE, OPERATIONS, SERVICE
from gateway_ochp.simulator.cdrs import CdrDesk
from gateway_ochp.simulator.lists import ChargePoints, Tokens
from gateway_ochp.simulator.live import LiveStatus
from gateway_ochp.simulator.rules import Relations, result
from gateway_ochp.translate.cdrs import read_cdr
from gateway_ochp.translate.locations import read_charge_point
from gateway_ochp.translate.statuses import read_parking, read_status
from gateway_ochp.translate.tokens import read_token

LARGEST_REQUEST = 128 * 1024 * 1024
HEADERS = {"content-type": "text/xml; charset=utf-8"}
PREFIX = "ns2"
BY_REQUEST: Mapping[type[WireModel] | None, Operation] = {operation.request: operation for operation in OPERATIONS}
NOT_HERE = {
    "result": "refused",
    "session": None,
    "answer": {"code": "not-supported", "text": "OCHP 1.4 has no remote start or stop; it needs OCHPdirect"},
}


class EclearingSimulator:
    """What an account of the clearing house meets."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.reset()

    def reset(self) -> None:
        relations = Relations(self._desk.world)
        self._charge_points = ChargePoints(self._desk, relations)
        self._tokens = Tokens(self._desk, relations)
        self._live = LiveStatus(self._desk, relations)
        self._cdrs = CdrDesk(self._desk, relations)
        self._answers: Mapping[type[WireModel], Callable[[Any], WireModel]] = {
            wire.SetChargePointListRequest: self._charge_points.set,
            wire.UpdateChargePointListRequest: self._charge_points.update,
            wire.GetChargePointListRequest: self._charge_points.get,
            wire.GetChargePointListUpdatesRequest: self._charge_points.get_updates,
            wire.SetRoamingAuthorisationListRequest: self._tokens.set,
            wire.UpdateRoamingAuthorisationListRequest: self._tokens.update,
            wire.GetRoamingAuthorisationListRequest: self._tokens.get,
            wire.GetRoamingAuthorisationListUpdatesRequest: self._tokens.get_updates,
            wire.GetSingleRoamingAuthorisationRequest: self._tokens.get_single,
            wire.UpdateStatusRequest: self._live.update,
            wire.GetStatusRequest: self._live.get,
            wire.AddCdrsRequest: self._cdrs.add,
            wire.CheckCdrsRequest: self._cdrs.check,
            wire.GetCdrsRequest: self._cdrs.get,
            wire.ConfirmCdrsRequest: self._cdrs.confirm,
        }

    async def handle(self, request: HttpRequest) -> HttpResponse:
        """A response of the operation, or a SOAP fault for what is no request of OCHP."""
        try:
            envelope = opened(request.body, SOAP_11, limit=LARGEST_REQUEST, trusted=True)
            operation = _operation(envelope, request)
        except Undecodable as error:
            return _fault(error.public_text)
        try:
            world = self._desk.world
            admitted(envelope.header, UsernameToken(world.user, world.password))
        except Unauthenticated:
            return _denied(operation)
        too_many = self._desk.over_budget(operation.name, self._desk.world.user)
        if too_many is not None:
            return too_many
        async with self._desk.handling(operation.name, self._desk.world.user):
            return self._answered(envelope)

    def _answered(self, envelope: Envelope) -> HttpResponse:
        model = decode_document(documents.recognised(envelope.child)[0].wire, envelope.child).model
        return _said(self._answers[type(model)](model))

    def state(self) -> Mapping[str, Any]:
        return {
            "evses": [to_json(read_charge_point(info)) for info in self._charge_points.register.records()],
            "statuses": [to_json(read_status(told.status)) for told in self._live.evses.values()],
            "parking": [to_json(read_parking(told.status)) for told in self._live.parking.values()],
            "tokens": [to_json(read_token(info)) for info in self._tokens.register.records()],
            "cdrs": [to_json(read_cdr(info)) for info in self._cdrs.cdrs.values()],
            "sessions": [],
        }

    async def remote_start(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        return NOT_HERE

    async def remote_stop(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        return NOT_HERE


def _operation(envelope: Envelope, request: HttpRequest) -> Operation:
    """By the body's element; the address and the action have to agree with it. Raises Undecodable."""
    form, noticed = documents.recognised(envelope.child)
    operation = BY_REQUEST.get(form.wire)
    if operation is None or noticed:
        raise Undecodable(f"{envelope.operation} is no request of OCHP 1.4")
    place = request.path.strip("/").partition("/")[0]
    if place and place != operation.service:
        known = place in (SERVICE, LIVE)
        raise Undecodable(f"{operation.name} is not at /{place}" if known else f"there is no service at /{place}")
    action = request.headers.get("soapaction", "").strip('"')
    if action and action.casefold() != operation.action.casefold():
        raise Undecodable(f"the SOAPAction {action} does not match {operation.name}")
    return operation


def _denied(operation: Operation) -> HttpResponse:
    """`not-authorized` in the operation's own response; GetStatus has no result to say it in."""
    response = operation.response
    if response is None or not issubclass(response, wire.ResultResponse):
        return _fault("The security token could not be authenticated or authorized")
    return _said(response(result=result(wire.NOT_AUTHORIZED, "Wrong user name or password.")))


def _said(model: WireModel) -> HttpResponse:
    return HttpResponse(headers=HEADERS, body=sealed(SOAP_11, model, prefix=PREFIX))


def _fault(text: str) -> HttpResponse:
    return HttpResponse(status=500, headers=HEADERS, body=fault(SOAP_11, text, ours=False))
