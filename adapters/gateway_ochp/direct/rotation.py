"""The tokens of the day: made and uploaded for tomorrow, those of partners fetched, by the clock in UTC.

For the day after, endpoints are uploaded before 11:55 and fetched after 12:05 (OCHPdirect 0.2, "Token exchange").
Whatever is missing of today is made good at any time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from gateway.errors import GatewayError, NotSent, Refused
from gateway.model.direct import DirectEndpoint
from gateway.model.messages import PublishEndpoints
from gateway.ports import Backend, HubLink, Job
from gateway_ochp import wire
from gateway_ochp.direct.endpoints import day_of, newest
from gateway_ochp.direct.fetching import fetched
from gateway_ochp.direct.offering import demand_direct, is_direct, offered
from gateway_ochp.sends_endpoints import publish_endpoints

MORNING, NOON, AFTERNOON = time(6), time(11, 55), time(12, 5)
"""From when tomorrow's endpoint is uploaded, until when it has to be there, from when partners' are fetched."""
AGAIN_SECONDS, REST_SECONDS = 300.0, 3600.0
"""After a failure; and the longest pause, in which settings or the hub's list may have changed."""
MOST_TOKENS = 5
"""Tokens of one day. A hub that goes on refusing is not given more."""
KEPT_DAYS = 2
_LOOKS, _LOOK_SECONDS = 5, 0.1
_NOT_THE_TOKEN = (wire.NOT_AUTHORIZED, wire.INVALID_ID, wire.ROAMING)
"""Refusals that another token would meet as well."""


# --- ours --------------------------------------------------------------------------------------------------------


async def upload(hub: HubLink, _: Backend) -> float | None:
    """Today's endpoint at any time, tomorrow's from the morning on. Raises the first failure after trying all days."""
    if not is_direct(hub.connection):
        return REST_SECONDS
    now = hub.now()
    days = [day_of(now)]
    if now.astimezone(UTC).time() >= MORNING:
        days.append(days[0] + timedelta(days=1))
    await _uploaded(hub, days)
    await _forgotten(hub)
    return _rest(now, MORNING)


async def upload_now(hub: HubLink) -> str:
    """Today's and tomorrow's endpoint, whatever the time. Raises Unsupported, Invalid, Refused or a TransportError."""
    demand_direct(hub.connection)
    today = day_of(hub.now())
    days = await _uploaded(hub, [today, today + timedelta(days=1)])
    return f"uploaded for {', '.join(map(str, days))}" if days else "today's and tomorrow's are there already"


async def _uploaded(hub: HubLink, days: Sequence[date]) -> Sequence[date]:
    """The days for which something was uploaded."""
    done: list[date] = []
    failures: list[GatewayError] = []
    for day in days:
        offer = offered(hub.connection, day)
        known = newest(await hub.endpoints.taken(), offer.role, day)
        if not _is_there(known, offer):
            try:
                await _offered(hub, offer)
                done.append(day)
            except GatewayError as error:
                failures.append(_overdue(error, day) if _is_late(hub.now(), day) else error)
    if failures:
        raise failures[0]
    return done


def _is_there(known: DirectEndpoint | None, offer: DirectEndpoint) -> bool:
    return known is not None and replace(known, token=None) == offer


async def _offered(hub: HubLink, offer: DirectEndpoint) -> None:
    """With the last token of its day, whose upload may have been lost; with a new one where the hub refuses that.

    A hub takes no token that is not unique; how it says so is not specified.
    """
    known = newest(await hub.endpoints.ours(), offer.role, _day(offer))
    endpoint = replace(offer, token=known.token) if known is not None else await _with_first_token(hub, offer)
    try:
        await _published(hub, endpoint)
    except Refused as refusal:
        made = [one for one in await hub.endpoints.ours() if one.day == offer.day]
        if refusal.retryable or refusal.code in _NOT_THE_TOKEN or len(made) >= MOST_TOKENS:
            raise
        if await _is_taken_meanwhile(hub, offer):
            return
        await _published(hub, await _with_new_token(hub, offer))


