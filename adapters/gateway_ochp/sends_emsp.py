"""What a provider asks and tells the clearing house."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.model import messages as m
from gateway.model.kinds import EvseStatus
from gateway.ports import HubLink
from gateway_ochp.exchange import answered, is_taken, only_taken
from gateway_ochp.forms import WRITES, charge_points
from gateway_ochp.forms.tokens import write_publish_tokens
from gateway_ochp.profile import TOKEN_DAYS, setting


async def publish_tokens(hub: HubLink, message: m.PublishTokens) -> m.Publication:
    """Every entry needs an end of validity; where none is given it is the account's setting."""
    expires = hub.now() + timedelta(days=setting(hub.connection, TOKEN_DAYS))
    gone = message.action is m.PushAction.DELETE
    listed = tuple(replace(t, expires=hub.now() if gone else t.expires or expires) for t in message.tokens)
    answer: m.Publication = await answered(hub, write_publish_tokens(replace(message, tokens=listed))[0])
    return answer


async def fetch_evses(hub: HubLink, message: m.FetchEvses) -> m.Locations:
    """All EVSEs of connected operators, or those changed since. The hub knows no other filter."""
    answer: m.Locations = await answered(hub, charge_points.write_fetch_evses(message)[0])
    return answer if is_taken(answer.reason) else replace(answer, locations=())


async def fetch_statuses(hub: HubLink, message: m.FetchStatuses) -> m.Statuses:
    """A status whose ttl has passed is no longer known (OCHP 1.4, live status)."""
    answer: m.Statuses = await answered(hub, WRITES[m.FetchStatuses](message)[0])
    now = hub.now()
    return replace(
        answer,
        statuses=tuple(
            replace(report, status=EvseStatus.UNKNOWN) if report.until is not None and report.until < now else report
            for report in answer.statuses
        ),
    )


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
