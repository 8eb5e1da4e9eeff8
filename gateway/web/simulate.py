"""A hub simulator over HTTP: the hub itself, and `/_simulator/` for those who direct it.

GET  /_simulator/state        what the hub knows
GET  /_simulator/received     every request, newest last
POST /_simulator/remote-start {"evse": …, "token": …, "provider": …}
POST /_simulator/remote-stop  {"session": …}
POST /_simulator/fault        {"kind": "status", "status": 500, "seconds": 1, "times": 1}, or slow, lost, html
POST /_simulator/reset
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.canonical import to_json
from gateway.connections import profile_of
from gateway.errors import GatewayError
from gateway.http import HttpRequest, HttpResponse
from gateway.masking import masked_bytes
from gateway.ports import Adapter
from gateway.simulation import Desk, HubSimulator, World
from gateway.transport import PartnerClient
from gateway.web.app import as_value, raw_path

_KEPT = 1000
FAULTS = ("status", "slow", "lost", "html")
LOST = -1


class _Lost(Response):
    """Begins an answer and never ends it: the caller sees the connection break."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b" ", "more_body": True})


@dataclass
class Fault:
    """Something that goes wrong `times` times at paths that contain `path`."""

    kind: str
    status: int = 500
    seconds: float = 1.0
    times: int = 1
    path: str = ""

    def __post_init__(self) -> None:
        if self.kind not in FAULTS:
            raise ValueError(f"unknown fault {self.kind!r}; known are {', '.join(FAULTS)}")


@dataclass
class Stage:
    """The simulator, what it received, and the faults that wait."""

    simulator: HubSimulator
    received: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault_for(self, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and fault.path in path:
                fault.times -= 1
                return fault
        return None

    async def handle(self, request: HttpRequest) -> HttpResponse:
        fault = self.fault_for(request.path)
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind == "status":
            reply = HttpResponse(status=fault.status, headers={"content-type": "text/plain"}, body=b"simulated fault")
        elif fault is not None and fault.kind == "html":
            reply = HttpResponse(
                status=fault.status, headers={"content-type": "text/html"}, body=b"<html>simulated</html>"
            )
        else:
            reply = await self.simulator.handle(request)
        self._note(request, reply, fault)
        return HttpResponse(status=LOST) if fault is not None and fault.kind == "lost" else reply

    def _note(self, request: HttpRequest, reply: HttpResponse, fault: Fault | None) -> None:
        entry = {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "request": masked_bytes(request.body),
            "status": reply.status,
            "response": masked_bytes(reply.body),
            "fault": fault.kind if fault else None,
        }
        self.received = [*self.received[-(_KEPT - 1) :], entry]


class Simulation:
    """The ASGI side of a stage."""

    def __init__(self, adapter: Adapter, world: World) -> None:
        if adapter.simulator is None:
            raise ValueError(f"{adapter.name} brings no simulator")
        self._client = PartnerClient()
        self.stage = Stage(adapter.simulator(Desk(world, self._client.call)))

    def application(self) -> Starlette:
        routes = [
            Route("/_simulator/state", self._state, methods=["GET"]),
            Route("/_simulator/received", self._received, methods=["GET"]),
            Route("/_simulator/remote-start", self._remote_start, methods=["POST"]),
            Route("/_simulator/remote-stop", self._remote_stop, methods=["POST"]),
            Route("/_simulator/fault", self._fault, methods=["POST"]),
            Route("/_simulator/reset", self._reset, methods=["POST"]),
            Route("/{path:path}", self._hub, methods=["GET", "POST", "PUT", "DELETE"]),
        ]
        return Starlette(routes=routes, lifespan=self._lifespan)

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await self._client.close()

    async def _hub(self, request: Request) -> Response:
        reply = await self.stage.handle(as_value(request, await request.body(), raw_path(request), ()))
        return _Lost() if reply.status == LOST else Response(reply.body, reply.status, dict(reply.headers))

    async def _state(self, _: Request) -> Response:
        return JSONResponse(to_json(dict(self.stage.simulator.state())))

    async def _received(self, _: Request) -> Response:
        return JSONResponse(self.stage.received)

    async def _remote_start(self, request: Request) -> Response:
        return await self._directed(request, self.stage.simulator.remote_start)

    async def _remote_stop(self, request: Request) -> Response:
        return await self._directed(request, self.stage.simulator.remote_stop)

    async def _directed(self, request: Request, act: Any) -> Response:
        try:
            return JSONResponse(to_json(dict(await act(await _wish(request)))))
        except (GatewayError, ValueError, KeyError) as error:
            return JSONResponse({"error": str(error)}, status_code=422)

    async def _fault(self, request: Request) -> Response:
        try:
            self.stage.faults.append(Fault(**await _wish(request)))
        except (TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=422)
        return JSONResponse({"waiting": len(self.stage.faults)})

    async def _reset(self, _: Request) -> Response:
        self.stage.simulator.reset()
        self.stage.received, self.stage.faults = [], []
        return JSONResponse({"reset": True})


def simulation_of(hub: str, world: World) -> Simulation:
    """The simulator of a hub by its profile's name. Raises Invalid, or ValueError where its adapter brings none."""
    adapter, _ = profile_of(hub)
    return Simulation(adapter, world)


async def _wish(request: Request) -> Mapping[str, Any]:
    body = await request.body()
    wish = json.loads(body) if body else {}
    if not isinstance(wish, dict):
        raise ValueError("a JSON object is expected")
    return wish
