"""Handing what hubs gave us to the backend: oldest first, one at a time for each connection, until it answers.

What the backend fails at is tried again later, and only that; a row that cannot be read is put aside and reported.
The backend is given an item again after a crash between its answer and our commit, never after that.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.errors import GatewayError
from gateway.holding import Holding
from gateway.log import logger
from gateway.store import inbox

_log = logger(__name__)
LONGEST_WAIT_SECONDS = 300.0
_FAILURES_IN_A_ROW = 3
"""After so many the fault is hardly the items'; the rest of the connection's waits for the next round."""
_FORGET_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Kind:
    """What is done with one kind of items."""

    read: Callable[[inbox.Item], Any]
    """What the row says. Whatever it raises means that the row cannot be read."""
    give: Callable[[inbox.Item, Any], Awaitable[str]]
    """Gives it to the backend; the answer, as text to keep. What it raises means: not yet."""
    keep_seconds: float | None = None
    """How long the item is known after that; none: for ever, so that the same again is recognised."""
    in_order: bool = False
    """An item waits for the older ones whose key is the same up to the last slash."""


class HandOver:
    """The inbox lanes as one process works on them."""

    def __init__(self, holding: Holding, kinds: Mapping[str, Kind]) -> None:
        self._holding, self._kinds = holding, kinds
        self._database, self._now = holding.database, holding.now
        self._in_order = frozenset(name for name, kind in kinds.items() if kind.in_order)
        self._in_hand: set[asyncio.Task[bool]] = set()
        self._ending = False
        self._forget_at: datetime | None = None

    async def drain(self) -> None:
        """Hands over what is due, connections side by side."""
        await self._forget()
        names = await self._database.read(lambda transaction: inbox.connections_due(transaction, self._now()))
        ends = await asyncio.gather(*(self._drain(name) for name in names), return_exceptions=True)
        for error in ends:
            if isinstance(error, BaseException):
                raise error

    def end(self) -> None:
        """No new item is taken in hand."""
        self._ending = True

    async def close(self, seconds: float = 10.0) -> None:
        """Ends, and waits for what is in hand; what takes longer is given up, and handed over again later."""
        self.end()
        if self._in_hand:
            _, slow = await asyncio.wait(self._in_hand, timeout=seconds)
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)

    async def _drain(self, connection: str) -> None:
        failures = 0
        while not self._ending and failures < _FAILURES_IN_A_ROW:
            item = await self._holding.write(
                lambda transaction: inbox.taken(
                    transaction, connection, self._now(), self._holding.lease, self._in_order
                )
            )
            if item is None:
                return
            failures = 0 if await self._handed_over(item) else failures + 1

    async def _handed_over(self, item: inbox.Item) -> bool:
        """In a task of its own: who waits for it may be stopped, it goes on to its end."""
        task = asyncio.create_task(self.give(item), name=f"inbox item {item.id}")
        self._in_hand.add(task)
        task.add_done_callback(self._in_hand.discard)
        return await asyncio.shield(task)

    async def give(self, item: inbox.Item) -> bool:
        """Whether this item, which is ours, is dealt with."""
        try:
            kind = self._kinds[item.kind]
            value = kind.read(item)
        except Exception as error:
            await self._put_aside(item, error)
            return True
        try:
            answer = await self._holding.during(item, kind.give(item, value))
        except Exception as error:
            await self._postpone(item, error)
            return False
        except asyncio.CancelledError:
            await self._database.write(lambda transaction: inbox.given_back(transaction, item))
            raise
        until = self._now() + timedelta(seconds=kind.keep_seconds) if kind.keep_seconds is not None else None
        await self._database.write(lambda transaction: inbox.done(transaction, item, answer, until))
        return True

    async def _put_aside(self, item: inbox.Item, error: Exception) -> None:
        words = f"it cannot be read: {type(error).__name__}: {error}"[:1000]
        _log.error("an item of the inbox is put aside", item=item.id, connection=item.connection, kind=item.kind)
        now = self._now()
        await self._database.write(lambda transaction: inbox.put_aside(transaction, item, words, now))

    async def _postpone(self, item: inbox.Item, error: Exception) -> None:
        """Waits double at each try, to five minutes at most."""
        if not isinstance(error, GatewayError):
            _log.exception("handing over failed", item=item.id, exc_info=error)
        words = f"{type(error).__name__}: {error}"[:1000]
        wait = min(LONGEST_WAIT_SECONDS, 2.0 ** min(item.tries + 1, 16))
        later = self._now() + timedelta(seconds=wait)
        _log.warning("an item is not handed over yet", item=item.id, kind=item.kind, tries=item.tries + 1, words=words)
        await self._database.write(lambda transaction: inbox.postpone(transaction, item, later, words))

    async def _forget(self) -> None:
        now = self._now()
        if self._forget_at is None or now >= self._forget_at:
            await self._database.write(lambda transaction: inbox.forgotten(transaction, now))
            self._forget_at = now + timedelta(seconds=_FORGET_SECONDS)
