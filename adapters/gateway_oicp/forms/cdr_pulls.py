"""Asking for charge detail records."""

from collections.abc import Mapping, Sequence

from gateway.model import messages as m
from gateway.model.common import Role
from gateway.ports import Written
from gateway.translation import AnyForm
from gateway_oicp import wire
from gateway_oicp.forms.form import Writes, message_form, one
from gateway_oicp.translate import cdr_pulls as pulls

GET_CDRS = message_form(
    "GetChargeDetailRecords", "get_charge_detail_records", (wire.GetChargeDetailRecords, m.FetchCdrs),
    (pulls.read_get_cdrs, pulls.write_get_cdrs), Role.EMSP,
)  # fmt: skip
GET_CDRS_ANSWER = message_form(
    "GetChargeDetailRecords.response", "get_charge_detail_records_response", (wire.ChargeDetailRecordPage, m.Cdrs),
    (pulls.read_cdr_page, pulls.write_cdr_page), Role.HUB,
)  # fmt: skip

FORMS: Sequence[AnyForm] = (GET_CDRS, GET_CDRS_ANSWER)


def _write_question(message: m.FetchCdrs) -> Sequence[Written]:
    return [Written(GET_CDRS, GET_CDRS.write(part)) for part in pulls.split_by_time(message)]


WRITES: Mapping[type, Writes] = {m.FetchCdrs: _write_question, m.Cdrs: one(GET_CDRS_ANSWER)}
