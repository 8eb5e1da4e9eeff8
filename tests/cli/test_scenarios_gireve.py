"""The scenarios command for Gireve: on the simulator, and with an account by certificate."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.scenarios import Account, Line, account, played
from gateway.simulation import world
from gateway.web.hosting import Hosted
from gateway.web.simulate import simulation_of
from gateway_emip.scenarios import PLAYBOOK, outcome
from tests.cli.here import Ran, run
from tests.support.certificates import Authority

CARD, CONTRACT = "04A2B3C4D5E680", "FR-MSP-C0000A101-X"
NAMED = (
    "heartbeat", "evse-status", "synthetic-status", "place-availability", "local-start", "refused-card", "remote-start",
    "remote-stop", "suspend-restart", "emergency-stop", "events", "intermediate-and-final-record", "duplicate-record",
    "additional-operator", "provider-heartbeat", "provider-authorisation", "provider-remote-start",
    "provider-remote-stop", "provider-suspend-restart", "provider-emergency-stop", "provider-events",
    "provider-records", "fetch-record",
)  # fmt: skip
WORLD: dict[str, Any] = {
    "partners": [{"id": "FR*ABC", "operators": ["FR*ABD"]}, {"id": "FR*MSP", "role": "EMSP"}],
    "cards": [{"uid": CARD, "contract": CONTRACT, "provider": "FR*MSP"}],
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Path]:
    protocol = tmp_path_factory.mktemp("protocol") / "run.json"
    return run("scenarios", "gireve", "--protocol", protocol), protocol


def test_all_scenarios_pass_on_the_simulator(whole: tuple[Ran, Path]) -> None:
    ran, _ = whole
    lines = ran.out.decode().splitlines()
    steps = sum(len(scenario.steps) for scenario in PLAYBOOK.scenarios)
    assert (ran.code, lines[-1]) == (0, f"{steps} passed, 0 failed, 0 skipped")
    assert [line for line in lines[:-1] if not line.startswith("passed")] == []
    assert tuple(scenario.name for scenario in PLAYBOOK.scenarios) == NAMED


def test_the_protocol_has_what_was_sent_and_no_number_of_a_card(whole: tuple[Ran, Path]) -> None:
    text = whole[1].read_text(encoding="utf-8")
    told = json.loads(text)
    assert [one["name"] for one in told["scenarios"]] == list(NAMED)
    steps = {(one["name"], step["step"]): step for one in told["scenarios"] for step in one["steps"]}
    again = steps["duplicate-record", "The same again"]
    assert (again["expected"], again["code"], again["verdict"]) == ("10701", "10701", "passed")
    assert again["words"] == "The final charge detail record was there already."
    available = steps["evse-status", "Available"]
    assert ["AvailabilityStatusRequest" in sent["request"] for sent in available["sent"]] == [True, False]
    assert "<userId>04…80</userId>" in text
    for secret in (CARD, CONTRACT, CONTRACT.replace("-", ""), "04C0FFEE000001", "04DEADBEEF0001"):
        assert secret not in text


def test_one_scenario_with_a_protocol_for_people(tmp_path: Path) -> None:
    ran = run("scenarios", "gireve", "--only", "heartbeat", "--protocol", tmp_path / "run.md")
    text = (tmp_path / "run.md").read_text(encoding="utf-8")
    assert (ran.code, ran.out.decode().splitlines()[-1]) == (0, "2 passed, 0 failed, 0 skipped")
    assert "### 1. The main operator (cpo): passed\n\n- expected: 1\n- answer: 1" in text
    assert "eMIP_ToIOP_HeartBeatRequest" in text


@pytest.mark.parametrize("name", NAMED)
def test_each_scenario_stands_by_itself(name: str) -> None:
    ran = run("scenarios", "gireve", "--only", name)
    assert ran.code == 0, ran.out.decode()


def test_scenarios_are_listed_without_being_played() -> None:
    ran = run("scenarios", "gireve", "--list", "--only", "remote-stop")
    assert (ran.code, ran.out.decode().splitlines()) == (
        0,
        [
            "remote-stop (CPO): A provider stops what it has started",
            "  emp     1  A provider starts a session",
            "  emp     1  It stops it",
            "  cpo     1  Charging is over",
            "  cpo     1  The final record",
        ],
    )


def test_another_operator_belongs_to_an_account() -> None:
    ran = run("scenarios", "gireve", "--additional", "FR*ABD")
    assert (ran.code, "--additional need --url" in ran.err) == (64, True), ran.err


# --- with an account ---------------------------------------------------------------------------------------------


@asynccontextmanager
async def hub(**options: Any) -> AsyncIterator[str]:
    """Stands for the pre-production platform: it knows the account, and a provider with cards."""
    async with Hosted(simulation_of("gireve", world(WORLD)).application(), **options) as hosted:
        yield f"{hosted.url}/api/emip"


async def lines_of(*only: str, **given: Any) -> list[Line]:
    scenarios = [one for one in PLAYBOOK.scenarios if one.name in only]
    async with hub() as url, account("gireve", PLAYBOOK, Account(url, **given)) as stand:
        return [line async for line in played(stand, scenarios)]


async def test_an_operator_plays_its_own_part() -> None:
    lines = await lines_of("local-start", "remote-stop", "additional-operator", party="FR*ABC")
    assert [(line.scenario, line.by, line.verdict, line.note) for line in lines] == [
        *[("local-start", "cpo", "passed", "")] * 4,
        *[("remote-stop", "emp", "skipped", "needs the other side (emp)")] * 2,
        *[("remote-stop", "cpo", "skipped", "stands on: A provider starts a session")] * 2,
        *[("additional-operator", "cpo", "skipped", "the account speaks for one operator: only with --additional")] * 4,
        ("additional-operator", "emp", "skipped", "needs the other side (emp)"),
    ]


async def test_an_account_that_speaks_for_another_operator() -> None:
    lines = await lines_of("heartbeat", "additional-operator", party="FR*ABC", additional="FR*ABD")
    assert [(line.verdict, line.code) for line in lines if line.by == "cpo"] == [
        *[("passed", "1")] * 4,
        ("passed", "10508"),
        ("passed", "1"),
    ]
    assert "<operatorId>FR*ABD</operatorId>" in lines[1].sent[0].request
    assert "<EVSEId>FR*ABD*E0002*1</EVSEId>" in lines[2].sent[0].request


async def test_a_provider_plays_its_own_part_at_an_evse_of_the_platform() -> None:
    given = {"party": "FR*MSP", "role": "emp", "evse": "FR*ABC*E9*1"}
    lines = await lines_of("provider-remote-stop", "provider-suspend-restart", "provider-heartbeat", **given)
    assert [(line.verdict, line.code) for line in lines] == [
        ("passed", "1"),
        ("passed", "1"),
        ("passed", "1"),
        ("passed", "10501"),
        ("passed", "1"),
        ("passed", "1"),
        ("passed", "1"),
    ]
    assert "<EVSEId>FR*ABC*E9*1</EVSEId>" in lines[1].sent[0].request


async def test_an_account_that_is_not_declared_fails() -> None:
    (line, _) = await lines_of("heartbeat", party="FR*ZZZ")
    assert (line.verdict, line.code) == ("failed", "10502")


def test_the_account_shows_its_certificate(tmp_path: Path) -> None:
    """The platform asks for one; without it there is no answer."""
    authority = Authority(tmp_path)
    server, client = authority.issued("iop", "server"), authority.issued("FR*ABC", "client")
    tls = {
        "ssl_certfile": str(server.certificate),
        "ssl_keyfile": str(server.key),
        "ssl_ca_certs": str(authority.ca),
        "ssl_cert_reqs": ssl.CERT_REQUIRED,
    }

    async def both() -> list[Ran]:
        async with hub(**tls) as url:
            given = ("scenarios", "gireve", "--url", url, "--party", "FR*ABC", "--only", "heartbeat")
            shown = ("--certificate", client.certificate, "--key", client.key)
            return [await asyncio.to_thread(run, *given, "--ca", authority.ca, *more) for more in (shown, ())]

    known, unknown = asyncio.run(both())
    assert (known.code, known.out.decode().splitlines()[-1]) == (0, "1 passed, 0 failed, 1 skipped"), known.err
    assert (unknown.code, unknown.out.decode().splitlines()[-1]) == (1, "0 passed, 1 failed, 1 skipped")


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"<html>", 403, ("403", "")),
        (
            b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code>'
            b"<s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text>No.</s:Text></s:Reason></s:Fault></s:Body>"
            b"</s:Envelope>",
            400,
            ("fault", "No."),
        ),
        (
            b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><a>'
            b"<requestStatus>1: Ok!</requestStatus></a></s:Body></s:Envelope>",
            200,
            ("1", "The request was carried out."),
        ),
    ],
)
def test_the_outcome_of_an_answer(body: bytes, status: int, told: tuple[str, str]) -> None:
    assert outcome(body, status) == told
