"""What a world may set at the simulated clearing house (`[settings]`)."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.simulation import World

SECOND_CDR, DUPLICATES, EXPIRED_STATUS = "second_cdr", "duplicates", "expired_status"
CREDENTIALS, CHUNKED, ENDPOINT_HOURS = "credentials", "chunked", "endpoint_hours"
KEEP_DAYS, ADDRESS = "keep_days", "address"

_DEFAULTS: Mapping[str, Any] = {
    SECOND_CDR: "refuse",
    DUPLICATES: "ignore",
    EXPIRED_STATUS: "unknown",
    CREDENTIALS: "result",
    CHUNKED: "accept",
    ENDPOINT_HOURS: False,
    KEEP_DAYS: 30,
    ADDRESS: "",
}


def _one_of(*words: str) -> tuple[Callable[[Any], bool], str]:
    return lambda value: value in words, " or ".join(f'"{word}"' for word in words)


def _is_days(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


_KNOWN: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    SECOND_CDR: _one_of("accept", "refuse"),
    DUPLICATES: _one_of("ignore", "refuse"),
    EXPIRED_STATUS: _one_of("unknown", "dropped"),
    CREDENTIALS: _one_of("result", "fault"),
    CHUNKED: _one_of("accept", "refuse"),
    ENDPOINT_HOURS: (lambda value: isinstance(value, bool), "true or false"),
    KEEP_DAYS: (_is_days, "a number of days from 0"),
    ADDRESS: (lambda value: isinstance(value, str) and value.startswith(("https://", "http://")), "a web address"),
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
