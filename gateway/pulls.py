"""Pulling a hub's lists: page by page, each record given to the backend when it is new, has changed or is gone.

The watermark is taken before a crawl and written after it, when the backend has taken every page. So a crawl that
fails anywhere is made again from the same place, and what is met twice is told apart by its digest.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from gateway.cdrs.pulls import CdrPulls, Take
from gateway.crawling import PullBackend, PullReport, is_due, pages, setting, written
from gateway.errors import BackendFailed, GatewayError, UnknownConnection, Unsupported
from gateway.hub import Hub
from gateway.log import logger
from gateway.model import messages as m
from gateway.pull_lists import LISTS, PulledList, Record, digest_of
from gateway.store import Database
from gateway.store import pulls as store
from gateway.store.database import Transaction

T = TypeVar("T")
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class PullRules:
    """A connection's own stand in its options, `pulls = { guard_seconds = 300 }`."""

    guard_seconds: float = 120.0
    """How far a watermark is held back: clocks differ, and a hub shows a change a little after it happened."""
    full_after_seconds: float = 86_400.0
    """How old the last crawl of the whole list may be: a change that a hub does not tell of is seen by it alone."""
    most_gone: float = 0.5
    """The share of known records that one crawl may remove. A list unites many parties, of which one seldom has half;
    a list that lost more was cut short. What was removed wrongly comes back with the next crawl that shows it."""


def rules_of(hub: Hub) -> PullRules:
    """Raises Invalid."""
    return setting(
        hub, "pulls", lambda given: PullRules(**{name: float(value) for name, value in given.items()})
    )  # fmt: skip


_KINDS = {kind.__name__: listed for kind, listed in LISTS.items()}
_COUNTS = ("pages", "received", "changed", "gone", "nameless", "refused", "unread")


@dataclass(slots=True)
class _Crawl:
    hub: Hub
    listed: PulledList
    kind: str
    number: int
    full: bool
    known: int = 0
    total: int | None = None
    partial: bool = False
    """The hub itself says that its list is not whole."""
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTS, 0))

    @property
    def connection(self) -> str:
        return self.hub.connection.name

    def report(self, **more: Any) -> PullReport:
        return PullReport(connection=self.connection, list=self.kind, full=self.full, **{**self.counts, **more})


