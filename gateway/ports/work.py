"""What an adapter consists of: operations, routes, jobs, and what it reads, writes and judges."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from gateway.findings import Finding
from gateway.http import HttpResponse
from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.model.kinds import CalibrationLaw
from gateway.model.messages import Message
from gateway.ports.links import Backend, Call, HubLink
from gateway.translation import AnyForm
from gateway.wire import WireModel


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


@dataclass(frozen=True, slots=True)
class Route:
    """Where a hub calls: a path template, and for SOAP the name of the body's element."""

    operation: str
    answer: Callable[[Call], Awaitable[HttpResponse]]
    path: str = ""
    element: str = ""
    role: Role | None = None
    """Which of our roles serves it; None: either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """One operator's heartbeat: when its answer came, the period that the hub wants, and how far its clock is ahead.

    `words`: there was no answer, and why.
    """

    operator: PartyId
    at: datetime
    period_seconds: float
    ahead_seconds: float | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Beats:
    """What a heartbeat job came to: the seconds to the next one, and each operator's."""

    wait_seconds: float
    beats: Sequence[Beat] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """Work by the clock: a heartbeat, collecting (`run`, whose result may name the seconds to the next run), or keeping
    up with one of the hub's lists (`pull`, the question for it; `full`: the hub cannot tell what has changed)."""

    name: str
    role: Role | None
    period_seconds: float
    run: Callable[[HubLink, Backend], Awaitable[float | Beats | None]] | None = None
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
    max_power_kw: Decimal | None = None
    """Of the EVSE, as it was published to any hub."""
    cdr_state: str | None = None
    """The state that a CDR of this name has at the hub (a value of CdrStatus); empty: none; None: nobody has looked."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What stands against a CDR: `answer` is the code that the hub would give, empty where it would take it."""

    finding: Finding
    answer: str
    source: str
    advice: str
