"""What IOP calls: one path, the body's element decides."""

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from gateway.errors import ForeignOperator, GatewayError, Unauthenticated, Undecodable, Unsupported
from gateway.http import HttpRequest, HttpResponse
from gateway.model.cdr import Cdr
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import (
    Authorization,
    CdrReceipt,
    CommandResult,
    CommandStatus,
    EventReceipt,
    Message,
    StartSession,
    StopSession,
)
from gateway.model.session import SessionIds
from gateway.ports import Call, Connection, HubLink, Route
from gateway.wire import WireModel, decode_document
from gateway.wire.soap import SOAP_12, opened
from gateway_emip import forms, wire
from gateway_emip.documents import answered, faulted, recognised
from gateway_emip.granting import forbidden, granting
from gateway_emip.reading import Unclear, to_iop, understood
from gateway_emip.words import (
    ACTION,
    DENIED,
    FAILED,
    GRANTED,
    NO_ANSWER_OF_PROVIDER,
    NO_ID,
    NO_SUCH_NATURE,
    NOT_ON_THIS_EVSE,
    NOT_TAKEN,
    REFUSED_UNEXPLAINED,
    UNKNOWN_PARTNER,
    UNKNOWN_SESSION,
)

M = TypeVar("M", bound=WireModel)


def received(request: HttpRequest, kind: type[M]) -> M:
    """The message of a request. Raises Undecodable: what we serve is SOAP 1.2, and its meaning must be clear."""
    return understood(kind, opened(request.body, SOAP_12).child)


def check_ours(connection: Connection, target: PartyId | None, evse: EvseId | None = None) -> None:
    """targetOperatorId chooses our operator, the EVSE where it is missing; neither may be somebody else's.

    Raises ForeignOperator.
    """
    for party in (target, evse.party if evse is not None else None):
        if party is not None and not connection.carries(party):
            raise ForeignOperator(f"{party} is not an operator of connection {connection.name}")


Asking = TypeVar("Asking", bound=Message[Any])


def ours(connection: Connection, message: Asking, evse: EvseId | None) -> Asking:
    """The message under the operator of ours that it is for: its target, else that of the EVSE (S0.8).

    Raises ForeignOperator where neither is ours, or where the EVSE of another house is meant.
    """
    if message.operator is None or connection.carries(message.operator):
        check_ours(connection, message.operator, evse)
        return message
    if evse is None or not connection.carries(evse.party):
        raise ForeignOperator(f"{message.operator} is not an operator of connection {connection.name}")
    return replace(message, operator=connection.operator_of(evse))


# --- as CPO ------------------------------------------------------------------------------------------------------


async def set_service_authorisation(call: Call) -> HttpResponse:
    """Value 1 starts a session, or grants what was refused; value 2 ends a known one (grade D: a decision)."""
    asked = received(call.request, wire.FromIopSetServiceAuthorisationRequest)
    if asked.authorisation_value not in (GRANTED, DENIED):
        raise Unclear("authorisationValue is neither 1 nor 2", "/authorisationValue")
    transaction = asked.transaction_id or NO_ID
    message = ours(call.connection, forms.FORWARDED_START.read(asked), EvseId.read(asked.evse_id))
    if isinstance(message, StopSession):
        result = await forbidden(call, message)
    else:
        granted = await granting(call, message) if isinstance(message, StartSession) else message
        if granted is None:
            return answered(_refusal(forms.FORWARDED_START.name, transaction, REFUSED_UNEXPLAINED))
        result = await call.backend.answer(call.connection, granted)
    return answered(forms.FORWARDED_START_ANSWER.write(replace(result, transaction=transaction)))


