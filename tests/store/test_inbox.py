from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from gateway.store import Database, inbox, tables
from gateway.store.database import Transaction, stamp

NOW = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=61)
ONE, OTHER = inbox.Lease("one", 60), inbox.Lease("other", 60)
UNTIL = stamp(NOW + timedelta(seconds=60))


def receive(transaction: Transaction, key: str = "S-1", **changed: object) -> tuple[inbox.Item, bool]:
    values = {"connection": "toy", "kind": "SubmitCdr", "message": '{"cdr": {}}', "now": NOW}
    return inbox.put(transaction, key=key, **{**values, **changed})  # type: ignore[arg-type]


def question(transaction: Transaction, key: str = "Q-1", **changed: Any) -> tuple[inbox.Item, bool]:
    values = {"connection": "toy", "kind": "StartSession", "now": NOW, "lease": ONE, "keep_seconds": 3600.0}
    return inbox.asked(transaction, key=key, **{**values, **changed})


def test_what_is_received_is_stored_and_due_at_once(database: Database) -> None:
    with database.engine.begin() as transaction:
        item, new = receive(transaction)
        assert new
        assert item == inbox.Item(
            id=item.id,
            connection="toy",
            key="S-1",
            kind="SubmitCdr",
            message='{"cdr": {}}',
            next_try_at=stamp(NOW),
            received_at=stamp(NOW),
        )
        assert inbox.due(transaction, NOW) == [item]
        assert inbox.connections_due(transaction, NOW) == ["toy"]


def test_the_same_cdr_received_twice_is_one_item_with_the_first_content(database: Database) -> None:
    with database.engine.begin() as transaction:
        first, _ = receive(transaction)
        again, new = receive(transaction, message='{"cdr": {"id": "other"}}', now=NOW + timedelta(hours=1))
        assert not new
        assert again == first
        assert inbox.listed(transaction) == [first]


def test_the_same_key_on_another_connection_is_another_item(database: Database) -> None:
    with database.engine.begin() as transaction:
        receive(transaction)
        other, new = receive(transaction, connection="other")
        assert new
        assert inbox.listed(transaction, "other") == [other]
        assert len(inbox.listed(transaction)) == 2


def test_an_item_stays_due_until_it_is_answered_and_is_known_ever_after(database: Database) -> None:
    with database.engine.begin() as transaction:
        item, _ = receive(transaction)
        inbox.postpone(transaction, item, NOW + timedelta(seconds=10), "the backend is down")
        assert inbox.due(transaction, NOW + timedelta(seconds=9)) == []
        (again,) = inbox.due(transaction, NOW + timedelta(seconds=10))
        assert (again.id, again.tries, again.words) == (item.id, 1, "the backend is down")
        inbox.done(transaction, again, '{"accepted": true}')
        assert inbox.due(transaction, NOW + timedelta(days=1)) == []
        known, new = receive(transaction)
        assert not new
        assert (known.handed_over, known.answer, known.words) == (True, '{"accepted": true}', None)


def test_what_is_due_comes_oldest_first_and_in_portions(database: Database) -> None:
    with database.engine.begin() as transaction:
        items = [receive(transaction, f"S-{number}")[0] for number in range(5)]
        assert inbox.due(transaction, NOW, limit=3) == items[:3]


def test_an_item_joins_the_callers_own_transaction(database: Database) -> None:
    try:
        with database.engine.begin() as transaction:
            receive(transaction, key="K" * 2000)
            raise RuntimeError("not acknowledged")
    except RuntimeError:
        with database.engine.begin() as transaction:
            assert inbox.listed(transaction) == []


# --- leases ------------------------------------------------------------------------------------------------------


