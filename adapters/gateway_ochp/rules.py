"""Rules of OCHP 1.4: the patterns of the schema, and what has to hold over several fields.

Source of the patterns: the types of OCHP 1.4 (data-types.xsd, live-types.xsd). A judge yields
(pointer below the record, severity, code, text).
"""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.exact import difference, product, total
from gateway.findings import Severity
from gateway.model.ids import check_digit
from gateway.wire.declared import Rule
from gateway.wire.rules import between, longest, matching

if TYPE_CHECKING:
    from gateway_ochp import wire

Judgement = tuple[str, Severity, str, str]

EVSE_ID = matching(
    r"[A-Za-z]{2}\*[A-Za-z0-9]{3}\*[Ee][A-Za-z0-9][A-Za-z0-9*]{0,30}|[A-Za-z]{2}[A-Za-z0-9]{3}[Ee][A-Za-z0-9][A-Za-z0-9*]{0,30}",
    "EVSE id",
)
CONTRACT_ID = matching(
    r"[A-Za-z]{2}-[A-Za-z0-9]{3}-[A-Za-z0-9]{9}-[A-Za-z0-9]|[A-Za-z]{2}-[A-Za-z0-9]{3}-[A-Za-z0-9]{9}"
    r"|[A-Za-z]{2}[A-Za-z0-9]{3}[A-Za-z0-9]{9}[A-Za-z0-9]|[A-Za-z]{2}[A-Za-z0-9]{3}[A-Za-z0-9]{9}",
    "contract id",
)


def _check_digit(text: str) -> str | None:
    key = re.sub(r"[*\-]", "", text).upper()
    if len(key) != 15 or not key.isascii() or not key.isalnum():
        return None
    computed = check_digit(key)
    return None if key[14] == computed else f"its check digit is {key[14]}, computed by ISO 15118-2 it is {computed}"


CHECK_DIGIT = Rule("check-digit", _check_digit, Severity.WARNING)
"""A warning and no more: the specification's own examples fail it (inventory d)."""
PARKING_ID = matching(
    r"[A-Za-z]{2}\*[A-Za-z0-9]{3}\*[Pp][A-Za-z0-9][A-Za-z0-9*]{0,30}|[A-Za-z]{2}[A-Za-z0-9]{3}[Pp][A-Za-z0-9][A-Za-z0-9*]{0,30}",
    "parking id",
)
TARIFF_ID = matching(
    r"[A-Za-z]{2}\*[A-Za-z0-9]{3}\*[Tt][A-Za-z0-9][A-Za-z0-9*]{0,9}|[A-Za-z]{2}[A-Za-z0-9]{3}[Tt][A-Za-z0-9][A-Za-z0-9*]{0,9}",
    "tariff id",
)
CDR_ID = matching(r"[0-9A-Z]{1,36}", "CDR id (1 to 36 capital letters and digits)")
LOCATION_ID = matching(r"[A-Z0-9 ]{1,15}", "location id (1 to 15 capital letters, digits, spaces)")
LANGUAGE = matching(r"[A-Z]{3}", "language of ISO 639-3 in capitals")
COUNTRY = matching(r"[A-Z]{3}", "country of ISO 3166-1 alpha-3")
HOUSE_NUMBER = matching(r"[A-Z0-9 \-]{1,6}", "house number of OCHP")
ZIP_CODE = matching(r"[A-Z0-9 \-]{1,10}", "zip code of OCHP")
TELEPHONE = matching(r"\+?[1-9]?[0-9 \-]{1,17}", "telephone number of OCHP")
FLOOR = matching(r"[A-Z0-9\-+/]{1,4}", "floor level of OCHP")
SPOT_NUMBER = matching(r"[A-Z0-9\-+/]{1,5}", "parking spot number of OCHP")
FILE_URI = matching(r"(http|https|ftp|file)://.+", "address of a file")
WEB_URI = matching(r"(http|https)://.+", "web address")
URI_LENGTH = longest(255)
RECIPIENT = matching(r"[A-Z0-9]{1,5}", "provider id (1 to 5 capital letters and digits)")
DIRECT_URL = matching(r"https://.+", "address of an endpoint (https only)", Severity.WARNING)
"""A warning, since partners on one machine have no TLS; nothing else is sent (sends_endpoints)."""
DIRECT_ID = matching(r"[A-Z0-9\-]{1,255}", "direct id (1 to 255 capital letters, digits, hyphens)")
EVSE_PATTERN = matching(r"[A-Z]{2}[A-Z0-9]{3}E([A-Z0-9]?[A-Z0-9*]{0,30})%?", "pattern of EVSE ids")
CONTRACT_PATTERN = matching(r"[A-Za-z]{2}[A-Za-z0-9]{3}[Cc][A-Za-z0-9]{0,8}%?", "pattern of contract ids")
CURRENCY = matching(r"[A-Z]{3}", "currency of ISO 4217")

