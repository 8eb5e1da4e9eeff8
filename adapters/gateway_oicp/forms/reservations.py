"""Reservations."""

from collections.abc import Mapping, Sequence

from gateway.model import messages as m
from gateway.model.common import Role
from gateway.translation import AnyForm
from gateway_oicp import wire
from gateway_oicp.forms.form import Writes, message_form, one
from gateway_oicp.translate import reservations

RESERVATION_START = message_form(
    "AuthorizeRemoteReservationStart", "authorize_remote_reservation_start",
    (wire.AuthorizeRemoteReservationStart, m.ReserveEvse),
    (reservations.read_reservation_start, reservations.write_reservation_start), Role.EMSP,
)  # fmt: skip
RESERVATION_START_ANSWER = message_form(
    "AuthorizeRemoteReservationStart.response", "authorize_remote_reservation_start_response",
    (wire.Acknowledgement, m.CommandResult),
    (reservations.read_reservation_result, reservations.write_reservation_result),
)  # fmt: skip
RESERVATION_STOP = message_form(
    "AuthorizeRemoteReservationStop", "authorize_remote_reservation_stop",
    (wire.AuthorizeRemoteReservationStop, m.CancelReservation),
    (reservations.read_reservation_stop, reservations.write_reservation_stop), Role.EMSP,
)  # fmt: skip
RESERVATION_STOP_ANSWER = message_form(
    "AuthorizeRemoteReservationStop.response", "authorize_remote_reservation_stop_response",
    (wire.Acknowledgement, m.CommandResult),
    (reservations.read_cancellation_result, reservations.write_cancellation_result),
)  # fmt: skip

FORMS: Sequence[AnyForm] = (
    RESERVATION_START,
    RESERVATION_START_ANSWER,
    RESERVATION_STOP,
    RESERVATION_STOP_ANSWER,
)
WRITES: Mapping[type, Writes] = {m.ReserveEvse: one(RESERVATION_START), m.CancelReservation: one(RESERVATION_STOP)}
