"""Rules of OCHP 1.4: the patterns of the schema, and what has to hold over several fields.

Source of the patterns: the types of OCHP 1.4 (data-types.xsd, live-types.xsd). A judge yields
(pointer below the record, severity, code, text).
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.exact import difference, product, total
from gateway.findings import Severity
from gateway.wire.declared import Repair, Rule
from gateway.wire.rules import longest, matching
from gateway.wire.scalars import timestamp

if TYPE_CHECKING:
    from gateway_ochp import wire

Judgement = tuple[str, Severity, str, str]

EVSE_ID = matching(
    r"[A-Za-z]{2}\*[A-Za-z0-9]{3}\*[Ee][A-Za-z0-9][A-Za-z0-9*]{0,30}|[A-Za-z]{2}[A-Za-z0-9]{3}[Ee][A-Za-z0-9][A-Za-z0-9*]{0,30}",
    "EVSE id",
)
CONTRACT_ID = matching(
    r"[A-Za-z]{2}-[A-Za-z0-9]{3}-[A-Za-z0-9]{9}(-[A-Za-z0-9])?|[A-Za-z]{2}[A-Za-z0-9]{12}[A-Za-z0-9]?", "contract id"
)
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
DIRECT_URL = matching(r"https://.+", "address of an endpoint (https only)")
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


def _is_time(text: str) -> bool:
    try:
        return bool(timestamp(text))
    except ValueError:
        return False


def _utc_width(text: str) -> tuple[str, str | None]:
    right = len(text) == 20 and text[-1] == "Z"
    return text, None if right or not _is_time(text) else "not 20 characters of UTC (2026-01-31T23:59:59Z)"


def _local_width(text: str) -> tuple[str, str | None]:
    right = len(text) == 25 and text[-6] in "+-"
    return text, None if right or not _is_time(text) else "not local time with its offset (2026-02-01T00:59:59+01:00)"


UTC_WIDTH = Repair(_utc_width)
LOCAL_WIDTH = Repair(_local_width)


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


def power_or_current(message: "wire.ControlEvseRequest | wire.InformProviderMessage") -> Iterator[Judgement]:
    """OCHPdirect 0.2, ControlEvse: power and current must not be limited together."""
    if message.max_power is not None and message.max_current is not None:
        yield "/maxCurrent", Severity.ERROR, "choice", "maxPower is given too; OCHPdirect allows one of them"
