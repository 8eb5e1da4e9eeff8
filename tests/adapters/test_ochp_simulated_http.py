"""The simulated clearing house over HTTP: its faults as our sends see them, and how it is directed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from gateway.errors import GatewayError, NoAnswer, Refused, Unavailable, Undecodable
from gateway.gateway import Gateway
from gateway.model import messages as m
from gateway.ports import Credentials
from gateway.simulation import world
from gateway.web.hosting import Hosted
from gateway.web.simulate import simulation_of
from tests.adapters.test_ochp_sends import BILL, CONNECTION

SERVICES = ("service", "live", "direct")


class Directed:
    """A gateway at a simulated clearing house that is directed over HTTP."""

    def __init__(self, gateway: Gateway, url: str, client: httpx.AsyncClient) -> None:
        self.gateway, self._url, self._client = gateway, url, client

    async def direct(self, act: str, **wish: Any) -> Any:
        reply = await self._client.post(f"{self._url}/_simulator/{act}", json=wish)
        return {"status": reply.status_code, **reply.json()}

    async def seen(self, what: str) -> Any:
        return (await self._client.get(f"{self._url}/_simulator/{what}")).json()

    async def submit(self) -> m.CdrReceipt:
        receipt: m.CdrReceipt = await self.gateway.hub("clearing").send(m.SubmitCdr(cdr=BILL))
        return receipt


@pytest.fixture
async def hub() -> AsyncIterator[Directed]:
    async with Hosted(simulation_of("eclearing", world({})).application()) as hosted:
        urls = {service: f"{hosted.url}/{service}/ochp/v1.4" for service in SERVICES}
        known = replace(CONNECTION, urls=urls, credentials=Credentials(username="demo", password="demo"))
        async with (
            Gateway({known.name: known}, object()) as gateway,
            httpx.AsyncClient(trust_env=False) as client,
        ):
            yield Directed(gateway, hosted.url, client)


@pytest.mark.parametrize(
    ("fault", "failure", "words"),
    [
        ({"kind": "status", "status": 500}, Undecodable, "HTTP 500"),
        ({"kind": "status", "status": 503}, Unavailable, "HTTP 503"),
        ({"kind": "status", "status": 429, "retry_after": 7}, Unavailable, "HTTP 429"),
        ({"kind": "html", "status": 403}, Refused, "403"),
    ],
    ids=lambda value: str(value.get("status", "")) if isinstance(value, dict) else "",
)
async def test_what_goes_wrong_at_the_hub_leaves_nothing_there(
    hub: Directed, fault: dict[str, Any], failure: type[GatewayError], words: str
) -> None:
    await hub.direct("fault", **fault, path="/service")
    with pytest.raises(failure, match=words):
        await hub.submit()
    assert (await hub.seen("state"))["cdrs"] == []
    assert (await hub.submit()).accepted is True


async def test_of_a_lost_answer_the_record_is_there(hub: Directed) -> None:
    await hub.direct("fault", kind="lost", path="/service")
    with pytest.raises(NoAnswer):
        await hub.submit()
    again = await hub.submit()
    assert (again.accepted, again.refused) == (False, (BILL.id,))
    assert [cdr["id"] for cdr in (await hub.seen("state"))["cdrs"]] == [BILL.id]


async def test_a_request_that_comes_twice_is_booked_once(hub: Directed) -> None:
    await hub.direct("fault", kind="duplicate", path="/service")
    assert (await hub.submit()).accepted is True
    (told,) = (await hub.seen("counts"))["cdrs"].values()
    assert (told["received"], told["booked"]) == (2, 1)


async def test_what_was_received_shows_no_password(hub: Directed) -> None:
    await hub.submit()
    (shown,) = await hub.seen("received")
    assert ("PasswordText" in shown["request"], ">demo</wsse:Password>" in shown["request"]) == (True, False)


async def test_the_test_partner_does_what_it_is_told(hub: Directed) -> None:
    answer = await hub.direct("remote-start", evse="DE*ABC*E1")
    assert (answer["status"], answer["result"], answer["answer"]["code"]) == (200, "refused", "no-endpoint")
    assert await hub.direct("remote-start") == {"status": 422, "error": "evse: which one?"}
    assert (await hub.direct("act", operation="Dance"))["status"] == 422
    assert await hub.direct("play") == {"status": 200, "passed": True, "lines": []}


async def test_other_hubs_have_no_test_partner() -> None:
    simulation = simulation_of("hubject", world({}))
    async with Hosted(simulation.application()) as hosted, httpx.AsyncClient(trust_env=False) as client:
        reply = await client.post(f"{hosted.url}/_simulator/act", json={})
    assert (reply.status_code, reply.json()) == (422, {"error": "this hub has no test partner"})
