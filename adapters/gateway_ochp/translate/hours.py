"""Opening times (crosswalk 2.5): OCHP has at most seven regular spans, or a flag; minutes 0 to 1440 here."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.model.location import ExceptionalPeriod, OpeningTimes, RegularHours
from gateway.wire.shared import same_again
from gateway_ochp import wire

DAY = 1440
ENDS_OF_DAY = (0, DAY - 1, DAY)
"""00:00, 23:59 and 24:00 all stand for midnight as an end."""
MOST_SPANS = 7


def read_hours(hours: wire.Hours | None) -> OpeningTimes | None:
    """None is unknown; OCHP also says so by a flag of false with nothing beside it."""
    if hours is None:
        return None
    return _read_shared(hours) if hours.shared else _read(hours)


def _read(hours: wire.Hours) -> OpeningTimes | None:
    times = OpeningTimes(
        twentyfourseven=hours.twentyfourseven,
        regular=tuple(
            part
            for span in hours.regular_hours
            if span.weekday is not None and span.period_begin is not None and span.period_end is not None
            for part in _within_days(
                RegularHours(weekday=span.weekday, begin=span.period_begin, end=_end(span.period_end))
            )
        ),
        exceptional_openings=_read_periods(hours.exceptional_openings),
        exceptional_closings=_read_periods(hours.exceptional_closings),
    )
    return None if times in (OpeningTimes(), OpeningTimes(twentyfourseven=False)) else times


_read_shared = same_again(_read)


def _end(minute: int) -> int:
    return DAY if minute in ENDS_OF_DAY else minute


def _within_days(span: RegularHours) -> Sequence[RegularHours]:
    """A span over midnight is two spans (crosswalk 2.5): the schema wants its end later than its begin."""
    if span.end > span.begin:
        return (span,)
    evening = replace(span, end=DAY)
    morning = RegularHours(weekday=span.weekday % 7 + 1, begin=0, end=span.end)
    return (evening, morning) if span.end else (evening,)


def _read_periods(periods: Sequence[wire.ExceptionalPeriod]) -> tuple[ExceptionalPeriod, ...]:
    return tuple(
        ExceptionalPeriod(begin=period.period_begin, end=period.period_end)
        for period in periods
        if period.period_begin is not None and period.period_end is not None
    )


@same_again
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
    ).put(shared=True)


def _write_regular(spans: Sequence[RegularHours]) -> tuple[wire.RegularHours, ...]:
    spans = [part for span in spans for part in _within_days(span)]
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
