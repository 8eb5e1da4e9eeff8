"""Single values: how a text or a JSON value becomes a Python one, and back."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any


@dataclass(frozen=True)
class Scalar:
    """`read` takes the stripped text and raises ValueError; `write` gives the text; `json` is the schema's type.

    `plain` tells that JSON carries the value as itself, not as a text.
    """

    name: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    json: str = "string"
    plain: bool = False
    format: str | None = None

    @property
    def timed(self) -> bool:
        return self.format == "date-time"


_MAGNITUDE = 100
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[+\-]?(\d+(\.\d*)?|\.\d+)([eE][+\-]?\d+)?")


def bounded(text: str) -> Decimal:
    """The exact number; raises ValueError where plain notation would need hundreds of digits more than were sent."""
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("no number") from error
    if not number.is_finite() or (number and abs(number.adjusted()) > len(text) + _MAGNITUDE):
        raise ValueError("no number of a size that can be meant")
    return number


@lru_cache(maxsize=4096)
def _decimal(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError("no number")
    return bounded(text)


def _integer(text: str) -> int:
    if text.isdecimal() and len(text) <= 18:
        return int(text)
    number = _decimal(text)
    if number != number.to_integral_value() or abs(number) > 10**18:
        raise ValueError("no whole number")
    return int(number)


_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def _boolean(text: str) -> bool:
    try:
        return _BOOLEANS[text.lower()]
    except KeyError:
        raise ValueError("neither true nor false") from None


@lru_cache(maxsize=4096)
def timestamp(text: str) -> datetime:
    """ISO 8601; a time without a zone is taken as UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("no date and time") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("no date and time that the calendar has in UTC") from error
    return moment


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError("no date YYYY-MM-DD")
    return date.fromisoformat(text)


def lacks_offset(text: str) -> bool:
    """Whether a date and time that was read said nothing of its zone."""
    return text[-1:] not in "Zz" and not (text[-6:-5] in "+-" and text[-3:-2] == ":") and _is_local(text)


def _is_local(text: str) -> bool:
    return datetime.fromisoformat(text).tzinfo is None


NO_OFFSET = "no offset; taken as UTC"


def plain_decimal(value: Decimal) -> str:
    """Plain notation, no exponent, digits as they are."""
    text = str(value)
    return format(value, "f") if "E" in text else text


def zulu(moment: datetime) -> str:
    """20 characters: `2026-01-31T23:59:59Z`."""
    return f"{(moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat()[:19]}Z"


def local(moment: datetime) -> str:
    """25 characters: `2026-02-01T00:59:59+01:00`, never `Z`."""
    return moment.replace(microsecond=0).isoformat()


TEXT = Scalar("text", str, str)
INTEGER = Scalar("integer", _integer, str, json="integer", plain=True)
DECIMAL = Scalar("decimal", _decimal, plain_decimal, json="number", plain=True)
BOOLEAN = Scalar("boolean", _boolean, lambda value: "true" if value else "false", json="boolean", plain=True)
TIMESTAMP = Scalar("timestamp", timestamp, local, format="date-time")
ZULU = Scalar("zulu", timestamp, zulu, format="date-time")
DATE = Scalar("date", _day, lambda value: value.isoformat(), format="date")
BIT = Scalar("bit", _boolean, lambda value: "1" if value else "0")
"""eMIP booleans: `0` and `1`."""
