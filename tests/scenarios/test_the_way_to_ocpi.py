"""A connection's protocol is a setting: what the gateway knows of it survives the change, under the connection's name.

OCPI is not spoken yet. The other protocol is the tests' own, under a profile of the same hub: what is proven is that
sessions, the names of CDRs and the states of operators are kept by connection and not by protocol.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from gateway.certainty import beyond
from gateway.connections import connections
from gateway.fields import field_table, generic
from gateway.gateway import Gateway
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrNature
from gateway.model.ids import EvseId, PartyId
from gateway.model.party import RegistrationState
from gateway.model.session import SessionIds
from gateway.model.token import Token, TokenType
from gateway.ports import Connection
from gateway.settings import parsed
from gateway.simulation import Card, Desk, World
from gateway.store import Database
from gateway_emip import adapter as emip
from gateway_emip.simulator.iop import Iop
from tests.scenarios import toy

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
CARD = Token(uid="04B1C2D3E4F590", type=TokenType.RFID)
HERE, THERE = EvseId.parse("NL*LON*E5678*2"), EvseId.parse("DE*LON*E1111*11")
DELON = PartyId.parse("DE*LON")
OTHER = replace(toy.adapter, name="ocpi", profiles={"gireve": replace(toy.OPEN, name="gireve", title="Gireve (OCPI)")})
SECTION: Mapping[str, Any] = {
    "hub": "gireve",
    "role": "CPO",
    "party": "NL*LON",
    "urls": {"": "http://127.0.0.1:1"},
    "operators": [{"id": "NL*LON"}, {"id": "DE*LON"}],
    "insecure_loopback": True,
}


@dataclass
class Hubs:
    """The same hub in both protocols."""

    iop: Iop
    other: toy.ToyHub

    def link(self, connection: Connection) -> "Link":
        return Link(connection, self)


@dataclass
class Link:
    connection: Connection
    hubs: Hubs

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        hub: Any = self.hubs.iop if self.connection.protocol == "emip" else self.hubs.other
        response: HttpResponse = await hub.handle(request)
        return response

    def now(self) -> datetime:
        return datetime.now(UTC)

    def new_id(self) -> str:
        return str(uuid4())


async def nobody(url: str, request: HttpRequest) -> HttpResponse:
    raise AssertionError(f"{url} was called")


@pytest.fixture
def hubs(monkeypatch: pytest.MonkeyPatch) -> Hubs:
    monkeypatch.setattr("gateway.connections.adapters", lambda: {"emip": emip, "ocpi": OTHER})
    desk = Desk(
        World(cards=(Card("04B1C2D3E4F590", "FR-MSP-C0000A101-X", PartyId.parse("FR-MSP")),)), nobody, lambda: NOON
    )
    return Hubs(Iop(desk), toy.ToyHub(desk))


def opened(place: Path, hubs: Hubs, protocol: str) -> Gateway:
    """The gateway of the same settings and the same store, but for the protocol."""
    known = connections(parsed({"connections": {"gireve": {**SECTION, "protocol": protocol}}}))
    assert known["gireve"].protocol == protocol
    return Gateway(known, object(), database=Database(f"sqlite:///{place / 'store.db'}"), link=hubs.link)


def cdr(name: str, ids: SessionIds, evse: EvseId) -> Cdr:
    return Cdr(
        id=name,
        session=ids,
        nature=CdrNature.FINAL,
        evse=evse,
        token=CARD,
        start=NOON,
        end=NOON + timedelta(hours=1),
        energy_kwh=Decimal("7.5"),
        energy_known=True,
    )


async def authorised(gateway: Gateway, name: str, evse: EvseId) -> SessionIds:
    question = m.AuthorizeToken(token=CARD, evse=evse, session=SessionIds(cpo=name))
    answer: m.Authorization = await gateway.hub("gireve").send(question)
    assert answer.allowed is m.Allowed.ALLOWED
    return replace(answer.session, cpo=name)


async def settled(gateway: Gateway, states: list[str]) -> None:
    for _ in range(500):
        if [one.state for one in await gateway.deliveries()] == states:
            return
        await asyncio.sleep(0.01)
    raise AssertionError([one.state for one in await gateway.deliveries()])


async def test_sessions_cdrs_and_operators_survive_a_change_of_protocol(tmp_path: Path, hubs: Hubs) -> None:
    async with opened(tmp_path, hubs, "emip") as gateway:
        billed, running = await authorised(gateway, "LON-1", HERE), await authorised(gateway, "LON-2", THERE)
        await gateway.registry.set(DELON, "gireve", RegistrationState.ACTIVE, since=date(2026, 1, 1))
        before = await gateway.submit_cdr(cdr("C-1", billed, HERE))
        await settled(gateway, ["accepted"])
        known = await gateway.sessions.listed("gireve")
        standing = await gateway.registry.listed()
    assert len(hubs.iop.state()["cdrs"]) == 1

    async with opened(tmp_path, hubs, "ocpi") as gateway:
        assert await gateway.sessions.listed("gireve") == known
        assert {one.ids.cpo for one in known} == {"LON-1", "LON-2"}
        assert [(one.operator, one.registration) for one in await gateway.registry.listed()] == [
            (one.operator, one.registration) for one in standing
        ]
        again = await gateway.submit_cdr(cdr("C-1", SessionIds(cpo="LON-1"), HERE))
        assert (again.id, again.state) == (before.id, "accepted")
        await gateway.submit_cdr(cdr("C-2", SessionIds(cpo="LON-2"), THERE))
        await settled(gateway, ["accepted", "accepted"])
        ended = {one.ids.cpo: one.status.value for one in await gateway.sessions.listed("gireve")}
    assert ended == {"LON-1": "COMPLETED", "LON-2": "COMPLETED"}
    assert hubs.other.state() == {"records": {running.hub: {"kwh": "7.5", "id": "C-2"}}}


# --- what eMIP cannot say ----------------------------------------------------------------------------------------


def test_what_ocpi_can_say_beyond_emip_is_what_the_field_tables_have_no_place_for() -> None:
    rows = beyond(emip)
    assert rows
    for row in rows:
        forms = [form for form in emip.forms if form.canonical.__name__ == row.message]
        assert bool(forms) is bool(row.canonical), row
        assert row.source.startswith("OCPI 2.2.1 mod_"), row
        for form in forms[:1]:
            below = [
                place.wire
                for place in field_table("emip", form.fields, emip.tables)
                if place.canonical == row.canonical or generic(place.canonical).startswith(f"{row.canonical}.")
            ]
            assert below, row
            if row.canonical not in PARTLY:
                assert not any(below), row


PARTLY = ("session", "token")
"""eMIP says something of these: their ids, the alias of a contract."""


def test_a_message_that_emip_does_not_have_is_named_as_one() -> None:
    absent = {row.message for row in beyond(emip) if not row.canonical}
    assert absent == {"PublishEvses", "PublishTariffs", "PublishTokens", "ReserveEvse", "CancelReservation"}
    assert absent.isdisjoint({kind.__name__ for kind in emip.writes})


def test_nothing_is_said_twice() -> None:
    places = [(row.message, row.canonical, row.other) for row in beyond(emip)]
    assert len(set(places)) == len(places)
    assert all(row.note or row.canonical.rpartition(".")[2] for row in beyond(emip))
