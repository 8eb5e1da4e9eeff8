"""What may be sent next in a lane: decided within one transaction, so that two workers never decide differently."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

from gateway.delivery.notices import events_first
from gateway.delivery.owed import PLANNED, owed, policy_of
from gateway.model import messages as m
from gateway.model.ids import PartyId
from gateway.ports import Connection, Policy, Profile
from gateway.store import budgets, lanes, outbox
from gateway.store.database import Transaction, stamp
from gateway.store.outbox import ALONE, Entry

Known = Mapping[str, tuple[Connection, Profile]]
"""Connection name → connection and profile."""
Hold = Callable[[Transaction, Connection, PartyId], str | None]
"""Why nothing of an operator goes to a hub, or None."""
_HELD_SECONDS = 60
_EVENTS_SECONDS = 0.5
_MOST_PUT_IN_ORDER = 100
"""Entries that one transaction moves out of the way: others wait for its commit."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A push that is to be owed now."""

    connection: str
    message: m.Message[Any]


class Planner(Protocol):
    """Makes the entries of planned lanes (`…/evse-data`, `…/evse-status`) from what is wanted, one at a time."""

    def pending(self, transaction: Transaction, now: datetime) -> Sequence[str]:
        """The lanes that have something to plan."""
        ...

    def plan(self, transaction: Transaction, lane: str, now: datetime) -> Planned | None:
        """The lane's next push, if any."""
        ...

    def planned(self, transaction: Transaction, entry: Entry) -> None:
        """The push has become this entry."""
        ...

    def overtaken(self, transaction: Transaction, entry: Entry) -> bool:
        """Whether newer things are wanted than the entry carries; it is then withdrawn and planned anew."""
        ...

    def settled(self, transaction: Transaction, entry: Entry, answer: m.Answer | None) -> None:
        """The entry is accepted, refused or withdrawn; the hub's answer, where it gave one."""
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """What to send now (several: as one request), or when to look again."""

    entries: tuple[Entry, ...] = ()
    next_try_at: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """Lanes that may be drained now, and when the next one may (a stamp)."""

    lanes: tuple[str, ...] = ()
    upcoming: str | None = None


