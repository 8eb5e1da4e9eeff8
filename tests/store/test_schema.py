import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, select, text, update

from gateway.errors import Invalid
from gateway.store import Database, metadata, migrating
from gateway.store.database import Transaction
from gateway.store.migrating import VERSION_TABLE
from gateway.store.outbox import Owed, add, listed
from gateway.store.tables import outbox
from tests.store.test_lanes import NOW
from tests.support import stores

OWED = Owed(connection="toy", lane="toy/cdr", key="k", kind="SubmitCdr", message="{}")
POSTGRES = os.environ.get("ROAMING_GATEWAY_TEST_POSTGRES", "")


@pytest.fixture(autouse=True)
def _real_migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "migrate", stores.migrate_really)


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        return list(compare_metadata(context, metadata))


def test_an_empty_database_is_brought_to_the_declared_schema(dsn: str) -> None:
    database = Database(dsn)
    database.migrate()
    assert set(inspect(database.engine).get_table_names()) == {*metadata.tables, VERSION_TABLE}
    assert differences(database) == []
    database.close()


def test_every_table_may_stand_beside_those_of_the_backend() -> None:
    assert [name for name in (*metadata.tables, VERSION_TABLE) if not name.startswith("gateway_")] == []


def test_migrating_twice_changes_nothing_and_keeps_what_is_there(database: Database) -> None:
    with database.engine.begin() as transaction:
        add(transaction, OWED, NOW)
    database.migrate()
    assert differences(database) == []
    with database.engine.connect() as connection:
        assert connection.execute(select(outbox.c.key)).scalars().all() == ["k"]


async def test_a_failing_transaction_leaves_nothing_behind(database: Database) -> None:
    def work(transaction: object) -> None:
        add(transaction, OWED, NOW)  # type: ignore[arg-type]
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        await database.write(work)
    assert await database.read(lambda transaction: listed(transaction)) == []


@pytest.mark.skipif(not POSTGRES, reason="ROAMING_GATEWAY_TEST_POSTGRES names no server")
def test_the_tables_live_in_a_schema_of_their_own_and_join_a_backend_that_looks_elsewhere() -> None:
    schema = f"roaming_{uuid4().hex[:8]}"
    database, backend = Database(POSTGRES, schema=schema), create_engine(POSTGRES)
    try:
        database.migrate()
        assert set(inspect(backend).get_table_names(schema)) == {*metadata.tables, VERSION_TABLE}
        with backend.begin() as transaction:
            add(database.joined(transaction), OWED, NOW)
        with database.engine.begin() as transaction:
            assert [entry.key for entry in listed(transaction)] == ["k"]
        with backend.connect() as transaction:
            assert transaction.execute(text("SELECT to_regclass('gateway_outbox')")).scalar() is None
    finally:
        with backend.begin() as transaction:
            transaction.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
        database.close()
        backend.dispose()


# --- what cannot be used -----------------------------------------------------------------------------------------


def said(dsn: str) -> str:
    database = Database(dsn)
    try:
        with pytest.raises(Invalid) as refused:
            database.migrate()
    finally:
        database.close()
    (finding,) = refused.value.findings
    assert finding.pointer == "/store/dsn"
    assert "\n" not in finding.text
    return finding.text


def test_a_newer_schema_is_refused_in_one_line(dsn: str) -> None:
    database = Database(dsn)
    database.migrate()
    with database.engine.begin() as transaction:
        transaction.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(Invalid) as refused:
        database.migrate()
    database.close()
    assert refused.value.findings[0].text.startswith("the store was written by a newer version of the gateway")


@pytest.mark.parametrize(("state", "refused"), [("waiting", True), ("unknown", True), ("accepted", False)])
def test_what_the_tables_of_the_first_version_still_owe_is_not_forgotten(
    tmp_path: Path, state: str, refused: bool
) -> None:
    dsn = f"sqlite:///{tmp_path / 'gateway.sqlite'}"
    early = Database(dsn)
    with early.engine.begin() as transaction:
        for table in ("outbox (id INTEGER, state TEXT, unknown_tries INTEGER)", "outbox_history (id INTEGER)"):
            transaction.execute(text(f"CREATE TABLE {table}"))
        transaction.execute(text("INSERT INTO outbox VALUES (1, :state, 0)"), {"state": state})
    early.close()
    if refused:
        assert said(dsn).startswith("1 messages are still owed in the tables of the first version")
    else:
        Database(dsn).migrate()
        assert "gateway_outbox" in inspect(create_engine(dsn)).get_table_names()


