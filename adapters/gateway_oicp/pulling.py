"""Pulling the hub's lists as an EMP: whole or by page, and how often."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from typing import Any

from gateway.errors import Undecodable
from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.location import Location
from gateway.ports import HubLink, Job
from gateway_oicp import wire
from gateway_oicp.exchange import ask, listed, noted
from gateway_oicp.forms import PULL_DATA, PULL_DATA_ANSWER, PULL_STATUS, PULL_STATUS_ANSWER
from gateway_oicp.words import NAME

PAGE_SIZE = 2000
_MOST_PAGES = 10_000
_HOUR, _FIVE_MINUTES = 3600.0, 300.0
_CHANGE = "/deltaType"


async def _pages(hub: HubLink, message: m.FetchEvses) -> AsyncGenerator[m.Locations, None]:
    """One page after another, as the hub gives them, until it names one the last."""
    asked = replace(message, provider=hub.connection.party)
    size = int(hub.connection.options.get("page_size", PAGE_SIZE))
    for number in range(_MOST_PAGES):
        reply = await ask(hub, PULL_DATA, asked, f"page={number}&size={size}")
        answer = await asyncio.to_thread(_read_page, reply)
        yield answer
        if not answer.locations or answer.page is None or answer.page.last is not False:
            return
    raise Undecodable(f"{_MOST_PAGES} pages, and none of them the last")


def _read_page(reply: HttpResponse) -> m.Locations:
    """Thousands of records take seconds: in a thread, nobody else waits for them."""
    answer: m.Locations = PULL_DATA_ANSWER.read(listed(reply, wire.EvseDataPage))
    return noted(answer, reply)


async def fetch_evses(hub: HubLink, message: m.FetchEvses) -> m.Locations:
    """Every page, as one answer."""
    places: list[Location] = []
    answer = m.Locations()
    async for answer in _pages(hub, message):
        places += answer.locations
    return replace(answer, locations=tuple(places), page=_whole(len(places)), extensions={})


def _whole(size: int) -> m.Page:
    return m.Page(number=0, size=size, count=size, total=size, pages=1, first=True, last=True)


async def fetch_statuses(hub: HubLink, message: m.FetchStatuses) -> m.Statuses:
    """All that there are: the hub cannot tell what has changed."""
    reply = await ask(hub, PULL_STATUS, replace(message, provider=hub.connection.party))
    answer: m.Statuses = PULL_STATUS_ANSWER.read(listed(reply, wire.EvseStatusList))
    return noted(answer, reply)


async def evse_pages(hub: HubLink, message: m.FetchEvses) -> AsyncGenerator[m.Locations, None]:
    """The pages, each record without what the hub last did with it: that makes no other record of it."""
    async for page in _pages(hub, message):
        yield replace(page, locations=tuple(map(_without_change, page.locations)))


def _without_change(place: Location) -> Location:
    kept = tuple(one for one in place.extensions.get(NAME, ()) if one.pointer != _CHANGE)
    return replace(place, extensions={**place.extensions, NAME: kept})


PAGES: Mapping[type[m.Message[Any]], Callable[[HubLink, Any], AsyncGenerator[Any, None]]] = {m.FetchEvses: evse_pages}
"""The list of statuses comes in one answer."""
JOBS = (
    Job("pull EVSE data", Role.EMSP, _HOUR, pull=m.FetchEvses),
    Job("pull EVSE statuses", Role.EMSP, _FIVE_MINUTES, pull=m.FetchStatuses, full=True),
)
"""Statuses are asked for every one to five minutes, the whole of the data once a day (inventory, PullEvseData)."""
