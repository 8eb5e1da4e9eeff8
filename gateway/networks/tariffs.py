"""The prices of an offer as OCPI tariffs, for hubs and partners that know no networks: one tariff for each group.

NGP prices by kWh, minute, hour or session; an OCPI tariff by kWh, hour or once. What has no place is named as a loss.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from gateway.exact import product
from gateway.findings import Loss, LossKind
from gateway.model.ids import EvseId, PartyId
from gateway.model.location import Connector, Evse, Location
from gateway.model.messages import EvseTariffs
from gateway.model.network import (
    GroupPrice,
    Offer,
    PriceKind,
    PriceSet,
    PriceUnit,
    PricingComponent,
    TimePlan,
    TimeSlot,
)
from gateway.model.tariff import PriceComponent, Tariff, TariffDimension, TariffElement, TariffRestrictions, TariffType
from gateway.networks.ground import Ground
from gateway.networks.offers import offer_of, view
from gateway.store import networks as store
from gateway.store.database import Transaction

_DAY, _MINUTE, _WEEK = 86_400, 60, 7
_TIMED = (TariffDimension.TIME, TariffDimension.PARKING_TIME)
_LONGEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkTariffs:
    """One tariff for each group, the EVSEs that it applies to, and what an OCPI tariff cannot say."""

    tariffs: tuple[Tariff, ...]
    assignments: tuple[EvseTariffs, ...]
    losses: tuple[Loss, ...]

    def located(self, location: Location, *, first_connector: bool = False) -> Location:
        """A location whose connectors name the tariff of their EVSE's group.

        `first_connector`: where a hub reads the price of an EVSE from its first connector alone (Gireve).
        """
        named = {one.evse: one.tariff_ids for one in self.assignments}
        evses = tuple(_named(evse, named, first_connector) for evse in location.evses)
        return replace(location, evses=evses)


def _named(evse: Evse, named: Mapping[EvseId | None, tuple[str, ...]], first: bool) -> Evse:
    if evse.evse_id not in named:
        return evse
    told = named[evse.evse_id]
    connectors: list[Connector] = list(evse.connectors)
    for index, connector in enumerate(connectors[:1] if first else connectors):
        connectors[index] = replace(connector, tariff_ids=told)
    return replace(evse, connectors=tuple(connectors))


class NetworkPrices:
    """What other hubs are told of the groups' prices."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def tariffs(self, network: str, offer: str = "") -> NetworkTariffs:
        """Of a kept offer; without a name of the last one. Raises Invalid where there is none."""

        def work(transaction: Transaction) -> NetworkTariffs:
            its = self._ground.seen(transaction, network)
            operator = self._ground.hub(its.connection).connection.party
            kept = view(its, offer_of(transaction, its, offer)).offer
            names = {price.group_id or "": tariff_id(operator, price.group_id or "") for price in kept.prices}
            written = [tariff_of(kept, price, names[price.group_id or ""], operator) for price in kept.prices]
            return NetworkTariffs(
                tariffs=tuple(tariff for tariff, _ in written),
                assignments=tuple(
                    EvseTariffs(evse=EvseId.read(place.spelled), operator=operator, tariff_ids=(names[place.group],))
                    for place in store.members(transaction, its.id)
                    if place.group in names
                ),
                losses=tuple(loss for _, losses in written for loss in losses),
            )

        return await self._ground.database.read(work)


def tariff_id(operator: PartyId, group: str) -> str:
    """`NLLONT3F2A…`: short enough for OCPI, OCHP and OICP, and the same as long as the group is there."""
    return f"{operator.compact}T{group[:_LONGEST].upper()}"


def tariff_of(offer: Offer, price: GroupPrice, name: str, operator: PartyId) -> tuple[Tariff, Sequence[Loss]]:
    """(the tariff of one group, what it cannot say)."""
    sets = {one.name: one for one in offer.price_sets}
    losses: list[Loss] = []
    spans = [(plan, slot) for plan in price.plans for slot in plan.slots]
    elements = [element for plan, slot in spans for element in _elements(plan, slot, sets, losses)]
    tariff = Tariff(
        id=name,
        currency=price.currency,
        type=TariffType.REGULAR,
        operator=operator,
        elements=tuple(elements),
        start=offer.valid_from,
        end=offer.valid_to,
    )
    return tariff, list(dict.fromkeys(losses))


def _elements(
    plan: TimePlan, slot: TimeSlot, sets: Mapping[str | None, PriceSet], losses: list[Loss]
) -> Iterator[TariffElement]:
    named = sets.get(slot.price_set)
    components = slot.components or (named.components if named is not None else ())
    path = f"price_sets.{slot.price_set}.components"
    written = [_component(one, f"{path}.{index}", losses) for index, one in enumerate(components)]
    told = tuple(one for one in written if one is not None)
    if told:
        yield TariffElement(price_components=told, restrictions=_restrictions(plan, slot, losses))


def _restrictions(plan: TimePlan, slot: TimeSlot, losses: list[Loss]) -> TariffRestrictions | None:
    """In minutes; a slot that begins or ends within a minute is narrowed to whole ones."""
    begin, end = slot.begin or 0, _DAY if slot.end is None else slot.end
    for name, second in (("begin", begin), ("end", end)):
        if second % _MINUTE:
            reason = "a tariff changes at whole minutes"
            losses.append(Loss(LossKind.NARROWED, f"slots.{name}", "start_time", second, second // _MINUTE, reason))
    all_day, all_week = begin == 0 and end == _DAY, len(set(plan.weekdays)) == _WEEK
    if all_day and all_week:
        return None
    return TariffRestrictions(
        start_time=None if all_day else begin // _MINUTE,
        end_time=None if all_day else end // _MINUTE,
        weekdays=() if all_week else plan.weekdays,
    )


def _component(component: PricingComponent, path: str, losses: list[Loss]) -> PriceComponent | None:
    def lost(field: str, value: object, reason: str) -> None:
        losses.append(Loss(LossKind.DROPPED, f"{path}.{field}", "", value, None, reason))

    kind, price = _dimension(component.kind), _price(component)
    if kind is None or price is None:
        lost("kind", component.kind, "an OCPI tariff has no such component: it prices by kWh, by time, or once")
        return None
    if component.grace_minutes:
        lost("grace_minutes", component.grace_minutes, "an OCPI tariff has no free first minutes of a component")
    if component.counted_from is not None:
        lost("counted_from", component.counted_from, "in OCPI the dimension says what is counted")
    return PriceComponent(type=kind, price=price)


def _dimension(kind: PriceKind | None) -> TariffDimension | None:
    return TariffDimension(kind.value) if kind is not None and kind is not PriceKind.BLOCKING_FEE else None


def _price(component: PricingComponent) -> Decimal | None:
    """Per kWh, hour or session; None where unit and component do not fit."""
    kind, unit, cost = _dimension(component.kind), component.unit, component.cost
    if cost is None:
        return None
    if kind in _TIMED:
        factor = {PriceUnit.MINUTE: 60, PriceUnit.HOUR: 1}.get(unit) if unit is not None else None
        return product(cost, Decimal(factor)) if factor is not None else None
    wanted = {TariffDimension.ENERGY: PriceUnit.KILOWATT_HOUR, TariffDimension.FLAT: PriceUnit.NONE}
    return cost if kind is not None and wanted[kind] is unit else None
