"""Billing items (crosswalk 2.12): OCHP has one item for each period, priced; periods may overlap."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from gateway.exact import exact, product, total
from gateway.model.cdr import Cdr, Costs
from gateway.model.common import Price
from gateway.model.metering import CdrDimension, ChargingPeriod, Dimension
from gateway_ochp import wire
from gateway_ochp.words import BILLING_ITEM

ZERO = Decimal(0)
PRICE_DIGITS = 12
ToPlace = Callable[[datetime | None], datetime | None]


def read_periods(periods: Iterable[wire.CdrPeriod]) -> tuple[ChargingPeriod, ...]:
    return tuple(map(_read_period, periods))


def _read_period(period: wire.CdrPeriod) -> ChargingPeriod:
    return ChargingPeriod(
        start=period.start_date_time,
        end=period.end_date_time,
        dimensions=(CdrDimension(type=BILLING_ITEM.read(period.billing_item), volume=period.billing_value),),
        item_price=period.item_price,
        cost=period.period_cost,
        tax_percent=None if period.taxrate is None else Decimal(period.taxrate),
    )


def volume(periods: Iterable[ChargingPeriod], kind: Dimension) -> Decimal | None:
    """The sum of what was billed of one kind; None where nothing was."""
    found = [
        dimension.volume
        for period in periods
        for dimension in period.dimensions
        if dimension.type is kind and dimension.volume is not None
    ]
    return total(found) if found else None


def read_costs(periods: Sequence[ChargingPeriod]) -> Costs | None:
    """The parts of the total as OCPI counts them; a part with an item of unknown cost is left out."""
    costs = Costs(
        fixed=_cost(periods, Dimension.SERVICE_FEE, Dimension.MAX_POWER),
        energy=_cost(periods, Dimension.ENERGY),
        time=_cost(periods, Dimension.TIME),
        parking=_cost(periods, Dimension.PARKING_TIME),
        reservation=_cost(periods, Dimension.RESERVATION, Dimension.RESERVATION_TIME),
    )
    return None if costs == Costs() else costs


def _cost(periods: Sequence[ChargingPeriod], *kinds: Dimension) -> Price | None:
    found = [_cost_of(period) for period in periods if any(item.type in kinds for item in period.dimensions)]
    told = [cost for cost in found if cost is not None]
    return Price(excl_vat=total(told)) if told and len(told) == len(found) else None


def _cost_of(period: ChargingPeriod) -> Decimal | None:
    """As told, else by definition: billing value times item price."""
    amount = period.dimensions[0].volume
    if period.cost is not None or amount is None or period.item_price is None:
        return period.cost
    return product(amount, period.item_price)


def is_rated(info: wire.CdrInfo) -> bool:
    """Prices of nothing and no total: nobody has put a price on it. A total of nothing is a price."""
    return info.total_cost is not None or any(period.item_price for period in info.charging_periods)


# --- writing -----------------------------------------------------------------------------------------------------


def write_periods(cdr: Cdr, to_place: ToPlace) -> tuple[wire.CdrPeriod, ...]:
    """One entry for each billed quantity; a CDR without periods has its energy, or else its time, as the only one."""
    periods = cdr.periods if any(map(_items, cdr.periods)) else tuple(_only_period(cdr))
    unpriced = _unpriced(cdr)
    return tuple(
        _write_item(period, item, ends, unpriced, to_place)
        for period, ends in zip(periods, _ends(periods, cdr.end), strict=True)
        for item in _items(period)
    )


def _items(period: ChargingPeriod) -> Sequence[CdrDimension]:
    """What is billed of a period. The power beside other items is a fact and no item (crosswalk, "MAX_POWER")."""
    items = [item for item in period.dimensions if item.type is None or BILLING_ITEM.write(item.type)]
    return [item for item in items if item.type is not Dimension.MAX_POWER] or items


def _only_period(cdr: Cdr) -> Iterator[ChargingPeriod]:
    known_energy = cdr.energy_kwh if cdr.energy_known is not False else None
    if known_energy is not None:
        yield ChargingPeriod(
            start=cdr.charging_start or cdr.start,
            end=cdr.charging_end or cdr.end,
            dimensions=(CdrDimension(type=Dimension.ENERGY, volume=known_energy),),
        )
    elif cdr.total_time_hours is not None:
        timed = CdrDimension(type=Dimension.TIME, volume=cdr.total_time_hours)
        yield ChargingPeriod(start=cdr.start, end=cdr.end, dimensions=(timed,))


def _unpriced(cdr: Cdr) -> bool:
    """Whether a missing price may be written as 0, "not charged": only where somebody has said that nothing is owed."""
    told = [amount for amount in _amounts(cdr) if amount is not None]
    return cdr.rated is True and bool(told) and not any(told)


def _amounts(cdr: Cdr) -> Sequence[Decimal | None]:
    return (cdr.total_cost.excl_vat, cdr.total_cost.incl_vat) if cdr.total_cost is not None else ()


def _ends(periods: Sequence[ChargingPeriod], end: datetime | None) -> Iterator[datetime | None]:
    """OCPI's periods follow one another: each ends where the next begins."""
    for index, period in enumerate(periods, 1):
        yield period.end or (periods[index].start if index < len(periods) else end)


def _write_item(
    period: ChargingPeriod, item: CdrDimension, ends: datetime | None, unpriced: bool, to_place: ToPlace
) -> wire.CdrPeriod:
    alone = len(_items(period)) == 1
    cost = period.cost if alone else None
    price = period.item_price if alone and period.item_price is not None else _price(cost, item.volume)
    return wire.CdrPeriod(
        start_date_time=to_place(period.start),
        end_date_time=to_place(ends),
        billing_item=BILLING_ITEM.write(item.type),
        billing_value=item.volume,
        item_price=ZERO if price is None and cost is None and unpriced else price,
        period_cost=cost,
        taxrate=_tax(period.tax_percent),
    )


def _price(cost: Decimal | None, amount: Decimal | None) -> Decimal | None:
    """Cost by amount, where the division is exact; a rounded price is not ours to set."""
    if cost is None or not amount:
        return None
    with exact(PRICE_DIGITS):
        price = cost / amount
    return price if product(price, amount) == cost else None


def _tax(percent: Decimal | None) -> int | None:
    """A whole number by the schema; half a percent has no place."""
    return int(percent) if percent is not None and percent == percent.to_integral_value() else None
