"""The price of a session is the same under a tariff by OCPI's rules and under what is written of it by OCHP's."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.canonical import leaves
from gateway.model import messages as m
from gateway.model.ids import PartyId
from gateway.model.tariff import (
    PriceComponent,
    ReservationRestriction,
    Tariff,
    TariffDimension,
    TariffElement,
    TariffRestrictions,
    TariffType,
)
from gateway.wire import decode, encode
from gateway.workbench import translate_value
from gateway_ochp import wire
from gateway_ochp.forms.tariffs import UPDATE_TARIFFS
from gateway_ochp.translate.tariffs import TARIFF
from tests.adapters.ochp_rating import Moment, moments, ochp_met, ochp_price, ochp_rate, ocpi_price, ocpi_rate

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


CLOCK = st.sampled_from([0, 30, 360, 480, 720, 1200, 1320, 1440])
KWH = st.sampled_from([Decimal(0), Decimal(5), Decimal("7.5"), Decimal(20)])
KW = st.sampled_from([Decimal(0), Decimal(11), Decimal(22), Decimal(50)])
SECONDS = st.sampled_from([0, 1800, 3600, 7200])
DAYS = st.sampled_from([MONDAY.date() + timedelta(days=number) for number in range(8)])
MONEY = st.sampled_from([Decimal(0), Decimal("0.29"), Decimal("0.39"), Decimal("1.5"), Decimal(3)])
RESTRICTIONS = st.builds(
    TariffRestrictions,
    start_time=maybe(CLOCK), end_time=maybe(CLOCK), start_date=maybe(DAYS), end_date=maybe(DAYS),
    weekdays=st.lists(st.integers(1, 7), max_size=4, unique=True).map(tuple),
    min_kwh=maybe(KWH), max_kwh=maybe(KWH), min_power=maybe(KW), max_power=maybe(KW),
    min_duration=maybe(SECONDS), max_duration=maybe(SECONDS),
    reservation=st.sampled_from([None, None, None, *ReservationRestriction]),
)  # fmt: skip
COMPONENTS = st.builds(
    PriceComponent,
    type=st.sampled_from(TariffDimension),
    price=MONEY,
    vat=st.sampled_from([None, Decimal(19)]),
    step_size=st.sampled_from([None, 1, 60, 900]),
)
ELEMENTS = st.lists(
    st.builds(
        TariffElement,
        price_components=st.lists(COMPONENTS, max_size=3).map(tuple),
        restrictions=maybe(RESTRICTIONS),
    ),
    max_size=4,
).map(tuple)
MOMENTS = maybe(st.integers(0, 7 * 24).map(lambda hours: MONDAY + timedelta(hours=hours)))
TARIFFS = st.builds(
    Tariff,
    id=st.sampled_from(["DE823T1", "night rate"]),
    currency=st.just("EUR"),
    type=st.just(TariffType.REGULAR),
    operator=st.just(PartyId("DE", "823")),
    provider=st.sampled_from([None, PartyId.parse("DE8AA")]),
    elements=ELEMENTS,
    start=MOMENTS,
    end=MOMENTS,
)
SESSIONS = st.builds(
    moments,
    st.integers(0, 7 * 48).map(lambda halves: MONDAY + timedelta(minutes=30 * halves)),
    st.lists(
        st.tuples(st.just(30), st.sampled_from([Decimal(v) for v in (0, 5, 11, 20, 30, 60)])), min_size=1, max_size=8
    ),
)


def written(tariff: Tariff) -> Sequence[wire.TariffElement]:
    (told,) = TARIFF.write(tariff).individual_tariff
    return told.tariff_element


@given(TARIFFS, SESSIONS)
@settings(max_examples=300)
def test_what_is_written_asks_the_same(tariff: Tariff, session: Sequence[Moment]) -> None:
    assert ochp_price(written(tariff), session) == ocpi_price(tariff, session)


@given(TARIFFS, SESSIONS)
@settings(max_examples=200)
def test_what_is_written_asks_the_same_for_a_reservation(tariff: Tariff, session: Sequence[Moment]) -> None:
    elements = written(tariff)
    for kind, item in ((TariffDimension.FLAT, "reservation"), (TariffDimension.TIME, "reservationtime")):
        for moment in session:
            assert ochp_rate(elements, item, moment) == ocpi_rate(tariff, kind, moment, reserved=True)


@given(TARIFFS, SESSIONS)
@settings(max_examples=300)
def test_what_is_read_again_asks_the_same(tariff: Tariff, session: Sequence[Moment]) -> None:
    body = encode(TARIFF.write(tariff))
    again = TARIFF.read(decode(wire.TariffInfo, body).model)
    assert ocpi_price(again, session) == ocpi_price(tariff, session)


@given(TARIFFS)
@settings(max_examples=200)
def test_no_two_elements_of_an_item_hold_at_once(tariff: Tariff) -> None:
    """At any half hour of two days, with any power: at most one."""
    by_item: dict[str | None, list[wire.TariffElement]] = {}
    for element in written(tariff):
        assert element.price_component is not None
        by_item.setdefault(element.price_component.billing_item, []).append(element)
    for elements in by_item.values():
        for power in (Decimal(5), Decimal(15), Decimal(60)):
            for moment in moments(MONDAY - timedelta(days=2), [(30, power)] * 96):
                assert sum(ochp_met(element.tariff_restriction, moment) for element in elements) <= 1


@given(TARIFFS)
@settings(max_examples=150)
def test_the_report_names_all_that_does_not_come_back(tariff: Tariff) -> None:
    message = m.PublishTariffs(tariffs=(tariff,))
    back = UPDATE_TARIFFS.read_plain(decode(wire.UpdateTariffsRequest, encode(UPDATE_TARIFFS.write(message))).model)
    before, after = leaves(message), leaves(back)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    report = translate_value(message, "ochp")
    assert {loss.source for loss in report.losses if loss.source} == changed


# --- OCHP to canonical -------------------------------------------------------------------------------------------

HOURS = st.builds(
    lambda day, span: wire.RegularHours(weekday=day, period_begin=span[0], period_end=span[1]),
    st.integers(1, 7),
    st.sampled_from([(0, 1440), (0, 480), (480, 1200), (720, 840), (1200, 1440)]),
)
THEIRS = st.builds(
    lambda hours, more: wire.TariffRestriction(regular_hours=tuple(hours), **more),
    st.lists(HOURS, max_size=3),
    st.fixed_dictionaries(
        {},
        optional={
            "min_energy": KWH, "max_energy": KWH, "min_power": KW, "max_power": KW, "min_duration": SECONDS,
            "max_duration": SECONDS, "start_date_time": DAYS.map(lambda day: datetime.combine(day, time(), UTC)),
        },
    ),
)  # fmt: skip
THEIR_ELEMENTS = st.lists(
    st.builds(
        lambda item, price, restriction: wire.TariffElement(
            price_component=wire.PriceComponent(billing_item=item, item_price=price, step_size=Decimal(0)),
            tariff_restriction=restriction,
        ),
        st.sampled_from(["energy", "usagetime", "parkingtime", "serviceFee", "power"]),
        MONEY,
        THEIRS,
    ),
    min_size=1,
    max_size=5,
)


@given(THEIR_ELEMENTS, SESSIONS)
@settings(max_examples=300)
def test_what_overlaps_is_read_as_what_it_comes_to(
    elements: list[wire.TariffElement], session: Sequence[Moment]
) -> None:
    told = wire.IndividualTariff(tariff_element=tuple(elements), currency="EUR")
    tariff = TARIFF.read(wire.TariffInfo(tariff_id="DE823T1", individual_tariff=(told,)))
    assert ocpi_price(tariff, session) == ochp_price(elements, session)


def test_the_judges_tell_prices_apart() -> None:
    """A judge that finds everything equal would prove nothing."""
    night = TariffElement(
        price_components=(PriceComponent(type=TariffDimension.ENERGY, price=Decimal("0.29")),),
        restrictions=TariffRestrictions(start_time=1200, end_time=480, weekdays=(5,), end_date=date(2026, 1, 11)),
    )
    day = TariffElement(
        price_components=(
            PriceComponent(type=TariffDimension.ENERGY, price=Decimal("0.39")),
            PriceComponent(type=TariffDimension.FLAT, price=Decimal(1)),
            PriceComponent(type=TariffDimension.PARKING_TIME, price=Decimal(3)),
        )
    )
    tariff = Tariff(id="DE823T1", currency="EUR", elements=(night, day))
    charged = [(30, Decimal(20)), (30, Decimal(0))]
    saturday, sunday = MONDAY + timedelta(days=5, hours=7), MONDAY + timedelta(days=6, hours=7)
    for start, cost in ((saturday, "5.4"), (sunday, "6.4"), (saturday + timedelta(minutes=30), "5.4")):
        assert ocpi_price(tariff, moments(start, charged)) == Decimal(cost)
        assert ochp_price(written(tariff), moments(start, charged)) == Decimal(cost)
