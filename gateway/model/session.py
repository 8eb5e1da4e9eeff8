"""Sessions: who calls one what, and how it stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from gateway.model.common import Extensible, Price
from gateway.model.ids import EvseId, PartyId
from gateway.model.metering import ChargingPeriod, MeterReading
from gateway.model.token import Token


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionIds:
    """The names each party gives one session, each opaque and of any length.

    `hub` is the hub's own (OICP SessionID, eMIP serviceSessionId, OCHP directId) and leads where there is a hub.
    """

    hub: str | None = None
    cpo: str | None = None
    emsp: str | None = None

    def __bool__(self) -> bool:
        return bool(self.hub or self.cpo or self.emsp)


class SessionStatus(StrEnum):
    """OCPI 2.2.1 section 9.4.2."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    INVALID = "INVALID"
    RESERVATION = "RESERVATION"


class AuthMethod(StrEnum):
    """OCPI 2.2.1 section 10.4.1."""

    AUTH_REQUEST = "AUTH_REQUEST"
    COMMAND = "COMMAND"
    WHITELIST = "WHITELIST"


class LimitKind(StrEnum):
    """What a meter report or a limit counts; units kWh, min, kW or the currency."""

    ENERGY = "ENERGY"
    TIME = "TIME"
    COST = "COST"
    AVERAGE_POWER = "AVERAGE_POWER"
    PEAK_POWER = "PEAK_POWER"
    ENERGY_STEP = "ENERGY_STEP"
    TIME_AT_POWER = "TIME_AT_POWER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How far an authorisation goes (eMIP meterLimitList, OCHPdirect ControlEvse)."""

    kind: LimitKind | None = None
    value: Decimal | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingDemand:
    """How a session is to charge, beside its limits (OCHPdirect ControlEvse). Power in kW or current in A, not both."""

    max_power_kw: Decimal | None = None
    max_current_a: Decimal | None = None
    single_phase: bool | None = None
    min_energy_kwh: Decimal | None = None
    departure: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """What was said when a session began, or since, and what is told of it later depends on (eMIP).

    `actions` and `events` are the ids of what was asked of it and told of it, the newest last.
    """

    service_id: str | None = None
    contract_alias: str | None = None
    intermediate_cdr_requested: bool | None = None
    limits: tuple[Limit, ...] = ()
    booking_id: str | None = None
    emsp_booking_id: str | None = None
    actions: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    ended_at: datetime | None = None
    """When it ended, by the hub's word or by our own stop: its CDR is to come."""


class SessionEventKind(StrEnum):
    START = "START"
    PROGRESS = "PROGRESS"
    CHANGE = "CHANGE"
    """Its limits are others now."""
    SUSPEND = "SUSPEND"
    END = "END"
    EMERGENCY_STOP = "EMERGENCY_STOP"
    ERROR = "ERROR"
    SETTLED = "SETTLED"
    """Its CDR has gone out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEvent:
    """Something that happened in a session (OICP notifications, eMIP events, OCHPdirect InformProvider)."""

    kind: SessionEventKind | None = None
    at: datetime | None = None
    id: str | None = None
    comment: str | None = None
    error: str | None = None
    penalty_from: datetime | None = None
    current_power_kw: Decimal | None = None
    valid_until: datetime | None = None
    related_action_id: str | None = None
    """The action that it answers to (eMIP relatedSessionActionId)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Extensible):
    """A running session. Energy in kWh; `duration` is charging time."""

    id: str | None = None
    ids: SessionIds = SessionIds()
    operator: PartyId | None = None
    provider: PartyId | None = None
    evse: EvseId | None = None
    location_id: str | None = None
    connector_id: str | None = None
    token: Token | None = None
    status: SessionStatus | None = None
    auth_method: AuthMethod | None = None
    authorization_reference: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    charging_start: datetime | None = None
    charging_end: datetime | None = None
    duration: timedelta | None = None
    energy_kwh: Decimal | None = None
    meter_id: str | None = None
    meter_start_kwh: Decimal | None = None
    meter_end_kwh: Decimal | None = None
    meter_values_kwh: tuple[Decimal, ...] = ()
    """Values in between whose times nobody told."""
    meter_readings: tuple[MeterReading, ...] = ()
    periods: tuple[ChargingPeriod, ...] = ()
    currency: str | None = None
    total_cost: Price | None = None
    limits: tuple[Limit, ...] = ()
    demand: ChargingDemand | None = None
    product_id: str | None = None
    events: tuple[SessionEvent, ...] = ()
    ad_hoc: bool = False
    evse_unknown_at_hub: bool = False
    """Guest charging (S0.9): authorised at an EVSE that the hub has no record of."""
