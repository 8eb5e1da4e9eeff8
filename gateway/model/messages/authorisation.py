"""Authorisation: may this token charge here, may it end that session?"""

from dataclasses import dataclass
from enum import StrEnum

from gateway.model.ids import EvseId, PartyId
from gateway.model.messages.base import Answer, Message
from gateway.model.session import Limit, SessionIds
from gateway.model.token import Token


class Allowed(StrEnum):
    """OCPI AllowedType, and UNKNOWN_TOKEN for its 404 with status 2004."""

    ALLOWED = "ALLOWED"
    BLOCKED = "BLOCKED"
    EXPIRED = "EXPIRED"
    NO_CREDIT = "NO_CREDIT"
    NOT_ALLOWED = "NOT_ALLOWED"
    UNKNOWN_TOKEN = "UNKNOWN_TOKEN"
    NO_ANSWER = "NO_ANSWER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization(Answer):
    """Whether a driver may charge. A refusal is an answer, never an exception."""

    allowed: Allowed | None = None
    token: Token | None = None
    provider: PartyId | None = None
    session: SessionIds = SessionIds()
    stop_tokens: tuple[Token, ...] = ()
    limits: tuple[Limit, ...] = ()
    intermediate_cdr_requested: bool | None = None
    contract_alias: str | None = None
    info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizeToken(Message[Authorization]):
    """May this token charge here? CPO to eMSP."""

    token: Token | None = None
    evse: EvseId | None = None
    location_id: str | None = None
    session: SessionIds = SessionIds()
    product_id: str | None = None
    service_id: str | None = None
    booking_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizeStop(Message[Authorization]):
    """May this token end that session? OICP only; elsewhere answered at the charger."""

    token: Token | None = None
    evse: EvseId | None = None
    session: SessionIds = SessionIds()