class Pulls:
    """Keeps up with hubs' lists. `hubs` by the names of their connections; `now` gives aware times.

    `take` stores a CDR for the backend; without it CDRs are not asked for.
    """

    def __init__(
        self,
        database: Database,
        hubs: Mapping[str, Hub],
        backend: PullBackend,
        now: Callable[[], datetime],
        take: Take | None = None,
    ) -> None:
        self._database, self._hubs, self._backend, self._now = database, hubs, backend, now
        self._cdrs = CdrPulls(database, backend, take, now) if take is not None else None
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}

    async def pull(
        self, connection: str, kind: type[m.Message[Any]], *, full: bool = False, confirm: bool = False
    ) -> PullReport:
        """Reads what has changed in a list, or the whole of it where that is due or asked for by `full`.

        `confirm` makes removals that would be held as too many. Raises UnknownConnection, Unsupported, BackendFailed
        (the backend did not take a page) and what asking the hub raises; the next pull then begins where this one did.
        """
        hub, listed = self._hubs.get(connection), LISTS.get(kind)
        if hub is None:
            raise UnknownConnection(f"there is no connection {connection!r}")
        if kind is m.FetchCdrs and self._cdrs is not None:
            async with self._locks.setdefault((connection, kind.__name__), asyncio.Lock()):
                return await self._cdrs.pull(hub, full)
        if listed is None:
            raise Unsupported(f"{kind.__name__} asks for no list that can be kept up with")
        if not self._backend.has(listed.told_by):
            words = f"not asked for: the backend takes no {listed.told_by.__name__}"
            return PullReport(connection=connection, list=kind.__name__, words=words)
        async with self._locks.setdefault((connection, kind.__name__), asyncio.Lock()):
            return await self._pulled(hub, listed, kind, full, confirm)

    async def _pulled(
        self, hub: Hub, listed: PulledList, kind: type[m.Message[Any]], full: bool, confirm: bool
    ) -> PullReport:
        name, rules, began = hub.connection.name, rules_of(hub), self._now()
        mark = await self._database.read(lambda transaction: store.watermark(transaction, name, kind.__name__))
        whole = full or is_due(mark, rules.full_after_seconds, began)
        number = await self._write(lambda transaction: store.begun(transaction, name, kind.__name__, began))
        crawl = _Crawl(hub, listed, kind.__name__, number, whole)
        question = crawl.listed.question(None if whole else mark.since)
        async with aclosing(pages(hub, question)) as answers:
            async for answer in answers:
                await self._page(crawl, answer)
        if not crawl.counts["pages"]:
            return crawl.report(since=mark.since, words="the hub gave no list")
        held, words = await self._bury(crawl, rules, confirm) if whole else (0, None)
        since = began - timedelta(seconds=rules.guard_seconds)
        moved = store.Watermark(since, began if whole else mark.full_at)
        await self._write(lambda transaction: store.move(transaction, name, kind.__name__, moved, self._now()))
        report = crawl.report(held=held, words=words, since=since)
        (_log.warning if words else _log.info)("pulled", connection=name, list=report.list, full=whole, **crawl.counts)
        return report

    # --- pages ---------------------------------------------------------------------------------------------------

    async def _page(self, crawl: _Crawl, answer: m.Answer) -> None:
        crawl.counts["pages"] += 1
        page = getattr(answer, "page", None)
        crawl.total = page.total if page is not None else None
        crawl.partial = page is not None and page.last is False and page.number is None
        for words in page.unread if page is not None else ():
            crawl.counts["unread"] += 1
            _log.warning("a record cannot be read", connection=crawl.connection, list=crawl.kind, words=words)
        for portion in _portions(crawl.listed.records(answer)):
            crawl.counts["received"] += len(portion)
            named = {record.id: record for record in portion if record.id is not None}
            crawl.counts["nameless"] += sum(record.id is None for record in portion)
            await self._stay(crawl, {id: record for id, record in named.items() if not record.is_removed})
            await self._leave(crawl, {id: record for id, record in named.items() if record.is_removed})
            await asyncio.sleep(0)

    async def _stay(self, crawl: _Crawl, records: Mapping[str, Record]) -> None:
        """What is new or has changed is given to the backend; only then its digest is remembered."""
        names, digests = await asyncio.to_thread(_described, records)
        known = await self._write(
            lambda transaction: store.seen(transaction, crawl.connection, crawl.kind, names, crawl.number, self._now())
        )
        crawl.known += sum(not row.is_gone for row in known.values())
        fresh = {id: digest for id, digest in digests.items() if id not in known or known[id].digest != digest}
        if not fresh:
            return
        await self._tell(crawl, m.PushAction.UPDATE, [records[id].value for id in fresh])
        ends = {id: until for id in fresh if (until := records[id].until) is not None}
        await self._write(
            lambda transaction: store.given(transaction, crawl.connection, crawl.kind, fresh, names, self._now(), ends)
        )
        crawl.counts["changed"] += len(fresh)

    async def _leave(self, crawl: _Crawl, records: Mapping[str, Record]) -> None:
        """What the hub itself calls removed; what the backend never heard of, it need not forget."""
        known = await self._database.read(
            lambda transaction: store.rows(transaction, crawl.connection, crawl.kind, records)
        )
        leaving = {id: records[id].value for id, row in known.items() if not row.is_gone}
        crawl.known += len(leaving)
        await self._remove(crawl, leaving)

    async def _remove(self, crawl: _Crawl, leaving: Mapping[str, Any]) -> None:
        if not leaving:
            return
        await self._tell(crawl, m.PushAction.DELETE, list(leaving.values()))
        await self._write(
            lambda transaction: store.gone(transaction, crawl.connection, crawl.kind, leaving, self._now())
        )
        crawl.counts["gone"] += len(leaving)

    async def _tell(self, crawl: _Crawl, action: m.PushAction, values: list[Any]) -> None:
        crawl.counts["refused"] += await self._told(crawl.hub, crawl.listed, action, values)

    async def _told(self, hub: Hub, listed: PulledList, action: m.PushAction, values: list[Any]) -> int:
        """How many records the backend does not want. Raises BackendFailed where it has not taken them."""
        answer = await self._backend.answer(hub.connection, listed.message(action, values))
        if not isinstance(answer, m.Publication) or answer.accepted is not True:
            what = "declined" if isinstance(answer, m.Publication) else f"answered with {type(answer).__name__} to"
            raise BackendFailed(f"the backend {what} {listed.told_by.__name__} of {len(values)} records")
        return len(answer.refused)

    # --- what holds no longer ------------------------------------------------------------------------------------

    async def expire(self) -> None:
        """Tells the backend of statuses whose time is over since they were read: they are unknown now."""
        ended = await self._database.read(lambda transaction: store.with_ended(transaction, self._now()))
        for connection, kind in ended:
            hub, listed = self._hubs.get(connection), _KINDS.get(kind)
            if hub is None or listed is None or listed.ended is None or not self._backend.has(listed.told_by):
                continue
            try:
                async with self._locks.setdefault((connection, kind), asyncio.Lock()):
                    await self._expire(hub, kind, listed, listed.ended)
            except GatewayError as error:
                _log.warning("ended statuses are not told yet", connection=connection, error=str(error))

    async def _expire(self, hub: Hub, kind: str, listed: PulledList, ended: Callable[[Any], Any]) -> None:
        look = partial(store.ended, connection=hub.connection.name, kind=kind, now=self._now())
        while rows := await self._database.read(look):
            values = [ended(listed.named(row.name)) for row in rows]
            await self._told(hub, listed, m.PushAction.UPDATE, values)
            told = [(row, digest_of(value)) for row, value in zip(rows, values, strict=True)]
            await self._write(partial(store.told_of_end, rows=told, at=self._now()))

    # --- what is not there any more ------------------------------------------------------------------------------

    async def _bury(self, crawl: _Crawl, rules: PullRules, confirm: bool) -> tuple[int, str | None]:
        """After a crawl of the whole list: what it has not met is gone. (removals held, why)."""
        missed = await self._database.read(
            lambda transaction: store.counted(transaction, crawl.connection, crawl.kind, crawl.number)
        )
        doubt = _doubt(crawl, missed, rules, confirm) if missed else None
        if doubt:
            return missed, f"{missed} records are missing, and are not removed: {doubt}"
        while portion := await self._database.read(
            lambda transaction: store.unseen(transaction, crawl.connection, crawl.kind, crawl.number)
        ):
            await self._remove(crawl, {row.id: crawl.listed.named(row.name) for row in portion})
        return 0, None

    async def _write(self, work: Callable[[Transaction], T]) -> T:
        return await written(self._database, work)


def _doubt(crawl: _Crawl, missed: int, rules: PullRules, confirm: bool) -> str | None:
    """Why what is missing may be there all the same."""
    if not crawl.counts["received"]:
        return "the list is empty"
    if crawl.partial and not confirm:
        return "the hub says that it gave only a part of it"
    if crawl.total is not None and crawl.counts["received"] < crawl.total:
        return f"the pages brought {crawl.counts['received']} of {crawl.total} records"
    unread = max(crawl.counts["unread"], crawl.counts["nameless"])
    if missed <= unread and not confirm:
        return f"{unread} records could not be read, and may be these"
    known = crawl.known + missed
    if missed > rules.most_gone * known and not confirm:
        return f"more than {rules.most_gone:.0%} of the {known} known ones"
    return None


def _described(records: Mapping[str, Record]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """(names, digests); of many records this takes a while, and callers of the gateway are not to wait for it."""
    names = {id: record.name_text for id, record in records.items()}
    return names, {id: record.digest for id, record in records.items()}


def _portions(records: Iterable[Record]) -> Iterator[list[Record]]:
    remaining = iter(records)
    while portion := list(islice(remaining, store.PORTION)):
        yield portion
