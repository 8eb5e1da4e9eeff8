"""The tables in `mappings/`: complete, unambiguous, and honest about what they lose."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from gateway.crosswalk import ABSENT, SEPARATOR, Row, codes, crosswalk, pairwalk
from gateway.model import cdr, common, kinds, messages, network, session, tariff, token
from gateway.tables import read_table, shipped

SHARED = Path(__file__).parents[3] / "shared"
ENUMS = SHARED / "protocols" / "crosswalk_enums.json"
PROTOCOLS = ("oicp", "ochp", "emip")
NATURES = ("Start", "Intermediate", "End")
PLUGS = tuple(f"{kind}{SEPARATOR}{form}" for kind, form in product(kinds.ConnectorType, kinds.ConnectorFormat))

OICP_CODES = """000|001|002|009|017|018|019|021|022|101|102|103|105|106|110|120|121|122|200|210|300|310|320|400|501|510
    |601|602|603|604|700"""
OCHP_PLUGS = """Chademo|IEC_62196_T1|IEC_62196_T1_COMBO|IEC_62196_T2|IEC_62196_T2_COMBO|IEC_62196_T3A|IEC_62196_T3C
    |DOMESTIC_A|DOMESTIC_B|DOMESTIC_C|DOMESTIC_D|DOMESTIC_E|DOMESTIC_F|DOMESTIC_G|DOMESTIC_H|DOMESTIC_I|DOMESTIC_J
    |DOMESTIC_K|DOMESTIC_L|TESLA_R|TESLA_S|IEC_60309_2_single_16|IEC_60309_2_three_16|IEC_60309_2_three_32
    |IEC_60309_2_three_64"""
LIVE = "|".join(
    f"{major} / {minor}"
    for major in ("available", "not-available", "unknown")
    for minor in ("available", "reserved", "charging", "blocked", "outoforder", ABSENT)
)
EMIP_STATUS = "|".join(f"{availability} / {busy}" for availability, busy in product(range(5), range(4)))
EMIP_CODES = "1|201|202|203|205|206|10201|10207|10210|10501|10502|10503|10504|10505|10506|10507|10508|10601|10701"


@dataclass(frozen=True)
class Table:
    """One file: the canonical values it must write and the words of the specification it must know."""

    protocol: str
    name: str
    values: type[StrEnum] | tuple[str, ...]
    words: str

    def __str__(self) -> str:
        return f"{self.protocol}/{self.name}"

    @property
    def canonical(self) -> set[str]:
        return {str(value) for value in self.values}

    @property
    def wire(self) -> set[str]:
        return {word.strip() for word in self.words.split("|")}

    @property
    def rows(self) -> Sequence[Row]:
        return pairwalk(self.protocol, self.name).rows

    @property
    def conditions(self) -> set[str]:
        return {row.when for row in self.rows}

    def read(self, wire: str, when: str) -> str | None:
        row = pairwalk(self.protocol, self.name).row_of_wire(wire, when)
        return row.canonical if row else None

    def written(self, value: str, when: str) -> Row | None:
        return pairwalk(self.protocol, self.name).row_of_value(value, when)


TABLES = [
    Table("oicp", "evse_status", kinds.EvseStatus, "Available|Reserved|Occupied|OutOfService|EvseNotFound|Unknown"),
    Table(
        "oicp",
        "plug",
        PLUGS,
        """Small Paddle Inductive|Large Paddle Inductive|AVCON Connector|Tesla Connector|NEMA 5-20
        |Type E French Standard|Type F Schuko|Type G British Standard|Type J Swiss Standard
        |Type 1 Connector (Cable Attached)|Type 2 Outlet|Type 2 Connector (Cable Attached)|Type 3 Outlet
        |IEC 60309 Single Phase|IEC 60309 Three Phase|CCS Combo 2 Plug (Cable Attached)
        |CCS Combo 1 Plug (Cable Attached)|CHAdeMO|Unspecified""",
    ),
    Table("oicp", "power_type", kinds.PowerType, "AC_1_PHASE|AC_3_PHASE|DC|Unspecified"),
    Table("oicp", "parking_type", kinds.ParkingType, "OnStreet|ParkingLot|ParkingGarage|UndergroundParkingGarage"),
    Table(
        "oicp",
        "access",
        kinds.Access,
        "Free publicly accessible|Restricted access|Paying publicly accessible|Test Station|Unspecified",
    ),
    Table(
        "oicp",
        "authentication_mode",
        kinds.AuthenticationMethod,
        "NFC RFID Classic|NFC RFID DESFire|PnC|REMOTE|Direct Payment|No Authentication Required",
    ),
    Table("oicp", "payment_option", kinds.PaymentOption, "No Payment|Direct|Contract"),
    Table(
        "oicp",
        "value_added_service",
        kinds.ValueAddedService,
        """Reservation|DynamicPricing|ParkingSensors|MaximumPowerCharging|PredictiveChargePointUsage|ChargingPlans
        |RoofProvided|None""",
    ),
    Table("oicp", "calibration_law", kinds.CalibrationLaw, "Local|External|Not Available"),
    Table("oicp", "dynamic_info", kinds.DynamicInfo, "true|false|auto"),
    Table("oicp", "charging_mode", kinds.ChargingMode, "Mode_1|Mode_2|Mode_3|Mode_4|CHAdeMO"),
    Table(
        "oicp",
        "energy_source",
        kinds.EnergySourceCategory,
        "Solar|Wind|HydroPower|GeothermalEnergy|Biomass|Coal|NuclearEnergy|Petroleum|NaturalGas",
    ),
    Table("oicp", "rfid_type", token.RfidTechnology, "mifareCls|mifareDes|calypso|nfc|mifareFamily"),
    Table("oicp", "hash_function", token.HashAlgorithm, "Bcrypt|MD5|SHA-1"),
    Table("oicp", "reference_unit", tariff.TariffDimension, "HOUR|KILOWATT_HOUR|MINUTE"),
    Table(
        "oicp",
        "additional_reference",
        tariff.TariffDimension,
        "START FEE|FIXED FEE|PARKING FEE|MINIMUM FEE|MAXIMUM FEE",
    ),
    Table("oicp", "action_type", messages.PushAction, "fullLoad|update|insert|delete"),
    Table("oicp", "authorization", messages.Allowed, OICP_CODES),
    Table("oicp", "command", messages.CommandStatus, OICP_CODES),
    Table("oicp", "notification_type", session.SessionEventKind, "Start|Progress|End|Error"),
    Table("oicp", "metering_status", NATURES, "Start|Progress|End"),
    Table(
        "oicp",
        "day",
        ("1", "2", "3", "4", "5", "6", "7", "1 / 2 / 3 / 4 / 5", "6 / 7", "1 / 2 / 3 / 4 / 5 / 6 / 7"),
        "Everyday|Workdays|Weekend|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
    ),
    Table(
        "oicp",
        "failure",
        ("Unauthenticated", "GatewayError", "Undecodable", "Unsupported", "ForeignOperator"),
        "017|021|022|320|603",
    ),
    Table(
        "oicp",
        "ngp_price_component",
        network.PriceKind,
        "CHARGING_ENERGY|CHARGING_TIME|PARKING|SESSION|BLOCKING_FEE",
    ),
    Table("oicp", "ngp_reference_unit", network.PriceUnit, "KILOWATT_HOUR|MINUTE|HOUR|NONE"),
    Table("oicp", "ngp_fee_initiated", network.FeeStart, "SESSION_START|CHARGING_END"),
    Table("oicp", "ngp_offer_status", network.OfferStatus, "PENDING|ACTIVE|CANCELLED"),
    Table("oicp", "ngp_service_name", network.OfferedService, "Authorization|Reservation"),
    Table("oicp", "ngp_service", network.OfferedService, "1 / Authorization|10 / Reservation"),
    Table(
        "oicp",
        "ngp_day",
        tuple("1234567"),
        "MONDAY|TUESDAY|WEDNESDAY|THURSDAY|FRIDAY|SATURDAY|SUNDAY",
    ),
    Table("ochp", "live_status", kinds.EvseStatus, LIVE),
    Table("ochp", "static_status", kinds.StaticStatus, "Unknown|Operative|Inoperative|Planned|Closed"),
    Table("ochp", "connector_standard", kinds.ConnectorType, OCHP_PLUGS),
    Table("ochp", "connector_format", kinds.ConnectorFormat, "Socket|Cable"),
    Table("ochp", "charge_point_type", kinds.PowerType, "AC|DC"),
    Table(
        "ochp",
        "location_type",
        kinds.ParkingType,
        "on-street|parking-garage|underground-garage|parking-lot|other|unknown|private",
    ),
    Table(
        "ochp",
        "restriction",
        kinds.ParkingRestriction,
        "evonly|plugged|disabled|customers|motorcycles|carsharing",
    ),
    Table(
        "ochp",
        "image_class",
        common.ImageCategory,
        """networkLogo|operatorLogo|ownerLogo|stationPhoto|locationPhoto|entrancePhoto|otherPhoto|otherLogo
        |otherGraphic""",
    ),
    Table(
        "ochp",
        "related_resource",
        kinds.RelatedResourceClass,
        "operatorMap|operatorPayment|stationInfo|surroundingInfo|ownerHomepage|feedbackForm|openingTimes",
    ),
    Table("ochp", "geo_class", kinds.GeoClass, "entrance|exit|access|ui|other"),
    Table(
        "ochp",
        "auth_method",
        kinds.AuthenticationMethod,
        """Public|LocalKey|DirectCash|DirectCreditcard|DirectDebitcard|RfidMifareCls|RfidMifareDes|RfidCalypso
        |Iec15118|OchpDirectAuth|OperatorAuth""",
    ),
    Table("ochp", "token_type", token.TokenType, "rfid|remote|15118"),
    Table("ochp", "token_sub_type", token.RfidTechnology, "mifareCls|mifareDes|calypso"),
    Table(
        "ochp",
        "representation",
        token.HashAlgorithm,
        "plain|sha-160|sha-256|SHA160|SHA-1|sha-1|SHA256|SHA-256",
    ),
    Table("ochp", "cdr_status", cdr.CdrStatus, "new|accepted|rejected|declined|approved|revised"),
    Table(
        "ochp",
        "billing_item",
        cdr.Dimension,
        "parkingtime|usagetime|energy|power|serviceFee|reservation|reservationtime",
    ),
    Table("ochp", "scheduled_status", kinds.EvseStatus, "Unknown|Operative|Inoperative|Planned|Closed"),
    Table("ochp", "parking_status", kinds.EvseStatus, "available|not-available|unknown"),
    Table("ochp", "payment_option", kinds.PaymentOption, "DirectCash|DirectCreditcard|DirectDebitcard|OperatorAuth"),
    Table("ochp", "access", kinds.Access, "private"),
    Table("ochp", "status_type", messages.StatusScope, "evse|parking|combined"),
    Table("ochp", "authorization", messages.Allowed, "ok|partly|not-authorized|invalid-id|server|format|roaming"),
    Table("ochp", "command", messages.CommandStatus, "ok|partly|not-found|not-supported|invalid-id|server"),
    Table("ochp", "session_action", messages.SessionAction, "end"),
    Table("ochp", "direct_message", session.SessionEventKind, "start|change|info|end|finish"),
    Table("ochp", "direct_status", session.SessionStatus, "start|change|info|end|finish"),
    Table(
        "ochp",
        "tariff_item",
        tariff.TariffDimension,
        "parkingtime|usagetime|energy|power|serviceFee|reservation|reservationtime",
    ),
    Table("emip", "evse_status", kinds.EvseStatus, EMIP_STATUS),
    Table("emip", "availability_status", kinds.EvseStatus, "0|1|2|3|4"),
    Table("emip", "busy_status", kinds.EvseStatus, "0|1|2|3"),
    Table(
        "emip",
        "authorisation",
        messages.Allowed,
        "1 / 1|2 / 1|2 / 201|2 / 202|2 / 203|2 / 205|2 / 206|2 / 10201|2 / 10210",
    ),
    Table("emip", "command", messages.CommandStatus, EMIP_CODES),
    Table("emip", "cdr_nature", cdr.CdrNature, "1|2"),
    Table("emip", "session_action", messages.SessionAction, "0|1|2|3"),
    Table("emip", "session_event", session.SessionEventKind, "0|1|2|3"),
    Table("emip", "user_id_type", token.TokenType, "RFID-UID|eMI3|eMA|EVCO|EMP-SPEC"),
    Table("emip", "meter_type", session.LimitKind, "1|2|3|10xx|21|25|31|35|41|45"),
]

CODES = {
    "oicp": OICP_CODES,
    "ochp": "ok|partly|not-authorized|invalid-id|server|format|roaming|not-found|not-supported",
    "emip": EMIP_CODES + "|-9999990|-9999991|-9999992|-9999993",
}

every_table = pytest.mark.parametrize("table", TABLES, ids=str)
every_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)


def repeated(keys: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [key for key, count in Counter(keys).items() if count > 1]


@every_protocol
def test_every_file_is_held_to_these_rules(protocol: str) -> None:
    files = {
        Path(entry.name).stem for entry in (shipped("mappings") / protocol).iterdir() if entry.name.endswith(".csv")
    }
    assert files == {table.name for table in TABLES if table.protocol == protocol} | {"codes"}


@every_table
def test_a_row_has_a_known_direction_and_a_side_to_stand_on(table: Table) -> None:
    for row in table.rows:
        assert row.direction in {"in", "out", "both"}
        assert row.wire or row.direction == "out", row
        assert row.canonical or row.direction == "in", row


@every_table
def test_a_value_or_a_word_without_a_counterpart_says_why(table: Table) -> None:
    assert [row for row in table.rows if not (row.wire and row.canonical) and not row.note] == []


@every_table
def test_rows_without_a_word_stand_last(table: Table) -> None:
    missing = [not row.wire for row in table.rows]
    assert missing == sorted(missing)


@every_table
def test_every_canonical_value_is_written_once_per_condition(table: Table) -> None:
    written = [(row.canonical, row.when) for row in table.rows if row.direction != "in"]
    assert repeated(written) == []
    assert {value for value, when in written if not when} == table.canonical


@every_table
def test_every_word_is_read_once_per_condition(table: Table) -> None:
    read = [(row.wire, row.when) for row in table.rows if row.direction != "out"]
    assert repeated(read) == []
    assert {wire for wire, _ in read} == {wire for wire, when in read if not when}


@every_table
def test_every_word_of_the_specification_is_known(table: Table) -> None:
    assert table.wire - {row.wire for row in table.rows} == set()


@every_table
def test_every_written_word_is_also_read(table: Table) -> None:
    assert {row.wire for row in table.rows if row.wire and table.read(row.wire, row.when) is None} == set()


@every_table
def test_canonical_cells_are_values_of_the_model(table: Table) -> None:
    assert {row.canonical for row in table.rows if row.canonical} - table.canonical == set()


@every_table
def test_a_value_comes_back_or_the_row_says_what_is_lost(table: Table) -> None:
    silent = []
    for value, when in product(table.canonical, table.conditions):
        row = table.written(value, when)
        assert row is not None, value
        if row.wire and not row.note and table.read(row.wire, when) != value:
            silent.append((value, when, row.wire))
    assert silent == []


@every_table
def test_a_note_does_not_claim_a_loss_where_there_is_none(table: Table) -> None:
    """A row that serves both ways loses nothing."""
    assert [row for row in table.rows if row.direction == "both" and row.note] == []


@pytest.mark.parametrize("table", [table for table in TABLES if isinstance(table.values, type)], ids=str)
def test_the_crosswalk_reads_and_writes_by_the_table(table: Table) -> None:
    assert isinstance(table.values, type)
    walk = crosswalk(table.values, table.protocol, table.name)
    for row in table.rows:
        if row.direction == "both":
            parts = tuple(None if part == ABSENT else part for part in row.wire.split(SEPARATOR))
            assert walk.read(*parts, when=row.when) is table.values(row.canonical)
            assert walk.write_parts(table.values(row.canonical), when=row.when) == parts


@every_protocol
def test_every_code_is_explained(protocol: str) -> None:
    assert set(codes(protocol)) == {word.strip() for word in CODES[protocol].split("|")}


@every_protocol
def test_a_code_tells_its_kind_and_what_to_do(protocol: str) -> None:
    cells = read_table(shipped("mappings") / protocol / "codes.csv")
    assert len({cell["code"] for cell in cells}) == len(cells)
    for cell in cells:
        assert cell["kind"] in {"ok", "answer", "duplicate", "failure"}
        assert cell["retryable"] in {"yes", "no"}
        assert cell["meaning"]
        assert cell["kind"] == "ok" or (cell["cause"] and cell["who"] and cell["fix"]), cell["code"]


@pytest.mark.parametrize("name", ["authorization", "command"])
def test_a_failure_of_oicp_is_never_read_as_an_answer(name: str) -> None:
    failures = {code for code, entry in codes("oicp").items() if entry.kind == "failure"}
    assert {row.wire for row in pairwalk("oicp", name).rows if row.wire and not row.canonical} == failures


def test_facts_about_hubs_have_a_value_and_a_source() -> None:
    facts = read_table(shipped("mappings") / "hubs.csv")
    assert facts
    assert list(facts[0]) == ["hub", "fact", "value", "since", "source", "note"]
    assert repeated([(fact["hub"], fact["fact"]) for fact in facts]) == []
    assert [fact for fact in facts if not (fact["hub"] and fact["fact"] and fact["value"] and fact["source"])] == []


# --- beside the comparison of the protocols, where it lies next to the checkout ------------------------------------

Pick = Callable[[str], str | None]


def same(value: str) -> str | None:
    return None if value.startswith("(") else value.replace("(none)", ABSENT)


def word(value: str) -> str | None:
    return value.split()[0]


def plain(value: str) -> str | None:
    return value


def behind(*prefixes: str) -> Pick:
    def pick(value: str) -> str | None:
        return next((value.removeprefix(prefix + " ") for prefix in prefixes if value.startswith(prefix + " ")), None)

    return pick


COMPARED: list[tuple[str, str, Pick]] = [
    ("status_in_oicp", "oicp/evse_status", plain),
    ("status_in_ochp_live", "ochp/live_status", same),
    ("status_in_ochp_static", "ochp/static_status", plain),
    ("status_in_emip_avail", "emip/availability_status", word),
    ("status_in_emip_busy", "emip/busy_status", word),
    ("connector_in_oicp", "oicp/plug", plain),
    ("connector_in_ochp", "ochp/connector_standard", plain),
    ("power_in_oicp", "oicp/power_type", plain),
    ("power_in_ochp", "ochp/charge_point_type", plain),
    ("charging_mode", "oicp/charging_mode", plain),
    ("parking_type_in_oicp", "oicp/parking_type", plain),
    ("parking_type_in_ochp", "ochp/location_type", plain),
    ("restriction_in_ochp", "ochp/restriction", plain),
    ("accessibility", "oicp/access", plain),
    ("image_in_ochp", "ochp/image_class", plain),
    ("related_resource", "ochp/related_resource", plain),
    ("geo_class", "ochp/geo_class", plain),
    ("energy_source_in", "oicp/energy_source", plain),
    ("calibration", "oicp/calibration_law", plain),
    ("auth_in_oicp", "oicp/authentication_mode", plain),
    ("payment_in_oicp", "oicp/payment_option", plain),
    ("vas", "oicp/value_added_service", plain),
    ("auth_in_ochp", "ochp/auth_method", plain),
    ("rfid_type", "oicp/rfid_type", plain),
    ("ochp_token", "ochp/token_type", behind("type")),
    ("ochp_token", "ochp/token_sub_type", behind("subType")),
    ("ochp_token", "ochp/representation", behind("representation")),
    ("emip_user", "emip/user_id_type", plain),
    ("oicp_code", "oicp/authorization", plain),
    ("oicp_code", "oicp/command", plain),
    ("ochp_code", "ochp/authorization", plain),
    ("emip_code", "emip/command", same),
    ("emip_event", "emip/session_action", behind("action")),
    ("emip_event", "emip/cdr_nature", behind("CDRNature")),
    ("billing_item", "ochp/billing_item", plain),
    ("emip_meter", "emip/meter_type", plain),
    ("cdr_status", "ochp/cdr_status", plain),
    ("metering_status", "oicp/metering_status", plain),
    ("oicp_technical", "oicp/hash_function", behind("HashFunction", "LegacyHashData")),
    ("oicp_technical", "oicp/action_type", behind("ActionType")),
    ("oicp_technical", "oicp/dynamic_info", behind("DynamicInfoAvailable")),
]

beside_shared = pytest.mark.skipif(
    not ENUMS.exists(), reason="the comparison of the protocols is not beside the checkout"
)


def compared(source: str, pick: Pick) -> set[str]:
    tables: Mapping[str, Any] = json.loads(ENUMS.read_text(encoding="utf-8"))
    found = {pick(row["value"]) for row in tables[source]["rows"]}
    return {value for value in found if value is not None}


@beside_shared
@pytest.mark.parametrize(("source", "name", "pick"), COMPARED, ids=[f"{source}-{name}" for source, name, _ in COMPARED])
def test_every_word_of_the_comparison_is_in_our_table(source: str, name: str, pick: Pick) -> None:
    protocol, table = name.split("/")
    words = compared(source, pick)
    assert words
    assert words - {row.wire for row in pairwalk(protocol, table).rows} == set()


@beside_shared
@pytest.mark.parametrize(
    ("source", "protocol"),
    [("oicp_code", "oicp"), ("ochp_code", "ochp"), ("direct_result", "ochp"), ("emip_code", "emip")],
)
def test_every_code_of_the_comparison_is_explained(source: str, protocol: str) -> None:
    assert compared(source, same) - set(codes(protocol)) == set()
