"""What stands between a CPO and an eMSP at a hub: subscriptions to offers, and the contract as the eMSP sees it."""

from dataclasses import dataclass
from datetime import datetime

from gateway.model.ids import PartyId
from gateway.model.network import GroupPrice, Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """An eMSP's subscription to an offer. `status` and `error` are the hub's words."""

    id: str | None = None
    name: str | None = None
    offer_id: str | None = None
    subscriber: PartyId | None = None
    subscriber_name: str | None = None
    status: str | None = None
    error: str | None = None
    subscribed_at: datetime | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    cancelled_to: datetime | None = None
    notice_days: int | None = None
    notice_message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSummary:
    """A network as an offer names it. `id` is the hub's."""

    id: str | None = None
    name: str | None = None
    group_count: int | None = None
    evse_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferDetails:
    """An offer with everything that hangs on it; `prices` as they are in force."""

    offer: Offer | None = None
    subscriptions: tuple[Subscription, ...] = ()
    network: NetworkSummary | None = None
    prices: tuple[GroupPrice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPerson:
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    support_email: str | None = None
    emergency_email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingDetails:
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    bank_account: str | None = None
    tax_id: str | None = None
    country: str | None = None
    city: str | None = None
    street: str | None = None
    postal_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractView:
    """A CPO's contract with an eMSP, as the eMSP sees it. Countries are alpha-3."""

    operator: PartyId | None = None
    operator_name: str | None = None
    sub_operators: tuple[PartyId, ...] = ()
    countries: tuple[str, ...] = ()
    contact: ContactPerson | None = None
    billing: BillingDetails | None = None
    offers: tuple[OfferDetails, ...] = ()
