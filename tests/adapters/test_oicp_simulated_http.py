"""The simulated hub over HTTP: its faults as our sends see them, scripts that are played, a long crawl."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gateway.errors import GatewayError, NoAnswer, Refused, Unavailable, Undecodable
from gateway.gateway import Gateway
from gateway.model import messages as m
from gateway.simulation import world
from gateway.web.hosting import Hosted
from gateway.web.simulate import simulation_of
from tests.adapters.oicp_values import CARD, CPO, EMP, EVSE
from tests.adapters.test_oicp_scripts import EMP_SCRIPT, config


class Directed:
    """A gateway at a simulated hub that is directed over HTTP."""

    def __init__(self, gateway: Gateway, url: str, client: httpx.AsyncClient) -> None:
        self.gateway, self._url, self._client = gateway, url, client

    async def direct(self, act: str, **wish: Any) -> Any:
        return (await self._client.post(f"{self._url}/_simulator/{act}", json=wish)).json()

    async def received(self) -> Any:
        return (await self._client.get(f"{self._url}/_simulator/received")).json()

    async def authorize(self) -> m.Authorization:
        answer: m.Authorization = await self.gateway.hub("cpo").send(m.AuthorizeToken(token=CARD, evse=EVSE))
        return answer


@pytest.fixture
async def hub(request: pytest.FixtureRequest) -> AsyncIterator[Directed]:
    given = getattr(request, "param", {"push_hold_seconds": 0})
    async with Hosted(simulation_of("hubject", world(given)).application()) as hosted:
        connections = {
            name: type(one)(**{**_members(one), "name": name, "urls": {"": hosted.url}})
            for name, one in (("cpo", CPO), ("emp", EMP))
        }
        async with Gateway(connections, object()) as gateway, httpx.AsyncClient(trust_env=False) as client:
            yield Directed(gateway, hosted.url, client)


def _members(connection: Any) -> dict[str, Any]:
    return {name: getattr(connection, name) for name in connection.__slots__}


@pytest.mark.parametrize(
    ("fault", "failure", "words"),
    [
        ({"kind": "status", "status": 500}, Undecodable, "HTTP 500"),
        ({"kind": "status", "status": 503}, Unavailable, "HTTP 503"),
        ({"kind": "status", "status": 429, "retry_after": 7}, Unavailable, "HTTP 429"),
        ({"kind": "lost"}, NoAnswer, "RemoteProtocolError|ReadError"),
        ({"kind": "html", "status": 403}, Refused, "HTTP 403 with a page instead of a message: simulated"),
        ({"kind": "latin", "status": 403}, Refused, "Zugriff für Unbekannte gesperrt"),
    ],
    ids=lambda value: value.get("kind", "") if isinstance(value, dict) else "",
)
async def test_what_goes_wrong_at_the_hub(
    hub: Directed, fault: dict[str, Any], failure: type[GatewayError], words: str
) -> None:
    await hub.direct("fault", **fault, path="authorize/start")
    with pytest.raises(failure, match=words):
        await hub.authorize()
    assert (await hub.authorize()).allowed is m.Allowed.ALLOWED


@pytest.mark.parametrize("hub", [{"settings": {"rate_limits": True}}], indirect=True)
async def test_one_call_too_many_is_told_when_to_come_again(hub: Directed) -> None:
    for _ in range(6):
        await hub.gateway.hub("emp").send(m.FetchStatuses())
    with pytest.raises(Unavailable, match="HTTP 429") as caught:
        await hub.gateway.hub("emp").send(m.FetchStatuses())
    assert 0 < (caught.value.retry_after or 0) <= 60


@pytest.mark.parametrize("hub", [{"settings": {"fleet": 4500}}], indirect=True)
async def test_a_crawl_keeps_no_page(hub: Directed) -> None:
    answer = await hub.gateway.hub("emp").send(m.FetchEvses())
    assert len(answer.locations) == 4500
    assert len({location.evses[0].evse_id for location in answer.locations}) == 4500
    pages = await hub.received()
    assert [page["query"] for page in pages] == [f"page={number}&size=2000" for number in range(3)]
    assert all(page["response"].endswith(" bytes)") for page in pages)


SCRIPTED = config(EMP_SCRIPT, {"actions": [{"operation": "AuthorizeStart", "evse": str(EVSE), "token": CARD.uid}]})


@pytest.mark.parametrize("hub", [SCRIPTED], indirect=True)
async def test_scripts_are_played_when_told_to(hub: Directed) -> None:
    told = await hub.direct("play")
    assert told == {
        "passed": True,
        "lines": [{"partner": "NL*LON", "line": "asks AuthorizeStart: 000, expected 000", "passed": True}],
    }


async def test_a_hub_without_scripts_plays_nothing(hub: Directed) -> None:
    assert await hub.direct("play") == {"passed": True, "lines": []}


async def test_other_hubs_have_no_scripts() -> None:
    simulation = simulation_of("gireve", world({}))
    async with Hosted(simulation.application()) as hosted, httpx.AsyncClient(trust_env=False) as client:
        reply = await client.post(f"{hosted.url}/_simulator/play")
    assert (reply.status_code, reply.json()) == (422, {"error": "this hub has no partners that act by a script"})
