"""Results (inventory a.6): what the clearing house says of a request as a whole."""

from gateway.crosswalk import codes
from gateway.model.common import Reason
from gateway_ochp import wire
from gateway_ochp.words import PROTOCOL

TAKEN = (wire.OK, wire.PARTLY)
"""Codes with which a list counts."""
UNNAMED = "the hub has taken a part only and did not say which"


def read_reason(result: wire.Result | None) -> Reason | None:
    return None if result is None else Reason(code=result.result_code, text=result.result_description or None)


def read_accepted(result: wire.Result | None) -> bool | None:
    """None where nothing is said: absence never reads as success."""
    return None if result is None or result.result_code is None else result.result_code in TAKEN


def write_result(reason: Reason | None, accepted: bool | None, *, refused: bool = False) -> wire.Result:
    """The reason's own code where it is one of OCHP; else by the outcome."""
    outcome = (wire.PARTLY if refused else wire.OK) if accepted else None if accepted is None else wire.FORMAT
    given = reason.code if reason is not None and reason.code in codes(PROTOCOL) else None
    text = reason.text if reason is not None else None
    return wire.Result(result_code=given or outcome, result_description=(text or "")[:1000])


def write_answer_result(reason: Reason | None) -> wire.Result:
    """For an answer that brings data: it is there, so all is well unless the reason says otherwise."""
    return write_result(reason, True)
