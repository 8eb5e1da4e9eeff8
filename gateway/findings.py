"""Findings (a value against a rule) and losses (a value the other side cannot carry)."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """`pointer` is an RFC 6901 pointer into JSON, an element path (`/CDRInfo[2]/evseId`) into XML."""

    pointer: str
    severity: Severity
    code: str
    text: str


class LossKind(StrEnum):
    DROPPED = "dropped"
    """The target has no place for it."""
    NARROWED = "narrowed"
    """It arrives as something less exact."""
    DEFAULTED = "defaulted"
    """The target demands a value that the source does not have."""


@dataclass(frozen=True, slots=True)
class Loss:
    """`source` is the canonical path, `target` the place in the other message (empty: none)."""

    kind: LossKind
    source: str
    target: str
    value: object
    becomes: object
    reason: str


def errors(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is Severity.ERROR]
