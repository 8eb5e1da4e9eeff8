"""Rating a CDR that came without prices by a tariff of the context: all of the price, or nothing."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.context import rated
from gateway.model.cdr import Cdr, ChargingPeriod, Dimension
from gateway.model.common import Price
from gateway.model.tariff import PriceComponent, Tariff, TariffDimension, TariffElement, TariffRestrictions

CDR = Cdr(
    start=datetime(2026, 1, 15, 10, tzinfo=UTC),
    end=datetime(2026, 1, 15, 12, 30, tzinfo=UTC),
    energy_kwh=Decimal("12.25"),
)


def asked(kind: str, price: str, **more: Any) -> PriceComponent:
    return PriceComponent(type=TariffDimension(kind), price=Decimal(price), **more)


def tariff(*components: PriceComponent, **more: Any) -> Tariff:
    return Tariff(currency="EUR", elements=(TariffElement(price_components=components),), **more)


def billed(cdr: Cdr) -> list[tuple[Any, ...]]:
    return [
        (part.type, part.volume, period.item_price, period.cost, period.tax_percent)
        for period in cdr.periods
        for part in period.dimensions
    ]


def test_each_component_is_a_period_of_what_it_counts() -> None:
    whole = tariff(asked("ENERGY", "0.4", vat=Decimal(19)), asked("TIME", "2"), asked("FLAT", "0.5"))
    found = rated(CDR, whole)
    assert billed(found) == [
        (Dimension.ENERGY, Decimal("12.25"), Decimal("0.4"), Decimal("4.900"), Decimal(19)),
        (Dimension.TIME, Decimal("2.5"), Decimal(2), Decimal("5.0"), None),
        (Dimension.SERVICE_FEE, Decimal(1), Decimal("0.5"), Decimal("0.5"), None),
    ]
    assert found.currency == "EUR"


def test_a_price_of_what_no_cdr_counts_leaves_it_unrated() -> None:
    assert rated(CDR, tariff(asked("ENERGY", "0.4"), asked("POWER", "2"))) == CDR


@pytest.mark.parametrize(
    ("component", "volume"),
    [
        (asked("ENERGY", "1", step_size=1), "12.25"),
        (asked("ENERGY", "1", step_size=500), "12.5"),
        (asked("TIME", "1", step_size=3600), "3"),
        (asked("TIME", "1", step_size=900), "2.5"),
    ],
)
def test_begun_steps_count(component: PriceComponent, volume: str) -> None:
    ((_, found, _, _, _),) = billed(rated(CDR, tariff(component)))
    assert found == Decimal(volume)


def test_parking_is_billed_where_its_time_is_known() -> None:
    parking = tariff(asked("PARKING_TIME", "3"))
    assert rated(CDR, parking) == replace(CDR, currency="EUR")
    ((kind, volume, _, cost, _),) = billed(rated(replace(CDR, total_parking_hours=Decimal("0.5")), parking))
    assert (kind, volume, cost) == (Dimension.PARKING_TIME, Decimal("0.5"), Decimal("1.5"))


def test_of_two_elements_for_one_dimension_the_first_counts() -> None:
    twice = Tariff(
        currency="EUR", elements=(*tariff(asked("ENERGY", "1")).elements, *tariff(asked("ENERGY", "2")).elements)
    )
    assert [price for _, _, price, _, _ in billed(rated(CDR, twice))] == [Decimal(1)]


@pytest.mark.parametrize(
    "other",
    [
        replace(tariff(), elements=(TariffElement(restrictions=TariffRestrictions(start_time=480)),)),
        tariff(asked("ENERGY", "1"), min_price=Price(excl_vat=Decimal(13))),
        tariff(asked("ENERGY", "1"), max_price=Price(excl_vat=Decimal(12))),
        None,
    ],
)
def test_a_price_that_depends_on_what_is_not_told_is_none(other: Tariff | None) -> None:
    assert rated(CDR, other) is CDR


def test_bounds_that_are_kept_change_nothing() -> None:
    bounds = {"min_price": Price(excl_vat=Decimal(1)), "max_price": Price(excl_vat=Decimal(50))}
    assert len(billed(rated(CDR, tariff(asked("ENERGY", "1"), **bounds)))) == 1


def test_a_cdr_that_has_prices_keeps_them() -> None:
    priced = replace(CDR, periods=(ChargingPeriod(item_price=Decimal(1)),))
    assert rated(priced, tariff(asked("ENERGY", "2"))) is priced
