"""The rows of publishing on every database, and what it costs to change one of many."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from gateway.model.kinds import EvseStatus
from gateway.store import Database, publications
from gateway.store.publications import Account, Published
from tests.support.publishing import BEGIN, LON, Stand, connection, evse_id, place, stand

ROW = Published(
    connection="hubject",
    evse="NLLONE00011",
    spelled="NL*LON*E0001*1",
    operator="NLLON",
    document="{}",
    wanted="a" * 64,
    state="insert",
    changed_at="2026-03-01T12:00:00.000000+00:00",
)
TOLD = {"status": "CHARGING", "status_at": "2026-03-01T12:00:00.000000+00:00", "status_state": "due"}


def rows(number: int, **changed: Any) -> list[Published]:
    return [replace(ROW, evse=f"NLLONE{index:05}", **changed) for index in range(number)]


def test_what_is_added_is_found_as_it_was(database: Database) -> None:
    full = replace(ROW, **TOLD, there="said", alone=True, entry=7, held="why", code="018", words="…", broken="{")
    with database.engine.begin() as transaction:
        publications.added(transaction, [full, replace(ROW, connection="other")])
        assert publications.found(transaction, "hubject", [ROW.evse, "NLLONE9"]) == {ROW.evse: full}
        assert publications.everywhere(transaction, ROW.evse) == [full, replace(ROW, connection="other")]
        assert publications.everywhere(transaction, ROW.evse, ["other"]) == [replace(ROW, connection="other")]
        assert publications.carried(transaction, 7) == [full]
        assert publications.carried_statuses(transaction, 7) == []


def test_a_status_is_saved_without_touching_the_data(database: Database) -> None:
    with database.engine.begin() as transaction:
        publications.added(transaction, [ROW])
        publications.saved_statuses(transaction, [replace(ROW, **TOLD, state="current", wanted="other")])
        assert publications.listed(transaction) == [replace(ROW, **TOLD)]
        publications.saved(transaction, [replace(ROW, state="current")])
        assert publications.listed(transaction) == [replace(ROW, state="current")]


def test_what_is_due_is_found_by_kind_operator_and_company(database: Database) -> None:
    with database.engine.begin() as transaction:
        publications.added(transaction, [*rows(3), replace(ROW, evse="DELONE1", operator="DELON"),
                                         replace(ROW, evse="NLLONE9", alone=True)])  # fmt: skip

        def due(*operators: str, alone: bool = False, limit: int = 9) -> list[str]:
            found = publications.due(transaction, "hubject", "insert", operators, alone=alone, limit=limit)
            return [row.evse for row in found]

        assert due("NLLON", limit=2) == ["NLLONE00000", "NLLONE00001"]
        assert due("NLLON", "DELON")[0] == "DELONE1"
        assert due("NLLON", alone=True) == ["NLLONE9"]
        assert due() == []
        assert publications.any_due(transaction, "hubject", ("update", "insert"), ["DELON"])
        assert not publications.any_due(transaction, "hubject", ("update",), ["DELON"])
        assert publications.counted(transaction, "hubject") == {"insert": 5}


def test_statuses_are_due_oldest_first_and_again_when_they_were_refused(database: Database) -> None:
    with database.engine.begin() as transaction:
        told = [replace(row, **{**TOLD, "status_at": f"2026-03-01T12:00:0{9 - index}"}) for index, row in
                enumerate(rows(3))]  # fmt: skip
        publications.added(transaction, [*told, replace(ROW, **{**TOLD, "status_state": "refused"}, status_words="no")])
        assert not publications.any_status_due(transaction, "hubject", ["DELON"])
        due = publications.due_statuses(transaction, "hubject", ["NLLON"], limit=2)
        assert [row.evse for row in due] == ["NLLONE00002", "NLLONE00001"]
        assert publications.statuses_again(transaction, connection="hubject") == 1
        assert publications.found(transaction, "hubject", [ROW.evse])[ROW.evse] == replace(ROW, **TOLD)


def test_rows_are_dropped_and_more_than_a_chunk_is_found(database: Database) -> None:
    many = rows(publications.CHUNK + 3)
    with database.engine.begin() as transaction:
        publications.added(transaction, many)
        assert len(publications.found(transaction, "hubject", [row.evse for row in many])) == len(many)
        publications.dropped(transaction, many[3:])
        assert publications.listed(transaction) == many[:3]


def test_an_account_is_unknown_until_something_is_noted(database: Database) -> None:
    with database.engine.begin() as transaction:
        assert publications.account(transaction, "hubject") == Account(connection="hubject")
        publications.noted(transaction, "hubject", full_load_at="2026-03-01", words="asked")
        publications.noted(transaction, "hubject", baseline_at="2026-03-02", full_load_at=None)
        assert publications.account(transaction, "hubject") == Account(
            connection="hubject", baseline_at="2026-03-02", words="asked"
        )


async def test_a_fleet_is_published_changed_and_removed_on_every_database(database: Database) -> None:
    one = stand(database, [connection(), connection("eclearing"), connection("gireve")])
    await one.publisher.publish([place(1), place(2), place(3, "DE*LON")])
    await one.loaded()
    await one.publisher.publish_status(evse_id(1), EvseStatus.CHARGING, BEGIN)
    await one.publisher.publish([place(1, hotline="+31209999999")])
    preview = await one.publisher.preview([place(1), place(4)], complete=LON)
    assert preview.connections["hubject"].inserts == ("NL*LON*E0004*1",)
    assert preview.connections["hubject"].removals == ("NL*LON*E0002*1",)
    await one.publisher.retire([evse_id(2)])
    await one.deliver()
    assert one.shown() == ["DE*LON*E0003*1", "NL*LON*E0001*1"]
    assert one.state()["statuses"] == {"NL*LON*E0001*1": "Occupied"}
    assert await one.publisher.held() == []


async def test_one_evse_published_by_two_processes_at_once_is_one_row(dsn: str) -> None:
    if dsn == "sqlite://":
        pytest.skip("a database in memory belongs to one process")
    both = [Database(dsn), Database(dsn)]
    both[0].migrate()
    stands = [stand(database, [connection()]) for database in both]
    places = [place(number) for number in range(40)]
    await asyncio.gather(*(one.publisher.publish(places) for one in stands))
    assert await both[0].read(lambda transaction: publications.counted(transaction, "hubject")) == {"insert": 40}
    for database in both:
        database.close()


async def test_two_processes_tell_and_deliver_at_once_and_the_newest_counts(dsn: str) -> None:
    if dsn == "sqlite://":
        pytest.skip("a database in memory belongs to one process")
    both = [Database(dsn), Database(dsn)]
    both[0].migrate()
    one = stand(both[0], [connection()])
    other = stand(both[1], [connection()], simulators={"hubject": one.links["hubject"].simulator})
    await one.publisher.publish([place(number) for number in range(8)])
    await one.loaded()

    async def tell(told: Stand, first: int) -> None:
        for second in range(first, 40, 2):
            at = BEGIN + timedelta(seconds=second)
            status = EvseStatus.CHARGING if second < 32 else EvseStatus.AVAILABLE
            await told.publisher.publish_status(evse_id(second % 8), status, at)
            await told.publisher.publish([place(second % 8, hotline=f"+31200000{second:03}")])
            for lane in await told.outbox.due():
                await told.outbox.drain(lane)

    await asyncio.gather(tell(one, 0), tell(other, 1))
    await one.deliver()
    state = one.state()
    assert set(state["statuses"].values()) == {"Available"}
    assert sorted(record["HotlinePhoneNumber"] for record in state["evses"].values()) == [
        f"+31200000{second:03}" for second in range(32, 40)
    ]
    for database in both:
        database.close()


# --- cost --------------------------------------------------------------------------------------------------------


@contextmanager
def counting(database: Database) -> Iterator[list[int]]:
    """How many rows each statement read or wrote."""
    touched: list[int] = []

    def note(_: Any, cursor: Any, statement: str, *__: Any) -> None:
        if not statement.startswith("BEGIN"):
            touched.append(max(cursor.rowcount, 0))

    event.listen(database.engine, "after_cursor_execute", note)
    yield touched
    event.remove(database.engine, "after_cursor_execute", note)


async def cost(database: Database, fleet: int) -> tuple[int, int, int]:
    """(statements to take a status, statements to send it, most rows that one of them touched)."""
    one = stand(database, [connection()])
    await database.write(
        lambda t: publications.added(t, rows(fleet, there="yes", accepted=ROW.wanted, state="current"))
    )
    await database.write(lambda t: publications.noted(t, "hubject", baseline_at="2026-03-01"))
    await one.publisher.publish([place(1)])
    await one.deliver()
    with counting(database) as telling:
        await one.publisher.publish_status(evse_id(1), EvseStatus.CHARGING, BEGIN + timedelta(minutes=1))
    with counting(database) as sending:
        await one.deliver()
    assert one.state()["statuses"] == {"NL*LON*E0001*1": "Occupied"}
    return len(telling), len(sending), max(telling + sending)


async def test_a_status_costs_the_same_however_large_the_fleet(database: Database) -> None:
    small = await cost(database, 10)
    await database.write(lambda t: publications.dropped(t, publications.listed(t)))
    assert await cost(database, 3000) == small
    assert small[0] == (2 if database.is_sqlite else 3)
    assert small[2] <= 2


def test_what_is_due_is_looked_up_by_an_index(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL plans by its statistics")
    with database.engine.begin() as transaction:
        for condition in ("state IN ('insert', 'update')", "status_state = 'due'"):
            plan = transaction.exec_driver_sql(
                f"EXPLAIN QUERY PLAN SELECT * FROM gateway_publications WHERE connection = 'x' AND {condition}"
            ).all()
            assert "USING INDEX" in str(plan)
            assert f"{condition.partition(' ')[0]}=?" in str(plan)
