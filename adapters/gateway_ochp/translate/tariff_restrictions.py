"""Restrictions of tariffs ↔ cells. OCHP's dates are moments; OCPI's are days of the place, whose zone no tariff names.

The document of OCHP has dates there, its schema date and time: a day is written as its midnight in UTC, and the
midnight that is nearest is the day that is read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar

from gateway.model.tariff import TariffRestrictions
from gateway_ochp import wire
from gateway_ochp.translate.hours import DAY
from gateway_ochp.translate.tariff_cells import Bounds, Cell
from gateway_ochp.translate.tariff_times import EVERY_DAY, hours, of_hours, of_window, portions, windows

N = TypeVar("N", int, Decimal)
T = TypeVar("T")


def _counted(low: N | None, high: N | None) -> Bounds[N]:
    """Nothing counts below zero: a bound there is none."""
    return Bounds(low if low is not None and low > 0 else None, high)


# --- OCHP --------------------------------------------------------------------------------------------------------


def read_restriction(told: wire.TariffRestriction | None) -> Cell | None:
    """None where its hours, or another member, cannot be understood: it would hold at other times."""
    if told is None:
        return Cell()
    week = of_hours(told.regular_hours)
    if week is None or told.unknown:
        return None
    return Cell(
        week=week,
        dates=Bounds(told.start_date_time, told.end_date_time),
        energy=_counted(told.min_energy, told.max_energy),
        power=_counted(told.min_power, told.max_power),
        duration=_counted(told.min_duration, told.max_duration),
    )


def write_restrictions(cell: Cell) -> Iterator[wire.TariffRestriction]:
    """More than one where the times of the week do not fit into one."""
    for week in portions(cell.week):
        yield wire.TariffRestriction(
            regular_hours=hours(week),
            start_date_time=cell.dates.low,
            end_date_time=cell.dates.high,
            min_energy=cell.energy.low,
            max_energy=cell.energy.high,
            min_power=cell.power.low,
            max_power=cell.power.high,
            min_duration=cell.duration.low,
            max_duration=cell.duration.high,
        )


# --- canonical ---------------------------------------------------------------------------------------------------


def cell_of(told: TariffRestrictions) -> Cell:
    return Cell(
        week=of_window(told.start_time, told.end_time, told.weekdays),
        dates=Bounds(_midnight(told.start_date), _midnight(told.end_date)),
        energy=_counted(told.min_kwh, told.max_kwh),
        power=_counted(told.min_power, told.max_power),
        duration=_counted(told.min_duration, told.max_duration),
    )


def restrictions_of(cell: Cell) -> Sequence[TariffRestrictions]:
    """One for each window of the week."""
    common = TariffRestrictions(
        start_date=_day(cell.dates.low),
        end_date=_day(cell.dates.high),
        min_kwh=cell.energy.low,
        max_kwh=cell.energy.high,
        min_power=cell.power.low,
        max_power=cell.power.high,
        min_duration=cell.duration.low,
        max_duration=cell.duration.high,
    )
    return [
        replace(
            common,
            start_time=span[0] if span != (0, DAY) else None,
            end_time=span[1] if span != (0, DAY) else None,
            weekdays=days if days != EVERY_DAY else (),
        )
        for span, days in windows(cell.week)
    ]


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day is not None else None


def _day(moment: datetime | None) -> date | None:
    """The last day of the calendar stands for no end, and none comes after it."""
    if moment is None:
        return None
    moment = moment.astimezone(UTC)
    is_next = moment.hour >= 12 and moment.date() < date.max
    return moment.date() + timedelta(days=is_next)


def without_validity(rules: Sequence[tuple[Cell, T]]) -> tuple[Bounds[datetime], Sequence[tuple[Cell, T]]]:
    """(when the tariff as a whole is valid, its rules without that); of the tariff the moments are kept."""
    lows = [cell.dates.low for cell, _ in rules]
    highs = [cell.dates.high for cell, _ in rules]
    start = min(lows) if lows and None not in lows else None  # type: ignore[type-var]
    end = max(highs) if highs and None not in highs else None  # type: ignore[type-var]
    return Bounds(start, end), [(replace(cell, dates=_within(cell.dates, start, end)), each) for cell, each in rules]


def _within(dates: Bounds[datetime], start: datetime | None, end: datetime | None) -> Bounds[datetime]:
    low = dates.low if start is None or dates.low is None or dates.low > start else None
    high = dates.high if end is None or dates.high is None or dates.high < end else None
    return Bounds(low, high)
