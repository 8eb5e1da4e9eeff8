"""The automation APIs on the wire: what a CPO sends and is answered. Each API spells names its own way."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from gateway.findings import Severity
from gateway.wire import Alias, WireModel, spelled
from gateway.wire.declared import MayBeEmpty
from gateway.wire.rules import one_of
from gateway_oicp.ngp import rules
from gateway_oicp.wire.base import EvseId, OperatorId

_CAPITALS = {"id": "Id", "cpo": "CPO"}
Day = Annotated[str, one_of("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")]
Clock = Annotated[str, rules.CLOCK]
ComponentType = Annotated[str, one_of("CHARGING_ENERGY", "CHARGING_TIME", "PARKING", "SESSION", "BLOCKING_FEE")]
ReferenceUnit = Annotated[str, one_of("KILOWATT_HOUR", "MINUTE", "HOUR", "NONE")]
Color = Annotated[str, one_of("Powder blue", "Iceberg", "Indigo", "Water blue", "Carolina")]
Currency = Annotated[str, rules.CURRENCY]
Cost = Annotated[Decimal, rules.NO_CREDIT]
OfferText = Annotated[str, rules.OFFER_TEXT]
Until = str
"""A time that may lie beyond any calendar: an unlimited offer ends in the year +13544."""


class CamelModel(WireModel):
    naming = spelled({"dto": "DTO"}, first=str.lower)


class PascalModel(WireModel):
    naming = spelled(_CAPITALS)


# --- networks ----------------------------------------------------------------------------------------------------


class NgpGroupAssignment(PascalModel):
    group_name: str | None
    evses: Annotated[tuple[EvseId, ...], MayBeEmpty()]


class NgpAssignment(PascalModel):
    """EVSE assignment; the answer has the same form, with all EVSEs of the groups."""

    network_name: str | None
    groups_assignments: tuple[NgpGroupAssignment, ...]


class NgpGroup(CamelModel):
    id: str | None = None
    group_name: Annotated[str, rules.GROUP_NAME] | None
    group_description: Annotated[str, rules.DESCRIPTION] | None = None
    evse_ids: Annotated[tuple[EvseId, ...], MayBeEmpty()]


class NgpNetwork(CamelModel):
    """EVSE network; ids and `createdAt` are the hub's."""

    id: str | None = None
    evse_network_name: Annotated[str, rules.NETWORK_NAME] | None
    evse_network_description: Annotated[str, rules.DESCRIPTION] | None = None
    evse_groups: tuple[NgpGroup, ...]
    created_at: datetime | None = None


class NgpAttachment(CamelModel):
    uploaded_attachment_id: str | None
    original_file_name: str | None


# --- offers ------------------------------------------------------------------------------------------------------


class NgpServiceType(CamelModel):
    service_type_id: int | None
    service_type_name: str | None
    service_type_version_number: int | None


class NgpRequiredData(CamelModel):
    tax_id: bool | None = None
    brand_name: bool | None = None
    billing_contact_email: bool | None = None
    billing_contact_phone: bool | None = None
    billing_contact_first_name: bool | None = None
    billing_contact_last_name: bool | None = None
    billing_address_city: bool | None = None
    billing_address_country: bool | None = None
    billing_address_postal_code: bool | None = None
    billing_address_street: bool | None = None


class NgpComponent(CamelModel):
    cost: Cost | None
    reference_unit: ReferenceUnit | None
    type: ComponentType | None
    grace_period: Annotated[int, rules.NOT_NEGATIVE] | None = None


class NgpTariff(CamelModel):
    name: str | None
    currency: Currency | None
    pricing_components: tuple[NgpComponent, ...]


class NgpTimeSlot(CamelModel):
    color: Color | None
    start_time: Clock | None
    end_time: Clock | None
    tariff_name: str | None


class NgpTimePlan(CamelModel):
    judges = (rules.slots_in_order,)

    days_of_the_week: tuple[Day, ...]
    time_slots: tuple[NgpTimeSlot, ...]


class NgpProduct(CamelModel):
    currency: Currency | None
    time_plans: tuple[NgpTimePlan, ...]


class NgpGroupProduct(CamelModel):
    group_id: str | None
    product: NgpProduct | None


class NgpOfferRequest(CamelModel):
    """Create service offer. `serviceOfferId` is demanded and replaced by the hub."""

    judges = (rules.unlimited_or_until, rules.to_all_or_to_some, rules.offer_tariffs)

    service_offer_id: str | None
    description: OfferText | None = None
    partner_internal_id: OfferText | None
    valid_from: datetime | None
    valid_to: Until | None = None
    unlimited: bool | None
    cancellation_period: Annotated[int, rules.ONE_DAY] | None
    lead_time: Annotated[int, rules.LEAD_DAYS] | None = None
    minimum_term: Annotated[int, rules.TERM_DAYS] | None
    period_of_notice: Annotated[int, rules.NOT_NEGATIVE] | None = None
    period_of_notice_message: OfferText | None = None
    pricing_type: Annotated[str, one_of("NGP")] | None
    service_type_version: NgpServiceType | None
    offer_to_all: bool | None
    subscriber_partner_ids: tuple[str, ...] = ()
    two_step_process: bool | None = None
    two_step_required_master_data_fields: NgpRequiredData | None = None
    network_id: str | None
    uploaded_attachment_id: str | None = None
    tariffs: tuple[NgpTariff, ...]
    products: tuple[NgpGroupProduct, ...]


class NgpPriceUpdate(CamelModel):
    """Update pricing: everything anew. `nextServiceOfferId` is demanded and replaced by the hub."""

    judges = (rules.update_tariffs,)

    next_service_offer_id: str | None
    network_id: str | None
    update_date: datetime | None
    tariffs: tuple[NgpTariff, ...]
    pricing_details: tuple[NgpGroupProduct, ...]


class NgpTerms(CamelModel):
    id: str | None
    type: str | None = None
    s3_key: str | None = None


class NgpOffer(CamelModel):
    """An offer as the hub has it; what has no default at all may still be null in old versions."""

    created_by: str | None = None
    created_on: datetime | None = None
    last_modified_by: str | None = None
    last_modification_date: datetime | None = None
    id: str | None
    owner_partner_id: str | None = None
    partner_internal_id: str | None = None
    external_partner_id: OperatorId | None = None
    name: str | None = None
    description: str | None = None
    service_type_version: NgpServiceType | None = None
    offer_to_all: bool | None = None
    subscriber_partner_ids: tuple[str, ...] = ()
    nr_of_active_subscriptions: int | None = None
    nr_of_charging_points: int | None = None
    status: Annotated[str, one_of("PENDING", "ACTIVE", "CANCELLED", severity=Severity.INFO)] | None
    pricing_type: str | None = None
    minimum_term: int | None = None
    cancellation_period: int | None = None
    period_of_notice: int | None = None
    period_of_notice_message: str | None = None
    attachments: tuple[NgpTerms, ...] = ()
    valid_from: datetime | None = None
    valid_to: Until | None = None
    cancellation_to: Until | None = None
    unlimited: bool | None = None
    lead_time: int | None = None
    version: int | None = None
    original_service_offer_id: str | None = None
    original_valid_from: datetime | None = None
    previous_service_offer_id: str | None = None
    next_service_offer_id: str | None = None
    product_pricing_dto_set: Annotated[tuple[str, ...], Alias("productPricingDTOSet")] = ()
    nr_of_pending_subscriptions: int | None = None
    two_step_process: bool | None = None
    two_step_required_master_data_fields: NgpRequiredData | None = None
