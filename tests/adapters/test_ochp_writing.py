"""Writing is strict: what OCHP cannot hold is left out, cut or reported, never made up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from gateway.findings import Severity
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.common import Image, LocalText, Price
from gateway.model.ids import ContractId, EvseId
from gateway.model.kinds import Access, ConnectorType, EvseStatus, ParkingType, PaymentOption
from gateway.model.location import Address, Connector, Evse, Location, OpeningTimes, ParkingSpot, RegularHours
from gateway.model.metering import CdrDimension, ChargingPeriod, Dimension
from gateway.model.session import SessionIds
from gateway.model.token import Token, TokenType
from gateway.wire import findings
from gateway.wire.soap import opened
from gateway.wire.wsse import read as user_of
from gateway_ochp import adapter, wire
from gateway_ochp.fitting import short_id, write_contract_id, write_evse_id
from gateway_ochp.forms.charge_points import write_publish_evses
from gateway_ochp.translate.cdrs import CDR, write_cdr_id
from gateway_ochp.translate.hours import write_hours
from gateway_ochp.translate.locations import CHARGE_POINT, flat
from gateway_ochp.words import read_language, write_language
from tests.adapters.test_ochp_sends import BERLIN, BILL, CARD, CONNECTION, PLACE

NOON = datetime(2026, 3, 1, 12, tzinfo=BERLIN)


def point(**changes: Any) -> wire.ChargePointInfo:
    return CHARGE_POINT.write(replace(PLACE, **changes))


def of_evse(**changes: Any) -> wire.ChargePointInfo:
    return point(evses=(replace(PLACE.evses[0], **changes),))


def bill(**changes: Any) -> wire.CdrInfo:
    return CDR.write(replace(BILL, **changes))


def wrong(model: Any) -> list[str]:
    return [f"{finding.pointer} {finding.code}" for finding in findings(model) if finding.severity is Severity.ERROR]


# --- texts and ids -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "written"),
    [
        (Address(street="Lindenallee", house_number="12a"), ("Lindenallee", "12A", "-")),
        (Address(street="Lindenallee", house_number="12-14/2"), ("Lindenallee 12-14/2", None, "-")),
        (Address(street="Lindenallee 7", postal_code="1017 dr"), ("Lindenallee 7", None, "1017 DR")),
        (Address(street="A", postal_code="12/345"), ("A_", None, "12-345")),
        (Address(street="S" * 60, postal_code="12345678901"), ("S" * 45, None, "-")),
        (Address(), (None, None, "-")),
    ],
)
def test_an_address_is_made_to_fit(address: Address, written: tuple[str | None, ...]) -> None:
    found = point(address=address).charge_point_address
    assert found is not None
    assert (found.address, found.house_number, found.zip_code) == written


@pytest.mark.parametrize(
    ("hotline", "written"),
    [
        ("+49 (0)40 1234-567", "+49 40 1234-567"),
        ("0800/1234567", "08001234567"),
        ("call us", None),
        (None, None),
    ],
)
def test_a_hotline_is_made_to_fit_or_left_out(hotline: str | None, written: str | None) -> None:
    assert point(hotline=hotline).telephone_number == written


def test_a_long_location_id_becomes_a_stable_short_one() -> None:
    one, other = short_id("a very long id of a location 1"), short_id("a very long id of a location 2")
    assert one is not None
    assert one == short_id("a very long id of a location 1")
    assert (len(one), one != other, short_id("LOC 1"), short_id("")) == (15, True, "LOC 1", None)
    assert short_id("loc-1") != short_id("LOC1")


def test_the_location_id_of_another_network_is_shortened_and_nothing_is_invented() -> None:
    assert point(external_ids={"oicp.pool": "DE*ABC*P1"}).location_id == short_id("DE*ABC*P1")
    assert point(external_ids={}).location_id is None
    assert wrong(point(external_ids={})) == ["/chargePointInfoArray/locationId missing"]


@pytest.mark.parametrize(
    ("evse", "written"),
    [
        ("+49*823*1234*5678", "DE*823*E1234*5678"),
        ("DEABCE1001", "DEABCE1001"),
        ("de*abc*e100*1", "de*abc*e100*1"),
    ],
)
def test_an_evse_id_of_din_is_written_by_the_rule_of_ochp(evse: str, written: str) -> None:
    assert write_evse_id(EvseId.parse(evse)) == written


@pytest.mark.parametrize(
    ("contract", "written"),
    [
        ("DE-8AA-123A56-3", "DE-8AA-00123A563"),
        ("DE*8EO*Aet5e4*3", "DE-8EO-00AET5E43"),
        ("DE8EO-CA2B3C4D5", "DE8EOCA2B3C4D5"),
        ("DE-8EO-CA2B3C4D5-6", "DE-8EO-CA2B3C4D5-6"),
        ("anonymous", "anonymous"),
    ],
)
def test_a_contract_id_is_spelled_as_ochp_wants_it(contract: str, written: str) -> None:
    assert write_contract_id(ContractId.read(contract)) == written


@pytest.mark.parametrize(
    ("tag", "code"), [("de", "DEU"), ("de-AT", "DEU"), ("nl", "NLD"), ("gsw", "GSW"), (None, None), ("xx", None)]
)
def test_languages_have_three_letters(tag: str | None, code: str | None) -> None:
    assert write_language(tag) == code


@pytest.mark.parametrize(("code", "tag"), [("DEU", "de"), ("gsw", "gsw"), ("UND", None), ("de", "de"), ("QQQ", "qqq")])
def test_languages_are_read_as_tags(code: str, tag: str | None) -> None:
    assert read_language(code) == tag


def test_a_name_without_language_says_so() -> None:
    assert point(names=(LocalText("Hafen"),)).location_name_lang == "UND"
    assert point(names=()).location_name == "Lindenallee"


# --- places ------------------------------------------------------------------------------------------------------


def test_every_evse_is_a_record_of_its_own() -> None:
    second = replace(PLACE.evses[0], evse_id=EvseId.parse("DE*ABC*E100*2"))
    place = replace(PLACE, evses=(*PLACE.evses, second))
    written = write_publish_evses(m.PublishEvses(locations=(place,)))[0].model
    assert isinstance(written, wire.UpdateChargePointListRequest)
    assert [info.evse_id for info in written.charge_point_info_array] == ["DE*ABC*E100*1", "DE*ABC*E100*2"]
    assert {info.location_name for info in written.charge_point_info_array} == {"Parkhaus am Hafen"}


def test_a_location_without_evses_is_no_record() -> None:
    assert list(flat([Location()])) == []


def test_coordinates_have_six_decimals() -> None:
    assert b'lat="53.500000" lon="10.000001"' in adapter.render(
        write_publish_evses(m.PublishEvses(locations=(PLACE,)))[0], None
    )


def test_a_plug_without_a_name_is_left_out() -> None:
    plugs = (Connector(standard=ConnectorType.MCS), *PLACE.evses[0].connectors)
    assert [plug.connector_standard for plug in of_evse(connectors=plugs).connectors] == ["IEC_62196_T2"]
    assert "/chargePointInfoArray/connectors missing" in wrong(of_evse(connectors=plugs[:1]))


@pytest.mark.parametrize(
    ("kind", "access", "word"),
    [
        (ParkingType.PARKING_LOT, None, "parking-lot"),
        (None, Access.RESTRICTED, "private"),
        (None, Access.FREE, "unknown"),
        (ParkingType.ALONG_MOTORWAY, None, "other"),
        (None, None, "unknown"),
    ],
)
def test_the_kind_of_place(kind: ParkingType | None, access: Access | None, word: str) -> None:
    evse = replace(PLACE.evses[0], access=access)
    assert point(parking_type=kind, evses=(evse,)).location == word


def test_means_to_pay_stand_among_the_ways_to_identify() -> None:
    written = of_evse(payment_options=(PaymentOption.CREDIT_CARD, PaymentOption.FREE))
    assert written.auth_methods == ("DirectCreditcard", "RfidMifareCls", "RfidMifareDes", "OchpDirectAuth")


def test_pictures_need_a_type_and_spots_an_id() -> None:
    web = "https://a.example/x"
    pictures = (Image(url=f"{web}.jpeg"), Image(url=web), Image(url=web, type="png"), Image(url="x", type="png"))
    assert [image.type for image in point(images=pictures).images] == ["jpeg", "png"]
    spots = (ParkingSpot(number="12"), ParkingSpot(id="DE*ABC*P1", number="a 12", floor="basement"))
    written = of_evse(parking_spots=spots).parking_spot
    assert [(spot.parking_id, spot.parking_spot_number, spot.floor_level) for spot in written] == [
        ("DE*ABC*P1", "A12", None)
    ]


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (EvseStatus.AVAILABLE, "Operative"),
        (EvseStatus.OUTOFORDER, "Operative"),
        (EvseStatus.INOPERATIVE, "Inoperative"),
        (EvseStatus.PLANNED, "Planned"),
        (EvseStatus.REMOVED, "Closed"),
        (EvseStatus.UNKNOWN, "Unknown"),
        (None, None),
    ],
)
def test_a_status_says_the_overall_condition(status: EvseStatus | None, word: str | None) -> None:
    assert of_evse(status=status).status == word


# --- hours -------------------------------------------------------------------------------------------------------


def spans(times: OpeningTimes | None, charging: bool | None = None) -> Any:
    hours = write_hours(times, charging)
    if hours is None:
        return None
    regular = [(span.weekday, span.period_begin, span.period_end) for span in hours.regular_hours]
    return regular, hours.twentyfourseven, hours.closed_charging


def test_unknown_hours_are_not_written() -> None:
    assert spans(None) is None
    assert spans(OpeningTimes()) is None
    assert spans(None, charging=False) == ([], False, False)


def test_a_place_is_always_open_or_has_hours() -> None:
    monday = RegularHours(weekday=1, begin=360, end=1440)
    assert spans(OpeningTimes(twentyfourseven=True, regular=(monday,))) == ([], True, True)
    assert spans(OpeningTimes(twentyfourseven=False, regular=(monday,))) == ([(1, 360, 1440)], None, True)


def test_more_than_seven_spans_become_one_a_day() -> None:
    days = [RegularHours(weekday=day, begin=start, end=start + 60) for day in range(1, 6) for start in (480, 900)]
    written = spans(OpeningTimes(regular=tuple(days)))
    assert written == ([(day, 480, 960) for day in range(1, 6)], None, True)


# --- CDRs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "written"),
    [
        ({}, "DEABC0001"),
        ({"id": "abc-1"}, "DEABCABC1"),
        ({"id": "4711"}, "DEABC4711"),
        ({"id": "DE*ABC*CDR*1"}, "DEABCCDR1"),
        ({"id": None, "session": SessionIds(cpo="s-9")}, "DEABCS9"),
        ({"id": None}, None),
    ],
)
def test_a_cdr_id_begins_with_the_operator_and_ends_in_a_digest_where_it_had_to_be_changed(
    changes: dict[str, Any], written: str | None
) -> None:
    found = write_cdr_id(replace(BILL, **changes))
    changed = changes and written is not None
    assert (found[:-11] if changed and found is not None else found) == written
    assert found == write_cdr_id(replace(BILL, **changes))


def test_long_session_ids_give_different_cdr_ids_that_fit() -> None:
    names = [f"f98efba4-02d8-4fa0-b810-9a9d50d2c52{digit}" for digit in "123"] + ["IOP-SID-" + "x" * 50]
    written = [write_cdr_id(replace(BILL, id=None, session=SessionIds(hub=name))) for name in names]
    assert len({*written}) == 4
    assert all(wire_id is not None and len(wire_id) == 36 and wire_id.startswith("DEABC") for wire_id in written)


def items(info: wire.CdrInfo) -> list[tuple[Any, ...]]:
    return [
        (item.billing_item, item.billing_value, item.item_price, item.period_cost) for item in info.charging_periods
    ]


def test_a_cdr_without_periods_that_is_a_gift_has_its_energy_uncharged() -> None:
    info = bill(charging_start=NOON - timedelta(hours=1))
    assert items(info) == [("energy", Decimal("12.5"), Decimal(0), None)]
    assert (info.charging_periods[0].start_date_time, info.charging_periods[0].end_date_time) == (
        NOON - timedelta(hours=1),
        NOON,
    )
    assert wrong(info) == []


def test_a_cdr_without_energy_has_its_time() -> None:
    timed = bill(energy_known=False, total_time_hours=Decimal("1.5"))
    assert (items(timed), timed.duration) == ([("usagetime", Decimal("1.5"), Decimal(0), None)], timedelta(hours=1.5))
    assert items(bill(energy_kwh=None)) == []


def period(*dimensions: tuple[Dimension, str], **told: Any) -> ChargingPeriod:
    return ChargingPeriod(
        start=told.pop("start", BILL.start),
        dimensions=tuple(CdrDimension(type=kind, volume=Decimal(amount)) for kind, amount in dimensions),
        **told,
    )


def test_periods_that_follow_one_another_get_their_ends() -> None:
    middle = NOON - timedelta(hours=1)
    periods = (
        period((Dimension.ENERGY, "10"), (Dimension.TIME, "1")),
        period((Dimension.PARKING_TIME, "1"), start=middle),
    )
    info = bill(periods=periods)
    assert [(item.billing_item, item.end_date_time) for item in info.charging_periods] == [
        ("energy", middle),
        ("usagetime", middle),
        ("parkingtime", NOON),
    ]


def test_quantities_that_ochp_does_not_bill_are_left_out() -> None:
    periods = (period((Dimension.ENERGY, "10"), (Dimension.MAX_CURRENT, "32"), (Dimension.MIN_POWER, "1")),)
    assert items(bill(periods=periods)) == [("energy", Decimal(10), Decimal(0), None)]


@pytest.mark.parametrize(
    ("cost", "amount", "price"),
    [("4", "10", "0.4"), ("1", "3", None), ("0", "10", "0"), ("5", "0", None)],
)
def test_a_price_follows_from_a_cost_only_where_it_is_exact(cost: str, amount: str, price: str | None) -> None:
    info = bill(periods=(period((Dimension.ENERGY, amount), cost=Decimal(cost)),), rated=True)
    assert items(info) == [("energy", Decimal(amount), None if price is None else Decimal(price), Decimal(cost))]


@pytest.mark.parametrize(
    "changes",
    [
        {"rated": False},
        {"rated": None},
        {"total_cost": None},
        {"total_cost": Price(excl_vat=Decimal(5))},
        {"total_cost": Price(incl_vat=Decimal(5))},
    ],
)
def test_a_price_is_missing_unless_somebody_said_that_nothing_is_owed(changes: dict[str, Any]) -> None:
    assert "/cdrInfoArray/chargingPeriods[1]/itemPrice missing" in wrong(bill(**changes))


@pytest.mark.parametrize(("percent", "written"), [("19", 19), ("19.0", 19), ("5.5", None)])
def test_a_tax_is_a_whole_percentage(percent: str, written: int | None) -> None:
    info = bill(periods=(period((Dimension.ENERGY, "1"), tax_percent=Decimal(percent)),))
    assert [item.taxrate for item in info.charging_periods] == [written]


@pytest.mark.parametrize(
    ("duration", "written"),
    [(timedelta(hours=30, minutes=5), "030:05:00"), (timedelta(hours=999), "999:00:00"), (timedelta(hours=1000), None)],
)
def test_a_duration_has_three_digits_of_hours(duration: timedelta, written: str | None) -> None:
    text = adapter.render(adapter.writes[m.SubmitCdr](m.SubmitCdr(cdr=replace(BILL, duration=duration)))[0], None)
    assert (f"<ns:duration>{written}</ns:duration>".encode() in text) is (written is not None)


def test_times_are_those_of_the_place() -> None:
    utc = datetime(2026, 7, 1, 10, tzinfo=UTC)
    place = replace(PLACE, time_zone="Europe/Berlin")
    text = adapter.render(
        adapter.writes[m.SubmitCdr](m.SubmitCdr(cdr=replace(BILL, start=utc, end=utc, place=place)))[0], None
    )
    assert b"2026-07-01T12:00:00+02:00" in text
    assert bill(start=utc).start_date_time == utc
    assert b"2026-07-01T10:00:00+00:00" in adapter.render(
        adapter.writes[m.SubmitCdr](m.SubmitCdr(cdr=replace(BILL, start=utc, end=utc)))[0], None
    )


def test_a_remote_session_is_named_by_its_instance() -> None:
    token = Token(uid="DE-8EO-CA2B3C4D5-6", type=TokenType.APP_USER, contract_id=CARD.contract_id)
    written = bill(token=token, session=SessionIds(hub="DIRECT-1")).emt_id
    assert written is not None
    assert (written.instance, written.token_type, written.representation) == ("DIRECT-1", "remote", "plain")


def test_a_foreign_offset_is_kept() -> None:
    moment = datetime(2026, 3, 1, 10, tzinfo=timezone(timedelta(hours=-3)))
    assert bill(start=moment).start_date_time == moment


# --- answers and the whole ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (m.Authorization(allowed=m.Allowed.ALLOWED, token=replace(CARD, expires=NOON)), "ok"),
        (m.Authorization(allowed=m.Allowed.BLOCKED), "invalid-id"),
        (m.Authorization(allowed=m.Allowed.NOT_ALLOWED), "invalid-id"),
        (m.Authorization(allowed=m.Allowed.NO_ANSWER), "server"),
    ],
)
def test_an_authorisation_is_a_code(answer: m.Authorization, code: str) -> None:
    written = adapter.writes[m.Authorization](answer)[0].model
    assert isinstance(written, wire.GetSingleRoamingAuthorisationResponse)
    assert written.result is not None
    assert (written.result.result_code, wrong(written)) == (code, [])


def test_a_yes_without_a_token_is_reported_as_incomplete() -> None:
    written = adapter.writes[m.Authorization](m.Authorization(allowed=m.Allowed.ALLOWED))[0].model
    assert any("contractId missing" in finding for finding in wrong(written))


@pytest.mark.parametrize(
    ("receipt", "code"),
    [
        (m.CdrReceipt(accepted=True), "ok"),
        (m.CdrReceipt(accepted=True, refused=("DEABC1",)), "partly"),
        (m.CdrReceipt(accepted=False), "format"),
        (m.CdrReceipt(), None),
    ],
)
def test_a_receipt_is_a_code(receipt: m.CdrReceipt, code: str | None) -> None:
    written = adapter.writes[m.CdrReceipt](receipt)[0].model
    assert isinstance(written, wire.AddCdrsResponse)
    assert written.result is not None
    assert written.result.result_code == code


def test_one_cdr_travels_as_a_list_of_one_and_comes_back_as_one() -> None:
    assert adapter.reread is not None
    message = m.SubmitCdr(cdr=BILL)
    written = adapter.writes[m.SubmitCdr](message)
    reread = adapter.reread([each.model for each in written], message)
    assert isinstance(reread, m.SubmitCdr)
    assert isinstance(reread.cdr, Cdr)
    assert reread.cdr.id == BILL.id


def test_only_a_request_on_a_connection_shows_the_user() -> None:
    question = adapter.writes[m.FetchCdrs](m.FetchCdrs())[0]
    answer = adapter.writes[m.Cdrs](m.Cdrs())[0]
    users = [
        user_of(opened(adapter.render(written, connection)).header)
        for written, connection in [(question, CONNECTION), (question, None), (answer, CONNECTION)]
    ]
    assert [user is not None for user in users] == [True, False, False]


def test_an_evse_can_be_empty() -> None:
    written = CHARGE_POINT.write(Location(evses=(Evse(),)))
    assert "/chargePointInfoArray/evseId missing" in wrong(written)
