"""The journal and the replay as operations staff use them: found, shown, copied, played again, made a fixture."""

import asyncio
import json
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.http import HttpRequest, HttpResponse
from gateway.journal import Exchange, Journal, correlated
from gateway.ports import Written
from gateway.settings import load
from gateway.store import Database
from gateway.web.hosting import Hosted
from gateway.wire.wsse import UsernameToken, written
from gateway.workbench import decode
from tests.cli.here import run
from tests.support import FIXTURES

SETTINGS = """
[store]
dsn = "sqlite:///{store}"
{journal}
[connections.hubject]
hub = "hubject"
role = "CPO"
party = "NL*LON"
urls = {{ "" = "https://hub.example/base" }}
insecure_loopback = true
[connections.eclearing]
hub = "eclearing"
role = "CPO"
party = "NL*LON"
urls = {{ service = "https://ochp.example/service" }}
[connections.eclearing.credentials]
username = "lon"
password = "p&ss word"
"""
SEALED = '[journal]\nkey = "a passphrase for the tests"'
OICP, OCHP = FIXTURES / "oicp", FIXTURES / "ochp"
UID, CONTRACT = "04A2B3C4D5E680", "DE-8EO-CA2B3C4D5-6"
SESSION = "f98efba4-02d8-4fa0-b810-9a9d50d2c527"
CHARGING = "/api/oicp/charging/v21"


def _exchange(
    connection: str, direction: str, operation: str, request: HttpRequest, reply: bytes, **more: Any
) -> Exchange:
    return Exchange(connection, direction, request, operation, response=HttpResponse(body=reply), **more)


def _started() -> Exchange:
    """A remote start that came in."""
    path = OICP / "AuthorizeRemoteStart.request.json"
    request = HttpRequest(
        path=f"{CHARGING}/providers/DE-8EO/authorize-remote/start",
        headers={"content-type": "application/json", "authorization": "Basic bG9uOmxvbg==", "host": "gateway"},
        body=path.read_bytes(),
        peer_names=("hub.example",),
    )
    reply = json.dumps(json.loads((OICP / "AuthorizeRemoteStart.request.reply").read_bytes()))
    exchange = _exchange("hubject", "in", "AuthorizeRemoteStart", request, reply.encode())
    correlated(exchange, decode("oicp", path.read_bytes(), path.name).value)
    return exchange


def _asked() -> Exchange:
    """An authorisation that went out, as our own code writes it."""
    path = OICP / "AuthorizeStart.request.json"
    reading = decode("oicp", path.read_bytes(), path.name)
    body = reading.adapter.render(Written(reading.form, reading.form.write(reading.value)), None)
    request = HttpRequest(path=f"{CHARGING}/operators/NL*LON/authorize/start", body=body)
    exchange = _exchange(
        "hubject", "out", "AuthorizeToken", request, (OICP / "AuthorizeStart.response.json").read_bytes()
    )
    correlated(exchange, reading.value)
    return exchange


def _asked_in_soap() -> Exchange:
    envelope = (OCHP / "get_single_roaming_authorisation.xml").read_bytes()
    head = f"<soap:Header>{written(UsernameToken('lon', 'p&ss word'))}</soap:Header>"
    request = HttpRequest(
        path="", service="service", headers={"content-type": "text/xml"},
        body=envelope.replace(b"<soap:Header/>", head.encode()),
    )  # fmt: skip
    reply = (OCHP / "get_single_roaming_authorisation_with_a_user.reply").read_bytes()
    return _exchange("eclearing", "out", "AuthorizeToken", request, reply)


def config(folder: Path, journal: str = SEALED) -> Path:
    """Settings whose journal has three exchanges."""
    path = folder / "gateway.toml"
    path.write_text(SETTINGS.format(store=folder / "store.sqlite", journal=journal), encoding="utf-8")

    async def written() -> None:
        settings = load(path)
        database = Database(settings.store.dsn)
        database.migrate()
        kept = Journal(database, settings=settings.journal)
        for exchange in (_started(), _asked(), _asked_in_soap()):
            await kept.write(exchange)
        database.close()

    asyncio.run(written())
    return path


@pytest.fixture(name="sealed")
def _sealed(tmp_path: Path) -> Path:
    return config(tmp_path)


@pytest.fixture(name="masked")
def _masked(tmp_path: Path) -> Path:
    return config(tmp_path, "")


def listed(path: Path, *options: object) -> list[int]:
    ran = run("journal", "list", "--config", path, "--json", *options)
    assert (ran.code, ran.err) == (0, "")
    return [row["id"] for row in json.loads(ran.out)]


# --- list and show -----------------------------------------------------------------------------------------------


