"""Rules of the automation APIs, by their documents (NGP automation API documents v1).

Lengths and days are in `mappings/hubs.csv`, each with its source.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.facts import facts
from gateway.findings import Severity
from gateway.wire.declared import Rule
from gateway.wire.rules import between, longest, matching
from gateway_oicp.rules import Broken

if TYPE_CHECKING:
    from gateway_oicp.ngp import wire

_FACTS = facts("hubject")


def _length(fact: str) -> Rule:
    return longest(_FACTS[fact].number)


def at_least(low: int, why: str = "") -> Rule:
    text = f"is less than {low}{why}"
    return Rule("out-of-range", lambda value: text if value < low else None, facet=("minimum", low))


NETWORK_NAME, GROUP_NAME = _length("network name length"), _length("group name length api")
DESCRIPTION, OFFER_TEXT = _length("network description length"), _length("offer text length")
LEAD_DAYS = at_least(_FACTS["offer lead time days"].number)
TERM_DAYS = between(_FACTS["offer shortest term days"].number, _FACTS["offer longest term days"].number)
ONE_DAY, NOT_NEGATIVE = at_least(1), at_least(0)
NO_CREDIT = Rule("out-of-range", lambda value: "is negative" if value < Decimal() else None)
CLOCK = matching(r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]", "time of day with seconds")
CURRENCY = matching(r"[A-Z]{3}", "ISO 4217 currency")


def unlimited_or_until(model: "wire.NgpOfferRequest") -> Iterator[Broken]:
    """`leadTime` belongs to unlimited offers, `validTo` and `periodOfNotice` to limited ones."""
    if model.unlimited is None:
        return
    wanted = {"leadTime": model.lead_time} if model.unlimited else {"validTo": model.valid_to}
    barred = {"validTo": model.valid_to} if model.unlimited else {"leadTime": model.lead_time}
    kind = "an unlimited" if model.unlimited else "a limited"
    for name, value in wanted.items():
        if value is None:
            yield f"/{name}", Severity.ERROR, "missing", f"{kind} offer needs {name}"
    for name, value in barred.items():
        if value is not None:
            yield f"/{name}", Severity.ERROR, "exclusive", f"{kind} offer has no {name}"
    if model.unlimited and model.period_of_notice:
        yield "/periodOfNotice", Severity.WARNING, "exclusive", "an unlimited offer has no periodOfNotice"


def to_all_or_to_some(model: "wire.NgpOfferRequest") -> Iterator[Broken]:
    """A bilateral offer names its subscribers; two steps are for offers to all, with one demanded field at least."""
    if model.offer_to_all is False and not model.subscriber_partner_ids:
        yield "/subscriberPartnerIds", Severity.ERROR, "missing", "a bilateral offer names its subscribers"
    if model.offer_to_all and model.subscriber_partner_ids:
        yield "/subscriberPartnerIds", Severity.ERROR, "exclusive", "an offer to all names no subscribers"
    if not model.two_step_process:
        return
    if model.offer_to_all is False:
        yield "/twoStepProcess", Severity.ERROR, "exclusive", "only an offer to all has a two-step process"
    demanded = model.two_step_required_master_data_fields
    if demanded is None or not any(value is True for value in vars(demanded).values()):
        text = "a two-step process demands one field at least"
        yield "/twoStepRequiredMasterDataFields", Severity.ERROR, "missing", text


def offer_tariffs(model: "wire.NgpOfferRequest") -> Iterator[Broken]:
    """Names of tariffs are unique, every slot names one, and a product has the currency of its tariffs."""
    yield from _fitting(model.tariffs, "/products", model.products)


def update_tariffs(model: "wire.NgpPriceUpdate") -> Iterator[Broken]:
    """As `offer_tariffs`."""
    yield from _fitting(model.tariffs, "/pricingDetails", model.pricing_details)


def _fitting(
    tariffs: "Sequence[wire.NgpTariff]", root: str, products: "Sequence[wire.NgpGroupProduct]"
) -> Iterator[Broken]:
    count = Counter(tariff.name for tariff in tariffs)
    for index, tariff in enumerate(tariffs):
        if tariff.name is not None and count[tariff.name] > 1:
            yield f"/tariffs/{index}/name", Severity.ERROR, "repeated", f"the tariff {tariff.name} is given twice"
    currencies = {tariff.name: tariff.currency for tariff in tariffs}
    for number, one in enumerate(products):
        for place, slot in _slots(one.product, f"{root}/{number}/product"):
            if slot.tariff_name not in currencies:
                yield f"{place}/tariffName", Severity.ERROR, "unknown-name", f"there is no tariff {slot.tariff_name}"
            elif one.product is not None and one.product.currency != currencies[slot.tariff_name]:
                text = f"{slot.tariff_name} is in {currencies[slot.tariff_name]}, its product in {one.product.currency}"
                yield f"{place}/tariffName", Severity.ERROR, "mixed", text


def _slots(product: "wire.NgpProduct | None", root: str) -> "Iterator[tuple[str, wire.NgpTimeSlot]]":
    for number, plan in enumerate(product.time_plans if product is not None else ()):
        for index, slot in enumerate(plan.time_slots):
            yield f"{root}/timePlans/{number}/timeSlots/{index}", slot


def slots_in_order(model: "wire.NgpTimePlan") -> Iterator[Broken]:
    """A slot ends after it began, and no two of a day overlap."""
    spans = sorted((slot.start_time or "", slot.end_time or "", index) for index, slot in enumerate(model.time_slots))
    last = ""
    for start, end, index in spans:
        if end <= start:
            yield f"/timeSlots/{index}/endTime", Severity.ERROR, "order", f"{end} is not after {start}"
        if last and start <= last:
            yield f"/timeSlots/{index}/startTime", Severity.ERROR, "overlap", f"{start} is within another slot"
        last = max(last, end)