def test_of_two_workers_one_has_a_connections_oldest_item_and_the_other_nothing(database: Database) -> None:
    with database.engine.begin() as transaction:
        first, second = (receive(transaction, key)[0] for key in ("S-1", "S-2"))
        mine = inbox.taken(transaction, "toy", NOW, ONE)
        assert mine is not None
        assert (mine.id, mine.owner, mine.leased_until) == (first.id, "one", UNTIL)
        assert inbox.taken(transaction, "toy", NOW, OTHER) is None
        inbox.done(transaction, mine, "{}")
        following = inbox.taken(transaction, "toy", NOW, OTHER)
        assert following is not None
        assert (following.id, following.owner) == (second.id, "other")


def test_of_a_kind_in_order_an_item_waits_for_the_older_ones_of_its_name(database: Database) -> None:
    def told(key: str) -> inbox.Item:
        return receive(transaction, key, kind="Delivery")[0]

    def next_key() -> str | None:
        item = inbox.taken(transaction, "toy", NOW, ONE, {"Delivery"})
        if item is not None:
            inbox.done(transaction, item, "{}")
        return item and item.key

    with database.engine.begin() as transaction:
        for key in ("delivery/1/1", "delivery/2/1"):
            inbox.postpone(transaction, told(key), LATER, "down")
        for key in ("delivery/1/2", "delivery/11/1", "delivery/2/2"):
            told(key)
        receive(transaction, "delivery/1/3")
        assert [next_key(), next_key(), next_key()] == ["delivery/11/1", "delivery/1/3", None]
        postponed = inbox.listed(transaction)[0]
        inbox.put_aside(transaction, postponed, "it cannot be read", NOW)
        assert [next_key(), next_key()] == ["delivery/1/2", None]


def test_connections_do_not_wait_for_each_other(database: Database) -> None:
    with database.engine.begin() as transaction:
        receive(transaction)
        other, _ = receive(transaction, connection="other")
        assert inbox.taken(transaction, "toy", NOW, ONE) is not None
        mine = inbox.taken(transaction, "other", NOW, ONE)
        assert mine is not None
        assert mine.id == other.id


def test_the_item_of_a_worker_that_died_is_taken_over_when_its_lease_has_ended(database: Database) -> None:
    with database.engine.begin() as transaction:
        item, _ = receive(transaction)
        inbox.taken(transaction, "toy", NOW, ONE)
        assert inbox.taken(transaction, "toy", NOW + timedelta(seconds=60), OTHER) is None
        mine = inbox.taken(transaction, "toy", LATER, OTHER)
        assert mine is not None
        assert (mine.id, mine.owner) == (item.id, "other")
        assert not inbox.renewed(transaction, item.id, LATER, ONE)
        assert inbox.renewed(transaction, item.id, LATER, OTHER)


def test_a_lease_is_renewed_and_given_back(database: Database) -> None:
    with database.engine.begin() as transaction:
        item, _ = receive(transaction, lease=ONE)
        assert item.is_leased(NOW)
        assert inbox.renewed(transaction, item.id, NOW + timedelta(seconds=40), ONE)
        assert inbox.claimed(transaction, item.id, LATER, OTHER) is None
        inbox.given_back(transaction, item)
        assert inbox.claimed(transaction, item.id, LATER, OTHER) is not None


def test_what_a_process_that_died_had_in_hand_can_be_freed_at_once(database: Database) -> None:
    with database.engine.begin() as transaction:
        item, _ = receive(transaction, lease=ONE)
        asked, _ = question(transaction)
        inbox.all_given_back(transaction)
        assert [inbox.claimed(transaction, one.id, NOW, OTHER) is not None for one in (item, asked)] == [True, True]


def test_an_item_may_be_known_for_a_while_only(database: Database) -> None:
    with database.engine.begin() as transaction:
        item, _ = receive(transaction)
        inbox.done(transaction, item, "{}", NOW + timedelta(days=7))
        assert [one.id for one in inbox.listed(transaction)] == [item.id]
        assert inbox.forgotten(transaction, NOW + timedelta(days=8)) == 1
        assert inbox.listed(transaction) == []


