"""Asking the hub: what leaves, and what its replies mean.

HTTP 200 is no success by itself: refusals come as `Result: false`, errors as a bare StatusCode, a FaultBody or a page.
"""

import re
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from gateway.errors import Invalid, Refused, Unavailable, Undecodable
from gateway.findings import errors
from gateway.http import HttpRequest, HttpResponse
from gateway.model.common import Reason
from gateway.model.messages import Answer
from gateway.ports import Connection, HubLink
from gateway.translation import AnyForm
from gateway.wire import Decoded, WireModel, decode_document, document, encode
from gateway.wire.json import parse_passed_on
from gateway_oicp import wire
from gateway_oicp.operations import BASE, PATHS
from gateway_oicp.words import is_failure, is_ok, is_retryable

W = TypeVar("W", bound=WireModel)
A = TypeVar("A", bound=Answer)

HEADERS = {"content-type": "application/json;charset=utf-8", "accept": "application/json"}
PROCESS_ID = "process-id"
_BUSY = (408, 429, 502, 503, 504)
_NOBODY_KNOWS = (408, 502, 504)


def path_of(connection: Connection, operation: str) -> str:
    """The account's own id, spelled as registered; the base URL may be given with or without `/api/oicp`."""
    party = quote(str(connection.party), safe="")
    path = PATHS[operation].format(operatorID=party, providerID=party)
    base = connection.urls.get("")
    return path if base is None or BASE in urlsplit(base).path else BASE + path


def fit(model: W) -> W:
    """`model`, if what leaves breaks no rule; raises Invalid. What was kept of a received message is held to it too."""
    broken = errors(decode_document(type(model), document(model)).findings)
    if broken:
        raise Invalid(broken)
    return model


async def ask(hub: HubLink, form: AnyForm, message: Any, query: str = "") -> HttpResponse:
    """Raises Invalid or a TransportError."""
    body = encode(fit(form.write(message)))
    path = path_of(hub.connection, form.name)
    return await hub.exchange(HttpRequest(method="POST", path=path, query=query, headers=HEADERS, body=body))


# --- replies -----------------------------------------------------------------------------------------------------


def told(reply: HttpResponse) -> Any:
    """The message in a reply. Raises Unavailable, Refused for faults and pages, Undecodable."""
    if reply.status in _BUSY:
        raise Unavailable(f"HTTP {reply.status}", _seconds(reply.headers), may_have_acted=reply.status in _NOBODY_KNOWS)
    try:
        body = parse_passed_on(reply.body)
    except Undecodable as error:
        raise _page(reply, str(error)) from error
    if not isinstance(body, dict):
        raise _page(reply, "a JSON object is expected")
    if reply.status >= 400 and not isinstance(body.get("StatusCode"), dict):
        raise _fault(reply, body)
    return body


def _seconds(headers: Any) -> float | None:
    text = headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None


def _page(reply: HttpResponse, why: str) -> Refused | Undecodable:
    """Web servers before the hub answer with pages, such as nginx to an address that is not on its list."""
    text = f"the hub answered HTTP {reply.status} with {_what_came(reply.body, why)}"
    # Of a server's own fault nobody knows whether it came before or after the hub has acted.
    if reply.status < 400 or reply.status >= 500:
        return Undecodable(text)
    return Refused(str(reply.status), text)


def _what_came(body: bytes, why: str) -> str:
    """A page by its text; a document that cannot be read is not repeated, since it may name cards."""
    if body.lstrip()[:1] in (b"{", b"["):
        return f"a document that cannot be read: {why}"
    try:
        page = body.decode("utf-8")
    except UnicodeDecodeError:
        page = body.decode("iso-8859-1")
    words = " ".join(re.sub(r"<[^>]*>", " ", page).split())[:200]
    return f"a page instead of a message: {words or 'it is empty'}"


def _fault(reply: HttpResponse, body: Any) -> Refused | Undecodable:
    fault = decode_document(wire.FaultBody, body).model
    broken = "; ".join(f"{one.field_reference}: {one.error_message}" for one in fault.validation_errors)
    parts = (fault.message, broken, fault.extended_info, _process(reply))
    text = " – ".join(part for part in parts if part)
    if reply.status >= 500:
        return Undecodable(f"the hub answered HTTP {reply.status}: {text}")
    return Refused(str(reply.status), text)


def _process(reply: HttpResponse) -> str | None:
    """The hub's support asks for it."""
    name = reply.headers.get(PROCESS_ID)
    return f"Process-ID {name}" if name else None


def refused(status: wire.StatusCode | None, reply: HttpResponse) -> Refused:
    status = status or wire.StatusCode(code=None)
    words = " – ".join(part for part in (status.description, status.additional_info, _process(reply)) if part)
    return Refused(status.code or str(reply.status), words, retryable=is_retryable(status.code))


def acknowledged(reply: HttpResponse) -> wire.Acknowledgement:
    """The acknowledgement, `result` always told. Raises Refused for a failure."""
    model = decode_document(wire.Acknowledgement, told(reply)).model
    code = model.status_code.code if model.status_code else None
    if model.result is None:
        model.result = reply.status < 400 and is_ok(code)
    if not model.result and is_failure(code):
        raise refused(model.status_code, reply)
    return model


def accepted(reply: HttpResponse) -> wire.Acknowledgement:
    """As `acknowledged`, where no refusal is an answer. Raises Refused."""
    model = acknowledged(reply)
    if not model.result:
        raise refused(model.status_code, reply)
    return model


def authorized(
    reply: HttpResponse, kind: type[wire.AuthorizationStart] | type[wire.AuthorizationStop]
) -> wire.AuthorizationStart | wire.AuthorizationStop:
    """The authorisation; a driver refused is an answer. Raises Refused for a failure."""
    model = decode_document(kind, told(reply)).model
    if model.authorization_status == kind.AUTHORIZED:
        return model
    if is_failure(model.status_code.code if model.status_code else None):
        raise refused(model.status_code, reply)
    model.authorization_status = model.authorization_status or kind.NOT_AUTHORIZED
    return model


def listed(reply: HttpResponse, kind: type[W]) -> W:
    """A page or list; its StatusCode may be absent. Raises Refused."""
    return judged(reply, kind).model


def judged(reply: HttpResponse, kind: type[W]) -> Decoded[W]:
    """As `listed`, with what was noticed while reading it."""
    body = told(reply)
    status = decode_document(wire.StatusCode, body.get("StatusCode") or {}).model
    if reply.status >= 400 or (status.code is not None and not is_ok(status.code)):
        raise refused(status, reply)
    return decode_document(kind, body)


def account_name(hub: HubLink, name: str | None) -> str | None:
    """The operator's name as told, else as the account's own is configured."""
    account = hub.connection.operator(hub.connection.party)
    return name or (account.name if account else None)


def noted(answer: A, reply: HttpResponse) -> A:
    """The answer with the hub's Process-ID in its reason."""
    process = _process(reply)
    if process is None:
        return answer
    reason = answer.reason or Reason()
    detail = " – ".join(part for part in (reason.detail, process) if part)
    return replace(answer, reason=replace(reason, detail=detail))
