"""CDRs that an EMSP fetches from its hub: each reaches the backend once, whichever way it came first."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.errors import Invalid, NoAnswer, UnknownConnection, Unsupported
from gateway.gateway import Gateway
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.session import SessionIds
from gateway.ports import Connection
from gateway.pulls import Pulls
from gateway.store import pulls as store
from gateway.wire import document
from gateway.wire.json import json_text, parse_json
from gateway_oicp.forms import CHARGE_DETAIL_RECORD
from tests.adapters.oicp_values import EMP, SESSION, at, json_reply, record

CDR_PATH = "/api/oicp/cdrmgmt/v22/operators/NL%2ALON/charge-detail-record"
DAY = timedelta(days=1)
NOON = at(12)


def session(number: int) -> str:
    return f"{number:08}{SESSION[8:]}"


def cdr(number: int, **more: Any) -> Any:
    return document(
        CHARGE_DETAIL_RECORD.write(m.SubmitCdr(cdr=record(session=SessionIds(hub=session(number)), **more)))
    )


@dataclass
class Hub:
    """CDRs by the time at which they were taken, and whether they could be handed on."""

    connection: Connection
    moment: datetime = NOON
    taken: list[tuple[datetime, bool, Any]] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    answers: int = 10**6

    def now(self) -> datetime:
        return self.moment

    def new_id(self) -> str:
        return SESSION

    def take(self, *trees: Any, forwarded: bool = False) -> None:
        self.taken += [(self.moment, forwarded, tree) for tree in trees]

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        if self.answers == 0:
            raise NoAnswer("timeout")
        self.answers -= 1
        wish = parse_json(request.body)
        self.asked.append(wish)
        number, size = (int(part.partition("=")[2]) for part in request.query.split("&"))
        begin, end = (datetime.fromisoformat(wish[name]) for name in ("From", "To"))
        found = [
            tree
            for at_, forwarded, tree in self.taken
            if begin <= at_ <= end and wish.get("CDRForwarded") in (None, forwarded)
        ]
        content = found[number * size : (number + 1) * size]
        last = (number + 1) * size >= len(found)
        return json_reply({"content": content, "last": last, "number": number, "StatusCode": {"Code": "000"}})


@dataclass
class Platform:
    cdrs: list[str] = field(default_factory=list)

    async def submit_cdr(self, _: Connection, message: m.SubmitCdr) -> m.CdrReceipt:
        assert message.cdr is not None
        self.cdrs.append((message.cdr.session.hub or "")[:8])
        return m.CdrReceipt(accepted=True)


@dataclass
class Stand:
    hub: Hub
    platform: Any
    gateway: Gateway

    async def pull(self, **how: bool) -> tuple[int, int, bool]:
        report = await self.gateway.pulls.pull(self.hub.connection.name, m.FetchCdrs, **how)
        await self.gateway.inward.hand_over()
        return report.received, report.changed, report.full

    async def pushed(self, tree: Any) -> bool:
        request = HttpRequest(method="POST", path=CDR_PATH, body=json_text(tree).encode())
        reply = await self.gateway.handle(self.hub.connection.name, request)
        await self.gateway.inward.hand_over()
        return bool(parse_json(reply.body)["Result"])

    def later(self, **time: float) -> None:
        self.hub.moment += timedelta(**time)

    @property
    def question(self) -> tuple[timedelta, timedelta, bool | None]:
        """How far before now the last question began and ended, and whether it was for what was not handed on."""
        asked = self.hub.asked[-1]
        begin, end = (self.hub.moment - datetime.fromisoformat(asked[name]) for name in ("From", "To"))
        return begin, end, asked.get("CDRForwarded")


@pytest.fixture
async def stand(request: pytest.FixtureRequest) -> AsyncIterator[Stand]:
    options = getattr(request, "param", {"page_size": 2})
    connection = replace(EMP, urls={"": "http://hub"}, options=options, insecure_loopback=True)
    hub, platform = Hub(connection), Platform()
    gateway = Gateway({connection.name: connection}, platform, link=lambda _: hub)
    gateway.pulls = Pulls(gateway.database, gateway.hubs, gateway.backend, hub.now, gateway.inward.answer)
    yield Stand(hub, platform, gateway)
    await gateway.stop()


# --- once --------------------------------------------------------------------------------------------------------


async def test_what_the_hub_could_not_hand_on_is_fetched_and_given_once(stand: Stand) -> None:
    stand.hub.take(*map(cdr, (1, 2, 3)))
    assert await stand.pull() == (3, 3, True)
    assert stand.platform.cdrs == ["00000001", "00000002", "00000003"]
    for full in (False, True, True):
        received, new, _ = await stand.pull(full=full)
        assert (received, new) == (3, 0)
    assert len(stand.platform.cdrs) == 3


async def test_what_was_pushed_is_not_given_again(stand: Stand) -> None:
    assert await stand.pushed(cdr(1))
    stand.hub.take(cdr(1), forwarded=True)
    stand.hub.take(cdr(2))
    assert await stand.pull() == (2, 1, True)
    assert stand.platform.cdrs == ["00000001", "00000002"]


async def test_what_was_fetched_and_is_pushed_later_is_acknowledged_and_not_given_again(stand: Stand) -> None:
    stand.hub.take(cdr(1))
    await stand.pull()
    assert await stand.pushed(cdr(1))
    assert stand.platform.cdrs == ["00000001"]


async def test_another_record_of_a_session_that_is_known_is_not_given(stand: Stand) -> None:
    await stand.pushed(cdr(1))
    stand.hub.take(cdr(1, product_id="DC"))
    assert await stand.pull() == (1, 0, True)
    assert stand.platform.cdrs == ["00000001"]


async def test_a_record_that_cannot_be_read_is_named_and_costs_no_other(stand: Stand) -> None:
    stand.hub.take(cdr(1), "lost", cdr(3))
    report = await stand.gateway.pulls.pull(EMP.name, m.FetchCdrs)
    assert (report.received, report.changed, report.unread) == (2, 2, 1)
    assert report.words == "/content/1: content: an object is expected, not a text"


# --- how far -----------------------------------------------------------------------------------------------------


async def test_every_hour_for_what_is_new_and_once_a_day_for_all(stand: Stand) -> None:
    await stand.pull()
    assert stand.question == (31 * DAY, timedelta(), None)
    stand.later(hours=1)
    assert (await stand.pull())[2] is False
    assert stand.question == (DAY + timedelta(hours=1), timedelta(), False)
    stand.later(hours=23)
    assert (await stand.pull())[2] is True
    assert stand.question == (31 * DAY, timedelta(), None)


async def test_a_cdr_that_the_hub_wrongly_holds_for_handed_on_is_found_within_a_day(stand: Stand) -> None:
    await stand.pull()
    stand.hub.take(cdr(1), forwarded=True)
    stand.later(hours=1)
    assert (await stand.pull())[1] == 0
    stand.later(hours=23)
    assert (await stand.pull())[1] == 1


async def test_a_gateway_that_stood_still_begins_where_it_stopped(stand: Stand) -> None:
    await stand.pull()
    stand.later(days=200)
    await stand.pull()
    first = datetime.fromisoformat(stand.hub.asked[1]["From"])
    assert stand.hub.moment - first == 201 * DAY
    assert len(stand.hub.asked) == 1 + 3


@pytest.mark.parametrize("answers", [0, 1])
async def test_a_page_that_fails_moves_nothing_and_loses_nothing(stand: Stand, answers: int) -> None:
    stand.hub.take(*map(cdr, (1, 2, 3)))
    stand.hub.answers = answers
    with pytest.raises(NoAnswer):
        await stand.pull()
    mark = await stand.gateway.database.read(lambda read: store.watermark(read, EMP.name, "FetchCdrs"))
    assert mark == store.Watermark()
    stand.hub.answers = 10
    assert await stand.pull() == (3, 3 - 2 * answers, True)
    assert stand.platform.cdrs == ["00000001", "00000002", "00000003"]


WRONG: list[dict[str, Any]] = [{"look_back": 7}, {"enabled": "yes"}, {"look_back_days": "x"}]

# --- settings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stand", [{"cdr_pulls": {"enabled": False}}], indirect=True)
async def test_it_can_be_switched_off(stand: Stand) -> None:
    report = await stand.gateway.pulls.pull(EMP.name, m.FetchCdrs)
    assert (report.words, stand.hub.asked) == ("not asked for: cdr_pulls is off", [])


@pytest.mark.parametrize("stand", [{"cdr_pulls": {"look_back_days": 7, "overlap_seconds": 60}}], indirect=True)
async def test_how_far_it_looks_back_can_be_set(stand: Stand) -> None:
    await stand.pull()
    assert stand.question[0] == 7 * DAY
    stand.later(hours=1)
    await stand.pull()
    assert stand.question[0] == timedelta(hours=1, seconds=60)


@pytest.mark.parametrize("stand", [{"cdr_pulls": wrong} for wrong in WRONG], indirect=True)
async def test_a_wrong_setting_is_named(stand: Stand) -> None:
    with pytest.raises(Invalid) as caught:
        await stand.pull()
    assert caught.value.findings[0].pointer == f"/connections/{EMP.name}/options/cdr_pulls"


async def test_a_platform_that_takes_no_cdrs_is_not_troubled(stand: Stand) -> None:
    gateway = Gateway({EMP.name: stand.hub.connection}, object(), link=lambda _: stand.hub)
    report = await gateway.pulls.pull(EMP.name, m.FetchCdrs)
    await gateway.stop()
    assert (report.words, stand.hub.asked) == ("not asked for: no SubmitCdr is taken", [])


async def test_other_hubs_have_no_such_list(stand: Stand) -> None:
    with pytest.raises(UnknownConnection):
        await stand.gateway.pulls.pull("nobody", m.FetchCdrs)
    with pytest.raises(Unsupported):
        await stand.gateway.pulls.pull(EMP.name, m.FetchCdr)
