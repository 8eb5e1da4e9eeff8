"""Records that accounts have uploaded: replaced as a whole or record by record, and given on since a time."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from gateway.simulation import World
from gateway.wire import WireModel
from gateway_ochp import wire
from gateway_ochp.simulator.accounts import Account
from gateway_ochp.simulator.rules import complaints, list_result, result, said
from gateway_ochp.simulator.settings import DUPLICATES, KEEP_DAYS, setting

R = TypeVar("R", bound=WireModel)


@dataclass
class Entry(Generic[R]):
    """`at` is when it arrived at the hub: what a delta goes by."""

    record: R
    account: str
    at: datetime


@dataclass
class Register(Generic[R]):
    """Records by key. `ended` tells since when a record is only kept for those who ask for changes."""

    world: World
    key: Callable[[R], str]
    owns: Callable[[Account, R], bool]
    account_of: Callable[[R], str]
    ended: Callable[[Entry[R]], datetime | None] = lambda _: None
    entries: dict[str, Entry[R]] = field(default_factory=dict)

    def take(
        self, records: Sequence[R], account: Account, now: datetime, *, replaces: bool
    ) -> tuple[wire.Result, tuple[R, ...]]:
        """The result, and the records that are not taken. Of two with one key the first counts (change log 3.0); the
        old platform refused such a request."""
        counted = Counter(map(self.key, records))
        twice = sorted(key for key, count in counted.items() if count > 1)
        if twice and setting(self.world, DUPLICATES) == "refuse":
            return result(wire.FORMAT, f"more than once in the list: {', '.join(twice)}"), tuple(records)
        reasons = {index: reason for index, record in enumerate(records) if (reason := self._against(record, account))}
        foreign = sum(not self.owns(account, record) for record in records)
        taken = [record for index, record in enumerate(records) if index not in reasons]
        self._keep(taken, now, replaces=replaces)
        refused = tuple(records[index] for index in reasons)
        return list_result(list(reasons.values()), foreign, len(records)), refused

    def _keep(self, taken: Sequence[R], now: datetime, *, replaces: bool) -> None:
        if replaces:
            accounts = {self.account_of(record) for record in taken}
            self.entries = {key: entry for key, entry in self.entries.items() if entry.account not in accounts}
        fresh: dict[str, Entry[R]] = {}
        for record in taken:
            fresh.setdefault(self.key(record), Entry(record, self.account_of(record), now))
        self.entries |= fresh

    def _against(self, record: R, account: Account) -> str:
        if not self.owns(account, record):
            return f"{self.key(record)} not valid for this user"
        found = complaints(record)
        return f"{self.key(record)}: {said(found)}" if found else ""

    def records(self, now: datetime, since: datetime | None = None) -> tuple[R, ...]:
        """Those that arrived after `since`; what has ended long ago is gone."""
        kept = timedelta(days=setting(self.world, KEEP_DAYS))
        return tuple(
            entry.record
            for entry in self.entries.values()
            if (since is None or entry.at > since) and not self._is_over(entry, now - kept)
        )

    def _is_over(self, entry: Entry[R], before: datetime) -> bool:
        ended = self.ended(entry)
        return ended is not None and ended < before
