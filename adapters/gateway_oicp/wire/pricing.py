"""Dynamic pricing: products, and which of them an EVSE has. Prices without VAT, power in kW."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from gateway.findings import Severity
from gateway.wire import Alias, Inner
from gateway.wire.declared import MayBeEmpty
from gateway.wire.rules import longest, matching, one_of
from gateway_oicp import rules_pulls as rules
from gateway_oicp.wire.base import ActionType, EvseId, OicpModel, OperatorId, ProductId, ProviderId, StatusCode
from gateway_oicp.wire.evses import Period

Currency = Annotated[str, matching(r"[A-Z]{3}", "ISO 4217 currency code")]
ReferenceUnit = Annotated[str, one_of("HOUR", "KILOWATT_HOUR", "MINUTE", severity=Severity.ERROR)]
Recipient = Annotated[str, rules.RECIPIENT]
"""A provider, or `*` for all."""


class ProductAvailabilityTimes(OicpModel):
    periods: Annotated[tuple[Period, ...], Alias(also=("Period",))]
    on: (
        Annotated[
            str,
            Alias("on", also=("On",)),
            one_of(
                "Everyday", "Workdays", "Weekend", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
                "Sunday", severity=Severity.ERROR,
            ),
        ]
        | None
    )  # fmt: skip


class AdditionalReferences(OicpModel):
    additional_reference: (
        Annotated[
            str,
            one_of(
                "START FEE", "FIXED FEE", "PARKING FEE", "MINIMUM FEE", "MAXIMUM FEE", severity=Severity.ERROR,
            ),
        ]
        | None
    )  # fmt: skip
    additional_reference_unit: ReferenceUnit | None
    price_per_additional_reference_unit: Decimal | None


class PricingProductDataRecord(OicpModel):
    judges = (rules.times_where_not_always_valid,)

    product_id: ProductId | None
    reference_unit: ReferenceUnit | None
    product_price_currency: Currency | None
    price_per_reference_unit: Decimal | None
    maximum_product_charging_power: Decimal | None
    is_valid_24_hours: Annotated[bool, Alias("IsValid24hours")] | None
    product_availability_times: Annotated[tuple[ProductAvailabilityTimes, ...], MayBeEmpty()]
    additional_references: tuple[AdditionalReferences, ...] = ()


class PricingProductData(OicpModel):
    operator_id: OperatorId | None
    operator_name: Annotated[str, longest(100)] | None = None
    provider_id: Recipient | None
    pricing_default_price: Decimal | None
    pricing_default_price_currency: Currency | None
    pricing_default_reference_unit: ReferenceUnit | None
    pricing_product_data_records: Annotated[tuple[PricingProductDataRecord, ...], MayBeEmpty()]


class PushPricingProductData(OicpModel):
    action_type: ActionType | None
    pricing_product_data: PricingProductData | None


class PullPricingProductData(OicpModel):
    """The only request that does not name who asks."""

    last_call: datetime | None = None
    operator_ids: Annotated[tuple[OperatorId, ...], Alias("OperatorIDs")]


class PricingProductDataList(OicpModel):
    """The answer to PullPricingProductData (eRoamingPricingProductData)."""

    unexpected: ClassVar[Mapping[str, Severity]] = {"Result": Severity.WARNING}

    pricing_product_data: Annotated[tuple[PricingProductData, ...], MayBeEmpty()]
    status_code: StatusCode | None = None


class EvsePricing(OicpModel):
    evse_id: EvseId | None
    provider_id: Recipient | None
    evse_id_product_list: Annotated[tuple[Annotated[ProductId, Inner("ProductID")], ...], MayBeEmpty()]


class PushEvsePricing(OicpModel):
    action_type: ActionType | None
    evse_pricing: Annotated[tuple[EvsePricing, ...], Alias("EVSEPricing")]


class PullEvsePricing(OicpModel):
    provider_id: ProviderId | None
    last_call: datetime | None = None
    operator_ids: Annotated[tuple[OperatorId, ...], Alias("OperatorIDs")]


class OperatorEvsePricing(OicpModel):
    operator_id: OperatorId | None
    operator_name: Annotated[str, longest(100)] | None = None
    evse_pricing: Annotated[tuple[EvsePricing, ...], Alias("EVSEPricing"), MayBeEmpty()]


class EvsePricingList(OicpModel):
    """The answer to PullEVSEPricing (eRoamingEVSEPricing)."""

    evse_pricing: Annotated[
        tuple[OperatorEvsePricing, ...], Alias("EVSEPricing", also=("OperatorEVSEPricing",)), MayBeEmpty()
    ]
    status_code: StatusCode | None = None
