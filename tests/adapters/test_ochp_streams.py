"""Long lists of the clearing house over real HTTP, both ways: piece by piece, never whole in memory."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from lxml import etree

from gateway.endpoints import Endpoints
from gateway.errors import Invalid, NoAnswer, Refused, Undecodable
from gateway.gateway import Gateway
from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.ids import EvseId
from gateway.model.location import Location
from gateway.ports import Connection
from gateway.store import pulls as store
from gateway.streaming import SHOWN
from gateway.transport import HttpLink
from gateway.web.hosting import Hosted
from gateway.wire import decode_document
from gateway.wire.soap import opened
from gateway.wire.wsse import UsernameToken
from gateway.wire.wsse import read as user_of
from gateway_ochp import adapter, pulling, uploading, wire
from gateway_ochp.profile import ECLEARING
from gateway_ochp.translate.locations import CHARGE_POINT
from tests.adapters.test_ochp_sends import CONNECTION, PLACE, result, said
from tests.adapters.test_pulling import charge_points, pages
from tests.adapters.test_pulling_memory import long_list
from tests.support import CONFORMANCE, FakeLink, needs_conformance

EMP = replace(CONNECTION, name="clearing-emp", role=Role.EMSP)
MANY = 4000


@dataclass
class ClearingHouse:
    """Answers every request with `pieces`; `cut` says after how many bytes the connection is lost."""

    pieces: list[bytes] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    sent: int = 0
    asked: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.asked.append(({name.decode(): value.decode() for name, value in scope["headers"]}, body))
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for piece in self.pieces:
            if self.cut is not None and self.sent + len(piece) > self.cut:
                raise ConnectionResetError
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            self.sent += len(piece)
        await send({"type": "http.response.body", "body": b""})


class Link(HttpLink):
    """As a gateway hands it to an adapter, but without a journal."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, ECLEARING)
        self.endpoints = Endpoints()


@asynccontextmanager
async def standing(house: ClearingHouse, connection: Connection = EMP) -> AsyncIterator[Link]:
    async with Hosted(house) as hosted:
        link = Link(replace(connection, urls={"": hosted.url}))
        try:
            yield link
        finally:
            await link.close()


def cut(body: bytes, size: int = 30_000) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


async def read(link: Any) -> list[str]:
    return [
        str(place.evses[0].evse_id)
        async for page in adapter.pages[m.FetchEvses](link, m.FetchEvses())
        for place in page.locations
    ]


# --- inward ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True])
async def test_a_long_list_is_read_as_it_comes(packed: bool) -> None:
    body = long_list(MANY)
    house = ClearingHouse(cut(gzip.compress(body) if packed else body), {"content-encoding": "gzip"} if packed else {})
    async with standing(house) as link:
        assert await read(link) == [f"DE*ABC*E{number}" for number in range(MANY)]
    ((headers, _),) = house.asked
    assert headers["accept-encoding"] == "gzip"
    assert headers["soapaction"] == '"http://ochp.eu/1.4/GetChargePointList"'


async def test_no_more_is_taken_from_the_network_than_is_worked_on() -> None:
    house = ClearingHouse(cut(long_list(20_000)))
    total = sum(map(len, house.pieces))
    async with standing(house) as link:
        answers = adapter.pages[m.FetchEvses](link, m.FetchEvses())
        first = await anext(answers)
        for _ in range(50):
            await asyncio.sleep(0.01)
        assert len(first.locations) >= pulling.PORTION
        assert house.sent < total - 4_000_000
        assert sum([len(page.locations) async for page in answers]) + len(first.locations) == 20_000
    assert house.sent == total


def torn(body: bytes) -> ClearingHouse:
    return ClearingHouse(cut(body), {"content-length": str(len(body))}, cut=len(body) - 50_000)


BROKEN: dict[str, tuple[Callable[[bytes], ClearingHouse], type[Exception]]] = {
    "the connection is lost": (torn, NoAnswer),
    "the packed answer ends early": (
        lambda body: ClearingHouse(cut(gzip.compress(body)[:-2000]), {"content-encoding": "gzip"}),
        NoAnswer,
    ),
    "it is not packed at all": (lambda body: ClearingHouse(cut(body), {"content-encoding": "gzip"}), NoAnswer),
    "it is packed in a way nobody asked for": (
        lambda body: ClearingHouse(cut(body), {"content-encoding": "br"}),
        NoAnswer,
    ),
    "the document ends early": (lambda body: ClearingHouse(cut(body[:-50_000])), Undecodable),
}


@pytest.mark.parametrize("how", BROKEN)
async def test_after_an_answer_that_breaks_off_the_next_pull_begins_where_this_one_did(how: str) -> None:
    made, error = BROKEN[how]
    platform = Platform()
    async with standing(made(long_list(MANY))) as link:
        gateway = Gateway({EMP.name: link.connection}, platform, link=lambda _: link)
        try:
            with pytest.raises(error):
                await gateway.pulls.pull(EMP.name, m.FetchEvses)
            mark = await gateway.database.read(lambda t: store.watermark(t, EMP.name, "FetchEvses"))
            (record,) = await gateway.journal.records(connection=EMP.name)
        finally:
            await gateway.stop()
    assert mark.since is None
    assert (record.error or "").startswith(error.__name__) is (error is NoAnswer)
    assert record.response is not None
    assert len(record.response) < 2 * SHOWN


