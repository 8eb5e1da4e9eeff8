"""A registry of EVSE networks over a fleet that a simulated hub is said to have, and an offer for it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.canonical import to_json
from gateway.model.ids import EvseId
from gateway.model.location import Location
from gateway.model.network import (
    GroupPrice,
    Offer,
    OfferedService,
    PriceKind,
    PriceSet,
    PriceUnit,
    PricingComponent,
    TimePlan,
    TimeSlot,
)
from gateway.networks import EvseNetworks
from gateway.store import Database, publications
from gateway.store.publications import Published
from tests.support.publishing import BEGIN, Stand, connection, evse_id, place, stand

HUB = "hubject"
DAY = 86_400


@dataclass
class Bench:
    """`moment` is the time everywhere; `zero` counts who was asked for a price that is nothing."""

    database: Database
    options: dict[str, Any] = field(default_factory=dict)
    moment: datetime = BEGIN
    zero: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stand: Stand = stand(self.database, [connection(options={"networks": self.options})])
        self.networks = EvseNetworks(self.database, self.stand.hubs, lambda: self.moment, self.zero.append)

    async def fleet(self, places: Iterable[Location], **facts: Any) -> None:
        """EVSEs as the hub has accepted them; `facts` change the rows."""
        rows = [published(one, **facts) for one in places]
        await self.database.write(lambda transaction: publications.added(transaction, rows))

    async def network(self, *groups: str, name: str = "Net", count: int = 0) -> str:
        """A network with groups, beside `count` EVSEs at the hub. Returns its id."""
        if count:
            await self.fleet(place(number) for number in range(1, count + 1))
        return (await self.networks.create(HUB, name, groups=groups)).id

    async def inside(self, network: str) -> dict[str, list[str]]:
        """The EVSEs of each group."""
        view = await self.networks.show(network)
        return {group.name or "": [str(evse) for evse in group.evses] for group in view.network.groups}

    async def free(self, network: str) -> list[str]:
        return [str(row.evse) for row in (await self.networks.unassigned(network, size=10_000)).rows]


def published(location: Location, **facts: Any) -> Published:
    evse = location.evses[0].evse_id
    assert evse is not None
    assert evse.party is not None
    row = Published(
        connection=HUB,
        evse=evse.compact,
        spelled=str(evse),
        operator=evse.party.compact,
        document=json.dumps(to_json(location)),
        wanted="digest",
        accepted="digest",
        there="yes",
        state="current",
        changed_at="2026-03-01T12:00:00.000000+00:00",
    )
    return replace(row, **facts)


def ids(*numbers: int) -> list[EvseId]:
    return [evse_id(number) for number in numbers]


def names(*numbers: int) -> list[str]:
    return [str(evse_id(number)) for number in numbers]


# --- offers ------------------------------------------------------------------------------------------------------


def price_set(
    name: str, cost: str, kind: PriceKind = PriceKind.ENERGY, unit: PriceUnit = PriceUnit.KILOWATT_HOUR
) -> Any:
    component = PricingComponent(kind=kind, unit=unit, cost=Decimal(cost))
    return PriceSet(name=name, currency="EUR", components=(component,))


def always(group: str, price: str) -> GroupPrice:
    """The same price all the time."""
    slot = TimeSlot(begin=0, end=DAY, price_set=price)
    return GroupPrice(
        group_name=group, currency="EUR", plans=(TimePlan(weekdays=(1, 2, 3, 4, 5, 6, 7), slots=(slot,)),)
    )


def offer(*prices: GroupPrice, sets: Iterable[PriceSet] = (), **more: Any) -> Offer:
    """An unlimited offer to all, from tomorrow on."""
    given: dict[str, Any] = {
        "reference": "Summer",
        "service": OfferedService.AUTHORIZATION,
        "valid_from": BEGIN + timedelta(days=1),
        "unlimited": True,
        "cancellation_days": 30,
        "lead_days": 15,
        "minimum_days": 1,
        "to_all": True,
        "price_sets": tuple(sets) or (price_set("day", "0.40"),),
        "prices": prices,
        **more,
    }
    return Offer(**given)


LATER = datetime(2026, 3, 10, 12, tzinfo=UTC)
"""When the offer is in force."""
