"""One driver and two hubs, over real HTTP: who is asked, whose session is kept, and what closes the other."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.connections import connections
from gateway.gateway import Gateway
from gateway.http import HttpRequest
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.ids import EvseId, PartyId
from gateway.model.session import SessionIds, SessionStatus
from gateway.model.token import Token, TokenType
from gateway.settings import parsed
from gateway.simulation import utc_now, world
from gateway.transport import PartnerClient
from gateway.web.hosting import Hosted
from gateway.web.simulate import simulation_of

EVSE = EvseId.parse("DE*LON*E1111*1")
CARD = Token(uid="04A2B3C4D5E680", type=TokenType.RFID, provider=PartyId.parse("DE-8EO"))
ASK = m.AuthorizeToken(token=CARD, evse=EVSE, session=SessionIds(cpo="LON-1"))
KNOWN = [{"uid": CARD.uid, "provider": "DE-8EO"}]


@dataclass
class Roaming:
    gateway: Gateway
    simulators: dict[str, str]
    client: PartnerClient

    async def state(self, hub: str) -> Any:
        reply = await self.client.call(self.simulators[hub], HttpRequest(method="GET", path="/_simulator/state"))
        return json.loads(reply.body)

    async def settled(self) -> list[tuple[str, str, Decimal | None, str | None]]:
        """(connection, state, kWh, code) of each CDR, when none is open any more."""
        for _ in range(500):
            found = await self.gateway.deliveries()
            if all(one.state not in ("waiting", "sending", "unknown") for one in found):
                return sorted((one.connection, one.state, _energy(one.message), one.code) for one in found)
            await asyncio.sleep(0.01)
        raise AssertionError("a CDR is still open")


def _energy(message: Any) -> Decimal | None:
    assert isinstance(message, m.SubmitCdr)
    return message.cdr.energy_kwh if message.cdr else None


Make = Callable[..., Awaitable[Roaming]]


@pytest.fixture
async def roaming() -> AsyncIterator[Make]:
    async with AsyncExitStack() as stack:

        async def make(**cards: list[dict[str, Any]]) -> Roaming:
            urls = {}
            for hub, known in cards.items():
                partners = [{"id": "NL*LON", "role": "CPO", "operators": ["NL*LON", "DE*LON"]}]
                simulation = simulation_of(hub, world({"partners": partners, "cards": known}))
                urls[hub] = (await stack.enter_async_context(Hosted(simulation.application()))).url
            account = {"role": "CPO", "party": "NL*LON", "operators": [{"id": "DE*LON"}], "insecure_loopback": True}
            sections = {hub: {**account, "hub": hub, "urls": {"": url}} for hub, url in urls.items()}
            known_connections = connections(parsed({"connections": sections}))
            gateway = Gateway(known_connections, object(), first_wait_seconds=0.01)
            await stack.enter_async_context(gateway)
            client = PartnerClient()
            stack.push_async_callback(client.close)
            return Roaming(gateway, urls, client)

        yield make


def charged(session: SessionIds) -> Cdr:
    end = utc_now() - timedelta(seconds=5)
    begin = end - timedelta(minutes=30)
    times = {"start": begin, "end": end, "charging_start": begin, "charging_end": end}
    return Cdr(id="C1", session=session, energy_kwh=Decimal("7.5"), energy_known=True, **times)


async def test_a_card_of_the_second_hub_charges_there_and_its_cdr_finds_the_way_by_itself(roaming: Make) -> None:
    here = await roaming(hubject=[], gireve=KNOWN)
    routed = await here.gateway.authorize(ASK)
    assert (routed.connection, routed.answer.allowed) == ("gireve", m.Allowed.ALLOWED)
    assert [(step.connection, step.answer) for step in routed.trace.steps] == [
        ("hubject", "UNKNOWN_TOKEN"),
        ("gireve", "ALLOWED"),
    ]
    await here.gateway.submit_cdr(charged(SessionIds(cpo="LON-1")))
    assert await here.settled() == [("gireve", "accepted", Decimal("7.5"), "1")]
    assert [known.status for known in await here.gateway.sessions.listed()] == [SessionStatus.COMPLETED]
    await here.gateway.authorising.close()
    again = await here.gateway.authorize(replace(ASK, session=SessionIds(cpo="LON-2")))
    assert [step.connection for step in again.trace.steps] == ["gireve", "hubject"]
    await here.gateway.authorising.close()


async def test_the_session_of_a_hub_that_lost_is_closed_there_by_a_cdr_of_nothing(roaming: Make) -> None:
    here = await roaming(hubject=KNOWN, gireve=KNOWN)
    routed = await here.gateway.authorize(ASK, parallel_after_seconds=0)
    await here.gateway.authorising.close()
    assert routed.connection is not None
    (loser,) = {"hubject", "gireve"} - {routed.connection}
    await here.gateway.closing.close_unfinished()
    assert [known.connection for known in await here.gateway.closing.unfinished()] == []
    await here.gateway.submit_cdr(charged(SessionIds(cpo="LON-1")))
    codes = {"hubject": "000", "gireve": "1"}
    assert await here.settled() == sorted(
        [
            (loser, "accepted", Decimal(0), codes[loser]),
            (routed.connection, "accepted", Decimal("7.5"), codes[routed.connection]),
        ]
    )
    assert {known.connection: known.status for known in await here.gateway.sessions.listed()} == {
        loser: SessionStatus.INVALID,
        routed.connection: SessionStatus.COMPLETED,
    }
    assert [one["status"] for one in (await here.state("hubject"))["sessions"].values()] == ["CLOSED"]


async def test_a_driver_who_went_away_leaves_no_session_open_at_the_hub(roaming: Make) -> None:
    here = await roaming(hubject=KNOWN)
    await here.gateway.authorize(ASK)
    assert [one["status"] for one in (await here.state("hubject"))["sessions"].values()] == ["OPEN"]
    await here.gateway.never_started(SessionIds(cpo="LON-1"))
    assert await here.settled() == [("hubject", "accepted", Decimal(0), "000")]
    assert [one["status"] for one in (await here.state("hubject"))["sessions"].values()] == ["CLOSED"]
    await here.gateway.authorising.close()
