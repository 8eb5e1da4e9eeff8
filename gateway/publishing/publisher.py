"""The fleet → hubs: what each hub should show of our EVSEs, kept in rows from which pushes are planned.

`publish` inserts and updates and removes nothing; `retire` removes; only a full load that was asked for by name
replaces everything. Nothing is sent from here: the outbox sends what the planner makes of the rows.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from sqlalchemy.exc import IntegrityError, OperationalError

from gateway.delivery.taking import Hold
from gateway.errors import ForeignOperator, UnknownConnection, Unsupported
from gateway.hub import Hub
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway.model.location import Location
from gateway.model.messages import Locations
from gateway.publishing import full_load, reasons, statuses
from gateway.publishing.comparing import (
    Collected,
    Prepared,
    chunks,
    compared,
    given_ids,
    missing,
    prepared,
    report,
    retired,
    stored,
    unknown_operator,
)
from gateway.publishing.planning import PublicationPlanner, cpo_hubs, nothing_holds
from gateway.publishing.records import singles, takes_data
from gateway.publishing.results import Broken, FullLoad, Held, RemovalRefused, Report, StatusTaken
from gateway.publishing.settling import retried
from gateway.publishing.stranded import settled_late
from gateway.store import Database, publications
from gateway.store.database import Transaction, stamp
from gateway.store.publications import Published

MOST_REMOVED = "publish_most_removed"
"""Connection option: the share of an operator's EVSEs that `complete` may remove without being confirmed."""
MOST_REMOVED_SHARE = 0.1
_TRIES = 3
T = TypeVar("T")


