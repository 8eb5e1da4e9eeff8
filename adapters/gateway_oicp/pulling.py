"""Pulling the hub's lists as an EMP: whole or by page, and how often."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from typing import Any

from gateway.errors import Undecodable
from gateway.findings import Severity
from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.common import Role
from gateway.model.location import Location
from gateway.ports import HubLink, Job
from gateway.translation import AnyForm
from gateway_oicp.exchange import ask, judged, listed, noted
from gateway_oicp.forms import (
    GET_CDRS,
    GET_CDRS_ANSWER,
    PULL_DATA,
    PULL_DATA_ANSWER,
    PULL_STATUS,
    PULL_STATUS_ANSWER,
    PULL_STATUS_BY_ID,
    PULL_STATUS_BY_ID_ANSWER,
    PULL_STATUS_BY_OPERATOR,
    PULL_STATUS_BY_OPERATOR_ANSWER,
    status_questions,
)
from gateway_oicp.sends_prices import evse_tariff_pages, tariff_pages
from gateway_oicp.translate.cdr_pulls import split_by_time
from gateway_oicp.words import NAME

PAGE_SIZE = 2000
"""The largest that the hub gives; without a size it gives 20."""
_MOST_PAGES = 10_000
_HOUR, _FIVE_MINUTES = 3600.0, 300.0
_CHANGE = "/deltaType"


async def _pages(hub: HubLink, question: AnyForm, answer_form: AnyForm, message: Any) -> AsyncGenerator[Any, None]:
    """One page after another, as the hub gives them, until it names one the last."""
    asked = replace(message, provider=hub.connection.party)
    size = min(max(int(hub.connection.options.get("page_size", PAGE_SIZE)), 1), PAGE_SIZE)
    for number in range(_MOST_PAGES):
        reply = await ask(hub, question, asked, f"page={number}&size={size}")
        answer, count = await asyncio.to_thread(_read_page, reply, answer_form)
        yield answer
        if not count or answer.page is None or answer.page.last is not False:
            return
    raise Undecodable(f"{_MOST_PAGES} pages, and none of them the last")


def _read_page(reply: HttpResponse, form: AnyForm) -> tuple[Any, int]:
    """(the answer, how many records it had). Thousands take seconds: in a thread, nobody else waits for them.

    A record that cannot be read at all costs the page nothing but itself; the page names it.
    """
    decoded = judged(reply, form.wire)
    answer = noted(form.read(decoded.model), reply)
    unread = tuple(
        f"{finding.pointer}: {finding.text}"
        for finding in decoded.noticed
        if finding.severity is Severity.ERROR and re.fullmatch(r"/[^/]+/\d+", finding.pointer)
    )
    page = replace(answer.page or m.Page(), unread=unread) if unread else answer.page
    return replace(answer, page=page), len(decoded.model.content) + len(unread)


# --- places ------------------------------------------------------------------------------------------------------


async def fetch_evses(hub: HubLink, message: m.FetchEvses) -> m.Locations:
    """Every page, as one answer."""
    places: list[Location] = []
    unread: list[str] = []
    answer = m.Locations()
    async for answer in _pages(hub, PULL_DATA, PULL_DATA_ANSWER, message):
        places += answer.locations
        unread += answer.page.unread if answer.page else ()
    return replace(answer, locations=tuple(places), page=_whole(len(places), unread), extensions={})


def _whole(size: int, unread: list[str]) -> m.Page:
    total = size + len(unread)
    return m.Page(
        number=0, size=total, count=total, total=total, pages=1, first=True, last=True, unread=tuple(unread)
    )  # fmt: skip


async def evse_pages(hub: HubLink, message: m.FetchEvses) -> AsyncGenerator[m.Locations, None]:
    """The pages, each record without what the hub last did with it: that makes no other record of it."""
    async for page in _pages(hub, PULL_DATA, PULL_DATA_ANSWER, message):
        yield replace(page, locations=tuple(map(_without_change, page.locations)))


def _without_change(place: Location) -> Location:
    kept = tuple(one for one in place.extensions.get(NAME, ()) if one.pointer != _CHANGE)
    return replace(place, extensions={**place.extensions, NAME: kept})


# --- statuses ----------------------------------------------------------------------------------------------------

_STATUS_ANSWERS: Mapping[str, AnyForm] = {
    PULL_STATUS.name: PULL_STATUS_ANSWER,
    PULL_STATUS_BY_ID.name: PULL_STATUS_BY_ID_ANSWER,
    PULL_STATUS_BY_OPERATOR.name: PULL_STATUS_BY_OPERATOR_ANSWER,
}


async def fetch_statuses(hub: HubLink, message: m.FetchStatuses) -> m.Statuses:
    """Those of the named EVSEs, else of the named operators, else all: the hub cannot tell what has changed."""
    reports: list[m.EvseStatusReport] = []
    answer = m.Statuses()
    questions = status_questions(replace(message, provider=hub.connection.party))
    for form, question in questions:
        reply = await ask(hub, form, question)
        answers = _STATUS_ANSWERS[form.name]
        answer = noted(answers.read(listed(reply, answers.wire)), reply)
        reports += answer.statuses
    return answer if len(questions) == 1 else replace(answer, statuses=tuple(reports), extensions={})


# --- charge detail records ---------------------------------------------------------------------------------------


async def cdr_pages(hub: HubLink, message: m.FetchCdrs) -> AsyncGenerator[m.Cdrs, None]:
    """The pages of every stretch of time that the hub allows, the oldest first; without an end they end now."""
    for part in split_by_time(replace(message, until=message.until or hub.now())):
        async for page in _pages(hub, GET_CDRS, GET_CDRS_ANSWER, part):
            yield page


async def fetch_cdrs(hub: HubLink, message: m.FetchCdrs) -> m.Cdrs:
    """Every page, as one answer; a record of the moment between two stretches stands there once."""
    cdrs: list[Cdr] = []
    sessions: dict[str | None, Cdr] = {}
    unread: list[str] = []
    answer = m.Cdrs()
    async for answer in cdr_pages(hub, message):
        cdrs += [cdr for cdr in answer.cdrs if cdr.session.hub is None or sessions.get(cdr.session.hub) != cdr]
        sessions |= {cdr.session.hub: cdr for cdr in answer.cdrs}
        unread += answer.page.unread if answer.page else ()
    return replace(answer, cdrs=tuple(cdrs), page=_whole(len(cdrs), unread), extensions={})


PAGES: Mapping[type[m.Message[Any]], Callable[[HubLink, Any], AsyncGenerator[Any, None]]] = {
    m.FetchEvses: evse_pages,
    m.FetchCdrs: cdr_pages,
    m.FetchTariffs: tariff_pages,
    m.FetchEvseTariffs: evse_tariff_pages,
}
"""The list of statuses comes in one answer."""
JOBS = (
    Job("pull EVSE data", Role.EMSP, _HOUR, pull=m.FetchEvses),
    Job("pull EVSE statuses", Role.EMSP, _FIVE_MINUTES, pull=m.FetchStatuses, full=True),
    Job("pull CDRs", Role.EMSP, _HOUR, pull=m.FetchCdrs),
    Job("pull tariffs", Role.EMSP, _HOUR, pull=m.FetchTariffs),
    Job("pull EVSE tariffs", Role.EMSP, _HOUR, pull=m.FetchEvseTariffs),
)
"""Statuses are asked for every one to five minutes, the whole of the data once a day (inventory, PullEvseData)."""