SIX_DECIMALS = Rule(
    "pattern",
    lambda value: None if value.as_tuple().exponent == -6 else "has not exactly six decimals",
    Severity.WARNING,
)

NOT_NEGATIVE = Rule("negative", lambda value: "is negative; OCHP has no credit" if value < 0 else None)
INT = between(-(2**31), 2**31 - 1)
"""What an int of XML Schema holds."""


def hours_have_one_form(hours: "wire.Hours") -> Iterator[Judgement]:
    """HoursType is a choice: regular hours, or the flag. Readers take both and neither."""
    if hours.regular_hours and hours.twentyfourseven is not None:
        yield "", Severity.WARNING, "choice", "regularHours and twentyfourseven stand together; the schema allows one"
    if not hours.regular_hours and hours.twentyfourseven is None:
        yield "", Severity.ERROR, "choice", "neither regularHours nor twentyfourseven is given"


def hours_go_forward(hours: "wire.RegularHours") -> Iterator[Judgement]:
    if hours.period_begin is not None and hours.period_end is not None and hours.period_end <= hours.period_begin:
        yield "/@periodEnd", Severity.WARNING, "order", "periodEnd is not later than periodBegin"


STATUS_PAIRS = frozenset(
    {
        ("available", "available"),
        ("available", "reserved"),
        ("not-available", "charging"),
        ("not-available", "blocked"),
        ("not-available", "reserved"),
        ("not-available", "outoforder"),
    }
)


def status_pair_is_known(status: "wire.EvseStatus") -> Iterator[Judgement]:
    """OCHP 1.4, live status: other combinations must not be sent; a receiver goes by the major word."""
    if status.minor is not None and (status.major, status.minor) not in STATUS_PAIRS:
        text = f"{status.minor} does not go with {status.major}"
        yield "/@minor", Severity.WARNING, "combination", text


def status_answer_has_one_kind(answer: "wire.GetStatusResponse") -> Iterator[Judgement]:
    """The released schema had a sequence, the present one has a choice."""
    if sum(map(bool, (answer.combined, answer.evse, answer.parking))) > 1:
        yield "", Severity.WARNING, "choice", "several kinds of status stand together; the schema allows one"


def sender_may_set(request: "wire.AddCdrsRequest") -> Iterator[Judgement]:
    """OCHP 1.4, CDR life cycle: a sender says new, revised or rejected; all else is the clearing house's."""
    for index, info in enumerate(request.cdr_info_array, 1):
        if info.status in ("accepted", "declined", "approved"):
            text = f"a sender cannot set the status {info.status}"
            yield f"/cdrInfoArray[{index}]/status", Severity.ERROR, "status", text


def cdr_is_plausible(info: "wire.CdrInfo") -> Iterator[Judgement]:
    """What the clearing house checks: order of times, periods within the session, sums."""
    start, end = info.start_date_time, info.end_date_time
    if start is not None and end is not None and end < start:
        yield "/endDateTime", Severity.ERROR, "order", "the session ends before it begins"
    for index, period in enumerate(info.charging_periods, 1):
        for place, severity, code, text in _period_is_plausible(period, start, end):
            yield f"/chargingPeriods[{index}]{place}", severity, code, text
    yield from _total_is_the_sum(info)


def _period_is_plausible(period: "wire.CdrPeriod", start: datetime | None, end: datetime | None) -> Iterator[Judgement]:
    begins, ends = period.start_date_time, period.end_date_time
    if begins is not None and start is not None and begins < start:
        yield "/startDateTime", Severity.ERROR, "order", "the period begins before the session"
    if ends is not None and end is not None and ends > end:
        yield "/endDateTime", Severity.ERROR, "order", "the period ends after the session"
    if begins is not None and ends is not None and ends < begins:
        yield "/endDateTime", Severity.ERROR, "order", "the period ends before it begins"
    computed = _product(period)
    if period.period_cost is not None and computed is not None and not _near(period.period_cost, computed, 1):
        text = f"periodCost is {period.period_cost:f}, billingValue times itemPrice is {computed:f}"
        yield "/periodCost", Severity.ERROR, "sum", text


