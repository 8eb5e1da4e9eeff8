"""What partners have pushed to the simulated hub: a ledger for each kind of record, with the rules of the four actions.

OICP 2.3, ActionType: insert wants records that are all new, update and delete such as are all there, otherwise nothing
of the request is done; fullLoad replaces everything. Pushes of one kind follow one another.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.model.messages import PushAction
from gateway.simulation import Desk, Partner
from gateway_oicp.simulator.replies import Declined
from gateway_oicp.words import Code

UNKNOWN_RECORD = "unknown_record"
"""The code for an update or a delete of a record that is not there: 009 by the hub's documents, 603 by its words."""


@dataclass
class Held:
    """A record as pushed; a deleted one stays for those who ask for changes.

    `scope`: what one full load replaces. `inserted`: since when it is there without a break.
    """

    owner: str
    scope: str
    name: str | None
    document: dict[str, Any]
    inserted: datetime
    updated: datetime
    change: PushAction

    @property
    def deleted(self) -> bool:
        return self.change is PushAction.DELETE

    def since(self, moment: datetime) -> PushAction | None:
        """What happened to it for one who last asked at `moment`; None: nothing."""
        if self.updated <= moment:
            return None
        if self.deleted:
            return PushAction.DELETE
        return PushAction.INSERT if self.inserted > moment else PushAction.UPDATE


@dataclass(frozen=True)
class Entry:
    """One record of a push. `name` is what the hub calls it in its answers, `key` what makes it the same record."""

    key: str
    name: str
    document: dict[str, Any]


class Ledger:
    """`what` are the records in the hub's words, `names` their ids; without, they are not named."""

    def __init__(self, desk: Desk, what: str, names: str = "") -> None:
        self._desk, self._what, self._names = desk, what, names
        self._pushing: set[str] = set()
        self.records: dict[str, Held] = {}

    @asynccontextmanager
    async def alone(self, partner: Partner) -> AsyncIterator[None]:
        """A push is worked on for a moment; another of the same kind and partner meets 009."""
        name = str(partner.id)
        if name in self._pushing:
            raise Declined(Code.DATA_TRANSACTION, "push of data already in progress")
        self._pushing.add(name)
        try:
            await self._desk.work(self._desk.world.push_hold_seconds)
            yield
        finally:
            self._pushing.discard(name)

    def take(
        self,
        partner: Partner,
        action: PushAction,
        entries: Sequence[Entry],
        *,
        scope: str = "",
        name: str | None = None,
    ) -> None:
        """Raises Declined 009, and then nothing is done."""
        scope = scope or str(partner.id)
        self._possible(scope, action, entries)
        if action is PushAction.REPLACE_ALL:
            self._forget(scope, keeping={entry.key for entry in entries})
        for entry in entries:
            self._hold(str(partner.id), scope, name, entry, action)

    def _possible(self, scope: str, action: PushAction, entries: Sequence[Entry]) -> None:
        there = {key for key, _ in self.of(scope)}
        known = [entry for entry in entries if entry.key in there]
        unknown = [entry for entry in entries if entry.key not in there]
        if action is PushAction.INSERT and known:
            raise Declined(Code.DATA_TRANSACTION, f"{self._what} already exist{self._named(known)}")
        if action in (PushAction.UPDATE, PushAction.DELETE) and unknown:
            code = self._desk.world.settings.get(UNKNOWN_RECORD, Code.DATA_TRANSACTION)
            raise Declined(Code(code), f"{self._what} do not exist{self._named(unknown)}")

    def _named(self, entries: Sequence[Entry]) -> str:
        return f" for {self._names}: {', '.join(entry.name for entry in entries)}" if self._names else ""

    def of(self, scope: str) -> Iterator[tuple[str, Held]]:
        return ((key, held) for key, held in self.records.items() if held.scope == scope and not held.deleted)

    def live(self) -> Iterator[tuple[str, Held]]:
        return ((key, held) for key, held in self.records.items() if not held.deleted)

    def get(self, key: str) -> Held | None:
        held = self.records.get(key)
        return held if held is not None and not held.deleted else None

    def has_uploaded(self, partner: Partner) -> bool:
        return any(held.owner == str(partner.id) for held in self.records.values())

    def _forget(self, scope: str, keeping: set[str]) -> None:
        for key, held in list(self.of(scope)):
            if key not in keeping:
                held.change, held.updated = PushAction.DELETE, self._desk.now()

    def _hold(self, owner: str, scope: str, name: str | None, entry: Entry, action: PushAction) -> None:
        now, before = self._desk.now(), self.get(entry.key)
        change = action
        if action is PushAction.REPLACE_ALL:
            change = PushAction.UPDATE if before is not None else PushAction.INSERT
        inserted = before.inserted if before is not None else now
        self.records[entry.key] = Held(owner, scope, name, entry.document, inserted, now, change)
