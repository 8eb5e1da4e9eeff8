"""Faults of a simulated hub that happen by chance, but by the same chance each time."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gateway.http import HttpRequest, HttpResponse
from gateway.simulation import Desk, World, world
from gateway.web.hosting import Hosted
from gateway.web.simulate import LOST, Fault, Stage, simulation_of
from gateway.wire import encode
from tests.scenarios import toy

pytestmark = pytest.mark.usefixtures("toy_protocol")


def stage() -> Stage:
    desk = Desk(World(), nobody)
    return Stage(toy.ToyHub(desk), desk)


async def nobody(_: str, __: HttpRequest) -> HttpResponse:
    raise AssertionError("nobody is called")


def record(number: int) -> HttpRequest:
    body = encode(toy.Record(session=f"H-{number}", evse=None, uid=None, begin=None, end=None, kwh=None))
    return HttpRequest(path="/record", body=body)


async def statuses(hub: Stage, count: int) -> list[int]:
    return [(await hub.handle(record(number))).status for number in range(count)]


async def test_a_share_of_the_requests_is_drawn_by_the_seed() -> None:
    outcomes = []
    for seed in (7, 7, 8):
        hub = stage()
        hub.faults = [Fault("status", status=503, share=0.1, seed=seed)]
        outcomes.append(await statuses(hub, 1000))
    one, same, other = outcomes
    assert one == same != other
    assert 70 < one.count(503) < 130
    assert set(one) == {200, 503}


async def test_an_answer_that_is_lost_belongs_to_a_request_that_was_handled() -> None:
    hub = stage()
    hub.faults = [Fault("lost", share=0.5, seed=1)]
    answered = await statuses(hub, 40)
    assert set(answered) == {200, LOST}
    assert len(hub.simulator.state()["records"]) == 40


async def test_a_duplicate_is_handled_twice_and_answered_once() -> None:
    hub = stage()
    hub.faults = [Fault("duplicate")]
    handled = []
    handle = hub.simulator.handle

    async def watched(request: HttpRequest) -> HttpResponse:
        handled.append(await handle(request))
        return handled[-1]

    hub.simulator.handle = watched  # type: ignore[method-assign]
    assert (await hub.handle(record(1))).body == handled[0].body == b'{"result":"yes"}'
    assert handled[1].body == b'{"result":"400","text":"session is CLOSED"}'
    await hub.handle(record(2))
    assert len(handled) == 3


async def test_a_storm_is_429_with_retry_after_or_500_or_503_and_nothing_is_done() -> None:
    hub = stage()
    hub.faults = [Fault("storm", times=60, retry_after=2)]
    replies = [await hub.handle(record(number)) for number in range(60)]
    assert {reply.status for reply in replies} == {429, 500, 503}
    assert {reply.headers.get("retry-after") for reply in replies if reply.status == 429} == {"2"}
    assert hub.simulator.state()["records"] == {}
    assert (await hub.handle(record(1))).status == 200


async def test_a_hub_that_is_down_comes_back_by_itself() -> None:
    hub = stage()
    hub.faults = [Fault("down", seconds=0.1)]
    assert set(await statuses(hub, 3)) == {LOST}
    assert hub.simulator.state()["records"] == {}
    await asyncio.sleep(0.11)
    assert set(await statuses(hub, 3)) == {200}


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"kind": "status", "status": 99}, "99 is no HTTP status"),
        ({"kind": "status", "status": "500"}, "'500' is no HTTP status"),
        ({"kind": "slow", "seconds": "a"}, "seconds: a number"),
        ({"kind": "slow", "seconds": None}, "seconds: a number"),
        ({"kind": "storm", "times": -1}, "times: a number"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(wish: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Fault(**wish)


async def test_faults_beside_each_other_have_each_their_own_chance() -> None:
    hub = stage()
    hub.faults = [Fault("lost", share=0.1, seed=1), Fault("status", status=429, share=0.2, seed=2, retry_after=0)]
    answered = await statuses(hub, 1000)
    assert 70 < answered.count(LOST) < 130
    assert 140 < answered.count(429) < 220


async def test_what_is_not_kept_is_not_shown() -> None:
    desk = Desk(World(), nobody)
    hub = Stage(toy.ToyHub(desk), desk, kept=0)
    assert await statuses(hub, 2) == [200, 200]
    assert list(hub.received) == []


@pytest.mark.parametrize("wish", [{"share": 2}, {"share": -0.1}, {"share": "often"}])
def test_a_share_that_is_none_is_refused(wish: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        Fault("lost", **wish)


# --- over HTTP ---------------------------------------------------------------------------------------------------


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with Hosted(simulation_of("toyland", world({})).application()) as hosted:
        yield hosted.url


async def test_connections_of_a_hub_that_is_down_are_closed(url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        wish = {"kind": "down", "seconds": 0.2}
        assert (await client.post(f"{url}/_simulator/fault", json=wish)).json() == {"waiting": 1}
        began = time.monotonic()
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post(f"{url}/ask", content=b'{"evse":null,"uid":null}')
        assert time.monotonic() - began < 0.2
        await asyncio.sleep(0.2)
        assert (await client.post(f"{url}/ask", content=b'{"evse":null,"uid":null}')).status_code == 200


async def test_the_counts_are_shown(url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        counts = (await client.get(f"{url}/_simulator/counts")).json()
    assert counts == {"cdrs": {}, "lanes": {}, "operations": {}}
