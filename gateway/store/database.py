"""Opens the database, brings its schema up to date, and runs transactions on one writer thread."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection as Transaction
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import StaticPool

T = TypeVar("T")
MIGRATIONS = Path(__file__).parent / "migrations"


def stamp(moment: datetime) -> str:
    """A time as the tables hold it: ISO 8601, UTC, microseconds always there."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Transaction) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


class Database:
    """One database. `write` and `read` run a function of a transaction and give back what it returns.

    A caller goes on only after the commit.
    """

    def __init__(self, dsn: str = "sqlite://") -> None:
        options: dict[str, Any] = {"connect_args": {"check_same_thread": False}} if dsn.startswith("sqlite") else {}
        if dsn in ("sqlite://", "sqlite:///:memory:"):
            options["poolclass"] = StaticPool
        self.engine = create_engine(dsn, **options)
        if self.engine.dialect.name == "sqlite":
            _prepare_sqlite(self.engine)
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="gateway-store")

    def migrate(self) -> None:
        """Brings the schema to the newest version."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self.engine.begin() as transaction:
            config.attributes["connection"] = transaction
            command.upgrade(config, "head")

    async def write(self, work: Callable[[Transaction], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._in_transaction, work)

    read = write
    """Readers share the writer's thread: on SQLite nothing is gained by more, and they see their own writes."""

    def _in_transaction(self, work: Callable[[Transaction], T]) -> T:
        with self.engine.begin() as transaction:
            return work(transaction)

    def close(self) -> None:
        self._writer.shutdown(wait=True)
        self.engine.dispose()
