"""The registry of EVSE networks: what there is, its names, and the lists beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from gateway.hub import Hub
from gateway.model.common import Role
from gateway.model.network import EvseNetwork
from gateway.networks import listing, rules
from gateway.networks.activation import Activation
from gateway.networks.assigning import Assigning
from gateway.networks.exchange import HubSide
from gateway.networks.filters import EvseFilter
from gateway.networks.ground import Ground, group_of, network_of, new_id
from gateway.networks.limits import OPTION, limits
from gateway.networks.listing import EVERYTHING, PAGE, EvsePage
from gateway.networks.offers import NetworkOffers
from gateway.networks.pricing import Pricing
from gateway.networks.saved_filters import SavedFilters
from gateway.networks.tariffs import NetworkPrices
from gateway.store import Database
from gateway.store import networks as store
from gateway.store.database import Transaction
from gateway.store.networks import GroupRow, NetworkRow

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkView:
    """A network with what is missing for an offer: `unassigned` EVSEs are at the hub and in no group."""

    id: str
    tenant: str
    connection: str
    network: EvseNetwork
    unassigned: int

    @property
    def ready(self) -> bool:
        """Whether an offer would leave nothing without a price."""
        return self.unassigned == 0 and any(group.evses for group in self.network.groups)


class EvseNetworks:
    """`gateway.networks`. Networks are named by name or id, groups by name or id in their network.

    What a rule of the hub forbids raises `Conflict` with the rule and its source; nothing is changed then. Made with
    wrong settings it raises Invalid.
    """

    def __init__(
        self,
        database: Database,
        hubs: Mapping[str, Hub],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        priced_zero: Callable[[str], None] = lambda connection: None,
    ) -> None:
        own = {name: hub for name, hub in hubs.items() if hub.connection.role is Role.CPO}
        for hub in own.values():
            if OPTION in hub.connection.options:
                limits(hub.connection)
        self._ground = Ground(database, own, now, priced_zero)
        self.filters = SavedFilters(self._ground)
        self.offers = NetworkOffers(self._ground)
        self.hub_side = HubSide(self._ground)
        assigning = Assigning(self._ground)
        self.assign, self.assign_all, self.unassign = assigning.assign, assigning.assign_all, assigning.unassign
        activation = Activation(self._ground, self.hub_side)
        self.plan_activation, self.activate = activation.plan, activation.activate
        self.price_of = Pricing(self._ground).price_of
        self.tariffs = NetworkPrices(self._ground).tariffs

    # --- networks ------------------------------------------------------------------------------------------------

    async def create(
        self, connection: str, name: str, *, description: str | None = None, groups: Sequence[str] = ()
    ) -> NetworkView:
        """A draft network of the account's operator. Raises Invalid for its names, Conflict for one that is taken."""
        account = self._ground.hub(connection).connection
        allowed = limits(account)
        rules.checked_name(name, allowed.network_name, "network")
        row = NetworkRow(
            id=new_id(),
            tenant=account.tenant,
            connection=connection,
            operator=account.party.compact,
            name=name,
            description=rules.checked_description(description, allowed.description),
            created_at=self._ground.stamp(),
            changed_at=self._ground.stamp(),
        )

        def work(transaction: Transaction) -> NetworkView:
            if store.listed(transaction, connection=connection, operator=row.operator, name=name):
                raise rules.taken("network", name, allowed)
            store.add_network(transaction, row)
            for group in groups:
                self._add_group(transaction, row, group, None)
            return self._view(transaction, row)

        return await self._ground.write(work)

    async def listed(self, connection: str = "") -> Sequence[NetworkView]:
        def work(transaction: Transaction) -> Sequence[NetworkView]:
            rows = store.listed(transaction, connection=connection)
            return [self._view(transaction, row) for row in rows if row.connection in self._ground.hubs]

        return await self._ground.database.read(work)

    async def show(self, network: str) -> NetworkView:
        """Raises Invalid where there is none of that name."""
        return await self._read(network, self._view)

    async def rename(self, network: str, name: str) -> NetworkView:
        def work(transaction: Transaction, row: NetworkRow) -> NetworkView:
            allowed = self._ground.limits(row)
            rules.checked_name(name, allowed.network_name, "network")
            rules.may_rename(row, allowed, "network")
            same = store.listed(transaction, connection=row.connection, operator=row.operator, name=name)
            if any(other.id != row.id for other in same):
                raise rules.taken("network", name, allowed)
            store.change_network(transaction, row.id, name=name, changed_at=self._ground.stamp())
            return self._view(transaction, self._ground.network(transaction, row.id))

        return await self._on(network, work)

    async def delete(self, network: str) -> None:
        """A draft with everything in it; its EVSEs are in no group then."""

        def work(transaction: Transaction, row: NetworkRow) -> None:
            evses = sum(store.counted(transaction, row.id).values())
            rules.may_delete(row, self._ground.limits(row), "network", evses)
            store.drop_network(transaction, row.id)

        await self._on(network, work)

    # --- groups --------------------------------------------------------------------------------------------------

    async def add_group(self, network: str, name: str, *, description: str | None = None) -> NetworkView:
        def work(transaction: Transaction, row: NetworkRow) -> NetworkView:
            self._add_group(transaction, row, name, description)
            return self._view(transaction, row)

        return await self._on(network, work)

    def _add_group(self, transaction: Transaction, row: NetworkRow, name: str, description: str | None) -> None:
        allowed = self._ground.limits(row)
        rules.checked_name(name, allowed.group_name, "group")
        rules.checked_description(description, allowed.description)
        self._free_name(transaction, row, name)
        group = GroupRow(
            id=new_id(), network=row.id, name=name, description=description, created_at=self._ground.stamp()
        )
        store.add_group(transaction, group)

    def _free_name(self, transaction: Transaction, row: NetworkRow, name: str, but: str = "") -> None:
        """Raises Conflict where another group of the network has it."""
        if any(group.name == name and group.id != but for group in store.groups_of(transaction, row.id)):
            raise rules.taken("group", name, self._ground.limits(row))

    async def rename_group(self, network: str, group: str, name: str) -> NetworkView:
        def work(transaction: Transaction, row: NetworkRow) -> NetworkView:
            its, allowed = group_of(transaction, row, group), self._ground.limits(row)
            rules.checked_name(name, allowed.group_name, "group")
            rules.may_rename(row, allowed, "group")
            self._free_name(transaction, row, name, but=its.id)
            store.change_group(transaction, its.id, name=name)
            return self._view(transaction, row)

        return await self._on(network, work)

    async def delete_group(self, network: str, group: str) -> NetworkView:
        """Its EVSEs are unassigned then."""

        def work(transaction: Transaction, row: NetworkRow) -> NetworkView:
            its = group_of(transaction, row, group)
            evses = store.counted(transaction, row.id).get(its.id, 0)
            rules.may_delete(row, self._ground.limits(row), "group", evses)
            store.drop_group(transaction, its.id)
            return self._view(transaction, row)

        return await self._on(network, work)

    # --- lists ---------------------------------------------------------------------------------------------------

    async def unassigned(
        self, network: str, wanted: EvseFilter = EVERYTHING, *, after: str = "", size: int = PAGE
    ) -> EvsePage:
        """What the hub has accepted and no group holds."""
        return await self._read(network, lambda t, row: listing.unassigned(t, row, wanted, after, size))

    async def assigned(
        self, network: str, wanted: EvseFilter = EVERYTHING, *, after: str = "", size: int = PAGE
    ) -> EvsePage:
        return await self._read(network, lambda t, row: listing.assigned(t, row, wanted, after, size))

    async def not_yet_at_hub(
        self, network: str, wanted: EvseFilter = EVERYTHING, *, after: str = "", size: int = PAGE
    ) -> EvsePage:
        """What is published and not accepted: it cannot be assigned."""
        return await self._read(network, lambda t, row: listing.not_yet_at_hub(t, row, wanted, after, size))

    # --- the ways in ---------------------------------------------------------------------------------------------

    async def _on(self, network: str, work: Callable[[Transaction, NetworkRow], T]) -> T:
        """One change of a network, with its row locked."""
        ground = self._ground
        return await ground.write(lambda transaction: work(transaction, ground.network(transaction, network)))

    async def _read(self, network: str, work: Callable[[Transaction, NetworkRow], T]) -> T:
        ground = self._ground
        return await ground.database.read(lambda transaction: work(transaction, ground.seen(transaction, network)))

    def _view(self, transaction: Transaction, row: NetworkRow) -> NetworkView:
        account = self._ground.hub(row.connection).connection
        return NetworkView(
            id=row.id,
            tenant=row.tenant,
            connection=row.connection,
            network=network_of(transaction, row, account.party),
            unassigned=listing.number_free(transaction, row),
        )
