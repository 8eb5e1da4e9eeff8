"""Charging notifications: what is read and written, sent and served, and what is wrong with one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.correlation import SESSION as SESSION_NAME
from gateway.correlation import hub_session, names_of
from gateway.errors import Invalid
from gateway.findings import Severity
from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.common import Reason
from gateway.model.ids import PartyId
from gateway.model.session import Session, SessionEvent, SessionEventKind, SessionIds
from gateway.wire import decode_document, document
from gateway.wire.json import parse_json
from gateway.workbench import translate_value
from gateway_oicp.forms import NOTIFY, notification
from gateway_oicp.sends import SENDS
from tests.adapters.oicp_values import CARD, CPO, EMP, EVSE, SESSION, ack, at, json_reply
from tests.adapters.test_oicp_routes import answered
from tests.support import FakeLink, Recorder

Kind = SessionEventKind
ADDRESS = "/notificationmgmt/v11/charging-notifications"
IDS = SessionIds(hub=SESSION, cpo="CPO-1", emsp="E-1")
NAMES = {"SessionID": SESSION, "CPOPartnerSessionID": "CPO-1", "EMPPartnerSessionID": "E-1"}
BEGUN: dict[str, Any] = {"ids": IDS, "evse": EVSE, "token": CARD, "product_id": "AC3", "start": at(10)}
COMMON = {
    **NAMES,
    "Identification": {"RFIDMifareFamilyIdentification": {"UID": "04A2B3C4D5E680"}},
    "EvseID": "NL*LON*E1111*11",
    "OperatorID": "NL*LON",
}
TEN, HALF, ELEVEN = "2026-01-15T10:00:00+01:00", "2026-01-15T10:30:00+01:00", "2026-01-15T11:00:00+01:00"
CHARGED: dict[str, Any] = {**BEGUN, "charging_start": at(10, 5), "meter_start_kwh": Decimal("100.25")}
OPERATOR = PartyId.parse("NL*LON")

START = m.ReportEvent(operator=OPERATOR, event=SessionEvent(kind=Kind.START, at=at(10, 5)), session=Session(**CHARGED))
PROGRESS = m.ReportEvent(
    operator=OPERATOR,
    event=SessionEvent(kind=Kind.PROGRESS, at=at(10, 30)),
    session=Session(
        **CHARGED,
        duration=timedelta(minutes=24, seconds=30),
        energy_kwh=Decimal("4.125"),
        meter_values_kwh=(Decimal("102.5"), Decimal("104.375")),
    ),
)
END = m.ReportEvent(
    operator=OPERATOR,
    event=SessionEvent(kind=Kind.END, at=at(10, 55), penalty_from=at(11, 10)),
    session=Session(
        **CHARGED,
        end=at(11),
        charging_end=at(10, 55),
        energy_kwh=Decimal("12.25"),
        meter_end_kwh=Decimal("112.5"),
        meter_values_kwh=(Decimal("104.375"),),
    ),
)
ERROR = m.ReportEvent(
    operator=OPERATOR,
    event=SessionEvent(kind=Kind.ERROR, error="CriticalError", comment="ground fault"),
    session=Session(ids=IDS, evse=EVSE, token=CARD),
)
STARTED = {"ChargingStart": "2026-01-15T10:05:00+01:00", "SessionStart": TEN, "MeterValueStart": Decimal("100.25")}
PAIRS: Sequence[tuple[m.ReportEvent, dict[str, Any]]] = [
    (START, {"Type": "Start", **COMMON, **STARTED, "PartnerProductID": "AC3"}),
    (
        PROGRESS,
        {
            "Type": "Progress",
            **COMMON,
            **STARTED,
            "EventOccurred": HALF,
            "ChargingDuration": 1_470_000,
            "ConsumedEnergyProgress": Decimal("4.125"),
            "MeterValueInBetween": {"meterValues": [Decimal("102.5"), Decimal("104.375")]},
            "PartnerProductID": "AC3",
        },
    ),
    (
        END,
        {
            "Type": "End",
            **COMMON,
            **STARTED,
            "ChargingEnd": "2026-01-15T10:55:00+01:00",
            "SessionEnd": ELEVEN,
            "ConsumedEnergy": Decimal("12.25"),
            "MeterValueEnd": Decimal("112.5"),
            "MeterValueInBetween": {"meterValues": [Decimal("104.375")]},
            "PenaltyTimeStart": "2026-01-15T11:10:00+01:00",
            "PartnerProductID": "AC3",
        },
    ),
    (
        ERROR,
        {"Type": "Error", **COMMON, "ErrorType": "CriticalError", "ErrorAdditionalInfo": "ground fault"},
    ),
]
every_kind = pytest.mark.parametrize(("message", "tree"), PAIRS, ids=[tree["Type"] for _, tree in PAIRS])


def found(tree: dict[str, Any]) -> list[tuple[str, str]]:
    """(pointer, severity), in order."""
    form = NOTIFY[tree["Type"]]
    return sorted((one.pointer, str(one.severity)) for one in decode_document(form.wire, tree).findings)


# --- translation -------------------------------------------------------------------------------------------------


@every_kind
def test_every_value_goes_both_ways(message: m.ReportEvent, tree: dict[str, Any]) -> None:
    form = notification(message)
    assert form is not None
    assert document(form.write(message)) == tree
    assert form.read(decode_document(form.wire, tree).model) == message
    assert found(tree) == []


def test_the_time_of_the_event_stands_for_a_time_that_the_session_does_not_tell() -> None:
    """Energy began and ceased to flow with the event; when the progress began is the session's to know."""
    bare = Session(ids=IDS, evse=EVSE, start=at(10))
    written = [
        document(NOTIFY[kind].write(replace(message, session=bare)))
        for kind, message in (("Start", START), ("End", END), ("Progress", PROGRESS))
    ]
    assert written[0]["ChargingStart"] == "2026-01-15T10:05:00+01:00"
    assert written[1]["ChargingEnd"] == "2026-01-15T10:55:00+01:00"
    assert (written[2]["ChargingStart"], "ChargingDuration" in written[2]) == (TEN, False)


