"""The hubs' lists in pages: what the pulls are made of."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.errors import Refused, Undecodable
from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrStatus
from gateway.model.common import Role
from gateway.ports import Adapter
from gateway.wire import decode_document
from gateway.wire.soap import opened
from gateway_emip import adapter as emip
from gateway_ochp import adapter as ochp
from gateway_ochp import pulling, wire
from gateway_ochp.collecting import review_cdrs, review_closed_cdrs
from gateway_oicp import adapter as oicp
from tests.adapters.test_ochp_sends import BILL, CONTRACT, PLACE, result, said, token_record
from tests.adapters.test_ochp_sends import CONNECTION as CLEARING
from tests.adapters.test_oicp_sends import EMP, page
from tests.support import FakeLink, Recorder

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


async def pages(adapter: Adapter, hub: FakeLink, message: m.Message[Any]) -> Sequence[Any]:
    return [answer async for answer in adapter.pages[type(message)](hub, message)]


# --- OICP --------------------------------------------------------------------------------------------------------


async def test_an_oicp_page_is_given_on_before_the_next_one_is_asked_for() -> None:
    one, two = {"EvseID": "NL*LON*E1"}, {"EvseID": "NL*LON*E2"}
    hub = FakeLink(EMP, [page(0, False, one), page(1, True, two)])
    asked = []
    async for answer in oicp.pages[m.FetchEvses](hub, m.FetchEvses(since=NOON)):
        asked.append((len(hub.asked), [str(place.evses[0].evse_id) for place in answer.locations]))
    assert asked == [(1, ["NL*LON*E1"]), (2, ["NL*LON*E2"])]


async def test_what_the_hub_last_did_with_a_record_makes_no_other_record_of_it() -> None:
    plain, changed = {"EvseID": "NL*LON*E1", "New": 1}, {"EvseID": "NL*LON*E1", "New": 1, "deltaType": "update"}
    read = []
    for record in (plain, changed):
        (answer,) = await pages(oicp, FakeLink(EMP, [page(0, True, record)]), m.FetchEvses())
        read.append(answer.locations[0])
    kept = [[(place.pointer, place.received) for place in one.extensions["oicp"]] for one in read]
    assert read[0] == read[1]
    assert kept[0] == kept[1]
    assert ("/New", 1) in kept[0]


async def test_a_later_oicp_page_that_fails_is_raised_after_the_earlier_ones() -> None:
    hub = FakeLink(EMP, [page(0, False, {"EvseID": "NL*LON*E1"}), HttpResponse(status=500, body=b"<html>oops</html>")])
    answers = oicp.pages[m.FetchEvses](hub, m.FetchEvses())
    first = await anext(answers)
    with pytest.raises(Undecodable):
        await anext(answers)
    assert len(first.locations) == 1


# --- OCHP --------------------------------------------------------------------------------------------------------


def charge_points(count: int, code: str = "ok") -> HttpResponse:
    written = pulling.CHARGE_POINTS.record.write(PLACE)
    infos = tuple(replace(written, evse_id=f"DE*ABC*E{number}") for number in range(count))
    return said(wire.GetChargePointListResponse(result=result(code), charge_point_info_array=infos))


@pytest.fixture(params=["whole", "streamed"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How long an answer has to be to be read record by record."""
    monkeypatch.setattr(pulling, "LONG", 10**9 if request.param == "whole" else 0)
    return str(request.param)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (3, [3]), (500, [500]), (560, [500, 60])])
async def test_an_ochp_list_comes_in_portions_either_way(count: int, sizes: list[int]) -> None:
    read = await pages(ochp, FakeLink(CLEARING, [charge_points(count)]), m.FetchEvses())
    evses = [str(place.evses[0].evse_id) for answer in read for place in answer.locations]
    assert evses == [f"DE*ABC*E{number}" for number in range(count)]
    assert [len(answer.locations) for answer in read] == sizes


async def test_both_ways_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    for long in (10**9, 0):
        monkeypatch.setattr(pulling, "LONG", long)
        (answer,) = await pages(ochp, FakeLink(CLEARING, [charge_points(2)]), m.FetchEvses())
        read.append([(place, place.extensions) for place in answer.locations])
    assert read[0] == read[1]


@pytest.mark.usefixtures("way")
async def test_where_the_clearing_house_has_no_list_there_is_no_page() -> None:
    """An answer without a list is not an empty list: nothing moves, nothing is removed."""
    reply = said(wire.GetChargePointListResponse(result=result("roaming", "no partner")))
    assert await pages(ochp, FakeLink(CLEARING, [reply]), m.FetchEvses()) == []


@pytest.mark.usefixtures("way")
async def test_a_failure_is_raised_and_its_list_is_not_read() -> None:
    with pytest.raises(Refused, match="server"):
        await pages(ochp, FakeLink(CLEARING, [charge_points(2, "server")]), m.FetchEvses())


