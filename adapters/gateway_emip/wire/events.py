"""Authorisation: what happens in a session."""

from typing import Annotated

from gateway.wire import Alias
from gateway.wire.rules import one_of
from gateway_emip.mends import BARE_CODE
from gateway_emip.rules import CODE, ERROR, Moment, Name, Session, Status
from gateway_emip.wire.base import EmipModel, Named, Requester, Target, Transaction
from gateway_emip.words import EVENT, known


class SessionEvent(EmipModel):
    """`related_session_action_id` has another name in one skeleton (errata)."""

    session_event_nature: Annotated[str, CODE, BARE_CODE, one_of(*known(EVENT), severity=ERROR)] | None
    session_event_id: Name | None = None
    session_event_date_time: Moment | None
    session_event_parameter: str | None = None
    related_session_action_id: Annotated[Name | None, Alias(also=("relatedSessionEventId",))] = None


class EventReportAnswer(EmipModel):
    """One skeleton has `sessionActionId` where `sessionEventId` is meant; neither is relied on (errata)."""

    transaction_id: Transaction | None
    service_session_id: Session | None = None
    session_event_id: Name | None = None
    session_action_id: Name | None = None
    request_status: Status | None


class ToIopSetSessionEventReportRequest(Requester, Named):
    element = "eMIP_ToIOP_SetSessionEventReportRequest"

    service_session_id: Session | None
    exec_partner_session_id: Session | None = None
    session_event: SessionEvent | None


class ToIopSetSessionEventReportResponse(EventReportAnswer):
    element = "eMIP_ToIOP_SetSessionEventReportResponse"


class FromIopSetSessionEventReportRequest(Target, Requester, Named):
    element = "eMIP_FromIOP_SetSessionEventReportRequest"

    service_session_id: Session | None
    sale_partner_session_id: Session | None = None
    session_event: SessionEvent | None


class FromIopSetSessionEventReportResponse(EventReportAnswer):
    element = "eMIP_FromIOP_SetSessionEventReportResponse"
