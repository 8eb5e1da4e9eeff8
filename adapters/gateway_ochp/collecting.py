"""CDRs at the clearing house, by the clock (inventory a.8).

As an EMSP they are fetched, answered for by the backend, and only then confirmed. As a CPO the fate of ours is asked.
"""

from gateway.errors import GatewayError
from gateway.model.cdr import Cdr, CdrStatus
from gateway.model.common import Role
from gateway.model.messages import CdrReference, CheckCdrs, ConfirmCdrs, FetchCdrs, ReviewCdr, SubmitCdr
from gateway.ports import Backend, HubLink, Job
from gateway_ochp.sends_cpo import check_cdrs
from gateway_ochp.sends_emsp import confirm_cdrs, fetch_cdrs

HOUR = 3600.0


async def collect_cdrs(hub: HubLink, backend: Backend) -> float | None:
    """Confirms what the backend answered for; what it failed at stays at the hub, and its first failure is raised."""
    waiting = await fetch_cdrs(hub, FetchCdrs())
    verdicts: dict[bool, list[CdrReference]] = {True: [], False: []}
    failures: list[GatewayError] = []
    for cdr in waiting.cdrs:
        try:
            receipt = await backend.answer(hub.connection, SubmitCdr(cdr=cdr))
        except GatewayError as error:
            failures.append(error)
            continue
        verdicts[bool(receipt.accepted)].append(_reference(cdr))
    if any(verdicts.values()):
        await confirm_cdrs(hub, ConfirmCdrs(approved=tuple(verdicts[True]), declined=tuple(verdicts[False])))
    if failures:
        raise failures[0]
    return None


def _reference(cdr: Cdr) -> CdrReference:
    return CdrReference(cdr_id=cdr.id, evse=cdr.evse)


async def review_cdrs(hub: HubLink, backend: Backend) -> float | None:
    """Tells the backend which of ours were not taken; only it can correct them, and send them again as revised."""
    for status in (CdrStatus.REJECTED, CdrStatus.DECLINED):
        checked = await check_cdrs(hub, CheckCdrs(status=status))
        for cdr in checked.cdrs:
            if cdr.status is status:
                await backend.answer(hub.connection, ReviewCdr(cdr=cdr))
    return None


JOBS = (
    Job("collect CDRs", Role.EMSP, HOUR, collect_cdrs),
    Job("check CDRs", Role.CPO, HOUR, review_cdrs),
)
