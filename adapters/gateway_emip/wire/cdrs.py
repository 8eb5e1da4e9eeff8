"""Authorisation: charge detail records."""

from typing import Annotated

from gateway.wire.rules import one_of
from gateway_emip.mends import BARE_CODE
from gateway_emip.rules import (
    CODE,
    ERROR,
    EvseText,
    IdType,
    Moment,
    Name,
    Party,
    Session,
    Status,
    UserType,
    card_number,
    operator_of_record,
    plausible,
    session_of_success,
    span,
)
from gateway_emip.wire.base import EmipModel, MeterReportList, Named, Requester, SurelyNamed, Transaction, UserId
from gateway_emip.words import NATURE, known


class ChargeDetailRecord(EmipModel):
    element = "chargeDetailRecord"
    is_open = True
    judges = (card_number, span, plausible)

    cdr_nature: Annotated[str, CODE, BARE_CODE, one_of(*known(NATURE), severity=ERROR)] | None
    service_session_id: Session | None
    exec_partner_session_id: Session | None = None
    exec_partner_operator_id_type: IdType | None = None
    exec_partner_operator_id: Party | None = None
    sale_partner_session_id: Session | None = None
    sale_partner_operator_id_type: IdType | None = None
    sale_partner_operator_id: Party | None = None
    requested_service_id: Name | None
    evse_id_type: IdType | None
    evse_id: EvseText | None
    user_contract_id_alias: UserId | None = None
    user_id_type: UserType | None
    user_id: UserId | None
    partner_product_id: Name | None = None
    start_time: Moment | None
    end_time: Moment | None
    meter_report_list: MeterReportList | None


class ChargeDetailRecordList(EmipModel):
    charge_detail_record: tuple[ChargeDetailRecord, ...] = ()


class ToIopSetChargeDetailRecordRequest(Requester, Named):
    element = "eMIP_ToIOP_SetChargeDetailRecordRequest"
    judges = (operator_of_record,)

    charge_detail_record: ChargeDetailRecord | None


class ToIopSetChargeDetailRecordResponse(EmipModel):
    element = "eMIP_ToIOP_SetChargeDetailRecordResponse"
    judges = (session_of_success,)

    transaction_id: Transaction | None
    sale_partner_operator_id_type: IdType | None = None
    sale_partner_operator_id: Party | None = None
    service_session_id: Session | None = None
    request_status: Status | None


class FromIopSetChargeDetailRecordRequest(Requester, SurelyNamed):
    element = "eMIP_FromIOP_SetChargeDetailRecordRequest"

    target_operator_id_type: IdType | None = None
    target_operator_id: Party | None = None
    charge_detail_record: ChargeDetailRecord | None


class FromIopSetChargeDetailRecordResponse(EmipModel):
    element = "eMIP_FromIOP_SetChargeDetailRecordResponse"

    transaction_id: Transaction | None
    request_status: Status | None
    partner_service_session_id: Session | None = None


class GetChargeDetailRecordRequest(Requester, Named):
    element = "eMIP_ToIOP_GetChargeDetailRecordRequest"

    service_session_id: Session | None
    exec_partner_session_id: Session | None = None
    sale_partner_session_id: Session | None = None


class GetChargeDetailRecordResponse(EmipModel):
    """Described nowhere: bare records or a list of them are read, bare ones are written."""

    element = "eMIP_ToIOP_GetChargeDetailRecordResponse"
    at_most_one = ("charge_detail_record", "charge_detail_record_list")

    transaction_id: Transaction | None
    charge_detail_record: tuple[ChargeDetailRecord, ...] = ()
    charge_detail_record_list: ChargeDetailRecordList | None = None
    request_status: Status | None
