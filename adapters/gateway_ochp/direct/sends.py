"""What a provider asks an operator: sessions are commanded, EVSEs asked after, discrepancies reported.

No command is tried twice. What may have been done at the EVSE without our knowing is undone: a session is released, so
that no driver stands before an EVSE that is held for nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.errors import GatewayError, Undecodable
from gateway.model import messages as m
from gateway.model.common import Reason
from gateway.model.session import SessionIds
from gateway.ports import HubLink
from gateway.translation import AnyForm
from gateway_ochp.direct.endpoints import Way
from gateway_ochp.direct.exchange import asked, failed, fit, may_have_acted, operator_of
from gateway_ochp.direct.reports import report_event
from gateway_ochp.forms import direct as forms
from gateway_ochp.words import SESSION_ACTION

ACCEPTED = m.CommandStatus.ACCEPTED
_ANY_ID = SessionIds(hub="0")


async def _commanded(hub: HubLink, way: Way, form: AnyForm, message: Any, answer: AnyForm) -> m.CommandResult:
    """The partner's outcome, `server` included: it is no use to try again. Raises Refused for a code nobody knows."""
    result: m.CommandResult = await asked(hub, way, form, message, answer)
    if result.status is None:
        raise failed(result.reason) or Undecodable("the result says neither yes nor no")
    ids = replace(message.session, hub=result.session.hub or message.session.hub)
    return replace(result, session=ids)


def _unknown(error: GatewayError, ids: SessionIds, *words: str) -> m.CommandResult:
    """FAILED: nobody can say that it was done."""
    text = "; ".join((str(error), *words))
    return m.CommandResult(status=m.CommandStatus.FAILED, session=ids, reason=Reason(text=text))


def _noted(result: m.CommandResult, words: str | None) -> m.CommandResult:
    reason = result.reason or Reason()
    return replace(result, reason=replace(reason, detail=words)) if words else result


# --- SelectEvse, ReleaseEvse -------------------------------------------------------------------------------------


async def reserve_evse(hub: HubLink, message: m.ReserveEvse) -> m.CommandResult:
    """The operator names the session, and until when the EVSE is held; that may be less than was asked for."""
    return await _selected(hub, await operator_of(hub, message.evse), message)


async def _selected(hub: HubLink, way: Way, message: m.ReserveEvse) -> m.CommandResult:
    """FAILED where the answer is lost: without the session's name nothing can be released, it runs out by itself."""
    until = message.until
    if until is None and message.minutes is not None:
        until = hub.now() + timedelta(minutes=message.minutes)
    try:
        selected = await _commanded(hub, way, forms.SELECT, replace(message, until=until), forms.SELECT_RESPONSE)
    except GatewayError as error:
        if not may_have_acted(error):
            raise
        return _unknown(error, message.session, "if the EVSE was selected, it is free again when its time is over")
    if selected.status is ACCEPTED and selected.session.hub is None:
        raise Undecodable("the EVSE is selected, but there is no directId")
    return selected


async def cancel_reservation(hub: HubLink, message: m.CancelReservation) -> m.CommandResult:
    """Ends a running session too."""
    way = await operator_of(hub, message.evse)
    return await _commanded(hub, way, forms.RELEASE, message, forms.RELEASE_RESPONSE)


async def _released(hub: HubLink, way: Way, ids: SessionIds) -> str | None:
    """Why the EVSE may not be free yet; None: it is."""
    try:
        release = m.CancelReservation(session=ids)
        result = await _commanded(hub, way, forms.RELEASE, release, forms.RELEASE_RESPONSE)
    except GatewayError as error:
        return f"the EVSE is not released: {error}"
    if result.status is ACCEPTED:
        return None
    return f"the EVSE is not released: {result.reason.code if result.reason else result.status}"


# --- ControlEvse -------------------------------------------------------------------------------------------------


