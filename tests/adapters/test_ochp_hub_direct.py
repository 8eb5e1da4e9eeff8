"""The simulated clearing house's test partner: an operator that charges by the clock, a provider that asks."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.http import HttpResponse
from gateway.wire import WireModel
from gateway_ochp import operations as op
from gateway_ochp import wire
from tests.adapters.ochp_hub import BEGAN, House, code, envelope, operator, provider, read
from tests.adapters.test_ochp_hub_endpoints import token

AC, DC, NOT_DIRECT = "DE*TST*E1001", "DETSTE1002", "DE*TST*E1003"
CONTRACT = "DE-8EO-CA2B3C4D5-6"
OK = wire.DirectResult(result_code="ok", result_description="")


class Driver:
    """A provider of our own that knows the pair of the day."""

    def __init__(self, house: House, pair: str) -> None:
        self.house, self._pair = house, pair
        house.reply = wire.InformProviderResponse(result=OK)

    async def ask(self, operation: Any, request: WireModel) -> HttpResponse:
        return await self.house.direct("operator", operation, request, self._pair)

    async def select(self, evse: str = AC, until: datetime | None = None, contract: str = CONTRACT) -> Any:
        asked = wire.SelectEvseRequest(evse_id=evse, contract_id=contract, reserve_until=until)
        return read(await self.ask(op.SELECT, asked), wire.SelectEvseResponse)

    async def control(self, direct_id: str | None, operation: str = "start", **limits: Any) -> Any:
        asked = wire.ControlEvseRequest(direct_id=direct_id, operation=operation, **limits)
        return read(await self.ask(op.CONTROL, asked), wire.ControlEvseResponse)

    async def release(self, direct_id: str | None) -> Any:
        return read(await self.ask(op.RELEASE, wire.ReleaseEvseRequest(direct_id=direct_id)), wire.ReleaseEvseResponse)

    async def inform(self, direct_id: str | None) -> wire.InformProviderMessage:
        reply = await self.ask(op.INFORM_CPO, wire.InformProviderRequest(direct_id=direct_id))
        return read(reply, wire.InformProviderMessage)

    async def status(self, *evses: str) -> list[tuple[str | None, str | None]]:
        request = wire.DirectEvseStatusRequest(requested_evse_id=evses)
        told = read(await self.ask(op.DIRECT_STATUS, request), wire.GetStatusResponse)
        return [(one.major, one.minor) for one in told.evse]

    async def heard(self) -> list[wire.InformProviderMessage]:
        """What the operator has told us since we last looked."""
        await self.house.hub.operator.settled()
        told = [read(HttpResponse(body=request.body), wire.InformProviderMessage) for _, request in self.house.called]
        self.house.called.clear()
        return told


@pytest.fixture
async def driver() -> AsyncIterator[Driver]:
    house = House()
    await house.register(provider("P-1"))
    yield Driver(house, f"{token(await house.endpoints())}:P-1")
    await house.hub.operator.settled()


async def test_a_whole_session(driver: Driver) -> None:
    selected = await driver.select()
    name = selected.direct_id
    assert (code(selected), selected.ttl) == ("ok", BEGAN + timedelta(minutes=5))
    assert await driver.status(AC, DC, "DE*TST*E9") == [
        ("not-available", "reserved"), ("available", "available"), ("unknown", None),
    ]  # fmt: skip
    started = await driver.control(name)
    assert (code(started), started.ttl) == ("ok", BEGAN + timedelta(hours=24))
    driver.house.moment += timedelta(minutes=30)
    assert await driver.status(AC) == [("not-available", "charging")]
    shown = await driver.inform(name)
    assert (shown.message, shown.charged_energy, shown.current_power) == ("info", Decimal(11), Decimal(22))
    assert code(await driver.control(name, "change", max_power=Decimal(4))) == "ok"
    driver.house.moment += timedelta(minutes=30)
    ended = await driver.control(name, "end")
    assert (code(ended), ended.ttl) == ("ok", driver.house.moment + timedelta(minutes=15))
    assert code(await driver.release(name)) == "ok"
    told = await driver.heard()
    assert [(one.message, one.charged_energy) for one in told] == [
        ("start", Decimal(0)), ("info", Decimal(11)), ("change", Decimal(11)),
        ("info", Decimal(13)), ("end", Decimal(13)), ("finish", Decimal(13)),
    ]  # fmt: skip
    (cdr,) = (await driver.house.ask(wire.GetCdrsRequest(), wire.GetCdrsResponse)).cdr_info_array
    assert cdr.emt_id is not None
    assert (cdr.status, cdr.evse_id, cdr.contract_id, cdr.emt_id.token_type, cdr.emt_id.instance, cdr.total_cost) == (
        "accepted", AC, CONTRACT, "remote", name, Decimal("5.07"),
    )  # fmt: skip
    assert code(await driver.release(name)) == "invalid-id"
    assert (await driver.inform(name)).message == "finish"
    assert await driver.status(AC) == [("available", "available")]


@pytest.mark.parametrize(
    ("evse", "contract", "expected"),
    [
        ("DE*TST*E9999", CONTRACT, "not-found"),
        (NOT_DIRECT, CONTRACT, "not-supported"),
        (AC, "NL-GWE-C00012345", "invalid-id"),
    ],
)
async def test_what_cannot_be_selected(driver: Driver, evse: str, contract: str, expected: str) -> None:
    answer = await driver.select(evse, contract=contract)
    assert (code(answer), answer.direct_id) == (expected, None)


async def test_an_evse_is_selected_once(driver: Driver) -> None:
    assert code(await driver.select()) == "ok"
    assert code(await driver.select()) == "not-supported"
    assert code(await driver.select(DC)) == "ok"


@pytest.mark.parametrize(("asked", "granted"), [(20, 20), (90, 30)])
async def test_a_reservation_is_granted_for_half_an_hour_at_most(driver: Driver, asked: int, granted: int) -> None:
    answer = await driver.select(until=BEGAN + timedelta(minutes=asked))
    assert (code(answer), answer.ttl) == ("ok", BEGAN + timedelta(minutes=granted))


async def test_a_selection_runs_out_and_costs_nothing(driver: Driver) -> None:
    name = (await driver.select()).direct_id
    driver.house.moment += timedelta(minutes=5)
    assert code(await driver.control(name)) == "invalid-id"
    assert await driver.status(AC) == [("available", "available")]
    assert (await driver.heard(), driver.house.hub.state()["cdrs"]) == ([], [])


async def test_a_charge_ends_with_its_time(driver: Driver) -> None:
    name = (await driver.select()).direct_id
    await driver.control(name, max_power=Decimal(1))
    driver.house.moment += timedelta(hours=25)
    told = await driver.house.hub.play()
    assert [line["line"] for line in told["lines"]] == [
        f"AddCDRs of {name}: ok",
        f"InformProviderEMP start of {name}: ok",
        f"InformProviderEMP end of {name}: ok",
        f"InformProviderEMP finish of {name}: ok",
    ]
    assert [(one.message, one.charged_energy) for one in await driver.heard()][1:] == [
        ("end", Decimal(24)), ("finish", Decimal(24)),
    ]  # fmt: skip


async def test_every_quarter_of_an_hour_it_tells_how_it_stands(driver: Driver) -> None:
    name = (await driver.select()).direct_id
    await driver.control(name)
    for minutes in (14, 1, 5):
        driver.house.moment += timedelta(minutes=minutes)
        await driver.house.hub.play()
    told = [(one.message, one.charged_energy) for one in await driver.heard()]
    assert told == [("start", Decimal(0)), ("info", Decimal("5.5"))]


@pytest.mark.parametrize(
    ("evse", "limits", "expected", "power"),
    [
        (AC, {"max_power": Decimal(11)}, "ok", Decimal(11)),
        (AC, {"max_current": Decimal(16)}, "ok", Decimal("11.04")),
        (AC, {"one_phase": True, "max_current": Decimal(16)}, "ok", Decimal("3.68")),
        (AC, {"max_power": Decimal(50)}, "ok", Decimal(22)),
        (DC, {"max_power": Decimal(50), "min_energy": Decimal(10)}, "partly", Decimal(50)),
        (AC, {"max_energy": Decimal(0)}, "ok", Decimal(0)),
        (AC, {"max_power": Decimal(11), "max_current": Decimal(16)}, "not-supported", Decimal(0)),
    ],
)
async def test_limits(driver: Driver, evse: str, limits: dict[str, Any], expected: str, power: Decimal) -> None:
    name = (await driver.select(evse)).direct_id
    assert code(await driver.control(name, **limits)) == expected
    assert (await driver.inform(name)).current_power == power


async def test_no_more_than_the_energy_is_given(driver: Driver) -> None:
    name = (await driver.select()).direct_id
    await driver.control(name, max_energy=Decimal(5))
    driver.house.moment += timedelta(hours=2)
    shown = await driver.inform(name)
    assert (shown.charged_energy, shown.current_power) == (Decimal(5), Decimal(0))


async def test_what_has_ended_does_not_start_again(driver: Driver) -> None:
    name = (await driver.select()).direct_id
    await driver.control(name, "end")
    assert code(await driver.control(name)) == "not-supported"


async def test_an_unknown_session_has_no_report_but_a_fault(driver: Driver) -> None:
    reply = await driver.ask(op.INFORM_CPO, wire.InformProviderRequest(direct_id="NOBODY"))
    assert (reply.status, envelope(reply).operation) == (500, "Fault")


async def test_another_partner_cannot_touch_a_session(driver: Driver) -> None:
    world = {
        "partners": [
            {"id": "DE-8EO", "role": "EMSP"},
            {"id": "NL-GWE", "role": "EMSP", "user": "emp2", "password": "four"},
        ]
    }
    house = House(world)
    await house.register(provider("P-1"))
    other = wire.ProviderEndpoint(
        url="https://gwe.example", namespace_url=wire.NAMESPACE, access_token="P-2", valid_date=BEGAN.date(),
        whitelist=("NLGWEC%",),
    )  # fmt: skip
    assert await house.register(other, user="emp2") == "ok"
    pair = token(await house.endpoints())
    ours, theirs = Driver(house, f"{pair}:P-1"), Driver(house, f"{pair}:P-2")
    name = (await ours.select()).direct_id
    assert code(await theirs.control(name)) == "invalid-id"
    assert code(await theirs.release(name)) == "invalid-id"
    assert code(await ours.release(name)) == "ok"


async def test_a_discrepancy_is_kept(driver: Driver) -> None:
    request = wire.ReportDiscrepancyRequest(evse_id=AC, report="The plug is broken.")
    answer = read(await driver.ask(op.REPORT_DISCREPANCY, request), wire.ReportDiscrepancyResponse)
    assert isinstance(answer, wire.ReportDiscrepancyResponse)
    assert driver.house.hub.state()["discrepancies"] == [{"evse": AC, "report": "The plug is broken."}]


async def test_a_provider_that_does_not_answer_hinders_nothing(driver: Driver) -> None:
    driver.house.reply = HttpResponse(status=401, body=b"")
    name = (await driver.select()).direct_id
    assert code(await driver.control(name)) == "ok"
    told = await driver.house.hub.play()
    assert (told["passed"], len(told["lines"])) == (False, 1)


# --- the test provider -------------------------------------------------------------------------------------------


@pytest.fixture
async def station() -> House:
    """An operator of our own is registered; what it answers is set by the test."""
    house = House()
    await house.register(operator("O-1"))
    return house


async def selected(house: House) -> str:
    house.reply = wire.SelectEvseResponse(result=OK, direct_id="S-1", ttl=BEGAN + timedelta(minutes=5))
    answer = await house.hub.act({"operation": "SelectEvse", "evse": "DE*ABC*E1*2", "minutes": 10})
    return str(answer["session"])


async def test_it_selects_controls_and_releases(station: House) -> None:
    assert await selected(station) == "S-1"
    asked = read(HttpResponse(body=station.called[0][1].body), wire.SelectEvseRequest)
    assert (station.called[0][0], asked.evse_id, asked.contract_id, asked.reserve_until) == (
        "https://cpo.example/direct", "DE*ABC*E1*2", "DE-TST-C00000001", BEGAN + timedelta(minutes=10),
    )  # fmt: skip
    station.reply = wire.ControlEvseResponse(
        result=wire.DirectResult(result_code="partly", result_description="no phases here"), direct_id="S-1"
    )
    answer = await station.hub.act(
        {"operation": "ControlEvse", "session": "S-1", "do": "start", "max_power": 11, "one_phase": True}
    )
    assert (answer["result"], answer["answer"]["code"]) == ("accepted", "partly")
    asked_too = read(HttpResponse(body=station.called[1][1].body), wire.ControlEvseRequest)
    assert (asked_too.operation, asked_too.max_power, asked_too.one_phase) == ("start", Decimal(11), True)
    station.reply = wire.ReleaseEvseResponse(result=OK, direct_id="S-1")
    assert (await station.hub.act({"operation": "ReleaseEvse", "session": "S-1"}))["result"] == "accepted"


async def test_it_asks_reports_and_looks(station: House) -> None:
    await selected(station)
    station.reply = wire.InformProviderMessage(
        result=OK, message="info", evse_id="DE*ABC*E1*2", contract_id=CONTRACT, direct_id="S-1",
        charged_energy=Decimal("3.5"),
    )  # fmt: skip
    answer = await station.hub.act({"operation": "InformProviderCPO", "session": "S-1"})
    assert (answer["answer"]["message"], answer["answer"]["energy_kwh"]) == ("info", Decimal("3.5"))
    station.reply = wire.GetStatusResponse(
        evse=(wire.EvseStatus(evse_id="DE*ABC*E1", major="not-available", minor="charging"),)
    )
    answer = await station.hub.act({"operation": "GetEvseStatus", "evses": ["DE*ABC*E1"]})
    assert answer["answer"]["statuses"] == {"DE*ABC*E1": "not-available charging"}
    station.reply = wire.ReportDiscrepancyResponse()
    answer = await station.hub.act({"operation": "ReportDiscrepancy", "evse": "DE*ABC*E1", "report": "no light"})
    assert answer["result"] == "accepted"


async def test_it_shows_the_pair_of_the_day(station: House) -> None:
    from base64 import b64decode

    await selected(station)
    header = station.called[0][1].headers["authorization"].removeprefix("Basic ")
    receiver, sender = b64decode(header).decode().split(":")
    ours = {one.access_token for one in (await station.endpoints()).provider_endpoint_array}
    assert (receiver, sender in ours) == ("O-1", True)


async def test_it_takes_what_it_is_told_of_its_own_sessions(station: House) -> None:
    await selected(station)
    tokens = [one.access_token for one in (await station.endpoints()).provider_endpoint_array]

    async def told(name: str) -> str:
        message = wire.InformProviderMessage(
            result=OK, message="start", evse_id="DE*ABC*E1*2", contract_id=CONTRACT, direct_id=name
        )
        reply = await station.direct("provider", op.INFORM_EMP, message, f"{tokens[0]}:O-1")
        return code(read(reply, wire.InformProviderResponse))

    assert [await told("S-1"), await told("S-2")] == ["ok", "invalid-id"]
    assert [one["heard"] for one in station.hub.state()["sessions"]] == [["start"]]


async def test_a_wish_starts_and_stops_remotely(station: House) -> None:
    station.reply = wire.SelectEvseResponse(
        result=wire.DirectResult(result_code="not-found", result_description="no such EVSE")
    )
    answer = await station.hub.remote_start({"evse": "DE*ABC*E9"})
    assert (answer["result"], answer["answer"]["code"], len(station.called)) == ("refused", "not-found", 1)
    with pytest.raises(ValueError, match="name its evse"):
        await station.hub.remote_stop({"session": "S-9"})
    with pytest.raises(ValueError, match="'Dance' is none of SelectEvse"):
        await station.hub.act({"operation": "Dance"})
