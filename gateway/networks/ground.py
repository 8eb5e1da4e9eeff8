"""What every part of the registry of networks stands on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import uuid4

from sqlalchemy.exc import IntegrityError

from gateway.errors import UnknownConnection
from gateway.hub import Hub
from gateway.model.ids import EvseId, PartyId
from gateway.model.network import EvseGroup, EvseNetwork, NetworkState
from gateway.networks.limits import Limits, limits
from gateway.networks.rules import refused, wrong
from gateway.store import Database
from gateway.store import networks as store
from gateway.store.database import Transaction, stamp
from gateway.store.networks import GroupRow, NetworkRow

T = TypeVar("T")


@dataclass(frozen=True)
class Ground:
    """The store, the hubs of a CPO by connection, the clock, and who hears of a price that is zero."""

    database: Database
    hubs: Mapping[str, Hub]
    now: Callable[[], datetime]
    priced_zero: Callable[[str], None]

    def hub(self, connection: str) -> Hub:
        """Raises UnknownConnection."""
        if connection not in self.hubs:
            raise UnknownConnection(f"there is no connection {connection!r} of a CPO")
        return self.hubs[connection]

    def limits(self, network: NetworkRow) -> Limits:
        return limits(self.hub(network.connection).connection)

    def stamp(self) -> str:
        return stamp(self.now())

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """As the database does. Raises Conflict where another caller was quicker with the same name or EVSE."""
        try:
            return await self.database.write(work)
        except IntegrityError as error:
            raise refused("somebody else has just taken this name or this EVSE; look again", code="raced") from error

    def network(self, transaction: Transaction, name: str) -> NetworkRow:
        """A network by its id or name, to be changed. Raises Invalid where there is none, or several of that name."""
        seen = self.seen(transaction, name)
        return store.locked(transaction, seen.id) or seen

    def seen(self, transaction: Transaction, name: str) -> NetworkRow:
        """As `network`, to be read."""
        if not name:
            raise wrong("a network is named by its name or id, nothing is given", "/network")
        found = store.listed(transaction, network=name) or store.listed(transaction, name=name)
        if not found:
            raise wrong(f"there is no network {name!r}", "/network")
        if len(found) > 1:
            where = ", ".join(f"{one.connection}: {one.id}" for one in found)
            raise wrong(f"there are several networks {name!r}; name one by its id: {where}", "/network")
        return found[0]


def group_of(transaction: Transaction, network: NetworkRow, name: str) -> GroupRow:
    """A group by its id or name. Raises Invalid."""
    for row in store.groups_of(transaction, network.id):
        if name in (row.id, row.name):
            return row
    raise wrong(f"the network {network.name!r} has no group {name!r}", "/group")


def network_of(transaction: Transaction, row: NetworkRow, operator: PartyId) -> EvseNetwork:
    """The network as the model has it, ids of the hub."""
    inside: dict[str, list[EvseId]] = {}
    for place in store.members(transaction, row.id):
        evse = EvseId.read(place.spelled)
        if evse is not None:
            inside.setdefault(place.group, []).append(evse)
    return EvseNetwork(
        id=row.hub_id,
        name=row.name,
        description=row.description,
        operator=operator,
        state=NetworkState(row.state),
        groups=tuple(
            EvseGroup(
                id=group.hub_id,
                name=group.name,
                description=group.description,
                evses=tuple(inside.get(group.id, ())),
            )
            for group in store.groups_of(transaction, row.id)
        ),
        created_at=datetime.fromisoformat(row.created_at),
    )


def new_id() -> str:
    return uuid4().hex
