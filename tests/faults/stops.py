"""A store and links that end their process at a chosen step: nothing of this is known to the gateway itself."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import event

from gateway.http import HttpRequest, HttpResponse
from gateway.ports import Connection
from gateway.store import Database
from gateway.store.database import Transaction
from gateway.transport import HttpLink
from tests.faults.plan import Kill

T = TypeVar("T")
STEPS = {
    "Gateway.submit": "submit",
    "Outbox._taken": "take",
    "Attempts._steady": "keep",
    "Outbox._settled": "settle",
    "HandOver.give": "hand over",
}
"""The writes of a delivery's life, by the function that asks for them."""
_UNDER_WAY_SECONDS = 0.004
MANY_PAGES = 1_000_000


class Stops:
    """Counts the steps; SIGKILLs the process at the one that is meant."""

    def __init__(self, kill: Kill | None, say: Callable[[str], None]) -> None:
        self._kill, self._say, self._seen = kill, say, Counter[str]()

    def reached(self, stop: str) -> None:
        self._seen[stop] += 1
        if self._kill is not None and self._kill.stop == stop and self._kill.nth == self._seen[stop]:
            self._say(f"stopped {stop}")
            os.kill(os.getpid(), signal.SIGKILL)

    def awaits(self, stop: str) -> bool:
        """Whether the next time at `stop` is the one."""
        return self._kill is not None and self._kill.stop == stop and self._kill.nth == self._seen[stop] + 1


class StoppingDatabase(Database):
    """`pages`: how many pages SQLite may take; it never goes below what it has."""

    def __init__(self, dsn: str, stops: Stops) -> None:
        super().__init__(dsn)
        self._stops, self.pages = stops, MANY_PAGES
        if self.is_sqlite:
            event.listen(self.engine, "checkout", self._limited)

    def _limited(self, connection: Any, *_: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {self.pages}")

    def migrate(self) -> None:
        """The store of a round is migrated once for all."""

    async def write(self, work: Callable[[Transaction], T]) -> T:
        step = STEPS.get(getattr(work, "__qualname__", "").partition(".<locals>")[0])
        if step is None:
            return await super().write(work)

        def watched(transaction: Transaction) -> T:
            result = work(transaction)
            self._stops.reached(f"{step} before commit")
            return result

        result = await super().write(watched)
        self._stops.reached(f"{step} after commit")
        return result


class StoppingLink:
    """A Transport over HTTP."""

    def __init__(self, link: HttpLink, stops: Stops) -> None:
        self._link, self._stops = link, stops

    @property
    def connection(self) -> Connection:
        return self._link.connection

    def now(self) -> datetime:
        return self._link.now()

    def new_id(self) -> str:
        return self._link.new_id()

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        self._stops.reached("exchange before")
        under_way = asyncio.create_task(self._link.exchange(request))
        if self._stops.awaits("exchange under way"):
            await asyncio.sleep(_UNDER_WAY_SECONDS)
        self._stops.reached("exchange under way")
        response = await under_way
        self._stops.reached("exchange after")
        return response

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)
