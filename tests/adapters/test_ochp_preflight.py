"""`check-cdr` for a clearing house: every rule tells what it is, where from and what to do, before anything is sent."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.canonical import to_json
from gateway.findings import Finding, Severity
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrStatus
from gateway.model.ids import EvseId, PartyId
from gateway.model.location import Location
from gateway.ports import CdrContext, Judged
from gateway.wire import document
from gateway_ochp import adapter, wire
from gateway_ochp.preflight import judged
from gateway_ochp.preflight_rules import RULES, rule_of
from tests.adapters.test_ochp_sends import BILL, CARD
from tests.cli.here import run
from tests.cli.test_cdrs import SETTINGS, declined, on_gateway

NOW = datetime(2026, 3, 2, tzinfo=UTC)
AFTER = ("--at", "2026-03-02T00:00:00")


def judge(cdr: Cdr, **known: Any) -> Sequence[Judged]:
    (written,) = adapter.writes[m.SubmitCdr](m.SubmitCdr(cdr=cdr))
    return judged(document(written.model), CdrContext(at=NOW, **known))


def judge_wire(change: Callable[[wire.CdrInfo], wire.CdrInfo]) -> Sequence[Judged]:
    (written,) = adapter.writes[m.SubmitCdr](m.SubmitCdr(cdr=BILL))
    (info,) = written.model.cdr_info_array  # type: ignore[attr-defined]
    return judged(document(wire.AddCdrsRequest(cdr_info_array=(change(info),))), CdrContext(at=NOW))


def told(found: Sequence[Judged]) -> list[tuple[str, str, str]]:
    """(pointer, code, answer), but for the check digit of the made-up contract."""
    rows = [(one.finding.pointer, one.finding.code, one.answer) for one in found]
    return [row for row in rows if row[1] != "check-digit"]


def test_nothing_stands_against_a_good_cdr() -> None:
    assert told(judge(BILL)) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"currency": "COINS"}, ("/currency", "currency", "implausible")),
        ({"currency": None}, ("/currency", "missing", "format")),
        ({"end": datetime(2026, 3, 3, tzinfo=UTC)}, ("/endDateTime", "future", "implausible")),
        ({"end": datetime(2026, 3, 1, 8, tzinfo=UTC)}, ("/endDateTime", "order", "implausible")),
        ({"rated": False}, ("/chargingPeriods[1]/itemPrice", "missing", "format")),
        ({"energy_kwh": None}, ("/chargingPeriods", "missing", "format")),
        ({"energy_kwh": Decimal(12500)}, ("/chargingPeriods[1]/billingValue", "unit", "")),
        ({"duration": timedelta(hours=5)}, ("/duration", "implausible", "")),
        ({"status": CdrStatus.APPROVED}, ("/status", "status", "format")),
        ({"token": replace(CARD, contract_id=None)}, ("/contractId", "missing", "format")),
        ({"place": None}, ("/chargePointAddress", "missing", "format")),
        ({"energy_known": False, "total_time_hours": Decimal(7200)}, ("/chargingPeriods[1]/billingValue", "unit", "")),
    ],
)
def test_what_would_be_refused_is_told(changes: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert expected in told(judge(replace(BILL, **changes)))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"cdr_id": "NLXYZ0001"}, ("/CdrId", "prefix", "implausible")),
        ({"cdr_id": "deabc-1"}, ("/CdrId", "pattern", "format")),
        ({"total_cost": Decimal(5)}, ("/totalCost", "sum", "implausible")),
        ({"evse_id": "station 7"}, ("/evseId", "pattern", "format")),
    ],
)
def test_a_document_of_others_is_judged_as_well(changes: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert expected in told(judge_wire(lambda info: replace(info, **changes)))


@pytest.mark.parametrize(
    ("status", "held", "code"),
    [
        (None, "", None),
        (None, "NEW", None),
        (None, None, None),
        (None, "ACCEPTED", "known"),
        (None, "DECLINED", "known"),
        (CdrStatus.REVISED, "DECLINED", None),
        (CdrStatus.REVISED, "ACCEPTED", None),
        (CdrStatus.REVISED, "", "state"),
        (CdrStatus.REVISED, "APPROVED", "state"),
        (CdrStatus.REJECTED, "REJECTED", "state"),
    ],
)
def test_what_the_hub_has_already_counts(status: CdrStatus | None, held: str | None, code: str | None) -> None:
    found = told(judge(replace(BILL, status=status), cdr_state=held))
    assert found == ([] if code is None else [("/status", code, "implausible")])


def test_a_foreign_evse_is_told() -> None:
    foreign = replace(BILL, evse=EvseId.parse("NL*XYZ*E1"), id="NLXYZ1")
    assert told(judge(foreign, parties=(PartyId.parse("DE*ABC"),))) == [("/evseId", "foreign", "invalid-id")]


def test_an_offset_that_nobody_knows_is_a_warning_with_a_remedy() -> None:
    utc = replace(BILL, start=datetime(2026, 3, 1, 9, tzinfo=UTC), end=datetime(2026, 3, 1, 11, tzinfo=UTC))
    (found,) = [one for one in judge(utc) if one.finding.code == "offset"]
    assert (found.finding.severity, found.answer) == (Severity.WARNING, "")
    assert found.advice == "give the place its time zone (place.time_zone), or the times their own offset"


def test_every_rule_has_a_source_and_a_remedy_and_the_last_fits_anything() -> None:
    assert all(rule.source and rule.advice for rule in RULES)
    assert rule_of(Finding("/whatever", Severity.ERROR, "odd", "")) is RULES[-1]


# --- the command -------------------------------------------------------------------------------------------------


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(SETTINGS.format(store=tmp_path / "store.sqlite"), encoding="utf-8")
    return path


def canonical(folder: Path, cdr: Cdr) -> Path:
    path = folder / "cdr.json"
    path.write_text(json.dumps(to_json(cdr)), encoding="utf-8")
    return path


def as_xml(folder: Path, *cdrs: Cdr) -> Path:
    (written,) = adapter.writes[m.SubmitCdrs](m.SubmitCdrs(cdrs=cdrs))
    path = folder / "request.xml"
    path.write_bytes(adapter.render(written, None))
    return path


def test_canonical_and_xml_are_judged_alike(tmp_path: Path) -> None:
    strange = replace(BILL, currency="COINS")
    by_json = run("check-cdr", canonical(tmp_path, strange), "--protocol", "ochp", *AFTER, "--json")
    by_xml = run("check-cdr", as_xml(tmp_path, strange), *AFTER, "--json")
    assert (by_json.code, by_json.out) == (1, by_xml.out)
    first = json.loads(by_xml.out)["findings"][0]
    assert (first["pointer"], first["answer"], first["source"]) == (
        "/currency", "implausible", "OCHP 1.4, CDRInfo: ISO 4217",
    )  # fmt: skip
    assert "CA2B3C4D5" not in by_xml.out.decode()


def test_the_connection_tells_the_protocol_and_the_state(tmp_path: Path, config: Path) -> None:
    on_gateway(config, declined)
    ran = run("check-cdr", canonical(tmp_path, BILL), "--config", config, "--connection", "cpo", *AFTER, "--json")
    rows = json.loads(ran.out)["findings"]
    assert [(row["pointer"], row["code"]) for row in rows if row["severity"] == "error"] == [("/status", "known")]
    revised = canonical(tmp_path, replace(BILL, status=CdrStatus.REVISED))
    assert run("check-cdr", revised, "--config", config, "--connection", "cpo", *AFTER).code == 0


def test_one_cdr_at_a_time(tmp_path: Path) -> None:
    ran = run("check-cdr", as_xml(tmp_path, BILL, replace(BILL, id="DEABC0002")), *AFTER)
    assert (ran.code, "one at a time can be checked" in ran.err) == (2, True)
    assert run("check-cdr", canonical(tmp_path, BILL), "--protocol", "ocpp").code == 64


def test_a_place_is_never_taken_for_granted() -> None:
    rows = told(judge(replace(BILL, place=Location())))
    assert {pointer for pointer, code, _ in rows if code == "missing"} >= {"/chargePointAddress", "/connectorType"}
