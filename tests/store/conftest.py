"""One suite, every database: SQLite in a file and in memory, and PostgreSQL where there is one."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from gateway.store import Database

POSTGRES = os.environ.get("ROAMING_GATEWAY_TEST_POSTGRES", "")
DRIVERS = [name for name in ("psycopg", "psycopg2") if find_spec(name)]


@pytest.fixture(params=["file", "memory", "postgres"])
def dsn(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "postgres":
        yield from _schema()
    else:
        yield "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path / 'gateway.sqlite'}"


def _schema() -> Iterator[str]:
    """A schema of its own in the test server, gone afterwards."""
    if not POSTGRES:
        pytest.skip("ROAMING_GATEWAY_TEST_POSTGRES names no server")
    if not DRIVERS:
        pytest.skip("no PostgreSQL driver is installed")
    url = make_url(POSTGRES).set(drivername=f"postgresql+{DRIVERS[0]}")
    name = f"test_{uuid4().hex[:12]}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
        yield url.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()


@pytest.fixture
def database(dsn: str) -> Iterator[Database]:
    """An open database with the newest schema."""
    opened = Database(dsn)
    opened.migrate()
    yield opened
    opened.close()
