"""Tariffs as pricing products: whole values both ways, what a product cannot say, and what is not published."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical import leaves
from gateway.model import messages as m
from gateway.model.common import LocalText, Price
from gateway.model.ids import EvseId, PartyId
from gateway.model.tariff import (
    DefaultPrice,
    PriceComponent,
    ReservationRestriction,
    Tariff,
    TariffDimension,
    TariffElement,
    TariffRestrictions,
    TariffType,
)
from gateway.wire import decode, decode_document, document, encode
from gateway.wire.kept import differences
from gateway.workbench import translate_value
from gateway_oicp import wire
from gateway_oicp.forms import PULL_EVSE_PRICING_ANSWER, PULL_PRODUCTS_ANSWER, PUSH_EVSE_PRICING, PUSH_PRODUCTS
from gateway_oicp.translate.tariffs import PRODUCT, unsayable

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPERATOR = PartyId.parse("NL*LON")


def asked(kind: str, price: str, **more: Any) -> PriceComponent:
    return PriceComponent(type=TariffDimension(kind), price=Decimal(price), **more)


def element(*components: PriceComponent, **restrictions: Any) -> TariffElement:
    return TariffElement(
        price_components=components, restrictions=TariffRestrictions(**restrictions) if restrictions else None
    )


def tariff(*elements: TariffElement, **more: Any) -> Tariff:
    return Tariff(**{"id": "NIGHT", "currency": "EUR", "type": TariffType.REGULAR, "elements": elements, **more})


def written(value: Tariff) -> Any:
    return document(PRODUCT.write(value))


def read(tree: Any) -> Tariff:
    return PRODUCT.read(decode_document(wire.PricingProductDataRecord, tree).model)


AC: dict[str, Any] = {"max_power": Decimal(22)}
DAY_TARIFF = tariff(
    element(
        asked("ENERGY", "0.39"), asked("FLAT", "0.5"), asked("PARKING_TIME", "2.4"),
        start_time=480, end_time=1080, weekdays=(1, 2, 3, 4, 5), max_power=Decimal(22),
    ),
    element(
        asked("ENERGY", "0.39"), asked("FLAT", "0.5"), asked("PARKING_TIME", "2.4"),
        start_time=600, end_time=960, weekdays=(6,), max_power=Decimal(22),
    ),
    min_price=Price(excl_vat=Decimal(1)),
    max_price=Price(excl_vat=Decimal(50)),
)  # fmt: skip
DAY_PRODUCT = {
    "ProductID": "NIGHT",
    "ReferenceUnit": "KILOWATT_HOUR",
    "ProductPriceCurrency": "EUR",
    "PricePerReferenceUnit": Decimal("0.39"),
    "MaximumProductChargingPower": Decimal(22),
    "IsValid24hours": False,
    "ProductAvailabilityTimes": [
        {"Periods": [{"begin": "08:00", "end": "18:00"}], "on": "Workdays"},
        {"Periods": [{"begin": "10:00", "end": "16:00"}], "on": "Saturday"},
    ],
    "AdditionalReferences": [
        {
            "AdditionalReference": "START FEE",
            "AdditionalReferenceUnit": "KILOWATT_HOUR",
            "PricePerAdditionalReferenceUnit": Decimal("0.5"),
        },
        {
            "AdditionalReference": "PARKING FEE",
            "AdditionalReferenceUnit": "HOUR",
            "PricePerAdditionalReferenceUnit": Decimal("2.4"),
        },
        {
            "AdditionalReference": "MINIMUM FEE",
            "AdditionalReferenceUnit": "KILOWATT_HOUR",
            "PricePerAdditionalReferenceUnit": Decimal(1),
        },
        {
            "AdditionalReference": "MAXIMUM FEE",
            "AdditionalReferenceUnit": "KILOWATT_HOUR",
            "PricePerAdditionalReferenceUnit": Decimal(50),
        },
    ],
}


def test_a_product_and_a_tariff_say_the_same_both_ways() -> None:
    assert written(DAY_TARIFF) == DAY_PRODUCT
    assert read(DAY_PRODUCT) == DAY_TARIFF
    assert read(DAY_PRODUCT).extensions == {}


def test_a_price_by_the_minute_is_one_by_the_hour_and_goes_back_as_it_came() -> None:
    by_minute = {**DAY_PRODUCT, "ReferenceUnit": "MINUTE", "PricePerReferenceUnit": Decimal("0.05")}
    by_minute["AdditionalReferences"] = [
        {
            "AdditionalReference": "PARKING FEE",
            "AdditionalReferenceUnit": "MINUTE",
            "PricePerAdditionalReferenceUnit": Decimal("0.1"),
        }
    ]
    found = read(by_minute)
    assert found.elements[0].price_components == (asked("TIME", "3.00"), asked("PARKING_TIME", "6.0"))
    assert written(found) == by_minute


def test_a_price_that_was_changed_meanwhile_is_not_overwritten_with_the_old_unit() -> None:
    found = read({**DAY_PRODUCT, "ReferenceUnit": "MINUTE", "PricePerReferenceUnit": Decimal("0.05")})
    dearer = [
        replace(each, price_components=(asked("TIME", "6"), *each.price_components[1:])) for each in found.elements
    ]
    again = written(replace(found, elements=tuple(dearer)))
    assert (again["ReferenceUnit"], again["PricePerReferenceUnit"]) == ("HOUR", Decimal(6))


def test_a_fixed_fee_stands_alone_and_its_main_price_of_zero_is_none() -> None:
    fixed = tariff(element(asked("FLAT", "9.99"), max_power=Decimal(50)))
    tree = written(fixed)
    assert tree["PricePerReferenceUnit"] == 0
    assert tree["AdditionalReferences"] == [
        {
            "AdditionalReference": "FIXED FEE",
            "AdditionalReferenceUnit": "KILOWATT_HOUR",
            "PricePerAdditionalReferenceUnit": Decimal("9.99"),
        }
    ]
    assert (tree["IsValid24hours"], tree["ProductAvailabilityTimes"]) == (True, [])
    assert read(tree) == fixed


def test_a_night_is_split_at_midnight_and_its_days_are_the_next_ones() -> None:
    night = tariff(
        element(asked("ENERGY", "0.2"), start_time=1320, end_time=360, weekdays=(5, 7), max_power=Decimal(11))
    )
    assert written(night)["ProductAvailabilityTimes"] == [
        {"Periods": [{"begin": "22:00", "end": "23:59"}], "on": "Friday"},
        {"Periods": [{"begin": "22:00", "end": "23:59"}], "on": "Sunday"},
        {"Periods": [{"begin": "00:00", "end": "06:00"}], "on": "Monday"},
        {"Periods": [{"begin": "00:00", "end": "06:00"}], "on": "Saturday"},
    ]


@pytest.mark.parametrize(
    ("times", "restrictions"),
    [
        ([{"Period": {"begin": "22:00", "end": "06:00"}, "On": "Weekend"}], [(1320, 360, (6, 7))]),
        ([{"Periods": [{"begin": "00:00", "end": "24:00"}], "on": "Sunday"}], [(None, None, (7,))]),
        ([{"Periods": [{"begin": "x", "end": "06:00"}, {"begin": "07:00", "end": "00:00"}], "on": "Everyday"}],
         [(420, 1440, ())]),
        ([{"Periods": [{"begin": "07:00", "end": "07:00"}], "on": "Everyday"}], []),
        ([{"Periods": [{"begin": "07:00", "end": "08:00"}], "on": "Holidays"}], []),
    ],
)  # fmt: skip
def test_times_are_read_in_every_form_and_what_cannot_be_read_is_no_time(
    times: Any, restrictions: Sequence[tuple[Any, ...]]
) -> None:
    tree = {**DAY_PRODUCT, "ProductAvailabilityTimes": times}
    found = read(tree)
    spans = [each.restrictions or TariffRestrictions() for each in found.elements]
    assert [(span.start_time, span.end_time, span.weekdays) for span in spans] == list(restrictions)
    assert differences(tree, written(found)) == ()


def test_fees_in_units_that_mean_nothing_are_kept_and_not_read() -> None:
    odd = {**DAY_PRODUCT, "AdditionalReferences": [
        {"AdditionalReference": "PARKING FEE", "AdditionalReferenceUnit": "KILOWATT_HOUR",
         "PricePerAdditionalReferenceUnit": Decimal(2)},
        {"AdditionalReference": "LOYALTY FEE", "AdditionalReferenceUnit": "HOUR",
         "PricePerAdditionalReferenceUnit": Decimal(3)},
        {"AdditionalReference": "START FEE", "AdditionalReferenceUnit": "HOUR"},
    ]}  # fmt: skip
    found = read(odd)
    assert found.elements[0].price_components == (asked("ENERGY", "0.39"),)
    assert written(found) == odd


# --- what a product can say comes back; of everything else the report says what is lost ---------------------------

PRICES = st.decimals(0, 1000, places=4)
POWER = st.one_of(st.none(), st.decimals(1, 999, places=1))


@st.composite
def windows(draw: st.DrawFn) -> list[TariffRestrictions]:
    """Spans of the day, each once: OICP knows no order among the times of a product."""
    power = draw(st.decimals(1, 999, places=1))
    spans = draw(
        st.lists(
            st.tuples(st.integers(0, 1400), st.integers(1, 30)).map(lambda one: (one[0], one[0] + one[1])),
            max_size=4,
            unique=True,
        )
    )
    days = st.lists(st.integers(1, 7), max_size=6, unique=True).map(lambda each: tuple(sorted(each)))
    found = [
        TariffRestrictions(start_time=start, end_time=end, weekdays=draw(days), max_power=power) for start, end in spans
    ]
    return found or [TariffRestrictions(max_power=power)]


@st.composite
def sayable(draw: st.DrawFn) -> Tariff:
    main = draw(st.sampled_from([("ENERGY",), ("TIME",), ()]))
    fees = draw(st.sampled_from([("FLAT",), ("FLAT", "PARKING_TIME"), ("PARKING_TIME",), ()] if main else [("FLAT",)]))
    components = tuple(PriceComponent(type=TariffDimension(kind), price=draw(PRICES)) for kind in (*main, *fees))
    bound = st.one_of(st.none(), PRICES.map(lambda price: Price(excl_vat=price)))
    return Tariff(
        id=draw(st.text("ABC123", min_size=1, max_size=50)),
        currency=draw(st.sampled_from(["EUR", "CHF"])),
        type=TariffType.REGULAR,
        min_price=draw(bound),
        max_price=draw(bound),
        elements=tuple(
            TariffElement(price_components=components, restrictions=one if one != TariffRestrictions() else None)
            for one in draw(windows())
        ),
    )


@given(sayable())
def test_a_tariff_that_a_product_can_say_comes_back_as_it_was(value: Tariff) -> None:
    assert unsayable(value, NOW) is None
    body = encode(PRODUCT.write(value))
    assert PRODUCT.read(decode(wire.PricingProductDataRecord, body).model) == value


ANY_RESTRICTION = st.builds(
    TariffRestrictions,
    start_time=st.one_of(st.none(), st.integers(0, 1439)),
    end_time=st.one_of(st.none(), st.integers(0, 1440)),
    start_date=st.one_of(st.none(), st.just(date(2026, 1, 1))),
    weekdays=st.lists(st.integers(1, 7), max_size=3).map(tuple),
    max_kwh=st.one_of(st.none(), PRICES),
    max_power=POWER,
    min_duration=st.one_of(st.none(), st.integers(0, 7200)),
    reservation=st.one_of(st.none(), st.sampled_from(ReservationRestriction)),
)
ANY_COMPONENT = st.builds(
    PriceComponent,
    type=st.sampled_from(TariffDimension),
    price=PRICES,
    vat=st.one_of(st.none(), st.just(Decimal(19))),
    step_size=st.one_of(st.none(), st.integers(1, 900)),
)
ANY_ELEMENT = st.builds(
    TariffElement,
    price_components=st.lists(ANY_COMPONENT, max_size=4).map(tuple),
    restrictions=st.one_of(st.none(), ANY_RESTRICTION),
)


@given(
    st.lists(ANY_ELEMENT, max_size=3),
    st.sampled_from([None, *TariffType]),
    st.sampled_from([(), (LocalText("Half price on Sundays", "en"),)]),
)
def test_of_any_tariff_the_report_names_all_that_does_not_come_back(
    elements: list[TariffElement], kind: TariffType | None, text: tuple[LocalText, ...]
) -> None:
    value = tariff(*elements, type=kind, alt_text=text, last_updated=NOW)
    message = m.PublishTariffs(
        operator=OPERATOR, tariffs=(value,), defaults=(DefaultPrice(currency="EUR", component=asked("ENERGY", "1")),)
    )
    body = encode(PUSH_PRODUCTS.write(message))
    back = PUSH_PRODUCTS.read_plain(decode(wire.PushPricingProductData, body).model)
    before, after = leaves(message), leaves(back)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    report = translate_value(message, "oicp")
    assert {loss.source for loss in report.losses if loss.source} == changed


# --- what is not published ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (DAY_TARIFF, None),
        (tariff(element(asked("ENERGY", "1", vat=Decimal(19), step_size=1000), **AC), alt_url="https://a.eu"), None),
        (tariff(element(asked("ENERGY", "1"), **AC), element(asked("PARKING_TIME", "2"), **AC)), None),
        (tariff(element(asked("ENERGY", "1"), **AC),
                element(asked("FLAT", "2"), reservation=ReservationRestriction.RESERVATION)), None),
        (tariff(), "it has no price components"),
        (tariff(element(**AC), alt_text=(LocalText("ask at the desk"),)), "it has no price components"),
        (replace(DAY_TARIFF, type=TariffType.AD_HOC_PAYMENT), "of type AD_HOC_PAYMENT"),
        (replace(DAY_TARIFF, end=NOW), "not valid now"),
        (replace(DAY_TARIFF, start=datetime(2026, 3, 2, tzinfo=UTC)), "not valid now"),
        (tariff(element(asked("ENERGY", "1"), end_time=480, **AC), element(asked("ENERGY", "2"), **AC)),
         "a product has one price"),
        (tariff(element(asked("ENERGY", "1"))), "a product demands the power"),
        (tariff(element(asked("ENERGY", "1"), asked("TIME", "2"), **AC)), "energy and for time"),
        (tariff(element(asked("ENERGY", "1"), asked("POWER", "2"), **AC)), "it asks for power"),
        (tariff(element(asked("TIME", "2"), min_duration=3600, max_kwh=Decimal(5), **AC)), "by max_kwh, min_duration"),
        (tariff(element(asked("FLAT", "2"), reservation=ReservationRestriction.RESERVATION, **AC)), "by reservation"),
    ],
)  # fmt: skip
def test_a_tariff_is_published_only_where_a_product_tells_its_price(value: Tariff, why: str | None) -> None:
    found = unsayable(value, NOW)
    assert found is None if why is None else why in (found or "")


# --- whole messages ----------------------------------------------------------------------------------------------

GROUPS = {
    "PricingProductData": [
        {
            "OperatorID": "NL*LON",
            "OperatorName": "London Charging",
            "ProviderID": "*",
            "PricingDefaultPrice": Decimal("0.49"),
            "PricingDefaultPriceCurrency": "EUR",
            "PricingDefaultReferenceUnit": "KILOWATT_HOUR",
            "PricingProductDataRecords": [DAY_PRODUCT],
        },
        {
            "OperatorID": "NL*LON",
            "ProviderID": "DE-8EO",
            "PricingDefaultPrice": Decimal(3),
            "PricingDefaultPriceCurrency": "EUR",
            "PricingDefaultReferenceUnit": "HOUR",
            "PricingProductDataRecords": [],
        },
    ],
    "StatusCode": {"Code": "000"},
}


def test_a_list_of_products_names_operator_and_recipient_of_each() -> None:
    answer = PULL_PRODUCTS_ANSWER.read(decode_document(wire.PricingProductDataList, GROUPS).model)
    owner: dict[str, Any] = {"operator": OPERATOR, "operator_name": "London Charging"}
    assert answer.tariffs == (replace(DAY_TARIFF, **owner),)
    assert answer.defaults == (
        DefaultPrice(currency="EUR", component=asked("ENERGY", "0.49"), **owner),
        DefaultPrice(operator=OPERATOR, provider=PartyId.parse("DE-8EO"), currency="EUR", component=asked("TIME", "3")),
    )
    assert answer.extensions == {}
    assert document(PULL_PRODUCTS_ANSWER.write(answer)) == GROUPS


def test_a_kept_unit_survives_the_list() -> None:
    by_minute = {**DAY_PRODUCT, "ReferenceUnit": "MINUTE", "PricePerReferenceUnit": Decimal("0.05")}
    tree = {"PricingProductData": [{**GROUPS["PricingProductData"][0], "PricingProductDataRecords": [by_minute]}]}  # type: ignore[dict-item]
    answer = PULL_PRODUCTS_ANSWER.read(decode_document(wire.PricingProductDataList, tree).model)
    assert document(PULL_PRODUCTS_ANSWER.write(answer)) == tree


ASSIGNED = m.EvseTariffs(evse=EvseId.parse("NL*LON*E1111*11"), tariff_ids=("NIGHT", "DAY"))
PRICING = {"EvseID": "NL*LON*E1111*11", "ProviderID": "*", "EvseIDProductList": ["NIGHT", "DAY"]}


def test_the_tariffs_of_an_evse_both_ways() -> None:
    tree = {"ActionType": "insert", "EVSEPricing": [PRICING, {**PRICING, "ProviderID": "DE-8EO"}]}
    message = PUSH_EVSE_PRICING.read(decode_document(wire.PushEvsePricing, tree).model)
    alone = replace(ASSIGNED, provider=PartyId.parse("DE-8EO"))
    assert message == m.PublishEvseTariffs(action=m.PushAction.INSERT, assignments=(ASSIGNED, alone))
    assert document(PUSH_EVSE_PRICING.write(message)) == tree


@pytest.mark.parametrize("key", ["EVSEPricing", "OperatorEVSEPricing"])
@pytest.mark.parametrize("products", [["NIGHT", "DAY"], [{"ProductID": "NIGHT"}, {"ProductID": "DAY"}]])
def test_both_names_of_the_list_and_both_forms_of_its_products_are_read(key: str, products: list[Any]) -> None:
    tree = {key: [{"OperatorID": "NL*LON", "EVSEPricing": [{**PRICING, "EvseIDProductList": products}]}]}
    decoded = decode_document(wire.EvsePricingList, tree)
    answer = PULL_EVSE_PRICING_ANSWER.read(decoded.model)
    assert answer.assignments == (replace(ASSIGNED, operator=OPERATOR),)
    assert {one.severity.value for one in decoded.findings} <= {"warning"}
    assert differences(tree, document(PULL_EVSE_PRICING_ANSWER.write(answer))) == ()
    plain = document(PULL_EVSE_PRICING_ANSWER.write_plain(m.EvseTariffList(assignments=answer.assignments)))
    assert plain["EVSEPricing"][0]["EVSEPricing"][0]["EvseIDProductList"] is not None
