"""Owed messages → hubs: the outbox and its lanes.

A lane is delivered in order, one at a time, for as long as it takes. Draining one is a single function; an engine
(gateway/engines) decides when it is called.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError, SQLAlchemyError

from gateway.delivery.attempts import Attempts, Send
from gateway.delivery.deliveries import Delivery, LaneState, delivery, lane_states
from gateway.delivery.notices import overtaken, told_of_cdr
from gateway.delivery.outcomes import Outcome
from gateway.delivery.owed import IN_ORDER, PLANNED, owed
from gateway.delivery.settling import Settling
from gateway.delivery.taking import Due, Hold, Known, Planner, Taking, Turn
from gateway.errors import Unsupported
from gateway.log import logger
from gateway.model import messages as m
from gateway.store import Database, lanes, outbox
from gateway.store.database import Transaction, stamp
from gateway.store.outbox import Change, ChangedMeanwhile, Entry

_log = logger(__name__)
Observe = Callable[[Entry, Outcome, float], None]
"""(entry as it was tried, what came of it, seconds): for metrics."""


class Outbox:
    """What is owed, and the draining of its lanes."""

    def __init__(
        self,
        database: Database,
        known: Known,
        send: Send,
        *,
        planner: Planner | None = None,
        hold: Hold | None = None,
        tells: bool = True,
        observe: Observe | None = None,
        witness: Callable[[Transaction, Entry], None] = lambda _, __: None,
        settled: Callable[[], None] = lambda: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        first_wait_seconds: float = 2.0,
        lease_seconds: float = 30.0,
        owner: str = "",
    ) -> None:
        self._database, self._known, self._now = database, known, now
        self._taking = Taking(known, owner or str(uuid4()), planner=planner, hold=hold, lease_seconds=lease_seconds)
        policy = self._taking.policy
        self._settling = Settling(
            planner=planner, tells=tells, policy=policy, first_wait=first_wait_seconds, witness=self._concluded
        )
        self._witness = witness
        self._attempts = Attempts(database, known, send, now, observe)
        self._first_wait, self._was_settled = first_wait_seconds, settled
        self._draining: set[str] = set()
        self._ending = False

    def end(self) -> None:
        """Nothing more is begun; what is in flight finishes."""
        self._ending = True

    # --- owing ---------------------------------------------------------------------------------------------------

    async def submit(self, connection: str, message: m.Message[Any]) -> Delivery:
        """Owes `message` to the hub; returns after the commit. Raises as `owe`."""
        try:
            return await self._database.write(lambda transaction: self.owe(transaction, connection, message))
        except IntegrityError:
            # Another process has owed the same at the same time: now it is found.
            return await self._database.write(lambda transaction: self.owe(transaction, connection, message))

    def owe(self, transaction: Transaction, connection: str, message: m.Message[Any]) -> Delivery:
        """Owes `message` within the caller's transaction.

        Raises Unsupported for what cannot wait or is planned by the publisher, and Invalid for what could not be read
        back from the store.
        """
        if type(message).__name__ in PLANNED:
            raise Unsupported("EVSE data and statuses are told by publish, retire and publish_status")
        now = self._now()
        entry = outbox.add(transaction, owed(*self._known[connection], message, now), now)
        for waiting, words in overtaken(transaction, self._known[connection], message, entry):
            gone = outbox.change(transaction, waiting, "withdrawn", now, words=words)
            self._settling.final(transaction, gone, None, now)
            if waiting.lane == entry.lane:
                # The newer one waits for the same moment.
                entry = outbox.noted(transaction, entry, now, next_try_at=max(entry.next_try_at, waiting.next_try_at))
        return delivery(entry, now)

    def _concluded(self, transaction: Transaction, entry: Entry) -> None:
        """In the transaction of a final state: what others remember of it, and what is owed because of it."""
        self._witness(transaction, entry)
        event = told_of_cdr(transaction, self._known.get(entry.connection), entry)
        if event is not None:
            self.owe(transaction, entry.connection, event)

    # --- draining ------------------------------------------------------------------------------------------------

    async def drain(self, lane: str) -> str | None:
        """Oldest first, one in flight, until the lane is empty or must wait; the stamp of its next try, if any."""
        if lane in self._draining or self._ending:
            return None
        self._draining.add(lane)
        try:
            turn = await self._taken(lane)
            while turn.entries:
                turn = await self._delivered(lane, turn)
            return turn.next_try_at
        finally:
            self._draining.discard(lane)

    async def _taken(self, lane: str) -> Turn:
        try:
            return await self._database.write(lambda transaction: self._take(transaction, lane))
        except (IntegrityError, ChangedMeanwhile):
            # Another worker was faster with this lane.
            return Turn()

    def _take(self, transaction: Transaction, lane: str) -> Turn:
        if self._ending:
            lanes.released(transaction, lane, self._taking.owner)
            return Turn()
        return self._taking.take(transaction, lane, self._now())

    async def _delivered(self, lane: str, turn: Turn) -> Turn:
        async with self._leased(lane):
            tried = await self._attempts.tried(turn.entries)
            return await self._surely_settled(lane, tried)

    @contextlib.asynccontextmanager
    async def _leased(self, lane: str) -> AsyncIterator[None]:
        """The lane stays ours for as long as the hub takes."""
        renewing = asyncio.create_task(self._renewed(lane))
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def _renewed(self, lane: str) -> None:
        seconds, owner = self._taking.lease_seconds, self._taking.owner
        while True:
            await asyncio.sleep(seconds / 3)
            try:
                await self._database.write(lambda t: lanes.leased(t, lane, owner, self._now(), seconds))
            except SQLAlchemyError:
                _log.exception("a lane's lease could not be renewed", lane=lane)

    async def _surely_settled(self, lane: str, tried: Sequence[tuple[Entry, Outcome]]) -> Turn:
        """What the hub said is written down however long the store takes: only a new start may call it unknown."""
        while True:
            try:
                turn = await self._settled(lane, tried)
            except (OperationalError, InterfaceError):
                _log.exception("the outcome of a delivery is not stored yet", lane=lane, entry=tried[0][0].id)
                if self._ending:
                    raise
                await asyncio.sleep(self._first_wait)
            else:
                self._was_settled()
                return turn

    async def _settled(self, lane: str, tried: Sequence[tuple[Entry, Outcome]]) -> Turn:
        """The outcome and the next take in one commit; where that take fails, the outcome alone."""
        try:
            return await self._database.write(lambda t: self._settle_and_take(t, lane, tried))
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            _log.exception("the next of a lane could not be taken", lane=lane)
            await self._database.write(lambda transaction: self._settle(transaction, tried))
            return Turn()

    def _settle_and_take(self, transaction: Transaction, lane: str, tried: Sequence[tuple[Entry, Outcome]]) -> Turn:
        self._settle(transaction, tried)
        return self._take(transaction, lane)

    def _settle(self, transaction: Transaction, tried: Sequence[tuple[Entry, Outcome]]) -> None:
        for entry, outcome in tried:
            try:
                self._settling.settle(transaction, entry, outcome, self._now())
            except ChangedMeanwhile:
                # We lost the lane for longer than its lease lasts; whoever has it now decides.
                _log.warning("the outcome of a delivery came too late", entry=entry.id, state=outcome.state)

    # --- by hand -------------------------------------------------------------------------------------------------

    async def retry(self, entry_id: int) -> Delivery:
        """Puts a refused entry back into its lane, or tries a waiting one now. Raises KeyError or ValueError."""
        return await self._changed_by_hand(entry_id, self._retried)

    def _retried(self, transaction: Transaction, entry: Entry) -> Entry:
        _refuse_planned(entry)
        now, at_once = self._now(), {"next_try_at": stamp(self._now())}
        if entry.state in ("waiting", "unknown"):
            return outbox.noted(transaction, entry, now, **at_once)
        fresh = {} if entry.unknown_tries else {"sent": None}
        return outbox.change(transaction, entry, "waiting", now, **at_once, **fresh, words="tried again by hand")

    async def withdraw(self, entry_id: int, reason: str) -> Delivery:
        """Gives up an entry, for a reason that stays in its history. Raises KeyError or ValueError."""
        return await self._changed_by_hand(entry_id, lambda t, entry: self._withdrawn(t, entry, reason))

    def _withdrawn(self, transaction: Transaction, entry: Entry, reason: str) -> Entry:
        gone = outbox.change(transaction, entry, "withdrawn", self._now(), words=reason)
        outbox.parted(transaction, entry)
        self._settling.final(transaction, gone, None, self._now())
        return gone

    async def _changed_by_hand(self, number: int, change: Callable[[Transaction, Entry], Entry]) -> Delivery:
        entry = await self._database.write(lambda t: change(t, outbox.get(t, number)))
        return delivery(entry, self._now())

    async def pause(self, lane: str, reason: str) -> None:
        """Nothing of a lane, or of those below it, is begun until it is resumed."""
        await self._database.write(lambda transaction: lanes.paused(transaction, lane, self._now(), reason))

    async def resume(self, lane: str) -> bool:
        """Whether it was paused."""
        return await self._database.write(lambda transaction: lanes.resumed(transaction, lane))

    # --- looking -------------------------------------------------------------------------------------------------

    async def listed(self, **filters: Any) -> Sequence[Delivery]:
        """By `state`, `connection`, `session`, `lane`; `limit`, `after` for pages. Oldest first."""
        now = self._now()
        entries = await self._database.read(lambda transaction: outbox.listed(transaction, **filters))
        return [delivery(entry, now) for entry in entries]

    async def get(self, entry_id: int) -> Delivery:
        """Raises KeyError."""
        entry = await self._database.read(lambda transaction: outbox.get(transaction, entry_id))
        return delivery(entry, self._now())

    async def history(self, entry_id: int) -> Sequence[Change]:
        return await self._database.read(lambda transaction: outbox.history(transaction, entry_id))

    async def lanes(self) -> Sequence[LaneState]:
        """Every lane that has something open, or is paused."""
        return await self._database.read(lambda transaction: lane_states(transaction, self._now()))

    async def recover(self) -> None:
        """At the start of the only worker of a store: leases of earlier ones are void at once."""
        await self._database.write(lanes.all_released)

    async def look(self) -> Due:
        """Lanes that may be drained now, and when the next one may; those of an unknown connection wait for it."""
        return await self._database.read(lambda transaction: self._taking.due(transaction, self._now()))

    async def due(self) -> Sequence[str]:
        """Lanes that may be drained now, oldest first."""
        return (await self.look()).lanes

    async def upcoming(self) -> str | None:
        """When the next lane may be drained, as a stamp."""
        return (await self.look()).upcoming


def _refuse_planned(entry: Entry) -> None:
    if entry.kind in IN_ORDER and entry.state not in outbox.OPEN:
        planned = "what is wanted is planned anew: see `publish held` and `publish retry`"
        listed = "later ones may stand upon it: publish the tokens anew, by `tokens retry` or `submit`"
        raise ValueError(f"entry {entry.id} is over, {planned if entry.kind in PLANNED else listed}")
