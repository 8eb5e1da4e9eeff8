"""SetSessionActionRequest: remote stop, emergency stop, suspend, restart."""

from gateway.model.ids import PartyId
from gateway.model.messages import CommandResult, SessionAction, StopSession
from gateway.model.session import SessionIds
from gateway_emip import wire
from gateway_emip.translate.parts import read_command_status, read_reason, write_command_status, write_party
from gateway_emip.words import ACTION, EMI3


def read_action_to_iop(asked: wire.ToIopSetSessionActionRequestRequest) -> StopSession:
    action = asked.session_action or _nothing()
    return StopSession(
        transaction=asked.transaction_id,
        partner=PartyId.read(asked.partner_id),
        provider=PartyId.read(asked.operator_id),
        session=SessionIds(hub=asked.service_session_id, emsp=asked.sale_partner_session_id),
        action=read_nature(action),
        action_id=action.session_action_id,
        at=action.session_action_date_time,
        info=action.session_action_parameter,
        related_event_id=action.related_session_event_id,
    )


def write_action_to_iop(message: StopSession) -> wire.ToIopSetSessionActionRequestRequest:
    return wire.ToIopSetSessionActionRequestRequest(
        transaction_id=message.transaction,
        partner_id_type=EMI3,
        partner_id=write_party(message.partner),
        operator_id_type=EMI3,
        operator_id=write_party(message.provider),
        service_session_id=message.session.hub,
        sale_partner_session_id=message.session.emsp,
        session_action=_write_action(message),
    )


def read_action_from_iop(asked: wire.FromIopSetSessionActionRequestRequest) -> StopSession:
    action = asked.session_action or _nothing()
    return StopSession(
        transaction=asked.transaction_id,
        partner=PartyId.read(asked.partner_id),
        operator=PartyId.read(asked.target_operator_id),
        provider=PartyId.read(asked.operator_id),
        session=SessionIds(hub=asked.service_session_id, cpo=asked.exec_partner_session_id),
        action=read_nature(action),
        action_id=action.session_action_id,
        at=action.session_action_date_time,
        info=action.session_action_parameter,
        related_event_id=action.related_session_event_id,
    )


def write_action_from_iop(message: StopSession) -> wire.FromIopSetSessionActionRequestRequest:
    return wire.FromIopSetSessionActionRequestRequest(
        transaction_id=message.transaction,
        partner_id_type=EMI3,
        partner_id=write_party(message.partner),
        operator_id_type=EMI3,
        operator_id=write_party(message.provider),
        target_operator_id_type=EMI3,
        target_operator_id=write_party(message.operator),
        service_session_id=message.session.hub,
        exec_partner_session_id=message.session.cpo,
        session_action=_write_action(message),
    )


def _nothing() -> wire.SessionAction:
    return wire.SessionAction(session_action_nature=None, session_action_date_time=None)


def read_nature(action: wire.SessionAction) -> SessionAction:
    """An unknown nature is a finding of severity error; routes answer it themselves and never get here."""
    return ACTION.read(action.session_action_nature) or SessionAction.STOP


def _write_action(message: StopSession) -> wire.SessionAction:
    return wire.SessionAction(
        session_action_nature=ACTION.write(message.action),
        session_action_id=message.action_id,
        session_action_date_time=message.at,
        session_action_parameter=message.info,
        related_session_event_id=message.related_event_id,
    )


def read_action_answer_of_iop(answer: wire.ToIopSetSessionActionRequestResponse) -> CommandResult:
    return CommandResult(
        transaction=answer.transaction_id,
        reason=read_reason(answer.request_status),
        status=read_command_status(answer.request_status),
        session=SessionIds(hub=answer.service_session_id),
        action_id=answer.session_action_id,
    )


def write_action_answer_of_iop(result: CommandResult) -> wire.ToIopSetSessionActionRequestResponse:
    return wire.ToIopSetSessionActionRequestResponse(
        transaction_id=result.transaction,
        service_session_id=result.session.hub,
        session_action_id=result.action_id,
        request_status=write_command_status(result.status, "session_action"),
    )


def read_action_answer_to_iop(answer: wire.FromIopSetSessionActionRequestResponse) -> CommandResult:
    return CommandResult(
        transaction=answer.transaction_id,
        reason=read_reason(answer.request_status),
        status=read_command_status(answer.request_status),
    )


def write_action_answer_to_iop(result: CommandResult) -> wire.FromIopSetSessionActionRequestResponse:
    return wire.FromIopSetSessionActionRequestResponse(
        transaction_id=result.transaction,
        request_status=write_command_status(result.status, "session_action"),
    )
