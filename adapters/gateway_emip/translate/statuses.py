"""Statuses of EVSEs: one dimension a message, or both in one."""

from collections.abc import Sequence

from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway.model.messages import EvseStatusReport, Publication, PublishStatuses
from gateway_emip import wire
from gateway_emip.translate.parts import is_taken, read_reason, write_evse, write_operator, write_party
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


def read_synthetic(asked: wire.SetEvseSyntheticStatusRequest) -> PublishStatuses:
    """A dimension that is missing is unspecified; of two times and two comments the availability's come first."""
    availability = asked.availability_status or AVAILABILITY.write(EvseStatus.UNKNOWN)
    busy = asked.busy_status or BUSY.write(EvseStatus.UNKNOWN)
    report = EvseStatusReport(
        evse=EvseId.read(asked.evse_id),
        status=STATUS.read(availability, busy),
        at=asked.availability_status_event_date or asked.busy_status_event_date,
        until=asked.availability_status_until or asked.busy_status_until,
        comment=asked.availability_status_comment or asked.busy_status_comment,
    )
    return PublishStatuses(
        transaction=asked.transaction_id,
        partner=PartyId.read(asked.partner_id),
        operator=PartyId.read(asked.operator_id),
        statuses=(report,),
    )


def write_synthetic(message: PublishStatuses) -> wire.SetEvseSyntheticStatusRequest:
    """Until when, and the comment, belong to the busy status where one is told, else to the availability."""
    report = message.statuses[0] if message.statuses else _NOTHING
    busy, until = says_busy(report.status), report.until or message.until
    return wire.SetEvseSyntheticStatusRequest(
        transaction_id=message.transaction,
        partner_id_type=EMI3,
        partner_id=write_party(message.partner),
        operator_id_type=EMI3,
        operator_id=write_operator(report.operator or message.operator, report.evse),
        evse_id_type=EMI3,
        evse_id=write_evse(report.evse),
        availability_status_event_date=report.at,
        availability_status=AVAILABILITY.write(report.status),
        availability_status_until=None if busy else until,
        availability_status_comment=None if busy else report.comment,
        busy_status_event_date=report.at if busy else None,
        busy_status=BUSY.write(report.status) if busy else None,
        busy_status_until=until if busy else None,
        busy_status_comment=report.comment if busy else None,
    )


def write_synthetic_answer(answer: Publication) -> wire.SetEvseSyntheticStatusResponse:
    return wire.SetEvseSyntheticStatusResponse(transaction_id=answer.transaction, request_status=acknowledged(answer))


def read_acknowledgement(answer: wire.Acknowledgement) -> Publication:
    return Publication(
        transaction=answer.transaction_id,
        reason=read_reason(answer.request_status),
        accepted=is_taken(answer.request_status),
    )


def write_availability_answer(answer: Publication) -> wire.SetEvseAvailabilityStatusResponse:
    return wire.SetEvseAvailabilityStatusResponse(
        transaction_id=answer.transaction, request_status=acknowledged(answer)
    )


def write_busy_answer(answer: Publication) -> wire.SetEvseBusyStatusResponse:
    return wire.SetEvseBusyStatusResponse(transaction_id=answer.transaction, request_status=acknowledged(answer))


def acknowledged(answer: Publication) -> str | None:
    return None if answer.accepted is None else OK if answer.accepted else UNKNOWN_PLACE
