from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import Connection as Transaction
from sqlalchemy import update

from gateway.store import Database, outbox
from gateway.store import tables as t
from gateway.store.database import stamp

NOW = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)
STATES = tuple(outbox.TRANSITIONS)
ALLOWED = {
    ("waiting", "sending"),
    ("waiting", "withdrawn"),
    ("sending", "waiting"),
    ("sending", "unknown"),
    ("sending", "accepted"),
    ("sending", "refused"),
    ("unknown", "sending"),
    ("unknown", "withdrawn"),
    ("refused", "waiting"),
    ("refused", "withdrawn"),
}


def owe(transaction: Transaction, key: str = "k", lane: str = "toy/cdr", **changed: object) -> outbox.Entry:
    values = {"connection": "toy", "kind": "SubmitCdr", "message": '{"cdr": {}}', "session": "S-1", "now": NOW}
    return outbox.add(transaction, key=key, lane=lane, **{**values, **changed})  # type: ignore[arg-type]


def put_into(transaction: Transaction, entry: outbox.Entry, state: str) -> outbox.Entry:
    transaction.execute(update(t.outbox).where(t.outbox.c.id == entry.id).values(state=state))
    return outbox.get(transaction, entry.id)


def test_a_new_entry_waits_and_may_be_tried_at_once(database: Database) -> None:
    with database.engine.begin() as transaction:
        entry = owe(transaction)
        assert entry == outbox.Entry(
            id=entry.id,
            connection="toy",
            lane="toy/cdr",
            key="k",
            kind="SubmitCdr",
            message='{"cdr": {}}',
            session="S-1",
            state="waiting",
            tries=0,
            unknown_tries=0,
            code=None,
            words=None,
            answer=None,
            next_try_at="2026-01-15T12:00:00.000000+00:00",
            created_at="2026-01-15T12:00:00.000000+00:00",
            changed_at="2026-01-15T12:00:00.000000+00:00",
        )
        assert outbox.history(transaction, entry.id) == [(stamp(NOW), "waiting", None)]


def test_the_same_key_at_the_same_connection_is_one_entry(database: Database) -> None:
    with database.engine.begin() as transaction:
        first = owe(transaction)
        again = owe(transaction, message='{"cdr": {"id": "other"}}', lane="elsewhere")
        assert again == first
        assert outbox.listed(transaction) == [first]
        assert outbox.history(transaction, first.id) == [(stamp(NOW), "waiting", None)]


def test_the_same_key_at_another_connection_is_another_entry(database: Database) -> None:
    with database.engine.begin() as transaction:
        one, other = owe(transaction), owe(transaction, connection="other")
        assert [entry.id for entry in outbox.listed(transaction)] == [one.id, other.id]
        assert outbox.listed(transaction, connection="other") == [other]


@pytest.mark.parametrize(("before", "after"), list(product(STATES, STATES)))
def test_only_the_changes_of_the_table_are_made(database: Database, before: str, after: str) -> None:
    with database.engine.begin() as transaction:
        entry = put_into(transaction, owe(transaction), before)
        if (before, after) in ALLOWED:
            changed = outbox.change(transaction, entry, after, NOW + timedelta(seconds=1), words="why", tries=7)
            assert (changed.state, changed.words, changed.tries) == (after, "why", 7)
            assert changed.changed_at == stamp(NOW + timedelta(seconds=1))
            assert outbox.history(transaction, entry.id)[-1] == (changed.changed_at, after, "why")
        else:
            with pytest.raises(ValueError, match=f"that is {before} cannot become {after}"):
                outbox.change(transaction, entry, after, NOW)
            assert outbox.get(transaction, entry.id) == entry
            assert len(outbox.history(transaction, entry.id)) == 1


def test_an_entry_that_somebody_else_changed_is_not_changed_again(database: Database) -> None:
    with database.engine.begin() as transaction:
        stale = owe(transaction)
        outbox.change(transaction, stale, "withdrawn", NOW)
        with pytest.raises(ValueError, match="changed by somebody else"):
            outbox.change(transaction, stale, "sending", NOW)
        assert [state for _, state, _ in outbox.history(transaction, stale.id)] == ["waiting", "withdrawn"]


def test_an_entry_that_is_not_there_is_a_key_error(database: Database) -> None:
    with database.engine.begin() as transaction, pytest.raises(KeyError):
        outbox.get(transaction, 4711)


def test_the_oldest_open_entry_of_a_lane_comes_first_whatever_its_state(database: Database) -> None:
    with database.engine.begin() as transaction:
        first, second, third = owe(transaction, "1"), owe(transaction, "2"), owe(transaction, "3")
        owe(transaction, "4", lane="toy/other")
        for state in ("waiting", "sending", "unknown"):
            head = put_into(transaction, first, state)
            assert outbox.oldest(transaction, "toy/cdr") == head
        put_into(transaction, first, "accepted")
        assert outbox.oldest(transaction, "toy/cdr") == second
        put_into(transaction, second, "refused")
        assert outbox.oldest(transaction, "toy/cdr") == third
        put_into(transaction, third, "withdrawn")
        assert outbox.oldest(transaction, "toy/cdr") is None


