"""What shows that an account at Gireve works: every operation of eMIP 0.7.4 that is known, as scenarios."""

from gateway.errors import Undecodable
from gateway.scenario import Playbook
from gateway.wire.soap import opened
from gateway.wire.xml import Element, local_name
from gateway_emip.mends import leading_integer
from gateway_emip.scenarios.cast import CAST, WORLD
from gateway_emip.scenarios.cpo import CPO_SCENARIOS
from gateway_emip.scenarios.emp import EMP_SCENARIOS
from gateway_emip.words import CODES


def outcome(body: bytes, status: int) -> tuple[str, str]:
    """(request status, its meaning) of an answer; `fault` for a SOAP fault; for what is no SOAP the status of HTTP."""
    try:
        child = opened(body, trusted=True).child
    except Undecodable:
        return str(status), ""
    if local_name(child) == "Fault":
        return "fault", _text(child, "Text") or _text(child, "faultstring")
    code = leading_integer(_text(child, "requestStatus"))[0]
    row = CODES.get(code)
    return code, row.meaning if row is not None else ""


def _text(element: Element, name: str) -> str:
    texts = ((part.text or "").strip() for part in element.iter() if local_name(part) == name)
    return next((text for text in texts if text), "")


PLAYBOOK = Playbook(CAST, (*CPO_SCENARIOS, *EMP_SCENARIOS), outcome, world=WORLD)

__all__ = ["PLAYBOOK", "outcome"]
