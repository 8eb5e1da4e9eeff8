"""The published messages: what is wrong with them is found, and they come back as they were."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Undecodable
from gateway.findings import Severity
from gateway.ports import Written
from gateway.translation import AnyForm
from gateway.wire import decode_document, document, parsed
from gateway.wire.json import json_text
from gateway.wire.kept import differences
from gateway_oicp import adapter
from gateway_oicp.forms import FORMS
from tests.support import CONFORMANCE, needs_conformance

SAMPLES = [
    path
    for form in FORMS
    for folder in ("CPO", "EMP")
    if (path := CONFORMANCE / "oicp" / folder / f"{form.name}.{form.direction}.json").exists()
]
DEFECTS = {
    "CPO/PushEvseData.response": ["/SessionID"],
    "CPO/PushEvseStatus.response": ["/SessionID"],
    "CPO/AuthorizeStart.request": ["/Identification", "/Identification/RFIDMifareFamilyIdentification/UID"],
    "EMP/AuthorizeStart.request": ["/Identification", "/Identification/RFIDMifareFamilyIdentification/UID"],
    "EMP/AuthorizeStart.response": ["/AuthorizationStopIdentifications/0/RFIDMifareFamilyIdentification/UID"],
    "CPO/AuthorizeStop.request": ["/Identification", "/Identification/RFIDMifareFamilyIdentification/UID"],
    "EMP/AuthorizeStop.request": ["/Identification", "/Identification/RFIDMifareFamilyIdentification/UID"],
    "EMP/AuthorizeStop.response": ["/Result"],
    "CPO/AuthorizeRemoteStart.request": ["/Identification", "/SessionID"],
    "EMP/AuthorizeRemoteStart.request": ["/Identification", "/SessionID"],
    "CPO/AuthorizeRemoteReservationStart.request": ["/Identification", "/SessionID"],
    "EMP/AuthorizeRemoteReservationStart.request": ["/Identification", "/SessionID"],
    "CPO/ChargingNotificationEnd.request": ["/ChargingEnd"],
    "CPO/ChargeDetailRecord.request": [
        "/ChargingStart",
        "/Identification",
        "/Identification/QRCodeIdentification/EvcoID",
        "/SessionID",
    ],
    "EMP/GetChargeDetailRecords.request": ["/SessionID/0"],
    "EMP/GetChargeDetailRecords.response": [
        "/StatusCode",
        "/content/0/ChargingStart",
        "/content/0/Identification",
        "/content/0/SessionID",
        "/numberOfElements",
    ],
    "EMP/PushAuthenticationData.request": [
        "/ProviderAuthenticationData/AuthenticationDataRecord/0/Identification",
        "/ProviderAuthenticationData/AuthenticationDataRecord/0/Identification/RFIDMifareFamilyIdentification/UID",
    ],
    "EMP/PushAuthenticationData.response": ["/SessionID"],
    "CPO/PushPricingProductData.response": ["/SessionID"],
    "CPO/PushEVSEPricing.response": ["/SessionID"],
    "EMP/PullPricingProductData.response": ["/PricingProductData"],
    "EMP/PullEvseData.request": [
        "/CountryCodes",
        "/OperatorIds",
        "/SearchCenter",
        "/SearchCenter/GeoCoordinates",
        "/SearchCenter/GeoCoordinates/DecimalDegree/Latitude",
        "/SearchCenter/GeoCoordinates/DecimalDegree/Longitude",
        "/SearchCenter/GeoCoordinates/DegreeMinuteSeconds/Latitude",
        "/SearchCenter/GeoCoordinates/DegreeMinuteSeconds/Longitude",
        "/SearchCenter/GeoCoordinates/Google/Coordinates",
    ],
    "EMP/PullEvseData.response": ["/content/0/OperatorId"],
    "EMP/PullEvseStatus.request": [
        "/SearchCenter/GeoCoordinates",
        "/SearchCenter/GeoCoordinates/DecimalDegree/Latitude",
        "/SearchCenter/GeoCoordinates/DecimalDegree/Longitude",
        "/SearchCenter/GeoCoordinates/DegreeMinuteSeconds/Latitude",
        "/SearchCenter/GeoCoordinates/DegreeMinuteSeconds/Longitude",
        "/SearchCenter/GeoCoordinates/Google/Coordinates",
    ],
}
"""Where the errors are; every other sample has none."""

every_sample = pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")


def identified(path: Path) -> tuple[AnyForm, Any]:
    found = adapter.identify(path.read_bytes(), path.name)
    return found.form, found.document


def places(path: Path, severity: Severity) -> Sequence[str]:
    form, tree = identified(path)
    return sorted(one.pointer for one in decode_document(form.wire, tree).findings if one.severity is severity)


@needs_conformance
def test_every_operation_has_samples() -> None:
    assert len(SAMPLES) == 66


@needs_conformance
@every_sample
def test_errors_are_found_where_they_are_and_nowhere_else(path: Path) -> None:
    assert places(path, Severity.ERROR) == DEFECTS.get(f"{path.parent.name}/{path.stem}", [])


@needs_conformance
@every_sample
def test_a_sample_read_and_written_again_is_the_same(path: Path) -> None:
    form, tree = identified(path)
    again = document(form.write(form.read(decode_document(form.wire, tree).model)))
    assert differences(tree, again) == ()


@needs_conformance
@every_sample
def test_the_bytes_of_a_rewritten_sample_hold_the_same_document(path: Path) -> None:
    form, tree = identified(path)
    model = form.write(form.read(decode_document(form.wire, tree).model))
    assert differences(tree, parsed(form.wire, adapter.render(Written(form, model), None))) == ()


@needs_conformance
def test_what_the_hub_adds_to_a_record_is_a_warning_in_a_push() -> None:
    path = CONFORMANCE / "oicp/CPO/PushEvseData.request.json"
    record = "/OperatorEvseData/EvseDataRecord/0"
    assert places(path, Severity.WARNING) == [f"{record}/deltaType", f"{record}/lastUpdate"]


@needs_conformance
def test_the_key_of_the_status_filter_is_a_known_contradiction() -> None:
    assert places(CONFORMANCE / "oicp/EMP/PullEvseStatus.request.json", Severity.WARNING) == ["/EvseStatus"]


@needs_conformance
@pytest.mark.parametrize(
    ("name", "pointers"),
    [
        ("CPO/ChargingNotificationStart", []),
        ("EMP/ChargingNotificationStart", []),
        ("CPO/ChargingNotificationProgress", ["/ChargingDuration"]),
        ("EMP/ChargingNotificationProgress", ["/ChargingDuration"]),
        ("CPO/ChargingNotificationEnd", ["/PenaltyTimeStart"]),
        ("EMP/ChargingNotificationEnd", ["/PenaltyTimeStart"]),
        ("CPO/ChargingNotificationError", []),
        ("EMP/ChargingNotificationError", ["/ErrorType"]),
    ],
)
def test_what_is_odd_in_a_notification_is_a_warning(name: str, pointers: list[str]) -> None:
    assert places(CONFORMANCE / f"oicp/{name}.request.json", Severity.WARNING) == pointers


@pytest.mark.parametrize("name", ["ChargingNotifications", "ChargingNotification.json", "ChargingNotificationStart"])
@pytest.mark.parametrize("kind", ["Start", "Progress", "End", "Error"])
def test_a_notification_says_itself_what_it_is(name: str, kind: str) -> None:
    body = json_text({"Type": kind}).encode()
    assert adapter.identify(body, name).form.label == f"ChargingNotification{kind}"


def test_a_notification_of_no_known_kind_is_read_as_the_one_it_is_called() -> None:
    assert adapter.identify(b'{"Type": ["x"]}', "ChargingNotificationEnd").form.label == "ChargingNotificationEnd"
    assert adapter.identify(b"{}", "ChargingNotifications").form.label == "ChargingNotificationStart"
    assert adapter.identify(b"{}", "ChargingNotificationEnd.response").form.label == "ChargingNotificationEnd.response"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("AuthorizeStart", "AuthorizeStart"),
        ("authorizestart.REQUEST.json", "AuthorizeStart"),
        ("some/folder/AuthorizeStart.response.json", "AuthorizeStart.response"),
        ("AuthorizeStart.response.blocked.json", "AuthorizeStart.response"),
        ("eRoamingPushEvseData", "PushEvseData"),
        ("PullEvseStatus-1.json", "PullEvseStatus"),
        ("PullEvseStatusByID.request.json", "PullEvseStatusByID"),
        ("PullEvseStatusByID.response.json", "PullEvseStatusByID.response"),
        ("PullEvseStatusByOperatorID.response.json", "PullEvseStatusByOperatorID.response"),
        ("PullEVSEPricing.request.json", "PullEVSEPricing"),
    ],
)
def test_a_message_is_known_by_its_name(name: str, label: str) -> None:
    assert adapter.identify(b"{}", name).form.label == label


@pytest.mark.parametrize("name", ["", "PullEvseStatusByIDs.response.json", "Nothing", "AuthorizeStarts.json"])
def test_an_unknown_name_is_answered_with_the_known_ones(name: str) -> None:
    with pytest.raises(Undecodable, match=r"AuthorizeStart\.response, AuthorizeStop"):
        adapter.identify(b"{}", name)


@pytest.mark.parametrize("body", [b"[]", b"nothing", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000])
def test_what_is_no_object_is_undecodable(body: bytes) -> None:
    with pytest.raises(Undecodable):
        adapter.identify(body, "AuthorizeStart")
