"""What an engine is, and what it drives."""

from collections.abc import Sequence
from typing import Protocol

TOGETHER = 16
"""How many lanes are drained at the same time by one process."""
STOP_SECONDS = 60.0
"""How long a delivery under way may take to finish when the engine stops: longer than any hub's timeout."""


class Found(Protocol):
    """What a look at the lanes finds."""

    @property
    def lanes(self) -> Sequence[str]:
        """Lanes that may be drained now."""
        ...

    @property
    def upcoming(self) -> str | None:
        """When the next one may, as the store writes a time; None: none waits."""
        ...


class Lanes(Protocol):
    """What is owed, seen as lanes: the outbox."""

    async def look(self) -> Found: ...

    async def drain(self, lane: str) -> str | None:
        """Delivers until the lane is empty or must wait; the time of its next try, or None."""
        ...


class Engine(Protocol):
    """Calls `drain`: at once when told of work, at the time of a next try, and after a sweep in any case.

    Correctness never rests on a wake-up: a lane that nobody spoke of is found by a sweep.
    """

    def start(self, works: bool = True) -> None:
        """With `works` false nothing is drained here; wake-ups are passed on to the processes that do."""
        ...

    def wake(self, lane: str = "") -> None:
        """There is work in this lane, or somewhere. Costs nothing that can be felt and never fails."""
        ...

    async def stop(self) -> None:
        """Begins nothing more, and waits for what is in flight, `STOP_SECONDS` at most."""
        ...

    async def idle(self) -> None:
        """Waits until no lane is being drained here and none is due."""
        ...

    @property
    def beat(self) -> float | None:
        """When it last looked for work and could (`time.monotonic`); None before the first time."""
        ...
