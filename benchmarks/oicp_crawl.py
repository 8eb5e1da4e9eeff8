"""A crawl of a large fleet: every page of PullEvseData from the simulated hub, in a process of its own, over HTTP.

Records are read to the canonical model and let go. Memory is resident memory: flat means that a longer list costs time
and nothing else.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import connection
from benchmarks.oicp_callback import free_port, listening
from gateway.connections import profile_of
from gateway.model import messages as m
from gateway.transport import HttpLink

_SETTLED = 3
"""Pages after which what is kept for good (compiled fields, connections) is there."""


@contextmanager
def _simulator(records: int) -> Iterator[str]:
    """The base URL of a hub that makes up so many records as they are asked for."""
    with TemporaryDirectory() as folder:
        world, port = Path(folder) / "world.toml", free_port()
        world.write_text(f'[settings]\nfleet = {{ count = {records}, operator = "NL*FLT" }}\n', encoding="utf-8")
        command = [sys.executable, "-c", "import gateway.cli; gateway.cli.main()", "simulate", "hubject"]
        process = subprocess.Popen([*command, "--port", str(port), "--config", str(world)], stdout=subprocess.DEVNULL)
        try:
            listening(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


async def _crawled(url: str, records: int, page_size: int) -> dict[str, float]:
    adapter, profile = profile_of("hubject")
    account = replace(connection("EMSP"), urls={"": url}, options={"page_size": page_size})
    link = HttpLink(account, profile)
    read, pages, settled = 0, 0, 0.0
    began = time.perf_counter()
    async for answer in adapter.pages[m.FetchEvses](link, m.FetchEvses()):
        read, pages = read + len(answer.locations), pages + 1
        if pages == _SETTLED:
            settled = resident()
    seconds, grown = time.perf_counter() - began, resident() - settled
    await link.close()
    if read != records:
        raise RuntimeError(f"{read} of {records} records were read")
    return {
        "records": float(records),
        "records/s": records / seconds,
        "seconds": seconds,
        f"memory after {_SETTLED} pages, MB": settled,
        "grown from there to the end, MB": grown,
    }


def resident() -> float:
    """Megabytes of this process."""
    with open("/proc/self/statm", encoding="ascii") as told:
        return int(told.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def measured(records: int, page_size: int) -> dict[str, float]:
    with _simulator(records) as url:
        return asyncio.run(_crawled(url, records, page_size))
