"""What a simulated hub was sent and what it booked, counted: the measure of "nothing lost, nothing booked twice"."""

import hashlib
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any


@dataclass
class CdrTally:
    """One charge detail record as the hub knows it. `contents` are digests, in order of arrival."""

    lane: str
    received: int = 0
    booked: int = 0
    contents: list[str] = field(default_factory=list)


@dataclass
class OperationTally:
    """`most_in_flight` is the most requests of one caller that were being handled at one time."""

    received: int = 0
    most_in_flight: int = 0


@dataclass
class Tally:
    """`arrivals`: the identities of the records in order of arrival, repeats included, by lane."""

    cdrs: dict[str, CdrTally] = field(default_factory=dict)
    arrivals: dict[str, list[str]] = field(default_factory=dict)
    operations: dict[str, OperationTally] = field(default_factory=dict)
    _in_flight: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def arrived(self, identity: str, content: bytes, lane: str) -> None:
        """A record came in; whether it is booked is the hub's to decide. `content`: all of it that has a meaning."""
        cdr = self.cdrs.setdefault(identity, CdrTally(lane))
        cdr.received += 1
        digest = hashlib.sha256(content).hexdigest()
        if digest not in cdr.contents:
            cdr.contents.append(digest)
        self.arrivals.setdefault(lane, []).append(identity)

    def booked(self, identity: str) -> None:
        """One that has arrived is owed from now on. Booking it again counts again."""
        self.cdrs[identity].booked += 1

    @contextmanager
    def handling(self, operation: str, caller: str) -> Iterator[None]:
        told, lane = self.operations.setdefault(operation, OperationTally()), (operation, caller)
        self._in_flight[lane] += 1
        told.received += 1
        told.most_in_flight = max(told.most_in_flight, self._in_flight[lane])
        try:
            yield
        finally:
            self._in_flight[lane] -= 1

    def clear(self) -> None:
        """Forgets what was counted; what is being handled is still in flight."""
        self.cdrs, self.arrivals, self.operations = {}, {}, {}

    def document(self) -> dict[str, Any]:
        """As JSON: `cdrs` by identity, `lanes`, `operations`."""
        return {
            "cdrs": {name: vars(cdr) for name, cdr in self.cdrs.items()},
            "lanes": self.arrivals,
            "operations": {name: vars(told) for name, told in self.operations.items()},
        }


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `count` requests of one operation and caller in any `seconds`."""

    count: int
    seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.count < 1 or self.seconds <= 0:
            raise ValueError("a budget is a count and a number of seconds, both above 0")


@dataclass
class Budgets:
    """What has been spent. A request that is refused costs nothing."""

    _spent: dict[tuple[str, str], deque[datetime]] = field(default_factory=lambda: defaultdict(deque))

    def wait(self, budget: Budget, operation: str, caller: str, now: datetime) -> float | None:
        """Spends one request; or the seconds after which the next one fits."""
        spent, window = self._spent[operation, caller], timedelta(seconds=budget.seconds)
        while spent and spent[0] <= now - window:
            spent.popleft()
        if len(spent) >= budget.count:
            return (spent[0] + window - now).total_seconds()
        spent.append(now)
        return None
