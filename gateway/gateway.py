"""The gateway: hubs, store and backend put together."""

import asyncio
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection as BackendTransaction

from gateway.authorising import Authorising
from gateway.backends import DELIVERY_CHANGED, BackendPort
from gateway.cdrs.book import CdrBook
from gateway.cdrs.fetching import CdrFetching
from gateway.cdrs.lives import CdrLives
from gateway.clockwork import Clockwork, Housekeeping
from gateway.closing import Closing
from gateway.connections import connections, late_grants, operators_name, profile_of
from gateway.delivery.deliveries import Delivery
from gateway.delivery.outbox import Outbox
from gateway.delivery.outcomes import Outcome
from gateway.delivery.steady import Steady
from gateway.endpoints import StoredEndpoints
from gateway.engines import Engine, engine_for
from gateway.engines.port import TOGETHER
from gateway.errors import GatewayError, Invalid, UnknownConnection
from gateway.findings import Finding, Severity
from gateway.holding import Holding
from gateway.http import HttpRequest, HttpResponse
from gateway.hub import Hub
from gateway.inward import Inward
from gateway.journal import Journal
from gateway.log import logger
from gateway.metrics import Metrics
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.networks import EvseNetworks
from gateway.operators import LocationRegister
from gateway.ports import Connection, Transport
from gateway.preparing import Preparing
from gateway.publishing import Publisher
from gateway.publishing.parking import ParkingStatuses
from gateway.publishing.refreshing import keeper
from gateway.pulls import Pulls
from gateway.registry import Registry
from gateway.reporting import Reporting
from gateway.sessions import SessionRegister, evse_warning
from gateway.settings import JournalSettings, Settings, load
from gateway.store import Database, inbox
from gateway.store.outbox import Entry
from gateway.store.publications import knows_evse
from gateway.store.solitary import Solitary
from gateway.token_lists import TokenLists
from gateway.transport import HttpLink

_log = logger(__name__)
_INBOX_SECONDS, _MINUTE, _RETENTION_SECONDS = 1.0, 60.0, 3600.0


