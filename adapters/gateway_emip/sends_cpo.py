"""What an operator asks and tells IOP."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from gateway.errors import Refused, Undecodable, Unsupported
from gateway.log import logger
from gateway.model.common import Reason
from gateway.model.ids import PartyId
from gateway.model.messages import (
    Allowed,
    Answer,
    Authorization,
    AuthorizeStop,
    AuthorizeToken,
    CdrReceipt,
    EventReceipt,
    EvseStatusReport,
    Message,
    PlaceAvailability,
    Publication,
    PublishAvailability,
    PublishStatuses,
    Refusal,
    ReportEvent,
    SubmitCdr,
)
from gateway.model.session import Session, SessionIds
from gateway.ports import HubLink, Written
from gateway_emip import forms, writing
from gateway_emip.exchange import as_operator, asked, spoken_for
from gateway_emip.profile import ASK, PLACE_NAMES, STOP_WITH, SYNTHETIC, setting
from gateway_emip.words import CODES, EVENT

A = TypeVar("A", bound=Answer)
_log = logger(__name__)


async def authorize_token(hub: HubLink, message: AuthorizeToken) -> Authorization:
    message = as_operator(hub, message, message.evse)
    answer: Authorization = await asked(hub, Written(forms.AUTHORISATION, forms.AUTHORISATION.write(message)))
    if answer.allowed is Allowed.ALLOWED and answer.session.hub is None:
        raise Undecodable("the driver is allowed, but there is no serviceSessionId to settle under")
    return answer


async def authorize_stop(hub: HubLink, message: AuthorizeStop) -> Authorization:
    """Where IOP is to be asked (grade B, the habit of one peer): a second GetServiceAuthorisation.

    The session keeps its first serviceSessionId, whatever IOP opens with the second (pitfall 30). Where nobody is to
    be asked, the gateway has answered before; what gets here is a session that it does not know.
    """
    if setting(hub.connection, STOP_WITH) != ASK:
        reason = Reason(text="the session is not known here; only the card that began it may end it")
        return Authorization(allowed=Allowed.NOT_ALLOWED, token=message.token, session=message.session, reason=reason)
    again = AuthorizeToken(
        transaction=message.transaction,
        operator=message.operator,
        token=message.token,
        evse=message.evse,
        session=SessionIds(cpo=message.session.cpo),
    )
    again = as_operator(hub, again, message.evse)
    answer: Authorization = await asked(hub, Written(forms.AUTHORISATION, forms.AUTHORISATION.write(again)))
    return replace(answer, session=message.session, extensions={})


async def publish_statuses(hub: HubLink, message: PublishStatuses) -> Publication:
    """One call an EVSE and dimension, one after another; what one EVSE is refused does not hold up the others."""
    outcomes = [(report, await _published(hub, message, report)) for report in message.statuses]
    refused = [(report, answer) for report, answer in outcomes if answer.accepted is not True]
    reasons = [answer.reason for _, answer in refused or outcomes if answer.reason is not None]
    return Publication(
        accepted=not refused or len(refused) < len(outcomes),
        reason=reasons[0] if reasons else None,
        refused=tuple(_refusal(report, answer) for report, answer in refused),
    )


async def _published(hub: HubLink, message: PublishStatuses, report: EvseStatusReport) -> Publication:
    report = replace(report, at=report.at or hub.now())
    answer = Publication(accepted=True)
    single = replace(message, statuses=(report,), transaction=None)
    write = writing.publish_synthetic if setting(hub.connection, SYNTHETIC) else writing.publish_statuses
    for written in write(as_operator(hub, single, report.evse)):
        answer = warned(await asked(hub, written), hub)
        if answer.accepted is not True:
            break
    return answer


def warned(answer: A, hub: HubLink) -> A:
    """A warning that no list has is no refusal of a record or a status (pitfall 13), but somebody should see it."""
    code = answer.reason.code if answer.reason is not None else None
    if code is not None and code not in CODES:
        _log.warning("a request status that is not known, taken as accepted", connection=hub.connection.name, code=code)
    return answer


def _refusal(report: EvseStatusReport, answer: Publication) -> Refusal:
    return Refusal(evse=report.evse, text=_words(answer))


def _words(answer: Publication) -> str | None:
    return f"{answer.reason.code}: {answer.reason.text}" if answer.reason is not None else None


async def submit_cdr(hub: HubLink, message: SubmitCdr) -> CdrReceipt:
    """Raises Refused (retryable) where the record did not get through to the eMSP: it is still owed."""
    message = as_operator(hub, message, message.cdr.evse if message.cdr is not None else None)
    receipt: CdrReceipt = await asked(hub, Written(forms.CDR, forms.CDR.write(message)))
    receipt = warned(receipt, hub)
    if message.cdr is not None and receipt.session.hub not in (None, message.cdr.session.hub):
        _log.warning("a record was answered for another session", connection=hub.connection.name)
    row = CODES.get(receipt.reason.code or "") if receipt.reason is not None else None
    if row is not None and row.retryable:
        raise Refused(row.code, row.meaning, retryable=True)
    return receipt


async def publish_availability(hub: HubLink, message: PublishAvailability) -> Publication:
    """Availability of pools, stations and connectors, one call each; an EVSE's own status says more (errata)."""
    outcomes = [(place, await _published_place(hub, message, place)) for place in message.places]
    refused = [(place, answer) for place, answer in outcomes if answer.accepted is not True]
    return Publication(
        accepted=not refused or len(refused) < len(outcomes),
        reason=next((answer.reason for _, answer in refused or outcomes if answer.reason is not None), None),
        refused=tuple(Refusal(uid=place.id, text=_words(answer)) for place, answer in refused),
    )


async def _published_place(hub: HubLink, message: PublishAvailability, place: PlaceAvailability) -> Publication:
    """Raises Unsupported for a place without a level, ForeignOperator for one of another operator."""
    if place.level is None:
        raise Unsupported("eMIP tells the availability of a pool, a station or a connector: name the level")
    place = replace(place, at=place.at or hub.now())
    operator = place.operator or message.operator or PartyId.read((place.id or "").replace("*", "")[:5])
    single = replace(message, places=(place,), transaction=None, operator=operator)
    written = writing.publish_availability(spoken_for(hub, single))[0]
    if setting(hub.connection, PLACE_NAMES) == "upper":
        written = Written(written.form, writing.capitalised(written.model))
    answer: Publication = await asked(hub, written)
    return warned(answer, hub)


async def report_event(hub: HubLink, message: ReportEvent) -> EventReceipt:
    """Raises Unsupported for what the list of natures lacks: nothing is told as something else."""
    kind = message.event.kind if message.event is not None else None
    if message.event is None or not EVENT.write(kind):
        raise Unsupported(f"eMIP has no session event for {kind}")
    session = message.session or Session()
    event = replace(message.event, at=message.event.at or hub.now(), id=message.event.id or hub.new_id())
    message = replace(as_operator(hub, message, session.evse), event=event)
    receipt: EventReceipt = await asked(hub, Written(forms.EVENT, forms.EVENT.write(message)))
    return warned(receipt, hub)


SENDS: Mapping[type[Message[Any]], Callable[[HubLink, Any], Awaitable[Answer]]] = {
    AuthorizeToken: authorize_token,
    AuthorizeStop: authorize_stop,
    PublishStatuses: publish_statuses,
    PublishAvailability: publish_availability,
    ReportEvent: report_event,
    SubmitCdr: submit_cdr,
}
