"""CDRs at the clearing house, by the clock (inventory a.8).

As an EMSP they are fetched and given to the gateway, which stores them, asks the backend, and owes the hub our answer.
As a CPO the fate of ours is asked.
"""

from collections.abc import Iterable
from typing import Any

from gateway.errors import GatewayError
from gateway.model.cdr import CdrStatus
from gateway.model.common import Role
from gateway.model.messages import CheckCdrs, FetchCdrs, Message, ReviewCdr, SubmitCdr
from gateway.ports import Backend, HubLink, Job
from gateway_ochp.sends_cpo import check_cdrs
from gateway_ochp.sends_emsp import fetch_cdrs

HOUR, DAY = 3600.0, 86_400.0


async def collect_cdrs(hub: HubLink, backend: Backend) -> float | None:
    """Accepted and revised ones. What the backend fails at stays at the hub; its first failure is raised at the end."""
    waiting = await fetch_cdrs(hub, FetchCdrs())
    await _asked(hub, backend, [SubmitCdr(cdr=cdr) for cdr in waiting.cdrs])
    return None


async def hear_of_given_up(hub: HubLink, backend: Backend) -> float | None:
    """CDRs whose CPO has given up the claim: they leave the default answer, and are asked for by their status."""
    asked_at = hub.now()
    rejected = await fetch_cdrs(hub, FetchCdrs(status=CdrStatus.REJECTED))
    news = [ReviewCdr(cdr=cdr, asked_at=asked_at) for cdr in rejected.cdrs if cdr.status is CdrStatus.REJECTED]
    await _asked(hub, backend, news)
    return None


async def review_cdrs(hub: HubLink, backend: Backend) -> float | None:
    """Which of ours were declined; only the backend can correct them, and send them again as revised."""
    await _reviewed(hub, backend, CdrStatus.DECLINED)
    return None


async def review_closed_cdrs(hub: HubLink, backend: Backend) -> float | None:
    """Which of ours were approved, or given up: final, and listed by the hub for as long as it keeps them."""
    for status in (CdrStatus.REJECTED, CdrStatus.APPROVED):
        await _reviewed(hub, backend, status)
    return None


async def _reviewed(hub: HubLink, backend: Backend, status: CdrStatus) -> None:
    asked_at = hub.now()
    checked = await check_cdrs(hub, CheckCdrs(status=status))
    await _asked(hub, backend, [ReviewCdr(cdr=cdr, asked_at=asked_at) for cdr in checked.cdrs if cdr.status is status])


async def _asked(hub: HubLink, backend: Backend, messages: Iterable[Message[Any]]) -> None:
    """Each by itself: one that fails holds up no other."""
    failures: list[GatewayError] = []
    for message in messages:
        try:
            await backend.answer(hub.connection, message)
        except GatewayError as error:
            failures.append(error)
    if failures:
        raise failures[0]


JOBS = (
    Job("collect CDRs", Role.EMSP, HOUR, collect_cdrs),
    Job("hear of CDRs given up", Role.EMSP, DAY, hear_of_given_up),
    Job("check CDRs", Role.CPO, HOUR, review_cdrs),
    Job("check closed CDRs", Role.CPO, DAY, review_closed_cdrs),
)
