"""Two tenants on one host: a remote start names no CPO, so the EVSE's id tells whose it is."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.gateway import Gateway
from gateway.http import HttpRequest
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.model.party import Operator
from gateway.model.session import SessionIds
from gateway.ports import Connection, Credentials
from tests.support import FakeLink

SESSION = "f98efba4-02d8-4fa0-b810-9a9d50d2c527"
PATH = "/api/oicp/charging/v21/providers/DE-8EO/authorize-remote/start"


def account(name: str, party: str, *operators: str, subject: str = "hubject.example") -> Connection:
    return Connection(
        name=name,
        hub="hubject",
        protocol="oicp",
        role=Role.CPO,
        tenant=name,
        party=PartyId.parse(party),
        operators=tuple(Operator(id=PartyId.parse(one)) for one in operators),
        credentials=Credentials(peer_subjects=(subject,)),
    )


class Platform:
    """Writes down who was asked to start."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

    def start_session(self, connection: Connection, message: m.StartSession) -> m.CommandResult:
        self.asked.append((connection.name, connection.tenant, str(message.evse)))
        return m.CommandResult(status=m.CommandStatus.ACCEPTED, session=SessionIds(cpo=f"{connection.name}-1"))


class Site:
    def __init__(self, *connections: Connection) -> None:
        self.platform = Platform()
        known = {one.name: one for one in connections}
        self.gateway = Gateway(known, self.platform, link=lambda one: FakeLink(one))

    async def start(self, address: str, evse: str, session: str = SESSION) -> Any:
        wish = {
            "SessionID": session,
            "ProviderID": "DE-8EO",
            "EvseID": evse,
            "Identification": {"RemoteIdentification": {"EvcoID": "DE-8EO-CA2B3C4D5-6"}},
        }
        request = HttpRequest(path=PATH, body=json.dumps(wish).encode(), peer_names=("hubject.example",))
        reply = json.loads((await self.gateway.handle(address, request)).body)
        return reply["Result"], reply["StatusCode"]["Code"], reply.get("CPOPartnerSessionID")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site(
        account("lon", "NL*LON", "NL*LON", "DE*LON"),
        account("par", "FR*PAR"),
        account("strict", "BE*BRU", subject="another.example"),
    )
    yield made
    await made.gateway.stop()


async def test_main_and_sub_operator_are_found_by_the_prefix_of_the_evse(site: Site) -> None:
    assert await site.start("lon", "NL*LON*E1") == (True, "000", "lon-1")
    assert await site.start("lon", "DELONE2", SESSION.replace("f", "a")) == (True, "000", "lon-1")
    assert site.platform.asked == [("lon", "lon", "NL*LON*E1"), ("lon", "lon", "DELONE2")]


async def test_the_other_tenants_evse_reaches_the_other_tenant_over_the_same_address(site: Site) -> None:
    assert await site.start("lon", "FR*PAR*E1") == (True, "000", "par-1")
    assert site.platform.asked == [("par", "par", "FR*PAR*E1")]
    assert await site.gateway.sessions.find("par", SessionIds(hub=SESSION)) is not None
    assert await site.gateway.sessions.find("lon", SessionIds(hub=SESSION)) is None


async def test_an_evse_of_nobody_is_unknown(site: Site) -> None:
    accepted, code, _ = await site.start("lon", "IT*XYZ*E1")
    assert (accepted, code, site.platform.asked) == (False, "603", [])


async def test_who_may_not_call_the_other_account_does_not_reach_it(site: Site) -> None:
    accepted, code, _ = await site.start("lon", "BE*BRU*E1")
    assert (accepted, code, site.platform.asked) == (False, "603", [])
