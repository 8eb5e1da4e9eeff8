"""Opens the database, brings its schema up to date, and gathers the writes of concurrent callers into one commit."""

import asyncio
import queue
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, Executable, create_engine, event
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.store.quick import Known, Quick, as_sqlalchemy

T = TypeVar("T")
_MOST_TOGETHER = 500
_TRIES, _LONGEST_PAUSE_SECONDS = 10, 0.05
_IN_THE_WAY = ("40P01", "40001")
"""SQLSTATEs of a deadlock and of a transaction that could not be serialized."""
BUSY_MILLISECONDS = 5000
"""How long a transaction waits for another process that writes to the same SQLite file."""


def stamp(moment: datetime) -> str:
    """A time as the tables hold it: ISO 8601, UTC, microseconds always there."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


class Transaction(Protocol):
    """What the statements of the store need: a SQLAlchemy connection in a transaction, or one joined to ours."""

    def execute(self, statement: Executable, parameters: Any = None, /) -> Any: ...


class Joined:
    """The backend's own transaction, with the gateway's tables where they are."""

    def __init__(self, connection: Connection, schema: str) -> None:
        self._connection, self._schema = connection, schema

    def execute(self, statement: Executable, parameters: Any = None, /) -> Any:
        options = {"schema_translate_map": {None: self._schema}} if self._schema else {}
        return self._connection.execute(statement, parameters, execution_options=options)


def _opened(dsn: str, options: dict[str, Any]) -> Engine:
    """Raises Invalid for an address that no database has, and for one whose driver is not installed."""
    try:
        return create_engine(dsn, **options)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        words = str(error).splitlines()[0]
        hint = "; install roaming-gateway[postgres]" if dsn.startswith("postgresql") else ""
        raise Invalid([Finding("/store/dsn", Severity.ERROR, "store", f"{words}{hint}")]) from None


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for pragma in (f"busy_timeout={BUSY_MILLISECONDS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # On the driver itself: every transaction begins here.
        driver: Any = connection.connection.driver_connection
        statement = "BEGIN IMMEDIATE" if _WRITING.active else "BEGIN"
        try:
            driver.execute(statement)
        except connection.dialect.loaded_dbapi.Error as error:
            raise as_sqlalchemy(error, statement, None, connection.dialect) from error


class _Writing(threading.local):
    active = True


_WRITING = _Writing()
"""Whether this thread's transactions write: on SQLite only those take the lock at once."""
_Work = tuple[Callable[[Transaction], Any], "Future[Any]"]


class Database:
    """One database. `write` and `read` run a function of a transaction and give back what it returns.

    A caller goes on only after the commit. `work` may be run again when a neighbour in the same commit failed, so it
    does nothing but talk to its transaction. `schema` names the schema of the gateway's tables (PostgreSQL).
    """

    def __init__(self, dsn: str = "sqlite://", *, schema: str = "") -> None:
        self.schema = schema
        memory = dsn in ("sqlite://", "sqlite:///:memory:")
        options: dict[str, Any] = {"pool_pre_ping": True}
        if dsn.startswith("sqlite"):
            options = {"connect_args": {"check_same_thread": False}}
        if memory:
            options["poolclass"] = StaticPool
        engine = _opened(dsn, options)
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        self.engine = engine.execution_options(schema_translate_map={None: schema}) if schema else engine
        self._writer = _Worker(self.engine, "gateway-store", together=_MOST_TOGETHER)
        self._reader = self._writer if memory else _Worker(self.engine, "gateway-store-read", writing=False)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def migrate(self) -> None:
        """Brings the schema to the newest version. Raises Invalid for a store that cannot be used, in one line."""
        from gateway.store.migrating import migrate

        migrate(self.engine, self.schema)

    def joined(self, connection: Connection) -> Transaction:
        """The backend's own transaction on this database, for statements on the gateway's tables."""
        return Joined(connection, self.schema)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        return await asyncio.wrap_future(self._writer.put(work))

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """As `write`, for work that only reads: it waits for no writer. It sees what is committed."""
        return await asyncio.wrap_future(self._reader.put(work))

    def close(self) -> None:
        """After the work that is waiting has been done."""
        self._writer.close()
        self._reader.close()
        self.engine.dispose()


class _Worker:
    """A thread that runs transactions; what waits at the same time is committed together."""

    def __init__(self, engine: Engine, name: str, *, writing: bool = True, together: int = 1) -> None:
        self._engine, self._writing, self._together = engine, writing, together
        self._waiting: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._started, self._closed, self._lock = False, False, threading.Lock()
        self._quick = engine.dialect.name == "sqlite"
        self._compiled: Known = {}

    def put(self, work: Callable[[Transaction], T]) -> "Future[T]":
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the store is closed")
            if not self._started:
                self._started = True
                self._thread.start()
            self._waiting.put((work, future))
        return future

    def close(self) -> None:
        with self._lock:
            closed, self._closed = self._closed, True
        if self._started and not closed:
            self._waiting.put(None)
            self._thread.join()

    def _run(self) -> None:
        _WRITING.active = self._writing
        while (first := self._waiting.get()) is not None:
            works, ending = self._gathered(first)
            self._commit([one for one in works if one[1].set_running_or_notify_cancel()])
            if ending:
                return

    def _gathered(self, first: _Work) -> tuple[list[_Work], bool]:
        """(what waits now, whether it was the last)."""
        works = [first]
        while len(works) < self._together:
            try:
                one = self._waiting.get_nowait()
            except queue.Empty:
                break
            if one is None:
                return works, True
            works.append(one)
        return works, False

    def _commit(self, works: Sequence[_Work]) -> None:
        """All in one transaction; where one fails, each in its own."""
        try:
            results = self._results(works)
        except Exception as error:
            if len(works) == 1:
                works[0][1].set_exception(error)
            else:
                for work in works:
                    self._commit([work])
            return
        for (_, future), result in zip(works, results, strict=True):
            future.set_result(result)

    def _results(self, works: Sequence[_Work]) -> list[Any]:
        """Again where PostgreSQL broke off one of two transactions that waited for each other."""
        for _ in range(_TRIES - 1):
            try:
                return self._transacted(works)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", getattr(error.orig, "pgcode", None)) not in _IN_THE_WAY:
                    raise
                time.sleep(random.uniform(0, _LONGEST_PAUSE_SECONDS))
        return self._transacted(works)

    def _transacted(self, works: Sequence[_Work]) -> list[Any]:
        with self._engine.begin() as connection:
            transaction = Quick(connection, self._compiled) if self._quick else connection
            return [work(transaction) for work, _ in works]
