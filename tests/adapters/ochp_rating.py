"""What a session costs, computed twice: from a tariff by OCPI's rules, and from elements of OCHP by theirs.

An independent judge: nothing here is shared with the code that writes tariffs. The place is in UTC.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.model.tariff import PriceComponent, ReservationRestriction, Tariff, TariffDimension, TariffRestrictions
from gateway_ochp import wire

ZERO = Decimal(0)
ITEMS = {
    TariffDimension.ENERGY: "energy",
    TariffDimension.TIME: "usagetime",
    TariffDimension.PARKING_TIME: "parkingtime",
    TariffDimension.FLAT: "serviceFee",
    TariffDimension.POWER: "power",
}


@dataclass(frozen=True)
class Moment:
    """A part of a session, so short that nothing changes in it: from `at`, after `kwh` and `seconds`, with `kw`."""

    at: datetime
    kwh: Decimal
    kw: Decimal
    seconds: int
    hours: Decimal


def moments(start: datetime, parts: Sequence[tuple[int, Decimal]]) -> list[Moment]:
    """(minutes, kW) after one another; without power the car is parked."""
    found, at, kwh = list[Moment](), start, ZERO
    for minutes, kw in parts:
        hours = Decimal(minutes) / 60
        seconds = int((at - start).total_seconds())
        found.append(Moment(at, kwh, kw, seconds, hours))
        at, kwh = at + timedelta(minutes=minutes), kwh + kw * hours
    return found


def within(low: Any, value: Any, high: Any) -> bool:
    return (low is None or value >= low) and (high is None or value < high)


# --- OCPI 2.2.1, section 11.3 ------------------------------------------------------------------------------------


def ocpi_price(tariff: Tariff, session: Sequence[Moment]) -> Decimal:
    """Energy and time by what holds in each part, fees and power by what holds at the start."""
    rates = {kind: [ocpi_rate(tariff, kind, moment) for moment in session] for kind in TariffDimension}
    return total(rates, session)


def ocpi_rate(tariff: Tariff, kind: TariffDimension, moment: Moment, *, reserved: bool = False) -> Decimal:
    """The first element with this dimension whose restrictions are met."""
    if not within(tariff.start, moment.at, tariff.end):
        return ZERO
    wanted = ReservationRestriction.RESERVATION if reserved else None
    for element in tariff.elements:
        told = element.restrictions or TariffRestrictions()
        prices: list[PriceComponent] = [one for one in element.price_components if one.type is kind]
        if prices and told.reservation is wanted and ocpi_met(told, moment):
            return prices[0].price
    return ZERO


def ocpi_met(told: TariffRestrictions, moment: Moment) -> bool:
    day, minute = moment.at.isoweekday(), moment.at.hour * 60 + moment.at.minute
    start, end = told.start_time or 0, 1440 if told.end_time is None else told.end_time
    if end > start:
        in_time = start <= minute < end
    else:
        in_time = minute >= start or minute < end
        day = day if minute >= start else (day - 2) % 7 + 1
    return (
        in_time
        and (not told.weekdays or day in told.weekdays)
        and within(told.start_date, moment.at.date(), told.end_date)
        and within(told.min_kwh, moment.kwh, told.max_kwh)
        and within(told.min_power, moment.kw, told.max_power)
        and within(told.min_duration, moment.seconds, told.max_duration)
    )


# --- OCHP 1.4, tariffs -------------------------------------------------------------------------------------------


def ochp_price(elements: Iterable[wire.TariffElement], session: Sequence[Moment]) -> Decimal:
    elements = list(elements)
    rates = {kind: [ochp_rate(elements, ITEMS[kind], moment) for moment in session] for kind in TariffDimension}
    return total(rates, session)


def ochp_rate(elements: Iterable[wire.TariffElement], item: str, moment: Moment) -> Decimal:
    """All elements whose restriction is met add up."""
    rate = ZERO
    for element in elements:
        price = element.price_component
        assert price is not None
        assert price.item_price is not None
        if price.billing_item == item and ochp_met(element.tariff_restriction, moment):
            rate += price.item_price
    return rate


def ochp_met(told: wire.TariffRestriction | None, moment: Moment) -> bool:
    if told is None:
        return True
    minute = moment.at.hour * 60 + moment.at.minute
    opened = [
        span.weekday == moment.at.isoweekday() and within(span.period_begin, minute, span.period_end)
        for span in told.regular_hours
    ]
    return (
        (not opened or any(opened))
        and within(told.start_date_time, moment.at, told.end_date_time)
        and within(told.min_energy, moment.kwh, told.max_energy)
        and within(told.min_power, moment.kw, told.max_power)
        and within(told.min_duration, moment.seconds, told.max_duration)
    )


# --- both --------------------------------------------------------------------------------------------------------


def total(rates: dict[TariffDimension, list[Decimal]], session: Sequence[Moment]) -> Decimal:
    cost = rates[TariffDimension.FLAT][0] + rates[TariffDimension.POWER][0] * max(part.kw for part in session)
    for number, part in enumerate(session):
        cost += rates[TariffDimension.ENERGY][number] * part.kw * part.hours
        time = TariffDimension.TIME if part.kw else TariffDimension.PARKING_TIME
        cost += rates[time][number] * part.hours
    return cost
