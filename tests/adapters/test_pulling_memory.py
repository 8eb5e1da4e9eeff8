"""A long list of a clearing house costs its bytes and a portion, not its tree."""

import tracemalloc
from datetime import datetime

import pytest

from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway_ochp import adapter, pulling, wire
from tests.adapters.test_ochp_sends import CONNECTION, PLACE, result, said
from tests.adapters.test_pulling import charge_points
from tests.support import FakeLink


def long_list(count: int) -> bytes:
    body = charge_points(1).body
    start, end = body.index(b"</result>") + len(b"</result>"), body.rindex(b"</GetCharge")
    record = body[start:end]
    records = (record.replace(b"DE*ABC*E0", b"DE*ABC*E%d" % number) for number in range(count))
    return body[:start] + b"".join(records) + body[end:]


async def peak(count: int) -> int:
    """Bytes of Python objects at most, while a list of so many records is read."""
    hub = FakeLink(CONNECTION, [HttpResponse(body=long_list(count))])
    read = 0
    tracemalloc.start()
    try:
        async for page in adapter.pages[m.FetchEvses](hub, m.FetchEvses()):
            read += len(page.locations)
        assert read == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def test_a_list_read_record_by_record_takes_a_fraction_of_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "PORTION", 50)
    peaks = []
    for long in (0, 10**9):
        monkeypatch.setattr(pulling, "LONG", long)
        peaks.append(await peak(600))
    assert peaks[0] < peaks[1] / 5


async def test_a_longer_list_read_record_by_record_takes_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "PORTION", 50)
    monkeypatch.setattr(pulling, "LONG", 0)
    short, long = await peak(600), await peak(2400)
    assert long < 1.6 * short


class Counting:
    """A hub that takes a long request without holding it."""

    connection = CONNECTION
    endpoints = FakeLink(CONNECTION).endpoints
    taken = 0

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        self.taken = len(request.body) if request.spool is None else sum(map(len, request.spool.pieces()))
        return said(wire.UpdateChargePointListResponse(result=result("ok")))

    def now(self) -> datetime:
        return FakeLink(CONNECTION).moment

    def new_id(self) -> str:
        return "1"


async def sent(count: int) -> tuple[int, int]:
    """(bytes of Python objects at most while so many places are sent, bytes of the request)."""
    message, hub = m.PublishEvses(locations=(PLACE,) * count), Counting()
    tracemalloc.start()
    try:
        await adapter.sends[m.PublishEvses](hub, message)
        return tracemalloc.get_traced_memory()[1], hub.taken
    finally:
        tracemalloc.stop()


async def test_a_longer_list_written_record_by_record_takes_no_more_memory() -> None:
    await sent(1000)
    (short, some), (long, more) = await sent(2000), await sent(4000)
    assert more > 1.9 * some > 2_000_000
    assert long < 1.6 * short
