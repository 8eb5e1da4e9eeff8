"""What we say to the hub. OperatorID and ProviderID always name the account; the operator of an EVSE is in its id."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.errors import Refused
from gateway.model import messages as m
from gateway.model.common import Reason
from gateway.model.session import SessionIds
from gateway.ports import HubLink
from gateway_oicp import wire
from gateway_oicp.exchange import accepted, account_name, acknowledged, ask, authorized, noted
from gateway_oicp.forms import (
    CHARGE_DETAIL_RECORD,
    CHARGE_DETAIL_RECORD_ANSWER,
    NOTIFY_ANSWER,
    PUSH_DATA,
    PUSH_DATA_ANSWER,
    PUSH_STATUS,
    PUSH_STATUS_ANSWER,
    REMOTE_START,
    REMOTE_START_ANSWER,
    REMOTE_STOP,
    REMOTE_STOP_ANSWER,
    RESERVATION_START,
    RESERVATION_START_ANSWER,
    RESERVATION_STOP,
    RESERVATION_STOP_ANSWER,
    START,
    START_ANSWER,
    STOP,
    STOP_ANSWER,
    notification,
)
from gateway_oicp.pulling import fetch_cdrs, fetch_evses, fetch_statuses
from gateway_oicp.sends_prices import fetch_evse_tariffs, fetch_tariffs, publish_evse_tariffs, publish_tariffs
from gateway_oicp.sends_tokens import fetch_tokens, publish_tokens
from gateway_oicp.translate.answers import named_evses
from gateway_oicp.translate.pushes import held_back_evses, held_back_statuses, sayable, split_evses

# --- as a CPO ----------------------------------------------------------------------------------------------------


async def authorize_token(hub: HubLink, message: m.AuthorizeToken) -> m.Authorization:
    reply = await ask(hub, START, replace(message, operator=hub.connection.party))
    answer: m.Authorization = START_ANSWER.read(authorized(reply, wire.AuthorizationStart))
    return noted(answer, reply)


async def authorize_stop(hub: HubLink, message: m.AuthorizeStop) -> m.Authorization:
    reply = await ask(hub, STOP, replace(message, operator=hub.connection.party))
    answer: m.Authorization = STOP_ANSWER.read(authorized(reply, wire.AuthorizationStop))
    return noted(answer, reply)


async def submit_cdr(hub: HubLink, message: m.SubmitCdr) -> m.CdrReceipt:
    """A record of a closed session is Refused with 400: whether it had arrived before is the outbox's to know."""
    reply = await ask(hub, CHARGE_DETAIL_RECORD, message)
    receipt: m.CdrReceipt = CHARGE_DETAIL_RECORD_ANSWER.read(accepted(reply))
    return noted(receipt, reply)


async def submit_cdrs(hub: HubLink, message: m.SubmitCdrs) -> m.CdrReceipt:
    """One after the other; `refused` names the sessions whose records were not taken."""
    receipts, declined = [], []
    for cdr in message.cdrs:
        try:
            receipts.append(await submit_cdr(hub, m.SubmitCdr(cdr=cdr)))
        except Refused as error:
            if error.retryable:
                raise
            declined.append(cdr.id or cdr.session.hub or error.code)
    last = receipts[-1] if receipts else m.CdrReceipt()
    return replace(last, accepted=bool(receipts), session=SessionIds(), refused=tuple(declined))


async def publish_evses(hub: HubLink, message: m.PublishEvses) -> m.Publication:
    """Removed EVSEs go last, by a push of their own; only an empty full load that was asked for is sent empty."""
    message = replace(message, operator=hub.connection.party, operator_name=account_name(hub, message.operator_name))
    clearing = message.action is m.PushAction.REPLACE_ALL and not message.locations
    answer, declined = None, list(held_back_evses(message))
    for part in split_evses(message):
        if not part.locations and not clearing:
            continue
        try:
            answer = await _push_evses(hub, part)
        except Refused as error:
            if answer is None:
                raise
            evses = (evse.evse_id for location in part.locations for evse in location.evses)
            declined += [m.Refusal(evse=evse, text=str(error)) for evse in evses]
    return replace(answer or m.Publication(accepted=False), refused=tuple(declined))


async def _push_evses(hub: HubLink, message: m.PublishEvses) -> m.Publication:
    reply = await ask(hub, PUSH_DATA, message)
    answer: m.Publication = PUSH_DATA_ANSWER.read(accepted(reply))
    return noted(answer, reply)


