"""One group price in three protocols: as an NGP offer, as a pricing product of OICP, and as a tariff id of OCHP."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.findings import LossKind
from gateway.model import messages as m
from gateway.model.network import (
    FeeStart,
    GroupPrice,
    Offer,
    PriceKind,
    PriceSet,
    PriceUnit,
    PricingComponent,
    TimePlan,
    TimeSlot,
)
from gateway.model.tariff import (
    DefaultPrice,
    PriceComponent,
    Tariff,
    TariffDimension,
    TariffElement,
    TariffRestrictions,
    TariffType,
)
from gateway.networks import NetworkTariffs
from gateway.networks.tariffs import tariff_of
from gateway.store import Database
from gateway.workbench import translate_value
from tests.support.networks import DAY, Bench, always, ids, offer
from tests.support.publishing import LON, place

ENERGY = PricingComponent(kind=PriceKind.ENERGY, unit=PriceUnit.KILOWATT_HOUR, cost=Decimal("0.40"))
MINUTES = PricingComponent(kind=PriceKind.TIME, unit=PriceUnit.MINUTE, cost=Decimal("0.02"))
START = PricingComponent(kind=PriceKind.FLAT, unit=PriceUnit.NONE, cost=Decimal("0.50"))


def tariff(price: GroupPrice, *sets: PriceSet, **more: object) -> tuple[Tariff, list[tuple[LossKind, str, object]]]:
    """The tariff and its losses, (kind, source, value)."""
    made, losses = tariff_of(replace(offer(price, sets=sets), **more), price, "NLLONT1", LON)  # type: ignore[arg-type]
    return made, [(loss.kind, loss.source, loss.value) for loss in losses]


def a_set(*components: PricingComponent, name: str = "day") -> PriceSet:
    return PriceSet(name=name, currency="EUR", components=components)


def test_prices_are_per_kwh_hour_and_session_and_nothing_is_lost() -> None:
    made, lost = tariff(always("A", "day"), a_set(ENERGY, MINUTES, START))
    components = (
        PriceComponent(type=TariffDimension.ENERGY, price=Decimal("0.40")),
        PriceComponent(type=TariffDimension.TIME, price=Decimal("1.20")),
        PriceComponent(type=TariffDimension.FLAT, price=Decimal("0.50")),
    )
    given = offer()
    assert (made, lost) == (
        Tariff(
            id="NLLONT1",
            currency="EUR",
            type=TariffType.REGULAR,
            operator=LON,
            elements=(TariffElement(price_components=components),),
            start=given.valid_from,
        ),
        [],
    )


def test_slots_become_restrictions_in_minutes() -> None:
    slots = (TimeSlot(begin=0, end=21_600, price_set="day"), TimeSlot(begin=21_600, end=DAY - 1, price_set="day"))
    made, lost = tariff(replace(always("A", "day"), plans=(TimePlan(weekdays=(6, 7), slots=slots),)), a_set(ENERGY))
    assert [element.restrictions for element in made.elements] == [
        TariffRestrictions(start_time=0, end_time=360, weekdays=(6, 7)),
        TariffRestrictions(start_time=360, end_time=1439, weekdays=(6, 7)),
    ]
    assert lost == [(LossKind.NARROWED, "slots.end", DAY - 1)]


@pytest.mark.parametrize(
    ("component", "field", "kept"),
    [
        (PricingComponent(kind=PriceKind.BLOCKING_FEE, unit=PriceUnit.MINUTE, cost=Decimal("0.1")), "kind", False),
        (replace(ENERGY, unit=PriceUnit.MINUTE), "kind", False),
        (replace(MINUTES, grace_minutes=10), "grace_minutes", True),
        (replace(MINUTES, counted_from=FeeStart.CHARGING_END), "counted_from", True),
    ],
)
def test_what_a_tariff_cannot_say_is_named(component: PricingComponent, field: str, kept: bool) -> None:
    made, lost = tariff(always("A", "day"), a_set(component))
    assert ([one[1] for one in lost], bool(made.elements)) == ([f"price_sets.day.components.0.{field}"], kept)


async def test_one_group_price_appears_in_three_protocols() -> None:
    database = Database()
    database.migrate()
    bench = Bench(database)
    network = await bench.network("A", count=1)
    await bench.networks.assign(network, "A", ids(1))
    fee = PricingComponent(kind=PriceKind.BLOCKING_FEE, unit=PriceUnit.MINUTE, cost=Decimal("0.1"))
    kept = await bench.networks.offers.create(network, offer(always("A", "day"), sets=[a_set(ENERGY, MINUTES, fee)]))
    told = await bench.networks.tariffs(network)
    (name,) = told.assignments[0].tariff_ids
    assert [(loss.source, loss.value) for loss in told.losses] == [
        ("price_sets.day.components.2.kind", PriceKind.BLOCKING_FEE)
    ]
    assert ngp(kept.offer) == {"CHARGING_ENERGY": 0.4, "CHARGING_TIME": 0.02, "BLOCKING_FEE": 0.1}
    product = translate_value(published(told.tariffs), "oicp")
    record = json.loads(product.documents[0][1])["PricingProductData"]["PricingProductDataRecords"][0]
    assert (record["ProductID"], record["PricePerReferenceUnit"], record["ReferenceUnit"]) == (
        name, 0.4, "KILOWATT_HOUR",
    )  # fmt: skip
    lost = {loss.source: loss.reason for loss in product.losses if "price_components.1" in loss.source}
    assert lost["tariffs.0.elements.0.price_components.1.type"] == "it is the main price of the product"
    place_of = told.located(place(1, operator=LON), first_connector=True)
    charger = translate_value(m.PublishEvses(locations=(place_of,)), "ochp")
    assert name.encode() in charger.documents[0][1]
    assert charger.findings == ()
    database.close()


def published(tariffs: tuple[Tariff, ...]) -> m.PublishTariffs:
    """With what a product demands and an offer does not have: the most power, and the operator's default price."""
    most = TariffRestrictions(max_power=Decimal(22))
    with_power = tuple(
        replace(one, elements=tuple(replace(each, restrictions=most) for each in one.elements)) for one in tariffs
    )
    component = PriceComponent(type=TariffDimension.ENERGY, price=Decimal("0.60"))
    usual = DefaultPrice(operator=LON, operator_name="L", currency="EUR", component=component)
    return m.PublishTariffs(operator=LON, operator_name="L", tariffs=with_power, defaults=(usual,))


def ngp(document: Offer) -> dict[str, float]:
    """Component → price, as the offer goes to the hub."""
    written = translate_value(m.CreateOffer(offer=replace(document, network_id="N")), "oicp")
    tariffs = json.loads(written.documents[0][1])["tariffs"]
    return {one["type"]: one["cost"] for tariff in tariffs for one in tariff["pricingComponents"]}


@pytest.mark.parametrize(("first", "named"), [(True, [("T1",), ()]), (False, [("T1",), ("T1",)])])
def test_a_hub_may_read_the_price_from_the_first_connector_alone(first: bool, named: list[tuple[str, ...]]) -> None:
    location = place(1)
    evse = location.evses[0]
    double = replace(location, evses=(replace(evse, connectors=(*evse.connectors, *evse.connectors)),))
    assignment = m.EvseTariffs(evse=evse.evse_id, tariff_ids=("T1",))
    told = NetworkTariffs(tariffs=(), assignments=(assignment,), losses=())
    connectors = told.located(double, first_connector=first).evses[0].connectors
    assert [connector.tariff_ids for connector in connectors] == named
    assert told.located(place(2)) == place(2)
