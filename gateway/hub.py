"""The public face of a hub: an adapter on a connection."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from gateway.completing import completed
from gateway.endpoints import Endpoints
from gateway.errors import ForeignOperator, Invalid, NotSent, TransportError, Unsupported
from gateway.http import HttpRequest, HttpResponse
from gateway.journal import Exchange, Journal, correlated
from gateway.model import messages as m
from gateway.model.ids import EvseId, PartyId
from gateway.ports import Adapter, Connection, EndpointBook, HubLink, Profile, Transport
from gateway.preparing import Preparing
from gateway.streaming import Glimpse, Reply, shown, streamed

A = TypeVar("A", bound=m.Answer)
Remember = Callable[[Connection, m.Message[Any], Any], Awaitable[None]]
"""Keeps what an answer says of a session, before the caller hears it: without it no CDR can be delivered."""


class JournalledLink:
    """A HubLink that writes every exchange down, with what its message is about."""

    def __init__(
        self, link: Transport, journal: Journal, endpoints: EndpointBook, message: m.Message[Any] | None = None
    ) -> None:
        self._link, self._journal, self._message = link, journal, message
        self.endpoints = endpoints
        self.connection = link.connection
        self.exchanges: list[Exchange] = []

    def now(self) -> Any:
        return self._link.now()

    def new_id(self) -> str:
        return self._link.new_id()

    def _begun(self, request: HttpRequest) -> Exchange:
        operation = type(self._message).__name__ if self._message is not None else None
        exchange = Exchange(self.connection.name, "out", shown(request), operation, peer=self._peer(request))
        if self._message is not None:
            correlated(exchange, self._message)
        return exchange

    @asynccontextmanager
    async def streamed(self, request: HttpRequest) -> AsyncGenerator[Reply]:
        """The answer piece by piece; of a long one the journal keeps what `Glimpse` shows."""
        exchange, reply, seen = self._begun(request), None, Glimpse()
        try:
            async with streamed(self._link, request) as reply:
                yield reply.watched(seen.saw)
        except TransportError as error:
            exchange.error = f"{type(error).__name__}: {error}"
            raise
        finally:
            if reply is not None:
                exchange.response = HttpResponse(status=reply.status, headers=reply.headers, body=seen.shown())
                if not reply.is_complete:
                    exchange.error = exchange.error or "the answer was not read to its end"
            await self._journal.write(exchange)
            self.exchanges.append(exchange)

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        exchange = self._begun(request)
        try:
            exchange.response = await self._link.exchange(request)
        except Exception as error:
            exchange.error = f"{type(error).__name__}: {error}"
            raise
        finally:
            await self._journal.write(exchange)
            self.exchanges.append(exchange)
        return exchange.response

    def _peer(self, request: HttpRequest) -> str:
        urls = self.connection.urls
        return urlsplit(request.base or urls.get(request.service) or urls.get("", "")).netloc

    async def relate(self, answer: Any) -> None:
        """What the hub's answer tells of the last exchange: its name of a new session."""
        if self.exchanges:
            await self._journal.relate(self.exchanges[-1], answer)


class Hub:
    """`await hub.send(message)` is immediate and not durable; CDRs and pushes go through `Gateway.submit`."""

    def __init__(
        self,
        connection: Connection,
        adapter: Adapter,
        profile: Profile,
        link: Transport,
        journal: Journal,
        remember: Remember,
        preparing: Preparing | None = None,
        endpoints: EndpointBook | None = None,
    ) -> None:
        self.connection, self.adapter, self.profile = connection, adapter, profile
        self._link, self._journal, self._remember = link, journal, remember
        self._preparing, self._endpoints = preparing, endpoints or Endpoints()

    def link(self, message: m.Message[Any] | None = None) -> JournalledLink:
        """The way to the hub, journalled; `message` is what the exchanges are for."""
        return JournalledLink(self._link, self._journal, self._endpoints, message)

    async def send(self, message: m.Message[A], *, over: Callable[[HubLink], HubLink] | None = None) -> A:
        """The hub's answer. Raises Unsupported, ForeignOperator, Invalid, Early, Refused or a TransportError.

        `over` is laid over the way to the hub: so an owed message is the same at every try.
        """
        function = self.adapter.sends.get(type(message))
        if function is None:
            raise Unsupported(f"{self.profile.title} has no operation for {type(message).__name__}")
        for party in parties_of(message, self.connection):
            if not self.connection.carries(party):
                raise ForeignOperator(f"{party} is not an operator of connection {self.connection.name}")
        if self._preparing is None:
            return await self._sent(function, message, over)
        prepared = await self._preparing.prepared(self.connection, self.profile, message)
        if prepared.answer is not None:
            return cast(A, prepared.answer)
        try:
            return await self._sent(function, prepared.message, over)
        except (Invalid, NotSent):
            await self._preparing.unsent(prepared)
            raise
        finally:
            await self._preparing.over(prepared)

    async def _sent(self, function: Any, message: m.Message[A], over: Callable[[HubLink], HubLink] | None) -> A:
        link = self.link(message)
        answer: A = await function(over(link) if over is not None else link, completed(message, self.connection))
        await self._remember(self.connection, message, answer)
        await link.relate(answer)
        return answer


def parties_of(message: m.Message[Any], connection: Connection) -> Sequence[PartyId]:
    """The operators of ours that a message of a CPO speaks for: by its EVSEs, and by name."""
    if connection.role != "CPO":
        return []
    named: list[PartyId | None] = [message.operator]
    evses: list[EvseId | None] = [getattr(message, "evse", None)]
    if isinstance(message, m.ReportEvent) and message.session is not None:
        evses, named = [message.session.evse], [message.operator, message.session.operator]
    if isinstance(message, m.PublishEvses):
        evses = [evse.evse_id for location in message.locations for evse in location.evses]
        named += [location.operator for location in message.locations]
    elif isinstance(message, m.PublishStatuses):
        evses = [report.evse for report in message.statuses]
        named += [report.operator for report in message.statuses]
    elif isinstance(message, (m.SubmitCdr, m.SubmitCdrs)):
        cdrs = [cdr for cdr in (message.cdrs if isinstance(message, m.SubmitCdrs) else [message.cdr]) if cdr]
        evses = [cdr.evse for cdr in cdrs]
        named += [cdr.operator for cdr in cdrs]
    parties = [*named, *(evse.party for evse in evses if evse is not None)]
    return list(dict.fromkeys(party for party in parties if party is not None))