class Gateway:
    """One process's gateway. Use as `async with Gateway(connections, backend) as gateway:`.

    `database` defaults to SQLite in memory; `link` makes the way to a hub and is there for tests.
    """

    def __init__(
        self,
        connections: Mapping[str, Connection],
        backend: object,
        *,
        database: Database | None = None,
        link: Callable[[Connection], Transport] | None = None,
        first_wait_seconds: float = 2.0,
        lease_seconds: float = 30.0,
        together: int = TOGETHER,
        journal: JournalSettings | None = None,
    ) -> None:
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self.database = database or Database()
        self.database.migrate()
        self.backend = BackendPort(backend)
        self.metrics = Metrics({name: connection.hub for name, connection in connections.items()})
        self.journal = Journal(self.database, settings=journal, saw=self.metrics.saw)
        self._solitary = Solitary(self.database)
        self.sessions = SessionRegister(self.database, knows_evse, late=late_grants, operators_name=operators_name)
        self._links: list[HttpLink] = []
        self._hubs = {name: self._hub(connection, link) for name, connection in connections.items()}
        self.known = {name: (hub.connection, hub.profile) for name, hub in self._hubs.items()}
        self.registry = Registry(self.database, self.known)
        self.locations = LocationRegister(self.database, refusal=self.registry.refusal)
        self.publisher = Publisher(self.database, self._hubs, self.registry.hold, wake=self.wake)
        self._book = CdrBook(self._hubs, _now)
        self.outbox = self._outbox(first_wait_seconds, lease_seconds)
        self.cdrs = CdrLives(self.database, self._book, self.sessions, self.outbox.owe, self.submit, _now)
        self.revise_cdr, self.give_up_cdr = self.cdrs.revise, self.cdrs.give_up
        self.engine: Engine = engine_for(self.database, self.outbox, together=together)
        self.closing = Closing(self.database, self.known, self.outbox.owe)
        self.token_lists = TokenLists(self.database, self._hubs, self.outbox.owe, _now, self.wake)
        self.authorising = self._authorising()
        self.inward = self._inward(lease_seconds)
        self.pulls = Pulls(self.database, self._hubs, self.backend, _now, self.inward.answer)
        self.fetching = CdrFetching(self.database, self._hubs, self.inward.answer, _now)
        clocked = self._hubs, self.inward.collected, self._housekeeping()
        self._clockwork = Clockwork(self.database, *clocked, pull=self.pulls.pull)
        self.publish, self.retire, self.fetch_cdr = self.publisher.publish, self.publisher.retire, self.fetching.fetch
        self.publish_tokens, self.publish_parking = self.token_lists.publish, ParkingStatuses(self.publisher).publish
        self._reporting = reporting = Reporting(self._hubs, self.sessions, self.submit, self._close_sessions)
        self.started, self.never_started, self.report = reporting.started, reporting.never_started, reporting.report
        self.publish_status, self.authorize = self.publisher.publish_status, self.authorising.authorize

    def _authorising(self) -> Authorising:
        card_hash, bars = self.journal.card_hash, self.registry.bars
        return Authorising(self._hubs, self.database, card_hash=card_hash, knows_evse=knows_evse, bars=bars)

    def _inward(self, lease_seconds: float) -> Inward:
        holding = Holding(self.database, self.owner, _now, lease_seconds)
        parts = (self.sessions, self.journal, holding, self._inbox_has_work, self.cdrs.answers)
        return Inward(self._hubs, self.backend, *parts)

    def _outbox(self, first_wait_seconds: float, lease_seconds: float) -> Outbox:
        return Outbox(
            self.database,
            self.known,
            self._send,
            planner=self.publisher.planner,
            hold=self.registry.hold,
            tells=self.backend.hears(DELIVERY_CHANGED),
            settled=self._inbox_has_work,
            observe=self._observed,
            witness=self._book.settled,
            first_wait_seconds=first_wait_seconds,
            lease_seconds=lease_seconds,
            owner=self.owner,
        )

    def _hub(self, connection: Connection, link: Callable[[Connection], Transport] | None) -> Hub:
        adapter, profile = profile_of(connection.hub, connection.protocol)
        remember, preparing = self.sessions.remember, Preparing(self.sessions, _now)
        endpoints = StoredEndpoints(self.database, connection.name, self.journal.keys)
        if link is not None:
            return Hub(connection, adapter, profile, link(connection), self.journal, remember, preparing, endpoints)
        http = HttpLink(connection, profile)
        self._links.append(http)
        return Hub(connection, adapter, profile, http, self.journal, remember, preparing, endpoints)

    def _housekeeping(self) -> Sequence[Housekeeping]:
        return (
            Housekeeping("inbox", _INBOX_SECONDS, self.inward.hand_over, everywhere=True),
            Housekeeping("sessions", _MINUTE, self._close_sessions),
            Housekeeping("statuses", _MINUTE, keeper(self.database, self._hubs, _now, self.wake)),
            Housekeeping("ended statuses", _MINUTE, self.pulls.expire),
            Housekeeping("missing CDRs", _RETENTION_SECONDS, self.fetching.look),
            Housekeeping("tokens", _MINUTE, self.token_lists.keep_up),
            Housekeeping("journal", _RETENTION_SECONDS, self._expire_journal),
        )

    async def _expire_journal(self) -> None:
        await self.journal.expired()

    async def _close_sessions(self) -> None:
        if await self.closing.close_unfinished():
            self.wake()

    @classmethod
    def load(cls, settings: Settings | Path | str, backend: object) -> "Gateway":
        """The gateway of a settings file, its store included. Raises Invalid."""
        known = settings if isinstance(settings, Settings) else load(settings)
        database = Database(known.store.dsn, schema=known.store.schema_name)
        return cls(
            connections(known),
            backend,
            database=database,
            journal=known.journal,
            together=known.workers.together,
            lease_seconds=known.workers.lease_seconds,
        )

    async def __aenter__(self) -> "Gateway":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, *, workers: bool = True) -> None:
        """Begins to deliver and to do what is due by the clock.

        Without `workers` other processes on the same PostgreSQL do that. Raises Invalid where another process works on
        the SQLite file.
        """
        if workers:
            self._solitary.hold()
        if workers and self.database.is_sqlite:
            await self.outbox.recover()
            await self.database.write(inbox.all_given_back)
        if workers:
            await self.publisher.recheck()
        _log.info("gateway started", connections=sorted(self._hubs), workers=workers)
        self.engine.start(workers)
        if workers:
            self._clockwork.start()

    async def stop(self) -> None:
        """Lets what is in flight finish, and closes the store."""
        self.outbox.end()
        self.inward.end()
        await self._clockwork.stop()
        await self.engine.stop()
        await self.inward.close()
        await self.authorising.close()
        await asyncio.gather(*(link.close() for link in self._links))
        await asyncio.to_thread(self.database.close)
        self._solitary.release()

    @cached_property
    def networks(self) -> EvseNetworks:
        """EVSE networks, their groups and offers."""
        return EvseNetworks(self.database, self._hubs, _now, self.metrics.priced_zero)

    @property
    def hubs(self) -> Mapping[str, Hub]:
        return self._hubs

    def hub(self, name: str) -> Hub:
        """Raises UnknownConnection."""
        try:
            return self._hubs[name]
        except KeyError:
            raise UnknownConnection(f"there is no connection {name!r}") from None

    async def _send(self, connection: str, message: m.Message[Any], steady: Steady) -> m.Answer:
        if not steady.repeats:
            await self.cdrs.leaving(connection, message)
        answer: m.Answer = await self.hub(connection).send(message, over=steady.over)
        return answer

    def _observed(self, entry: Entry, outcome: Outcome, seconds: float) -> None:
        self.metrics.delivered(entry.connection, entry.kind, outcome.state, outcome.code, seconds)

    def _inbox_has_work(self) -> None:
        self._clockwork.wake()

    def wake(self, lane: str = "") -> None:
        """There is something to deliver; sparing the wait for the next sweep, never needed."""
        self.engine.wake(lane)

    # --- owing ---------------------------------------------------------------------------------------------------

    async def submit(self, connection: str, message: m.Message[Any]) -> Delivery:
        """Owes a CDR, or another durable message, to a hub; it is in the store when this returns.

        Raises UnknownConnection, Unsupported, or Invalid.
        """
        self.hub(connection)
        owed = await self.database.write(lambda transaction: self.cdrs.owe_in(transaction, connection, message))
        self.wake(owed.lane)
        return owed

    async def submit_cdr(self, cdr: Cdr, *, connection: str = "") -> Delivery:
        """Owes a CDR to the hub that authorised its session. Raises Invalid where no session of that name is known."""
        name = connection or await self._reporting.hub_of(cdr.session, cdr.evse)
        if name is None:
            text = "no hub has authorised a session of this name; name the connection, or bill it otherwise"
            raise Invalid([Finding("/session", Severity.ERROR, "session", text)])
        known = await self.sessions.find(name, cdr.session)
        warning = evse_warning(known)
        if warning is not None:
            _log.warning("the hub may refuse a CDR", connection=name, words=warning.text)
        return await self.submit(name, m.SubmitCdr(cdr=cdr))

    def owe(self, transaction: BackendTransaction, connection: str, message: m.Message[Any]) -> Delivery:
        """As `submit`, within the backend's own transaction on the gateway's database: owed if that commits.

        With an `AsyncConnection`: `await connection.run_sync(gateway.owe, "hubject", message)`. The next sweep sees it;
        `gateway.wake()` after the commit spares the wait.
        """
        self.hub(connection)
        return self.cdrs.owe_in(self.database.joined(transaction), connection, message)

    async def deliveries(self, **filters: Any) -> Sequence[Delivery]:
        """Everything owed or settled, by `connection`, `state` or `session`."""
        return await self.outbox.listed(**filters)

    # --- inward --------------------------------------------------------------------------------------------------

    async def handle(self, name: str, request: HttpRequest) -> HttpResponse:
        """Answers a hub's call, failures in the protocol's words. Raises UnknownConnection."""
        return await self.inward.handle(name, request)

    async def refuse(self, name: str, request: HttpRequest, error: GatewayError) -> HttpResponse:
        """Says no to a call that was not even read, in the protocol's words. Raises UnknownConnection."""
        return await self.inward.refuse(name, request, error)


def _now() -> datetime:
    return datetime.now(UTC)