def test_exchanges_are_listed_for_people_and_found_by_what_they_name(sealed: Path) -> None:
    lines = run("journal", "list", "--config", sealed).out.decode().splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3"]
    assert lines[0].split()[2:4] == ["in", "200"]
    assert lines[0].split()[6:] == ["hubject", "AuthorizeRemoteStart", SESSION, "NLLONE111111"]
    assert listed(sealed, "--session", SESSION) == [1]
    assert listed(sealed, "--evse", "nl*lon*e1111*11") == [1]
    assert listed(sealed, "--card", UID.lower()) == [2]
    assert listed(sealed, "--card", CONTRACT) == [1]
    assert listed(sealed, "--direction", "out", "--connection", "eclearing") == [3]
    assert listed(sealed, "--ids", "2-3", "--since", "2020-01-01", "--limit", "1") == [3]
    assert listed(sealed, "--until", "2020-01-01T00:00") == listed(sealed, "--errors") == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--since", "noon"), "'noon' is no time"),
        (("--ids", "1-x"), "'1-x' is no number and no range"),
        (("--direction", "up"), "neither in, out nor own"),
    ],
)
def test_filters_that_are_none_are_a_usage_error(sealed: Path, options: tuple[str, ...], words: str) -> None:
    ran = run("journal", "list", "--config", sealed, *options)
    assert (ran.code, words in ran.err) == (64, True)


def test_cards_cannot_be_found_without_a_key(masked: Path) -> None:
    ran = run("journal", "list", "--config", masked, "--card", UID)
    assert (ran.code, "no journal key" in ran.err) == (2, True)


def test_an_exchange_is_shown_masked_whatever_the_form(sealed: Path) -> None:
    text = run("journal", "show", "1", "--config", sealed).out.decode()
    assert "1  in  ended 20" in text
    assert "peer: hub.example" in text
    assert f"POST {CHARGING}/providers/DE-8EO/authorize-remote/start\ncontent-type: application/json\n" in text
    assert "authorization: ***" in text
    assert "HTTP 200" in text
    document = json.loads(run("journal", "show", "2", "--config", sealed, "--as", "json").out)
    assert json.loads(document["request"])["Identification"] == {"RFIDMifareFamilyIdentification": {"UID": "04…80"}}
    for style in ("text", "curl", "soap", "json"):
        for entry in (1, 2, 3):
            out = run("journal", "show", entry, "--config", sealed, "--as", style).out.decode()
            assert not {UID, CONTRACT, "p&amp;ss", "bG9u"} & set(out.replace('"', " ").replace("<", " ").split())


def test_who_looks_behind_the_masks_is_written_down(sealed: Path) -> None:
    shown = run("journal", "show", "2", "--config", sealed, "--unmask")
    assert UID in shown.out.decode()
    rows = json.loads(run("journal", "list", "--config", sealed, "--direction", "own", "--json").out)
    assert [(row["operation"], row["path"], row["session"], bool(row["peer"])) for row in rows] == [
        ("journal show --unmask", "journal/2", "CPO-SESSION-1", True)
    ]


def test_what_was_masked_for_good_cannot_be_unmasked(masked: Path) -> None:
    ran = run("journal", "show", "2", "--config", masked, "--unmask")
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.startswith("roaming-gateway: entry 2 cannot be unmasked: masked for good")
    assert listed(masked, "--direction", "own") == []


def test_a_key_that_is_missing_is_named_in_place_of_the_body(sealed: Path) -> None:
    other = sealed.read_text(encoding="utf-8").replace("a passphrase for the tests", "another passphrase, later")
    sealed.write_text(other, encoding="utf-8")
    ran = run("journal", "show", "1", "--config", sealed)
    assert (ran.code, "which the settings do not have)" in ran.out.decode()) == (0, True)


def test_soap_is_indented_and_json_is_no_soap(sealed: Path) -> None:
    soap = run("journal", "show", "3", "--config", sealed, "--as", "soap").out.decode()
    assert "\n      <o:emtId" in soap
    assert "<!-- answer: HTTP 200 -->" in soap
    refused = run("journal", "show", "2", "--config", sealed, "--as", "soap")
    assert (refused.code, "this is not SOAP" in refused.err) == (2, True)


def test_what_is_not_there_is_said_in_one_line(sealed: Path) -> None:
    assert run("journal", "show", "9", "--config", sealed).err == "roaming-gateway: there is no entry 9\n"
    assert run("journal", "show", "1", "--config", sealed, "--as", "poem").code == 64


def test_what_is_older_than_the_settings_keep_is_deleted(sealed: Path) -> None:
    assert run("journal", "expire", "--config", sealed).out == b"0 entries deleted\n"


# --- curl --------------------------------------------------------------------------------------------------------


@dataclass
class _Heard:
    """An application that answers 200 and keeps what it got."""

    path: str = ""
    body: bytes = b""
    headers: Any = ()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        self.path, self.headers = scope["path"], dict(scope["headers"])
        message = {"more_body": True}
        while message.get("more_body"):
            message = await receive()
            self.body += message.get("body", b"")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"heard"})


