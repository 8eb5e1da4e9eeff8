"""How fast CDRs come in, and how fast owed ones go out, on SQLite and (by environment variable) PostgreSQL.

`python benchmarks/delivery.py [--count 1000] [--json]`, all in one run:
inward   CDRs per second over HTTP, each answered after its commit, from 4 and from 64 callers at one time, next to
         one connection that inserts a row of the same size and commits it, again and again;
owed     CDRs per second that a backend submits, each in the store when `submit` returns, from 4 and from 64 callers;
outward  deliveries per second of one worker over lanes that keep their order, to a hub that answers at once, and the
         time from the commit of a CDR to its request (pick-up).
ROAMING_GATEWAY_TEST_POSTGRES names the server.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from benchmarks.measuring import Hub, connection, owed_cdr, pushed_cdr, stores
from gateway.gateway import Gateway
from gateway.model import messages as m
from gateway.store import Database
from gateway.web.app import application
from gateway.web.hosting import Hosted


class Platform:
    """A backend that takes everything."""

    def submit_cdr(self, _: Any, __: m.SubmitCdr) -> m.CdrReceipt:
        return m.CdrReceipt(accepted=True)


# --- inward ------------------------------------------------------------------------------------------------------


async def inward(dsn: str, count: int, callers: int) -> float:
    """CDRs per second. The callers are a process of their own."""
    gateway = Gateway({"emp": connection("EMSP")}, Platform(), database=Database(dsn))
    async with Hosted(application(gateway)) as hosted:
        process = await asyncio.create_subprocess_exec(
            sys.executable, __file__, "--call", hosted.url, "--count", str(count), "--callers", str(callers),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError("the callers have failed")
    return count / float(said)


async def called(url: str, count: int, callers: int) -> float:
    """Seconds for `count` CDRs, over one kept connection for each caller."""
    place = urlsplit(url)
    numbers = iter(range(count))

    async def caller() -> None:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        for number in numbers:
            writer.write(pushed_cdr(number, place.netloc))
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line)
            body = await reader.readexactly(length)
            if b'"Result":true' not in body:
                raise RuntimeError(body.decode())
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return time.perf_counter() - began


def plain_loop(dsn: str, count: int) -> float:
    """Rows per second: insert and commit, one after the other."""
    from sqlalchemy import create_engine, text

    body = pushed_cdr(0, "x").partition(b"\r\n\r\n")[2].decode()
    engine = create_engine(dsn)
    raw = engine.raw_connection()
    cursor = raw.cursor()
    if engine.dialect.name == "sqlite":
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
    mark = "?" if engine.dialect.name == "sqlite" else "%s"
    with engine.begin() as transaction:
        transaction.execute(text("CREATE TABLE plain (key TEXT PRIMARY KEY, message TEXT)"))
    began = time.perf_counter()
    for number in range(count):
        cursor.execute(f"INSERT INTO plain VALUES ({mark}, {mark})", (str(number), body))
        raw.commit()
    seconds = time.perf_counter() - began
    raw.close()
    engine.dispose()
    return count / seconds


# --- owed --------------------------------------------------------------------------------------------------------


async def owed(dsn: str, count: int, callers: int) -> float:
    """CDRs per second that callers of this process submit; nothing is delivered meanwhile."""
    gateway = Gateway({"cpo": connection("CPO")}, object(), database=Database(dsn), link=Hub().link)
    numbers = iter(range(count))

    async def caller() -> None:
        for number in numbers:
            await gateway.submit("cpo", owed_cdr(number))

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    seconds = time.perf_counter() - began
    await gateway.stop()
    return count / seconds


# --- outward -----------------------------------------------------------------------------------------------------


async def outward(dsn: str, count: int) -> Mapping[str, float]:
    """Deliveries per second of what is owed already, then the pick-up of single CDRs, in milliseconds."""
    hub = Hub()
    gateway = Gateway({"cpo": connection("CPO")}, object(), database=Database(dsn), link=hub.link)
    await asyncio.gather(*(gateway.submit("cpo", owed_cdr(number)) for number in range(count)))
    began = time.perf_counter()
    await gateway.start()
    while hub.taken < count:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    seconds = time.perf_counter() - began
    await gateway.engine.idle()
    waits = [await _picked_up(gateway, hub, count + number) for number in range(30)]
    await gateway.stop()
    return {"deliveries/s": count / seconds, "pick-up ms": statistics.median(waits) * 1000}


async def _picked_up(gateway: Gateway, hub: Hub, number: int) -> float:
    before = hub.taken
    await gateway.submit("cpo", owed_cdr(number))
    began = time.perf_counter()
    while hub.taken == before:  # noqa: ASYNC110
        await asyncio.sleep(0)
    await gateway.engine.idle()
    return max(0.0, hub.last - began)


# --- all ---------------------------------------------------------------------------------------------------------


def measured(count: int) -> dict[str, dict[str, float]]:
    figures: dict[str, dict[str, float]] = {}
    with TemporaryDirectory() as folder:
        for store, fresh in stores(Path(folder)).items():
            figures[store] = _of_store(fresh, count)
    return figures


def _of_store(fresh: Callable[[], str], count: int) -> dict[str, float]:
    found = {"plain insert and commit, rows/s": plain_loop(fresh(), count)}
    for callers in (4, 64):
        found[f"inward, {callers} callers, CDRs/s"] = asyncio.run(inward(fresh(), count, callers))
        found[f"owed, {callers} callers, CDRs/s"] = asyncio.run(owed(fresh(), count, callers))
    found |= {f"outward, {name}": value for name, value in asyncio.run(outward(fresh(), count)).items()}
    plain = found["plain insert and commit, rows/s"]
    ways = [f"{way}, {callers} callers" for way in ("inward", "owed") for callers in (4, 64)]
    return found | {f"{way}, to plain": found[f"{way}, CDRs/s"] / plain for way in ways}


def main() -> int:
    parser = argparse.ArgumentParser(description="How fast CDRs come in and go out.")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--call", default="", help=argparse.SUPPRESS)
    parser.add_argument("--callers", type=int, default=4, help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.call:
        print(asyncio.run(called(wish.call, wish.count, wish.callers)))
        return 0
    figures = measured(wish.count)
    if wish.json:
        print(json.dumps(figures, indent=2))
        return 0
    for store, rows in figures.items():
        for name, value in rows.items():
            print(f"{store:10} {name:36} {value:10.2f}")
    if not os.environ.get("ROAMING_GATEWAY_TEST_POSTGRES"):
        print("postgres   not measured: ROAMING_GATEWAY_TEST_POSTGRES names no server")
    return 0


if __name__ == "__main__":
    sys.exit(main())
