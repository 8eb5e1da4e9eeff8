"""The ASGI application: every connection's hub callbacks below its name.

`POST /<connection>/<the hub's path>` goes to the adapter of that connection, bytes in, bytes out.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.errors import Undecodable, UnknownConnection
from gateway.gateway import Gateway
from gateway.http import HttpRequest, HttpResponse

_BODY_LIMIT = 16 * 1024 * 1024


class TooLarge(Exception):
    pass


async def bounded_body(request: Request, limit: int) -> bytes:
    """Raises TooLarge before more than `limit` bytes are held; before anything is read where the caller says so."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise TooLarge
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)


def peer_names(request: Request, proxies: Sequence[str], header: str) -> tuple[str, ...]:
    """Who the caller is by certificate: from our own TLS, or from a proxy whose address is trusted."""
    tls = request.scope.get("extensions", {}).get("tls", {})
    if tls.get("peer_names"):
        return tuple(tls["peer_names"])
    client = request.client.host if request.client else ""
    if client not in proxies:
        return ()
    subjects = request.headers.getlist(header)
    # A header given twice may be the caller's own beside the proxy's.
    return tuple(part.strip() for part in subjects[0].split(",")) if len(subjects) == 1 else ()


def raw_path(request: Request) -> str:
    """The path as it was sent, percent-encoding kept, below the place where the application is mounted."""
    sent = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    return sent.decode("ascii", errors="replace").partition("?")[0].removeprefix(quote(request.scope["root_path"]))


def as_value(request: Request, body: bytes, path: str, names: tuple[str, ...]) -> HttpRequest:
    tls = request.scope.get("extensions", {}).get("tls", {})
    return HttpRequest(
        method=request.method,
        path=path,
        query=request.scope.get("query_string", b"").decode("ascii", errors="replace"),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers.raw},
        body=body,
        peer_certificate=tls.get("client_certificate"),
        peer_names=names,
        peer_address=request.client.host if request.client else "",
    )


@dataclass(frozen=True)
class _Front:
    """The endpoints of one gateway, as an ASGI application: hubs wait for it, so it makes no objects on the way."""

    gateway: Gateway
    proxies: Sequence[str]
    subject_header: str
    max_body_bytes: int
    manage: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            reply = await self._answered(Request(scope, receive))
        except UnknownConnection as error:
            await JSONResponse({"error": error.public_text}, status_code=404)(scope, receive, send)
            return
        headers = {"content-length": str(len(reply.body)), **reply.headers}
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": raw})
        await send({"type": "http.response.body", "body": reply.body})

    async def _answered(self, request: Request) -> HttpResponse:
        name = request.path_params["connection"]
        path = "/" + raw_path(request).lstrip("/").partition("/")[2]
        names = peer_names(request, self.proxies, self.subject_header)
        try:
            body = await bounded_body(request, self.max_body_bytes)
        except TooLarge:
            error = Undecodable(f"at most {self.max_body_bytes} bytes are read")
            return await self.gateway.refuse(name, as_value(request, b"", path, names), error)
        return await self.gateway.handle(name, as_value(request, body, path, names))

    @contextlib.asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        if self.manage:
            await self.gateway.start()
        try:
            yield
        finally:
            if self.manage:
                await self.gateway.stop()


def application(
    gateway: Gateway,
    *,
    proxies: Sequence[str] = (),
    subject_header: str = "x-client-verified-subject",
    max_body_bytes: int = _BODY_LIMIT,
    manage: bool = True,
) -> Starlette:
    """An ASGI application around a gateway; with `manage` it starts and stops the gateway with itself."""
    front = _Front(gateway, proxies, subject_header, max_body_bytes, manage)
    routes = [
        Route("/{connection}/{path:path}", front, methods=["POST", "PUT", "GET"]),
        Route("/{connection}", front, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=front.lifespan)
