"""Dynamic pricing at the simulated hub."""

from typing import Any

from tests.adapters.oicp_hub import Timed
from tests.adapters.oicp_values import EVSE, SECOND

# --- prices ------------------------------------------------------------------------------------------------------


def product(name: str = "AC3") -> dict[str, Any]:
    return {
        "ProductID": name, "ReferenceUnit": "KILOWATT_HOUR", "ProductPriceCurrency": "EUR",
        "PricePerReferenceUnit": 0.45, "MaximumProductChargingPower": 22, "IsValid24hours": True,
        "ProductAvailabilityTimes": [],
    }  # fmt: skip


def products(provider: str, *names: str, action: str = "fullLoad") -> dict[str, Any]:
    head = {
        "OperatorID": "NL*LON", "ProviderID": provider, "PricingDefaultPrice": 0.5,
        "PricingDefaultPriceCurrency": "EUR", "PricingDefaultReferenceUnit": "KILOWATT_HOUR",
    }  # fmt: skip
    records = [product(name) for name in names]
    return {"ActionType": action, "PricingProductData": {**head, "PricingProductDataRecords": records}}


PUSH_PRODUCTS = "/dynamicpricing/v10/operators/NL*LON/pricing-products"
PUSH_PRICES = "/dynamicpricing/v10/operators/NL*LON/evse-pricing"
PULL_PRODUCTS = "/dynamicpricing/v10/providers/DE-8EO/pricing-products"
PULL_PRICES = "/dynamicpricing/v10/providers/DE-8EO/evse-pricing"


async def test_products_are_for_one_provider_or_for_all() -> None:
    hub = Timed()
    for body in (products("*", "AC1", "AC3"), products("DE-8EO", "DC"), products("NL-GWE", "Free")):
        assert (await hub.post(PUSH_PRODUCTS, body))[1]["Result"] is True
    told = (await hub.asks(PULL_PRODUCTS, OperatorIDs=["NL*LON"]))["PricingProductData"]
    found = {one["ProviderID"]: [p["ProductID"] for p in one["PricingProductDataRecords"]] for one in told}
    assert found == {"*": ["AC1", "AC3"], "DE-8EO": ["DC"]}
    assert (await hub.asks(PULL_PRODUCTS, OperatorIDs=["DE*ABC"]))["PricingProductData"] == []


async def test_products_follow_the_four_actions() -> None:
    hub = Timed()
    codes = []
    for names, action in (
        (("AC1",), "insert"), (("AC1",), "insert"), (("AC3",), "update"), (("AC1",), "update"),
        (("AC3", "AC3"), "insert"), (("AC3",), "fullLoad"), (("AC1",), "delete"), ((), "fullLoad"),
    ):  # fmt: skip
        codes.append((await hub.post(PUSH_PRODUCTS, products("*", *names, action=action)))[1]["StatusCode"]["Code"])
    assert codes == ["000", "009", "009", "000", "009", "000", "009", "000"]
    assert hub.hub.state()["products"] == []


async def test_only_changed_prices_since_the_last_call() -> None:
    hub = Timed()
    await hub.post(PUSH_PRODUCTS, products("*", "AC1", "AC3"))
    since = hub.later(minutes=1).isoformat()
    await hub.post(PUSH_PRODUCTS, products("*", "AC3", action="update"))
    told = (await hub.asks(PULL_PRODUCTS, OperatorIDs=["NL*LON"], LastCall=since))["PricingProductData"]
    assert [p["ProductID"] for p in told[0]["PricingProductDataRecords"]] == ["AC3"]


async def test_prices_of_evses_are_for_one_provider_or_for_all() -> None:
    hub = Timed()
    prices = [
        {"EvseID": str(evse), "ProviderID": provider, "EvseIDProductList": ["AC3"]}
        for evse in (EVSE, SECOND)
        for provider in ("*", "DE-8EO", "NL-GWE")
    ]
    assert (await hub.post(PUSH_PRICES, {"ActionType": "fullLoad", "EVSEPricing": prices}))[1]["Result"] is True
    (told,) = (await hub.asks(PULL_PRICES, OperatorIDs=["NL*LON"]))["EVSEPricing"]
    assert (told["OperatorID"], [one["ProviderID"] for one in told["EVSEPricing"]]) == (
        "NL*LON",
        ["*", "DE-8EO", "*", "DE-8EO"],
    )
    foreign = [{**prices[0], "EvseID": "DE*ABC*E1"}]
    _, answer = await hub.post(PUSH_PRICES, {"ActionType": "insert", "EVSEPricing": foreign})
    assert answer["StatusCode"]["Code"] == "018"
