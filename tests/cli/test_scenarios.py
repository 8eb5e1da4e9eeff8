"""The scenarios command as a shell sees it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.scenarios import scenarios
from gateway.connections import profile_of
from gateway.model import messages as m
from gateway.scenario import CPO, Playbook, Scenario, Stage, Step, Unmet
from gateway.scenarios import Account, Line, account, played, simulated
from gateway.scenarios.playing import Verdict
from gateway.simulation import world
from gateway.web.hosting import Hosted
from gateway.web.simulate import simulation_of
from gateway_oicp.scenarios import PLAYBOOK, outcome
from tests.cli.here import Ran, run

CARD_NUMBER, CONTRACT = "04A2B3C4D5E680", "DE-8EO-CA2B3C4D5-6"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Path]:
    protocol = tmp_path_factory.mktemp("protocol") / "run.json"
    return run("scenarios", "hubject", "--protocol", protocol), protocol


def test_all_scenarios_pass_on_the_simulator(whole: tuple[Ran, Path]) -> None:
    ran, _ = whole
    lines = ran.out.decode().splitlines()
    steps = sum(len(scenario.steps) for scenario in PLAYBOOK.scenarios)
    assert (ran.code, lines[-1]) == (0, f"{steps} passed, 0 failed, 0 skipped")
    assert [line for line in lines[:-1] if not line.startswith("passed")] == []


def test_the_protocol_has_what_was_sent_and_answered(whole: tuple[Ran, Path]) -> None:
    text = whole[1].read_text(encoding="utf-8")
    told = json.loads(text)
    assert [one["name"] for one in told["scenarios"]] == [one.name for one in PLAYBOOK.scenarios]
    (again,) = (
        step
        for scenario in told["scenarios"]
        for step in scenario["steps"]
        if (scenario["name"], step["step"]) == ("authorise-card", "The record once more")
    )
    assert (again["expected"], again["code"], again["verdict"]) == ("400", "400", "passed")
    assert again["words"] == "Session found but status is not valid CLOSED!"
    (sent,) = again["sent"]
    assert (sent["status"], sent["process_id"]) == (404, again["process_id"])
    assert sent["path"] == "/api/oicp/cdrmgmt/v22/operators/NL%2ALON/charge-detail-record"
    assert json.loads(sent["request"])["ConsumedEnergy"] == 12.25
    assert CARD_NUMBER not in text
    assert CONTRACT not in text
    assert '"1234"' not in text


def test_one_scenario_with_a_protocol_for_people(tmp_path: Path) -> None:
    ran = run("scenarios", "hubject", "--only", "authorise-unknown", "--protocol", tmp_path / "run.md")
    text = (tmp_path / "run.md").read_text(encoding="utf-8")
    assert (ran.code, ran.out.decode().splitlines()[-1]) == (0, "1 passed, 0 failed, 0 skipped")
    assert "## authorise-unknown: A card that nobody knows" in text
    assert "### 1. The card is refused (cpo): passed\n\n- expected: 102\n- answer: 102" in text
    assert "`POST /api/oicp/charging/v21/operators/NL%2ALON/authorize/start`" in text


def test_scenarios_are_listed_without_being_played() -> None:
    ran = run("scenarios", "hubject", "--list", "--only", "reservation")
    assert (ran.code, ran.out.decode().splitlines()) == (
        0,
        [
            "reservation (CPO): A reservation, its end and its record",
            "  emp     000  A provider reserves",
            "  emp     000  It ends the reservation",
            "  cpo     000  The record of the reservation",
        ],
    )


def test_a_role_chooses_its_scenarios() -> None:
    ran = run("scenarios", "hubject", "--list", "--role", "emp")
    told = [line for line in ran.out.decode().splitlines() if not line.startswith(" ")]
    assert [line.split(" ")[1] for line in told] == ["(EMSP):"] * 6


def test_a_run_that_is_broken_off_leaves_the_protocol_of_what_was_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken_off(*_: object) -> AsyncIterator[Line]:
        yield Line("authorise-unknown", "The card is refused", "cpo", "102", Verdict.PASSED, "102")
        raise KeyboardInterrupt

    monkeypatch.setattr("gateway.scenarios.played", broken_off)
    with pytest.raises(KeyboardInterrupt):
        scenarios("hubject", only=["authorise-unknown"], protocol=tmp_path / "run.md")
    assert "### 1. The card is refused (cpo): passed" in (tmp_path / "run.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["moonbase"], 2, "unknown hub 'moonbase'"),
        (["hubject", "--only", "sunrise"], 64, "unknown sunrise; known are evse-data"),
        (["hubject", "--url", "http://127.0.0.1:9"], 64, "an account has an id"),
        (["hubject", "--party", "NL*LON"], 64, "--party need --url"),
        (["hubject", "--protocol", "run.txt"], 64, "a protocol is .md or .json"),
        (["hubject", "--protocol", "no-folder/run.md"], 64, "there is no folder no-folder"),
        (["hubject", "--role", "hub"], 64, "one of cpo, emp, offline"),
        (["hubject", "--url", "service-qa.hubject.com", "--party", "NL*LON"], 64, "does not begin with https://"),
        (["hubject", "--url", "http://127.0.0.1:9", "--party", "L"], 2, "is not a party id"),
        (["hubject", "--url", "https://127.0.0.1:9", "--party", "NL*LON", "--ca", "none.pem"], 2, "no such file"),
        (
            ["hubject", "--url", "http://127.0.0.1:9", "--party", "NL*LON", "--role", "hub"],
            64,
            "one of cpo, emp, offline",
        ),
    ],
)
def test_what_cannot_run(arguments: list[str], code: int, words: str) -> None:
    ran = run("scenarios", *arguments)
    assert (ran.code, words in ran.err) == (code, True), ran.err


def test_a_hub_whose_adapter_brings_no_scenarios(monkeypatch: pytest.MonkeyPatch) -> None:
    adapter, profile = profile_of("hubject")
    bare = (replace(adapter, scenarios=None), profile)
    monkeypatch.setattr("gateway.connections.profile_of", lambda hub, protocol="": bare)
    ran = run("scenarios", "hubject", "--list")
    assert (ran.code, "hubject has no scenarios" in ran.err) == (64, True), ran.err


def test_a_hub_that_is_not_there_fails_every_step() -> None:
    account_at = ("--url", "http://127.0.0.1:9", "--party", "NL*LON", "--only", "authorise-unknown")
    ran = run("scenarios", "hubject", *account_at)
    assert (ran.code, "NotSent" in ran.out.decode()) == (1, True)


# --- with an account ---------------------------------------------------------------------------------------------


@asynccontextmanager
async def hub() -> AsyncIterator[str]:
    """Stands for a test account's hub: it knows the account, and a provider with the cards of the simulated world."""
    partners = [{"id": "NL*ABC"}, {"id": "DE-8EO", "role": "EMSP"}]
    simulation = simulation_of("hubject", world({"partners": partners, "push_hold_seconds": 0}))
    async with Hosted(simulation.application()) as hosted:
        yield hosted.url


