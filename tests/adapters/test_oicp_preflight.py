"""A CDR before it is sent: everything that Hubject answers 018, 022 or 400 to and that can be known before."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.findings import Finding, Severity
from gateway.model import messages as m
from gateway.model.cdr import Cdr, SignedData, SignedValue
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.kinds import CalibrationLaw
from gateway.model.session import SessionIds
from gateway.ports import CdrContext
from gateway.wire import document
from gateway_oicp import adapter
from gateway_oicp.preflight import judged
from gateway_oicp.preflight_rules import RULES, rule_of
from tests.adapters.oicp_values import APP, CARD, SESSION, at, record

NOW = at(12)
PARTIES = (PartyId.parse("NL*LON"), PartyId.parse("DE*LON"))
KNOWN = CdrContext(at=NOW, parties=PARTIES, calibration_law=CalibrationLaw.NOT_AVAILABLE, session="open")
SIGNED = SignedData(
    values=(SignedValue(nature="Start", signed="OCMF|{}|{}"), SignedValue(nature="End", signed="OCMF|{}|{}")),
    encoding_method="OCMF",
    public_key="3059",
)


def of(cdr: Cdr) -> Any:
    (written,) = adapter.writes[m.SubmitCdr](m.SubmitCdr(cdr=cdr))
    return document(written.model)


def seen(cdr: Cdr, context: CdrContext = KNOWN) -> list[tuple[str, str, str]]:
    """(pointer, severity, the hub's answer) of everything that stands against it."""
    return [(one.finding.pointer, one.finding.severity.value, one.answer) for one in judged(of(cdr), context)]


def test_nothing_stands_against_a_good_record() -> None:
    assert seen(record()) == []


REFUSED = [
    ("more than 1000 kWh", {"energy_kwh": Decimal("1000.001"), "meter_end_kwh": None}, "/ConsumedEnergy", "022"),
    ("negative energy", {"energy_kwh": Decimal(-1), "meter_end_kwh": None}, "/ConsumedEnergy", "022"),
    ("meter backwards", {"meter_end_kwh": Decimal("99")}, "/MeterValueEnd", "022"),
    ("another energy than the meter's", {"energy_kwh": Decimal("12.5")}, "/ConsumedEnergy", "022"),
    ("end before start", {"charging_end": at(10, 1)}, "/ChargingEnd", "022"),
    ("charging before the session", {"charging_start": at(9)}, "/ChargingStart", "022"),
    ("charging after the session", {"end": at(10, 50)}, "/SessionEnd", "022"),
    ("the end in the future", {"end": NOW + timedelta(seconds=1)}, "/SessionEnd", "022"),
    ("an EVSE of somebody else", {"evse": EvseId.parse("FR*XYZ*E1")}, "/EvseID", "018"),
    ("no session", {"session": SessionIds(cpo="CPO-1")}, "/SessionID", "400"),
    ("a session of our own making", {"session": SessionIds(hub="CPO-1")}, "/SessionID", "400"),
    ("nobody to bill", {"token": None}, "/Identification", "HTTP 400"),
    (
        "a contract without check digit",
        {"token": replace(APP, uid="DE8EOCA2B3C4D5", contract_id=ContractId.parse("DE8EOCA2B3C4D5"))},
        "/Identification/RemoteIdentification/EvcoID",
        "HTTP 400",
    ),
    (
        "nine digits",
        {"token": replace(CARD, uid="12345ABCD")},
        "/Identification/RFIDMifareFamilyIdentification/UID",
        "HTTP 400",
    ),
    ("no energy", {"energy_known": False}, "/ConsumedEnergy", "HTTP 400"),
    (
        "signed values that nobody can verify",
        {"signed_data": replace(SIGNED, encoding_method=None, public_key=None)},
        "/CalibrationLawVerificationInfo",
        "022",
    ),
    (
        "a check of nothing",
        {"signed_data": SignedData(check="Passed"), "energy_kwh": Decimal(0), "meter_end_kwh": Decimal("100.25")},
        "/CalibrationLawVerificationInfo/MeteringCheck",
        "022",
    ),
    (
        "a signed value that is too long",
        {"signed_data": replace(SIGNED, values=(SignedValue(nature="Start", signed="x" * 3001),))},
        "/SignedMeteringValues/0/SignedMeteringValue",
        "022",
    ),
]


@pytest.mark.parametrize(("what", "change", "pointer", "answer"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_would_be_refused(what: str, change: dict[str, Any], pointer: str, answer: str) -> None:
    assert (pointer, "error", answer) in seen(record(**change)), what


def test_an_evse_with_external_data_needs_signed_values() -> None:
    external = replace(KNOWN, calibration_law=CalibrationLaw.EXTERNAL)
    assert seen(record(), external) == [("/SignedMeteringValues", "error", "022")]
    assert seen(record(signed_data=SIGNED), external) == []
    assert seen(record(), replace(KNOWN, calibration_law=None)) == []


@pytest.mark.parametrize(
    ("session", "found"), [("open", []), ("", []), ("closed", ["/SessionID"]), ("unknown", ["/SessionID"])]
)
def test_the_session_has_to_be_open_at_the_hub(session: str, found: list[str]) -> None:
    rows = judged(of(record()), replace(KNOWN, session=session))
    assert [(one.finding.pointer, one.answer) for one in rows] == [(pointer, "400") for pointer in found]


def test_what_the_hub_takes_is_a_warning_without_an_answer() -> None:
    lone = replace(SIGNED, values=SIGNED.values[1:])
    turned = replace(SIGNED, values=SIGNED.values[::-1])
    assert seen(record(signed_data=lone)) == [("/SignedMeteringValues", "warning", "")]
    assert seen(record(signed_data=turned)) == [("/SignedMeteringValues", "warning", "")]
    plain = {**of(record()), "ConsumedEnergy": Decimal("12.2501"), "MeterValueEnd": "112.5"}
    rows = [(one.finding.pointer, one.finding.severity.value) for one in judged(plain, KNOWN)]
    assert rows == [("/MeterValueEnd", "warning"), ("/ConsumedEnergy", "warning")]


def test_without_any_knowledge_only_the_record_is_judged() -> None:
    assert seen(record(evse=EvseId.parse("FR*XYZ*E1"), end=NOW + timedelta(days=400)), CdrContext()) == []


def test_every_finding_names_its_rule_its_source_and_what_to_do() -> None:
    rows = [one for _, change, _, _ in REFUSED for one in judged(of(record(**change)), KNOWN)]
    assert len(rows) >= len(REFUSED)
    assert all(row.source and row.advice for row in rows)
    assert all(rule.source and rule.advice for rule in RULES)
    stranger = rule_of(Finding("", Severity.ERROR, "malformed", "no object"))
    assert (stranger.answer, stranger.source) == ("HTTP 400", "OICP 2.3, ChargeDetailRecord")


def test_no_card_or_contract_is_named_in_a_finding() -> None:
    wrong = record(token=replace(CARD, uid="12345ABCD"))
    assert all("12345ABCD" not in one.finding.text for one in judged(of(wrong), KNOWN))
    assert SESSION not in "".join(one.finding.text for one in judged(of(record()), replace(KNOWN, session="closed")))
