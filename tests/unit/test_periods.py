"""Billing items that overlap become periods that follow one another; what is spread adds up to what it was."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gateway.exact import total
from gateway.model.metering import CdrDimension, ChargingPeriod, Dimension
from gateway.periods import consecutive

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def item(kind: Dimension, volume: str, start: int, end: int, **told: str) -> ChargingPeriod:
    more = {name: Decimal(value) for name, value in told.items()}
    dimensions = (CdrDimension(type=kind, volume=Decimal(volume)),)
    return ChargingPeriod(start=at(start), end=at(end), dimensions=dimensions, **more)  # type: ignore[arg-type]


def volumes(periods: tuple[ChargingPeriod, ...]) -> list[tuple[int, int, dict[str, str]]]:
    return [
        (
            int((one.start - NOON).total_seconds() // 60) if one.start else -1,
            int((one.end - NOON).total_seconds() // 60) if one.end else -1,
            {str(part.type): f"{part.volume:f}" for part in one.dimensions},
        )
        for one in periods
    ]


def test_energy_is_cut_where_parking_begins() -> None:
    cut = consecutive(
        [
            item(Dimension.ENERGY, "10", 0, 90, item_price="0.4"),
            item(Dimension.PARKING_TIME, "0.5", 60, 90, item_price="2"),
            item(Dimension.SERVICE_FEE, "1", 0, 90, item_price="0.35"),
        ]
    )
    assert volumes(cut.periods) == [
        (0, 60, {"ENERGY": "6.6667", "SERVICE_FEE": "1"}),
        (60, 90, {"ENERGY": "3.3333", "PARKING_TIME": "0.5"}),
    ]
    assert total(one.cost or Decimal() for one in cut.periods) == Decimal("5.35")
    assert [(one.pointer, one.code) for one in cut.findings] == [
        ("/periods/0", "approximated"),
        ("/periods/2", "approximated"),
    ]
    assert cut.findings[0].text == "ENERGY is spread over 2 parts by share of time; its total is exact"


def test_what_follows_one_another_stays_as_it_is() -> None:
    periods = (item(Dimension.ENERGY, "10", 0, 60), item(Dimension.PARKING_TIME, "0.5", 60, 90))
    assert consecutive(periods) == consecutive(consecutive(periods).periods)
    assert (consecutive(periods).periods, consecutive(periods).findings) == (periods, ())


def test_a_period_without_an_end_lasts_to_the_next() -> None:
    first = ChargingPeriod(start=at(0), dimensions=(CdrDimension(type=Dimension.ENERGY, volume=Decimal(1)),))
    last = ChargingPeriod(start=at(30), dimensions=(CdrDimension(type=Dimension.TIME, volume=Decimal(1)),))
    cut = consecutive([first, last], end=at(90))
    assert volumes(cut.periods) == [(0, 30, {"ENERGY": "1"}), (30, 90, {"TIME": "1"})]


def test_a_period_without_times_is_not_lost() -> None:
    timeless = ChargingPeriod(dimensions=(CdrDimension(type=Dimension.ENERGY, volume=Decimal(7)),))
    assert consecutive([timeless]).periods == (timeless,)


def test_the_highest_power_is_that_of_every_part() -> None:
    cut = consecutive([item(Dimension.MAX_POWER, "22", 0, 60), item(Dimension.TIME, "0.5", 30, 60)])
    assert volumes(cut.periods) == [(0, 30, {"MAX_POWER": "22"}), (30, 60, {"MAX_POWER": "22", "TIME": "0.5"})]


amounts = st.decimals(min_value=0, max_value=1000, places=3)
items = st.builds(
    lambda kind, volume, cost, start, length: ChargingPeriod(
        start=at(start),
        end=at(start + length),
        dimensions=(CdrDimension(type=kind, volume=volume),),
        cost=cost,
    ),
    st.sampled_from([Dimension.ENERGY, Dimension.TIME, Dimension.PARKING_TIME, Dimension.SERVICE_FEE]),
    amounts,
    amounts,
    st.integers(0, 600),
    st.integers(1, 600),
)


@given(st.lists(items, max_size=8))
def test_totals_are_exact_and_nothing_overlaps(periods: list[ChargingPeriod]) -> None:
    cut = consecutive(periods).periods
    for kind in Dimension:
        assert _volume(cut, kind) == _volume(periods, kind)
    assert total(one.cost or Decimal() for one in cut) == total(one.cost or Decimal() for one in periods)
    bounds = [(one.start, one.end) for one in cut]
    assert all(one[1] is not None and other[0] is not None and one[1] <= other[0] for one, other in pairwise(bounds))


def _volume(periods: list[ChargingPeriod] | tuple[ChargingPeriod, ...], kind: Dimension) -> Decimal:
    return total(part.volume or Decimal() for one in periods for part in one.dimensions if part.type is kind)
