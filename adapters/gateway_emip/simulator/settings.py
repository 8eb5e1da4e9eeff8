"""What a world may set at the simulated IOP (`[settings]`)."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.simulation import World

SECOND_CDR, REGIME, HEARTBEATS, SILENCE = "second_cdr", "regime", "heartbeats", "silence_periods"
FETCH_ANSWER, PLACES, SUSPENDS, INTERMEDIATE = "fetch_answer", "places", "suspends", "intermediate"
SESSION_MINUTES, RECORD_MINUTES, POWER_KW = "session_minutes", "record_minutes", "power_kw"
ENERGY_LIMIT_WH = "energy_limit_wh"

_DEFAULTS: Mapping[str, Any] = {
    SECOND_CDR: "refuse",
    REGIME: "operation-per-operator",
    HEARTBEATS: "partner",
    SILENCE: 0,
    FETCH_ANSWER: "bare",
    PLACES: (),
    SUSPENDS: True,
    INTERMEDIATE: False,
    SESSION_MINUTES: 30,
    RECORD_MINUTES: 10,
    POWER_KW: 11,
    ENERGY_LIMIT_WH: 0,
}
Check = tuple[Callable[[Any], bool], str]


def _one_of(*words: str) -> Check:
    return lambda value: value in words, " or ".join(f'"{word}"' for word in words)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)


_SWITCH: Check = (lambda value: isinstance(value, bool), "true or false")
_SPAN: Check = (lambda value: _is_number(value) and value > 0, "a number above 0")
_AMOUNT: Check = (lambda value: _is_number(value) and value >= 0, "a number from 0")
_KNOWN: Mapping[str, Check] = {
    SECOND_CDR: _one_of("accept", "refuse"),
    REGIME: _one_of("operation-per-operator", "none"),
    HEARTBEATS: _one_of("partner", "operator"),
    SILENCE: _AMOUNT,
    FETCH_ANSWER: _one_of("bare", "list"),
    PLACES: (_is_list, "a list of ids of pools, stations and connectors"),
    SUSPENDS: _SWITCH,
    INTERMEDIATE: _SWITCH,
    SESSION_MINUTES: _SPAN,
    RECORD_MINUTES: _SPAN,
    POWER_KW: _SPAN,
    ENERGY_LIMIT_WH: _AMOUNT,
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


def setting(world: World, name: str) -> Any:
    return world.settings.get(name, _DEFAULTS[name])
