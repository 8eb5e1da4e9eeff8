"""The ASGI application: every connection's hub callbacks below its name, and a health page.

`POST /<connection>/<the hub's path>` goes to the adapter of that connection, bytes in, bytes out.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.errors import Undecodable, UnknownConnection
from gateway.gateway import Gateway
from gateway.http import HttpRequest

_BODY_LIMIT = 16 * 1024 * 1024


class TooLarge(Exception):
    pass


async def bounded_body(request: Request, limit: int) -> bytes:
    """Raises TooLarge before more than `limit` bytes are held."""
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
    subjects = request.headers.getlist(header)
    # A header given twice may be the caller's own beside the proxy's.
    return tuple(part.strip() for part in subjects[0].split(",")) if len(subjects) == 1 and client in proxies else ()


def raw_path(request: Request) -> str:
    """The path as it was sent, percent-encoding kept, below the place where the application is mounted."""
    sent = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    return sent.decode("ascii", errors="replace").partition("?")[0].removeprefix(quote(request.scope["root_path"]))


def as_value(request: Request, body: bytes, path: str, names: tuple[str, ...]) -> HttpRequest:
    tls = request.scope.get("extensions", {}).get("tls", {})
    return HttpRequest(
        method=request.method,
        path=path,
        query=request.url.query,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        peer_certificate=tls.get("client_certificate"),
        peer_names=names,
    )


def application(
    gateway: Gateway,
    *,
    proxies: Sequence[str] = (),
    subject_header: str = "x-client-verified-subject",
    max_body_bytes: int = _BODY_LIMIT,
    manage: bool = True,
) -> Starlette:
    """An ASGI application around a gateway; with `manage` it starts and stops the gateway with itself."""

    async def hub(request: Request) -> Response:
        name = request.path_params["connection"]
        path = "/" + raw_path(request).lstrip("/").partition("/")[2]
        try:
            body = await bounded_body(request, max_body_bytes)
            names = peer_names(request, proxies, subject_header)
            reply = await gateway.handle(name, as_value(request, body, path, names))
        except UnknownConnection as error:
            return JSONResponse({"error": error.public_text}, status_code=404)
        except TooLarge:
            return JSONResponse({"error": f"at most {max_body_bytes} bytes are read"}, status_code=413)
        except Undecodable as error:
            return JSONResponse({"error": error.public_text}, status_code=400)
        return Response(reply.body, status_code=reply.status, headers=dict(reply.headers))

    async def health(_: Request) -> Response:
        open_lanes = await gateway.outbox.due()
        return JSONResponse({"status": "ok", "connections": sorted(gateway.hubs), "lanes_due": len(open_lanes)})

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if manage:
            await gateway.start()
        try:
            yield
        finally:
            if manage:
                await gateway.stop()

    routes = [
        Route("/health", health, methods=["GET"]),
        Route("/{connection}/{path:path}", hub, methods=["POST", "PUT", "GET"]),
        Route("/{connection}", hub, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
