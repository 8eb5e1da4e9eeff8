"""Charge detail records, sent and fetched."""

from collections.abc import Sequence

from gateway.model.common import Role
from gateway.model.messages import (
    CdrReceipt,
    Cdrs,
    FetchCdr,
    SubmitCdr,
)
from gateway.translation import AnyForm
from gateway_emip import wire
from gateway_emip.forms.form import form
from gateway_emip.translate import cdrs

CDR = form(
    wire.ToIopSetChargeDetailRecordRequest,
    SubmitCdr,
    cdrs.read_to_iop,
    cdrs.write_to_iop,
    Role.CPO,
    "charge_detail_record",
)
CDR_ANSWER = form(
    wire.ToIopSetChargeDetailRecordResponse,
    CdrReceipt,
    cdrs.read_receipt_of_iop,
    cdrs.write_receipt_of_iop,
    Role.HUB,
    "charge_detail_record_answer",
)
FORWARDED_CDR = form(
    wire.FromIopSetChargeDetailRecordRequest,
    SubmitCdr,
    cdrs.read_from_iop,
    cdrs.write_from_iop,
    Role.HUB,
    "from_iop_charge_detail_record",
)
FORWARDED_CDR_ANSWER = form(
    wire.FromIopSetChargeDetailRecordResponse,
    CdrReceipt,
    cdrs.read_receipt_to_iop,
    cdrs.write_receipt_to_iop,
    Role.EMSP,
    "from_iop_charge_detail_record_answer",
)
FETCH = form(
    wire.GetChargeDetailRecordRequest,
    FetchCdr,
    cdrs.read_question,
    cdrs.write_question,
    Role.EMSP,
    "get_charge_detail_record",
)
FETCH_ANSWER = form(
    wire.GetChargeDetailRecordResponse,
    Cdrs,
    cdrs.read_records,
    cdrs.write_records,
    Role.HUB,
    "get_charge_detail_record_answer",
)

FORMS: Sequence[AnyForm] = (
    CDR,
    CDR_ANSWER,
    FORWARDED_CDR,
    FORWARDED_CDR_ANSWER,
    FETCH,
    FETCH_ANSWER,
)
