"""What we ask the clearing house. It never asks us.

The result code is read before any list: `ok` and `partly` bring data, a business outcome is an answer, all else is
raised as Refused (table codes.csv). Nothing is ever deleted because an answer is empty.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.crosswalk import codes
from gateway.errors import Invalid, Refused, Undecodable
from gateway.findings import errors
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.common import Reason
from gateway.ports import HubLink, Operation, Written
from gateway.translation import AnyForm
from gateway.wire import WireModel, decode, decode_document, encode
from gateway.wire.codec import LARGE, undisturbed
from gateway.wire.soap import SOAP_11, opened, raise_fault
from gateway_ochp import documents, wire
from gateway_ochp.forms import FORMS
from gateway_ochp.operations import OPERATIONS
from gateway_ochp.translate.results import TAKEN
from gateway_ochp.words import PROTOCOL

LARGEST_ANSWER = 512 * 1024 * 1024
"""A whole list comes in one message."""
BY_NAME: Mapping[str, Operation] = {operation.name: operation for operation in OPERATIONS}
RESPONSES: Mapping[str, AnyForm] = {form.name: form for form in FORMS if form.direction == "response"}


async def ask(hub: HubLink, written: Written) -> WireModel:
    """The decoded response. Raises Invalid, Refused, Undecodable or a TransportError."""
    return told(await exchanged(hub, written), written)


async def exchanged(hub: HubLink, written: Written) -> HttpResponse:
    """The response as it came. Raises Invalid or a TransportError."""
    operation = BY_NAME[written.form.name]
    _check(written.model)
    request = HttpRequest(
        method="POST",
        path="",
        headers={"content-type": "text/xml; charset=utf-8", "soapaction": f'"{operation.action}"'},
        body=documents.render(written, hub.connection),
        service=operation.service,
    )
    return await hub.exchange(request)


def told(response: HttpResponse, written: Written) -> WireModel:
    """What a response says. Raises Refused or Undecodable."""
    model = _decoded(response, RESPONSES[written.form.name].wire)
    raise_failure(_result(model))
    return model


def _check(model: WireModel) -> None:
    """As it goes out, restored parts included: a rule broken there stops the message too."""
    broken = errors(decode(type(model), encode(model)).findings)
    if broken:
        raise Invalid(broken)


def _decoded(response: HttpResponse, expected: type[WireModel]) -> WireModel:
    try:
        envelope = opened(response.body, SOAP_11, limit=LARGEST_ANSWER, trusted=True)
    except Undecodable:
        if response.status != 200:
            if response.status >= 500:
                raise Undecodable(f"HTTP {response.status}, no SOAP in the answer") from None
            raise Refused(str(response.status), "no SOAP in the answer") from None
        raise
    raise_fault(envelope)
    form, _ = documents.recognised(envelope.child)
    if form.wire is not expected:
        raise Undecodable(f"{expected.element} is expected, not {envelope.operation}", f"/{envelope.operation}")
    model: WireModel = decode_document(expected, envelope.child).model
    return model


def _result(model: WireModel) -> wire.Result | None:
    """Of any response; GetStatus has none by the schema, but some send one."""
    if isinstance(model, wire.ResultResponse):
        return model.result if model.result is not None else wire.Result(result_code=None, result_description=None)
    hidden = next(iter(model.unknown.get(wire.Result.element, ())), None)
    return None if hidden is None else decode_document(wire.Result, hidden).model


def raise_failure(result: wire.Result | None) -> None:
    """An unknown or absent code is a failure: silence never reads as success."""
    if result is None:
        return
    code = codes(PROTOCOL).get(result.result_code or "")
    if code is None or code.kind == "failure":
        retryable = code is not None and code.retryable
        raise Refused(result.result_code or "no result", result.result_description or "", retryable=retryable)


def is_taken(reason: Reason | None) -> bool:
    return reason is not None and reason.code in TAKEN


async def answered(hub: HubLink, written: Written) -> Any:
    return meaning(await ask(hub, written), written)


def meaning(model: WireModel, written: Written) -> Any:
    """The canonical answer of a response."""
    with undisturbed(len(model.source) >= LARGE):
        return RESPONSES[written.form.name].read(model)


def only_taken(answer: m.Cdrs) -> m.Cdrs:
    return answer if is_taken(answer.reason) else replace(answer, cdrs=())
