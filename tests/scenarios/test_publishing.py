"""A fleet on its way to a hub and back into view, over real HTTP, with a restart and lost answers in between."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway import Gateway
from gateway.model.common import Role
from gateway.model.kinds import EvseStatus
from gateway.publishing.repairing import drift, fetched, repair
from gateway.store import Database
from gateway.web.hosting import Hosted
from gateway.web.simulate import Fault, Simulation, simulation_of
from tests.support.publishing import BEGIN, EMP, WORLD, connection, evse_id, place

ONE, TWO, THREE = (str(evse_id(number)) for number in (1, 2, 3))


@dataclass
class Stage:
    """The simulated hub at its address, and a file for the gateway's store."""

    simulation: Simulation
    url: str
    store: Path

    @asynccontextmanager
    async def gateway(self) -> AsyncIterator[Gateway]:
        at = {"urls": {"": self.url}, "insecure_loopback": True}
        accounts = [
            connection(**at),
            connection(name="looking", role=Role.EMSP, party=EMP, operators=(), **at),
        ]
        database = Database(f"sqlite:///{self.store}")
        known = {one.name: one for one in accounts}
        async with Gateway(known, object(), database=database, first_wait_seconds=0.02) as gateway:
            yield gateway

    def state(self) -> Any:
        return self.simulation.stage.simulator.state()

    def shown(self) -> list[str]:
        return sorted(self.state()["evses"])

    def goes_wrong(self, kind: str, **how: Any) -> None:
        self.simulation.stage.faults.append(Fault(kind, **how))


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    simulation = simulation_of("hubject", WORLD)
    async with Hosted(simulation.application()) as hosted:
        yield Stage(simulation, hosted.url, tmp_path / "store.sqlite")


async def until(done: Callable[[], bool | Awaitable[bool]], seconds: float = 20.0) -> None:
    async def asked() -> None:
        while True:
            answer = done()
            if await answer if isinstance(answer, Awaitable) else answer:
                return
            await asyncio.sleep(0.02)

    await asyncio.wait_for(asked(), seconds)


async def test_a_fleet_is_loaded_changed_and_removed_across_a_restart(stage: Stage) -> None:
    async with stage.gateway() as gateway:
        await gateway.publish([place(1), place(2)])
        await gateway.publish_status(evse_id(1), EvseStatus.CHARGING, BEGIN)
        assert stage.shown() == []
        await gateway.publisher.full_load("hubject", confirm=True)
        await until(lambda: stage.state()["statuses"] == {ONE: "Occupied"})
    async with stage.gateway() as gateway:
        await gateway.publish([place(1), place(2, hotline="+31209999999"), place(3)])
        await gateway.retire([evse_id(1)])
        await until(lambda: stage.shown() == [TWO, THREE])
        assert stage.state()["evses"][TWO]["HotlinePhoneNumber"] == "+31209999999"
        assert await gateway.publisher.held() == []


async def test_lost_answers_end_in_what_is_wanted(stage: Stage) -> None:
    async with stage.gateway() as gateway:
        await gateway.publish([place(1)])
        await gateway.publisher.full_load("hubject", confirm=True)
        await until(lambda: stage.shown() == [ONE])
        stage.goes_wrong("lost", times=1, path="data-records")
        stage.goes_wrong("lost", times=1, path="status-records")
        await gateway.publish([place(2)])
        await gateway.publish_status(evse_id(1), EvseStatus.CHARGING, BEGIN)
        await gateway.publish_status(evse_id(1), EvseStatus.AVAILABLE, BEGIN + timedelta(minutes=1))

        async def at_rest() -> bool:
            rows = [row for number in (1, 2) for row in await gateway.publisher.show(evse_id(number))]
            return [row.state for row in rows] == ["current", "current"] and rows[0].status_state == "current"

        await until(at_rest)
        assert stage.shown() == [ONE, TWO]
        assert stage.state()["statuses"] == {ONE: "Available"}


async def test_drift_is_seen_through_an_emsp_and_repaired(stage: Stage) -> None:
    async with stage.gateway() as gateway:
        await gateway.publish([place(1), place(2)])
        await gateway.publisher.full_load("hubject", confirm=True)
        await until(lambda: stage.shown() == [ONE, TWO])
        simulator: Any = stage.simulation.stage.simulator
        simulator.places.records.pop(evse_id(1).compact)
        simulator.places.records[evse_id(2).compact].document["HotlinePhoneNumber"] = "+49301111111"
        view = await fetched(gateway.hubs, "hubject", "looking")
        found = await drift(gateway.publisher, "hubject", view)
        assert (found.missing, list(found.different), found.extra) == ((ONE,), [TWO], ())
        await repair(gateway.publisher, "hubject", view)
        await until(lambda: stage.shown() == [ONE, TWO])
        await until(lambda: stage.state()["evses"][TWO]["HotlinePhoneNumber"] == "+31201234567")
        again = await drift(gateway.publisher, "hubject", await fetched(gateway.hubs, "hubject", "looking"))
        assert again.is_none
