"""Statuses of named EVSEs and operators, charge detail records of a stretch of time: what is asked, and how often."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.errors import Invalid, Refused
from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway.ports import Connection
from gateway.wire import decode_document, document
from gateway.wire.json import parse_json
from gateway.workbench import translate_value
from gateway_oicp import adapter, wire
from gateway_oicp.forms import CDR, GET_CDRS, GET_CDRS_ANSWER, PULL_STATUS_BY_ID_ANSWER
from gateway_oicp.sends import SENDS
from tests.adapters.oicp_values import EMP, SESSION, json_reply, record
from tests.support import FakeLink

DAY = timedelta(days=1)
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
OK = {"Code": "000"}


async def sent(message: m.Message[Any], *replies: HttpResponse, connection: Connection = EMP) -> tuple[Any, FakeLink]:
    hub = FakeLink(connection, list(replies), moment=MARCH)
    return await SENDS[type(message)](hub, message), hub


def bodies(hub: FakeLink) -> list[Any]:
    return [parse_json(asked.body) for asked in hub.asked]


# --- statuses ----------------------------------------------------------------------------------------------------


def evse(number: int) -> EvseId:
    return EvseId.parse(f"NL*LON*E{number}")


def by_id(*numbers: int) -> HttpResponse:
    records = [{"EvseID": str(evse(number)), "EvseStatus": "Available"} for number in numbers]
    return json_reply({"EVSEStatusRecords": {"EvseStatusRecord": records}, "StatusCode": OK})


@pytest.mark.parametrize(("count", "parts"), [(1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])])
async def test_no_more_than_a_hundred_evses_are_asked_for_at_once(count: int, parts: list[int]) -> None:
    numbers = list(range(count))
    replies = [by_id(*numbers[start : start + 100]) for start in range(0, count, 100)]
    message = m.FetchStatuses(evses=(*map(evse, numbers), evse(0)))
    answer, hub = await sent(message, *replies)
    assert [len(body["EvseID"]) for body in bodies(hub)] == parts
    assert {asked.path for asked in hub.asked} == {"/evsepull/v21/providers/DE-8EO/status-records-by-id"}
    assert {body["ProviderID"] for body in bodies(hub)} == {"DE-8EO"}
    assert answer.statuses == tuple(
        m.EvseStatusReport(evse=evse(number), status=EvseStatus.AVAILABLE) for number in numbers
    )


async def test_statuses_by_operator_have_a_path_of_their_own() -> None:
    groups = [{"OperatorID": "NL*LON", "EvseStatusRecord": [{"EvseID": "NL*LON*E1", "EvseStatus": "Occupied"}]}]
    reply = json_reply({"EvseStatuses": {"OperatorEvseStatus": groups}, "StatusCode": OK})
    operator = PartyId.parse("NL*LON")
    answer, hub = await sent(m.FetchStatuses(operators=(operator,)), reply)
    assert hub.asked[0].path == "/evsepull/v21/providers/DE-8EO/status-records-by-operator-id"
    assert bodies(hub) == [{"ProviderID": "DE-8EO", "OperatorID": ["NL*LON"]}]
    assert answer.statuses == (m.EvseStatusReport(evse=evse(1), status=EvseStatus.CHARGING, operator=operator),)


def test_an_answer_by_id_may_come_grouped_by_operator() -> None:
    groups = [{"OperatorID": "NL*LON", "EvseStatusRecord": [{"EvseID": "NL*LON*E1", "EvseStatus": "Reserved"}]}]
    tree = {"EvseStatuses": {"OperatorEvseStatus": groups}, "StatusCode": OK}
    decoded = decode_document(wire.EvseStatusById, tree)
    assert [(one.pointer, one.severity.value, one.code) for one in decoded.findings] == [
        ("/EvseStatuses", "warning", "contradiction")
    ]
    answer = PULL_STATUS_BY_ID_ANSWER.read(decoded.model)
    assert [(one.status, str(one.operator)) for one in answer.statuses] == [(EvseStatus.RESERVED, "NL*LON")]
    assert document(PULL_STATUS_BY_ID_ANSWER.write(answer)) == tree


def test_an_answer_without_records_misses_them() -> None:
    findings = decode_document(wire.EvseStatusById, {"StatusCode": OK}).findings
    assert [one.pointer for one in findings] == ["/EVSEStatusRecords"]


def test_a_question_for_many_evses_is_several_messages_that_lose_nothing() -> None:
    message = m.FetchStatuses(provider=PartyId.parse("DE-8EO"), evses=tuple(map(evse, range(201))))
    report = translate_value(message, "oicp")
    assert [label for label, _ in report.documents] == ["PullEvseStatusByID"] * 3
    assert report.losses == ()


# --- charge detail records ---------------------------------------------------------------------------------------


def cdr(number: int, **more: Any) -> dict[str, Any]:
    tree: dict[str, Any] = document(CDR.write(record()))
    return {**tree, "SessionID": f"{number:08}{SESSION[8:]}", **more}


def page(number: int, last: bool, *content: Any) -> HttpResponse:
    return json_reply(
        {
            "content": list(content), "number": number, "size": 2, "totalElements": 3, "last": last, "totalPages": 2,
            "first": not number, "numberOfElements": len(content), "StatusCode": OK,
        }
    )  # fmt: skip


def sessions(answer: m.Cdrs) -> list[str]:
    return [(one.session.hub or "")[:8] for one in answer.cdrs]


async def test_cdrs_are_asked_for_page_by_page() -> None:
    message = m.FetchCdrs(
        since=MARCH - DAY, until=MARCH, forwarded=False, sessions=(SESSION,), operators=(PartyId.parse("NL*LON"),)
    )
    answer, hub = await sent(message, page(0, False, cdr(1), cdr(2)), page(1, True, cdr(3)))
    assert sessions(answer) == ["00000001", "00000002", "00000003"]
    assert answer.cdrs[0].energy_kwh == Decimal("12.25")
    assert answer.page == m.Page(number=0, size=3, count=3, total=3, pages=1, first=True, last=True)
    assert {asked.path for asked in hub.asked} == {"/cdrmgmt/v22/providers/DE-8EO/get-charge-detail-records-request"}
    assert [asked.query for asked in hub.asked] == ["page=0&size=2000", "page=1&size=2000"]
    assert bodies(hub)[0] == {
        "ProviderID": "DE-8EO",
        "From": "2026-02-28T00:00:00+00:00",
        "To": "2026-03-01T00:00:00+00:00",
        "SessionID": [SESSION],
        "OperatorID": ["NL*LON"],
        "CDRForwarded": False,
    }


@pytest.mark.parametrize(("size", "asked"), [(50, 50), (2000, 2000), (5000, 2000), (0, 1)])
async def test_a_page_is_never_larger_than_the_hub_gives(size: int, asked: int) -> None:
    connection = replace(EMP, options={"page_size": size})
    _, hub = await sent(m.FetchCdrs(since=MARCH - DAY), page(0, True), connection=connection)
    assert hub.asked[0].query == f"page=0&size={asked}"


@pytest.mark.parametrize(("days", "windows"), [(0, 1), (89, 1), (90, 2), (200, 3), (267, 3)])
async def test_a_long_range_is_split_without_a_gap(days: int, windows: int) -> None:
    message = m.FetchCdrs(since=MARCH - days * DAY)
    _, hub = await sent(message, *(page(0, True) for _ in range(windows)))
    asked = [decode_document(wire.GetChargeDetailRecords, body).model for body in bodies(hub)]
    assert len(asked) == windows
    assert (asked[0].since, asked[-1].until) == (MARCH - days * DAY, MARCH)
    assert [one.until for one in asked[:-1]] == [one.since for one in asked[1:]]
    assert all(one.until - one.since <= 89 * DAY for one in asked)


async def test_a_cdr_of_the_moment_between_two_stretches_stands_there_once() -> None:
    message = m.FetchCdrs(since=MARCH - 100 * DAY)
    answer, _ = await sent(message, page(0, True, cdr(1), cdr(2)), page(0, True, cdr(2), cdr(3)))
    assert sessions(answer) == ["00000001", "00000002", "00000003"]


async def test_another_record_of_the_same_session_is_not_lost() -> None:
    message = m.FetchCdrs(since=MARCH - DAY)
    answer, _ = await sent(message, page(0, True, cdr(1), cdr(1, ConsumedEnergy=13, MeterValueEnd=Decimal("113.25"))))
    assert [one.energy_kwh for one in answer.cdrs] == [Decimal("12.25"), Decimal(13)]


@pytest.mark.parametrize(
    ("message", "pointer"),
    [
        (m.FetchCdrs(until=MARCH), "/From"),
        (m.FetchCdrs(since=MARCH + DAY, until=MARCH), "/To"),
        (m.FetchCdrs(since=MARCH - 5000 * DAY), "/From"),
    ],
)
async def test_what_cannot_be_asked_is_said_before_anything_leaves(message: m.FetchCdrs, pointer: str) -> None:
    hub = FakeLink(EMP, moment=MARCH)
    with pytest.raises(Invalid) as caught:
        await SENDS[m.FetchCdrs](hub, message)
    assert [finding.pointer for finding in caught.value.findings] == [pointer]
    assert hub.asked == []


def test_the_hub_s_own_limit_is_a_rule() -> None:
    tree = {"ProviderID": "DE-8EO", "From": "2026-01-01T00:00:00Z", "To": "2026-04-02T00:00:00Z"}
    findings = decode_document(wire.GetChargeDetailRecords, tree).findings
    assert [(one.pointer, one.code) for one in findings] == [("/To", "out-of-range")]


def test_a_question_for_a_year_is_several_messages_that_lose_nothing() -> None:
    message = m.FetchCdrs(provider=PartyId.parse("DE-8EO"), since=MARCH - 365 * DAY, until=MARCH, forwarded=True)
    report = translate_value(message, "oicp")
    assert [label for label, _ in report.documents] == ["GetChargeDetailRecords"] * 5
    assert report.losses == ()


async def test_a_refusal_for_the_range_is_the_hub_s_own_word() -> None:
    fault = {"message": 'The difference between "From" and "To" can\'t be more than 90 days.'}
    with pytest.raises(Refused, match="90 days") as caught:
        await sent(m.FetchCdrs(since=MARCH - DAY), json_reply(fault, 400))
    assert caught.value.code == "400"


async def test_a_record_that_cannot_be_read_costs_the_page_only_itself() -> None:
    content: list[Any] = [cdr(number) for number in range(813)]
    content[812] = "lost"
    content[5] = cdr(5, ConsumedEnergy="a lot")
    answer, _ = await sent(m.FetchCdrs(since=MARCH - DAY), page(0, True, *content, cdr(813)))
    assert len(answer.cdrs) == 813
    assert answer.page.unread == ("/content/812: content: an object is expected, not a text",)
    assert answer.cdrs[5].energy_kwh is None
    kept = {place.pointer: place.received for place in answer.cdrs[5].extensions["oicp"]}
    assert kept["/ConsumedEnergy"] == "a lot"


async def test_a_text_or_a_number_that_nobody_can_hold_costs_no_other_record() -> None:
    odd = page(0, True, cdr(1), cdr(2, CPOPartnerSessionID="ODD", ConsumedEnergy=7), cdr(3))
    body = odd.body.replace(b'"ODD"', b'"a\\ud800b"').replace(b'"ConsumedEnergy":7', b'"ConsumedEnergy":1.5e300')
    assert body.count(b"1.5e300") == body.count(b"ud800") == 1
    answer, _ = await sent(m.FetchCdrs(since=MARCH - DAY), replace(odd, body=body))
    assert sessions(answer) == ["00000001", "00000002", "00000003"]
    second = answer.cdrs[1]
    assert second.session.cpo == "a\ufffdb"
    assert second.energy_kwh is None
    assert {place.pointer: place.received for place in second.extensions["oicp"]}["/ConsumedEnergy"] == "1.5e300"


async def test_a_page_on_which_nothing_can_be_read_does_not_end_the_list() -> None:
    pages = [page(0, False, "lost", 7), page(1, True, cdr(3))]
    (first, second) = [
        answer
        async for answer in adapter.pages[m.FetchCdrs](
            FakeLink(EMP, pages, moment=MARCH), m.FetchCdrs(since=MARCH - DAY, until=MARCH)
        )
    ]
    assert [where.partition(":")[0] for where in first.page.unread] == ["/content/0", "/content/1"]
    assert sessions(second) == ["00000003"]


def test_a_list_of_the_older_version_is_read_too() -> None:
    tree = {"eroamingChargeDetailRecords": [cdr(1), cdr(2)], "StatusCode": None}
    decoded = decode_document(wire.ChargeDetailRecordPage, tree)
    answer = GET_CDRS_ANSWER.read(decoded.model)
    assert sessions(answer) == ["00000001", "00000002"]
    again = document(GET_CDRS_ANSWER.write(answer))
    assert GET_CDRS_ANSWER.read(decode_document(wire.ChargeDetailRecordPage, again).model).cdrs == answer.cdrs


@pytest.mark.parametrize("key", ["CDRForwarded", "CDRForwarder"])
@pytest.mark.parametrize("operator", ["NL*LON", ["NL*LON"]])
def test_both_forms_of_the_filters_are_read(key: str, operator: Any) -> None:
    tree = {
        "ProviderID": "DE-8EO",
        "From": "2026-02-28T00:00:00+00:00",
        "To": "2026-03-01T00:00:00+00:00",
        "OperatorID": operator,
        key: True,
    }
    decoded = decode_document(wire.GetChargeDetailRecords, tree)
    assert {one.severity.value for one in decoded.findings} == {"warning"}
    message = GET_CDRS.read(decoded.model)
    assert message == m.FetchCdrs(
        provider=PartyId.parse("DE-8EO"),
        since=MARCH - DAY,
        until=MARCH,
        operators=(PartyId.parse("NL*LON"),),
        forwarded=True,
    )
    assert document(GET_CDRS.write(message)) == tree
