"""CDRs: uploaded, fetched, answered for, and asked about."""

from collections.abc import Mapping, Sequence

from gateway.model import messages as m
from gateway.ports import Written
from gateway.translation import AnyForm
from gateway_ochp import operations as op
from gateway_ochp.forms.form import Writes, one, pair
from gateway_ochp.translate import settlement

ADD_CDRS, ADD_CDRS_RESPONSE = pair(
    op.ADD_CDRS,
    "add_cdrs",
    (m.SubmitCdrs, settlement.read_add_cdrs, settlement.write_add_cdrs),
    (m.CdrReceipt, settlement.read_receipt, settlement.write_receipt),
)
CHECK_CDRS, CHECK_CDRS_RESPONSE = pair(
    op.CHECK_CDRS,
    "check_cdrs",
    (m.CheckCdrs, settlement.read_check, settlement.write_check),
    (m.Cdrs, settlement.read_cdrs, settlement.write_checked),
)
GET_CDRS, GET_CDRS_RESPONSE = pair(
    op.GET_CDRS,
    "get_cdrs",
    (m.FetchCdrs, settlement.read_get, settlement.write_get),
    (m.Cdrs, settlement.read_cdrs, settlement.write_cdrs),
)
CONFIRM_CDRS, CONFIRM_CDRS_RESPONSE = pair(
    op.CONFIRM_CDRS,
    "confirm_cdrs",
    (m.ConfirmCdrs, settlement.read_confirm, settlement.write_confirm),
    (m.Confirmation, settlement.read_confirmation, settlement.write_confirmation),
)

FORMS: Sequence[AnyForm] = (
    ADD_CDRS,
    ADD_CDRS_RESPONSE,
    CHECK_CDRS,
    CHECK_CDRS_RESPONSE,
    GET_CDRS,
    GET_CDRS_RESPONSE,
    CONFIRM_CDRS,
    CONFIRM_CDRS_RESPONSE,
)


def as_batch(message: m.SubmitCdr) -> m.SubmitCdrs:
    """The one CDR as a list of one."""
    return m.SubmitCdrs(cdrs=(message.cdr,) if message.cdr is not None else (), extensions=message.extensions)


WRITES: Mapping[type, Writes] = {
    m.SubmitCdrs: one(ADD_CDRS),
    m.SubmitCdr: lambda message: [Written(ADD_CDRS, ADD_CDRS.write(as_batch(message)))],
    m.CdrReceipt: one(ADD_CDRS_RESPONSE),
    m.CheckCdrs: one(CHECK_CDRS),
    m.FetchCdrs: one(GET_CDRS),
    m.Cdrs: one(GET_CDRS_RESPONSE),
    m.ConfirmCdrs: one(CONFIRM_CDRS),
    m.Confirmation: one(CONFIRM_CDRS_RESPONSE),
}
