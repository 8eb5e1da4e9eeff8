"""`check-cdr`: exit codes, what is printed, and what the gateway's own store adds."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.canonical import to_json
from gateway.gateway import Gateway
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.kinds import CalibrationLaw
from gateway.model.session import SessionIds
from gateway.preflight import candidate, context_of
from gateway.settings import load
from gateway.store import outbox
from gateway.store.database import Transaction
from gateway.wire import document
from gateway.wire.json import json_text
from gateway_oicp import adapter
from tests.adapters.oicp_values import EVSE, SESSION, record
from tests.cli.here import Ran, run
from tests.support import CONFORMANCE, needs_conformance
from tests.support.publishing import place

SETTINGS = """
[store]
dsn = "sqlite:///{store}"
[connections.hubject]
hub = "hubject"
role = "CPO"
party = "NL*LON"
urls = {{ "" = "http://127.0.0.1:9" }}
insecure_loopback = true
"""
AFTER = ("--at", "2026-01-15T12:00:00")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(SETTINGS.format(store=tmp_path / "store.sqlite"), encoding="utf-8")
    return path


def canonical(folder: Path, cdr: Cdr) -> Path:
    path = folder / "cdr.json"
    path.write_text(json.dumps(to_json(cdr)), encoding="utf-8")
    return path


def on_the_wire(folder: Path, cdr: Cdr, **change: Any) -> Path:
    (written,) = adapter.writes[m.SubmitCdr](m.SubmitCdr(cdr=cdr))
    path = folder / "record.json"
    path.write_text(json_text({**document(written.model), **change}), encoding="utf-8")
    return path


def check(file: Path, *more: object) -> Ran:
    return run("check-cdr", file, *AFTER, *more)


def test_a_good_record_in_either_form(tmp_path: Path) -> None:
    for file in (canonical(tmp_path, record()), on_the_wire(tmp_path, record())):
        assert (ran := check(file)).code == 0
        assert ran.out == b"nothing stands against it\n"


def test_a_record_that_would_be_refused_is_told_with_rule_source_and_remedy(tmp_path: Path) -> None:
    ran = check(canonical(tmp_path, record(energy_kwh=Decimal("1250"), meter_end_kwh=None)))
    assert ran.code == 1
    assert ran.out.decode() == (
        "error  /ConsumedEnergy: 1250 kWh, at most 1000 are accepted (the hub answers 022)\n"
        "    rule:  support: more than 1000 kWh, negative energy; "
        "OICP 2.3: ConsumedEnergy is the difference of the meter values\n"
        "    to do: look at the unit (kWh, not Wh) and at the meter values\n"
        "it would be refused\n"
    )


def test_a_warning_is_no_refusal(tmp_path: Path) -> None:
    ran = check(on_the_wire(tmp_path, record(), ConsumedEnergy="12.25"), "--json")
    assert ran.code == 0
    (row,) = json.loads(ran.out)["findings"]
    assert (row["pointer"], row["severity"], row["answer"]) == ("/ConsumedEnergy", "warning", "")


def test_the_time_counts(tmp_path: Path) -> None:
    file = canonical(tmp_path, record())
    early = run("check-cdr", file, "--at", "2026-01-15T09:30:00", "--json")
    assert early.code == 1
    assert [row["code"] for row in json.loads(early.out)["findings"]] == ["future"]


@pytest.mark.parametrize("body", ["", "[]", "{", "17"])
def test_what_is_no_cdr_cannot_be_checked(tmp_path: Path, body: str) -> None:
    path = tmp_path / "cdr.json"
    path.write_text(body, encoding="utf-8")
    ran = check(path)
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.startswith("roaming-gateway: ")


def test_canonical_json_that_does_not_fit_is_named_by_its_place(tmp_path: Path) -> None:
    path = tmp_path / "cdr.json"
    path.write_text('{"cdr": {"start": "yesterday"}}', encoding="utf-8")
    assert (check(path).code, check(path).err.startswith("roaming-gateway: /start: ")) == (2, True)


def test_a_connection_needs_its_settings_and_has_to_exist(tmp_path: Path, config: Path) -> None:
    file = canonical(tmp_path, record())
    assert check(file, "--connection", "hubject").code == 64
    assert check(file, "--connection", "nobody", "--config", config).code == 2


def test_the_store_knows_the_evse_and_the_session(tmp_path: Path, config: Path) -> None:
    file = canonical(tmp_path, record(evse=EVSE))
    told = check(file, "--connection", "hubject", "--config", config, "--json")
    assert [(row["code"], row["answer"]) for row in json.loads(told.out)["findings"]] == [("session-unknown", "400")]
    asyncio.run(_publish_external(config))
    told = check(file, "--connection", "hubject", "--config", config, "--json")
    assert [row["code"] for row in json.loads(told.out)["findings"]] == ["uncertified", "session-unknown"]


async def _publish_external(config: Path) -> None:
    gateway = Gateway.load(load(config), object())
    full = place(1)
    evse = replace(full.evses[0], evse_id=EVSE, calibration_law=CalibrationLaw.EXTERNAL)
    await gateway.publish([replace(full, evses=(evse,))])
    await gateway.stop()


async def test_a_session_whose_record_was_taken_is_closed(config: Path) -> None:
    gateway = Gateway.load(load(config), object())
    now = datetime.now(UTC)
    owed = await gateway.submit("hubject", m.SubmitCdr(cdr=record()))
    before = (await context_of(gateway, "hubject", record(), now)).session

    def taken(transaction: Transaction) -> None:
        for state in ("sending", "accepted"):
            outbox.change(transaction, outbox.get(transaction, owed.id), state, now)

    await gateway.database.write(taken)
    after = (await context_of(gateway, "hubject", record(), now)).session
    await gateway.stop()
    assert (before, after) == ("unknown", "closed")


def test_the_submission_is_read_as_well_as_the_record() -> None:
    body = json.dumps({"cdr": to_json(record())}).encode()
    found = candidate(body, json.loads(body))
    assert (found.cdr, found.document["SessionID"]) == (record(), SESSION)
    assert found.cdr.session == SessionIds(hub=SESSION, cpo="CPO-1")


@needs_conformance
def test_the_printed_sample_is_refused_for_its_defects() -> None:
    ran = run("check-cdr", CONFORMANCE / "oicp/CPO/ChargeDetailRecord.request.json", "--json")
    rows = [row["pointer"] for row in json.loads(ran.out)["findings"] if row["severity"] == "error"]
    assert (ran.code, sorted(rows)) == (
        1,
        ["/ChargingStart", "/Identification", "/Identification/QRCodeIdentification/EvcoID", "/SessionID"],
    )
