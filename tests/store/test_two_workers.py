"""Two processes on one PostgreSQL that meet at the worst moments."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from gateway.errors import Refused
from gateway.model import messages as m
from gateway.store import Database, budgets, outbox
from tests.support.desk import CAREFUL, TAKEN, Desk, cdr

POSTGRES = os.environ.get("ROAMING_GATEWAY_TEST_POSTGRES", "")
pytestmark = pytest.mark.skipif(not POSTGRES, reason="ROAMING_GATEWAY_TEST_POSTGRES names no server")
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
MORE = cdr(energy_kwh=Decimal(99))


@pytest.fixture
async def tables() -> AsyncIterator[tuple[Desk, Desk]]:
    """Two desks, each with a connection of its own to the same tables."""
    schema = f"roaming_{uuid4().hex[:8]}"
    first = Desk(profile=CAREFUL, database=Database(POSTGRES, schema=schema))
    second = Desk(profile=CAREFUL, database=Database(POSTGRES, schema=schema))
    yield first, second
    with first.database.engine.begin() as transaction:
        transaction.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
    first.database.close()
    second.database.close()


async def test_a_correction_waits_for_the_worker_that_takes_the_entry_and_is_then_set_aside(
    tables: tuple[Desk, Desk],
) -> None:
    one, other = tables
    owed = await one.outbox.submit("toy", cdr())
    plain = one.send

    async def send(connection: str, message: m.Message[Any], steady: Any) -> m.Answer:
        assert (await other.outbox.submit("toy", MORE)).state == "refused"
        return await plain(connection, message, steady)

    one.outbox._attempts._send = send
    await one.outbox.drain(owed.lane)
    assert one.sent == [cdr()]
    assert [entry.state for entry in await one.outbox.listed()] == ["accepted", "refused"]


async def test_a_worker_that_read_the_old_content_does_not_send_it_after_a_correction(
    tables: tuple[Desk, Desk],
) -> None:
    one, other = tables
    owed = await one.outbox.submit("toy", cdr())
    stale = await one.database.read(lambda transaction: outbox.get(transaction, owed.id))
    await other.outbox.submit("toy", MORE)
    with pytest.raises(outbox.ChangedMeanwhile):
        await one.database.write(lambda transaction: outbox.change(transaction, stale, "sending", NOW, tries=1))


async def test_the_same_cdr_from_two_processes_at_once_is_one_entry_for_both(tables: tuple[Desk, Desk]) -> None:
    one, other = tables
    with other.database.engine.connect() as slow:
        transaction = slow.begin()
        other.outbox.owe(other.database.joined(slow), "toy", cdr())

        waiting = asyncio.create_task(one.outbox.submit("toy", cdr()))
        await asyncio.sleep(0.2)
        transaction.commit()
    owed = await asyncio.wait_for(waiting, 10)
    assert [entry.id for entry in await one.outbox.listed()] == [owed.id]


async def test_words_that_postgresql_cannot_store_do_not_hold_the_lane(tables: tuple[Desk, Desk]) -> None:
    one, _ = tables
    one.replies = {"C1": [Refused("018", "no \x00 place")], "C2": [TAKEN]}
    owed = await one.outbox.submit("toy", cdr())
    await one.outbox.drain(owed.lane)
    assert [(entry.state, entry.words) for entry in await one.outbox.listed()] == [("refused", "no \ufffd place")]


async def test_a_budget_is_one_for_processes_whose_clocks_differ(tables: tuple[Desk, Desk]) -> None:
    one, other = tables
    made = 0
    for step in range(1200):
        now = NOW + timedelta(seconds=step * 0.05, milliseconds=500 * (step % 2))
        database = (one, other)[step % 2].database
        made += await database.write(lambda t, now=now: budgets.spent(t, "toy", "SubmitCdr", 300, now)) == 0  # type: ignore[misc]
    assert 250 <= made <= 300
