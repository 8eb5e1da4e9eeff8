"""One exchange with a partner: a request to its address of the day, and what its answer says.

A partner is not the clearing house: its answers are read within the usual bounds, and its result codes are outcomes.
"""

from typing import Any

from gateway.crosswalk import codes
from gateway.errors import (
    ForeignOperator,
    GatewayError,
    Invalid,
    NoAnswer,
    Refused,
    Unavailable,
    Undecodable,
    Unsupported,
)
from gateway.findings import Finding, Severity, errors
from gateway.http import HttpRequest, HttpResponse
from gateway.model.common import Reason, Role
from gateway.model.ids import ContractId, EvseId
from gateway.ports import HubLink
from gateway.translation import AnyForm
from gateway.wire import WireModel, decode, decode_document, encode
from gateway.wire.soap import SOAP_11, Envelope, enveloped, opened, raise_fault
from gateway_ochp.direct.endpoints import Way, contract_key, evse_key, partner
from gateway_ochp.documents import current
from gateway_ochp.operations import PARTNER, PARTNERS
from gateway_ochp.strict import strict, written_in
from gateway_ochp.versions import BY_NAMESPACE, CURRENT, RELEASES, Release
from gateway_ochp.words import PROTOCOL

PREFIX = "ns"
CONTENT_TYPE = "text/xml; charset=utf-8"
ACTIONS = {operation.name: operation.action for operation in PARTNERS}


# --- whom --------------------------------------------------------------------------------------------------------


async def operator_of(hub: HubLink, evse: EvseId | None) -> Way:
    """Where the operator of an EVSE is reached. Raises Unsupported, NotSent, or Invalid where no EVSE is named."""
    if hub.connection.role is not Role.EMSP:
        raise Unsupported("over OCHPdirect only a provider asks an operator")
    if evse is None:
        text = "the operator is found by its EVSE; name the EVSE, or a session that is known"
        raise Invalid([Finding("/evse", Severity.ERROR, "missing", text)])
    return await partner(hub, Role.CPO, evse_key(evse))


async def provider_of(hub: HubLink, contract: ContractId | None, evse: EvseId | None) -> Way:
    """Where the provider of a contract is reached. Raises Unsupported, NotSent, ForeignOperator or Invalid."""
    if hub.connection.role is not Role.CPO:
        raise Unsupported("over OCHPdirect only an operator tells a provider of its session")
    if evse is not None and not hub.connection.carries(evse.party):
        raise ForeignOperator(f"{evse.party} is not an operator of connection {hub.connection.name}")
    if contract is None:
        text = "the provider is found by the contract; the session names none"
        raise Invalid([Finding("/session/token/contract_id", Severity.ERROR, "missing", text)])
    return await partner(hub, Role.EMSP, contract_key(contract))


# --- asking ------------------------------------------------------------------------------------------------------


async def asked(hub: HubLink, way: Way, question: AnyForm, message: Any, answer: AnyForm) -> Any:
    """The meaning of the partner's answer. Raises Invalid, Refused, Undecodable or a TransportError."""
    model = fit(question.write(message))
    headers = {"content-type": CONTENT_TYPE, "soapaction": f'"{ACTIONS[question.name]}"', **way.headers}
    body = written(model, BY_NAMESPACE.get(way.endpoint.version or "", RELEASES[CURRENT]))
    request = HttpRequest(path="", headers=headers, body=body, service=PARTNER, base=way.base)
    return answer.read(_told(await hub.exchange(request), answer.wire))


def written(model: WireModel, release: Release) -> bytes:
    """The envelope as partners send it: without WS-Security, in the namespace that the other side speaks."""
    return enveloped(SOAP_11, written_in(model, release, PREFIX))


def fit(model: WireModel) -> WireModel:
    """`model` as it may leave: what the schema has no room for is taken back. Raises Invalid."""
    model = strict(model)
    broken = errors(decode(type(model), encode(model)).findings)
    if broken:
        raise Invalid(broken)
    return model


def _told(response: HttpResponse, expected: type[WireModel]) -> WireModel:
    envelope = _opened(response)
    raise_fault(envelope)
    if envelope.operation.casefold() != expected.element.casefold():
        raise Undecodable(f"{expected.element} is expected, not {envelope.operation}", f"/{envelope.operation}")
    model: WireModel = decode_document(expected, current(envelope.child)).model
    return model


def _opened(response: HttpResponse) -> Envelope:
    """Of a server's own failure nobody knows whether it came before or after the partner has acted."""
    try:
        return opened(response.body, SOAP_11)
    except Undecodable:
        if response.status >= 500:
            raise Undecodable(f"HTTP {response.status}, no SOAP in the answer") from None
        if response.status >= 400:
            raise Refused(str(response.status), "no SOAP in the answer") from None
        raise


def may_have_acted(error: GatewayError) -> bool:
    """Whether a partner may have done what was asked, although it cannot be told from its answer."""
    unreadable = isinstance(error, (NoAnswer, Undecodable))
    return unreadable or (isinstance(error, Unavailable) and error.may_have_acted)


def failed(reason: Reason | None) -> Refused | None:
    """The failure that a result tells of; None for an outcome. No result, or an unknown one, is a failure."""
    name = reason.code if reason is not None else None
    code = codes(PROTOCOL).get(name or "")
    if code is not None and code.kind != "failure":
        return None
    text = (reason.text if reason is not None else None) or ""
    return Refused(name or "no result", text, retryable=code is not None and code.retryable)
