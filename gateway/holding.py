"""Holding an item of the inbox while the backend is at it: the lease is renewed as long as that takes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from gateway.log import logger
from gateway.store import Database, inbox
from gateway.store.database import Transaction

T = TypeVar("T")
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Holding:
    """One process's hold on items: `owner` names it, and after `seconds` without renewal others take over."""

    database: Database
    owner: str
    now: Callable[[], datetime]
    seconds: float = 60.0

    @property
    def lease(self) -> inbox.Lease:
        return inbox.Lease(self.owner, self.seconds)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Again where another process has stored the same key meanwhile."""
        try:
            return await self.database.write(work)
        except inbox.StoredMeanwhile:
            return await self.database.write(work)

    async def claim(self, item: inbox.Item) -> inbox.Item | None:
        """The item, from now on ours; None where somebody else has it."""
        return await self.write(lambda transaction: inbox.claimed(transaction, item.id, self.now(), self.lease))

    async def during(self, item: inbox.Item, work: Awaitable[T]) -> T:
        """What `work` comes to; the item is ours all the while."""
        renewing: list[asyncio.Task[None]] = []

        def begin() -> None:
            renewing.append(asyncio.create_task(self._renew(item), name=f"holding item {item.id}"))

        # A task only for work that takes long: most is done before the first renewal is due.
        first = asyncio.get_running_loop().call_later(self.seconds / 3, begin)
        try:
            return await work
        finally:
            first.cancel()
            for task in renewing:
                task.cancel()
            await asyncio.gather(*renewing, return_exceptions=True)

    async def _renew(self, item: inbox.Item) -> None:
        while True:
            try:
                await self.write(lambda transaction: inbox.renewed(transaction, item.id, self.now(), self.lease))
            except Exception:
                _log.exception("a lease is not renewed", item=item.id)
            await asyncio.sleep(self.seconds / 3)
