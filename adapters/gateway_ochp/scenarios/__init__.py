"""What shows that an account at e-clearing.net works: every operation of OCHP 1.4 and OCHPdirect 0.2, as scenarios."""

from collections.abc import Mapping
from typing import Any

from gateway.errors import Undecodable
from gateway.scenario import Playbook
from gateway.wire.soap import SOAP_11, opened
from gateway.wire.xml import Element, local_name
from gateway_ochp import wire
from gateway_ochp.operations import DIRECT, LIVE, SERVICE
from gateway_ochp.profile import DIRECT as OCHP_DIRECT
from gateway_ochp.profile import DIRECT_URL
from gateway_ochp.scenarios.cast import CAST
from gateway_ochp.scenarios.direct import DIRECT_SCENARIOS
from gateway_ochp.scenarios.hub import HUB_SCENARIOS


def outcome(body: bytes, status: int) -> tuple[str, str]:
    """(result code, words) of an answer; `fault` for a SOAP fault; for what is no SOAP the status of HTTP.

    A GetStatusResponse and a ReportDiscrepancyResponse have no result: that they come is ok.
    """
    try:
        child = opened(body, SOAP_11, trusted=True).child
    except Undecodable:
        return str(status), ""
    if local_name(child) == "Fault":
        return "fault", _text(child, "faultstring")
    result = next((part for part in child if local_name(part) == wire.Result.element), None)
    if result is None:
        return wire.OK, ""
    return _text(result, "resultCode"), _text(result, "resultDescription")


def _text(element: Element, name: str) -> str:
    texts = ((part.text or "").strip() for part in element.iter() if local_name(part) == name)
    return next((text for text in texts if text), "")


def options(address: str) -> Mapping[str, Any]:
    return {OCHP_DIRECT: True, DIRECT_URL: address} if address else {}


PLAYBOOK = Playbook(
    CAST,
    (*HUB_SCENARIOS, *DIRECT_SCENARIOS),
    outcome,
    services={service: f"/{service}/ochp/v1.4" for service in (SERVICE, LIVE, DIRECT)},
    options=options,
)

__all__ = ["PLAYBOOK", "outcome"]
