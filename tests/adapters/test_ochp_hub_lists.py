"""Lists at the simulated clearing house: what stays how long, duplicates, tariffs by recipient, statuses by ttl."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway_ochp import wire
from tests.adapters.ochp_hub import BEGAN, TWO_ACCOUNTS, House, code, text
from tests.adapters.test_ochp_hub_accounts import bill, places, seen

# --- what stays --------------------------------------------------------------------------------------------------


def closed(evse: str) -> Any:
    request = places(evse)
    (info,) = request.charge_point_info_array
    return replace(request, charge_point_info_array=(replace(info, status="Closed"),))


async def test_a_closed_charge_point_is_told_for_a_while_and_then_is_gone() -> None:
    house = House({"settings": {"keep_days": 7}})
    await house.ask(places("DE*ABC*E1", "DE*ABC*E2"), wire.UpdateChargePointListResponse)
    house.moment += timedelta(hours=1)
    await house.ask(closed("DE*ABC*E1"), wire.UpdateChargePointListResponse)
    since = wire.GetChargePointListUpdatesRequest(last_update=BEGAN)
    changes = await house.ask(since, wire.GetChargePointListUpdatesResponse)
    assert [(info.evse_id, info.status) for info in changes.charge_point_info_array] == [("DE*ABC*E1", "Closed")]
    house.moment += timedelta(days=8)
    assert await seen(house, "demo") == ["DE*ABC*E2"]


async def test_a_token_that_has_expired_is_told_for_a_while_and_then_is_gone() -> None:
    house = House({"cards": []})
    token = wire.RoamingAuthorisationInfo(
        emt_id=wire.EmtId(instance="AABBCCDD", token_type="rfid", representation="plain"),
        contract_id="DE-8EO-CA2B3C4D5-6",
        expiry_date=BEGAN - timedelta(hours=1),
    )
    request = wire.UpdateRoamingAuthorisationListRequest(roaming_authorisation_info_array=(token,))
    assert code(await house.ask(request, wire.UpdateRoamingAuthorisationListResponse)) == "ok"
    since = wire.GetRoamingAuthorisationListUpdatesRequest(last_update=BEGAN - timedelta(minutes=1))
    changes = await house.ask(since, wire.GetRoamingAuthorisationListUpdatesResponse)
    assert [info.contract_id for info in changes.roaming_authorisation_info] == ["DE-8EO-CA2B3C4D5-6"]
    house.moment += timedelta(days=31)
    whole = await house.ask(wire.GetRoamingAuthorisationListRequest(), wire.GetRoamingAuthorisationListResponse)
    assert (code(whole), whole.roaming_authorisation_info_array) == ("roaming", ())


@pytest.mark.parametrize(
    ("setting", "codes", "names"), [("ignore", "ok", ["Parkhaus am Hafen"]), ("refuse", "format", [])]
)
async def test_of_two_records_with_one_key_the_first_counts_or_none(setting: str, codes: str, names: list[str]) -> None:
    house = House({"settings": {"duplicates": setting}})
    request = places("DE*ABC*E1")
    (info,) = request.charge_point_info_array
    twice = (info, replace(info, evse_id="DEABCE1", location_name="Another"))
    answer = await house.ask(
        wire.UpdateChargePointListRequest(charge_point_info_array=twice), wire.UpdateChargePointListResponse
    )
    assert code(answer) == codes
    listed = await house.ask(wire.GetChargePointListRequest(), wire.GetChargePointListResponse)
    assert [one.location_name for one in listed.charge_point_info_array] == names


# --- CDRs --------------------------------------------------------------------------------------------------------

STEPS = ["new", "revised", "rejected", "approve", "decline"]
ALLOWED = {
    (): {"new": "accepted"},
    ("new",): {"revised": "revised", "rejected": "rejected", "approve": "approved", "decline": "declined"},
    ("new", "decline"): {"revised": "revised", "rejected": "rejected", "decline": "declined"},
    ("new", "revised"): {
        "revised": "revised", "rejected": "rejected", "approve": "approved", "decline": "declined",
    },
    ("new", "approve"): {"approve": "approved"},
    ("new", "rejected"): {"rejected": "rejected"},
    ("new", "decline", "revised"): {
        "revised": "revised", "rejected": "rejected", "approve": "approved", "decline": "declined",
    },
}  # fmt: skip
"""After these steps: what may come, and what the CDR then is. All else is refused and changes nothing."""


async def done(house: House, step: str) -> bool:
    name = wire.CdrName(cdr_id=bill().cdr_id, evse_id=bill().evse_id)
    if step in ("approve", "decline"):
        names = {"approved": (name,)} if step == "approve" else {"declined": (name,)}
        return code(await house.ask(wire.ConfirmCdrsRequest(**names), wire.ConfirmCdrsResponse)) == "ok"
    request = wire.AddCdrsRequest(cdr_info_array=(bill(status=step),))
    return code(await house.ask(request, wire.AddCdrsResponse)) == "ok"


def held(house: House) -> str:
    return "".join(cdr["status"].lower() for cdr in house.hub.state()["cdrs"])


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("before", list(ALLOWED), ids="-".join)
async def test_every_transition_of_a_cdr(before: tuple[str, ...], step: str) -> None:
    house = House()
    for one in before:
        assert await done(house, one)
    was = held(house)
    assert (await done(house, step), held(house)) == (
        step in ALLOWED[before],
        ALLOWED[before].get(step, was),
    )


# --- tariffs -----------------------------------------------------------------------------------------------------


def individual(price: str, *recipients: str) -> Any:
    component = wire.PriceComponent(billing_item="energy", item_price=Decimal(price), step_size=Decimal(0))
    element = wire.TariffElement(price_component=component, tariff_restriction=wire.TariffRestriction())
    return wire.IndividualTariff(tariff_element=(element,), recipient=recipients, currency="EUR")


def tariffs(*infos: Any) -> Any:
    return wire.UpdateTariffsRequest(tariff_info_array=infos)


def prices(answer: Any) -> list[tuple[str, list[str], tuple[str, ...]]]:
    return [
        (
            info.tariff_id,
            [str(one.tariff_element[0].price_component.item_price) for one in info.individual_tariff],
            tuple(recipient for one in info.individual_tariff for recipient in one.recipient),
        )
        for info in answer.tariff_info_array
    ]


async def test_each_provider_gets_its_own_prices_or_the_default_and_no_recipients() -> None:
    house = House(TWO_ACCOUNTS)
    both = wire.TariffInfo(tariff_id="DE*ABC*T1", individual_tariff=(individual("0.30", "DE8EO"), individual("0.40")))
    one = wire.TariffInfo(tariff_id="DE*ABC*T2", individual_tariff=(individual("0.20", "DE8EO"),))
    assert code(await house.ask(tariffs(both, one), wire.UpdateTariffsResponse, "cpo")) == "ok"
    asked = {
        user: await house.ask(wire.GetTariffUpdatesRequest(), wire.GetTariffUpdatesResponse, user)
        for user in ("emp", "emp2")
    }
    assert prices(asked["emp"]) == [("DE*ABC*T1", ["0.30"], ()), ("DE*ABC*T2", ["0.20"], ())]
    assert prices(asked["emp2"]) == [("DE*ABC*T1", ["0.40"], ())]


async def test_a_tariff_is_replaced_as_a_whole() -> None:
    house = House()
    old = wire.TariffInfo(tariff_id="DE*ABC*T1", individual_tariff=(individual("0.30"), individual("0.50", "DE8EO")))
    await house.ask(tariffs(old), wire.UpdateTariffsResponse)
    house.moment += timedelta(hours=1)
    new = wire.TariffInfo(tariff_id="DEABCT1", individual_tariff=(individual("0.35"),))
    await house.ask(tariffs(new), wire.UpdateTariffsResponse)
    request = wire.GetTariffUpdatesRequest(last_update=BEGAN)
    assert prices(await house.ask(request, wire.GetTariffUpdatesResponse)) == [("DEABCT1", ["0.35"], ())]
    request = wire.GetTariffUpdatesRequest(last_update=house.moment)
    answer = await house.ask(request, wire.GetTariffUpdatesResponse)
    assert (code(answer), prices(answer)) == ("ok", [])


async def test_a_tariff_of_another_account_or_against_the_schema_is_refused() -> None:
    house = House(TWO_ACCOUNTS)
    foreign = wire.TariffInfo(tariff_id="NL*XYZ*T1", individual_tariff=(individual("0.30"),))
    broken = wire.TariffInfo(tariff_id="DE*ABC*T1", individual_tariff=(individual("-0.30"),))
    good = wire.TariffInfo(tariff_id="DE*ABC*T2", individual_tariff=(individual("0.30"),))
    answer = await house.ask(tariffs(foreign, broken, good), wire.UpdateTariffsResponse, "cpo")
    assert (code(answer), [info.tariff_id for info in answer.refused_tariff_info]) == (
        "partly",
        ["NL*XYZ*T1", "DE*ABC*T1"],
    )
    assert "is negative" in str(text(answer))
    assert code(await house.ask(tariffs(), wire.UpdateTariffsResponse, "cpo")) == "format"


# --- live --------------------------------------------------------------------------------------------------------


def status(evse: str, **more: Any) -> Any:
    return wire.EvseStatus(evse_id=evse, major="available", minor="available", **more)


async def statuses(house: House, user: str = "demo", **asked: Any) -> wire.GetStatusResponse:
    return await house.ask(wire.GetStatusRequest(**asked), wire.GetStatusResponse, user)


@pytest.mark.parametrize(("setting", "found"), [("unknown", [("DE*ABC*E1", "unknown")]), ("dropped", [])])
async def test_after_its_ttl_a_status_is_unknown_or_dropped(setting: str, found: list[Any]) -> None:
    house = House({"settings": {"expired_status": setting}})
    soon = BEGAN + timedelta(minutes=5)
    await house.ask(wire.UpdateStatusRequest(evse=(status("DE*ABC*E1", ttl=soon),)), wire.UpdateStatusResponse)
    house.moment += timedelta(minutes=6)
    assert [(one.evse_id, one.major) for one in (await statuses(house)).evse] == found


async def test_parking_is_told_by_its_operator_alone() -> None:
    house = House(TWO_ACCOUNTS)
    spot = wire.ParkingStatus(parking_id="DE*PRK*P1", status="not-available")
    request = wire.UpdateStatusRequest(parking=(spot,))
    assert code(await house.ask(request, wire.UpdateStatusResponse, "other")) == "invalid-id"
    assert code(await house.ask(request, wire.UpdateStatusResponse, "pso")) == "ok"
    evse = wire.UpdateStatusRequest(evse=(status("DE*ABC*E1"),))
    assert code(await house.ask(evse, wire.UpdateStatusResponse, "pso")) == "invalid-id"
    told = await statuses(house, "emp", status_type="parking")
    assert [(one.parking_id, one.status) for one in told.parking] == [("DE*PRK*P1", "not-available")]


async def test_combined_mixes_the_parking_spots_in() -> None:
    house = House()
    request = places("DE*ABC*E1", "DE*ABC*E2")
    first, second = request.charge_point_info_array
    first = replace(first, parking_spot=(wire.ParkingSpot(parking_id="DE*ABC*P1"),))
    await house.ask(
        wire.UpdateChargePointListRequest(charge_point_info_array=(first, second)), wire.UpdateChargePointListResponse
    )
    told = wire.UpdateStatusRequest(
        evse=(status("DE*ABC*E1"), status("DE*ABC*E2")),
        parking=(wire.ParkingStatus(parking_id="DEABCP1", status="not-available"),),
    )
    assert code(await house.ask(told, wire.UpdateStatusResponse)) == "ok"
    combined = await statuses(house, status_type="combined")
    assert [(one.evse_id, one.major, one.minor) for one in combined.combined] == [
        ("DE*ABC*E1", "not-available", "blocked"),
        ("DE*ABC*E2", "available", "available"),
    ]
    assert {one.major for one in (await statuses(house)).evse} == {"available"}
