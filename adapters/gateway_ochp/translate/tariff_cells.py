"""Where a price applies: a cell of time of week, date, energy, power and duration, and what others leave of it.

OCPI's elements have an order: of each dimension the first whose restrictions are met counts. OCHP's have none, and all
that are met add up. Cells that do not overlap mean the same in both.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar

from gateway_ochp.translate.tariff_times import WHOLE_WEEK

T = TypeVar("T")
MOST_CELLS = 500
"""Of one tariff: more would be no tariff that anybody meant."""


class TooManyCells(Exception):
    """Elements overlap in so many ways that they cannot be told one by one."""


def few(items: Sequence[T]) -> Sequence[T]:
    """The items, where they are not too many to be laid beside each other. Raises TooManyCells."""
    if len(items) > MOST_CELLS:
        raise TooManyCells
    return items


class Bounds(NamedTuple, Generic[T]):
    """From the first on, until before the second; None is without bound."""

    low: T | None = None
    high: T | None = None

    @property
    def is_empty(self) -> bool:
        return self.low is not None and self.high is not None and not self.low < self.high  # type: ignore[operator]

    def both(self, other: "Bounds[T]") -> "Bounds[T]":
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return Bounds(max(lows, default=None), min(highs, default=None))  # type: ignore[type-var]

    def without(self, other: "Bounds[T]") -> "Iterator[Bounds[T]]":
        """What of it lies before the other, and what after."""
        if other.low is not None:
            yield self.both(Bounds(None, other.low))
        if other.high is not None:
            yield self.both(Bounds(other.high, None))


@dataclass(frozen=True, slots=True)
class Cell:
    """Minutes of the week (see tariff_times), moments, kWh, kW, seconds."""

    week: int = WHOLE_WEEK
    dates: Bounds[datetime] = Bounds()
    energy: Bounds[Decimal] = Bounds()
    power: Bounds[Decimal] = Bounds()
    duration: Bounds[int] = Bounds()

    @property
    def is_empty(self) -> bool:
        return not self.week or any(getattr(self, axis).is_empty for axis in _AXES)

    def both(self, other: "Cell") -> "Cell":
        common = {axis: getattr(self, axis).both(getattr(other, axis)) for axis in _AXES}
        return Cell(week=self.week & other.week, **common)

    def without(self, other: "Cell") -> "Sequence[Cell]":
        """What is left of it, in parts that do not overlap."""
        common = self.both(other)
        if common.is_empty:
            return [self]
        return [part for part in self._beside(other, common) if not part.is_empty]

    def _beside(self, other: "Cell", common: "Cell") -> "Iterator[Cell]":
        rest = self
        for axis in _AXES:
            for outside in getattr(rest, axis).without(getattr(other, axis)):
                yield replace(rest, **{axis: outside})
            rest = replace(rest, **{axis: getattr(common, axis)})
        yield replace(rest, week=rest.week & ~other.week)


_AXES = ("dates", "energy", "power", "duration")


def left(cell: Cell, others: Iterable[Cell]) -> Sequence[Cell]:
    """What of a cell no other covers. Raises TooManyCells."""
    parts: Sequence[Cell] = [] if cell.is_empty else [cell]
    for other in others:
        parts = [part for one in parts for part in one.without(other)]
        if len(parts) > MOST_CELLS:
            raise TooManyCells
    return together(parts)


def together(cells: Iterable[Cell]) -> Sequence[Cell]:
    """Cells that differ by their times of the week alone are one."""
    weeks: dict[Cell, int] = {}
    for cell in cells:
        common = replace(cell, week=0)
        weeks[common] = weeks.get(common, 0) | cell.week
    return [replace(common, week=week) for common, week in weeks.items()]


def overlap(cells: Sequence[Cell]) -> bool:
    return any(not one.both(other).is_empty for number, one in enumerate(cells) for other in cells[number + 1 :])


def added(rules: Sequence[tuple[Cell, T]], plus: Callable[[T, T], T]) -> Sequence[tuple[Cell, T]]:
    """Cells that do not overlap, with what all rules that hold there come to by `plus`. Raises TooManyCells."""
    found: list[tuple[Cell, T]] = []
    for cell, value in rules:
        rest = left(cell, [other for other, _ in found])
        found = [each for one in found for each in _beside(one, cell, value, plus)]
        found += [(part, value) for part in rest]
        if len(found) > MOST_CELLS:
            raise TooManyCells
    return found


def _beside(one: tuple[Cell, T], cell: Cell, value: T, plus: Callable[[T, T], T]) -> Iterator[tuple[Cell, T]]:
    common = one[0].both(cell)
    if common.is_empty:
        yield one
        return
    yield common, plus(one[1], value)
    for part in one[0].without(cell):
        yield part, one[1]
