"""A face for callers without asyncio: one thread runs the gateway, every call waits for it."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection as BackendTransaction

from gateway.authorising import Routed
from gateway.delivery.deliveries import Delivery
from gateway.gateway import Gateway
from gateway.http import HttpRequest, HttpResponse
from gateway.model.cdr import Cdr
from gateway.model.ids import EvseId
from gateway.model.kinds import EvseStatus
from gateway.model.location import Location
from gateway.model.messages import Answer, AuthorizeToken, Message, ReportEvent
from gateway.model.token import Token
from gateway.networks import EvseNetworks
from gateway.ports import Connection
from gateway.publishing import Report, StatusTaken
from gateway.settings import Settings
from gateway.token_lists import TokenReport

T = TypeVar("T")
A = TypeVar("A", bound=Answer)


class BlockingGateway:
    """`with BlockingGateway(connections, backend) as gateway: gateway.send("hubject", AuthorizeToken(...))`."""

    def __init__(self, known: Mapping[str, Connection], backend: object, **options: Any) -> None:
        self._begin(lambda: Gateway(known, backend, **options))

    @classmethod
    def load(cls, settings: Settings | Path | str, backend: object) -> Self:
        """The gateway of a settings file, its store included. Raises Invalid."""
        loaded = cls.__new__(cls)
        loaded._begin(lambda: Gateway.load(settings, backend))
        return loaded

    def _begin(self, make: Callable[[], Gateway]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gateway", daemon=True)
        self._thread.start()

        async def made() -> Gateway:
            return make()

        try:
            self._gateway = self._wait(made())
        except BaseException:
            self._end()
            raise

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

    def submit_cdr(self, cdr: Cdr, *, connection: str = "") -> Delivery:
        return self._wait(self._gateway.submit_cdr(cdr, connection=connection))

    def revise_cdr(self, cdr: Cdr, *, connection: str = "") -> Delivery:
        return self._wait(self._gateway.revise_cdr(cdr, connection=connection))

    def give_up_cdr(self, name: str, *, connection: str = "") -> Delivery:
        return self._wait(self._gateway.give_up_cdr(name, connection=connection))

    def report(self, message: ReportEvent, *, connection: str = "") -> Delivery | None:
        return self._wait(self._gateway.report(message, connection=connection))

    def owe(self, transaction: BackendTransaction, connection: str, message: Message[Any]) -> Delivery:
        """As `submit`, within the caller's own transaction."""
        return self._gateway.owe(transaction, connection, message)

    def wake(self) -> None:
        self._loop.call_soon_threadsafe(self._gateway.wake)

    def publish(self, locations: Iterable[Location], **options: Any) -> Report:
        return self._wait(self._gateway.publish(locations, **options))

    def retire(self, evses: Iterable[EvseId], **options: Any) -> Report:
        return self._wait(self._gateway.retire(evses, **options))

    def publish_status(
        self, evse: EvseId, status: EvseStatus, at: datetime, until: datetime | None = None, **options: Any
    ) -> Sequence[StatusTaken]:
        return self._wait(self._gateway.publish_status(evse, status, at, until, **options))

    def publish_parking(
        self, parking_id: str, status: EvseStatus, at: datetime, until: datetime | None = None, **options: Any
    ) -> Sequence[StatusTaken]:
        return self._wait(self._gateway.publish_parking(parking_id, status, at, until, **options))

    def publish_tokens(self, connection: str, tokens: Iterable[Token], **options: Any) -> TokenReport:
        return self._wait(self._gateway.publish_tokens(connection, tokens, **options))

    def authorize(self, message: AuthorizeToken, **options: Any) -> Routed:
        return self._wait(self._gateway.authorize(message, **options))

    def on_networks(self, work: Callable[[EvseNetworks], Coroutine[Any, Any, T]]) -> T:
        """`gateway.on_networks(lambda networks: networks.listed())`."""
        return self._wait(work(self._gateway.networks))

    def deliveries(self, **filters: str) -> Sequence[Delivery]:
        return self._wait(self._gateway.deliveries(**filters))

    def handle(self, connection: str, request: HttpRequest) -> HttpResponse:
        return self._wait(self._gateway.handle(connection, request))
