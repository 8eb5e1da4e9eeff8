"""The automation APIs on the wire: what can be read of offers, subscriptions and contracts.

Inner names of prices are in Pascal case everywhere; the outer ones are in camel case for a CPO, though its documents
say otherwise, and in Pascal case for an EMP. Either is read.
"""

from datetime import datetime
from typing import Annotated

from gateway.findings import Severity
from gateway.wire import Alias, Private
from gateway.wire.declared import MayBeEmpty
from gateway.wire.rules import one_of
from gateway_oicp.ngp import rules
from gateway_oicp.ngp.wire import (
    CamelModel,
    Clock,
    ComponentType,
    Cost,
    Currency,
    Day,
    NgpOffer,
    PascalModel,
    ReferenceUnit,
    Until,
)
from gateway_oicp.wire.base import EvseId, OperatorId, ProviderId

Personal = Annotated[str, Private()]


def _also(*names: str) -> Alias:
    return Alias(also=names, severity=Severity.INFO)


class NgpPriceDetail(PascalModel):
    type: ComponentType | None
    reference_unit: ReferenceUnit | None
    cost: Cost | None
    fee_initiated: Annotated[str, one_of("SESSION_START", "CHARGING_END")] | None = None
    grace_period: Annotated[int, rules.NOT_NEGATIVE] | None = None


class NgpDayTariff(PascalModel):
    name: str | None
    start_time: Clock | None
    end_time: Clock | None
    pricing_components: tuple[NgpPriceDetail, ...]


class NgpDay(PascalModel):
    day: Day | None
    tariffs: tuple[NgpDayTariff, ...]


class NgpGroupPricing(CamelModel):
    group_id: Annotated[str, _also("GroupId")] | None
    group_name: Annotated[str, _also("GroupName")] | None
    currency: Annotated[Currency, _also("Currency")] | None
    days: Annotated[tuple[NgpDay, ...], _also("Days")]


class NgpNetworkSummary(CamelModel):
    network_id: Annotated[str, _also("NetworkId")] | None
    network_name: Annotated[str, _also("NetworkName")] | None
    group_count: Annotated[int, _also("GroupCount")] | None = None
    evse_count: Annotated[int, _also("EvseCount")] | None = None


class NgpSubscription(CamelModel):
    created_by: str | None = None
    created_on: datetime | None = None
    last_modified_by: str | None = None
    last_modification_date: datetime | None = None
    id: str | None
    partner_internal_id: str | None = None
    name: str | None = None
    service_offer_id: str | None = None
    service_offer_name: str | None = None
    offerer_partner_id: str | None = None
    offerer_partner_name: str | None = None
    service_type_id: int | None = None
    service_type_name: str | None = None
    subscriber_partner_id: str | None = None
    subscriber_partner_name: str | None = None
    subscriber_partner_external_id: ProviderId | None = None
    status: str | None = None
    subscribe_date: datetime | None = None
    period_of_notice: int | None = None
    period_of_notice_message: str | None = None
    valid_from: datetime | None = None
    valid_to: Until | None = None
    cancellation_to: Until | None = None
    was_subscribed: bool | None = None
    two_step_error_status: str | None = None
    requested_date: datetime | None = None
    rejected_date: datetime | None = None


class NgpOfferInfo(CamelModel):
    service_offer: NgpOffer | None
    subscriptions: Annotated[tuple[NgpSubscription, ...], MayBeEmpty()]
    network: NgpNetworkSummary | None = None
    pricing_details: tuple[NgpGroupPricing, ...] = ()


class NgpOffersInfo(CamelModel):
    """Offers with subscriptions, and the history of one offer."""

    offers_info: Annotated[tuple[NgpOfferInfo, ...], MayBeEmpty()]


# --- as an EMP ---------------------------------------------------------------------------------------------------


class NgpCpo(PascalModel):
    cpo_name: str | None
    operator_id: Annotated[OperatorId, Alias("OperatorID")] | None
    sub_partners: tuple[OperatorId, ...] = ()
    countries: tuple[str, ...] = ()


class NgpContact(PascalModel):
    contact_first_name: Personal | None = None
    contact_last_name: Personal | None = None
    email: Personal | None = None
    support_email: Personal | None = None
    emergency_email: Personal | None = None
    b2b_phone: Annotated[Personal, Alias("B2BPhone")] | None = None


class NgpBilling(PascalModel):
    billing_contact_first_name: Personal | None = None
    billing_contact_last_name: Personal | None = None
    billing_contact_email: Personal | None = None
    billing_contact_phone: Personal | None = None
    bank_account: Personal | None = None
    tax_id: Annotated[Personal, Alias("TaxID")] | None = None
    country: str | None = None
    city: str | None = None
    street: str | None = None
    postal_code: str | None = None


class NgpContractOffer(PascalModel):
    service_offer_id: str | None
    service_offer_name: str | None = None
    offer_type: Annotated[str, one_of("OFFER_TO_ALL", severity=Severity.INFO)] | None = None
    service_type_name: str | None = None
    description: str | None = None
    service_offer_status: str | None = None
    pricing_type: str | None = None
    minimum_term: int | None = None
    cancellation_period: int | None = None
    valid_from: datetime | None = None
    valid_to: Until | None = None
    cancellation_to: Until | None = None
    lead_time: int | None = None
    created_on: datetime | None = None


class NgpContractSubscription(PascalModel):
    subscription_name: str | None
    subscription_date: datetime | None = None
    subscription_status: str | None = None
    period_of_notice: int | None = None
    period_of_notice_message: str | None = None
    valid_from: datetime | None = None
    valid_to: Until | None = None
    subscription_cancellation_date: Until | None = None


class NgpContractNetwork(PascalModel):
    network_id: Annotated[str, _also("networkId")] | None
    network_name: Annotated[str, _also("networkName")] | None = None
    group_count: Annotated[int, _also("groupCount")] | None = None
    evse_count: Annotated[int, _also("evseCount")] | None = None


class NgpContractPricing(PascalModel):
    group_id: Annotated[str, _also("groupId")] | None
    group_name: Annotated[str, _also("groupName")] | None = None
    currency: Annotated[Currency, _also("currency")] | None
    days: Annotated[tuple[NgpDay, ...], _also("days")]


class NgpContractOfferDetails(PascalModel):
    offer_details: NgpContractOffer | None
    subscription_details: NgpContractSubscription | None = None
    network_details: NgpContractNetwork | None = None
    pricing: tuple[NgpContractPricing, ...] = ()


class NgpContract(PascalModel):
    """EnhancedContracts: one CPO's offers that the EMP has subscribed to."""

    cpo_general_information: NgpCpo | None
    cpo_contact_details: NgpContact | None = None
    billing_information: NgpBilling | None = None
    offers: Annotated[tuple[NgpContractOfferDetails, ...], MayBeEmpty()]


class NgpContractEvse(CamelModel):
    evse_id: EvseId | None


class NgpContractEvsePage(CamelModel):
    """One page of EVSEs; `number` counts from 0."""

    content: Annotated[tuple[NgpContractEvse, ...], MayBeEmpty()]
    number: int | None
    size: int | None
    total_elements: int | None
    total_pages: int | None
    number_of_elements: int | None
    first: bool | None
    last: bool | None
