"""The simulated IOP's charge detail records: taken once, kept, forwarded, fetched."""

from dataclasses import replace

from gateway.model.cdr import CdrNature
from gateway.model.common import Role
from gateway.model.ids import EvseId
from gateway.wire.kept import as_received
from gateway_emip import forms, wire
from gateway_emip.rules import foreign
from gateway_emip.simulator.house import FAILURES, House, SimulatedSession, failure
from gateway_emip.simulator.settings import FETCH_ANSWER, SECOND_CDR
from gateway_emip.translate.parts import id_type, is_taken
from gateway_emip.words import (
    DUPLICATE,
    FAILED,
    NATURE,
    NO_SUCH_NATURE,
    NOT_A_PARTY,
    OK,
    UNKNOWN_OPERATOR,
    UNKNOWN_SESSION,
    published,
)


async def set_charge_detail_record(
    house: House, asked: wire.ToIopSetChargeDetailRecordRequest
) -> wire.ToIopSetChargeDetailRecordResponse:
    record = asked.charge_detail_record
    session = house.sessions.get(record.service_session_id or "") if record is not None else None
    status = house.refused(asked, Role.CPO)
    if record is not None:
        house.desk.tally.arrived(identity(record), content(asked), lane=asked.operator_id or "")
    if status is None and (record is None or session is None):
        status = UNKNOWN_SESSION
    elif status is None and record is not None and session is not None:
        status = await _settled(house, session, asked.operator_id, record)
    provider = session.provider if session is not None else None
    return wire.ToIopSetChargeDetailRecordResponse(
        transaction_id=house.transaction(asked),
        sale_partner_operator_id_type=id_type(provider),
        sale_partner_operator_id=provider,
        service_session_id=record.service_session_id if record is not None else None,
        request_status=status,
    )


async def _settled(
    house: House, session: SimulatedSession, operator: str | None, record: wire.ChargeDetailRecord
) -> str | None:
    """The rules in IOP's order, then the eMSP's own word, and only then it is booked."""
    if foreign(record.evse_id, operator):
        return UNKNOWN_OPERATOR
    if not session.is_operator(operator) or not _is_there(session, record):
        return NOT_A_PARTY
    status = await take(house, session, record)
    if any(one is record for one in (session.final, *session.intermediate)):
        house.desk.tally.booked(identity(record))
    return status


def _is_there(session: SimulatedSession, record: wire.ChargeDetailRecord) -> bool:
    """Whether the record is of the operator that the session was opened with."""
    evse, known = EvseId.read(record.evse_id), EvseId.read(session.evse)
    return evse is None or known is None or evse.party == known.party


async def take(house: House, session: SimulatedSession, record: wire.ChargeDetailRecord) -> str | None:
    """An intermediate record where one was asked for, a final one once; kept if the eMSP takes it."""
    async with session.taking:
        return await _taken(house, session, record)


async def _taken(house: House, session: SimulatedSession, record: wire.ChargeDetailRecord) -> str | None:
    nature = NATURE.read(record.cdr_nature)
    if nature is None or (nature is not CdrNature.FINAL and not session.intermediate_requested):
        return NO_SUCH_NATURE
    if nature is CdrNature.FINAL and session.final is not None and house.setting(SECOND_CDR) == "refuse":
        return DUPLICATE
    if record in session.intermediate:
        return OK
    status = await _forwarded(house, session, record)
    if not is_taken(status):
        return status
    if nature is CdrNature.FINAL:
        session.final, session.state = record, "settled"
    else:
        session.intermediate.append(record)
    session.cpo = session.cpo or record.exec_partner_session_id
    session.emsp = session.emsp or record.sale_partner_session_id
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
    """The eMSP's request status; one that is not connected takes everything."""
    partner = house.provider_of(session)
    if partner is None:
        return OK
    message = wire.FromIopSetChargeDetailRecordRequest(
        **house.from_iop(session.operator, session.provider),
        charge_detail_record=_completed(session, record),
    )
    try:
        answer: wire.FromIopSetChargeDetailRecordResponse = await house.ask(partner, forms.FORWARDED_CDR, message)
    except FAILURES as error:
        return failure(error)
    session.emsp = session.emsp or answer.partner_service_session_id
    status = answer.request_status
    return status if status is not None and status in published() else FAILED


def _completed(session: SimulatedSession, record: wire.ChargeDetailRecord) -> wire.ChargeDetailRecord:
    """With the names that both partners know, for IOP stands between them; newer elements pass through."""
    operator = record.exec_partner_operator_id or session.operator
    provider = record.sale_partner_operator_id or session.provider
    completed = replace(
        record,
        exec_partner_session_id=record.exec_partner_session_id or session.cpo,
        exec_partner_operator_id_type=id_type(operator),
        exec_partner_operator_id=operator,
        sale_partner_session_id=record.sale_partner_session_id or session.emsp,
        sale_partner_operator_id_type=id_type(provider),
        sale_partner_operator_id=provider,
    )
    return completed.put(unknown=record.unknown)


async def get_charge_detail_record(
    house: House, asked: wire.GetChargeDetailRecordRequest
) -> wire.GetChargeDetailRecordResponse:
    """By the session ids, for its own parties; a session that is not settled yet has no record to show.

    How IOP answers is described nowhere (D): bare records, or a list where the world says so.
    """
    session = house.find(asked.service_session_id, asked.exec_partner_session_id, asked.sale_partner_session_id)
    status = house.refused(asked)
    if status is None and session is None:
        status = UNKNOWN_SESSION
    elif status is None and session is not None:
        mine = session.is_party(asked.operator_id) or session.is_party(asked.partner_id)
        status = OK if mine else NOT_A_PARTY
    shown = session.final if session is not None and status == OK else None
    records = (_completed(session, shown),) if session is not None and shown is not None else ()
    bare = house.setting(FETCH_ANSWER) == "bare"
    return wire.GetChargeDetailRecordResponse(
        transaction_id=house.transaction(asked),
        charge_detail_record=records if bare else (),
        charge_detail_record_list=None if bare else wire.ChargeDetailRecordList(charge_detail_record=records),
        request_status=status,
    )
