"""The service put together: settings → store, connections, backend, gateway, applications, servers."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any

import uvicorn
from sqlalchemy import make_url

from gateway import certificates
from gateway.connections import connections
from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.gateway import Gateway
from gateway.log import logger
from gateway.monitoring import Monitor
from gateway.settings import ServerSettings, Settings
from gateway.web.app import application
from gateway.web.monitor import monitoring
from gateway.web.server import (
    Unsignalled,
    allowed_to_serve,
    bound,
    configuration,
    kept_fresh,
    plain_configuration,
)

_log = logger(__name__)


def backend_of(path: str) -> object:
    """The platform's object for `module:attribute`; a class is called. Raises Invalid."""
    module, _, attribute = path.partition(":")
    try:
        found: Any = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise Invalid([Finding("/backend/factory", Severity.ERROR, "setting", f"{path}: {error}")]) from error
    return found() if isinstance(found, type) else found


class NoBackend:
    """Answers nothing: every question of a hub is "not supported"."""


def run(settings: Settings, *, callbacks: bool = True, workers: bool = True) -> None:
    """Serves hubs' calls, delivers, or both, until told to stop. Raises Invalid before anything is opened."""
    if callbacks:
        allowed_to_serve(settings.server, connections(settings))
    if not (callbacks and workers):
        _may_be_split(settings)
    factory = settings.backend.factory
    gateway = Gateway.load(settings, backend_of(factory) if factory else NoBackend())
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    with contextlib.ExitStack() as open_sockets:
        server, monitor = settings.server, settings.monitor
        listening = open_sockets.enter_context(bound(server.host, server.port)) if callbacks else None
        watched = open_sockets.enter_context(bound(monitor.host, monitor.port)) if monitor.port else None
        loop_factory = plain_configuration(None).get_loop_factory()
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(_run(settings, gateway, listening, watched, workers))


def _may_be_split(settings: Settings) -> None:
    if make_url(settings.store.dsn).get_backend_name() == "sqlite":
        words = "on SQLite one process does everything: use `serve` without --no-workers, or a PostgreSQL store"
        raise Invalid([Finding("/store/dsn", Severity.ERROR, "store", words)])


async def _run(
    settings: Settings, gateway: Gateway, listening: socket.socket | None, watched: socket.socket | None, workers: bool
) -> None:
    for name, words in certificates.warnings(connections(settings)):
        _log.warning("certificate of another name", connection=name, words=words)
    monitor = Monitor(
        gateway.database,
        gateway.known,
        gateway.metrics,
        gateway.engine if workers else None,
        settings=settings.monitor,
        server=settings.server if listening is not None else None,
    )
    ending = asyncio.Event()
    async with (
        _signals(ending),
        _watched(monitor, watched),
        _working(gateway, workers),
        _serving(configuration(_callbacks(settings, gateway), settings.server), listening, settings.server),
    ):
        await ending.wait()
        await monitor.end()


def _callbacks(settings: Settings, gateway: Gateway) -> Any:
    return application(
        gateway,
        proxies=settings.server.proxies,
        subject_header=settings.server.subject_header,
        max_body_bytes=settings.server.max_body_bytes,
        manage=False,
    )


@contextlib.asynccontextmanager
async def _watched(monitor: Monitor, listening: socket.socket | None) -> AsyncIterator[None]:
    """Metrics and health for as long as anything else runs."""
    monitor.start()
    try:
        async with _serving(plain_configuration(monitoring(monitor)), listening):
            yield
    finally:
        await monitor.stop()


@contextlib.asynccontextmanager
async def _working(gateway: Gateway, workers: bool) -> AsyncIterator[None]:
    try:
        await gateway.start(workers=workers)
        yield
    finally:
        await gateway.stop()


@contextlib.asynccontextmanager
async def _serving(
    config: uvicorn.Config, listening: socket.socket | None, certified: ServerSettings | None = None
) -> AsyncIterator[None]:
    """Serves at an address; calls under way are answered before it ends. `certified`: with certificates to renew."""
    if listening is None:
        yield
        return
    server = Unsignalled(config)
    task = asyncio.create_task(server.serve(sockets=[listening]), name="server")
    fresh = asyncio.create_task(kept_fresh(config, certified), name="certificates") if certified is not None else None
    try:
        yield
    finally:
        if fresh is not None:
            fresh.cancel()
        server.should_exit = True
        await task


@contextlib.asynccontextmanager
async def _signals(ending: asyncio.Event) -> AsyncIterator[None]:
    """The first SIGTERM or SIGINT ends in good order; the second at once, and leaves leases to run out."""
    loop, signals = asyncio.get_running_loop(), (signal.SIGTERM, signal.SIGINT)

    def told(number: int) -> None:
        if ending.is_set():
            os._exit(128 + number)
        ending.set()

    for number in signals:
        loop.add_signal_handler(number, told, number)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
