"""What is counted while a car charges, and what it costs: dimensions, periods, readings."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Dimension(StrEnum):
    """What a period counts. OCPI CdrDimensionType where it has one; the last three are billing items of OCHP.

    Units: ENERGY kWh, TIME, USAGE_TIME, PARKING_TIME and RESERVATION_TIME hours, MAX_POWER and the like kW,
    SERVICE_FEE and RESERVATION pieces.
    """

    CURRENT = "CURRENT"
    ENERGY = "ENERGY"
    ENERGY_EXPORT = "ENERGY_EXPORT"
    ENERGY_IMPORT = "ENERGY_IMPORT"
    MAX_CURRENT = "MAX_CURRENT"
    MIN_CURRENT = "MIN_CURRENT"
    MAX_POWER = "MAX_POWER"
    MIN_POWER = "MIN_POWER"
    PARKING_TIME = "PARKING_TIME"
    POWER = "POWER"
    RESERVATION_TIME = "RESERVATION_TIME"
    STATE_OF_CHARGE = "STATE_OF_CHARGE"
    TIME = "TIME"
    SERVICE_FEE = "SERVICE_FEE"
    RESERVATION = "RESERVATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrDimension:
    type: Dimension | None = None
    volume: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingPeriod:
    """OCPI: follows the period before it. OCHP: one billing item, may overlap; cost net, tax in percent."""

    start: datetime | None = None
    end: datetime | None = None
    dimensions: tuple[CdrDimension, ...] = ()
    tariff_id: str | None = None
    item_price: Decimal | None = None
    cost: Decimal | None = None
    tax_percent: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReading:
    """What the meter showed, absolute, and when."""

    value_kwh: Decimal | None = None
    at: datetime | None = None
