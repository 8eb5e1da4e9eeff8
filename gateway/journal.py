"""Every message in and out, masked, with what it belongs to."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError

from gateway.http import HttpRequest, HttpResponse
from gateway.log import logger
from gateway.masking import masked, masked_bytes, masked_ids
from gateway.store import Database
from gateway.store.database import stamp
from gateway.store.tables import journal

_log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One exchange as the journal keeps it; bodies are masked texts."""

    id: int
    at: str
    connection: str
    direction: str
    operation: str | None
    session: str | None
    method: str
    path: str
    request: str
    status: int | None
    response: str | None
    error: str | None
    milliseconds: int


@dataclass
class Exchange:
    """An exchange under way. Its facts are filled in as they become known."""

    connection: str
    direction: str
    request: HttpRequest
    operation: str | None = None
    session: str | None = None
    response: HttpResponse | None = None
    error: str | None = None
    began: float = field(default_factory=time.perf_counter)


class Journal:
    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    async def write(self, exchange: Exchange) -> None:
        """An exchange has happened, whether or not it can be written down: a failure of the store is only logged."""
        response = exchange.response
        values = {
            "at": stamp(self._now()),
            "connection": exchange.connection,
            "direction": exchange.direction,
            "operation": exchange.operation,
            "session": exchange.session,
            "method": exchange.request.method,
            "path": exchange.request.path,
            "request": masked_bytes(exchange.request.body),
            "status": response.status if response else None,
            "response": masked_bytes(response.body) if response else None,
            "error": masked_ids(masked(exchange.error)) if exchange.error else None,
            "milliseconds": round((time.perf_counter() - exchange.began) * 1000),
        }
        try:
            await self._database.write(lambda transaction: transaction.execute(insert(journal).values(**values)))
        except SQLAlchemyError:
            _log.exception("an exchange is missing in the journal", connection=exchange.connection)

    async def records(self, *, connection: str = "", session: str = "", limit: int = 1000) -> Sequence[Record]:
        """Newest last."""
        statement = select(journal).order_by(journal.c.id.desc()).limit(limit)
        if connection:
            statement = statement.where(journal.c.connection == connection)
        if session:
            statement = statement.where(journal.c.session == session)
        rows = await self._database.read(lambda transaction: transaction.execute(statement).all())
        return [Record(**row._mapping) for row in reversed(rows)]
