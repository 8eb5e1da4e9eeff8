from datetime import UTC, datetime

from gateway.store import Database, issuers

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def test_what_a_hub_knew_is_counted_until_it_knows_it_no_more(database: Database) -> None:
    with database.engine.begin() as transaction:
        for connection, knew in (("one", True), ("one", True), ("two", True), ("two", False), ("three", False)):
            issuers.learn(transaction, "default", ["card", "issuer:DE8EO"], connection, knew=knew, now=NOW)
        issuers.learn(transaction, "default", ["issuer:DE8EO"], "two", knew=True, now=NOW)
        found = issuers.learned(transaction, "default", ["card", "issuer:DE8EO", "other"])
    assert found == {"card": {"one": 2}, "issuer:DE8EO": {"one": 2, "two": 1}}


def test_tenants_learn_apart(database: Database) -> None:
    with database.engine.begin() as transaction:
        issuers.learn(transaction, "one", ["card"], "hub", knew=True, now=NOW)
        assert issuers.learned(transaction, "one", ["card"]) == {"card": {"hub": 1}}
        assert issuers.learned(transaction, "other", ["card"]) == {}
