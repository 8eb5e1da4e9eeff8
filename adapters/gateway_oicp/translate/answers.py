"""The acknowledgement as the answer to a push, to a charge detail record and to a notification."""

import re
from collections.abc import Iterable

from gateway.model.common import Reason
from gateway.model.ids import EvseId
from gateway.model.messages import CdrReceipt, EventReceipt, Publication, Refusal
from gateway_oicp import wire
from gateway_oicp.translate.sessions import read_reason, read_session, write_status
from gateway_oicp.words import CODES, Code, is_ok


def read_publication(model: wire.Acknowledgement) -> Publication:
    return Publication(
        accepted=model.result,
        session=read_session(model),
        reason=read_reason(model.status_code),
        refused=tuple(Refusal(evse=evse) for evse in named_evses(model)),
    )


def named_evses(model: wire.Acknowledgement) -> tuple[EvseId, ...]:
    """The EVSEs that the hub does not know: a status push names them in prose only."""
    status = model.status_code
    if status is None or status.code != Code.UNKNOWN_EVSE:
        return ()
    words = re.split(r"[\s,;:]+", f"{status.description or ''} {status.additional_info or ''}")
    known = (EvseId.read(word.strip(".\"'()[]")) for word in words)
    return tuple(dict.fromkeys(evse for evse in known if evse is not None and evse.well_formed))


def write_publication(answer: Publication) -> wire.Acknowledgement:
    reason = answer.reason or Reason()
    detail = reason.detail or _listed(answer.refused)
    return _acknowledgement(answer.accepted, answer, Reason(code=reason.code, text=reason.text, detail=detail))


def _listed(refused: Iterable[Refusal]) -> str | None:
    return "; ".join(f"{one.evse or one.uid}: {one.text or 'not taken'}" for one in refused) or None


def read_receipt(model: wire.Acknowledgement) -> CdrReceipt:
    return CdrReceipt(accepted=model.result, session=read_session(model), reason=read_reason(model.status_code))


def write_receipt(answer: CdrReceipt) -> wire.Acknowledgement:
    return _acknowledgement(True if answer.already_there else answer.accepted, answer, answer.reason)


def read_event_receipt(model: wire.Acknowledgement) -> EventReceipt:
    return EventReceipt(accepted=model.result, session=read_session(model), reason=read_reason(model.status_code))


def write_event_receipt(answer: EventReceipt) -> wire.Acknowledgement:
    return _acknowledgement(answer.accepted, answer, answer.reason)


def _acknowledgement(
    accepted: bool | None, answer: Publication | CdrReceipt | EventReceipt, reason: Reason | None
) -> wire.Acknowledgement:
    return wire.Acknowledgement(
        result=accepted,
        status_code=write_status(_code(accepted, reason), reason),
        session_id=answer.session.hub,
        cpo_partner_session_id=answer.session.cpo,
        emp_partner_session_id=answer.session.emsp,
    )


def _code(accepted: bool | None, reason: Reason | None) -> str | None:
    """The reason's own code where OICP knows it and it says the same."""
    if accepted is None:
        return None
    told = reason.code if reason is not None else None
    if told in CODES and is_ok(told) == accepted:
        return told
    return Code.SUCCESS if accepted else Code.DATA_ERROR
