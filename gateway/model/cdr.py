"""Charge detail records. Energy in kWh, times aware with their offset, money as Decimal net of tax unless said."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from gateway.model.common import Extensible, Price
from gateway.model.ids import EvseId, PartyId
from gateway.model.location import Location
from gateway.model.metering import CdrDimension, ChargingPeriod, Dimension, MeterReading
from gateway.model.session import AuthMethod, Limit, SessionIds
from gateway.model.token import Token

__all__ = [
    "Cdr", "CdrDimension", "CdrNature", "CdrStatus", "ChargingPeriod", "Costs", "Dimension", "MeterReading",
    "MeterReport", "SignedData", "SignedValue",
]  # fmt: skip


class CdrStatus(StrEnum):
    """The life of a CDR at a clearing house (OCHP CdrStatus)."""

    NEW = "NEW"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    DECLINED = "DECLINED"
    APPROVED = "APPROVED"
    REVISED = "REVISED"


class CdrNature(StrEnum):
    FINAL = "FINAL"
    INTERMEDIATE = "INTERMEDIATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedValue:
    nature: str | None = None
    plain: str | None = None
    signed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedData:
    """Signed meter values with what is needed to verify them (OCPI SignedData, OICP CalibrationLawVerificationInfo)."""

    values: tuple[SignedValue, ...] = ()
    encoding_method: str | None = None
    public_key: str | None = None
    certificate_id: str | None = None
    url: str | None = None
    instruction: str | None = None
    check: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReport:
    """A counted quantity of eMIP beyond totals (average power per step, time at a power)."""

    type_id: str | None = None
    value: Decimal | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """The parts of the total (OCPI total_*_cost)."""

    fixed: Price | None = None
    energy: Price | None = None
    time: Price | None = None
    parking: Price | None = None
    reservation: Price | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cdr(Extensible):
    """One settled session.

    `energy_known` False: the CDR was billed by time and says nothing of energy. `rated` False: nobody has put a price
    on it yet. Neither is the same as zero. `place` is the snapshot of the place at the start: one EVSE, one connector.
    """

    id: str | None = None
    session: SessionIds = SessionIds()
    status: CdrStatus | None = None
    nature: CdrNature | None = None
    operator: PartyId | None = None
    provider: PartyId | None = None
    hub_operator: PartyId | None = None
    hub_provider: PartyId | None = None
    evse: EvseId | None = None
    token: Token | None = None
    auth_method: AuthMethod | None = None
    authorization_reference: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    charging_start: datetime | None = None
    charging_end: datetime | None = None
    duration: timedelta | None = None
    place: Location | None = None
    meter_id: str | None = None
    meter_start_kwh: Decimal | None = None
    meter_end_kwh: Decimal | None = None
    meter_values_kwh: tuple[Decimal, ...] = ()
    """Values in between whose times nobody told."""
    meter_readings: tuple[MeterReading, ...] = ()
    meter_reports: tuple[MeterReport, ...] = ()
    energy_kwh: Decimal | None = None
    energy_known: bool | None = None
    total_time_hours: Decimal | None = None
    total_parking_hours: Decimal | None = None
    periods: tuple[ChargingPeriod, ...] = ()
    signed_data: SignedData | None = None
    product_id: str | None = None
    tariff_ids: tuple[str, ...] = ()
    currency: str | None = None
    total_cost: Price | None = None
    costs: Costs | None = None
    rated: bool | None = None
    limits: tuple[Limit, ...] = ()
    remark: str | None = None
    credit: bool | None = None
    credit_reference_id: str | None = None
    invoice_reference_id: str | None = None
    home_charging_compensation: bool | None = None
    last_updated: datetime | None = None
