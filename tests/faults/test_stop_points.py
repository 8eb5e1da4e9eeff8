"""kill -9 of the worker at every step of a delivery, once on each store; nothing is lost, nothing is booked twice."""

from collections.abc import Iterator

import pytest

from tests.faults.conductor import Conductor
from tests.faults.plan import STOPS, Kill, OwedCdr, Plan
from tests.faults.stores import POSTGRES
from tests.faults.verdict import Verdict

CDRS = (
    OwedCdr(0, "gireve", "NL*LON"),
    OwedCdr(1, "gireve", "NL*LON"),
    OwedCdr(2, "hubject", "NL*LON"),
    OwedCdr(3, "eclearing", "DE*LON"),
    OwedCdr(4, "gireve", "NL*LON"),
)


@pytest.fixture(params=["sqlite", "postgres"], scope="module")
def conductor(request: pytest.FixtureRequest) -> Iterator[Conductor]:
    if request.param == "postgres" and not POSTGRES:
        pytest.skip("ROAMING_GATEWAY_TEST_POSTGRES names no server")
    with Conductor(request.param) as running:
        yield running


@pytest.mark.parametrize("stop", STOPS)
def test_a_worker_that_is_killed_there_loses_nothing_and_books_nothing_twice(conductor: Conductor, stop: str) -> None:
    played = conductor.play(Plan(seed=0, cdrs=CDRS, kills=(Kill(stop, nth=2),)))
    assert played.stopped == (stop,)
    assert played.verdict == Verdict(resent=played.verdict.resent, grown_kilobytes=played.verdict.grown_kilobytes)
