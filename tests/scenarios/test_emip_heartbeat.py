"""Heartbeats of a running gateway, and what its health says of them."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.errors import NoAnswer
from gateway.exposition import exposition
from gateway.gateway import Gateway
from gateway.monitoring import Monitor
from gateway_emip import wire
from tests.adapters.emip_values import AS_CPO, said
from tests.support import FakeLink

EACH = replace(AS_CPO, options={"heartbeat_per_operator": True})


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def answered(period: int, ahead: float = 0.0) -> Any:
    return said(
        wire.HeartBeatResponse(
            heart_beat_period=period,
            current_time=now() + timedelta(seconds=ahead),
            transaction_id="T",
            request_status="1",
        )
    )


class Link(FakeLink):
    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    """Its hub answers for the first operator with a clock two minutes ahead, and is silent for the second."""
    replies = [answered(600, ahead=120), NoAnswer("the connection broke")]
    made = Gateway({"gireve": EACH}, object(), link=lambda connection: Link(connection, replies))
    async with made:
        yield made


async def test_an_overdue_heartbeat_and_a_clock_that_differs_show_in_the_health(gateway: Gateway) -> None:
    clock = [datetime.now(UTC)]
    monitor = Monitor(gateway.database, gateway.known, gateway.metrics, gateway.engine, now=lambda: clock[0])
    found: list[dict[str, Any]] = []
    for _ in range(200):
        _, details = await monitor.ready()
        found = details["heartbeats"]
        if len(found) == 2:
            break
        await asyncio.sleep(0.05)
    german, dutch = found
    assert (dutch["operator"], dutch["period_seconds"], dutch["overdue_seconds"]) == ("NLLON", 600, 0)
    assert dutch["clock_ahead_seconds"] == pytest.approx(119.5, abs=3)
    assert dutch["clock_differs"] is True
    assert (german["operator"], german["last"], german["clock_ahead_seconds"]) == ("DELON", None, None)
    clock[0] += timedelta(seconds=1000)
    _, details = await monitor.ready()
    overdue = {one["operator"]: one["overdue_seconds"] for one in details["heartbeats"]}
    assert overdue["NLLON"] == pytest.approx(400, abs=5)
    assert overdue["DELON"] == pytest.approx(1000, abs=5)
    (failing,) = details["failing"]
    assert (failing["job"], failing["failures"]) == ("heartbeat", 1)
    page = exposition(gateway.metrics, await monitor.snapshot()).decode()
    labels = r'\{connection="gireve",operator="NLLON"\}'
    late = re.search(f"roaming_gateway_heartbeat_overdue_seconds{labels} ([0-9.]+)", page)
    ahead = re.search(f"roaming_gateway_hub_clock_ahead_seconds{labels} ([0-9.]+)", page)
    assert late is not None
    assert ahead is not None
    assert (float(late[1]), float(ahead[1])) == (pytest.approx(400, abs=5), pytest.approx(119.5, abs=3))
    assert json.dumps(details["heartbeats"])


async def test_the_next_heartbeat_is_planned_as_the_hub_wants_it(gateway: Gateway) -> None:
    monitor = Monitor(gateway.database, gateway.known, gateway.metrics, gateway.engine)
    turn = None
    for _ in range(200):
        snapshot = await monitor.snapshot()
        turn = next((one for one in snapshot.turns if one.job == "heartbeat" and one.failures), None)
        if turn is not None:
            break
        await asyncio.sleep(0.05)
    assert turn is not None
    seconds = (datetime.fromisoformat(turn.next_at) - datetime.now(UTC)).total_seconds()
    assert 45 < seconds <= 60
    assert "DE*LON" in (turn.words or "")
