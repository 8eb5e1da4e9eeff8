"""SetSessionEventReport: what happens in a session, told by the CPO, forwarded to the eMSP."""

from gateway.model.ids import PartyId
from gateway.model.messages import EventReceipt, ReportEvent
from gateway.model.session import Session, SessionEvent, SessionIds
from gateway_emip import wire
from gateway_emip.translate.parts import is_taken, read_reason, write_party, write_status
from gateway_emip.words import EMI3, EVENT, NOT_TAKEN


def _read_event(event: wire.SessionEvent | None) -> SessionEvent | None:
    if event is None:
        return None
    return SessionEvent(
        kind=EVENT.read(event.session_event_nature),
        at=event.session_event_date_time,
        id=event.session_event_id,
        comment=event.session_event_parameter,
        related_action_id=event.related_session_action_id,
    )


def _write_event(event: SessionEvent | None) -> wire.SessionEvent | None:
    """A kind that the list of natures lacks has no place."""
    if event is None:
        return None
    return wire.SessionEvent(
        session_event_nature=EVENT.write(event.kind),
        session_event_id=event.id,
        session_event_date_time=event.at,
        session_event_parameter=event.comment,
        related_session_action_id=event.related_action_id,
    )


def read_to_iop(asked: wire.ToIopSetSessionEventReportRequest) -> ReportEvent:
    return ReportEvent(
        transaction=asked.transaction_id,
        partner=PartyId.read(asked.partner_id),
        operator=PartyId.read(asked.operator_id),
        session=Session(ids=SessionIds(hub=asked.service_session_id, cpo=asked.exec_partner_session_id)),
        event=_read_event(asked.session_event),
    )


def write_to_iop(message: ReportEvent) -> wire.ToIopSetSessionEventReportRequest:
    ids = message.session.ids if message.session is not None else SessionIds()
    return wire.ToIopSetSessionEventReportRequest(
        transaction_id=message.transaction,
        partner_id_type=EMI3,
        partner_id=write_party(message.partner),
        operator_id_type=EMI3,
        operator_id=write_party(message.operator),
        service_session_id=ids.hub,
        exec_partner_session_id=ids.cpo,
        session_event=_write_event(message.event),
    )


def read_from_iop(asked: wire.FromIopSetSessionEventReportRequest) -> ReportEvent:
    return ReportEvent(
        transaction=asked.transaction_id,
        partner=PartyId.read(asked.partner_id),
        operator=PartyId.read(asked.operator_id),
        provider=PartyId.read(asked.target_operator_id),
        session=Session(ids=SessionIds(hub=asked.service_session_id, emsp=asked.sale_partner_session_id)),
        event=_read_event(asked.session_event),
    )


def write_from_iop(message: ReportEvent) -> wire.FromIopSetSessionEventReportRequest:
    ids = message.session.ids if message.session is not None else SessionIds()
    return wire.FromIopSetSessionEventReportRequest(
        transaction_id=message.transaction,
        partner_id_type=EMI3,
        partner_id=write_party(message.partner),
        operator_id_type=EMI3,
        operator_id=write_party(message.operator),
        target_operator_id_type=EMI3,
        target_operator_id=write_party(message.provider),
        service_session_id=ids.hub,
        sale_partner_session_id=ids.emsp,
        session_event=_write_event(message.event),
    )


def read_answer(answer: wire.EventReportAnswer) -> EventReceipt:
    """The ids of event and action in it are not relied on (errata)."""
    return EventReceipt(
        transaction=answer.transaction_id,
        reason=read_reason(answer.request_status),
        accepted=is_taken(answer.request_status),
        session=SessionIds(hub=answer.service_session_id),
    )


def _status(receipt: EventReceipt) -> str | None:
    if receipt.accepted is None:
        return None
    return write_status(receipt.reason) if receipt.accepted or receipt.reason is not None else NOT_TAKEN


def write_answer_of_iop(receipt: EventReceipt) -> wire.ToIopSetSessionEventReportResponse:
    return wire.ToIopSetSessionEventReportResponse(
        transaction_id=receipt.transaction, service_session_id=receipt.session.hub, request_status=_status(receipt)
    )


def write_answer_to_iop(receipt: EventReceipt) -> wire.FromIopSetSessionEventReportResponse:
    return wire.FromIopSetSessionEventReportResponse(
        transaction_id=receipt.transaction, service_session_id=receipt.session.hub, request_status=_status(receipt)
    )
