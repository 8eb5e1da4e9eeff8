import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.errors import NoAnswer, Unavailable, Undecodable
from gateway.gateway import Gateway
from gateway.model import messages as m
from gateway.model.ids import PartyId
from gateway.ports import Adapter, Profile
from gateway.simulation import Partner, world
from gateway.transport import HttpLink
from gateway.web.hosting import Hosted
from gateway.web.simulate import Simulation, simulation_of
from tests.scenarios import toy
from tests.scenarios.killed import cdr

pytestmark = pytest.mark.usefixtures("toy_protocol")
ASK = m.AuthorizeToken(token=toy.CARD, evse=toy.OURS)


class Directed:
    """A simulated hub on an address of its own, directed as the command line's users do."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self.url, self.client = url, client

    async def direct(self, act: str, /, **wish: Any) -> Any:
        reply = await self.client.post(f"{self.url}/_simulator/{act}", json=wish)
        return reply.json() if reply.is_success else (reply.status_code, reply.json())

    async def see(self, path: str) -> Any:
        return (await self.client.get(f"{self.url}/_simulator/{path}")).json()


@pytest.fixture
async def hub() -> AsyncIterator[Directed]:
    simulation = simulation_of("toyland", world({}))
    async with Hosted(simulation.application()) as hosted, httpx.AsyncClient(trust_env=False) as client:
        yield Directed(hosted.url, client)


@pytest.fixture
async def gateway(hub: Directed) -> AsyncIterator[Gateway]:
    async with Gateway({"toy": toy.connection(urls={"": hub.url})}, object(), first_wait_seconds=0.01) as running:
        yield running


async def test_the_simulator_answers_and_shows_what_it_received_masked(hub: Directed, gateway: Gateway) -> None:
    answer = await gateway.hub("toy").send(ASK)
    assert answer.allowed is m.Allowed.ALLOWED
    (received,) = await hub.see("received")
    assert received == {
        "method": "POST",
        "path": "/ask",
        "query": "",
        "request": '{"evse":"DE*LON*E1111*1","uid":"04…80"}',
        "status": 200,
        "response": json.dumps({"result": "yes", "session": answer.session.hub}, separators=(",", ":")),
        "fault": None,
    }


async def test_its_state_is_shown_and_forgotten_by_a_reset(hub: Directed, gateway: Gateway) -> None:
    await gateway.submit("toy", cdr(1))
    await gateway.engine.idle()
    assert await hub.see("state") == {"records": {"H-1": {"kwh": "1", "id": "C1"}}}
    await hub.direct("fault", kind="status", times=9)
    assert await hub.direct("reset") == {"reset": True}
    assert await hub.see("state") == {"records": {}}
    assert await hub.see("received") == []
    assert (await gateway.hub("toy").send(ASK)).allowed is m.Allowed.ALLOWED


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        ({"kind": "status", "status": 503}, Unavailable),
        ({"kind": "lost"}, NoAnswer),
        ({"kind": "slow", "seconds": 0.6}, NoAnswer),
        ({"kind": "html", "status": 200}, Undecodable),
    ],
    ids=["status", "lost", "slow", "html"],
)
async def test_a_fault_happens_as_often_as_it_was_asked_for_and_at_its_path(
    hub: Directed, fault: dict[str, Any], failure: type[Exception]
) -> None:
    assert await hub.direct("fault", **fault, path="/ask") == {"waiting": 1}
    impatient = Profile("toyland", "Toyland", timeout_seconds=0.3)
    link = HttpLink(toy.connection(urls={"": hub.url}), impatient)
    await toy.submit_cdr(link, cdr(1))
    with pytest.raises(failure):
        await toy.authorize_token(link, ASK)
    assert (await toy.authorize_token(link, ASK)).allowed is m.Allowed.ALLOWED
    await link.close()
    # A slow answer is noted when it is given.
    await asyncio.sleep(fault.get("seconds", 0))
    kinds = [entry["fault"] for entry in await hub.see("received")]
    assert sorted(kinds, key=str) == [None, None, fault["kind"]]


async def test_a_slow_answer_comes_all_the_same(hub: Directed, gateway: Gateway) -> None:
    await hub.direct("fault", kind="slow", seconds=0.2)
    began = time.monotonic()
    assert (await gateway.hub("toy").send(ASK)).allowed is m.Allowed.ALLOWED
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("kind", ["lost", "html"])
async def test_a_cdr_whose_answer_is_lost_is_sent_again_and_booked_once(
    hub: Directed, gateway: Gateway, kind: str
) -> None:
    await hub.direct("fault", kind=kind, status=200)
    owed = await gateway.submit("toy", cdr(1))
    for _ in range(200):
        if await gateway.deliveries(state="accepted"):
            break
        await gateway.engine.idle()
    (ended,) = await gateway.deliveries()
    assert (ended.id, ended.state, ended.tries) == (owed.id, "accepted", 2)
    assert await hub.see("state") == {"records": {"H-1": {"kwh": "1", "id": "C1"}}}
    one, other = await hub.see("received")
    assert one["request"] == other["request"]


@pytest.mark.parametrize("wish", [{"kind": "status", "colour": 1}, {}, {"kind": "rain"}])
async def test_a_fault_that_is_none_is_refused(hub: Directed, wish: dict[str, Any]) -> None:
    status, said = await hub.direct("fault", **wish)
    assert (status, list(said)) == (422, ["error"])


async def test_the_hub_calls_its_partner_when_told_to() -> None:
    heard = []

    async def start(request: Request) -> Response:
        heard.append(await request.json())
        return JSONResponse({"result": "yes"})

    partner = Starlette(routes=[Route("/toy/start", start, methods=["POST"])])
    async with Hosted(partner) as calls, httpx.AsyncClient(trust_env=False) as client:
        simulation = simulation_of("toyland", world({}, partner_url=f"{calls.url}/toy"))
        async with Hosted(simulation.application()) as hosted:
            hub = Directed(hosted.url, client)
            wish = {"evse": "DE*LON*E1111*1", "token": "04A2B3C4D5E680"}
            assert await hub.direct("remote-start", **wish) == {"result": "yes", "session": "H-1"}
            assert await hub.direct("remote-stop", session="H-9") == (422, {"error": "unknown: no session H-9"})
            assert await hub.direct("remote-stop") == (422, {"error": "'session'"})
    assert heard == [{"evse": "DE*LON*E1111*1", "uid": "04A2B3C4D5E680", "session": "H-1"}]


async def test_without_an_address_the_partner_cannot_be_called(hub: Directed) -> None:
    said = await hub.direct("remote-start", evse="DE*LON*E1", token="1")
    assert said == (422, {"error": "this partner has no URL to be called at"})


def test_an_adapter_without_a_simulator_cannot_be_simulated() -> None:
    plain = Adapter(**{**vars(toy.adapter), "simulator": None})
    with pytest.raises(ValueError, match="toy brings no simulator"):
        Simulation(plain, world({}))


def test_the_world_of_a_simulator_is_a_document() -> None:
    found = world(
        {
            "partners": [{"id": "NL*LON", "operators": ["DE*LON"], "url": "http://here"}],
            "evses": ["NL*LON*E1", {"id": "DE*LON*E2"}],
            "contracts": [{"cpo": "NL*LON", "emsp": "DE-8EO"}],
            "cards": [{"uid": "04AA", "provider": "NL-GWE", "allowed": "BLOCKED"}],
        }
    )
    assert found.partners == (Partner(toy.NLLON, "CPO", (toy.DELON,), "http://here"),)
    assert found.partner_of(toy.DELON) == found.partners[0]
    assert found.partner_of(PartyId.parse("FR*XXX")) is None
    assert found.agreed(toy.NLLON, PartyId.parse("DE*8EO"))
    assert not found.agreed(toy.NLLON, PartyId.parse("NL*GWE"))
    card = found.card("04-aa")
    assert card is not None
    assert (card.allowed, card.provider) == ("BLOCKED", PartyId.parse("NL-GWE"))
