"""Authentication data: uploaded by an EMP whose drivers the hub authorises by itself, and pulled by a CPO (legacy)."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from gateway.model import messages as m
from gateway.model.token import Token
from gateway.ports import HubLink
from gateway_oicp import wire
from gateway_oicp.exchange import accepted, ask, listed, noted
from gateway_oicp.forms import (
    PULL_AUTHENTICATION,
    PULL_AUTHENTICATION_ANSWER,
    PUSH_AUTHENTICATION,
    PUSH_AUTHENTICATION_ANSWER,
)
from gateway_oicp.pins import with_hashed_pin
from gateway_oicp.translate.authentication import sorted_out


async def publish_tokens(hub: HubLink, message: m.PublishTokens) -> m.Publication:
    """What must not be uploaded is refused here; only an empty full load that was asked for is sent empty.

    Nothing kept of a received list is put back: it may have a PIN in clear.
    """
    fitting, declined = sorted_out(message, hub.connection, hub.now())
    if not fitting and message.tokens:
        return m.Publication(accepted=False, refused=tuple(declined))
    tokens = await asyncio.to_thread(_bare, fitting)
    asked = replace(message, provider=hub.connection.party, tokens=tokens, extensions={})
    reply = await ask(hub, PUSH_AUTHENTICATION, asked)
    answer: m.Publication = PUSH_AUTHENTICATION_ANSWER.read(accepted(reply))
    return replace(noted(answer, reply), refused=tuple(declined))


def _bare(tokens: Sequence[Token]) -> tuple[Token, ...]:
    return tuple(replace(with_hashed_pin(token), extensions={}) for token in tokens)


async def fetch_tokens(hub: HubLink, message: m.FetchTokens) -> m.Tokens:
    """All that there are. Hubject holds this operation for outdated; it is in no 2.3 document."""
    reply = await ask(hub, PULL_AUTHENTICATION, replace(message, operator=hub.connection.party))
    answer: m.Tokens = PULL_AUTHENTICATION_ANSWER.read(listed(reply, wire.AuthenticationData))
    return noted(answer, reply)
