"""The EVSE networks that the simulated hub holds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.findings import Finding
from gateway.simulation import Desk, Partner
from gateway_oicp.ngp import wire
from gateway_oicp.simulator.places import Places, key


class Wrong(Exception):
    """A fault body: what is said, the fields that are wrong, and the HTTP status."""

    def __init__(self, text: str, broken: Sequence[Finding] = (), http: int = 400) -> None:
        super().__init__(text)
        self.broken, self.http = broken, http


@dataclass
class Group:
    """EVSEs by compact id, as they were sent."""

    id: str
    name: str
    description: str | None = None
    evses: dict[str, str] = field(default_factory=dict)


@dataclass
class Network:
    id: str
    owner: str
    name: str
    description: str | None
    created_at: datetime
    groups: list[Group] = field(default_factory=list)

    def group(self, name: str | None) -> Group:
        """Raises Wrong 404."""
        for group in self.groups:
            if group.name == name:
                return group
        raise Wrong(f"EVSE group not found: {name}", http=404)

    def group_of(self, evse: str) -> Group | None:
        return next((group for group in self.groups if evse in group.evses), None)


class Networks:
    def __init__(self, desk: Desk, places: Places) -> None:
        self._desk, self._places = desk, places
        self.known: dict[str, Network] = {}
        self.is_active: Callable[[Network], bool] = lambda network: False

    def owned(self, partner: Partner) -> Iterator[Network]:
        return (network for network in self.known.values() if network.owner == str(partner.id))

    def create(self, partner: Partner, model: wire.NgpNetwork) -> wire.NgpNetwork:
        """Names are unique, and no EVSE is in another network already."""
        names = [group.group_name for group in model.evse_groups]
        if any(network.name == model.evse_network_name for network in self.owned(partner)):
            raise Wrong(f"EVSE network name is not unique: {model.evse_network_name}")
        if len(set(names)) < len(names):
            raise Wrong("EVSE group names are not unique")
        evses = [evse for group in model.evse_groups for evse in group.evse_ids]
        self._assignable(partner, evses)
        if len({*map(key, evses)}) < len(evses):
            raise Wrong("an EVSE is in two groups")
        self._free(partner, evses, None)
        network = Network(
            self._desk.new_id(),
            str(partner.id),
            model.evse_network_name or "",
            model.evse_network_description,
            self._desk.now(),
        )
        for group in model.evse_groups:
            held = {key(evse): evse for evse in group.evse_ids}
            network.groups.append(Group(self._desk.new_id(), group.group_name or "", group.group_description, held))
        self.known[network.id] = network
        return told(network)

    def assign(self, partner: Partner, model: wire.NgpAssignment) -> wire.NgpAssignment:
        """A draft is overwritten. To an active one only EVSEs without a group are added, the others stay."""
        network = next((one for one in self.owned(partner) if one.name == model.network_name), None)
        if network is None:
            raise Wrong(f"EVSE network not found: {model.network_name}", http=404)
        targets = [(network.group(one.group_name), one.evses) for one in model.groups_assignments]
        evses = [evse for _, listed in targets for evse in listed]
        self._assignable(partner, evses)
        self._free(partner, evses, network)
        active = self.is_active(network)
        for group, listed in targets:
            for evse in listed:
                before = network.group_of(key(evse))
                if before is None or not active:
                    if before is not None:
                        before.evses.pop(key(evse))
                    group.evses[key(evse)] = evse
        return wire.NgpAssignment(
            network_name=network.name,
            groups_assignments=tuple(
                wire.NgpGroupAssignment(group_name=group.name, evses=tuple(group.evses.values()))
                for group, _ in targets
            ),
        )

    def _assignable(self, partner: Partner, evses: Sequence[str]) -> None:
        """Only what was pushed, by this partner."""
        unknown = [evse for evse in evses if not self._is_pushed(partner, evse)]
        if unknown:
            raise Wrong(f"EVSEs not found: {', '.join(unknown)}")

    def _is_pushed(self, partner: Partner, evse: str) -> bool:
        held = self._places.held(evse)
        return held is not None and held.owner == str(partner.id)

    def _free(self, partner: Partner, evses: Sequence[str], but: Network | None) -> None:
        """An EVSE is in one network."""
        elsewhere = [
            evse
            for evse in evses
            if any(one is not but and one.group_of(key(evse)) is not None for one in self.owned(partner))
        ]
        if elsewhere:
            raise Wrong(f"EVSEs are in another network: {', '.join(elsewhere)}")

    def sold_for_nothing(self) -> list[str]:
        """What a partner with an active network has pushed, and no group holds."""
        owners = {network.owner for network in self.known.values() if self.is_active(network)}
        held = {evse for network in self.known.values() for group in network.groups for evse in group.evses}
        live = self._places.ledger.live()
        return [str(one.document["EvseID"]) for name, one in live if one.owner in owners and name not in held]


def told(network: Network) -> wire.NgpNetwork:
    return wire.NgpNetwork(
        id=network.id,
        evse_network_name=network.name,
        evse_network_description=network.description,
        evse_groups=tuple(
            wire.NgpGroup(
                id=group.id,
                group_name=group.name,
                group_description=group.description,
                evse_ids=tuple(group.evses.values()),
            )
            for group in network.groups
        ),
        created_at=network.created_at,
    )
