"""Energy and the other meters: exact, by the unit, and what cannot be."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.findings import Severity
from gateway.model import messages as m
from gateway.model.session import LimitKind
from gateway.ports import CdrContext
from gateway.wire import decode_document, document
from gateway_emip import adapter, forms, wire
from gateway_emip.meters import in_model, on_wire
from tests.adapters.emip_values import CDR, LON

AMOUNTS = st.decimals(min_value=0, max_value=10**12, places=6, allow_nan=False, allow_infinity=False)
WRITTEN = m.SubmitCdr(partner=LON, operator=LON, cdr=CDR)


def record(*reports: tuple[str, str, str], hours: float = 1) -> Any:
    """A document with these meters (type, value, unit), from noon on."""
    assert CDR.start is not None
    model = forms.CDR.write(replace(WRITTEN, cdr=replace(CDR, end=CDR.start + timedelta(hours=hours))))
    assert model.charge_detail_record is not None
    listed = tuple(
        wire.MeterReport(meter_type_id=kind, meter_value=Decimal(0), meter_unit=unit) for kind, _, unit in reports
    )
    model.charge_detail_record.meter_report_list = wire.MeterReportList(meter_report=listed)
    written = document(model)
    for element, (_, value, _) in zip(written.iter("meterValue"), reports, strict=True):
        element.text = value
    return written


def found(document: Any, context: CdrContext | None = None) -> list[tuple[str, str, str]]:
    assert adapter.judge_cdr is not None
    return [
        (one.finding.severity.value, one.finding.code, one.finding.pointer)
        for one in adapter.judge_cdr(document, context or CdrContext())
    ]


ENERGY = "/meterReportList/meterReport[1]/"


@given(AMOUNTS)
def test_energy_is_the_same_in_both_units_and_loses_no_digit(energy: Decimal) -> None:
    wh = on_wire(LimitKind.ENERGY, energy)
    assert wh == energy * 1000
    assert in_model(LimitKind.ENERGY, wh, "Wh") == in_model(LimitKind.ENERGY, energy, "kWh") == energy


@pytest.mark.parametrize(("value", "unit"), [("21480", "Wh"), ("21.48", "kWh")])
def test_energy_is_read_by_its_unit_and_written_in_wh(value: str, unit: str) -> None:
    message = forms.CDR.read(decode_document(forms.CDR.wire, record(("2", value, unit))).model)
    assert message.cdr is not None
    assert message.cdr.energy_kwh == Decimal("21.48")
    plain = forms.CDR.write(replace(message, cdr=replace(message.cdr, extensions={}), extensions={}))
    assert plain.charge_detail_record is not None
    assert plain.charge_detail_record.meter_report_list is not None
    report = plain.charge_detail_record.meter_report_list.meter_report[0]
    assert (report.meter_type_id, report.meter_value, report.meter_unit) == ("2", Decimal(21480), "Wh")


def test_a_record_in_order_has_nothing_against_it() -> None:
    assert found(record(("2", "21480", "Wh"))) == []


@pytest.mark.parametrize(
    ("value", "unit", "codes"),
    [
        ("21.48", "kWh", ["unit"]),
        ("1000000", "Wh", []),
        ("1000001", "Wh", ["implausible"]),
        ("21480", "kWh", ["unit", "implausible"]),
        ("1", "Wh", []),
        ("0.9", "Wh", ["implausible"]),
        ("0", "Wh", []),
        ("5", "horses", ["unit"]),
    ],
)
def test_a_wrong_unit_is_found_by_energy_and_time(value: str, unit: str, codes: list[str]) -> None:
    judged = found(record(("2", value, unit)))
    assert sorted(code for _, code, _ in judged) == sorted(codes)
    assert {severity for severity, _, _ in judged} <= {"warning"}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("21480000", "as Wh it would be 21.480 kW"),
        ("0.02148", "as kWh it would be 0.021 kW"),
        ("1e12", "check the energy"),
    ],
)
def test_the_finding_says_what_the_other_unit_would_give(value: str, words: str) -> None:
    assert adapter.judge_cdr is not None
    (judged,) = adapter.judge_cdr(record(("2", value, "Wh")), CdrContext())
    assert words in judged.finding.text


def test_more_than_the_evse_can_deliver_is_found() -> None:
    context = CdrContext(max_power_kw=Decimal(11))
    assert found(record(("2", "12000", "Wh")), context) == []
    assert found(record(("2", "21480", "Wh")), context) == [("warning", "over-power", f"{ENERGY}meterValue")]
    assert found(record(("2", "21480", "Wh"), hours=2), context) == []


def test_value_and_unit_in_each_others_place_are_found() -> None:
    swapped = found(record(("2", "Wh", "21480")))
    assert ("error", "swapped", f"{ENERGY}meterUnit") in swapped
    message = forms.CDR.read(decode_document(forms.CDR.wire, record(("2", "Wh", "21480"))).model)
    assert message.cdr is not None
    assert message.cdr.energy_kwh is None


@pytest.mark.parametrize("kind", ["10xx", "1012", "21", "25", "31", "35", "41", "45", "99", "10000"])
def test_a_meter_type_that_is_no_total_is_kept_as_it_came(kind: str) -> None:
    read = forms.CDR.read(decode_document(forms.CDR.wire, record((kind, "7.50", "Wh"))).model)
    again = forms.CDR.write(read)
    reports = decode_document(forms.CDR.wire, document(again)).model.charge_detail_record
    assert reports is not None
    assert reports.meter_report_list is not None
    (report,) = reports.meter_report_list.meter_report
    assert (report.meter_type_id, report.meter_value, report.meter_unit) == (kind, Decimal("7.50"), "Wh")


def test_a_record_is_judged_with_what_is_known_beside_it() -> None:
    plain = record(("2", "21480", "Wh"))
    assert found(plain, CdrContext(session="closed")) == [("warning", "closed", "/serviceSessionId")]
    assert found(plain, CdrContext(session="unknown")) == [("warning", "unknown-session", "/serviceSessionId")]
    judge = adapter.judge_cdr
    assert judge is not None
    foreign = document(forms.CDR.write(replace(WRITTEN, cdr=replace(CDR, session=replace(CDR.session, hub=None)))))
    (missing,) = judge(foreign, CdrContext())
    assert (missing.finding.severity, missing.finding.pointer) == (Severity.ERROR, "/serviceSessionId")
