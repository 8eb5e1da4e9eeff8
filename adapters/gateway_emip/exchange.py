"""What we ask IOP: one request, one answer, nothing tried twice."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from gateway.errors import ForeignOperator, Refused, Undecodable, Unsupported
from gateway.http import HttpResponse
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import (
    Allowed,
    Answer,
    Authorization,
    AuthorizeToken,
    CdrReceipt,
    Cdrs,
    CommandResult,
    EvseStatusReport,
    FetchCdr,
    Heartbeat,
    HeartbeatAnswer,
    Message,
    Publication,
    PublishStatuses,
    Refusal,
    StartSession,
    StopSession,
    SubmitCdr,
)
from gateway.ports import Backend, Connection, HubLink, Job, Written
from gateway.translation import AnyForm
from gateway.wire import decode_document
from gateway.wire.soap import Envelope, opened, raise_fault
from gateway_emip import forms, writing
from gateway_emip.documents import posted, recognised
from gateway_emip.profile import HEARTBEAT_DEFAULT, HEARTBEAT_LONGEST, HEARTBEAT_SHORTEST
from gateway_emip.translate.parts import is_warning
from gateway_emip.words import CODES

M = TypeVar("M", bound=Message[Any])
TRANSACTION_LENGTH = 36


# --- one exchange ------------------------------------------------------------------------------------------------


async def asked(hub: HubLink, written: Written) -> Any:
    """The canonical answer. Raises Invalid, Refused, Undecodable or a TransportError."""
    reply = await hub.exchange(posted(written.form.name, written.model))
    return read_reply(reply, forms.ANSWERS[written.form.name])


def read_reply(reply: HttpResponse, form: AnyForm) -> Any:
    """The answer of a reply; a technical failure is raised with IOP's code."""
    model = reply_model(reply, form)
    raise_failure(model.request_status)
    return form.read(model)


def reply_model(reply: HttpResponse, form: AnyForm) -> Any:
    """The wire model of a reply in the form that is expected. Raises Refused for a fault, Undecodable."""
    envelope = _envelope(reply)
    raise_fault(envelope)
    found, _ = recognised(envelope.child)
    if found is not form:
        raise Undecodable(f"{form.wire.element} is expected, not {envelope.operation}")
    return decode_document(form.wire, envelope.child).model


def _envelope(reply: HttpResponse) -> Envelope:
    """Raises Refused for an error page, but of a server's fault nobody knows whether it has acted: Undecodable."""
    try:
        return opened(reply.body)
    except Undecodable:
        if reply.status < 400:
            raise
        if reply.status >= 500:
            raise Undecodable(f"HTTP {reply.status}, no SOAP answer") from None
        raise Refused(f"HTTP {reply.status}", "no SOAP answer") from None


def raise_failure(status: str | None) -> None:
    """Raises Refused for what is no outcome: failures of the table, unknown errors, a peer's negative codes."""
    if status is None:
        raise Undecodable("the answer has no requestStatus")
    row = CODES.get(status)
    if row is not None and row.kind == "failure":
        raise Refused(status, row.meaning, retryable=row.retryable)
    if row is None and not is_warning(status):
        raise Refused(status, "a request status that is not known")


# --- who speaks --------------------------------------------------------------------------------------------------


def main_operator(connection: Connection) -> PartyId:
    """The account's own party, or the operator set as `main_operator` where the party is only the connected system."""
    named = PartyId.read(connection.options.get("main_operator"))
    return named or connection.party


def as_operator(hub: HubLink, message: M, evse: EvseId | None) -> M:
    """Under the operator of the EVSE: ids of two operators never stand in one message. Raises ForeignOperator."""
    _demand(hub, Role.CPO, message)
    if evse is not None and evse.party is not None and not hub.connection.carries(evse.party):
        raise ForeignOperator(f"{evse.party} is not an operator of connection {hub.connection.name}")
    operator = hub.connection.operator_of(evse) if evse is not None else main_operator(hub.connection)
    return _addressed(hub, replace(message, operator=operator))


def as_provider(hub: HubLink, message: M) -> M:
    """Under the provider that the message names, as registered; under the main one where it names none of ours."""
    _demand(hub, Role.EMSP, message)
    mine = (party for party in hub.connection.parties if party == message.provider)
    return _addressed(hub, replace(message, provider=next(mine, main_operator(hub.connection))))


def _addressed(hub: HubLink, message: M) -> M:
    transaction = message.transaction or hub.new_id()[:TRANSACTION_LENGTH]
    return replace(message, partner=hub.connection.party, transaction=transaction)


def _demand(hub: HubLink, role: Role, message: Message[Any]) -> None:
    if hub.connection.role is not role:
        raise Unsupported(f"over eMIP only a {role} sends {type(message).__name__}")


