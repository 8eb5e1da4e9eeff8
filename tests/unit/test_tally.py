from datetime import UTC, datetime, timedelta

import pytest

from gateway.errors import Invalid
from gateway.http import HttpRequest, HttpResponse
from gateway.simulation import Desk, World, world
from gateway.tally import Budget, Budgets, Tally

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def digest(content: bytes) -> str:
    tally = Tally()
    tally.arrived("C", content, lane="L")
    return tally.cdrs["C"].contents[0]


def test_records_are_counted_as_they_arrive_and_as_they_are_booked() -> None:
    tally = Tally()
    for name, content in (("C1", b"a"), ("C2", b"b"), ("C1", b"a"), ("C1", b"other")):
        tally.arrived(name, content, lane="L")
    tally.booked("C1")
    assert tally.document() == {
        "cdrs": {
            "C1": {"lane": "L", "received": 3, "booked": 1, "contents": [digest(b"a"), digest(b"other")]},
            "C2": {"lane": "L", "received": 1, "booked": 0, "contents": [digest(b"b")]},
        },
        "lanes": {"L": ["C1", "C2", "C1", "C1"]},
        "operations": {},
    }


def test_most_in_flight_is_that_of_one_caller() -> None:
    tally = Tally()
    with tally.handling("Push", "a"), tally.handling("Push", "b"), tally.handling("Push", "b"):
        pass
    with tally.handling("Push", "a"):
        pass
    assert tally.document()["operations"] == {"Push": {"received": 4, "most_in_flight": 2}}


def test_a_cleared_tally_still_knows_what_is_in_flight() -> None:
    tally = Tally()
    with tally.handling("Push", "a"):
        tally.clear()
        with tally.handling("Push", "a"):
            pass
    assert tally.document() == {
        "cdrs": {},
        "lanes": {},
        "operations": {"Push": {"received": 1, "most_in_flight": 2}},
    }


def test_a_budget_is_spent_and_comes_back_with_time() -> None:
    budgets, budget = Budgets(), Budget(2, 10)
    moments = [NOON + timedelta(seconds=second) for second in (0, 4, 5, 9, 10, 13, 14)]
    waits = [budgets.wait(budget, "Push", "a", moment) for moment in moments]
    assert waits == [None, None, 5.0, 1.0, None, 1.0, None]
    assert budgets.wait(budget, "Push", "b", NOON) is None


def test_the_desk_answers_429_only_for_operations_with_a_budget() -> None:
    config = {"budgets": {"Push": {"count": 1, "seconds": 30}}}
    desk = Desk(world(config), nobody, lambda: NOON)
    assert [desk.over_budget("Push"), desk.over_budget("Pull"), desk.over_budget("Pull")] == [None, None, None]
    refused = desk.over_budget("Push")
    assert refused is not None
    assert (refused.status, refused.headers["retry-after"]) == (429, "30")
    desk.forget()
    assert desk.over_budget("Push") is None
    assert World().budgets == {}


@pytest.mark.parametrize("budget", [{"count": 0}, {"count": 1, "seconds": 0}, {"many": 1}, 5])
def test_a_budget_that_is_none_is_refused(budget: object) -> None:
    with pytest.raises(Invalid, match="simulator configuration"):
        world({"budgets": {"Push": budget}})


async def nobody(_: str, __: HttpRequest) -> HttpResponse:
    raise AssertionError("nobody is called")
