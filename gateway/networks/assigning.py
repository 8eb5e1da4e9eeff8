"""Putting EVSEs into groups and taking them out: all of them, or none with the reason of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.findings import Finding, Severity
from gateway.model.ids import EvseId
from gateway.networks import listing, rules
from gateway.networks.filters import EvseFilter
from gateway.networks.ground import Ground, group_of
from gateway.networks.limits import Limits
from gateway.store import networks as store
from gateway.store import publications
from gateway.store.database import Transaction
from gateway.store.networks import GroupRow, NetworkRow, Place
from gateway.store.publications import Published


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """What an assignment did, as ids are spelled; `unchanged` were in the group before."""

    group: str
    added: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


class Assigning:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def assign(self, network: str, group: str, evses: Iterable[EvseId]) -> Assigned:
        """Puts these EVSEs into a group; in a draft network from another of its groups too.

        Raises Conflict with a finding for each EVSE that cannot be put there, and nothing is changed then.
        """
        given = {evse.compact: str(evse) for evse in evses}
        return await self._ground.write(lambda transaction: self._assigned(transaction, network, group, given))

    async def assign_all(self, network: str, group: str, wanted: EvseFilter) -> Assigned:
        """All EVSEs of the unassigned list that fit a filter."""

        def work(transaction: Transaction) -> Assigned:
            its = self._ground.network(transaction, network)
            given = {one.evse.compact: str(one.evse) for one in listing.free(transaction, its, wanted)}
            return self._assigned(transaction, its.id, group, given)

        return await self._ground.write(work)

    def _assigned(self, transaction: Transaction, network: str, group: str, given: dict[str, str]) -> Assigned:
        its = self._ground.network(transaction, network)
        target = group_of(transaction, its, group)
        return put(transaction, its, target, given, self._ground.limits(its), self._ground.stamp())

    async def unassign(self, network: str, evses: Iterable[EvseId]) -> Sequence[str]:
        """Takes EVSEs out of their groups; of a draft network alone. Raises Conflict as `assign`."""
        given = {evse.compact: str(evse) for evse in evses}

        def work(transaction: Transaction) -> Sequence[str]:
            its = self._ground.network(transaction, network)
            rules.may_unassign(its, self._ground.limits(its))
            there = store.places(transaction, its.tenant, list(given))
            rules.all_or_nothing(
                [
                    Finding(f"/{spelled}", Severity.ERROR, "not-assigned", f"it is in no group of {its.name!r}")
                    for evse, spelled in given.items()
                    if evse not in there or there[evse].network != its.id
                ]
            )
            store.removed(transaction, its.tenant, given)
            return list(given.values())

        return await self._ground.write(work)


def put(
    transaction: Transaction,
    network: NetworkRow,
    group: GroupRow,
    given: dict[str, str],
    limits: Limits,
    moment: str,
    rule: str | None = None,
) -> Assigned:
    """EVSEs (compact id → as spelled) into a group. Raises Conflict with every reason, before anything is changed."""
    there = store.places(transaction, network.tenant, list(given))
    known = publications.found(transaction, network.connection, sorted(given))
    rules.all_or_nothing(list(_reasons(network, group, given, there, known, limits)))
    same = {evse for evse, place in there.items() if place.group == group.id}
    elsewhere = {evse for evse in there if evse not in same}
    added = {evse: known[evse].spelled for evse in given if evse not in there}
    store.placed(transaction, group, network.tenant, added, rule, moment)
    store.moved(transaction, group, network.tenant, elsewhere, moment)
    return Assigned(
        group=group.name,
        added=tuple(added.values()),
        moved=tuple(given[evse] for evse in given if evse in elsewhere),
        unchanged=tuple(given[evse] for evse in given if evse in same),
    )


def _reasons(
    network: NetworkRow,
    group: GroupRow,
    given: dict[str, str],
    there: dict[str, Place],
    known: dict[str, Published],
    limits: Limits,
) -> Iterable[Finding]:
    for evse, spelled in given.items():
        if there.get(evse) is None and not _at_hub(known.get(evse)):
            text = _waits(known.get(evse), network.connection)
            yield rules.finding(text, limits.pushed, code="not-at-hub", pointer=f"/{spelled}")
            continue
        against = rules.stands_against(network, group.id, there.get(evse), limits)
        if against is not None:
            code, text, source = against
            yield rules.finding(text, source, code=code, pointer=f"/{spelled}")


def _at_hub(row: Published | None) -> bool:
    return row is not None and row.there in ("said", "yes") and (row.wanted is not None or row.broken is not None)


def _waits(row: Published | None, connection: str) -> str:
    if row is None:
        return f"it was never published to {connection}"
    return f"it is not yet at the hub: {row.held or row.words or row.state}"
