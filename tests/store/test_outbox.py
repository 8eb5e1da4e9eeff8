from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import Connection as Transaction
from sqlalchemy import text, update

from gateway.store import Database, outbox
from gateway.store import tables as t
from gateway.store.database import stamp
from gateway.store.outbox import Change, Entry, Owed

NOW = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
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
    ("withdrawn", "waiting"),
}


def owe(transaction: Transaction, key: str = "k", lane: str = "toy/cdr", **changed: str | None) -> Entry:
    values = {"connection": "toy", "kind": "SubmitCdr", "message": '{"cdr": {}}', "digest": "d1", "session": "S-1"}
    return outbox.add(transaction, Owed(key=key, lane=lane, **{**values, **changed}), NOW)  # type: ignore[arg-type]


def put_into(transaction: Transaction, entry: Entry, state: str, **values: object) -> Entry:
    transaction.execute(update(t.outbox).where(t.outbox.c.id == entry.id).values(state=state, **values))
    return outbox.get(transaction, entry.id)


def states(transaction: Transaction, entry: Entry) -> list[str]:
    return [change.state for change in outbox.history(transaction, entry.id)]


def test_a_new_entry_waits_and_may_be_tried_at_once(database: Database) -> None:
    with database.engine.begin() as transaction:
        entry = owe(transaction, deadline_at="2026-01-16T12:00:00.000000+00:00", operator="NLLON", record="C1")
        assert entry == Entry(
            id=entry.id,
            connection="toy",
            lane="toy/cdr",
            key="k",
            kind="SubmitCdr",
            message='{"cdr": {}}',
            digest="d1",
            record="C1",
            session="S-1",
            operator="NLLON",
            state="waiting",
            next_try_at="2026-01-15T12:00:00.000000+00:00",
            deadline_at="2026-01-16T12:00:00.000000+00:00",
            created_at="2026-01-15T12:00:00.000000+00:00",
            changed_at="2026-01-15T12:00:00.000000+00:00",
        )
        assert outbox.history(transaction, entry.id) == [Change(stamp(NOW), "waiting")]


def test_the_same_key_at_the_same_connection_is_one_entry(database: Database) -> None:
    with database.engine.begin() as transaction:
        first = owe(transaction)
        again = owe(transaction, message='{"cdr": {"id": null}}', lane="elsewhere")
        assert again == first
        assert outbox.listed(transaction) == [first]
        assert states(transaction, first) == ["waiting"]


def test_the_same_key_at_another_connection_is_another_entry(database: Database) -> None:
    with database.engine.begin() as transaction:
        one, other = owe(transaction), owe(transaction, connection="other")
        assert [entry.id for entry in outbox.listed(transaction)] == [one.id, other.id]
        assert outbox.listed(transaction, connection="other") == [other]


@pytest.mark.parametrize(
    ("state", "record"), [("waiting", "C2"), ("waiting", ""), ("refused", "C2"), ("withdrawn", None)]
)
def test_other_content_corrects_what_cannot_have_been_taken_and_keeps_number_and_history(
    database: Database, state: str, record: str | None
) -> None:
    with database.engine.begin() as transaction:
        before: dict[str, object] = {"tries": 1, "sent": "[]", "batch": "b", "code": "022", "words": "no"}
        first = put_into(transaction, owe(transaction, record=record), state, **before)
        corrected = owe(transaction, message='{"cdr": {"id": "C"}}', digest="d2", record=record or "C2")
        assert (corrected.id, corrected.state, corrected.digest) == (first.id, "waiting", "d2")
        assert (corrected.sent, corrected.batch, corrected.code, corrected.words) == (None, None, None, None)
        last = outbox.history(transaction, first.id)[-1]
        assert last == Change(stamp(NOW), "waiting", None, "corrected", '{"cdr": {}}')


@pytest.mark.parametrize(
    ("state", "unknown_tries", "record"),
    [
        ("sending", 0, None),
        ("unknown", 1, None),
        ("accepted", 0, None),
        ("waiting", 1, None),
        ("waiting", 0, "another record"),
    ],
)
def test_other_content_beside_what_is_or_may_be_taken_is_set_aside_once(
    database: Database, state: str, unknown_tries: int, record: str | None
) -> None:
    with database.engine.begin() as transaction:
        first = put_into(transaction, owe(transaction, record="C1"), state, unknown_tries=unknown_tries)
        aside = owe(transaction, message='{"cdr": {"id": "C"}}', digest="d2", record=record)
        assert (aside.id != first.id, aside.state, aside.key) == (True, "refused", "k#d2")
        assert aside.words == f"not sent: entry {first.id}, with other content under the same key, is {state}"
        assert owe(transaction, message='{"cdr": {"id": "C"}}', digest="d2", record=record) == aside
        assert outbox.get(transaction, first.id) == first


@pytest.mark.parametrize(("before", "after"), list(product(STATES, STATES)))
def test_only_the_changes_of_the_table_are_made(database: Database, before: str, after: str) -> None:
    with database.engine.begin() as transaction:
        entry = put_into(transaction, owe(transaction), before)
        if (before, after) in ALLOWED:
            changed = outbox.change(
                transaction, entry, after, NOW + timedelta(seconds=1), words="why", code="7", tries=7
            )
            assert (changed.state, changed.words, changed.tries) == (after, "why", 7)
            assert changed.changed_at == stamp(LATER)
            assert outbox.history(transaction, entry.id)[-1] == Change(changed.changed_at, after, "7", "why")
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
        assert states(transaction, stale) == ["waiting", "withdrawn"]


