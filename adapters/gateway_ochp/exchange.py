"""What we ask the clearing house. It never asks us.

The result code is read before any list: `ok` and `partly` bring data, a business outcome is an answer, all else is
raised as Refused (table codes.csv). Nothing is ever deleted because an answer is empty.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gateway.crosswalk import codes
from gateway.errors import Invalid, Refused, Undecodable
from gateway.findings import errors
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.common import Reason
from gateway.model.kinds import AuthenticationMethod, EvseStatus
from gateway.model.location import Evse, Location
from gateway.model.token import Token
from gateway.ports import HubLink, Operation, Written
from gateway.translation import AnyForm
from gateway.wire import WireModel, decode, decode_document, encode
from gateway.wire.codec import LARGE, undisturbed
from gateway.wire.soap import SOAP_11, opened, raise_fault
from gateway_ochp import documents, wire
from gateway_ochp.forms import FORMS
from gateway_ochp.operations import OPERATIONS
from gateway_ochp.profile import DIRECT, TOKEN_DAYS, setting
from gateway_ochp.translate_cdrs import CDR
from gateway_ochp.translate_results import TAKEN
from gateway_ochp.translate_statuses import is_live
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


async def _answer(hub: HubLink, written: Written) -> Any:
    return meaning(await ask(hub, written), written)


def meaning(model: WireModel, written: Written) -> Any:
    """The canonical answer of a response."""
    with undisturbed(len(model.source) >= LARGE):
        return RESPONSES[written.form.name].read(model)


# --- as CPO ------------------------------------------------------------------------------------------------------


async def publish_evses(hub: HubLink, message: m.PublishEvses) -> m.Publication:
    """REPLACE_ALL replaces everything that the account has sent: the caller gives the union of its operators."""
    if not setting(hub.connection, DIRECT):
        message = replace(message, locations=tuple(map(_without_remote, message.locations)))
    written = documents.write_publish_evses(message)[0]
    answer: m.Publication = await _answer(hub, written)
    return answer


def _without_remote(location: Location) -> Location:
    """A provider's app can start a session only over OCHPdirect (crosswalk 4, "REMOTE to OCHP")."""
    return replace(location, evses=tuple(map(_evse_without_remote, location.evses)))


def _evse_without_remote(evse: Evse) -> Evse:
    methods = tuple(way for way in evse.authentication_methods if way is not AuthenticationMethod.REMOTE)
    return evse if len(methods) == len(evse.authentication_methods) else replace(evse, authentication_methods=methods)


async def publish_statuses(hub: HubLink, message: m.PublishStatuses) -> m.Publication:
    """Planned and removed have no live word: they are left to the static status and reported as not sent."""
    silent = tuple(
        m.Refusal(evse=report.evse, text="said by the static status only, which goes out with the EVSE data")
        for report in message.statuses
        if not is_live(report)
    )
    if silent and len(silent) == len(message.statuses) and not message.parking:
        return m.Publication(accepted=True, refused=silent)
    written = documents.WRITES[m.PublishStatuses](message)[0]
    answer: m.Publication = await _answer(hub, written)
    return replace(answer, refused=(*answer.refused, *silent))


async def authorize_token(hub: HubLink, message: m.AuthorizeToken) -> m.Authorization:
    """Looks the token up in the hub's own list; its provider is not asked (inventory a.11)."""
    answer: m.Authorization = await _answer(hub, documents.WRITES[m.AuthorizeToken](message)[0])
    expires = answer.token.expires if answer.token is not None else None
    if answer.allowed is m.Allowed.ALLOWED and expires is not None and expires <= hub.now():
        return replace(answer, allowed=m.Allowed.EXPIRED)
    return answer


async def fetch_tokens(hub: HubLink, message: m.FetchTokens) -> m.Tokens:
    """All tokens, or those changed since; no data is an empty answer with its reason, and means nothing is deleted."""
    answer: m.Tokens = await _answer(hub, documents.write_fetch_tokens(message)[0])
    if not is_taken(answer.reason):
        return replace(answer, tokens=())
    return replace(answer, tokens=judged(answer.tokens, hub.now()))