async def lines_of(**given: Any) -> list[Line]:
    names = given.pop("only")
    scenarios = [one for one in PLAYBOOK.scenarios if one.name in names]
    async with hub() as url, account("hubject", PLAYBOOK, Account(url, "NL*ABC", **given)) as stand:
        return [line async for line in played(stand, scenarios)]


async def test_an_account_plays_its_own_part() -> None:
    lines = await lines_of(only=("authorise-card", "remote"), confirmed=True)
    told = [(line.scenario, line.by, line.verdict, line.note) for line in lines]
    assert [one for one in told if one[0] == "authorise-card"] == [("authorise-card", "cpo", "passed", "")] * 6
    assert [one[1:] for one in told if one[0] == "remote"] == [
        ("cpo", "passed", ""),
        ("emp", "skipped", "needs the other side (emp)"),
        ("emp", "skipped", "needs the other side (emp)"),
        ("cpo", "skipped", "stands on: A provider starts"),
        ("emp", "skipped", "needs the other side (emp)"),
    ]


async def test_nothing_is_overwritten_without_a_yes() -> None:
    lines = await lines_of(only=("evse-data",))
    assert (lines[0].verdict, lines[0].note) == (
        "skipped",
        "overwrites what the account has: only with --confirm",
    )
    assert lines[1].verdict == "passed"
    assert json.loads(lines[1].sent[0].request)["OperatorEvseData"]["EvseDataRecord"][0]["EvseID"] == "NL*ABC*E0002*1"


async def test_where_others_answer_for_the_other_side_more_than_one_code_is_good() -> None:
    lines = await lines_of(only=("notifications", "authorise-other-medium"))
    assert [(line.verdict, line.code) for line in lines if line.code in ("320", "602")] == [
        ("passed", "602"),
        ("passed", "602"),
        *[("passed", "320")] * 4,
    ]


