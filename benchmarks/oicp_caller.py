"""The hub's side of the callback benchmark, a process of its own: callers that ask again as soon as they are answered.

`python benchmarks/oicp_caller.py URL --callers 16 --requests 5000 --first 0` prints one line of JSON:
`{"per_second": …, "p50_ms": …, "p99_ms": …}`. Every request authorises a session of its own, over a kept connection.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import uvloop

from benchmarks.oicp_documents import AUTHORIZE_PATH, authorize_start

_WARM_UP = 200


class Caller(asyncio.Protocol):
    """One kept connection: a request, its answer, the next request."""

    def __init__(self, host: str, numbers: Iterator[int], waits: list[float], over: "asyncio.Future[None]") -> None:
        self._host, self._numbers, self._waits, self._over = host, numbers, waits, over
        self._received, self._began = b"", 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport: asyncio.Transport = transport
        self._ask()

    def _ask(self) -> None:
        number = next(self._numbers, None)
        if number is None:
            self._transport.close()
            self._finish(None)
            return
        body = authorize_start(number)
        head = f"POST {AUTHORIZE_PATH} HTTP/1.1\r\nhost: {self._host}\r\ncontent-type: application/json\r\n"
        self._received, self._began = b"", time.perf_counter()
        self._transport.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        self._waits.append(time.perf_counter() - self._began)
        if b'"Authorized"' in body:
            self._ask()
        else:
            self._finish(RuntimeError(f"not authorised: {body.decode(errors='replace')}"))

    def connection_lost(self, error: Exception | None) -> None:
        self._finish(error or ConnectionError("the server has closed the connection"))

    def _finish(self, error: Exception | None) -> None:
        if self._over.done():
            return
        if error is None:
            self._over.set_result(None)
        else:
            self._over.set_exception(error)


def _length(head: bytes) -> int:
    found = head.lower().partition(b"content-length:")[2]
    return int(found.partition(b"\r\n")[0])


async def asked(url: str, callers: int, first: int, count: int) -> tuple[float, list[float]]:
    """(seconds, each wait) for `count` requests from so many callers at one time."""
    place, loop = urlsplit(url), asyncio.get_running_loop()
    numbers, waits = iter(range(first, first + count)), list[float]()
    ends = [loop.create_future() for _ in range(callers)]
    began = time.perf_counter()
    for end in ends:
        await loop.create_connection(
            lambda end=end: Caller(place.netloc, numbers, waits, end), place.hostname, place.port
        )
    await asyncio.gather(*ends)
    return time.perf_counter() - began, waits


async def measured(url: str, callers: int, requests: int, first: int) -> dict[str, float]:
    await asked(url, callers, first + requests, _WARM_UP)
    seconds, waits = await asked(url, callers, first, requests)
    hundredths = statistics.quantiles(waits, n=100)
    return {"per_second": len(waits) / seconds, "p50_ms": hundredths[49] * 1000, "p99_ms": hundredths[98] * 1000}


def main() -> int:
    parser = argparse.ArgumentParser(description="Authorises sessions as fast as it is answered.")
    parser.add_argument("url")
    parser.add_argument("--callers", type=int, default=16)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first session")
    wish = parser.parse_args()
    print(json.dumps(uvloop.run(measured(wish.url, wish.callers, wish.requests, wish.first))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
