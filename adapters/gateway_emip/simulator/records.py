"""The simulated IOP's charge detail records: taken once, kept, forwarded, fetched."""

from dataclasses import replace

from gateway.model.cdr import CdrNature
from gateway.model.ids import PartyId
from gateway.wire.kept import as_received
from gateway_emip import forms, wire
from gateway_emip.rules import foreign
from gateway_emip.simulator.house import FAILURES, PARTNER_ID, House, SimulatedSession, is_fault
from gateway_emip.translate.parts import id_type, is_taken
from gateway_emip.words import (
    DUPLICATE,
    EMI3,
    NATURE,
    NO_SUCH_NATURE,
    NOT_A_PARTY,
    NOT_DELIVERED,
    OK,
    PARTNER_FAULT,
    UNKNOWN_OPERATOR,
    UNKNOWN_SESSION,
)


async def set_charge_detail_record(
    house: House, asked: wire.ToIopSetChargeDetailRecordRequest
) -> wire.ToIopSetChargeDetailRecordResponse:
    record = asked.charge_detail_record
    session = house.sessions.get(record.service_session_id or "") if record is not None else None
    status = house.refused(asked)
    if record is not None:
        house.desk.tally.arrived(identity(record), content(asked), lane=asked.operator_id or "")
    if status is None and (record is None or session is None):
        status = UNKNOWN_SESSION
    elif status is None and record is not None and session is not None:
        status = await _taken(house, session, asked.operator_id, record)
    provider = session.provider if session is not None else None
    return wire.ToIopSetChargeDetailRecordResponse(
        transaction_id=house.transaction(asked),
        sale_partner_operator_id_type=id_type(provider),
        sale_partner_operator_id=provider,
        service_session_id=record.service_session_id if record is not None else None,
        request_status=status,
    )


async def _taken(
    house: House, session: SimulatedSession, operator: str | None, record: wire.ChargeDetailRecord
) -> str | None:
    """The rules in IOP's order, then the eMSP's own word, and only then it is kept."""
    final = NATURE.read(record.cdr_nature) is CdrNature.FINAL
    second = house.desk.world.settings.get("second_cdr") == "accept"
    if foreign(record.evse_id, operator):
        return UNKNOWN_OPERATOR
    if not session.is_party(operator):
        return NOT_A_PARTY
    if not final and not session.intermediate_requested:
        return NO_SUCH_NATURE
    if final and session.final is not None and not second:
        return DUPLICATE
    status = await _forwarded(house, session, record)
    if is_taken(status) and final:
        session.final, session.state = record, "settled"
        session.cpo = session.cpo or record.exec_partner_session_id
        session.emsp = session.emsp or record.sale_partner_session_id
    elif is_taken(status):
        session.intermediate.append(record)
    if is_taken(status):
        house.desk.tally.booked(identity(record))
    return status


def identity(record: wire.ChargeDetailRecord) -> str:
    """The session of a final record; of an intermediate one also the moment it ends at."""
    if NATURE.read(record.cdr_nature) is CdrNature.FINAL:
        return record.service_session_id or ""
    return f"{record.service_session_id} until {record.end_time}"


def content(asked: wire.ToIopSetChargeDetailRecordRequest) -> bytes:
    """As it was sent, the transaction's id included: a request that is repeated is repeated as it was."""
    return as_received(asked.source).encode()


async def _forwarded(house: House, session: SimulatedSession, record: wire.ChargeDetailRecord) -> str | None:
    """The eMSP's request status; 10504 where it cannot be reached, 10505 for a fault."""
    partner = house.partner(PartyId.read(session.provider), "EMSP")
    if partner is None:
        return OK
    message = wire.FromIopSetChargeDetailRecordRequest(
        transaction_id=house.new_transaction(),
        partner_id_type=EMI3,
        partner_id=PARTNER_ID,
        operator_id_type=EMI3,
        operator_id=session.operator,
        target_operator_id_type=id_type(session.provider),
        target_operator_id=session.provider,
        charge_detail_record=_completed(session, record),
    )
    try:
        answer: wire.FromIopSetChargeDetailRecordResponse = await house.ask(partner, forms.FORWARDED_CDR, message)
    except FAILURES as error:
        return PARTNER_FAULT if is_fault(error) else NOT_DELIVERED
    session.emsp = session.emsp or answer.partner_service_session_id
    return answer.request_status


def _completed(session: SimulatedSession, record: wire.ChargeDetailRecord) -> wire.ChargeDetailRecord:
    """With the names that both partners know, for IOP stands between them; newer elements pass through."""
    completed = replace(
        record,
        exec_partner_session_id=record.exec_partner_session_id or session.cpo,
        exec_partner_operator_id_type=id_type(record.exec_partner_operator_id or session.operator),
        exec_partner_operator_id=record.exec_partner_operator_id or session.operator,
        sale_partner_session_id=record.sale_partner_session_id or session.emsp,
        sale_partner_operator_id_type=id_type(record.sale_partner_operator_id or session.provider),
        sale_partner_operator_id=record.sale_partner_operator_id or session.provider,
    )
    return completed.put(unknown=record.unknown)


async def get_charge_detail_record(
    house: House, asked: wire.GetChargeDetailRecordRequest
) -> wire.GetChargeDetailRecordResponse:
    """By the session ids; a session that is not settled yet has no record to show."""
    session = house.find(asked.service_session_id, asked.exec_partner_session_id, asked.sale_partner_session_id)
    status = house.refused(asked)
    if status is None:
        status = UNKNOWN_SESSION if session is None else OK
    shown = session.final if session is not None and status == OK else None
    return wire.GetChargeDetailRecordResponse(
        transaction_id=house.transaction(asked),
        charge_detail_record=(shown,) if shown is not None else (),
        request_status=status,
    )
