"""The messages that carry CDRs (inventory a.8)."""

from collections.abc import Iterable

from gateway.model.ids import EvseId
from gateway.model.messages import (
    CdrReceipt,
    CdrReference,
    Cdrs,
    CheckCdrs,
    Confirmation,
    ConfirmCdrs,
    FetchCdrs,
    SubmitCdrs,
)
from gateway_ochp import wire
from gateway_ochp.translate.cdrs import CDR
from gateway_ochp.translate.results import read_accepted, read_reason, write_answer_result, write_result
from gateway_ochp.words import CDR_STATUS


def read_add_cdrs(request: wire.AddCdrsRequest) -> SubmitCdrs:
    return SubmitCdrs(cdrs=tuple(map(CDR.read, request.cdr_info_array)))


def write_add_cdrs(message: SubmitCdrs) -> wire.AddCdrsRequest:
    return wire.AddCdrsRequest(cdr_info_array=tuple(map(CDR.write, message.cdrs)))


def read_receipt(response: wire.AddCdrsResponse) -> CdrReceipt:
    return CdrReceipt(
        accepted=read_accepted(response.result),
        refused=response.implausible_cdrs_array,
        reason=read_reason(response.result),
    )


def write_receipt(answer: CdrReceipt) -> wire.AddCdrsResponse:
    return wire.AddCdrsResponse(
        result=write_result(answer.reason, answer.accepted, refused=bool(answer.refused)),
        implausible_cdrs_array=answer.refused,
    )


def read_check(request: wire.CheckCdrsRequest) -> CheckCdrs:
    return CheckCdrs(status=CDR_STATUS.read(request.cdr_status))


def write_check(message: CheckCdrs) -> wire.CheckCdrsRequest:
    return wire.CheckCdrsRequest(cdr_status=CDR_STATUS.write(message.status))


def read_get(request: wire.GetCdrsRequest) -> FetchCdrs:
    return FetchCdrs(status=CDR_STATUS.read(request.cdr_status))


def write_get(message: FetchCdrs) -> wire.GetCdrsRequest:
    return wire.GetCdrsRequest(cdr_status=CDR_STATUS.write(message.status))


def read_cdrs(response: wire.CdrListResponse) -> Cdrs:
    return Cdrs(cdrs=tuple(map(CDR.read, response.cdr_info_array)), reason=read_reason(response.result))


def write_checked(answer: Cdrs) -> wire.CheckCdrsResponse:
    return wire.CheckCdrsResponse(
        result=write_answer_result(answer.reason), cdr_info_array=tuple(map(CDR.write, answer.cdrs))
    )


def write_cdrs(answer: Cdrs) -> wire.GetCdrsResponse:
    return wire.GetCdrsResponse(
        result=write_answer_result(answer.reason), cdr_info_array=tuple(map(CDR.write, answer.cdrs))
    )


def read_confirm(request: wire.ConfirmCdrsRequest) -> ConfirmCdrs:
    return ConfirmCdrs(approved=_read_names(request.approved), declined=_read_names(request.declined))


def write_confirm(message: ConfirmCdrs) -> wire.ConfirmCdrsRequest:
    return wire.ConfirmCdrsRequest(approved=_write_names(message.approved), declined=_write_names(message.declined))


def _read_names(names: Iterable[wire.CdrName]) -> tuple[CdrReference, ...]:
    return tuple(CdrReference(cdr_id=name.cdr_id, evse=EvseId.read(name.evse_id)) for name in names)


def _write_names(references: Iterable[CdrReference]) -> tuple[wire.CdrName, ...]:
    """Letter by letter as they were received: the hub compares texts."""
    return tuple(
        wire.CdrName(cdr_id=name.cdr_id, evse_id=str(name.evse) if name.evse is not None else None)
        for name in references
    )


def read_confirmation(response: wire.ConfirmCdrsResponse) -> Confirmation:
    """`partly` does not say which were taken, so it is not a yes: each has to be confirmed by itself."""
    code = response.result.result_code if response.result is not None else None
    return Confirmation(accepted=None if code is None else code == wire.OK, reason=read_reason(response.result))


def write_confirmation(answer: Confirmation) -> wire.ConfirmCdrsResponse:
    return wire.ConfirmCdrsResponse(result=write_result(answer.reason, answer.accepted))
