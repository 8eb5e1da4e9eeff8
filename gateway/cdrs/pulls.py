"""Fetching the CDRs that a hub has taken for an EMSP: what it could not hand on, and now and then all of them.

A CDR goes into the inbox under its session's name, like one that was pushed: whichever comes first is handed to the
backend, and never a second one. So the same stretch of time may be asked for as often as one likes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from gateway.connections import named_by_operators
from gateway.crawling import PullBackend, PullReport, is_due, pages, setting, written
from gateway.errors import Unsupported
from gateway.hub import Hub
from gateway.log import logger
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.ports import Connection
from gateway.receiving import cdr_key
from gateway.store import Database, inbox
from gateway.store import pulls as store

Take = Callable[[Connection, m.SubmitCdr], Awaitable[m.CdrReceipt]]
_log = logger(__name__)
_AT_ONCE = 50
KIND = m.FetchCdrs.__name__


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrPullRules:
    """A connection's own stand in its options, `cdr_pulls = { enabled = false }` or `{ look_back_days = 60 }`."""

    enabled: bool = True
    overlap_seconds: float = 86_400.0
    """How far before the last question the next one begins: nobody says which of a CDR's times the hub goes by."""
    full_after_seconds: float = 86_400.0
    """How old the last look at all CDRs may be, those that the hub holds for delivered included."""
    look_back_days: float = 31.0
    """How far such a look goes back, and the first of all."""


def _rules(given: Mapping[str, Any]) -> CdrPullRules:
    """Raises TypeError for what is no setting, ValueError for what is no number."""
    enabled = given.get("enabled", True)
    if not isinstance(enabled, bool):
        raise ValueError("enabled is true or false")
    return CdrPullRules(
        enabled=enabled, **{name: float(value) for name, value in given.items() if name != "enabled"}
    )  # fmt: skip


@dataclass(slots=True)
class _Look:
    hub: Hub
    full: bool
    pages: int = 0
    received: int = 0
    new: int = 0
    unread: list[str] = field(default_factory=list)

    def report(self, **more: Any) -> PullReport:
        return PullReport(
            connection=self.hub.connection.name,
            list=KIND,
            full=self.full,
            pages=self.pages,
            received=self.received,
            changed=self.new,
            unread=len(self.unread),
            words="; ".join(self.unread)[:1000] or None,
            **more,
        )


class CdrPulls:
    """`take` stores a CDR for the backend, as if the hub had pushed it."""

    def __init__(self, database: Database, backend: PullBackend, take: Take, now: Callable[[], datetime]) -> None:
        self._database, self._backend, self._take, self._now = database, backend, take, now

    async def pull(self, hub: Hub, full: bool) -> PullReport:
        """Raises Unsupported where the hub has no CDRs to ask for, and what asking it raises; nothing then moves."""
        rules = setting(hub, "cdr_pulls", _rules)
        if m.FetchCdrs not in hub.adapter.pages:
            raise Unsupported(f"{hub.profile.title} has no list of CDRs for a stretch of time")
        if not rules.enabled:
            return PullReport(connection=hub.connection.name, list=KIND, words="not asked for: cdr_pulls is off")
        if not self._backend.has(m.SubmitCdr):
            return PullReport(connection=hub.connection.name, list=KIND, words="not asked for: no SubmitCdr is taken")
        return await self._pulled(hub, rules, full)

    async def _pulled(self, hub: Hub, rules: CdrPullRules, full: bool) -> PullReport:
        name, began = hub.connection.name, self._now()
        mark = await self._database.read(lambda transaction: store.watermark(transaction, name, KIND))
        look = _Look(hub, full or is_due(mark, rules.full_after_seconds, began))
        await written(self._database, lambda transaction: store.begun(transaction, name, KIND, began))
        since = _since(mark, rules, began, look.full)
        question = m.FetchCdrs(since=since, until=began, forwarded=None if look.full else False)
        async with aclosing(pages(hub, question)) as answers:
            async for answer in answers:
                await self._page(look, answer)
        moved = store.Watermark(began, began if look.full else mark.full_at)
        await written(self._database, lambda transaction: store.move(transaction, name, KIND, moved, self._now()))
        report = look.report(since=began)
        (_log.warning if look.unread else _log.info)(
            "CDRs pulled", connection=name, full=look.full, received=look.received, new=look.new, words=report.words
        )
        return report

    async def _page(self, look: _Look, answer: Any) -> None:
        look.pages += 1
        look.received += len(answer.cdrs)
        look.unread += answer.page.unread if answer.page is not None else ()
        connection = look.hub.connection
        by_operator = named_by_operators(connection, look.hub.profile)
        submitted = map(_submitted, answer.cdrs)
        asked = {cdr_key(message, by_operator=by_operator): message for message in submitted}
        known = await self._database.read(lambda transaction: inbox.known(transaction, connection.name, asked))
        fresh = iter([message for key, message in asked.items() if key not in known])
        while portion := list(islice(fresh, _AT_ONCE)):
            receipts = await asyncio.gather(*(self._take(connection, message) for message in portion))
            look.new += sum(not receipt.already_there for receipt in receipts)


def _submitted(cdr: Cdr) -> m.SubmitCdr:
    return m.SubmitCdr(operator=cdr.operator, cdr=cdr)


def _since(mark: store.Watermark, rules: CdrPullRules, now: datetime, full: bool) -> datetime:
    """A gateway that stood still for longer than a look goes back begins where it stopped."""
    overlap, back = timedelta(seconds=rules.overlap_seconds), now - timedelta(days=rules.look_back_days)
    last = mark.since - overlap if mark.since is not None and mark.since <= now else None
    return min(last or back, back) if full or last is None else last
