"""The schema brought up to date, and what cannot be used said in one line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateSchema

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.store.tables import metadata

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "gateway_version"
_ONE_AT_A_TIME = 0x6A7E3A9


def migrate(engine: Engine, schema: str) -> None:
    """Raises Invalid for an address that cannot be reached, a database that is locked, or a newer schema."""
    try:
        with engine.begin() as transaction:
            _into(transaction, schema)
            _refuse_early_store(transaction)
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["connection"] = transaction
            command.upgrade(config, "head")
    except CommandError as error:
        raise _unusable(f"the store was written by a newer version of the gateway ({error})") from None
    except SQLAlchemyError as error:
        address = engine.url.render_as_string(hide_password=True)
        raise _unusable(f"{address} cannot be used: {_words(error)}") from None


def _into(transaction: Connection, schema: str) -> None:
    """PostgreSQL: two processes that start together migrate one after the other, in the schema of the settings."""
    if transaction.dialect.name != "postgresql":
        return
    transaction.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
    if schema:
        transaction.execute(CreateSchema(schema, if_not_exists=True))
        transaction.execute(text("SELECT set_config('search_path', :name, true)"), {"name": schema})


def _refuse_early_store(transaction: Connection) -> None:
    """The first stores had tables without the prefix. What they still owe must not be forgotten silently."""
    names = inspect(transaction).get_table_names()
    if "outbox_history" not in names or "unknown_tries" not in _columns(transaction, "outbox", names):
        return
    owed = transaction.execute(text("SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending', 'unknown')"))
    count = owed.scalar_one()
    if count:
        raise _unusable(f"{count} messages are still owed in the tables of the first version: deliver them with that")


def _columns(transaction: Connection, table: str, names: Sequence[str]) -> set[str]:
    return {column["name"] for column in inspect(transaction).get_columns(table)} if table in names else set()


def _words(error: SQLAlchemyError) -> str:
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _unusable(words: str) -> Invalid:
    return Invalid([Finding("/store/dsn", Severity.ERROR, "store", words)])


def configured(context: Any) -> None:
    """Alembic's settings, where `migrate` hands it the connection."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        version_table=VERSION_TABLE,
        render_as_batch=True,
    )