@pytest.mark.usefixtures("way")
async def test_changed_tokens_are_judged_by_the_hour_and_come_by_their_own_operation() -> None:
    moment = FakeLink(CLEARING).moment
    records = (token_record(moment + timedelta(days=1)), token_record(moment - timedelta(days=1)))
    reply = said(
        wire.GetRoamingAuthorisationListUpdatesResponse(result=result("ok"), roaming_authorisation_info=records)
    )
    hub = FakeLink(CLEARING, [reply])
    read = await pages(ochp, hub, m.FetchTokens(since=NOON))
    tokens = [token for answer in read for token in answer.tokens]
    assert [(token.contract_id, token.valid) for token in tokens] == [(CONTRACT, True), (CONTRACT, False)]
    (asked,) = hub.asked
    sent = decode_document(wire.GetRoamingAuthorisationListUpdatesRequest, opened(asked.body).child).model
    assert sent.last_update == NOON


@pytest.mark.parametrize("names", [("evse", "EVSE"), ("chargePointInfoArray", "ChargePointInfoArray")])
async def test_what_the_stream_cannot_make_sense_of_is_read_as_a_whole(
    names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "LONG", 0)
    reply = charge_points(2)
    odd = replace(reply, body=reply.body.replace(names[0].encode(), names[1].encode()))
    (answer,) = await pages(ochp, FakeLink(CLEARING, [odd]), m.FetchEvses())
    assert len(answer.locations) == 2


async def test_a_list_before_its_result_and_one_in_another_encoding_are_read_as_a_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pulling, "LONG", 0)
    plain = charge_points(1).body.decode()
    start, end = plain.index("<result>"), plain.index("</result>") + len("</result>")
    moved = plain[:start] + plain[end:].replace("</GetCharge", plain[start:end] + "</GetCharge", 1)
    latin = plain.replace("Parkhaus am Hafen", "Parkhaus am Köhlbrand").encode("cp1252")
    names = []
    for body in (moved.encode(), latin):
        (answer,) = await pages(ochp, FakeLink(CLEARING, [HttpResponse(body=body)]), m.FetchEvses())
        names.append(answer.locations[0].names[0].text)
    assert names == ["Parkhaus am Hafen", "Parkhaus am Köhlbrand"]


async def test_a_torn_answer_is_undecodable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "LONG", 0)
    torn = HttpResponse(body=charge_points(2).body[:-40])
    with pytest.raises(Undecodable):
        await pages(ochp, FakeLink(CLEARING, [torn]), m.FetchEvses())


# --- jobs --------------------------------------------------------------------------------------------------------


def checked(*cdrs: Cdr) -> HttpResponse:
    infos = ochp.writes[m.Cdrs](m.Cdrs(cdrs=cdrs))[0].model.cdr_info_array  # type: ignore[attr-defined]
    return said(wire.CheckCdrsResponse(result=result("ok"), cdr_info_array=infos))


async def test_the_gateway_hears_what_became_of_our_cdrs() -> None:
    statuses = (CdrStatus.DECLINED, CdrStatus.REJECTED, CdrStatus.APPROVED)
    declined, rejected, approved = (replace(BILL, status=status) for status in statuses)
    hub = FakeLink(CLEARING, [checked(declined), checked(rejected, approved), checked(approved)])
    backend = Recorder([None, None, None])
    assert await review_cdrs(hub, backend) is None
    assert await review_closed_cdrs(hub, backend) is None
    asked = [
        decode_document(wire.CheckCdrsRequest, opened(request.body).child).model.cdr_status for request in hub.asked
    ]
    assert asked == ["declined", "rejected", "approved"]
    told = [(type(message), message.cdr.id, message.cdr.status) for message in backend.asked]  # type: ignore[attr-defined]
    assert told == [(m.ReviewCdr, "DEABC0001", status) for status in statuses]
    assert {message.asked_at for message in backend.asked} == {hub.moment}  # type: ignore[attr-defined]


def test_each_hub_says_which_lists_are_kept_up_with() -> None:
    pulls = {
        (adapter.name, job.role, job.pull, job.full)
        for adapter in (oicp, emip, ochp)
        for job in adapter.jobs
        if job.pull is not None
    }
    assert pulls == {
        ("oicp", Role.EMSP, m.FetchEvses, False),
        ("oicp", Role.EMSP, m.FetchStatuses, True),
        ("oicp", Role.EMSP, m.FetchCdrs, False),
        ("oicp", Role.EMSP, m.FetchTariffs, False),
        ("oicp", Role.EMSP, m.FetchEvseTariffs, False),
        ("ochp", Role.EMSP, m.FetchEvses, False),
        ("ochp", Role.EMSP, m.FetchStatuses, False),
        ("ochp", Role.CPO, m.FetchTokens, False),
        ("ochp", Role.EMSP, m.FetchTariffs, False),
    }


def test_every_job_has_one_thing_to_do_and_names_are_not_repeated() -> None:
    for adapter in (oicp, emip, ochp):
        names = [job.name for job in adapter.jobs]
        assert len(names) == len(set(names))
        assert [job.name for job in adapter.jobs if (job.run is None) == (job.pull is None)] == []
        assert [job.pull for job in adapter.jobs if job.pull is not None and job.pull not in adapter.sends] == []
