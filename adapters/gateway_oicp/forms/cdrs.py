"""Charge detail records."""

from collections.abc import Mapping, Sequence

from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.common import Role
from gateway.ports import Written
from gateway.translation import AnyForm, Form
from gateway_oicp import wire
from gateway_oicp.forms.form import Writes, message_form, one
from gateway_oicp.translate import answers, cdrs
from gateway_oicp.words import NAME

CDR = Form(NAME, wire.ChargeDetailRecord, Cdr, cdrs.read_cdr, cdrs.write_cdr)


def _read_submission(model: wire.ChargeDetailRecord) -> m.SubmitCdr:
    return m.SubmitCdr(cdr=CDR.read(model))


def _write_submission(message: m.SubmitCdr) -> wire.ChargeDetailRecord:
    return CDR.write(message.cdr or Cdr())


CHARGE_DETAIL_RECORD = message_form(
    "ChargeDetailRecord", "charge_detail_record", (wire.ChargeDetailRecord, m.SubmitCdr),
    (_read_submission, _write_submission),
)  # fmt: skip
CHARGE_DETAIL_RECORD_ANSWER = message_form(
    "ChargeDetailRecord.response", "charge_detail_record_response", (wire.Acknowledgement, m.CdrReceipt),
    (answers.read_receipt, answers.write_receipt), Role.EMSP,
)  # fmt: skip

FORMS: Sequence[AnyForm] = (CHARGE_DETAIL_RECORD, CHARGE_DETAIL_RECORD_ANSWER)


def _write_cdrs(message: m.SubmitCdrs) -> Sequence[Written]:
    """OICP takes one at a time."""
    asked = [m.SubmitCdr(cdr=cdr) for cdr in message.cdrs]
    return [Written(CHARGE_DETAIL_RECORD, CHARGE_DETAIL_RECORD.write(each)) for each in asked]


WRITES: Mapping[type, Writes] = {
    m.SubmitCdr: one(CHARGE_DETAIL_RECORD),
    m.SubmitCdrs: _write_cdrs,
    m.CdrReceipt: one(CHARGE_DETAIL_RECORD_ANSWER),
}