async def start_session(hub: HubLink, message: m.StartSession) -> m.CommandResult:
    """Selects the EVSE, unless the session has a directId already, and starts.

    What was selected here is released where the start does not come to pass; a reservation from before stays where the
    operator has clearly said no, and is released where its answer is lost.
    """
    fit(forms.START.write(replace(message, session=_ANY_ID)))
    way = await operator_of(hub, message.evse)
    reserved = message.session.hub is not None
    if not reserved:
        select = replace(forms.as_reservation(message), session=message.session)
        selected = await _selected(hub, way, select)
        if selected.status is not ACCEPTED:
            return selected
        message = replace(message, session=selected.session)
    return await _started(hub, way, message, keep=reserved)


async def _started(hub: HubLink, way: Way, message: m.StartSession, *, keep: bool) -> m.CommandResult:
    try:
        result = await _commanded(hub, way, forms.START, message, forms.CONTROL_RESPONSE)
    except asyncio.CancelledError:
        await asyncio.shield(_released(hub, way, message.session))
        raise
    except GatewayError as error:
        result = _unknown(error, message.session)
        keep = keep and not may_have_acted(error)
    if result.status is ACCEPTED or keep:
        return result
    return _noted(result, await _released(hub, way, message.session))


async def change_session(hub: HubLink, message: m.ChangeSession) -> m.CommandResult:
    """`limits_kept` is False where the operator cannot keep all of them. Raises where the answer is lost."""
    way = await operator_of(hub, message.evse)
    return await _commanded(hub, way, forms.CHANGE, message, forms.CONTROL_RESPONSE)


async def stop_session(hub: HubLink, message: m.StopSession) -> m.CommandResult:
    """Ends the charging, then releases the EVSE, which ends it as well.

    So it is enough if either is done: of one that is not, the reason tells in its detail.
    """
    if SESSION_ACTION.write(message.action) is None:
        return m.CommandResult(status=m.CommandStatus.NOT_SUPPORTED, session=message.session)
    way = await operator_of(hub, message.evse)
    try:
        ended = await _commanded(hub, way, forms.END, message, forms.CONTROL_RESPONSE)
    except GatewayError as error:
        ended = _unknown(error, message.session)
    if ended.status is m.CommandStatus.UNKNOWN_SESSION:
        return ended
    unreleased = await _released(hub, way, message.session)
    if ended.status is ACCEPTED or unreleased is not None:
        return _noted(ended, unreleased)
    words = f"the EVSE is released; that ended the charging, as its end was not confirmed ({_words(ended)})"
    return m.CommandResult(status=ACCEPTED, session=message.session, reason=Reason(detail=words))


def _words(result: m.CommandResult) -> str:
    reason = result.reason or Reason()
    return " ".join(text for text in (reason.code, reason.text) if text)


# --- questions ---------------------------------------------------------------------------------------------------


async def fetch_session(hub: HubLink, message: m.FetchSession) -> m.SessionState:
    """Asks whenever it is called: nothing here asks by itself, and an operator tells of its sessions unasked.

    A partner should not be asked more often than every 15 minutes for each session, unless a person wants to know.
    """
    way = await operator_of(hub, message.evse)
    state: m.SessionState = await asked(hub, way, forms.INFORM_CPO, message, forms.INFORM_CPO_RESPONSE)
    if state.reason is None:
        return state
    failure = failed(state.reason)
    if failure is not None:
        raise failure
    taken = state.reason.code in ("ok", "partly")
    return state if taken else m.SessionState(reason=state.reason)


async def report_discrepancy(hub: HubLink, message: m.ReportDiscrepancy) -> m.Confirmation:
    way = await operator_of(hub, message.evse)
    answer: m.Confirmation = await asked(hub, way, forms.DISCREPANCY, message, forms.DISCREPANCY_RESPONSE)
    return answer


SENDS: Mapping[type[m.Message[Any]], Callable[[HubLink, Any], Awaitable[Any]]] = {
    m.ReserveEvse: reserve_evse,
    m.CancelReservation: cancel_reservation,
    m.StartSession: start_session,
    m.ChangeSession: change_session,
    m.StopSession: stop_session,
    m.FetchSession: fetch_session,
    m.ReportDiscrepancy: report_discrepancy,
    m.ReportEvent: report_event,
}
