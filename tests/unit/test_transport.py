import gzip
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
import respx
from tenacity import wait_none

from gateway.errors import GatewayError, NoAnswer, NotSent, Unavailable
from gateway.http import HttpRequest, HttpResponse
from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.ports import Connection, Profile
from gateway.streaming import PIECE, Spool
from gateway.transport import HttpLink, PartnerClient, _retry_after, tls_context

URL = "https://hub.example/api"
PROFILE = Profile("hub", "Hub", published_urls={"": URL, "live": "https://live.example"})


def connection(**urls: str) -> Connection:
    return Connection(name="c", hub="hub", protocol="p", role=Role.CPO, party=PartyId.parse("NL*LON"), urls=urls)


@pytest.fixture
async def link(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("gateway.transport.wait_exponential_jitter", lambda **_: wait_none())
    made = HttpLink(connection(**{"": URL}), PROFILE, httpx.AsyncClient(trust_env=False))
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("urls", "request_", "expected"),
    [
        ({"": "https://mine.example/"}, HttpRequest(path="/a", query="b=c"), "https://mine.example/a?b=c"),
        ({"": "https://mine.example"}, HttpRequest(path="/a", service="live"), "https://mine.example/live/a"),
        ({"live": "https://mine.example"}, HttpRequest(path="/a", service="live"), "https://mine.example/a"),
        (
            {"": "https://mine.example", "live": "https://live.mine.example"},
            HttpRequest(path="/a", service="live"),
            "https://live.mine.example/a",
        ),
    ],
)
async def test_a_service_without_an_address_of_its_own_is_below_the_base_url(
    urls: dict[str, str], request_: HttpRequest, expected: str
) -> None:
    link = HttpLink(connection(**urls), PROFILE, httpx.AsyncClient(trust_env=False))
    assert link.url(request_) == expected
    await link.close()


async def test_without_an_address_nothing_is_sent() -> None:
    """A hub's published address is for people: it is never called by silence."""
    link = HttpLink(connection(), PROFILE, httpx.AsyncClient(trust_env=False))
    with pytest.raises(NotSent, match="connection c has no URL for its hub"):
        link.url(HttpRequest())
    with pytest.raises(NotSent, match="connection c has no URL for live"):
        link.url(HttpRequest(service="live"))
    await link.close()


async def test_a_request_goes_out_as_it_is_and_the_answer_comes_back_as_it_is(link: HttpLink) -> None:
    with respx.mock:
        route = respx.put(f"{URL}/a?b=c").respond(400, content=b"\x00\xff", headers={"X-Answer": "Yes"})
        reply = await link.exchange(
            HttpRequest(method="PUT", path="/a", query="b=c", headers={"soapaction": "x"}, body=b"\xff\x00")
        )
    (call,) = route.calls
    assert (call.request.content, call.request.headers["soapaction"]) == (b"\xff\x00", "x")
    assert (reply.status, reply.headers["x-answer"], reply.body) == (400, "Yes", b"\x00\xff")


async def test_a_redirection_is_not_followed(link: HttpLink) -> None:
    with respx.mock:
        respx.post(f"{URL}/a").respond(302, headers={"location": "https://elsewhere.example"})
        assert (await link.exchange(HttpRequest(path="/a"))).status == 302


