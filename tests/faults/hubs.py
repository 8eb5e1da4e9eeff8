"""The three simulated hubs in a process of their own, directed and asked by the conductor over HTTP."""

import asyncio
import contextlib
import gc
import http.client
import json
import logging
import os
import signal
import socket
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.simulation import world
from gateway.web.hosting import Hosted
from gateway.web.simulate import Fault, Simulation, Stage, simulation_of
from gateway_emip.simulator.house import SimulatedSession
from gateway_oicp.simulator.sessions import HubSession
from tests.faults.plan import CARD, HUBS, OPERATORS, PROVIDER, PUBLISHED, OwedCdr, Plan

WORLD = {
    "partners": [
        {"id": "NL*LON", "role": "CPO", "operators": list(OPERATORS)},
        {"id": str(PROVIDER), "role": "EMSP"},
    ],
    "contracts": [{"cpo": operator, "emsp": str(PROVIDER)} for operator in OPERATORS],
    "push_hold_seconds": 0.005,
}


class Stages:
    """The simulated hubs, and what a round wants of them."""

    def __init__(self) -> None:
        self.simulations: dict[str, Simulation] = {hub: simulation_of(hub, world(WORLD), kept=0) for hub in HUBS}

    def stage(self, hub: str) -> Stage:
        return self.simulations[hub].stage

    def begin(self, wish: Mapping[str, Any]) -> None:
        for hub in HUBS:
            stage = self.stage(hub)
            settings = {"second_cdr": wish["second_cdr"]} if hub == "eclearing" else {}
            stage.desk.world = replace(stage.desk.world, settings=settings)
            stage.reset()
        for cdr in (OwedCdr(**document) for document in wish["cdrs"]):
            if not cdr.poisoned:
                self._open(cdr)
        for hub, fault in wish["faults"]:
            self.stage(hub).faults.append(Fault(**fault))

    def _open(self, cdr: OwedCdr) -> None:
        """The session of a CDR, as if it had been authorised; a poisoned CDR has none."""
        simulator: Any = self.stage(cdr.hub).simulator
        name, card = cdr.identity, CARD.uid
        if cdr.hub == "hubject":
            session = HubSession(name, "NL*LON", str(PROVIDER), str(cdr.message.cdr and cdr.message.cdr.evse), card)
            simulator.sessions.sessions[name] = session
        elif cdr.hub == "gireve":
            simulator._house.sessions[name] = SimulatedSession(name, operator=cdr.operator, provider=str(PROVIDER))

    def counts(self) -> Mapping[str, Any]:
        """Of every hub its tally, and the statuses it shows."""
        return {hub: {**self.stage(hub).desk.tally.document(), "statuses": self._statuses(hub)} for hub in HUBS}

    def _statuses(self, hub: str) -> Mapping[str, Any]:
        return dict(self.stage(hub).simulator.state()["statuses"]) if hub in PUBLISHED else {}


async def _serve(told: int) -> None:
    stages, late = Stages(), [_reserved() for _ in HUBS]

    async def begin(request: Request) -> Response:
        stages.begin(await request.json())
        return JSONResponse(_memory())

    async def counts(_: Request) -> Response:
        return JSONResponse(stages.counts())

    async def open_late(_: Request) -> Response:
        for hub, place in zip(HUBS, late, strict=True):
            port = place.getsockname()[1]
            place.close()
            await stack.enter_async_context(Hosted(stages.simulations[hub].application(), port=port))
        return JSONResponse(None)

    routes = [Route("/begin", begin, methods=["POST"]), Route("/open", open_late, methods=["POST"])]
    directing = Starlette(routes=[*routes, Route("/counts", counts)])
    async with contextlib.AsyncExitStack() as stack:
        hosted = [await stack.enter_async_context(Hosted(directing, timeout_keep_alive=300))]
        hosted += [await stack.enter_async_context(Hosted(stages.simulations[hub].application())) for hub in HUBS]
        refusing = [f"http://127.0.0.1:{place.getsockname()[1]}" for place in late]
        os.write(told, json.dumps([*(one.url for one in hosted), *refusing]).encode() + b"\n")
        await asyncio.Event().wait()


def _reserved() -> socket.socket:
    """An address that refuses connections until somebody serves there."""
    place = socket.socket()
    place.bind(("127.0.0.1", 0))
    return place


def _memory() -> int:
    """Resident kilobytes of this process."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


class Hubs:
    """The process of the hubs, from outside."""

    def __init__(self) -> None:
        readable, writable = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            os.close(readable)
            logging.disable(logging.CRITICAL)
            gc.freeze()
            asyncio.run(_serve(writable))
            os._exit(0)
        os.close(writable)
        with os.fdopen(readable) as said:
            directing, *urls = json.loads(said.readline())
        self.urls = dict(zip(HUBS, urls, strict=False))
        self.refusing = dict(zip(HUBS, urls[len(HUBS) :], strict=True))
        """Where the same hubs can be reached once they are opened."""
        self._client = http.client.HTTPConnection(urlsplit(directing).netloc, timeout=30)

    def begin(self, plan: Plan) -> int:
        """The kilobytes that the hubs take."""
        wish = {
            "second_cdr": plan.second_cdr,
            "cdrs": [asdict(cdr) for cdr in plan.cdrs],
            "faults": plan.faults,
        }
        memory: int = self._ask("POST", "/begin", json.dumps(wish))
        return memory

    def open(self) -> None:
        """From now on, once for all, the refusing addresses are served."""
        self._ask("POST", "/open")

    def counts(self) -> Mapping[str, Any]:
        counts: Mapping[str, Any] = self._ask("GET", "/counts")
        return counts

    def _ask(self, method: str, path: str, body: str | None = None) -> Any:
        self._client.request(method, path, body)
        return json.loads(self._client.getresponse().read())

    def close(self) -> None:
        self._client.close()
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
