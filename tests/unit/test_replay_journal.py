import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
import respx

from gateway.connections import adapters
from gateway.http import HttpRequest
from gateway.journal import Opened, Record
from gateway.ports import Connection, Credentials, Written
from gateway.replay import Outcome, exit_code
from gateway.replay_journal import offline, request_again, sent, wire_name
from gateway.transport import PartnerClient
from gateway.wire.wsse import UsernameToken, stripped, written
from gateway.workbench import decode
from tests.scenarios import toy
from tests.support import FIXTURES

UID = "04A2B3C4D5E680"
URL = "https://gateway.example/hubject"
START = (FIXTURES / "oicp/AuthorizeRemoteStart.request.json").read_bytes()
REPLY = (FIXTURES / "oicp/AuthorizeRemoteStart.request.reply").read_bytes()
PATH = "/api/oicp/charging/v21/providers/DE-8EO/authorize-remote/start"
RECORD = Record(
    id=7, at="2026-01-15T12:00:00.000000+00:00", connection="hubject", direction="in", operation=None, session=None,
    evse=None, cdr=None, peer=None, service=None, method="POST", path=PATH, query=None,
    request_headers={"content-type": "application/json", "content-length": "1"}, request="", status=200,
    response_headers={}, response=None, sealed="k", error=None, milliseconds=1,
)  # fmt: skip
ENTRY = Opened(record=RECORD, request=START, response=REPLY)
OICP = adapters()["oicp"]


def entry(record: dict[str, Any] | None = None, **changed: Any) -> Opened:
    return replace(ENTRY, record=replace(RECORD, **(record or {})), **changed)


def known(username: str = "", password: str = "") -> Connection:
    return toy.connection("hubject", credentials=Credentials(username=username, password=password))


# --- offline -----------------------------------------------------------------------------------------------------


def test_an_entry_that_reads_and_writes_as_it_was_is_equal() -> None:
    text = "request AuthorizeRemoteStart as recorded; answer AuthorizeRemoteStart.response as recorded"
    assert offline(ENTRY, OICP) == Outcome(f"7 in {PATH}", text)


def test_what_today_would_be_written_otherwise_is_a_difference() -> None:
    answer = json.dumps({**json.loads(REPLY), "Surprise": UID, "StatusCode": {"Code": "000", "Old": 1}}).encode()
    outcome = offline(entry(response=answer), OICP)
    assert outcome.differences == (
        'answer/StatusCode/Old: nothing where 1 is expected',
        'answer/Surprise: nothing where "04…80" is expected',
    )  # fmt: skip
    ignored = offline(entry(response=answer), OICP, frozenset(("old", "surprise")))
    assert ignored.differences == ()


def test_what_only_a_partner_says_is_kept_and_no_difference() -> None:
    request = json.dumps({**json.loads(START), "Surprise": {"a": [1]}}).encode()
    assert offline(entry(request=request), OICP).differences == ()
    ours = offline(entry({"direction": "out"}, request=request), OICP).differences
    assert ours == ('request/Surprise: nothing where {"a": [1]} is expected',)


def test_what_cannot_be_read_is_a_difference_unless_it_could_not_be_read_then() -> None:
    outcome = offline(entry(request=b"{"), OICP)
    assert (outcome.text.partition(";")[0], len(outcome.differences)) == ("request unreadable", 1)
    then = offline(entry({"error": "Undecodable: not JSON"}, request=b"{"), OICP)
    assert (then.text, then.differences) == ("unreadable, as it was then", ())


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (500, b"<html>"),
        (
            200,
            b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault/></s:Body></s:Envelope>',
        ),
    ],
)
def test_a_failure_is_no_message_of_the_protocol(status: int, answer: bytes) -> None:
    outcome = offline(entry({"status": status}, response=answer), OICP)
    assert (outcome.text, outcome.differences) == ("request AuthorizeRemoteStart as recorded", ())


