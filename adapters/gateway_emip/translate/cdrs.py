"""Charge detail records: totals in the model's units, every other meter report as it came."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from gateway.exact import product
from gateway.model.cdr import Cdr, CdrNature, MeterReport
from gateway.model.common import Price
from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import CdrReceipt, Cdrs, FetchCdr, SubmitCdr
from gateway.model.session import LimitKind, SessionIds
from gateway_emip import wire
from gateway_emip.meters import (
    MEASURES,
    TOTAL_COST,
    TOTAL_ENERGY,
    TOTAL_TIME,
    TOTALS,
    in_model,
    kind_of,
    on_wire,
    plain,
)
from gateway_emip.steady import SteadyForm
from gateway_emip.translate.parts import (
    id_type,
    is_taken,
    read_reason,
    read_token,
    write_evse,
    write_operator,
    write_party,
    write_status,
    write_user_id,
    write_user_type,
)
from gateway_emip.words import DUPLICATE, EMI3, GENERIC_CHARGE, NATURE, OK, PROTOCOL, REFUSED_UNEXPLAINED

_MICROSECONDS = Decimal(60_000_000)
_PLACES = 8
"""Enough decimals of a minute to find every microsecond again."""


def read_record(record: wire.ChargeDetailRecord) -> Cdr:
    totals, others = _sorted(record.meter_report_list)
    energy, cost = totals.get(LimitKind.ENERGY), totals.get(LimitKind.COST)
    return Cdr(
        session=SessionIds(
            hub=record.service_session_id, cpo=record.exec_partner_session_id, emsp=record.sale_partner_session_id
        ),
        nature=NATURE.read(record.cdr_nature),
        operator=PartyId.read(record.exec_partner_operator_id),
        provider=PartyId.read(record.sale_partner_operator_id),
        evse=EvseId.read(record.evse_id),
        token=read_token(record.user_id_type, record.user_id, record.user_contract_id_alias),
        start=record.start_time,
        end=record.end_time,
        duration=_read_minutes(totals.get(LimitKind.TIME)),
        meter_reports=others,
        energy_kwh=None if energy is None else in_model(LimitKind.ENERGY, energy.meter_value, energy.meter_unit),
        energy_known=energy is not None,
        product_id=record.partner_product_id,
        currency=None if cost is None else cost.meter_unit,
        total_cost=None if cost is None else Price(excl_vat=cost.meter_value),
        rated=cost is not None,
    )


Sorted = tuple[dict[LimitKind, wire.MeterReport], tuple[MeterReport, ...]]


def _sorted(reports: wire.MeterReportList | None) -> Sorted:
    """The totals that are understood, one of each, and all the rest."""
    totals: dict[LimitKind, wire.MeterReport] = {}
    others = []
    for report in reports.meter_report if reports is not None else ():
        kind = kind_of(report.meter_type_id)
        value = in_model(kind, report.meter_value, report.meter_unit)
        if kind is None or value is None or report.meter_type_id not in TOTALS or kind in totals:
            others.append(MeterReport(type_id=report.meter_type_id, value=report.meter_value, unit=report.meter_unit))
        else:
            totals[kind] = report
    return totals, tuple(others)


def _read_minutes(report: wire.MeterReport | None) -> timedelta | None:
    if report is None or report.meter_value is None:
        return None
    return timedelta(microseconds=round(product(report.meter_value, _MICROSECONDS)))


def write_record(cdr: Cdr) -> wire.ChargeDetailRecord:
    operator, provider = write_party(cdr.operator), write_party(cdr.provider)
    return wire.ChargeDetailRecord(
        cdr_nature=NATURE.write(cdr.nature or CdrNature.FINAL),
        service_session_id=cdr.session.hub,
        exec_partner_session_id=cdr.session.cpo,
        exec_partner_operator_id_type=id_type(operator),
        exec_partner_operator_id=operator,
        sale_partner_session_id=cdr.session.emsp,
        sale_partner_operator_id_type=id_type(provider),
        sale_partner_operator_id=provider,
        requested_service_id=GENERIC_CHARGE,
        evse_id_type=EMI3,
        evse_id=write_evse(cdr.evse),
        user_contract_id_alias=cdr.token.contract_alias if cdr.token is not None else None,
        user_id_type=write_user_type(cdr.token),
        user_id=write_user_id(cdr.token),
        partner_product_id=cdr.product_id,
        start_time=cdr.start,
        end_time=cdr.end,
        meter_report_list=wire.MeterReportList(meter_report=tuple(_reports(cdr))),
    )


def _reports(cdr: Cdr) -> Iterator[wire.MeterReport]:
    minutes = _write_minutes(cdr)
    if minutes is not None:
        yield _total(LimitKind.TIME, TOTAL_TIME, minutes)
    if cdr.energy_kwh is not None and cdr.energy_known is not False:
        yield _total(LimitKind.ENERGY, TOTAL_ENERGY, on_wire(LimitKind.ENERGY, cdr.energy_kwh))
    if cdr.total_cost is not None and cdr.total_cost.excl_vat is not None and cdr.rated is not False:
        yield wire.MeterReport(meter_type_id=TOTAL_COST, meter_value=cdr.total_cost.excl_vat, meter_unit=cdr.currency)
    for other in cdr.meter_reports:
        yield wire.MeterReport(meter_type_id=other.type_id, meter_value=other.value, meter_unit=other.unit)


def _total(kind: LimitKind, meter_type: str | None, value: Decimal) -> wire.MeterReport:
    return wire.MeterReport(meter_type_id=meter_type, meter_value=value, meter_unit=MEASURES[kind].wire)


def _write_minutes(cdr: Cdr) -> Decimal | None:
    """The total duration as the record tells it; it is never made up from start and end."""
    if cdr.duration is not None:
        return plain(round(Decimal(cdr.duration // timedelta(microseconds=1)) / _MICROSECONDS, _PLACES))
    return None if cdr.total_time_hours is None else plain(product(cdr.total_time_hours, 60))


RECORD = SteadyForm(PROTOCOL, wire.ChargeDetailRecord, Cdr, read_record, write_record)


def _read(record: wire.ChargeDetailRecord | None) -> Cdr | None:
    return None if record is None else RECORD.read(record)


def _write(cdr: Cdr | None) -> wire.ChargeDetailRecord | None:
    return None if cdr is None else RECORD.write(cdr)


# --- messages ----------------------------------------------------------------------------------------------------


def read_to_iop(asked: wire.ToIopSetChargeDetailRecordRequest) -> SubmitCdr:
    return SubmitCdr(
        transaction=asked.transaction_id,
        partner=PartyId.read(asked.partner_id),
        operator=PartyId.read(asked.operator_id),
        cdr=_read(asked.charge_detail_record),
    )


def write_to_iop(message: SubmitCdr) -> wire.ToIopSetChargeDetailRecordRequest:
    cdr = message.cdr
    operator = message.operator or (cdr.operator if cdr is not None else None)
    return wire.ToIopSetChargeDetailRecordRequest(
        transaction_id=message.transaction,
        partner_id_type=EMI3,
        partner_id=write_party(message.partner),
        operator_id_type=EMI3,
        operator_id=write_operator(operator, cdr.evse if cdr is not None else None),
        charge_detail_record=_write(cdr),
    )


def read_from_iop(asked: wire.FromIopSetChargeDetailRecordRequest) -> SubmitCdr:
    return SubmitCdr(
        transaction=asked.transaction_id,
        partner=PartyId.read(asked.partner_id),
        operator=PartyId.read(asked.operator_id),
        provider=PartyId.read(asked.target_operator_id),
        cdr=_read(asked.charge_detail_record),
    )


def write_from_iop(message: SubmitCdr) -> wire.FromIopSetChargeDetailRecordRequest:
    provider = write_party(message.provider)
    return wire.FromIopSetChargeDetailRecordRequest(
        transaction_id=message.transaction,
        partner_id_type=EMI3,
        partner_id=write_party(message.partner),
        operator_id_type=EMI3,
        operator_id=write_party(message.operator),
        target_operator_id_type=id_type(provider),
        target_operator_id=provider,
        charge_detail_record=_write(message.cdr),
    )


def read_receipt_of_iop(answer: wire.ToIopSetChargeDetailRecordResponse) -> CdrReceipt:
    return CdrReceipt(
        transaction=answer.transaction_id,
        reason=read_reason(answer.request_status),
        accepted=is_taken(answer.request_status),
        already_there=answer.request_status == DUPLICATE,
        session=SessionIds(hub=answer.service_session_id),
        provider=PartyId.read(answer.sale_partner_operator_id),
    )


def write_receipt_of_iop(receipt: CdrReceipt) -> wire.ToIopSetChargeDetailRecordResponse:
    provider = write_party(receipt.provider)
    return wire.ToIopSetChargeDetailRecordResponse(
        transaction_id=receipt.transaction,
        sale_partner_operator_id_type=id_type(provider),
        sale_partner_operator_id=provider,
        service_session_id=receipt.session.hub,
        request_status=write_receipt_status(receipt),
    )


def read_receipt_to_iop(answer: wire.FromIopSetChargeDetailRecordResponse) -> CdrReceipt:
    return CdrReceipt(
        transaction=answer.transaction_id,
        reason=read_reason(answer.request_status),
        accepted=is_taken(answer.request_status),
        already_there=answer.request_status == DUPLICATE,
        session=SessionIds(emsp=answer.partner_service_session_id),
    )


def write_receipt_to_iop(receipt: CdrReceipt) -> wire.FromIopSetChargeDetailRecordResponse:
    return wire.FromIopSetChargeDetailRecordResponse(
        transaction_id=receipt.transaction,
        request_status=write_receipt_status(receipt),
        partner_service_session_id=receipt.session.emsp,
    )


def write_receipt_status(receipt: CdrReceipt) -> str | None:
    """10701 where a final record was there before, whatever became of the first one."""
    if receipt.already_there:
        return DUPLICATE
    return None if receipt.accepted is None else OK if receipt.accepted else REFUSED_UNEXPLAINED


def read_question(asked: wire.GetChargeDetailRecordRequest) -> FetchCdr:
    return FetchCdr(
        transaction=asked.transaction_id,
        partner=PartyId.read(asked.partner_id),
        provider=PartyId.read(asked.operator_id),
        session=SessionIds(
            hub=asked.service_session_id, cpo=asked.exec_partner_session_id, emsp=asked.sale_partner_session_id
        ),
    )


def write_question(message: FetchCdr) -> wire.GetChargeDetailRecordRequest:
    return wire.GetChargeDetailRecordRequest(
        transaction_id=message.transaction,
        partner_id_type=EMI3,
        partner_id=write_party(message.partner),
        operator_id_type=EMI3,
        operator_id=write_party(message.provider),
        service_session_id=message.session.hub,
        exec_partner_session_id=message.session.cpo,
        sale_partner_session_id=message.session.emsp,
    )


def read_records(answer: wire.GetChargeDetailRecordResponse) -> Cdrs:
    listed = answer.charge_detail_record_list
    records = (*answer.charge_detail_record, *(listed.charge_detail_record if listed is not None else ()))
    return Cdrs(
        transaction=answer.transaction_id,
        reason=read_reason(answer.request_status),
        cdrs=tuple(RECORD.read(record) for record in records),
    )


def write_records(answer: Cdrs) -> wire.GetChargeDetailRecordResponse:
    return wire.GetChargeDetailRecordResponse(
        transaction_id=answer.transaction,
        charge_detail_record=tuple(RECORD.write(cdr) for cdr in answer.cdrs),
        request_status=write_status(answer.reason),
    )
