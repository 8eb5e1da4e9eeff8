"""A partner that sends too much over OCHPdirect is refused before it is read whole, in its own protocol."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from gateway.gateway import Gateway
from gateway.model.messages import Message
from gateway.ports import Connection
from gateway.web.app import application
from gateway.web.hosting import Hosted
from gateway.wire.soap import SOAP_11, opened
from tests.adapters.test_ochp_sends import CONNECTION
from tests.support import FakeLink

LIMIT = 100_000
PIECE = b" " * 10_000
HEAD = "POST /clearing HTTP/1.1\r\nhost: here\r\ncontent-type: text/xml\r\nauthorization: Basic ZGU6cHc=\r\n"


@dataclass
class Platform:
    asked: list[Message[Any]] = field(default_factory=list)

    async def answer(self, _: Connection, message: Message[Any]) -> Any:
        self.asked.append(message)
        raise AssertionError("nobody is asked")


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[str, Gateway, Platform]]:
    platform = Platform()
    connection = replace(CONNECTION, insecure_loopback=True)
    gateway = Gateway({connection.name: connection}, platform, link=FakeLink)
    try:
        async with Hosted(application(gateway, max_body_bytes=LIMIT, manage=False)) as hosted:
            yield hosted.url, gateway, platform
    finally:
        await gateway.stop()


async def called(url: str, head: str, pieces: Sequence[bytes]) -> tuple[bytes, int]:
    """(the answer, the bytes that could be sent before it). The caller goes on until it is answered."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    answer = asyncio.create_task(reader.readuntil(b"</soap:Envelope>"))
    writer.write(head.encode())
    sent = 0
    for piece in pieces:
        if answer.done():
            break
        writer.write(piece)
        sent += len(piece)
        await asyncio.sleep(0.001)
    try:
        return await asyncio.wait_for(answer, 10), sent
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("head", "pieces", "most"),
    [
        (f"content-length: {1024**3}\r\n\r\n", [], 0),
        (f"content-length: {1024**3}\r\n\r\n", [PIECE] * 1000, LIMIT),
        ("transfer-encoding: chunked\r\n\r\n", [b"%x\r\n%s\r\n" % (len(PIECE), PIECE)] * 1000, 20 * LIMIT),
    ],
    ids=["declared, nothing sent", "declared", "not declared"],
)
async def test_a_body_above_the_bound_is_refused_before_it_is_read(head: str, pieces: list[bytes], most: int) -> None:
    async with serving() as (url, gateway, platform):
        answer, sent = await called(url, HEAD + head, pieces)
        (record,) = await gateway.journal.records(connection=CONNECTION.name)
    assert sent <= most
    assert answer.startswith(b"HTTP/1.1 500")
    envelope = opened(answer.partition(b"\r\n\r\n")[2], SOAP_11)
    texts = [part.text for part in envelope.child]
    assert (envelope.operation, texts) == (
        "Fault",
        ["soap:Client", f"the message cannot be read: at most {LIMIT} bytes are read"],
    )
    assert platform.asked == []
    assert (record.direction, record.request, record.status) == ("in", "", 500)
    assert "ZGU6cHc=" not in str(record)
