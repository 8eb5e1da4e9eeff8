"""What a status change costs with a small and a large fleet known, and what it costs to publish a large one in full.

`python benchmarks/publishing.py [--evses 1000 10000 100000] [--json]`, each size in a process of its own, to a hub that
answers at once: seconds from `publish` until all is stored and until all is pushed, peak resident memory, and the
milliseconds from a status change to its push. The last line is that cost with the largest fleet to that with the
smallest: it must not follow the fleet.
"""

import argparse
import asyncio
import json
import multiprocessing
import resource
import statistics
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measuring import BEGAN, Hub, connection, evse_id, fleet
from gateway.gateway import Gateway
from gateway.model.kinds import EvseStatus
from gateway.store import Database

CHANGES = 100
WORDS = (EvseStatus.CHARGING, EvseStatus.AVAILABLE)


async def _measured(dsn: str, evses: int) -> Mapping[str, float]:
    hub = Hub()
    gateway = Gateway({"cpo": connection("CPO")}, object(), database=Database(dsn), link=hub.link)
    before = _resident()
    async with gateway:
        began = time.perf_counter()
        await gateway.publish(fleet(evses))
        stored = time.perf_counter() - began
        await gateway.publisher.full_load("cpo", confirm=True)
        await _at_rest(gateway)
        pushed = time.perf_counter() - began
        waits = [await _changed(gateway, hub, number, evses) for number in range(CHANGES)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "publish to stored, s": stored,
        "publish to pushed, s": pushed,
        "pushed, MB": hub.bytes / 1e6,
        "peak memory, MB": peak,
        "memory above idle, MB": peak - before,
        "a status change, ms": statistics.median(waits) * 1000,
    }


async def _at_rest(gateway: Gateway) -> None:
    while True:
        await gateway.engine.idle()
        due = await gateway.outbox.look()
        if not due.lanes and due.upcoming is None:
            return
        await asyncio.sleep(0.02)


async def _changed(gateway: Gateway, hub: Hub, number: int, evses: int) -> float:
    """Seconds from the call to the push."""
    before, began = hub.taken, time.perf_counter()
    evse, status = evse_id(number * 7919 % evses), WORDS[number % 2]
    await gateway.publish_status(evse, status, BEGAN + timedelta(seconds=number))
    while hub.taken == before:  # noqa: ASYNC110
        await asyncio.sleep(0.0005)
    waited = hub.last - began
    await gateway.engine.idle()
    return waited


def _resident() -> float:
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def _in_process(evses: int) -> dict[str, float]:
    with TemporaryDirectory() as folder:
        return dict(asyncio.run(_measured(f"sqlite:///{Path(folder) / 'bench.sqlite'}", evses)))


def measured(sizes: list[int]) -> dict[str, dict[str, float]]:
    """Every size in a fresh process: memory is its own."""
    context: Any = multiprocessing.get_context("spawn")
    figures: dict[str, dict[str, float]] = {}
    for size in sizes:
        with context.Pool(1) as pool:
            figures[f"{size} EVSEs"] = pool.apply(_in_process, (size,))
    costs = [rows["a status change, ms"] for rows in figures.values()]
    figures["ratios"] = {"a change with the largest fleet to the smallest": costs[-1] / costs[0]}
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description="What publishing costs, by the size of the fleet.")
    parser.add_argument("--evses", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--json", action="store_true", help="for machines")
    wish = parser.parse_args()
    figures = measured(sorted(wish.evses))
    if wish.json:
        print(json.dumps(figures, indent=2))
        return 0
    for name, rows in figures.items():
        for what, value in rows.items():
            print(f"{name:14} {what:48} {value:10.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