def test_what_is_about_to_be_sent_is_noted_only_by_the_one_that_has_the_entry(database: Database) -> None:
    with database.engine.begin() as transaction:
        ours = outbox.change(transaction, owe(transaction), "sending", NOW, tries=1)
        outbox.recorded(transaction, ours, "[1]")
        lost = outbox.change(transaction, ours, "unknown", NOW)
        theirs = outbox.change(transaction, lost, "sending", NOW, tries=2)
        with pytest.raises(outbox.ChangedMeanwhile):
            outbox.recorded(transaction, ours, "[2]")
        assert outbox.get(transaction, theirs.id).sent == "[1]"
        put_into(transaction, theirs, "sending", digest="corrected")
        with pytest.raises(outbox.ChangedMeanwhile):
            outbox.recorded(transaction, theirs, "[3]")


def test_an_entry_that_is_not_there_is_a_key_error(database: Database) -> None:
    with database.engine.begin() as transaction, pytest.raises(KeyError):
        outbox.get(transaction, 4711)


def test_the_oldest_open_entries_of_a_lane_come_first_whatever_their_state(database: Database) -> None:
    with database.engine.begin() as transaction:
        first, second, third = owe(transaction, "1"), owe(transaction, "2"), owe(transaction, "3")
        owe(transaction, "4", lane="toy/other")
        for state in ("waiting", "sending", "unknown"):
            head = put_into(transaction, first, state)
            assert outbox.head(transaction, "toy/cdr") == [head]
        assert outbox.head(transaction, "toy/cdr", 2) == [head, second]
        put_into(transaction, first, "accepted")
        put_into(transaction, second, "refused")
        assert outbox.head(transaction, "toy/cdr", 9) == [third]
        put_into(transaction, third, "withdrawn")
        assert outbox.head(transaction, "toy/cdr") == []


def test_what_was_sent_together_is_found_together_as_far_as_it_is_open(database: Database) -> None:
    with database.engine.begin() as transaction:
        one = put_into(transaction, owe(transaction, "1"), "unknown", batch="b", sent="[1]")
        put_into(transaction, owe(transaction, "2"), "withdrawn", batch="b")
        three = put_into(transaction, owe(transaction, "3"), "unknown", batch="b")
        owe(transaction, "4")
        assert outbox.together(transaction, "toy/cdr", "b") == [one, three]
        outbox.parted(transaction, three)
        assert outbox.get(transaction, one.id).sent is None


def test_lanes_with_work_are_those_with_something_open_by_their_oldest_entry(database: Database) -> None:
    later = stamp(NOW + timedelta(hours=1))
    with database.engine.begin() as transaction:
        put_into(transaction, owe(transaction, "1", "toy/a"), "unknown", next_try_at=later)
        owe(transaction, "2", "toy/a")
        owe(transaction, "3", "toy/b", kind="PublishEvses", connection="other")
        put_into(transaction, owe(transaction, "4", "toy/c"), "refused")
        assert [tuple(head) for head in outbox.lanes_with_work(transaction)] == [
            ("toy/a", "toy", "SubmitCdr", "unknown", later),
            ("toy/b", "other", "PublishEvses", "waiting", stamp(NOW)),
        ]


def test_lists_are_filtered_by_state_connection_session_and_lane_and_come_in_pages(database: Database) -> None:
    with database.engine.begin() as transaction:
        one = owe(transaction, "1")
        two = put_into(transaction, owe(transaction, "2", session="S-2"), "accepted")
        three = owe(transaction, "3", connection="other", session=None, lane="other/cdr")
        assert outbox.listed(transaction) == [one, two, three]
        assert outbox.listed(transaction, state="accepted") == [two]
        assert outbox.listed(transaction, session="S-1") == [one]
        assert outbox.listed(transaction, connection="other") == [three]
        assert outbox.listed(transaction, lane="other/cdr") == [three]
        assert outbox.listed(transaction, state="accepted", session="S-1") == []
        assert outbox.listed(transaction, limit=2) == [one, two]
        assert outbox.listed(transaction, limit=2, after=one.id) == [two, three]


def test_what_a_partner_names_may_be_of_any_length(database: Database) -> None:
    name = "S" * 2000
    with database.engine.begin() as transaction:
        entry = owe(transaction, lane=f"toy/cdr/{name}", session=name)
        sent = outbox.change(transaction, entry, "sending", NOW)
        refused = outbox.change(transaction, sent, "refused", NOW, code="C" * 500, words="w" * 5000)
        assert (refused.session, refused.code) == (name, "C" * 500)
        assert outbox.listed(transaction, session=name) == [refused]


# --- in the backend's own transaction ----------------------------------------------------------------------------


@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_an_entry_joins_the_backends_transaction_and_shares_its_fate(database: Database, ends: str) -> None:
    with database.engine.begin() as transaction:
        transaction.execute(text("CREATE TABLE invoices (name TEXT)"))
    with database.engine.connect() as backend:
        transaction = backend.begin()
        backend.execute(text("INSERT INTO invoices VALUES ('I1')"))
        owe(database.joined(backend))  # type: ignore[arg-type]
        getattr(transaction, ends)()
    expected = 1 if ends == "commit" else 0
    with database.engine.begin() as transaction:
        assert len(outbox.listed(transaction)) == expected
        assert len(transaction.execute(t.outbox_history.select()).all()) == expected
        assert len(transaction.execute(text("SELECT name FROM invoices")).all()) == expected
