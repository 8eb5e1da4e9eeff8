"""Token lists, and the heartbeat of the connection itself."""

from dataclasses import dataclass
from datetime import datetime

from gateway.model.messages.base import Answer, Message
from gateway.model.messages.places import Page, Publication, PushAction
from gateway.model.token import Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens(Answer):
    tokens: tuple[Token, ...] = ()
    page: Page | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchTokens(Message[Tokens]):
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishTokens(Message[Publication]):
    action: PushAction = PushAction.REPLACE_ALL
    tokens: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatAnswer(Answer):
    """`period_seconds` is how often the hub wants to hear from us; `hub_time` shows the clock difference."""

    period_seconds: int | None = None
    hub_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat(Message[HeartbeatAnswer]):
    pass
