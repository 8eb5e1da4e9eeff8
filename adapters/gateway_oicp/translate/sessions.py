"""Authorisations and remote commands, questions and answers."""

from gateway.model.common import Reason
from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import (
    Allowed,
    Authorization,
    AuthorizeStop,
    AuthorizeToken,
    CommandResult,
    CommandStatus,
    StartSession,
    StopSession,
)
from gateway.model.session import SessionIds
from gateway.model.token import Token
from gateway_oicp import wire
from gateway_oicp.translate.tokens import (
    condition,
    read_token,
    write_identification,
    write_remote_identification,
    write_stop_identification,
)
from gateway_oicp.words import AUTHORIZATION, COMMAND, is_ok

_Named = (
    wire.Acknowledgement
    | wire.AuthorizeStart
    | wire.AuthorizeStop
    | wire.AuthorizationStart
    | wire.AuthorizationStop
    | wire.AuthorizeRemoteStart
    | wire.AuthorizeRemoteStop
    | wire.AuthorizeRemoteReservationStart
    | wire.AuthorizeRemoteReservationStop
    | wire.ChargeDetailRecord
    | wire.ChargingNotification
)
STOP = "stop"
"""The condition of the command table under which 602 is the wrong token."""


def text(value: object | None) -> str | None:
    return None if value is None else str(value)


def evse_text(evse: EvseId | None) -> str | None:
    """Upper case, as the documents want it; otherwise as it was received."""
    return None if evse is None else str(evse).upper()


def cut(value: str | None, length: int) -> str | None:
    return value[:length] if value else None


def read_session(model: _Named) -> SessionIds:
    return SessionIds(hub=model.session_id, cpo=model.cpo_partner_session_id, emsp=model.emp_partner_session_id)


def read_reason(status: wire.StatusCode | None) -> Reason | None:
    if status is None:
        return None
    return Reason(code=status.code, text=status.description, detail=status.additional_info)


def write_status(code: str | None, reason: Reason | None) -> wire.StatusCode:
    reason = reason or Reason()
    return wire.StatusCode(code=code, description=cut(reason.text, 200), additional_info=cut(reason.detail, 1000))


# --- AuthorizeStart, AuthorizeStop -------------------------------------------------------------------------------


def read_authorize_start(model: wire.AuthorizeStart) -> AuthorizeToken:
    return AuthorizeToken(
        operator=PartyId.read(model.operator_id),
        token=read_token(model.identification),
        evse=EvseId.read(model.evse_id),
        session=read_session(model),
        product_id=model.partner_product_id,
    )


def write_authorize_start(message: AuthorizeToken) -> wire.AuthorizeStart:
    return wire.AuthorizeStart(
        session_id=message.session.hub,
        cpo_partner_session_id=message.session.cpo,
        emp_partner_session_id=message.session.emsp,
        operator_id=text(message.operator),
        evse_id=evse_text(message.evse),
        identification=write_identification(message.token),
        partner_product_id=message.product_id,
    )


def read_authorize_stop(model: wire.AuthorizeStop) -> AuthorizeStop:
    return AuthorizeStop(
        operator=PartyId.read(model.operator_id),
        token=read_token(model.identification),
        evse=EvseId.read(model.evse_id),
        session=read_session(model),
    )


def write_authorize_stop(message: AuthorizeStop) -> wire.AuthorizeStop:
    return wire.AuthorizeStop(
        session_id=message.session.hub,
        cpo_partner_session_id=message.session.cpo,
        emp_partner_session_id=message.session.emsp,
        operator_id=text(message.operator),
        evse_id=evse_text(message.evse),
        identification=write_identification(message.token),
    )


def read_authorization(model: wire.AuthorizationStart) -> Authorization:
    tokens = map(read_token, model.authorization_stop_identifications)
    return _authorization(model, tuple(token for token in tokens if token is not None))


def read_stop_authorization(model: wire.AuthorizationStop) -> Authorization:
    return _authorization(model, ())


def _authorization(model: wire.AuthorizationStart | wire.AuthorizationStop, stop: tuple[Token, ...]) -> Authorization:
    status = model.status_code or wire.StatusCode(code=None)
    return Authorization(
        allowed=_allowed(model, status.code),
        provider=PartyId.read(model.provider_id),
        session=read_session(model),
        stop_tokens=stop,
        info=status.additional_info,
        reason=Reason(code=status.code, text=status.description) if model.status_code else None,
    )


def _allowed(model: wire.AuthorizationStart | wire.AuthorizationStop, code: str | None) -> Allowed | None:
    """AuthorizationStatus decides; the code only says why not."""
    if model.authorization_status == model.AUTHORIZED:
        return Allowed.ALLOWED
    if model.authorization_status != model.NOT_AUTHORIZED:
        return None
    why = AUTHORIZATION.read(code)
    return Allowed.NOT_ALLOWED if why in (None, Allowed.ALLOWED) else why


