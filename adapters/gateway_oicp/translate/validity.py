"""When a product is valid ↔ restrictions of a tariff by weekday and time of day."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from gateway.model.tariff import TariffRestrictions
from gateway_oicp import wire
from gateway_oicp.words import DAYS

MIDNIGHT = 24 * 60
_EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
_SETS = (_EVERY_DAY, (1, 2, 3, 4, 5), (6, 7), *((day,) for day in _EVERY_DAY))
Span = tuple[int, int]


def read_windows(record: wire.PricingProductDataRecord) -> Sequence[TariffRestrictions]:
    """One for each span of the day; none where the product has times, and nobody can read them."""
    if record.is_valid_24_hours or (record.is_valid_24_hours is None and not record.product_availability_times):
        return [TariffRestrictions()]
    days: dict[Span, set[int]] = {}
    for times in record.product_availability_times:
        for period in times.periods:
            span = _read_span(period)
            if span is not None:
                days.setdefault(span, set()).update(int(day or 0) for day in DAYS.read(times.on))
    return [_restricted(span, tuple(sorted(each))) for span, each in days.items() if each]


def _read_span(period: wire.Period) -> Span | None:
    """00:00, 23:59 and 24:00 end the day; an end before its begin is on the next day."""
    begin, end = _minutes(period.begin), _minutes(period.end)
    if begin is None or end is None or begin >= MIDNIGHT or end > MIDNIGHT:
        return None
    end = MIDNIGHT if end in (0, MIDNIGHT - 1) else end
    return (begin, end) if begin != end else None


def _minutes(clock: str | None) -> int | None:
    found = re.fullmatch(r"(\d{2}):([0-5]\d)", clock or "")
    return int(found[1]) * 60 + int(found[2]) if found else None


def _restricted(span: Span, days: tuple[int, ...]) -> TariffRestrictions:
    start, end = span if span != (0, MIDNIGHT) else (None, None)
    return TariffRestrictions(start_time=start, end_time=end, weekdays=days if days != _EVERY_DAY else ())


def write_windows(windows: Sequence[TariffRestrictions]) -> tuple[wire.ProductAvailabilityTimes, ...]:
    """None at all where one of the windows is always open. What runs over midnight is split in two."""
    spans = [each for window in windows for each in _write_spans(window)]
    if not windows or ((0, MIDNIGHT), _EVERY_DAY) in spans:
        return ()
    return tuple(
        wire.ProductAvailabilityTimes(on=DAYS.write(*map(str, days)), periods=periods)
        for together, listed in groupby(spans, key=lambda each: each[1])
        for periods in [tuple(_period(span) for span, _ in listed)]
        for days in _sets(together)
    )


def _write_spans(window: TariffRestrictions) -> Iterator[tuple[Span, tuple[int, ...]]]:
    start = 0 if window.start_time is None else window.start_time
    end = MIDNIGHT if window.end_time is None else window.end_time
    days = tuple(sorted(set(window.weekdays))) or _EVERY_DAY
    if end > start:
        yield (start, end), days
        return
    yield (start, MIDNIGHT), days
    if end:
        yield (0, end), tuple(sorted(day % 7 + 1 for day in days))


def _sets(days: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """The sets of days that OICP has a word for, together all of `days`."""
    left = set(days)
    for each in _SETS:
        if left.issuperset(each):
            yield each
            left -= set(each)


def _period(span: Span) -> wire.Period:
    """The documents are silent on 24:00: the day ends at 23:59."""
    begin, end = (f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (span[0], min(span[1], MIDNIGHT - 1)))
    return wire.Period(begin=begin, end=end)
