"""Dynamic pricing towards the hub: defaults, what stays here, whose prices an EMP asks for."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.errors import Invalid
from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.common import Price
from gateway.model.ids import EvseId, PartyId
from gateway.model.tariff import (
    DefaultPrice,
    PriceComponent,
    Tariff,
    TariffDimension,
    TariffElement,
    TariffRestrictions,
    TariffType,
)
from gateway.ports import Connection
from gateway.wire.json import parse_json
from gateway_oicp import adapter
from gateway_oicp.sends import SENDS
from tests.adapters.oicp_values import CPO, EMP, EVSE, SECOND, ack, json_reply
from tests.support import FakeLink

ENERGY = PriceComponent(type=TariffDimension.ENERGY, price=Decimal("0.39"))
AC = TariffElement(price_components=(ENERGY,), restrictions=TariffRestrictions(max_power=Decimal(22)))
SUNDAY = TariffRestrictions(max_power=Decimal(22), weekdays=(7,))
DEAR = TariffElement(price_components=(replace(ENERGY, price=Decimal(1)),), restrictions=SUNDAY)
PLAIN = Tariff(id="AC3", currency="EUR", type=TariffType.REGULAR, elements=(AC,))
DEFAULT = DefaultPrice(currency="EUR", component=replace(ENERGY, price=Decimal("0.59")))
PRICING = {"default_price": "0.49", "currency": "EUR", "unit": "MINUTE", "maximum_power_kw": 350}
SET = replace(CPO, options={"pricing": PRICING})


async def sent(
    message: m.Message[Any], reply: HttpResponse | None = None, connection: Connection = CPO
) -> tuple[Any, FakeLink]:
    hub = FakeLink(connection, [reply or json_reply(ack())], moment=datetime(2026, 3, 1, tzinfo=UTC))
    return await SENDS[type(message)](hub, message), hub


def body(hub: FakeLink) -> Any:
    return parse_json(hub.asked[0].body)


# --- products ----------------------------------------------------------------------------------------------------


async def test_products_are_pushed_under_the_account_with_the_default_of_the_message() -> None:
    answer, hub = await sent(m.PublishTariffs(action=m.PushAction.INSERT, tariffs=(PLAIN,), defaults=(DEFAULT,)))
    assert hub.asked[0].path == "/dynamicpricing/v10/operators/NL%2ALON/pricing-products"
    assert body(hub) == {
        "ActionType": "insert",
        "PricingProductData": {
            "OperatorID": "NL*LON",
            "OperatorName": "London Charging",
            "ProviderID": "*",
            "PricingDefaultPrice": Decimal("0.59"),
            "PricingDefaultPriceCurrency": "EUR",
            "PricingDefaultReferenceUnit": "KILOWATT_HOUR",
            "PricingProductDataRecords": [
                {
                    "ProductID": "AC3",
                    "ReferenceUnit": "KILOWATT_HOUR",
                    "ProductPriceCurrency": "EUR",
                    "PricePerReferenceUnit": Decimal("0.39"),
                    "MaximumProductChargingPower": 22,
                    "IsValid24hours": True,
                    "ProductAvailabilityTimes": [],
                }
            ],
        },
    }
    assert (answer.accepted, answer.refused) == (True, ())


async def test_what_the_message_does_not_say_comes_from_the_settings() -> None:
    powerless = replace(PLAIN, elements=(TariffElement(price_components=(ENERGY,)),))
    message = m.PublishTariffs(tariffs=(powerless,), provider=PartyId.parse("DE-8EO"))
    _, hub = await sent(message, connection=SET)
    told = body(hub)["PricingProductData"]
    assert (told["PricingDefaultPrice"], told["PricingDefaultReferenceUnit"]) == (Decimal("29.40"), "HOUR")
    assert told["ProviderID"] == "DE-8EO"
    assert told["PricingProductDataRecords"][0]["MaximumProductChargingPower"] == 350


async def test_a_default_price_is_never_invented() -> None:
    hub = FakeLink(CPO)
    with pytest.raises(Invalid) as caught:
        await SENDS[m.PublishTariffs](hub, m.PublishTariffs(tariffs=(PLAIN,)))
    assert [finding.pointer for finding in caught.value.findings] == [
        "/PricingProductData/PricingDefaultPrice",
        "/PricingProductData/PricingDefaultPriceCurrency",
        "/PricingProductData/PricingDefaultReferenceUnit",
    ]
    assert hub.asked == []


@pytest.mark.parametrize(
    ("tariff", "why"),
    [
        (replace(PLAIN, id="DAY", elements=(AC, DEAR)), "one price"),
        (replace(PLAIN, id="DAY", elements=(replace(AC, restrictions=None),)), "demands the power"),
        (replace(PLAIN, id="DAY", operator=PartyId.parse("FR*XYZ")), "FR*XYZ is not an operator"),
        (replace(PLAIN, id="DAY", provider=PartyId.parse("DE-8EO")), "for DE-8EO alone"),
        (replace(PLAIN, id="D" * 51), "1 to 50 characters"),
        (replace(PLAIN, id=None), "1 to 50 characters"),
        (PLAIN, "twice"),
    ],
)
async def test_a_tariff_that_cannot_be_told_stays_here_with_a_reason(tariff: Tariff, why: str) -> None:
    answer, hub = await sent(m.PublishTariffs(tariffs=(PLAIN, tariff), defaults=(DEFAULT,)))
    records = body(hub)["PricingProductData"]["PricingProductDataRecords"]
    assert [record["ProductID"] for record in records] == ["AC3"]
    assert [(refusal.uid, why in (refusal.text or "")) for refusal in answer.refused] == [(tariff.id, True)]


@pytest.mark.parametrize(
    "gone",
    [replace(PLAIN, end=datetime(2026, 2, 1, tzinfo=UTC)), replace(PLAIN, elements=(AC, DEAR))],
    ids=["over", "changed"],
)
async def test_what_is_over_or_cannot_be_told_any_more_can_be_deleted(gone: Tariff) -> None:
    """Else drivers would go on paying the price that was told once."""
    empty = Tariff(id="X")
    answer, hub = await sent(m.PublishTariffs(action=m.PushAction.DELETE, tariffs=(gone, empty), defaults=(DEFAULT,)))
    records = body(hub)["PricingProductData"]["PricingProductDataRecords"]
    assert (body(hub)["ActionType"], [record["ProductID"] for record in records]) == ("delete", ["AC3"])
    assert [(one.uid, one.text) for one in answer.refused] == [("X", "not sent: it has no price components")]


async def test_a_bound_with_vat_only_is_not_left_out() -> None:
    capped = replace(PLAIN, max_price=Price(incl_vat=Decimal(30)))
    answer, hub = await sent(m.PublishTariffs(action=m.PushAction.UPDATE, tariffs=(capped,), defaults=(DEFAULT,)))
    assert hub.asked == []
    assert "is told with VAT only" in answer.refused[0].text


async def test_a_full_load_of_nothing_that_can_be_told_clears_nothing() -> None:
    unfit = replace(PLAIN, type=TariffType.AD_HOC_PAYMENT)
    message = m.PublishTariffs(action=m.PushAction.REPLACE_ALL, tariffs=(unfit,), defaults=(DEFAULT,))
    answer, hub = await sent(message)
    assert hub.asked == []
    assert (answer.accepted, len(answer.refused)) == (False, 1)


async def test_a_full_load_of_nothing_clears_what_there_is() -> None:
    _, hub = await sent(m.PublishTariffs(action=m.PushAction.REPLACE_ALL, defaults=(DEFAULT,)))
    assert body(hub)["PricingProductData"]["PricingProductDataRecords"] == []


# --- which products an EVSE has ----------------------------------------------------------------------------------


async def test_the_products_of_evses_are_pushed_and_foreign_evses_are_not() -> None:
    german, foreign = m.EvseTariffs(evse=SECOND, tariff_ids=("AC3",)), EvseId.parse("FR*XYZ*E1")
    told = (german, replace(german, provider=PartyId.parse("DE-8EO")), replace(german, evse=foreign), german,
            m.EvseTariffs(evse=EVSE), m.EvseTariffs(tariff_ids=("AC3",)))  # fmt: skip
    answer, hub = await sent(m.PublishEvseTariffs(action=m.PushAction.UPDATE, assignments=told))
    assert hub.asked[0].path == "/dynamicpricing/v10/operators/NL%2ALON/evse-pricing"
    assert body(hub) == {
        "ActionType": "update",
        "EVSEPricing": [
            {"EvseID": "DE*LON*E2222*1", "ProviderID": "*", "EvseIDProductList": ["AC3"]},
            {"EvseID": "DE*LON*E2222*1", "ProviderID": "DE-8EO", "EvseIDProductList": ["AC3"]},
            {"EvseID": "NL*LON*E1111*11", "ProviderID": "*", "EvseIDProductList": []},
        ],
    }
    assert [(refusal.evse, refusal.text) for refusal in answer.refused] == [
        (foreign, "not sent: FR*XYZ is not an operator of this connection"),
        (SECOND, "not sent: it stands twice in the list"),
        (None, "not sent: it has no EVSE id"),
    ]


async def test_a_push_without_evses_does_not_leave() -> None:
    with pytest.raises(Invalid, match="EVSEPricing"):
        await sent(m.PublishEvseTariffs(action=m.PushAction.REPLACE_ALL))


# --- as an EMP ---------------------------------------------------------------------------------------------------

OPERATOR = PartyId.parse("NL*LON")
ASKING = replace(EMP, options={"pricing": {"operators": ["NL*LON", "DE*ABC"]}})
SINCE = datetime(2026, 2, 28, tzinfo=UTC)
NO_PRODUCTS = {"PricingProductData": [], "StatusCode": {"Code": "000"}}
NO_PRICES: dict[str, Any] = {"EVSEPricing": [], "StatusCode": {"Code": "000"}}


async def test_prices_are_asked_for_by_operator() -> None:
    _, hub = await sent(m.FetchTariffs(since=SINCE, operators=(OPERATOR,)), json_reply(NO_PRODUCTS), EMP)
    assert hub.asked[0].path == "/dynamicpricing/v10/providers/DE-8EO/pricing-products"
    assert body(hub) == {"LastCall": "2026-02-28T00:00:00+00:00", "OperatorIDs": ["NL*LON"]}
    _, hub = await sent(m.FetchEvseTariffs(since=SINCE, operators=(OPERATOR,)), json_reply(NO_PRICES), EMP)
    assert hub.asked[0].path == "/dynamicpricing/v10/providers/DE-8EO/evse-pricing"
    assert body(hub) == {
        "ProviderID": "DE-8EO", "LastCall": "2026-02-28T00:00:00+00:00", "OperatorIDs": ["NL*LON"],
    }  # fmt: skip


async def test_without_operators_those_of_the_settings_are_asked_for() -> None:
    _, hub = await sent(m.FetchEvseTariffs(), json_reply(NO_PRICES), ASKING)
    assert body(hub)["OperatorIDs"] == ["NL*LON", "DE*ABC"]


async def test_without_any_operator_there_is_nothing_to_ask() -> None:
    with pytest.raises(Invalid, match="OperatorIDs is mandatory"):
        await sent(m.FetchTariffs(), json_reply(NO_PRODUCTS), EMP)


@pytest.mark.parametrize(("question", "reply"), [(m.FetchTariffs(), NO_PRODUCTS), (m.FetchEvseTariffs(), NO_PRICES)])
@pytest.mark.parametrize(("connection", "count"), [(ASKING, 1), (EMP, 0)])
async def test_a_pull_asks_only_where_operators_are_named(
    question: m.Message[Any], reply: Any, connection: Connection, count: int
) -> None:
    hub = FakeLink(connection, [json_reply(reply)])
    answers = [answer async for answer in adapter.pages[type(question)](hub, question)]
    assert (len(answers), len(hub.asked)) == (count, count)
