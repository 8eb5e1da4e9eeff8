"""The commands as processes: two workers on one PostgreSQL store, killed ones, and how they end."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from gateway.demo import scene
from gateway.gateway import Gateway
from gateway.model import messages as m
from gateway.model.common import LocalText
from gateway.model.kinds import EvseStatus
from gateway.model.location import Location
from gateway.settings import load
from gateway.simulation import world
from gateway.web.hosting import Hosted
from gateway.web.service import NoBackend
from gateway.web.simulate import Simulation, simulation_of
from tests.store.conftest import _schema
from tests.support import ROOT

SETTINGS = """
[store]
dsn = {dsn}

[server]
port = {port}

[monitor]
port = {monitor}

[workers]
lease_seconds = 4

[connections.hubject]
hub = "hubject"
role = "CPO"
party = "NL*LON"
urls = {{ "" = {hub} }}
insecure_loopback = true
options = {{ policies = {{ PublishStatuses = {{ per_minute = 60000 }}, PublishEvses = {{ per_minute = 60000 }} }} }}
[[connections.hubject.operators]]
id = "NL*LON"
name = "Lon Charging"
country = "NL"
hotline = "+31201234567"
[[connections.hubject.operators]]
id = "DE*LON"
name = "Lon Charging Germany"
country = "DE"
hotline = "+49301234567"
"""
PARTNERS = {"partners": [{"id": "NL*LON", "role": "CPO", "operators": ["NL*LON", "DE*LON"], "name": "Lon Charging"}]}


@pytest.fixture
def dsn() -> Iterator[str]:
    yield from _schema()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@dataclass
class Site:
    """A simulated hub, a settings file, the processes that were begun with it."""

    folder: Path
    hub: Hosted
    simulation: Simulation
    dsn: str
    processes: list[asyncio.subprocess.Process] = field(default_factory=list)

    def settings(self, monitor: int = 0, port: int = 8080) -> Path:
        path = self.folder / f"{monitor}-{port}.toml"
        values = {"dsn": json.dumps(self.dsn), "hub": json.dumps(self.hub.url), "monitor": monitor, "port": port}
        path.write_text(SETTINGS.format(**values), encoding="utf-8")
        return path

    async def run(self, *arguments: str) -> asyncio.subprocess.Process:
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'adapters'}"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "import gateway.cli; gateway.cli.main()", *arguments,
            cwd=self.folder, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self.processes.append(process)
        return process

    async def begun(self, command: str, *options: str) -> tuple[asyncio.subprocess.Process, str]:
        """(a process that is ready, the address of its monitor)."""
        port = free_port()
        config = self.settings(port, free_port())
        process = await self.run(command, "--config", str(config), *options)
        url = f"http://127.0.0.1:{port}"
        await until(lambda: is_ready(url, process), 30)
        return process, url

    @asynccontextmanager
    async def platform(self) -> AsyncIterator[Gateway]:
        """The backend's own gateway on the same store, which delivers nothing itself."""
        gateway = Gateway.load(load(self.settings()), NoBackend())
        await gateway.start(workers=False)
        try:
            yield gateway
        finally:
            await gateway.stop()

    def answers(self) -> list[str]:
        return [entry["response"] for entry in self.simulation.stage.received]


async def is_ready(url: str, process: asyncio.subprocess.Process) -> bool:
    if process.returncode is not None:
        assert process.stderr is not None
        raise AssertionError((await process.stderr.read()).decode())
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(f"{url}/ready")).status_code == 200
    except httpx.TransportError:
        return False


@asynccontextmanager
async def opened(folder: Path, dsn: str) -> AsyncIterator[Site]:
    simulation = simulation_of("hubject", world(PARTNERS))
    async with Hosted(simulation.application()) as hub:
        site = Site(folder, hub, simulation, dsn)
        try:
            yield site
        finally:
            for process in site.processes:
                if process.returncode is None:
                    process.kill()
                await process.communicate()


@pytest.fixture
async def cluster(tmp_path: Path, dsn: str) -> AsyncIterator[Site]:
    pytest.importorskip("procrastinate")
    async with opened(tmp_path, dsn) as site:
        yield site


