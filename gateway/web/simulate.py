"""A hub simulator over HTTP: the hub itself, and `/_simulator/` for those who direct it.

GET  /_simulator/state        what the hub knows
GET  /_simulator/counts       how often each charge detail record came and was booked, and most requests at one time
GET  /_simulator/received     every request, newest last
POST /_simulator/remote-start {"evse": …, "token": …, "provider": …}
POST /_simulator/remote-stop  {"session": …}
POST /_simulator/play         partners that act by a script begin; answers when they have ended
POST /_simulator/act          {"operation": …, …}: the hub's test partner asks it of its partner
POST /_simulator/fault        {"kind": "status", "status": 500, "times": 1}, or another of `FAULTS`
POST /_simulator/reset
"""

import contextlib
import json
import math
import random
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
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
from gateway.simulation import SLOWED, Acting, Desk, HubSimulator, Scripted, World, too_many
from gateway.transport import PartnerClient
from gateway.web.app import as_value, raw_path

_KEPT = 1000
_SHOWN_BYTES = 64 * 1024
FAULTS: Mapping[str, str] = {
    "status": "answers `status` and does nothing, with Retry-After where `retry_after` says so",
    "storm": "answers one of 429 (with Retry-After), 500 and 503, and does nothing",
    "html": "answers a page of a proxy and does nothing",
    "latin": "answers a page in ISO-8859-1 and does nothing",
    "down": "closes every connection for `seconds` and does nothing",
    "slow": "takes `seconds` longer; a push is in progress for so long",
    "lost": "does what it is asked, and closes the connection instead of answering",
    "duplicate": "gets the request twice, as a network may deliver it, and answers the first",
}
STORM = (429, 500, 503)
LOST = -1


