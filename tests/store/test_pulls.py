from datetime import UTC, datetime, timedelta

from gateway.store import Database, pulls
from gateway.store.database import Transaction

NOW = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)
FIRST, SECOND = 1, 2


def saw(transaction: Transaction, crawl: int, *ids: str) -> dict[str, pulls.Row]:
    names = {id: f"name of {id}" for id in ids}
    return dict(pulls.seen(transaction, "toy", "FetchEvses", names, crawl, NOW))


def gave(transaction: Transaction, **digests: str) -> None:
    names = {id: f"name of {id}" for id in digests}
    pulls.given(transaction, "toy", "FetchEvses", digests, names, NOW)


def there(transaction: Transaction, *, gone: bool = False) -> list[tuple[str, str]]:
    return [(row.id, row.digest) for row in pulls.listed(transaction, "toy", "FetchEvses", gone=gone)]


def test_a_list_that_was_never_read_has_no_watermark_and_a_moved_one_stays(database: Database) -> None:
    mark, further = pulls.Watermark(NOW, NOW - timedelta(days=1)), pulls.Watermark(NOW + timedelta(hours=1), None)
    with database.engine.begin() as transaction:
        assert [pulls.begun(transaction, "toy", kind, NOW) for kind in ("FetchEvses", "FetchTokens")] == [1, 1]
        assert pulls.watermark(transaction, "toy", "FetchEvses") == pulls.Watermark()
        pulls.move(transaction, "toy", "FetchEvses", mark, NOW)
        pulls.move(transaction, "toy", "FetchTokens", further, NOW)
        assert pulls.watermark(transaction, "toy", "FetchEvses") == mark
        pulls.move(transaction, "toy", "FetchEvses", further, NOW)
        assert pulls.watermark(transaction, "toy", "FetchEvses") == further
        assert pulls.begun(transaction, "toy", "FetchEvses", NOW) == 2
        assert pulls.watermark(transaction, "toy", "FetchEvses") == further


def test_a_record_is_known_before_the_backend_is_given_it_and_has_its_digest_after(database: Database) -> None:
    with database.engine.begin() as transaction:
        assert saw(transaction, FIRST, "E1", "E2") == {}
        assert there(transaction) == [("E1", ""), ("E2", "")]
        gave(transaction, E1="d1")
        assert saw(transaction, SECOND, "E1") == {"E1": pulls.Row("E1", "name of E1", "d1", False)}
        assert there(transaction) == [("E1", "d1"), ("E2", "")]


def test_what_a_crawl_has_not_met_is_counted_and_listed_in_portions(database: Database) -> None:
    with database.engine.begin() as transaction:
        saw(transaction, FIRST, *(f"E{number}" for number in range(5)))
        saw(transaction, SECOND, "E0", "E2")
        assert pulls.counted(transaction, "toy", "FetchEvses", SECOND) == 3
        portion = pulls.unseen(transaction, "toy", "FetchEvses", SECOND, limit=2)
        assert [row.id for row in portion] == ["E1", "E3"]
        pulls.gone(transaction, "toy", "FetchEvses", [row.id for row in portion], NOW)
        assert [row.id for row in pulls.unseen(transaction, "toy", "FetchEvses", SECOND)] == ["E4"]
        assert there(transaction, gone=True) == [("E1", ""), ("E3", "")]


def test_an_older_crawl_that_still_runs_does_not_hide_what_a_younger_one_has_met(database: Database) -> None:
    with database.engine.begin() as transaction:
        saw(transaction, SECOND, "E1")
        saw(transaction, FIRST, "E1", "E2")
        assert [row.id for row in pulls.unseen(transaction, "toy", "FetchEvses", SECOND)] == ["E2"]


def test_what_comes_back_is_no_tombstone_any_more(database: Database) -> None:
    with database.engine.begin() as transaction:
        saw(transaction, FIRST, "E1")
        gave(transaction, E1="d1")
        pulls.gone(transaction, "toy", "FetchEvses", ["E1"], NOW)
        assert saw(transaction, SECOND, "E1") == {"E1": pulls.Row("E1", "name of E1", "", True)}
        gave(transaction, E1="d1")
        assert (there(transaction), there(transaction, gone=True)) == ([("E1", "d1")], [])


def test_lists_and_connections_do_not_know_each_others_records(database: Database) -> None:
    with database.engine.begin() as transaction:
        saw(transaction, FIRST, "E1")
        pulls.seen(transaction, "other", "FetchEvses", {"E1": "n", "E2": "n"}, FIRST, NOW)
        pulls.gone(transaction, "other", "FetchEvses", ["E1"], NOW)
        assert there(transaction) == [("E1", "")]
        assert pulls.rows(transaction, "toy", "FetchStatuses", ["E1"]) == {}


def test_more_records_than_a_statement_may_name_are_read_and_written(database: Database) -> None:
    ids = [f"E{number:05}" for number in range(pulls.PORTION * 2 + 1)]
    with database.engine.begin() as transaction:
        saw(transaction, FIRST, *ids)
        gave(transaction, **dict.fromkeys(ids, "d"))
        known = saw(transaction, SECOND, *ids)
        assert {row.digest for row in known.values()} == {"d"}
        assert set(known) == set(ids)
        pulls.gone(transaction, "toy", "FetchEvses", ids, NOW)
        assert there(transaction) == []


def test_what_holds_until_a_time_is_found_once_it_is_over_and_told_once(database: Database) -> None:
    soon, late = NOW + timedelta(minutes=5), NOW + timedelta(hours=1)
    with database.engine.begin() as transaction:
        saw(transaction, FIRST, "E1", "E2", "E3")
        names = {id: f"name of {id}" for id in ("E1", "E2", "E3")}
        digests = dict.fromkeys(names, "charging")
        pulls.given(transaction, "toy", "FetchEvses", digests, names, NOW, {"E1": soon, "E2": late})
        assert (pulls.with_ended(transaction, NOW), pulls.ended(transaction, "toy", "FetchEvses", NOW)) == ([], [])
        assert pulls.with_ended(transaction, soon) == [("toy", "FetchEvses")]
        (ended,) = pulls.ended(transaction, "toy", "FetchEvses", soon)
        assert (ended.id, ended.name) == ("E1", "name of E1")
        pulls.told_of_end(transaction, [(ended, "unknown")], soon)
        assert pulls.ended(transaction, "toy", "FetchEvses", soon) == []
        assert there(transaction) == [("E1", "unknown"), ("E2", "charging"), ("E3", "charging")]


def test_what_was_read_anew_while_its_end_was_told_is_told_again(database: Database) -> None:
    soon, late = NOW + timedelta(minutes=5), NOW + timedelta(hours=1)
    with database.engine.begin() as transaction:
        saw(transaction, FIRST, "E1")
        pulls.given(transaction, "toy", "FetchEvses", {"E1": "one"}, {"E1": "name of E1"}, NOW, {"E1": soon})
        (ended,) = pulls.ended(transaction, "toy", "FetchEvses", soon)
        pulls.given(transaction, "toy", "FetchEvses", {"E1": "two"}, {"E1": "name of E1"}, NOW, {"E1": late})
        pulls.told_of_end(transaction, [(ended, "unknown")], soon)
        assert there(transaction) == [("E1", "")]
        assert [one.id for one in pulls.ended(transaction, "toy", "FetchEvses", late)] == ["E1"]
