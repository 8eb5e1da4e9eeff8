"""An adapter as a value."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from typing import Any

from gateway.crosswalk import Crosswalk
from gateway.errors import GatewayError
from gateway.findings import Finding
from gateway.http import HttpRequest, HttpResponse
from gateway.model.cdr import Cdr
from gateway.model.messages import CdrReference, Message
from gateway.model.session import SessionEventKind
from gateway.ports.connections import Connection, Profile
from gateway.ports.links import HubLink
from gateway.ports.work import CdrContext, Identified, Job, Judged, Operation, Route, Written
from gateway.scenario import Playbook
from gateway.simulation import SimulatorFactory
from gateway.translation import AnyForm
from gateway.wire import WireModel


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
    completes: Callable[[HubLink, Message[Any], Any], Any] | None = None
    """(…, what was asked, the backend's answer) → the answer with what the protocol has to say beyond it: the name of
    a session that an operator makes, until when it is held. Before it is remembered."""
    jobs: Sequence[Job] = ()
    pages: Mapping[type[Message[Any]], Callable[[HubLink, Any], AsyncGenerator[Any, None]]] = field(
        default_factory=dict
    )
    """The answers to questions for whole lists, in pages; no page at all where the hub gave no list."""
    reread: Callable[[Sequence[WireModel], Any], Any] | None = None
    """Reads several written messages back as the one they came from, where a protocol needs several."""
    judge_cdr: Callable[[Any, CdrContext], Sequence[Judged]] | None = None
    """What a hub would refuse a CDR for, of the document as it would be sent; errors first."""
    cdr_name: Callable[[Cdr], CdrReference] | None = None
    """Under which name the hub keeps a CDR of ours through its life; None: it knows no states of CDRs."""
    simulator: SimulatorFactory | None = None
    scenarios: Playbook | None = None
    """What the hub wants to see before an account goes live."""
    simulator_base: str = ""
    """The path below which the simulated hub answers (`/api/oicp`)."""
    faults: Callable[[Connection], Sequence[Finding]] = lambda _: ()
    """What is wrong with the settings of a connection; pointers are below the connection."""
    needs_tls: Callable[[Connection], bool] = lambda _: False
    """Whether callers show a secret to it, which nobody else may read."""
    endpoints_by_hand: Mapping[str, Callable[[HubLink], Awaitable[str]]] = field(default_factory=dict)
    """`upload` and `fetch`: what jobs do with direct endpoints, at once; the words tell a person what was done."""
    schemas: Callable[[], Mapping[str, bytes]] | None = None
    """The published contract of what we speak, by file name."""
    events: frozenset[SessionEventKind] | None = None
    """The kinds of session events that the protocol has a word and an id for; None: all, and none has an id."""
    errata: Sequence[Any] = ()
    """Where its documents contradict each other: values with `topic`, `sources`, `effect`, `read`, `write`."""
    grades: Mapping[str, str] = field(default_factory=dict)
    """What the letters of an operation's grade mean, where not all facts are equally sure."""
