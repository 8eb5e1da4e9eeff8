"""Statuses: two dimensions that are told apart, places above and below an EVSE, and one operator a message."""

from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.kinds import EvseStatus
from gateway.ports import HubLink
from gateway.wire.soap import SOAP_12, opened
from gateway_emip import adapter, forms, wire
from tests.adapters.emip_values import AS_CPO, HERE, NOON, THERE, said, sent
from tests.support import CONFORMANCE, FakeLink, needs_conformance

ANSWERS = {
    "availability": wire.SetEvseAvailabilityStatusResponse,
    "busy": wire.SetEvseBusyStatusResponse,
    "synthetic": wire.SetEvseSyntheticStatusResponse,
    "pool": wire.SetChargingPoolAvailabilityStatusResponse,
    "station": wire.SetChargingStationAvailabilityStatusResponse,
    "connector": wire.SetChargingConnectorAvailabilityStatusResponse,
}


def link(*answers: str, **options: Any) -> FakeLink:
    """`name:status` of each answer."""
    return FakeLink(replace(AS_CPO, options=options), [_answer(*answer.split(":")) for answer in answers])


def _answer(name: str, status: str = "1") -> HttpResponse:
    return said(ANSWERS[name](transaction_id="T", request_status=status))


async def publish(hub: HubLink, *reports: m.EvseStatusReport) -> m.Publication:
    answer: m.Publication = await adapter.sends[m.PublishStatuses](hub, m.PublishStatuses(statuses=reports))
    return answer


def report(status: EvseStatus, evse: Any = HERE) -> m.EvseStatusReport:
    return m.EvseStatusReport(evse=evse, status=status, at=NOON)


SAID = [
    (EvseStatus.AVAILABLE, "2", "1"),
    (EvseStatus.CHARGING, "2", "2"),
    (EvseStatus.BLOCKED, "2", "2"),
    (EvseStatus.RESERVED, "2", "3"),
    (EvseStatus.OUTOFORDER, "1", None),
    (EvseStatus.INOPERATIVE, "1", None),
    (EvseStatus.PLANNED, "3", None),
    (EvseStatus.REMOVED, "4", None),
    (EvseStatus.UNKNOWN, "0", "0"),
]
"""What is told of each dimension; None: nothing, and what the hub has of it stays (pitfall 27)."""


@pytest.mark.parametrize(("status", "availability", "busy"), SAID)
async def test_each_dimension_is_told_by_itself(status: EvseStatus, availability: str, busy: str | None) -> None:
    hub = link("availability", *(["busy"] if busy is not None else []))
    assert (await publish(hub, report(status))).accepted is True
    assert sent(hub.asked[0], forms.AVAILABILITY).availability_status == availability
    told = [sent(request, forms.BUSY).busy_status for request in hub.asked[1:]]
    assert told == ([] if busy is None else [busy])


@pytest.mark.parametrize(("status", "availability", "busy"), SAID)
async def test_or_both_in_one_where_the_connection_says_so(
    status: EvseStatus, availability: str, busy: str | None
) -> None:
    hub = link("synthetic", synthetic_status=True)
    assert (await publish(hub, report(status))).accepted is True
    (request,) = hub.asked
    told = sent(request, forms.SYNTHETIC)
    assert (told.availability_status, told.busy_status) == (availability, busy)
    assert (told.busy_status_event_date is None) is (busy is None)


def test_every_status_has_a_word() -> None:
    assert {status for status, _, _ in SAID} == set(EvseStatus)


async def test_statuses_of_two_operators_are_told_under_each_its_own() -> None:
    hub = link("availability", "availability")
    await publish(hub, report(EvseStatus.OUTOFORDER), report(EvseStatus.OUTOFORDER, THERE))
    told = [sent(request, forms.AVAILABILITY) for request in hub.asked]
    assert [(one.partner_id, one.operator_id, one.evse_id) for one in told] == [
        ("NL*LON", "NL*LON", str(HERE)),
        ("NL*LON", "DE*LON", str(THERE)),
    ]


async def test_an_unknown_warning_is_no_refusal_and_an_unknown_error_is_one() -> None:
    assert (await publish(link("availability:4711"), report(EvseStatus.OUTOFORDER))).accepted is True
    refused = await publish(link("availability:10601"), report(EvseStatus.OUTOFORDER))
    assert (refused.accepted, refused.reason and refused.reason.code) == (False, "10601")


# --- pools, stations, connectors ---------------------------------------------------------------------------------


def place(level: m.PlaceLevel, id: str) -> m.PublishAvailability:
    one = m.PlaceAvailability(level=level, id=id, status=EvseStatus.OUTOFORDER, at=NOON)
    return m.PublishAvailability(places=(one,))


LEVELS = [
    (m.PlaceLevel.POOL, "DE*LON*P1234", "pool", "hargingPoolId"),
    (m.PlaceLevel.STATION, "DE*LON*S1234", "station", "hargingStationId"),
    (m.PlaceLevel.CONNECTOR, "DE*LON*X1234*1", "connector", "hargingConnectorId"),
]


@pytest.mark.parametrize("names", ["lower", "upper"])
@pytest.mark.parametrize(("level", "id", "kind", "name"), LEVELS)
async def test_the_name_of_a_place_is_written_as_the_connection_says(
    level: m.PlaceLevel, id: str, kind: str, name: str, names: str
) -> None:
    hub = link(kind, place_names=names)
    answer: m.Publication = await adapter.sends[m.PublishAvailability](hub, place(level, id))
    assert answer.accepted is True
    body = opened(hub.asked[0].body, SOAP_12).child
    first = "C" if names == "upper" else "c"
    written = [str(child.tag) for child in body]
    assert written[5:7] == [f"{first}{name}Type", f"{first}{name}"]
    assert (body.findtext("operatorId"), body.findtext(f"{first}{name}")) == ("DE*LON", id)
    assert body.findtext("availabilityStatus") == "1"


@needs_conformance
@pytest.mark.parametrize(("level", "id", "kind", "name"), LEVELS)
async def test_the_default_is_what_the_shared_schema_has(level: m.PlaceLevel, id: str, kind: str, name: str) -> None:
    hub = link(kind)
    await adapter.sends[m.PublishAvailability](hub, place(level, id))
    schema = etree.XMLSchema(etree.parse(str(CONFORMANCE / "emip" / "contract" / "emip-all.xsd")))
    schema.assertValid(etree.fromstring(etree.tostring(opened(hub.asked[0].body, SOAP_12).child)))
    assert name.encode() in hub.asked[0].body