@pytest.fixture
async def alone(tmp_path: Path) -> AsyncIterator[Site]:
    async with opened(tmp_path, f"sqlite:///{tmp_path / 'gateway.sqlite'}") as site:
        yield site


async def fleet(gateway: Gateway) -> tuple[Location, ...]:
    """Two locations, two chargers each."""
    places = (
        scene._location(
            scene.NLLON, "Amsterdam", street="Kade", house_number="1", postal_code="1011 AB", country="NLD"
        ),
        scene._location(scene.DELON, "Berlin", street="Allee", house_number="7", postal_code="10829", country="DEU"),
    )
    for place in places:
        await gateway.locations.create(place)
        for point in ("1", "2"):
            await gateway.locations.add_evse(place.id or "", "1111", point, connectors=[scene._connector()])
    found = [await gateway.locations.get(place.id or "") for place in places]
    return tuple(scene._equipped(place) for place in found if place is not None)


async def settled(gateway: Gateway) -> bool:
    look = await gateway.outbox.look()
    waiting = [one for state in ("waiting", "sending", "unknown") for one in await gateway.deliveries(state=state)]
    return not look.lanes and not waiting


async def charged(gateway: Gateway, places: tuple[Location, ...], count: int) -> None:
    """Sessions that the hub has opened, and their CDRs owed."""
    for number in range(count):
        place = places[number % 2]
        evse = place.evses[0].evse_id
        assert evse is not None
        answer = await gateway.hub("hubject").send(m.AuthorizeToken(token=scene.CARD, evse=evse))
        assert answer.session is not None
        session = replace(answer.session, cpo=f"LON-{number}")
        await gateway.submit("hubject", m.SubmitCdr(cdr=scene.cdr_of(session, evse, place)))


async def test_two_workers_never_have_two_pushes_of_one_operation_in_flight_and_send_each_cdr_once(
    cluster: Site,
) -> None:
    workers = [await cluster.begun("work") for _ in range(2)]
    async with cluster.platform() as gateway:
        places = await fleet(gateway)
        await gateway.publish(places)
        await gateway.publisher.full_load("hubject", confirm=True)
        await until(lambda: settled(gateway))
        for number in range(15):
            status = EvseStatus.CHARGING if number % 2 else EvseStatus.AVAILABLE
            for evse in [evse.evse_id for place in places for evse in place.evses if evse.evse_id]:
                await gateway.publish_status(evse, status, datetime.now(UTC) + timedelta(microseconds=number))
            await gateway.publish([replace(place, names=(LocalText(f"Lon {number}", "en"),)) for place in places])
            await charged(gateway, places, 2)
        await until(lambda: settled(gateway))
        states = {one.state for one in await gateway.deliveries() if one.kind == "SubmitCdr"}
    tally = cluster.simulation.stage.desk.tally
    assert not [answer for answer in cluster.answers() if answer and '"009"' in answer]
    assert {name: told.most_in_flight for name, told in tally.operations.items() if "Push" in name} == {
        "PushEvseData": 1,
        "PushEvseStatus": 1,
    }
    assert states == {"accepted"}
    assert [(cdr.received, cdr.booked) for cdr in tally.cdrs.values()] == [(1, 1)] * 30
    shares = [await delivered(url) for _, url in workers]
    assert all(share > 0 for share in shares), shares


async def delivered(url: str) -> float:
    async with httpx.AsyncClient(trust_env=False) as client:
        page = (await client.get(f"{url}/metrics")).text
    lines = [line for line in page.splitlines() if line.startswith("roaming_gateway_deliveries_total{")]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