async def set_session_action(call: Call) -> HttpResponse:
    """0 is the emergency stop; a nature that is not known, or not given, is never taken for a stop."""
    asked = received(call.request, wire.FromIopSetSessionActionRequestRequest)
    message = forms.FORWARDED_ACTION.read(asked)
    state = await call.sessions.state(message.session)
    if state is not None and state.session is not None:
        message = replace(message, session=_undivided(message.session, state.session.ids))
    message = ours(call.connection, message, state.session.evse if state and state.session else None)
    nature = asked.session_action.session_action_nature if asked.session_action is not None else None
    result = CommandResult(status=CommandStatus.NOT_SUPPORTED)
    if ACTION.read(nature) is not None:
        result = await call.backend.answer(call.connection, message)
    result = replace(result, transaction=asked.transaction_id or NO_ID)
    return answered(forms.FORWARDED_ACTION_ANSWER.write(result))


def _undivided(asked: SessionIds, known: SessionIds) -> SessionIds:
    """IOP's id is the key of everything after (C): the CPO's id of another session beside it stops nobody else."""
    return replace(asked, cpo=known.cpo) if known.cpo and asked.hub == known.hub else asked


# --- as EMSP -----------------------------------------------------------------------------------------------------


async def get_service_authorisation(call: Call) -> HttpResponse:
    asked = received(call.request, wire.FromIopGetServiceAuthorisationRequest)
    message = forms.FORWARDED_AUTHORISATION.read(asked)
    check_ours(call.connection, message.provider)
    answer: Authorization = await call.backend.answer(call.connection, message)
    ids = replace(answer.session, emsp=answer.session.emsp or call.link.new_id())
    answer = replace(answer, session=ids, transaction=asked.transaction_id or NO_ID)
    return answered(forms.FORWARDED_AUTHORISATION_ANSWER.write(answer))


async def set_charge_detail_record(call: Call) -> HttpResponse:
    asked = received(call.request, wire.FromIopSetChargeDetailRecordRequest)
    message = forms.FORWARDED_CDR.read(asked)
    cdr, transaction = message.cdr, asked.transaction_id or NO_ID
    if cdr is None:
        raise Undecodable("chargeDetailRecord is missing", "/chargeDetailRecord")
    message = replace(message, provider=message.provider or cdr.provider or await _provider_of(call, cdr))
    check_ours(call.connection, message.provider)
    unclear = _unclear(cdr)
    if unclear is not None:
        return answered(_refusal(forms.FORWARDED_CDR.name, transaction, unclear))
    receipt: CdrReceipt = await call.backend.answer(call.connection, message)
    ids = replace(receipt.session, emsp=receipt.session.emsp or cdr.session.emsp)
    return answered(forms.FORWARDED_CDR_ANSWER.write(replace(receipt, session=ids, transaction=transaction)))


async def _provider_of(call: Call, cdr: Cdr) -> PartyId | None:
    """Whose the session was, where the record names nobody, as the skeleton has it (B): no other tenant books it.

    Raises ForeignOperator for a session that is not known at this connection.
    """
    if cdr.session.hub is None:
        return None
    state = await call.sessions.state(cdr.session)
    if state is None or state.session is None:
        raise ForeignOperator(f"the record names no provider, and {call.connection.name} knows no such session")
    return state.session.provider


def _unclear(cdr: Cdr) -> str | None:
    """The request status for a record that would stand in the way of another one: of no session, or of no nature.

    A session's final record is taken once, so nothing else may be taken for it.
    """
    if cdr.session.hub is None:
        return UNKNOWN_SESSION
    return NO_SUCH_NATURE if cdr.nature is None else None


async def set_session_event_report(call: Call) -> HttpResponse:
    """An event whose nature is not known is not passed on; it is answered with 10506."""
    asked = received(call.request, wire.FromIopSetSessionEventReportRequest)
    message = forms.FORWARDED_EVENT.read(asked)
    check_ours(call.connection, message.provider)
    transaction = asked.transaction_id or NO_ID
    if message.event is None or message.event.kind is None:
        return answered(_refusal(forms.FORWARDED_EVENT.name, transaction, NO_SUCH_NATURE))
    receipt: EventReceipt = await call.backend.answer(call.connection, message)
    ids = SessionIds(hub=asked.service_session_id)
    return answered(forms.FORWARDED_EVENT_ANSWER.write(replace(receipt, session=ids, transaction=transaction)))