def test_what_is_put_aside_is_not_due_and_not_claimed_until_somebody_takes_it_up_again(database: Database) -> None:
    with database.engine.begin() as transaction:
        spoilt, _ = receive(transaction, "S-1")
        good, _ = receive(transaction, "S-2")
        inbox.put_aside(transaction, spoilt, "it cannot be read", NOW)
        assert inbox.due(transaction, NOW) == [good]
        assert inbox.claimed(transaction, spoilt.id, NOW, ONE) is None
        assert [(one.id, one.words) for one in inbox.listed(transaction, aside=True)] == [
            (spoilt.id, "it cannot be read")
        ]
        assert inbox.taken_up_again(transaction, spoilt.id, NOW)
        assert not inbox.taken_up_again(transaction, good.id, NOW)
        assert [one.id for one in inbox.due(transaction, NOW)] == [spoilt.id, good.id]


async def test_two_who_store_one_key_at_the_same_time_find_one_item(database: Database) -> None:
    with database.engine.begin() as transaction:
        item, _ = receive(transaction)
    values = {"connection": "toy", "key": "S-1", "kind": "SubmitCdr", "message": "{}", "tries": 0}
    times = {"next_try_at": stamp(NOW), "received_at": stamp(NOW), "handed_over": False}
    blind = insert(tables.inbox).values(**values, **times)
    with pytest.raises(inbox.StoredMeanwhile):
        await database.write(lambda transaction: transaction.execute(blind))
    assert await database.read(inbox.listed) == [item]


# --- remembered answers ------------------------------------------------------------------------------------------


def test_a_question_is_stored_without_its_words_and_is_nothing_to_hand_over(database: Database) -> None:
    with database.engine.begin() as transaction:
        item, new = question(transaction)
        assert new
        assert item == inbox.Item(
            id=item.id,
            connection="toy",
            key="Q-1",
            kind="StartSession",
            message="",
            handed_over=True,
            tries=1,
            owner="one",
            leased_until=UNTIL,
            forgotten_at=stamp(NOW + timedelta(hours=1)),
            next_try_at=stamp(NOW),
            received_at=stamp(NOW),
        )
        assert inbox.due(transaction, LATER) == []
        assert inbox.listed(transaction) == []


def test_an_answer_is_remembered_until_its_time_is_over(database: Database) -> None:
    with database.engine.begin() as transaction:
        item, _ = question(transaction)
        inbox.answered(transaction, item, '{"status": "ACCEPTED"}', NOW + timedelta(seconds=30))
        again, new = question(transaction, now=NOW + timedelta(seconds=30), lease=OTHER)
        assert (again.id, again.answer, again.owner, new) == (item.id, '{"status": "ACCEPTED"}', None, False)
        fresh, new = question(transaction, now=NOW + timedelta(seconds=31), lease=OTHER)
        assert (fresh.answer, fresh.owner, new) == (None, "other", True)


def test_a_failed_question_is_remembered_by_its_words_and_a_dropped_one_not_at_all(database: Database) -> None:
    with database.engine.begin() as transaction:
        item, _ = question(transaction)
        inbox.failed(transaction, item, "the command failed", NOW + timedelta(hours=1))
        again, new = question(transaction)
        assert (again.words, again.answer, again.is_leased(NOW), new) == ("the command failed", None, False, False)
        inbox.dropped(transaction, item)
        assert question(transaction)[1]


def test_only_answers_whose_time_is_over_are_forgotten(database: Database) -> None:
    with database.engine.begin() as transaction:
        received, _ = receive(transaction)
        for number, seconds in enumerate((10, 20, 30)):
            item, _ = question(transaction, f"Q-{number}")
            inbox.answered(transaction, item, "{}", NOW + timedelta(seconds=seconds))
        assert inbox.forgotten(transaction, NOW + timedelta(seconds=25)) == 2
        assert inbox.found(transaction, "toy", "Q-2") is not None
        assert inbox.found(transaction, "toy", "Q-1") is None
        assert inbox.listed(transaction) == [received]
