"""What partners ask us: as an operator and as a provider; no network."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from gateway.errors import BackendFailed, GatewayError, Undecodable, Unsupported
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.common import Reason
from gateway.model.ids import ContractId, EvseId
from gateway.model.kinds import EvseStatus
from gateway.model.session import Session, SessionEvent, SessionEventKind, SessionIds, SessionStatus
from gateway.model.token import Token, TokenType
from gateway.wire import WireModel
from gateway.wire.soap import SOAP_11, SOAP_12, opened, sealed
from gateway_ochp import adapter, wire
from gateway_ochp.direct.keeping import bounded, completed
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
    Book,
    decoded,
    link,
    open_session,
    result,
    served,
)
from tests.support import CONFORMANCE, FakeLink, Recorder, needs_conformance

ACCEPTED = m.CommandStatus.ACCEPTED
YES = m.CommandResult(status=ACCEPTED, session=IDS, valid_until=UNTIL)
SELECT = wire.SelectEvseRequest(evse_id=str(EVSE), contract_id=str(CONTRACT), reserve_until=UNTIL)
START = wire.ControlEvseRequest(direct_id=ID, operation="start", max_power=Decimal(11), max_energy=Decimal(85))
CHANGE = wire.ControlEvseRequest(direct_id=ID, operation="change", max_power=Decimal(7))
END = wire.ControlEvseRequest(direct_id=ID, operation="end")
RELEASE = wire.ReleaseEvseRequest(direct_id=ID)
ASK = wire.InformProviderRequest(direct_id=ID)
STRANGER = Token(uid="FR-ABC-C12345678", type=TokenType.APP_USER, contract_id=ContractId.parse("FR-ABC-C12345678"))
INVALID = result("invalid-id", "no session of this id is open")


def told(message: str | None = "start", **facts: Any) -> wire.InformProviderMessage:
    known = {"evse_id": str(EVSE), "contract_id": str(CONTRACT), "direct_id": ID, **facts}
    return wire.InformProviderMessage(result=result("ok"), message=message, **known)


def select(**facts: Any) -> wire.SelectEvseRequest:
    known = {"evse_id": str(EVSE), "contract_id": str(CONTRACT), **facts}
    return wire.SelectEvseRequest(**known)


# --- SelectEvse --------------------------------------------------------------------------------------------------


async def test_an_evse_is_selected() -> None:
    backend = Recorder([YES])
    assert await served(OPERATOR, SELECT, backend) == wire.SelectEvseResponse(
        result=result("ok"), direct_id=ID, ttl=UNTIL
    )
    (asked,) = backend.asked
    assert asked == m.ReserveEvse(
        provider=CONTRACT.party, token=USER, evse=EVSE, until=UNTIL, transaction="SelectEvse/"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        (m.CommandStatus.UNKNOWN_EVSE, "not-found", ""),
        (m.CommandStatus.NOT_SUPPORTED, "not-supported", ""),
        (m.CommandStatus.EVSE_OCCUPIED, "server", "evse occupied"),
        (m.CommandStatus.FAILED, "server", ""),
    ],
)
async def test_the_platform_may_say_no(status: m.CommandStatus, code: str, text: str) -> None:
    answer = await served(OPERATOR, SELECT, Recorder([m.CommandResult(status=status)]))
    assert answer == wire.SelectEvseResponse(result=result(code, text))


async def test_the_platforms_own_words_are_passed_on() -> None:
    no = m.CommandResult(status=m.CommandStatus.EVSE_OCCUPIED, reason=Reason(code="602", text="A car is there."))
    answer = await served(OPERATOR, SELECT, Recorder([no]))
    assert answer == wire.SelectEvseResponse(result=result("server", "A car is there."))


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (select(evse_id=None), result("not-found", "evseId is missing")),
        (select(contract_id=None), result("invalid-id", "contractId is missing")),
        (select(contract_id="FR-ABC-C12345678"), result("not-found")),
        (select(contract_id="no contract at all"), result("not-found")),
    ],
    ids=["no EVSE", "no contract", "a contract of somebody else", "no contract id"],
)
async def test_what_cannot_be_selected(request_: WireModel, expected: wire.DirectResult) -> None:
    backend = Recorder()
    assert await served(OPERATOR, request_, backend) == wire.SelectEvseResponse(result=expected)
    assert backend.asked == []


def test_a_reservation_is_asked_for_half_an_hour_at_most() -> None:
    assert bounded(NOW + timedelta(hours=2), NOW) == NOW + timedelta(minutes=30)
    assert bounded(UNTIL, NOW) == UNTIL
    assert bounded(NOW - timedelta(minutes=1), NOW) is None
    assert bounded(None, NOW) is None


async def test_the_same_again_has_the_same_reservation_and_a_new_wish_a_new_one() -> None:
    other = SessionIds(hub="DE823-NEW")
    backend = Recorder([YES])
    waiting = open_session(SessionStatus.RESERVATION)
    assert await served(OPERATOR, SELECT, backend, waiting) == wire.SelectEvseResponse(
        result=result("ok"), direct_id=ID, ttl=UNTIL
    )
    assert len(backend.asked) == 1
    for book in (
        open_session(SessionStatus.ACTIVE),
        open_session(SessionStatus.RESERVATION, NOW),
        open_session(SessionStatus.COMPLETED),
    ):
        backend = Recorder([YES, replace(YES, session=other)])
        answer = await served(OPERATOR, SELECT, backend, book)
        assert isinstance(answer, wire.SelectEvseResponse)
        assert answer.direct_id == other.hub
        assert [one.transaction for one in backend.asked] == ["SelectEvse/", f"SelectEvse/{ID}"]


# --- names and times ---------------------------------------------------------------------------------------------

MADE = "DE823-00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("own", "name"),
    [
        (SessionIds(), MADE),
        (SessionIds(cpo="P-4711"), "P-4711"),
        (SessionIds(cpo="session/4711"), MADE),
        (SessionIds(hub="DE823-OWN", cpo="P-1"), "DE823-OWN"),
        (SessionIds(cpo="A" * 256), MADE),
    ],
)
def test_the_platforms_name_is_taken_where_it_can_stand_on_the_wire(own: SessionIds, name: str) -> None:
    hub = FakeLink(OPERATOR, moment=NOW)
    answer = completed(hub, m.ReserveEvse(evse=EVSE), m.CommandResult(status=ACCEPTED, session=own))
    assert answer.session == replace(own, hub=name)


@pytest.mark.parametrize(
    ("message", "said_by_platform", "held"),
    [
        (m.ReserveEvse(evse=EVSE), None, timedelta(minutes=5)),
        (m.ReserveEvse(evse=EVSE, until=UNTIL), None, timedelta(minutes=10)),
        (m.ReserveEvse(evse=EVSE, until=UNTIL), NOW + timedelta(minutes=3), timedelta(minutes=3)),
        (m.StartSession(session=IDS), None, timedelta(hours=24)),
        (m.ChangeSession(session=IDS), NOW + timedelta(hours=2), timedelta(hours=2)),
        (m.StopSession(session=IDS), None, timedelta(minutes=15)),
        (m.StopSession(session=IDS), NOW + timedelta(hours=2), timedelta(minutes=15)),
        (m.StopSession(session=IDS), NOW + timedelta(minutes=2), timedelta(minutes=2)),
    ],
)
def test_how_long_a_session_is_held(message: m.Message[Any], said_by_platform: Any, held: timedelta) -> None:
    answer = m.CommandResult(status=ACCEPTED, session=IDS, valid_until=said_by_platform)
    assert completed(FakeLink(OPERATOR, moment=NOW), message, answer).valid_until == NOW + held


def test_a_no_has_no_name_and_no_end() -> None:
    no = m.CommandResult(status=m.CommandStatus.REJECTED)
    assert completed(FakeLink(OPERATOR, moment=NOW), m.ReserveEvse(evse=EVSE), no) == no
    receipt = m.EventReceipt(accepted=True)
    assert completed(FakeLink(PROVIDER, moment=NOW), m.ReportEvent(), receipt) is receipt


# --- ControlEvse and ReleaseEvse ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("start", m.StartSession(session=IDS, limits=LIMITS, demand=replace(DEMAND, single_phase=None))),
        ("change", m.ChangeSession(session=IDS, limits=LIMITS, demand=replace(DEMAND, single_phase=None))),
        ("end", m.StopSession(session=IDS)),
    ],
)
async def test_a_session_is_controlled(operation: str, asked: m.Message[Any]) -> None:
    request = wire.ControlEvseRequest(
        direct_id=ID,
        operation=operation,
        max_power=DEMAND.max_power_kw,
        max_energy=Decimal(85),
        min_energy=DEMAND.min_energy_kwh,
        departure=DEMAND.departure,
    )
    backend = Recorder([replace(YES, limits_kept=operation != "change")])
    answer = await served(OPERATOR, request, backend, open_session(SessionStatus.RESERVATION))
    code = "partly" if operation == "change" else "ok"
    assert answer == wire.ControlEvseResponse(result=result(code), direct_id=ID, ttl=UNTIL)
    assert backend.asked == [asked]


@pytest.mark.parametrize("book", [
    Book(),
    open_session(SessionStatus.RESERVATION, NOW),
    open_session(SessionStatus.ACTIVE, NOW, ended=NOW),
    open_session(SessionStatus.COMPLETED),
    open_session(SessionStatus.INVALID),
    open_session(SessionStatus.ACTIVE, token=STRANGER),
], ids=["unknown", "a reservation that has run out", "ended", "settled", "given up", "of somebody else"])  # fmt: skip
async def test_a_session_that_is_over_or_not_the_callers_is_unknown(book: Book) -> None:
    backend = Recorder()
    for asked in (START, CHANGE, END):
        assert await served(OPERATOR, asked, backend, book) == wire.ControlEvseResponse(result=INVALID, direct_id=ID)
    assert await served(OPERATOR, RELEASE, backend, book) == wire.ReleaseEvseResponse(result=INVALID, direct_id=ID)
    assert (backend.asked, book.ended) == ([], [])


async def test_an_id_that_cannot_stand_in_an_answer_is_unknown_and_left_out() -> None:
    for named in ("A" * 256, "lower"):
        for asked in (replace(START, direct_id=named), replace(RELEASE, direct_id=named)):
            answer = await served(OPERATOR, asked, Recorder([]), Book())
            assert isinstance(answer, wire.SessionResponse)
            assert (answer.result, answer.direct_id) == (INVALID, None)


@pytest.mark.parametrize("asked", [START, CHANGE])
async def test_a_session_is_not_started_or_changed_after_its_time(asked: WireModel) -> None:
    book = open_session(SessionStatus.ACTIVE, UNTIL)
    before = await served(OPERATOR, asked, Recorder([YES]), book, UNTIL - timedelta(seconds=1))
    after = await served(OPERATOR, asked, Recorder(), book, UNTIL)
    assert isinstance(before, wire.ControlEvseResponse)
    assert (before.result, after) == (result("ok"), wire.ControlEvseResponse(result=INVALID, direct_id=ID))


@pytest.mark.parametrize("status", [SessionStatus.PENDING, SessionStatus.ACTIVE])
@pytest.mark.parametrize("asked", [END, RELEASE])
async def test_a_car_that_still_charges_is_stopped_after_its_time(asked: WireModel, status: SessionStatus) -> None:
    backend, book = Recorder([YES]), open_session(status, UNTIL)
    answer = await served(OPERATOR, asked, backend, book, UNTIL + timedelta(minutes=1))
    assert isinstance(answer, wire.SessionResponse)
    assert (answer.result, backend.asked) == (result("ok"), [m.StopSession(session=IDS)])
    assert book.ended == ([ID] if asked == RELEASE else [])


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (wire.ControlEvseRequest(direct_id=ID, operation="pause"), "operation is none of start, change, end"),
        (wire.ControlEvseRequest(direct_id=ID, operation=None), "operation is none of start, change, end"),
        (
            wire.ControlEvseRequest(direct_id=ID, operation="start", max_power=Decimal(1), max_current=Decimal(1)),
            "maxPower and maxCurrent cannot be given together",
        ),
    ],
)
async def test_what_cannot_be_controlled(request_: WireModel, text: str) -> None:
    answer = await served(OPERATOR, request_, Recorder(), open_session(SessionStatus.RESERVATION))
    assert answer == wire.ControlEvseResponse(result=result("not-supported", text), direct_id=ID)


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        (SessionStatus.RESERVATION, m.CancelReservation(session=IDS)),
        (SessionStatus.PENDING, m.StopSession(session=IDS)),
        (SessionStatus.ACTIVE, m.StopSession(session=IDS)),
    ],
)
async def test_a_release_cancels_or_ends_and_the_name_is_gone(status: SessionStatus, asked: m.Message[Any]) -> None:
    backend, book = Recorder([YES]), open_session(status)
    assert await served(OPERATOR, RELEASE, backend, book) == wire.ReleaseEvseResponse(result=result("ok"), direct_id=ID)
    assert (backend.asked, book.ended) == ([asked], [ID])


async def test_a_release_that_failed_leaves_the_session() -> None:
    book = open_session(SessionStatus.ACTIVE)
    stuck = m.CommandResult(status=m.CommandStatus.FAILED, reason=Reason(text="stuck"))
    answer = await served(OPERATOR, RELEASE, Recorder([stuck]), book)
    assert (answer, book.ended) == (wire.ReleaseEvseResponse(result=result("server", "stuck"), direct_id=ID), [])


# --- questions ---------------------------------------------------------------------------------------------------


async def test_the_platform_says_how_a_session_stands() -> None:
    event = SessionEvent(kind=SessionEventKind.CHANGE, current_power_kw=Decimal(11))
    state = m.SessionState(event=event, session=Session(energy_kwh=Decimal("12.75")))
    backend = Recorder([state])
    answer = await served(OPERATOR, ASK, backend, open_session(SessionStatus.ACTIVE))
    assert backend.asked == [m.FetchSession(session=IDS)]
    assert answer == told(
        "change", ttl=UNTIL, current_power=Decimal(11), charged_energy=Decimal("12.75")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (SessionStatus.RESERVATION, "info"),
        (SessionStatus.PENDING, "info"),
        (SessionStatus.ACTIVE, "info"),
        (SessionStatus.COMPLETED, "end"),
        (SessionStatus.INVALID, "end"),
    ],
)
async def test_where_it_cannot_the_register_does(status: SessionStatus, word: str) -> None:
    answer = await served(OPERATOR, ASK, Recorder([Unsupported("no fetch_session")]), open_session(status))
    assert answer == told(word, ttl=UNTIL)


@pytest.mark.parametrize("book", [Book(), open_session(SessionStatus.ACTIVE, token=STRANGER)])
async def test_an_unknown_session_has_no_form_but_a_fault(book: Book) -> None:
    with pytest.raises(Undecodable, match="no session of this id is open"):
        await served(OPERATOR, ASK, Recorder(), book)


async def test_statuses_are_told_of_our_own_evses() -> None:
    report = m.EvseStatusReport(evse=EVSE, status=EvseStatus.CHARGING, until=UNTIL)
    foreign = m.EvseStatusReport(evse=EvseId.parse("DE*823*E9"), status=EvseStatus.AVAILABLE)
    backend = Recorder([m.Statuses(statuses=(report, foreign))])
    request = wire.DirectEvseStatusRequest(requested_evse_id=(str(EVSE), "NL*LON*E1"))
    answer = await served(OPERATOR, request, backend)
    entry = wire.EvseStatus(evse_id=str(EVSE), major="not-available", minor="charging", ttl=UNTIL)
    assert answer == wire.GetStatusResponse(evse=(entry,))
    assert backend.asked == [m.FetchStatuses(evses=(EVSE,))]
    nothing = wire.DirectEvseStatusRequest(requested_evse_id=("NL*LON*E1",))
    assert await served(OPERATOR, nothing, Recorder()) == wire.GetStatusResponse()


async def test_a_discrepancy_reaches_the_platform() -> None:
    backend = Recorder([m.Confirmation(accepted=True)])
    request = wire.ReportDiscrepancyRequest(evse_id=str(EVSE), report="The cable is torn.")
    assert await served(OPERATOR, request, backend) == wire.ReportDiscrepancyResponse()
    assert backend.asked == [m.ReportDiscrepancy(evse=EVSE, report="The cable is torn.")]
    with pytest.raises(BackendFailed):
        await served(OPERATOR, request, Recorder([m.Confirmation(accepted=False)]))


# --- as a provider -----------------------------------------------------------------------------------------------


async def test_an_operator_tells_of_our_session() -> None:
    backend = Recorder([m.EventReceipt(accepted=True)])
    answer = await served(PROVIDER, told(charged_energy=Decimal(1)), backend, open_session(SessionStatus.PENDING))
    assert answer == wire.InformProviderResponse(result=result("ok"))
    (event,) = backend.asked
    assert isinstance(event, m.ReportEvent)
    assert event.event == SessionEvent(kind=SessionEventKind.START)
    assert event.session is not None
    assert (event.session.ids, event.session.energy_kwh) == (IDS, Decimal(1))


async def test_a_session_may_be_told_of_after_its_time() -> None:
    late = open_session(SessionStatus.PENDING, NOW - timedelta(days=2))
    answer = await served(PROVIDER, told("finish"), Recorder([m.EventReceipt(accepted=True)]), late)
    assert answer == wire.InformProviderResponse(result=result("ok"))


OTHER_EVSE = Book(
    {ID: m.SessionState(session=Session(ids=IDS, evse=EvseId.parse("NL*LON*E1"), token=USER))}
)  # fmt: skip


@pytest.mark.parametrize(
    ("message", "book"),
    [
        (told(), Book()),
        (told(), OTHER_EVSE),
        (told(contract_id="FR-ABC-C12345678"), open_session(SessionStatus.PENDING)),
        (told(evse_id="DE*823*E9"), open_session(SessionStatus.PENDING)),
        (told(direct_id=None), open_session(SessionStatus.PENDING)),
    ],
    ids=["unknown", "of another operator", "another contract", "another EVSE", "no name"],
)
async def test_a_session_that_is_not_ours(message: WireModel, book: Book) -> None:
    backend = Recorder()
    assert await served(PROVIDER, message, backend, book) == wire.InformProviderResponse(result=INVALID)
    assert backend.asked == []


async def test_the_platform_may_not_take_an_event() -> None:
    refusal = m.EventReceipt(accepted=False, reason=Reason(text="closed"))
    answer = await served(PROVIDER, told(), Recorder([refusal]), open_session(SessionStatus.PENDING))
    assert answer == wire.InformProviderResponse(result=result("invalid-id", "closed"))


async def test_a_message_without_a_known_word_is_not_understood() -> None:
    with pytest.raises(Unsupported):
        await served(PROVIDER, told(None), Recorder(), open_session(SessionStatus.PENDING))


# --- refusals ----------------------------------------------------------------------------------------------------


def refused(connection: Any, body: bytes, error: GatewayError) -> HttpResponse:
    return adapter.refuse(connection, HttpRequest(body=body), error)


@pytest.mark.parametrize(
    ("connection", "model", "expected"),
    [
        (OPERATOR, SELECT, wire.SelectEvseResponse(result=result("server", "internal error"))),
        (OPERATOR, START, wire.ControlEvseResponse(result=result("server", "internal error"))),
        (OPERATOR, RELEASE, wire.ReleaseEvseResponse(result=result("server", "internal error"))),
        (PROVIDER, told(), wire.InformProviderResponse(result=result("server", "internal error"))),
    ],
)
def test_a_failure_is_said_in_the_operations_own_answer(connection: Any, model: WireModel, expected: WireModel) -> None:
    reply = refused(connection, sealed(SOAP_11, model), BackendFailed("a secret of the inside"))
    assert (reply.status, decoded(reply)) == (200, expected)


@pytest.mark.parametrize(
    ("connection", "body"),
    [
        (OPERATOR, sealed(SOAP_11, ASK)),
        (OPERATOR, sealed(SOAP_11, told())),
        (PROVIDER, sealed(SOAP_11, SELECT)),
        (OPERATOR, sealed(SOAP_12, SELECT)),
        (OPERATOR, b"no XML"),
    ],
    ids=["no result", "of the other role", "of the other role, too", "SOAP 1.2", "nothing"],
)
def test_all_else_is_a_fault_of_soap_11(connection: Any, body: bytes) -> None:
    reply = refused(connection, body, BackendFailed("a secret of the inside"))
    assert (reply.status, opened(reply.body, SOAP_11).operation) == (500, "Fault")
    assert b"secret" not in reply.body


async def test_an_answer_is_in_the_release_of_the_question() -> None:
    hub = await link(OPERATOR)
    body = sealed(SOAP_11, RELEASE).replace(b"http://ochp.eu/1.4", b"http://ochp.eu/1.4.1")
    reply = refused(OPERATOR, body, BackendFailed("x"))
    assert etree.QName(opened(reply.body).child).namespace == "http://ochp.eu/1.4.1"
    assert hub.asked == []


@needs_conformance
async def test_every_answer_is_valid() -> None:
    schema = etree.XMLSchema(etree.parse(str(CONFORMANCE / "ochp/contract/ochp-1.4-all.xsd")))
    running = open_session(SessionStatus.ACTIVE)
    report = m.EvseStatusReport(evse=EVSE, status=EvseStatus.CHARGING, until=UNTIL)
    for connection, question, answer in (
        (OPERATOR, SELECT, YES),
        (OPERATOR, START, YES),
        (OPERATOR, RELEASE, m.CommandResult(status=m.CommandStatus.FAILED)),
        (OPERATOR, ASK, m.SessionState()),
        (OPERATOR, wire.DirectEvseStatusRequest(requested_evse_id=(str(EVSE),)), m.Statuses(statuses=(report,))),
        (OPERATOR, wire.ReportDiscrepancyRequest(evse_id=str(EVSE), report="x"), m.Confirmation(accepted=True)),
        (PROVIDER, told(), m.EventReceipt(accepted=False)),
    ):
        book = running if question is not SELECT else open_session(SessionStatus.RESERVATION)
        model = await served(connection, question, Recorder([answer]), book)
        assert schema.validate(model.source), schema.error_log
