"""TariffInfo ↔ tariffs (crosswalk 2.13). Canonical is one tariff for each individual tariff and recipient.

An element of OCHP prices one item under one restriction. No order is among them, and all whose restriction is met add
up; of OCPI's the first that is met counts. What is written does not overlap, so that both mean the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from gateway.exact import AMPLE, product, rounded, total
from gateway.model.ids import PartyId
from gateway.model.tariff import (
    PriceComponent,
    ReservationRestriction,
    Tariff,
    TariffDimension,
    TariffElement,
    TariffRestrictions,
    TariffType,
)
from gateway.translation import Form
from gateway_ochp import wire
from gateway_ochp.translate.tariff_cells import Bounds, Cell, TooManyCells, added, few, left, overlap, together
from gateway_ochp.translate.tariff_ids import operator_of, operator_text, write_tariff_id
from gateway_ochp.translate.tariff_restrictions import (
    cell_of,
    read_restriction,
    restrictions_of,
    without_validity,
    write_restrictions,
)
from gateway_ochp.words import PROTOCOL, TARIFF_ITEM

RESERVED = "reservation"
"""The condition under which a price is one of a reservation."""
ONCE = frozenset({TariffDimension.FLAT, TariffDimension.POWER})
"""Asked once, or for the highest value: in two elements it would be asked twice."""
UNITS = {
    TariffDimension.ENERGY: 1000,
    TariffDimension.TIME: 3600,
    TariffDimension.PARKING_TIME: 3600,
    TariffDimension.POWER: 1000,
}
"""Steps of ours in one of OCHP: Wh, seconds, W."""
FINEST = Decimal("0.000000001")


class Unclear(Exception):
    """An element does not say what it asks, or when: half of a tariff would be another price."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What one element asks."""

    kind: TariffDimension
    is_reservation: bool
    price: Decimal
    step_size: int | None

    @property
    def component(self) -> PriceComponent:
        return PriceComponent(type=self.kind, price=self.price, step_size=self.step_size)


Rule = tuple[Cell, Asked]


# --- reading -----------------------------------------------------------------------------------------------------


def read_tariff(info: wire.TariffInfo) -> Tariff:
    """The first individual tariff, for its first recipient; `parted` gives one record for each."""
    told = next(iter(info.individual_tariff), None)
    recipient = next(iter(told.recipient), None) if told is not None else None
    valid, elements = read_elements(told.tariff_element if told is not None else ())
    return Tariff(
        id=info.tariff_id,
        currency=told.currency if told is not None else None,
        type=TariffType.REGULAR,
        operator=operator_of(info.tariff_id),
        provider=PartyId.read(recipient),
        elements=elements,
        start=valid.low,
        end=valid.high,
    )


def read_elements(elements: Sequence[wire.TariffElement]) -> tuple[Bounds[datetime], tuple[TariffElement, ...]]:
    """(when all of it is valid, the elements); none where one cannot be understood, or too much of it overlaps."""
    try:
        rules = _disjoint([_read_rule(element) for element in few(elements)])
    except (Unclear, TooManyCells):
        return Bounds(), ()
    valid, rules = without_validity(rules)
    return valid, tuple(_read_groups(rules))


def _read_rule(element: wire.TariffElement) -> Rule:
    component = element.price_component
    if component is None or component.item_price is None:
        raise Unclear
    kind = TARIFF_ITEM.read(component.billing_item)
    is_reservation = TARIFF_ITEM.write(kind, when=RESERVED) == component.billing_item
    cell = read_restriction(element.tariff_restriction)
    if kind is None or cell is None:
        raise Unclear
    return cell, Asked(kind, is_reservation, component.item_price, _read_step(kind, component.step_size))


def _read_step(kind: TariffDimension, size: Decimal | None) -> int | None:
    """In Wh, seconds or W; 0 is exact, and what is less than one of them is one."""
    if not size:
        return None
    return max(1, int(rounded(product(size, UNITS.get(kind, 1)), Decimal(1))))


def _disjoint(rules: Sequence[Rule]) -> Sequence[Rule]:
    """Rules of one item that overlap become cells with the sum of their prices; others stay as they are."""
    by_item: dict[tuple[TariffDimension, bool], list[Rule]] = {}
    for rule in rules:
        by_item.setdefault((rule[1].kind, rule[1].is_reservation), []).append(rule)
    overlapping = {item for item, found in by_item.items() if overlap([cell for cell, _ in found])}
    found: list[Rule] = []
    for cell, asked in rules:
        item = asked.kind, asked.is_reservation
        found += [(cell, asked)] if item not in overlapping else added(by_item.pop(item, []), _sum)
    return found


def _sum(one: Asked, other: Asked) -> Asked:
    step = one.step_size if one.step_size == other.step_size else None
    return replace(one, price=total((one.price, other.price)), step_size=step)


def _read_groups(rules: Sequence[Rule]) -> Iterator[TariffElement]:
    """Neighbours that hold at the same times are one element, as OCPI writes them."""
    groups: list[tuple[Cell, list[Asked]]] = []
    for cell, asked in rules:
        last = groups[-1] if groups else None
        if last and last[0] == cell and _joins(last[1], asked):
            last[1].append(asked)
        else:
            groups.append((cell, [asked]))
    for cell, found in groups:
        reservation = ReservationRestriction.RESERVATION if found[0].is_reservation else None
        for told in restrictions_of(cell):
            restricted = replace(told, reservation=reservation)
            yield TariffElement(
                price_components=tuple(asked.component for asked in found),
                restrictions=restricted if restricted != TariffRestrictions() else None,
            )


