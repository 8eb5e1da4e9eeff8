"""An operator that is not active at a hub yet, over real HTTP: its CDRs wait, its drivers charge all the same."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.connections import connections
from gateway.delivery import taking
from gateway.gateway import Gateway
from gateway.http import HttpRequest
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.ids import EvseId, PartyId
from gateway.model.party import RegistrationState
from gateway.model.session import SessionIds
from gateway.model.token import Token, TokenType
from gateway.settings import parsed
from gateway.simulation import utc_now, world
from gateway.store import Database
from gateway.transport import PartnerClient
from gateway.web.hosting import Hosted
from gateway.web.simulate import simulation_of
from tests.adapters.oicp_values import EVSE, SECOND, place

DELON = PartyId.parse("DE*LON")
CARD = Token(uid="04A2B3C4D5E680", type=TokenType.RFID)
ASK = m.AuthorizeToken(token=CARD, evse=SECOND, session=SessionIds(cpo="LON-1"))
FACTS = {"access": "FREE", "renewable_energy": True}
ACCOUNT = {"id": "NL*LON", "name": "Lon Charging", "hotline": "+31201234567", "places": FACTS}
REQUESTED = {"id": "DE*LON", "state": "requested", "since": date(2026, 3, 1), "places": FACTS}
Make = Callable[..., Awaitable[tuple[Gateway, Callable[[], Awaitable[Any]]]]]


@pytest.fixture
async def at(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Make]:
    """A gateway, and what its simulated hub knows; the hub knows the operator at once."""
    monkeypatch.setattr(taking, "_HELD_SECONDS", 0.02)
    async with AsyncExitStack() as stack:

        async def make(
            operator: dict[str, Any], hub: str = "hubject", **options: Any
        ) -> tuple[Gateway, Callable[[], Awaitable[Any]]]:
            partners = [{"id": "NL*LON", "role": "CPO", "operators": ["DE*LON"]}]
            simulation = simulation_of(hub, world({"partners": partners}))
            url = (await stack.enter_async_context(Hosted(simulation.application()))).url
            account = {"hub": hub, "options": options, "role": "CPO", "party": "NL*LON", "urls": {"": url}}
            section = {**account, "operators": [ACCOUNT, operator], "insecure_loopback": True}
            known = connections(parsed({"connections": {hub: section}}))
            gateway = Gateway(known, object(), database=Database(), first_wait_seconds=0.01)
            await stack.enter_async_context(gateway)
            client = PartnerClient()
            stack.push_async_callback(client.close)

            async def state() -> Any:
                reply = await client.call(url, HttpRequest(method="GET", path="/_simulator/state"))
                return json.loads(reply.body)

            return gateway, state

        yield make


def charged() -> Cdr:
    end = utc_now() - timedelta(seconds=5)
    begin = end - timedelta(minutes=30)
    times = {"start": begin, "end": end, "charging_start": begin, "charging_end": end}
    return Cdr(id="C1", session=SessionIds(cpo="LON-1"), energy_kwh=Decimal("7.5"), energy_known=True, **times)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(500):
        if await condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that")


async def until_it_is(gateway: Gateway, state: str) -> str | None:
    """The words of the one delivery, when it has come to that state."""
    for _ in range(500):
        (one,) = await gateway.deliveries()
        if one.state == state and one.words:
            return one.words
        await asyncio.sleep(0.01)
    raise AssertionError(f"it did not become {state}")


async def test_a_cdr_of_an_operator_that_is_not_active_waits_and_flows_by_itself_after_activation(
    at: Make,
) -> None:
    gateway, state = await at(REQUESTED)
    assert (await gateway.hub("hubject").send(ASK)).allowed is m.Allowed.ALLOWED
    await gateway.submit_cdr(charged())
    reason = "operator DE*LON not active at Hubject since 2026-03-01 (requested)"
    assert await until_it_is(gateway, "waiting") == f"held back: {reason}"
    assert (await state())["cdrs"] == []
    await gateway.registry.set(DELON, "hubject", RegistrationState.ACTIVE, by="A. Sample")
    gateway.wake()
    await until_it_is(gateway, "accepted")
    assert [one["record"]["EvseID"] for one in (await state())["cdrs"]] == [str(SECOND)]


async def test_where_a_connection_carries_one_operator_nothing_of_another_ever_reaches_the_hub(at: Make) -> None:
    gateway, state = await at({"id": "DE*LON"}, "gireve", operator_regime="none")
    assert (await gateway.hub("gireve").send(ASK)).allowed is m.Allowed.ALLOWED
    await gateway.submit_cdr(charged())
    sentence = "Gireve does not support this yet. They plan to support this for Q4 2023."
    assert await until_it_is(gateway, "waiting") == f"held back: {sentence}"
    gateway.wake()
    await asyncio.sleep(0.1)
    assert [(one.state, one.tries) for one in await gateway.deliveries()] == [("waiting", 0)]
    assert (await state())["cdrs"] == {}


async def test_evses_of_an_operator_that_is_not_active_wait_while_their_drivers_charge(at: Make) -> None:
    gateway, state = await at(REQUESTED)
    await gateway.publish([place(), place(SECOND)])
    await gateway.publisher.full_load("hubject", confirm=True)

    async def shown() -> bool:
        return list((await state())["evses"]) == [str(EVSE)]

    await until(shown)
    reason = "operator DE*LON not active at Hubject since 2026-03-01 (requested)"
    assert [(one.evse, one.reason) for one in await gateway.publisher.held(SECOND)] == [(str(SECOND), reason)]
    asked = {str(EVSE): "LON-1", str(SECOND): "LON-2"}
    for evse, name in asked.items():
        routed = await gateway.authorize(
            m.AuthorizeToken(token=CARD, evse=EvseId.parse(evse), session=SessionIds(cpo=name))
        )
        assert routed.answer.allowed is m.Allowed.ALLOWED
    guests = await gateway.sessions.listed(evse_unknown=True)
    assert [(known.ids.cpo, known.evse) for known in guests] == [("LON-2", SECOND)]
    await gateway.registry.set(DELON, "hubject", RegistrationState.ACTIVE)
    gateway.wake()

    async def both() -> bool:
        return sorted((await state())["evses"]) == sorted(asked)

    await until(both)
    assert await gateway.publisher.held() == []
    codes = {one.code for one in await gateway.deliveries()}
    assert codes == {"000"}
