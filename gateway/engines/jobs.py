"""procrastinate's own tables, beside the gateway's, and how to reach them."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

from procrastinate.schema import SchemaManager
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.store import Database

_ONE_AT_A_TIME = 0x6A7E3AA


def conninfo(database: Database) -> str:
    """The store's address as libpq takes it, the schema of the gateway's tables included."""
    _, found = database.engine.dialect.create_connect_args(database.engine.url)
    parameters: dict[str, Any] = {name: value for name, value in found.items() if isinstance(value, (str, int))}
    if database.schema:
        path = '"' + database.schema.replace('"', '""') + '"'
        path = path.replace("\\", "\\\\").replace(" ", "\\ ")
        parameters["options"] = f"{parameters.get('options', '')} -csearch_path={path}".strip()
    return make_conninfo(**parameters)


def prepare(database: Database) -> None:
    """Makes or brings up to date procrastinate's tables; processes that start together take turns. Raises Invalid."""
    try:
        with database.engine.begin() as transaction:
            transaction.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
            if database.schema:
                transaction.execute(
                    text("SELECT set_config('search_path', quote_ident(:name), true)"), {"name": database.schema}
                )
            _apply(transaction)
    except SQLAlchemyError as error:
        words = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise Invalid([Finding("/store/dsn", Severity.ERROR, "store", f"no job tables: {words}")]) from None


def _apply(transaction: Connection) -> None:
    """The version that made the tables is kept as their comment: there is no other trace of it."""
    there = "SELECT obj_description(to_regclass('procrastinate_jobs'), 'pg_class'), to_regclass('procrastinate_jobs')"
    comment, table = transaction.execute(text(there)).one()
    installed = version("procrastinate")
    if table is None:
        _run(transaction, SchemaManager.get_schema())
    elif _number(comment) < _number(installed):
        for path in _migrations_after(comment):
            _run(transaction, path.read_text(encoding="utf-8"))
    else:
        return
    transaction.execute(text(f"COMMENT ON TABLE procrastinate_jobs IS '{installed}'"))


def _migrations_after(made_by: str | None) -> list[Path]:
    """procrastinate's migrations newer than a version; `03.04.00_50_post_….sql` belongs to 3.4.0."""
    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    return [path for path in files if _number(path.name.partition("_")[0]) > _number(made_by)]


def _number(name: str | None) -> tuple[int, ...]:
    parts = (name or "").split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else (3, 4, 0)


def _run(transaction: Connection, script: str) -> None:
    """Several statements at once, which only the driver's own cursor takes."""
    cursor = transaction.connection.cursor()
    cursor.execute(script)
    cursor.close()
