"""What we ask the clearing house. It never asks us.

The result code is read before any list: `ok` and `partly` bring data, a business outcome is an answer, all else is
raised as Refused (table codes.csv). Nothing is ever deleted because an answer is empty.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from email.message import Message
from typing import Any

from gateway.crosswalk import codes
from gateway.errors import Invalid, Refused, Undecodable
from gateway.findings import Finding, Severity
from gateway.http import HttpRequest, HttpResponse
from gateway.log import logger
from gateway.model import messages as m
from gateway.model.common import Reason
from gateway.ports import Connection, HubLink, Operation, Written
from gateway.translation import AnyForm
from gateway.wire import WireModel, decode_document, slots
from gateway.wire.codec import LARGE, undisturbed
from gateway.wire.soap import SOAP_11, Envelope, opened, raise_fault
from gateway_ochp import documents, wire
from gateway_ochp.forms import FORMS
from gateway_ochp.operations import OPERATIONS
from gateway_ochp.strict import faults, released, strict
from gateway_ochp.translate.results import TAKEN
from gateway_ochp.versions import Release, path_of, release_of, written_release
from gateway_ochp.words import PROTOCOL

_log = logger("gateway.ochp")
LARGEST_ANSWER = 512 * 1024 * 1024
"""A whole list comes in one message."""
FEW = 5
"""Findings that the log names."""
KEYS: Mapping[type[WireModel] | None, str] = {wire.ChargePointInfo: "evse_id", wire.CdrInfo: "cdr_id"}
"""Without it nothing can be done with a record, whatever else it says."""
BY_NAME: Mapping[str, Operation] = {operation.name: operation for operation in OPERATIONS}
RESPONSES: Mapping[str, AnyForm] = {form.name: form for form in FORMS if form.direction == "response"}


async def ask(hub: HubLink, written: Written) -> WireModel:
    """The decoded response. Raises Invalid, Refused, Undecodable or a TransportError."""
    return told(await exchanged(hub, written), written, hub.connection)


async def exchanged(hub: HubLink, written: Written) -> HttpResponse:
    """The response as it came. Raises Invalid, Unsupported or a TransportError."""
    return await hub.exchange(asked(hub, written))


def asked(hub: HubLink, written: Written) -> HttpRequest:
    """What is sent for a message, in the connection's release. Raises Invalid or Unsupported."""
    operation = BY_NAME[written.form.name]
    release = written_release(hub.connection)
    model = strict(released(written.model, release, hub.connection))
    _check(model)
    return HttpRequest(
        method="POST",
        path=path_of(hub.connection, operation.service),
        headers={"content-type": "text/xml; charset=utf-8", "soapaction": f'"{release.action(operation)}"'},
        body=documents.render(Written(written.form, model), hub.connection),
        service=operation.service,
    )


def told(response: HttpResponse, written: Written, connection: Connection | None = None) -> WireModel:
    """What a response says; what had to be repaired to read it is logged. Raises Refused or Undecodable."""
    model, noticed = _decoded(response, RESPONSES[written.form.name].wire, release_of(connection))
    noted(noticed, written, connection)
    raise_failure(_result(model))
    if response.status != 200:
        raise Undecodable(f"HTTP {response.status}, and an answer that names no failure")
    return model


def noted(noticed: Sequence[Finding], written: Written, connection: Connection | None) -> None:
    """One line in the log for all that an answer deviates in; `decode` shows every finding of a journalled body."""
    found = [one for one in noticed if one.severity is not Severity.INFO]
    if found:
        _log.warning(
            "an answer deviates from the schema",
            connection=connection.name if connection is not None else "",
            operation=written.form.name,
            counts=dict(Counter(one.code for one in found)),
            first=[f"{one.pointer}: {one.text}" for one in found[:FEW]],
        )


def _check(model: WireModel) -> None:
    """As it goes out, restored parts included: a rule broken there stops the message too."""
    broken = faults(model)
    if broken:
        raise Invalid(broken)


def _decoded(
    response: HttpResponse, expected: type[WireModel], release: Release
) -> tuple[WireModel, Sequence[Finding]]:
    envelope = _opened(response)
    raise_fault(envelope)
    form, foreign = documents.recognised(envelope.child, release)
    if form.wire is not expected:
        raise Undecodable(f"{expected.element} is expected, not {envelope.operation}", f"/{envelope.operation}")
    decoded = decode_document(expected, documents.current(envelope.child))
    return decoded.model, (*envelope.noticed, *foreign, *decoded.noticed)


def _opened(response: HttpResponse) -> Envelope:
    """The bytes go to the parser as they came: it knows the encoding that the document declares."""
    charset = Message()
    charset["content-type"] = response.headers.get("content-type", "")
    try:
        return opened(response.body, SOAP_11, limit=LARGEST_ANSWER, trusted=True, charset=charset.get_content_charset())
    except Undecodable:
        if response.status >= 500:
            raise Undecodable(f"HTTP {response.status}, no SOAP in the answer") from None
        if response.status != 200:
            raise Refused(str(response.status), "no SOAP in the answer") from None
        raise


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
    """The canonical answer of a response; a record without its key stays in it, and its page names it."""
    with undisturbed(len(model.source) >= LARGE):
        answer = RESPONSES[written.form.name].read(model)
    nameless = tuple(_nameless(model))
    return replace(answer, page=m.Page(unread=nameless)) if nameless and hasattr(answer, "page") else answer


def _nameless(model: WireModel) -> Iterator[str]:
    for slot in slots(type(model)):
        key = KEYS.get(slot.model, "") if slot.many else ""
        for number, record in enumerate(getattr(model, slot.name), 1) if key else ():
            if getattr(record, key) is None:
                yield f"/{model.element}/{slot.alias}[{number}]: it has no readable {key.replace('_', ' ')}"


def only_taken(answer: m.Cdrs) -> m.Cdrs:
    return answer if is_taken(answer.reason) else replace(answer, cdrs=())
