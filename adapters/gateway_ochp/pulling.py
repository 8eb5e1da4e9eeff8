"""Pulling the clearing house's lists: whole or since a time, and how often (inventory a.10: a full list every night).

A list comes in one answer. A long one is read record by record as it arrives and given on in portions; no more of it
is taken from the network before a portion was taken.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from typing import Any

from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.ports import Connection, HubLink, Job, Written
from gateway.streaming import PIECE, Reply, streamed
from gateway.wire.stream import Layout, layout
from gateway.wire.xml import LIMIT
from gateway_ochp import wire
from gateway_ochp.exchange import RESPONSES, asked, is_taken, noted, told
from gateway_ochp.forms import charge_points, tokens
from gateway_ochp.listing import FEW, Listing, Portion, Reading
from gateway_ochp.sends_cpo import judged
from gateway_ochp.sends_tariffs import tariff_pages
from gateway_ochp.translate.locations import CHARGE_POINT
from gateway_ochp.translate.results import read_reason
from gateway_ochp.translate.tokens import TOKEN

LONG = 1024 * 1024
"""Bytes of an answer that is read record by record."""
LONGEST = 8 * 1024 * 1024 * 1024
"""Bytes of a list that are kept in a file at most, where it stands before its result."""
PORTION = 500
_HOUR, _FIVE_MINUTES = 3600.0, 300.0

CHARGE_POINTS = Listing(("chargePointInfoArray",), CHARGE_POINT, lambda answer: answer.charge_point_info_array)
TOKENS = Listing(
    ("roamingAuthorisationInfoArray", "roamingAuthorisationInfo"),
    TOKEN,
    lambda answer: answer.roaming_authorisation_info_array,
)
CHANGED_TOKENS = Listing(TOKENS.names, TOKEN, lambda answer: answer.roaming_authorisation_info)


async def evse_pages(hub: HubLink, message: m.FetchEvses) -> AsyncGenerator[m.Locations, None]:
    """No page where the hub has no list for this account."""
    written = charge_points.write_fetch_evses(message)[0]
    async for portion in _portions(hub, written, CHARGE_POINTS):
        yield m.Locations(locations=tuple(portion.records), page=portion.page)


async def token_pages(hub: HubLink, message: m.FetchTokens) -> AsyncGenerator[m.Tokens, None]:
    """No page where the hub has no list for this account."""
    written = tokens.write_fetch_tokens(message)[0]
    async for portion in _portions(hub, written, TOKENS if message.since is None else CHANGED_TOKENS):
        yield m.Tokens(tokens=judged(portion.records, hub.now()), page=portion.page)


async def _portions(hub: HubLink, written: Written, listing: Listing) -> AsyncGenerator[Portion, None]:
    """At least one where there is a list. Between a few records others have their turn: a list takes seconds."""
    portion, is_owed = Portion(), False
    async with streamed(hub, asked(hub, written)) as reply:
        async for few in _read(reply, written, listing, hub.connection):
            portion.records += few.records
            portion.unread += few.unread
            portion.is_partial |= few.is_partial
            is_owed = True
            await asyncio.sleep(0)
            while len(portion.records) >= PORTION:
                yield Portion(portion.records[:PORTION], portion.unread, portion.is_partial)
                portion = Portion(portion.records[PORTION:], is_partial=portion.is_partial)
                is_owed = bool(portion.records)
    if is_owed:
        yield portion


async def _read(reply: Reply, written: Written, listing: Listing, connection: Connection) -> AsyncIterator[Portion]:
    """Short answers, and whatever is not the list that was asked for, are read as a whole."""
    head = await reply.head(max(LONG, PIECE))
    seen = layout(head[:PIECE]) if reply.status == 200 and len(head) >= LONG else Layout()
    if seen.operation.casefold() != RESPONSES[written.form.name].wire.element.casefold():
        for few in _whole(await reply.whole(max(LONG, LIMIT)), written, listing, connection):
            yield few
        return
    reading = Reading(listing, seen)
    if not reading.begins_with_result:
        await reply.spool(LONGEST)
        await reading.hear(reply)
    async for few in reading.portions(reply):
        yield few
    noted(reading.noticed, written, connection)


def _whole(response: HttpResponse, written: Written, listing: Listing, connection: Connection) -> Iterator[Portion]:
    model: Any = told(response, written, connection)
    if not is_taken(read_reason(model.result)):
        return
    records = listing.of(model)
    for start in range(0, len(records) or 1, FEW):
        few = Portion(is_partial=model.result.result_code == wire.PARTLY)
        for number, record in enumerate(records[start : start + FEW], start + 1):
            few.read(listing, record, f"/{model.element}/{listing.names[0]}[{number}]")
        yield few


PAGES: Mapping[type[m.Message[Any]], Callable[[HubLink, Any], AsyncGenerator[Any, None]]] = {
    m.FetchEvses: evse_pages,
    m.FetchTokens: token_pages,
    m.FetchTariffs: tariff_pages,
}
JOBS = (
    Job("pull charge points", Role.EMSP, _HOUR, pull=m.FetchEvses),
    Job("pull statuses", Role.EMSP, _FIVE_MINUTES, pull=m.FetchStatuses),
    Job("pull tokens", Role.CPO, _HOUR, pull=m.FetchTokens),
    Job("pull tariffs", Role.EMSP, _HOUR, pull=m.FetchTariffs),
)
