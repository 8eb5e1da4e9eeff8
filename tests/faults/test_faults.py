"""Faults other than a kill at a stop: frozen workers, cut and full databases, hubs that are down, two workers."""

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.model.kinds import EvseStatus
from tests.faults.conductor import Conductor, Played
from tests.faults.plan import EVSES, FREEZE, HUBS, OPERATORS, Kill, OwedCdr, Plan
from tests.faults.stores import POSTGRES
from tests.faults.verdict import Verdict

CDRS = tuple(OwedCdr(number, HUBS[number % 3], OPERATORS[number % 2], number == 4) for number in range(12))
CHANGES = tuple((evse, status) for status in (EvseStatus.CHARGING, EvseStatus.AVAILABLE) for evse in EVSES)
LOST = tuple((hub, {"kind": "lost", "times": 2}) for hub in HUBS)


@pytest.fixture(scope="module")
def sqlite() -> Iterator[Conductor]:
    with Conductor("sqlite") as running:
        yield running


@pytest.fixture(scope="module")
def postgres() -> Iterator[Conductor]:
    if not POSTGRES:
        pytest.skip("ROAMING_GATEWAY_TEST_POSTGRES names no server")
    with Conductor("postgres") as running:
        yield running


def clean(played: Played) -> bool:
    """Nothing is wrong but what was sent again."""
    verdict = played.verdict
    return verdict == Verdict(resent=verdict.resent, grown_kilobytes=verdict.grown_kilobytes)


@pytest.mark.parametrize(
    "storm",
    [{"kind": "storm", "share": 0.6, "times": 20, "retry_after": 0}, {"kind": "html", "status": 502, "times": 6}],
    ids=["429 and 5xx", "pages of a proxy"],
)
def test_storms_cost_nothing_but_time(sqlite: Conductor, storm: dict[str, Any]) -> None:
    played = sqlite.play(Plan(seed=1, cdrs=CDRS, faults=tuple((hub, storm) for hub in HUBS)))
    assert played.verdict.what == []
    assert clean(played)


def test_answers_that_are_lost_lead_to_identical_resends_alone(sqlite: Conductor) -> None:
    played = sqlite.play(Plan(seed=2, cdrs=CDRS, faults=LOST))
    assert played.verdict.what == []
    assert played.verdict.resent > 0
    assert clean(played)


@pytest.mark.parametrize("second_cdr", ["refuse", "accept"])
def test_duplicates_of_the_network_are_booked_once(sqlite: Conductor, second_cdr: str) -> None:
    twice = tuple((hub, {"kind": "duplicate", "share": 0.5, "seed": 1}) for hub in HUBS)
    played = sqlite.play(Plan(seed=3, cdrs=CDRS, faults=twice, second_cdr=second_cdr))
    assert played.verdict.what == []
    assert clean(played)


def test_a_full_database_holds_up_and_loses_nothing(sqlite: Conductor) -> None:
    played = sqlite.play(Plan(seed=4, cdrs=CDRS, faults=LOST, full=True))
    assert played.verdict.what == []
    assert clean(played)


def test_what_gathers_while_the_hubs_are_down_is_delivered_when_they_are_back(sqlite: Conductor) -> None:
    played = sqlite.gather(60)
    assert played.verdict.what == []
    assert clean(played)


def test_a_database_that_cuts_its_connections_loses_nothing(postgres: Conductor) -> None:
    played = postgres.play(Plan(seed=5, cdrs=CDRS, faults=LOST, cuts=3))
    assert played.verdict.what == []
    assert clean(played)


def test_a_worker_that_wakes_up_after_its_lease_spoils_nothing(postgres: Conductor) -> None:
    kills = (Kill(FREEZE, seconds=0.05), Kill(FREEZE, seconds=0.1))
    played = postgres.play(Plan(seed=6, cdrs=CDRS, faults=LOST, kills=kills, workers=2))
    assert played.verdict.what == []
    assert clean(played)


@pytest.mark.parametrize("cluster", [False, True], ids=["leases alone", "cluster"])
def test_two_workers_never_have_two_pushes_of_one_operation_at_one_time(postgres: Conductor, cluster: bool) -> None:
    slow = (("hubject", {"kind": "slow", "seconds": 0.05, "share": 0.5, "seed": 1}),)
    played = postgres.play(Plan(seed=7, cdrs=CDRS, faults=slow, workers=2, changes=CHANGES, cluster=cluster))
    pushes = {name: told["most_in_flight"] for name, told in played.operations["hubject"].items() if "Push" in name}
    assert pushes == {"PushEvseData": 1, "PushEvseStatus": 1}
    assert played.verdict.what == []
    assert clean(played)