def write_authorization(answer: Authorization) -> wire.AuthorizationStart:
    return wire.AuthorizationStart(
        session_id=answer.session.hub,
        cpo_partner_session_id=answer.session.cpo,
        emp_partner_session_id=answer.session.emsp,
        provider_id=text(answer.provider),
        authorization_status=_authorization_word(answer.allowed),
        status_code=_authorization_status(answer),
        authorization_stop_identifications=tuple(map(write_stop_identification, answer.stop_tokens)),
    )


def write_stop_authorization(answer: Authorization) -> wire.AuthorizationStop:
    return wire.AuthorizationStop(
        session_id=answer.session.hub,
        cpo_partner_session_id=answer.session.cpo,
        emp_partner_session_id=answer.session.emsp,
        provider_id=text(answer.provider),
        authorization_status=_authorization_word(answer.allowed),
        status_code=_authorization_status(answer),
    )


def _authorization_word(allowed: Allowed | None) -> str | None:
    if allowed is None:
        return None
    return wire.AuthorizationStart.AUTHORIZED if allowed is Allowed.ALLOWED else wire.AuthorizationStart.NOT_AUTHORIZED


def _authorization_status(answer: Authorization) -> wire.StatusCode:
    reason = answer.reason or Reason()
    told = reason.code is not None and AUTHORIZATION.read(reason.code) is answer.allowed
    code = reason.code if told else AUTHORIZATION.write(answer.allowed, condition(answer.token))
    return write_status(code, Reason(text=reason.text, detail=answer.info or reason.detail))


# --- AuthorizeRemoteStart, AuthorizeRemoteStop -------------------------------------------------------------------


def read_remote_start(model: wire.AuthorizeRemoteStart) -> StartSession:
    return StartSession(
        provider=PartyId.read(model.provider_id),
        token=read_token(model.identification),
        evse=EvseId.read(model.evse_id),
        session=read_session(model),
        product_id=model.partner_product_id,
    )


def write_remote_start(message: StartSession) -> wire.AuthorizeRemoteStart:
    return wire.AuthorizeRemoteStart(
        session_id=message.session.hub,
        cpo_partner_session_id=message.session.cpo,
        emp_partner_session_id=message.session.emsp,
        provider_id=text(message.provider),
        evse_id=evse_text(message.evse),
        identification=write_remote_identification(message.token),
        partner_product_id=message.product_id,
    )


def read_remote_stop(model: wire.AuthorizeRemoteStop) -> StopSession:
    return StopSession(
        provider=PartyId.read(model.provider_id), evse=EvseId.read(model.evse_id), session=read_session(model)
    )


def write_remote_stop(message: StopSession) -> wire.AuthorizeRemoteStop:
    return wire.AuthorizeRemoteStop(
        session_id=message.session.hub,
        cpo_partner_session_id=message.session.cpo,
        emp_partner_session_id=message.session.emsp,
        provider_id=text(message.provider),
        evse_id=evse_text(message.evse),
    )


def read_start_result(model: wire.Acknowledgement) -> CommandResult:
    return read_command(model, "")


def read_stop_result(model: wire.Acknowledgement) -> CommandResult:
    return read_command(model, STOP)


def read_command(model: wire.Acknowledgement, when: str) -> CommandResult:
    """`when` is the condition of the command table: what was asked for."""
    return CommandResult(
        status=_command_status(model, when), session=read_session(model), reason=read_reason(model.status_code)
    )


def _command_status(model: wire.Acknowledgement, when: str) -> CommandStatus | None:
    """Result decides; the code only says why not. What is no answer of the table has failed."""
    if model.result is None:
        return None
    if model.result:
        return CommandStatus.ACCEPTED
    why = COMMAND.read(model.status_code.code if model.status_code else None, when=when)
    return CommandStatus.FAILED if why in (None, CommandStatus.ACCEPTED) else why


def write_start_result(answer: CommandResult) -> wire.Acknowledgement:
    return write_command(answer, "")


def write_stop_result(answer: CommandResult) -> wire.Acknowledgement:
    return write_command(answer, STOP)


def write_command(answer: CommandResult, when: str) -> wire.Acknowledgement:
    reason = answer.reason or Reason()
    told = reason.code is not None and COMMAND.read(reason.code, when=when) is answer.status
    code = reason.code if told else COMMAND.write(answer.status, when)
    return wire.Acknowledgement(
        result=None if code is None else is_ok(code),
        status_code=write_status(code, reason),
        session_id=answer.session.hub,
        cpo_partner_session_id=answer.session.cpo,
        emp_partner_session_id=answer.session.emsp,
    )
