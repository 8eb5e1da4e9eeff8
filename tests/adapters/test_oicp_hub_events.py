"""Charging notifications through the simulated hub, and how often it may be asked."""

from typing import Any

import pytest

from gateway.errors import NoAnswer
from gateway.http import HttpRequest
from gateway.model import messages as m
from gateway.model.session import Session, SessionEvent, SessionEventKind, SessionIds
from gateway.wire.json import json_text
from gateway_oicp.operations import OPERATIONS
from gateway_oicp.simulator.hub import usual_budgets
from tests.adapters.oicp_hub import DATA, NOTIFY, STATUS, Timed
from tests.adapters.oicp_values import CARD, EVSE, ack, at, json_reply
from tests.adapters.test_oicp_simulator import CONFIG, EMP_CONFIG

# --- notifications -----------------------------------------------------------------------------------------------


def notification(session: str | None, kind: str = "Progress", **more: Any) -> dict[str, Any]:
    return {
        "Type": kind, "SessionID": session, "EvseID": str(EVSE), "OperatorID": "NL*LON",
        "ChargingStart": at(11).isoformat(), "EventOccurred": at(11, 30).isoformat(), "ChargingDuration": 1_800_000,
        **more,
    }  # fmt: skip


async def reached(*answers: Any, config: Any = EMP_CONFIG) -> tuple[Timed, str]:
    """A hub with an open session of a provider that gives these answers from now on."""
    hub = Timed(config)
    hub.answers = [json_reply({"AuthorizationStatus": "Authorized", "StatusCode": {"Code": "000"}}), *answers]
    return hub, str((await hub.authorized()).session.hub)


async def test_progress_is_told_every_300_seconds_at_most() -> None:
    hub, name = await reached(json_reply(ack()), json_reply(ack()))
    assert (await hub.post(NOTIFY, notification(name)))[1]["Result"] is True
    hub.later(seconds=299)
    _, answer = await hub.post(NOTIFY, notification(name))
    assert answer["StatusCode"]["AdditionalInfo"] == (
        "Progress Notification can be sent only at interval of at least 300 seconds."
    )
    hub.later(seconds=1)
    assert (await hub.post(NOTIFY, notification(name)))[1]["Result"] is True


async def test_the_answer_of_the_provider_goes_back() -> None:
    hub, name = await reached(json_reply(ack("021", "later")))
    _, answer = await hub.post(NOTIFY, notification(name, "Start"))
    assert (answer["Result"], answer["StatusCode"]["Code"], answer["StatusCode"]["AdditionalInfo"]) == (
        False,
        "021",
        "later",
    )
    assert hub.asked[-1][1].path == f"/api/oicp{NOTIFY}"


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (NoAnswer("slow"), "310"),
        (json_reply({}, 500), "310"),
        (json_reply([]), "310"),
        (json_reply({}, 404), "320"),
    ],
)
async def test_a_provider_without_an_answer_or_an_address_for_it(reply: Any, code: str) -> None:
    hub, name = await reached(reply)
    status_code, answer = await hub.post(NOTIFY, notification(name, "Start"))
    assert (status_code, answer["Result"], answer["StatusCode"]["Code"]) == (200, False, code)


async def test_a_provider_that_has_not_taken_up_notifications() -> None:
    partners = [EMP_CONFIG["partners"][0], {**EMP_CONFIG["partners"][1], "services": ["Authorization"]}]
    hub, name = await reached(config={**EMP_CONFIG, "partners": partners})
    assert (await hub.post(NOTIFY, notification(name, "Start")))[1]["StatusCode"]["Code"] == "320"


async def test_without_the_operator_the_hub_itself_fails() -> None:
    hub, name = await reached()
    code, answer = await hub.post(NOTIFY, {**notification(name), "OperatorID": None})
    assert (code, answer["StatusCode"]["Code"], answer["StatusCode"]["AdditionalInfo"]) == (
        500,
        "001",
        "Unexpected error checking partners: null",
    )
    told = await hub.post(NOTIFY, b"")
    assert told[1]["StatusCode"]["Code"] == "001"


@pytest.mark.parametrize("kind", ["Start", "Progress", "End", "Error"])
async def test_a_notification_needs_an_open_session(kind: str) -> None:
    hub, _ = await reached()
    more = {"ErrorType": "CriticalError", "ChargingEnd": at(11, 45).isoformat()}
    body = notification("00000000-0000-4000-8000-00000000ffff", kind, **more)
    assert (await hub.post(NOTIFY, body))[1]["StatusCode"]["Code"] == "400"


@pytest.mark.parametrize(
    ("kind", "missing"),
    [("Start", "ChargingStart"), ("Progress", "EventOccurred"), ("End", "ChargingEnd"), ("Error", "ErrorType")],
)
async def test_what_a_notification_must_have(kind: str, missing: str) -> None:
    hub, name = await reached()
    code, answer = await hub.post(NOTIFY, {**notification(name, kind), missing: None})
    wanted = missing[0].lower() + missing[1:]
    assert (code, wanted in [one["fieldReference"] for one in answer["validationErrors"]]) == (400, True)


async def test_our_own_notifications_are_understood() -> None:
    hub, name = await reached(json_reply(ack()))
    session = Session(ids=SessionIds(hub=name), evse=EVSE, token=CARD, charging_start=at(11))
    event = SessionEvent(kind=SessionEventKind.START, at=at(11))
    assert (await hub.send(m.ReportEvent(event=event, session=session))).accepted is True


# --- rate limits -------------------------------------------------------------------------------------------------


async def test_the_limits_of_the_use_policy_hold_where_they_are_asked_for() -> None:
    hub = Timed({**CONFIG, "settings": {"rate_limits": True}})

    async def asked() -> int:
        body = json_text({"ProviderID": "DE-8EO"}).encode()
        return (await hub.hub.handle(HttpRequest(path=STATUS, body=body))).status

    assert [await asked() for _ in range(7)] == [200] * 6 + [429]
    hub.later(seconds=60)
    assert await asked() == 200


async def test_the_four_notifications_share_one_limit() -> None:
    hub = Timed({**CONFIG, "budgets": {"ChargingNotifications": {"count": 2}}})
    body = json_text(notification("00000000-0000-4000-8000-00000000ffff", "Start")).encode()
    other = body.replace(b'"Start"', b'"Progress"')
    codes = [(await hub.hub.handle(HttpRequest(path=NOTIFY, body=one))).status for one in (body, other, body)]
    assert codes == [200, 200, 429]


def test_every_limit_is_of_an_operation() -> None:
    known = {operation.name for operation in OPERATIONS} | {"ChargingNotifications"}
    limited = set(usual_budgets())
    unlimited = {"AuthorizeRemoteReservationStart", "AuthorizeRemoteReservationStop"}
    notifications = {name for name in known if name.startswith("ChargingNotification")} - {"ChargingNotifications"}
    assert known - limited == unlimited | notifications


async def test_every_answer_has_a_process_id() -> None:
    hub = Timed()
    for path in (DATA, STATUS, "/nowhere", NOTIFY):
        reply = await hub.hub.handle(HttpRequest(path=path, body=b"{}"))
        assert reply.headers["process-id"]
