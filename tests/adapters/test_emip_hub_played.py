"""The partners that the simulated IOP plays itself: an operator that charges by the clock, a provider with cards."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotSent
from gateway.model.ids import EvseId
from gateway.simulation import World
from gateway_emip import wire
from gateway_emip.simulator.charging import Charging
from tests.adapters.emip_hub import DONE, HEARD, LIMIT, TAKEN, YES, Timed, action, granted
from tests.adapters.test_emip_simulator import CLOSED, HERE, NOON
from tests.support import Recorder

CPO, EMSP = CLOSED.partners
ALONE = replace(CLOSED, partners=(replace(CPO, url=""), EMSP))
"""The provider is connected, the operator is not: IOP plays it."""
EVENT, RECORD = wire.FromIopSetSessionEventReportRequest, wire.FromIopSetChargeDetailRecordRequest


def world(**settings: Any) -> World:
    return replace(ALONE, settings=settings)


async def begun(stage: Timed, **more: Any) -> str:
    """A session that the provider starts, without intermediate records."""
    answer = await granted(stage, **{"evse_id": str(HERE), "intermediate_cdr_requested": False, **more})
    assert (answer.request_status, answer.exec_partner_operator_id) == ("1", "NL*LON")
    return str(answer.service_session_id)


async def beats(stage: Timed, **time: float) -> None:
    """Time goes by; the next request lets the operator tell what has happened."""
    stage.later(**time)
    await stage.beat("FR*MSP", "FR*MSP")


def events(stage: Timed) -> list[tuple[Any, Any]]:
    told = [one.session_event for one in stage.heard(EVENT)]
    return [(one.session_event_nature, one.session_event_date_time) for one in told if one is not None]


def records(stage: Timed) -> list[dict[str, Any]]:
    told = []
    for one in (one.charge_detail_record for one in stage.heard(RECORD)):
        assert one is not None
        assert one.meter_report_list is not None
        meters = {report.meter_type_id: report.meter_value for report in one.meter_report_list.meter_report}
        told.append({"nature": one.cdr_nature, "end": one.end_time, "min": meters["1"], "Wh": meters["2"]})
    return told


async def test_a_session_goes_its_way_by_the_clock() -> None:
    stage = Timed(world(power_kw=12))
    stage.emsp = Recorder([HEARD, HEARD, TAKEN])
    session = await begun(stage)
    assert (stage.asked_of, stage.state["sessions"][session]["state"]) == ([], "started")
    await beats(stage, minutes=10)
    assert events(stage) == [("3", NOON)]
    assert stage.state["sessions"][session]["energy_wh"] == "2000"
    await beats(stage, minutes=35)
    end = NOON + timedelta(minutes=30)
    assert events(stage) == [("3", NOON), ("1", end)]
    assert records(stage) == [{"nature": "1", "end": end, "min": Decimal(30), "Wh": Decimal(6000)}]
    kept = stage.state["sessions"][session]
    assert (kept["state"], kept["final_cdr"], kept["events"]) == ("settled", True, ["3", "1"])
    await beats(stage, hours=1)
    assert len(stage.asked_of) == 3


async def test_intermediate_records_come_where_they_are_wanted() -> None:
    stage = Timed(world(power_kw=12, record_minutes=10))
    stage.emsp = Recorder([HEARD, TAKEN, TAKEN, HEARD, TAKEN])
    await begun(stage, intermediate_cdr_requested=True)
    for _ in range(3):
        await beats(stage, minutes=11)
    assert [(one["nature"], one["min"], one["Wh"]) for one in records(stage)] == [
        ("2", Decimal(11), Decimal(2200)),
        ("2", Decimal(22), Decimal(4400)),
        ("1", Decimal(30), Decimal(6000)),
    ]


@pytest.mark.parametrize(
    ("limit", "minutes", "energy"),
    [
        (LIMIT, 30, 6000),
        (replace(LIMIT, meter_value=Decimal(2000)), 10, 2000),
        (wire.MeterReport(meter_type_id="2", meter_value=Decimal(2), meter_unit="kWh"), 10, 2000),
        (wire.MeterReport(meter_type_id="1", meter_value=Decimal(5), meter_unit="min"), 5, 1000),
        (wire.MeterReport(meter_type_id="2", meter_value=Decimal(2), meter_unit="buckets"), 30, 6000),
        (wire.MeterReport(meter_type_id="3", meter_value=Decimal(2), meter_unit="EUR"), 30, 6000),
    ],
)
async def test_limits_end_a_session(limit: wire.MeterReport, minutes: int, energy: int) -> None:
    stage = Timed(world(power_kw=12))
    stage.emsp = Recorder([HEARD, HEARD, TAKEN])
    await begun(stage, meter_limit_list=wire.MeterReportList(meter_report=(limit,)))
    await beats(stage, hours=2)
    end = NOON + timedelta(minutes=minutes)
    assert records(stage) == [{"nature": "1", "end": end, "min": Decimal(minutes), "Wh": Decimal(energy)}]


async def asked(stage: Timed, session: str, nature: str) -> str | None:
    return (await stage.ask(action(session, nature), wire.ToIopSetSessionActionRequestResponse)).request_status


async def test_what_is_suspended_does_not_charge_and_goes_on() -> None:
    stage = Timed(world(power_kw=12))
    stage.emsp = Recorder([HEARD, HEARD, HEARD, HEARD, TAKEN])
    session = await begun(stage)
    for minutes, nature in ((10, "2"), (20, "3"), (10, "1")):
        stage.later(minutes=minutes)
        assert await asked(stage, session, nature) == "1"
    await beats(stage, minutes=1)
    times = [NOON + timedelta(minutes=one) for one in (0, 10, 30, 40)]
    assert events(stage) == list(zip(("3", "2", "3", "1"), times, strict=True))
    assert records(stage) == [{"nature": "1", "end": times[-1], "min": Decimal(20), "Wh": Decimal(4000)}]


async def test_an_emergency_stop_is_told_as_one() -> None:
    stage = Timed(world())
    stage.emsp = Recorder([HEARD, HEARD, TAKEN])
    session = await begun(stage)
    assert await asked(stage, session, "0") == "1"
    await beats(stage, minutes=1)
    assert [nature for nature, _ in events(stage)] == ["3", "0"]
    assert [one["Wh"] for one in records(stage)] == [0]


async def test_an_operator_may_not_suspend() -> None:
    stage = Timed(world(suspends=False))
    stage.emsp = Recorder([HEARD])
    session = await begun(stage)
    assert [await asked(stage, session, nature) for nature in ("2", "3")] == ["10506", "10506"]
    assert stage.state["sessions"][session]["state"] == "started"


async def test_what_does_not_get_through_is_told_again_in_order() -> None:
    stage = Timed(world())
    stage.emsp = Recorder([HEARD, HEARD, TAKEN])
    await begun(stage)
    stage.down = NotSent("gone")
    await beats(stage, minutes=5)
    await beats(stage, minutes=40)
    assert {nature for nature, _ in events(stage)} == {"3"}
    stage.down, stage.asked_of = None, []
    await beats(stage, minutes=1)
    assert [nature for nature, _ in events(stage)] == ["3", "1"]
    assert len(records(stage)) == 1


async def test_value_2_ends_what_iop_charges_itself() -> None:
    stage = Timed(world())
    stage.emsp = Recorder([HEARD, HEARD, TAKEN])
    session = await begun(stage)
    await beats(stage, minutes=6)
    answer = await granted(stage, evse_id=str(HERE), authorisation_value="2")
    assert (answer.request_status, answer.service_session_id) == ("1", session)
    await beats(stage, minutes=1)
    assert [one["min"] for one in records(stage)] == [6]


async def test_an_operator_that_speaks_for_itself_is_not_played() -> None:
    """It has an account and calls IOP, only IOP cannot call it."""
    stage = Timed(world())
    await stage.beat()
    session = await begun(stage)
    await beats(stage, hours=2)
    assert (stage.asked_of, stage.state["sessions"][session]["energy_wh"]) == ([], None)


moves = st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["suspend", "restart", "nothing"])), max_size=12)


@given(moves)
def test_energy_only_grows_and_never_beyond_the_longest_time(steps: list[tuple[int, str]]) -> None:
    now, before = NOON, Decimal(0)
    charging = Charging(NOON, Decimal(12), timedelta(minutes=60))
    for minutes, move in steps:
        was_running = charging.running_since is not None
        now += timedelta(minutes=minutes)
        energy = charging.energy_wh(now)
        assert before <= energy <= 12000
        assert was_running or energy == before
        before = energy
        if move != "nothing":
            (charging.suspend if move == "suspend" else charging.restart)(now)
    charging.end(now)
    assert charging.energy_wh(now + timedelta(days=1)) == before


# --- directed ----------------------------------------------------------------------------------------------------


async def test_a_card_at_the_operator_that_iop_plays() -> None:
    stage = Timed(world(power_kw=12))
    stage.emsp = Recorder([YES, HEARD, HEARD, TAKEN, TAKEN])
    told = await stage.iop.act(
        {"operation": "GetServiceAuthorisation", "evse": "NL*LON*E5678*2", "token": "04B1C2D3E4F590"}
    )
    assert (told["result"], told["answer"]["status"]) == ("ACCEPTED", "1")
    (asked_,) = stage.heard(wire.FromIopGetServiceAuthorisationRequest)
    assert (asked_.evse_id, asked_.operator_id, asked_.user_id) == ("NL*LON*E5678*2", "NL*LON", "04B1C2D3E4F590")
    session = told["session"]
    event = {"operation": "SetSessionEventReport", "session": session, "event": "SUSPEND", "action": "ACT-1"}
    assert (await stage.iop.act(event))["answer"]["status"] == "1"
    stage.later(minutes=5)
    for nature, status in (("INTERMEDIATE", "1"), ("FINAL", "1"), ("FINAL", "10701")):
        record = {"operation": "SetChargeDetailRecord", "session": session, "nature": nature}
        assert (await stage.iop.act(record))["answer"]["status"] == status
    assert [(one["nature"], one["Wh"]) for one in records(stage)] == [("2", 1000), ("1", 1000)]


async def test_a_card_that_is_refused_opens_nothing() -> None:
    told = await Timed(world()).iop.act(
        {"operation": "GetServiceAuthorisation", "evse": "NL*LON*E5678*2", "token": "04FFFFFFFFFFFF"}
    )
    assert (told["result"], told["answer"]["status"]) == ("REJECTED", "203")


async def test_the_operator_goes_on_when_it_is_told_to() -> None:
    stage = Timed(world())
    stage.emsp = Recorder([HEARD])
    session = await begun(stage)
    assert (await stage.iop.act({"operation": "GoOn", "session": session}))["session"] == session
    assert [nature for nature, _ in events(stage)] == ["3"]


async def test_a_start_may_want_intermediate_records() -> None:
    stage = Timed()
    stage.cpo = Recorder([DONE])
    wish = {"evse": str(HERE), "token": "04B1C2D3E4F590", "intermediate": True}
    told = await stage.iop.act({"operation": "SetServiceAuthorisation", **wish})
    (start,) = stage.heard(wire.FromIopSetServiceAuthorisationRequest)
    assert (told["answer"]["status"], start.intermediate_cdr_requested) == ("1", True)
    assert (start.evse_id, EvseId.parse(start.evse_id or "")) == (str(HERE), HERE)


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({}, "unknown operation ''"),
        ({"operation": "HeartBeat"}, "known are SetServiceAuthorisation"),
        ({"operation": "GetServiceAuthorisation", "evse": "here", "token": "1"}, "is not an EVSE id"),
    ],
)
async def test_a_wish_that_cannot_be_met(wish: dict[str, Any], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        await Timed().iop.act(wish)


@pytest.mark.parametrize("operation", ["SetSessionActionRequest", "SetSessionEventReport", "SetChargeDetailRecord"])
async def test_a_session_that_nobody_knows(operation: str) -> None:
    told = await Timed().iop.act({"operation": operation, "session": "nobody's"})
    assert (told["result"], told["answer"]["status"]) == ("UNKNOWN_SESSION", "10501")
