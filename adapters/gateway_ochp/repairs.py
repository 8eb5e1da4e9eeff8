"""Texts that can be understood and are not in the form of the schema: what is noticed of them, what is mended.

Readers take fractions, offsets and missing zones; the fixed widths are the writers' (OCHP 1.4, inventory c.4).
"""

import re
from decimal import Decimal

from gateway.wire.declared import Repair
from gateway.wire.scalars import bounded, timestamp


def _is_time(text: str) -> bool:
    try:
        return bool(timestamp(text))
    except ValueError:
        return False


_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+\-][0-9]{2}:[0-9]{2}")
_CLOCK = re.compile(r"[0-2][0-9]:[0-5][0-9]")
_DURATION = re.compile(r"[0-9]{3}:[0-9]{2}:[0-9]{2}")
_XML_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+\-][0-9]{2}:[0-9]{2})?")
_WHOLE = re.compile(r"[+\-]?[0-9]+")
_LARGEST = 2**31


def _utc_width(text: str) -> tuple[str, str | None]:
    right = _UTC.fullmatch(text) or not _is_time(text)
    return text, None if right else "not 20 characters of UTC (2026-01-31T23:59:59Z)"


def _local_width(text: str) -> tuple[str, str | None]:
    right = _LOCAL.fullmatch(text) or not _is_time(text)
    return text, None if right else "not local time with its offset (2026-02-01T00:59:59+01:00)"


def _clock_width(text: str) -> tuple[str, str | None]:
    return text, None if _CLOCK.fullmatch(text) else "not five characters HH:MM"


def _duration_width(text: str) -> tuple[str, str | None]:
    return text, None if _DURATION.fullmatch(text) else "not nine characters HHH:MM:SS"


def _xml_time(text: str) -> tuple[str, str | None]:
    return text, None if _XML_TIME.fullmatch(text) or not _is_time(text) else "not a date and time of XML Schema"


def _whole(text: str) -> tuple[str, str | None]:
    """A number that is whole but is not written so."""
    number = None if _WHOLE.fullmatch(text) else _number(text)
    if number is None or number != number.to_integral_value() or abs(number) > _LARGEST:
        return text, None
    return str(int(number)), "not written as a whole number"


def _cut(text: str) -> tuple[str, str | None]:
    """OCHP.md has a float where the schema has an int: what is beyond the whole number is cut off."""
    number = None if _WHOLE.fullmatch(text) else _number(text)
    if number is None or abs(number) > _LARGEST:
        return text, None
    return str(int(number)), "no whole number; it was cut to one"


def _number(text: str) -> Decimal | None:
    try:
        return bounded(text)
    except ValueError:
        return None


UTC_WIDTH = Repair(_utc_width)
LOCAL_WIDTH = Repair(_local_width)
CLOCK_WIDTH = Repair(_clock_width)
DURATION_WIDTH = Repair(_duration_width)
XML_TIME = Repair(_xml_time)
WHOLE = Repair(_whole)
CUT = Repair(_cut)
