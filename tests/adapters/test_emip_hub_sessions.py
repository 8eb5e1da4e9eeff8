"""The simulated IOP's authorisations: local and remote starts go to the other side with all that was said of them."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.model.session import SessionIds
from gateway.simulation import World
from gateway_emip import wire
from tests.adapters.emip_hub import DONE, LIMIT, YES, Timed, granted, shown
from tests.adapters.test_emip_simulator import CLOSED, LON, MSP, OPEN, THERE
from tests.support import Recorder

# --- local start -------------------------------------------------------------------------------------------------


async def test_the_terms_of_the_provider_reach_the_operator() -> None:
    stage = Timed()
    stage.emsp = Recorder([YES])
    answer = await shown(stage, THERE, partner_id="NL*LON")
    assert (answer.authorisation_value, answer.request_status, answer.sale_partner_operator_id) == ("1", "1", "FR*MSP")
    assert (answer.intermediate_cdr_requested, answer.user_contract_id_alias) == (True, "ALIAS-1")
    assert answer.meter_limit_list is not None
    assert [_plain(one) for one in answer.meter_limit_list.meter_report] == [_plain(LIMIT)]
    (asked,) = stage.heard(wire.FromIopGetServiceAuthorisationRequest)
    assert (asked.partner_id, asked.operator_id, asked.target_operator_id) == ("FR*107", "DE*LON", "FR*MSP")
    assert asked.service_session_id == answer.service_session_id
    assert str(asked.transaction_id).startswith("IOP-TID-GIR-V-SIM01-")


def _plain(report: wire.MeterReport) -> tuple[Any, ...]:
    return report.meter_type_id, report.meter_value, report.meter_unit


async def test_a_contract_goes_to_the_provider_that_it_begins_with() -> None:
    stage = Timed(replace(CLOSED, cards=()))
    stage.emsp = Recorder([YES])
    known = await shown(stage, user_id_type="EMP-SPEC", user_id="FR-MSP-C0000A999-X")
    unknown = await shown(stage, user_id_type="EMP-SPEC", user_id="FR-ZZZ-C0000A999-X")
    assert (known.request_status, unknown.request_status) == ("1", "203")
    assert [one.sale_partner_operator_id for one in (known, unknown)] == ["FR*MSP", None]


async def test_a_contract_may_be_about_some_services_alone() -> None:
    stage = Timed(replace(OPEN, contracts=((LON, MSP),), agreed_services={(LON, MSP): ("1",)}))
    assert [(await shown(stage, requested_service_id=one)).request_status for one in ("1", "7")] == ["1", "202"]


@pytest.mark.parametrize(
    "changed",
    [{"authorisation_value": "3"}, {"request_status": "-9999990"}, {"request_status": None}],
)
async def test_what_is_no_decision_is_no_answer_of_the_provider(changed: dict[str, Any]) -> None:
    stage = Timed()
    stage.reply = wire.FromIopGetServiceAuthorisationResponse(
        **{
            "transaction_id": "1",
            "authorisation_value": "1",
            "partner_service_session_id": "M-1",
            "intermediate_cdr_requested": False,
            "request_status": "1",
            **changed,
        }
    )
    answer = await shown(stage)
    assert (answer.authorisation_value, answer.request_status, stage.state["sessions"]) == ("2", "10210", {})


async def test_the_provider_that_iop_plays_has_terms() -> None:
    stage = Timed(replace(OPEN, settings={"intermediate": True, "energy_limit_wh": 20000}))
    answer = await shown(stage)
    assert (answer.intermediate_cdr_requested, answer.user_contract_id_alias) == (True, "FR-MSP-C0000A101-X")
    assert answer.meter_limit_list is not None
    assert [_plain(one) for one in answer.meter_limit_list.meter_report] == [_plain(LIMIT)]


# --- remote start ------------------------------------------------------------------------------------------------


async def test_what_a_provider_grants_reaches_the_operator_as_it_is() -> None:
    stage = Timed()
    stage.cpo = Recorder([replace(DONE, session=SessionIds(cpo="C-7"))])
    terms = {"parameter": "slow", "booking_id": "B-1", "user_contract_id_alias": "ALIAS-7"}
    limits = wire.MeterReportList(meter_report=(LIMIT,))
    answer = await granted(stage, **terms, meter_limit_list=limits)
    assert (answer.request_status, answer.exec_partner_operator_id) == ("1", "DE*LON")
    (asked,) = stage.heard(wire.FromIopSetServiceAuthorisationRequest)
    assert {name: getattr(asked, name) for name in terms} == terms
    assert (asked.operator_id, asked.target_operator_id) == ("FR*MSP", "DE*LON")
    assert (asked.service_session_id, asked.intermediate_cdr_requested) == (answer.service_session_id, True)
    assert asked.meter_limit_list is not None
    assert [_plain(one) for one in asked.meter_limit_list.meter_report] == [_plain(LIMIT)]
    kept = stage.state["sessions"][answer.service_session_id]
    assert (kept["cpo"], kept["emsp"], kept["state"]) == ("C-7", "M-7", "started")


@pytest.mark.parametrize(("status", "expected"), [("205", "205"), ("206", "206"), ("4711", "10201")])
async def test_a_refusal_of_the_operator_is_passed_on(status: str, expected: str) -> None:
    stage = Timed()
    stage.reply = wire.FromIopSetServiceAuthorisationResponse(transaction_id="1", request_status=status)
    assert (await granted(stage)).request_status == expected
    assert stage.state["sessions"] == {}


@pytest.mark.parametrize(
    ("world", "more", "expected"),
    [
        (CLOSED, {"evse_id": "XX*ZZZ*E1"}, "201"),
        (replace(CLOSED, contracts=((LON, MSP),)), {}, "202"),
        (CLOSED, {"authorisation_value": "3"}, "10201"),
        (CLOSED, {"authorisation_value": "2"}, "10501"),
        (CLOSED, {"partner_id": "NL*LON", "operator_id": "NL*LON"}, "10502"),
    ],
)
async def test_what_iop_refuses_itself_reaches_nobody(world: World, more: dict[str, Any], expected: str) -> None:
    stage = Timed(world)
    assert (await granted(stage, **more)).request_status == expected
    assert stage.asked_of == []


async def test_value_2_ends_the_session_that_its_provider_opened() -> None:
    stage = Timed()
    stage.cpo = Recorder([DONE])
    begun = await granted(stage)
    stage.reply = wire.FromIopSetServiceAuthorisationResponse(transaction_id="1", request_status="1")
    ended = await granted(stage, authorisation_value="2")
    assert (ended.request_status, ended.service_session_id) == ("1", begun.service_session_id)
    told = [
        (one.authorisation_value, one.service_session_id)
        for one in stage.heard(wire.FromIopSetServiceAuthorisationRequest)
    ]
    assert told == [("1", begun.service_session_id), ("2", begun.service_session_id)]
    assert stage.state["sessions"][begun.service_session_id]["state"] == "stopped"
    assert (await granted(stage, authorisation_value="2", partner_service_session_id="M-8")).request_status == "10501"
