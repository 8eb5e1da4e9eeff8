"""Tariffs: each with what it asks of whom."""

from decimal import Decimal
from typing import Annotated, ClassVar

from gateway.findings import Severity
from gateway.wire import Alias, Inner
from gateway.wire.rules import at_most, one_of
from gateway_ochp import repairs, rules
from gateway_ochp.wire.base import DateTime, OchpModel, ResultResponse
from gateway_ochp.wire.charge_points import RegularHours
from gateway_ochp.wire.words import ITEMS


class PriceComponent(OchpModel):
    """Net price for an hour, a kWh, a kW or once, by the item; `step_size` in the same unit, 0 is exact."""

    judges = (rules.step_is_whole,)

    billing_item: Annotated[str | None, Inner("BillingItemType"), one_of(*ITEMS, severity=Severity.ERROR)]
    item_price: Annotated[Decimal, rules.NOT_NEGATIVE] | None
    step_size: Annotated[Decimal, rules.NOT_NEGATIVE] | None


class TariffRestriction(OchpModel):
    """Energy in kWh, power in kW, durations in seconds; from `start_date_time` on, until before `end_date_time`."""

    regular_hours: Annotated[tuple[RegularHours, ...], at_most(14, Severity.WARNING)] = ()
    start_date_time: Annotated[DateTime | None, Alias(also=("startDate",))] = None
    end_date_time: Annotated[DateTime | None, Alias(also=("endDate",))] = None
    min_energy: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    max_energy: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    min_power: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    max_power: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    min_duration: Annotated[int, repairs.WHOLE, rules.INT] | None = None
    max_duration: Annotated[int, repairs.WHOLE, rules.INT] | None = None


class TariffElement(OchpModel):
    price_component: PriceComponent | None
    tariff_restriction: TariffRestriction | None


class IndividualTariff(OchpModel):
    """For its recipients; without any for everybody. The clearing house does not give the recipients back."""

    tariff_element: tuple[TariffElement, ...]
    recipient: tuple[Annotated[str, rules.RECIPIENT], ...] = ()
    currency: str | None


class TariffInfo(OchpModel):
    element: ClassVar[str] = "TariffInfoArray"

    tariff_id: Annotated[str | None, rules.TARIFF_ID]
    individual_tariff: tuple[IndividualTariff, ...]


class UpdateTariffsRequest(OchpModel):
    element: ClassVar[str] = "UpdateTariffsRequest"

    tariff_info_array: Annotated[tuple[TariffInfo, ...], Alias("TariffInfoArray", also=("tariffInfoArray",))]


class UpdateTariffsResponse(ResultResponse):
    element: ClassVar[str] = "UpdateTariffsResponse"

    refused_tariff_info: tuple[TariffInfo, ...] = ()


class GetTariffUpdatesRequest(OchpModel):
    element: ClassVar[str] = "GetTariffUpdatesRequest"

    last_update: DateTime | None = None


class GetTariffUpdatesResponse(ResultResponse):
    element: ClassVar[str] = "GetTariffUpdatesResponse"

    tariff_info_array: Annotated[tuple[TariffInfo, ...], Alias("TariffInfoArray", also=("tariffInfoArray",))] = ()
