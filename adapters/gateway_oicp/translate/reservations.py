"""Reservations, questions and answers. A reservation is a session of its own, apart from the charging that follows."""

from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import CancelReservation, CommandResult, ReserveEvse
from gateway_oicp import wire
from gateway_oicp.translate.sessions import evse_text, read_command, read_session, text, write_command
from gateway_oicp.translate.tokens import read_token, write_remote_identification

RESERVATION = "reservation"
"""The condition of the command table under which 400 is an unknown reservation."""


def read_reservation_start(model: wire.AuthorizeRemoteReservationStart) -> ReserveEvse:
    return ReserveEvse(
        provider=PartyId.read(model.provider_id),
        token=read_token(model.identification),
        evse=EvseId.read(model.evse_id),
        session=read_session(model),
        product_id=model.partner_product_id,
        minutes=model.duration,
    )


def write_reservation_start(message: ReserveEvse) -> wire.AuthorizeRemoteReservationStart:
    return wire.AuthorizeRemoteReservationStart(
        session_id=message.session.hub,
        cpo_partner_session_id=message.session.cpo,
        emp_partner_session_id=message.session.emsp,
        provider_id=text(message.provider),
        evse_id=evse_text(message.evse),
        identification=write_remote_identification(message.token),
        partner_product_id=message.product_id,
        duration=message.minutes,
    )


def read_reservation_stop(model: wire.AuthorizeRemoteReservationStop) -> CancelReservation:
    return CancelReservation(
        provider=PartyId.read(model.provider_id), evse=EvseId.read(model.evse_id), session=read_session(model)
    )


def write_reservation_stop(message: CancelReservation) -> wire.AuthorizeRemoteReservationStop:
    return wire.AuthorizeRemoteReservationStop(
        session_id=message.session.hub,
        cpo_partner_session_id=message.session.cpo,
        emp_partner_session_id=message.session.emsp,
        provider_id=text(message.provider),
        evse_id=evse_text(message.evse),
    )


def read_reservation_result(model: wire.Acknowledgement) -> CommandResult:
    return read_command(model, "")


def write_reservation_result(answer: CommandResult) -> wire.Acknowledgement:
    return write_command(answer, "")


def read_cancellation_result(model: wire.Acknowledgement) -> CommandResult:
    return read_command(model, RESERVATION)


def write_cancellation_result(answer: CommandResult) -> wire.Acknowledgement:
    return write_command(answer, RESERVATION)
