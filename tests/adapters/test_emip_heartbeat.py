"""The heartbeat: when the next one is, whose, and what it tells of the hub's clock."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.errors import NoAnswer
from gateway.http import HttpResponse
from gateway.ports import Beat, Beats
from gateway.store import Database, heartbeats
from gateway_emip import adapter, forms, wire
from tests.adapters.emip_values import AS_CPO, AS_EMSP, DELON, LON, MSP, NOON, said, sent
from tests.support import FakeLink, Recorder


def answered(period: int | None = 300, time: datetime | None = NOON, status: str = "1") -> HttpResponse:
    return said(
        wire.HeartBeatResponse(heart_beat_period=period, current_time=time, transaction_id="T", request_status=status)
    )


async def beaten(hub: FakeLink) -> Beats:
    (job,) = adapter.jobs
    assert job.run is not None
    found = await job.run(hub, Recorder())
    assert isinstance(found, Beats)
    return found


EACH = replace(AS_CPO, options={"heartbeat_per_operator": True})


async def test_one_for_the_partner_with_its_main_operator() -> None:
    hub = FakeLink(AS_CPO, [answered(600)], moment=NOON)
    expected = Beat(operator=LON, at=NOON, period_seconds=600, ahead_seconds=0)
    assert await beaten(hub) == Beats(600, [expected])
    told = sent(hub.asked[0], forms.HEARTBEAT)
    assert (told.partner_id, told.operator_id) == ("NL*LON", "NL*LON")


async def test_a_provider_is_alive_as_well() -> None:
    found = await beaten(FakeLink(AS_EMSP, [answered()], moment=NOON))
    assert [one.operator for one in found.beats] == [MSP]


async def test_the_main_operator_may_be_another_than_the_partner() -> None:
    hub = FakeLink(replace(AS_CPO, options={"main_operator": "DE*LON"}), [answered()], moment=NOON)
    assert [one.operator for one in (await beaten(hub)).beats] == [DELON]
    told = sent(hub.asked[0], forms.HEARTBEAT)
    assert (told.partner_id, told.operator_id) == ("NL*LON", "DE*LON")


async def test_one_for_each_operator_and_the_shortest_period_counts() -> None:
    hub = FakeLink(EACH, [answered(600), answered(120)], moment=NOON)
    found = await beaten(hub)
    assert found.wait_seconds == 120
    assert [(one.operator, one.period_seconds) for one in found.beats] == [(LON, 600), (DELON, 120)]


@pytest.mark.parametrize(
    ("wanted", "seconds"),
    [(0, 300), (-5, 30), (1, 30), (30, 30), (2000, 2000), (3600, 3600), (10**9, 3600)],
)
async def test_the_period_is_held_within_bounds(wanted: int | None, seconds: int) -> None:
    assert (await beaten(FakeLink(AS_CPO, [answered(wanted)]))).wait_seconds == seconds


async def test_what_one_operator_is_refused_does_not_silence_the_other() -> None:
    hub = FakeLink(EACH, [NoAnswer("the connection broke"), answered(600)], moment=NOON)
    found = await beaten(hub)
    assert found.wait_seconds == 60
    told = [(one.operator, bool(one.words), one.ahead_seconds) for one in found.beats]
    assert told == [(LON, True, None), (DELON, False, 0)]
    refused = await beaten(FakeLink(AS_CPO, [answered(status="10502")]))
    assert refused.beats[0].words.startswith("10502")


@pytest.mark.parametrize(
    ("written", "ahead"),
    [
        ("2026-01-15T12:01:30Z", 90),
        ("2026-01-15T12:00:00", 0),
        ("2026-01-15T12:59:00+01:00", -60),
        ("2026-01-15T11:00:00.500", -3599.5),
        ("2026-01-15T14:00:00+02:00", 0),
    ],
)
async def test_the_clock_of_the_hub_is_compared_with_ours(written: str, ahead: float) -> None:
    body = answered().body.replace(b"2026-01-15T12:00:00Z", written.encode())
    assert written.encode() in body
    hub = FakeLink(AS_CPO, [replace(answered(), body=body)], moment=NOON)
    assert [one.ahead_seconds for one in (await beaten(hub)).beats] == [ahead]


# --- what is written down ----------------------------------------------------------------------------------------


@pytest.fixture
def database() -> Database:
    made = Database()
    made.migrate()
    return made


async def listed(database: Database, now: datetime) -> list[tuple[str, float, float | None, str | None]]:
    pulses = await database.read(lambda transaction: heartbeats.listed(transaction, now))
    return [(one.operator, one.overdue_seconds, one.ahead_seconds, one.words) for one in pulses]


async def heard(database: Database, beat: Beat) -> None:
    await database.write(
        lambda transaction: heartbeats.heard(
            transaction,
            connection="gireve",
            operator=beat.operator.compact,
            at=beat.at,
            period_seconds=beat.period_seconds,
            ahead_seconds=beat.ahead_seconds,
            words=beat.words,
        )
    )


async def test_a_heartbeat_is_overdue_after_its_period_and_a_little_more(database: Database) -> None:
    await heard(database, Beat(operator=LON, at=NOON, period_seconds=300, ahead_seconds=1.5))
    for seconds, overdue in ((0, 0), (300, 0), (360, 0), (361, 61), (1000, 700)):
        assert await listed(database, NOON + timedelta(seconds=seconds)) == [("NLLON", overdue, 1.5, None)]


async def test_a_failure_keeps_what_the_last_answer_told(database: Database) -> None:
    await heard(database, Beat(operator=LON, at=NOON, period_seconds=600, ahead_seconds=1.5))
    later = NOON + timedelta(seconds=900)
    await heard(database, Beat(operator=LON, at=later, period_seconds=300, words="no answer"))
    assert await listed(database, later) == [("NLLON", 300, 1.5, "no answer")]
    await heard(database, Beat(operator=LON, at=later, period_seconds=600, ahead_seconds=0.0))
    assert await listed(database, later) == [("NLLON", 0, 0.0, None)]


async def test_one_that_was_never_answered_is_overdue_since_it_was_tried(database: Database) -> None:
    await heard(database, Beat(operator=LON, at=NOON, period_seconds=300, words="refused"))
    assert await listed(database, NOON + timedelta(seconds=5)) == [("NLLON", 5, None, "refused")]
