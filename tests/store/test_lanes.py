from datetime import UTC, datetime, timedelta

import pytest

from gateway.store import Database, budgets, lanes
from gateway.store.database import stamp
from gateway.store.lanes import Lane

NOW = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=31)


def test_a_lane_is_leased_by_one_renewed_by_it_and_taken_over_when_it_has_died(database: Database) -> None:
    with database.engine.begin() as transaction:
        assert lanes.leased(transaction, "toy/cdr", "one", NOW, 30)
        assert not lanes.leased(transaction, "toy/cdr", "two", NOW, 30)
        assert lanes.leased(transaction, "toy/cdr", "one", NOW + timedelta(seconds=10), 30)
        assert not lanes.leased(transaction, "toy/cdr", "two", LATER, 30)
        assert lanes.leased(transaction, "toy/cdr", "two", NOW + timedelta(seconds=41), 30)
        assert not lanes.held(transaction, "toy/cdr", "one")
        assert lanes.held(transaction, "toy/cdr", "two")


def test_a_lane_that_was_taken_over_is_not_given_back_by_the_one_that_lost_it(database: Database) -> None:
    with database.engine.begin() as transaction:
        lanes.leased(transaction, "toy/cdr", "one", NOW, 30)
        lanes.leased(transaction, "toy/cdr", "two", LATER, 30)
        lanes.released(transaction, "toy/cdr", "one")
        assert lanes.held(transaction, "toy/cdr", "two")
        lanes.released(transaction, "toy/cdr", "two")
        assert lanes.leases(transaction, NOW) == []
        assert lanes.leased(transaction, "toy/cdr", "three", LATER, 30)


def test_the_only_worker_of_a_store_releases_all_leases_at_its_start_and_keeps_the_pauses(database: Database) -> None:
    with database.engine.begin() as transaction:
        lanes.leased(transaction, "toy/a", "dead", NOW, 30)
        lanes.leased(transaction, "toy/b", "dead", NOW, 30)
        lanes.paused(transaction, "toy/b", NOW, "the hub is being moved")
        lanes.all_released(transaction)
        assert lanes.leases(transaction, NOW) == []
        assert lanes.pauses(transaction) == [Lane(lane="toy/b", paused_at=stamp(NOW), reason="the hub is being moved")]


def test_a_paused_lane_holds_up_itself_and_those_below_it_until_it_is_resumed(database: Database) -> None:
    with database.engine.begin() as transaction:
        lanes.paused(transaction, "toy/cdr", NOW, "wait")
        pauses = lanes.pauses(transaction)
        found = {lane: lanes.pause_of(lane, pauses) for lane in ("toy/cdr", "toy/cdr/S1", "toy/cdrs", "toy/evse-data")}
        assert {lane for lane, pause in found.items() if pause} == {"toy/cdr", "toy/cdr/S1"}
        assert lanes.resumed(transaction, "toy/cdr")
        assert not lanes.resumed(transaction, "toy/cdr")
        assert lanes.pauses(transaction) == []


@pytest.mark.parametrize("per_minute", [1, 6, 60, 350, 2000])
def test_no_minute_has_more_calls_than_the_budget_however_they_are_asked_for(
    database: Database, per_minute: int
) -> None:
    made: list[float] = []
    with database.engine.begin() as transaction:
        moment = 0.0
        while moment < 180 and len(made) < 700:
            now = NOW + timedelta(seconds=moment)
            wait = budgets.spent(transaction, "toy", "SubmitCdr", per_minute, now)
            if wait == 0:
                made.append(moment)
            moment += max(wait, 0.001) if wait else 0.0
    worst = max(sum(1 for one in made if start <= one < start + 60) for start in made)
    assert worst <= per_minute
    assert made[-1] - made[0] > 0 or per_minute > 1


def test_a_kind_without_a_budget_is_never_held_up_unless_the_hub_asks_for_rest(database: Database) -> None:
    with database.engine.begin() as transaction:
        assert [budgets.spent(transaction, "toy", "PublishEvses", None, NOW) for _ in range(3)] == [0.0, 0.0, 0.0]
        budgets.closed(transaction, "toy", "PublishEvses", NOW, 20)
        assert budgets.spent(transaction, "toy", "PublishEvses", None, NOW + timedelta(seconds=5)) == 15
        assert budgets.spent(transaction, "toy", "SubmitCdr", None, NOW) == 0
        assert budgets.waits(transaction, {}, NOW) == {("toy", "PublishEvses"): 20}
        assert budgets.spent(transaction, "toy", "PublishEvses", None, NOW + timedelta(seconds=21)) == 0