def judged(tokens: Iterable[Token], now: datetime) -> tuple[Token, ...]:
    """Whether each is still valid: the list says only until when."""
    return tuple(replace(token, valid=token.expires is None or token.expires > now) for token in tokens)


async def submit_cdrs(hub: HubLink, message: m.SubmitCdrs) -> m.CdrReceipt:
    """`refused` names the CDRs of an implausible list by the ids that the caller gave."""
    receipt: m.CdrReceipt = await _answer(hub, documents.WRITES[m.SubmitCdrs](message)[0])
    names = {CDR.write_plain(cdr).cdr_id: cdr.id for cdr in message.cdrs}
    return replace(receipt, refused=tuple(names.get(name) or name for name in receipt.refused))


async def submit_cdr(hub: HubLink, message: m.SubmitCdr) -> m.CdrReceipt:
    """A single CDR is taken or not: `partly` with its id in the list is a no."""
    receipt = await submit_cdrs(hub, documents.as_batch(message))
    return replace(receipt, accepted=bool(receipt.accepted) and not receipt.refused)


async def check_cdrs(hub: HubLink, message: m.CheckCdrs) -> m.Cdrs:
    return _only_taken(await _answer(hub, documents.WRITES[m.CheckCdrs](message)[0]))


# --- as EMSP -----------------------------------------------------------------------------------------------------


async def publish_tokens(hub: HubLink, message: m.PublishTokens) -> m.Publication:
    """Every entry needs an end of validity; where none is given it is the account's setting."""
    expires = hub.now() + timedelta(days=setting(hub.connection, TOKEN_DAYS))
    gone = message.action is m.PushAction.DELETE
    tokens = tuple(replace(t, expires=hub.now() if gone else t.expires or expires) for t in message.tokens)
    answer: m.Publication = await _answer(hub, documents.write_publish_tokens(replace(message, tokens=tokens))[0])
    return answer


async def fetch_evses(hub: HubLink, message: m.FetchEvses) -> m.Locations:
    """All EVSEs of connected operators, or those changed since. The hub knows no other filter."""
    answer: m.Locations = await _answer(hub, documents.write_fetch_evses(message)[0])
    return answer if is_taken(answer.reason) else replace(answer, locations=())


async def fetch_statuses(hub: HubLink, message: m.FetchStatuses) -> m.Statuses:
    """A status whose ttl has passed is no longer known (OCHP 1.4, live status)."""
    answer: m.Statuses = await _answer(hub, documents.WRITES[m.FetchStatuses](message)[0])
    now = hub.now()
    return replace(
        answer,
        statuses=tuple(
            replace(report, status=EvseStatus.UNKNOWN) if report.until is not None and report.until < now else report
            for report in answer.statuses
        ),
    )


async def fetch_cdrs(hub: HubLink, message: m.FetchCdrs) -> m.Cdrs:
    """CDRs waiting at the hub. They stay there until they are confirmed: asking twice is safe."""
    return _only_taken(await _answer(hub, documents.WRITES[m.FetchCdrs](message)[0]))


async def confirm_cdrs(hub: HubLink, message: m.ConfirmCdrs) -> m.Confirmation:
    answer: m.Confirmation = await _answer(hub, documents.WRITES[m.ConfirmCdrs](message)[0])
    return answer


def _only_taken(answer: m.Cdrs) -> m.Cdrs:
    return answer if is_taken(answer.reason) else replace(answer, cdrs=())


SENDS: Mapping[type[m.Message[Any]], Any] = {
    m.PublishEvses: publish_evses,
    m.PublishStatuses: publish_statuses,
    m.AuthorizeToken: authorize_token,
    m.FetchTokens: fetch_tokens,
    m.SubmitCdrs: submit_cdrs,
    m.SubmitCdr: submit_cdr,
    m.CheckCdrs: check_cdrs,
    m.PublishTokens: publish_tokens,
    m.FetchEvses: fetch_evses,
    m.FetchStatuses: fetch_statuses,
    m.FetchCdrs: fetch_cdrs,
    m.ConfirmCdrs: confirm_cdrs,
}
