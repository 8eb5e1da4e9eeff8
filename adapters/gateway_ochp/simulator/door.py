"""The door of the simulated clearing house: what is let in, and how the rest is turned away.

An address names the service and the version: `/service/ochp/v1.4`, `/live/…`, `/direct/…`; without a version it is 1.4.
OCHP 1.4.1 differs from 1.4 in its namespace, its actions but the live ones, and its tokens.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.errors import Undecodable
from gateway.http import HttpRequest, HttpResponse
from gateway.ports import Operation
from gateway.simulation import World
from gateway.wire import WireModel
from gateway.wire.soap import SOAP_11, Envelope, enveloped, fault, opened
from gateway.wire.wsse import WSSE
from gateway.wire.xml import Element
from gateway_ochp import wire
from gateway_ochp.documents import current, namespace_of
from gateway_ochp.operations import CLEARING_HOUSE, DIRECT, LIVE, SERVICE
from gateway_ochp.simulator.rules import result
from gateway_ochp.simulator.settings import CHUNKED, CREDENTIALS, setting
from gateway_ochp.strict import written_in
from gateway_ochp.versions import CURRENT, RELEASES, Release

LARGEST_REQUEST = 128 * 1024 * 1024
HEADERS = {"content-type": "text/xml; charset=utf-8"}
PREFIX = "ns2"
BY_ELEMENT: Mapping[str, Operation] = {
    operation.request.element: operation for operation in CLEARING_HOUSE if operation.request is not None
}
_PLACE = re.compile(r"/?(?P<service>[^/]*)(?:/ochp/v(?P<version>[^/]+))?/?")
_DENIED = "The security token could not be authenticated or authorized"


@dataclass(frozen=True)
class Letter:
    """One request that was let in."""

    operation: Operation
    envelope: Envelope
    release: Release

    @property
    def child(self) -> Element:
        """In the namespace of 1.4, whatever the release."""
        return current(self.envelope.child)


def letter(request: HttpRequest) -> Letter:
    """By the body's element; the address and the action have to agree with it. Raises Undecodable."""
    envelope = opened(request.body, SOAP_11, limit=LARGEST_REQUEST, trusted=True)
    place = _PLACE.fullmatch(request.path)
    service, version = (place["service"], place["version"] or CURRENT) if place else (request.path, CURRENT)
    operation, release = BY_ELEMENT.get(envelope.operation), RELEASES.get(version)
    namespace = namespace_of(envelope.child)
    if operation is None or release is None or not release.is_written:
        raise Undecodable(f"{envelope.operation} is no request of OCHP {version}")
    if namespace != release.namespace:
        raise Undecodable(f"{envelope.operation} of {namespace or 'no namespace'} is no request of OCHP {version}")
    if service and service != operation.service:
        known = service in (SERVICE, LIVE, DIRECT)
        raise Undecodable(f"{operation.name} is not at /{service}" if known else f"there is no service at /{service}")
    action = request.headers.get("soapaction", "").strip('"')
    if action and action.casefold() != release.action(operation).casefold():
        raise Undecodable(f"the SOAPAction {action} does not match {operation.name}")
    return Letter(operation, envelope, release)


def turned_away(request: HttpRequest, world: World) -> HttpResponse | None:
    """Servers of hubs that want to know a request's length beforehand (seen by a peer in 2016)."""
    chunked = "chunked" in request.headers.get("transfer-encoding", "").lower()
    if not chunked or setting(world, CHUNKED) == "accept":
        return None
    return HttpResponse(status=411, headers={"content-type": "text/plain"}, body=b"Length Required")


def denied(operation: Operation, release: Release, world: World) -> HttpResponse:
    """`not-authorized` in the operation's own response; a fault where it has no result, and from an older platform."""
    response = operation.response
    if setting(world, CREDENTIALS) == "result" and response is not None and issubclass(response, wire.ResultResponse):
        return said(response(result=result(wire.NOT_AUTHORIZED, "Wrong user name or password.")), release)
    code = f'<faultcode xmlns:wsse="{WSSE}">wsse:FailedAuthentication</faultcode>'
    content = f"<soap:Fault>{code}<faultstring>{_DENIED}</faultstring></soap:Fault>"
    return HttpResponse(status=500, headers=HEADERS, body=enveloped(SOAP_11, content))


def said(model: WireModel, release: Release = RELEASES[CURRENT]) -> HttpResponse:
    return HttpResponse(headers=HEADERS, body=enveloped(SOAP_11, written_in(model, release, PREFIX)))


def faulty(text: str, status: int = 500) -> HttpResponse:
    return HttpResponse(status=status, headers=HEADERS, body=fault(SOAP_11, text, ours=False))
