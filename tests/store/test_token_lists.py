from dataclasses import replace
from datetime import UTC, datetime

from gateway.store import Database, outbox
from gateway.store import token_lists as store
from gateway.store.outbox import Owed
from gateway.store.token_lists import Listed

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
LATER = "2026-02-01T00:00:00.000000+00:00"


def row(key: str, **more: object) -> Listed:
    given = {"provider": "DE8EO", "document": "{}", "wanted": "digest", "changed_at": "", **more}
    return Listed(connection="toy", key=key, **given)  # type: ignore[arg-type]


def test_rows_are_written_changed_and_found(database: Database) -> None:
    rows = [row(f"k{number}") for number in range(3)]
    with database.engine.begin() as transaction:
        store.kept(transaction, rows, [])
        changed = [replace(rows[0], state="refused", words="no"), row("k3", provider="NLGWE")]
        store.kept(transaction, changed, ["k0"])
        assert store.found(transaction, "toy", ["k0", "k3", "k9"]) == {"k0": changed[0], "k3": changed[1]}
        assert store.found(transaction, "elsewhere", ["k0"]) == {}
        assert [one.key for one in store.listed(transaction, "toy", provider="NLGWE")] == ["k3"]
        assert [one.key for one in store.listed(transaction, "toy", state="refused")] == ["k0"]
        store.dropped(transaction, rows[1:])
        assert [one.key for one in store.listed(transaction, "toy")] == ["k0", "k3"]


def test_only_what_the_gateway_prolongs_and_the_hub_has_is_ending(database: Database) -> None:
    early = "2026-01-01T00:00:00.000000+00:00"
    rows = [
        row("a", state="current", renews=True, expires_at=early),
        row("b", state="current", renews=False, expires_at=early),
        row("c", state="sending", renews=True, expires_at=early),
        row("d", state="current", renews=True, expires_at="2026-03-01T00:00:00.000000+00:00"),
        row("e", state="current", renews=True, expires_at=early, wanted=None),
    ]
    with database.engine.begin() as transaction:
        store.kept(transaction, rows, [])
        assert [one.key for one in store.ending(transaction, "toy", LATER)] == ["a"]


def test_rows_and_loads_wait_until_their_entry_is_over_or_gone(database: Database) -> None:
    with database.engine.begin() as transaction:
        assert (store.any_waiting(transaction), store.over(transaction)) == (False, [])
        owed = Owed(connection="toy", lane="toy/tokens", key="k", kind="PublishTokens", message="{}")
        entry = outbox.add(transaction, owed, NOW)
        store.kept(transaction, [row("a", entry=entry.id), row("b", entry=entry.id + 7)], [])
        store.noted(transaction, "toy", load_entry=entry.id + 8)
        assert store.any_waiting(transaction)
        assert store.over(transaction) == [("toy", entry.id + 7), ("toy", entry.id + 8)]
        outbox.change(transaction, entry, "withdrawn", NOW)
        assert store.over(transaction)[0] == ("toy", entry.id)
        assert [one.key for one in store.carried(transaction, entry.id)] == ["a"]


def test_what_is_known_of_a_hub_begins_with_nothing(database: Database) -> None:
    with database.engine.begin() as transaction:
        assert store.account(transaction, "toy") == store.Account(connection="toy")
        store.noted(transaction, "toy", baseline_at=LATER)
        store.noted(transaction, "toy", words="no")
        assert store.account(transaction, "toy") == store.Account(connection="toy", baseline_at=LATER, words="no")


def test_a_document_is_in_no_text_of_a_row() -> None:
    assert "04A2B3C4D5E680" not in repr(row("a", document="04A2B3C4D5E680"))
