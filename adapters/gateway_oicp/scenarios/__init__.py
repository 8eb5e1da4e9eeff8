"""What Hubject wants to see before an account goes live: the test cases of its onboarding, as scenarios."""

from collections.abc import Mapping
from typing import Any

from gateway.errors import Undecodable
from gateway.scenario import Playbook
from gateway.wire import decode_document, parsed
from gateway_oicp import wire
from gateway_oicp.scenarios.cast import CAST
from gateway_oicp.scenarios.cpo import CPO_SCENARIOS
from gateway_oicp.scenarios.emp import EMP_SCENARIOS


def outcome(body: bytes, status: int) -> tuple[str, str]:
    """(code, words) of the hub's answer; for what has no StatusCode that of HTTP."""
    try:
        document = parsed(wire.Acknowledgement, body)
    except Undecodable:
        document = None
    if not isinstance(document, dict):
        return str(status), ""
    told = decode_document(wire.StatusCode, document.get("StatusCode") or {}).model
    fault = decode_document(wire.FaultBody, document).model
    words = " – ".join(part for part in (told.description, told.additional_info, fault.message) if part)
    unsaid = "000" if status < 400 else str(status)
    return told.code or unsaid, words


_UNPREPARED: Mapping[str, Any] = {"stop_with": "any-medium", "progress_seconds": 0}
"""What the gateway would keep back because the hub refuses it is sent here, so that the hub's refusal is seen."""
PLAYBOOK = Playbook(
    CAST,
    (*CPO_SCENARIOS, *EMP_SCENARIOS),
    outcome,
    options=lambda _: _UNPREPARED,
    simulated_options={"page_size": 1},
)

__all__ = ["PLAYBOOK", "outcome"]
