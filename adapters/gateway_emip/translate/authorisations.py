"""GetServiceAuthorisation: may this driver charge?"""

from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import Allowed, Authorization, AuthorizeToken
from gateway.model.session import SessionIds
from gateway_emip import wire
from gateway_emip.translate.parts import (
    id_type,
    read_limits,
    read_reason,
    read_token,
    write_evse,
    write_limits,
    write_operator,
    write_party,
    write_user_id,
    write_user_type,
)
from gateway_emip.words import ALLOWED, DENIED, EMI3, GENERIC_CHARGE


def read_to_iop(asked: wire.ToIopGetServiceAuthorisationRequest) -> AuthorizeToken:
    return AuthorizeToken(
        transaction=asked.transaction_id,
        partner=PartyId.read(asked.partner_id),
        operator=PartyId.read(asked.operator_id),
        token=read_token(asked.user_id_type, asked.user_id),
        evse=EvseId.read(asked.evse_id),
        session=SessionIds(cpo=asked.partner_service_session_id),
        service_id=asked.requested_service_id,
    )


def write_to_iop(message: AuthorizeToken) -> wire.ToIopGetServiceAuthorisationRequest:
    return wire.ToIopGetServiceAuthorisationRequest(
        transaction_id=message.transaction,
        partner_id_type=EMI3,
        partner_id=write_party(message.partner),
        operator_id_type=EMI3,
        operator_id=write_operator(message.operator, message.evse),
        evse_id_type=EMI3,
        evse_id=write_evse(message.evse),
        user_id_type=write_user_type(message.token),
        user_id=write_user_id(message.token),
        requested_service_id=message.service_id or GENERIC_CHARGE,
        partner_service_session_id=message.session.cpo,
    )


def read_from_iop(asked: wire.FromIopGetServiceAuthorisationRequest) -> AuthorizeToken:
    return AuthorizeToken(
        transaction=asked.transaction_id,
        partner=PartyId.read(asked.partner_id),
        operator=PartyId.read(asked.operator_id),
        provider=PartyId.read(asked.target_operator_id),
        token=read_token(asked.user_id_type, asked.user_id),
        evse=EvseId.read(asked.evse_id),
        session=SessionIds(hub=asked.service_session_id),
        service_id=asked.requested_service_id,
        booking_id=asked.booking_id,
    )


def write_from_iop(message: AuthorizeToken) -> wire.FromIopGetServiceAuthorisationRequest:
    return wire.FromIopGetServiceAuthorisationRequest(
        transaction_id=message.transaction,
        partner_id_type=EMI3,
        partner_id=write_party(message.partner),
        operator_id_type=EMI3,
        operator_id=write_operator(message.operator, message.evse),
        target_operator_id_type=EMI3,
        target_operator_id=write_party(message.provider),
        evse_id_type=EMI3,
        evse_id=write_evse(message.evse),
        user_id_type=write_user_type(message.token),
        user_id=write_user_id(message.token),
        requested_service_id=message.service_id or GENERIC_CHARGE,
        service_session_id=message.session.hub,
        booking_id=message.booking_id,
    )


def read_allowed(value: str | None, status: str | None) -> Allowed:
    """Only value 1 together with status 1 lets anybody charge; what is not known, or not said, is a no."""
    return ALLOWED.read(value, status) or ALLOWED.read(DENIED, status) or Allowed.NOT_ALLOWED


def write_allowed(allowed: Allowed | None) -> tuple[str | None, str | None]:
    """(authorisationValue, requestStatus)"""
    value, status = ALLOWED.write_parts(allowed) or (None, None)
    return value, status


def read_answer_of_iop(answer: wire.ToIopGetServiceAuthorisationResponse) -> Authorization:
    return Authorization(
        transaction=answer.transaction_id,
        reason=read_reason(answer.request_status),
        allowed=read_allowed(answer.authorisation_value, answer.request_status),
        provider=PartyId.read(answer.sale_partner_operator_id),
        session=SessionIds(hub=answer.service_session_id),
        limits=read_limits(answer.meter_limit_list),
        intermediate_cdr_requested=answer.intermediate_cdr_requested,
        contract_alias=answer.user_contract_id_alias,
        info=answer.parameter,
    )


def write_answer_of_iop(answer: Authorization) -> wire.ToIopGetServiceAuthorisationResponse:
    value, status = write_allowed(answer.allowed)
    provider = write_party(answer.provider)
    return wire.ToIopGetServiceAuthorisationResponse(
        transaction_id=answer.transaction,
        sale_partner_operator_id_type=id_type(provider),
        sale_partner_operator_id=provider,
        authorisation_value=value,
        service_session_id=answer.session.hub,
        intermediate_cdr_requested=bool(answer.intermediate_cdr_requested),
        user_contract_id_alias=answer.contract_alias,
        meter_limit_list=write_limits(answer.limits),
        parameter=answer.info,
        request_status=status,
    )


def read_answer_to_iop(answer: wire.FromIopGetServiceAuthorisationResponse) -> Authorization:
    return Authorization(
        transaction=answer.transaction_id,
        reason=read_reason(answer.request_status),
        allowed=read_allowed(answer.authorisation_value, answer.request_status),
        session=SessionIds(emsp=answer.partner_service_session_id),
        limits=read_limits(answer.meter_limit_list),
        intermediate_cdr_requested=answer.intermediate_cdr_requested,
        contract_alias=answer.user_contract_id_alias,
        info=answer.parameter,
    )


def write_answer_to_iop(answer: Authorization) -> wire.FromIopGetServiceAuthorisationResponse:
    value, status = write_allowed(answer.allowed)
    return wire.FromIopGetServiceAuthorisationResponse(
        transaction_id=answer.transaction,
        authorisation_value=value,
        partner_service_session_id=answer.session.emsp,
        intermediate_cdr_requested=bool(answer.intermediate_cdr_requested),
        user_contract_id_alias=answer.contract_alias,
        meter_limit_list=write_limits(answer.limits),
        parameter=answer.info,
        request_status=status,
    )