async def test_the_lanes_of_a_killed_worker_are_taken_over_after_their_lease(cluster: Site) -> None:
    worker, _ = await cluster.begun("work")
    cluster.simulation.stage.desk.world = replace(cluster.simulation.stage.desk.world, push_hold_seconds=1.0)
    async with cluster.platform() as gateway:
        places = await fleet(gateway)
        await gateway.publish(places)
        await gateway.publisher.full_load("hubject", confirm=True)
        await until(pushed_at_all(cluster))
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
        await cluster.begun("work")
        (taken,) = await gateway.database.read(lambda t: t.execute(text("SELECT state FROM gateway_outbox")).all())
        assert taken.state == "sending"
        await until(lambda: settled(gateway), 90)
        (entry,) = await gateway.deliveries()
        assert (entry.state, entry.tries) == ("accepted", 2)
    assert not [answer for answer in cluster.answers() if answer and '"009"' in answer]


def pushed_at_all(cluster: Site) -> Callable[[], Awaitable[bool]]:
    async def pushed() -> bool:
        return "PushEvseData" in cluster.simulation.stage.desk.tally.operations

    return pushed


async def test_callbacks_and_workers_are_split_over_processes(cluster: Site) -> None:
    _, front = await cluster.begun("serve", "--no-workers")
    _, back = await cluster.begun("work")
    async with cluster.platform() as gateway:
        places = await fleet(gateway)
        await charged(gateway, places, 3)
        await until(lambda: settled(gateway))
    assert (await delivered(front), await delivered(back)) == (0, 3)


async def test_a_process_that_is_told_to_stop_finishes_what_is_in_flight(cluster: Site) -> None:
    worker, _ = await cluster.begun("work")
    cluster.simulation.stage.desk.world = replace(cluster.simulation.stage.desk.world, push_hold_seconds=1.0)
    async with cluster.platform() as gateway:
        places = await fleet(gateway)
        await gateway.publish(places)
        await gateway.publisher.full_load("hubject", confirm=True)
        await until(pushed_at_all(cluster))
        worker.terminate()
        assert await asyncio.wait_for(worker.wait(), 20) == 0
        (entry,) = await gateway.deliveries()
        assert (entry.state, entry.tries) == ("accepted", 1)
        assert await gateway.database.read(lambda t: t.execute(text("SELECT * FROM gateway_lanes")).all()) == []
        turns = "SELECT count(*) FROM gateway_turns WHERE owner IS NOT NULL"
        assert await gateway.database.read(lambda t: t.execute(text(turns)).scalar_one()) == 0


async def test_a_second_signal_ends_it_at_once(alone: Site) -> None:
    worker, _ = await alone.begun("serve")
    alone.simulation.stage.desk.world = replace(alone.simulation.stage.desk.world, push_hold_seconds=8.0)
    await owed_from_outside(alone)
    await until(pushed_at_all(alone))
    worker.terminate()
    await asyncio.sleep(0.5)
    assert worker.returncode is None
    worker.terminate()
    assert await asyncio.wait_for(worker.wait(), 5) == 128 + signal.SIGTERM


async def owed_from_outside(site: Site) -> None:
    """A full load, asked for by another program on the same store."""
    gateway = Gateway.load(load(site.settings()), NoBackend())
    places = await fleet(gateway)
    await gateway.publish(places)
    await gateway.publisher.full_load("hubject", confirm=True)
    await gateway.stop()


async def test_on_sqlite_a_second_process_is_refused_in_one_line(alone: Site) -> None:
    await alone.begun("serve")
    second = await alone.run("serve", "--config", str(alone.settings(0, free_port())))
    _, said = await asyncio.wait_for(second.communicate(), 30)
    file = alone.folder / "gateway.sqlite"
    words = f"/store/dsn: another process works on {file}: SQLite has one, PostgreSQL as many as you like"
    assert second.returncode == 2
    assert said.decode().splitlines()[-1] == f"roaming-gateway: {words}"
    assert "Traceback" not in said.decode()


@pytest.mark.parametrize("command", [("work",), ("serve", "--no-workers")])
async def test_on_sqlite_nothing_is_split(alone: Site, command: tuple[str, ...]) -> None:
    refused = await alone.run(*command, "--config", str(alone.settings()))
    _, said = await asyncio.wait_for(refused.communicate(), 30)
    words = "on SQLite one process does everything: use `serve` without --no-workers, or a PostgreSQL store"
    assert (refused.returncode, said.decode()) == (2, f"roaming-gateway: /store/dsn: {words}\n")
