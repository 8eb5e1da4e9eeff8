"""Rules of OICP 2.3: the forms of single values, and what several fields must say together.

Sources: the OICP 2.3 documents for CPO and EMP (data types), their OpenAPI files, and Hubject's support pages for the
plausibility of charge detail records (finding code `implausible`, refused by the hub with 022).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from gateway.exact import AMPLE, difference
from gateway.findings import Severity
from gateway.wire.declared import Rule
from gateway.wire.rules import matching

if TYPE_CHECKING:
    from gateway_oicp import wire

Broken = tuple[str, Severity, str, str]

IMPLAUSIBLE = "implausible"
EVCO_ID = (
    r"[A-Za-z]{2}-?[A-Za-z0-9]{3}-?C[A-Za-z0-9]{8}-?[0-9A-Za-z]"
    r"|[A-Za-z]{2}[*\-]?[A-Za-z0-9]{3}[*\-]?[A-Za-z0-9]{6}[*\-]?[0-9X]"
)
EVSE = matching(
    r"[A-Za-z]{2}\*?[A-Za-z0-9]{3}\*?E[A-Za-z0-9*]{1,30}|\+?[0-9]{1,3}\*[0-9]{3}\*[0-9*]{1,32}", "EVSE id of OICP"
)
OPERATOR = matching(r"[A-Za-z]{2}\*?[A-Za-z0-9]{3}|\+?[0-9]{1,3}\*[0-9]{3}", "operator id")
PROVIDER = matching(r"[A-Za-z]{2}[*\-]?[A-Za-z0-9]{3}", "provider id")
EVCO = matching(EVCO_ID, "contract id of OICP")
CARD_LENGTH = matching(r"[0-9A-Fa-f]{8}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{20}", "card number of 8, 14 or 20 hex digits")
CARD_CASE = matching(r"[^a-z]*", "card number in upper case", Severity.WARNING)
SESSION = matching(r"[A-Za-z0-9]{8}(-[A-Za-z0-9]{4}){3}-[A-Za-z0-9]{12}", "session id of the hub")
POOL = matching(r"[A-Za-z]{2}\*?[A-Za-z0-9]{3}\*?P[A-Za-z0-9*]{1,30}", "charging pool id")
PHONE = matching(r"\+[0-9]{5,15}", "international telephone number")
TIME_ZONE = matching(r"UTC[+\-][0-9]{2}:[0-9]{2}", "offset such as UTC+01:00")
LANGUAGE = matching(
    r"[a-z]{2,3}(?:-[A-Z]{2,3}(?:-[a-zA-Z]{4})?)?(?:-x-[a-zA-Z0-9]{1,8})?", "language code", Severity.WARNING
)
COUNTRY = matching(r"[A-Z]{3}", "ISO 3166-1 alpha-3 country")
CLOCK = matching(r"[0-9]{2}:[0-9]{2}", "time of day")
CLOCK_FACE = matching(r"[01][0-9]:[0-5][0-9]|2[0-3]:[0-5][0-9]|24:00|(?![0-9]{2}:[0-9]{2}$).*", "time of a clock")
DEGREES = matching(r"-?1?\d{1,2}\.\d{1,6}", "coordinate with 1 to 6 decimals")
GOOGLE = matching(r"-?1?\d{1,2}\.\d{1,6}\s*,?\s*-?1?\d{1,2}\.\d{1,6}", "pair of coordinates")
SEXAGESIMAL = matching(r"-?1?\d{1,2}°[ ]?\d{1,2}'[ ]?\d{1,2}\.\d+''", "coordinate in degrees, minutes, seconds")
PIN_HASH = matching(r"[0-9A-Za-z\\.+/=$]{10,100}", "hash of a PIN", Severity.WARNING)


PRODUCT_SPELLING = Rule(
    "spelling", lambda text: "is AC1 or AC3 elsewhere" if text in ("AC 1", "AC 3") else None, Severity.INFO
)
"""ProductIDType: `AC1`, `AC3`, `DC`, `Free`; the samples have `AC 1`."""
PRODUCT_EXTRAS = Rule(
    "encoded", lambda text: "carries more than a product; it is kept whole" if _extras(text) else None, Severity.INFO
)
"""`P=AC1|D=30min|R=…`: duration, reservation and others that some put into a product id (WWCP)."""


def _extras(text: str) -> bool:
    return all(re.fullmatch(r"[A-Z]=.*", part) for part in text.split("|"))


def _at_most(decimals: int) -> Rule:
    def broken(value: Decimal) -> str | None:
        exponent = value.normalize(AMPLE).as_tuple().exponent
        more = isinstance(exponent, int) and exponent < -decimals
        return f"has more than {decimals} decimals" if more else None

    return Rule("decimals", broken, Severity.WARNING)


THREE_DECIMALS, ONE_DECIMAL, WHOLE = _at_most(3), _at_most(1), _at_most(0)
NOT_NEGATIVE = Rule(IMPLAUSIBLE, lambda value: "is negative" if value < 0 else None)

_TOLERANCE = Decimal("0.001")
_MOST_ENERGY = 1000


def _given(model: Any, *names: str) -> list[str]:
    return [name for name in names if getattr(model, name) is not None]


_OPTIONS = (
    "rfid_mifare_family_identification",
    "rfid_identification",
    "qr_code_identification",
    "plug_and_charge_identification",
    "remote_identification",
)
_NOTATIONS = ("google", "decimal_degree", "degree_minute_seconds")


def one_identification(model: "wire.Identification") -> Iterator[Broken]:
    """Exactly one of the five options (IdentificationType)."""
    yield from _exactly_one(len(_given(model, *_OPTIONS)), "identification", Severity.ERROR)


def one_stop_identification(model: "wire.Identification") -> Iterator[Broken]:
    """As `one_identification`; in the answer to an authorisation several do no harm."""
    yield from _exactly_one(len(_given(model, *_OPTIONS)), "identification", Severity.WARNING)


def one_notation(model: "wire.GeoCoordinates") -> Iterator[Broken]:
    """Exactly one of the three notations (GeoCoordinatesType)."""
    yield from _exactly_one(len(_given(model, *_NOTATIONS)), "coordinate notation", Severity.ERROR)


def _exactly_one(count: int, what: str, severity: Severity) -> Iterator[Broken]:
    if count == 0:
        yield "", severity, "choice", f"one {what} is needed, none is given"
    elif count > 1:
        yield "", severity, "choice", f"exactly one {what} is allowed, {count} are given"


def card_by_its_family(model: "wire.AuthorizeStart | wire.AuthorizeStop") -> Iterator[Broken]:
    """AuthorizeStart and AuthorizeStop name a card by RFIDMifareFamilyIdentification; a PIN goes in clear."""
    shown = model.identification
    if shown is None:
        return
    if shown.rfid_identification is not None:
        text = "a card is named by RFIDMifareFamilyIdentification here"
        yield "/Identification/RFIDIdentification", Severity.WARNING, "unsuitable", text
    if shown.qr_code_identification is not None and shown.qr_code_identification.hashed_pin is not None:
        text = "the PIN goes in clear here, the hub hashes it itself"
        yield "/Identification/QRCodeIdentification/HashedPIN", Severity.WARNING, "unsuitable", text


def remote_identification(model: "wire.AuthorizeRemoteStart") -> Iterator[Broken]:
    """AuthorizeRemoteStart: only RemoteIdentification is allowed, yet others have been seen."""
    if model.identification is not None and model.identification.remote_identification is None:
        yield "/Identification", Severity.WARNING, "unsuitable", "a remote start names its user by RemoteIdentification"


def positive_names_provider(model: "wire.AuthorizationStart | wire.AuthorizationStop") -> Iterator[Broken]:
    """AuthorizationStart: ProviderID is filled if the answer is positive."""
    if model.authorization_status == model.AUTHORIZED and model.provider_id is None:
        yield "/ProviderID", Severity.WARNING, "missing", "a positive answer names the provider"


def house_and_post_code(model: "wire.Address") -> Iterator[Broken]:
    """Both are mandatory (AddressIso19773); an empty text stands for "none" and is what implementations send."""
    received = model.source if isinstance(model.source, dict) else {}
    for value, name in ((model.house_num, "HouseNum"), (model.postal_code, "PostalCode")):
        if not value:
            severity = Severity.WARNING if value == "" or received.get(name) == "" else Severity.ERROR
            yield f"/{name}", severity, "missing", f"{name} is mandatory"


def stands_alone(model: "wire.EvseFacts") -> Iterator[Broken]:
    """`No Payment` and the value-added service `None` exclude every other value."""
    if model.FREE in model.payment_options and len(model.payment_options) > 1:
        yield "/PaymentOptions", Severity.ERROR, "exclusive", f"{model.FREE} must stand alone"
    if model.NO_SERVICE in model.value_added_services and len(model.value_added_services) > 1:
        yield "/ValueAddedServices", Severity.WARNING, "exclusive", f"{model.NO_SERVICE} must stand alone"


def hours_where_not_always_open(model: "wire.EvseFacts") -> Iterator[Broken]:
    """IsOpen24Hours false demands OpeningTimes."""
    if model.is_open_24_hours is False and not model.opening_times:
        yield "/OpeningTimes", Severity.ERROR, "missing", "OpeningTimes is mandatory where IsOpen24Hours is false"


def conformity_and_data(model: "wire.EvseFacts") -> Iterator[Broken]:
    """NationalCalibrationLawConformity false: CalibrationLawDataAvailability is `Not Available` (support pages)."""
    data = model.calibration_law_data_availability
    if model.national_calibration_law_conformity is False and data not in (None, model.NO_CALIBRATION_DATA):
        text = f"{data}, though NationalCalibrationLawConformity is false"
        yield "/CalibrationLawDataAvailability", Severity.ERROR, "exclusive", text


def each_evse_once(model: "wire.OperatorEvseData | wire.OperatorEvseStatus") -> Iterator[Broken]:
    """PushEvseData, PushEvseStatus: an EVSE stands once in a request, else 018 or 009 (integration guide)."""
    data = hasattr(model, "evse_data_record")
    name = "EvseDataRecord" if data else "EvseStatusRecord"
    records: Sequence[Any] = getattr(model, "evse_data_record" if data else "evse_status_record")
    first: dict[str, int] = {}
    for index, record in enumerate(records):
        evse = (record.evse_id or "").replace("*", "").upper()
        before = first.setdefault(evse, index)
        if evse and before != index:
            text = f"{record.evse_id} stands here already at {before}"
            yield f"/{name}/{index}/EvseID", Severity.ERROR, "repeated", text


def last_call_alone(model: "wire.PullEvseData") -> Iterator[Broken]:
    """PullEvseData: LastCall must not be combined with SearchCenter, CountryCodes or OperatorIds."""
    if model.last_call is None:
        return
    given = {
        "SearchCenter": model.search_center is not None,
        "CountryCodes": bool(model.country_codes),
        "OperatorIds": bool(model.operator_ids),
    }
    for name, present in given.items():
        if present:
            yield f"/{name}", Severity.ERROR, "exclusive", f"{name} must not be combined with LastCall"


def status_filter(model: "wire.PullEvseStatus") -> Iterator[Broken]:
    """The documents disagree on the key of the status filter (see errata)."""
    if model.evse_status is not None:
        text = "the tables of the documents call this EVSEStatus, their sample and the server EvseStatus"
        yield "/EvseStatus", Severity.WARNING, "contradiction", text


# --- charge detail records ---------------------------------------------------------------------------------------


def times_in_order(model: "wire.ChargeDetailRecord") -> Iterator[Broken]:
    """SessionStart ≤ ChargingStart ≤ ChargingEnd ≤ SessionEnd; equal charging times are those of a zero record."""
    times: list[tuple[str, datetime | None]] = [
        ("SessionStart", model.session_start),
        ("ChargingStart", model.charging_start),
        ("ChargingEnd", model.charging_end),
        ("SessionEnd", model.session_end),
    ]
    known = [(name, moment) for name, moment in times if moment is not None]
    for (before, early), (after, late) in pairwise(known):
        if late < early:
            yield f"/{after}", Severity.ERROR, IMPLAUSIBLE, f"{after} is before {before}"
    if model.charging_start is not None and model.charging_start == model.charging_end:
        yield "/ChargingEnd", Severity.WARNING, "no-duration", "ChargingEnd equals ChargingStart"


def energy_adds_up(model: "wire.ChargeDetailRecord") -> Iterator[Broken]:
    """ConsumedEnergy = MeterValueEnd − MeterValueStart within 0.001 kWh, at most 1000 kWh, no meter running back."""
    start, end, used = model.meter_value_start, model.meter_value_end, model.consumed_energy
    if used is not None and used > _MOST_ENERGY:
        yield "/ConsumedEnergy", Severity.ERROR, IMPLAUSIBLE, f"{used} kWh, at most {_MOST_ENERGY} are accepted"
    if start is None or end is None:
        return
    counted = difference(end, start)
    if counted < 0:
        yield "/MeterValueEnd", Severity.ERROR, IMPLAUSIBLE, "the meter runs backwards"
    elif used is not None and abs(difference(counted, used)) > _TOLERANCE:
        text = f"{used} kWh consumed, but the meter values differ by {counted} kWh"
        yield "/ConsumedEnergy", Severity.ERROR, IMPLAUSIBLE, text


def calibration_law(model: "wire.ChargeDetailRecord") -> Iterator[Broken]:
    """Signed values need CalibrationLawVerificationInfo; a lone End value and a check without energy are refused."""
    values, info = model.signed_metering_values, model.calibration_law_verification_info
    if values and info is None:
        text = "signed values need CalibrationLawVerificationInfo"
        yield "/CalibrationLawVerificationInfo", Severity.ERROR, "missing", text
    if len(values) == 1 and values[0].metering_status == values[0].END:
        text = "the hub has refused a single signed End value"
        yield "/SignedMeteringValues", Severity.WARNING, "incomplete", text
    places = (value.ORDER.get(value.metering_status or "") for value in values)
    order = [place for place in places if place is not None]
    if order != sorted(order):
        text = "signed values stand in the order Start, Progress, End"
        yield "/SignedMeteringValues", Severity.WARNING, "order", text
    if info is not None and info.metering_check == info.PASSED and not model.consumed_energy:
        text = "MeteringCheck is passed, but nothing was consumed"
        yield "/CalibrationLawVerificationInfo/MeteringCheck", Severity.ERROR, IMPLAUSIBLE, text
