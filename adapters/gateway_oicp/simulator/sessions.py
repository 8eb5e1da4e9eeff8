"""The sessions of the simulated hub: made by the hub, owned by one operator and one provider, closed by one record."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from gateway.model.token import Token
from gateway.wire.scalars import local
from gateway_oicp import wire
from gateway_oicp.simulator.replies import Declined
from gateway_oicp.translate.tokens import evco_id, read_token
from gateway_oicp.words import Code

CLOSED = "Session found but status is not valid CLOSED!"
FOREIGN = "Session is invalid: it belongs to another partner"
RESERVATION = "AuthorizeRemoteReservationStart"


@dataclass
class HubSession:
    """`token` is the card or contract that began it. The owner of each side is fixed at the start."""

    id: str
    operator: str
    provider: str
    evse: str | None
    token: str | None
    cpo: str | None = None
    emp: str | None = None
    status: str = "OPEN"
    evse_known: bool = True
    begun_by: str = "AuthorizeStart"
    offline: bool = False
    """Authorised by the hub itself, from uploaded authentication data."""
    stop_tokens: list[str] = field(default_factory=list)
    owes_cdr: bool = False
    """A reservation that has ended and whose charge detail record has not come."""
    progressed: datetime | None = None

    def state(self) -> dict[str, Any]:
        return {**asdict(self), "progressed": local(self.progressed) if self.progressed else None}

    @property
    def is_reservation(self) -> bool:
        return self.begun_by == RESERVATION


class Sessions:
    """All of them, by id."""

    def __init__(self) -> None:
        self.sessions: dict[str, HubSession] = {}

    def state(self) -> dict[str, Any]:
        return {name: session.state() for name, session in self.sessions.items()}

    def add(self, session: HubSession) -> None:
        self.sessions[session.id] = session

    def open_session(self, name: str | None, http: int = 200, *, operator: str = "", provider: str = "") -> HubSession:
        """Raises Declined 400 for one that is unknown, closed, or of another operator or provider."""
        session = self.sessions.get(name or "")
        if session is None:
            raise Declined(Code.SESSION_INVALID, "Session is invalid: it is not known", http)
        if operator not in ("", session.operator) or (provider and session.provider not in ("", provider)):
            raise Declined(Code.SESSION_INVALID, FOREIGN, http)
        if session.status != "OPEN":
            raise Declined(Code.SESSION_INVALID, CLOSED, http)
        return session


def medium(shown: wire.Identification | None) -> str | None:
    """The card number, or the contract where there is none."""
    token = read_token(shown) or Token()
    return token.uid or evco_id(token)
