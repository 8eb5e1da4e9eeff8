"""The public face of a hub: an adapter on a connection."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from gateway.errors import ForeignOperator, Unsupported
from gateway.http import HttpRequest, HttpResponse
from gateway.journal import Exchange, Journal
from gateway.model import messages as m
from gateway.model.ids import EvseId, PartyId
from gateway.model.location import Location
from gateway.ports import Adapter, Connection, HubLink, Profile

A = TypeVar("A", bound=m.Answer)
Remember = Callable[[Connection, m.Message[Any], Any], Awaitable[None]]
"""Keeps what an answer says of a session, before the caller hears it: without it no CDR can be delivered."""


class JournalledLink:
    """A HubLink that writes every exchange down."""

    def __init__(
        self, link: HubLink, journal: Journal, session: str | None = None, operation: str | None = None
    ) -> None:
        self._link, self._journal, self._session, self._operation = link, journal, session, operation
        self.connection = link.connection

    def now(self) -> Any:
        return self._link.now()

    def new_id(self) -> str:
        return self._link.new_id()

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        exchange = Exchange(self.connection.name, "out", request, self._operation, self._session)
        try:
            exchange.response = await self._link.exchange(request)
        except Exception as error:
            exchange.error = f"{type(error).__name__}: {error}"
            raise
        finally:
            await self._journal.write(exchange)
        return exchange.response


class Hub:
    """`await hub.send(message)` is immediate and not durable; CDRs and pushes go through `Gateway.submit`."""

    def __init__(
        self,
        connection: Connection,
        adapter: Adapter,
        profile: Profile,
        link: HubLink,
        journal: Journal,
        remember: Remember,
    ) -> None:
        self.connection, self.adapter, self.profile = connection, adapter, profile
        self._link, self._journal, self._remember = link, journal, remember

    def link(self, message: m.Message[Any] | None = None) -> HubLink:
        ids = getattr(message, "session", None) or getattr(getattr(message, "cdr", None), "session", None)
        name = (ids.hub or ids.cpo or ids.emsp) if ids else None
        return JournalledLink(self._link, self._journal, name, type(message).__name__ if message else None)

    async def send(self, message: m.Message[A]) -> A:
        """The hub's answer. Raises Unsupported, ForeignOperator, Invalid, Refused or a TransportError."""
        function = self.adapter.sends.get(type(message))
        if function is None:
            raise Unsupported(f"{self.profile.title} has no operation for {type(message).__name__}")
        for party in parties_of(message, self.connection):
            if not self.connection.carries(party):
                raise ForeignOperator(f"{party} is not an operator of connection {self.connection.name}")
        answer: A = await function(self.link(message), completed(message, self.connection))
        await self._remember(self.connection, message, answer)
        return answer


def parties_of(message: m.Message[Any], connection: Connection) -> Sequence[PartyId]:
    """The operators of ours that a message of a CPO speaks for: by its EVSEs, and by name."""
    if connection.role != "CPO":
        return []
    named: list[PartyId | None] = [message.operator]
    evses: list[EvseId | None] = [getattr(message, "evse", None)]
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


def completed(message: m.Message[Any], connection: Connection) -> m.Message[Any]:
    """The message with what the operator's settings know: its name, and the hotline where a place has none."""
    account = connection.operator(connection.party)
    name = account.name if account else None
    if isinstance(message, m.PublishEvses):
        places = tuple(_with_hotline(place, connection) for place in message.locations)
        return replace(message, operator_name=message.operator_name or name, locations=places)
    if isinstance(message, m.PublishStatuses):
        return replace(message, operator_name=message.operator_name or name)
    return message


def _with_hotline(location: Location, connection: Connection) -> Location:
    party = location.operator or next((evse.evse_id.party for evse in location.evses if evse.evse_id), None)
    operator = connection.operator(party) or connection.operator(connection.party)
    if location.hotline or operator is None or operator.hotline is None:
        return location
    return replace(location, hotline=operator.hotline)
