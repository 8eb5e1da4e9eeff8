"""The command as a shell sees it: exit codes, what goes to stdout, what to stderr, and never a traceback."""

import json
import os
import signal
import subprocess
import sysconfig
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.wire.json import parse_json
from gateway.wire.kept import differences
from gateway.wire.xml import parse_xml
from tests.cli import here
from tests.cli.here import Ran
from tests.support import FIXTURES, ROOT

COMMAND = Path(sysconfig.get_path("scripts")) / "roaming-gateway"
OICP, EMIP = FIXTURES / "oicp", FIXTURES / "emip"
START = OICP / "AuthorizeStart.request.json"
CDR = FIXTURES / "pairs/oicp/ChargeDetailRecord.cdr.json"
needs_fixtures = pytest.mark.skipif(not START.is_file(), reason="the adapters have put no messages there yet")
COMMANDS = (
    "decode", "recode", "translate", "explain", "serve", "work", "simulate", "demo", "replay", "operations", "schemas",
    "outbox", "lanes", "publish", "drift", "pull", "inbox", "journal", "operators", "sessions", "scenarios", "check",
)  # fmt: skip


def environment() -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.upper().startswith("ROAMING_GATEWAY_")}
    return {**plain, "COLUMNS": "200"}


def run(*arguments: object, given: bytes = b"", folder: Path = ROOT) -> Ran:
    done = subprocess.run(
        [str(COMMAND), *map(str, arguments)],
        input=given, capture_output=True, cwd=folder, env=environment(), timeout=60, check=False,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return Ran(done.returncode, done.stdout, done.stderr.decode())


# --- exit codes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nonsense"], 64, "No such command 'nonsense'"),
        (["decode"], 64, "Missing argument"),
        (["decode", "pyproject.toml"], 64, "Missing option '--protocol'"),
        (["decode", "pyproject.toml", "--protocol", "oicp", "--colour"], 64, "No such option: --colour"),
        (["decode", "pyproject.toml", "--protocol", "ocpi"], 2, "OCPI is not spoken yet"),
        (["decode", "pyproject.toml", "--protocol", "ocpp"], 64, "unknown protocol 'ocpp'"),
        (["decode", "pyproject.toml", "--protocol", "emip"], 2, "pyproject.toml: not XML"),
        (["decode", "nowhere.xml", "--protocol", "emip"], 2, "nowhere.xml: No such file"),
        (["decode", "gateway", "--protocol", "emip"], 2, "gateway: Is a directory"),
        (["explain", "pyproject.toml"], 2, "ochp: not XML"),
        (["replay", "tests/cli"], 64, "give either --to URL or --offline"),
        (["replay", "tests/cli", "--offline"], 2, "no message is there"),
        (["serve"], 64, "Missing option '--config'"),
        (["serve", "--config", "nowhere.toml"], 2, "nowhere.toml: No such file"),
        (["serve", "--config", "pyproject.toml"], 2, "/project: Extra inputs are not permitted"),
        (["simulate", "moonbase"], 64, "known are hubject, gireve, eclearing"),
        (["simulate", "hubject", "--host", "192.0.2.1"], 2, "cannot listen at 192.0.2.1"),
        (["simulate", "hubject", "--config", "Makefile"], 2, "Makefile: not TOML"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_said_on_stderr(
    arguments: Sequence[str], code: int, words: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("sys.argv", ["roaming-gateway", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capfd.readouterr()
    assert (ended.value.code, out) == (code, "")
    assert words in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "code"), [([], 64), (["nonsense"], 64), (["decode", "-", "--protocol", "ocpi"], 2)]
)
def test_the_shell_is_told_the_same(arguments: Sequence[str], code: int) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out, ran.err != "") == (code, b"", True)


def test_every_command_explains_itself() -> None:
    everything = run("--help")
    assert (everything.code, everything.err) == (0, "")
    for name in COMMANDS:
        told = here.run(name, "--help")
        assert (told.code, told.err) == (0, "")
        assert told.out.startswith(f"Usage: roaming-gateway {name}".encode())
        assert f"\n  {name} ".encode() in everything.out


# --- messages ----------------------------------------------------------------------------------------------------


@needs_fixtures
def test_a_message_is_decoded_from_a_file_and_from_standard_input_alike() -> None:
    file = run("decode", START, "--protocol", "oicp")
    piped = run("decode", "-", "--protocol", "oicp", "--message", "AuthorizeStart", given=START.read_bytes())
    assert (file.code, file.err) == (0, "")
    assert file == piped
    report = json.loads(file.out)
    expected = json.loads(START.with_name("AuthorizeStart.request.expected.json").read_bytes())
    expected.pop("extensions", None)
    assert (report["protocol"], report["message"], report["canonical"]) == ("oicp", "AuthorizeStart", expected)


@needs_fixtures
def test_a_message_that_breaks_a_rule_is_printed_with_exit_code_1(tmp_path: Path) -> None:
    broken = tmp_path / "AuthorizeStart.json"
    broken.write_bytes(b'{"EvseID": "DE*LON*E1"}')
    ran = here.run("decode", broken, "--protocol", "oicp")
    assert ran.code == 1
    assert {finding["pointer"] for finding in json.loads(ran.out)["findings"] if finding["severity"] == "error"} >= {
        "/OperatorID",
        "/Identification",
    }
    refused = here.run("recode", broken, "--protocol", "oicp")
    assert (refused.code, refused.out) == (1, b"")
    assert "error: /OperatorID: missing" in refused.err
    assert here.run("recode", broken, "--protocol", "oicp", "--lenient").code == 0


@needs_fixtures
@pytest.mark.parametrize(
    ("protocol", "file"), [("oicp", START), ("emip", EMIP / "get_service_authorisation.xml")], ids=["oicp", "emip"]
)
def test_a_message_written_again_is_the_same(protocol: str, file: Path) -> None:
    ran = run("recode", file, "--protocol", protocol)
    assert (ran.code, ran.err) == (0, "")
    read = parse_json if protocol == "oicp" else parse_xml
    assert differences(read(file.read_bytes()), read(ran.out)) == ()


@needs_fixtures
def test_a_translation_writes_the_message_and_reports_what_is_lost(tmp_path: Path) -> None:
    report, out = tmp_path / "report.json", tmp_path / "out"
    context = FIXTURES / "contexts/cdr.context.json"
    common = ("translate", CDR, "--from", "oicp", "--to", "emip", "--message", "ChargeDetailRecord")
    written = here.run(*common, "--context", context, "--report", report)
    assert (written.code, written.err) == (0, "")
    assert b"eMIP_ToIOP_SetChargeDetailRecordRequest" in written.out
    assert json.loads(report.read_bytes())["losses"] != []
    filed = here.run(*common, "--context", context, "--out", out)
    assert (filed.code, filed.out, json.loads(filed.err)) == (0, b"", json.loads(report.read_bytes()))
    assert [path.read_bytes() for path in out.iterdir()] == [written.out]


@needs_fixtures
def test_a_translation_without_what_it_needs_writes_nothing_and_says_what(tmp_path: Path) -> None:
    ran = here.run("translate", CDR, "--from", "oicp", "--to", "emip", "--message", "ChargeDetailRecord")
    assert (ran.code, ran.out) == (1, b"")
    needed = {finding["pointer"] for finding in json.loads(ran.err)["findings"] if finding["code"] == "needs-context"}
    assert "/eMIP_ToIOP_SetChargeDetailRecordRequest/partnerId" in needed
    for content, words in ((b"{", "not JSON"), (b'{"colour": 1}', "/colour: Context has no field 'colour'")):
        bad = tmp_path / "context.json"
        bad.write_bytes(content)
        refused = here.run("translate", CDR, "--from", "oicp", "--to", "emip", "--context", bad)
        assert (refused.code, refused.out, words in refused.err) == (2, b"", True)


@needs_fixtures
def test_an_explanation_finds_the_protocol_out_and_shows_every_protocol() -> None:
    ran = here.run("explain", START)
    assert ran.code == 0
    text = ran.out.decode()
    assert text.startswith("AuthorizeStart (OICP 2.3), sent by CPO\n")
    (line,) = [line for line in text.splitlines() if line.startswith("token: uid")]
    assert "/Identification/" in line
    assert "userId" in line


# --- replay and simulate -----------------------------------------------------------------------------------------


@needs_fixtures
def test_a_replay_offline_compares_every_shipped_message_with_its_meaning() -> None:
    ran = here.run("replay", OICP, "--offline")
    assert (ran.code, ran.err) == (0, "")
    assert all(line.startswith("ok  ") for line in ran.out.decode().splitlines())


@needs_fixtures
def test_a_replay_says_what_differs(tmp_path: Path) -> None:
    folder = tmp_path / "oicp"
    folder.mkdir()
    (folder / START.name).write_bytes(START.read_bytes())
    (folder / "AuthorizeStart.request.expected.json").write_text('{"evse": "FR*XXX*E1"}', encoding="utf-8")
    ran = here.run("replay", folder, "--offline")
    assert ran.code == 1
    assert ran.out.decode().startswith(f"DIFF {START.name}: ")
    assert 'where "FR*XXX*E1" is expected' in ran.err
    lost = here.run("replay", folder, "--to", "http://127.0.0.1:1")
    assert (lost.code, lost.out.decode()) == (1, f"DIFF {START.name}: no answer\n")


@contextmanager
def simulator(hub: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        [str(COMMAND), "simulate", hub], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline(), process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


@needs_fixtures
def test_a_simulator_prints_one_line_and_answers_until_it_is_interrupted(tmp_path: Path) -> None:
    folder = tmp_path / "oicp"
    folder.mkdir()
    (folder / START.name).write_bytes(START.read_bytes())
    frame = {
        "path": "/api/oicp/charging/v21/operators/NL*LON/authorize/start",
        "headers": {"content-type": "application/json"},
    }
    (folder / "AuthorizeStart.request.http.json").write_text(json.dumps(frame), encoding="utf-8")
    with simulator("hubject") as (line, process):
        ready, _, url = line.strip().rpartition(" ")
        assert ready == "hubject simulator ready at"
        ran = run("replay", folder, "--to", url)
        assert (ran.code, ran.out.decode(), ran.err) == (
            0,
            f"ok   {START.name}: HTTP 200, nothing to compare with\n",
            "",
        )
        with urllib.request.urlopen(f"{url}/_simulator/received", timeout=10) as reply:
            assert [one["status"] for one in json.load(reply)] == [200]
    assert process.returncode in (0, 130)


# --- data --------------------------------------------------------------------------------------------------------


def test_the_operations_are_listed_for_people_and_for_programs() -> None:
    rows = json.loads(here.run("operations", "--json").out)
    lines = here.run("operations").out.decode().splitlines()
    assert len(rows) == len(lines) > 0
    assert {row["protocol"] for row in rows} == {"emip", "ochp", "oicp"}


def test_the_schemas_are_written_to_a_folder_and_can_be_read(tmp_path: Path) -> None:
    ran = here.run("schemas", "--out", tmp_path / "a" / "b")
    written = sorted(path for path in (tmp_path / "a" / "b").rglob("*") if path.is_file())
    assert (ran.code, ran.err) == (0, "")
    assert sorted(ran.out.decode().split()) == sorted(map(str, written))
    assert {"canonical.json", "ochp.wsdl", "ochp.xsd"} <= {path.name for path in written}
    assert {path.suffix for path in written} == {".json", ".wsdl", ".xsd"}
    for path in written:
        assert json.loads(path.read_bytes()) if path.suffix == ".json" else len(parse_xml(path.read_bytes()))
