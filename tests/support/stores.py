"""SQLite stores from a template: the migrations run once, what they make is copied into every other empty store."""

from functools import cache
from sqlite3 import DatabaseError

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from gateway.store import migrating

migrate_really = migrating.migrate


def migrate(engine: Engine, schema: str) -> None:
    """As `gateway.store.migrating.migrate`, to which everything goes but an empty SQLite database."""
    if engine.dialect.name == "sqlite" and _filled(engine):
        return
    migrate_really(engine, schema)


def _filled(engine: Engine) -> bool:
    """False also for what cannot be opened, which the migrations say in their words."""
    try:
        connection = engine.raw_connection()
    except SQLAlchemyError:
        return False
    try:
        driver = connection.driver_connection
        assert driver is not None
        if driver.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
            return False
        driver.executescript(_template())
        return True
    except DatabaseError:
        return False
    finally:
        connection.close()


@cache
def _template() -> str:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    migrate_really(engine, "")
    connection = engine.raw_connection()
    driver = connection.driver_connection
    assert driver is not None
    script = "\n".join(driver.iterdump())
    connection.close()
    engine.dispose()
    return script
