"""Keeping up with the hubs' lists, against the simulated hubs in this process."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.errors import NoAnswer
from gateway.gateway import Gateway
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.cdr import CdrStatus
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway.model.location import Location
from gateway.model.token import Token
from gateway.ports import Connection, Credentials
from gateway.pulls import Pulls
from gateway.simulation import Desk, world
from gateway_ochp import adapter as ochp
from gateway_ochp.simulator.hub import EclearingSimulator
from gateway_oicp import adapter as oicp
from gateway_oicp.simulator.hub import OicpHub
from tests.adapters import oicp_values, test_ochp_sends

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HUBJECT_CPO = replace(oicp_values.CPO, urls={"": "http://hub"})
HUBJECT_EMP = replace(oicp_values.EMP, urls={"": "http://hub"}, options={"page_size": 2})
CLEARING = replace(test_ochp_sends.CONNECTION, credentials=Credentials(username="demo", password="demo"))
CLEARING_EMP = replace(CLEARING, name="clearing-emp", role=Role.EMSP, party=PartyId.parse("DE-8EO"))


@dataclass
class World:
    """The two hubs, their clock, and how many more requests they answer."""

    moment: datetime = NOON
    answers: int = 10**9
    hubs: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        desk = Desk(world({"push_hold_seconds": 0}), self._nobody, lambda: self.moment)
        self.hubs = {"oicp": OicpHub(desk), "ochp": EclearingSimulator(desk)}

    async def _nobody(self, _: str, __: HttpRequest) -> HttpResponse:
        raise AssertionError("nobody is called")

    async def publish(self, connection: Connection, message: m.Message[Any]) -> Any:
        adapter = {"oicp": oicp, "ochp": ochp}[connection.protocol]
        return await adapter.sends[type(message)](Link(connection, self), message)


@dataclass
class Link:
    connection: Connection
    world: World

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        if self.world.answers == 0:
            raise NoAnswer("timeout")
        self.world.answers -= 1
        path = request.path if self.connection.protocol == "oicp" else f"/{request.service}/ochp/v1.4"
        answer: HttpResponse = await self.world.hubs[self.connection.protocol].handle(replace(request, path=path))
        return answer

    def now(self) -> datetime:
        return self.world.moment

    def new_id(self) -> str:
        return "1"


@dataclass
class Platform:
    """What an EMSP, or a CPO, has after it was told."""

    places: dict[str, Location] = field(default_factory=dict)
    statuses: dict[str, EvseStatus | None] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    reviews: list[m.ReviewCdr] = field(default_factory=list)

    async def publish_evses(self, _: Connection, message: m.PublishEvses) -> m.Publication:
        for place in message.locations:
            evse = str(place.evses[0].evse_id)
            self.places.pop(evse, None) if message.action is m.PushAction.DELETE else self.places.update({evse: place})
        return m.Publication(accepted=True)

    async def publish_statuses(self, _: Connection, message: m.PublishStatuses) -> m.Publication:
        self.statuses |= {str(report.evse): report.status for report in message.statuses}
        return m.Publication(accepted=True)

    async def publish_tokens(self, _: Connection, message: m.PublishTokens) -> m.Publication:
        self.tokens |= {token.uid or "": token for token in message.tokens}
        return m.Publication(accepted=True)

    async def review_cdr(self, _: Connection, message: m.ReviewCdr) -> m.Confirmation:
        self.reviews.append(message)
        return m.Confirmation(accepted=True)


@dataclass
class Stand:
    world: World
    platform: Platform
    gateway: Gateway

    async def pull(self, connection: Connection, kind: type[m.Message[Any]], **how: bool) -> tuple[int, int, int, bool]:
        report = await self.gateway.pulls.pull(connection.name, kind, **how)
        return report.pages, report.changed, report.gone, report.full


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    here, platform = World(), Platform()
    connections = {one.name: one for one in (HUBJECT_EMP, CLEARING, CLEARING_EMP)}
    gateway = Gateway(connections, platform, link=lambda connection: Link(connection, here))
    gateway.pulls = Pulls(gateway.database, gateway.hubs, gateway.backend, lambda: here.moment)
    yield Stand(here, platform, gateway)
    await gateway.stop()


def evses(*numbers: int) -> list[EvseId]:
    return [EvseId.parse(f"NL*LON*E{number}") for number in numbers]


def push(*numbers: int, action: m.PushAction = m.PushAction.INSERT, **more: Any) -> m.PublishEvses:
    return m.PublishEvses(action=action, locations=tuple(oicp_values.place(evse, **more) for evse in evses(*numbers)))


async def test_an_oicp_fleet_is_read_by_pages_and_followed_by_its_changes(stand: Stand) -> None:
    await stand.world.publish(HUBJECT_CPO, push(1, 2, 3, 4, 5))
    assert await stand.pull(HUBJECT_EMP, m.FetchEvses) == (3, 5, 0, True)
    stand.world.moment += timedelta(seconds=60)
    await stand.world.publish(HUBJECT_CPO, push(2, action=m.PushAction.UPDATE, hotline="+31 20 999 99 99"))
    await stand.world.publish(HUBJECT_CPO, push(3, action=m.PushAction.DELETE))
    overlapping = await stand.pull(HUBJECT_EMP, m.FetchEvses)
    assert overlapping == (3, 1, 1, False)
    stand.world.moment += timedelta(seconds=60)
    await stand.world.publish(HUBJECT_CPO, push(1, action=m.PushAction.UPDATE, hotline="+31 20 999 99 98"))
    stand.world.moment += timedelta(seconds=90)
    assert (await stand.pull(HUBJECT_EMP, m.FetchEvses))[1:] == (1, 0, False)
    assert sorted(stand.platform.places) == ["NL*LON*E1", "NL*LON*E2", "NL*LON*E4", "NL*LON*E5"]
    assert stand.platform.places["NL*LON*E2"].hotline == "+31209999999"
    stand.world.moment += timedelta(days=1)
    assert await stand.pull(HUBJECT_EMP, m.FetchEvses) == (2, 0, 0, True)


@pytest.mark.parametrize("answered", [0, 1, 2])
async def test_a_page_that_fails_costs_nothing_but_time(stand: Stand, answered: int) -> None:
    await stand.world.publish(HUBJECT_CPO, push(1, 2, 3, 4, 5))
    stand.world.answers = answered
    with pytest.raises(NoAnswer):
        await stand.pull(HUBJECT_EMP, m.FetchEvses)
    assert len(stand.platform.places) == 2 * answered
    stand.world.answers = 10
    assert await stand.pull(HUBJECT_EMP, m.FetchEvses) == (3, 5 - 2 * answered, 0, True)
    assert len(stand.platform.places) == 5


async def test_oicp_statuses_come_whole_and_only_changes_are_given_on(stand: Stand) -> None:
    await stand.world.publish(HUBJECT_CPO, push(1, 2))
    for status, changed in ((EvseStatus.AVAILABLE, 2), (EvseStatus.CHARGING, 1)):
        told = evses(1, 2)[: 2 if status is EvseStatus.AVAILABLE else 1]
        reports = tuple(m.EvseStatusReport(evse=evse, status=status) for evse in told)
        await stand.world.publish(HUBJECT_CPO, m.PublishStatuses(statuses=reports))
        assert await stand.pull(HUBJECT_EMP, m.FetchStatuses, full=True) == (1, changed, 0, True)
    assert stand.platform.statuses == {"NL*LON*E1": EvseStatus.CHARGING, "NL*LON*E2": EvseStatus.AVAILABLE}


async def test_the_charge_points_of_a_clearing_house_are_followed_too(stand: Stand) -> None:
    def place(number: int) -> Location:
        evse = replace(test_ochp_sends.PLACE.evses[0], evse_id=EvseId.parse(f"DE*ABC*E{number}"))
        return replace(test_ochp_sends.PLACE, evses=(replace(evse, last_updated=stand.world.moment),))

    assert await stand.pull(CLEARING_EMP, m.FetchEvses) == (0, 0, 0, True)
    await stand.world.publish(CLEARING, m.PublishEvses(locations=(place(1), place(2))))
    assert await stand.pull(CLEARING_EMP, m.FetchEvses) == (1, 2, 0, True)
    stand.world.moment += timedelta(hours=1)
    await stand.world.publish(CLEARING, m.PublishEvses(action=m.PushAction.DELETE, locations=(place(1),)))
    assert await stand.pull(CLEARING_EMP, m.FetchEvses) == (1, 0, 1, False)
    assert sorted(stand.platform.places) == ["DE*ABC*E2"]


async def test_a_cpo_keeps_the_token_list_of_a_clearing_house(stand: Stand) -> None:
    card = replace(test_ochp_sends.CARD, uid="04112233445566")
    await stand.world.publish(CLEARING_EMP, m.PublishTokens(action=m.PushAction.UPDATE, tokens=(card,)))
    await stand.pull(CLEARING, m.FetchTokens)
    assert stand.platform.tokens["04112233445566"].valid is True
    stand.world.moment += timedelta(hours=1)
    await stand.world.publish(CLEARING_EMP, m.PublishTokens(action=m.PushAction.DELETE, tokens=(card,)))
    stand.world.moment += timedelta(seconds=1)
    assert (await stand.pull(CLEARING, m.FetchTokens))[3] is False
    assert stand.platform.tokens["04112233445566"].valid is False


async def test_a_declined_cdr_reaches_the_backend_once_however_often_the_hub_names_it(stand: Stand) -> None:
    bill = replace(test_ochp_sends.BILL, session=replace(test_ochp_sends.BILL.session))
    await stand.world.publish(CLEARING, m.SubmitCdr(cdr=bill))
    reference = m.CdrReference(cdr_id=bill.id, evse=bill.evse)
    await stand.world.publish(CLEARING_EMP, m.ConfirmCdrs(declined=(reference,)))
    job = next(job for job in ochp.jobs if job.name == "check CDRs")
    assert job.run is not None

    class Inward:
        async def answer(self, connection: Connection, message: m.Message[Any]) -> Any:
            return await stand.gateway.inward.collected(connection, message)

    for _ in range(3):
        await job.run(Link(CLEARING, stand.world), Inward())
        await stand.gateway.inward.hand_over()
    told = [(review.cdr.id, review.cdr.status) for review in stand.platform.reviews if review.cdr is not None]
    assert told == [("DEABC0001", CdrStatus.DECLINED)]
