"""Price sets, time plans and the prices of groups.

The end of a slot is its last second on the wire (23:59:59), and the moment after it in the model.
"""

import re
from collections.abc import Sequence

from gateway.model.network import GroupPrice, PriceSet, PricingComponent, TimePlan, TimeSlot
from gateway_oicp.ngp import wire, wire_reports
from gateway_oicp.ngp.words import COMPONENT, FEE_START, UNIT, WEEKDAY

_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})")
DAY_SECONDS = 86_400


def read_clock(text: str | None) -> int | None:
    """Seconds of the day; None for what is no time of day."""
    found = _CLOCK.fullmatch(text or "")
    if found is None:
        return None
    seconds = int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3])
    return seconds if seconds < DAY_SECONDS else None


def write_clock(seconds: int | None) -> str | None:
    if seconds is None or not 0 <= seconds < DAY_SECONDS:
        return None
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _read_end(text: str | None) -> int | None:
    last = read_clock(text)
    return None if last is None else last + 1


def _write_end(end: int | None) -> str | None:
    return None if end is None else write_clock(end - 1)


def _read_day(word: str | None) -> tuple[int, ...]:
    return tuple(int(day) for day in WEEKDAY.read(word) if day is not None)


def _write_day(day: int) -> str | None:
    return WEEKDAY.write(str(day))


# --- as they are sent --------------------------------------------------------------------------------------------


def _read_component(model: wire.NgpComponent) -> PricingComponent:
    return PricingComponent(
        kind=COMPONENT.read(model.type),
        unit=UNIT.read(model.reference_unit),
        cost=model.cost,
        grace_minutes=model.grace_period,
    )


def _write_component(component: PricingComponent) -> wire.NgpComponent:
    return wire.NgpComponent(
        cost=component.cost,
        reference_unit=UNIT.write(component.unit),
        type=COMPONENT.write(component.kind),
        grace_period=component.grace_minutes,
    )


def read_tariff(model: wire.NgpTariff) -> PriceSet:
    components = tuple(map(_read_component, model.pricing_components))
    return PriceSet(name=model.name, currency=model.currency, components=components)


def write_tariff(price_set: PriceSet) -> wire.NgpTariff:
    return wire.NgpTariff(
        name=price_set.name,
        currency=price_set.currency,
        pricing_components=tuple(map(_write_component, price_set.components)),
    )


def _read_slot(model: wire.NgpTimeSlot) -> TimeSlot:
    return TimeSlot(
        begin=read_clock(model.start_time),
        end=_read_end(model.end_time),
        price_set=model.tariff_name,
        color=model.color,
    )


def _write_slot(slot: TimeSlot) -> wire.NgpTimeSlot:
    return wire.NgpTimeSlot(
        color=slot.color or DEFAULT_COLOR,
        start_time=write_clock(slot.begin),
        end_time=_write_end(slot.end),
        tariff_name=slot.price_set,
    )


DEFAULT_COLOR = "Powder blue"
"""Of the portal's calendar; demanded, and without a meaning."""


def _read_plan(model: wire.NgpTimePlan) -> TimePlan:
    days = tuple(day for word in model.days_of_the_week for day in _read_day(word))
    return TimePlan(weekdays=days, slots=tuple(map(_read_slot, model.time_slots)))


def _write_plan(plan: TimePlan) -> wire.NgpTimePlan:
    days = tuple(word for word in map(_write_day, plan.weekdays) if word is not None)
    return wire.NgpTimePlan(days_of_the_week=days, time_slots=tuple(map(_write_slot, plan.slots)))


def read_product(model: wire.NgpGroupProduct) -> GroupPrice:
    product = model.product or wire.NgpProduct(currency=None, time_plans=())
    plans = tuple(map(_read_plan, product.time_plans))
    return GroupPrice(group_id=model.group_id, currency=product.currency, plans=plans)


def write_product(price: GroupPrice) -> wire.NgpGroupProduct:
    product = wire.NgpProduct(currency=price.currency, time_plans=tuple(map(_write_plan, price.plans)))
    return wire.NgpGroupProduct(group_id=price.group_id, product=product)


# --- as they are reported ----------------------------------------------------------------------------------------


def _read_detail(model: wire_reports.NgpPriceDetail) -> PricingComponent:
    return PricingComponent(
        kind=COMPONENT.read(model.type),
        unit=UNIT.read(model.reference_unit),
        cost=model.cost,
        grace_minutes=model.grace_period,
        counted_from=FEE_START.read(model.fee_initiated),
    )


def _write_detail(component: PricingComponent) -> wire_reports.NgpPriceDetail:
    return wire_reports.NgpPriceDetail(
        type=COMPONENT.write(component.kind),
        reference_unit=UNIT.write(component.unit),
        cost=component.cost,
        fee_initiated=FEE_START.write(component.counted_from),
        grace_period=component.grace_minutes,
    )


def _read_day_tariff(model: wire_reports.NgpDayTariff) -> TimeSlot:
    return TimeSlot(
        begin=read_clock(model.start_time),
        end=_read_end(model.end_time),
        price_set=model.name,
        components=tuple(map(_read_detail, model.pricing_components)),
    )


def _write_day_tariff(slot: TimeSlot) -> wire_reports.NgpDayTariff:
    return wire_reports.NgpDayTariff(
        name=slot.price_set,
        start_time=write_clock(slot.begin),
        end_time=_write_end(slot.end),
        pricing_components=tuple(map(_write_detail, slot.components)),
    )


def read_days(days: Sequence[wire_reports.NgpDay]) -> tuple[TimePlan, ...]:
    return tuple(TimePlan(weekdays=_read_day(one.day), slots=tuple(map(_read_day_tariff, one.tariffs))) for one in days)


def write_days(plans: Sequence[TimePlan]) -> tuple[wire_reports.NgpDay, ...]:
    """One entry for each day of each plan."""
    return tuple(
        wire_reports.NgpDay(day=_write_day(day), tariffs=tuple(map(_write_day_tariff, plan.slots)))
        for plan in plans
        for day in plan.weekdays
    )


def read_pricing(model: wire_reports.NgpGroupPricing | wire_reports.NgpContractPricing) -> GroupPrice:
    return GroupPrice(
        group_id=model.group_id,
        group_name=model.group_name,
        currency=model.currency,
        plans=read_days(model.days),
    )


def write_pricing(price: GroupPrice) -> wire_reports.NgpGroupPricing:
    return wire_reports.NgpGroupPricing(
        group_id=price.group_id,
        group_name=price.group_name,
        currency=price.currency,
        days=write_days(price.plans),
    )


def write_contract_pricing(price: GroupPrice) -> wire_reports.NgpContractPricing:
    return wire_reports.NgpContractPricing(
        group_id=price.group_id,
        group_name=price.group_name,
        currency=price.currency,
        days=write_days(price.plans),
    )
