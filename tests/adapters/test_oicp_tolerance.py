"""Every contradiction of the documents, and every hole seen: what is read, what is reported, what is written."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import leaves
from gateway.fields import without_extensions
from gateway.findings import Finding, Severity
from gateway.model import messages as m
from gateway.model.ids import PartyId
from gateway.model.kinds import Access, DynamicInfo
from gateway.model.session import SessionIds
from gateway.translation import AnyForm
from gateway.wire import decode_document, document
from gateway.wire.kept import differences
from gateway_oicp.errata import ERRATA, OF_MESSAGES
from gateway_oicp.forms import (
    CHARGE_DETAIL_RECORD,
    PULL_DATA,
    PULL_DATA_ANSWER,
    PULL_STATUS,
    PUSH_DATA,
    REMOTE_START,
    START,
    STOP,
    STOP_ANSWER,
)
from tests.adapters.oicp_values import APP, CARD, CPO, EVSE, SESSION, place, record

ABSENT = object()
R = "/content/0"
Reports = Sequence[tuple[str, str, str]]


def _page(*records: Any) -> dict[str, Any]:
    count = len(records)
    return {
        "content": list(records), "number": 0, "size": 20, "totalElements": count, "last": True, "totalPages": 1,
        "first": True, "numberOfElements": count, "StatusCode": {"Code": "000"},
    }  # fmt: skip


def _pulled() -> dict[str, Any]:
    push = document(PUSH_DATA.write(m.PublishEvses(operator=CPO.party, locations=(place(),))))
    pushed: dict[str, Any] = push["OperatorEvseData"]["EvseDataRecord"][0]
    pushed["Address"]["HouseNum"] = "10"
    return {**pushed, "OperatorID": "NL*LON", "OperatorName": "London Charging"}


def _base(form: AnyForm) -> dict[str, Any]:
    """A document of this form without a fault."""
    made: Mapping[str, Any] = {
        PULL_DATA_ANSWER.label: lambda: _page(_pulled()),
        PULL_DATA.label: lambda: {"ProviderID": "DE-8EO", "GeoCoordinatesResponseFormat": "DecimalDegree"},
        PULL_STATUS.label: lambda: {"ProviderID": "DE-8EO"},
        PUSH_DATA.label: lambda: {
            "ActionType": "insert",
            "OperatorEvseData": {
                "OperatorID": "NL*LON",
                "OperatorName": "London Charging",
                "EvseDataRecord": [{k: v for k, v in _pulled().items() if not k.startswith("Operator")}],
            },
        },
        CHARGE_DETAIL_RECORD.label: lambda: document(CHARGE_DETAIL_RECORD.write(m.SubmitCdr(cdr=record()))),
        START.label: lambda: document(START.write(m.AuthorizeToken(operator=CPO.party, token=CARD, evse=EVSE))),
        STOP.label: lambda: document(
            STOP.write(m.AuthorizeStop(operator=CPO.party, token=CARD, evse=EVSE, session=SessionIds(hub=SESSION)))
        ),
        STOP_ANSWER.label: lambda: {
            "SessionID": SESSION,
            "ProviderID": "DE-8EO",
            "AuthorizationStatus": "Authorized",
            "StatusCode": {"Code": "000"},
        },
        REMOTE_START.label: lambda: document(
            REMOTE_START.write(m.StartSession(provider=APP.contract_id.party, token=APP, evse=EVSE))  # type: ignore[union-attr]
        ),
    }
    found: dict[str, Any] = made[form.label]()
    return deepcopy(found)


def _steps(pointer: str) -> list[str | int]:
    return [int(step) if step.isdigit() else step for step in pointer[1:].split("/")]


def _put(tree: Any, pointer: str, value: Any) -> None:
    *way, last = _steps(pointer)
    for step in way:
        tree = tree[step]
    if value is ABSENT:
        tree.pop(last, None)
    else:
        tree[last] = value


def _at(tree: Any, pointer: str) -> Any:
    for step in _steps(pointer):
        try:
            tree = tree[step]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return tree


@dataclass(frozen=True)
class Case:
    """`change` is made to a good document; then `reported` is all that is found, `read` what it means, `written` what
    we write for that meaning."""

    topic: str
    form: AnyForm
    change: Mapping[str, Any]
    reported: Reports
    read: Mapping[str, Any] = field(default_factory=dict)
    written: Mapping[str, Any] = field(default_factory=dict)


L = "locations.0"
V = f"{L}.evses.0"
FULL_HOURS = {"begin": "08:00", "end": "18:00"}
MONDAY = f"{L}.opening_times.regular.0"
SPAN = {f"{MONDAY}.weekday": 1, f"{MONDAY}.begin": 480, f"{MONDAY}.end": 1080}
OPEN = {f"{R}/OpeningTimes": [{"Period": [FULL_HOURS], "on": "Monday"}], f"{R}/IsOpen24Hours": False}
WARN, ERROR, INFO = "warning", "error", "info"


def _hours(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return {f"{R}/IsOpen24Hours": False, f"{R}/OpeningTimes": [entry]}


CASES = [
    Case(
        "key of the station id", PULL_DATA_ANSWER, {f"{R}/ChargingStationId": "S1"},
        [(f"{R}/ChargingStationId", WARN, "misspelled")], {f"{V}.station_id": "S1"}, {f"{R}/ChargingStationID": "S1"},
    ),
    Case(
        "key of the operator in a pulled record", PULL_DATA_ANSWER,
        {f"{R}/OperatorID": ABSENT, f"{R}/OperatorId": "DE*LON"},
        [(f"{R}/OperatorId", ERROR, "misspelled")],
        {f"{V}.hub_operator": PartyId.parse("DE*LON")}, {f"{R}/OperatorID": "DE*LON"},
    ),
    Case(
        "key of the status filter in PullEvseStatus", PULL_STATUS, {"/EVSEStatus": "Available"},
        [("/EVSEStatus", WARN, "misspelled"), ("/EvseStatus", WARN, "contradiction")],
        {"status": "AVAILABLE"}, {"/EvseStatus": "Available", "/EVSEStatus": ABSENT},
    ),
    Case(
        "key of the operator filter in PullEvseData", PULL_DATA, {"/OperatorIDs": ["DE*LON"]},
        [("/OperatorIDs", WARN, "unexpected-member")], {"operators.0": None}, {"/OperatorIds": ABSENT},
    ),
    Case(
        "key of Google's coordinates", PULL_DATA_ANSWER,
        {f"{R}/GeoCoordinates": {"Google": {"Coordinatea": "52.1 4.1"}}},
        [
            (f"{R}/GeoCoordinates/Google/Coordinatea", INFO, "unknown-member"),
            (f"{R}/GeoCoordinates/Google/Coordinates", ERROR, "missing"),
        ],
        {f"{L}.coordinates.latitude": None},
    ),
    Case(
        "key of the charging modes", PULL_DATA_ANSWER,
        {f"{R}/ChargingFacilities/0": {"PowerType": "DC", "Power": 50, "Charging Modes": ["Mode_4"]}},
        [(f"{R}/ChargingFacilities/0/Charging Modes", INFO, "unknown-member")], {f"{V}.charging_modes.0": None},
    ),
    Case(
        "key of the day in OpeningTimes", PULL_DATA_ANSWER, _hours({"On": "Monday", "Period": [FULL_HOURS]}),
        [(f"{R}/OpeningTimes/0/On", WARN, "misspelled")], SPAN, OPEN,
    ),
    Case(
        "Period of an opening time", PULL_DATA_ANSWER, _hours({"on": "Monday", "Period": FULL_HOURS}),
        [(f"{R}/OpeningTimes/0/Period", WARN, "repaired")], SPAN, OPEN,
    ),
    Case(
        "Period of an opening time", PULL_DATA_ANSWER, _hours({"on": "Monday", "Periods": [FULL_HOURS]}),
        [(f"{R}/OpeningTimes/0/Periods", WARN, "misspelled")], SPAN, OPEN,
    ),
    Case(
        "values between in a charge detail record", CHARGE_DETAIL_RECORD, {"/MeterValueInBetween": [101, "102.5"]},
        [("/MeterValueInBetween", ERROR, "malformed")],
        {"cdr.meter_values_kwh.0": Decimal(101)}, {"/MeterValueInBetween": {"meterValues": [101]}},
    ),
    Case(
        "values between in a charge detail record", CHARGE_DETAIL_RECORD,
        {"/MeterValueInBetween": {"meterValues": ["101.5"]}},
        [("/MeterValueInBetween/meterValues/0", WARN, "repaired")],
        {"cdr.meter_values_kwh.0": Decimal("101.5")}, {"/MeterValueInBetween/meterValues/0": Decimal("101.5")},
    ),
    Case(
        "values between in a charge detail record", CHARGE_DETAIL_RECORD, {"/MeterValueInBetween": None}, [],
        {"cdr.meter_values_kwh.0": None}, {"/MeterValueInBetween": ABSENT},
    ),
    Case(
        "energies", CHARGE_DETAIL_RECORD, {"/ConsumedEnergy": "12.25"},
        [("/ConsumedEnergy", WARN, "repaired")],
        {"cdr.energy_kwh": Decimal("12.25")}, {"/ConsumedEnergy": Decimal("12.25")},
    ),
    Case(
        "energies", CHARGE_DETAIL_RECORD, {"/ConsumedEnergy": Decimal("12.25005")},
        [("/ConsumedEnergy", WARN, "decimals")],
        {"cdr.energy_kwh": Decimal("12.25005")}, {"/ConsumedEnergy": Decimal("12.250")},
    ),
    Case(
        "key of the hub provider in a charge detail record", CHARGE_DETAIL_RECORD, {"/HubProviderId": "DE-8EO"},
        [("/HubProviderId", WARN, "misspelled")],
        {"cdr.hub_provider": PartyId.parse("DE-8EO")}, {"/HubProviderID": "DE-8EO"},
    ),
    Case(
        "form of a hashed PIN", START,
        {
            "/Identification": {
                "QRCodeIdentification": {
                    "EvcoID": "DE-8EO-CA2B3C4D5-6", "HashedPIN": {"Value": "string", "Function": "MD5"},
                }
            }
        },
        [
            ("/Identification/QRCodeIdentification/HashedPIN", WARN, "unsuitable"),
            ("/Identification/QRCodeIdentification/HashedPIN/Function", WARN, "unknown-value"),
            ("/Identification/QRCodeIdentification/HashedPIN/Value", WARN, "pattern"),
        ],
        {"token.pin.hashed": "string"}, {"/Identification/QRCodeIdentification/HashedPIN": ABSENT},
    ),
    Case(
        "case of EVSE ids", START, {"/EvseID": "nl*lon*E1111*11"}, [], {"evse": "nl*lon*E1111*11"},
        {"/EvseID": "NL*LON*E1111*11"},
    ),
    *[
        Case(
            "card numbers", START, {"/Identification/RFIDMifareFamilyIdentification/UID": given},
            [("/Identification/RFIDMifareFamilyIdentification/UID", severity, "pattern") for severity in severities],
            {"token.uid": normal}, {"/Identification/RFIDMifareFamilyIdentification/UID": normal},
        )
        for given, severities, normal in (
            ("04A2B3C4", [], "04A2B3C4"),
            ("04a2b3c4", [WARN], "04A2B3C4"),
            ("04A2B3C4D5E68012AB34", [], "04A2B3C4D5E68012AB34"),
            ("04:a2:b3:c4:d5:e6:80", [ERROR, WARN], "04A2B3C4D5E680"),
            ("12345ABCD", [ERROR], "12345ABCD"),
        )
    ],
    Case(
        "ampere, volt and kW of a facility", PULL_DATA_ANSWER,
        {
            f"{R}/ChargingFacilities/0": {
                "PowerType": "DC", "Voltage": 920, "Amperage": 500, "Power": Decimal("350.5"),
            },
            f"{R}/Plugs": ["CCS Combo 2 Plug (Cable Attached)"],
        },
        [(f"{R}/ChargingFacilities/0/Amperage", WARN, "out-of-range")],
        {f"{V}.connectors.0.max_amperage_a": Decimal(500), f"{V}.connectors.0.max_power_kw": Decimal("350.5")},
        {f"{R}/ChargingFacilities/0/Amperage": ABSENT, f"{R}/ChargingFacilities/0/Power": 350},
    ),
    Case(
        "share of an energy source", PULL_DATA_ANSWER, {f"{R}/EnergySource": [{"Energy": "Solar", "Percentage": 100}]},
        [], {f"{L}.energy_mix.sources.0.percentage": Decimal(100)}, {f"{R}/EnergySource": [{"Energy": "Solar"}]},
    ),
    Case(
        "length of MeteringSignatureUrl", CHARGE_DETAIL_RECORD,
        {"/CalibrationLawVerificationInfo": {"MeteringSignatureUrl": "https://example.org/" + "x" * 100}},
        [("/CalibrationLawVerificationInfo/MeteringSignatureUrl", WARN, "too-long")],
        {"cdr.signed_data.url": "https://example.org/" + "x" * 100},
        {"/CalibrationLawVerificationInfo/MeteringSignatureUrl": "https://example.org/" + "x" * 100},
    ),
    Case(
        "house number and post code", PULL_DATA_ANSWER,
        {f"{R}/Address/HouseNum": "", f"{R}/Address/PostalCode": ""},
        [(f"{R}/Address/HouseNum", WARN, "missing"), (f"{R}/Address/PostalCode", WARN, "missing")],
        {f"{L}.address.house_number": None}, {f"{R}/Address/HouseNum": "", f"{R}/Address/PostalCode": ""},
    ),
    Case(
        "language of a text", PULL_DATA_ANSWER, {f"{R}/ChargingStationNames": [{"lang": None, "value": "Kade"}]},
        [(f"{R}/ChargingStationNames/0/lang", ERROR, "missing")],
        {f"{L}.names.0.text": "Kade", f"{L}.names.0.language": None}, {f"{R}/ChargingStationNames/0/lang": "en"},
    ),
    Case(
        "language of a text", PULL_DATA_ANSWER, {f"{R}/ChargingStationNames": [{"lang": "zh-Hans", "value": "Kade"}]},
        [(f"{R}/ChargingStationNames/0/lang", WARN, "pattern")],
        {f"{L}.names.0.language": "zh-Hans"}, {f"{R}/ChargingStationNames/0/lang": "zh-Hans"},
    ),
    Case(
        "DynamicInfoAvailable", PULL_DATA_ANSWER, {f"{R}/DynamicInfoAvailable": True},
        [(f"{R}/DynamicInfoAvailable", WARN, "repaired")],
        {f"{V}.dynamic_info": DynamicInfo.TRUE}, {f"{R}/DynamicInfoAvailable": "true"},
    ),
    Case(
        "empty texts and lists", PULL_DATA_ANSWER,
        {
            f"{R}/ChargingStationID": "", f"{R}/ChargingPoolID": "", f"{R}/AdditionalInfo": [],
            f"{R}/HubOperatorID": None,
        },
        [], {f"{V}.station_id": None}, {f"{R}/ChargingStationID": ABSENT, f"{R}/AdditionalInfo": ABSENT},
    ),
    Case(
        "times", CHARGE_DETAIL_RECORD, {"/SessionEnd": "2026-01-15T10:00:00.038Z"}, [], {},
        {"/SessionEnd": "2026-01-15T10:00:00+00:00"},
    ),
    Case(
        "SessionID of AuthorizeRemoteStart", REMOTE_START, {"/SessionID": None}, [], {"session.hub": None},
        {"/SessionID": ABSENT},
    ),
    Case(
        "Result in AuthorizationStop, PartnerProductID in AuthorizeStop", STOP_ANSWER, {"/Result": True},
        [("/Result", ERROR, "unexpected-member")], {"allowed": m.Allowed.ALLOWED}, {"/Result": ABSENT},
    ),
    Case(
        "Result in AuthorizationStop, PartnerProductID in AuthorizeStop", STOP, {"/PartnerProductID": "AC 1"},
        [("/PartnerProductID", WARN, "unexpected-member")], {"token.uid": CARD.uid}, {"/PartnerProductID": ABSENT},
    ),
    Case(
        "identifications", START,
        {
            "/Identification": {
                "RemoteIdentification": {"EvcoID": "DE-8EO-CA2B3C4D5-6"},
                "RFIDMifareFamilyIdentification": {"UID": "04A2B3C4D5E680"},
                "QRCodeIdentification": None,
            }
        },
        [("/Identification", ERROR, "choice")], {"token.uid": "04A2B3C4D5E680"},
        {"/Identification": {"RFIDMifareFamilyIdentification": {"UID": "04A2B3C4D5E680"}}},
    ),
    Case(
        "coordinates", PULL_DATA_ANSWER,
        {
            f"{R}/GeoCoordinates": {
                "Google": {"Coordinates": "1.5 2.5"},
                "DecimalDegree": {"Longitude": "4.895168", "Latitude": "52.370216"},
            }
        },
        [(f"{R}/GeoCoordinates", ERROR, "choice")], {f"{L}.coordinates.latitude": Decimal("52.370216")},
        {f"{R}/GeoCoordinates": {"DecimalDegree": {"Longitude": "4.895168", "Latitude": "52.370216"}}},
    ),
    Case(
        "coordinates", PULL_DATA_ANSWER,
        {
            f"{R}/GeoCoordinates": {
                "DegreeMinuteSeconds": {"Longitude": "9°21'39.32''", "Latitude": "-21°34'23.16''"},
            }
        },
        [], {f"{L}.coordinates.latitude": Decimal("-21.573100"), f"{L}.coordinates.longitude": Decimal("9.360922")},
        {f"{R}/GeoCoordinates": {"DecimalDegree": {"Longitude": "9.360922", "Latitude": "-21.5731"}}},
    ),
    Case(
        "deltaType and lastUpdate in a push", PUSH_DATA, {"/OperatorEvseData/EvseDataRecord/0/deltaType": "insert"},
        [("/OperatorEvseData/EvseDataRecord/0/deltaType", WARN, "unexpected-member")], {},
        {"/OperatorEvseData/EvseDataRecord/0/deltaType": ABSENT},
    ),
    Case(
        "values of earlier versions", PULL_DATA_ANSWER,
        {
            f"{R}/Plugs": ["Unspecified"], f"{R}/Accessibility": "Unspecified",
            f"{R}/ChargingFacilities/0/PowerType": "Unspecified",
        },
        [
            (f"{R}/Accessibility", WARN, "unknown-value"),
            (f"{R}/ChargingFacilities/0/PowerType", WARN, "unknown-value"),
            (f"{R}/Plugs/0", WARN, "unknown-value"),
        ],
        {f"{V}.access": None, f"{V}.connectors.0.standard": None},
    ),
    Case(
        "members and values that nobody knows", PULL_DATA_ANSWER,
        {f"{R}/Colour": "blue", f"{R}/ValueAddedServices": ["CoffeeToGo", "Reservation"], "/pageable": {"offset": 0}},
        [
            (f"{R}/Colour", INFO, "unknown-member"), (f"{R}/ValueAddedServices/0", WARN, "unknown-value"),
            ("/pageable", INFO, "unknown-member"),
        ],
        {f"{V}.value_added_services.0": "RESERVATION"},
        {f"{R}/ValueAddedServices": ["Reservation"], "/pageable": ABSENT},
    ),
    Case(
        "spelling of product ids", START, {"/PartnerProductID": "AC 1"}, [("/PartnerProductID", INFO, "spelling")],
        {"product_id": "AC 1"}, {"/PartnerProductID": "AC 1"},
    ),
    Case(
        "spelling of product ids", START, {"/PartnerProductID": "P=AC1|D=30min|R=1"},
        [("/PartnerProductID", INFO, "encoded")], {"product_id": "P=AC1|D=30min|R=1"},
        {"/PartnerProductID": "P=AC1|D=30min|R=1"},
    ),
    Case(
        "conformity with calibration law", PULL_DATA_ANSWER,
        {f"{R}/NationalCalibrationLawConformity": False, f"{R}/CalibrationLawDataAvailability": "Local"},
        [(f"{R}/CalibrationLawDataAvailability", ERROR, "exclusive")], {f"{V}.calibration_law": "LOCAL"},
        {f"{R}/NationalCalibrationLawConformity": ABSENT},
    ),
]  # fmt: skip


def _told(findings: Sequence[Finding]) -> list[tuple[str, str, str]]:
    return sorted((one.pointer, one.severity.value, one.code) for one in findings)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.topic)
def test_what_is_read_reported_and_written(case: Case) -> None:
    tree = _base(case.form)
    for pointer, value in case.change.items():
        _put(tree, pointer, value)
    decoded = decode_document(case.form.wire, tree)
    value = case.form.read(decoded.model)
    found = leaves(value)
    ours = document(case.form.write_plain(without_extensions(value)))
    assert _told(decoded.findings) == sorted(case.reported)
    assert {path: str(found.get(path)) for path in case.read} == {path: str(read) for path, read in case.read.items()}
    assert {pointer: _at(ours, pointer) for pointer in case.written} == case.written
    assert differences(tree, document(case.form.write(value))) == (), "nothing is lost on the way back"


@pytest.mark.parametrize("form", {case.form.label: case.form for case in CASES}.values(), ids=lambda form: form.label)
def test_the_document_before_the_change_has_no_fault(form: AnyForm) -> None:
    assert _told(decode_document(form.wire, _base(form)).findings) == []


ELSEWHERE = {
    "fields that 2.3 demands and older partners lack",
    "meaning of 018",
    "path of AuthorizeRemoteStop",
}
"""Shown by a test of its own below, or by the routes."""


def test_every_contradiction_of_these_messages_has_a_case() -> None:
    assert {one.topic for one in OF_MESSAGES} - {case.topic for case in CASES} == ELSEWHERE
    assert {case.topic for case in CASES} <= {one.topic for one in ERRATA}


# --- holes -------------------------------------------------------------------------------------------------------

DEMANDED = (
    "OperatorName", "ChargingStationNames", "PaymentOptions", "RenewableEnergy", "CalibrationLawDataAvailability",
    "Accessibility", "Plugs", "ChargingFacilities", "HotlinePhoneNumber", "AuthenticationModes", "ValueAddedServices",
    "IsHubjectCompatible", "DynamicInfoAvailable", "IsOpen24Hours", "Address", "GeoCoordinates",
)  # fmt: skip


@pytest.mark.parametrize("hole", [None, "", []], ids=["null", "empty text", "empty list"])
@pytest.mark.parametrize("name", DEMANDED)
def test_a_field_that_older_partners_lack_is_reported_and_costs_nothing_else(name: str, hole: Any) -> None:
    full, holed = _pulled(), {**_pulled(), name: hole}
    decoded = decode_document(PULL_DATA_ANSWER.wire, _page(full, holed))
    answer = PULL_DATA_ANSWER.read(decoded.model)
    assert [place.evses[0].evse_id for place in answer.locations] == [EVSE, EVSE]
    assert {one.pointer for one in decoded.findings} == {f"/content/1/{name}"}
    missing = [one for one in decoded.findings if one.code == "missing"]
    assert [one.severity for one in missing] == [Severity.ERROR]
    assert differences(_page(full, holed), document(PULL_DATA_ANSWER.write(answer))) == ()


def test_a_malformed_record_yields_the_others_and_is_named() -> None:
    records: list[Any] = [_pulled() for _ in range(1000)]
    records[812] = "no record"
    records[813] = {"EvseID": ["a", "list"], "Address": "none", "Plugs": {"a": 1}}
    decoded = decode_document(PULL_DATA_ANSWER.wire, _page(*records))
    answer = PULL_DATA_ANSWER.read(decoded.model)
    errors = [one for one in decoded.findings if one.severity is Severity.ERROR]
    assert (errors[0].pointer, errors[0].code) == ("/content/812", "malformed")
    assert {one.pointer.split("/")[2] for one in errors} == {"812", "813"}
    good = [place for place in answer.locations if place.evses[0].evse_id == EVSE]
    assert (len(good), len(answer.locations)) == (998, 999)


def test_both_meanings_of_018_are_one_refusal() -> None:
    tree = _base(PUSH_DATA)
    first = tree["OperatorEvseData"]["EvseDataRecord"][0]
    tree["OperatorEvseData"]["EvseDataRecord"] = [first, {**first, "EvseID": "NLLONE111111"}]
    found = decode_document(PUSH_DATA.wire, tree).findings
    assert _told(found) == [("/OperatorEvseData/EvseDataRecord/1/EvseID", ERROR, "repeated")]


def test_a_uid_is_never_turned_round() -> None:
    shown = {"Identification": {"RFIDMifareFamilyIdentification": {"UID": "04-A2-b3-C4-D5-E6-80"}}}
    token = START.read(decode_document(START.wire, shown).model).token
    assert token.uid == "04A2B3C4D5E680" != "80E6D5C4B3A204"


def test_of_a_pin_in_clear_and_its_hash_the_clear_one_goes_out() -> None:
    """The hub hashes it itself; both at once would be two answers to one question."""
    shown = {"EvcoID": "DE-8EO-CA2B3C4D5-6", "PIN": "1234", "HashedPIN": {"Value": "x" * 60, "Function": "Bcrypt"}}
    tree = {**_base(START), "Identification": {"QRCodeIdentification": shown}}
    value = START.read(decode_document(START.wire, tree).model)
    ours = document(START.write_plain(without_extensions(value)))["Identification"]
    assert ours == {"QRCodeIdentification": {"EvcoID": "DE-8EO-CA2B3C4D5-6", "PIN": "1234"}}


def test_a_place_whose_access_nobody_knows_is_not_said_to_be_free() -> None:
    tree = _page({**_pulled(), "Accessibility": None})
    answer = PULL_DATA_ANSWER.read(decode_document(PULL_DATA_ANSWER.wire, tree).model)
    assert answer.locations[0].evses[0].access is None
    assert Access.FREE not in leaves(answer).values()


# --- sub-operators -----------------------------------------------------------------------------------------------


def test_a_pulled_record_is_of_the_operator_of_its_evse_whatever_the_hub_partner() -> None:
    """OperatorID names the hub partner: an EMP that went by it would give a German EVSE to the Dutch operator."""
    mine = _pulled()
    sub = {**_pulled(), "EvseID": "DE*LON*E2222*1", "SubOperatorName": "London Charging DE"}
    tree = _page(mine, sub)
    answer = PULL_DATA_ANSWER.read(decode_document(PULL_DATA_ANSWER.wire, tree).model)
    told = [(str(one.operator), str(one.evses[0].hub_operator or "")) for one in answer.locations]
    assert told == [("NL*LON", ""), ("DE*LON", "NL*LON")]
    assert answer.locations[1].suboperator is not None
    assert answer.locations[1].suboperator.name == "London Charging DE"
    written = document(PULL_DATA_ANSWER.write_plain(without_extensions(answer)))
    assert [one["OperatorID"] for one in written["content"]] == ["NL*LON", "NL*LON"]
    assert differences(tree, document(PULL_DATA_ANSWER.write(answer))) == ()
