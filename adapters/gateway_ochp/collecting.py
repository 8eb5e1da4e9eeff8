"""Collecting CDRs as an EMSP: fetched, answered for by the backend, and only then confirmed (inventory a.8)."""

from gateway.errors import GatewayError
from gateway.model.cdr import Cdr
from gateway.model.common import Role
from gateway.model.messages import CdrReference, ConfirmCdrs, FetchCdrs, SubmitCdr
from gateway.ports import Backend, HubLink, Job
from gateway_ochp.exchange import confirm_cdrs, fetch_cdrs

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


JOBS = (Job("collect CDRs", Role.EMSP, HOUR, collect_cdrs),)
