"""Small values used all over the model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Kept:
    """One place of a received document that the canonical model cannot give back.

    `received` is what stood at `pointer` (None: nothing), `written` what we would write there ourselves. On the way
    back to the same protocol `received` is put in place, but only where we would still write `written`: a value that
    was changed meanwhile is never overwritten with the old one.
    """

    pointer: str
    received: object = None
    written: object = None
    after: str | None = None
    """XML only: the sibling that a restored element follows."""


Extensions = Mapping[str, tuple[Kept, ...]]
"""Protocol name to what only that protocol understands. Never sent to another one."""


def no_extensions() -> dict[str, tuple[Kept, ...]]:
    return {}


@dataclass(frozen=True, slots=True)
class LocalText:
    """A text and its language, a BCP 47 tag as received (`de`, `en-GB`)."""

    text: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """An amount of money; the currency stands on the record. `incl_vat` only where a tax is known."""

    excl_vat: Decimal | None = None
    incl_vat: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A protocol's own word for an outcome: its code and texts, as received."""

    code: str | None = None
    text: str | None = None
    detail: str | None = None


class Role(StrEnum):
    CPO = "CPO"
    EMSP = "EMSP"
    HUB = "HUB"


class ImageCategory(StrEnum):
    CHARGER = "CHARGER"
    ENTRANCE = "ENTRANCE"
    LOCATION = "LOCATION"
    NETWORK = "NETWORK"
    OPERATOR = "OPERATOR"
    OTHER = "OTHER"
    OWNER = "OWNER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture; width and height in pixels."""

    url: str
    thumbnail: str | None = None
    category: ImageCategory | None = None
    type: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessDetails:
    """Who stands behind a place: OCPI BusinessDetails."""

    name: str | None = None
    website: str | None = None
    logo: Image | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensible:
    """What every top-level record has in common."""

    extensions: Extensions = field(default_factory=no_extensions, compare=False)
