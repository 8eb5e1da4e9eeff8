"""A publisher with its outbox and simulated hubs, all in one process: time moves only when it is told to."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from gateway.connections import adapters
from gateway.delivery.outbox import Outbox
from gateway.errors import NoAnswer
from gateway.http import HttpRequest, HttpResponse
from gateway.hub import Hub
from gateway.journal import Journal
from gateway.model import messages as m
from gateway.model.common import LocalText, Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import (
    Access,
    AuthenticationMethod,
    ConnectorFormat,
    ConnectorType,
    PowerType,
)
from gateway.model.location import Address, Connector, Coordinates, EnergyMix, Evse, Location, OpeningTimes
from gateway.model.party import Operator
from gateway.ports import Connection, Credentials, Profile
from gateway.publishing import Publisher
from gateway.publishing.planning import nothing_holds
from gateway.simulation import Desk, HubSimulator, Partner, World
from gateway.store import Database

LON, DELON = PartyId.parse("NL*LON"), PartyId.parse("DE*LON")
EMP = PartyId.parse("DE-8EO")
WORLD = World(partners=(Partner(LON, operators=(DELON,)), Partner(EMP, role="EMSP")), push_hold_seconds=0.0)
BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def evse_id(number: int, operator: str = "NL*LON") -> EvseId:
    return EvseId.parse(f"{operator}*E{number:04}*1")


def place(number: int, operator: str = "NL*LON", **more: Any) -> Location:
    """A location with one EVSE that every hub takes."""
    connector = Connector(
        id="1",
        standard=ConnectorType.IEC_62196_T2,
        format=ConnectorFormat.SOCKET,
        power_type=PowerType.AC_3_PHASE,
        max_voltage_v=Decimal(230),
        max_amperage_a=Decimal(32),
        max_power_kw=Decimal("22.08"),
    )
    methods = (AuthenticationMethod.RFID, AuthenticationMethod.REMOTE)
    evse = Evse(
        evse_id=evse_id(number, operator),
        authentication_methods=methods,
        connectors=(connector,),
        access=Access.FREE,
    )
    given: dict[str, Any] = {
        "id": f"LOC{number}",
        "names": (LocalText("Keizersgracht", "nl"),),
        "address": Address(street="Keizersgracht 1", city="Amsterdam", postal_code="1015", country="NLD"),
        "coordinates": Coordinates(latitude=Decimal("52.3702160"), longitude=Decimal("4.895168")),
        "hotline": "+31201234567",
        "opening_times": OpeningTimes(twentyfourseven=True),
        "energy_mix": EnergyMix(is_green_energy=True),
        "external_ids": {"ochp.location": f"LOC{number}"},
        "evses": (evse,),
        **more,
    }
    return Location(**given)


def connection(hub: str = "hubject", **more: Any) -> Connection:
    protocol = {"hubject": "oicp", "eclearing": "ochp", "gireve": "emip"}[hub]
    given: dict[str, Any] = {
        "name": hub,
        "hub": hub,
        "protocol": protocol,
        "role": Role.CPO,
        "party": LON,
        "operators": (Operator(id=LON, name="London Charging"), Operator(id=DELON, name="London Charging DE")),
        "credentials": Credentials(username="demo", password="demo"),
        **more,
    }
    return Connection(**given)


@dataclass
class SimulatorLink:
    """The way to a simulated hub. `script` takes a request's answer away, or puts another in its place."""

    connection: Connection
    simulator: HubSimulator
    clock: Callable[[], datetime]
    script: list[Callable[[HttpRequest], HttpResponse | Exception | None]] = field(default_factory=list)
    asked: list[HttpRequest] = field(default_factory=list)
    ids: int = 0

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(request)
        act = self.script.pop(0) if self.script else None
        instead = act(request) if act is not None else None
        if isinstance(instead, HttpResponse):
            return instead
        if instead is not None and not isinstance(instead, NoAnswer):
            raise instead
        response = await self.simulator.handle(request)
        if instead is not None:
            raise instead
        return response

    def now(self) -> datetime:
        return self.clock()

    def new_id(self) -> str:
        self.ids += 1
        return f"00000000-0000-4000-8000-{self.ids:012}"


