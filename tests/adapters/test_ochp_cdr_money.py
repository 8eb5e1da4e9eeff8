"""CDRs there and back: every digit of money, energy and time, whatever the order and overlap of the billing items."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.canonical import leaves
from gateway.exact import product, total
from gateway.findings import Severity
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrStatus
from gateway.model.common import Price
from gateway.model.ids import ContractId, EvseId
from gateway.model.metering import CdrDimension, ChargingPeriod, Dimension
from gateway.model.session import SessionIds
from gateway.model.token import Token, TokenType
from gateway.wire import decode, document, encode, findings
from gateway.workbench import translate_value
from gateway_ochp import wire
from gateway_ochp.translate.cdrs import CDR, cdr_name, read_cdr, write_cdr, write_cdr_id
from tests.adapters.test_ochp_sends import BERLIN, BILL, PLACE

ITEMS = {
    "parkingtime": Dimension.PARKING_TIME,
    "usagetime": Dimension.TIME,
    "energy": Dimension.ENERGY,
    "power": Dimension.MAX_POWER,
    "serviceFee": Dimension.SERVICE_FEE,
    "reservation": Dimension.RESERVATION,
    "reservationtime": Dimension.RESERVATION_TIME,
}
BEGIN = datetime(2026, 3, 1, 10, tzinfo=BERLIN)
amounts = st.decimals(min_value=0, max_value=10_000, places=4).map(lambda value: value + 0)
prices = st.decimals(min_value=0, max_value=100, places=12).map(lambda value: value + 0)


@st.composite
def wire_periods(draw: st.DrawFn) -> wire.CdrPeriod:
    start = BEGIN + timedelta(seconds=draw(st.integers(0, 3600)))
    volume, price = draw(amounts), draw(prices)
    return wire.CdrPeriod(
        start_date_time=start,
        end_date_time=start + timedelta(seconds=draw(st.integers(0, 3600))),
        billing_item=draw(st.sampled_from(sorted(ITEMS))),
        billing_value=volume,
        item_price=price,
        period_cost=draw(st.sampled_from([None, product(volume, price)])),
        taxrate=draw(st.sampled_from([None, 0, 7, 19])),
    )


@st.composite
def infos(draw: st.DrawFn) -> wire.CdrInfo:
    periods = tuple(draw(st.lists(wire_periods(), min_size=1, max_size=5)))
    costs = [product(one.billing_value or Decimal(), one.item_price or Decimal()) for one in periods]
    hours = draw(st.integers(0, 999))
    return wire.CdrInfo(
        cdr_id="DEABC" + draw(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=31)),
        evse_id="DE*ABC*E100*1",
        emt_id=wire.EmtId(instance="04A2B3C4D5E680", token_type="rfid", token_sub_type=None, representation="plain"),
        contract_id="DE-8EO-CA2B3C4D5-6",
        status=draw(st.sampled_from(["new", "accepted", "declined", "revised", "approved", "rejected"])),
        start_date_time=BEGIN,
        end_date_time=BEGIN + timedelta(hours=2),
        duration=draw(st.sampled_from([None, timedelta(), timedelta(hours=hours, minutes=5, seconds=7)])),
        charge_point_address=wire.Address(
            house_number="7", address="Lindenallee", city="Musterstadt", zip_code="12345", country="DEU"
        ),
        charge_point_type="AC",
        connector_type=wire.Connector(connector_standard="IEC_62196_T2", connector_format="Socket"),
        ratings=wire.Ratings(maximum_power=Decimal(22), guaranteed_power=Decimal(11), nominal_voltage=230),
        meter_id="1 ESY 1162",
        charging_periods=periods,
        total_cost=draw(st.sampled_from([None, total(costs)])),
        currency=draw(st.sampled_from(["EUR", "CHF"])),
    )


@settings(max_examples=150)
@given(infos())
def test_what_is_read_is_written_again(info: wire.CdrInfo) -> None:
    decoded = decode(wire.CdrInfo, encode(info))
    assert [one for one in decoded.findings if one.severity is Severity.ERROR] == []
    assert encode(write_cdr(read_cdr(decoded.model))) == encode(info)
    assert encode(CDR.write(CDR.read(decoded.model))) == encode(info)


@given(infos())
def test_sums_are_exact_and_each_quantity_has_its_own_unit(info: wire.CdrInfo) -> None:
    cdr = read_cdr(info)
    energy = [one.billing_value or Decimal() for one in info.charging_periods if one.billing_item == "energy"]
    assert cdr.energy_kwh == (total(energy) if energy else None)
    assert cdr.energy_known is bool(energy)
    kinds = [(one.dimensions[0].type, one.dimensions[0].volume) for one in cdr.periods]
    assert kinds == [(ITEMS[one.billing_item or ""], one.billing_value) for one in info.charging_periods]
    parts = vars_of(cdr)
    assert total(parts) == total(
        product(one.billing_value or Decimal(), one.item_price or Decimal()) for one in info.charging_periods
    )


def vars_of(cdr: Cdr) -> list[Decimal]:
    costs = cdr.costs
    parts = (costs.fixed, costs.energy, costs.time, costs.parking, costs.reservation) if costs else ()
    return [part.excl_vat for part in parts if part is not None and part.excl_vat is not None]


@st.composite
def cdrs(draw: st.DrawFn) -> Cdr:
    """Priced by one item a period, as a backend would give them; some with what OCHP has no place for."""
    periods = []
    for _ in range(draw(st.integers(1, 4))):
        start = BEGIN + timedelta(seconds=draw(st.integers(0, 3600)))
        volume, price = draw(amounts), draw(prices)
        power = (CdrDimension(type=Dimension.MAX_CURRENT, volume=Decimal(16)),) if draw(st.booleans()) else ()
        kind = draw(st.sampled_from([*ITEMS.values()]))
        periods.append(
            ChargingPeriod(
                start=start,
                end=start + timedelta(seconds=draw(st.integers(1, 3600))),
                dimensions=(CdrDimension(type=kind, volume=volume), *power),
                item_price=price,
                cost=product(volume, price),
                tax_percent=draw(st.sampled_from([None, Decimal(19), Decimal("5.5")])),
                tariff_id=draw(st.sampled_from([None, "T-1"])),
            )
        )
    cost = total(one.cost or Decimal() for one in periods)
    remark = draw(st.sampled_from([None, "a remark"]))
    return replace(
        BILL, status=CdrStatus.NEW, periods=tuple(periods), total_cost=Price(excl_vat=cost), remark=remark,
        energy_kwh=None, rated=True,
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(cdrs())
def test_what_does_not_come_back_is_reported(cdr: Cdr) -> None:
    told = translate_value(m.SubmitCdr(cdr=cdr), "ochp")
    assert [one for one in told.findings if one.severity is Severity.ERROR] == []
    back = read_cdr(write_cdr(cdr))
    assert [(one.start, one.end, one.item_price, one.cost) for one in back.periods] == [
        (one.start, one.end, one.item_price, one.cost) for one in cdr.periods
    ]
    assert back.total_cost == cdr.total_cost
    before, after = leaves(cdr), leaves(back)
    lost = {path for path in before if before[path] != after.get(path)}
    assert {f"cdrs.0.{path}" for path in lost} <= {loss.source for loss in told.losses}


# --- cases -------------------------------------------------------------------------------------------------------


def xml(cdr: Cdr) -> str:
    """As it is sent, without the prefix of its namespace."""
    return encode(write_cdr(cdr)).decode().replace("m:", "")


def periods_of(cdr: Cdr) -> list[tuple[Any, ...]]:
    return [(one.billing_item, one.billing_value, one.item_price) for one in write_cdr(cdr).charging_periods]


def one_period(*dimensions: tuple[Dimension, str], **told: Any) -> ChargingPeriod:
    kinds = tuple(CdrDimension(type=kind, volume=Decimal(volume)) for kind, volume in dimensions)
    return ChargingPeriod(start=BILL.start, dimensions=kinds, **told)


def test_the_power_beside_priced_energy_is_a_fact_and_no_item() -> None:
    priced = one_period((Dimension.ENERGY, "10"), (Dimension.MAX_POWER, "22"), item_price=Decimal("0.4"))
    assert periods_of(replace(BILL, periods=(priced,))) == [("energy", Decimal(10), Decimal("0.4"))]
    by_power = one_period((Dimension.MAX_POWER, "22"), item_price=Decimal(1))
    assert periods_of(replace(BILL, periods=(by_power,))) == [("power", Decimal(22), Decimal(1))]


def test_a_gift_whose_periods_bill_nothing_has_its_energy() -> None:
    silent = one_period((Dimension.MAX_CURRENT, "16"))
    assert periods_of(replace(BILL, periods=(silent,))) == [("energy", Decimal("12.5"), Decimal(0))]


@pytest.mark.parametrize("cost", [None, Price()])
def test_nobody_has_said_that_nothing_is_owed(cost: Price | None) -> None:
    assert periods_of(replace(BILL, total_cost=cost)) == [("energy", Decimal("12.5"), None)]


def test_small_and_large_amounts_are_written_without_an_exponent() -> None:
    tiny = one_period((Dimension.ENERGY, "0.000001"), item_price=Decimal("0.000000000001"), cost=Decimal(0))
    text = xml(replace(BILL, periods=(tiny,)))
    assert "<itemPrice>0.000000000001</itemPrice>" in text
    assert "<billingValue>0.000001</billingValue>" in text
    assert "<periodCost>0</periodCost>" in text


def noticed(cdr: Cdr) -> list[tuple[str, str]]:
    """But for the check digit of the made-up contract."""
    found = [(one.severity.value, one.code) for one in findings(write_cdr(cdr))]
    return [one for one in found if one[1] != "check-digit"]


def test_an_offset_that_nobody_has_told_is_reported_and_not_made_up() -> None:
    utc = replace(BILL, start=datetime(2026, 7, 1, 10, tzinfo=UTC), end=datetime(2026, 7, 1, 12, tzinfo=UTC))
    assert noticed(utc) == [("warning", "offset")]
    assert noticed(replace(utc, place=replace(PLACE, time_zone="nowhere/at-all"))) == [("warning", "offset")]
    known = replace(utc, place=replace(PLACE, time_zone="Europe/Berlin"))
    assert noticed(known) == []
    assert write_cdr(known).start_date_time == utc.start
    assert "<LocalDateTime>2026-07-01T12:00:00+02:00</LocalDateTime>" in xml(known)
    british = replace(PLACE, address=replace(PLACE.address, country="GBR"))  # type: ignore[type-var]
    assert noticed(replace(utc, place=british)) == []


def test_the_zone_of_the_place_counts_over_an_offset_of_elsewhere() -> None:
    elsewhere = BILL.start.astimezone(timezone(timedelta(hours=-5))) if BILL.start else None
    cdr = replace(BILL, start=elsewhere, place=replace(PLACE, time_zone="Europe/Berlin"))
    assert "<LocalDateTime>2026-03-01T10:00:00+01:00</LocalDateTime>" in xml(cdr)


@pytest.mark.parametrize(
    ("duration", "written"),
    [
        (timedelta(), "000:00:00"),
        (timedelta(hours=30, seconds=1), "030:00:01"),
        (timedelta(hours=1000), None),
        (timedelta(seconds=-1), None),
    ],
)
def test_a_duration_is_written_in_hours_or_not_at_all(duration: timedelta, written: str | None) -> None:
    text = xml(replace(BILL, duration=duration))
    assert (f"<duration>{written}</duration>" in text) if written else "<duration>" not in text


def test_ratings_are_not_made_of_charging_periods() -> None:
    info = write_cdr(BILL)
    assert info.ratings is not None
    assert (info.ratings.maximum_power, len(info.charging_periods)) == (Decimal(22), 1)
    assert read_cdr(info).place.evses[0].max_power_kw == Decimal(22)  # type: ignore[union-attr]


def test_the_cdr_of_a_direct_session_names_it() -> None:
    contract = ContractId.parse("DE-8EO-CA2B3C4D5-6")
    token = Token(uid=str(contract), type=TokenType.APP_USER, contract_id=contract, provider=contract.party)
    info = write_cdr(replace(BILL, token=token, session=SessionIds(hub="D-17", cpo="LON-1")))
    assert info.emt_id is not None
    assert (info.emt_id.token_type, info.emt_id.instance, info.emt_id.representation) == ("remote", "D-17", "plain")
    back = read_cdr(info)
    assert (back.session, back.token) == (SessionIds(hub="D-17"), token)


# --- ids ---------------------------------------------------------------------------------------------------------


@given(
    st.lists(st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1, max_size=60), unique=True)
)
def test_distinct_ids_stay_distinct_and_fit(ids: list[str]) -> None:
    written = [write_cdr_id(replace(BILL, id=one)) for one in ids]
    assert len(set(written)) == len(ids)
    assert all(one is not None and len(one) <= 36 and one.isalnum() and one.startswith("DEABC") for one in written)


@pytest.mark.parametrize("pair", [("abc-1", "abc1"), ("4711", "DEABC4711"), ("a" * 60, "a" * 61), ("Ä1", "Ö1")])
def test_ids_that_look_alike_do_not_become_one(pair: tuple[str, str]) -> None:
    assert len({write_cdr_id(replace(BILL, id=one)) for one in pair}) == 2


def test_what_was_derived_is_not_derived_again() -> None:
    once = write_cdr_id(replace(BILL, id="cdr-7"))
    assert write_cdr_id(replace(BILL, id=once)) == once


def test_the_id_of_an_older_partner_is_read_as_it_is() -> None:
    info = replace(write_cdr(BILL), cdr_id="0001")
    assert read_cdr(decode(wire.CdrInfo, encode(info)).model).id == "0001"


def test_an_evse_of_din_is_named_as_the_hub_knows_it() -> None:
    name = cdr_name(replace(BILL, evse=EvseId.parse("+49*823*1234*5678"), id=None, session=SessionIds(cpo="1")))
    assert (str(name.evse), str(name.cdr_id)[:6]) == ("DE*823*E1234*5678", "DE8231")
    assert document(write_cdr(BILL)) is not None
