"""What a provider asks and tells IOP."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from gateway.errors import Undecodable
from gateway.log import logger
from gateway.model.messages import (
    Answer,
    Cdrs,
    CommandResult,
    CommandStatus,
    FetchCdr,
    Message,
    StartSession,
    StopSession,
)
from gateway.ports import HubLink, Written
from gateway_emip import forms
from gateway_emip.exchange import as_provider, asked

_log = logger(__name__)


async def start_session(hub: HubLink, message: StartSession) -> CommandResult:
    """Raises Undecodable for a yes without serviceSessionId: nobody could stop or settle that session."""
    message = as_provider(hub, message)
    result: CommandResult = await asked(hub, Written(forms.START, forms.START.write(message)))
    if result.status is CommandStatus.ACCEPTED and result.session.hub is None:
        raise Undecodable("the session is started, but there is no serviceSessionId to stop and settle it under")
    return result


async def stop_session(hub: HubLink, message: StopSession) -> CommandResult:
    message = replace(as_provider(hub, message), at=message.at or hub.now())
    result: CommandResult = await asked(hub, Written(forms.ACTION, forms.ACTION.write(message)))
    return result


async def fetch_cdr(hub: HubLink, message: FetchCdr) -> Cdrs:
    """How IOP answers is described nowhere (errata `GetChargeDetailRecord`); nothing asks by itself.

    A record of unknown nature is left out: it must not take the place of the final one.
    """
    message = as_provider(hub, message)
    found: Cdrs = await asked(hub, Written(forms.FETCH, forms.FETCH.write(message)))
    known = tuple(cdr for cdr in found.cdrs if cdr.nature is not None)
    if len(known) < len(found.cdrs):
        _log.warning("records of unknown nature", connection=hub.connection.name, count=len(found.cdrs) - len(known))
    return replace(found, cdrs=known)


SENDS: Mapping[type[Message[Any]], Callable[[HubLink, Any], Awaitable[Answer]]] = {
    StartSession: start_session,
    StopSession: stop_session,
    FetchCdr: fetch_cdr,
}