async def _curled(command: str, **variables: str) -> _Heard:
    heard = _Heard()
    async with Hosted(heard) as hosted:
        command = command.replace("https://ochp.example", hosted.url)
        process = await asyncio.create_subprocess_shell(
            command, stdout=subprocess.PIPE, env={"PATH": "/usr/bin:/bin", "GATEWAY": hosted.url, **variables}
        )
        out, _ = await process.communicate()
    assert (process.returncode, out) == (0, b"heard")
    return heard


async def test_the_curl_command_runs_and_credentials_are_variables(tmp_path: Path) -> None:
    sealed = await asyncio.to_thread(config, tmp_path)
    shown = ("journal", "show", "1", "--config", sealed, "--as", "curl", "--unmask")
    command = (await asyncio.to_thread(run, *shown)).out.decode()
    heard = await _curled(command, AUTHORIZATION="Basic abc")
    assert heard.path == f"/hubject{CHARGING}/providers/DE-8EO/authorize-remote/start"
    assert heard.body == (OICP / "AuthorizeRemoteStart.request.json").read_bytes()
    assert heard.headers[b"authorization"] == b"Basic abc"
    soap = (await asyncio.to_thread(run, *(part if part != "1" else "3" for part in shown))).out.decode()
    heard = await _curled(soap, PASSWORD="p&amp;ss word")
    assert (heard.path, heard.body) == ("/service", _asked_in_soap().request.body)


def test_the_curl_command_names_the_hub_as_configured(sealed: Path) -> None:
    command = run("journal", "show", "2", "--config", sealed, "--as", "curl").out.decode()
    assert f"https://hub.example/base{CHARGING}/operators/NL*LON/authorize/start" in shlex.split(command)
    assert "04…80" in command


# --- replay ------------------------------------------------------------------------------------------------------


def test_a_selection_is_driven_through_the_code(sealed: Path) -> None:
    ran = run("replay", "--journal", "--config", sealed, "--offline")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.decode().splitlines() == [
        "ok   1 in AuthorizeRemoteStart: request AuthorizeRemoteStart as recorded; "
        "answer AuthorizeRemoteStart.response as recorded",
        "ok   2 out AuthorizeToken: request AuthorizeStart as recorded; answer AuthorizeStart.response as recorded",
        "ok   3 out AuthorizeToken: request GetSingleRoamingAuthorisation as recorded; "
        "answer GetSingleRoamingAuthorisation.response as recorded",
    ]


def test_a_masked_body_cannot_be_played_and_says_so(masked: Path) -> None:
    ran = run("replay", "--journal", "--config", masked, "--offline", "--ids", "1")
    assert (ran.code, ran.out.decode()) == (2, "FAIL 1 in AuthorizeRemoteStart: not played\n")
    assert ran.err == "     masked for good: there was no key when it was written\n"


def test_nothing_to_play_is_said_in_one_line(sealed: Path) -> None:
    ran = run("replay", "--journal", "--config", sealed, "--offline", "--session", "nobody's")
    assert (ran.code, ran.err) == (2, "roaming-gateway: no exchange of the journal fits\n")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--journal", "--offline"), "--journal needs --config"),
        (("--journal", "--config", "x.toml"), "--to URL or --offline or --anonymise"),
        (("fixtures", "--journal", "--config", "x.toml", "--offline"), "either messages and folders, or --journal"),
        (("fixtures", "--anonymise", "x"), "needs --journal"),
        (("--offline",), "either messages and folders, or --journal"),
    ],
)
def test_what_does_not_go_together_is_a_usage_error(options: tuple[str, ...], words: str) -> None:
    ran = run("replay", *options)
    assert (ran.code, words in ran.err) == (64, True)


def test_several_connections_have_several_urls(sealed: Path) -> None:
    ran = run("replay", "--journal", "--config", sealed, "--to", "http://127.0.0.1:1", "--direction", "out")
    assert (ran.code, "give --connection, one of eclearing, hubject" in ran.err) == (2, True)


def test_a_fixture_of_an_entry_reads_as_expected_and_has_nobodys_data(sealed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    made = run("replay", "--journal", "--config", sealed, "--anonymise", folder)
    assert (made.code, made.err) == (0, "")
    names = sorted(path.name for path in folder.iterdir())
    assert [name for name in names if name.endswith(("1.json", "2.json", "3.xml"))] == [
        "AuthorizeRemoteStart.request.1.json",
        "AuthorizeStart.request.2.json",
        "GetSingleRoamingAuthorisation.request.3.xml",
    ]
    content = b"".join(path.read_bytes() for path in folder.iterdir()).decode()
    assert not any(private in content for private in (UID, CONTRACT, SESSION, "p&amp;ss", ">lon<", "bG9u", "host"))
    played = run("replay", folder, "--offline")
    assert (played.code, played.err) == (0, "")
    assert all(line.endswith("as expected") for line in played.out.decode().splitlines())
