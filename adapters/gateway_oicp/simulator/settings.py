"""What a world may set at the simulated hub (`[settings]`)."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.model.ids import PartyId
from gateway_oicp.simulator.ledger import UNKNOWN_RECORD
from gateway_oicp.words import Code

RATE_LIMITS = "rate_limits"
"""The setting with which the limits of the hub's use policy hold (`mappings/hubs.csv`)."""

FLEET, PARTNER_SECONDS = "fleet", "partner_seconds"


def _is_code(value: Any) -> bool:
    return value in (Code.DATA_TRANSACTION, Code.UNKNOWN_EVSE)


def _is_span(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_fleet(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return _is_count(value)
    party = PartyId.read(str(value.get("operator", "NL*FLT")))
    return set(value) <= {"count", "operator"} and _is_count(value.get("count")) and party is not None


_KNOWN: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    UNKNOWN_RECORD: (_is_code, '"009" or "603"'),
    RATE_LIMITS: (lambda value: isinstance(value, bool), "true or false"),
    FLEET: (_is_fleet, 'a number, or {count = 200000, operator = "NL*FLT"}'),
    PARTNER_SECONDS: (_is_span, "seconds above 0"),
}


def check(settings: Mapping[str, Any]) -> None:
    """Raises Invalid for a setting that is not known, and for one of another kind."""
    for name, value in settings.items():
        if name not in _KNOWN:
            raise _wrong(name, f"unknown; known are {', '.join(_KNOWN)}")
        fits, wanted = _KNOWN[name]
        if not fits(value):
            raise _wrong(name, f"{value!r} is not {wanted}")


def _wrong(name: str, text: str) -> Invalid:
    return Invalid([Finding(f"/settings/{name}", Severity.ERROR, "setting", text)])
