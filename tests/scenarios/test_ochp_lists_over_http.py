"""Cards, statuses and parking spots from one account to another, over real HTTP, with a restart and lost answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway import Gateway
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.ids import ContractId
from gateway.model.kinds import EvseStatus
from gateway.model.token import Token, TokenType
from gateway.ports import Connection
from gateway.store import Database
from gateway.web.hosting import Hosted
from gateway.web.simulate import Fault, Simulation, simulation_of
from tests.support.publishing import EMP, WORLD, connection, evse_id, place

SERVICES = ("service", "live", "direct")


@dataclass
class Platform:
    """An operator's whitelist and a provider's map."""

    cards: dict[str, Token] = field(default_factory=dict)
    statuses: dict[str, EvseStatus | None] = field(default_factory=dict)

    async def publish_tokens(self, _: Connection, message: m.PublishTokens) -> m.Publication:
        for token in message.tokens:
            gone = message.action is m.PushAction.DELETE
            self.cards.pop(token.uid or "", None) if gone else self.cards.update({token.uid or "": token})
        return m.Publication(accepted=True)

    async def publish_statuses(self, _: Connection, message: m.PublishStatuses) -> m.Publication:
        self.statuses |= {str(report.evse): report.status for report in message.statuses}
        return m.Publication(accepted=True)


@dataclass
class Stage:
    simulation: Simulation
    url: str
    store: Path
    platform: Platform = field(default_factory=Platform)

    @asynccontextmanager
    async def gateway(self) -> AsyncIterator[Gateway]:
        urls = {service: f"{self.url}/{service}/ochp/v1.4" for service in SERVICES}
        at: dict[str, Any] = {"urls": urls, "insecure_loopback": True}
        cpo = connection("eclearing", name="station", options={"prolong_statuses_seconds": True}, **at)
        emp = connection("eclearing", name="cards", role=Role.EMSP, party=EMP, operators=(), **at)
        database = Database(f"sqlite:///{self.store}")
        known = {one.name: one for one in (cpo, emp)}
        async with Gateway(known, self.platform, database=database, first_wait_seconds=0.02) as gateway:
            yield gateway

    def loses_answers(self, times: int) -> None:
        self.simulation.stage.faults.append(Fault("lost", times=times))

    async def pulled(self, gateway: Gateway) -> list[str]:
        """The cards that the operator knows after it has looked."""
        await gateway.pulls.pull("station", m.FetchTokens)
        return sorted(uid for uid in self.platform.cards if uid in UIDS)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    simulation = simulation_of("eclearing", WORLD)
    async with Hosted(simulation.application()) as hosted:
        yield Stage(simulation, hosted.url, tmp_path / "store.sqlite")


def card(number: int) -> Token:
    contract = ContractId.parse(f"DE-8EO-C{number:08}")
    return Token(uid=f"04A2B3C4D5{number:04X}", type=TokenType.RFID, contract_id=contract)


UIDS = [card(number).uid or "" for number in range(5)]


async def until(done: Callable[[], Any]) -> None:
    async def asked() -> None:
        while True:
            if await done():
                return
            await asyncio.sleep(0.02)

    await asyncio.wait_for(asked(), 20)


def settled(gateway: Gateway) -> Callable[[], Any]:
    async def at_rest() -> bool:
        return all(one.state == "current" for one in await gateway.token_lists.listed("cards"))

    return at_rest


async def test_cards_reach_an_operator_and_leave_again_across_a_restart(stage: Stage) -> None:
    async with stage.gateway() as gateway:
        stage.loses_answers(1)
        await gateway.publish_tokens("cards", [card(1), card(2)])
        await until(settled(gateway))
        assert await stage.pulled(gateway) == UIDS[1:3]
        asked = m.AuthorizeToken(token=Token(uid=UIDS[1], type=TokenType.RFID))
        routed = await gateway.authorize(asked, connections=["station"])
        assert (routed.answer.allowed, "provider was not asked" in str(routed.answer.info)) == (m.Allowed.ALLOWED, True)
        await gateway.token_lists.revoke("cards", [UIDS[1]])
    async with stage.gateway() as gateway:
        await gateway.publish_tokens("cards", [card(3)])
        await until(settled(gateway))
        assert await stage.pulled(gateway) == UIDS[2:4]
        assert (await gateway.authorize(asked, connections=["station"])).answer.allowed is m.Allowed.UNKNOWN_TOKEN
        found = await gateway.token_lists.full_load("cards", confirm=True, confirm_loss=True)
        await until(settled(gateway))
        assert (found.sends, await stage.pulled(gateway)) == (2, UIDS[2:4])


async def test_statuses_and_parking_spots_reach_a_provider_with_their_deadline(stage: Stage) -> None:
    async with stage.gateway() as gateway:
        now = datetime.now(UTC)
        await gateway.publish([place(1)])
        await gateway.publish_status(evse_id(1), EvseStatus.CHARGING, now)
        await gateway.publish_parking("NL*LON*P0001", EvseStatus.BLOCKED, now, now + timedelta(hours=1))

        async def there() -> bool:
            state: Any = stage.simulation.stage.simulator.state()
            return len(state["statuses"]) == 1 and len(state["parking"]) == 1

        await until(there)
        (told,) = (await gateway.hub("cards").send(m.FetchStatuses())).statuses
        assert told.until is not None
        assert timedelta(minutes=19) < told.until - now < timedelta(minutes=21)
        spots = await gateway.hub("cards").send(m.FetchStatuses(scope=m.StatusScope.PARKING))
        assert [(spot.parking_id, spot.status) for spot in spots.parking] == [("NL*LON*P0001", EvseStatus.BLOCKED)]
        await gateway.pulls.pull("cards", m.FetchStatuses)
        assert stage.platform.statuses == {str(evse_id(1)): EvseStatus.CHARGING}