def test_a_break_off_is_a_critical_error_and_a_pause_is_not_told() -> None:
    stop = replace(ERROR, event=SessionEvent(kind=Kind.EMERGENCY_STOP, at=at(10, 30)))
    form = notification(stop)
    assert form is not None
    written = document(form.write(stop))
    assert (written["Type"], written["ErrorType"]) == ("Error", "CriticalError")
    assert notification(replace(ERROR, event=SessionEvent(kind=Kind.SUSPEND))) is None
    assert translate_value(replace(ERROR, event=SessionEvent(kind=Kind.SUSPEND)), "oicp").documents == ()


def test_a_duration_that_no_calendar_holds_is_kept_of_the_document() -> None:
    tree = {**PAIRS[1][1], "ChargingDuration": 10**18}
    read = NOTIFY["Progress"].read(decode_document(NOTIFY["Progress"].wire, tree).model)
    assert read.session.duration is None
    assert document(NOTIFY["Progress"].write(read)) == tree


def test_its_exchange_is_found_by_session_evse_and_card() -> None:
    found = {(SESSION_NAME, name) for name in (SESSION, "CPO-1", "E-1")}
    assert set(names_of(START)) == {*found, ("evse", "NLLONE111111"), ("card", "04A2B3C4D5E680")}
    assert hub_session(START) == SESSION


# --- what is wrong with one --------------------------------------------------------------------------------------

ERR, WARN = str(Severity.ERROR), str(Severity.WARNING)


