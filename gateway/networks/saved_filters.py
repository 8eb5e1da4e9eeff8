"""Filters that are kept as rules of assignment: tried in order, the first that fits says the group."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.canonical import from_json, to_json
from gateway.log import logger
from gateway.model.ids import EvseId
from gateway.networks import listing, rules
from gateway.networks.assigning import put
from gateway.networks.filters import EvseFilter, ListedEvse, fits
from gateway.networks.ground import Ground, group_of
from gateway.store import networks as store
from gateway.store.database import Transaction
from gateway.store.networks import ACTIVE, FLEET, Candidate, NetworkRow, RuleRow

_log = logger(__name__)
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFilter:
    name: str
    group: str
    filter: EvseFilter
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """What the rules say of EVSEs. `unmatched`: no rule fits, so a person has to choose."""

    network: str
    groups: dict[str, tuple[str, ...]]
    """The EVSEs for each group, by its name."""
    unmatched: tuple[str, ...] = ()


class SavedFilters:
    """`gateway.networks.filters`."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def save(self, network: str, saved: SavedFilter) -> SavedFilter:
        """In the place of one of the same name. Raises Invalid for a group that is not there."""
        if not 0 < len(saved.name.strip()) <= _LONGEST_NAME:
            raise rules.wrong(f"a rule needs a name of at most {_LONGEST_NAME} characters", "/name")

        def work(transaction: Transaction) -> SavedFilter:
            its = self._ground.network(transaction, network)
            group = group_of(transaction, its, saved.group)
            document = json.dumps(to_json(saved.filter), sort_keys=True)
            row = RuleRow(
                network=its.id, name=saved.name, position=saved.position, group=group.id, document=document
            )  # fmt: skip
            store.put_rule(transaction, row)
            return saved

        return await self._ground.write(work)

    async def delete(self, network: str, name: str) -> None:
        """Raises Invalid where there is none of that name."""

        def work(transaction: Transaction) -> None:
            its = self._ground.network(transaction, network)
            if not store.drop_rule(transaction, its.id, name):
                raise rules.wrong(f"the network {its.name!r} has no rule {name!r}", "/name")

        await self._ground.write(work)

    async def listed(self, network: str) -> Sequence[SavedFilter]:
        """In the order in which they are tried."""
        return await self._ground.database.read(
            lambda transaction: _saved(transaction, self._ground.seen(transaction, network))
        )

    async def preview(self, network: str, *, again: bool = False) -> Sorted:
        """What `apply` would do."""
        return await self._ground.database.read(
            lambda transaction: self._sorted(transaction, self._ground.seen(transaction, network), again)
        )

    async def apply(self, network: str, *, again: bool = False) -> Sorted:
        """Puts the unassigned EVSEs that a rule fits into its group; all of them, or none.

        `again` sorts those anew that are in the network already, in a draft only. What no rule fits is logged.
        """

        def work(transaction: Transaction) -> Sorted:
            its = self._ground.network(transaction, network)
            done = self._sorted(transaction, its, again)
            limits, moment = self._ground.limits(its), self._ground.stamp()
            for name, evses in done.groups.items():
                group = group_of(transaction, its, name)
                given = {_compact(evse): evse for evse in evses}
                put(transaction, its, group, given, limits, moment, rule=RULE)
            return done

        done = await self._ground.write(work)
        if done.unmatched:
            _log.warning("EVSEs that no rule fits", network=done.network, evses=list(done.unmatched))
        return done

    def _sorted(self, transaction: Transaction, network: NetworkRow, again: bool) -> Sorted:
        if again and network.state == ACTIVE:
            limits = self._ground.limits(network)
            text = f"the network {network.name!r} is active: {limits.active.note}"
            raise rules.refused(text, limits.active, code="active-network")
        saved = _saved(transaction, network)
        groups: dict[str, list[str]] = {}
        unmatched: list[str] = []
        for shown, row in _looked_at(transaction, network, again):
            group = next((one.group for one in saved if matches(shown, row, one.filter)), None)
            if group is not None:
                groups.setdefault(group, []).append(str(shown.evse))
            elif shown.group is None:
                unmatched.append(str(shown.evse))
        told = {name: tuple(evses) for name, evses in groups.items()}
        return Sorted(network=network.name, groups=told, unmatched=tuple(unmatched))


RULE = "rules"
"""What is noted of an EVSE that a saved filter has put into its group."""


def matches(shown: ListedEvse, row: Candidate, wanted: EvseFilter) -> bool:
    """A whole filter, looked at outside the database."""
    text = (wanted.evse or "").casefold()
    compact = "".join(letter for letter in text if letter.isalnum())
    return all(
        (
            not text or (compact and compact in row.evse.casefold()) or text in row.spelled.casefold(),
            wanted.operator is None or row.operator == wanted.operator.compact,
            wanted.group is None or shown.group == wanted.group,
            not wanted.looks_inside or fits(shown, row, wanted),
        )
    )


def _looked_at(transaction: Transaction, network: NetworkRow, again: bool) -> Sequence[tuple[ListedEvse, Candidate]]:
    free = list(listing.fitting(transaction, network, (store.at_hub(), FLEET["group"].is_(None)), EvseFilter()))
    if not again:
        return free
    return [*free, *listing.fitting(transaction, network, (FLEET["network"] == network.id,), EvseFilter())]


def _saved(transaction: Transaction, network: NetworkRow) -> list[SavedFilter]:
    names = {group.id: group.name for group in store.groups_of(transaction, network.id)}
    return [
        SavedFilter(
            name=row.name,
            group=names[row.group],
            filter=from_json(EvseFilter, json.loads(row.document)),
            position=row.position,
        )
        for row in store.rules_of(transaction, network.id)
    ]


def _compact(evse: str) -> str:
    found = EvseId.read(evse)
    return found.compact if found is not None else evse
