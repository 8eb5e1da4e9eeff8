"""Opening times (crosswalk 2.5): OCHP has at most seven regular spans, or a flag; minutes 0 to 1440 here."""

from collections.abc import Sequence

from gateway.model.location import ExceptionalPeriod, OpeningTimes, RegularHours
from gateway_ochp import wire

DAY = 1440
ENDS_OF_DAY = (0, DAY - 1, DAY)
"""00:00, 23:59 and 24:00 all stand for midnight as an end."""
MOST_SPANS = 7


def read_hours(hours: wire.Hours | None) -> OpeningTimes | None:
    """None is unknown; OCHP also says so by a flag of false with nothing beside it."""
    if hours is None:
        return None
    times = OpeningTimes(
        twentyfourseven=hours.twentyfourseven,
        regular=tuple(
            RegularHours(weekday=span.weekday, begin=span.period_begin, end=_end(span.period_end))
            for span in hours.regular_hours
            if span.weekday is not None and span.period_begin is not None and span.period_end is not None
        ),
        exceptional_openings=_read_periods(hours.exceptional_openings),
        exceptional_closings=_read_periods(hours.exceptional_closings),
    )
    return None if times in (OpeningTimes(), OpeningTimes(twentyfourseven=False)) else times


def _end(minute: int) -> int:
    return DAY if minute in ENDS_OF_DAY else minute


def _read_periods(periods: Sequence[wire.ExceptionalPeriod]) -> tuple[ExceptionalPeriod, ...]:
    return tuple(
        ExceptionalPeriod(begin=period.period_begin, end=period.period_end)
        for period in periods
        if period.period_begin is not None and period.period_end is not None
    )


def write_hours(times: OpeningTimes | None, charging_when_closed: bool | None) -> wire.Hours | None:
    """The flag wins over spans that contradict it; a car may charge while closed unless told otherwise (OCPI)."""
    times = times or OpeningTimes()
    if times == OpeningTimes() and charging_when_closed is None:
        return None
    regular = () if times.twentyfourseven else _write_regular(times.regular)
    return wire.Hours(
        regular_hours=regular,
        twentyfourseven=None if regular else bool(times.twentyfourseven),
        exceptional_openings=_write_periods(times.exceptional_openings),
        exceptional_closings=_write_periods(times.exceptional_closings),
        closed_charging=charging_when_closed is not False,
    )


def _write_regular(spans: Sequence[RegularHours]) -> tuple[wire.RegularHours, ...]:
    fitting = spans if len(spans) <= MOST_SPANS else _hulls(spans)
    return tuple(
        wire.RegularHours(weekday=span.weekday, period_begin=span.begin, period_end=span.end) for span in fitting
    )


def _hulls(spans: Sequence[RegularHours]) -> Sequence[RegularHours]:
    """One span a day, from the first opening to the last closing: the schema has room for seven."""
    return [
        RegularHours(
            weekday=day,
            begin=min(span.begin for span in spans if span.weekday == day),
            end=max(span.end for span in spans if span.weekday == day),
        )
        for day in sorted({span.weekday for span in spans})
    ]


def _write_periods(periods: Sequence[ExceptionalPeriod]) -> tuple[wire.ExceptionalPeriod, ...]:
    return tuple(wire.ExceptionalPeriod(period_begin=period.begin, period_end=period.end) for period in periods)
