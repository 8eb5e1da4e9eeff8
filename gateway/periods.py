"""Billing items that overlap, as periods that follow one another (OCPI): cut at every bound of an item.

Quantities and costs are spread by share of time. That is an approximation of what happened within an item, and it is
reported; the totals stay what they were, to the last digit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from gateway.exact import difference, product, rounded, total
from gateway.findings import Finding, Severity
from gateway.model.metering import CdrDimension, ChargingPeriod, Dimension

STEP = Decimal("0.0001")
"""Of what is spread, in all parts but the last (OCPI 2.2.1, number: four decimals)."""
COUNTED = (Dimension.SERVICE_FEE, Dimension.RESERVATION)
"""Pieces: they stay whole, in the first part."""
HIGHEST = (Dimension.MAX_POWER, Dimension.MAX_CURRENT, Dimension.MIN_POWER, Dimension.MIN_CURRENT)
"""Extremes: every part has them."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Periods that follow one another, with what had to be approximated."""

    periods: tuple[ChargingPeriod, ...]
    findings: tuple[Finding, ...] = ()


def consecutive(periods: Sequence[ChargingPeriod], end: datetime | None = None) -> Cut:
    """`periods` in the order of time, without overlaps; what lies between them stays empty.

    A period without an end lasts to the next one's begin, the last to `end`; one whose times nobody knows stays as it
    is, behind the others. The sum of each dimension is that of `periods`, and so is that of the costs where the cost of
    every item is known; a part with an item of unknown cost has none.
    """
    whole = [_whole(one, _end(periods, index, end)) for index, one in enumerate(periods)]
    timed = [one for one in whole if one.start is not None and one.end is not None and one.start <= one.end]
    bounds = sorted({moment for one in timed for moment in (one.start, one.end) if moment is not None})
    found: dict[tuple[datetime, datetime], list[ChargingPeriod]] = {}
    findings: list[Finding] = []
    for index, one in enumerate(timed):
        parts = list(_parts(one, bounds))
        if len(parts) > 1 and one.dimensions:
            findings.append(_approximated(whole.index(one), one, len(parts)))
        for part in parts:
            assert part.start is not None, "a part has its bounds"
            assert part.end is not None, f"a part of period {index} has its bounds"
            found.setdefault((part.start, part.end), []).append(part)
    merged = [_merged(parts) for _, parts in sorted(found.items(), key=lambda one: one[0])]
    return Cut((*merged, *(one for one in whole if one not in timed)), tuple(findings))


def _whole(period: ChargingPeriod, end: datetime | None) -> ChargingPeriod:
    """With its end, and its cost by definition: quantity times price."""
    volume = period.dimensions[0].volume if len(period.dimensions) == 1 else None
    by_price = product(volume, period.item_price) if volume is not None and period.item_price is not None else None
    return replace(period, end=period.end or end, cost=by_price if period.cost is None else period.cost)


def _end(periods: Sequence[ChargingPeriod], index: int, end: datetime | None) -> datetime | None:
    return periods[index + 1].start if index + 1 < len(periods) else end


def _approximated(index: int, period: ChargingPeriod, parts: int) -> Finding:
    kinds = ", ".join(str(one.type) for one in period.dimensions)
    text = f"{kinds} is spread over {parts} parts by share of time; its total is exact"
    return Finding(f"/periods/{index}", Severity.WARNING, "approximated", text)


def _parts(period: ChargingPeriod, bounds: Sequence[datetime]) -> Iterator[ChargingPeriod]:
    """The period cut at every bound that lies within it; its last part takes what the others leave."""
    start, end = period.start, period.end
    assert start is not None, "only timed periods are cut"
    assert end is not None, "only timed periods are cut"
    inner = [start, *(moment for moment in bounds if start < moment < end), end]
    spans = list(pairwise(inner))
    shares = [_share(begin, finish, start, end) for begin, finish in spans]
    volumes = [_spread(one, shares) for one in period.dimensions]
    costs = _spread_amount(period.cost, shares)
    for number, (begin, finish) in enumerate(spans):
        told = tuple(part for parts in volumes if (part := parts[number]) is not None)
        yield replace(period, start=begin, end=finish, dimensions=told, cost=costs[number])


def _share(begin: datetime, finish: datetime, start: datetime, end: datetime) -> Decimal:
    step = timedelta(microseconds=1)
    whole = (end - start) // step
    return Decimal((finish - begin) // step) / Decimal(whole) if whole else Decimal(1)


def _spread(one: CdrDimension, shares: Sequence[Decimal]) -> list[CdrDimension | None]:
    if one.type in COUNTED:
        return [one, *[None] * (len(shares) - 1)]
    if one.type in HIGHEST or one.volume is None:
        return [one] * len(shares)
    return [replace(one, volume=amount) for amount in _spread_amount(one.volume, shares)]


def _spread_amount(amount: Decimal | None, shares: Sequence[Decimal]) -> list[Decimal | None]:
    if amount is None or len(shares) == 1:
        return [amount] * len(shares)
    first = [rounded(product(amount, share), STEP) for share in shares[:-1]]
    return [*first, difference(amount, total(first))]


def _merged(parts: Sequence[ChargingPeriod]) -> ChargingPeriod:
    """One period of several dimensions. A price is of one item; what differs between items has no place here."""
    if len(parts) == 1:
        return parts[0]
    costs = [part.cost for part in parts]
    known = [cost for cost in costs if cost is not None]
    taxes, tariffs = {part.tax_percent for part in parts}, {part.tariff_id for part in parts}
    return ChargingPeriod(
        start=parts[0].start,
        end=parts[0].end,
        dimensions=_summed([one for part in parts for one in part.dimensions]),
        tariff_id=tariffs.pop() if len(tariffs) == 1 else None,
        cost=total(known) if len(known) == len(costs) else None,
        tax_percent=taxes.pop() if len(taxes) == 1 else None,
    )


def _summed(dimensions: Sequence[CdrDimension]) -> tuple[CdrDimension, ...]:
    """Each kind once: quantities added up, of extremes the one that says most."""
    found: dict[Dimension | None, CdrDimension] = {}
    for one in dimensions:
        known = found.get(one.type)
        found[one.type] = one if known is None else replace(known, volume=_together(known, one))
    return tuple(found.values())


def _together(known: CdrDimension, other: CdrDimension) -> Decimal | None:
    if known.volume is None or other.volume is None:
        return known.volume if other.volume is None else other.volume
    if known.type in (Dimension.MIN_POWER, Dimension.MIN_CURRENT):
        return min(known.volume, other.volume)
    return max(known.volume, other.volume) if known.type in HIGHEST else total((known.volume, other.volume))
