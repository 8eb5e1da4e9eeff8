"""What a message of one hub cannot know and another demands: given beside it, and filled in only where it is silent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any, TypeVar

from gateway.exact import product, rounded, total
from gateway.model.cdr import Cdr, CdrDimension, ChargingPeriod, Dimension
from gateway.model.common import Reason
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.location import Location
from gateway.model.messages import EvseStatusReport
from gateway.model.session import SessionIds
from gateway.model.tariff import PriceComponent, Tariff, TariffDimension, TariffRestrictions
from gateway.model.token import Token

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Canonical values by name. `locations` are looked up by EVSE id for the place of a CDR."""

    transaction: str | None = None
    partner: PartyId | None = None
    operator: PartyId | None = None
    operator_name: str | None = None
    provider: PartyId | None = None
    evse: EvseId | None = None
    session: SessionIds = SessionIds()
    sessions: Mapping[str, SessionIds] = field(default_factory=dict)
    """Session ids of each CDR of a batch, by the CDR's id; `session` is for a message about one."""
    token: Token | None = None
    reason: Reason | None = None
    service_id: str | None = None
    at: datetime | None = None
    cdr: Cdr | None = None
    tariff: Tariff | None = None
    """Rates a CDR that names no price for what it counts."""
    locations: tuple[Location, ...] = ()


def filled(message: T, context: Context) -> T:
    """`message` with what `context` knows, where it says nothing itself."""
    message = _filled_fields(message, {one.name: getattr(context, one.name) for one in fields(context)})
    cdr, cdrs, statuses = (getattr(message, name, None) for name in ("cdr", "cdrs", "statuses"))
    if cdr is not None:
        message = _with(message, "cdr", _cdr(cdr, context, context.session))
    if cdrs:
        alone = context.session if len(cdrs) == 1 else SessionIds()
        message = _with(message, "cdrs", tuple(_cdr(one, context, alone) for one in cdrs))
    if statuses:
        message = _with(message, "statuses", tuple(_status(report, context) for report in statuses))
    return message


def _with(value: T, name: str, member: Any) -> T:
    return replace(value, **{name: member})  # type: ignore[type-var]


def _filled_fields(value: T, known: dict[str, Any]) -> T:
    own = {one.name for one in fields(value)} - {"cdr"}  # type: ignore[arg-type]
    members = {name: merged(getattr(value, name), given) for name, given in known.items() if name in own}
    return replace(value, **members)  # type: ignore[type-var]


def _cdr(cdr: Cdr, context: Context, session: SessionIds) -> Cdr:
    about = {name: getattr(context, name) for name in ("operator", "provider", "evse", "token")}
    about["session"] = context.sessions.get(cdr.id or "", session)
    cdr = _filled_fields(merged(cdr, context.cdr), about)
    place = merged(cdr.place, place_of(cdr.evse, context.locations))
    return rated(replace(cdr, place=place), context.tariff)


def _status(report: EvseStatusReport, context: Context) -> EvseStatusReport:
    about = {"operator": context.operator, "operator_name": context.operator_name, "at": context.at}
    return _filled_fields(report, about)


def place_of(evse: EvseId | None, locations: Iterable[Location]) -> Location | None:
    """The location of an EVSE, with this EVSE alone."""
    for location in locations:
        for candidate in location.evses:
            if evse is not None and candidate.evse_id == evse:
                return replace(location, evses=(candidate,))
    return None


def rated(cdr: Cdr, tariff: Tariff | None) -> Cdr:
    """The CDR with a priced period for each component of the tariff; one that has prices already stays as it is.

    So does one whose price depends on what its CDR does not tell: restrictions, or a total beyond the tariff's bounds.
    """
    if tariff is None or any(period.item_price is not None for period in cdr.periods):
        return cdr
    if any(element.restrictions not in (None, TariffRestrictions()) for element in tariff.elements):
        return cdr
    first: dict[TariffDimension, PriceComponent] = {}
    for component in (each for element in tariff.elements for each in element.price_components):
        first.setdefault(component.type, component)
    if not first.keys() <= _COUNTED.keys():
        return cdr
    periods = tuple(period for component in first.values() if (period := _priced(cdr, component)) is not None)
    if not _within(total(period.cost or Decimal() for period in periods), tariff):
        return cdr
    return replace(cdr, periods=periods or cdr.periods, currency=cdr.currency or tariff.currency)


def _within(cost: Decimal, tariff: Tariff) -> bool:
    least, most = (price.excl_vat if price else None for price in (tariff.min_price, tariff.max_price))
    return (least is None or cost >= least) and (most is None or cost <= most)


_COUNTED = {
    TariffDimension.ENERGY: Dimension.ENERGY,
    TariffDimension.TIME: Dimension.TIME,
    TariffDimension.PARKING_TIME: Dimension.PARKING_TIME,
    TariffDimension.FLAT: Dimension.SERVICE_FEE,
}
_STEPS_A_UNIT = {TariffDimension.ENERGY: 1000, TariffDimension.TIME: 3600, TariffDimension.PARKING_TIME: 3600}


def _priced(cdr: Cdr, component: PriceComponent) -> ChargingPeriod | None:
    dimension = _COUNTED[component.type]
    counted = _volume(cdr, dimension)
    if counted is None:
        return None
    volume = _in_steps(counted, component)
    return ChargingPeriod(
        start=cdr.start,
        end=cdr.end,
        dimensions=(CdrDimension(type=dimension, volume=volume),),
        item_price=component.price,
        cost=product(volume, component.price),
        tax_percent=component.vat,
    )


def _volume(cdr: Cdr, dimension: Dimension) -> Decimal | None:
    """kWh, hours, or one piece; None where the CDR does not count it."""
    if dimension is Dimension.ENERGY:
        return cdr.energy_kwh
    if dimension is Dimension.TIME and cdr.start and cdr.end:
        return Decimal(int((cdr.end - cdr.start).total_seconds())) / 3600
    if dimension is Dimension.PARKING_TIME:
        return cdr.total_parking_hours
    return Decimal(1) if dimension is Dimension.SERVICE_FEE else None


def _in_steps(volume: Decimal, component: PriceComponent) -> Decimal:
    """Begun steps count (OCPI 2.2.1, 11.4.1 step_size); a step of one Wh or second is none."""
    a_unit = _STEPS_A_UNIT.get(component.type)
    if a_unit is None or component.step_size is None or component.step_size <= 1:
        return volume
    steps = rounded(product(volume, a_unit) / component.step_size, Decimal(1), ROUND_CEILING)
    return product(steps, component.step_size) / a_unit


def merged(value: T, given: Any) -> T:
    """`value`, completed leaf by leaf from `given` where it is empty."""
    if given is None or given in ((), {}):
        return value
    if value is None or value in ((), {}):
        return given  # type: ignore[no-any-return]
    if is_dataclass(value) and type(value) is type(given) and not isinstance(value, (PartyId, EvseId, ContractId)):
        members = {one.name: merged(getattr(value, one.name), getattr(given, one.name)) for one in fields(value)}
        return replace(value, **members)  # type: ignore[type-var]
    return value
