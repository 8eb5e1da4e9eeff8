"""Who may call the simulated IOP: declared partners and operators, both of Gireve's regimes, signs of life."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.errors import Invalid
from gateway.model.ids import EvseId
from gateway.simulation import Desk, World
from gateway.wire.soap import SOAP_12, sealed
from gateway_emip import wire
from gateway_emip.simulator.iop import Iop
from tests.adapters.emip_hub import LONERS, Timed
from tests.adapters.test_emip_simulator import CLOSED, HERE, OPEN


def world(base: World = CLOSED, **settings: Any) -> World:
    return replace(base, settings=settings, heartbeat_period=120)


def busy(operator: str = "NL*LON", partner: str = "NL*LON") -> wire.SetEvseBusyStatusRequest:
    evse = str(HERE).replace("NL*LON", operator)
    return wire.SetEvseBusyStatusRequest(
        partner_id=partner,
        operator_id=operator,
        evse_id_type="eMI3",
        evse_id=evse,
        status_event_date=Timed().time,
        busy_status="1",
        **LONERS,
    )


async def told(stage: Timed, asked: wire.SetEvseBusyStatusRequest) -> str | None:
    return (await stage.ask(asked, wire.SetEvseBusyStatusResponse)).request_status


# --- declared ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("partner", "operator", "expected"),
    [
        ("NL*LON", "NL*LON", "1"),
        ("NL*LON", "DE*LON", "1"),
        ("DE*LON", "NL*LON", "1"),
        ("NL*LON", "BE*XYZ", "10502"),
        ("BE*XYZ", "NL*LON", "10502"),
    ],
)
async def test_an_operator_is_declared_and_attached_to_its_partner(partner: str, operator: str, expected: str) -> None:
    stage = Timed()
    assert await told(stage, busy(operator, partner)) == expected
    assert (await stage.beat(partner, operator)).request_status == expected


async def test_a_provider_tells_no_status() -> None:
    assert await told(Timed(), busy("FR*MSP", "FR*MSP")) == "10502"


@pytest.mark.parametrize(
    ("base", "regime", "expected"),
    [
        (CLOSED, "operation-per-operator", "1"),
        (CLOSED, "none", "10502"),
        (OPEN, "operation-per-operator", "1"),
        (OPEN, "none", "10502"),
    ],
)
async def test_both_regimes_of_additional_operators(base: World, regime: str, expected: str) -> None:
    """`none`: one operator a connection, as a help article of 2023 has it."""
    stage = Timed(world(base, regime=regime))
    assert await told(stage, busy("NL*LON")) == "1"
    assert await told(stage, busy("DE*LON")) == expected


# --- signs of life -----------------------------------------------------------------------------------------------


async def test_silence_shows_in_the_state() -> None:
    stage = Timed(world())
    answer = await stage.beat()
    assert (answer.heart_beat_period, answer.current_time, answer.request_status) == (120, stage.time, "1")
    stage.later(seconds=120)
    (alive,) = stage.state["alive"]
    assert alive == {
        "partner": "NL*LON",
        "operator": "NL*LON",
        "heartbeats": 1,
        "silent_seconds": 120.0,
        "overdue": False,
    }
    stage.later(seconds=1)
    assert stage.state["alive"][0]["overdue"] is True
    assert await told(stage, busy()) == "1"


async def test_a_partner_that_is_silent_for_too_long_is_refused_where_a_world_says_so() -> None:
    stage = Timed(world(silence_periods=2))
    assert await told(stage, busy()) == "1"
    stage.later(seconds=240)
    assert await told(stage, busy()) == "1"
    stage.later(seconds=1)
    assert await told(stage, busy()) == "10502"
    assert (await stage.beat()).request_status == "1"
    assert await told(stage, busy()) == "1"


@pytest.mark.parametrize(("heartbeats", "expected"), [("partner", "1"), ("operator", "10502")])
async def test_a_heartbeat_speaks_for_the_partner_or_for_one_operator(heartbeats: str, expected: str) -> None:
    stage = Timed(world(silence_periods=1, heartbeats=heartbeats))
    assert await told(stage, busy("DE*LON")) == "1"
    stage.later(seconds=100)
    await stage.beat()
    stage.later(seconds=100)
    assert await told(stage, busy("DE*LON")) == expected


async def test_a_transaction_is_repeated_or_issued() -> None:
    stage = Timed()
    asked = wire.HeartBeatRequest(partner_id="NL*LON", operator_id="NL*LON", **LONERS)
    assert (await stage.ask(asked, wire.HeartBeatResponse)).transaction_id == "IOP-TID-GIR-V-SIM01-id-1"
    asked.transaction_id = "T-1"
    assert (await stage.ask(asked, wire.HeartBeatResponse)).transaction_id == "T-1"


# --- settings, state ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"regime": "shared"}, "'shared' is not"),
        ({"silence_periods": -1}, "is not a number from 0"),
        ({"power_kw": True}, "is not a number above 0"),
        ({"places": "FR*S63*P1"}, "is not a list of ids"),
        ({"moon": 1}, "unknown; known are second_cdr"),
    ],
)
def test_settings_are_checked(settings: dict[str, Any], words: str) -> None:
    async def call(_: str, __: Any) -> Any:
        raise AssertionError

    with pytest.raises(Invalid, match=words):
        Iop(Desk(world(**settings), call))


async def test_the_state_shows_no_number_of_a_card() -> None:
    stage = Timed(OPEN)
    session = await stage.session()
    shown = stage.state["sessions"][session.hub]
    assert (shown["user_id"], shown["contract_alias"]) == ("04…90", "FR…-X")
    assert "04B1C2D3E4F590" not in str(stage.state)
    assert "C0000A101" not in str(stage.state)


# --- what it cannot read -----------------------------------------------------------------------------------------

BEAT = sealed(SOAP_12, wire.HeartBeatRequest(partner_id="NL*LON", operator_id="NL*LON", **LONERS))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (BEAT.replace(b"<partnerId>NL*LON</partnerId>", b"<partnerId>NL*LON</partnerId>" * 2), "more than once"),
        (BEAT.replace(b"<operatorId>NL*LON</operatorId>", b""), "operatorId is mandatory"),
        (BEAT.replace(b"</soap:Body>", b"<a/></soap:Body>"), "one element in one body"),
        (BEAT.replace(b"?>\n", b"?>\n<!DOCTYPE a>", 1), "document type declaration"),
        (BEAT.replace(b"HeartBeatRequest", b"SearchEVSERequest"), "no eMIP message known here"),
        (BEAT.replace(b"2003/05/soap-envelope", b"2001/soap"), "a SOAP envelope is expected"),
    ],
)
async def test_a_document_that_means_two_things_or_none_is_a_fault(body: bytes, words: str) -> None:
    assert body != BEAT
    status, operation, text = await Timed().post(body)
    assert (status, operation) == (400, "Fault")
    assert words.lower() in text.lower()


async def test_another_content_type_is_no_soap_12() -> None:
    assert (await Timed().post(BEAT, content_type="text/xml; charset=utf-8"))[:2] == (415, "Fault")
    assert (await Timed().post(BEAT, content_type='application/soap+xml; charset=UTF-8; action="x"'))[0] == 200


async def test_children_in_a_namespace_in_another_order_and_case_are_read_by_name() -> None:
    body = (
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
        b'<p:eMIP_ToIOP_HeartbeatRequest xmlns:p="https://api-iop.gireve.com/schemas/PlatformV1/">'
        b"<p:operatorId>NL*LON</p:operatorId><p:operatorIdType>eMI3</p:operatorIdType>"
        b"<p:partnerId>NL*LON</p:partnerId><p:partnerIdType>eMI3</p:partnerIdType>"
        b"</p:eMIP_ToIOP_HeartbeatRequest></s:Body></s:Envelope>"
    )
    assert await Timed().post(body) == (200, "eMIP_ToIOP_HeartBeatResponse", "1")


# --- statuses ----------------------------------------------------------------------------------------------------


async def test_a_synthetic_status_tells_one_dimension_or_both() -> None:
    stage = Timed()
    both = wire.SetEvseSyntheticStatusRequest(
        partner_id="NL*LON", operator_id="NL*LON", evse_id_type="eMI3", evse_id=str(HERE), **LONERS
    )
    both.availability_status, both.busy_status = "2", "2"
    await stage.ask(both, wire.SetEvseSyntheticStatusResponse)
    both.availability_status, both.busy_status = None, "1"
    await stage.ask(both, wire.SetEvseSyntheticStatusResponse)
    assert stage.state["statuses"] == {str(HERE): {"availability": "2", "busy": "1", "status": "AVAILABLE"}}


POOLED = replace(CLOSED, evses=(EvseId.parse("NL*LON*E1"),), settings={"places": ["NL*LON*P1"]})


@pytest.mark.parametrize(
    ("pool", "operator", "letters", "expected"),
    [
        ("NL*LON*P1", "NL*LON", "chargingPoolId", "1"),
        ("NL*LON*P1", "NL*LON", "ChargingPoolId", "1"),
        ("NL*LON*P2", "NL*LON", "chargingPoolId", "10601"),
        ("NL*LON*P1", "DE*LON", "chargingPoolId", "201"),
        ("NL*LON*P1", "BE*XYZ", "chargingPoolId", "10502"),
    ],
)
async def test_a_pool_in_either_letter_case(pool: str, operator: str, letters: str, expected: str) -> None:
    stage = Timed(POOLED)
    asked = wire.SetChargingPoolAvailabilityStatusRequest(
        partner_id="NL*LON",
        operator_id=operator,
        charging_pool_id_type="eMI3",
        charging_pool_id=pool,
        status_event_date=stage.time,
        availability_status="1",
        **LONERS,
    )
    body = sealed(SOAP_12, asked).replace(b"chargingPoolId", letters.encode())
    assert (await stage.post(body))[2] == expected
    assert stage.state["places"] == ({pool: "1"} if expected == "1" else {})
