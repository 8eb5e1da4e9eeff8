"""What IOP calls: one path, the body's element decides."""

from dataclasses import dataclass, replace
from typing import TypeVar

from gateway.errors import ForeignOperator, GatewayError, Unauthenticated, Undecodable, Unsupported
from gateway.http import HttpRequest, HttpResponse
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import Authorization, CdrReceipt, CommandResult, CommandStatus
from gateway.ports import Call, Connection, HubLink, Route
from gateway.wire import WireModel, decode_document
from gateway.wire.soap import SOAP_12, opened
from gateway_emip import forms, wire
from gateway_emip.documents import answered, faulted, recognised
from gateway_emip.words import (
    ACTION,
    DENIED,
    FAILED,
    GRANTED,
    NO_ANSWER_OF_PROVIDER,
    NO_ID,
    NOT_ON_THIS_EVSE,
    NOT_TAKEN,
    REFUSED_UNEXPLAINED,
    UNKNOWN_PARTNER,
)

M = TypeVar("M", bound=WireModel)


def received(request: HttpRequest, kind: type[M]) -> M:
    """The message of a request. Raises Undecodable: what we serve is SOAP 1.2."""
    return decode_document(kind, opened(request.body, SOAP_12).child).model


def check_ours(connection: Connection, target: PartyId | None, evse: EvseId | None = None) -> None:
    """targetOperatorId chooses our operator, the EVSE where it is missing; neither may be somebody else's.

    Raises ForeignOperator.
    """
    for party in (target, evse.party if evse is not None else None):
        if party is not None and not connection.carries(party):
            raise ForeignOperator(f"{party} is not an operator of connection {connection.name}")


# --- as CPO ------------------------------------------------------------------------------------------------------


async def set_service_authorisation(call: Call) -> HttpResponse:
    """Value 1 starts a session, value 2 ends a known one (inventory of public sources, section g)."""
    asked = received(call.request, wire.FromIopSetServiceAuthorisationRequest)
    if asked.authorisation_value not in (GRANTED, DENIED):
        raise Undecodable("authorisationValue is neither 1 nor 2", "/authorisationValue")
    message = forms.FORWARDED_START.read(asked)
    check_ours(call.connection, message.operator, EvseId.read(asked.evse_id))
    result: CommandResult = await call.backend.answer(call.connection, message)
    result = replace(result, transaction=asked.transaction_id or NO_ID)
    return answered(forms.FORWARDED_START_ANSWER.write(result))


async def set_session_action(call: Call) -> HttpResponse:
    """0 is the emergency stop; a nature that is not known, or not given, is never taken for a stop."""
    asked = received(call.request, wire.FromIopSetSessionActionRequestRequest)
    message = forms.FORWARDED_ACTION.read(asked)
    check_ours(call.connection, message.operator)
    nature = asked.session_action.session_action_nature if asked.session_action is not None else None
    result = CommandResult(status=CommandStatus.NOT_SUPPORTED)
    if ACTION.read(nature) is not None:
        result = await call.backend.answer(call.connection, message)
    result = replace(result, transaction=asked.transaction_id or NO_ID)
    return answered(forms.FORWARDED_ACTION_ANSWER.write(result))


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
    if message.cdr is None:
        raise Undecodable("chargeDetailRecord is missing", "/chargeDetailRecord")
    check_ours(call.connection, message.provider or message.cdr.provider)
    receipt: CdrReceipt = await call.backend.answer(call.connection, message)
    ids = replace(receipt.session, emsp=receipt.session.emsp or message.cdr.session.emsp)
    receipt = replace(receipt, session=ids, transaction=asked.transaction_id or NO_ID)
    return answered(forms.FORWARDED_CDR_ANSWER.write(receipt))


ROUTES = tuple(
    Route(form.name, answer, element=form.wire.element, role=role)
    for form, answer, role in (
        (forms.FORWARDED_START, set_service_authorisation, Role.CPO),
        (forms.FORWARDED_ACTION, set_session_action, Role.CPO),
        (forms.FORWARDED_AUTHORISATION, get_service_authorisation, Role.EMSP),
        (forms.FORWARDED_CDR, set_charge_detail_record, Role.EMSP),
    )
)


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
    forms.FORWARDED_CDR.name: Refusals(UNKNOWN_PARTNER, NOT_TAKEN, FAILED),
}


async def admit(hub: HubLink, request: HttpRequest) -> None:
    """eMIP knows no login: who calls is told by the TLS certificate, which the host has checked."""


def refuse(connection: Connection, request: HttpRequest, error: GatewayError) -> HttpResponse:
    """HTTP 200 with the operation's own answer and a request status; a SOAP fault for what is no message of ours."""
    if isinstance(error, Unauthenticated):
        return faulted(403, error.public_text)
    if isinstance(error, Undecodable):
        return faulted(400, error.public_text)
    try:
        child = opened(request.body, SOAP_12).child
        form, _ = recognised(child)
    except Undecodable as unreadable:
        return faulted(400, unreadable.public_text)
    if form.name not in REFUSALS or form.direction != "request":
        return faulted(400, error.public_text)
    transaction = decode_document(form.wire, child).model.transaction_id or NO_ID
    return answered(_refusal(form.name, transaction, _status(REFUSALS[form.name], error)))


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
    if operation == forms.FORWARDED_ACTION.name:
        return wire.FromIopSetSessionActionRequestResponse(transaction_id=transaction, request_status=status)
    return wire.FromIopSetChargeDetailRecordResponse(transaction_id=transaction, request_status=status)
