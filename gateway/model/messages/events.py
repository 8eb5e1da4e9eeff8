"""What happens in a running session, told by the CPO to the eMSP."""

from dataclasses import dataclass

from gateway.model.messages.base import Answer, Message
from gateway.model.session import Session, SessionEvent, SessionIds


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReceipt(Answer):
    """Whether the other side took note. A refusal says nothing about the session itself."""

    accepted: bool | None = None
    session: SessionIds = SessionIds()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEvent(Message[EventReceipt]):
    """One event of a session (OICP charging notifications, eMIP session events, OCHPdirect InformProvider).

    `session` is how it stands at the event: ids, times, energy so far.
    """

    event: SessionEvent | None = None
    session: Session | None = None
