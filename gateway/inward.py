"""What hubs call: who may, which route, the backend's answer, and what must be remembered of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from gateway.admission import admitted
from gateway.backends import BackendPort
from gateway.cdrs.answers import CdrAnswers
from gateway.connections import named_by_operators
from gateway.errors import (
    BackendFailed,
    ForeignOperator,
    GatewayError,
    Unauthenticated,
    UnknownConnection,
    Unsupported,
)
from gateway.handover import HandOver
from gateway.holding import Holding
from gateway.http import HttpRequest, HttpResponse
from gateway.hub import Hub
from gateway.idempotency import Answers
from gateway.journal import Exchange, Journal, correlated
from gateway.log import logger
from gateway.model import messages as m
from gateway.naming import operator_named
from gateway.ports import Call, Connection
from gateway.preparing import is_about_a_session, named, with_known
from gateway.receiving import Receiving
from gateway.routing import find
from gateway.session_book import SessionBook
from gateway.sessions import SessionRegister
from gateway.store import inbox, remembered
from gateway.together import Together

_log = logger(__name__)
_LAST_CALLS_SECONDS = 10.0


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
        answers: CdrAnswers | None = None,
    ) -> None:
        self._hubs, self._backend, self._sessions, self._journal = hubs, backend, sessions, journal
        connections = {name: hub.connection for name, hub in hubs.items()}
        self._database, self._now = holding.database, holding.now
        self._answers = Answers(holding)
        self._calls: set[asyncio.Task[HttpResponse]] = set()
        by_operator = [name for name, hub in hubs.items() if named_by_operators(hub.connection, hub.profile)]
        self._receiving = Receiving(holding, backend, connections, wake, answers, by_operator)
        self._handover = HandOver(holding, self._receiving.kinds)

    def _hub(self, name: str) -> Hub:
        try:
            return self._hubs[name]
        except KeyError:
            raise UnknownConnection(f"there is no connection {name!r}") from None

    async def handle(self, name: str, request: HttpRequest) -> HttpResponse:
        """Answers a hub's call, failures in the protocol's words. Raises UnknownConnection.

        It goes on where the caller is cancelled; the answer leaves when the store has all that it stands for.
        """
        hub = self._hub(name)
        task = asyncio.create_task(self._handled(hub, Exchange(name, "in", request)), name=f"call of {name}")
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        return await asyncio.shield(task)

    async def _handled(self, hub: Hub, exchange: Exchange) -> HttpResponse:
        together = Together()
        try:
            exchange.response = await self._answered(hub, exchange.request, exchange, together)
        except Exception as error:
            exchange.response = self._refused(hub, exchange, error)
        if not (together and await self._journal.wrote(exchange, together.work)):
            exchange.response = await self._stored_apart(hub, exchange, exchange.response, together)
        together.end()
        return exchange.response

    def _refused(self, hub: Hub, exchange: Exchange, error: Exception) -> HttpResponse:
        if isinstance(error, GatewayError):
            exchange.error = f"{type(error).__name__}: {error}"
            return hub.adapter.refuse(hub.connection, exchange.request, error)
        _log.exception("inbound call failed", connection=hub.connection.name, exc_info=error)
        exchange.error = f"{type(error).__name__}"
        return hub.adapter.refuse(hub.connection, exchange.request, BackendFailed("internal error"))

    async def _stored_apart(
        self, hub: Hub, exchange: Exchange, response: HttpResponse, together: Together
    ) -> HttpResponse:
        """What leaves: without the journal's row, which may fail, but with nothing else missing in the store."""
        try:
            await together.alone()
        except Exception as error:
            exchange.response = response = self._refused(hub, exchange, error)
            together.end(error)
        await self._journal.write(exchange)
        return response

    async def refuse(self, name: str, request: HttpRequest, error: GatewayError) -> HttpResponse:
        """Says no to a call that was not even read, in the protocol's words. Raises UnknownConnection."""
        hub = self._hub(name)
        response = hub.adapter.refuse(hub.connection, request, error)
        exchange = Exchange(name, "in", request, response=response, error=f"{type(error).__name__}: {error}")
        await self._journal.write(exchange)
        return response

    async def _answered(self, hub: Hub, request: HttpRequest, exchange: Exchange, together: Together) -> HttpResponse:
        admitted(hub.connection, hub.profile, request)
        await hub.adapter.admit(hub.link(), request)
        route, parameters = find(hub.adapter.routes, request, hub.connection.role)
        exchange.operation = route.operation
        asked = _Asked(self, exchange, together)
        try:
            return await route.answer(self._call(hub, request, asked, parameters))
        except ForeignOperator:
            if asked.was_asked:
                raise
            async for other in self._beside(hub, request):
                with contextlib.suppress(ForeignOperator):
                    answer = await route.answer(self._call(other, request, asked, parameters))
                    exchange.connection = other.connection.name
                    return answer
            raise

    def _call(self, hub: Hub, request: HttpRequest, asked: "_Asked", parameters: Mapping[str, str]) -> Call:
        book = SessionBook(self._sessions, hub.connection.name)
        return Call(hub.connection, request, asked, hub.link(), parameters, book)

    async def _beside(self, hub: Hub, request: HttpRequest) -> AsyncIterator[Hub]:
        """Other accounts at the same hub that this caller may call: whose EVSE it is tells the tenant.

        A hub names no CPO in a remote command (OICP 2.3, AuthorizeRemoteStart), and may call one address for several.
        """
        for other in self._hubs.values():
            mine, others = hub.connection, other.connection
            if other is hub or (mine.hub, mine.protocol, mine.role) != (others.hub, others.protocol, others.role):
                continue
            with contextlib.suppress(Unauthenticated, Unsupported):
                admitted(others, other.profile, request)
                await other.adapter.admit(other.link(), request)
                yield other

    async def answer(self, connection: Connection, message: m.Message[Any], together: Together | None = None) -> Any:
        """The backend's answer, the same to the same question, with what must be remembered of it."""
        if isinstance(message, m.SubmitCdr):
            return await self._receiving.pushed(connection, message)
        asked = partial(self._asked, connection, message, together)
        return await self._answers.once(connection, message, asked, together)

    async def _asked(self, connection: Connection, message: m.Message[Any], together: Together | None) -> Any:
        if is_about_a_session(message) and not isinstance(message, m.AuthorizeStop):
            known = await self._sessions.find(connection.name, named(message), operator_named(message))
            if known is not None:
                message = with_known(message, known)
        answer = await self._backend.answer(connection, message)
        hub = self._hubs.get(connection.name)
        if hub is not None and hub.adapter.completes is not None:
            answer = hub.adapter.completes(hub.link(message), message, answer)
        await self._askable_again(connection.name, message, answer)
        await self._sessions.remember(connection, message, answer, together)
        return answer

    async def _askable_again(self, connection: str, message: m.Message[Any], answer: Any) -> None:
        kind, ids = remembered.outdated(message, answer), named(message)
        if kind is not None and ids.hub:
            await self._database.write(lambda transaction: remembered.forget(transaction, connection, kind, ids.hub))

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
        if self._calls:
            await asyncio.wait(list(self._calls), timeout=_LAST_CALLS_SECONDS)


class _Asked:
    """The backend as a route sees it: through the gateway, which stores and remembers."""

    def __init__(self, inward: Inward, exchange: Exchange, together: Together) -> None:
        self._inward, self._exchange, self._together = inward, exchange, together
        self.was_asked = False

    async def answer(self, connection: Connection, message: m.Message[Any]) -> Any:
        self.was_asked = True
        correlated(self._exchange, message)
        answer = await self._inward.answer(connection, message, self._together)
        correlated(self._exchange, answer)
        return answer