ROUTES = tuple(
    Route(form.name, answer, element=element, role=role)
    for form, answer, role in (
        (forms.FORWARDED_START, set_service_authorisation, Role.CPO),
        (forms.FORWARDED_ACTION, set_session_action, Role.CPO),
        (forms.FORWARDED_AUTHORISATION, get_service_authorisation, Role.EMSP),
        (forms.FORWARDED_EVENT, set_session_event_report, Role.EMSP),
        (forms.FORWARDED_CDR, set_charge_detail_record, Role.EMSP),
    )
    for element in (form.wire.element, to_iop(form.wire.element))
)
"""One peer writes the root of the other direction; nobody calls a partner with it and means anything else."""


# --- what goes wrong ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refusals:
    """The request statuses of one operation: not our operator, not offered, failed while doing it."""

    foreign: str
    unsupported: str
    failed: str


REFUSALS = {
    forms.FORWARDED_START.name: Refusals(NOT_ON_THIS_EVSE, NOT_ON_THIS_EVSE, REFUSED_UNEXPLAINED),
    forms.FORWARDED_ACTION.name: Refusals(UNKNOWN_PARTNER, NOT_TAKEN, FAILED),
    forms.FORWARDED_AUTHORISATION.name: Refusals(NOT_ON_THIS_EVSE, NO_ANSWER_OF_PROVIDER, NO_ANSWER_OF_PROVIDER),
    forms.FORWARDED_EVENT.name: Refusals(UNKNOWN_PARTNER, NOT_TAKEN, FAILED),
    forms.FORWARDED_CDR.name: Refusals(UNKNOWN_PARTNER, NOT_TAKEN, FAILED),
}


async def admit(hub: HubLink, request: HttpRequest) -> None:
    """eMIP knows no login: who calls is told by the TLS certificate, which the host has checked."""


def refuse(connection: Connection, request: HttpRequest, error: GatewayError) -> HttpResponse:
    """HTTP 200 with the operation's own answer and a request status; a SOAP fault for what is no message of ours."""
    if isinstance(error, Unauthenticated):
        return faulted(403, error.public_text)
    if isinstance(error, Undecodable) and not isinstance(error, Unclear):
        return faulted(400, error.public_text)
    try:
        child = opened(request.body, SOAP_12).child
        form, _ = recognised(child)
    except Undecodable as unreadable:
        return faulted(400, unreadable.public_text)
    name = next((one for one in REFUSALS if form.name in (one, to_iop(one))), "")
    if not name or form.direction != "request":
        return faulted(400, error.public_text)
    transaction = decode_document(form.wire, child).model.transaction_id or NO_ID
    return answered(_refusal(name, transaction, _status(REFUSALS[name], error)))


def _status(refusals: Refusals, error: GatewayError) -> str:
    if isinstance(error, ForeignOperator):
        return refusals.foreign
    return refusals.unsupported if isinstance(error, Unsupported) else refusals.failed


def _refusal(operation: str, transaction: str, status: str) -> WireModel:
    if operation == forms.FORWARDED_AUTHORISATION.name:
        return wire.FromIopGetServiceAuthorisationResponse(
            transaction_id=transaction,
            authorisation_value=DENIED,
            partner_service_session_id=NO_ID,
            intermediate_cdr_requested=False,
            request_status=status,
        )
    if operation == forms.FORWARDED_START.name:
        return wire.FromIopSetServiceAuthorisationResponse(transaction_id=transaction, request_status=status)
    if operation == forms.FORWARDED_EVENT.name:
        return wire.FromIopSetSessionEventReportResponse(transaction_id=transaction, request_status=status)
    if operation == forms.FORWARDED_ACTION.name:
        return wire.FromIopSetSessionActionRequestResponse(transaction_id=transaction, request_status=status)
    return wire.FromIopSetChargeDetailRecordResponse(transaction_id=transaction, request_status=status)
