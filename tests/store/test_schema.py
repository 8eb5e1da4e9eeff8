from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select

from gateway.store import Database, metadata
from gateway.store.tables import outbox


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))


def test_an_empty_database_is_brought_to_the_declared_schema(dsn: str) -> None:
    database = Database(dsn)
    database.migrate()
    assert set(inspect(database.engine).get_table_names()) == {*metadata.tables, "alembic_version"}
    assert differences(database) == []
    database.close()


def test_migrating_twice_changes_nothing_and_keeps_what_is_there(database: Database) -> None:
    with database.engine.begin() as transaction:
        transaction.execute(
            outbox.insert().values(
                connection="toy", lane="toy/cdr", key="k", kind="SubmitCdr", message="{}", state="waiting",
                next_try_at="2026", created_at="2026", changed_at="2026",
            )
        )  # fmt: skip
    database.migrate()
    assert differences(database) == []
    with database.engine.connect() as connection:
        assert connection.execute(select(outbox.c.key)).scalars().all() == ["k"]


async def test_a_failing_transaction_leaves_nothing_behind(database: Database) -> None:
    def work(transaction: object) -> None:
        transaction.execute(  # type: ignore[attr-defined]
            outbox.insert().values(
                connection="toy", lane="l", key="k", kind="SubmitCdr", message="{}", state="waiting",
                next_try_at="2026", created_at="2026", changed_at="2026",
            )
        )  # fmt: skip
        raise RuntimeError("half way")

    try:
        await database.write(work)
    except RuntimeError:
        assert await database.read(lambda transaction: transaction.execute(select(outbox)).all()) == []
    else:
        raise AssertionError("the failure was swallowed")