@dataclass
class Platform:
    places: list[Location] = field(default_factory=list)

    async def publish_evses(self, _: Connection, message: m.PublishEvses) -> m.Publication:
        self.places += message.locations
        return m.Publication(accepted=True)


async def test_the_journal_keeps_the_beginning_the_length_and_the_end_of_a_long_answer() -> None:
    body, platform = long_list(MANY), Platform()
    async with standing(ClearingHouse(cut(body))) as link:
        gateway = Gateway({EMP.name: link.connection}, platform, link=lambda _: link)
        try:
            report = await gateway.pulls.pull(EMP.name, m.FetchEvses)
            (record,) = await gateway.journal.records(connection=EMP.name)
        finally:
            await gateway.stop()
    assert (report.received, report.unread, len(platform.places)) == (MANY, 0, MANY)
    assert (record.status, record.error, record.operation) == (200, None, "FetchEvses")
    assert record.response is not None
    shown = record.response
    assert len(shown) < SHOWN + 1000
    assert f"of {len(body)} bytes are not kept" in shown
    assert shown.endswith("</soap:Body></soap:Envelope>")
    assert CONNECTION.credentials.password not in record.request


# --- what else an answer can be ----------------------------------------------------------------------------------


@pytest.fixture
def streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "LONG", 0)


async def locations(body: bytes, status: int = 200) -> list[m.Locations]:
    return list(await pages(adapter, FakeLink(EMP, [HttpResponse(status=status, body=body)]), m.FetchEvses()))


@pytest.mark.usefixtures("streamed")
async def test_a_list_before_its_result_is_heard_out_before_anything_is_given_on() -> None:
    plain = long_list(MANY).decode()
    start, end = plain.index("<result>"), plain.index("</result>") + len("</result>")
    said_late = plain[:start] + plain[end:].replace("</GetCharge", plain[start:end] + "</GetCharge", 1)
    assert sum(len(page.locations) for page in await locations(said_late.encode())) == MANY
    hub = FakeLink(EMP, [HttpResponse(body=said_late.replace(">ok<", ">server<").encode())])
    answers = adapter.pages[m.FetchEvses](hub, m.FetchEvses())
    with pytest.raises(Refused, match="server"):
        await anext(answers)


@pytest.mark.usefixtures("streamed")
async def test_a_long_list_without_any_result_gives_nothing() -> None:
    plain = long_list(10)
    start, end = plain.index(b"<result>"), plain.index(b"</result>") + len(b"</result>")
    with pytest.raises(Undecodable, match="there is no result"):
        await locations(plain[:start] + plain[end:])


@pytest.mark.usefixtures("streamed")
async def test_one_bad_record_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(info: wire.ChargePointInfo) -> Location:
        if info.evse_id == "DE*ABC*E1":
            raise ValueError("of this record alone")
        return CHARGE_POINT.read_plain(info)

    listing = replace(pulling.CHARGE_POINTS, record=replace(CHARGE_POINT, read_plain=fails))
    monkeypatch.setattr(pulling, "CHARGE_POINTS", listing)
    for long in (0, 10**9):
        monkeypatch.setattr(pulling, "LONG", long)
        (page,) = await locations(charge_points(3).body)
        assert [str(place.evses[0].evse_id) for place in page.locations] == ["DE*ABC*E0", "DE*ABC*E2"]
        assert page.page is not None
        assert page.page.unread == (
            "/GetChargePointListResponse/chargePointInfoArray[2]: it cannot be read (ValueError)",
        )


@pytest.mark.usefixtures("streamed")
async def test_what_stands_between_the_records_is_named_and_costs_nothing() -> None:
    body = charge_points(3).body.replace(b"<chargePointInfoArray", b"<note>a</note><chargePointInfoArray")
    assert body.count(b"note>a<") == 3
    (page,) = await locations(body)
    assert len(page.locations) == 3
    assert page.page is not None
    assert page.page.unread == ("/GetChargePointListResponse/note: not known here",)


@pytest.mark.usefixtures("streamed")
async def test_a_record_without_a_readable_key_stays_and_is_named() -> None:
    (page,) = await locations(charge_points(2).body.replace(b"DE*ABC*E1", b""))
    assert [place.evses[0].evse_id for place in page.locations] == [EvseId.parse("DE*ABC*E0"), None]
    assert page.page is not None
    assert page.page.unread == ("/GetChargePointListResponse/chargePointInfoArray[2]: it has no readable evse id",)


