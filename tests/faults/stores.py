"""The stores of the rounds: a fresh SQLite file, or the emptied tables of one PostgreSQL schema."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from sqlalchemy import create_engine, make_url, select, text

from gateway.store import Database
from gateway.store.tables import outbox

POSTGRES = os.environ.get("ROAMING_GATEWAY_TEST_POSTGRES", "")


class Store(Protocol):
    @property
    def dsn(self) -> str: ...
    def empty(self) -> None: ...
    def cut(self) -> None: ...
    def close(self) -> None: ...


class SqliteStore:
    """A copy of one empty, migrated database for each round."""

    def __init__(self, folder: Path) -> None:
        self._template, self._path = folder / "template.sqlite", folder / "round.sqlite"
        database = Database(f"sqlite:///{self._template}")
        database.migrate()
        with database.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        database.close()
        self.dsn = f"sqlite:///{self._path}"

    def empty(self) -> None:
        for tail in ("", "-wal", "-shm"):
            Path(f"{self._path}{tail}").unlink(missing_ok=True)
        shutil.copy(self._template, self._path)

    def cut(self) -> None:
        """There are no connections to cut."""

    def close(self) -> None:
        self.empty()


class PostgresStore:
    def __init__(self, dsn: str) -> None:
        self._schema = f"faults_{uuid4().hex[:12]}"
        self._engine = create_engine(make_url(dsn), isolation_level="AUTOCOMMIT")
        self._run(f"CREATE SCHEMA {self._schema}")
        options = {"options": f"-csearch_path={self._schema}", "application_name": self._schema}
        self.dsn = make_url(dsn).update_query_dict(options).render_as_string(hide_password=False)
        database = Database(self.dsn)
        database.migrate()
        database.close()

    def _run(self, statement: str) -> None:
        """Without a connection that a child would inherit."""
        with self._engine.connect() as connection:
            connection.execute(text(statement))
        self._engine.dispose()

    def empty(self) -> None:
        self.cut()
        with self._engine.connect() as connection:
            names = connection.execute(text(f"SELECT tablename FROM pg_tables WHERE schemaname = '{self._schema}'"))
            tables = ", ".join(f"{self._schema}.{name}" for (name,) in names if "version" not in name)
            connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
        self._engine.dispose()

    def cut(self) -> None:
        """All connections of the workers break."""
        self._run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE application_name = '{self._schema}' AND pid <> pg_backend_pid()"
        )

    def close(self) -> None:
        self.cut()
        self._run(f"DROP SCHEMA {self._schema} CASCADE")


def entries(dsn: str) -> Sequence[Any]:
    """All that is or was owed, in order."""
    engine = create_engine(dsn)
    columns = (
        outbox.c.id,
        outbox.c.connection,
        outbox.c.kind,
        outbox.c.lane,
        outbox.c.key,
        outbox.c.state,
        outbox.c.tries,
    )
    statement = select(*columns, outbox.c.unknown_tries, outbox.c.words, outbox.c.message).order_by(outbox.c.id)
    with engine.connect() as connection:
        rows = connection.execute(statement).all()
    engine.dispose()
    return rows


def store_of(kind: str, folder: Path) -> Store:
    return PostgresStore(POSTGRES) if kind == "postgres" else SqliteStore(folder)
