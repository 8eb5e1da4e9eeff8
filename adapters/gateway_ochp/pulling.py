"""Pulling the clearing house's lists: whole or since a time, and how often (inventory a.10: a full list every night).

A list comes in one answer. A long one is read record by record and given on in portions, so that beside its bytes only
a portion of it is in memory.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.errors import Undecodable
from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.ports import HubLink, Job, Written
from gateway.translation import Form
from gateway.wire import decode_document
from gateway.wire.stream import is_utf8, parts
from gateway.wire.xml import local_name
from gateway_ochp import wire
from gateway_ochp.exchange import RESPONSES, exchanged, is_taken, meaning, raise_failure, told
from gateway_ochp.forms import charge_points, tokens
from gateway_ochp.sends_cpo import judged
from gateway_ochp.translate.locations import CHARGE_POINT
from gateway_ochp.translate.results import read_reason
from gateway_ochp.translate.tokens import TOKEN

LONG = 1024 * 1024
"""Bytes of an answer that is read record by record."""
PORTION, FEW = 500, 20
_HOUR, _FIVE_MINUTES = 3600.0, 300.0


@dataclass(frozen=True, slots=True)
class Listing:
    """The records of a list: their names on the wire, their form, and where the answer as a whole has them."""

    names: Sequence[str]
    record: Form[Any, Any]
    of: Callable[[Any], Sequence[Any]]


CHARGE_POINTS = Listing(("chargePointInfoArray",), CHARGE_POINT, lambda answer: answer.locations)
TOKENS = Listing(("roamingAuthorisationInfoArray", "roamingAuthorisationInfo"), TOKEN, lambda answer: answer.tokens)


async def evse_pages(hub: HubLink, message: m.FetchEvses) -> AsyncGenerator[m.Locations, None]:
    """No page where the hub has no list for this account."""
    written = charge_points.write_fetch_evses(message)[0]
    async for places in _portions(await exchanged(hub, written), written, CHARGE_POINTS):
        yield m.Locations(locations=tuple(places))


async def token_pages(hub: HubLink, message: m.FetchTokens) -> AsyncGenerator[m.Tokens, None]:
    """No page where the hub has no list for this account."""
    written = tokens.write_fetch_tokens(message)[0]
    async for listed in _portions(await exchanged(hub, written), written, TOKENS):
        yield m.Tokens(tokens=judged(listed, hub.now()))


async def _portions(response: HttpResponse, written: Written, listing: Listing) -> AsyncGenerator[Sequence[Any], None]:
    """At least one where there is a list. Between a few records others have their turn: a list takes seconds."""
    portion: list[Any] = []
    is_there = False
    for few in _records(response, written, listing):
        is_there = True
        portion += few
        await asyncio.sleep(0)
        if len(portion) >= PORTION:
            yield portion
            portion, is_there = [], False
    if is_there:
        yield portion


def _records(response: HttpResponse, written: Written, listing: Listing) -> Iterator[Sequence[Any]]:
    """What a stream of records cannot make sense of is read as a whole, from its beginning."""
    if response.status != 200 or len(response.body) < LONG or not is_utf8(response.body):
        yield from _whole(response, written, listing)
        return
    try:
        yield from _streamed(response.body, RESPONSES[written.form.name].wire.element, listing)
    except Undecodable:
        yield from _whole(response, written, listing)


def _whole(response: HttpResponse, written: Written, listing: Listing) -> Iterator[Sequence[Any]]:
    answer = meaning(told(response, written), written)
    if is_taken(answer.reason):
        records = listing.of(answer)
        for start in range(0, len(records) or 1, FEW):
            yield records[start : start + FEW]


def _streamed(body: bytes, operation: str, listing: Listing) -> Iterator[Sequence[Any]]:
    """Raises Undecodable where the result does not stand before its list, Refused where it is a failure."""
    few: list[Any] = []
    is_told = False
    for element in parts(body, operation, ("result", *listing.names)):
        if local_name(element) == "result":
            result = decode_document(wire.Result, element).model
            raise_failure(result)
            if not is_taken(read_reason(result)):
                return
            is_told = True
        elif not is_told:
            raise Undecodable("the list stands before its result")
        else:
            few.append(listing.record.read(decode_document(listing.record.wire, element).model))
        if len(few) == FEW:
            yield few
            few = []
    if not is_told:
        raise Undecodable("there is no result")
    yield few


PAGES: Mapping[type[m.Message[Any]], Callable[[HubLink, Any], AsyncGenerator[Any, None]]] = {
    m.FetchEvses: evse_pages,
    m.FetchTokens: token_pages,
}
JOBS = (
    Job("pull charge points", Role.EMSP, _HOUR, pull=m.FetchEvses),
    Job("pull statuses", Role.EMSP, _FIVE_MINUTES, pull=m.FetchStatuses),
    Job("pull tokens", Role.CPO, _HOUR, pull=m.FetchTokens),
)