def _joins(found: Sequence[Asked], asked: Asked) -> bool:
    return found[0].is_reservation == asked.is_reservation and all(one.kind is not asked.kind for one in found)


# --- writing -----------------------------------------------------------------------------------------------------


def write_tariff(tariff: Tariff) -> wire.TariffInfo:
    """Without elements where they overlap in too many ways; `unsayable` says what else must not be sent."""
    try:
        elements = tuple(_write_elements(tariff))
    except TooManyCells:
        elements = ()
    told = wire.IndividualTariff(
        tariff_element=elements,
        recipient=(tariff.provider.compact,) if tariff.provider is not None else (),
        currency=tariff.currency,
    )
    return wire.TariffInfo(
        tariff_id=write_tariff_id(tariff.id, operator_text(tariff.operator)), individual_tariff=(told,)
    )


def _write_elements(tariff: Tariff) -> Iterator[wire.TariffElement]:
    for price, cells in _merged(priced(tariff)):
        for cell in cells:
            for restriction in write_restrictions(cell):
                yield wire.TariffElement(price_component=_write_component(price), tariff_restriction=restriction)


@dataclass(frozen=True, slots=True)
class Price:
    """What is asked for one of OCHP's items."""

    item: str
    component: PriceComponent

    @property
    def amount(self) -> tuple[str, Decimal, int | None]:
        return self.item, self.component.price, self.component.step_size


def priced(tariff: Tariff) -> Sequence[tuple[Price, Sequence[Cell]]]:
    """What is asked, and where: cells of which no two of an item overlap. Raises TooManyCells."""
    valid = Bounds(tariff.start, tariff.end)
    before: dict[str, list[Cell]] = {}
    found: list[tuple[Price, Sequence[Cell]]] = []
    for cell, price in few(list(_asked(tariff))):
        cell = replace(cell, dates=cell.dates.both(valid))
        earlier = before.setdefault(price.item, [])
        found.append((price, left(cell, earlier)))
        earlier.append(cell)
    return found


def _merged(found: Sequence[tuple[Price, Sequence[Cell]]]) -> Sequence[tuple[Price, Sequence[Cell]]]:
    """The same price at other times of the week is the same element, in the place of the first of them."""
    first: dict[object, int] = {}
    cells: list[list[Cell]] = [[] for _ in found]
    for number, (price, parts) in enumerate(found):
        for part in parts:
            cells[first.setdefault((price.amount, replace(part, week=0)), number)].append(part)
    return [(price, together(parts)) for (price, _), parts in zip(found, cells, strict=True)]


def _asked(tariff: Tariff) -> Iterator[tuple[Cell, Price]]:
    """In their order; what is asked when a reservation expires, and what OCHP has no item for, is left out."""
    for element in tariff.elements:
        restrictions = element.restrictions or TariffRestrictions()
        if restrictions.reservation is ReservationRestriction.RESERVATION_EXPIRES:
            continue
        cell = cell_of(restrictions)
        for component in element.price_components:
            word = TARIFF_ITEM.write(component.type, when=RESERVED if restrictions.reservation else "")
            if word is not None:
                yield cell, Price(word, component)


def _write_component(price: Price) -> wire.PriceComponent:
    asked = price.component
    return wire.PriceComponent(
        billing_item=price.item, item_price=asked.price, step_size=_write_step(asked.type, asked.step_size)
    )


def _write_step(kind: TariffDimension, size: int | None) -> Decimal:
    """In hours, kWh or kW; 0 is exact. What is asked once has a step of one."""
    if kind not in UNITS:
        return Decimal(1)
    step = AMPLE.divide(Decimal(size or 0), Decimal(UNITS[kind]))
    nearest = rounded(step, FINEST)
    return step if step == nearest else nearest


TARIFF = Form(PROTOCOL, wire.TariffInfo, Tariff, read_tariff, write_tariff)


# --- what is not sent --------------------------------------------------------------------------------------------


def unsayable(tariff: Tariff) -> str | None:
    """Why OCHP cannot tell this tariff's price, in words; None where it can.

    VAT, bounds of the total, texts, the energy mix and prices of expired reservations are only left out.
    """
    if tariff.type not in (None, TariffType.REGULAR):
        return f"it is a tariff of type {tariff.type}: the clearing house is for roaming drivers"
    if any(_is_by_current(element.restrictions) for element in tariff.elements):
        return "it is restricted by current, and OCHP restricts by power only"
    try:
        found = priced(tariff)
    except TooManyCells:
        return "it has too many elements, or they overlap in too many ways"
    if not any(cells for _, cells in found):
        return "it has no price that OCHP has an item for"
    torn = next((price for price, cells in found if price.component.type in ONCE and _is_torn(cells)), None)
    return (
        f"its price of {torn.component.type} would stand in several elements, and be asked for each" if torn else None
    )


def _is_by_current(restrictions: TariffRestrictions | None) -> bool:
    return restrictions is not None and (restrictions.min_current, restrictions.max_current) != (None, None)


def _is_torn(cells: Sequence[Cell]) -> bool:
    return sum(1 for cell in cells for _ in write_restrictions(cell)) > 1
