"""Times of the week: OCHP's regular hours, and the windows of a tariff's restrictions, as one set of minutes.

A set of minutes is an integer with a bit for each minute of the week, Monday 00:00 the lowest. The times are those of
the place, without a zone, on both sides.
"""

from collections.abc import Iterable, Iterator, Sequence

from gateway_ochp import wire
from gateway_ochp.translate.hours import DAY, ENDS_OF_DAY

Span = tuple[int, int]
"""Minutes of a day, the second not included."""
Window = tuple[Span, tuple[int, ...]]
"""A span, and the weekdays on which it begins; an end before its begin is on the next day."""

DAYS = range(7)
EVERY_DAY = tuple(day + 1 for day in DAYS)
WEEK = 7 * DAY
WHOLE_WEEK = (1 << WEEK) - 1
MOST_HOURS = 14
"""Regular hours that a restriction may have (TariffRestrictionType)."""


def of_window(start: int | None, end: int | None, weekdays: Iterable[int]) -> int:
    """The minutes of a restriction: without a start from midnight, without an end until midnight."""
    begin, until = (0 if start is None else start), (DAY if end is None else end)
    length = until - begin if until > begin else until - begin + DAY
    days = set(weekdays) or set(EVERY_DAY)
    minutes = 0
    for day in days:
        minutes |= _run((day - 1) * DAY + begin, length)
    return minutes


def _run(first: int, length: int) -> int:
    """What runs over the end of the week goes on at its beginning."""
    minutes = ((1 << max(length, 0)) - 1) << (first % WEEK)
    return (minutes | minutes >> WEEK) & WHOLE_WEEK


def of_hours(hours: Sequence[wire.RegularHours]) -> int | None:
    """The minutes of regular hours; None of hours that cannot be understood."""
    if not hours:
        return WHOLE_WEEK
    minutes = 0
    for each in hours:
        if each.weekday not in EVERY_DAY or each.period_begin is None or each.period_end is None:
            return None
        until = DAY if each.period_end in ENDS_OF_DAY else each.period_end
        if each.period_begin in (until, DAY):
            return None
        minutes |= of_window(each.period_begin, until, (each.weekday,))
    return minutes


def hours(minutes: int) -> tuple[wire.RegularHours, ...]:
    """None of the whole week; of no more than 14 see `portions`."""
    if minutes == WHOLE_WEEK:
        return ()
    by_span: dict[Span, list[int]] = {}
    for day in DAYS:
        for span in _spans(minutes, day):
            by_span.setdefault(span, []).append(day + 1)
    return tuple(
        wire.RegularHours(weekday=day, period_begin=begin, period_end=end)
        for (begin, end), days in sorted(by_span.items())
        for day in days
    )


def portions(minutes: int) -> Iterator[int]:
    """Parts of so few regular hours that a restriction has room for them."""
    told = hours(minutes)
    if len(told) <= MOST_HOURS:
        yield minutes
        return
    for first in range(0, len(told), MOST_HOURS):
        yield of_hours(told[first : first + MOST_HOURS]) or 0


def windows(minutes: int) -> Sequence[Window]:
    """The windows that together are these minutes; what goes on after midnight is one window."""
    spans = [list(_spans(minutes, day)) for day in DAYS]
    by_span: dict[Span, list[int]] = {}
    for day in DAYS:
        evening, morning = _last(spans[day]), _first(spans[(day + 1) % 7])
        if evening and morning and morning[1] < evening[0]:
            spans[day].remove(evening)
            spans[(day + 1) % 7].remove(morning)
            by_span.setdefault((evening[0], morning[1]), []).append(day + 1)
    for day in DAYS:
        for span in spans[day]:
            by_span.setdefault(span, []).append(day + 1)
    return [(span, tuple(sorted(days))) for span, days in sorted(by_span.items())]


def _last(spans: Sequence[Span]) -> Span | None:
    """The span that ends with its day, but has not begun with it."""
    return next((span for span in spans if span[1] == DAY and span[0]), None)


def _first(spans: Sequence[Span]) -> Span | None:
    """The span that begins with its day, but does not end with it."""
    return next((span for span in spans if span[0] == 0 and span[1] < DAY), None)


def _spans(minutes: int, day: int) -> Iterator[Span]:
    left, at = minutes >> (day * DAY) & ((1 << DAY) - 1), 0
    while left:
        off = (left & -left).bit_length() - 1
        left, at = left >> off, at + off
        on = (~left & (left + 1)).bit_length() - 1
        yield at, at + on
        left, at = left >> on, at + on
