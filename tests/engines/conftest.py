"""An empty schema on the test server, for every test here."""

from collections.abc import Iterator

import pytest

from gateway.store import Database
from tests.store.conftest import _schema


@pytest.fixture
def dsn() -> Iterator[str]:
    yield from _schema()


@pytest.fixture
def database(dsn: str) -> Iterator[Database]:
    opened = Database(dsn)
    opened.migrate()
    yield opened
    opened.close()