# --- as CPO ------------------------------------------------------------------------------------------------------


async def authorize_token(hub: HubLink, message: AuthorizeToken) -> Authorization:
    message = as_operator(hub, message, message.evse)
    answer: Authorization = await asked(hub, Written(forms.AUTHORISATION, forms.AUTHORISATION.write(message)))
    if answer.allowed is Allowed.ALLOWED and answer.session.hub is None:
        raise Undecodable("the driver is allowed, but there is no serviceSessionId to settle under")
    return answer


async def publish_statuses(hub: HubLink, message: PublishStatuses) -> Publication:
    """One call an EVSE and dimension, one after another; what one EVSE is refused does not hold up the others."""
    outcomes = [(report, await _published(hub, message, report)) for report in message.statuses]
    refused = [(report, answer) for report, answer in outcomes if answer.accepted is not True]
    reasons = [answer.reason for _, answer in refused or outcomes if answer.reason is not None]
    return Publication(
        accepted=not refused or len(refused) < len(outcomes),
        reason=reasons[0] if reasons else None,
        refused=tuple(_refusal(report, answer) for report, answer in refused),
    )


async def _published(hub: HubLink, message: PublishStatuses, report: EvseStatusReport) -> Publication:
    report = replace(report, at=report.at or hub.now())
    answer = Publication(accepted=True)
    single = replace(message, statuses=(report,), transaction=None)
    for written in writing.publish_statuses(as_operator(hub, single, report.evse)):
        answer = await asked(hub, written)
        if answer.accepted is not True:
            break
    return answer


def _refusal(report: EvseStatusReport, answer: Publication) -> Refusal:
    reason = answer.reason
    text = f"{reason.code}: {reason.text}" if reason is not None else None
    return Refusal(evse=report.evse, text=text)


async def submit_cdr(hub: HubLink, message: SubmitCdr) -> CdrReceipt:
    """Raises Refused (retryable) where the record did not get through to the eMSP: it is still owed."""
    message = as_operator(hub, message, message.cdr.evse if message.cdr is not None else None)
    receipt: CdrReceipt = await asked(hub, Written(forms.CDR, forms.CDR.write(message)))
    row = CODES.get(receipt.reason.code or "") if receipt.reason is not None else None
    if row is not None and row.retryable:
        raise Refused(row.code, row.meaning, retryable=True)
    return receipt


# --- as EMSP -----------------------------------------------------------------------------------------------------


async def start_session(hub: HubLink, message: StartSession) -> CommandResult:
    message = as_provider(hub, message)
    result: CommandResult = await asked(hub, Written(forms.START, forms.START.write(message)))
    return result


async def stop_session(hub: HubLink, message: StopSession) -> CommandResult:
    message = replace(as_provider(hub, message), at=message.at or hub.now())
    result: CommandResult = await asked(hub, Written(forms.ACTION, forms.ACTION.write(message)))
    return result


async def fetch_cdr(hub: HubLink, message: FetchCdr) -> Cdrs:
    """How IOP answers is described nowhere (errata `GetChargeDetailRecord`); nothing asks by itself."""
    message = as_provider(hub, message)
    found: Cdrs = await asked(hub, Written(forms.FETCH, forms.FETCH.write(message)))
    return found


# --- both --------------------------------------------------------------------------------------------------------


async def heartbeat(hub: HubLink, message: Heartbeat) -> HeartbeatAnswer:
    message = _addressed(hub, replace(message, operator=message.operator or main_operator(hub.connection)))
    answer: HeartbeatAnswer = await asked(hub, Written(forms.HEARTBEAT, forms.HEARTBEAT.write(message)))
    return answer


async def beat(hub: HubLink, _: Backend) -> float:
    """One heartbeat a partner, or one an operator where the connection says so; returns the seconds to the next."""
    each = bool(hub.connection.options.get("heartbeat_per_operator"))
    main = main_operator(hub.connection)
    others = [operator.id for operator in hub.connection.operators if operator.id != main] if each else []
    answers = [await heartbeat(hub, Heartbeat(operator=operator)) for operator in (main, *others)]
    wanted = answers[-1].period_seconds or HEARTBEAT_DEFAULT
    return float(min(max(wanted, HEARTBEAT_SHORTEST), HEARTBEAT_LONGEST))


SENDS: Mapping[type[Message[Any]], Callable[[HubLink, Any], Awaitable[Answer]]] = {
    AuthorizeToken: authorize_token,
    PublishStatuses: publish_statuses,
    SubmitCdr: submit_cdr,
    StartSession: start_session,
    StopSession: stop_session,
    FetchCdr: fetch_cdr,
    Heartbeat: heartbeat,
}
JOBS = (Job("heartbeat", None, HEARTBEAT_DEFAULT, beat),)
