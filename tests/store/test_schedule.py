import asyncio
from datetime import UTC, datetime, timedelta

from gateway.store import Database, schedule
from gateway.store.database import stamp
from gateway.store.schedule import Turn

NOW = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)
BEAT = ("hubject", "heartbeat")
PULL = ("gireve", "pull")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def known(database: Database, *names: tuple[str, str], period: float = 60.0, now: datetime = NOW) -> None:
    with database.engine.begin() as transaction:
        for name in names or (BEAT,):
            schedule.register(transaction, name, period, now)


def taken(database: Database, owner: str, seconds: float = 0.0) -> list[tuple[str, str]]:
    """Which turns an owner gets at this time."""
    moment = after(seconds)
    with database.engine.begin() as transaction:
        turns = schedule.due(transaction, {BEAT, PULL}, moment)
        return [turn.name for turn in turns if schedule.take(transaction, turn, owner, moment, 30.0)]


def only(database: Database) -> Turn:
    with database.engine.connect() as transaction:
        (turn,) = schedule.listed(transaction)
    return turn


def test_a_new_turn_is_due_at_once_and_planned_after_its_run(database: Database) -> None:
    known(database)
    assert taken(database, "one") == [BEAT]
    with database.engine.begin() as transaction:
        assert schedule.finish(transaction, BEAT, "one", after(1), 60.0)
    assert only(database) == Turn(
        connection="hubject",
        job="heartbeat",
        next_at=stamp(after(61)),
        owner=None,
        leased_until=None,
        last_at=stamp(NOW),
        succeeded_at=stamp(after(1)),
        failures=0,
        words=None,
    )
    assert taken(database, "one", 60.9) == []
    assert taken(database, "one", 61) == [BEAT]


def test_a_turn_that_a_wrong_clock_has_planned_is_due_once(database: Database) -> None:
    known(database)
    assert taken(database, "one", 86_400) == [BEAT]
    with database.engine.begin() as transaction:
        assert schedule.finish(transaction, BEAT, "one", after(86_400), 60.0)
    assert taken(database, "one", 10) == [BEAT]
    with database.engine.begin() as transaction:
        assert schedule.finish(transaction, BEAT, "one", after(10), 60.0)
    assert (taken(database, "one", 69), taken(database, "one", 70)) == ([], [BEAT])


def test_two_owners_never_have_the_same_turn(database: Database) -> None:
    known(database, BEAT, PULL)
    with database.engine.connect() as transaction:
        seen = schedule.due(transaction, {BEAT, PULL}, NOW)
    with database.engine.begin() as transaction:
        assert [schedule.take(transaction, turn, "one", NOW, 30.0) for turn in seen] == [True, True]
    with database.engine.begin() as transaction:
        assert [schedule.take(transaction, turn, "two", NOW, 30.0) for turn in seen] == [False, False]


async def test_of_many_who_reach_for_a_turn_at_once_one_gets_it(database: Database, dsn: str) -> None:
    known(database)
    others = [database] if dsn == "sqlite://" else [Database(dsn) for _ in range(4)]
    with database.engine.connect() as transaction:
        (turn,) = schedule.due(transaction, {BEAT}, NOW)
    got = await asyncio.gather(
        *(
            other.write(lambda t, owner=f"{number}": schedule.take(t, turn, owner, NOW, 30.0))
            for number, other in enumerate(others * 4)
        )
    )
    assert sorted(got) == [False] * (len(got) - 1) + [True]
    for other in others:
        other.close()


def test_a_lease_that_ran_out_is_taken_over_and_the_first_owner_has_no_say(database: Database) -> None:
    known(database)
    assert taken(database, "one") == [BEAT]
    assert taken(database, "two", 29.9) == []
    assert taken(database, "two", 30) == [BEAT]
    with database.engine.begin() as transaction:
        assert not schedule.renew(transaction, BEAT, "one", after(31), 30.0)
        assert not schedule.finish(transaction, BEAT, "one", after(31), 60.0)
        assert schedule.finish(transaction, BEAT, "two", after(32), 60.0)
    assert only(database).next_at == stamp(after(92))


def test_a_lease_that_is_renewed_is_not_taken_over(database: Database) -> None:
    known(database)
    taken(database, "one")
    with database.engine.begin() as transaction:
        assert schedule.renew(transaction, BEAT, "one", after(20), 30.0)
    assert taken(database, "two", 49) == []
    assert taken(database, "two", 50) == [BEAT]


def test_failures_are_counted_with_words_until_a_run_succeeds(database: Database) -> None:
    known(database)
    for number in range(2):
        taken(database, "one", number * 10)
        with database.engine.begin() as transaction:
            schedule.finish(transaction, BEAT, "one", after(number * 10), 10.0, f"no answer {number}")
    failing = only(database)
    assert (failing.failures, failing.words, failing.succeeded_at) == (2, "no answer 1", None)
    taken(database, "one", 20)
    with database.engine.begin() as transaction:
        schedule.finish(transaction, BEAT, "one", after(20), 10.0)
    well = only(database)
    assert (well.failures, well.words, well.succeeded_at) == (0, None, stamp(after(20)))


def test_what_an_owner_gives_back_is_due_as_before(database: Database) -> None:
    known(database)
    taken(database, "one")
    with database.engine.begin() as transaction:
        schedule.release(transaction, "one")
    assert taken(database, "two", 1) == [BEAT]


def test_a_turn_keeps_its_time_over_a_restart_and_is_brought_forward_to_a_shorter_period(database: Database) -> None:
    known(database)
    taken(database, "one")
    with database.engine.begin() as transaction:
        schedule.finish(transaction, BEAT, "one", NOW, 3600.0)
    known(database, period=7200.0, now=after(10))
    assert only(database).next_at == stamp(after(3600))
    known(database, period=60.0, now=after(10))
    assert only(database).next_at == stamp(after(70))


def test_the_next_turn_is_the_earliest_by_its_time_or_the_end_of_its_lease(database: Database) -> None:
    known(database, BEAT, PULL)
    with database.engine.begin() as transaction:
        assert schedule.upcoming(transaction, {BEAT}) == stamp(NOW)
        assert schedule.upcoming(transaction, set()) is None
    taken(database, "one")
    with database.engine.begin() as transaction:
        assert schedule.upcoming(transaction, {BEAT, PULL}) == stamp(after(30))
        schedule.finish(transaction, PULL, "one", NOW, 10.0)
        assert schedule.upcoming(transaction, {BEAT, PULL}) == stamp(after(10))


def test_turns_that_this_process_does_not_know_are_left_alone(database: Database) -> None:
    known(database, BEAT, ("removed", "pull"))
    assert taken(database, "one") == [BEAT]