def test_a_file_that_cannot_be_opened_is_refused_in_one_line(tmp_path: Path) -> None:
    assert "unable to open database file" in said(f"sqlite:///{tmp_path / 'nowhere' / 'gateway.sqlite'}")


def test_a_file_that_is_no_database_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear hub, " * 200)
    assert "not a database" in said(f"sqlite:///{tmp_path / 'letter.txt'}")


def test_a_locked_database_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.database.BUSY_MILLISECONDS", 50)
    dsn = f"sqlite:///{tmp_path / 'gateway.sqlite'}"
    holder = Database(dsn)
    holder.migrate()
    with holder.engine.begin() as transaction:
        transaction.execute(text("DELETE FROM gateway_outbox"))
        assert "database is locked" in said(dsn)
    holder.close()


@pytest.mark.parametrize("dsn", ["bogus://", "no address at all", "postgresql+nothing://127.0.0.1/x"])
def test_an_address_that_is_none_is_refused_in_one_line(dsn: str) -> None:
    with pytest.raises(Invalid) as refused:
        Database(dsn)
    (finding,) = refused.value.findings
    assert (finding.pointer, "\n" in finding.text) == ("/store/dsn", False)


def test_a_server_that_does_not_answer_is_refused_in_one_line_without_its_password() -> None:
    pytest.importorskip("psycopg")
    words = said("postgresql+psycopg://gateway:a-made-up-secret@127.0.0.1:9/none?connect_timeout=2")
    assert "a-made-up-secret" not in words
    assert words.startswith("postgresql+psycopg://gateway:***@127.0.0.1:9/none")


# --- many at a time ----------------------------------------------------------------------------------------------


async def test_what_is_written_at_the_same_time_is_committed_together_and_a_failure_costs_only_itself(
    database: Database,
) -> None:
    def work(number: int) -> Callable[[Transaction], int]:
        def add_or_fail(transaction: Transaction) -> int:
            if number % 7 == 3:
                raise RuntimeError(f"number {number}")
            return add(transaction, replace(OWED, key=f"k{number}"), NOW).id

        return add_or_fail

    found = await asyncio.gather(*(database.write(work(number)) for number in range(50)), return_exceptions=True)
    failed = [number for number, one in enumerate(found) if isinstance(one, RuntimeError)]
    assert failed == list(range(3, 50, 7))
    keys = [entry.key for entry in await database.read(lambda transaction: listed(transaction))]
    assert sorted(keys) == sorted(f"k{number}" for number in range(50) if number % 7 != 3)


@pytest.mark.skipif(not POSTGRES, reason="ROAMING_GATEWAY_TEST_POSTGRES names no server")
async def test_two_processes_that_wait_for_each_other_both_end_with_their_work_done() -> None:
    schema = f"roaming_{uuid4().hex[:8]}"
    one, other = Database(POSTGRES, schema=schema), Database(POSTGRES, schema=schema)
    meeting = Barrier(2)
    met: set[str] = set()

    def work(first: str, second: str) -> Callable[[Transaction], None]:
        def both(transaction: Transaction) -> None:
            for key in (first, second):
                transaction.execute(update(outbox).where(outbox.c.key == key).values(tries=outbox.c.tries + 1))
                if key == first and first not in met:
                    met.add(first)
                    meeting.wait(5)

        return both

    try:
        one.migrate()
        for key in ("a", "b"):
            await one.write(lambda transaction, key=key: add(transaction, replace(OWED, key=key), NOW))  # type: ignore[misc]
        await asyncio.gather(one.write(work("a", "b")), other.write(work("b", "a")))
        assert [entry.tries for entry in await one.read(lambda transaction: listed(transaction))] == [2, 2]
    finally:
        with one.engine.begin() as transaction:
            transaction.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
        one.close()
        other.close()
