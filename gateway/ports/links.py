"""What an adapter is handed: the way to its hub, the backend, what is known of sessions and endpoints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from gateway.http import HttpRequest, HttpResponse
from gateway.model.direct import DirectEndpoint
from gateway.model.ids import EvseId
from gateway.model.messages import AuthorizeToken, Message, SessionState
from gateway.model.session import SessionIds
from gateway.ports.connections import Connection


class Transport(Protocol):
    """The way to a hub and back."""

    @property
    def connection(self) -> Connection: ...
    async def exchange(self, request: HttpRequest) -> HttpResponse: ...
    def now(self) -> datetime: ...
    def new_id(self) -> str: ...


class EndpointBook(Protocol):
    """The direct endpoints that one connection knows, by their days; it is the same book for every process.

    Tokens that cannot be opened any more are left out.
    """

    def new_token(self) -> str:
        """A secret of 256 random bits: 43 letters, digits, `-` and `_`."""
        ...

    async def ours(self) -> Sequence[DirectEndpoint]:
        """All that were ever offered to the hub, in the order in which they were kept."""
        ...

    async def taken(self) -> Sequence[DirectEndpoint]:
        """Those of ours that the hub has taken, the last one last."""
        ...

    async def keep_ours(self, endpoints: Sequence[DirectEndpoint], *, taken: bool = True) -> None:
        """Beside the others of their days: a token that was ever offered may be in a partner's hands."""
        ...

    async def partners(self) -> Sequence[DirectEndpoint]: ...
    async def keep_partners(self, endpoints: Sequence[DirectEndpoint], at: datetime) -> None:
        """The whole list of that moment, in the place of all that was known of its days."""
        ...

    async def fetched_at(self) -> datetime | None:
        """When partners' list was last kept."""
        ...

    async def may_fetch(self, now: datetime, pause_seconds: float) -> bool:
        """Whether nobody has asked for the list in this time; whoever is told so has to ask now."""
        ...

    async def forget(self, before: date) -> None:
        """Endpoints of days before this one."""
        ...


class HubLink(Transport, Protocol):
    """What an adapter speaks to its hub through."""

    @property
    def endpoints(self) -> EndpointBook: ...


class Backend(Protocol):
    """The platform: any object with some of the methods named by `METHODS`; this is how an adapter asks it."""

    async def answer(self, connection: Connection, message: Message[Any]) -> Any: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of a driver that the hub refused, and whether it is still `open` to a later grant."""

    message: AuthorizeToken
    open: bool


class Sessions(Protocol):
    """What is known of the sessions of one connection."""

    async def state(self, ids: SessionIds, evse: EvseId | None = None) -> SessionState | None:
        """How a session stands; `valid_until` of its event is until when it is held. None: there is no such session.

        Where operators name sessions, `evse` tells whose it is. Raises Invalid where several have named theirs alike,
        and nothing tells which one is meant.
        """
        ...

    async def over(self, ids: SessionIds) -> None:
        """The session is held no longer; its CDR may still come."""
        ...

    async def asked(self, ids: SessionIds) -> Asked | None:
        """The request that was refused under the hub's name of a session, for an hour; None: there was none."""
        ...

    async def forget(self, ids: SessionIds) -> None:
        """A refused request is not open any more."""
        ...


class NoSessions:
    """Sessions of a route that is called without a store."""

    async def state(self, ids: SessionIds, evse: EvseId | None = None) -> SessionState | None:
        return None

    async def over(self, ids: SessionIds) -> None:
        return None

    async def asked(self, ids: SessionIds) -> Asked | None:
        return None

    async def forget(self, ids: SessionIds) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Call:
    """One inbound exchange, as a route sees it."""

    connection: Connection
    request: HttpRequest
    backend: Backend
    link: HubLink
    parameters: Mapping[str, str] = field(default_factory=dict)
    sessions: Sessions = field(default_factory=NoSessions)
