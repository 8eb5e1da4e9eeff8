"""Tariffs from an operator to two providers, over HTTP through the simulated clearing house."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from gateway.gateway import Gateway
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.model.tariff import Tariff
from gateway.ports import Connection, Credentials
from gateway.simulation import world
from gateway.web.hosting import Hosted
from gateway.web.simulate import simulation_of
from tests.adapters.ochp_hub import TWO_ACCOUNTS
from tests.adapters.test_ochp_tariffs import asked, element

CPO = Connection(
    name="cpo",
    hub="eclearing",
    protocol="ochp",
    role=Role.CPO,
    party=PartyId.parse("DE*ABC"),
    credentials=Credentials(username="cpo", password="one"),
    insecure_loopback=True,
)
FIRST = replace(
    CPO,
    name="first",
    role=Role.EMSP,
    party=PartyId.parse("DE-8EO"),
    credentials=Credentials(username="emp", password="three"),
)
SECOND = replace(
    FIRST, name="second", party=PartyId.parse("NL-GWE"), credentials=Credentials(username="emp2", password="four")
)
NIGHT = Tariff(
    id="night",
    currency="EUR",
    operator=CPO.party,
    elements=(
        element(asked("ENERGY", "0.29", 1), start_time=1320, end_time=360),
        element(asked("ENERGY", "0.49", 1), asked("FLAT", "0.5", 1)),
    ),
)
FAVOUR = replace(NIGHT, provider=SECOND.party, elements=(element(asked("ENERGY", "0.25", 1)),))


@dataclass
class Platform:
    """What each account was told, by tariff id."""

    known: dict[str, dict[str | None, Tariff]] = field(default_factory=dict)

    async def publish_tariffs(self, connection: Connection, message: m.PublishTariffs) -> m.Publication:
        mine = self.known.setdefault(connection.name, {})
        for tariff in message.tariffs:
            if message.action is m.PushAction.DELETE:
                mine.pop(tariff.id)
            else:
                mine[tariff.id] = tariff
        return m.Publication(accepted=True)

    def prices(self, connection: Connection) -> dict[str | None, list[Decimal]]:
        known = self.known.get(connection.name, {})
        return {id: [one.price for element in tariff.elements for one in element.price_components]
                for id, tariff in known.items()}  # fmt: skip


@dataclass
class Stand:
    gateway: Gateway
    platform: Platform

    async def publish(self, *tariffs: Tariff) -> m.Publication:
        answer: m.Publication = await self.gateway.hub("cpo").send(m.PublishTariffs(tariffs=tariffs))
        return answer

    async def pull(self, connection: Connection, *, full: bool = False) -> tuple[int, int, int]:
        report = await self.gateway.pulls.pull(connection.name, m.FetchTariffs, full=full)
        return report.received, report.changed, report.gone


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    async with Hosted(simulation_of("eclearing", world(TWO_ACCOUNTS)).application()) as hosted:
        urls = {name: f"{hosted.url}/{name}/ochp/v1.4" for name in ("service", "live", "direct")}
        platform = Platform()
        gateway = Gateway({one.name: replace(one, urls=urls) for one in (CPO, FIRST, SECOND)}, platform)
        yield Stand(gateway, platform)
        await gateway.stop()


async def test_each_provider_is_given_its_own_version_or_the_default(stand: Stand) -> None:
    answer = await stand.publish(NIGHT, FAVOUR)
    assert (answer.accepted, answer.refused) == (True, ())
    assert await stand.pull(FIRST) == (1, 1, 0)
    assert await stand.pull(SECOND) == (1, 1, 0)
    assert stand.platform.prices(FIRST) == {"DEABCTNIGHT": [Decimal("0.29"), Decimal("0.49"), Decimal("0.5")]}
    assert stand.platform.prices(SECOND) == {"DEABCTNIGHT": [Decimal("0.25")]}
    told = stand.platform.known["second"]["DEABCTNIGHT"]
    assert (told.operator, told.provider, told.currency) == (CPO.party, None, "EUR")


async def test_only_what_has_changed_is_told_again(stand: Stand) -> None:
    await stand.publish(NIGHT, FAVOUR)
    await stand.pull(FIRST)
    assert (await stand.pull(FIRST))[1:] == (0, 0)
    await stand.publish(replace(NIGHT, elements=(element(asked("ENERGY", "0.59", 1)),)), FAVOUR)
    assert (await stand.pull(FIRST))[1:] == (1, 0)
    assert stand.platform.prices(FIRST) == {"DEABCTNIGHT": [Decimal("0.59")]}


async def test_a_message_without_a_recipient_takes_its_version_away(stand: Stand) -> None:
    """Why all versions of an id have to stand in one message."""
    await stand.publish(NIGHT, FAVOUR)
    await stand.pull(SECOND)
    assert (await stand.publish(FAVOUR)).accepted is False
    assert (await stand.pull(SECOND, full=True))[1:] == (0, 0)
    await stand.publish(NIGHT)
    assert (await stand.pull(SECOND, full=True))[1:] == (1, 0)
    assert stand.platform.prices(SECOND) == {"DEABCTNIGHT": [Decimal("0.29"), Decimal("0.49"), Decimal("0.5")]}


async def test_an_account_of_others_tariffs_is_refused(stand: Stand) -> None:
    foreign = replace(NIGHT, id="NLXYZT1", operator=None)
    answer = await stand.publish(foreign, NIGHT)
    assert [(one.uid, one.text) for one in answer.refused] == [
        ("NLXYZT1", "not sent: NL*XYZ is not an operator of this connection")
    ]
    assert answer.accepted is True
