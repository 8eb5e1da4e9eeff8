"""What hubs call: who may, which route, the backend's answer, and what must be remembered of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.admission import admitted
from gateway.backends import BackendPort
from gateway.errors import BackendFailed, GatewayError, UnknownConnection
from gateway.handover import HandOver
from gateway.holding import Holding
from gateway.http import HttpRequest, HttpResponse
from gateway.hub import Hub
from gateway.idempotency import Answers
from gateway.journal import Exchange, Journal, correlated
from gateway.log import logger
from gateway.model import messages as m
from gateway.ports import Call, Connection
from gateway.receiving import Receiving
from gateway.routing import find
from gateway.sessions import SessionRegister
from gateway.store import inbox
from gateway.store.sessions import joined

_log = logger(__name__)


class Inward:
    """The callbacks of one process."""

    def __init__(
        self,
        hubs: Mapping[str, Hub],
        backend: BackendPort,
        sessions: SessionRegister,
        journal: Journal,
        holding: Holding,
        wake: Callable[[], None],
    ) -> None:
        self._hubs, self._backend, self._sessions, self._journal = hubs, backend, sessions, journal
        connections = {name: hub.connection for name, hub in hubs.items()}
        self._database, self._now = holding.database, holding.now
        self._answers = Answers(holding)
        self._receiving = Receiving(holding, backend, connections, wake)
        self._handover = HandOver(holding, self._receiving.kinds)

    def _hub(self, name: str) -> Hub:
        try:
            return self._hubs[name]
        except KeyError:
            raise UnknownConnection(f"there is no connection {name!r}") from None

    async def handle(self, name: str, request: HttpRequest) -> HttpResponse:
        """Answers a hub's call, failures in the protocol's words. Raises UnknownConnection."""
        hub = self._hub(name)
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
        await self._journal.write(exchange)
        return exchange.response

    async def refuse(self, name: str, request: HttpRequest, error: GatewayError) -> HttpResponse:
        """Says no to a call that was not even read, in the protocol's words. Raises UnknownConnection."""
        hub = self._hub(name)
        response = hub.adapter.refuse(hub.connection, request, error)
        exchange = Exchange(name, "in", request, response=response, error=f"{type(error).__name__}: {error}")
        await self._journal.write(exchange)
        return response

    async def _answered(self, hub: Hub, request: HttpRequest, exchange: Exchange) -> HttpResponse:
        admitted(hub.connection, hub.profile, request)
        hub.adapter.admit(hub.connection, request)
        route, parameters = find(hub.adapter.routes, request, hub.connection.role)
        exchange.operation = route.operation
        asked = _Asked(self, exchange)
        return await route.answer(Call(hub.connection, request, asked, hub.link(), parameters))

    async def answer(self, connection: Connection, message: m.Message[Any]) -> Any:
        """The backend's answer, the same to the same question, with what must be remembered of it."""
        if isinstance(message, m.SubmitCdr):
            return await self._receiving.pushed(connection, message)
        return await self._answers.once(connection, message, lambda: self._asked(connection, message))

    async def _asked(self, connection: Connection, message: m.Message[Any]) -> Any:
        if isinstance(message, m.StopSession):
            known = await self._sessions.find(connection.name, message.session)
            if known is not None:
                message = replace(message, session=joined(message.session, known.ids), evse=message.evse or known.evse)
        answer = await self._backend.answer(connection, message)
        await self._sessions.remember(connection, message, answer)
        return answer

    async def collected(self, connection: Connection, message: m.Message[Any]) -> Any:
        """What a job has fetched: CDRs that wait at the hub are answered for only by the backend."""
        if isinstance(message, m.SubmitCdr):
            return await self._receiving.waiting(connection, message)
        if isinstance(message, m.ReviewCdr):
            return await self._receiving.reviewed(connection, message)
        return await self.answer(connection, message)

    async def hand_over(self) -> None:
        """Gives the backend what the inbox has for it, oldest first."""
        await self._handover.drain()

    async def items(self, connection: str = "", *, aside: bool = False) -> Sequence[inbox.Item]:
        """What was received for the backend, oldest first; `aside`: what cannot be read and waits for a person."""
        return await self._database.read(lambda transaction: inbox.listed(transaction, connection, aside=aside))

    async def take_up_again(self, item: int) -> bool:
        """Whether there was such an item aside: it is handed over again."""
        return await self._database.write(lambda transaction: inbox.taken_up_again(transaction, item, self._now()))

    def end(self) -> None:
        """Nothing more is handed over; what is in hand finishes."""
        self._handover.end()

    async def close(self) -> None:
        await self._handover.close()
        await self._answers.close()


class _Asked:
    """The backend as a route sees it: through the gateway, which stores and remembers."""

    def __init__(self, inward: Inward, exchange: Exchange) -> None:
        self._inward, self._exchange = inward, exchange

    async def answer(self, connection: Connection, message: m.Message[Any]) -> Any:
        correlated(self._exchange, message)
        answer = await self._inward.answer(connection, message)
        correlated(self._exchange, answer)
        return answer
