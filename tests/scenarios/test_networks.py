"""EVSE networks from the first push to the price of a driver, over real HTTP against the simulated hub."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway import Gateway
from gateway.blocking import BlockingGateway
from gateway.errors import Refused
from gateway.exposition import exposition
from gateway.masking import masked_bytes
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.network import NetworkState, PriceReason
from gateway.monitoring import Monitor
from gateway.networks import Conflict, EvseNetworks
from gateway.store import Database
from gateway.web.hosting import Hosted
from gateway.web.simulate import Simulation, simulation_of
from tests.support.networks import always, ids, names, offer, price_set
from tests.support.publishing import EMP, LON, WORLD, connection, place

START = datetime.now(UTC).replace(microsecond=0)


@dataclass
class Stage:
    """A gateway whose EVSEs 1 to 3 are at the hub. `now` is the time of the networks and of the hub."""

    simulation: Simulation
    gateway: Gateway
    networks: EvseNetworks
    now: datetime = START

    def state(self, part: str) -> object:
        return self.simulation.stage.simulator.state()[part]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    simulation = simulation_of("hubject", WORLD)
    async with Hosted(simulation.application()) as hosted:
        at = {"urls": {"": f"{hosted.url}/api/oicp"}, "insecure_loopback": True}
        options = {"networks": {"offer_over_unassigned": "warn"}}
        accounts = [
            connection(**at, options=options),
            connection(name="looking", role=Role.EMSP, party=EMP, operators=(), **at),
        ]
        database = Database(f"sqlite:///{tmp_path / 'store.sqlite'}")
        known = {one.name: one for one in accounts}
        async with Gateway(known, object(), database=database, first_wait_seconds=0.02) as gateway:
            await gateway.publish([place(1), place(2), place(3)])
            await gateway.publisher.full_load("hubject", confirm=True)
            made: list[Stage] = []
            zero = gateway.metrics.priced_zero
            networks = EvseNetworks(database, gateway.hubs, lambda: made[0].now, zero)
            made.append(Stage(simulation, gateway, networks))
            simulation.stage.desk.now = lambda: made[0].now
            await until(lambda: len(made[0].state("evses")) == 3)  # type: ignore[arg-type]
            await until(lambda: at_rest(gateway))
            yield made[0]


async def until(done: Callable[[], bool | Awaitable[bool]], seconds: float = 20.0) -> None:
    async def asked() -> None:
        while True:
            answer = done()
            if await answer if isinstance(answer, Awaitable) else answer:
                return
            await asyncio.sleep(0.02)

    await asyncio.wait_for(asked(), seconds)


async def at_rest(gateway: Gateway) -> bool:
    rows = [row for evse in ids(1, 2, 3) for row in await gateway.publisher.show(evse)]
    return [row.state for row in rows] == ["current"] * 3


async def test_a_network_is_sold_and_what_nobody_grouped_costs_nothing(stage: Stage) -> None:
    networks = stage.networks
    assert [str(row.evse) for row in (await stage.gateway.networks.unassigned(await made(stage))).rows] == names(2, 3)
    sent = await networks.hub_side.send("Net")
    assert (sent.created, sent.same, stage.state("networks")) == (True, True, {"Net": {"A": names(1), "B": []}})
    await networks.assign("Net", "B", ids(2))
    again = await networks.hub_side.send("Net")
    assert (again.created, again.same) == (False, True)
    await networks.offers.create("Net", offer(always("A", "day"), always("B", "day"), **tomorrow(stage)))
    plan = await networks.plan_activation("Net")
    assert list(map(str, plan.unpriced)) == names(3)
    await networks.activate("Net", confirm=plan.token)
    assert list(stage.state("offers").values()) == ["PENDING"]  # type: ignore[attr-defined]
    stage.now = START + timedelta(days=2)
    assert stage.state("sold_for_nothing") == names(3)
    prices = [await networks.price_of(evse, stage.now) for evse in ids(1, 3)]
    assert [price.reason for price in prices] == [PriceReason.GROUP_PRICE, PriceReason.UNASSIGNED]
    monitor = Monitor(
        stage.gateway.database, stage.gateway.known, stage.gateway.metrics, None, now=lambda: stage.now
    )  # fmt: skip
    page = exposition(stage.gateway.metrics, await monitor.snapshot()).decode()
    assert 'roaming_gateway_evses_unpriced{connection="hubject"} 1.0' in page
    assert 'roaming_gateway_prices_zero_total{connection="hubject"} 1.0' in page


async def made(stage: Stage) -> str:
    """A draft with EVSE 1 in A and nothing in B."""
    network = (await stage.networks.create("hubject", "Net", groups=["A", "B"])).id
    await stage.networks.assign(network, "A", ids(1))
    return network


def tomorrow(stage: Stage) -> dict[str, datetime]:
    return {"valid_from": stage.now + timedelta(days=1)}


async def test_where_the_hub_has_it_otherwise_the_difference_is_named(stage: Stage) -> None:
    network = await made(stage)
    await stage.networks.assign(network, "B", ids(2))
    await stage.networks.hub_side.send(network)
    await stage.networks.unassign(network, ids(2))
    await stage.networks.assign(network, "A", ids(2))
    await stage.networks.hub_side.send(network)
    assert stage.state("networks") == {"Net": {"A": names(1, 2), "B": []}}
    await stage.networks.unassign(network, ids(2))
    told = await stage.networks.hub_side.send(network)
    assert (told.missing, told.extra) == ({}, {"A": tuple(names(2))})


async def test_a_retired_evse_does_not_stand_in_the_way_of_the_others(stage: Stage) -> None:
    network = await made(stage)
    await stage.networks.assign(network, "A", ids(2))
    await stage.networks.hub_side.send(network)
    await stage.gateway.retire(ids(1))
    await until(lambda: len(stage.state("evses")) == 2)  # type: ignore[arg-type]
    await stage.networks.assign(network, "B", ids(3))
    told = await stage.networks.hub_side.send(network)
    assert (told.same, stage.state("networks")) == (True, {"Net": {"A": names(1, 2), "B": names(3)}})


async def test_new_prices_come_as_a_version_and_the_emsp_sees_them(stage: Stage) -> None:
    network = await made(stage)
    await stage.networks.assign(network, "B", ids(2, 3))
    await stage.networks.hub_side.send(network)
    terms = await stage.networks.hub_side.upload_terms("hubject", "terms.pdf", b"%PDF-1.7")
    document = offer(always("A", "day"), always("B", "day"), terms=(terms,), **tomorrow(stage))
    await stage.networks.offers.create(network, document)
    plan = await stage.networks.plan_activation(network)
    sold = await stage.networks.activate(network, confirm=plan.token)
    night = (price_set("night", "0.20"),)
    prices = (always("A", "night"), always("B", "night"))
    with pytest.raises(Conflict, match="announced 15 days before"):
        await stage.networks.hub_side.update_prices(network, "", stage.now + timedelta(days=3), night, prices)
    at = stage.now + timedelta(days=20)
    after = await stage.networks.hub_side.update_prices(network, sold.id, at, night, prices)
    assert (after.state, after.offer.price_sets, after.hub_id != sold.hub_id) == ("active", night, True)
    told = [
        (await stage.networks.price_of(ids(1)[0], moment)).price_set
        for moment in (at - timedelta(seconds=1), at)
    ]  # fmt: skip
    assert told == ["day", "night"]
    stage.now = at
    versions = await stage.networks.hub_side.offer_versions("hubject", sold.hub_id or "")
    assert [one.offer.version for one in versions if one.offer] == [0, 1]
    assert [one.offer.id for one in await stage.networks.hub_side.offers("hubject") if one.offer] == [after.hub_id]
    looking = stage.gateway.hub("looking")
    contract = (await looking.send(m.FetchContract(operator=LON))).contract
    assert contract is not None
    shown = contract.offers[0]
    assert shown.network is not None
    group = next(one for one in shown.prices if one.group_name == "B")
    page = await looking.send(
        m.FetchContractEvses(operator=LON, offer_id=after.hub_id, network_id=shown.network.id, group_id=group.group_id)
    )
    assert list(map(str, page.evses)) == names(2, 3)


async def test_what_the_hub_refuses_stays_a_draft(stage: Stage) -> None:
    network = await made(stage)
    await stage.networks.offers.create(network, offer(always("A", "day"), always("B", "day"), **tomorrow(stage)))
    token = (await stage.networks.plan_activation(network)).token
    with pytest.raises(Conflict, match="not at the hub; send it first"):
        await stage.networks.activate(network, confirm=token)
    await stage.networks.hub_side.send(network)
    stage.now += timedelta(days=2)
    with pytest.raises(Refused, match="validFrom must be in the future"):
        await stage.networks.activate(network, confirm=token)
    view = await stage.networks.show(network)
    assert (view.network.state, (await stage.networks.offers.show(network)).state) == (NetworkState.DRAFT, "draft")


def test_the_same_calls_without_asyncio() -> None:
    with BlockingGateway({"hubject": connection()}, object()) as gateway:
        gateway.on_networks(lambda networks: networks.create("hubject", "Net", groups=["A"]))
        (view,) = gateway.on_networks(lambda networks: networks.listed())
        assert (view.network.name, [group.name for group in view.network.groups]) == ("Net", ["A"])


async def test_contacts_of_a_contract_are_masked_in_the_journal() -> None:
    answer = b'{"CPOContactDetails":{"Email":"a.sample@cpo.example","B2BPhone":"+31201234567"},"OperatorID":"NL*LON"}'
    text = masked_bytes(answer)
    assert ("a.sample" in text, "1234567" in text, "NL*LON" in text) == (False, False, True)
