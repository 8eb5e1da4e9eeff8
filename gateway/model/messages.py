"""Every question and its answer.

A message is generic in its answer: `hub.send(AuthorizeToken(...))` gives an `Authorization`. Both sides speak the
same ones: outward the hub stands in for the far party, inward the backend answers.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from gateway.model.cdr import Cdr, CdrStatus
from gateway.model.common import Extensible, Reason
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import Access, AuthenticationMethod, CalibrationLaw, EvseStatus
from gateway.model.location import Coordinates, Location
from gateway.model.session import ChargingDemand, Limit, SessionIds
from gateway.model.token import Token

R = TypeVar("R", bound="Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Extensible):
    """What comes back. `transaction` is the exchange's own id where the protocol has one."""

    reason: Reason | None = None
    transaction: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Extensible, Generic[R]):
    """A question. `operator` is the CPO, `provider` the eMSP it concerns; `partner` the connected system (eMIP)."""

    transaction: str | None = None
    partner: PartyId | None = None
    operator: PartyId | None = None
    provider: PartyId | None = None


# --- authorisation -----------------------------------------------------------------------------------------------


class Allowed(StrEnum):
    """OCPI AllowedType, and UNKNOWN_TOKEN for its 404 with status 2004."""

    ALLOWED = "ALLOWED"
    BLOCKED = "BLOCKED"
    EXPIRED = "EXPIRED"
    NO_CREDIT = "NO_CREDIT"
    NOT_ALLOWED = "NOT_ALLOWED"
    UNKNOWN_TOKEN = "UNKNOWN_TOKEN"
    NO_ANSWER = "NO_ANSWER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization(Answer):
    """Whether a driver may charge. A refusal is an answer, never an exception."""

    allowed: Allowed | None = None
    token: Token | None = None
    provider: PartyId | None = None
    session: SessionIds = SessionIds()
    stop_tokens: tuple[Token, ...] = ()
    limits: tuple[Limit, ...] = ()
    intermediate_cdr_requested: bool | None = None
    contract_alias: str | None = None
    info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizeToken(Message[Authorization]):
    """May this token charge here? CPO to eMSP."""

    token: Token | None = None
    evse: EvseId | None = None
    location_id: str | None = None
    session: SessionIds = SessionIds()
    product_id: str | None = None
    service_id: str | None = None
    booking_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizeStop(Message[Authorization]):
    """May this token end that session? OICP only; elsewhere answered at the charger."""

    token: Token | None = None
    evse: EvseId | None = None
    session: SessionIds = SessionIds()


# --- remote start and stop ---------------------------------------------------------------------------------------


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


# --- settlement --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrReceipt(Answer):
    """Whether a CDR was taken. `already_there`: it had been taken before, which is as good."""

    accepted: bool | None = None
    already_there: bool = False
    session: SessionIds = SessionIds()
    provider: PartyId | None = None
    refused: tuple[str, ...] = ()
    """Of a batch: the ids of the CDRs that were not taken; all others were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitCdr(Message[CdrReceipt]):
    cdr: Cdr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitCdrs(Message[CdrReceipt]):
    """Several at once (OCHP AddCDRs)."""

    cdrs: tuple[Cdr, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cdrs(Answer):
    cdrs: tuple[Cdr, ...] = ()
    complete: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchCdr(Message[Cdrs]):
    """The CDR of one session (eMIP GetChargeDetailRecord)."""

    session: SessionIds = SessionIds()


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchCdrs(Message[Cdrs]):
    """CDRs waiting for the eMSP (OCHP GetCDRs)."""

    status: CdrStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCdrs(Message[Cdrs]):
    """What became of the CDRs we sent (OCHP CheckCDRs)."""

    status: CdrStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrReference:
    """Names a CDR at a clearing house: its id is unique only together with the EVSE (OCHP up to 1.3)."""

    cdr_id: str | None = None
    evse: EvseId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation(Answer):
    accepted: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmCdrs(Message[Confirmation]):
    approved: tuple[CdrReference, ...] = ()
    declined: tuple[CdrReference, ...] = ()


# --- places and their status -------------------------------------------------------------------------------------


class PushAction(StrEnum):
    """REPLACE_ALL replaces everything of the account: never with a partial list."""

    REPLACE_ALL = "REPLACE_ALL"
    UPDATE = "UPDATE"
    INSERT = "INSERT"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One record of a batch that was not taken."""

    evse: EvseId | None = None
    uid: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication(Answer):
    accepted: bool | None = None
    session: SessionIds = SessionIds()
    refused: tuple[Refusal, ...] = ()
    refused_locations: tuple[Location, ...] = ()
    refused_tokens: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishEvses(Message[Publication]):
    """Places to the hub. Every EVSE is a record of its own at the hubs; a location's own fields are copied down."""

    action: PushAction = PushAction.UPDATE
    operator_name: str | None = None
    locations: tuple[Location, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseStatusReport(Extensible):
    """The live status of one EVSE; `until` is the time after which it is unknown (OCHP ttl, eMIP until)."""

    evse: EvseId | None = None
    status: EvseStatus | None = None
    at: datetime | None = None
    until: datetime | None = None
    comment: str | None = None
    operator: PartyId | None = None
    operator_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkingStatusReport:
    parking_id: str | None = None
    status: EvseStatus | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishStatuses(Message[Publication]):
    action: PushAction = PushAction.UPDATE
    operator_name: str | None = None
    statuses: tuple[EvseStatusReport, ...] = ()
    parking: tuple[ParkingStatusReport, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchArea:
    center: Coordinates | None = None
    radius_km: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Where a page stands in a whole list; `last` ends the reading."""

    number: int | None = None
    size: int | None = None
    count: int | None = None
    total: int | None = None
    pages: int | None = None
    first: bool | None = None
    last: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Locations(Answer):
    locations: tuple[Location, ...] = ()
    page: Page | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchEvses(Message[Locations]):
    """Places from the hub, all or changed `since`; filters are those of OICP PullEvseData."""

    since: datetime | None = None
    area: SearchArea | None = None
    countries: tuple[str, ...] = ()
    operators: tuple[PartyId, ...] = ()
    authentication_methods: tuple[AuthenticationMethod, ...] = ()
    access: tuple[Access, ...] = ()
    calibration_law: tuple[CalibrationLaw, ...] = ()
    renewable_energy: bool | None = None
    hub_compatible: bool | None = None
    open_24_hours: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statuses(Answer):
    statuses: tuple[EvseStatusReport, ...] = ()
    parking: tuple[ParkingStatusReport, ...] = ()


class StatusScope(StrEnum):
    EVSE = "EVSE"
    PARKING = "PARKING"
    COMBINED = "COMBINED"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchStatuses(Message[Statuses]):
    since: datetime | None = None
    area: SearchArea | None = None
    status: EvseStatus | None = None
    scope: StatusScope | None = None


# --- token lists -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens(Answer):
    tokens: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchTokens(Message[Tokens]):
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishTokens(Message[Publication]):
    action: PushAction = PushAction.REPLACE_ALL
    tokens: tuple[Token, ...] = ()


# --- the connection itself ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatAnswer(Answer):
    """`period_seconds` is how often the hub wants to hear from us; `hub_time` shows the clock difference."""

    period_seconds: int | None = None
    hub_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat(Message[HeartbeatAnswer]):
    pass
