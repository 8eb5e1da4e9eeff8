"""Wire ↔ canonical: the rules of the crosswalk, one sentence each."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import from_json, to_json
from gateway.findings import Severity
from gateway.model import messages as m
from gateway.model.cdr import CdrDimension, ChargingPeriod, Dimension, SignedData, SignedValue
from gateway.model.common import Reason
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.kinds import (
    Access,
    Capability,
    ConnectorFormat,
    ConnectorType,
    EnergySourceCategory,
    EvseStatus,
    ParkingRestriction,
    PaymentOption,
    PowerType,
)
from gateway.model.location import Connector, Coordinates, EnergyMix, EnergySource, OpeningTimes, RegularHours
from gateway.model.token import HashAlgorithm, Pin, RfidTechnology, Token, TokenType
from gateway.wire import decode_document, document, findings, slots
from gateway.wire.kept import differences
from gateway_oicp import adapter, wire
from gateway_oicp.amounts import energy
from gateway_oicp.errata import ERRATA
from gateway_oicp.forms import (
    CHARGE_DETAIL_RECORD,
    FORMS,
    PULL_DATA_ANSWER,
    PUSH_DATA,
    REMOTE_START,
    START,
    START_ANSWER,
)
from gateway_oicp.translate.cdrs import consumed, read_cdr, read_meter_values, thinned, write_cdr
from gateway_oicp.translate.connectors import read_connectors
from gateway_oicp.translate.locations import write_pushed
from gateway_oicp.translate.places import (
    read_coordinates,
    read_opening_times,
    standard_offset,
    whole_shares,
    write_coordinates,
    write_opening_times,
    write_sources,
)
from gateway_oicp.translate.tokens import (
    read_token,
    write_full_identification,
    write_identification,
    write_remote_identification,
)
from tests.adapters.oicp_values import APP, CARD, CONTRACT, EVSE, SECOND, SESSION, at, place, record


def errors_of(model: Any) -> list[str]:
    return [one.pointer for one in findings(model) if one.severity is Severity.ERROR]


# --- tokens ------------------------------------------------------------------------------------------------------


def test_the_first_option_of_the_table_is_read() -> None:
    shown = wire.Identification(
        remote_identification=wire.RemoteIdentification(evco_id="DE-8EO-CA2B3C4D5-6"),
        rfid_mifare_family_identification=wire.RfidMifareFamilyIdentification(uid="04:a2:b3:c4:d5:e6:80"),
    )
    assert read_token(shown) == CARD


TOKENS = [
    CARD,
    APP,
    replace(CARD, contract_id=CONTRACT, technology=RfidTechnology.MIFARE_DESFIRE, visual_number="1", expires=at(1)),
    replace(APP, type=TokenType.EMAID),
    replace(APP, pin=Pin(clear="1234")),
    replace(APP, pin=Pin(hashed="$2a$10$abcdefghijkl", algorithm=HashAlgorithm.BCRYPT)),
]


@pytest.mark.parametrize("token", TOKENS)
def test_every_kind_of_token_comes_back(token: Token) -> None:
    shown = write_full_identification(token)
    assert shown is not None
    assert read_token(shown) == token
    assert errors_of(shown) == []


def test_an_authorisation_names_a_card_by_its_family() -> None:
    card = replace(CARD, technology=RfidTechnology.MIFARE_CLASSIC, contract_id=CONTRACT)
    assert document(write_identification(card)) == {"RFIDMifareFamilyIdentification": {"UID": "04A2B3C4D5E680"}}


def test_a_remote_start_names_its_user_by_contract() -> None:
    shown = write_remote_identification(replace(CARD, contract_id=CONTRACT))
    assert document(shown) == {"RemoteIdentification": {"EvcoID": "DE-8EO-CA2B3C4D5-6"}}


def test_a_contract_without_check_digit_cannot_stand_beside_a_card() -> None:
    card = replace(CARD, technology=RfidTechnology.NFC, contract_id=ContractId.parse("DE8EOCA2B3C4D5"))
    shown = write_full_identification(card)
    assert document(shown) == {"RFIDIdentification": {"UID": "04A2B3C4D5E680", "RFID": "nfc"}}


@pytest.mark.parametrize(
    "token",
    [None, Token(), Token(uid="X", type=TokenType.OTHER), replace(CARD, hashed_by=HashAlgorithm.SHA256)],
)
def test_what_oicp_cannot_name_is_left_out(token: Token | None) -> None:
    assert write_identification(token) is None


# --- places ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "notation",
    [
        wire.GeoCoordinates(google=wire.Google(coordinates="52.480495 13.356465")),
        wire.GeoCoordinates(google=wire.Google(coordinates="52.480495, 13.356465")),
        wire.GeoCoordinates(decimal_degree=wire.DecimalDegree(latitude="52.480495", longitude="13.356465")),
        wire.GeoCoordinates(
            degree_minute_seconds=wire.DegreeMinuteSeconds(latitude="52°28'49.782''", longitude="13°21'23.274''")
        ),
    ],
)
def test_three_notations_are_read(notation: wire.GeoCoordinates) -> None:
    assert read_coordinates(notation) == Coordinates(latitude=Decimal("52.480495"), longitude=Decimal("13.356465"))


def test_coordinates_have_one_to_six_decimals() -> None:
    written = write_coordinates(Coordinates(latitude=Decimal("52"), longitude=Decimal("-4.89516849")))
    assert document(written) == {"DecimalDegree": {"Longitude": "-4.895168", "Latitude": "52.0"}}
    assert errors_of(written) == []


@pytest.mark.parametrize("text", ["", "string", "52.48", "NaN NaN", "1e999999999 1", "a b c"])
def test_what_is_no_place_is_none(text: str) -> None:
    assert read_coordinates(wire.GeoCoordinates(google=wire.Google(coordinates=text))) in (
        None,
        Coordinates(latitude=Decimal("1e999999999"), longitude=Decimal(1)),
    )


@pytest.mark.parametrize(
    ("zone", "offset"),
    [
        ("Europe/Berlin", "+01:00"),
        ("Europe/London", "+00:00"),
        ("America/St_Johns", "-03:30"),
        ("Australia/Sydney", "+10:00"),
        ("Mars/Olympus", None),
        ("../etc", None),
        (None, None),
    ],
)
def test_the_offset_is_that_of_standard_time(zone: str | None, offset: str | None) -> None:
    assert standard_offset(zone) == offset


def week(*days: int, begin: int = 540, end: int = 1080) -> tuple[RegularHours, ...]:
    return tuple(RegularHours(weekday=day, begin=begin, end=end) for day in days)


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (week(1, 2, 3, 4, 5, 6, 7), ["Everyday"]),
        (week(1, 2, 3, 4, 5), ["Workdays"]),
        (week(6, 7), ["Weekend"]),
        (week(1, 2, 3, 4, 5) + week(6, 7, end=720), ["Workdays", "Weekend"]),
        (week(1, 2, 3, 4, 6), ["Monday", "Tuesday", "Wednesday", "Thursday", "Saturday"]),
    ],
)
def test_days_are_gathered_where_there_is_a_word(hours: tuple[RegularHours, ...], words: list[str]) -> None:
    times = OpeningTimes(twentyfourseven=False, regular=hours)
    written = write_opening_times(times)
    assert [opening.on for opening in written] == words
    facts = wire.EvseDataRecord(**{**vars(write_pushed(place())), "is_open_24_hours": False, "opening_times": written})
    assert read_opening_times(facts) == times


@pytest.mark.parametrize(
    ("begin", "end", "spans"),
    [
        ("08:00", "24:00", [(1, 480, 1440)]),
        ("08:00", "23:59", [(1, 480, 1440)]),
        ("00:00", "00:00", [(1, 0, 1440)]),
        ("22:00", "06:00", [(1, 1320, 1440), (2, 0, 360)]),
        ("8", "10:00", []),
        ("25:00", "26:00", []),
        (None, "10:00", []),
    ],
)
def test_midnight_ends_the_day(begin: str | None, end: str | None, spans: list[tuple[int, int, int]]) -> None:
    opening = wire.OpeningTime(on="Monday", period=(wire.Period(begin=begin, end=end),))
    facts = wire.EvseDataRecord(
        **{**vars(write_pushed(place())), "is_open_24_hours": False, "opening_times": (opening,)}
    )
    times = read_opening_times(facts)
    assert times is not None
    assert [(span.weekday, span.begin, span.end) for span in times.regular] == spans


def test_unknown_hours_are_sent_as_always_open() -> None:
    written = write_pushed(place(opening_times=None))
    assert (written.is_open_24_hours, written.opening_times) == (True, ())


def test_shares_still_add_up_to_a_hundred() -> None:
    third = Decimal("33.3")
    assert whole_shares([third, third, Decimal("33.4")]) == [33, 33, 34]
    assert whole_shares([Decimal("10.6"), None]) == [11, None]


def test_a_single_source_is_sent_without_its_share() -> None:
    mix = EnergyMix(sources=(EnergySource(source=EnergySourceCategory.WIND, percentage=Decimal(100)),))
    assert [document(source) for source in write_sources(mix)] == [{"Energy": "Wind"}]


def test_a_finer_word_goes_back_to_the_hub_it_came_from() -> None:
    green = EnergySourceCategory.GENERAL_GREEN
    sources = tuple(
        EnergySource(source=green, percentage=Decimal(50), wire_name=name) for name in ("Biomass", "Kite power")
    )
    assert [document(one) for one in write_sources(EnergyMix(sources=sources))] == [
        {"Energy": "Biomass", "Percentage": 50},
        {"Percentage": 50},
    ]


# --- connectors --------------------------------------------------------------------------------------------------


def facts(plugs: tuple[str, ...], *facilities: wire.ChargingFacility, country: str = "DEU") -> wire.EvseDataRecord:
    written = write_pushed(place())
    assert written.address is not None
    written.address.country = country
    written.plugs, written.charging_facilities = plugs, facilities
    return written


def facility(kind: str, power: str | None, volt: str | None = None, ampere: str | None = None) -> wire.ChargingFacility:
    numbers = [Decimal(text) if text else None for text in (power, volt, ampere)]
    return wire.ChargingFacility(power_type=kind, power=numbers[0], voltage=numbers[1], amperage=numbers[2])


def test_a_plug_takes_the_strongest_facility_of_its_current() -> None:
    found = read_connectors(
        facts(
            ("Type 2 Outlet", "CCS Combo 2 Plug (Cable Attached)"),
            facility("DC", "50", "400", "125"),
            facility("AC_3_PHASE", "11"),
            facility("AC_3_PHASE", "22", "400", "32"),
        )
    )
    assert found == (
        Connector(
            id="2",
            standard=ConnectorType.IEC_62196_T2,
            format=ConnectorFormat.SOCKET,
            power_type=PowerType.AC_3_PHASE,
            max_voltage_v=Decimal(230),
            max_amperage_a=Decimal(32),
            max_power_kw=Decimal(22),
        ),
        Connector(
            id="1",
            standard=ConnectorType.IEC_62196_T2_COMBO,
            format=ConnectorFormat.CABLE,
            power_type=PowerType.DC,
            max_voltage_v=Decimal(400),
            max_amperage_a=Decimal(125),
            max_power_kw=Decimal(50),
        ),
    )


@pytest.mark.parametrize(
    ("plug", "given", "country", "standard"),
    [
        ("Type 3 Outlet", facility("AC_3_PHASE", "22"), "FRA", ConnectorType.IEC_62196_T3C),
        ("Type 3 Outlet", facility("AC_1_PHASE", "3.7"), "FRA", ConnectorType.IEC_62196_T3A),
        ("IEC 60309 Three Phase", facility("AC_3_PHASE", "11"), "DEU", ConnectorType.IEC_60309_2_three_16),
        ("IEC 60309 Three Phase", facility("AC_3_PHASE", "22"), "DEU", ConnectorType.IEC_60309_2_three_32),
        ("IEC 60309 Three Phase", facility("AC_3_PHASE", "43"), "DEU", ConnectorType.IEC_60309_2_three_64),
        ("Tesla Connector", facility("AC_3_PHASE", "16"), "DEU", ConnectorType.TESLA_S),
        ("Tesla Connector", facility("AC_1_PHASE", "11"), "USA", ConnectorType.SAE_J3400),
    ],
)
def test_the_facility_tells_what_the_plug_name_does_not(
    plug: str, given: wire.ChargingFacility, country: str, standard: ConnectorType
) -> None:
    assert read_connectors(facts((plug,), given, country=country))[0].standard is standard


def test_what_had_to_be_derived_is_named_and_not_sent_back() -> None:
    told = facts(("Type 2 Outlet",), facility("AC_3_PHASE", "22"))
    (connector,) = read_connectors(told)
    assert (connector.max_amperage_a, connector.assumed) == (Decimal(32), {"max_amperage_a"})
    again = write_pushed(place(evses=(replace(place().evses[0], connectors=(connector,)),)))
    assert [document(one) for one in again.charging_facilities] == [
        {"PowerType": "AC_3_PHASE", "Power": 22, "ChargingModes": ["Mode_3"]}
    ]


def test_a_plug_without_a_name_in_the_model_keeps_its_own() -> None:
    (connector,) = read_connectors(facts(("AVCON Connector",), facility("AC_1_PHASE", "7")))
    assert (connector.standard, connector.wire_standard) == (None, "AVCON Connector")
    again = write_pushed(place(evses=(replace(place().evses[0], connectors=(connector,)),)))
    assert again.plugs == ("AVCON Connector",)


@pytest.mark.parametrize(
    ("power", "ampere", "sent"),
    [
        ("3.7", 16, {"Power": 3, "Amperage": 16}),
        ("0.4", 2, {"Power": 1, "Amperage": 2}),
        ("150", 375, {"Power": 150}),
        ("1200", 1500, {"Power": 999}),
        (None, 16, {"Power": 11, "Amperage": 16}),
    ],
)
def test_power_is_rounded_down_and_large_currents_are_left_out(
    power: str | None, ampere: int, sent: dict[str, int]
) -> None:
    connector = replace(
        place().evses[0].connectors[0],
        max_power_kw=Decimal(power) if power else None,
        max_amperage_a=Decimal(ampere),
    )
    written = write_pushed(place(evses=(replace(place().evses[0], connectors=(connector,)),)))
    (given,) = [document(one) for one in written.charging_facilities]
    assert {name: value for name, value in given.items() if name in ("Power", "Amperage")} == sent


# --- EVSE records ------------------------------------------------------------------------------------------------


def test_defaults_of_mandatory_fields_are_those_of_the_crosswalk() -> None:
    written = write_pushed(place())
    assert errors_of(written) == []
    shown = document(written)
    assert {
        name: shown[name]
        for name in (
            "AuthenticationModes",
            "PaymentOptions",
            "ValueAddedServices",
            "Accessibility",
            "CalibrationLawDataAvailability",
            "IsHubjectCompatible",
            "DynamicInfoAvailable",
            "RenewableEnergy",
            "HotlinePhoneNumber",
        )
    } == {
        "AuthenticationModes": ["NFC RFID Classic", "NFC RFID DESFire", "REMOTE"],
        "PaymentOptions": ["Contract"],
        "ValueAddedServices": ["None"],
        "Accessibility": "Free publicly accessible",
        "CalibrationLawDataAvailability": "Not Available",
        "IsHubjectCompatible": True,
        "DynamicInfoAvailable": "auto",
        "RenewableEnergy": False,
        "HotlinePhoneNumber": "+31201234567",
    }
    assert (shown["Address"]["HouseNum"], shown["Address"]["PostalCode"]) == ("", "1015")


def test_modes_and_services_follow_from_capabilities() -> None:
    evse = replace(
        place().evses[0],
        authentication_methods=(),
        capabilities=(Capability.REMOTE_START_STOP_CAPABLE, Capability.RESERVABLE, Capability.PED_TERMINAL),
        parking_restrictions=(ParkingRestriction.CUSTOMERS,),
    )
    written = write_pushed(place(evses=(evse,)))
    assert (written.authentication_modes, written.payment_options, written.value_added_services) == (
        ("REMOTE",),
        ("Direct", "Contract"),
        ("Reservation",),
    )
    assert written.accessibility == "Restricted access"


def test_free_of_charge_stands_alone() -> None:
    evse = replace(place().evses[0], payment_options=(PaymentOption.FREE, PaymentOption.CONTRACT))
    assert write_pushed(place(evses=(evse,))).payment_options == ("No Payment",)


def test_a_place_without_a_hotline_cannot_be_sent() -> None:
    assert errors_of(write_pushed(place(hotline=None))) == ["/HotlinePhoneNumber"]


def test_every_evse_of_a_place_is_a_record_of_its_own() -> None:
    both = place(evses=(place().evses[0], place(SECOND).evses[0]))
    (written,) = adapter.writes[m.PublishEvses](m.PublishEvses(operator=PartyId.parse("NL*LON"), locations=(both,)))
    told = document(written.model)["OperatorEvseData"]
    assert told["OperatorID"] == "NL*LON"
    assert [one["EvseID"] for one in told["EvseDataRecord"]] == ["NL*LON*E1111*11", "DE*LON*E2222*1"]


def test_removed_evses_leave_by_a_push_of_their_own_and_last() -> None:
    gone = place(SECOND)
    gone = replace(gone, evses=(replace(gone.evses[0], status=EvseStatus.REMOVED),))
    planned = place(EvseId.parse("NL*LON*E3"))
    planned = replace(planned, evses=(replace(planned.evses[0], status=EvseStatus.PLANNED),))
    message = m.PublishEvses(action=m.PushAction.INSERT, locations=(gone, place(), planned))
    written = adapter.writes[m.PublishEvses](message)
    assert [
        (
            document(one.model)["ActionType"],
            [r["EvseID"] for r in document(one.model)["OperatorEvseData"]["EvseDataRecord"]],
        )
        for one in written
    ] == [("insert", ["NL*LON*E1111*11"]), ("delete", ["DE*LON*E2222*1"])]


def test_several_messages_are_read_back_as_the_one_they_came_from() -> None:
    gone = place(SECOND)
    gone = replace(gone, evses=(replace(gone.evses[0], status=EvseStatus.REMOVED),))
    message = m.PublishEvses(operator=PartyId.parse("NL*LON"), locations=(place(), gone))
    models = [one.model for one in adapter.writes[m.PublishEvses](message)]
    assert adapter.reread is not None
    back = adapter.reread(models, message)
    assert [location.evses[0].evse_id for location in back.locations] == [EVSE, SECOND]
    cdrs = m.SubmitCdrs(cdrs=(record(), record(evse=SECOND)))
    models = [one.model for one in adapter.writes[m.SubmitCdrs](cdrs)]
    assert [cdr.evse for cdr in adapter.reread(models, cdrs).cdrs] == [EVSE, SECOND]


def test_an_empty_full_load_is_written_and_read_as_one() -> None:
    message = m.PublishEvses(action=m.PushAction.REPLACE_ALL, operator=PartyId.parse("NL*LON"), operator_name="L")
    tree = document(PUSH_DATA.write(message))
    assert tree["OperatorEvseData"]["EvseDataRecord"] == []
    assert errors_of(decode_document(wire.PushEvseData, tree).model) == []


def test_a_deleted_record_of_a_pull_is_a_removed_evse() -> None:
    page = {
        "content": [{"EvseID": "DE*XYZ*ETEST1", "deltaType": "delete", "OperatorID": "DE*ABC", "lang": None}],
        "number": 0,
    }
    found = PULL_DATA_ANSWER.read(decode_document(wire.EvseDataPage, page).model)
    (location,) = found.locations
    assert location.evses[0].status is EvseStatus.REMOVED
    assert location.operator == PartyId.parse("DE*XYZ")
    assert location.evses[0].hub_operator == PartyId.parse("DE*ABC")


HOLES: list[dict[str, Any]] = [
    {},
    {"Plugs": None, "Address": {}, "GeoCoordinates": {}},
    {"Plugs": ["Unspecified", "Something new"], "ChargingFacilities": [{"Power": "22"}, {}]},
    {"Plugs": "Type 2 Outlet", "OpeningTimes": {"On": "Everyday", "Period": {"begin": "1", "end": None}}},
    {"DynamicInfoAvailable": True, "IsOpen24Hours": "false", "MaxCapacity": 1e3, "EnergySource": [{"Percentage": -1}]},
    {"ChargingStationNames": [{"lang": None, "value": "A"}], "ChargingStationId": "", "AdditionalInfo": []},
    {"ChargingFacilities": [{"PowerType": "DC", "Power": Decimal("1e40"), "Voltage": Decimal("-1e40")}]},
    {"EvseID": 17, "Address": "Main Street", "Plugs": [{}], "HotlinePhoneNumber": ["+49"]},
]


@pytest.mark.parametrize("hole", HOLES)
def test_a_hole_never_costs_the_record_nor_the_page(hole: dict[str, Any]) -> None:
    page = {"content": [hole, document(PULL_DATA_ANSWER.write(m.Locations(locations=(place(),))))["content"][0]]}
    found = PULL_DATA_ANSWER.read(decode_document(wire.EvseDataPage, page).model)
    assert len(found.locations) == 2
    assert found.locations[1].evses[0].evse_id == EVSE
    assert differences(page, document(PULL_DATA_ANSWER.write(found))) == ()


# --- charge detail records ---------------------------------------------------------------------------------------


def test_a_record_is_written_with_numbers_offsets_and_three_decimals() -> None:
    shown = document(write_cdr(record(energy_kwh=Decimal("12.25049"), meter_values_kwh=(Decimal("105.0005"),))))
    assert shown == {
        "SessionID": SESSION,
        "CPOPartnerSessionID": "CPO-1",
        "EvseID": "NL*LON*E1111*11",
        "Identification": {"RFIDMifareFamilyIdentification": {"UID": "04A2B3C4D5E680"}},
        "ChargingStart": "2026-01-15T10:05:00+01:00",
        "ChargingEnd": "2026-01-15T10:55:00+01:00",
        "SessionStart": "2026-01-15T10:00:00+01:00",
        "SessionEnd": "2026-01-15T11:00:00+01:00",
        "MeterValueStart": Decimal("100.25"),
        "MeterValueEnd": Decimal("112.5"),
        "MeterValueInBetween": {"meterValues": [Decimal("105.000")]},
        "ConsumedEnergy": Decimal("12.250"),
    }


def test_a_record_comes_back() -> None:
    back = read_cdr(write_cdr(record()))
    assert back == record(operator=PartyId.parse("NL*LON"), energy_known=True, rated=False)


def test_unknown_energy_is_not_zero() -> None:
    assert write_cdr(record(energy_known=False, energy_kwh=Decimal(0))).consumed_energy is None
    assert write_cdr(record(energy_kwh=None)).consumed_energy == Decimal("12.25")


def test_charging_times_are_those_of_the_periods_with_energy() -> None:
    energy = CdrDimension(type=Dimension.ENERGY, volume=Decimal(1))
    periods = (
        ChargingPeriod(start=at(10), end=at(10, 10)),
        ChargingPeriod(start=at(10, 10), end=at(10, 20), dimensions=(energy,)),
        ChargingPeriod(start=at(10, 20), end=at(10, 40), dimensions=(energy,)),
    )
    told = write_cdr(record(charging_start=None, charging_end=None, periods=periods))
    assert (told.charging_start, told.charging_end) == (at(10, 10), at(10, 40))
    bare = write_cdr(record(charging_start=None, charging_end=None))
    assert (bare.charging_start, bare.charging_end) == (at(10), at(11))


def test_at_most_ten_signed_values_are_sent_first_and_last_among_them() -> None:
    values = [SignedValue(nature="Intermediate", signed=str(number)) for number in range(25)]
    sent = thinned(values)
    assert (len(sent), sent[0], sent[-1]) == (10, values[0], values[-1])


@pytest.mark.parametrize(
    ("change", "places"),
    [
        ({}, []),
        ({"charging_end": at(10, 5), "energy_kwh": Decimal(0), "meter_end_kwh": Decimal("100.25")}, []),
        ({"charging_end": at(10, 1)}, ["/ChargingEnd"]),
        ({"charging_start": at(9)}, ["/ChargingStart"]),
        ({"end": at(10, 50)}, ["/SessionEnd"]),
        ({"energy_kwh": Decimal("12.252")}, ["/ConsumedEnergy"]),
        ({"energy_kwh": Decimal("12.251")}, []),
        ({"energy_kwh": Decimal("1000.5"), "meter_end_kwh": None}, ["/ConsumedEnergy"]),
        ({"energy_kwh": Decimal(-1), "meter_end_kwh": None}, ["/ConsumedEnergy"]),
        ({"meter_end_kwh": Decimal(1)}, ["/MeterValueEnd"]),
        ({"session": record().session.__class__(hub="17")}, ["/SessionID"]),
        ({"token": replace(CARD, uid="04A2B3C4D")}, ["/Identification/RFIDMifareFamilyIdentification/UID"]),
        (
            {"signed_data": SignedData(values=(SignedValue(nature="Start", signed="x"),))},
            ["/CalibrationLawVerificationInfo"],
        ),
        (
            {"signed_data": SignedData(check="Passed"), "energy_kwh": Decimal(0), "meter_end_kwh": None},
            ["/CalibrationLawVerificationInfo/MeteringCheck"],
        ),
    ],
)
def test_a_record_is_checked_before_it_leaves(change: dict[str, Any], places: list[str]) -> None:
    assert errors_of(write_cdr(record(**change))) == places


def test_values_between_are_read_from_a_plain_list_too() -> None:
    found = decode_document(wire.ChargeDetailRecord, {"MeterValueInBetween": [1, Decimal("2.5"), "x"]}).model
    assert read_meter_values(found.meter_value_in_between) == (Decimal(1), Decimal("2.5"))


def test_energies_in_quotes_are_repaired() -> None:
    decoded = decode_document(wire.ChargeDetailRecord, {"ConsumedEnergy": "10.5"})
    assert decoded.model.consumed_energy == Decimal("10.5")
    assert [one.code for one in decoded.noticed] == ["repaired"]


# --- everything --------------------------------------------------------------------------------------------------

ANSWERS: list[tuple[Any, str, bool]] = [
    (m.CommandResult(status=m.CommandStatus.ACCEPTED), "000", True),
    (m.CommandResult(status=m.CommandStatus.EVSE_OCCUPIED), "602", False),
    (m.CommandResult(status=m.CommandStatus.EVSE_OCCUPIED, reason=Reason(code="601")), "601", False),
    (m.CommandResult(status=m.CommandStatus.FAILED, reason=Reason(code="invalid-id")), "501", False),
    (m.CommandResult(status=m.CommandStatus.REJECTED), "320", False),
    (m.CdrReceipt(accepted=True), "000", True),
    (m.CdrReceipt(accepted=False), "022", False),
    (m.CdrReceipt(accepted=False, already_there=True), "000", True),
    (m.CdrReceipt(accepted=False, reason=Reason(code="400")), "400", False),
    (m.Publication(accepted=True, reason=Reason(code="ok")), "000", True),
    (m.Publication(accepted=False, refused=(m.Refusal(evse=EVSE),)), "022", False),
]


@pytest.mark.parametrize(("answer", "code", "result"), ANSWERS)
def test_answers_become_acknowledgements(answer: Any, code: str, result: bool) -> None:
    (written,) = adapter.writes[type(answer)](answer)
    shown = document(written.model)
    assert (shown["StatusCode"]["Code"], shown["Result"]) == (code, result)


@pytest.mark.parametrize(
    ("allowed", "token", "code"),
    [
        (m.Allowed.ALLOWED, None, "000"),
        (m.Allowed.BLOCKED, None, "200"),
        (m.Allowed.EXPIRED, None, "210"),
        (m.Allowed.UNKNOWN_TOKEN, CARD, "102"),
        (m.Allowed.UNKNOWN_TOKEN, replace(APP, type=TokenType.EMAID), "105"),
        (m.Allowed.UNKNOWN_TOKEN, replace(APP, pin=Pin(clear="1")), "101"),
        (m.Allowed.NO_ANSWER, None, "310"),
    ],
)
def test_a_refused_driver_gets_the_code_of_the_table(allowed: m.Allowed, token: Token | None, code: str) -> None:
    (written,) = adapter.writes[m.Authorization](m.Authorization(allowed=allowed, token=token))
    shown = document(written.model)
    assert shown["StatusCode"]["Code"] == code
    assert shown["AuthorizationStatus"] == ("Authorized" if allowed is m.Allowed.ALLOWED else "NotAuthorized")


FOREIGN: list[Any] = [None, 0, 1.5, True, "", "x", [], [None], {}, {"x": 1}, "2026-99-99", -1]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.label)
@pytest.mark.parametrize("junk", FOREIGN, ids=repr)
def test_strange_values_are_read_reported_and_given_back(form: Any, junk: Any) -> None:
    tree = {slot.alias: Decimal(str(junk)) if isinstance(junk, float) else junk for slot in slots(form.wire)}
    decoded = decode_document(form.wire, tree)
    assert isinstance(decoded.findings, list)
    assert differences(tree, document(form.write(form.read(decoded.model)))) == ()


JUNK = [None, "junk", {"EvseID": "NL*LON*E1111*11"}, 7, []]


@pytest.mark.parametrize(
    ("label", "tree"),
    [
        ("PushEvseData", {"OperatorEvseData": {"OperatorID": "NL*LON", "EvseDataRecord": JUNK}}),
        ("PushEvseStatus", {"OperatorEvseStatus": {"OperatorID": "NL*LON", "EvseStatusRecord": JUNK}}),
        ("PullEvseData.response", {"content": JUNK, "number": 0}),
        ("PullEvseStatus.response", {"EvseStatuses": {"OperatorEvseStatus": [None, {"EvseStatusRecord": JUNK}, 1]}}),
    ],
)
def test_what_is_no_record_among_records_never_becomes_one(label: str, tree: dict[str, Any]) -> None:
    form = next(form for form in FORMS if form.label == label)
    decoded = decode_document(form.wire, tree)
    message = form.read(decoded.model)
    records = getattr(message, "locations", None) or message.statuses
    assert len(records) == 1
    assert {found.pointer.rpartition("/")[2] for found in decoded.noticed if found.code == "malformed"} <= set("01234")
    assert document(form.write(message)) == tree
    assert document(form.write(from_json(form.canonical, to_json(message)))) == tree


def test_the_stop_identifications_of_strangers_are_left_out() -> None:
    tree = {
        "AuthorizationStopIdentifications": [None, "x", {"RFIDMifareFamilyIdentification": {"UID": "04A2B3C4D5E680"}}]
    }
    decoded = decode_document(START_ANSWER.wire, tree)
    assert [found.pointer for found in decoded.noticed] == [f"/AuthorizationStopIdentifications/{n}" for n in (0, 1)]
    assert START_ANSWER.read(decoded.model).stop_tokens == (CARD,)


def test_a_document_that_is_not_utf_8_is_reported() -> None:
    body = '{"OperatorID": "DE*ABC", "OperatorName": "Störung"}'
    assert adapter.identify(body.encode(), "AuthorizeStart").noticed == ()
    (found,) = adapter.identify(body.encode("iso-8859-1"), "AuthorizeStart").noticed
    assert (found.severity, found.code) == (Severity.WARNING, "repaired")


def test_a_negative_energy_is_an_error() -> None:
    assert "/ConsumedEnergy" in errors_of(decode_document(wire.ChargeDetailRecord, {"ConsumedEnergy": -1}).model)


def test_long_meter_values_are_subtracted_exactly() -> None:
    end, start = Decimal("12345678901234567890123456789.1254"), Decimal("12345678901234567890123456788")
    assert consumed(replace(record(), energy_kwh=None, meter_start_kwh=start, meter_end_kwh=end)) == Decimal("1.1254")
    assert energy(end) == Decimal("12345678901234567890123456789.125")


def test_what_was_kept_survives_the_canonical_document() -> None:
    tree = {"OperatorID": "DE*ABC", "EvseID": "de*abc*E1", "Identification": {"New": 1.5}, "Extra": {"a": [1, None]}}
    message = START.read(decode_document(wire.AuthorizeStart, tree).model)
    again = from_json(m.AuthorizeToken, to_json(message))
    assert document(START.write(again))["Extra"] == {"a": [1, None]}


def test_a_changed_value_is_not_overwritten_by_what_was_kept() -> None:
    tree = {"OperatorID": "DE*ABC", "EvseID": "de*abc*E1"}
    message = START.read(decode_document(wire.AuthorizeStart, tree).model)
    assert document(START.write(message))["EvseID"] == "de*abc*E1"
    assert document(START.write(replace(message, evse=EVSE)))["EvseID"] == "NL*LON*E1111*11"


def test_every_form_is_known_by_its_label_once() -> None:
    assert len({form.label for form in FORMS}) == len(FORMS) == 61
    assert {REMOTE_START.label, CHARGE_DETAIL_RECORD.label} <= {form.label for form in FORMS}


def test_every_contradiction_tells_what_is_read_and_written() -> None:
    assert len({one.topic for one in ERRATA}) == len(ERRATA)
    assert all(one.topic and one.sources and one.effect and one.read and one.write for one in ERRATA)


def test_a_test_station_is_not_published() -> None:
    evse = replace(place().evses[0], access=Access.TEST_STATION)
    assert write_pushed(place(evses=(evse,))).accessibility == "Test Station"
    back = PUSH_DATA.read(PUSH_DATA.write(m.PublishEvses(locations=(place(evses=(evse,)),))))
    assert back.locations[0].publish is False
