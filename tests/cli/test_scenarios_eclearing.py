"""The scenarios command for e-clearing.net: on the simulator, and with an account by user and password."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.scenarios import Account, Line, account, played
from gateway.simulation import world
from gateway.web.hosting import Hosted
from gateway.web.simulate import simulation_of
from gateway_ochp.scenarios import PLAYBOOK, outcome
from tests.cli.here import Ran, run

PASSWORD, VARIABLE = "not for everybody", "ROAMING_SCENARIOS_PASSWORD"
CARD, CONTRACT = "04A2B3C4D5E680", "DE-8EO-CA2B3C4D5-6"
WORLD: dict[str, Any] = {
    "partners": [
        {"id": "NL*ABC", "user": "abc", "password": PASSWORD},
        {"id": "DE-8EO", "role": "EMSP", "user": "8eo", "password": PASSWORD},
    ]
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Path]:
    protocol = tmp_path_factory.mktemp("protocol") / "run.json"
    return run("scenarios", "eclearing", "--protocol", protocol), protocol


def test_all_scenarios_pass_on_the_simulator(whole: tuple[Ran, Path]) -> None:
    ran, _ = whole
    lines = ran.out.decode().splitlines()
    steps = sum(len(scenario.steps) for scenario in PLAYBOOK.scenarios)
    assert (ran.code, lines[-1]) == (0, f"{steps} passed, 0 failed, 0 skipped")
    assert [line for line in lines[:-1] if not line.startswith("passed")] == []


def test_the_protocol_has_what_was_sent_and_no_secret(whole: tuple[Ran, Path]) -> None:
    text = whole[1].read_text(encoding="utf-8")
    told = json.loads(text)
    assert [one["name"] for one in told["scenarios"]] == [one.name for one in PLAYBOOK.scenarios]
    steps = {(one["name"], step["step"]): step for one in told["scenarios"] for step in one["steps"]}
    refused = steps["cdr-implausible", "Of a contract that nobody has a relation with"]
    assert (refused["expected"], refused["code"], refused["verdict"]) == ("partly", "partly", "passed")
    assert "no roaming relation" in refused["words"]
    uploaded = steps["direct-registration", "An operator uploads today's and tomorrow's"]
    assert [sent["path"] for sent in uploaded["sent"]] == ["/direct", "/direct"]
    assert all("accessToken>***<" in sent["request"] for sent in uploaded["sent"])
    assert '#PasswordText\\">***</' in text
    for secret in (CARD, CONTRACT, CONTRACT.replace("-", ""), "04C0FFEE000001"):
        assert secret not in text


def test_one_scenario_with_a_protocol_for_people(tmp_path: Path) -> None:
    ran = run("scenarios", "eclearing", "--only", "parking", "--protocol", tmp_path / "run.md")
    text = (tmp_path / "run.md").read_text(encoding="utf-8")
    assert (ran.code, ran.out.decode().splitlines()[-1]) == (0, "2 passed, 0 failed, 0 skipped")
    assert "### 1. A spot is taken (cpo): passed\n\n- expected: ok\n- answer: ok" in text
    assert "`POST /live`\n\n```xml\n<?xml" in text


@pytest.mark.parametrize("name", [scenario.name for scenario in PLAYBOOK.scenarios])
def test_each_scenario_stands_by_itself(name: str) -> None:
    ran = run("scenarios", "eclearing", "--only", name)
    assert ran.code == 0, ran.out.decode()


def test_scenarios_are_listed_without_being_played() -> None:
    ran = run("scenarios", "eclearing", "--list", "--only", "cdr-given-up")
    assert (ran.code, ran.out.decode().splitlines()[0]) == (
        0,
        "cdr-given-up (CPO): A CDR whose claim is given up",
    )
    assert "  cpo     partly  It cannot be revised any more" in ran.out.decode()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--username", "abc"], "--username need --url"),
        (["--url", "http://127.0.0.1:9", "--party", "NL*ABC", "--username", "abc"], f"expected in {VARIABLE}"),
        (["--url", "http://127.0.0.1:9", "--party", "NL*ABC", "--password-file", "none"], "a password needs its user"),
        (
            ["--url", "http://127.0.0.1:9", "--party", "NL*ABC", "--username", "a", "--password-file", "none"],
            "there is no file none",
        ),
    ],
)
def test_what_cannot_run(arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    ran = run("scenarios", "eclearing", *arguments)
    assert (ran.code, words in ran.err) == (64, True), ran.err


# --- with an account ---------------------------------------------------------------------------------------------


@asynccontextmanager
async def hub() -> AsyncIterator[str]:
    """Stands for the test platform: it knows the account, and a provider with the cards of the simulated world."""
    async with Hosted(simulation_of("eclearing", world(WORLD)).application()) as hosted:
        yield hosted.url


async def lines_of(*only: str, **given: Any) -> list[Line]:
    scenarios = [one for one in PLAYBOOK.scenarios if one.name in only]
    known = {"party": "NL*ABC", "username": "abc", "password": PASSWORD, **given}
    async with hub() as url, account("eclearing", PLAYBOOK, Account(url, **known)) as stand:
        return [line async for line in played(stand, scenarios)]


async def test_an_account_plays_its_own_part_and_overwrites_nothing() -> None:
    lines = await lines_of("evse-list", "parking", "single-authorisation")
    assert [(line.scenario, line.by, line.verdict, line.note) for line in lines] == [
        ("evse-list", "cpo", "skipped", "overwrites what the account has: only with --confirm"),
        ("evse-list", "emp", "skipped", "needs the other side (emp)"),
        ("evse-list", "cpo", "skipped", "overwrites what the account has: only with --confirm"),
        ("evse-list", "emp", "skipped", "needs the other side (emp)"),
        ("parking", "cpo", "passed", ""),
        ("parking", "emp", "skipped", "needs the other side (emp)"),
        ("single-authorisation", "emp", "skipped", "needs the other side (emp)"),
        ("single-authorisation", "cpo", "passed", ""),
        ("single-authorisation", "cpo", "passed", ""),
    ]


async def test_what_stands_on_the_other_side_is_skipped_with_it() -> None:
    lines = [line for line in await lines_of("cdr-accepted", "cdr-declined-revised") if line.by == "cpo"]
    assert [line.verdict for line in lines] == ["passed", "skipped", "passed", "skipped", "passed", "skipped"]
    assert {line.note for line in lines} == {"", "stands on: It waits for the provider"}


async def test_with_a_yes_the_list_is_replaced() -> None:
    lines = await lines_of("evse-list", confirmed=True)
    assert [line.verdict for line in lines if line.by == "cpo"] == ["passed", "passed"]


async def test_a_wrong_password_fails_every_step() -> None:
    (line, *_) = await lines_of("parking", password="wrong")
    assert (line.verdict, line.code) == ("failed", "not-authorized")


async def test_direct_scenarios_need_an_address_of_the_account() -> None:
    emp = {"party": "DE-8EO", "role": "emp", "username": "8eo"}
    lines = await lines_of("direct-status", **emp)
    assert {line.note for line in lines} == {"partners cannot call this account: only with --address"}
    lines = await lines_of("direct-status", "direct-release", **emp, address="https://roaming.example.com/emp")
    assert [(line.verdict, line.note) for line in lines] == [("passed", "")] * len(lines)


def test_the_password_comes_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")

    async def both() -> list[Ran]:
        async with hub() as url:
            given = ("scenarios", "eclearing", "--url", url, "--party", "NL*ABC", "--username", "abc")
            only = ("--only", "single-authorisation")
            from_file = await asyncio.to_thread(run, *given, *only, "--password-file", tmp_path / "password")
            monkeypatch.setenv(VARIABLE, PASSWORD)
            return [from_file, await asyncio.to_thread(run, *given, *only)]

    for ran in asyncio.run(both()):
        assert (ran.code, ran.out.decode().splitlines()[-1]) == (0, "2 passed, 0 failed, 1 skipped"), ran.err
        assert PASSWORD not in ran.out.decode() + ran.err


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"<html>", 403, ("403", "")),
        (b"", 502, ("502", "")),
    ],
)
def test_the_outcome_of_what_is_no_soap(body: bytes, status: int, told: tuple[str, str]) -> None:
    assert outcome(body, status) == told