class _Lost(Response):
    """Begins an answer and never ends it: the caller sees the connection break."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b" ", "more_body": True})


@dataclass
class Fault:
    """Something that goes wrong at paths that contain `path`.

    It happens `times` times (once where nothing is said). With a `share` it happens to that share of the requests,
    drawn by `seed`, and has no end unless `times` names one. `down` lasts for `seconds` from now.
    """

    kind: str
    status: int = 500
    seconds: float = 1.0
    times: int | None = None
    path: str = ""
    share: float | None = None
    seed: int = 0
    retry_after: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in FAULTS:
            raise ValueError(f"unknown fault {self.kind!r}; known are {', '.join(FAULTS)}")
        if self.share is not None and not 0 <= self.share <= 1:
            raise ValueError("a share is between 0 and 1")
        if type(self.status) is not int or not 200 <= self.status <= 599:
            raise ValueError(f"{self.status!r} is no HTTP status from 200 to 599")
        numbers = {"seconds": self.seconds, "times": self.times, "retry_after": self.retry_after}
        wrong = [name for name, one in numbers.items() if one is not None and not _is_amount(one)]
        if wrong or self.seconds is None:
            raise ValueError(f"{', '.join(wrong) or 'seconds'}: a number from 0 on")
        self._random = random.Random(self.seed)
        self._ends = time.monotonic() + self.seconds if self.kind == "down" else math.inf
        once = self.share is None and self.kind != "down"
        self._left = self.times if self.times is not None else 1 if once else sys.maxsize

    def strikes(self, path: str) -> bool:
        """Whether it happens to this request; that uses up one of its times."""
        if self.path not in path or self._left < 1 or time.monotonic() >= self._ends:
            return False
        if self.share is not None and self._random.random() >= self.share:
            return False
        self._left -= 1
        return True

    def instead(self) -> HttpResponse | None:
        """What is answered in place of the hub, where the hub does nothing."""
        if self.kind == "down":
            return HttpResponse(status=LOST)
        if self.kind == "html":
            return _plain(self.status, b"<html>simulated</html>", "text/html")
        if self.kind == "latin":
            page = "<html><h1>Zugriff für Unbekannte gesperrt</h1></html>"
            return _plain(self.status, page.encode("iso-8859-1"), "text/html;charset=ISO-8859-1")
        if self.kind not in ("status", "storm"):
            return None
        status = self._random.choice(STORM) if self.kind == "storm" else self.status
        if status == 429 or self.retry_after is not None:
            reply = too_many(1.0 if self.retry_after is None else self.retry_after)
            return replace(reply, status=status)
        return _plain(status, b"simulated fault", "text/plain")


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _shown(body: bytes) -> str:
    """Masked; a page of thousands of records is only measured, so that a long crawl takes no memory."""
    return masked_bytes(body) if len(body) <= _SHOWN_BYTES else f"({len(body)} bytes)"


def _plain(status: int, body: bytes, kind: str) -> HttpResponse:
    return HttpResponse(status=status, headers={"content-type": kind}, body=body)


@dataclass
class Stage:
    """The simulator, what it received (`kept` requests of it), and the faults that wait."""

    simulator: HubSimulator
    desk: Desk
    kept: int = _KEPT
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.received: deque[dict[str, Any]] = deque(maxlen=self.kept)

    def fault_for(self, path: str) -> Fault | None:
        return next((fault for fault in self.faults if fault.strikes(path)), None)

    async def handle(self, request: HttpRequest) -> HttpResponse:
        """The answer; one with the status `LOST` is never given."""
        fault = self.fault_for(request.path)
        instead = fault.instead() if fault is not None else None
        reply = instead or await self._handled(request, fault)
        if self.kept:
            self._note(request, reply, fault)
        return HttpResponse(status=LOST) if fault is not None and fault.kind == "lost" else reply

    async def _handled(self, request: HttpRequest, fault: Fault | None) -> HttpResponse:
        if fault is not None and fault.kind == "slow":
            SLOWED.set(fault.seconds)
        reply = await self.simulator.handle(request)
        await self.desk.work()
        if fault is not None and fault.kind == "duplicate":
            await self.simulator.handle(request)
        return reply

    def reset(self) -> None:
        self.simulator.reset()
        self.desk.forget()
        self.received.clear()
        self.faults.clear()

    def _note(self, request: HttpRequest, reply: HttpResponse, fault: Fault | None) -> None:
        entry = {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "request": _shown(request.body),
            "status": reply.status,
            "response": _shown(reply.body),
            "fault": fault.kind if fault else None,
        }
        self.received.append(entry)


class Simulation:
    """The ASGI side of a stage."""

    def __init__(self, adapter: Adapter, world: World, *, kept: int = _KEPT) -> None:
        if adapter.simulator is None:
            raise ValueError(f"{adapter.name} brings no simulator")
        self._client = PartnerClient()
        desk = Desk(world, self._client.call)
        self.stage = Stage(adapter.simulator(desk), desk, kept)

    def application(self) -> Starlette:
        routes = [
            Route("/_simulator/state", self._state, methods=["GET"]),
            Route("/_simulator/counts", self._counts, methods=["GET"]),
            Route("/_simulator/received", self._received, methods=["GET"]),
            Route("/_simulator/remote-start", self._remote_start, methods=["POST"]),
            Route("/_simulator/remote-stop", self._remote_stop, methods=["POST"]),
            Route("/_simulator/play", self._play, methods=["POST"]),
            Route("/_simulator/act", self._act, methods=["POST"]),
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

    async def _counts(self, _: Request) -> Response:
        return JSONResponse(self.stage.desk.tally.document())

    async def _received(self, _: Request) -> Response:
        return JSONResponse(list(self.stage.received))

    async def _remote_start(self, request: Request) -> Response:
        return await self._directed(request, self.stage.simulator.remote_start)

    async def _remote_stop(self, request: Request) -> Response:
        return await self._directed(request, self.stage.simulator.remote_stop)

    async def _directed(self, request: Request, act: Any) -> Response:
        try:
            return JSONResponse(to_json(dict(await act(await _wish(request)))))
        except (GatewayError, ValueError, KeyError) as error:
            return JSONResponse({"error": str(error)}, status_code=422)

    async def _play(self, _: Request) -> Response:
        hub = self.stage.simulator
        if not isinstance(hub, Scripted):
            return JSONResponse({"error": "this hub has no partners that act by a script"}, status_code=422)
        return JSONResponse(to_json(dict(await hub.play())))

    async def _act(self, request: Request) -> Response:
        hub = self.stage.simulator
        if not isinstance(hub, Acting):
            return JSONResponse({"error": "this hub has no test partner"}, status_code=422)
        return await self._directed(request, hub.act)

    async def _fault(self, request: Request) -> Response:
        try:
            self.stage.faults.append(Fault(**await _wish(request)))
        except (TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=422)
        return JSONResponse({"waiting": len(self.stage.faults)})

    async def _reset(self, _: Request) -> Response:
        self.stage.reset()
        return JSONResponse({"reset": True})


def simulation_of(hub: str, world: World, *, kept: int = _KEPT) -> Simulation:
    """The simulator of a hub by its profile's name. Raises Invalid, or ValueError where its adapter brings none."""
    adapter, _ = profile_of(hub)
    return Simulation(adapter, world, kept=kept)


async def _wish(request: Request) -> Mapping[str, Any]:
    body = await request.body()
    wish = json.loads(body) if body else {}
    if not isinstance(wish, dict):
        raise ValueError("a JSON object is expected")
    return wish