@pytest.mark.parametrize(
    ("index", "change", "wrong"),
    [
        (0, {"ChargingStart": None}, [("/ChargingStart", ERR)]),
        (0, {"OperatorID": None}, [("/OperatorID", ERR)]),
        (0, {"SessionID": "string"}, [("/SessionID", ERR)]),
        (0, {"ChargingStart": "2026-01-15T09:59:00+01:00"}, [("/ChargingStart", ERR)]),
        (0, {"Identification": None}, []),
        (1, {"ChargingDuration": None}, []),
        (1, {"ConsumedEnergyProgress": None}, []),
        (1, {"ChargingDuration": None, "ConsumedEnergyProgress": None}, [("/ChargingDuration", ERR)]),
        (1, {"ChargingDuration": 1470}, [("/ChargingDuration", WARN)]),
        (1, {"ChargingDuration": 147_000}, [("/ChargingDuration", WARN)]),
        (1, {"ChargingDuration": 0}, []),
        (1, {"ChargingDuration": -1}, [("/ChargingDuration", ERR)]),
        (1, {"ChargingDuration": 1_600_000}, [("/ChargingDuration", WARN)]),
        (1, {"EventOccurred": "2026-01-15T10:04:00+01:00"}, [("/EventOccurred", ERR)]),
        (1, {"ConsumedEnergyProgress": Decimal("-0.5")}, [("/ConsumedEnergyProgress", ERR)]),
        (2, {"ChargingEnd": TEN}, [("/ChargingEnd", ERR)]),
        (2, {"SessionEnd": HALF}, [("/SessionEnd", ERR)]),
        (2, {"PenaltyTimeStart": HALF}, [("/PenaltyTimeStart", WARN)]),
        (2, {"PenaltyTimeStart": TEN}, [("/PenaltyTimeStart", WARN)]),
        (2, {"MeterValueEnd": Decimal(100)}, [("/MeterValueEnd", ERR)]),
        (2, {"ConsumedEnergy": Decimal(13)}, [("/ConsumedEnergy", ERR)]),
        (3, {"ErrorType": "Connector Error"}, [("/ErrorType", WARN)]),
        (3, {"ErrorType": "Fire"}, [("/ErrorType", ERR)]),
        (3, {"ErrorType": None}, [("/ErrorType", ERR)]),
        (3, {"ErrorAdditionalInfo": "x" * 251}, [("/ErrorAdditionalInfo", ERR)]),
        (3, {"PartnerProductID": "AC3"}, [("/PartnerProductID", WARN)]),
    ],
)
def test_what_is_wrong_is_found_where_it_is(index: int, change: dict[str, Any], wrong: list[tuple[str, str]]) -> None:
    assert found({**PAIRS[index][1], **change}) == wrong


def test_a_blank_in_the_kind_of_error_is_read_and_written_as_it_came() -> None:
    tree = {**PAIRS[3][1], "ErrorType": "Connector Error"}
    read = NOTIFY["Error"].read(decode_document(NOTIFY["Error"].wire, tree).model)
    assert read.event.error == "ConnectorError"
    assert document(NOTIFY["Error"].write(read)) == tree
    assert document(NOTIFY["Error"].write(replace(read, extensions={})))["ErrorType"] == "ConnectorError"


def test_meter_values_may_come_as_the_plain_list_of_the_documents() -> None:
    tree = {**PAIRS[2][1], "MeterValueInBetween": [Decimal("104.375"), Decimal(106)]}
    read = NOTIFY["End"].read(decode_document(NOTIFY["End"].wire, tree).model)
    assert read.session.meter_values_kwh == (Decimal("104.375"), Decimal(106))
    assert document(NOTIFY["End"].write(read)) == tree


# --- as a CPO ----------------------------------------------------------------------------------------------------


async def sent(message: m.ReportEvent, reply: HttpResponse) -> tuple[m.EventReceipt, FakeLink]:
    hub = FakeLink(CPO, [reply])
    return await SENDS[m.ReportEvent](hub, message), hub


