"""EVSE networks, the groups in them, and the offers that price the groups (Hubject's Next Generation Pricing).

Prices are net, per unit, in the currency of the record. Times of day are local to the EVSE, in seconds, end exclusive
(86400 is midnight); weekdays count from 1 = Monday. Terms and notice periods are days.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from gateway.model.ids import EvseId, PartyId


class NetworkState(StrEnum):
    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    """An offer for it was activated: from then on EVSEs can only be added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseGroup:
    """EVSEs that are sold at the same price. `id` is the hub's."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    evses: tuple[EvseId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseNetwork:
    """What one offer covers. `id` is the hub's; the name is unique for an operator, a group's in its network."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    operator: PartyId | None = None
    state: NetworkState | None = None
    groups: tuple[EvseGroup, ...] = ()
    created_at: datetime | None = None


# --- prices ------------------------------------------------------------------------------------------------------


class PriceKind(StrEnum):
    """What is charged for; the first four are OCPI's TariffDimensionType."""

    ENERGY = "ENERGY"
    TIME = "TIME"
    PARKING_TIME = "PARKING_TIME"
    FLAT = "FLAT"
    BLOCKING_FEE = "BLOCKING_FEE"


class PriceUnit(StrEnum):
    KILOWATT_HOUR = "KILOWATT_HOUR"
    MINUTE = "MINUTE"
    HOUR = "HOUR"
    NONE = "NONE"
    """Once for the session."""


class FeeStart(StrEnum):
    """From when a fee by time is counted."""

    SESSION_START = "SESSION_START"
    CHARGING_END = "CHARGING_END"


@dataclass(frozen=True, slots=True, kw_only=True)
class PricingComponent:
    """`cost` for each `unit`; the first `grace_minutes` are free."""

    kind: PriceKind | None = None
    unit: PriceUnit | None = None
    cost: Decimal | None = None
    grace_minutes: int | None = None
    counted_from: FeeStart | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSet:
    """What is charged at the same time, under a name (NGP: a tariff)."""

    name: str | None = None
    currency: str | None = None
    components: tuple[PricingComponent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSlot:
    """When a price set applies, by its name; `components` where a hub told them in place."""

    begin: int | None = None
    end: int | None = None
    price_set: str | None = None
    color: str | None = None
    components: tuple[PricingComponent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePlan:
    """One day's slots, for all days that it names."""

    weekdays: tuple[int, ...] = ()
    slots: tuple[TimeSlot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPrice:
    """What an offer asks at the EVSEs of one group (NGP: a product)."""

    group_id: str | None = None
    group_name: str | None = None
    currency: str | None = None
    plans: tuple[TimePlan, ...] = ()


class PriceReason(StrEnum):
    """Why a price is what it is."""

    GROUP_PRICE = "group-price"
    UNASSIGNED = "unassigned-evse"
    """Its operator's offer is active and the EVSE is in no group: it costs nothing."""
    NO_OFFER = "no-active-offer"
    NO_SLOT = "no-price-at-this-time"
    NOT_AT_HUB = "not-at-hub"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvsePrice:
    """The price of an EVSE at one moment. `cost` is set only where it is one number whatever is charged: zero."""

    evse: EvseId
    at: datetime
    reason: PriceReason
    cost: Decimal | None = None
    currency: str | None = None
    components: tuple[PricingComponent, ...] = ()
    price_set: str | None = None
    network: str | None = None
    group: str | None = None
    offer: str | None = None


# --- offers ------------------------------------------------------------------------------------------------------


class OfferStatus(StrEnum):
    PENDING = "PENDING"
    """Valid from a time to come."""
    ACTIVE = "ACTIVE"
    CANCELLED = "CANCELLED"


class OfferedService(StrEnum):
    AUTHORIZATION = "AUTHORIZATION"
    RESERVATION = "RESERVATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredData:
    """What an eMSP must tell of itself to subscribe in two steps."""

    tax_id: bool | None = None
    brand_name: bool | None = None
    billing_email: bool | None = None
    billing_phone: bool | None = None
    billing_first_name: bool | None = None
    billing_last_name: bool | None = None
    billing_city: bool | None = None
    billing_country: bool | None = None
    billing_postal_code: bool | None = None
    billing_street: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One version of an offer to eMSPs. `reference` is its name with us, `name` the one that the hub gives it.

    Unlimited: no `valid_to`, prices may be changed `lead_days` ahead. Limited: `notice_days` before it ends.
    """

    id: str | None = None
    name: str | None = None
    reference: str | None = None
    description: str | None = None
    operator: PartyId | None = None
    status: OfferStatus | None = None
    service: OfferedService | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    unlimited: bool | None = None
    cancellation_days: int | None = None
    cancelled_to: datetime | None = None
    lead_days: int | None = None
    minimum_days: int | None = None
    notice_days: int | None = None
    notice_message: str | None = None
    to_all: bool | None = None
    subscribers: tuple[str, ...] = ()
    """The hub's internal ids of the eMSPs of a bilateral offer."""
    two_steps: bool | None = None
    required_data: RequiredData | None = None
    network_id: str | None = None
    terms: tuple[str, ...] = ()
    """The hub's ids of uploaded terms and conditions."""
    price_sets: tuple[PriceSet, ...] = ()
    prices: tuple[GroupPrice, ...] = ()
    version: int | None = None
    original_id: str | None = None
    previous_id: str | None = None
    next_id: str | None = None
    subscriptions: int | None = None
    created_at: datetime | None = None
