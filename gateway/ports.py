"""What the parts of the gateway are to each other: connections, adapters, links, backends, stores.

An adapter is a value: tables of what it sends, serves and does by the clock. It is handed a `HubLink` and a backend,
and never sees a socket, a system clock or a database.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Any, Protocol

from gateway.crosswalk import Crosswalk
from gateway.errors import GatewayError
from gateway.findings import Finding
from gateway.http import HttpRequest, HttpResponse
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import Message
from gateway.model.party import Operator
from gateway.simulation import SimulatorFactory
from gateway.translation import AnyForm
from gateway.wire import WireModel


@dataclass(frozen=True, slots=True)
class Credentials:
    """How we show who we are, and how the hub does. Files are paths to PEM; nothing here is ever printed."""

    username: str = ""
    password: str = field(default="", repr=False)
    client_certificate: str = ""
    client_key: str = field(default="", repr=False)
    ca: str = ""
    peer_subjects: tuple[str, ...] = ()
    """Common names or DNS names of the certificates that the hub may call us with."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One tenant's account at one hub: protocol, role, the operators it carries, addresses, credentials."""

    name: str
    hub: str
    protocol: str
    role: Role
    party: PartyId
    """Who the account belongs to, spelled exactly as registered at the hub (OICP compares it as text)."""
    operators: tuple[Operator, ...] = ()
    tenant: str = "default"
    urls: Mapping[str, str] = field(default_factory=dict)
    """Base URL of each of the hub's services; `""` is the only or main one."""
    credentials: Credentials = Credentials()
    insecure_loopback: bool = False
    model: str = "hub"
    guest_charging: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)
    """Settings that the hub's profile knows."""

    @property
    def parties(self) -> tuple[PartyId, ...]:
        return tuple(dict.fromkeys([self.party, *(operator.id for operator in self.operators)]))

    def carries(self, party: PartyId | None) -> bool:
        return party in self.parties

    def operator_of(self, evse: EvseId | None) -> PartyId:
        """The operator, spelled as configured, whose EVSE this is; the account's own party where none is."""
        wanted = evse.party if evse is not None else None
        return next((party for party in self.parties if party == wanted), self.party)

    def operator(self, party: PartyId | None) -> Operator | None:
        return next((operator for operator in self.operators if operator.id == party), None)


@dataclass(frozen=True, slots=True)
class Profile:
    """A hub that speaks the protocol, and its habits as data."""

    name: str
    title: str
    operator_regime: str = "shared"
    """`shared`: one push for all operators. `operation-per-operator`: ids of two operators never in one message."""
    published_urls: Mapping[str, str] = field(default_factory=dict)
    """The hub's own addresses, to tell them to people; never used unless a connection names them."""
    mutual_tls: bool = False
    timeout_seconds: float = 30.0
    lane: str = "connection"
    """What orders CDRs: `session`, `operator` or `connection`."""
    duplicate_is_delivered: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


class Direction(StrEnum):
    OUT = "out"
    IN = "in"


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of an adapter's operation table. `path` is a template, `action` that of SOAP."""

    name: str
    sender: Role
    receiver: Role
    path: str = ""
    action: str = ""
    service: str = ""
    version: str = ""
    request: type[WireModel] | None = None
    response: type[WireModel] | None = None
    grade: str = ""


class HubLink(Protocol):
    """What an adapter speaks to its hub through."""

    @property
    def connection(self) -> Connection: ...
    async def exchange(self, request: HttpRequest) -> HttpResponse: ...
    def now(self) -> datetime: ...
    def new_id(self) -> str: ...


class Backend(Protocol):
    """The platform: any object with some of the methods named by `METHODS`; this is how an adapter asks it."""

    async def answer(self, connection: Connection, message: Message[Any]) -> Any: ...


@dataclass(frozen=True, slots=True)
class Call:
    """One inbound exchange, as a route sees it."""

    connection: Connection
    request: HttpRequest
    backend: Backend
    link: HubLink
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a hub calls: a path template, and for SOAP the name of the body's element."""

    operation: str
    answer: Callable[[Call], Awaitable[HttpResponse]]
    path: str = ""
    element: str = ""
    role: Role | None = None
    """Which of our roles serves it; None: either."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work by the clock: heartbeat, collecting. The result may name the seconds to the next run."""

    name: str
    role: Role | None
    period_seconds: float
    run: Callable[[HubLink, Backend], Awaitable[float | None]]


@dataclass(frozen=True, slots=True)
class Identified:
    """A document that has been recognised: its form, the document itself, and what had to be repaired to read it."""

    form: AnyForm
    document: Any
    noticed: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A message ready to be sent or printed."""

    form: AnyForm
    model: WireModel


@dataclass(frozen=True)
class Adapter:
    """A protocol as a value."""

    name: str
    title: str
    operations: Sequence[Operation]
    forms: Sequence[AnyForm]
    writes: Mapping[type, Callable[[Any], Sequence[Written]]]
    """Canonical message or answer → the message(s) we would send for it."""
    identify: Callable[[bytes, str], Identified]
    """(bytes, name or empty) → what it is. Raises Undecodable."""
    render: Callable[[Written, Connection | None], bytes]
    """The bytes of a message as it goes out, envelope included."""
    sends: Mapping[type[Message[Any]], Callable[[HubLink, Any], Awaitable[Any]]]
    routes: Sequence[Route]
    admit: Callable[[Connection, HttpRequest], None]
    refuse: Callable[[Connection, HttpRequest, GatewayError], HttpResponse]
    profiles: Mapping[str, Profile]
    tables: Traversable
    crosswalks: Sequence[Crosswalk[Any]] = ()
    jobs: Sequence[Job] = ()
    reread: Callable[[Sequence[WireModel], Any], Any] | None = None
    """Reads several written messages back as the one they came from, where a protocol needs several."""
    simulator: SimulatorFactory | None = None
    simulator_base: str = ""
    """The path below which the simulated hub answers (`/api/oicp`)."""
    schemas: Callable[[], Mapping[str, bytes]] | None = None
    """The published contract of what we speak, by file name."""
