"""An ASGI application on an address of its own, in the running event loop: simulators, the demonstration, tests."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import uvicorn

from gateway.web.server import PeerCertificate, bound


class Hosted:
    """`async with Hosted(app) as hosted: hosted.url`."""

    def __init__(self, app: Any, host: str = "127.0.0.1", port: int = 0, **options: Any) -> None:
        self._host, self._port, self._tls = host, port, "ssl_certfile" in options
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            http=PeerCertificate,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            lifespan="auto",
            **options,
        )
        self._server = uvicorn.Server(config)
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        port = self._server.servers[0].sockets[0].getsockname()[1]
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{port}"

    async def __aenter__(self) -> Self:
        listening = bound(self._host, self._port)
        self._task = asyncio.create_task(self._server.serve(sockets=[listening]))
        while not self._server.started:
            if self._task.done():
                await self._task
                raise OSError(f"cannot listen at {self._host}")
            await asyncio.sleep(0.005)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        if self._task is not None:
            await self._task

    async def run(self, ready: Callable[[str], None]) -> None:
        """Serves until the process is told to stop; `ready` hears the URL."""
        async with self:
            ready(self.url)
            if self._task is not None:
                await self._task
