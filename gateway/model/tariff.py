"""Tariffs as OCPI 2.2.1 has them (section 11), with what the hubs add: operator, recipient, default prices.

A tariff is a list of elements. For each dimension the first element whose restrictions are met gives the price.
Prices are net, in the tariff's currency: per kWh, per hour, or once.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from gateway.model.common import Extensible, LocalText, Price
from gateway.model.ids import PartyId
from gateway.model.location import EnergyMix


class TariffType(StrEnum):
    """OCPI 2.2.1 section 11.4.7."""

    AD_HOC_PAYMENT = "AD_HOC_PAYMENT"
    PROFILE_CHEAP = "PROFILE_CHEAP"
    PROFILE_FAST = "PROFILE_FAST"
    PROFILE_GREEN = "PROFILE_GREEN"
    REGULAR = "REGULAR"


class TariffDimension(StrEnum):
    """OCPI 2.2.1 section 11.4.5: what a price is for. TIME is time of charging, PARKING_TIME time without.

    POWER is none of OCPI: once for each kW of the highest power (OCHP).
    """

    ENERGY = "ENERGY"
    FLAT = "FLAT"
    PARKING_TIME = "PARKING_TIME"
    POWER = "POWER"
    TIME = "TIME"


class ReservationRestriction(StrEnum):
    """OCPI 2.2.1 section 11.4.3."""

    RESERVATION = "RESERVATION"
    RESERVATION_EXPIRES = "RESERVATION_EXPIRES"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceComponent:
    """`price` net per kWh, hour, kW or once; `vat` in percent; `step_size` the least that is billed, in Wh, s or W."""

    type: TariffDimension
    price: Decimal
    vat: Decimal | None = None
    step_size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffRestrictions:
    """When an element applies; what is None or empty does not restrict. An upper bound is not part of its span.

    Times in minutes of the day at the place, 1440 is its end; an end before its start is on the next day. Weekdays
    are 1 (Monday) to 7. Current in ampere, power in kW, durations in seconds.
    """

    start_time: int | None = None
    end_time: int | None = None
    start_date: date | None = None
    end_date: date | None = None
    weekdays: tuple[int, ...] = ()
    min_kwh: Decimal | None = None
    max_kwh: Decimal | None = None
    min_current: Decimal | None = None
    max_current: Decimal | None = None
    min_power: Decimal | None = None
    max_power: Decimal | None = None
    min_duration: int | None = None
    max_duration: int | None = None
    reservation: ReservationRestriction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffElement:
    """`restrictions` None: it always applies."""

    price_components: tuple[PriceComponent, ...] = ()
    restrictions: TariffRestrictions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff(Extensible):
    """`provider`: for that eMSP alone; none: for all. `start` and `end` are when it is valid.

    `min_price` and `max_price` bound the total of a session.
    """

    id: str | None = None
    currency: str | None = None
    type: TariffType | None = None
    operator: PartyId | None = None
    operator_name: str | None = None
    provider: PartyId | None = None
    alt_text: tuple[LocalText, ...] = ()
    alt_url: str | None = None
    min_price: Price | None = None
    max_price: Price | None = None
    elements: tuple[TariffElement, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    energy_mix: EnergyMix | None = None
    last_updated: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultPrice:
    """What an operator asks where no tariff is named for an EVSE (OICP PricingDefaultPrice): ENERGY or TIME."""

    operator: PartyId | None = None
    operator_name: str | None = None
    provider: PartyId | None = None
    currency: str | None = None
    component: PriceComponent | None = None