def answer_lost(_: HttpRequest) -> Exception:
    """The hub acts on it, and we never hear of it."""
    return NoAnswer("the connection broke")


@dataclass
class Stand:
    """Everything between a fleet and its hubs. `moment` is the time everywhere."""

    database: Database
    hubs: Mapping[str, Hub]
    links: Mapping[str, SimulatorLink]
    publisher: Publisher
    outbox: Outbox
    moment: datetime

    async def deliver(self, rounds: int = 60) -> None:
        """Until nothing is due, however long the waits between the tries."""
        for _ in range(rounds):
            for lane in await self.outbox.due():
                await self.outbox.drain(lane)
            if await self.outbox.due():
                continue
            upcoming = await self.outbox.upcoming()
            if upcoming is None:
                return
            self.moment = max(self.moment, datetime.fromisoformat(upcoming))
        raise AssertionError("the lanes never come to rest")

    def state(self, name: str = "hubject") -> Mapping[str, Any]:
        return self.links[name].simulator.state()

    async def loaded(self, name: str = "hubject") -> None:
        """The first contact with a hub: everything there is, by a full load."""
        await self.publisher.full_load(name, confirm=True)
        await self.deliver()

    def said(self, name: str = "hubject") -> list[str]:
        """What an OICP hub was asked, as `insert NL*LON*E0001*1`."""
        return [_said(request) for request in self.links[name].asked]

    def shown(self, name: str = "hubject") -> list[str]:
        """The EVSE ids that the simulated hub holds."""
        return sorted(self.state(name)["evses"])

    def calls(self, name: str = "hubject") -> int:
        return len(self.links[name].asked)


def stand(
    database: Database,
    connections: Sequence[Connection],
    *,
    hold: Any = nothing_holds,
    world: World = WORLD,
    simulators: Mapping[str, HubSimulator] | None = None,
    profile: Callable[[Profile], Profile] = lambda profile: profile,
) -> Stand:
    made: dict[str, Any] = {}

    def now() -> datetime:
        return made["stand"].moment if made else BEGIN

    known, links, hubs = {}, {}, {}
    journal = Journal(database)
    for one in connections:
        adapter = adapters()[one.protocol]
        assert adapter.simulator is not None
        desk = Desk(world, call=_nobody, now=now)
        simulator = (simulators or {}).get(one.name) or adapter.simulator(desk)
        link = SimulatorLink(one, simulator, now)
        found = profile(adapter.profiles[one.hub])
        hub = Hub(one, adapter, found, link, journal, _nothing)
        known[one.name], links[one.name], hubs[one.name] = (one, found), link, hub

    async def send(name: str, message: m.Message[Any], _: object) -> m.Answer:
        answer: m.Answer = await hubs[name].send(message)
        return answer

    publisher = Publisher(database, hubs, hold, now)
    outbox = Outbox(database, known, send, planner=publisher.planner, now=now)
    made["stand"] = Stand(database, hubs, links, publisher, outbox, BEGIN)
    return made["stand"]


def _said(request: HttpRequest) -> str:
    document = json.loads(request.body)
    for group, records in (("OperatorEvseData", "EvseDataRecord"), ("OperatorEvseStatus", "EvseStatusRecord")):
        if group in document:
            evses = [record["EvseID"] for record in document[group].get(records, [])]
            return " ".join(["status" if "Status" in group else "", document["ActionType"], *evses]).strip()
    return request.path


async def _nobody(_: str, __: HttpRequest) -> HttpResponse:
    raise AssertionError("the hub calls nobody here")


async def _nothing(*_: object) -> None:
    await asyncio.sleep(0)