@every_kind
async def test_every_kind_goes_to_the_one_address_under_the_account(
    message: m.ReportEvent, tree: dict[str, Any]
) -> None:
    receipt, hub = await sent(replace(message, operator=None), json_reply(ack(**NAMES), process_id="P-7"))
    assert [request.path for request in hub.asked] == [ADDRESS]
    assert parse_json(hub.asked[0].body) == tree
    assert receipt == m.EventReceipt(accepted=True, session=IDS, reason=Reason(code="000", detail="Process-ID P-7"))


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (json_reply(ack("320", "Service not available")), "320"),
        (json_reply(ack("310")), "310"),
        (json_reply({"StatusCode": {"Code": "400", "AdditionalInfo": "Session is invalid"}}, 404), "400"),
    ],
)
async def test_what_the_other_side_does_not_take_is_an_answer(reply: HttpResponse, code: str) -> None:
    receipt, _ = await sent(START, reply)
    assert receipt.reason is not None
    assert (receipt.accepted, receipt.reason.code) == (False, code)


async def test_an_event_that_oicp_does_not_tell_is_no_failure() -> None:
    hub = FakeLink(CPO)
    receipt = await SENDS[m.ReportEvent](hub, replace(ERROR, event=SessionEvent(kind=Kind.SUSPEND)))
    assert receipt == m.EventReceipt(accepted=False, reason=Reason(text="OICP has no notification for SUSPEND"))
    assert hub.asked == []


async def test_an_error_of_an_unknown_kind_does_not_leave() -> None:
    hub = FakeLink(CPO)
    with pytest.raises(Invalid, match="ConnectorError, CriticalError"):
        await SENDS[m.ReportEvent](hub, replace(ERROR, event=SessionEvent(kind=Kind.ERROR, error="Fire")))
    assert hub.asked == []


# --- as an EMP ---------------------------------------------------------------------------------------------------


@every_kind
async def test_every_kind_is_served_at_the_one_address(message: m.ReportEvent, tree: dict[str, Any]) -> None:
    backend = Recorder([m.EventReceipt(accepted=True)])
    reply = await answered(EMP, backend, f"/api/oicp{ADDRESS}", tree)
    assert backend.asked == [message]
    assert reply == {"Result": True, "StatusCode": {"Code": "000"}, **NAMES}


@pytest.mark.parametrize(
    ("index", "missing"),
    [
        *((index, name) for index in range(4) for name in ("Type", "SessionID", "EvseID")),
        (0, "ChargingStart"),
        (1, "ChargingStart"),
        (1, "EventOccurred"),
        (2, "ChargingEnd"),
        (3, "ErrorType"),
    ],
)
async def test_without_what_makes_it_one_nothing_is_told(index: int, missing: str) -> None:
    backend = Recorder()
    reply = await answered(EMP, backend, ADDRESS, {**PAIRS[index][1], missing: None})
    assert (reply["Result"], reply["StatusCode"]["Code"], backend.asked) == (False, "022", [])
    assert f"{missing} is missing" in reply["StatusCode"]["AdditionalInfo"]


@pytest.mark.parametrize("kind", ["Pause", ["Start"], {"a": 1}, 7])
async def test_an_unknown_kind_is_a_data_error(kind: Any) -> None:
    reply = await answered(EMP, Recorder(), ADDRESS, {**PAIRS[0][1], "Type": kind})
    assert (reply["Result"], reply["StatusCode"]["Code"]) == (False, "022")


async def test_what_the_backend_does_not_take_has_its_code() -> None:
    unknown = m.EventReceipt(accepted=False, reason=Reason(code="400", text="no such session"))
    reply = await answered(EMP, Recorder([unknown, m.EventReceipt(accepted=False)]), ADDRESS, PAIRS[0][1])
    assert (reply["Result"], reply["StatusCode"]) == (False, {"Code": "400", "Description": "no such session"})


async def test_an_operator_serves_no_notifications() -> None:
    reply = await answered(CPO, Recorder(), ADDRESS, PAIRS[0][1])
    assert (reply["Result"], reply["StatusCode"]["Code"]) == (False, "320")
