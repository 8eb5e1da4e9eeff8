"""Dynamic pricing."""

from collections.abc import Mapping, Sequence

from gateway.model import messages as m
from gateway.model.common import Role
from gateway.translation import AnyForm
from gateway_oicp import wire
from gateway_oicp.forms.form import Writes, message_form, one
from gateway_oicp.translate import answers, pricing

_PUBLICATION = (answers.read_publication, answers.write_publication)
PUSH_PRODUCTS = message_form(
    "PushPricingProductData", "push_pricing_product_data", (wire.PushPricingProductData, m.PublishTariffs),
    (pricing.read_push_products, pricing.write_push_products),
)  # fmt: skip
PUSH_PRODUCTS_ANSWER = message_form(
    "PushPricingProductData.response", "push_pricing_product_data_response", (wire.Acknowledgement, m.Publication),
    _PUBLICATION, Role.HUB,
)  # fmt: skip
PUSH_EVSE_PRICING = message_form(
    "PushEVSEPricing", "push_evse_pricing", (wire.PushEvsePricing, m.PublishEvseTariffs),
    (pricing.read_push_assignments, pricing.write_push_assignments),
)  # fmt: skip
PUSH_EVSE_PRICING_ANSWER = message_form(
    "PushEVSEPricing.response", "push_evse_pricing_response", (wire.Acknowledgement, m.Publication), _PUBLICATION,
    Role.HUB,
)  # fmt: skip
PULL_PRODUCTS = message_form(
    "PullPricingProductData", "pull_pricing_product_data", (wire.PullPricingProductData, m.FetchTariffs),
    (pricing.read_pull_products, pricing.write_pull_products), Role.EMSP,
)  # fmt: skip
PULL_PRODUCTS_ANSWER = message_form(
    "PullPricingProductData.response", "pull_pricing_product_data_response", (wire.PricingProductDataList, m.Tariffs),
    (pricing.read_products, pricing.write_products), Role.HUB,
)  # fmt: skip
PULL_EVSE_PRICING = message_form(
    "PullEVSEPricing", "pull_evse_pricing", (wire.PullEvsePricing, m.FetchEvseTariffs),
    (pricing.read_pull_assignments, pricing.write_pull_assignments), Role.EMSP,
)  # fmt: skip
PULL_EVSE_PRICING_ANSWER = message_form(
    "PullEVSEPricing.response", "pull_evse_pricing_response", (wire.EvsePricingList, m.EvseTariffList),
    (pricing.read_assignments, pricing.write_assignments), Role.HUB,
)  # fmt: skip

FORMS: Sequence[AnyForm] = (
    PUSH_PRODUCTS,
    PUSH_PRODUCTS_ANSWER,
    PUSH_EVSE_PRICING,
    PUSH_EVSE_PRICING_ANSWER,
    PULL_PRODUCTS,
    PULL_PRODUCTS_ANSWER,
    PULL_EVSE_PRICING,
    PULL_EVSE_PRICING_ANSWER,
)


WRITES: Mapping[type, Writes] = {
    m.PublishTariffs: one(PUSH_PRODUCTS),
    m.PublishEvseTariffs: one(PUSH_EVSE_PRICING),
    m.FetchTariffs: one(PULL_PRODUCTS),
    m.Tariffs: one(PULL_PRODUCTS_ANSWER),
    m.FetchEvseTariffs: one(PULL_EVSE_PRICING),
    m.EvseTariffList: one(PULL_EVSE_PRICING_ANSWER),
}
