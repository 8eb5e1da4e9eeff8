"""What a provider asks an operator and what an operator tells a provider; no network."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from gateway.errors import ForeignOperator, GatewayError, Invalid, NoAnswer, NotSent, Refused, Undecodable, Unsupported
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.common import Price, Reason
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway.model.metering import CdrDimension, ChargingPeriod, Dimension, MeterReading
from gateway.model.session import Session, SessionEvent, SessionEventKind, SessionIds, SessionStatus
from gateway.model.token import Token, TokenType
from gateway.wire.soap import SOAP_11, fault, opened
from gateway_ochp import wire
from tests.adapters.ochp_direct_values import (
    CONTRACT,
    DEMAND,
    EVSE,
    ID,
    IDS,
    LIMITS,
    NOW,
    OPERATOR,
    PROVIDER,
    UNTIL,
    USER,
    link,
    result,
    said,
    send,
    sent,
)
from tests.support import CONFORMANCE, FakeLink, needs_conformance

ACCEPTED, FAILED = m.CommandStatus.ACCEPTED, m.CommandStatus.FAILED
SELECTED = said(wire.SelectEvseResponse(result=result("ok"), direct_id=ID, ttl=UNTIL))
STARTED = said(wire.ControlEvseResponse(result=result("ok"), direct_id=ID, ttl=NOW + timedelta(hours=24)))
ENDED = said(wire.ControlEvseResponse(result=result("ok"), direct_id=ID, ttl=NOW + timedelta(minutes=15)))
RELEASED = said(wire.ReleaseEvseResponse(result=result("ok"), direct_id=ID))
START = m.StartSession(token=USER, evse=EVSE, session=SessionIds(emsp="APP-7"), limits=LIMITS, demand=DEMAND)
STOP = m.StopSession(session=IDS, evse=EVSE)
BROKEN = HttpResponse(status=500, body=b"<html>proxy</html>")
SELECT_REQUEST = wire.SelectEvseRequest(evse_id=str(EVSE), contract_id=str(CONTRACT))
RELEASE_REQUEST = wire.ReleaseEvseRequest(direct_id=ID)


def control(operation: str) -> wire.ControlEvseRequest:
    return wire.ControlEvseRequest(
        direct_id=ID,
        operation=operation,
        max_power=Decimal(11),
        one_phase=False,
        max_energy=Decimal(85),
        min_energy=Decimal("5.5"),
        departure=NOW + timedelta(hours=5),
    )


START_REQUEST = control("start")
END_REQUEST = wire.ControlEvseRequest(direct_id=ID, operation="end")


def refused(kind: type[wire.SessionResponse], code: str, text: str = "") -> HttpResponse:
    return said(kind(result=result(code, text)))


# --- the exchange ------------------------------------------------------------------------------------------------


async def test_a_request_goes_to_the_partner_with_the_pair_of_the_day_and_no_user() -> None:
    hub = await link(PROVIDER, SELECTED)
    await send(hub, m.ReserveEvse(token=USER, evse=EVSE))
    (request,) = hub.asked
    assert (request.base, request.path, request.service) == ("https://operator.example/clearing", "", "partner")
    assert dict(request.headers) == {
        "content-type": "text/xml; charset=utf-8",
        "soapaction": '"http://ochp.eu/direct/0.2/SelectEvse"',
        "authorization": "Basic b3BlcmF0b3ItdG9rZW46cHJvdmlkZXItdG9rZW4=",
    }
    envelope = opened(request.body, SOAP_11)
    assert envelope.header is not None
    assert (len(envelope.header), envelope.operation) == (0, "SelectEvseRequest")


async def test_an_operator_is_asked_only_by_a_provider_and_the_other_way() -> None:
    for connection, message in ((OPERATOR, START), (PROVIDER, told(SessionEventKind.START))):
        with pytest.raises(Unsupported, match="over OCHPdirect only"):
            await send(await link(connection), message)


async def test_without_an_evse_nobody_can_be_asked() -> None:
    with pytest.raises(Invalid, match="the operator is found by its EVSE"):
        await send(await link(PROVIDER), m.FetchSession(session=IDS))


@needs_conformance
async def test_everything_that_leaves_is_valid() -> None:
    schema = etree.XMLSchema(etree.parse(str(CONFORMANCE / "ochp/contract/ochp-1.4-all.xsd")))
    provider = await link(PROVIDER, SELECTED, STARTED, STARTED, ENDED, RELEASED, told_state(), said(EMPTY))
    change = m.ChangeSession(session=IDS, evse=EVSE, limits=LIMITS, demand=DEMAND)
    report = m.ReportDiscrepancy(evse=EVSE, report="x" * 3000)
    for message in (START, change, STOP, m.FetchSession(session=IDS, evse=EVSE), report):
        await send(provider, message)
    operator = await link(OPERATOR, TAKEN)
    await send(operator, full_report())
    for request in (*provider.asked, *operator.asked):
        assert schema.validate(opened(request.body).child), schema.error_log
    assert len(provider.asked) == 7


# --- start -------------------------------------------------------------------------------------------------------


async def test_a_start_selects_and_then_controls() -> None:
    hub = await link(PROVIDER, SELECTED, STARTED)
    answer = await send(hub, START)
    assert sent(hub) == [SELECT_REQUEST, START_REQUEST]
    assert answer == m.CommandResult(
        status=ACCEPTED,
        session=SessionIds(hub=ID, emsp="APP-7"),
        valid_until=NOW + timedelta(hours=24),
        reason=Reason(code="ok"),
    )


async def test_a_session_that_was_reserved_is_only_controlled() -> None:
    hub = await link(PROVIDER, STARTED)
    assert (await send(hub, replace(START, session=IDS))).status is ACCEPTED
    assert sent(hub) == [START_REQUEST]


async def test_not_every_limit_may_be_kept() -> None:
    partly = said(wire.ControlEvseResponse(result=result("partly", "one-phase limit not applied"), direct_id=ID))
    answer = await send(await link(PROVIDER, SELECTED, partly), START)
    assert (answer.status, answer.limits_kept) == (ACCEPTED, False)
    assert answer.reason == Reason(code="partly", text="one-phase limit not applied")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("not-found", m.CommandStatus.UNKNOWN_EVSE),
        ("not-supported", m.CommandStatus.NOT_SUPPORTED),
        ("server", FAILED),
    ],
)
async def test_an_evse_that_cannot_be_selected_is_an_answer(code: str, status: m.CommandStatus) -> None:
    hub = await link(PROVIDER, refused(wire.SelectEvseResponse, code, "no"))
    answer = await send(hub, START)
    assert (answer.status, answer.reason, len(hub.asked)) == (status, Reason(code=code, text="no"), 1)


async def test_a_start_that_is_refused_releases_what_was_selected() -> None:
    hub = await link(PROVIDER, SELECTED, refused(wire.ControlEvseResponse, "server", "no vehicle"), RELEASED)
    answer = await send(hub, START)
    assert sent(hub) == [SELECT_REQUEST, START_REQUEST, RELEASE_REQUEST]
    assert (answer.status, answer.reason) == (FAILED, Reason(code="server", text="no vehicle"))


@pytest.mark.parametrize(
    "lost",
    [NoAnswer("the line is dead"), NotSent("no route"), BROKEN, HttpResponse(status=404), Undecodable("rubbish")],
)
async def test_a_start_without_an_answer_is_failed_and_released(lost: HttpResponse | Exception) -> None:
    hub = await link(PROVIDER, SELECTED, lost, RELEASED)
    answer = await send(hub, START)
    assert sent(hub) == [SELECT_REQUEST, START_REQUEST, RELEASE_REQUEST]
    assert (answer.status, answer.session.hub) == (FAILED, ID)


async def test_that_the_release_failed_too_is_told() -> None:
    hub = await link(PROVIDER, SELECTED, NoAnswer("dead"), NoAnswer("still dead"))
    answer = await send(hub, START)
    assert answer.status is FAILED
    assert answer.reason == Reason(text="dead", detail="the EVSE is not released: still dead")


async def test_a_caller_that_goes_away_leaves_no_evse_held() -> None:
    waiting = asyncio.Event()

    class Slow(FakeLink):
        async def exchange(self, request: HttpRequest) -> HttpResponse:
            if len(self.asked) == 1:
                self.asked.append(request)
                waiting.set()
                await asyncio.Event().wait()
            return await super().exchange(request)

    ready = await link(PROVIDER, SELECTED, RELEASED)
    hub = Slow(PROVIDER, ready.replies, moment=NOW, endpoints=ready.endpoints)
    task = asyncio.create_task(send(hub, START))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sent(hub) == [SELECT_REQUEST, START_REQUEST, RELEASE_REQUEST]


@pytest.mark.parametrize("lost", [NoAnswer("dead"), BROKEN])
async def test_a_selection_without_an_answer_is_failed_and_cannot_be_released(lost: HttpResponse | Exception) -> None:
    hub = await link(PROVIDER, lost)
    answer = await send(hub, START)
    assert (answer.status, len(hub.asked)) == (FAILED, 1)
    assert "free again when its time is over" in answer.reason.text


async def test_a_selection_that_never_left_may_be_asked_again() -> None:
    with pytest.raises(NotSent):
        await send(await link(PROVIDER, NotSent("no route")), START)


async def test_a_selection_without_a_name_is_none() -> None:
    with pytest.raises(Undecodable, match="no directId"):
        await send(await link(PROVIDER, said(wire.SelectEvseResponse(result=result("ok")))), START)


@pytest.mark.parametrize("code", [None, "format", "sabotage"])
async def test_a_code_that_nobody_knows_is_a_failure(code: str | None) -> None:
    with pytest.raises(Refused):
        await send(await link(PROVIDER, said(wire.SelectEvseResponse(result=result(code), direct_id=ID))), START)


async def test_a_reservation_stays_after_a_clear_no_and_goes_where_the_answer_is_lost() -> None:
    reserved = replace(START, session=IDS)
    hub = await link(PROVIDER, refused(wire.ControlEvseResponse, "server", "no vehicle"))
    assert (await send(hub, reserved)).status is FAILED
    assert sent(hub) == [START_REQUEST]
    hub = await link(PROVIDER, NoAnswer("dead"), RELEASED)
    assert (await send(hub, reserved)).status is FAILED
    assert sent(hub) == [START_REQUEST, RELEASE_REQUEST]


async def test_power_and_current_together_are_never_asked_for() -> None:
    hub = await link(PROVIDER)
    both = replace(START, demand=replace(DEMAND, max_current_a=Decimal(16)))
    with pytest.raises(Invalid, match="maxPower is given too"):
        await send(hub, both)
    assert hub.asked == []


# --- stop, change, reservation -----------------------------------------------------------------------------------


async def test_a_stop_ends_and_then_releases() -> None:
    hub = await link(PROVIDER, ENDED, RELEASED)
    answer = await send(hub, STOP)
    assert sent(hub) == [END_REQUEST, RELEASE_REQUEST]
    assert (answer.status, answer.session, answer.reason) == (ACCEPTED, IDS, Reason(code="ok"))


@pytest.mark.parametrize("failure", [NoAnswer("dead"), refused(wire.ReleaseEvseResponse, "server")])
async def test_a_stop_is_done_although_the_release_failed(failure: HttpResponse | Exception) -> None:
    answer = await send(await link(PROVIDER, ENDED, failure), STOP)
    assert answer.status is ACCEPTED
    assert answer.reason.detail.startswith("the EVSE is not released: ")


@pytest.mark.parametrize("failure", [NoAnswer("dead"), refused(wire.ControlEvseResponse, "server", "stuck")])
async def test_a_release_ends_what_the_stop_did_not(failure: HttpResponse | Exception) -> None:
    hub = await link(PROVIDER, failure, RELEASED)
    answer = await send(hub, STOP)
    assert sent(hub) == [END_REQUEST, RELEASE_REQUEST]
    assert answer.status is ACCEPTED
    assert "that ended the charging" in answer.reason.detail


async def test_a_stop_that_nobody_has_confirmed_is_failed() -> None:
    answer = await send(await link(PROVIDER, NoAnswer("dead"), NoAnswer("dead")), STOP)
    assert (answer.status, answer.reason.text) == (FAILED, "dead")


async def test_a_session_that_the_operator_does_not_know_needs_no_release() -> None:
    hub = await link(PROVIDER, refused(wire.ControlEvseResponse, "invalid-id"))
    assert (await send(hub, STOP)).status is m.CommandStatus.UNKNOWN_SESSION
    assert len(hub.asked) == 1


async def test_a_pause_is_not_a_stop() -> None:
    hub = await link(PROVIDER)
    answer = await send(hub, replace(STOP, action=m.SessionAction.SUSPEND))
    assert (answer.status, hub.asked) == (m.CommandStatus.NOT_SUPPORTED, [])


async def test_limits_are_changed() -> None:
    hub = await link(PROVIDER, STARTED)
    answer = await send(hub, m.ChangeSession(session=IDS, evse=EVSE, limits=LIMITS, demand=DEMAND))
    assert sent(hub) == [control("change")]
    assert (answer.status, answer.limits_kept) == (ACCEPTED, None)


@pytest.mark.parametrize("asked_for", [{"minutes": 10}, {"until": UNTIL}])
async def test_a_reservation_names_its_end(asked_for: dict[str, Any]) -> None:
    granted = said(wire.SelectEvseResponse(result=result("ok"), direct_id=ID, ttl=NOW + timedelta(minutes=5)))
    hub = await link(PROVIDER, granted)
    answer = await send(hub, m.ReserveEvse(token=USER, evse=EVSE, **asked_for))
    assert sent(hub) == [
        wire.SelectEvseRequest(evse_id=str(EVSE), contract_id=str(CONTRACT), reserve_until=UNTIL)
    ]  # fmt: skip
    assert (answer.session, answer.valid_until) == (IDS, NOW + timedelta(minutes=5))


async def test_a_reservation_is_cancelled() -> None:
    hub = await link(PROVIDER, RELEASED)
    assert (await send(hub, m.CancelReservation(session=IDS, evse=EVSE))).status is ACCEPTED
    unknown = await link(PROVIDER, refused(wire.ReleaseEvseResponse, "invalid-id"))
    answer = await send(unknown, m.CancelReservation(session=IDS, evse=EVSE))
    assert answer.status is m.CommandStatus.UNKNOWN_RESERVATION


async def test_a_card_is_named_by_its_contract() -> None:
    hub = await link(PROVIDER, SELECTED)
    await send(hub, m.ReserveEvse(token=Token(uid="04A1B2C3", type=TokenType.RFID, contract_id=CONTRACT), evse=EVSE))
    assert sent(hub) == [SELECT_REQUEST]
    with pytest.raises(Invalid, match="contractId"):
        await send(await link(PROVIDER), m.ReserveEvse(token=Token(uid="04A1B2C3", type=TokenType.RFID), evse=EVSE))


# --- questions ---------------------------------------------------------------------------------------------------

EMPTY = wire.ReportDiscrepancyResponse()


def told_state(code: str | None = "ok", meter: Decimal = Decimal(1234567)) -> HttpResponse:
    return said(
        wire.InformProviderMessage(
            result=None if code is None else result(code),
            message="info",
            evse_id=str(EVSE),
            contract_id=str(CONTRACT),
            direct_id=ID,
            ttl=UNTIL,
            charged_energy=Decimal("12.75"),
            meter_reading=wire.MeterReading(meter_value=meter, meter_time=NOW),
        )
    )


async def test_how_a_session_stands_is_asked() -> None:
    hub = await link(PROVIDER, told_state())
    state = await send(hub, m.FetchSession(session=IDS, evse=EVSE))
    assert sent(hub) == [wire.InformProviderRequest(direct_id=ID)]
    assert state == m.SessionState(
        event=SessionEvent(kind=SessionEventKind.PROGRESS, valid_until=UNTIL),
        session=Session(
            ids=IDS,
            operator=PartyId.parse("DE*823"),
            provider=CONTRACT.party,
            evse=EVSE,
            token=USER,
            status=SessionStatus.ACTIVE,
            energy_kwh=Decimal("12.75"),
            meter_readings=(MeterReading(value_kwh=Decimal("1234.567"), at=NOW),),
        ),
        reason=Reason(code="ok"),
    )


async def test_a_meter_that_shows_less_than_was_charged_counts_kwh() -> None:
    state = await send(await link(PROVIDER, told_state(meter=Decimal("4711.5"))), FETCH)
    assert state.session.meter_readings[0].value_kwh == Decimal("4711.5")


FETCH = m.FetchSession(session=IDS, evse=EVSE)


async def test_a_missing_result_is_no_failure_and_a_bad_one_leaves_its_list() -> None:
    assert (await send(await link(PROVIDER, told_state(None)), FETCH)).session.energy_kwh == Decimal("12.75")
    answer = await send(await link(PROVIDER, told_state("invalid-id")), FETCH)
    assert answer == m.SessionState(reason=Reason(code="invalid-id"))
    for code in ("server", "sabotage"):
        with pytest.raises(Refused, match=code):
            await send(await link(PROVIDER, told_state(code)), FETCH)


async def test_an_unknown_session_is_a_fault() -> None:
    body = fault(SOAP_11, "no session of this id is open", ours=False)
    with pytest.raises(Refused, match="no session"):
        await send(await link(PROVIDER, HttpResponse(status=500, body=body)), FETCH)


async def test_another_answer_than_the_expected_one_is_none() -> None:
    with pytest.raises(Undecodable, match="InformProviderMessage is expected, not ReleaseEvseResponse"):
        await send(await link(PROVIDER, RELEASED), FETCH)


async def test_a_discrepancy_is_reported() -> None:
    hub = await link(PROVIDER, said(EMPTY))
    answer = await send(hub, m.ReportDiscrepancy(evse=EVSE, report="The cable is torn."))
    assert answer == m.Confirmation(accepted=True)
    assert sent(hub) == [wire.ReportDiscrepancyRequest(evse_id=str(EVSE), report="The cable is torn.")]


async def test_a_result_that_some_partners_send_with_it_counts() -> None:
    told = b"<result><resultCode><resultCode>not-found</resultCode></resultCode><resultDescription/></result>"
    body = said(EMPTY).body.replace(b"</ReportDiscrepancyResponse>", told + b"</ReportDiscrepancyResponse>")
    answer = await send(await link(PROVIDER, HttpResponse(body=body)), m.ReportDiscrepancy(evse=EVSE, report="Torn."))
    assert answer == m.Confirmation(accepted=False, reason=Reason(code="not-found"))


def status(evse: str, major: str = "available", until: datetime | None = UNTIL) -> wire.EvseStatus:
    return wire.EvseStatus(evse_id=evse, major=major, ttl=until)


async def test_statuses_are_asked_of_the_operator_and_the_others_of_the_clearing_house() -> None:
    direct = wire.GetStatusResponse(evse=(status(str(EVSE), "not-available", NOW - timedelta(seconds=1)),))
    clearing = wire.GetStatusResponse(evse=(status("NL*LON*E1*1"), status("DE*823*E9*9"), status(str(EVSE))))
    hub = await link(PROVIDER, said(direct), said(clearing))
    other = EvseId.parse("NL*LON*E1*1")
    answer = await send(hub, m.FetchStatuses(evses=(EVSE, other)))
    assert [(one.evse, one.status, one.until) for one in answer.statuses] == [
        (EVSE, EvseStatus.UNKNOWN, NOW - timedelta(seconds=1)),
        (other, EvseStatus.AVAILABLE, UNTIL),
    ]
    assert sent(hub) == [wire.DirectEvseStatusRequest(requested_evse_id=(str(EVSE),)), wire.GetStatusRequest()]


async def test_an_operator_that_cannot_say_leaves_it_to_the_clearing_house() -> None:
    hub = await link(PROVIDER, NoAnswer("dead"), said(wire.GetStatusResponse(evse=(status(str(EVSE)),))))
    answer = await send(hub, m.FetchStatuses(evses=(EVSE,)))
    assert [one.status for one in answer.statuses] == [EvseStatus.AVAILABLE]


async def test_the_clearing_house_is_not_asked_where_the_operator_has_told_all() -> None:
    hub = await link(PROVIDER, said(wire.GetStatusResponse(evse=(status(str(EVSE)),))))
    await send(hub, m.FetchStatuses(evses=(EVSE,)))
    assert len(hub.asked) == 1


# --- what an operator tells --------------------------------------------------------------------------------------

TAKEN = said(wire.InformProviderResponse(result=result("ok")))


def told(kind: SessionEventKind, **facts: Any) -> m.ReportEvent:
    return m.ReportEvent(event=SessionEvent(kind=kind), session=Session(ids=IDS, evse=EVSE, token=USER, **facts))


def full_report() -> m.ReportEvent:
    energy = CdrDimension(type=Dimension.ENERGY, volume=Decimal("12.75"))
    period = ChargingPeriod(
        start=NOW, end=UNTIL, dimensions=(energy,), item_price=Decimal("0.40"), cost=Decimal("5.10")
    )  # fmt: skip
    report = told(
        SessionEventKind.PROGRESS,
        energy_kwh=Decimal("12.75"),
        meter_readings=(MeterReading(value_kwh=Decimal("1234.567"), at=NOW),),
        periods=(period,),
        currency="EUR",
        total_cost=Price(excl_vat=Decimal("5.10")),
        limits=LIMITS,
        demand=DEMAND,
    )
    event = SessionEvent(kind=SessionEventKind.PROGRESS, current_power_kw=Decimal(11), valid_until=UNTIL)
    return replace(report, event=event)


async def test_an_operator_tells_the_provider_of_the_contract() -> None:
    hub = await link(OPERATOR, TAKEN)
    receipt = await send(hub, full_report())
    assert hub.asked[0].base == "https://provider.example/clearing"
    assert hub.asked[0].headers["soapaction"] == '"http://ochp.eu/direct/0.2/InformProviderEMP"'
    assert receipt == m.EventReceipt(accepted=True, session=IDS, reason=Reason(code="ok"))
    assert sent(hub) == [
        wire.InformProviderMessage(
            result=result("ok"),
            message="info",
            evse_id=str(EVSE),
            contract_id=str(CONTRACT),
            direct_id=ID,
            ttl=UNTIL,
            max_power=Decimal(11),
            one_phase=False,
            max_energy=Decimal(85),
            min_energy=Decimal("5.5"),
            departure=NOW + timedelta(hours=5),
            current_power=Decimal(11),
            charged_energy=Decimal("12.75"),
            meter_reading=wire.MeterReading(meter_value=Decimal(1234567), meter_time=NOW),
            charging_periods=(
                wire.CdrPeriod(
                    start_date_time=NOW,
                    end_date_time=UNTIL,
                    billing_item="energy",
                    billing_value=Decimal("12.75"),
                    item_price=Decimal("0.40"),
                    period_cost=Decimal("5.10"),
                ),
            ),
            current_cost=Decimal("5.10"),
            currency="EUR",
        )
    ]


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (SessionEventKind.START, "start"),
        (SessionEventKind.CHANGE, "change"),
        (SessionEventKind.SUSPEND, "info"),
        (SessionEventKind.END, "end"),
        (SessionEventKind.EMERGENCY_STOP, "end"),
        (SessionEventKind.SETTLED, "finish"),
    ],
)
async def test_every_event_has_its_word(kind: SessionEventKind, word: str) -> None:
    hub = await link(OPERATOR, TAKEN)
    await send(hub, told(kind))
    (message,) = sent(hub)
    assert isinstance(message, wire.InformProviderMessage)
    assert message.message == word


async def test_an_error_has_none_and_is_not_sent() -> None:
    hub = await link(OPERATOR)
    receipt = await send(hub, told(SessionEventKind.ERROR))
    assert (receipt.accepted, hub.asked) == (False, [])
    assert receipt.reason == Reason(text="OCHPdirect has no message for ERROR")


async def test_periods_without_prices_are_left_out_and_the_event_goes() -> None:
    energy = CdrDimension(type=Dimension.ENERGY, volume=Decimal(3))
    hub = await link(OPERATOR, TAKEN)
    await send(hub, told(SessionEventKind.END, periods=(ChargingPeriod(start=NOW, end=UNTIL, dimensions=(energy,)),)))
    (message,) = sent(hub)
    assert isinstance(message, wire.InformProviderMessage)
    assert message.charging_periods == ()


async def test_a_provider_that_does_not_know_the_session_is_an_answer_and_a_failing_one_is_tried_again() -> None:
    refusal = said(wire.InformProviderResponse(result=result("invalid-id", "unknown")))
    receipt = await send(await link(OPERATOR, refusal), told(SessionEventKind.START))
    assert (receipt.accepted, receipt.reason) == (False, Reason(code="invalid-id", text="unknown"))
    for code, retryable in (("server", True), (None, False)):
        hub = await link(OPERATOR, said(wire.InformProviderResponse(result=result(code))))
        with pytest.raises(Refused) as caught:
            await send(hub, told(SessionEventKind.START))
        assert caught.value.retryable is retryable


@pytest.mark.parametrize(
    ("session", "error"),
    [
        (Session(ids=IDS, evse=EVSE), Invalid),
        (Session(ids=IDS, evse=EvseId.parse("NL*LON*E1"), token=USER), ForeignOperator),
        (Session(ids=IDS, evse=EVSE, token=replace(USER, contract_id=None, uid="FR-ABC-C12345678")), Unsupported),
    ],
)
async def test_a_session_that_is_not_ours_to_tell(session: Session, error: type[GatewayError]) -> None:
    hub = await link(OPERATOR)
    await hub.endpoints.may_fetch(NOW, 300)
    with pytest.raises(error):
        await send(hub, m.ReportEvent(event=SessionEvent(kind=SessionEventKind.START), session=session))


async def test_local_time_keeps_its_offset() -> None:
    hub = await link(OPERATOR, TAKEN)
    at = datetime.fromisoformat("2026-01-15T13:00:00+01:00")
    await send(hub, told(SessionEventKind.END, meter_readings=(MeterReading(value_kwh=Decimal(7), at=at),)))
    assert b"<ns:LocalDateTime>2026-01-15T13:00:00+01:00</ns:LocalDateTime>" in hub.asked[0].body
    assert at.astimezone(UTC) == NOW
