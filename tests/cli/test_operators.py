"""The registry and the sessions as operations staff see them."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.model.ids import EvseId
from gateway.model.session import SessionIds, SessionStatus
from gateway.model.token import Token
from gateway.sessions import SessionRegister, new_session
from gateway.settings import load
from gateway.store import Database
from tests.cli.here import run

SETTINGS = """
[store]
dsn = "sqlite:///{store}"
[connections.hubject]
hub = "hubject"
role = "CPO"
party = "NL*LON"
urls = {{ "" = "http://127.0.0.1:9" }}
insecure_loopback = true
[[connections.hubject.operators]]
id = "DE*LON"
name = "Lon Ladenetz"
country = "DE"
registered_at_authority = true
authority_reference = "since 2026-01-10"
state = "requested"
since = 2026-03-01
[connections.gireve]
hub = "gireve"
role = "CPO"
party = "NL*LON"
urls = {{ "" = "http://127.0.0.1:9" }}
insecure_loopback = true
options = {{ operator_regime = "none" }}
[[connections.gireve.operators]]
id = "DE*LON"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(SETTINGS.format(store=tmp_path / "store.sqlite"), encoding="utf-8")
    return path


def test_an_operator_is_shown_with_its_state_and_next_step_at_every_hub(config: Path) -> None:
    shown = run("operators", "show", "DELON", "--config", config)
    assert (shown.code, shown.out.decode()) == (
        0,
        """DE*LON Lon Ladenetz DE
  at its id authority: registered, since 2026-01-10
  hubject (Hubject): requested since 2026-03-01 (settings)
    additional operators there: sub-partner
    next: Hubject must approve the sub-partner. Then record it: operators set DELON --hub hubject --state active.
  gireve (Gireve IOP): not supported (help article on additional operators, \
Gireve does not support this yet. They plan to support this for Q4 2023.)
    additional operators there: none
    next: One connection carries one operator: give this one a connection of its own, \
or move to a protocol version that carries several.
""",
    )


def test_a_state_is_set_with_date_and_source_and_listed_from_then_on(config: Path) -> None:
    words = ("--state", "active", "--since", "2026-03-20", "--by", "A. Sample", "--note", "by mail")
    done = run("operators", "set", "DE*LON", "--hub", "hubject", *words, "--config", config)
    assert (done.code, "active since 2026-03-20 (A. Sample, by mail)" in done.out.decode()) == (0, True)
    rows = json.loads(run("operators", "list", "--config", config, "--json").out)
    assert [(row["operator"], row["connection"], row["state"], row["since"], row["by"]) for row in rows] == [
        ("NL*LON", "hubject", "active", None, "settings"),
        ("DE*LON", "hubject", "active", "2026-03-20", "A. Sample"),
        ("NL*LON", "gireve", "active", None, "settings"),
        ("DE*LON", "gireve", "not supported", None, "help article on additional operators"),
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "DELONX"), "is not a party id"),
        (("show", "FRXXX"), "FRXXX is on no connection of the settings"),
        (("set", "DELON", "--hub", "hubject", "--state", "ready"), "'ready' is no state; there are not requested"),
        (("set", "DELON", "--hub", "hubject", "--state", "active", "--since", "1.3.26"), "'1.3.26' is no date"),
        (("set", "DELON", "--hub", "elsewhere", "--state", "active"), "there is no connection 'elsewhere'"),
        (("set", "FRXXX", "--hub", "hubject", "--state", "active"), "FRXXX is no operator of connection hubject"),
        (("set", "DELON", "--hub", "gireve", "--state", "active"), "Gireve does not support this yet"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_2(config: Path, arguments: tuple[str, ...], words: str) -> None:
    failed = run("operators", *arguments, "--config", config)
    lines = failed.err.splitlines()
    assert (failed.code, len(lines), words in lines[0]) == (2, 1, True)


@pytest.fixture
def sessions(config: Path) -> Path:
    async def record(register: SessionRegister) -> None:
        began = datetime(2026, 3, 1, 12, tzinfo=UTC)
        facts: dict[str, Any] = {"evse": EvseId.parse("DE*LON*E1"), "token": Token(uid="04A2B3C4D5E680")}
        await register.record(new_session("hubject", SessionIds(hub="H-1", cpo="C-1"), **facts), began)
        guest = new_session("hubject", SessionIds(hub="H-2"), **facts, evse_unknown_at_hub=True)
        await register.record(guest, began.replace(hour=13))
        await register.never_started(SessionIds(hub="H-2"))

    database = Database(load(config).store.dsn)
    database.migrate()
    asyncio.run(record(SessionRegister(database)))
    database.close()
    return config


def test_sessions_at_evses_that_the_hub_did_not_know_are_reported(sessions: Path) -> None:
    assert run("sessions", "list", "--config", sessions).out.decode().splitlines() == [
        "2026-03-01T12:00:00  PENDING     hubject  DE*LON*E1  hub=H-1 cpo=C-1",
        "2026-03-01T13:00:00  PENDING     hubject  DE*LON*E1  hub=H-2  "
        "EVSE unknown at the hub; to be closed: charging never began",
    ]
    rows = json.loads(run("sessions", "list", "--config", sessions, "--evse-unknown", "--json").out)
    assert [(row["hub_id"], row["evse_unknown_at_hub"], row["closing"]) for row in rows] == [
        ("H-2", True, "charging never began")
    ]
    assert run("sessions", "list", "--config", sessions, "--hub", "gireve", "--open").out == b""


def test_reservations_that_owe_their_cdr_are_shown(config: Path) -> None:
    async def record(register: SessionRegister) -> None:
        began = datetime(2026, 3, 1, 12, tzinfo=UTC)
        for hub, facts in (
            ("R-1", {"status": SessionStatus.RESERVATION, "reserved_until": began.replace(minute=15)}),
            ("R-2", {"status": SessionStatus.RESERVATION, "reserved_until": datetime(2999, 1, 1, tzinfo=UTC)}),
            ("H-1", {}),
        ):
            await register.record(new_session("hubject", SessionIds(hub=hub), **facts), began)
            began = began.replace(hour=began.hour + 1)

    database = Database(load(config).store.dsn)
    database.migrate()
    asyncio.run(record(SessionRegister(database)))
    database.close()
    owing = (
        "2026-03-01T12:00:00  RESERVATION hubject  –  hub=R-1  reserved until 2026-03-01T12:15:00; over, owes its CDR"
    )
    assert run("sessions", "list", "--config", config, "--owes-cdr").out.decode().splitlines() == [owing]
    assert run("sessions", "list", "--config", config).out.decode().splitlines() == [
        owing,
        "2026-03-01T13:00:00  RESERVATION hubject  –  hub=R-2  reserved until 2999-01-01T00:00:00",
        "2026-03-01T14:00:00  PENDING     hubject  –  hub=H-1",
    ]
    rows = json.loads(run("sessions", "list", "--config", config, "--owes-cdr", "--json").out)
    assert [(row["hub_id"], row["owes_cdr"], row["status"]) for row in rows] == [("R-1", True, "RESERVATION")]
    assert run("sessions", "list", "--config", config, "--hub", "gireve", "--owes-cdr").out == b""
