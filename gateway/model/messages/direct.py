"""What partners ask each other without a hub between them, and how they find each other."""

from dataclasses import dataclass

from gateway.model.direct import DirectEndpoint
from gateway.model.ids import EvseId
from gateway.model.messages.base import Answer, Message
from gateway.model.messages.commands import CommandResult
from gateway.model.messages.places import Publication
from gateway.model.messages.settlement import Confirmation
from gateway.model.session import ChargingDemand, Limit, Session, SessionEvent, SessionIds


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishEndpoints(Message[Publication]):
    """Our endpoints of a day to the hub (OCHPdirect AddServiceEndpoints)."""

    endpoints: tuple[DirectEndpoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints(Answer):
    endpoints: tuple[DirectEndpoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchEndpoints(Message[Endpoints]):
    """The endpoints of all partners (OCHPdirect GetServiceEndpoints)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSession(Message[CommandResult]):
    """Other limits for a running session (OCHPdirect ControlEvse change). eMSP to CPO; never retried by machine."""

    session: SessionIds = SessionIds()
    evse: EvseId | None = None
    limits: tuple[Limit, ...] = ()
    demand: ChargingDemand | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState(Answer):
    """How a session stands. `event` is what was last told of it; `status` of the session may say that it is over."""

    event: SessionEvent | None = None
    session: Session | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSession(Message[SessionState]):
    """How does this session stand (OCHPdirect InformProviderCPO)? eMSP to CPO."""

    session: SessionIds = SessionIds()
    evse: EvseId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDiscrepancy(Message[Confirmation]):
    """Something about an EVSE is not as published (OCHPdirect ReportDiscrepancy). eMSP to CPO."""

    evse: EvseId | None = None
    report: str | None = None
