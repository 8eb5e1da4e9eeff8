"""Remote start and stop."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.model.ids import EvseId, PartyId
from gateway.model.messages.base import Answer, Message
from gateway.model.session import ChargingDemand, Limit, SessionIds
from gateway.model.token import Token


class CommandStatus(StrEnum):
    """OCPI CommandResultType with what the hubs tell apart beyond it."""

    ACCEPTED = "ACCEPTED"
    CANCELED_RESERVATION = "CANCELED_RESERVATION"
    EVSE_OCCUPIED = "EVSE_OCCUPIED"
    EVSE_INOPERATIVE = "EVSE_INOPERATIVE"
    FAILED = "FAILED"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    REJECTED = "REJECTED"
    TIMEOUT = "TIMEOUT"
    UNKNOWN_RESERVATION = "UNKNOWN_RESERVATION"
    UNKNOWN_SESSION = "UNKNOWN_SESSION"
    NO_EV_CONNECTED = "NO_EV_CONNECTED"
    UNKNOWN_EVSE = "UNKNOWN_EVSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult(Answer):
    """The fate of a remote start or stop. ACCEPTED must be true: the driver stands there."""

    status: CommandStatus | None = None
    session: SessionIds = SessionIds()
    executing_operator: PartyId | None = None
    action_id: str | None = None
    valid_until: datetime | None = None
    """Until when the session, or the reservation, is held."""
    limits_kept: bool | None = None
    """False: it was done, but not every limit that was asked for is kept (OCHPdirect `partly`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSession(Message[CommandResult]):
    """Start at this EVSE for that token. eMSP to CPO; never retried by machine."""

    token: Token | None = None
    evse: EvseId | None = None
    location_id: str | None = None
    connector_id: str | None = None
    session: SessionIds = SessionIds()
    authorization_reference: str | None = None
    product_id: str | None = None
    service_id: str | None = None
    limits: tuple[Limit, ...] = ()
    demand: ChargingDemand | None = None
    intermediate_cdr_requested: bool | None = None
    contract_alias: str | None = None
    booking_id: str | None = None
    emsp_booking_id: str | None = None
    info: str | None = None
    reservation_id: str | None = None
    reserve_minutes: int | None = None
    reserve_until: datetime | None = None


class SessionAction(StrEnum):
    """What is asked of a running session (eMIP sessionActionNature)."""

    EMERGENCY_STOP = "EMERGENCY_STOP"
    STOP = "STOP"
    SUSPEND = "SUSPEND"
    RESTART = "RESTART"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopSession(Message[CommandResult]):
    """End (or, at Gireve, suspend or restart) a session. eMSP to CPO."""

    session: SessionIds = SessionIds()
    evse: EvseId | None = None
    action: SessionAction = SessionAction.STOP
    action_id: str | None = None
    at: datetime | None = None
    info: str | None = None
    related_event_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveEvse(Message[CommandResult]):
    """Keep this EVSE free for that token (OCPI RESERVE_NOW). eMSP to CPO; never retried by machine.

    For `minutes`, or `until` a moment. `session` is the reservation's own, not that of the charging that follows.
    """

    token: Token | None = None
    evse: EvseId | None = None
    location_id: str | None = None
    session: SessionIds = SessionIds()
    reservation_id: str | None = None
    authorization_reference: str | None = None
    product_id: str | None = None
    minutes: int | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReservation(Message[CommandResult]):
    """End a reservation (OCPI CANCEL_RESERVATION). eMSP to CPO."""

    session: SessionIds = SessionIds()
    evse: EvseId | None = None
    reservation_id: str | None = None
