"""The gateway: hubs, store and backend put together."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.admission import admitted
from gateway.backends import DELIVERY_CHANGED, BackendPort
from gateway.canonical import from_json, to_json
from gateway.clockwork import Clockwork
from gateway.connections import connections, profile_of
from gateway.deliver import Delivery, Outbox
from gateway.engine import Engine
from gateway.errors import BackendFailed, GatewayError, UnknownConnection, Unsupported
from gateway.http import HttpRequest, HttpResponse
from gateway.hub import Hub
from gateway.journal import Exchange, Journal
from gateway.log import logger
from gateway.model import messages as m
from gateway.model.cdr import CdrNature, CdrStatus
from gateway.model.session import AuthMethod
from gateway.operators import LocationRegister
from gateway.ports import Call, Connection, HubLink
from gateway.routing import find
from gateway.sessions import SessionRegister, new_session
from gateway.settings import Settings, load
from gateway.store import Database, inbox
from gateway.transport import HttpLink

_log = logger(__name__)


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
        link: Callable[[Connection], HubLink] | None = None,
        first_wait_seconds: float = 2.0,
    ) -> None:
        self.database = database or Database()
        self.database.migrate()
        self.backend = BackendPort(backend)
        self.journal = Journal(self.database)
        self.sessions = SessionRegister(self.database)
        self.locations = LocationRegister(self.database)
        self._links: list[HttpLink] = []
        self._hubs = {name: self._hub(connection, link) for name, connection in connections.items()}
        known = {name: (hub.connection, hub.profile) for name, hub in self._hubs.items()}
        self.outbox = Outbox(
            self.database, known, self._send, self._delivery_changed, first_wait_seconds=first_wait_seconds
        )
        self.engine = Engine(self.outbox.due, self.outbox.drain)
        self._clockwork = Clockwork(self._hubs, self._collected, self._hand_over)

    def _hub(self, connection: Connection, link: Callable[[Connection], HubLink] | None) -> Hub:
        adapter, profile = profile_of(connection.hub, connection.protocol)
        if link is not None:
            return Hub(connection, adapter, profile, link(connection), self.journal, self._remember)
        http = HttpLink(connection, profile)
        self._links.append(http)
        return Hub(connection, adapter, profile, http, self.journal, self._remember)

    @classmethod
    def load(cls, settings: Settings | Path | str, backend: object) -> "Gateway":
        """The gateway of a settings file, its store included. Raises Invalid."""
        known = settings if isinstance(settings, Settings) else load(settings)
        return cls(connections(known), backend, database=Database(known.store.dsn))

    async def __aenter__(self) -> "Gateway":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Begins to deliver and to do what is due by the clock."""
        interrupted = await self.outbox.recover()
        _log.info("gateway started", connections=sorted(self._hubs), interrupted=interrupted)
        self.engine.start()
        self._clockwork.start()

    async def stop(self) -> None:
        """Lets what is in flight finish, and closes the store."""
        self.outbox.end()
        await self._clockwork.stop()
        await self.engine.stop()
        await asyncio.gather(*(link.close() for link in self._links))
        await asyncio.to_thread(self.database.close)

    @property
    def hubs(self) -> Mapping[str, Hub]:
        return self._hubs

    def hub(self, name: str) -> Hub:
        """Raises UnknownConnection."""
        try:
            return self._hubs[name]
        except KeyError:
            raise UnknownConnection(f"there is no connection {name!r}") from None

    async def _send(self, connection: str, message: m.Message[Any]) -> m.Answer:
        answer: m.Answer = await self.hub(connection).send(message)
        return answer

    # --- outward -------------------------------------------------------------------------------------------------

    async def submit(self, connection: str, message: m.Message[Any]) -> Delivery:
        """Owes a CDR or a push to a hub; durable when this returns. Raises UnknownConnection or Unsupported."""
        self.hub(connection)
        if isinstance(message, m.SubmitCdr) and message.cdr is not None:
            cdr = await self.sessions.complete(connection, message.cdr, _now())
            message = replace(message, cdr=cdr)
        owed = await self.outbox.submit(connection, message)
        self.engine.wake()
        return owed

    async def deliveries(self, **filters: str) -> Sequence[Delivery]:
        """Everything owed or settled, by `connection`, `state` or `session`."""
        return await self.outbox.listed(**filters)

    async def _delivery_changed(self, delivery: Delivery) -> None:
        try:
            await self.backend.tell(DELIVERY_CHANGED, delivery)
        except GatewayError:
            _log.warning("the backend did not take a delivery's change", entry=delivery.id, state=delivery.state)

    # --- inward --------------------------------------------------------------------------------------------------

    async def handle(self, name: str, request: HttpRequest) -> HttpResponse:
        """Answers a hub's call, failures in the protocol's words. Raises UnknownConnection."""
        hub = self.hub(name)
        exchange = Exchange(name, "in", request)
        try:
            exchange.response = await self._answered(hub, request, exchange)
        except GatewayError as error:
            exchange.error = f"{type(error).__name__}: {error}"
            exchange.response = hub.adapter.refuse(hub.connection, request, error)
        except Exception as error:
            _log.exception("inbound call failed", connection=name)
            exchange.error = f"{type(error).__name__}"
            exchange.response = hub.adapter.refuse(hub.connection, request, BackendFailed("internal error"))
        await self.journal.write(exchange)
        return exchange.response

    async def refuse(self, name: str, request: HttpRequest, error: GatewayError) -> HttpResponse:
        """Says no to a call that was not even read, in the protocol's words. Raises UnknownConnection."""
        hub = self.hub(name)
        response = hub.adapter.refuse(hub.connection, request, error)
        exchange = Exchange(name, "in", request, response=response, error=f"{type(error).__name__}: {error}")
        await self.journal.write(exchange)
        return response

    async def _answered(self, hub: Hub, request: HttpRequest, exchange: Exchange) -> HttpResponse:
        admitted(hub.connection, hub.profile, request)
        hub.adapter.admit(hub.connection, request)
        route, parameters = find(hub.adapter.routes, request, hub.connection.role)
        exchange.operation = route.operation
        asked = _Asked(self, exchange)
        return await route.answer(Call(hub.connection, request, asked, hub.link(), parameters))

    async def _inbound(self, connection: Connection, message: m.Message[Any]) -> Any:
        """The backend's answer, with what must be remembered of it."""
        if isinstance(message, m.SubmitCdr):
            return await self._store_cdr(connection, message)
        if isinstance(message, m.StopSession):
            known = await self.sessions.find(connection.name, message.session)
            if known is not None:
                message = replace(message, session=_joined(message.session, known.ids), evse=message.evse or known.evse)
        answer = await self.backend.answer(connection, message)
        await self._remember(connection, message, answer)
        return answer

    async def _remember(self, connection: Connection, message: m.Message[Any], answer: Any) -> None:
        """A session that an answer has opened, in either direction."""
        if not isinstance(message, (m.StartSession, m.AuthorizeToken)) or not _opens(answer):
            return
        method = AuthMethod.COMMAND if isinstance(message, m.StartSession) else AuthMethod.AUTH_REQUEST
        provider = getattr(answer, "provider", None) or message.provider
        facts = {"evse": message.evse, "token": message.token, "provider": provider, "operator": message.operator}
        ids = _joined(message.session, answer.session)
        await self.sessions.record(new_session(connection.name, ids, auth_method=method, **facts), _now())

    async def _store_cdr(self, connection: Connection, message: m.SubmitCdr) -> m.CdrReceipt:
        """Stored, then acknowledged; the backend hears of it from the inbox, for as long as it takes."""
        item, new = await self._kept(connection, message)
        self._clockwork.wake()
        return m.CdrReceipt(accepted=new or _same_cdr(item, message), already_there=not new)

    async def _kept(
        self, connection: Connection, message: m.SubmitCdr, wait_seconds: float = 0
    ) -> tuple[inbox.Item, bool]:
        """(the CDR in the inbox, whether it is new). Raises Unsupported, or Invalid for what could not be read back."""
        if not self.backend.has(m.SubmitCdr):
            raise Unsupported("the backend has no submit_cdr")
        document = json.dumps(to_json(message), sort_keys=True)
        from_json(m.SubmitCdr, json.loads(document))
        values = {"connection": connection.name, "key": _inbox_key(message), "kind": "SubmitCdr", "message": document}
        first_try = _now() + timedelta(seconds=wait_seconds)
        return await self.database.write(
            lambda transaction: inbox.put(transaction, **values, now=_now(), first_try=first_try)
        )

    async def _collected(self, connection: Connection, message: m.Message[Any]) -> Any:
        """A CDR that waits at the hub is stored, and answered for only by the backend; all else as if pushed."""
        if not isinstance(message, m.SubmitCdr):
            return await self._inbound(connection, message)
        item, _ = await self._kept(connection, message, wait_seconds=60)
        if not _same_cdr(item, message):
            return m.CdrReceipt(accepted=False)
        if item.answer is not None:
            return from_json(m.CdrReceipt, json.loads(item.answer))
        answer = await self.backend.answer(connection, message)
        await self._answered_for(item, answer)
        return answer

    async def _hand_over(self) -> None:
        """Hands stored CDRs to the backend, oldest first; one that fails is tried again later."""
        for item in await self.database.read(lambda transaction: inbox.due(transaction, _now())):
            await self._hand_over_item(item)

    async def _hand_over_item(self, item: inbox.Item) -> None:
        try:
            message = from_json(m.SubmitCdr, json.loads(item.message))
            await self._answered_for(item, await self.backend.answer(self.hub(item.connection).connection, message))
        except GatewayError as error:
            _log.warning("a CDR is not handed over yet", item=item.id, error=str(error))
            later = _now() + timedelta(seconds=min(3600, 2 ** min(item.tries + 1, 12)))
            await self.database.write(lambda transaction: inbox.postpone(transaction, item, later))

    async def _answered_for(self, item: inbox.Item, answer: Any) -> None:
        if not isinstance(answer, m.CdrReceipt):
            raise BackendFailed(f"submit_cdr answered with {type(answer).__name__}, not with a CdrReceipt")
        text = json.dumps(to_json(answer))
        await self.database.write(lambda transaction: inbox.done(transaction, item, text))