def test_one_of_several_messages_of_one_meaning_is_compared_as_it_was() -> None:
    body = (FIXTURES / "emip/set_evse_availability_in_service.xml").read_bytes()
    part = entry({"direction": "out", "path": "/"}, request=body, response=None)
    assert offline(part, adapters()["emip"]).differences == ()


def test_a_body_that_is_not_there_is_a_failure() -> None:
    lost = entry(reason="masked for good")
    assert offline(lost, OICP) == Outcome(f"7 in {PATH}", "not played", failure="masked for good")
    assert [exit_code([offline(one, OICP)]) for one in (lost, ENTRY, entry(request=b"{"))] == [2, 0, 1]


def test_an_operation_is_known_by_its_path_where_paths_tell() -> None:
    assert wire_name(OICP, RECORD) == "AuthorizeRemoteStart"
    assert wire_name(OICP, replace(RECORD, path="/elsewhere", operation="Asked")) == "Asked"


# --- to a running gateway ----------------------------------------------------------------------------------------


async def played(one: Opened, connection: Connection | None = None, *ignored: str) -> Outcome:
    client = PartnerClient()
    try:
        return await sent(one, URL, connection or known(), client, frozenset(ignored))
    finally:
        await client.close()


async def test_a_request_is_sent_again_and_its_answer_compared() -> None:
    with respx.mock:
        route = respx.post(f"{URL}{PATH}").respond(200, content=REPLY)
        assert await played(entry({"query": "a=1"})) == Outcome(f"7 in {PATH}", "HTTP 200, as expected")
        request = route.calls[0].request
        assert (request.content, request.url.query, request.headers["content-length"]) == (
            START, b"a=1", str(len(START)),
        )  # fmt: skip
        route.respond(503 - 2, content=json.dumps({**json.loads(REPLY), "SessionID": UID}).encode())
        other = await played(ENTRY)
        assert other.differences == (
            "HTTP 501 where 200 is expected",
            'reply/SessionID: "04…80" where "f98efba4-02d8-4fa0-b810-9a9d50d2c527" is expected',
        )
        assert (await played(ENTRY, None, "sessionid")).differences == other.differences[:1]


async def test_a_gateway_that_is_silent_is_a_difference() -> None:
    with respx.mock:
        respx.post(f"{URL}{PATH}").mock(side_effect=httpx.ReadTimeout("slow"))
        assert await played(ENTRY) == Outcome(f"7 in {PATH}", "no answer", ("ReadTimeout: slow",))


@pytest.mark.parametrize("record", [{"path": "/tokens/04…80"}, {"query": "uid=04…80"}])
async def test_a_path_that_was_masked_cannot_be_called(record: dict[str, str]) -> None:
    assert (await played(entry(record))).failure == "its path is masked for good"


def test_credentials_are_those_of_the_connection() -> None:
    headers = {"authorization": "***", "cookie": "***", "accept": "x"}
    plain = request_again(entry({"request_headers": headers}), known())
    assert plain == HttpRequest(method="POST", path=PATH, headers={"accept": "x"}, body=START)
    basic = request_again(entry({"request_headers": headers}), known("lon", "secret"))
    assert basic.headers == {"accept": "x", "authorization": "Basic bG9uOnNlY3JldA=="}
    token = UsernameToken("lon", "p&ss")
    body = f'<s:Envelope xmlns:s="s">{written(token)}</s:Envelope>'.encode()
    assert request_again(entry(request=stripped(body)), known("lon", "p&ss")).body == body


def test_our_own_messages_are_written_today_as_they_are_kept() -> None:
    for name in ("AuthorizeStart.request", "ChargeDetailRecord.request", "PushEvseStatus.request"):
        reading = decode("oicp", (FIXTURES / f"oicp/{name}.json").read_bytes(), name)
        body = OICP.render(Written(reading.form, reading.form.write_plain(reading.value)), None)
        one = entry({"direction": "out", "path": "/", "operation": reading.form.name}, request=body, response=None)
        assert offline(one, OICP).differences == ()
