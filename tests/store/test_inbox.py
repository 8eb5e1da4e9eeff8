from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection as Transaction

from gateway.store import Database, inbox
from gateway.store.database import stamp

NOW = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)


def receive(transaction: Transaction, key: str = "S-1", **changed: object) -> tuple[inbox.Item, bool]:
    values = {"connection": "toy", "kind": "SubmitCdr", "message": '{"cdr": {}}', "now": NOW}
    return inbox.put(transaction, key=key, **{**values, **changed})  # type: ignore[arg-type]


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
            handed_over=False,
            answer=None,
            tries=0,
            next_try_at=stamp(NOW),
            received_at=stamp(NOW),
        )
        assert inbox.due(transaction, NOW) == [item]


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
        inbox.postpone(transaction, item, NOW + timedelta(seconds=10))
        assert inbox.due(transaction, NOW + timedelta(seconds=9)) == []
        (again,) = inbox.due(transaction, NOW + timedelta(seconds=10))
        assert (again.id, again.tries) == (item.id, 1)
        inbox.done(transaction, again, '{"accepted": true}')
        assert inbox.due(transaction, NOW + timedelta(days=1)) == []
        known, new = receive(transaction)
        assert not new
        assert (known.handed_over, known.answer) == (True, '{"accepted": true}')


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
