"""Long bodies: read once or again, kept in a file, shown to the journal in part."""

from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.steady import Steady
from gateway.errors import NotSent, Undecodable, Unsupported
from gateway.http import HttpRequest, HttpResponse
from gateway.masking import masked_bytes
from gateway.streaming import IN_MEMORY, PIECE, SHOWN, Glimpse, Reply, Spool, shown, spooled, streamed
from tests.adapters.test_ochp_sends import CONNECTION
from tests.support import FakeLink


async def pieces_of(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def read(reply: Reply) -> bytes:
    return b"".join([piece async for piece in reply.pieces()])


async def test_what_was_looked_at_is_read_all_the_same() -> None:
    reply = Reply(200, {}, pieces_of(b"abc", b"def", b"g"))
    assert await reply.head(4) == b"abcdef"
    assert not reply.is_complete
    assert await read(reply) == b"abcdefg"
    assert reply.is_complete


async def test_a_short_answer_can_be_read_as_a_whole_and_a_long_one_cannot() -> None:
    assert await Reply(201, {"a": "b"}, pieces_of(b"abc", b"d")).whole(4) == HttpResponse(
        status=201, headers={"a": "b"}, body=b"abcd"
    )
    with pytest.raises(Undecodable, match="more than 3 bytes"):
        await Reply(200, {}, pieces_of(b"abc", b"d")).whole(3)


async def test_a_spooled_answer_can_be_read_again_and_again() -> None:
    reply = Reply(200, {}, pieces_of(*[b"x" * PIECE] * 40))
    await reply.head(1)
    await reply.spool(50 * PIECE)
    assert len(await read(reply)) == len(await read(reply)) == 40 * PIECE > IN_MEMORY
    reply.close()
    longer = Reply(200, {}, pieces_of(b"abc", b"d"))
    with pytest.raises(Undecodable, match="more than"):
        await longer.spool(3)
    longer.close()


async def test_a_link_that_knows_no_pieces_gives_the_whole_as_one_answer() -> None:
    hub = FakeLink(CONNECTION, [HttpResponse(status=404, body=b"abc")])
    async with streamed(hub, HttpRequest(body=b"ask")) as reply:
        assert (reply.status, await read(reply)) == (404, b"abc")
    assert hub.asked == [HttpRequest(body=b"ask")]


# --- requests ----------------------------------------------------------------------------------------------------


async def test_a_short_request_goes_out_as_any_other() -> None:
    hub = FakeLink(CONNECTION, [HttpResponse()])
    await spooled(hub, HttpRequest(path="/a"), [b"ab", b"", b"c"])
    assert hub.asked == [HttpRequest(path="/a", body=b"abc")]


class Taking:
    """A link that reads a long request twice."""

    def __init__(self) -> None:
        self.read: list[int] = []
        self.shown = b""

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        assert request.spool is not None
        self.read = [sum(map(len, request.spool.pieces())) for _ in range(2)]
        self.shown = shown(request).body
        return HttpResponse()


async def test_a_long_request_is_of_known_length_and_can_be_read_again() -> None:
    link = Taking()
    await spooled(link, HttpRequest(), (b"<a>" + b"x" * 1000 + b"</a>" for _ in range(2000)))
    assert link.read == [2000 * 1007] * 2
    assert len(link.shown) < SHOWN + 100
    assert link.shown.endswith(b"bytes are not kept] </a>")


async def test_what_cannot_be_written_down_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Spool, __: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Spool, "write", full)
    hub = FakeLink(CONNECTION)
    with pytest.raises(NotSent, match="No space left"):
        await spooled(hub, HttpRequest(), [b"a"])
    assert hub.asked == []


async def test_a_failure_on_the_way_leaves_nothing_sent() -> None:
    def failing() -> Iterator[bytes]:
        yield b"a"
        raise Undecodable("of one record")

    hub = FakeLink(CONNECTION)
    with pytest.raises(Undecodable):
        await spooled(hub, HttpRequest(), failing())
    assert hub.asked == []


async def test_an_owed_request_that_is_too_long_to_be_kept_is_refused() -> None:
    kept: list[str] = []

    async def keep(sent: str) -> None:
        kept.append(sent)

    hub = FakeLink(CONNECTION)
    steady = Steady("key", hub.now(), None, keep)
    with Spooled(b"x" * PIECE) as spool, pytest.raises(Unsupported, match=f"{PIECE} bytes is too long"):
        await steady.over(hub).exchange(HttpRequest(spool=spool))
    assert (kept, hub.asked, steady.exchanged) == ([], [], False)


class Spooled:
    def __init__(self, body: bytes) -> None:
        self._spool = Spool()
        self._spool.write(body)

    def __enter__(self) -> Spool:
        return self._spool

    def __exit__(self, *_: object) -> None:
        self._spool.close()


async def test_an_owed_question_is_streamed_as_it_was_recorded() -> None:
    async def keep(_: str) -> None:
        pass

    hub = FakeLink(CONNECTION, [HttpResponse(body=b"1"), HttpResponse(body=b"2")])
    first = Steady("key", hub.now(), None, keep)
    async with streamed(first.over(hub), HttpRequest(body=b"first")) as reply:
        assert await read(reply) == b"1"
    assert first.exchanged
    frames = '[{"method": "POST", "path": "/", "query": "", "body": "first"}]'
    async with streamed(Steady("key", hub.now(), frames, keep).over(hub), HttpRequest(body=b"other")) as reply:
        assert await read(reply) == b"2"
    assert [request.body for request in hub.asked] == [b"first", b"first"]


# --- what the journal is shown -----------------------------------------------------------------------------------


def glimpsed(body: bytes, size: int = PIECE) -> bytes:
    glimpse = Glimpse()
    for start in range(0, len(body), size):
        glimpse.saw(body[start : start + size])
    return glimpse.shown()


@given(st.binary(max_size=300), st.integers(1, 50))
def test_a_short_body_is_shown_as_it_is(body: bytes, size: int) -> None:
    assert glimpsed(body, size) == body


@pytest.mark.parametrize("size", [1000, PIECE, 10 * PIECE])
def test_of_a_long_body_the_beginning_the_length_and_the_last_tags_are_shown(size: int) -> None:
    record = b"<uid>04A2B3C4D5E680</uid>"
    body = b"<list>" + record * 10_000 + b"</list>\n"
    seen = glimpsed(body, size)
    assert seen.startswith(b"<list><uid>04A2B3C4D5E680</uid><uid>")
    assert seen.endswith(f"of {len(body)} bytes are not kept] </uid></list>\n".encode())
    assert len(seen) <= SHOWN + 100


@given(st.integers(0, 40))
def test_a_value_that_the_cut_goes_through_is_not_shown_in_part(before: int) -> None:
    """Half of a card's number between no tags would not be recognised as private."""
    body = b"<l>" + b" " * before + b"<uid>04A2B3C4D5E680</uid>" * 10_000 + b"</l>"
    assert "04A2B3C4D5E680" not in (seen := masked_bytes(glimpsed(body)))
    assert "04A2B3C4" not in seen