def _product(period: "wire.CdrPeriod") -> Decimal | None:
    if period.billing_value is None or period.item_price is None:
        return None
    return product(period.billing_value, period.item_price)


def _near(one: Decimal, other: Decimal, items: int) -> bool:
    """Equal but for a cent of rounding an item."""
    return abs(difference(one, other)) <= Decimal("0.01") * items


def _total_is_the_sum(info: "wire.CdrInfo") -> Iterator[Judgement]:
    costs = [p.period_cost if p.period_cost is not None else _product(p) for p in info.charging_periods]
    if info.total_cost is None or not costs or None in costs:
        return
    cost = total(cost for cost in costs if cost is not None)
    if not _near(info.total_cost, cost, len(costs)):
        text = f"totalCost is {info.total_cost:f}, the periods cost {cost:f}"
        yield "/totalCost", Severity.ERROR, "sum", text


_SECONDS_STEPS = ("usagetime", "parkingtime", "reservationtime")


def step_is_whole(price: "wire.PriceComponent") -> Iterator[Judgement]:
    """Steps are counted in whole seconds, Wh and W elsewhere (OCPI 2.2.1, 11.4.1): 0.016666667 h are taken for 60 s."""
    if price.step_size is None or price.billing_item in (None, "serviceFee", "reservation"):
        return
    in_hours = price.billing_item in _SECONDS_STEPS
    step = product(price.step_size, 3600 if in_hours else 1000)
    if step != step.to_integral_value():
        unit = "seconds" if in_hours else "Wh or W"
        text = f"a step of {price.step_size:f} is no whole number of {unit}; it is taken for the nearest"
        yield "/stepSize", Severity.WARNING, "inexact", text


def power_or_current(message: "wire.ControlEvseRequest") -> Iterator[Judgement]:
    """OCHPdirect 0.2, ControlEvse: power and current must not be limited together."""
    if message.max_power is not None and message.max_current is not None:
        yield "/maxCurrent", Severity.ERROR, "choice", "maxPower is given too; OCHPdirect allows one of them"


def told_power_or_current(message: "wire.InformProviderMessage") -> Iterator[Judgement]:
    """As for ControlEvse, but nothing is asked for: both are understood."""
    if message.max_power is not None and message.max_current is not None:
        yield "/maxCurrent", Severity.WARNING, "choice", "maxPower is given too; OCHPdirect allows one of them"


def meter_counts_kwh(message: "wire.InformProviderMessage") -> bool:
    """The type of meterValue says Wh, its element says kWh: a meter that shows less Wh than were charged counts kWh."""
    value = message.meter_reading.meter_value if message.meter_reading is not None else None
    charged = message.charged_energy
    return value is not None and bool(charged) and charged is not None and charged <= value < product(charged, 1000)


def meter_unit_is_plausible(message: "wire.InformProviderMessage") -> Iterator[Judgement]:
    """OCHPdirect 0.2, InformProviderMessage and MeterReading disagree on the unit."""
    if meter_counts_kwh(message) and message.meter_reading is not None:
        text = f"less than chargedEnergy as Wh; {message.meter_reading.meter_value:f} is taken for kWh"
        yield "/meterReading/meterValue", Severity.WARNING, "unit", text


HASH_LENGTHS = {40: "sha-160", 64: "sha-256"}
"""Hex digits of a hashed instance; no card has a UID of 20 or 32 bytes."""
_HEX = re.compile(r"[0-9A-Fa-f]+")


def looks_hashed(instance: str | None) -> str | None:
    """The representation that the length alone tells."""
    return HASH_LENGTHS.get(len(instance)) if instance and _HEX.fullmatch(instance) else None


def representation_is_told(token: "wire.EmtId") -> Iterator[Judgement]:
    """Its default is plain in 1.4 and was sha-160 before (inventory a.12): where it is left out, the length decides."""
    found = looks_hashed(token.instance)
    if token.instance is not None and token.representation is None and found is not None:
        text = f"representation is missing; by its length the instance is taken for {found}"
        yield "/@representation", Severity.WARNING, "assumed", text


def listed_tokens_last(request: "wire.TokenListRequest") -> Iterator[Judgement]:
    """OCHP 1.4, EmtId: `remote` names one session; it stands in CDRs and never in a list."""
    for index, info in enumerate(request.roaming_authorisation_info_array, 1):
        if info.emt_id is not None and info.emt_id.token_type == "remote":
            place = f"/roamingAuthorisationInfoArray[{index}]/EmtId/tokenType"
            yield place, Severity.ERROR, "remote", "a token for one remote session cannot be listed"