async def test_an_account_has_its_own_evse_and_card() -> None:
    given = {"evse": "NL*ABC*E77*1", "card": "04DEADBEEF0001", "contract": "DE-8EO-CB10CKED0-1"}
    first, *_ = await lines_of(only=("authorise-card",), **given)
    assert (first.verdict, first.code) == ("failed", "200")
    assert json.loads(first.sent[0].request)["EvseID"] == "NL*ABC*E77*1"


# --- verdicts ----------------------------------------------------------------------------------------------------


async def _nothing(_: Stage) -> None:
    return None


async def _unmet(_: Stage) -> None:
    raise Unmet("the sky is green")


async def _keep(stage: Stage) -> None:
    await stage.send(m.AuthorizeToken(token=stage.cast.stranger, evse=stage.cast.evse))


async def _needs(stage: Stage) -> None:
    assert stage.kept["session"]


async def test_verdicts() -> None:
    steps = (
        Step("silent", CPO, _nothing),
        Step("unmet", CPO, _unmet),
        Step("refused", CPO, _keep, "000"),
        Step("missing", CPO, _needs),
    )
    book = Playbook(PLAYBOOK.cast, (Scenario("s", "S", PLAYBOOK.scenarios[0].role, steps),), PLAYBOOK.outcome)
    async with simulated("hubject", book) as stand:
        lines = [line async for line in played(stand, book.scenarios)]
    assert [(line.verdict, line.code, line.note) for line in lines] == [
        ("failed", "", ""),
        ("failed", "", "the sky is green"),
        ("failed", "102", ""),
        ("skipped", "", "stands on: silent"),
    ]


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b'{"Result":false,"StatusCode":{"Code":"009","Description":"d","AdditionalInfo":"a"}}', 200, ("009", "d – a")),
        (b'{"StatusCode":{"Code":"300","Description":null}}', 404, ("300", "")),
        (b'{"message":"Error parsing/validating JSON."}', 400, ("400", "Error parsing/validating JSON.")),
        (b'{"content":[],"StatusCode":null}', 200, ("000", "")),
        (b"<html>", 403, ("403", "")),
        (b"[]", 200, ("200", "")),
    ],
)
def test_the_outcome_of_an_answer(body: bytes, status: int, told: tuple[str, str]) -> None:
    assert outcome(body, status) == told


def test_the_cast_has_a_medium_of_its_own_for_everybody() -> None:
    cast = PLAYBOOK.cast
    numbers = [token.uid for token in (cast.card, cast.other, cast.stranger, cast.uploaded)]
    assert len(set(numbers)) == 4
    assert cast.evse.party == cast.second.party == cast.operator


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("partners = 3", "partners: a list of tables"),
        ("partners = [3]", "a partner is a table"),
        ('[[partners]]\nid = "DE-8EO"\nrole = "EMP"', "partner DE-8EO: role 'EMP' is none of CPO, EMSP"),
        ('[[partners]]\nid = "DE-8EO"\nurls = "http://here"', "partner: unknown urls; known are id"),
        ('[[contracts]]\ncpo = "NL*LON"', "emsp is missing"),
        ("[settings]\nrate_limit = true", "/settings/rate_limit: unknown; known are unknown_record"),
        ('[settings]\nunknown_record = "777"', '\'777\' is not "009" or "603"'),
        ('[settings]\nfleet = { count = "a" }', "/settings/fleet"),
        ('[settings]\npartner_seconds = "x"', "seconds above 0"),
        ("[budgets]\nPushEvseData = 3", "budgets: PushEvseData is a table of count and seconds"),
        (
            '[[partners]]\nid = "DE-8EO"\n[[partners.script.answers]]\noperation = "Start"',
            "answers: unknown operation Start; known are PushEvseData",
        ),
    ],
)
def test_a_world_that_cannot_be_is_refused_before_it_begins(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "world.toml").write_text(text)
    ran = run("simulate", "hubject", "--config", tmp_path / "world.toml")
    assert (ran.code, words in ran.err) == (2, True), ran.err


def test_a_script_of_a_partner_is_a_file_beside_the_world(tmp_path: Path) -> None:
    (tmp_path / "world.toml").write_text('[[partners]]\nid = "DE-8EO"\nrole = "EMSP"\nscript = "emp.toml"\n')
    (tmp_path / "emp.toml").write_text('[[answer]]\ncode = "200"\n')
    ran = run("simulate", "hubject", "--config", tmp_path / "world.toml")
    assert (ran.code, "script of DE-8EO: unknown answer" in ran.err) == (2, True), ran.err
    (tmp_path / "emp.toml").unlink()
    ran = run("simulate", "hubject", "--config", tmp_path / "world.toml")
    assert (ran.code, "emp.toml: No such file" in ran.err) == (2, True), ran.err
