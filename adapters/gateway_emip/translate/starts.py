"""SetServiceAuthorisation: remote start, and its withdrawal."""

from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import CommandResult, Message, StartSession, StopSession
from gateway.model.session import SessionIds
from gateway_emip import wire
from gateway_emip.translate.parts import (
    id_type,
    read_command_status,
    read_limits,
    read_reason,
    read_token,
    write_command_status,
    write_evse,
    write_limits,
    write_party,
    write_user_id,
    write_user_type,
)
from gateway_emip.words import DENIED, EMI3, GENERIC_CHARGE, GRANTED

Command = Message[CommandResult]
_STOP = StopSession()


def read_grant_to_iop(asked: wire.ToIopSetServiceAuthorisationRequest) -> Command:
    """Value 2 forbids the service: whatever else it says, it must never be read as a start."""
    ids = SessionIds(emsp=asked.partner_service_session_id)
    if asked.authorisation_value == DENIED:
        return StopSession(
            transaction=asked.transaction_id,
            partner=PartyId.read(asked.partner_id),
            provider=PartyId.read(asked.operator_id),
            session=ids,
            evse=EvseId.read(asked.evse_id),
        )
    return StartSession(
        transaction=asked.transaction_id,
        partner=PartyId.read(asked.partner_id),
        provider=PartyId.read(asked.operator_id),
        token=read_token(asked.user_id_type, asked.user_id),
        evse=EvseId.read(asked.evse_id),
        session=ids,
        service_id=asked.requested_service_id,
        limits=read_limits(asked.meter_limit_list),
        intermediate_cdr_requested=asked.intermediate_cdr_requested,
        contract_alias=asked.user_contract_id_alias,
        info=asked.parameter,
        booking_id=asked.booking_id,
        emsp_booking_id=asked.sale_partner_booking_id,
    )


def write_grant_to_iop(message: Command) -> wire.ToIopSetServiceAuthorisationRequest:
    start, stop = _start_or_stop(message)
    return wire.ToIopSetServiceAuthorisationRequest(
        transaction_id=message.transaction,
        partner_id_type=EMI3,
        partner_id=write_party(message.partner),
        operator_id_type=EMI3,
        operator_id=write_party(message.provider),
        evse_id_type=EMI3,
        evse_id=write_evse(start.evse or stop.evse),
        user_id_type=write_user_type(start.token),
        user_id=write_user_id(start.token),
        requested_service_id=start.service_id or GENERIC_CHARGE,
        partner_service_session_id=start.session.emsp or stop.session.emsp,
        authorisation_value=GRANTED if stop is _STOP else DENIED,
        intermediate_cdr_requested=bool(start.intermediate_cdr_requested),
        user_contract_id_alias=start.contract_alias,
        meter_limit_list=write_limits(start.limits),
        parameter=start.info,
        booking_id=start.booking_id,
        sale_partner_booking_id=start.emsp_booking_id,
    )


def _start_or_stop(message: Command) -> tuple[StartSession, StopSession]:
    """The message, and an empty one of the other kind."""
    if isinstance(message, StopSession):
        return StartSession(), message
    return (message if isinstance(message, StartSession) else StartSession()), _STOP


def read_grant_from_iop(asked: wire.FromIopSetServiceAuthorisationRequest) -> Command:
    """As for the other direction: value 2 is a stop."""
    ids = SessionIds(hub=asked.service_session_id)
    if asked.authorisation_value == DENIED:
        return StopSession(
            transaction=asked.transaction_id,
            partner=PartyId.read(asked.partner_id),
            operator=PartyId.read(asked.target_operator_id),
            provider=PartyId.read(asked.operator_id),
            session=ids,
            evse=EvseId.read(asked.evse_id),
        )
    return StartSession(
        transaction=asked.transaction_id,
        partner=PartyId.read(asked.partner_id),
        operator=PartyId.read(asked.target_operator_id),
        provider=PartyId.read(asked.operator_id),
        token=read_token(asked.user_id_type, asked.user_id),
        evse=EvseId.read(asked.evse_id),
        session=ids,
        service_id=asked.requested_service_id,
        limits=read_limits(asked.meter_limit_list),
        intermediate_cdr_requested=asked.intermediate_cdr_requested,
        contract_alias=asked.user_contract_id_alias,
        info=asked.parameter,
        booking_id=asked.booking_id,
    )


def write_grant_from_iop(message: Command) -> wire.FromIopSetServiceAuthorisationRequest:
    start, stop = _start_or_stop(message)
    return wire.FromIopSetServiceAuthorisationRequest(
        transaction_id=message.transaction,
        partner_id_type=EMI3,
        partner_id=write_party(message.partner),
        operator_id_type=EMI3,
        operator_id=write_party(message.provider),
        target_operator_id_type=EMI3,
        target_operator_id=write_party(message.operator),
        evse_id_type=EMI3,
        evse_id=write_evse(start.evse or stop.evse),
        user_id_type=write_user_type(start.token),
        user_id=write_user_id(start.token),
        requested_service_id=start.service_id or GENERIC_CHARGE,
        service_session_id=start.session.hub or stop.session.hub,
        authorisation_value=GRANTED if stop is _STOP else DENIED,
        intermediate_cdr_requested=bool(start.intermediate_cdr_requested),
        user_contract_id_alias=start.contract_alias,
        meter_limit_list=write_limits(start.limits),
        parameter=start.info,
        booking_id=start.booking_id,
    )


def read_grant_answer_of_iop(answer: wire.ToIopSetServiceAuthorisationResponse) -> CommandResult:
    return CommandResult(
        transaction=answer.transaction_id,
        reason=read_reason(answer.request_status),
        status=read_command_status(answer.request_status),
        session=SessionIds(hub=answer.service_session_id),
        executing_operator=PartyId.read(answer.exec_partner_operator_id),
    )


def write_grant_answer_of_iop(result: CommandResult) -> wire.ToIopSetServiceAuthorisationResponse:
    operator = write_party(result.executing_operator)
    return wire.ToIopSetServiceAuthorisationResponse(
        transaction_id=result.transaction,
        request_status=write_command_status(result.status),
        service_session_id=result.session.hub,
        exec_partner_operator_id_type=id_type(operator),
        exec_partner_operator_id=operator,
    )


def read_grant_answer_to_iop(answer: wire.FromIopSetServiceAuthorisationResponse) -> CommandResult:
    return CommandResult(
        transaction=answer.transaction_id,
        reason=read_reason(answer.request_status),
        status=read_command_status(answer.request_status),
        session=SessionIds(cpo=answer.partner_service_session_id),
    )


def write_grant_answer_to_iop(result: CommandResult) -> wire.FromIopSetServiceAuthorisationResponse:
    return wire.FromIopSetServiceAuthorisationResponse(
        transaction_id=result.transaction,
        partner_service_session_id=result.session.cpo,
        request_status=write_command_status(result.status),
    )