@pytest.mark.usefixtures("streamed")
async def test_another_release_and_another_encoding_are_read_in_a_stream() -> None:
    body = charge_points(2).body
    (older,) = await locations(body.replace(b'"http://ochp.eu/1.4"', b'"http://ochp.eu/1.4.1"'))
    latin = body.decode().replace("Parkhaus am Hafen", "Parkhaus am Köhlbrand").encode("cp1252")
    (named,) = await locations(latin)
    (plain,) = await locations(body)
    assert older.locations == plain.locations
    assert [place.extensions for place in older.locations] == [place.extensions for place in plain.locations]
    assert {place.names[0].text for place in named.locations} == {"Parkhaus am Köhlbrand"}


@pytest.mark.usefixtures("streamed")
@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"<html>" + b"x" * 100_000, 200, Undecodable),
        (b"<html>" + b"x" * 100_000, 500, Undecodable),
        (b"", 200, Undecodable),
        (b'<!DOCTYPE x [<!ENTITY e "e">]>' + charge_points(1).body[38:], 200, Undecodable),
        (said(wire.GetStatusResponse(evse=())).body, 200, Undecodable),
    ],
    ids=["no XML", "a page of an error", "nothing", "a document type", "another message"],
)
async def test_what_is_no_such_list_is_an_error(body: bytes, status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        await locations(body, status)


# --- outward -----------------------------------------------------------------------------------------------------


def places(count: int) -> tuple[Location, ...]:
    evse = PLACE.evses[0]
    return tuple(
        replace(PLACE, evses=(replace(evse, evse_id=EvseId.parse(f"DE*ABC*E{number}")),)) for number in range(count)
    )


@pytest.fixture
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(CONFORMANCE / "ochp/contract/ochp-1.4-all.xsd")))


@needs_conformance
@pytest.mark.parametrize(
    ("action", "reply", "soap_action"),
    [
        (m.PushAction.REPLACE_ALL, wire.SetChargePointListResponse, "SetChargepointList"),
        (m.PushAction.UPDATE, wire.UpdateChargePointListResponse, "UpdateChargePointList"),
        (m.PushAction.DELETE, wire.UpdateChargePointListResponse, "UpdateChargePointList"),
    ],
)
async def test_a_long_list_goes_out_as_one_body_of_known_length(
    action: m.PushAction, reply: Any, soap_action: str, schema: etree.XMLSchema
) -> None:
    message = m.PublishEvses(action=action, locations=places(MANY))
    house = ClearingHouse([said(reply(result=result("ok"))).body])
    async with standing(house, CONNECTION) as link:
        answer = await adapter.sends[m.PublishEvses](link, message)
    assert answer.accepted is True
    ((headers, body),) = house.asked
    assert headers["content-length"] == str(len(body))
    assert "transfer-encoding" not in headers
    assert headers["soapaction"] == f'"http://ochp.eu/1.4/{soap_action}"'
    envelope = opened(body, trusted=True)
    user = CONNECTION.credentials
    assert user_of(envelope.header) == UsernameToken(user.username, user.password)
    schema.assertValid(envelope.child)
    assert len(envelope.child) == MANY


async def test_record_by_record_a_list_goes_out_as_it_would_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    received = CHARGE_POINT.read(
        decode_document(wire.ChargePointInfo, opened(charge_points(1).body).child[1]).model.put()
    )
    message = m.PublishEvses(action=m.PushAction.REPLACE_ALL, locations=(*places(2), received, *places(1)))
    sent = []
    for long in (10**9, 1):
        monkeypatch.setattr(uploading, "LONG", long)
        hub = FakeLink(CONNECTION, [said(wire.SetChargePointListResponse(result=result("ok")))])
        await adapter.sends[m.PublishEvses](hub, message)
        sent.append(etree.tostring(opened(hub.asked[0].body).child, method="c14n", exclusive=True))
    assert sent[0] == sent[1]


async def test_a_record_that_breaks_a_rule_stops_the_whole_list_before_it_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploading, "LONG", 1)
    first, second, third = places(3)
    broken = replace(second, address=None)
    hub = FakeLink(CONNECTION)
    with pytest.raises(Invalid) as raised:
        await adapter.sends[m.PublishEvses](hub, m.PublishEvses(locations=(first, broken, third)))
    assert hub.asked == []
    assert {finding.pointer.rpartition("/")[0] for finding in raised.value.findings} == {
        "/UpdateChargePointListRequest/chargePointInfoArray[2]"
    }


async def test_the_journal_keeps_the_beginning_and_the_end_of_a_long_request() -> None:
    house = ClearingHouse([said(wire.SetChargePointListResponse(result=result("ok"))).body])
    async with standing(house, CONNECTION) as link:
        gateway = Gateway({CONNECTION.name: link.connection}, Platform(), link=lambda _: link)
        try:
            await gateway.hub(CONNECTION.name).send(
                m.PublishEvses(action=m.PushAction.REPLACE_ALL, locations=places(MANY))
            )
            (record,) = await gateway.journal.records(connection=CONNECTION.name)
        finally:
            await gateway.stop()
    ((_, body),) = house.asked
    assert len(record.request) < SHOWN + 1000 < len(body)
    assert f"of {len(body)} bytes are not kept" in record.request
    assert record.request.endswith("</ns:SetChargePointListRequest></soap:Body></soap:Envelope>")
    assert "p&lt;ss" not in record.request
