"""Where scenarios are played: a gateway with a connection for each party, and a hub, over real HTTP."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from gateway.connections import profile_of
from gateway.gateway import Gateway
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.party import Operator
from gateway.ports import Connection
from gateway.scenario import CPO, EMP, OFFLINE, ROLES, Cast, Playbook, Unmet
from gateway.scenarios.platform import Platform
from gateway.simulation import Partner, World
from gateway.transport import HttpLink
from gateway.web.app import application
from gateway.web.hosting import Hosted
from gateway.web.simulate import Simulation, simulation_of

_NAME, _HOTLINE, _PAGE = "Scenario Charging", "+31201234567", 1
_UNPREPARED: Mapping[str, Any] = {"stop_with": "any-medium", "progress_seconds": 0}
"""What the gateway would keep back because a hub refuses it is sent here, so that the hub's refusal is seen."""


@dataclass(frozen=True)
class Exchanged:
    """One request to the hub and its answer; `error` where there is none."""

    request: HttpRequest
    response: HttpResponse | None
    error: str
    seconds: float


class RecordingLink:
    """A Transport over HTTP that writes down what goes over it."""

    def __init__(self, link: HttpLink, exchanged: list[Exchanged]) -> None:
        self._link, self._exchanged = link, exchanged
        self.connection = link.connection

    def now(self) -> datetime:
        return self._link.now()

    def new_id(self) -> str:
        return self._link.new_id()

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        began, response, error = time.monotonic(), None, ""
        try:
            response = await self._link.exchange(request)
            return response
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}"
            raise
        finally:
            self._exchanged.append(Exchanged(request, response, error, time.monotonic() - began))


@dataclass
class Stand:
    """`parties` are the connections that can act; `simulation` is the hub, where that is ours."""

    gateway: Gateway
    platform: Platform
    playbook: Playbook
    cast: Cast
    parties: frozenset[str]
    exchanged: list[Exchanged]
    simulation: Simulation | None = None
    confirmed: bool = True
    by: str = CPO
    kept: dict[str, Any] = field(default_factory=dict)

    async def send(self, message: m.Message[Any]) -> Any:
        return await self.gateway.hub(self.by).send(message)

    async def heard(self, kind: type[m.Message[Any]]) -> Any:
        if not self.parties >= {CPO, EMP}:
            return None
        await self.gateway.inward.hand_over()
        asked = self.platform.last(kind)
        if asked is None:
            raise Unmet(f"the other side heard no {kind.__name__}")
        return asked

    def now(self) -> datetime:
        return datetime.now(UTC)


class _Front:
    """The gateway's address is needed before the gateway is: this forwards to the application once there is one."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await self.app(scope, receive, send)


@asynccontextmanager
async def simulated(hub: str, playbook: Playbook) -> AsyncIterator[Stand]:
    """The hub's simulator and all three parties; only the offline provider has no address."""
    cast, front = playbook.cast, _Front()
    async with AsyncExitStack() as stack:
        address = (await stack.enter_async_context(Hosted(front))).url
        partners = (
            Partner(cast.operator, url=f"{address}/{CPO}", name=_NAME),
            Partner(cast.provider, role="EMSP", url=f"{address}/{EMP}"),
            Partner(cast.offline, role="EMSP"),
        )
        simulation = simulation_of(hub, World(partners=partners, push_hold_seconds=0.0))
        base = (await stack.enter_async_context(Hosted(simulation.application()))).url
        options = {**_UNPREPARED, "page_size": _PAGE}
        known = {name: connection(hub, name, cast, {"": base}, options=options) for name in ROLES}
        stand = await stack.enter_async_context(opened(known, playbook))
        front.app = application(stand.gateway, manage=False)
        stand.simulation = simulation
        yield stand


@asynccontextmanager
async def opened(known: Mapping[str, Connection], playbook: Playbook) -> AsyncIterator[Stand]:
    """A gateway on these connections that keeps its store in memory. Raises Invalid."""
    exchanged: list[Exchanged] = []
    links: list[HttpLink] = []

    def link(one: Connection) -> RecordingLink:
        links.append(HttpLink(one, profile_of(one.hub)[1]))
        return RecordingLink(links[-1], exchanged)

    platform = Platform(playbook.cast)
    gateway = Gateway(known, platform, link=link)
    try:
        yield Stand(gateway, platform, playbook, playbook.cast, frozenset(known), exchanged)
    finally:
        await gateway.stop()
        for one in links:
            await one.close()


def connection(hub: str, name: str, cast: Cast, urls: Mapping[str, str], **more: Any) -> Connection:
    """The account of a party at the hub."""
    adapter, _ = profile_of(hub)
    party = {CPO: cast.operator, EMP: cast.provider, OFFLINE: cast.offline}[name]
    operator = Operator(id=party, name=_NAME, hotline=_HOTLINE)
    given: dict[str, Any] = {
        "name": name,
        "hub": hub,
        "protocol": adapter.name,
        "role": ROLES[name],
        "party": party,
        "operators": (operator,) if name == CPO else (),
        "urls": urls,
        "insecure_loopback": True,
        "options": _UNPREPARED,
        **more,
    }
    return Connection(**given)
