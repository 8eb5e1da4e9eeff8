"""A long list of a clearing house costs its bytes and a portion, not its tree."""

import tracemalloc

import pytest

from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway_ochp import adapter, pulling
from tests.adapters.test_ochp_sends import CONNECTION
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
