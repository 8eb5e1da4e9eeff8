"""Pricing products ↔ tariffs. A product has one main price, by energy or by time, beside fees and bounds of the total.

Whoever writes a tariff of which a product cannot say all loses the rest; `unsayable` names what makes the price another
one, so that it is not published at all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from gateway.exact import product
from gateway.model.common import Price
from gateway.model.tariff import (
    DefaultPrice,
    PriceComponent,
    Tariff,
    TariffDimension,
    TariffElement,
    TariffRestrictions,
    TariffType,
)
from gateway.translation import Form
from gateway_oicp import wire
from gateway_oicp.translate.validity import read_windows, write_windows
from gateway_oicp.words import ADDITIONAL, NAME, REFERENCE_UNIT

MINUTE, KILOWATT_HOUR = "MINUTE", "KILOWATT_HOUR"
MINIMUM, MAXIMUM = "MINIMUM FEE", "MAXIMUM FEE"
_ALONE = "alone"
"""The condition of a flat fee that stands in place of the main price."""
_MAIN = (TariffDimension.ENERGY, TariffDimension.TIME)
Components = tuple[PriceComponent, ...]
ALWAYS = TariffRestrictions()


# --- reading -----------------------------------------------------------------------------------------------------


def read_product(record: wire.PricingProductDataRecord) -> Tariff:
    components = _read_components(record)
    windows = read_windows(record)
    power = record.maximum_product_charging_power
    restrictions = [replace(window, max_power=power) for window in windows]
    return Tariff(
        id=record.product_id,
        currency=record.product_price_currency,
        type=TariffType.REGULAR,
        min_price=_read_bound(record, MINIMUM),
        max_price=_read_bound(record, MAXIMUM),
        elements=tuple(
            TariffElement(price_components=components, restrictions=one if one != ALWAYS else None)
            for one in restrictions
        ),
    )


def _read_components(record: wire.PricingProductDataRecord) -> Components:
    """The main price, then the fees. A main price of zero beside a fixed fee only fills its place."""
    main = read_price(record.reference_unit, record.price_per_reference_unit)
    fees = tuple(fee for fee in map(_read_fee, record.additional_references) if fee is not None)
    is_fixed = any(one.additional_reference == ADDITIONAL.write(TariffDimension.FLAT, _ALONE) for one in _told(record))
    return fees if main is None or (is_fixed and not main.price) else (main, *fees)


def _told(record: wire.PricingProductDataRecord) -> Iterator[wire.AdditionalReferences]:
    return (one for one in record.additional_references if one.price_per_additional_reference_unit is not None)


def read_price(unit: str | None, price: Decimal | None) -> PriceComponent | None:
    """Per kWh or hour; None where the unit is neither of energy nor of time."""
    dimension = REFERENCE_UNIT.read(unit)
    if dimension is None or price is None:
        return None
    return PriceComponent(type=dimension, price=product(price, 60) if unit == MINUTE else price)


def _read_fee(told: wire.AdditionalReferences) -> PriceComponent | None:
    kind, price = ADDITIONAL.read(told.additional_reference), told.price_per_additional_reference_unit
    if kind is None or price is None:
        return None
    if kind is TariffDimension.FLAT:
        return PriceComponent(type=kind, price=price)
    timed = read_price(told.additional_reference_unit, price)
    return replace(timed, type=kind) if timed is not None and timed.type is TariffDimension.TIME else None


def _read_bound(record: wire.PricingProductDataRecord, word: str) -> Price | None:
    prices = (one.price_per_additional_reference_unit for one in _told(record) if one.additional_reference == word)
    price = next(prices, None)
    return None if price is None else Price(excl_vat=price)


# --- writing -----------------------------------------------------------------------------------------------------


def write_product(tariff: Tariff) -> wire.PricingProductDataRecord:
    """The prices of the first element, for all the times that have the same ones."""
    groups = priced(tariff)
    components, windows = groups[0] if groups else ((), ())
    main = next((one for one in components if one.type in _MAIN), None)
    filled = main or (PriceComponent(type=TariffDimension.ENERGY, price=Decimal(0)) if components else None)
    unit = REFERENCE_UNIT.write(filled.type) if filled else None
    power = next((window.max_power for window in windows), None)
    times = write_windows(windows)
    return wire.PricingProductDataRecord(
        product_id=tariff.id,
        reference_unit=unit,
        product_price_currency=tariff.currency,
        price_per_reference_unit=filled.price if filled else None,
        maximum_product_charging_power=power,
        is_valid_24_hours=not times if components else None,
        product_availability_times=times,
        additional_references=tuple(_write_fees(tariff, components, unit)),
    )


def priced(tariff: Tariff) -> Sequence[tuple[Components, Sequence[TariffRestrictions]]]:
    """What is asked, and when: elements of the same restrictions add up, those of the same prices share their times.

    What is asked for a reservation is left out, beside what is asked for charging: no product can say it.
    """
    by_time: dict[TariffRestrictions, dict[TariffDimension, PriceComponent]] = {}
    told = [(element.restrictions or ALWAYS, element.price_components) for element in tariff.elements]
    charging = [each for each in told if each[0].reservation is None]
    for restrictions, asked in charging or told:
        components = by_time.setdefault(restrictions, {})
        for component in asked:
            components.setdefault(component.type, component)
    by_price: dict[tuple[Components, Decimal | None], list[TariffRestrictions]] = {}
    for restrictions, found in by_time.items():
        by_price.setdefault((tuple(found.values()), restrictions.max_power), []).append(restrictions)
    return [(components, windows) for (components, _), windows in by_price.items()]


def _write_fees(tariff: Tariff, components: Components, unit: str | None) -> Iterator[wire.AdditionalReferences]:
    alone = "" if any(one.type in _MAIN for one in components) else _ALONE
    for component in components:
        word = ADDITIONAL.write(component.type, alone)
        if word is not None:
            parked = component.type is TariffDimension.PARKING_TIME
            yield _fee(word, REFERENCE_UNIT.write(TariffDimension.TIME) if parked else unit, component.price)
    for word, bound in ((MINIMUM, tariff.min_price), (MAXIMUM, tariff.max_price)):
        if bound is not None and bound.excl_vat is not None:
            yield _fee(word, unit, bound.excl_vat)


def _fee(word: str, unit: str | None, price: Decimal) -> wire.AdditionalReferences:
    """The unit is mandatory; of what is asked once it says nothing, and is that of the main price."""
    return wire.AdditionalReferences(
        additional_reference=word, additional_reference_unit=unit, price_per_additional_reference_unit=price
    )


PRODUCT = Form(NAME, wire.PricingProductDataRecord, Tariff, read_product, write_product)


def read_default(model: wire.PricingProductData) -> DefaultPrice | None:
    component = read_price(model.pricing_default_reference_unit, model.pricing_default_price)
    currency = model.pricing_default_price_currency
    return DefaultPrice(currency=currency, component=component) if component is not None else None


# --- what is not published ---------------------------------------------------------------------------------------


def unsayable(tariff: Tariff, now: datetime) -> str | None:
    """Why a product would tell another price than this tariff asks, or None.

    VAT, steps, texts, the energy mix and prices of reservations are only left out.
    """
    if tariff.type not in (None, TariffType.REGULAR):
        return f"it is a tariff of type {tariff.type}: a product is for roaming drivers"
    if (tariff.start is not None and tariff.start > now) or (tariff.end is not None and tariff.end <= now):
        return "it is not valid now, and a product has no dates"
    broken = unwritable(tariff)
    if broken is not None:
        return broken
    groups = priced(tariff)
    if len(groups) > 1:
        return "its price changes with the time of day, the energy or the power, and a product has one price"
    if any(bound is not None and bound.excl_vat is None for bound in (tariff.min_price, tariff.max_price)):
        return "its minimum or maximum is told with VAT only, and a product has prices without"
    components, windows = groups[0]
    if all(any(one.type is main for one in components) for main in _MAIN):
        return "it asks for energy and for time, and a product has one main price"
    if any(one.type is TariffDimension.POWER for one in components):
        return "it asks for power, and a product has no price for that"
    beyond = sorted({name for window in windows for name in _beyond(window)})
    return f"a product cannot be restricted by {', '.join(beyond)}" if beyond else None


def unwritable(tariff: Tariff) -> str | None:
    """Why there is no product at all to write for this tariff, not even one to be deleted; or None."""
    groups = priced(tariff)
    if not groups or not groups[0][0]:
        return "it has no price components"
    if groups[0][1][0].max_power is None:
        return "a product demands the power that it is for: max_power of its elements, or the connection's setting"
    return None


def with_power(tariff: Tariff, power: Decimal | None) -> Tariff:
    """The tariff for charging at up to `power` kW, where it names no power itself."""
    restrictions = [element.restrictions or ALWAYS for element in tariff.elements]
    if power is None or any(one.max_power is not None for one in restrictions):
        return tariff
    limited = [replace(one, max_power=power) for one in restrictions]
    elements = zip(tariff.elements, limited, strict=True)
    return replace(tariff, elements=tuple(replace(element, restrictions=one) for element, one in elements))


def _beyond(window: TariffRestrictions) -> Iterator[str]:
    sayable = replace(ALWAYS, start_time=window.start_time, end_time=window.end_time, weekdays=window.weekdays)
    for name in TariffRestrictions.__slots__:
        if name != "max_power" and getattr(window, name) != getattr(sayable, name):
            yield name
