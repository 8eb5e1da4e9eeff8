from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from gateway.store import Database, figures, lanes
from gateway.store.database import Transaction, stamp
from gateway.store.figures import Backlog, Queue
from gateway.store.tables import budgets, inbox, outbox, sessions

NOW = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)


def before(seconds: float) -> str:
    return stamp(NOW - timedelta(seconds=seconds))


def owe(transaction: Transaction, lane: str, **changed: Any) -> None:
    values = {
        "connection": lane.partition("/")[0],
        "lane": lane,
        "key": f"{lane} {changed}",
        "kind": "SubmitCdr",
        "message": "{}",
        "state": "waiting",
        "tries": 0,
        "unknown_tries": 0,
        "next_try_at": before(60),
        "created_at": before(60),
        "changed_at": before(60),
    }
    transaction.execute(insert(outbox).values(**{**values, **changed}))


def test_queues_are_counted_by_connection_kind_and_state(database: Database) -> None:
    with database.engine.begin() as transaction:
        owe(transaction, "a/cdr/1", created_at=before(90), deadline_at=before(1))
        owe(transaction, "a/cdr/2", deadline_at=before(-1))
        owe(transaction, "a/cdr/3", state="unknown")
        owe(transaction, "b/evse-data", kind="PublishEvses")
        owe(transaction, "a/cdr/4", state="accepted")
        found = figures.queues(transaction, NOW)
    common = {"kind": "SubmitCdr", "connection": "a"}
    assert found == [
        Queue(**common, state="unknown", count=1, oldest=before(60), overdue=0),
        Queue(**common, state="waiting", count=2, oldest=before(90), overdue=1),
        Queue(connection="b", kind="PublishEvses", state="waiting", count=1, oldest=before(60), overdue=0),
    ]


def test_a_lane_is_stuck_when_nobody_takes_up_its_oldest_entry(database: Database) -> None:
    with database.engine.begin() as transaction:
        for lane in ("a/stuck", "a/waits", "a/held", "a/died", "a/paused/1", "gone/cdr"):
            owe(transaction, lane, next_try_at=before(700 if lane != "a/waits" else -10))
        owe(transaction, "a/waits", next_try_at=before(700), key="behind")
        lanes.leased(transaction, "a/held", "one", NOW, 30)
        lanes.leased(transaction, "a/died", "one", NOW - timedelta(seconds=60), 30)
        lanes.paused(transaction, "a/paused", NOW, "the hub is being moved")
        assert figures.stuck(transaction, {"a"}, NOW, 600) == ["a/stuck", "a/died"]
        assert figures.stuck(transaction, {"a"}, NOW, 800) == []


def test_the_inbox_is_counted_until_the_backend_has_answered(database: Database) -> None:
    with database.engine.begin() as transaction:
        for number, handed_over in enumerate((False, False, True)):
            values = {"connection": "a", "key": str(number), "kind": "SubmitCdr", "message": "{}", "tries": 0}
            times = {"next_try_at": stamp(NOW), "received_at": before(number * 10)}
            transaction.execute(insert(inbox).values(**values, **times, handed_over=handed_over))
        assert figures.backlog(transaction) == [Backlog(connection="a", count=2, oldest=before(10))]


def test_somebody_charges_where_a_session_is_open_for_long_and_for_no_longer_than_a_day(database: Database) -> None:
    ages = {"new": 10, "charging": 4000, "forgotten": 90_000, "ended": 4000}
    with database.engine.begin() as transaction:
        for name, age in ages.items():
            status = "COMPLETED" if name == "ended" else "ACTIVE"
            values = {"id": name, "connection": name, "status": status, "evse_unknown_at_hub": False}
            transaction.execute(insert(sessions).values(**values, began_at=before(age), changed_at=before(age)))
        assert figures.with_sessions(transaction, NOW - timedelta(seconds=3600)) == ["charging"]


def test_the_newest_sign_of_life_counts(database: Database) -> None:
    with database.engine.begin() as transaction:
        for sign, age in (("accepted", 30), ("called", 20), ("called", 25), ("accepted", 40)):
            figures.hear(transaction, "a", sign, NOW - timedelta(seconds=age))
        assert figures.heard(transaction) == {"a": before(20)}


def test_what_is_left_of_a_budget_is_a_share_and_nothing_while_the_hub_is_closed(database: Database) -> None:
    limits = {("a", "used"): 60, ("a", "unused"): 60, ("a", "closed"): 60}
    with database.engine.begin() as transaction:
        for kind, closed_until in (("used", None), ("closed", before(-5))):
            values = {"connection": "a", "kind": kind, "tokens": 5.0, "at": stamp(NOW), "closed_until": closed_until}
            transaction.execute(insert(budgets).values(**values))
        left = figures.budgets_left(transaction, limits, NOW)
    assert left == {("a", "used"): 0.5, ("a", "unused"): 1.0, ("a", "closed"): 0.0}


def test_the_schema_of_a_migrated_store_is_the_newest(database: Database) -> None:
    with database.engine.begin() as transaction:
        assert figures.version(transaction) == figures.newest()
