"""EVSE data canonical → OICP → canonical: equal but for the losses that are reported."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.canonical import leaves
from gateway.findings import Severity
from gateway.model import kinds as k
from gateway.model import messages as m
from gateway.model.common import BusinessDetails, Image, ImageCategory, LocalText
from gateway.model.ids import EvseId, PartyId
from gateway.model.location import (
    Address,
    Connector,
    Coordinates,
    EnergyMix,
    EnergySource,
    Evse,
    Location,
    OpeningTimes,
    ParkingSpot,
    RegularHours,
    RelatedPlace,
)
from gateway.wire import decode_document, document
from gateway.workbench import translate_value
from gateway_oicp.forms import PUSH_DATA

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
LANGUAGES = st.sampled_from(["en", "de", "nl", None])
TEXTS = st.lists(st.builds(LocalText, WORDS, LANGUAGES), max_size=2).map(tuple)
MAYBE = st.none() | st.booleans()


def some(kind: Any, most: int = 3) -> Any:
    return st.lists(st.sampled_from(kind), max_size=most, unique=True).map(tuple)


def maybe(kind: Any) -> Any:
    return st.none() | st.sampled_from(kind)


def numbers(most: int, places: int = 0) -> Any:
    return st.decimals(min_value=0, max_value=most, places=places, allow_nan=False, allow_infinity=False)


COORDINATES = st.builds(
    Coordinates, latitude=st.decimals(-90, 90, places=7), longitude=st.decimals(-180, 180, places=7)
)
CONNECTORS = st.builds(
    Connector,
    id=st.sampled_from(["1", "2"]),
    standard=maybe(k.ConnectorType),
    format=maybe(k.ConnectorFormat),
    power_type=maybe(k.PowerType),
    max_voltage_v=st.none() | numbers(1000),
    max_amperage_a=st.none() | numbers(500),
    max_power_kw=st.none() | numbers(400, 1),
    tariff_ids=st.sampled_from([(), ("T1",)]),
)
EVSES = st.builds(
    Evse,
    uid=st.none() | WORDS,
    evse_id=st.sampled_from([EvseId.parse("NL*LON*E1111*11"), EvseId.parse("DE*LON*E2222")]),
    capabilities=some(k.Capability),
    connectors=st.lists(CONNECTORS, max_size=2).map(tuple),
    floor_level=st.none() | st.sampled_from(["1", "-2"]),
    coordinates=st.none() | COORDINATES,
    physical_reference=st.none() | WORDS,
    parking_restrictions=some(k.ParkingRestriction, 2),
    parking_spots=st.lists(st.builds(ParkingSpot, number=st.none() | st.just("12"), facility=MAYBE), max_size=2).map(
        tuple
    ),
    images=st.lists(
        st.builds(Image, url=st.just("https://example.org/1.png"), category=maybe(ImageCategory)), max_size=2
    ).map(tuple),
    station_id=st.none() | WORDS,
    station_names=TEXTS,
    information=TEXTS,
    manufacturer=st.none() | WORDS,
    access=maybe(k.Access),
    authentication_methods=some(k.AuthenticationMethod),
    payment_options=some(k.PaymentOption),
    value_added_services=some(k.ValueAddedService),
    calibration_law=maybe(k.CalibrationLaw),
    hub_compatible=MAYBE,
    dynamic_info=maybe(k.DynamicInfo),
    max_reservation_minutes=st.none() | st.just(30),
    battery_capacity_kwh=st.none() | numbers(300, 1),
    dynamic_power=MAYBE,
    max_power_kw=st.none() | numbers(400, 1),
    charging_modes=some(k.ChargingMode),
    user_interface_languages=st.sampled_from([(), ("en",)]),
    hub_operator=st.none() | st.just(PartyId.parse("NL*LON")),
    clearing_house_id=st.none() | st.just("TNM"),
)


@st.composite
def hours(draw: st.DrawFn) -> OpeningTimes | None:
    if not draw(st.booleans()):
        return draw(st.none() | st.builds(OpeningTimes, twentyfourseven=st.none() | st.just(True)))
    begin = draw(st.integers(0, 1438))
    end = draw(st.integers(begin + 1, 1440))
    days = draw(st.sets(st.integers(1, 7), min_size=1))
    spans = tuple(RegularHours(weekday=day, begin=begin, end=end) for day in sorted(days))
    return OpeningTimes(twentyfourseven=False, regular=spans)


SOURCES = st.lists(
    st.builds(EnergySource, source=maybe(k.EnergySourceCategory), percentage=st.none() | numbers(100, 1)), max_size=3
).map(tuple)
MIXES = st.none() | st.builds(
    EnergyMix,
    is_green_energy=MAYBE,
    sources=SOURCES,
    impacts=st.dictionaries(st.sampled_from(k.ImpactCategory), numbers(99999, 2), max_size=2),
    supplier_name=st.none() | WORDS,
)
LOCATIONS = st.builds(
    Location,
    id=st.none() | WORDS,
    publish=st.just(True),
    names=TEXTS,
    address=st.none()
    | st.builds(
        Address,
        street=st.none() | WORDS,
        house_number=st.none() | st.just("10"),
        city=st.none() | WORDS,
        postal_code=st.none() | st.just("1011 AB"),
        state=st.none() | WORDS,
        country=st.sampled_from(["NLD", "DEU", "USA"]),
    ),
    coordinates=st.none() | COORDINATES,
    related_places=st.lists(st.builds(RelatedPlace, coordinates=COORDINATES, kind=maybe(k.GeoClass)), max_size=2).map(
        tuple
    ),
    parking_type=maybe(k.ParkingType),
    suboperator=st.none() | st.builds(BusinessDetails, name=WORDS, website=st.none() | st.just("https://example.org")),
    owner=st.none() | st.builds(BusinessDetails, name=WORDS),
    facilities=some(k.Facility, 2),
    time_zone=st.sampled_from([None, "Europe/Berlin", "America/New_York"]),
    utc_offset=st.sampled_from([None, "+01:00"]),
    opening_times=hours(),
    charging_when_closed=MAYBE,
    energy_mix=MIXES,
    directions=TEXTS,
    hotline=st.sampled_from([None, "+31201234567", "+31 20 123 45 67"]),
    external_ids=st.sampled_from([{}, {"oicp.pool": "NL*LON*P1"}, {"ochp.location": "L1"}]),
    evses=EVSES.map(lambda evse: (evse,)),
)
PUSHES = LOCATIONS.map(
    lambda place: m.PublishEvses(
        action=m.PushAction.INSERT,
        operator=PartyId.parse("NL*LON"),
        operator_name="London Charging",
        locations=(place,),
    )
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(PUSHES)
def test_what_comes_back_is_equal_but_for_the_losses_that_are_reported(push: m.PublishEvses) -> None:
    written = PUSH_DATA.write_plain(push)
    back = PUSH_DATA.read_plain(decode_document(PUSH_DATA.wire, document(written)).model)
    before, after = leaves(push), leaves(back)
    reported = {loss.source for loss in translate_value(push, "oicp").losses}
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert changed <= reported
    assert all(loss.reason for loss in translate_value(push, "oicp").losses)


def _full() -> Location:
    """Everything that OICP knows, as it can tell it."""
    connector = Connector(
        id="1",
        standard=k.ConnectorType.IEC_62196_T2,
        format=k.ConnectorFormat.SOCKET,
        power_type=k.PowerType.AC_3_PHASE,
        max_voltage_v=Decimal(230),
        max_amperage_a=Decimal(32),
        max_power_kw=Decimal(22),
    )
    evse = Evse(
        evse_id=EvseId.parse("NL*LON*E1111*11"),
        capabilities=(k.Capability.RFID_READER, k.Capability.REMOTE_START_STOP_CAPABLE, k.Capability.RESERVABLE),
        connectors=(connector,),
        floor_level="1",
        parking_spots=(ParkingSpot(number="12", facility=True),),
        images=(Image(url="https://example.org/1.png", category=ImageCategory.CHARGER),),
        station_id="S1",
        information=(LocalText("Behind the house", "en"),),
        manufacturer="Made",
        access=k.Access.PAYING,
        authentication_methods=(k.AuthenticationMethod.RFID_MIFARE_CLASSIC, k.AuthenticationMethod.REMOTE),
        payment_options=(k.PaymentOption.CONTRACT,),
        value_added_services=(k.ValueAddedService.RESERVATION,),
        calibration_law=k.CalibrationLaw.LOCAL,
        hub_compatible=True,
        dynamic_info=k.DynamicInfo.TRUE,
        battery_capacity_kwh=Decimal(100),
        dynamic_power=False,
        charging_modes=(k.ChargingMode.MODE_3,),
        hub_operator=PartyId.parse("NL*LON"),
        clearing_house_id="TNM",
    )
    return Location(
        operator=PartyId.parse("NL*LON"),
        publish=True,
        names=(LocalText("Kade", "nl"),),
        address=Address(
            street="Kade", house_number="10", city="Amsterdam", postal_code="1011 AB", state="NH", country="NLD"
        ),
        coordinates=Coordinates(latitude=Decimal("52.370216"), longitude=Decimal("4.895168")),
        related_places=(
            RelatedPlace(
                coordinates=Coordinates(latitude=Decimal("52.3"), longitude=Decimal("4.8")), kind=k.GeoClass.ENTRANCE
            ),
        ),
        parking_type=k.ParkingType.ON_STREET,
        suboperator=BusinessDetails(name="London Charging"),
        utc_offset="+01:00",
        opening_times=OpeningTimes(twentyfourseven=True),
        energy_mix=EnergyMix(
            is_green_energy=True,
            sources=(EnergySource(source=k.EnergySourceCategory.SOLAR, percentage=Decimal(100)),),
            impacts={k.ImpactCategory.CARBON_DIOXIDE: Decimal("1.5")},
        ),
        directions=(LocalText("Second floor", "en"),),
        hotline="+31201234567",
        external_ids={"oicp.pool": "NL*LON*P1"},
        evses=(evse,),
    )


def test_what_oicp_knows_comes_back_whole() -> None:
    push = m.PublishEvses(
        action=m.PushAction.INSERT,
        operator=PartyId.parse("NL*LON"),
        operator_name="London Charging",
        locations=(_full(),),
    )
    written = PUSH_DATA.write(push)
    decoded = decode_document(PUSH_DATA.wire, document(written))
    assert [one for one in decoded.findings if one.severity is not Severity.INFO] == []
    assert replace(PUSH_DATA.read(decoded.model), extensions={}) == push
    assert translate_value(push, "oicp").losses == ()
