"""A face for callers without asyncio: one thread runs the gateway, every call waits for it."""

import asyncio
import threading
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from gateway.connections import connections
from gateway.deliver import Delivery
from gateway.gateway import Gateway
from gateway.http import HttpRequest, HttpResponse
from gateway.model.messages import Answer, Message
from gateway.ports import Connection
from gateway.settings import Settings, load
from gateway.store import Database

T = TypeVar("T")
A = TypeVar("A", bound=Answer)


class BlockingGateway:
    """`with BlockingGateway(connections, backend) as gateway: gateway.send("hubject", AuthorizeToken(...))`."""

    def __init__(self, known: Mapping[str, Connection], backend: object, **options: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gateway", daemon=True)
        self._thread.start()
        try:
            self._gateway = self._wait(self._made(known, backend, options))
        except BaseException:
            self._end()
            raise

    @staticmethod
    async def _made(known: Mapping[str, Connection], backend: object, options: Mapping[str, Any]) -> Gateway:
        return Gateway(known, backend, **options)

    @classmethod
    def load(cls, settings: Settings | Path | str, backend: object) -> Self:
        """The gateway of a settings file, its store included. Raises Invalid."""
        known = settings if isinstance(settings, Settings) else load(settings)
        return cls(connections(known), backend, database=Database(known.store.dsn))

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def __enter__(self) -> Self:
        self._wait(self._gateway.start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._wait(self._gateway.stop())
        finally:
            self._end()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def send(self, connection: str, message: Message[A]) -> A:
        return self._wait(self._gateway.hub(connection).send(message))

    def submit(self, connection: str, message: Message[Any]) -> Delivery:
        return self._wait(self._gateway.submit(connection, message))

    def deliveries(self, **filters: str) -> Sequence[Delivery]:
        return self._wait(self._gateway.deliveries(**filters))

    def handle(self, connection: str, request: HttpRequest) -> HttpResponse:
        return self._wait(self._gateway.handle(connection, request))