class Publisher:
    """`hubs` by connection name; `hold` says why nothing of an operator may go out; `wake` is told of new work.

    `planner` is what the outbox asks.
    """

    def __init__(
        self,
        database: Database,
        hubs: Mapping[str, Hub],
        hold: Hold = nothing_holds,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        wake: Callable[[], None] | None = None,
    ) -> None:
        self.database, self._hubs, self.now, self._wake = database, cpo_hubs(hubs), now, wake
        self.planner = PublicationPlanner(hubs, hold, now)

    # --- data ----------------------------------------------------------------------------------------------------

    async def publish(
        self,
        locations: Iterable[Location],
        *,
        connections: Sequence[str] | None = None,
        tenant: str = "default",
        complete: PartyId | None = None,
        confirm: bool = False,
    ) -> Report:
        """Makes every hub that carries a location's operator show its EVSEs as they are given.

        With `complete` they are all there is of that operator, and what is missing is removed. Broken EVSEs are named
        in the report and do not stop the others. Raises RemovalRefused (unless `confirm`), ForeignOperator where
        nothing given is of an operator of ours, UnknownConnection.
        """
        return await self._published(locations, self.targets(tenant, connections), complete, confirm, writing=True)

    async def preview(
        self,
        locations: Iterable[Location],
        *,
        connections: Sequence[str] | None = None,
        tenant: str = "default",
        complete: PartyId | None = None,
    ) -> Report:
        """What `publish` would change; with `complete` also what it would remove, however much."""
        return await self._published(locations, self.targets(tenant, connections), complete, True, writing=False)

    async def retire(
        self, evses: Iterable[EvseId], *, connections: Sequence[str] | None = None, tenant: str = "default"
    ) -> Report:
        """Removes EVSEs from every hub that shows them."""
        names = [evse.compact for evse in evses]
        hubs = self.targets(tenant, connections)
        removals = {name: await self._retired(hub, names, writing=True) for name, hub in hubs.items()}
        self.woken()
        return report(removals, ())

    async def _published(
        self,
        locations: Iterable[Location],
        hubs: Mapping[str, Hub],
        complete: PartyId | None,
        confirm: bool,
        *,
        writing: bool,
    ) -> Report:
        gone: Mapping[str, Sequence[str]] = {}
        if complete is not None:
            locations = tuple(locations)
            gone = await self._missing(locations, hubs, complete, confirm)
        found = {name: Collected() for name in hubs}
        broken = await self._taken(locations, hubs, found, writing=writing)
        for name, evses in gone.items():
            found[name].add(await self._retired(hubs[name], evses, writing=writing))
        self.woken()
        return report(found, broken)

    async def _taken(
        self, locations: Iterable[Location], hubs: Mapping[str, Hub], found: Mapping[str, Collected], *, writing: bool
    ) -> list[Broken]:
        """Chunk by chunk, so that memory does not grow with the fleet. Raises ForeignOperator."""
        broken: list[Broken] = []
        seen: dict[str, int] = {}
        given = foreign = 0
        for places in chunks(singles(locations)):
            some = await asyncio.to_thread(prepared, places, hubs, seen)
            given, foreign = given + len(places), foreign + some.foreign
            broken += some.broken
            for name, hub in hubs.items():
                found[name].add(await self._kept(hub, some, writing=writing))
        if given and foreign == given:
            raise ForeignOperator(broken[0].findings[0].text)
        return broken

    async def _kept(self, hub: Hub, some: Prepared, *, writing: bool) -> Collected:
        name, now = hub.connection.name, stamp(self.now())

        def work(transaction: Transaction) -> Collected:
            done = compared(transaction, hub, some.records[name], now, writing=writing)
            done.add(retired(transaction, hub, some.removed[name], now, writing=writing))
            return done

        return await (self.write(work) if writing else self.database.read(work))

    async def _retired(self, hub: Hub, evses: Sequence[str], *, writing: bool) -> Collected:
        now = stamp(self.now())
        run = self.write if writing else self.database.read
        return await run(lambda transaction: retired(transaction, hub, evses, now, writing=writing))

    async def _missing(
        self, locations: Sequence[Location], hubs: Mapping[str, Hub], operator: PartyId, confirm: bool
    ) -> dict[str, list[str]]:
        """What is to be removed at each connection. Raises RemovalRefused before anything is changed."""
        carrying = {name: hub for name, hub in hubs.items() if hub.connection.carries(operator)}
        if not carrying:
            raise ForeignOperator(unknown_operator(operator))
        given = given_ids(singles(locations))
        found = await self.database.read(lambda t: {name: missing(t, name, operator, given) for name in carrying})
        for name, gone in found.items():
            most = float(carrying[name].connection.options.get(MOST_REMOVED, MOST_REMOVED_SHARE))
            if not confirm and gone.is_too_much(most):
                raise RemovalRefused(name, str(operator), [row.spelled for row in gone.rows], gone.known, most)
        return {name: [row.evse for row in gone.rows] for name, gone in found.items()}

    async def recheck(self) -> int:
        """Looks again at what is held back by its record or by a filter, as when settings have changed, and at what
        waits for a push that is over. Returns how many EVSEs are held back no longer, and how many pushes it were.
        """
        freed = 0
        for name, hub in self._hubs.items():
            freed += await self.write(partial(settled_late, hub=hub, moment=stamp(self.now())))
            rows = await self.database.read(partial(publications.listed, connection=name, states=("held",)))
            for some in chunks(iter(rows)):
                freed += await self._rechecked(hub, some)
        if freed:
            self.woken()
        return freed

    async def _rechecked(self, hub: Hub, rows: Sequence[Published]) -> int:
        places = [place for row in rows if (place := stored(row)) is not None]
        some = await asyncio.to_thread(prepared, places, {hub.connection.name: hub})
        return len(places) - len((await self._kept(hub, some, writing=True)).held)

    # --- statuses ------------------------------------------------------------------------------------------------

    async def publish_status(
        self,
        evse: EvseId,
        status: EvseStatus,
        at: datetime,
        until: datetime | None = None,
        *,
        tenant: str = "default",
    ) -> Sequence[StatusTaken]:
        """The newest status of one EVSE, for every hub that carries its operator. Raises ForeignOperator."""
        carrying = [hub for hub in self.targets(tenant, None).values() if hub.connection.carries(evse.party)]
        if evse.party is None or not carrying:
            raise ForeignOperator(unknown_operator(evse.party) if evse.party else f"{evse} is no EVSE id")
        told = statuses.Told(evse, status, stamp(at), stamp(until) if until else None)
        now = stamp(self.now())
        taken = await self.write(lambda transaction: statuses.taken(transaction, carrying, told, now))
        self.woken()
        return taken

    # --- full load -----------------------------------------------------------------------------------------------

    async def full_load(
        self, connection: str, *, view: Locations | None = None, confirm: bool = False, confirm_loss: bool = False
    ) -> FullLoad:
        """The preview of a full load; with `confirm` it is also asked for. Raises Invalid, Unsupported.

        Raises LossRefused without `confirm_loss` where too much would go, or nobody knows how much.
        """
        hub = self.hub(connection)
        if not takes_data(hub):
            raise Unsupported(f"{hub.profile.title} takes no EVSE data over this protocol, only statuses")
        shown = full_load.shown(hub, view) if view is not None else None
        now = stamp(self.now())

        def work(transaction: Transaction) -> FullLoad:
            found = full_load.preview(transaction, hub, self.planner.held(transaction, hub), shown)
            if not confirm:
                return found
            full_load.asked(transaction, found, now, confirm_loss=confirm_loss)
            return replace(found, planned=True)

        found = await (self.write(work) if confirm else self.database.read(work))
        self.woken()
        return found

    # --- what is held back ---------------------------------------------------------------------------------------

    async def held(self, evse: EvseId | None = None, connection: str | None = None) -> Sequence[Held]:
        """Why EVSEs are not, or not as we want them, at hubs. Raises UnknownConnection."""
        hubs = [self.hub(connection)] if connection else list(self._hubs.values())
        name = evse.compact if evse else ""
        return await self.database.read(
            lambda transaction: [
                one
                for hub in hubs
                for one in reasons.reasons(transaction, hub, self.planner.held(transaction, hub), name)
            ]
        )

    async def show(self, evse: EvseId) -> Sequence[Published]:
        """All that is known of one EVSE at every connection."""
        return await self.database.read(lambda transaction: publications.listed(transaction, evse=evse.compact))

    async def retry(self, connection: str, evse: EvseId | None = None) -> int:
        """Tries again what the hub has refused, data and statuses. Returns how many rows; raises UnknownConnection."""
        hub = self.hub(connection)
        name = evse.compact if evse else ""
        await self.recheck()
        count = await self.write(lambda transaction: retried(transaction, hub.profile.publishing, connection, name))
        self.woken()
        return count

    # --- shared --------------------------------------------------------------------------------------------------

    def hub(self, connection: str) -> Hub:
        """Raises UnknownConnection for what is no connection of a CPO."""
        if connection not in self._hubs:
            raise UnknownConnection(f"there is no connection {connection!r} of a CPO")
        return self._hubs[connection]

    def targets(self, tenant: str, connections: Sequence[str] | None) -> Mapping[str, Hub]:
        if connections is not None:
            return {name: self.hub(name) for name in connections}
        return {name: hub for name, hub in self._hubs.items() if hub.connection.tenant == tenant}

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Changes rows; again where another process was first with one, or holds it just now."""

        def alone(transaction: Transaction) -> T:
            publications.in_turn(transaction)
            return work(transaction)

        for _ in range(_TRIES - 1):
            try:
                return await self.database.write(alone)
            except (IntegrityError, OperationalError):
                continue
        return await self.database.write(alone)

    def woken(self) -> None:
        """Tells the engine that there may be something to send."""
        if self._wake is not None:
            self._wake()
