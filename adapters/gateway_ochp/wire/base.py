"""Single values of OCHP 1.4 and what every message is made of."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, ClassVar

from gateway.exact import rounded
from gateway.findings import Severity
from gateway.wire import Attribute, Inner, Private, Scalar, WireModel, spelled
from gateway.wire.declared import Nillable
from gateway.wire.rules import between, longest, one_of
from gateway.wire.scalars import DECIMAL, ZULU, plain_decimal, timestamp
from gateway_ochp import repairs, rules
from gateway_ochp.wire.words import CDR_STATES, CURRENTS, NAMESPACE, RESTRICTIONS, RESULT_CODES, STATIC

_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::[0-5]\d)?")
_SIX_DECIMALS = Decimal("0.000001")
_DURATION = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)")


@lru_cache(maxsize=2048)
def _minutes(text: str) -> int:
    match = _CLOCK.fullmatch(text)
    minute = int(match[1]) * 60 + int(match[2]) if match else -1
    if not 0 <= minute <= 1440:
        raise ValueError("no time of day")
    return minute


def _duration(text: str) -> timedelta:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError("no duration HHH:MM:SS")
    return timedelta(hours=int(match[1]), minutes=int(match[2]), seconds=int(match[3]))


def _duration_text(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    return f"{seconds // 3600:03}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _degrees(value: Decimal) -> str:
    """Exactly six decimals; a zero has no sign."""
    text = str(value)
    if text[-7:-6] != "." or "E" in text:
        text = plain_decimal(rounded(value, _SIX_DECIMALS))
    return text.removeprefix("-") if text == "-0.000000" else text


def _local(moment: datetime) -> str:
    """25 characters, never `Z`. An offset with seconds, as places had before time zones, is cut to minutes."""
    offset = moment.utcoffset() or timedelta()
    minutes = timezone(timedelta(minutes=offset // timedelta(minutes=1)))
    return moment.astimezone(minutes).replace(microsecond=0).isoformat()


@lru_cache(maxsize=2048)
def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


DEGREES = Scalar("degrees", DECIMAL.read, _degrees)
MINUTES = Scalar("minutes", _minutes, _clock)
"""A time of day in minutes; 1440 is written 24:00."""
LOCAL = Scalar("local", timestamp, _local, format="date-time")
DURATION = Scalar("duration", _duration, _duration_text)

DateTime = Annotated[datetime, ZULU, Inner("DateTime"), repairs.UTC_WIDTH]
LocalDateTime = Annotated[datetime, LOCAL, Inner("LocalDateTime"), repairs.LOCAL_WIDTH]
EvseIdText = Annotated[str, rules.EVSE_ID]
ContractIdText = Annotated[str, rules.CONTRACT_ID, rules.CHECK_DIGIT, Private()]
CdrIdText = Annotated[str, rules.CDR_ID]
Restriction = Annotated[str, Inner("RestrictionType"), one_of(*RESTRICTIONS)]
StaticStatusText = Annotated[str, Inner("ChargePointStatusType"), one_of(*STATIC)]
CdrStatusText = Annotated[str, Inner("CdrStatusType"), one_of(*CDR_STATES, severity=Severity.ERROR)]
Current = Annotated[str, one_of(*CURRENTS)]
Latitude = Annotated[Decimal, Attribute(), DEGREES, between(-90, 90), rules.SIX_DECIMALS]
Longitude = Annotated[Decimal, Attribute(), DEGREES, between(-180, 180), rules.SIX_DECIMALS]
Pixels = Annotated[int, repairs.WHOLE, between(1, 99999)]


class OchpModel(WireModel):
    naming: ClassVar[Callable[[str], str]] = staticmethod(spelled({}, first=str.lower))
    namespace: ClassVar[str] = NAMESPACE
    exactly_one: ClassVar[tuple[str, ...]] = ()
    """Fields of which the schema has one; reading takes any of them."""
    at_most_one: ClassVar[tuple[str, ...]] = ()


class Result(OchpModel):
    element: ClassVar[str] = "result"

    result_code: Annotated[str | None, Inner("resultCode"), one_of(*RESULT_CODES)]
    result_description: Annotated[str | None, Nillable(), longest(1000)]


class ResultResponse(OchpModel):
    """What every response but GetStatus begins with."""

    result: Result | None
