"""What the simulated IOP passes on in a session, with its names translated: actions, events, records."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.errors import NotSent
from gateway.http import HttpResponse
from gateway.model.cdr import CdrNature
from gateway.model.ids import PartyId
from gateway.model.messages import CommandResult, CommandStatus, EventReceipt
from gateway.model.session import SessionIds
from gateway.simulation import Partner
from gateway_emip import wire
from tests.adapters.emip_hub import (
    DONE,
    HEARD,
    LONERS,
    TAKEN,
    YES,
    Timed,
    action,
    event,
    granted,
    record,
    reported,
    shown,
)
from tests.adapters.test_emip_simulator import CLOSED, HERE, NOON, THERE
from tests.support import Recorder

# --- actions -----------------------------------------------------------------------------------------------------


async def started(stage: Timed, *answers: Any) -> str:
    stage.cpo = Recorder([replace(DONE, session=SessionIds(cpo="C-7")), *answers])
    session = (await granted(stage, evse_id=str(HERE))).service_session_id
    assert session is not None
    return session


@pytest.mark.parametrize(
    ("nature", "state"), [("0", "stopped"), ("1", "stopped"), ("2", "suspended"), ("3", "started")]
)
async def test_an_action_goes_to_the_operator_under_its_own_name_of_the_session(nature: str, state: str) -> None:
    stage = Timed()
    session = await started(stage, DONE)
    answer = await stage.ask(action(session, nature), wire.ToIopSetSessionActionRequestResponse)
    (asked,) = stage.heard(wire.FromIopSetSessionActionRequestRequest)
    assert asked.session_action is not None
    assert (asked.service_session_id, asked.exec_partner_session_id) == (session, "C-7")
    assert (asked.operator_id, asked.target_operator_id) == ("FR*MSP", "NL*LON")
    assert (asked.session_action.session_action_nature, answer.request_status) == (nature, "1")
    assert asked.session_action.session_action_id == answer.session_action_id
    assert str(answer.session_action_id).startswith("IOP-SAS-GIR-V-SIM01-")
    assert stage.state["sessions"][session]["state"] == state


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (action("IOP-X"), "10501"),
        (action(None, "9"), "10506"),
        (action(None, operator_id="BE*OTH", partner_id="BE*OTH"), "10508"),
        (action(None, operator_id="XX*ZZZ", partner_id="XX*ZZZ"), "10502"),
    ],
)
async def test_an_action_that_iop_refuses_reaches_nobody(
    asked: wire.ToIopSetSessionActionRequestRequest, expected: str
) -> None:
    world = replace(CLOSED, partners=(*CLOSED.partners, Partner(PartyId.parse("BE*OTH"), "EMSP")))
    stage = Timed(world)
    session = await started(stage)
    asked = replace(asked, service_session_id=asked.service_session_id or session)
    answer = await stage.ask(asked, wire.ToIopSetSessionActionRequestResponse)
    assert (answer.request_status, len(stage.asked_of)) == (expected, 1)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (CommandResult(status=CommandStatus.UNKNOWN_SESSION), "10501"),
        (CommandResult(status=CommandStatus.REJECTED), "10503"),
        (CommandResult(status=CommandStatus.NOT_SUPPORTED), "10506"),
        (CommandResult(status=CommandStatus.FAILED), "10507"),
    ],
)
async def test_what_the_operator_answers_is_passed_on(answer: CommandResult, expected: str) -> None:
    stage = Timed()
    session = await started(stage, answer)
    asked = await stage.ask(action(session), wire.ToIopSetSessionActionRequestResponse)
    assert (asked.request_status, stage.state["sessions"][session]["state"]) == (expected, "started")


# --- events ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nature", "state"), [("0", "stopped"), ("1", "stopped"), ("2", "suspended"), ("3", "started")]
)
async def test_an_event_goes_to_the_provider_under_its_own_name_of_the_session(nature: str, state: str) -> None:
    stage = Timed()
    stage.emsp = Recorder([YES, HEARD])
    session = str((await shown(stage)).service_session_id)
    answer = await stage.ask(event(session, nature), wire.ToIopSetSessionEventReportResponse)
    (asked,) = stage.heard(wire.FromIopSetSessionEventReportRequest)
    told = asked.session_event
    assert told is not None
    assert (asked.service_session_id, asked.sale_partner_session_id) == (session, "M-1")
    assert (asked.operator_id, asked.target_operator_id) == ("NL*LON", "FR*MSP")
    assert (told.session_event_nature, told.session_event_id, told.session_event_date_time) == (nature, "EVT-1", NOON)
    assert told.related_session_action_id == "ACT-1"
    assert (answer.service_session_id, answer.session_action_id, answer.request_status) == (session, "EVT-1", "1")
    kept = stage.state["sessions"][session]
    assert (kept["state"], kept["events"]) == (state, [nature])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (event("IOP-X"), "10501"),
        (event(None, "9"), "10506"),
        (event(None, operator_id="DE*LON"), "10508"),
        (event(None, operator_id="FR*MSP", partner_id="FR*MSP"), "10502"),
    ],
)
async def test_an_event_that_iop_refuses_reaches_nobody(
    asked: wire.ToIopSetSessionEventReportRequest, expected: str
) -> None:
    stage = Timed()
    stage.emsp = Recorder([YES])
    session = (await shown(stage)).service_session_id
    assert await reported(stage, replace(asked, service_session_id=asked.service_session_id or session)) == expected
    assert len(stage.asked_of) == 1


@pytest.mark.parametrize(
    ("down", "expected"), [(NotSent("gone"), "10504"), (HttpResponse(status=500, body=b"oops"), "10505")]
)
async def test_a_provider_that_is_silent_is_told_apart_from_one_that_fails(down: Any, expected: str) -> None:
    stage = Timed()
    stage.emsp = Recorder([YES])
    session = (await shown(stage)).service_session_id
    stage.down = down
    assert await reported(stage, event(session)) == expected


async def test_a_provider_that_takes_no_events_says_so_or_has_said_so_before() -> None:
    stage = Timed()
    stage.emsp = Recorder([YES, EventReceipt(accepted=False)])
    session = (await shown(stage)).service_session_id
    assert await reported(stage, event(session)) == "10503"
    cpo, emsp = CLOSED.partners
    stage = Timed(replace(CLOSED, partners=(cpo, replace(emsp, services=("Actions",)))))
    stage.emsp = Recorder([YES])
    session = (await shown(stage)).service_session_id
    assert await reported(stage, event(session)) == "10503"
    assert len(stage.asked_of) == 1


# --- records -----------------------------------------------------------------------------------------------------


async def handed(stage: Timed, one: wire.ChargeDetailRecord, operator: str = "NL*LON") -> str | None:
    asked = wire.ToIopSetChargeDetailRecordRequest(
        partner_id="NL*LON", operator_id=operator, charge_detail_record=one, **LONERS
    )
    return (await stage.ask(asked, wire.ToIopSetChargeDetailRecordResponse)).request_status


async def test_records_of_a_session_are_taken_by_the_rules() -> None:
    stage = Timed()
    stage.emsp = Recorder([replace(YES, intermediate_cdr_requested=False), TAKEN])
    session = str((await shown(stage)).service_session_id)
    assert await handed(stage, record("IOP-X")) == "10501"
    assert await handed(stage, record(session, evse_id=str(THERE)), "DE*LON") == "10508"
    assert await handed(stage, record(session, cdr_nature="7")) == "10506"
    assert await handed(stage, record(session, CdrNature.INTERMEDIATE)) == "10506"
    assert stage.heard(wire.FromIopSetChargeDetailRecordRequest) == []
    assert await handed(stage, record(session)) == "1"
    assert await handed(stage, record(session, end_time=NOON + timedelta(hours=2))) == "10701"
    (arrived,) = stage.heard(wire.FromIopSetChargeDetailRecordRequest)
    assert arrived.charge_detail_record is not None
    assert arrived.charge_detail_record.sale_partner_session_id == "M-1"


async def test_a_provider_that_had_the_record_before_says_so_and_it_is_booked_once() -> None:
    stage = Timed()
    stage.emsp = Recorder([YES, replace(TAKEN, already_there=True)])
    session = str((await shown(stage)).service_session_id)
    for times in (1, 2):
        assert await handed(stage, record(session)) == "10701"
        told = stage.desk.tally.document()["cdrs"][session]
        assert (told["received"], told["booked"]) == (times, 1)


@pytest.mark.parametrize("answer", ["bare", "list"])
async def test_a_record_is_fetched_in_either_assumed_form_by_its_own_parties(answer: str) -> None:
    stage = Timed(replace(CLOSED, settings={"fetch_answer": answer}))
    stage.emsp = Recorder([YES, TAKEN])
    session = str((await shown(stage)).service_session_id)
    await handed(stage, record(session))

    async def fetched(party: str, name: str = session) -> wire.GetChargeDetailRecordResponse:
        asked = wire.GetChargeDetailRecordRequest(
            partner_id=party, operator_id=party, service_session_id=name, **LONERS
        )
        return await stage.ask(asked, wire.GetChargeDetailRecordResponse)

    found = await fetched("FR*MSP")
    listed = found.charge_detail_record_list
    assert (len(found.charge_detail_record), listed is None) == ((1, True) if answer == "bare" else (0, False))
    records = found.charge_detail_record if listed is None else listed.charge_detail_record
    assert len(records) == 1
    one = records[0]
    assert (one.service_session_id, one.sale_partner_session_id, one.exec_partner_operator_id) == (
        session,
        "M-1",
        "NL*LON",
    )
    assert (await fetched("DE*LON")).request_status == "10508"
    assert (await fetched("FR*MSP", "IOP-X")).request_status == "10501"
