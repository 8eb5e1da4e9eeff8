"""kill -9 in the middle of deliveries, at moments that nobody chose."""

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.store import Database, outbox
from gateway.web.hosting import Hosted
from tests.support import ROOT

COUNT = 12


@dataclass
class Hub:
    """Takes its time for every CDR, and remembers every one that arrived."""

    seconds: float
    received: list[bytes] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def record(self, request: Request) -> Response:
        self.received.append(await request.body())
        self.arrived.set()
        await asyncio.sleep(self.seconds)
        return JSONResponse({"result": "yes"})

    @property
    def application(self) -> Starlette:
        return Starlette(routes=[Route("/record", self.record, methods=["POST"])])

    async def next_arrival(self) -> None:
        self.arrived.clear()
        await asyncio.wait_for(self.arrived.wait(), 20)


async def begun(dsn: str, url: str) -> asyncio.subprocess.Process:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'adapters'}"}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.scenarios.killed", dsn, url, str(COUNT),
        cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


async def killed(process: asyncio.subprocess.Process) -> int:
    """Kills the process as it is; how many CDRs it had said to owe."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGKILL)
    said, _ = await process.communicate()
    return len(said.splitlines())


def stored(dsn: str) -> list[outbox.Entry]:
    database = Database(dsn)
    with database.engine.connect() as connection:
        entries = list(outbox.listed(connection))
    database.close()
    return entries


@pytest.mark.parametrize(("seconds", "kills"), [(0.0, 1), (0.05, 2)])
async def test_a_process_killed_while_it_delivers_loses_nothing_and_resends_at_most_what_was_in_flight(
    tmp_path: Path, seconds: float, kills: int
) -> None:
    dsn, hub = f"sqlite:///{tmp_path / 'gateway.sqlite'}", Hub(seconds)
    async with Hosted(hub.application) as hosted:
        for _ in range(kills):
            process = await begun(dsn, hosted.url)
            await hub.next_arrival()
            owed = await killed(process)
            assert len(stored(dsn)) >= owed
        process = await begun(dsn, hosted.url)
        assert await asyncio.wait_for(process.wait(), 20) == 0
        await process.communicate()
    entries = stored(dsn)
    owed_in_order = [(entry.key, entry.state) for entry in entries if entry.kind == "SubmitCdr"]
    assert owed_in_order == [(f"cdr/H-{number}", "accepted") for number in range(COUNT)]
    if seconds:
        assert sum(entry.unknown_tries for entry in entries) >= kills
    _nothing_lost_nothing_reordered(hub.received, {entry.id: entry.unknown_tries for entry in entries})


def _nothing_lost_nothing_reordered(received: list[bytes], unknown: dict[int, int]) -> None:
    documents = [json.loads(body) for body in received]
    numbers = [int(document["kwh"]) for document in documents]
    assert set(numbers) == set(range(COUNT))
    for number in range(COUNT):
        copies = {body for body, one in zip(received, numbers, strict=True) if one == number}
        assert len(copies) == 1
        assert numbers.count(number) <= 1 + unknown[number + 1]
    assert numbers == sorted(numbers)
