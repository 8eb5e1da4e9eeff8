"""What the parts of the gateway are to each other: connections, adapters, links, backends, stores.

An adapter is a value: tables of what it sends, serves and does by the clock. It is handed a `HubLink` and a backend,
and never sees a socket, a system clock or a database.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Any, Protocol

from gateway.crosswalk import Crosswalk
from gateway.errors import GatewayError
from gateway.findings import Finding
from gateway.http import HttpRequest, HttpResponse
from gateway.model.common import Role
from gateway.model.direct import DirectEndpoint
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import CalibrationLaw
from gateway.model.location import Location
from gateway.model.messages import Message
from gateway.model.party import Operator
from gateway.scenario import Playbook
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How owed messages of one kind are delivered to a hub."""

    lane: str
    """What orders them, below the connection's name; `{session}` and `{operator}` give each of them its own lane."""
    together: int = 1
    """Most messages in one request."""
    per_minute: int | None = None
    """The hub's budget of calls; none: it names none."""
    deadline_seconds: float = 86_400.0
    """After which an open entry is overdue."""
    tries_in_line: int = 8
    """How often the hub may answer with a passing failure before the entry makes way for those behind it."""
    taken_when: Mapping[str, str] = field(default_factory=dict)
    """Refusals that mean "it is here already" after a try of unknown outcome: code → a word of the hub's text."""
    listed_is_taken: bool = False
    """After a try of unknown outcome, an answer that names the record as implausible means that it is there already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """How a hub takes EVSE data and statuses. Its words are given as code → regular expression on its text."""

    data: bool = True
    """Whether it takes EVSE data at all, or statuses only."""
    upsert: bool = False
    """An update also inserts: new records and changed ones need not be told apart."""
    baseline: bool = True
    """What it has must be known before anything is inserted; where nothing is remembered, by a full load."""
    together: int = 500
    """Most records in one push of data."""
    statuses_together: int = 500
    """Most statuses in one push."""
    statuses_singly: int = 0
    """While no more than so many statuses wait, each goes out by itself, as the hub asks for."""
    exists: Mapping[str, str] = field(default_factory=dict)
    """An insert was refused because the record is there."""
    exists_after_unknown: Mapping[str, str] = field(default_factory=dict)
    """The same, where an earlier try of this insert had no answer."""
    unknown: Mapping[str, str] = field(default_factory=dict)
    """An update or a removal was refused because the record is not there."""
    untold: Callable[[Location], Sequence[Finding]] = lambda _: ()
    """What the hub demands of a place with one EVSE and nobody has said; it is held back for that."""
    hub_decides: Mapping[str, str] = field(default_factory=dict)
    """Members that the hub fills in by itself where we write this word: what it shows there is no drift."""
    position: str = ""
    """Where a refusal names a record by its place in the push: its first group is the place, from 0."""


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
    deliveries: Mapping[str, Policy] = field(default_factory=dict)
    """By the name of the message's type; a connection option `policies.<name>` overrides single values."""
    publishing: Publishing = Publishing()
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
    method: str = "POST"


class Transport(Protocol):
    """The way to a hub and back."""

    @property
    def connection(self) -> Connection: ...
    async def exchange(self, request: HttpRequest) -> HttpResponse: ...
    def now(self) -> datetime: ...
    def new_id(self) -> str: ...


class EndpointBook(Protocol):
    """The direct endpoints that one connection knows, by their days; it is the same book for every process."""

    async def ours(self) -> Sequence[DirectEndpoint]: ...
    async def keep_ours(self, endpoints: Sequence[DirectEndpoint]) -> None:
        """Beside those of other days, in the place of those of the same role, address and day."""
        ...

    async def partners(self) -> Sequence[DirectEndpoint]: ...
    async def keep_partners(self, endpoints: Sequence[DirectEndpoint]) -> None:
        """In the place of all that were known of their days."""
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
    """Work by the clock: a heartbeat, collecting (`run`, whose result may name the seconds to the next run), or keeping
    up with one of the hub's lists (`pull`, the question for it; `full`: the hub cannot tell what has changed)."""

    name: str
    role: Role | None
    period_seconds: float
    run: Callable[[HubLink, Backend], Awaitable[float | None]] | None = None
    pull: type[Message[Any]] | None = None
    full: bool = False


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrContext:
    """What is known beside a CDR that is to be judged; nothing of it has to be."""

    at: datetime | None = None
    parties: tuple[PartyId, ...] = ()
    """The operators of the account."""
    calibration_law: CalibrationLaw | None = None
    """As the EVSE was published."""
    session: str = ""
    """open, closed or unknown."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What stands against a CDR: `answer` is the code that the hub would give, empty where it would take it."""

    finding: Finding
    answer: str
    source: str
    advice: str


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
    admit: Callable[[HubLink, HttpRequest], Awaitable[None]]
    """Whether a caller may call this connection, beyond TLS. Raises Unauthenticated or Unsupported."""
    refuse: Callable[[Connection, HttpRequest, GatewayError], HttpResponse]
    profiles: Mapping[str, Profile]
    tables: Traversable
    crosswalks: Sequence[Crosswalk[Any]] = ()
    jobs: Sequence[Job] = ()
    pages: Mapping[type[Message[Any]], Callable[[HubLink, Any], AsyncGenerator[Any, None]]] = field(
        default_factory=dict
    )
    """The answers to questions for whole lists, in pages; no page at all where the hub gave no list."""
    reread: Callable[[Sequence[WireModel], Any], Any] | None = None
    """Reads several written messages back as the one they came from, where a protocol needs several."""
    judge_cdr: Callable[[Any, CdrContext], Sequence[Judged]] | None = None
    """What a hub would refuse a CDR for, of the document as it would be sent; errors first."""
    simulator: SimulatorFactory | None = None
    scenarios: Playbook | None = None
    """What the hub wants to see before an account goes live."""
    simulator_base: str = ""
    """The path below which the simulated hub answers (`/api/oicp`)."""
    schemas: Callable[[], Mapping[str, bytes]] | None = None
    """The published contract of what we speak, by file name."""
    errata: Sequence[Any] = ()
    """Where its documents contradict each other: values with `topic`, `sources`, `effect`, `read`, `write`."""
