"""What a provider asks and tells the clearing house."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from gateway.model import messages as m
from gateway.model.kinds import EvseStatus
from gateway.ports import HubLink
from gateway_ochp.direct.asking import statuses_of
from gateway_ochp.exchange import answered, is_taken, only_taken
from gateway_ochp.forms import WRITES, charge_points
from gateway_ochp.forms.tokens import write_publish_tokens
from gateway_ochp.profile import TOKEN_DAYS, setting
from gateway_ochp.translate.results import UNNAMED
from gateway_ochp.wire import PARTLY


async def publish_tokens(hub: HubLink, message: m.PublishTokens) -> m.Publication:
    """Every entry needs an end of validity; where none is given it is the account's setting. REPLACE_ALL replaces all
    that the account has sent: the caller gives the union of its providers.

    A token is revoked by an end in the past (inventory a.7), surely so by the hub's clock too.
    """
    expires = hub.now() + timedelta(days=setting(hub.connection, TOKEN_DAYS))
    ended, gone = hub.now() - timedelta(days=1), message.action is m.PushAction.DELETE
    listed = tuple(replace(t, expires=ended if gone else t.expires or expires) for t in message.tokens)
    answer: m.Publication = await answered(hub, write_publish_tokens(replace(message, tokens=listed))[0])
    sent = {(token.uid or "").upper() for token in message.tokens}
    named = any((token.uid or "").upper() in sent for token in answer.refused_tokens)
    if named or answer.reason is None or answer.reason.code != PARTLY:
        return answer
    # No card of ours is named, so none counts as taken, least of all a revocation.
    refused = tuple(m.Refusal(uid=token.uid, text=UNNAMED) for token in message.tokens)
    return replace(answer, refused=refused, refused_tokens=())


async def fetch_evses(hub: HubLink, message: m.FetchEvses) -> m.Locations:
    """All EVSEs of connected operators, or those changed since. The hub knows no other filter."""
    answer: m.Locations = await answered(hub, charge_points.write_fetch_evses(message)[0])
    return answer if is_taken(answer.reason) else replace(answer, locations=())


async def fetch_statuses(hub: HubLink, message: m.FetchStatuses) -> m.Statuses:
    """A status whose ttl has passed is no longer known (OCHP 1.4, live status).

    Of EVSEs that are named, operators with a direct endpoint are asked themselves, the clearing house of the others.
    """
    told, left = await statuses_of(hub, message.evses)
    answer = m.Statuses()
    if left or not message.evses:
        answer = await answered(hub, WRITES[m.FetchStatuses](message)[0])
    if message.evses:
        answer = replace(answer, statuses=(*told, *(one for one in answer.statuses if one.evse in left)))
    now = hub.now()
    return replace(
        answer,
        statuses=tuple(_unknown_if_over(report, now) for report in answer.statuses),
        parking=tuple(_unknown_if_over(spot, now) for spot in answer.parking),
    )


S = TypeVar("S", m.EvseStatusReport, m.ParkingStatusReport)


def _unknown_if_over(report: S, now: datetime) -> S:
    is_over = report.until is not None and report.until <= now
    return replace(report, status=EvseStatus.UNKNOWN) if is_over else report


async def fetch_cdrs(hub: HubLink, message: m.FetchCdrs) -> m.Cdrs:
    """CDRs waiting at the hub. They stay there until they are confirmed: asking twice is safe."""
    return only_taken(await answered(hub, WRITES[m.FetchCdrs](message)[0]))


async def confirm_cdrs(hub: HubLink, message: m.ConfirmCdrs) -> m.Confirmation:
    answer: m.Confirmation = await answered(hub, WRITES[m.ConfirmCdrs](message)[0])
    return answer


SENDS: Mapping[type[m.Message[Any]], Callable[[HubLink, Any], Awaitable[Any]]] = {
    m.PublishTokens: publish_tokens,
    m.FetchEvses: fetch_evses,
    m.FetchStatuses: fetch_statuses,
    m.FetchCdrs: fetch_cdrs,
    m.ConfirmCdrs: confirm_cdrs,
}
