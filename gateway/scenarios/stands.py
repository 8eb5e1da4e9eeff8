"""Where scenarios are played: a gateway with a connection for each party, and a hub, over real HTTP."""

import asyncio
import secrets
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from gateway.connections import profile_of
from gateway.gateway import Gateway
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.ids import PartyId
from gateway.model.party import Operator
from gateway.ports import Connection, Credentials
from gateway.scenario import CPO, EMP, OFFLINE, ROLES, Cast, Playbook, Unmet
from gateway.scenarios.platform import Platform
from gateway.settings import JournalSettings
from gateway.simulation import Partner, World
from gateway.transport import HttpLink
from gateway.web.app import application
from gateway.web.hosting import Hosted
from gateway.web.simulate import Simulation, simulation_of

_NAME, _HOTLINE = "Scenario Charging", "+31201234567"
_PATIENCE_SECONDS, _LOOK_SECONDS = 5.0, 0.02
"""How long to wait for what partners tell behind their answers."""


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
    reached: bool = True
    """Whether partners can call the connections."""
    by: str = CPO
    kept: dict[str, Any] = field(default_factory=dict)

    async def send(self, message: m.Message[Any]) -> Any:
        return await self.gateway.hub(self.by).send(message)

    async def heard(self, kind: type[m.Message[Any]], fits: Callable[[Any], bool] = lambda _: True) -> Any:
        if not self.parties >= {CPO, EMP}:
            return None
        ends = time.monotonic() + _PATIENCE_SECONDS
        while True:
            await self.gateway.inward.hand_over()
            asked = self.platform.take(kind, fits)
            if asked is not None:
                return asked
            if time.monotonic() >= ends:
                raise Unmet(f"the other side heard no {kind.__name__}")
            await asyncio.sleep(_LOOK_SECONDS)

    @property
    def link(self) -> Any:
        return self.gateway.hub(self.by).link()

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
            Partner(cast.operator, "CPO", _additional(cast), f"{address}/{CPO}", _NAME, user=CPO, password=CPO),
            Partner(cast.provider, role="EMSP", url=f"{address}/{EMP}", user=EMP, password=EMP),
            Partner(cast.offline, role="EMSP", user=OFFLINE, password=OFFLINE),
        )
        simulation = simulation_of(hub, World(partners=partners, push_hold_seconds=0.0, **playbook.world))
        base = (await stack.enter_async_context(Hosted(simulation.application()))).url
        known = {name: _simulated(hub, name, playbook, base, f"{address}/{name}") for name in ROLES}
        stand = await stack.enter_async_context(opened(known, playbook))
        front.app = application(stand.gateway, manage=False)
        stand.simulation = simulation
        yield stand


def _simulated(hub: str, name: str, playbook: Playbook, base: str, address: str) -> Connection:
    options = {**playbook.options(address), **playbook.simulated_options}
    credentials = Credentials(username=name, password=name)
    return connection(hub, name, playbook, base, options=options, credentials=credentials)


@asynccontextmanager
async def opened(known: Mapping[str, Connection], playbook: Playbook) -> AsyncIterator[Stand]:
    """A gateway on these connections that keeps its store in memory. Raises Invalid."""
    exchanged: list[Exchanged] = []
    links: list[HttpLink] = []

    def link(one: Connection) -> RecordingLink:
        links.append(HttpLink(one, profile_of(one.hub)[1]))
        return RecordingLink(links[-1], exchanged)

    platform = Platform(playbook.cast)
    sealing = JournalSettings.model_validate({"key": b64encode(secrets.token_bytes(32)).decode()})
    gateway = Gateway(known, platform, link=link, journal=sealing)
    try:
        yield Stand(gateway, platform, playbook, playbook.cast, frozenset(known), exchanged)
    finally:
        await gateway.stop()
        for one in links:
            await one.close()


def connection(hub: str, name: str, playbook: Playbook, base: str, **more: Any) -> Connection:
    """The account of a party at the hub, whose services are below `base`."""
    adapter, _ = profile_of(hub)
    cast = playbook.cast
    party = {CPO: cast.operator, EMP: cast.provider, OFFLINE: cast.offline}[name]
    operators = tuple(Operator(id=one, name=_NAME, hotline=_HOTLINE) for one in (party, *_additional(cast)))
    given: dict[str, Any] = {
        "name": name,
        "hub": hub,
        "protocol": adapter.name,
        "role": ROLES[name],
        "party": party,
        "operators": operators if name == CPO else (),
        "urls": {service: base.rstrip("/") + path for service, path in playbook.services.items()},
        "insecure_loopback": True,
        **more,
    }
    return Connection(**given)


def _additional(cast: Cast) -> tuple[PartyId, ...]:
    return (cast.additional,) if cast.additional is not None else ()
