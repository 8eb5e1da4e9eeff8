"""One row of `errata.py`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Erratum:
    """One contradiction: who says what, what follows, what we write, what we read."""

    topic: str
    sources: str
    effect: str
    read: str
    write: str