async def _is_taken_meanwhile(hub: HubLink, offer: DirectEndpoint) -> bool:
    """Whether another process has uploaded it at the same moment; it writes that down right after the hub's answer."""
    for _ in range(_LOOKS):
        if _is_there(newest(await hub.endpoints.taken(), offer.role, _day(offer)), offer):
            return True
        await asyncio.sleep(_LOOK_SECONDS)
    return False


async def _with_first_token(hub: HubLink, offer: DirectEndpoint) -> DirectEndpoint:
    """Raises NotSent where another process has made one too: nobody would know which of them partners are given.

    The next run then takes what is there.
    """
    endpoint = await _with_new_token(hub, offer)
    made = [one for one in await hub.endpoints.ours() if (one.role, one.day) == (offer.role, offer.day)]
    if len(made) > 1:
        raise NotSent(f"another process is uploading our direct endpoint of {offer.day} just now")
    return endpoint


async def _with_new_token(hub: HubLink, offer: DirectEndpoint) -> DirectEndpoint:
    """Kept before anybody hears of it: an upload whose answer is lost may have been taken."""
    endpoint = replace(offer, token=hub.endpoints.new_token())
    await hub.endpoints.keep_ours([endpoint], taken=False)
    return endpoint


async def _published(hub: HubLink, endpoint: DirectEndpoint) -> None:
    """Raises Refused also for `partly`: the endpoint counts, and the hub's words are for a person."""
    answer = await publish_endpoints(hub, PublishEndpoints(endpoints=(endpoint,)))
    code = answer.reason.code if answer.reason is not None else None
    if answer.accepted:
        await hub.endpoints.keep_ours([endpoint])
    if code != wire.OK:
        text = answer.reason.text if answer.reason is not None else None
        raise Refused(code or "no result", text or "", retryable=code == wire.PARTLY)


def _day(offer: DirectEndpoint) -> date:
    assert offer.day is not None, "an endpoint is offered for a day"
    return offer.day


def _is_late(now: datetime, day: date) -> bool:
    return now >= datetime.combine(day - timedelta(days=1), NOON, UTC)


def _overdue(error: GatewayError, day: date) -> GatewayError:
    """Said where jobs that fail are shown."""
    return GatewayError(f"our direct endpoint of {day} is overdue since 11:55 UTC of the day before: {error}")


# --- partners' ---------------------------------------------------------------------------------------------------


async def fetch(hub: HubLink, _: Backend) -> float | None:
    """Once after 12:05 of every day; at once where the last list is older than the last such time, or of the future:
    then the clock was wrong."""
    if not is_direct(hub.connection):
        return REST_SECONDS
    now = hub.now()
    last = await hub.endpoints.fetched_at()
    if last is None or not _last(now, AFTERNOON) <= last <= now:
        await fetched(hub)
        await _forgotten(hub)
    return _rest(now, AFTERNOON)


async def fetch_now(hub: HubLink) -> str:
    """Raises Unsupported, Refused or a TransportError."""
    demand_direct(hub.connection)
    return f"{await fetched(hub)} endpoints of partners"


async def _forgotten(hub: HubLink) -> None:
    await hub.endpoints.forget(day_of(hub.now()) - timedelta(days=KEPT_DAYS))


# --- the clock ---------------------------------------------------------------------------------------------------


def _last(now: datetime, at: time) -> datetime:
    """When it was this time of the UTC day last."""
    moment = datetime.combine(day_of(now), at, UTC)
    return moment if moment <= now else moment - timedelta(days=1)


def _rest(now: datetime, at: time) -> float:
    """Seconds until it is this time again, or midnight, when a day begins; never longer than a rest."""
    moments = (_last(now, one) + timedelta(days=1) for one in (at, time(0)))
    return min(REST_SECONDS, *((moment - now).total_seconds() for moment in moments))


BY_HAND: Mapping[str, Callable[[HubLink], Awaitable[str]]] = {"upload": upload_now, "fetch": fetch_now}
JOBS: Sequence[Job] = (
    Job("upload direct endpoints", None, AGAIN_SECONDS, upload),
    Job("fetch direct endpoints", None, AGAIN_SECONDS, fetch),
)