class _Asked:
    """The backend as a route sees it: through the gateway, which stores and remembers."""

    def __init__(self, gateway: Gateway, exchange: Exchange) -> None:
        self._gateway, self._exchange = gateway, exchange

    async def answer(self, connection: Connection, message: m.Message[Any]) -> Any:
        ids = getattr(message, "session", None) or getattr(getattr(message, "cdr", None), "session", None)
        self._exchange.session = (ids.hub or ids.cpo or ids.emsp) if ids else None
        return await self._gateway._inbound(connection, message)


def _inbox_key(message: m.SubmitCdr) -> str:
    """A final CDR by its session, else by id and EVSE (an id from OCHP 1.3 is unique only per EVSE).

    Intermediate and revised ones, of which there may be several, by their content.
    """
    cdr = message.cdr
    evse = f"/{cdr.evse.compact}" if cdr and cdr.evse else ""
    name = (cdr.session.hub or (cdr.id and cdr.id + evse) or cdr.session.cpo) if cdr else None
    several = cdr is not None and (cdr.nature is CdrNature.INTERMEDIATE or cdr.status is CdrStatus.REVISED)
    if name is not None and not several:
        return name
    content = json.dumps(to_json(cdr), sort_keys=True)
    return f"{name or ''}/{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def _same_cdr(item: inbox.Item, message: m.SubmitCdr) -> bool:
    """By what it says: a hub that sends again may give the exchange a new transaction id."""
    return from_json(m.SubmitCdr, json.loads(item.message)).cdr == message.cdr


def _opens(answer: Any) -> bool:
    if isinstance(answer, m.Authorization):
        return answer.allowed is m.Allowed.ALLOWED
    return isinstance(answer, m.CommandResult) and answer.status is m.CommandStatus.ACCEPTED


def _joined(one: Any, other: Any) -> Any:
    return replace(one, **{name: getattr(one, name) or getattr(other, name) for name in ("hub", "cpo", "emsp")})


def _now() -> datetime:
    return datetime.now(UTC)