@pytest.mark.parametrize(
    ("failure", "expected", "tries"),
    [
        (httpx.ConnectError("refused"), NotSent, 3),
        (httpx.ConnectTimeout("slow"), NotSent, 3),
        (httpx.PoolTimeout("busy"), NotSent, 3),
        (httpx.UnsupportedProtocol("ftp"), NotSent, 3),
        (httpx.ReadTimeout("slow"), NoAnswer, 1),
        (httpx.WriteTimeout("slow"), NoAnswer, 1),
        (httpx.ReadError("reset"), NoAnswer, 1),
        (httpx.WriteError("reset"), NoAnswer, 1),
        (httpx.RemoteProtocolError("gone"), NoAnswer, 1),
        (httpx.DecodingError("bad gzip"), NoAnswer, 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_only_what_never_reached_the_hub_is_tried_again(
    link: HttpLink, failure: Exception, expected: type[Exception], tries: int
) -> None:
    with respx.mock:
        route = respx.post(f"{URL}/a").mock(side_effect=failure)
        with pytest.raises(expected):
            await link.exchange(HttpRequest(path="/a"))
    assert route.call_count == tries


async def test_a_hub_that_is_reached_at_the_second_try_is_asked_once(link: HttpLink) -> None:
    with respx.mock:
        route = respx.post(f"{URL}/a").mock(side_effect=[httpx.ConnectError("refused"), httpx.Response(200)])
        assert (await link.exchange(HttpRequest(path="/a"))).status == 200
    assert route.call_count == 2


async def test_an_answer_that_cannot_be_unpacked_is_no_answer(link: HttpLink) -> None:
    with respx.mock:
        respx.post(f"{URL}/a").mock(
            side_effect=lambda request: httpx.Response(200, content=b"no gzip", headers={"content-encoding": "gzip"})
        )
        with pytest.raises(NoAnswer):
            await link.exchange(HttpRequest(path="/a"))


@pytest.mark.parametrize("url", ["http://[::1", "http://hub.example:port", "hub.example"])
async def test_an_address_that_is_none_is_not_sent_to(url: str) -> None:
    link = HttpLink(connection(**{"": url}), PROFILE, httpx.AsyncClient(trust_env=False))
    with pytest.raises(NotSent):
        await link._once(HttpRequest(path="/a"))
    await link.close()


@pytest.mark.parametrize(
    ("status", "acted"), [(429, False), (503, False), (502, True), (504, True)], ids=["429", "503", "502", "504"]
)
async def test_a_hub_that_asks_to_be_left_alone_is_not_asked_again(link: HttpLink, status: int, acted: bool) -> None:
    with respx.mock:
        route = respx.post(f"{URL}/a").respond(status, headers={"Retry-After": "17"})
        with pytest.raises(Unavailable) as raised:
            await link.exchange(HttpRequest(path="/a"))
    assert (raised.value.retry_after, raised.value.may_have_acted, str(raised.value)) == (17.0, acted, f"HTTP {status}")
    assert route.call_count == 1


@pytest.mark.parametrize("status", [400, 401, 404, 500])
async def test_any_other_status_is_an_answer(link: HttpLink, status: int) -> None:
    with respx.mock:
        respx.post(f"{URL}/a").respond(status)
        assert (await link.exchange(HttpRequest(path="/a"))).status == status


@pytest.mark.parametrize(
    ("text", "seconds"),
    [(None, None), ("", None), ("0", 0), (" 12 ", 12), ("soon", None), ("-5", None), ("²", None), ("1.5", None),
     ("٣", None), ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Thu, 01 Jan 1970 00:00:00 -0000", 0), ("99", 99)],
)  # fmt: skip
def test_the_wait_that_a_hub_asks_for_is_read_in_either_form(text: str | None, seconds: float | None) -> None:
    assert _retry_after(text) == seconds


def test_a_moment_to_wait_for_is_so_many_seconds_from_now() -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    seconds = _retry_after(moment)
    assert seconds is not None
    assert 98 <= seconds <= 100


# --- streamed ----------------------------------------------------------------------------------------------------


async def read(link: HttpLink) -> tuple[int, list[bytes]]:
    async with link.streamed(HttpRequest(path="/a", headers={"x": "y"}, body=b"ask")) as reply:
        return reply.status, [piece async for piece in reply.pieces()]


async def test_an_answer_comes_in_pieces(link: HttpLink) -> None:
    with respx.mock:
        route = respx.post(f"{URL}/a").respond(400, content=b"\x00\xff" * 100_000)
        status, pieces = await read(link)
    (call,) = route.calls
    assert (call.request.content, call.request.headers["x"], status) == (b"ask", "y", 400)
    assert b"".join(pieces) == b"\x00\xff" * 100_000


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 20_000_000])
async def test_what_is_packed_tightly_is_unpacked_a_bounded_piece_at_a_time(link: HttpLink, size: int) -> None:
    body = gzip.compress(b"a" * size)
    with respx.mock:
        respx.post(f"{URL}/a").respond(200, content=body, headers={"content-encoding": "gzip"})
        _, pieces = await read(link)
    assert sum(map(len, pieces)) == size
    assert max(map(len, pieces), default=0) <= PIECE


@pytest.mark.parametrize(
    ("body", "coding"),
    [(gzip.compress(b"a" * 1000, mtime=0)[:-3], "gzip"), (b"plain", "gzip"), (b"", "gzip"), (b"x", "zstd")],
)
async def test_a_packed_answer_that_breaks_off_or_is_packed_otherwise_is_no_answer(
    link: HttpLink, body: bytes, coding: str
) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(body), headers={"content-encoding": coding})

    with respx.mock:
        respx.post(f"{URL}/a").mock(side_effect=answer)
        with pytest.raises(NoAnswer):
            await read(link)


@pytest.mark.parametrize(
    ("failure", "expected", "tries"), [(httpx.ConnectError("no"), NotSent, 3), (httpx.ReadTimeout("slow"), NoAnswer, 1)]
)
async def test_a_streamed_question_fails_as_any_other(
    link: HttpLink, failure: Exception, expected: type[Exception], tries: int
) -> None:
    with respx.mock:
        route = respx.post(f"{URL}/a").mock(side_effect=failure)
        with pytest.raises(expected):
            await read(link)
    assert route.call_count == tries


async def test_a_hub_that_is_busy_gives_no_stream(link: HttpLink) -> None:
    with respx.mock:
        respx.post(f"{URL}/a").respond(503, headers={"Retry-After": "17"})
        with pytest.raises(Unavailable):
            await read(link)


async def test_a_long_request_goes_out_again_whole_after_a_failure(link: HttpLink) -> None:
    spool = Spool()
    for _ in range(40):
        spool.write(b"x" * PIECE)
    taken: list[tuple[str | None, str | None, int]] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        taken.append((request.headers.get("content-length"), request.headers.get("transfer-encoding"), len(body)))
        if len(taken) == 1:
            raise httpx.ConnectError("refused")
        return httpx.Response(200)

    with respx.mock:
        respx.post(f"{URL}/a").mock(side_effect=answer)
        assert (await link.exchange(HttpRequest(path="/a", spool=spool))).status == 200
    spool.close()
    assert taken == [(str(40 * PIECE), None, 40 * PIECE)] * 2


def test_certificates_are_checked() -> None:
    context = tls_context(connection())
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


async def test_simulators_reach_their_partners_by_any_address() -> None:
    client = PartnerClient()
    with respx.mock:
        respx.post("https://partner.example/base/a").respond(201, content=b"yes")
        reply = await client.call("https://partner.example/base/", HttpRequest(path="/a"))
        assert isinstance(reply, HttpResponse)
        assert (reply.status, reply.body) == (201, b"yes")
        respx.post("https://partner.example/b").mock(side_effect=httpx.ReadTimeout("slow"))
        with pytest.raises(GatewayError):
            await client.call("https://partner.example", HttpRequest(path="/b"))
    await client.close()
