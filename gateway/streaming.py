"""Long bodies that are never whole in memory: answers read piece by piece, requests spooled to a file first.

The hub is never sent a request in HTTP chunks, because the clearing house reads none: its length is known beforehand.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from typing import Protocol

from gateway.errors import NoAnswer, NotSent, Undecodable
from gateway.http import HttpRequest, HttpResponse

PIECE = 64 * 1024
IN_MEMORY = 1024 * 1024
"""Bytes up to which a body is not written to a file."""
SHOWN = 64 * 1024
"""Bytes of the beginning of a long body that the journal keeps."""
_TAIL = 1024
_CLOSING = re.compile(rb"(?:</[^<>]+>\s*)+\Z")


class Spool:
    """A body that is written once and read as often as needed; beyond `IN_MEMORY` in a temporary file without a name.

    The file stands where the platform keeps such files (`TMPDIR`). Writing raises OSError.
    """

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
        self.size = 0

    def write(self, piece: bytes) -> None:
        self._file.write(piece)
        self.size += len(piece)

    def read(self, start: int, count: int) -> bytes:
        self._file.seek(start)
        return self._file.read(count)

    def pieces(self) -> Iterator[bytes]:
        """Each reader has a place of its own."""
        start = 0
        while piece := self.read(start, PIECE):
            start += len(piece)
            yield piece

    def close(self) -> None:
        self._file.close()


class Reply:
    """An answer under way. Its pieces are those of the body as it was written, unpacked.

    Reading raises NoAnswer where the answer breaks off. It is read once, unless it was spooled.
    """

    def __init__(self, status: int, headers: Mapping[str, str], pieces: AsyncIterator[bytes]) -> None:
        self.status, self.headers = status, headers
        self._coming, self._head, self._spool = pieces, bytearray(), None
        self.is_complete = False
        """Whether nothing more is to come."""

    _spool: Spool | None

    def watched(self, saw: Callable[[bytes], bytes]) -> "Reply":
        """Itself, with `saw` called for every piece that comes."""
        self._coming = _seen(self._coming, saw)
        return self

    async def head(self, count: int) -> bytes:
        """The first `count` bytes or more; fewer where there are no more. They are not lost for the pieces."""
        while len(self._head) < count and not self.is_complete:
            piece = await anext(self._coming, None)
            if piece is None:
                self.is_complete = True
            else:
                self._head += piece
        return bytes(self._head)

    async def pieces(self) -> AsyncIterator[bytes]:
        """All of the body, from its beginning."""
        if self._spool is not None:
            for piece in self._spool.pieces():
                yield piece
            return
        head, self._head = bytes(self._head), bytearray()
        for start in range(0, len(head), PIECE):
            yield head[start : start + PIECE]
        async for piece in self._coming:
            yield piece
        self.is_complete = True

    async def whole(self, limit: int) -> HttpResponse:
        """As a plain response. Raises Undecodable where it has more than `limit` bytes."""
        if len(body := await self.head(limit + 1)) > limit:
            raise Undecodable(f"an answer of more than {limit} bytes is not read as a whole")
        return HttpResponse(status=self.status, headers=self.headers, body=body)

    async def spool(self, limit: int) -> None:
        """From now on the pieces can be read again. Raises NoAnswer, or Undecodable beyond `limit` bytes."""
        spool = Spool()
        try:
            async for piece in self.pieces():
                spool.write(piece)
                if spool.size > limit:
                    raise Undecodable(f"an answer of more than {limit} bytes is not read")
        except OSError as error:
            raise NoAnswer(f"no room to keep a long answer: {error.strerror}") from error
        finally:
            self._spool = spool

    def close(self) -> None:
        if self._spool is not None:
            self._spool.close()


class Exchanging(Protocol):
    """The way to a partner and back. It may have `streamed` beside `exchange`, with the same errors."""

    async def exchange(self, request: HttpRequest) -> HttpResponse: ...


@asynccontextmanager
async def streamed(link: Exchanging, request: HttpRequest) -> AsyncGenerator[Reply]:
    """The answer piece by piece; of a link that knows no pieces, the whole of it as one.

    Raises NotSent, NoAnswer or Unavailable.
    """
    own: Callable[[HttpRequest], AbstractAsyncContextManager[Reply]] | None = getattr(link, "streamed", None)
    if own is not None:
        async with own(request) as reply:
            yield reply
        return
    response = await link.exchange(request)
    reply = Reply(response.status, response.headers, _of(response.body))
    try:
        yield reply
    finally:
        reply.close()


async def _seen(pieces: AsyncIterator[bytes], saw: Callable[[bytes], bytes]) -> AsyncIterator[bytes]:
    async for piece in pieces:
        yield saw(piece)


async def _of(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), PIECE):
        yield body[start : start + PIECE]


async def spooled(link: Exchanging, request: HttpRequest, pieces: Iterable[bytes]) -> HttpResponse:
    """Sends the pieces as one body of known length. They are made one by one, and others have their turn meanwhile.

    Raises what making them raises, NotSent where there is no room for them, and what the exchange raises.
    """
    spool = Spool()
    try:
        await _filled(spool, pieces)
        if spool.size <= IN_MEMORY:
            return await link.exchange(replace(request, body=spool.read(0, spool.size)))
        return await link.exchange(replace(request, spool=spool))
    finally:
        spool.close()


async def _filled(spool: Spool, pieces: Iterable[bytes]) -> None:
    turn = PIECE
    for piece in pieces:
        try:
            spool.write(piece)
        except OSError as error:
            raise NotSent(f"no room to keep a long request: {error.strerror}") from error
        if spool.size >= turn:
            turn = spool.size + PIECE
            await asyncio.sleep(0)


# --- what is shown of a long body --------------------------------------------------------------------------------


class Glimpse:
    """What the journal keeps of a long body: its beginning, its length, and the tags that end it.

    Cut between tags: a value that was cut in two could not be recognised as private any more.
    """

    def __init__(self) -> None:
        self.size = 0
        self._head, self._tail = bytearray(), b""

    def saw(self, piece: bytes) -> bytes:
        self._head += piece[: SHOWN - len(self._head)]
        self._tail = (self._tail + piece[-_TAIL:])[-_TAIL:]
        self.size += len(piece)
        return piece

    def shown(self) -> bytes:
        """The body itself where it is short."""
        return _shown(bytes(self._head), self._tail, self.size)


def shown(request: HttpRequest) -> HttpRequest:
    """The request as the journal keeps it."""
    long = request.spool
    if long is None:
        return request
    body = _shown(long.read(0, SHOWN), long.read(max(0, long.size - _TAIL), _TAIL), long.size)
    return replace(request, body=body, spool=None)


def _shown(head: bytes, tail: bytes, size: int) -> bytes:
    if size <= len(head):
        return head
    head = head[: head.rfind(b">") + 1]
    found = _CLOSING.search(tail)
    tags = found[0] if found is not None else b""
    return head + f" [{size - len(head) - len(tags)} of {size} bytes are not kept] ".encode() + tags
