"""Several operators behind one partner at Gireve: each message under its own, never two in one, and both regimes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from gateway.gateway import Gateway
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.kinds import EvseStatus
from gateway.model.party import RegistrationState
from gateway.model.session import Session, SessionEvent, SessionEventKind, SessionIds
from gateway.registry import capability
from gateway.wire.soap import SOAP_12, opened
from gateway_emip import forms, wire
from tests.adapters.emip_values import AS_CPO, CDR, DELON, HERE, LON, NOON, THERE, granted, noted, receipt, said, sent
from tests.support import FakeLink

Make = Callable[..., Awaitable[tuple[Gateway, FakeLink]]]
DONE = ("accepted", "refused", "withdrawn")


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    running: list[Gateway] = []

    async def build(*replies: HttpResponse, **options: Any) -> tuple[Gateway, FakeLink]:
        connection = replace(AS_CPO, options=options)
        link = FakeLink(connection, list(replies), moment=NOON)
        gateway = Gateway({"gireve": connection}, object(), link=lambda _: link, first_wait_seconds=0.01)
        gateway.engine.start(True)
        running.append(gateway)
        return gateway, link

    yield build
    for gateway in running:
        await gateway.stop()


async def settled(gateway: Gateway, number: int) -> str:
    for _ in range(400):
        state = (await gateway.outbox.get(number)).state
        if state in DONE:
            return state
        await asyncio.sleep(0.02)
    raise AssertionError(f"delivery {number} is not settled")


def told(request: HttpRequest) -> dict[str, str]:
    """The message as it stands on the wire, without what is new each time."""
    body = opened(request.body, SOAP_12).child
    return {str(part.tag): part.text or "" for part in body if part.tag != "transactionId" and not len(part)}


GERMAN = {
    "partnerIdType": "eMI3",
    "partnerId": "NL*LON",
    "operatorIdType": "eMI3",
    "operatorId": "DE*LON",
}
DUTCH = GERMAN | {"operatorId": "NL*LON"}


# --- golden messages of both operators ---------------------------------------------------------------------------


@pytest.mark.parametrize(("evse", "head"), [(HERE, DUTCH), (THERE, GERMAN)], ids=["NLLON", "DELON"])
async def test_what_is_asked_and_told_goes_out_under_the_operator_of_the_evse(
    make: Make, evse: Any, head: dict[str, str]
) -> None:
    gateway, link = await make(granted(), noted(), receipt())
    await gateway.hub("gireve").send(m.AuthorizeToken(token=CDR.token, evse=evse, session=SessionIds(cpo="LON-1")))
    event = SessionEvent(kind=SessionEventKind.START, at=NOON, id="EVENT-1")
    end = await gateway.report(m.ReportEvent(event=event, session=Session(ids=SessionIds(cpo="LON-1"))))
    assert end is not None
    assert await settled(gateway, end.id) == "accepted"
    owed = await gateway.submit_cdr(replace(CDR, evse=None))
    assert await settled(gateway, owed.id) == "accepted"
    place = {"EVSEIdType": "eMI3", "EVSEId": str(evse)}
    user = {"userIdType": "RFID-UID", "userId": "04B1C2D3E4F590", "requestedServiceId": "1"}
    asked, event_sent, record = map(told, link.asked)
    assert asked == head | place | user | {"partnerServiceSessionId": "LON-1"}
    ids = {"serviceSessionId": CDR.session.hub, "execPartnerSessionId": "LON-1"}
    assert event_sent == head | ids
    assert record == head
    inner = sent(link.asked[2], forms.CDR).charge_detail_record
    names = inner.service_session_id, inner.exec_partner_session_id
    assert (inner.evse_id, names) == (str(evse), (CDR.session.hub, "LON-1"))


async def test_records_of_two_operators_wait_in_lanes_of_their_own(make: Make) -> None:
    gateway, link = await make(receipt(), receipt("1", "IOP-2"))
    first = await gateway.submit("gireve", m.SubmitCdr(cdr=CDR))
    other = replace(CDR, session=SessionIds(hub="IOP-2"), evse=THERE)
    second = await gateway.submit("gireve", m.SubmitCdr(cdr=other))
    assert (first.lane, second.lane) == ("gireve/cdr/NLLON", "gireve/cdr/DELON")
    assert [await settled(gateway, one.id) for one in (first, second)] == ["accepted", "accepted"]
    records = [(told(request), sent(request, forms.CDR).charge_detail_record) for request in link.asked]
    pairs = {(head["operatorId"], record.evse_id) for head, record in records}
    assert pairs == {("NL*LON", str(HERE)), ("DE*LON", str(THERE))}


async def test_statuses_of_a_mixed_fleet_are_never_in_one_message(make: Make) -> None:
    yes = said(wire.SetEvseAvailabilityStatusResponse(transaction_id="T", request_status="1"))
    gateway, link = await make(yes, yes)
    for evse in (HERE, THERE):
        await gateway.publish_status(evse, EvseStatus.OUTOFORDER, at=NOON)
    gateway.wake()
    for _ in range(200):
        if len(link.asked) == 2:
            break
        await asyncio.sleep(0.02)
    assert {(told(one)["operatorId"], told(one)["EVSEId"]) for one in link.asked} == {
        ("NL*LON", str(HERE)), ("DE*LON", str(THERE)),
    }  # fmt: skip


async def test_the_availability_of_a_pool_is_owed_and_delivered(make: Make) -> None:
    yes = said(wire.SetChargingPoolAvailabilityStatusResponse(transaction_id="T", request_status="1"))
    gateway, link = await make(yes)
    place = m.PlaceAvailability(level=m.PlaceLevel.POOL, id="DE*LON*P1", status=EvseStatus.OUTOFORDER, at=NOON)
    owed = await gateway.submit("gireve", m.PublishAvailability(places=(place,)))
    assert owed.lane == "gireve/evse-status"
    assert await settled(gateway, owed.id) == "accepted"
    assert told(link.asked[0]) == GERMAN | {
        "chargingPoolIdType": "eMI3",
        "chargingPoolId": "DE*LON*P1",
        "statusEventDate": "2026-01-15T12:00:00Z",
        "availabilityStatus": "1",
    }


# --- the two regimes ---------------------------------------------------------------------------------------------


def test_the_regime_is_known_as_of_a_date() -> None:
    today = date(2026, 1, 15)
    assert capability(AS_CPO, today).value == "operation-per-operator"
    assert capability(AS_CPO, today).since == "2024-10-07"
    assert capability(AS_CPO, date(2024, 10, 6)).value == "unknown"
    ocpi = replace(AS_CPO, protocol="ocpi", options={"version": "2.1.1"})
    assert capability(ocpi, today).value == "none"
    newer = replace(AS_CPO, protocol="ocpi", options={"version": "2.2.1"})
    assert capability(newer, today).value == "operation-per-operator"
    assert capability(newer, date(2024, 10, 6)).value == "unknown"
    none = capability(replace(AS_CPO, options={"operator_regime": "none"}), today)
    assert (none.value, none.note) == (
        "none", "Gireve does not support this yet. They plan to support this for Q4 2023.",
    )  # fmt: skip


async def test_where_gireve_takes_no_additional_operator_nothing_of_one_leaves(make: Make) -> None:
    gateway, link = await make(receipt(), operator_regime="none")
    held = await gateway.submit("gireve", m.SubmitCdr(cdr=replace(CDR, session=SessionIds(hub="IOP-2"), evse=THERE)))
    main = await gateway.submit("gireve", m.SubmitCdr(cdr=CDR))
    assert await settled(gateway, main.id) == "accepted"
    assert [told(request)["operatorId"] for request in link.asked] == ["NL*LON"]
    waiting = await gateway.outbox.get(held.id)
    assert waiting.state == "waiting"
    assert "Gireve does not support this yet" in (waiting.words or "")
    states = {str(one.operator.id): one.registration.state for one in await gateway.registry.listed()}
    assert states == {str(LON): RegistrationState.ACTIVE, str(DELON): RegistrationState.NOT_SUPPORTED}
