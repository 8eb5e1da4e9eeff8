"""Rules of the pulls, of authentication data and of dynamic pricing.

Sources: the OICP 2.3 documents for CPO and EMP, their OpenAPI files, and what implementations have seen (the widest
range of charge detail records).
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.findings import Severity
from gateway.wire.rules import matching
from gateway_oicp.rules import Broken

if TYPE_CHECKING:
    from gateway_oicp import wire

MOST_EVSES = 100
"""PullEvseStatusByID: EVSE ids in one question."""
WIDEST_DAYS = 90
"""GetChargeDetailRecords: the difference between From and To, after which the hub answers HTTP 400."""
EVERYBODY = "*"
RECIPIENT = matching(r"[A-Za-z]{2}[*\-]?[A-Za-z0-9]{3}|\*", "provider id, nor * for all")


def statuses_by_id(model: "wire.EvseStatusById") -> Iterator[Broken]:
    """eRoamingEVSEStatusByID has EVSEStatusRecords; EvseStatuses is seen in its place (see errata)."""
    if model.evse_status_records is None and model.evse_statuses is None:
        yield "/EVSEStatusRecords", Severity.ERROR, "missing", "EVSEStatusRecords is mandatory"
    elif model.evse_statuses is not None:
        text = "the answer by id has EVSEStatusRecords; these are grouped by operator"
        yield "/EvseStatuses", Severity.WARNING, "contradiction", text


def range_of_days(model: "wire.GetChargeDetailRecords") -> Iterator[Broken]:
    """From before To, and at most 90 days between them; the documents disagree on the form of OperatorID (errata)."""
    if model.since is not None and model.until is not None:
        if model.until < model.since:
            yield "/To", Severity.ERROR, "implausible", "To is before From"
        elif model.until - model.since > timedelta(days=WIDEST_DAYS):
            yield "/To", Severity.ERROR, "out-of-range", f"To is more than {WIDEST_DAYS} days after From"
    if model.operator_id:
        text = "the tables of the documents have one operator here, their sample and the server a list"
        yield "/OperatorID", Severity.WARNING, "contradiction", text


def counted_records(model: "wire.ChargeDetailRecordPage") -> Iterator[Broken]:
    """numberOfElements is the number of the records that the page has."""
    received = model.source.get("content") if isinstance(model.source, dict) else None
    count = len(received) if isinstance(received, list) else len(model.content)
    if model.number_of_elements is not None and model.number_of_elements != count:
        text = f"numberOfElements is {model.number_of_elements}, the page has {count}"
        yield "/numberOfElements", Severity.ERROR, "count", text


def hashed_pin(model: "wire.AuthenticationDataRecord") -> Iterator[Broken]:
    """PushAuthenticationData: a QR code has its PIN hashed; one in clear is for the hub to hash (documents: either)."""
    shown = model.identification.qr_code_identification if model.identification else None
    if shown is not None and shown.pin is not None:
        text = "authentication data has the PIN hashed"
        yield "/Identification/QRCodeIdentification/PIN", Severity.WARNING, "unsuitable", text


def times_where_not_always_valid(model: "wire.PricingProductDataRecord") -> Iterator[Broken]:
    """IsValid24hours false demands ProductAvailabilityTimes."""
    if model.is_valid_24_hours is False and not model.product_availability_times:
        text = "a product that is not always valid needs ProductAvailabilityTimes"
        yield "/ProductAvailabilityTimes", Severity.ERROR, "missing", text