class Taking:
    """The statements of one worker; `owner` is its name in the leases."""

    def __init__(
        self, known: Known, owner: str, *, planner: Planner | None, hold: Hold | None, lease_seconds: float
    ) -> None:
        self._known, self.owner, self._planner, self._hold = known, owner, planner, hold
        self.lease_seconds = lease_seconds

    def policy(self, entry: Entry) -> Policy:
        return policy_of(entry.kind, *self._known[entry.connection])

    # --- the next of a lane --------------------------------------------------------------------------------------

    def take(self, transaction: Transaction, lane: str, now: datetime) -> Turn:
        """Leases the lane and takes what is next; a lane with nothing to do now is given back."""
        if lanes.pause_of(lane, lanes.pauses(transaction)) is not None:
            lanes.released(transaction, lane, self.owner)
            return Turn()
        if not lanes.leased(transaction, lane, self.owner, now, self.lease_seconds):
            return Turn()
        looks = (self._next(transaction, lane, now) for _ in range(_MOST_PUT_IN_ORDER))
        turn = next((turn for turn in looks if turn is not None), Turn(next_try_at=stamp(now)))
        if not turn.entries:
            lanes.released(transaction, lane, self.owner)
        return turn

    def _next(self, transaction: Transaction, lane: str, now: datetime) -> Turn | None:
        """None: something was put in order first, look again."""
        first = next(iter(outbox.head(transaction, lane)), None)
        if first is None:
            first = self._plan(transaction, lane, now)
        if first is None:
            return Turn()
        if first.state == "sending":
            self._interrupted(transaction, first, now)
            return None
        if _time(first.next_try_at) > stamp(now):
            return Turn(next_try_at=first.next_try_at)
        if self._overtaken(transaction, first, now) or self._held(transaction, first, now):
            return None
        policy = self.policy(first)
        if policy.after_events and events_first(transaction, self._known[first.connection], first, now):
            return Turn(next_try_at=stamp(now + timedelta(seconds=_EVENTS_SECONDS)))
        wait = budgets.spent(transaction, first.connection, first.kind, policy.per_minute, now)
        if wait > 0:
            return Turn(next_try_at=stamp(now + timedelta(seconds=wait)))
        return Turn(
            tuple(self._begun(transaction, entry, now) for entry in self._batch(transaction, first, policy, now))
        )

    def _begun(self, transaction: Transaction, entry: Entry, now: datetime) -> Entry:
        return outbox.change(transaction, entry, "sending", now, tries=entry.tries + 1)

    def _interrupted(self, transaction: Transaction, first: Entry, now: datetime) -> None:
        """Whoever had it has died (the lane is ours): if a request was recorded, it may have arrived."""
        same = [first] if first.batch in (None, ALONE) else outbox.together(transaction, first.lane, first.batch or "")
        begun = first.sent is not None or first.kind in PLANNED
        for entry in same:
            if entry.state != "sending":
                continue
            if begun:
                values: dict[str, Any] = {
                    "unknown_tries": entry.unknown_tries + 1,
                    "words": "interrupted while sending",
                }
                outbox.change(transaction, entry, "unknown", now, **values)
            else:
                batch = entry.batch if entry.batch == ALONE else None
                outbox.change(transaction, entry, "waiting", now, batch=batch, words="interrupted before it was sent")

    def _batch(self, transaction: Transaction, first: Entry, policy: Policy, now: datetime) -> Sequence[Entry]:
        """What goes together: what went together before, or the next ones that are due."""
        if first.batch == ALONE or policy.together <= 1:
            return [first]
        if first.batch is not None:
            return outbox.together(transaction, first.lane, first.batch)
        found, records = [first], {first.record}
        for entry in outbox.head(transaction, first.lane, policy.together)[1:]:
            fresh = entry.state == "waiting" and entry.batch is None and entry.next_try_at <= stamp(now)
            if not fresh or entry.record in records or entry.kind != first.kind or self._reason(transaction, entry):
                break
            found.append(entry)
            records.add(entry.record)
        name = str(uuid4())
        return [outbox.noted(transaction, entry, now, batch=name) for entry in found]

    # --- held back -----------------------------------------------------------------------------------------------

    def _reason(self, transaction: Transaction, entry: Entry) -> str | None:
        party = PartyId.read(entry.operator)
        if self._hold is None or party is None or entry.unknown_tries:
            return None
        return self._hold(transaction, self._known[entry.connection][0], party)

    def _held(self, transaction: Transaction, entry: Entry, now: datetime) -> bool:
        """An entry of an operator that is not active makes way for the others, and is looked at now and again."""
        reason = self._reason(transaction, entry)
        if reason is None:
            return False
        base = entry.lane.partition("/held/")[0]
        later = stamp(now + timedelta(seconds=_HELD_SECONDS))
        values = {"lane": f"{base}/held/{entry.operator}", "next_try_at": later, "words": f"held back: {reason}"}
        outbox.noted(transaction, entry, now, **values)
        return True

    # --- planned lanes -------------------------------------------------------------------------------------------

    def _plan(self, transaction: Transaction, lane: str, now: datetime) -> Entry | None:
        planned = self._planner.plan(transaction, lane, now) if self._planner else None
        if planned is None or self._planner is None:
            return None
        connection, profile = self._known[planned.connection]
        entry = outbox.add(transaction, owed(connection, profile, planned.message, now), now)
        self._planner.planned(transaction, entry)
        return entry

    def _overtaken(self, transaction: Transaction, entry: Entry, now: datetime) -> bool:
        """A push that was tried and is no longer the newest is planned anew; its tries still count for the waiting."""
        if self._planner is None or entry.kind not in PLANNED or not entry.tries:
            return False
        if not self._planner.overtaken(transaction, entry):
            return False
        gone = outbox.change(transaction, entry, "withdrawn", now, words="overtaken by newer ones")
        self._planner.settled(transaction, gone, None)
        fresh = self._plan(transaction, entry.lane, now)
        if fresh is not None:
            outbox.noted(transaction, fresh, now, tries=entry.tries)
        return True

    # --- all lanes -----------------------------------------------------------------------------------------------

    def due(self, transaction: Transaction, now: datetime) -> Due:
        """Oldest first; lanes that somebody drains, that are paused or whose hub wants rest are not due."""
        heads = {head.lane: head for head in outbox.lanes_with_work(transaction) if head.connection in self._known}
        leases = {lease.lane: lease for lease in lanes.leases(transaction, now)}
        pauses = lanes.pauses(transaction)
        waits = budgets.waits(transaction, self._budgets(heads.values()), now)
        ready, later = [], [lease.leased_until or "" for lease in leases.values() if lease.owner != self.owner]
        for lane, head in heads.items():
            if lane in leases or lanes.pause_of(lane, pauses) is not None:
                continue
            wait = waits.get((head.connection, head.kind), 0.0)
            at = max(_time(head.next_try_at), stamp(now + timedelta(seconds=wait)) if wait else "")
            (ready.append(lane) if at <= stamp(now) else later.append(at))
        wanted = self._planner.pending(transaction, now) if self._planner else ()
        free = (lane for lane in wanted if lane not in heads and lane not in leases)
        ready += [lane for lane in free if lanes.pause_of(lane, pauses) is None]
        return Due(tuple(ready), min(later, default=None))

    def _budgets(self, heads: Any) -> budgets.Budgets:
        pairs = {(head.connection, head.kind) for head in heads}
        return {(name, kind): policy_of(kind, *self._known[name]).per_minute for name, kind in pairs}


def _time(text: str) -> str:
    """A stamp; what is none, in a damaged row, is a time long past, so that the row is looked at."""
    return text if text[:1].isdigit() else ""
