"""What every pull of a hub's list has in common: the pages, what is due, and the report."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.hub import Hub
from gateway.model import messages as m
from gateway.ports import Connection
from gateway.store import Database
from gateway.store import pulls as store
from gateway.store.database import Transaction

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PullReport:
    """What came of a pull. `held` removals were not made, `unread` records could not be read, `words` say why;
    `since`: where the next one goes on."""

    connection: str
    list: str
    full: bool = False
    pages: int = 0
    received: int = 0
    changed: int = 0
    gone: int = 0
    held: int = 0
    nameless: int = 0
    refused: int = 0
    unread: int = 0
    since: datetime | None = None
    words: str | None = None


class PullBackend(Protocol):
    """The platform, as far as pulls need it."""

    def has(self, kind: type[m.Message[Any]]) -> bool: ...
    async def answer(self, connection: Connection, message: m.Message[Any]) -> Any: ...


def setting(hub: Hub, name: str, read: Callable[[dict[str, Any]], T]) -> T:
    """A table among the options, the profile's single values overridden by the connection's. Raises Invalid."""
    try:
        return read({**hub.profile.options.get(name, {}), **hub.connection.options.get(name, {})})
    except (TypeError, ValueError) as error:
        place = f"/connections/{hub.connection.name}/options/{name}"
        raise Invalid([Finding(place, Severity.ERROR, "setting", str(error))]) from error


def is_due(mark: store.Watermark, full_after_seconds: float, now: datetime) -> bool:
    """Whether the whole list is to be read; a watermark in the future is no watermark."""
    if mark.since is None or mark.full_at is None or mark.since > now:
        return True
    return now - mark.full_at >= timedelta(seconds=full_after_seconds)


async def written(database: Database, work: Callable[[Transaction], T]) -> T:
    """Again where another process has inserted the same row meanwhile."""
    try:
        return await database.write(work)
    except store.StoredMeanwhile:
        return await database.write(work)


async def pages(hub: Hub, question: Any) -> AsyncGenerator[m.Answer, None]:
    """The answers to a question for a list; where the adapter knows no pages, its one answer."""
    paged = hub.adapter.pages.get(type(question))
    if paged is None:
        ask: Awaitable[m.Answer] = hub.send(question)
        yield await ask
        return
    async with aclosing(paged(hub.link(question), question)) as answers:
        async for answer in answers:
            yield answer
