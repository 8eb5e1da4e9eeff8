import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from gateway.errors import Invalid
from gateway.replay import Outcome, companion, messages_in, replayed
from tests.scenarios import toy

ASK = {"evse": "DE*LON*E1111*1", "uid": "04A2B3C4D5E680"}
MEANING = {"evse": "DE*LON*E1111*1", "token": {"uid": "04A2B3C4D5E680", "type": "RFID"}}
BASE = "https://gateway.example/toy"


@pytest.fixture(autouse=True)
def _toy_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("gateway.connections", "gateway.workbench", "gateway.replay"):
        monkeypatch.setattr(f"{module}.adapters", lambda: {"toy": toy.adapter})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "toy").mkdir()
    write(tmp_path / "toy/Ask.json", ASK)
    return tmp_path


def write(path: Path, document: Any) -> Path:
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


async def test_a_message_without_an_expectation_is_read(folder: Path) -> None:
    assert await replayed(folder, None) == [Outcome("Ask.json", "Ask read")]


async def test_a_message_is_compared_with_its_expected_meaning(folder: Path) -> None:
    write(folder / "toy/Ask.expected.json", MEANING)
    assert await replayed(folder, None) == [Outcome("Ask.json", "Ask read, as expected")]
    write(folder / "toy/Ask.expected.json", {**MEANING, "evse": "NL*LON*E1", "session": {"cpo": "C"}})
    (outcome,) = await replayed(folder / "toy/Ask.json", None)
    assert outcome.differences == (
        'meaning/evse: "DE*LON*E1111*1" where "NL*LON*E1" is expected',
        'meaning/session: nothing where {"cpo": "C"} is expected',
    )


async def test_an_expectation_may_name_what_only_the_protocol_understands(folder: Path) -> None:
    write(folder / "toy/Ask.json", {**ASK, "colour": "blue"})
    for kept, differs in (
        ({"extensions": {"toy": [{"pointer": "/colour", "received": "blue"}]}}, False),
        ({}, False),
        ({"extensions": {"toy": [{"pointer": "/colour", "received": "red"}]}}, True),
    ):
        write(folder / "toy/Ask.expected.json", {**MEANING, **kept})
        (outcome,) = await replayed(folder, None)
        assert bool(outcome.differences) is differs


async def test_a_message_that_nobody_can_read_is_a_difference(folder: Path) -> None:
    write(folder / "Whisper.json", {})
    outcomes = await replayed(folder, None)
    assert [(outcome.name, outcome.text, bool(outcome.differences)) for outcome in outcomes] == [
        ("Whisper.json", "unreadable", True),
        ("Ask.json", "Ask read", False),
    ]


async def test_only_messages_are_replayed_and_in_order(folder: Path) -> None:
    for name in ("Ask.expected.json", "Ask.http.json", "Ask.reply", "notes.md", "B.xml", "C.http"):
        write(folder / "toy" / name, "{}")
    assert [path.name for path in messages_in(folder)] == ["Ask.json", "B.xml", "C.http"]


@pytest.mark.parametrize("name", ["empty", "nowhere"])
def test_a_folder_without_messages_is_a_fault(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Invalid, match="no message is there"):
        messages_in(tmp_path / name)


def test_the_companions_of_a_message_stand_beside_it() -> None:
    assert companion(Path("a/Ask.request.json"), ".reply") == Path("a/Ask.request.reply")


async def test_a_message_is_sent_with_its_frame_and_the_reply_is_compared(folder: Path) -> None:
    write(folder / "toy/Ask.http.json", {"method": "PUT", "path": "/ask", "headers": {"X-User": "hub"}})
    write(folder / "toy/Ask.reply", {"result": "yes", "limit": 1.0, "text": None})
    with respx.mock:
        route = respx.put(f"{BASE}/ask").respond(200, json={"limit": 1, "result": "yes"})
        assert await replayed(folder, BASE) == [Outcome("Ask.json", "HTTP 200, as expected")]
        assert json.loads(route.calls[0].request.content) == ASK
        assert route.calls[0].request.headers["x-user"] == "hub"
        route.respond(200, json={"limit": 1, "result": "no"})
        (outcome,) = await replayed(folder, BASE)
        assert (outcome.text, outcome.differences) == (
            "HTTP 200, another answer",
            ('reply/result: "no" where "yes" is expected',),
        )


async def test_an_answer_that_is_another_kind_of_document_is_a_difference(folder: Path) -> None:
    write(folder / "toy/Ask.reply", {"result": "yes"})
    with respx.mock:
        respx.post(BASE).respond(500, html="<html>")
        (outcome,) = await replayed(folder, BASE)
    assert (outcome.text, len(outcome.differences)) == ("HTTP 500, another answer", 1)


async def test_soap_replies_are_compared_by_the_bodys_child_whatever_the_prefixes(folder: Path) -> None:
    def envelope(prefix: str, value: str) -> str:
        soap = "http://www.w3.org/2003/05/soap-envelope"
        return (
            f'<{prefix}:Envelope xmlns:{prefix}="{soap}"><{prefix}:Body>'
            f'<x:Said xmlns:x="urn:x"><result>{value}</result></x:Said></{prefix}:Body></{prefix}:Envelope>'
        )

    write(folder / "toy/Ask.reply", envelope("s", "yes"))
    with respx.mock:
        route = respx.post(BASE).respond(200, text=envelope("soap", "yes"))
        assert await replayed(folder, BASE) == [Outcome("Ask.json", "HTTP 200, as expected")]
        route.respond(200, text=envelope("soap", "no"))
        (outcome,) = await replayed(folder, BASE)
        assert outcome.differences == ('reply/result[1]/text(): "no" where "yes" is expected',)


async def test_a_gateway_that_does_not_answer_is_a_difference(folder: Path) -> None:
    with respx.mock:
        respx.post(BASE).mock(side_effect=httpx.ReadTimeout("slow"))
        (outcome,) = await replayed(folder, BASE)
    assert (outcome.text, outcome.differences) == ("no answer", ("ReadTimeout: slow",))
