"""kill -9 between the store, the backend's answer and the confirmation; and between a CDR and its correction."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from gateway.model import messages as m
from gateway.simulation import world
from gateway.web.hosting import Hosted
from gateway.web.simulate import Fault, Simulation, simulation_of
from gateway_ochp import adapter
from tests.scenarios.killed_cdrs import cdr
from tests.support import ROOT
from tests.support.cdr_house import CPO, Link

COUNT = 4


@dataclass
class Stand:
    simulation: Simulation
    url: str
    folder: Path

    @property
    def books(self) -> list[str]:
        path = self.folder / "books"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def hub(self) -> Any:
        return self.simulation.stage.simulator

    def states(self) -> dict[str, str]:
        return {one["id"]: one["status"] for one in self.hub.state()["cdrs"]}

    def arrived(self) -> int:
        return sum(map(len, self.simulation.stage.desk.tally.arrivals.values()))

    async def begun(self, role: str) -> asyncio.subprocess.Process:
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'adapters'}"}
        dsn = f"sqlite:///{self.folder / f'{role}.sqlite'}"
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.scenarios.killed_cdrs", role, dsn, self.url,
            str(self.folder / "books"), str(COUNT),
            cwd=ROOT, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip

    async def killed_when(self, role: str, moment: Callable[[], bool]) -> None:
        """A process of this role, killed as soon as the moment has come."""
        process = await self.begun(role)
        async with asyncio.timeout(30):
            while not moment() and process.returncode is None:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        assert moment()
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()

    async def finished(self, role: str) -> None:
        process = await self.begun(role)
        assert await asyncio.wait_for(process.wait(), 60) == 0


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    simulation = simulation_of("eclearing", world({}))
    async with Hosted(simulation.application()) as hosted:
        yield Stand(simulation, hosted.url, tmp_path)


@dataclass
class _Straight:
    """Straight into the hub, without a network."""

    hub: Any

    async def exchange(self, request: Any) -> Any:
        return await self.hub.handle(replace(request, path=f"/{request.service}/ochp/v1.4"))

    moment: Any = None


async def waiting(stand: Stand) -> None:
    """CDRs that wait for the EMSP."""
    link: Any = Link(CPO, _Straight(stand.hub))  # type: ignore[arg-type]
    receipt = await adapter.sends[m.SubmitCdrs](link, m.SubmitCdrs(cdrs=tuple(map(cdr, range(COUNT)))))
    assert (receipt.accepted, receipt.refused) == (True, ())


async def test_killed_between_store_answer_and_confirmation_everything_is_booked_and_confirmed(stand: Stand) -> None:
    await waiting(stand)
    await stand.killed_when("emsp", lambda: stand.books[-1:] == ["asked DEABC0000"])
    assert set(stand.states().values()) == {"ACCEPTED"}
    await stand.killed_when("emsp", lambda: "booked DEABC0001" in stand.books)
    stand.simulation.stage.faults.append(Fault("slow", seconds=0.5))
    await stand.killed_when("emsp", lambda: "APPROVED" in stand.states().values())
    await stand.finished("emsp")
    assert stand.states() == {str(cdr(number).id): "APPROVED" for number in range(COUNT)}
    asked = Counter(line.split()[1] for line in stand.books if line.startswith("asked"))
    booked = Counter(line.split()[1] for line in stand.books if line.startswith("booked"))
    assert set(asked) == set(booked) == set(stand.states())
    # Again only what was in hand at a kill: before the backend's answer was stored, never after.
    assert sum(asked.values()) <= COUNT + 3
    assert asked["DEABC0000"] == 2
    assert booked["DEABC0000"] == 1


async def test_killed_between_a_cdr_and_its_correction_every_version_arrives_once_and_in_order(stand: Stand) -> None:
    for number in (1, 3, 6):
        await stand.killed_when("cpo", lambda: stand.arrived() >= number)  # noqa: B023
    await stand.finished("cpo")
    assert stand.states() == {str(cdr(number).id): "REVISED" for number in range(COUNT)}
    tally = stand.simulation.stage.desk.tally
    assert {name: one.booked for name, one in tally.cdrs.items()} == dict.fromkeys(tally.cdrs, 1)
    assert len(tally.cdrs) == 2 * COUNT
    (arrivals,) = tally.arrivals.values()
    first = list(dict.fromkeys(arrivals))
    assert [name.split()[0] for name in first] == [str(cdr(number).id) for number in range(COUNT) for _ in range(2)]
    assert ["revised" in name for name in first] == [False, True] * COUNT
