"""The outbox as operations staff see it: a CDR that nobody takes, looked at, given up, and never lost."""

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest

from gateway import Gateway
from gateway.settings import load
from gateway.web.service import NoBackend
from gateway.workbench import decode
from tests.cli.here import run
from tests.cli.test_commands import CDR

SETTINGS = """
[store]
dsn = "sqlite:///{store}"
[connections.hubject]
hub = "hubject"
role = "CPO"
party = "DE*823"
urls = {{ "" = "http://127.0.0.1:9" }}
insecure_loopback = true
"""
SESSION = "0f1d0c52-8a3e-4b7c-9a51-0d2f4e6b8c31"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings whose store owes one CDR to a hub."""
    path = tmp_path / "gateway.toml"
    path.write_text(SETTINGS.format(store=tmp_path / "store.sqlite"), encoding="utf-8")

    async def owe() -> None:
        gateway = Gateway.load(load(path), NoBackend())
        await gateway.submit("hubject", decode("oicp", CDR.read_bytes(), CDR.name).value)
        await gateway.stop()

    asyncio.run(owe())
    return path


def test_what_is_owed_is_listed_and_filtered(config: Path) -> None:
    listed = run("outbox", "list", "--config", config)
    assert (listed.code, listed.out.decode().split()) == (
        0,
        ["1", "waiting", "0×", "SubmitCdr", f"hubject/cdr/{SESSION}"],
    )
    rows = json.loads(run("outbox", "list", "--config", config, "--json", "--state", "waiting").out)
    assert [(row["id"], row["session"]) for row in rows] == [(1, SESSION)]
    assert run("outbox", "list", "--config", config, "--state", "refused").out == b""
    assert run("outbox", "list", "--config", config, "--hub", "elsewhere").out == b""


def test_an_entry_is_shown_with_its_history_and_without_the_card(config: Path) -> None:
    shown = run("outbox", "show", "1", "--config", config)
    entry = json.loads(shown.out)
    assert [step["state"] for step in entry["history"]] == ["waiting"]
    assert entry["message"]["cdr"]["energy_kwh"] == "12.345"
    assert entry["message"]["cdr"]["token"] == {"uid": "04…80", "type": "RFID"}


def test_an_entry_is_given_up_with_a_reason_that_stays(config: Path) -> None:
    assert run("outbox", "withdraw", "1", "--config", config).code == 64
    assert run("outbox", "withdraw", "1", "--config", config, "--reason", "billed by hand").code == 0
    history = json.loads(run("outbox", "show", "1", "--config", config).out)["history"]
    assert [(step["state"], step["words"]) for step in history] == [("waiting", None), ("withdrawn", "billed by hand")]
    again = run("outbox", "withdraw", "1", "--config", config, "--reason", "twice")
    assert (again.code, again.err) == (2, "roaming-gateway: an entry that is withdrawn cannot become withdrawn\n")
    assert run("outbox", "retry", "1", "--config", config).out.split()[:2] == [b"1", b"waiting"]


def test_an_entry_that_is_not_there_is_said_in_one_line(config: Path) -> None:
    missing = run("outbox", "show", "7", "--config", config)
    assert (missing.code, missing.err) == (2, "roaming-gateway: there is no entry 7\n")


def test_a_lane_is_paused_for_a_reason_and_resumed(config: Path) -> None:
    assert run("lanes", "pause", "hubject/cdr", "--config", config, "--reason", "the hub is moving").code == 0
    (lane, pause) = reversed(json.loads(run("lanes", "list", "--config", config, "--json").out))
    assert (lane["lane"], lane["open"], lane["reason"]) == (f"hubject/cdr/{SESSION}", 1, "the hub is moving")
    assert (pause["lane"], pause["open"]) == ("hubject/cdr", 0)
    assert run("lanes", "resume", "hubject/cdr", "--config", config).code == 0
    again = run("lanes", "resume", "hubject/cdr", "--config", config)
    assert (again.code, again.err) == (2, "roaming-gateway: hubject/cdr is not paused\n")


def test_a_database_of_a_newer_version_is_said_in_one_line(config: Path) -> None:
    store = sqlite3.connect(config.parent / "store.sqlite")
    store.execute("UPDATE gateway_version SET version_num = '9999'")
    store.commit()
    store.close()
    refused = run("outbox", "list", "--config", config)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert refused.err.startswith("roaming-gateway: /store/dsn: the store was written by a newer version")
