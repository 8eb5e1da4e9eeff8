"""Statuses of EVSEs, one dimension a message, and the heartbeat."""

from collections.abc import Sequence

from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway.model.messages import EvseStatusReport, Heartbeat, HeartbeatAnswer, Publication, PublishStatuses
from gateway_emip import wire
from gateway_emip.translate.parts import is_taken, read_reason, write_evse, write_operator, write_party, write_status
from gateway_emip.words import AVAILABILITY, BUSY, EMI3, OK, STATUS, UNKNOWN_PLACE

_NOTHING = EvseStatusReport()


def read_availability(asked: wire.SetEvseAvailabilityStatusRequest) -> PublishStatuses:
    report = EvseStatusReport(
        evse=EvseId.read(asked.evse_id),
        status=AVAILABILITY.read(asked.availability_status),
        at=asked.status_event_date,
        until=asked.availability_status_until,
        comment=asked.availability_status_comment,
    )
    return PublishStatuses(
        transaction=asked.transaction_id,
        partner=PartyId.read(asked.partner_id),
        operator=PartyId.read(asked.operator_id),
        statuses=(report,),
    )


def write_availability(message: PublishStatuses) -> wire.SetEvseAvailabilityStatusRequest:
    """The first report; `gateway_emip.writing.publish_statuses` splits a message of several."""
    report = message.statuses[0] if message.statuses else _NOTHING
    return wire.SetEvseAvailabilityStatusRequest(
        transaction_id=message.transaction,
        partner_id_type=EMI3,
        partner_id=write_party(message.partner),
        operator_id_type=EMI3,
        operator_id=write_operator(report.operator or message.operator, report.evse),
        evse_id_type=EMI3,
        evse_id=write_evse(report.evse),
        status_event_date=report.at,
        availability_status=AVAILABILITY.write(report.status),
        availability_status_until=report.until or message.until,
        availability_status_comment=report.comment,
    )


def read_busy(asked: wire.SetEvseBusyStatusRequest) -> PublishStatuses:
    report = EvseStatusReport(
        evse=EvseId.read(asked.evse_id),
        status=BUSY.read(asked.busy_status),
        at=asked.status_event_date,
        until=asked.busy_status_until,
        comment=asked.busy_status_comment,
    )
    return PublishStatuses(
        transaction=asked.transaction_id,
        partner=PartyId.read(asked.partner_id),
        operator=PartyId.read(asked.operator_id),
        statuses=(report,),
    )


def write_busy(message: PublishStatuses) -> wire.SetEvseBusyStatusRequest:
    report = message.statuses[0] if message.statuses else _NOTHING
    return wire.SetEvseBusyStatusRequest(
        transaction_id=message.transaction,
        partner_id_type=EMI3,
        partner_id=write_party(message.partner),
        operator_id_type=EMI3,
        operator_id=write_operator(report.operator or message.operator, report.evse),
        evse_id_type=EMI3,
        evse_id=write_evse(report.evse),
        status_event_date=report.at,
        busy_status=BUSY.write(report.status),
        busy_status_until=report.until or message.until,
        busy_status_comment=report.comment,
    )


def says_busy(status: EvseStatus | None) -> bool:
    """Whether the busy dimension is told beside the availability: not where availability alone decides."""
    return status is EvseStatus.UNKNOWN or BUSY.write(status) != BUSY.write(EvseStatus.UNKNOWN)


Dimension = wire.SetEvseAvailabilityStatusRequest | wire.SetEvseBusyStatusRequest


def combined(messages: Sequence[Dimension]) -> EvseStatusReport:
    """One report of the messages about one EVSE, availability and busy taken together."""
    availability, busy = AVAILABILITY.write(EvseStatus.UNKNOWN), BUSY.write(EvseStatus.UNKNOWN)
    report = _NOTHING
    for message in messages:
        if isinstance(message, wire.SetEvseAvailabilityStatusRequest):
            availability, read = message.availability_status, read_availability(message)
        else:
            busy, read = message.busy_status, read_busy(message)
        report = read.statuses[0]
    return EvseStatusReport(
        evse=report.evse,
        status=STATUS.read(availability, busy),
        at=report.at,
        until=report.until,
        comment=report.comment,
    )


def read_acknowledgement(answer: wire.Acknowledgement) -> Publication:
    return Publication(
        transaction=answer.transaction_id,
        reason=read_reason(answer.request_status),
        accepted=is_taken(answer.request_status),
    )


def write_availability_answer(answer: Publication) -> wire.SetEvseAvailabilityStatusResponse:
    return wire.SetEvseAvailabilityStatusResponse(
        transaction_id=answer.transaction, request_status=_acknowledged(answer)
    )


def write_busy_answer(answer: Publication) -> wire.SetEvseBusyStatusResponse:
    return wire.SetEvseBusyStatusResponse(transaction_id=answer.transaction, request_status=_acknowledged(answer))


def _acknowledged(answer: Publication) -> str | None:
    return None if answer.accepted is None else OK if answer.accepted else UNKNOWN_PLACE


# --- heartbeat ---------------------------------------------------------------------------------------------------


def read_heartbeat(asked: wire.HeartBeatRequest) -> Heartbeat:
    return Heartbeat(
        transaction=asked.transaction_id,
        partner=PartyId.read(asked.partner_id),
        operator=PartyId.read(asked.operator_id),
    )


def write_heartbeat(message: Heartbeat) -> wire.HeartBeatRequest:
    return wire.HeartBeatRequest(
        transaction_id=message.transaction,
        partner_id_type=EMI3,
        partner_id=write_party(message.partner),
        operator_id_type=EMI3,
        operator_id=write_party(message.operator),
    )


def read_heartbeat_answer(answer: wire.HeartBeatResponse) -> HeartbeatAnswer:
    return HeartbeatAnswer(
        transaction=answer.transaction_id,
        reason=read_reason(answer.request_status),
        period_seconds=answer.heart_beat_period,
        hub_time=answer.current_time,
    )


def write_heartbeat_answer(answer: HeartbeatAnswer) -> wire.HeartBeatResponse:
    return wire.HeartBeatResponse(
        heart_beat_period=answer.period_seconds,
        current_time=answer.hub_time,
        transaction_id=answer.transaction,
        request_status=write_status(answer.reason),
    )
