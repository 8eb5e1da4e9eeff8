"""Partners' endpoints, fetched from the clearing house and kept."""

import asyncio

from gateway.errors import GatewayError, Refused
from gateway.model.messages import FetchEndpoints
from gateway.ports import HubLink
from gateway_ochp import wire
from gateway_ochp.exchange import is_taken
from gateway_ochp.sends_endpoints import fetch_endpoints

PAUSE_SECONDS = 300.0
"""A call of somebody unknown leads to the clearing house at most so often, in all processes together."""
PATIENCE_SECONDS = 15.0
"""How long such a call waits for it."""


async def fetched(hub: HubLink) -> int:
    """How many endpoints of partners there are. Raises what the exchange raises, or Refused.

    Without roaming relations the list is empty; nothing that was known is deleted for that.
    """
    answer = await fetch_endpoints(hub, FetchEndpoints())
    reason = answer.reason
    code = reason.code if reason is not None else None
    if not is_taken(reason) and code != wire.ROAMING:
        raise Refused(code or "no result", (reason.text if reason is not None else None) or "")
    own = {one.token for one in await hub.endpoints.ours()}
    others = [one for one in answer.endpoints if one.token not in own] if is_taken(reason) else []
    await hub.endpoints.keep_partners(others, hub.now())
    return len(others)


async def looked_again(hub: HubLink) -> bool:
    """Whether the list was fetched just now, for a partner who is not in it: it may have come since."""
    if not await hub.endpoints.may_fetch(hub.now(), PAUSE_SECONDS):
        return False
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await fetched(hub)
    except (GatewayError, TimeoutError):
        # The exchange is in the journal; for the caller the partner stays unknown.
        return False
    return True
