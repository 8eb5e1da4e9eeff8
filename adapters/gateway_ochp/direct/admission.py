"""Who may call us directly: a partner who shows our token of the day and its own (OCHPdirect 0.2, HTTP Basic)."""

import binascii
import hmac
import re
from base64 import b64decode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from gateway.errors import Unauthenticated, Unsupported
from gateway.http import HttpRequest
from gateway.model.direct import DirectEndpoint
from gateway.ports import HubLink
from gateway_ochp.direct.endpoints import accepted_days
from gateway_ochp.direct.fetching import looked_again
from gateway_ochp.direct.offering import is_direct

CHALLENGE = 'Basic realm="OCHPdirect"'
"""What is asked of a caller that is not admitted."""
_BASIC = re.compile(r"(?i:basic) +([A-Za-z0-9+/]+={0,2})", re.ASCII)
LONGEST_HEADER = 1024
"""Two tokens of 255 characters in base64, and room to spare."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What a caller shows: the receiver's token, which is ours, and the sender's, which is its own."""

    receiver: str = field(repr=False)
    sender: str = field(repr=False)


async def admit(hub: HubLink, request: HttpRequest) -> None:
    """Raises Unsupported where the connection has no OCHPdirect, Unauthenticated for a stranger."""
    await caller(hub, request)


async def caller(hub: HubLink, request: HttpRequest) -> Sequence[DirectEndpoint]:
    """The endpoints of the partner that calls: what it may speak for is told by their roles and patterns.

    Both tokens are of the same day, and that day's are taken now. Of a partner who shows our own token and is not in
    the list, the list is fetched again. Raises Unsupported or Unauthenticated.
    """
    if not is_direct(hub.connection):
        raise Unsupported("the clearing house never calls its partners")
    pair = shown(request)
    days = _days(await hub.endpoints.ours(), pair.receiver, accepted_days(hub.now()))
    if not days:
        raise Unauthenticated("the receiver's token is none of ours that is valid now")
    found = _named(await hub.endpoints.partners(), pair.sender, days)
    if not found and await looked_again(hub):
        found = _named(await hub.endpoints.partners(), pair.sender, days)
    if not found:
        raise Unauthenticated("the sender's token is of no partner that is known, or not of the receiver's day")
    return found


def shown(request: HttpRequest) -> Pair:
    """The pair of the header. Ours has no colon, so the first one ends it. Raises Unauthenticated."""
    header = request.headers.get("authorization", "")
    match = _BASIC.fullmatch(header) if len(header) <= LONGEST_HEADER else None
    if match is None:
        raise Unauthenticated("no HTTP Basic authorization" if not header else "the authorization is no HTTP Basic")
    try:
        receiver, colon, sender = b64decode(match[1], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Unauthenticated("the authorization is no base64 of two tokens") from None
    if not (receiver and colon and sender):
        raise Unauthenticated("the authorization has not two tokens")
    return Pair(receiver, sender)


def _days(ours: Iterable[DirectEndpoint], token: str, days: Sequence[date]) -> frozenset[date]:
    """The days of now for which this is our token."""
    return frozenset(day for one in ours if (day := one.day) in days and _is(one.token, token) and day is not None)


def _named(partners: Iterable[DirectEndpoint], token: str, days: frozenset[date]) -> Sequence[DirectEndpoint]:
    """All that are compared are compared, whichever fits."""
    return [one for one in partners if one.day in days and _is(one.token, token)]


def _is(token: str | None, shown: str) -> bool:
    """In constant time."""
    return hmac.compare_digest((token or "").encode(), shown.encode()) and bool(token)
