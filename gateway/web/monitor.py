"""Metrics and health, on an address of their own.

GET /metrics    what Prometheus reads
GET /live       the process answers
GET /ready      it can do its work: the store answers and has our schema, lanes are looked after; else 503
"""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.exposition import CONTENT_TYPE, exposition
from gateway.monitoring import Monitor


def monitoring(monitor: Monitor) -> Starlette:
    """The application around a monitor, which the caller starts and stops."""

    async def metrics(_: Request) -> Response:
        try:
            page = exposition(monitor.metrics, await monitor.snapshot())
        except Exception as error:
            return Response(f"the store does not answer ({type(error).__name__})\n", 503, media_type="text/plain")
        return Response(page, headers={"content-type": CONTENT_TYPE})

    async def live(_: Request) -> Response:
        return JSONResponse({"live": True})

    async def ready(_: Request) -> Response:
        ready, details = await monitor.ready()
        return JSONResponse(details, status_code=200 if ready else 503)

    pages = {"/metrics": metrics, "/live": live, "/ready": ready}
    return Starlette(routes=[Route(path, page, methods=["GET"]) for path, page in pages.items()])
