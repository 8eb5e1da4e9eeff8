"""Reading forgives and reports; nothing is lost and nothing is made up."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.model.cdr import CdrStatus, Dimension
from gateway.model.common import Price
from gateway.model.kinds import EvseStatus, PowerType, StaticStatus
from gateway.model.location import OpeningTimes, RegularHours
from gateway.model.session import AuthMethod, SessionIds
from gateway.model.token import HashAlgorithm, TokenType
from gateway.wire import Decoded, WireModel, decode, document
from gateway_ochp import wire
from gateway_ochp.forms import BY_ELEMENT
from gateway_ochp.translate.cdrs import CDR
from gateway_ochp.translate.hours import read_hours
from gateway_ochp.translate.locations import CHARGE_POINT
from gateway_ochp.translate.periods import read_costs, read_periods, volume
from gateway_ochp.translate.tokens import TOKEN
from gateway_ochp.words import BILLING_ITEM
from tests.support import FIXTURES

OCHP = 'xmlns="http://ochp.eu/1.4"'
PLAIN_POINT = (FIXTURES / "ochp/set_charge_points.xml").read_text(encoding="utf-8")
PLAIN_CDR = (FIXTURES / "ochp/add_cdrs.xml").read_text(encoding="utf-8")


def record(kind: type[WireModel], text: str, name: str, changes: dict[str, str]) -> Decoded[Any]:
    """The one record of a fixture, parts of its text replaced."""
    inner = text[text.index(f"<o:{name}>") : text.rindex(f"</o:{name}>")] + f"</o:{name}>"
    for old, new in changes.items():
        assert old in inner, old
        inner = inner.replace(old, new)
    return decode(kind, inner.replace(f"<o:{name}>", f'<o:{name} xmlns:o="http://ochp.eu/1.4">', 1).encode())


def point(changes: dict[str, str]) -> Decoded[wire.ChargePointInfo]:
    return record(wire.ChargePointInfo, PLAIN_POINT, "chargePointInfoArray", changes)


def bill(changes: dict[str, str]) -> Decoded[wire.CdrInfo]:
    return record(wire.CdrInfo, PLAIN_CDR, "cdrInfoArray", changes)


def reported(decoded: Decoded[Any]) -> list[tuple[str, str, str]]:
    return [(finding.pointer, finding.severity.value, finding.code) for finding in decoded.findings]


# --- defects -----------------------------------------------------------------------------------------------------

TIME = "2026-02-28T23:00:00Z"


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({TIME: "2026-02-28T23:00:00.000Z"}, ("/timestamp/DateTime", "warning", "repaired")),
        ({TIME: "2026-03-01T00:00:00+01:00"}, ("/timestamp/DateTime", "warning", "repaired")),
        ({TIME: "2026-02-28T23:00:00"}, ("/timestamp/DateTime", "warning", "repaired")),
        ({TIME: "2026-02-28T23:00:00"}, ("/timestamp/DateTime", "warning", "assumed")),
        ({TIME: "yesterday"}, ("/timestamp/DateTime", "error", "malformed")),
        ({"HAFEN 01": "hafen 01"}, ("/locationId", "error", "pattern")),
        ({"HAFEN 01": "A LONG NAME OF A PLACE"}, ("/locationId", "error", "pattern")),
        ({"DE*ABC*E100*1": "DE*ABC*100*1"}, ("/evseId", "error", "pattern")),
        ({'lat="-0.500000"': 'lat="-0.5"'}, ("/chargePointLocation/@lat", "warning", "pattern")),
        ({'lat="-0.500000"': 'lat="north"'}, ("/chargePointLocation/@lat", "error", "malformed")),
        ({'lat="-0.500000"': 'lat="95.500000"'}, ("/chargePointLocation/@lat", "error", "out-of-range")),
        ({"Inoperative": "Sleeping"}, ("/status", "warning", "unknown-value")),
        ({"DE*ABC*T001": "T001"}, ("/connectors[1]/tariffId", "error", "pattern")),
        ({"<o:country>DEU</o:country>": ""}, ("/chargePointAddress/country", "error", "missing")),
        ({"<o:closedCharging>false</o:closedCharging>": ""}, ("/openingTimes/closedCharging", "error", "missing")),
        ({"<o:twentyfourseven>true</o:twentyfourseven>": ""}, ("/openingTimes", "error", "choice")),
        ({"<o:city>Musterstadt</o:city>": "<o:City>Musterstadt</o:City>"}, ("/City", "warning", "misspelled")),
        ({"<o:ratings>": "<o:extra/><o:ratings>"}, ("/extra", "info", "unknown-member")),
        ({"<o:status>": "<status>", "Type></o:status>": "Type></status>"}, ("/status", "warning", "repaired")),
    ],
)
def test_a_defect_of_a_charge_point_is_found_where_it_is(
    changes: dict[str, str], finding: tuple[str, str, str]
) -> None:
    found = reported(point(changes))
    assert finding[1:] in [(severity, code) for place, severity, code in found if place.endswith(finding[0])]


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"2026-03-01T14:00:00+01:00": "2026-03-01T13:00:00Z"}, ("/LocalDateTime", "warning", "repaired")),
        ({"DEABC20260301A0001": "deabc-1"}, ("/CdrId", "error", "pattern")),
        ({"o:CdrId": "o:cdrId"}, ("/cdrId", "warning", "misspelled")),
        ({"30:30:00": "30:30:00.5"}, ("/duration", "error", "malformed")),
        ({">new<": ">fresh<"}, ("/status", "error", "unknown-value")),
        ({">energy<": ">volume<"}, ("/chargingPeriods[1]/billingItem", "error", "unknown-value")),
        ({"41.250": "1e400x"}, ("/chargingPeriods[1]/billingValue", "error", "malformed")),
        ({"16.0875</o:totalCost>": "17</o:totalCost>"}, ("/totalCost", "error", "sum")),
        ({"16.0875</o:periodCost>": "15</o:periodCost>"}, ("/chargingPeriods[1]/periodCost", "error", "sum")),
        ({"2026-03-01T14:00:00": "2026-03-01T09:00:00"}, ("/chargingPeriods[2]/startDateTime", "error", "order")),
        ({"41.250": "-41.250"}, ("/chargingPeriods[1]/billingValue", "error", "negative")),
        ({"16.0875</o:totalCost>": "-16.0875</o:totalCost>"}, ("/totalCost", "error", "negative")),
        (
            {"16.0875</o:periodCost>": "-1</o:periodCost>"},
            ("/chargingPeriods[1]/periodCost", "error", "negative"),
        ),
        ({"o:itemPrice>0.39": "o:itemPrice>-0.39"}, ("/chargingPeriods[1]/itemPrice", "error", "negative")),
        ({"o:tokenType>": "o:type>"}, ("/type", "warning", "misspelled")),
    ],
)
def test_a_defect_of_a_cdr_is_found_where_it_is(changes: dict[str, str], finding: tuple[str, str, str]) -> None:
    found = [(severity, code) for place, severity, code in reported(bill(changes)) if place.endswith(finding[0])]
    assert finding[1:] in found


def test_long_amounts_are_added_and_multiplied_exactly() -> None:
    amount = Decimal("12345678901234567890.12345678901234567890")
    item = wire.CdrPeriod(
        start_date_time=None,
        end_date_time=None,
        billing_item=BILLING_ITEM.write(Dimension.ENERGY),
        billing_value=amount,
        item_price=Decimal("0.3"),
    )
    periods = read_periods([item, item])
    assert volume(periods, Dimension.ENERGY) == Decimal("24691357802469135780.24691357802469135780")
    costs = read_costs(periods)
    assert costs is not None
    assert costs.energy == Price(excl_vat=Decimal("7407407340740740734.074074073407407407340"))


def test_a_place_beyond_the_earth_does_not_cost_the_record() -> None:
    place = CHARGE_POINT.read(point({'lat="-0.500000"': 'lat="1e99"'}).model)
    assert place.coordinates is not None
    assert place.coordinates.latitude == Decimal("1e99")


@pytest.mark.parametrize("wrong", ["Sleeping", "", "<x/>"])
def test_a_strange_value_never_costs_the_record(wrong: str) -> None:
    decoded = point({"Inoperative": wrong, ">DC<": f">{wrong}<", ">Cable<": f">{wrong}<"})
    place = CHARGE_POINT.read(decoded.model)
    assert (place.evses[0].static_status, str(place.evses[0].evse_id)) == (None, "DE*ABC*E100*1")
    assert document(CHARGE_POINT.write(place)).tag != b""


def test_a_private_value_is_not_shown_in_a_finding() -> None:
    decoded = bill({"DE-8EO-CA2B3C4D5-6": "secret contract"})
    texts = [finding.text for finding in decoded.findings]
    assert texts == ["contractId: is no contract id"]


def test_a_changed_value_is_not_overwritten_by_what_was_kept() -> None:
    place = CHARGE_POINT.read(point({TIME: "2026-03-01T00:00:00+01:00", "Musterstadt": "Alt"}).model)
    assert place.extensions["ochp"][0].received == "2026-03-01T00:00:00+01:00"
    moved = replace(place, evses=(replace(place.evses[0], last_updated=datetime(2027, 1, 1, tzinfo=UTC)),))
    written = document(CHARGE_POINT.write(moved))
    assert written.find(".//{*}timestamp/{*}DateTime").text == "2027-01-01T00:00:00Z"


# --- hours -------------------------------------------------------------------------------------------------------


def hours(inner: str) -> OpeningTimes | None:
    return read_hours(decode(wire.Hours, f"<h {OCHP}>{inner}</h>".encode()).model)


@pytest.mark.parametrize(
    ("inner", "times"),
    [
        ("", None),
        ("<twentyfourseven>false</twentyfourseven>", None),
        ("<twentyfourseven>1</twentyfourseven>", OpeningTimes(twentyfourseven=True)),
        (
            '<regularHours weekday="1" periodBegin="06:00" periodEnd="24:00"/>',
            OpeningTimes(regular=(RegularHours(weekday=1, begin=360, end=1440),)),
        ),
        (
            '<regularHours weekday="1" periodBegin="6:00" periodEnd="23:59"/><twentyfourseven>true</twentyfourseven>',
            OpeningTimes(twentyfourseven=True, regular=(RegularHours(weekday=1, begin=360, end=1440),)),
        ),
        (
            '<regularHours weekday="2" periodBegin="00:00" periodEnd="00:00"/>',
            OpeningTimes(regular=(RegularHours(weekday=2, begin=0, end=1440),)),
        ),
        ('<regularHours weekday="1" periodBegin="early" periodEnd="24:00"/>', None),
    ],
)
def test_opening_times_are_read_in_every_form(inner: str, times: OpeningTimes | None) -> None:
    assert hours(inner) == times


# --- plugs and power ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("current", "plug", "ratings", "power_type"),
    [
        ("DC", "IEC_62196_T2_COMBO", "<o:maximumPower>150.0</o:maximumPower>", PowerType.DC),
        ("AC", "IEC_62196_T2_COMBO", "<o:maximumPower>150.0</o:maximumPower>", PowerType.DC),
        ("AC", "IEC_62196_T2", "<o:maximumPower>22</o:maximumPower>", PowerType.AC_3_PHASE),
        ("AC", "IEC_62196_T2", "<o:maximumPower>7.4</o:maximumPower>", PowerType.AC_1_PHASE),
        (
            "AC",
            "IEC_62196_T2",
            "<o:maximumPower>7.4</o:maximumPower><o:nominalVoltage>400</o:nominalVoltage>",
            PowerType.AC_3_PHASE,
        ),
        ("AC", "DOMESTIC_F", "<o:maximumPower>22</o:maximumPower>", PowerType.AC_1_PHASE),
        ("AC", "IEC_60309_2_three_16", "<o:maximumPower>3.7</o:maximumPower>", PowerType.AC_3_PHASE),
        ("DC", "IEC_62196_T2", "<o:maximumPower>120</o:maximumPower>", PowerType.DC),
    ],
)
def test_the_kind_of_current_is_judged_by_plug_and_power(
    current: str, plug: str, ratings: str, power_type: PowerType
) -> None:
    changes = {
        ">DC<": f">{current}<",
        "IEC_62196_T2_COMBO": plug,
        "<o:maximumPower>150.0</o:maximumPower>": ratings,
    }
    connector = CHARGE_POINT.read(point(changes).model).evses[0].connectors[0]
    assert connector.power_type is power_type


def test_a_voltage_between_lines_becomes_that_to_neutral() -> None:
    changes = {
        ">DC<": ">AC<",
        "IEC_62196_T2_COMBO": "IEC_62196_T2",
        "</o:ratings>": "<o:nominalVoltage>400</o:nominalVoltage></o:ratings>",
    }
    evse = CHARGE_POINT.read(point(changes).model).evses[0]
    assert (evse.nominal_voltage_v, evse.connectors[0].max_voltage_v) == (Decimal(400), Decimal(230))
    assert evse.connectors[0].assumed == {"max_voltage_v"}


@pytest.mark.parametrize(
    ("word", "static", "status"),
    [
        ("Operative", StaticStatus.OPERATIVE, None),
        ("Unknown", StaticStatus.UNKNOWN, None),
        ("Inoperative", StaticStatus.INOPERATIVE, EvseStatus.INOPERATIVE),
        ("Planned", StaticStatus.PLANNED, EvseStatus.PLANNED),
        ("Closed", StaticStatus.CLOSED, EvseStatus.REMOVED),
    ],
)
def test_a_static_status_decides_only_where_it_must(word: str, static: StaticStatus, status: EvseStatus | None) -> None:
    evse = CHARGE_POINT.read(point({"Inoperative": word}).model).evses[0]
    assert (evse.static_status, evse.status) == (static, status)


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        ('major="available" minor="reserved"', EvseStatus.AVAILABLE),
        ('major="not-available"', EvseStatus.CHARGING),
        ('major="not-available" minor="levitating"', EvseStatus.CHARGING),
        ('major="available" minor="charging"', EvseStatus.AVAILABLE),
        ('major="unknown" minor="blocked"', EvseStatus.UNKNOWN),
        ('major="perhaps"', None),
        ("", None),
    ],
)
def test_a_live_status_counts_by_its_first_word(attributes: str, status: EvseStatus | None) -> None:
    body = f"<GetStatusResponse {OCHP}><evse {attributes}><evseId>DE*ABC*E1</evseId></evse></GetStatusResponse>"
    form = BY_ELEMENT["GetStatusResponse"]
    answer = form.read(decode(form.wire, body.encode()).model)
    assert [report.status for report in answer.statuses] == [status]


# --- tokens ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("representation", "instance", "hashed"),
    [
        (' representation="plain"', "a" * 40, None),
        ("", "a" * 40, HashAlgorithm.SHA1),
        ("", "A" * 64, HashAlgorithm.SHA256),
        ("", "04A2B3C4D5E680", None),
        ("", "g" * 40, None),
        (' representation="SHA256"', "B" * 64, HashAlgorithm.SHA256),
        (' representation="sha-160"', "B" * 40, HashAlgorithm.SHA1),
    ],
)
def test_a_hash_is_recognised(representation: str, instance: str, hashed: HashAlgorithm | None) -> None:
    body = (
        f"<a {OCHP}><EmtId{representation}><instance>{instance}</instance><tokenType>rfid</tokenType></EmtId>"
        "<contractId>DE8EOC00000001</contractId></a>"
    )
    assert TOKEN.read(decode(wire.RoamingAuthorisationInfo, body.encode()).model).hashed_by is hashed


# --- CDRs --------------------------------------------------------------------------------------------------------


def test_a_remote_cdr_names_session_and_user() -> None:
    cdr = CDR.read(bill({">rfid<": ">remote<", "04a2b3c4d5e680": "DIRECT-1"}).model)
    assert cdr.token is not None
    assert (cdr.session, cdr.token.uid, cdr.token.type, cdr.auth_method) == (
        SessionIds(hub="DIRECT-1"),
        "DE-8EO-CA2B3C4D5-6",
        TokenType.APP_USER,
        AuthMethod.COMMAND,
    )


def test_a_cdr_that_bills_no_energy_does_not_know_it() -> None:
    cdr = CDR.read(bill({">energy<": ">usagetime<"}).model)
    assert (cdr.energy_kwh, cdr.energy_known) == (None, False)


def test_prices_of_nothing_without_a_total_are_no_rating() -> None:
    free = {"0.39": "0", "<o:periodCost>16.0875</o:periodCost>": ""}
    assert CDR.read(bill({**free, "<o:totalCost>16.0875</o:totalCost>": ""}).model).rated is False
    assert CDR.read(bill({**free, "16.0875</o:totalCost>": "0</o:totalCost>"}).model).rated is True


@pytest.mark.parametrize("status", list(CdrStatus))
def test_every_status_of_a_cdr_is_read(status: CdrStatus) -> None:
    assert CDR.read(bill({">new<": f">{status.value.lower()}<"}).model).status is status


def test_an_amount_is_exact() -> None:
    cdr = CDR.read(bill({"41.250": "0.1", "0.39": "0.2", "16.0875": "0.02"}).model)
    assert (cdr.energy_kwh, cdr.total_cost.excl_vat if cdr.total_cost else None) == (Decimal("0.1"), Decimal("0.02"))