def test_only_the_head_of_a_lane_can_be_taken_and_only_once(database: Database) -> None:
    with database.engine.begin() as transaction:
        first = owe(transaction, "1")
        owe(transaction, "2")
        taken = outbox.take(transaction, "toy/cdr", NOW)
        assert taken is not None
        assert (taken.id, taken.state, taken.tries) == (first.id, "sending", 1)
        assert outbox.take(transaction, "toy/cdr", NOW) is None


def test_the_head_of_a_lane_is_not_taken_before_its_time_and_nothing_overtakes_it(database: Database) -> None:
    with database.engine.begin() as transaction:
        first = owe(transaction, "1")
        owe(transaction, "2")
        outbox.change(transaction, outbox.change(transaction, first, "sending", NOW), "waiting", NOW,
                      next_try_at=stamp(NOW + timedelta(minutes=1)))  # fmt: skip
        assert outbox.take(transaction, "toy/cdr", NOW + timedelta(seconds=59)) is None
        taken = outbox.take(transaction, "toy/cdr", NOW + timedelta(minutes=1))
        assert taken is not None
        assert taken.id == first.id


def test_lanes_with_work_are_those_with_something_open_by_their_oldest_entry(database: Database) -> None:
    later = stamp(NOW + timedelta(hours=1))
    with database.engine.begin() as transaction:
        first = owe(transaction, "1", "toy/a")
        owe(transaction, "2", "toy/a", now=NOW + timedelta(minutes=5))
        owe(transaction, "3", "toy/b", now=NOW + timedelta(minutes=7))
        put_into(transaction, owe(transaction, "4", "toy/c"), "refused")
        transaction.execute(update(t.outbox).where(t.outbox.c.id == first.id).values(next_try_at=later))
        assert dict(outbox.lanes_with_work(transaction)) == {
            "toy/a": later,
            "toy/b": stamp(NOW + timedelta(minutes=7)),
        }


def test_after_a_crash_what_was_being_sent_is_unknown_and_nothing_else_changes(database: Database) -> None:
    with database.engine.begin() as transaction:
        entries = [put_into(transaction, owe(transaction, state), state) for state in STATES]
        assert outbox.interrupted(transaction, NOW) == 1
        after = {entry.key: (entry.state, entry.unknown_tries) for entry in outbox.listed(transaction)}
        assert after == {state: (state, 0) for state in STATES} | {"sending": ("unknown", 1)}
        sending = next(entry for entry in entries if entry.key == "sending")
        assert outbox.history(transaction, sending.id)[-1] == (stamp(NOW), "unknown", "interrupted while sending")
        assert outbox.interrupted(transaction, NOW) == 0


def test_lists_are_filtered_by_state_connection_and_session_and_limited(database: Database) -> None:
    with database.engine.begin() as transaction:
        one = owe(transaction, "1")
        two = put_into(transaction, owe(transaction, "2", session="S-2"), "accepted")
        three = owe(transaction, "3", connection="other", session=None)
        assert outbox.listed(transaction) == [one, two, three]
        assert outbox.listed(transaction, state="accepted") == [two]
        assert outbox.listed(transaction, session="S-1") == [one]
        assert outbox.listed(transaction, connection="other") == [three]
        assert outbox.listed(transaction, state="accepted", session="S-1") == []
        assert outbox.listed(transaction, limit=2) == [one, two]


def test_an_entry_joins_the_callers_own_transaction_and_goes_with_it(database: Database) -> None:
    with database.engine.connect() as connection:
        transaction = connection.begin()
        values = {"tenant": "default", "operator": "NL*LON", "document": "{}", "created_at": "", "changed_at": ""}
        connection.execute(t.locations.insert().values(id="L", **values))
        owe(connection)
        transaction.rollback()
    with database.engine.begin() as transaction:
        assert outbox.listed(transaction) == []
        assert transaction.execute(t.outbox_history.select()).all() == []
        assert transaction.execute(t.locations.select()).all() == []


def test_what_a_partner_names_may_be_of_any_length(database: Database) -> None:
    name = "S" * 2000
    with database.engine.begin() as transaction:
        entry = owe(transaction, lane=f"toy/cdr/{name}", session=name)
        sent = outbox.change(transaction, entry, "sending", NOW)
        refused = outbox.change(transaction, sent, "refused", NOW, code="C" * 500, words="w" * 5000)
        assert (refused.session, refused.code) == (name, "C" * 500)
        assert outbox.listed(transaction, session=name) == [refused]
