"""What a hub demands and a place does not say: from the settings, or held back; and what is stopped before sending."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from gateway.errors import Invalid
from gateway.model.kinds import Access, CalibrationLaw, DynamicInfo, PaymentOption, ValueAddedService
from gateway.model.location import EnergyMix, OpeningTimes, RegularHours
from gateway.model.party import Operator, PlaceFacts
from gateway.publishing import LossRefused
from gateway.settings import OperatorSettings, operator
from gateway.store import Database
from tests.support.publishing import DELON, LON, Stand, connection, evse_id, place, stand

ONE, TWO, GERMAN = str(evse_id(1)), str(evse_id(2)), str(evse_id(3, "DE*LON"))


@pytest.fixture
def database() -> Iterator[Database]:
    opened = Database()
    opened.migrate()
    yield opened
    opened.close()


def silent(number: int, operator: str = "NL*LON", **more: Any) -> Any:
    """A place that says nothing of what only OICP asks for."""
    full = place(number, operator, hotline=None, energy_mix=None, opening_times=None, **more)
    return replace(full, evses=(replace(full.evses[0], access=None, authentication_methods=()),))


def last_push(one: Stand) -> Any:
    return json.loads(one.links["hubject"].asked[-1].body)


async def held(one: Stand) -> dict[str, str]:
    return {row.evse: row.reason for row in await one.publisher.held()}


async def test_what_nobody_has_said_is_not_made_up(database: Database) -> None:
    one = stand(database, [connection()])
    report = await one.publisher.publish([silent(1), place(2)])
    reasons = "no authentication methods; no hotline number; no accessibility; no word on renewable energy"
    said = report.connections["hubject"].held[ONE].split("; ")
    assert sorted(said) == sorted([*reasons.split("; "), "no opening times"])
    assert {finding.pointer for broken in report.broken for finding in broken.findings} >= {
        "/evses/0/access",
        "/energy_mix/is_green_energy",
        "/opening_times",
    }
    await one.loaded()
    assert one.shown() == [TWO]


SETTINGS: dict[str, Any] = {
    "id": "NL*LON",
    "name": "London Charging",
    "hotline": "+31201234567",
    "places": {
        "always_open": True,
        "renewable_energy": False,
        "access": "PAYING",
        "authentication_methods": ["REMOTE"],
        "payment_options": ["DIRECT", "CONTRACT"],
        "value_added_services": ["RESERVATION"],
        "calibration_law": "LOCAL",
        "hub_compatible": False,
        "dynamic_info": "TRUE",
    },
}


async def test_the_operators_settings_speak_where_the_place_does_not(database: Database) -> None:
    account = operator(OperatorSettings(**SETTINGS), "hubject")
    one = stand(database, [connection(operators=(account, Operator(id=DELON, name="London Charging DE")))])
    await one.publisher.publish([silent(1)])
    await one.loaded()
    record = last_push(one)["OperatorEvseData"]["EvseDataRecord"][0]
    told = {
        name: record.get(name)
        for name in (
            "HotlinePhoneNumber", "IsOpen24Hours", "RenewableEnergy", "Accessibility", "AuthenticationModes",
            "PaymentOptions", "ValueAddedServices", "CalibrationLawDataAvailability", "IsHubjectCompatible",
            "DynamicInfoAvailable", "SubOperatorName", "HubOperatorID",
        )
    }  # fmt: skip
    assert told == {
        "HotlinePhoneNumber": "+31201234567",
        "IsOpen24Hours": True,
        "RenewableEnergy": False,
        "Accessibility": "Paying publicly accessible",
        "AuthenticationModes": ["REMOTE"],
        "PaymentOptions": ["Direct", "Contract"],
        "ValueAddedServices": ["Reservation"],
        "CalibrationLawDataAvailability": "Local",
        "IsHubjectCompatible": False,
        "DynamicInfoAvailable": "true",
        "SubOperatorName": None,
        "HubOperatorID": None,
    }


async def test_what_the_place_says_stands_before_the_settings(database: Database) -> None:
    account = operator(OperatorSettings(**SETTINGS), "hubject")
    one = stand(database, [connection(operators=(account,))])
    full = place(1, hotline="+31209999999", energy_mix=EnergyMix(is_green_energy=True), opening_times=_never_at_night())
    evse = replace(
        full.evses[0],
        access=Access.RESTRICTED,
        payment_options=(PaymentOption.FREE,),
        value_added_services=(ValueAddedService.NONE,),
        calibration_law=CalibrationLaw.EXTERNAL,
        hub_compatible=True,
        dynamic_info=DynamicInfo.FALSE,
    )
    await one.publisher.publish([replace(full, evses=(evse,))])
    await one.loaded()
    record = last_push(one)["OperatorEvseData"]["EvseDataRecord"][0]
    assert record["HotlinePhoneNumber"] == "+31209999999"
    assert (record["IsOpen24Hours"], record["OpeningTimes"]) == (
        False,
        [{"Period": [{"begin": "06:00", "end": "22:00"}], "on": "Everyday"}],
    )
    assert (record["RenewableEnergy"], record["Accessibility"]) == (True, "Restricted access")
    assert (record["PaymentOptions"], record["ValueAddedServices"]) == (["No Payment"], ["None"])
    assert (record["CalibrationLawDataAvailability"], record["IsHubjectCompatible"]) == ("External", True)
    assert record["DynamicInfoAvailable"] == "false"


def _never_at_night() -> OpeningTimes:
    return OpeningTimes(
        twentyfourseven=False, regular=tuple(RegularHours(weekday=day, begin=360, end=1320) for day in range(1, 8))
    )


async def test_a_record_that_was_held_back_goes_out_when_the_settings_have_what_it_lacked(database: Database) -> None:
    poor = stand(database, [connection()])
    await poor.publisher.publish([silent(1), place(2)])
    assert ONE in await held(poor)
    rich = stand(database, [connection(operators=(operator(OperatorSettings(**SETTINGS), "hubject"),))])
    assert await rich.publisher.recheck() == 1
    await rich.loaded()
    assert rich.shown() == [ONE, TWO]


# --- sub-operators -----------------------------------------------------------------------------------------------


async def test_one_full_load_over_all_operators_names_the_account_and_each_record_its_own(database: Database) -> None:
    one = stand(database, [connection()])
    await one.publisher.publish([place(1), place(3, "DE*LON")])
    await one.loaded()
    assert one.said() == [f"fullLoad {GERMAN} {ONE}"]
    assert one.links["hubject"].asked[0].path == "/evsepush/v23/operators/NL%2ALON/data-records"
    data = last_push(one)["OperatorEvseData"]
    assert (data["OperatorID"], data["OperatorName"]) == ("NL*LON", "London Charging")
    names = {
        record["EvseID"]: (record.get("SubOperatorName"), record.get("HubOperatorID"))
        for record in data["EvseDataRecord"]
    }
    assert names == {ONE: (None, None), GERMAN: ("London Charging DE", "NL*LON")}


async def test_after_it_come_deltas_over_all_operators_with_removals_last(database: Database) -> None:
    one = stand(database, [connection()])
    await one.publisher.publish([place(1), place(2), place(3, "DE*LON")])
    await one.loaded()
    one.links["hubject"].asked.clear()
    await one.publisher.retire([evse_id(1)])
    await one.publisher.publish([place(3, "DE*LON", hotline="+49301234567"), place(2), place(4, "DE*LON")])
    await one.deliver()
    assert one.said() == [f"insert {evse_id(4, 'DE*LON')}", f"update {GERMAN}", f"delete {ONE}"]


# --- stopped before sending --------------------------------------------------------------------------------------


async def test_an_evse_given_twice_counts_once_and_is_named(database: Database) -> None:
    one = stand(database, [connection()])
    other = place(1, hotline="+31209999999")
    report = await one.publisher.publish([place(1), place(1), other, place(2)])
    assert [(broken.evse, broken.findings[0].code) for broken in report.broken] == [(ONE, "repeated")]
    assert report.connections["hubject"].inserts == (ONE, TWO)
    await one.loaded()
    assert one.said() == [f"fullLoad {ONE} {TWO}"]
    assert last_push(one)["OperatorEvseData"]["EvseDataRecord"][0]["HotlinePhoneNumber"] == "+31201234567"


async def test_an_evse_of_a_foreign_operator_never_reaches_a_push(database: Database) -> None:
    one = stand(database, [connection()])
    report = await one.publisher.publish([place(1), place(5, "FR*XYZ")])
    (broken,) = report.broken
    assert (broken.evse, broken.findings[0].code) == ("FR*XYZ*E0005*1", "foreign")
    assert "operator FR*XYZ is on no connection" in broken.findings[0].text
    await one.loaded()
    assert one.shown() == [ONE]


async def test_a_full_load_of_less_than_half_needs_a_word_of_its_own(database: Database) -> None:
    one = stand(database, [connection()])
    await one.publisher.publish([place(number) for number in (1, 2, 3, 4, 5)])
    await one.loaded()
    await one.publisher.retire([evse_id(number) for number in (1, 2, 3)])
    preview = await one.publisher.full_load("hubject")
    assert (preview.keeps, len(preview.loses), preview.is_loss) == (2, 3, True)
    with pytest.raises(LossRefused, match="has 5 EVSEs and would lose 3 of them"):
        await one.publisher.full_load("hubject", confirm=True)
    assert isinstance(LossRefused(preview), Invalid)
    assert len(one.shown()) == 5
    await one.publisher.full_load("hubject", confirm=True, confirm_loss=True)
    await one.deliver()
    assert one.shown() == [str(evse_id(4)), str(evse_id(5))]


async def test_half_of_it_is_enough(database: Database) -> None:
    one = stand(database, [connection()])
    await one.publisher.publish([place(1), place(2)])
    await one.loaded()
    await one.publisher.retire([evse_id(1)])
    assert (await one.publisher.full_load("hubject", confirm=True)).planned


def test_facts_are_nothing_unless_they_are_set() -> None:
    plain = operator(OperatorSettings(id="NL*LON"), "hubject")
    assert (plain.id, plain.places) == (LON, PlaceFacts())
