"""Reservations: what is read and written, sent and served."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.errors import Invalid
from gateway.findings import Severity
from gateway.model import messages as m
from gateway.model.common import Reason
from gateway.model.ids import PartyId
from gateway.model.session import SessionIds
from gateway.wire import decode_document, document
from gateway.wire.json import parse_json
from gateway_oicp.forms import RESERVATION_START, RESERVATION_STOP, RESERVATION_STOP_ANSWER
from gateway_oicp.sends import SENDS
from tests.adapters.oicp_values import APP, CPO, EMP, EVSE, SESSION, ack, json_reply
from tests.adapters.test_oicp_routes import answered
from tests.support import FakeLink, Recorder

START = "/reservation/v11/providers/DE-8EO/reservation-start-request"
STOP = "/reservation/v11/providers/DE-8EO/reservation-stop-request"
SEEN = "/charging/v21/providers/DE-8EO/authorize-remote-reservation"
PROVIDER = PartyId.parse("DE-8EO")
WISH: dict[str, Any] = {
    "SessionID": SESSION,
    "EMPPartnerSessionID": "E-1",
    "ProviderID": "DE-8EO",
    "EvseID": "NL*LON*E1111*11",
    "Identification": {"RemoteIdentification": {"EvcoID": "DE-8EO-CA2B3C4D5-6"}},
    "PartnerProductID": "Reservation",
    "Duration": 15,
}
END: dict[str, Any] = {
    "SessionID": SESSION,
    "CPOPartnerSessionID": "CPO-1",
    "EMPPartnerSessionID": "E-1",
    "ProviderID": "DE-8EO",
    "EvseID": "NL*LON*E1111*11",
}
RESERVE = m.ReserveEvse(
    provider=PROVIDER,
    token=APP,
    evse=EVSE,
    session=SessionIds(hub=SESSION, emsp="E-1"),
    product_id="Reservation",
    minutes=15,
)
CANCEL = m.CancelReservation(provider=PROVIDER, evse=EVSE, session=SessionIds(hub=SESSION, cpo="CPO-1", emsp="E-1"))


def test_every_value_goes_both_ways() -> None:
    assert document(RESERVATION_START.write(RESERVE)) == WISH
    assert RESERVATION_START.read(decode_document(RESERVATION_START.wire, WISH).model) == RESERVE
    assert document(RESERVATION_STOP.write(CANCEL)) == END
    assert RESERVATION_STOP.read(decode_document(RESERVATION_STOP.wire, END).model) == CANCEL


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({}, []),
        ({"Duration": None, "SessionID": None}, []),
        ({"Duration": 1}, []),
        ({"Duration": 99}, []),
        ({"Duration": 0}, ["/Duration"]),
        ({"Duration": 100}, ["/Duration"]),
        ({"Duration": "soon"}, ["/Duration"]),
        ({"SessionID": "string"}, ["/SessionID"]),
        ({"EvseID": None, "ProviderID": None}, ["/EvseID", "/ProviderID"]),
        ({"Identification": {}}, ["/Identification"]),
    ],
)
def test_what_is_wrong_is_found_where_it_is(change: dict[str, Any], pointers: list[str]) -> None:
    noticed = decode_document(RESERVATION_START.wire, {**WISH, **change}).findings
    assert sorted({one.pointer for one in noticed}) == pointers


@pytest.mark.parametrize(("form", "tree"), [(RESERVATION_START, WISH), (RESERVATION_STOP, END)])
def test_the_other_spelling_of_the_emps_session_id_is_read_and_goes_back(form: Any, tree: dict[str, Any]) -> None:
    spelled = {
        **{key: value for key, value in tree.items() if key != "EMPPartnerSessionID"},
        "EMPPartnerSessionId": "E-1",
    }
    decoded = decode_document(form.wire, spelled)
    assert [(one.pointer, one.severity) for one in decoded.findings] == [("/EMPPartnerSessionId", Severity.WARNING)]
    message = form.read(decoded.model)
    assert message.session.emsp == "E-1"
    assert document(form.write(message)) == spelled


# --- as an EMP ---------------------------------------------------------------------------------------------------


async def test_the_hub_gives_the_reservation_its_session() -> None:
    hub = FakeLink(EMP, [json_reply(ack(SessionID=SESSION, CPOPartnerSessionID="CPO-1"))])
    result = await SENDS[m.ReserveEvse](hub, replace(RESERVE, provider=None))
    assert hub.asked[0].path == START
    assert parse_json(hub.asked[0].body) == {key: value for key, value in WISH.items() if key != "SessionID"}
    assert result == m.CommandResult(
        status=m.CommandStatus.ACCEPTED, session=SessionIds(hub=SESSION, cpo="CPO-1"), reason=Reason(code="000")
    )


@pytest.mark.parametrize(("seconds", "minutes"), [(60, 1), (61, 2), (900, 15), (5940, 99)])
async def test_an_end_is_sent_as_whole_minutes_from_now(seconds: int, minutes: int) -> None:
    hub = FakeLink(EMP, [json_reply(ack())])
    until = hub.now() + timedelta(seconds=seconds)
    await SENDS[m.ReserveEvse](hub, replace(RESERVE, minutes=None, until=until))
    assert parse_json(hub.asked[0].body)["Duration"] == minutes


@pytest.mark.parametrize("seconds", [-60, 0, 5941])
async def test_an_end_that_oicp_cannot_say_does_not_leave(seconds: int) -> None:
    hub = FakeLink(EMP)
    until = datetime(2026, 1, 15, 12, tzinfo=UTC) + timedelta(seconds=seconds)
    with pytest.raises(Invalid, match="/Duration"):
        await SENDS[m.ReserveEvse](hub, replace(RESERVE, minutes=None, until=until))
    assert hub.asked == []


async def test_a_reservation_is_ended_under_its_session() -> None:
    hub = FakeLink(EMP, [json_reply(ack())])
    result = await SENDS[m.CancelReservation](hub, replace(CANCEL, provider=None))
    assert (hub.asked[0].path, parse_json(hub.asked[0].body)) == (STOP, END)
    assert result.status is m.CommandStatus.ACCEPTED


@pytest.mark.parametrize(
    ("message", "code", "status"),
    [
        (RESERVE, "601", m.CommandStatus.EVSE_OCCUPIED),
        (RESERVE, "602", m.CommandStatus.EVSE_OCCUPIED),
        (RESERVE, "603", m.CommandStatus.UNKNOWN_EVSE),
        (RESERVE, "604", m.CommandStatus.NOT_SUPPORTED),
        (RESERVE, "700", m.CommandStatus.EVSE_INOPERATIVE),
        (RESERVE, "210", m.CommandStatus.REJECTED),
        (RESERVE, "310", m.CommandStatus.TIMEOUT),
        (CANCEL, "400", m.CommandStatus.UNKNOWN_RESERVATION),
    ],
)
async def test_a_no_is_an_answer(message: m.Message[Any], code: str, status: m.CommandStatus) -> None:
    result = await SENDS[type(message)](FakeLink(EMP, [json_reply(ack(code))]), message)
    assert (result.status, result.reason) == (status, Reason(code=code))


# --- as a CPO ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [START, f"/api/oicp{START}", f"{SEEN}/start", f"/api/oicp{SEEN}/start"])
async def test_a_reservation_is_served_at_both_addresses(path: str) -> None:
    backend = Recorder([m.CommandResult(status=m.CommandStatus.ACCEPTED, session=SessionIds(cpo="CPO-9"))])
    reply = await answered(CPO, backend, path, WISH)
    assert backend.asked == [RESERVE]
    ids = {"SessionID": SESSION, "CPOPartnerSessionID": "CPO-9", "EMPPartnerSessionID": "E-1"}
    assert reply == {"Result": True, "StatusCode": {"Code": "000"}, **ids}


@pytest.mark.parametrize("path", [STOP, f"/api/oicp{STOP}", f"{SEEN}/stop"])
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (m.CommandStatus.ACCEPTED, "000"),
        (m.CommandStatus.CANCELED_RESERVATION, "000"),
        (m.CommandStatus.UNKNOWN_RESERVATION, "400"),
        (m.CommandStatus.UNKNOWN_SESSION, "400"),
        (m.CommandStatus.REJECTED, "320"),
    ],
)
async def test_its_end_is_served_at_both_addresses(path: str, status: m.CommandStatus, code: str) -> None:
    backend = Recorder([m.CommandResult(status=status)])
    reply = await answered(CPO, backend, path, END)
    assert backend.asked == [CANCEL]
    assert (reply["Result"], reply["StatusCode"]["Code"], reply["SessionID"]) == (code == "000", code, SESSION)


@pytest.mark.parametrize(
    ("path", "missing"),
    [(START, "SessionID"), (START, "EvseID"), (START, "Identification"), (STOP, "SessionID"), (STOP, "EvseID")],
)
async def test_without_session_evse_or_user_nothing_is_reserved(path: str, missing: str) -> None:
    reply = await answered(CPO, Recorder(), path, {**WISH, missing: None})
    assert (reply["Result"], reply["StatusCode"]["Code"]) == (False, "022")


async def test_an_evse_of_somebody_else_is_not_reserved() -> None:
    reply = await answered(CPO, Recorder(), START, {**WISH, "EvseID": "DE*XYZ*E1"})
    assert (reply["Result"], reply["StatusCode"]["Code"]) == (False, "603")


async def test_a_provider_serves_no_reservations() -> None:
    for path in (START, STOP, f"{SEEN}/start"):
        assert (await answered(EMP, Recorder(), path, WISH))["StatusCode"]["Code"] == "320"


def test_the_answer_to_a_cancelled_reservation_comes_back_as_accepted() -> None:
    said = RESERVATION_STOP_ANSWER.write(m.CommandResult(status=m.CommandStatus.CANCELED_RESERVATION))
    assert RESERVATION_STOP_ANSWER.read(said).status is m.CommandStatus.ACCEPTED
