"""Connections and the habits of hubs, as data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.findings import Finding
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.location import Location
from gateway.model.party import Operator


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
    after_events: bool = False
    """A CDR lets the events of its session that nobody has tried to send yet go first."""
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
    parking: bool = False
    """Whether it takes statuses of parking spots."""
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