async def report_event(hub: HubLink, message: m.ReportEvent) -> m.EventReceipt:
    """What the EMP does not take is an answer, so also 320, where it offers no address for notifications.

    OperatorID is written always: the EMP book calls it optional, the hub fails without it.
    """
    form = notification(message)
    if form is None:
        kind = message.event.kind if message.event else None
        return m.EventReceipt(accepted=False, reason=Reason(text=f"OICP has no notification for {kind or 'no event'}"))
    reply = await ask(hub, form, replace(message, operator=hub.connection.party))
    receipt: m.EventReceipt = NOTIFY_ANSWER["Start"].read(acknowledged(reply))
    return noted(receipt, reply)


async def publish_statuses(hub: HubLink, message: m.PublishStatuses) -> m.Publication:
    message = replace(message, operator=hub.connection.party, operator_name=account_name(hub, message.operator_name))
    known, declined = sayable(message), list(held_back_statuses(message))
    if not known.statuses and message.statuses:
        return m.Publication(accepted=False, refused=tuple(declined))
    reply = await ask(hub, PUSH_STATUS, known)
    model = acknowledged(reply)
    unknown = frozenset(named_evses(model)) & {report.evse for report in known.statuses if report.evse is not None}
    if not model.result and unknown:
        # One unknown EVSE has the whole push refused; the culprits are named in prose only.
        declined += [
            m.Refusal(evse=evse, text="the hub has no record of this EVSE") for evse in sorted(unknown, key=str)
        ]
        known = replace(known, statuses=tuple(one for one in known.statuses if one.evse not in unknown))
        if not known.statuses:
            nothing: m.Publication = PUSH_STATUS_ANSWER.read(model)
            return replace(nothing, accepted=False, refused=tuple(declined))
        reply = await ask(hub, PUSH_STATUS, known)
    answer: m.Publication = PUSH_STATUS_ANSWER.read(accepted(reply))
    return replace(noted(answer, reply), refused=tuple(declined))


# --- as an EMP ---------------------------------------------------------------------------------------------------


async def start_session(hub: HubLink, message: m.StartSession) -> m.CommandResult:
    """The hub gives the session its id; we leave it open."""
    session = replace(message.session, hub=None)
    reply = await ask(hub, REMOTE_START, replace(message, provider=hub.connection.party, session=session))
    answer: m.CommandResult = REMOTE_START_ANSWER.read(acknowledged(reply))
    return noted(answer, reply)


async def reserve_evse(hub: HubLink, message: m.ReserveEvse) -> m.CommandResult:
    """The hub gives the reservation a session id of its own. `until` is sent as whole minutes from now, rounded up."""
    minutes = message.minutes
    if minutes is None and message.until is not None:
        minutes = -((hub.now() - message.until) // timedelta(minutes=1))
    session = replace(message.session, hub=None)
    asked = replace(message, provider=hub.connection.party, session=session, minutes=minutes)
    reply = await ask(hub, RESERVATION_START, asked)
    answer: m.CommandResult = RESERVATION_START_ANSWER.read(acknowledged(reply))
    return noted(answer, reply)


async def cancel_reservation(hub: HubLink, message: m.CancelReservation) -> m.CommandResult:
    reply = await ask(hub, RESERVATION_STOP, replace(message, provider=hub.connection.party))
    answer: m.CommandResult = RESERVATION_STOP_ANSWER.read(acknowledged(reply))
    return noted(answer, reply)


async def stop_session(hub: HubLink, message: m.StopSession) -> m.CommandResult:
    reply = await ask(hub, REMOTE_STOP, replace(message, provider=hub.connection.party))
    answer: m.CommandResult = REMOTE_STOP_ANSWER.read(acknowledged(reply))
    return noted(answer, reply)


SENDS: Mapping[type[m.Message[Any]], Callable[[HubLink, Any], Awaitable[Any]]] = {
    m.AuthorizeToken: authorize_token,
    m.AuthorizeStop: authorize_stop,
    m.SubmitCdr: submit_cdr,
    m.SubmitCdrs: submit_cdrs,
    m.PublishEvses: publish_evses,
    m.PublishStatuses: publish_statuses,
    m.StartSession: start_session,
    m.StopSession: stop_session,
    m.ReserveEvse: reserve_evse,
    m.CancelReservation: cancel_reservation,
    m.ReportEvent: report_event,
    m.FetchEvses: fetch_evses,
    m.FetchStatuses: fetch_statuses,
    m.FetchCdrs: fetch_cdrs,
    m.PublishTokens: publish_tokens,
    m.FetchTokens: fetch_tokens,
    m.PublishTariffs: publish_tariffs,
    m.FetchTariffs: fetch_tariffs,
    m.PublishEvseTariffs: publish_evse_tariffs,
    m.FetchEvseTariffs: fetch_evse_tariffs,
}
