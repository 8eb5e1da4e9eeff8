"""Fetching the CDR of one session from a hub: by hand, and for sessions that have ended and whose CDR has not come.

What a hub answers goes the way of a CDR that it has pushed: into the inbox under its session's name, and from there to
the backend, once. Off unless the connection's option says otherwise: `fetch_cdrs = { enabled = true }`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from gateway.crawling import setting
from gateway.errors import GatewayError, UnknownConnection, Unsupported
from gateway.hub import Hub
from gateway.log import logger
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.session import SessionIds
from gateway.ports import Connection
from gateway.store import Database, inbox, sessions, unfinished
from gateway.store.database import Transaction
from gateway.store.sessions import KnownSession, joined

OPTION = "fetch_cdrs"
Take = Callable[[Connection, m.SubmitCdr], Awaitable[m.CdrReceipt]]
_log = logger(__name__)
_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRules:
    """A connection's own stand in its options, `fetch_cdrs = { enabled = true, after_seconds = 3600 }`."""

    enabled: bool = False
    after_seconds: float = 86_400.0
    """How long after the end of a session its CDR may still come by itself."""
    give_up_seconds: float = 7 * 86_400.0
    """How long after the end of a session it is asked for."""


def _rules(given: Mapping[str, Any]) -> FetchRules:
    """Raises TypeError for what is no setting, ValueError for what is no number."""
    enabled = given.get("enabled", False)
    if not isinstance(enabled, bool):
        raise ValueError("enabled is true or false")
    return FetchRules(enabled=enabled, **{name: float(value) for name, value in given.items() if name != "enabled"})


class CdrFetching:
    """`take` stores a CDR for the backend, as if the hub had pushed it. `hubs` by the names of their connections."""

    def __init__(self, database: Database, hubs: Mapping[str, Hub], take: Take, now: Callable[[], datetime]) -> None:
        self._database, self._hubs, self._take, self._now = database, hubs, take, now

    async def fetch(self, name: str, ids: SessionIds) -> Sequence[m.CdrReceipt]:
        """Asks a hub for the CDR of a session, and takes what it answers; empty: it has none.

        Raises UnknownConnection, Unsupported where it is not switched on, Invalid, and what asking the hub raises.
        """
        hub = self._hub(name)
        if m.FetchCdr not in hub.adapter.sends or hub.connection.role is not Role.EMSP:
            raise Unsupported(f"{name} has no CDR of a session to ask for")
        if not setting(hub, OPTION, _rules).enabled:
            raise Unsupported(f"fetching CDRs is off for {name}; {OPTION} = {{ enabled = true }} switches it on")
        known = await self._database.read(lambda transaction: sessions.find(transaction, name, ids))
        return await self._fetched(hub, joined(ids, known.ids) if known is not None else ids)

    def _hub(self, name: str) -> Hub:
        try:
            return self._hubs[name]
        except KeyError:
            raise UnknownConnection(f"there is no connection {name!r}") from None

    async def _fetched(self, hub: Hub, ids: SessionIds) -> Sequence[m.CdrReceipt]:
        answer: m.Cdrs = await hub.send(m.FetchCdr(session=ids))
        receipts = []
        for cdr in answer.cdrs:
            cdr = replace(cdr, session=joined(cdr.session, ids))
            message = m.SubmitCdr(operator=cdr.operator, provider=cdr.provider, cdr=cdr)
            receipts.append(await self._take(hub.connection, message))
        return receipts

    async def overdue(self, name: str) -> Sequence[KnownSession]:
        """Sessions of a connection that have ended long enough ago, and whose CDR is not there."""
        rules, now = setting(self._hub(name), OPTION, _rules), self._now()
        until, since = now - timedelta(seconds=rules.after_seconds), now - timedelta(seconds=rules.give_up_seconds)

        def find(transaction: Transaction) -> Sequence[KnownSession]:
            ended = unfinished.ended(transaction, name, since, until, _AT_ONCE)
            there = inbox.known(transaction, name, [one.ids.hub for one in ended if one.ids.hub])
            return [one for one in ended if one.ids.hub and one.ids.hub not in there]

        return await self._database.read(find)

    async def look(self) -> int:
        """Asks for every CDR that is overdue, where that is switched on; how many came. One failure stops no other."""
        came = 0
        for name, hub in self._hubs.items():
            if m.FetchCdr not in hub.adapter.sends or hub.connection.role is not Role.EMSP:
                continue
            if setting(hub, OPTION, _rules).enabled:
                came += sum([await self._asked_for(hub, known) for known in await self.overdue(name)])
        return came

    async def _asked_for(self, hub: Hub, known: KnownSession) -> int:
        try:
            receipts = await self._fetched(hub, known.ids)
        except GatewayError as error:
            _log.warning("a CDR could not be fetched", connection=hub.connection.name, reason=type(error).__name__)
            return 0
        return sum(not receipt.already_there for receipt in receipts)
