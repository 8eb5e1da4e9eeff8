import asyncio
import importlib
import json
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

import gateway
from gateway import BlockingGateway
from gateway.canonical import from_json
from gateway.delivery.deliveries import Delivery
from gateway.errors import BackendFailed, ForeignOperator, Invalid, NoAnswer, Refused, UnknownConnection, Unsupported
from gateway.gateway import Gateway
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.location import Evse, Location
from gateway.model.session import AuthMethod, SessionIds, SessionStatus
from gateway.ports import Connection, Credentials
from gateway.sessions import KnownSession
from gateway.store import Database, inbox
from tests.scenarios import toy
from tests.support import FakeLink

pytestmark = pytest.mark.usefixtures("toy_protocol")
BEGIN, END = datetime(2026, 1, 15, 10, tzinfo=UTC), datetime(2026, 1, 15, 11, tzinfo=UTC)
YES, NO = b'{"result": "yes"}', b'{"result": "no"}'
OPENED = b'{"result": "yes", "session": "H-1"}'
RECORD = {
    "session": "H-1",
    "evse": "DE*LON*E1111*1",
    "uid": "04A2B3C4D5E680",
    "begin": "2026-01-15T10:00:00+00:00",
    "end": "2026-01-15T11:00:00+00:00",
    "kwh": 12.5,
}
RECEIVED = Cdr(session=SessionIds(hub="H-1"), evse=toy.OURS, token=toy.CARD, start=BEGIN, end=END,
               energy_kwh=Decimal("12.5"))  # fmt: skip


@dataclass
class Platform:
    """A platform with a script for each question; it writes down what it is asked."""

    asked: list[m.Message[Any]] = field(default_factory=list)
    heard: list[Delivery] = field(default_factory=list)
    cdrs: Callable[[m.SubmitCdr], m.CdrReceipt] = lambda _: m.CdrReceipt(accepted=True)

    async def authorize_token(self, connection: Connection, message: m.AuthorizeToken) -> m.Authorization:
        self.asked.append(message)
        return m.Authorization(allowed=m.Allowed.ALLOWED, session=SessionIds(emsp="E-1"))

    def start_session(self, connection: Connection, message: m.StartSession) -> m.CommandResult:
        assert threading.current_thread() is not threading.main_thread()
        self.asked.append(message)
        return m.CommandResult(status=m.CommandStatus.ACCEPTED, session=SessionIds(cpo="LON-1"))

    async def submit_cdr(self, connection: Connection, message: m.SubmitCdr) -> m.CdrReceipt:
        self.asked.append(message)
        return self.cdrs(message)

    async def delivery_changed(self, delivery: Delivery) -> None:
        self.heard.append(delivery)


@dataclass
class Stand:
    """A gateway with one connection, whose hub answers from a list."""

    link: FakeLink
    platform: Any
    gateway: Gateway

    def says(self, *bodies: bytes | Exception) -> None:
        self.link.replies += [body if isinstance(body, Exception) else HttpResponse(body=body) for body in bodies]

    async def call(self, path: str, document: Any = None, **headers: str) -> dict[str, Any]:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        reply = await self.gateway.handle("toy", HttpRequest(path=path, body=body, headers=headers))
        assert reply.status == 200
        said: dict[str, Any] = json.loads(reply.body)
        return said

    async def items(self) -> list[inbox.Item]:
        return list(await self.gateway.database.read(inbox.listed))


Make = Callable[..., Awaitable[Stand]]


@pytest.fixture
async def stand() -> Any:
    made: list[Gateway] = []

    async def make(
        platform: Any = None, *, start: bool = True, database: Database | None = None, **changed: Any
    ) -> Stand:
        connection = toy.connection(**changed)
        link = FakeLink(connection)
        platform = platform or Platform()
        gateway = Gateway(
            {"toy": connection}, platform, link=lambda _: link, first_wait_seconds=0.01, database=database
        )
        made.append(gateway)
        if start:
            await gateway.start()
        return Stand(link, platform, gateway)

    yield make
    for one in made:
        await one.stop()


async def until(condition: Callable[[], Awaitable[bool] | bool], seconds: float = 5.0) -> None:
    for _ in range(round(seconds / 0.01)):
        found = condition()
        if found if isinstance(found, bool) else await found:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that")


def cdr(**changed: Any) -> m.SubmitCdr:
    plain = Cdr(id="C1", session=SessionIds(cpo="LON-1"), start=BEGIN, end=END, energy_kwh=Decimal("12.5"))
    return m.SubmitCdr(cdr=replace(plain, **changed))


# --- outward -----------------------------------------------------------------------------------------------------

ASK = m.AuthorizeToken(token=toy.CARD, evse=toy.OURS, session=SessionIds(cpo="LON-1"))


async def test_a_question_is_asked_at_once_and_its_session_is_known_before_the_caller_hears(stand: Make) -> None:
    here = await stand(start=False)
    here.says(OPENED)
    answer = await here.gateway.hub("toy").send(ASK)
    assert answer == m.Authorization(allowed=m.Allowed.ALLOWED, session=SessionIds(hub="H-1"))
    (known,) = await here.gateway.sessions.listed()
    assert known == KnownSession(
        id=known.id,
        connection="toy",
        ids=SessionIds(hub="H-1", cpo="LON-1"),
        evse=toy.OURS,
        token=toy.CARD,
        auth_method=AuthMethod.AUTH_REQUEST,
        status=SessionStatus.PENDING,
        began_at=known.began_at,
    )
    assert [json.loads(request.body) for request in here.link.asked] == [
        {"evse": "DE*LON*E1111*1", "uid": "04A2B3C4D5E680", "name": "LON-1"}
    ]


async def test_a_refused_driver_is_an_answer_and_opens_no_session(stand: Make) -> None:
    here = await stand(start=False)
    here.says(b'{"result": "no", "session": "H-1", "text": "blocked"}')
    assert (await here.gateway.hub("toy").send(ASK)).allowed is m.Allowed.NOT_ALLOWED
    assert await here.gateway.sessions.listed() == []


async def test_where_the_session_cannot_be_recorded_the_driver_is_not_admitted(stand: Make) -> None:
    here = await stand(start=False)
    here.says(OPENED)
    await here.gateway.database.write(lambda transaction: transaction.execute(text("DROP TABLE gateway_sessions")))
    with pytest.raises(Exception, match="no such table: gateway_sessions"):
        await here.gateway.hub("toy").send(ASK)


@pytest.mark.parametrize(
    "message",
    [
        m.AuthorizeToken(token=toy.CARD, evse=toy.FOREIGN),
        m.AuthorizeToken(token=toy.CARD, operator=PartyId.parse("FR*XXX")),
        cdr(evse=toy.FOREIGN),
        cdr(evse=toy.OURS, operator=PartyId.parse("FR*XXX")),
    ],
)
async def test_nothing_is_said_for_an_operator_that_is_not_on_the_connection(
    stand: Make, message: m.Message[Any]
) -> None:
    here = await stand(start=False)
    with pytest.raises(ForeignOperator, match=r"FR\*XXX is not an operator of connection toy"):
        await here.gateway.hub("toy").send(message)
    assert here.link.asked == []


@pytest.mark.parametrize(
    "message",
    [
        m.SubmitCdrs(cdrs=(Cdr(evse=toy.OURS), Cdr(evse=toy.FOREIGN))),
        m.PublishStatuses(statuses=(m.EvseStatusReport(evse=toy.FOREIGN),)),
        m.PublishEvses(locations=(Location(evses=(Evse(evse_id=toy.OURS), Evse(evse_id=toy.FOREIGN))),)),
        m.PublishEvses(locations=(Location(operator=PartyId.parse("FR*XXX")),)),
    ],
)
async def test_one_foreign_record_in_a_batch_holds_the_batch(
    stand: Make, message: m.Message[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await stand(start=False)
    hub = here.gateway.hub("toy")
    monkeypatch.setattr(hub, "adapter", replace(toy.adapter, sends={type(message): toy.submit_cdr}))
    with pytest.raises(ForeignOperator):
        await hub.send(message)
    assert here.link.asked == []


async def test_what_the_hub_has_no_operation_for_is_unsupported(stand: Make) -> None:
    here = await stand(start=False)
    with pytest.raises(Unsupported, match="Toyland has no operation for StopSession"):
        await here.gateway.hub("toy").send(m.StopSession())
    with pytest.raises(UnknownConnection):
        here.gateway.hub("elsewhere")


async def test_a_cdr_is_completed_from_its_session_and_delivered_once(stand: Make) -> None:
    here = await stand()
    here.says(OPENED, YES)
    await here.gateway.hub("toy").send(ASK)
    owed = await here.gateway.submit("toy", cdr())
    full = cdr(session=SessionIds(hub="H-1", cpo="LON-1"), token=toy.CARD, evse=toy.OURS,
               auth_method=AuthMethod.AUTH_REQUEST)  # fmt: skip
    assert (owed.message, owed.session, owed.lane) == (full, "H-1", "toy/cdr/DELON")
    await here.gateway.engine.idle()
    assert (await here.gateway.submit("toy", cdr())).id == owed.id
    await here.gateway.engine.idle()
    assert [json.loads(request.body) for request in here.link.asked[1:]] == [{**RECORD, "id": "C1"}]
    assert [(one.id, one.state) for one in await here.gateway.deliveries(state="accepted")] == [(owed.id, "accepted")]
    await until(lambda: len(here.platform.heard) == 1)
    assert here.platform.heard == list(await here.gateway.deliveries())
    assert [known.status for known in await here.gateway.sessions.listed()] == [SessionStatus.COMPLETED]


async def test_a_cdr_that_says_something_itself_is_not_overwritten(stand: Make) -> None:
    here = await stand(start=False)
    here.says(OPENED)
    await here.gateway.hub("toy").send(ASK)
    other = EvseId.parse("NL*LON*E2")
    owed = await here.gateway.submit("toy", cdr(session=SessionIds(hub="H-1", cpo="LON-9"), evse=other))
    assert owed.message == cdr(session=SessionIds(hub="H-1", cpo="LON-9"), evse=other, token=toy.CARD,
                               auth_method=AuthMethod.AUTH_REQUEST)  # fmt: skip


async def test_a_cdr_of_another_hub_session_takes_nothing_from_one_of_the_same_name(stand: Make) -> None:
    here = await stand(start=False)
    here.says(OPENED)
    await here.gateway.hub("toy").send(ASK)
    message = cdr(session=SessionIds(hub="H-2", cpo="LON-1"))
    assert (await here.gateway.submit("toy", message)).message == message


async def test_a_lost_answer_is_sent_again_word_for_word_and_closed_means_taken(stand: Make) -> None:
    here = await stand()
    here.says(NoAnswer("timeout"), b'{"result": "400", "text": "session is CLOSED"}')
    owed = await here.gateway.submit("toy", cdr(evse=toy.OURS, session=SessionIds(hub="H-1"), token=toy.CARD))
    await until(lambda: len(here.platform.heard) == 1)
    (ended,) = here.platform.heard
    assert (ended.id, ended.state, ended.tries, ended.code) == (owed.id, "accepted", 2, "400")
    assert here.link.asked[0] == here.link.asked[1]


async def test_a_refusal_is_kept_with_the_hubs_words_and_the_backend_hears_of_it(stand: Make) -> None:
    here = await stand()
    here.says(b'{"result": "018", "text": "wrong prefix"}')
    await here.gateway.submit("toy", cdr(evse=toy.OURS, session=SessionIds(hub="H-1"), token=toy.CARD))
    await until(lambda: len(here.platform.heard) == 1)
    assert [(one.state, one.code, one.words) for one in here.platform.heard] == [("refused", "018", "wrong prefix")]


async def test_an_incomplete_cdr_is_refused_before_it_is_sent(stand: Make) -> None:
    here = await stand()
    await here.gateway.submit("toy", cdr())
    await until(lambda: len(here.platform.heard) == 1)
    (ended,) = here.platform.heard
    assert (ended.state, ended.code) == ("refused", "invalid")
    assert ended.words == "not sent: /session: session is mandatory; /evse: evse is mandatory; /uid: uid is mandatory"
    assert here.link.asked == []


@pytest.mark.parametrize("message", [m.StartSession(evse=toy.OURS), m.StopSession(), ASK])
async def test_commands_are_never_owed(stand: Make, message: m.Message[Any]) -> None:
    here = await stand(start=False)
    with pytest.raises(Unsupported):
        await here.gateway.submit("toy", message)
    assert await here.gateway.deliveries() == []


async def test_a_backend_that_fails_to_hear_of_a_delivery_does_not_hold_the_lane(stand: Make) -> None:
    class Deaf:
        async def delivery_changed(self, delivery: Delivery) -> None:
            raise OSError("the platform is down")

    here = await stand(Deaf())
    here.says(YES, YES)
    for name in ("C1", "C2"):
        await here.gateway.submit("toy", cdr(id=name, evse=toy.OURS, session=SessionIds(hub=name), token=toy.CARD))
    await here.gateway.engine.idle()
    assert [one.state for one in await here.gateway.deliveries()] == ["accepted", "accepted"]


async def test_a_journal_that_cannot_be_written_does_not_make_a_refusal_of_an_acceptance(stand: Make) -> None:
    here = await stand()
    await here.gateway.database.write(lambda transaction: transaction.execute(text("DROP TABLE gateway_journal")))
    here.says(YES)
    await here.gateway.submit("toy", cdr(evse=toy.OURS, session=SessionIds(hub="H-1"), token=toy.CARD))
    await here.gateway.engine.idle()
    assert [one.state for one in await here.gateway.deliveries()] == ["accepted"]
    assert await here.call("/record", RECORD) == {"result": "yes"}


async def test_what_is_owed_outlives_the_process(stand: Make, tmp_path: Any) -> None:
    dsn = f"sqlite:///{tmp_path / 'gateway.sqlite'}"
    before = await stand(start=False, database=Database(dsn))
    owed = await before.gateway.submit("toy", cdr(evse=toy.OURS, session=SessionIds(hub="H-1"), token=toy.CARD))
    after = await stand(start=False, database=Database(dsn))
    after.says(YES)
    await after.gateway.start()
    await after.gateway.engine.idle()
    (ended,) = await after.gateway.deliveries()
    assert (ended.id, ended.state, ended.message) == (owed.id, "accepted", owed.message)


# --- inward ------------------------------------------------------------------------------------------------------


async def test_a_remote_start_is_answered_by_a_plain_backend_and_its_session_is_known(stand: Make) -> None:
    here = await stand(start=False)
    said = await here.call("/start", {"evse": "DE*LON*E1111*1", "uid": "04A2B3C4D5E680", "session": "H-1"})
    assert said == {"result": "yes", "name": "LON-1"}
    assert here.platform.asked == [m.StartSession(evse=toy.OURS, token=toy.CARD, session=SessionIds(hub="H-1"))]
    (known,) = await here.gateway.sessions.listed()
    assert known == KnownSession(
        id=known.id,
        connection="toy",
        ids=SessionIds(hub="H-1", cpo="LON-1"),
        evse=toy.OURS,
        token=toy.CARD,
        auth_method=AuthMethod.COMMAND,
    )


async def test_an_asynchronous_backend_authorises(stand: Make) -> None:
    here = await stand(start=False, role=Role.EMSP)
    assert (await here.call("/ask", {"evse": "DE*LON*E1", "uid": "04A2B3C4D5E680"}))["result"] == "yes"
    assert here.platform.asked == [m.AuthorizeToken(evse=EvseId.parse("DE*LON*E1"), token=toy.CARD)]


async def test_a_start_at_somebody_elses_charger_never_reaches_the_backend(stand: Make) -> None:
    here = await stand(start=False)
    assert await here.call("/start", {"evse": "FR*XXX*E1", "uid": "04A2B3C4D5E680", "session": "H-1"}) == {
        "result": "ForeignOperator",
        "text": "this operator is not on this connection",
    }
    assert here.platform.asked == []
    assert await here.gateway.sessions.listed() == []


async def test_an_operation_of_the_other_role_is_not_served(stand: Make) -> None:
    here = await stand(start=False, role=Role.EMSP)
    said = await here.call("/start", {"evse": "DE*LON*E1", "uid": "04A2B3C4D5E680"})
    assert (said["result"], here.platform.asked) == ("Unsupported", [])


async def test_a_caller_who_is_not_admitted_hears_only_that(stand: Make) -> None:
    here = await stand(start=False, credentials=Credentials(username="hub"))
    start = {"evse": "DE*LON*E1", "uid": "04A2B3C4D5E680"}
    assert await here.call("/start", start) == {"result": "Unauthenticated", "text": "not authorised"}
    assert here.platform.asked == []
    assert (await here.call("/start", start, **{"x-user": "hub"}))["result"] == "yes"


@pytest.mark.parametrize(
    ("peers", "expected", "result"),
    [
        ((), (), "Unauthenticated"),
        ((), ("hub.example",), "Unauthenticated"),
        (("hub.example",), (), "Unauthenticated"),
        (("other.example", "HUB.example"), ("hub.EXAMPLE",), "yes"),
        (("other.example",), ("hub.example",), "Unauthenticated"),
    ],
)
async def test_a_hub_known_by_its_certificate_is_held_to_it(
    stand: Make, peers: tuple[str, ...], expected: tuple[str, ...], result: str
) -> None:
    here = await stand(start=False, hub="toytown", credentials=Credentials(peer_subjects=expected))
    body = b'{"evse": "DE*LON*E1", "uid": "04A2B3C4D5E680"}'
    reply = await here.gateway.handle("toy", HttpRequest(path="/start", body=body, peer_names=peers))
    assert json.loads(reply.body)["result"] == result
    assert len(here.platform.asked) == (1 if result == "yes" else 0)


async def test_the_backends_own_trouble_is_never_told_to_the_hub(stand: Make) -> None:
    class Failing:
        async def start_session(self, connection: Connection, message: m.StartSession) -> m.CommandResult:
            raise ValueError("password=hunter2 is wrong")

    here = await stand(Failing(), start=False)
    said = await here.call("/start", {"evse": "DE*LON*E1", "uid": "04A2B3C4D5E680"})
    assert said == {"result": "trouble", "text": "internal error"}
    (record,) = await here.gateway.journal.records()
    assert record.error == "BackendFailed: ValueError in start_session"
    assert await here.gateway.sessions.listed() == []


async def test_a_bug_of_ours_is_answered_in_the_protocol_and_journalled(stand: Make) -> None:
    here = await stand(start=False)
    assert await here.call("/broken") == {"result": "trouble", "text": "internal error"}
    assert [record.error for record in await here.gateway.journal.records()] == ["ZeroDivisionError"]


async def test_a_question_the_backend_has_no_method_for_is_not_supported(stand: Make) -> None:
    here = await stand(object(), start=False)
    for path, document in (("/start", {"evse": "DE*LON*E1", "uid": "1"}), ("/record", RECORD)):
        said = await here.call(path, document)
        assert said == {"result": "Unsupported", "text": "this operation is not supported here"}
    assert await here.items() == []


async def test_what_cannot_be_read_is_said_in_the_protocol(stand: Make) -> None:
    here = await stand(start=False)
    assert (await here.call("/start", b"{not json"))["result"] == "Undecodable"
    assert (await here.call("/elsewhere", {}))["result"] == "Unsupported"


@pytest.mark.parametrize("name", ["start_sesion", "submit_cdrs", "authorise_token", "delivery_change"])
def test_a_backend_with_a_method_of_nearly_the_right_name_is_refused_at_start(name: str) -> None:
    backend = type("Backend", (), {name: lambda self, connection, message: None})()
    with pytest.raises(ValueError, match=f"Backend.{name} is nearly, but not quite, "):
        Gateway({"toy": toy.connection()}, backend)


# --- CDRs that come in -------------------------------------------------------------------------------------------


async def test_a_cdr_is_stored_before_it_is_acknowledged_and_then_handed_over(stand: Make) -> None:
    here = await stand(start=False)
    assert await here.call("/record", RECORD) == {"result": "yes"}
    (item,) = await here.items()
    assert (from_json(m.SubmitCdr, json.loads(item.message)).cdr, item.handed_over) == (RECEIVED, False)
    assert here.platform.asked == []
    await here.gateway.start()
    await until(lambda: len(here.platform.asked) == 1)
    assert here.platform.asked == [m.SubmitCdr(cdr=RECEIVED)]


async def test_a_cdr_that_cannot_be_stored_is_not_acknowledged(stand: Make) -> None:
    here = await stand(start=False)
    await here.gateway.database.write(lambda transaction: transaction.execute(text("DROP TABLE gateway_inbox")))
    assert await here.call("/record", RECORD) == {"result": "trouble", "text": "internal error"}


async def test_a_cdr_is_handed_over_again_until_the_backend_answers(stand: Make) -> None:
    fails = [OSError("down"), Refused("021", "later")]

    def cdrs(_: m.SubmitCdr) -> m.CdrReceipt:
        if fails:
            raise fails.pop()
        return m.CdrReceipt(accepted=True)

    here = await stand(Platform(cdrs=cdrs), start=False)
    await here.call("/record", RECORD)
    for tries in (1, 2):
        await here.gateway.inward.hand_over()
        (item,) = await here.items()
        assert (item.handed_over, item.tries) == (False, tries)
        assert datetime.fromisoformat(item.next_try_at) > datetime.now(UTC)
        soon = text("UPDATE gateway_inbox SET next_try_at = ''")
        await here.gateway.database.write(lambda transaction, soon=soon: transaction.execute(soon))
    await here.gateway.inward.hand_over()
    await here.gateway.inward.hand_over()
    assert here.platform.asked == [m.SubmitCdr(cdr=RECEIVED)] * 3
    assert [item.handed_over for item in await here.items()] == [True]


async def test_a_cdr_that_the_backend_cannot_take_does_not_hold_up_the_others(stand: Make) -> None:
    def cdrs(message: m.SubmitCdr) -> m.CdrReceipt:
        if message.cdr and message.cdr.session.hub == "H-1":
            return object()  # type: ignore[return-value]
        return m.CdrReceipt(accepted=True)

    here = await stand(Platform(cdrs=cdrs), start=False)
    for session in ("H-1", "H-2", "H-3"):
        await here.call("/record", {**RECORD, "session": session})
    spoilt = text("UPDATE gateway_inbox SET message = '{\"cdr\": {\"colour\": 1}}' WHERE key = 'H-2'")
    await here.gateway.database.write(lambda transaction: transaction.execute(spoilt))
    await here.gateway.inward.hand_over()
    assert [(item.key, item.handed_over) for item in await here.items()] == [
        ("H-1", False),
        ("H-2", False),
        ("H-3", True),
    ]


async def test_the_same_cdr_again_is_acknowledged_and_handed_over_once(stand: Make) -> None:
    here = await stand(start=False)
    first = await here.call("/record", {**RECORD, "exchange": "T-1"})
    again = await here.call("/record", {**RECORD, "exchange": "T-2", "kwh": 12.50})
    assert (first, again) == ({"result": "yes"}, {"result": "yes", "text": "known already"})
    await here.gateway.inward.hand_over()
    assert await here.call("/record", RECORD) == {"result": "yes", "text": "known already"}
    await here.gateway.inward.hand_over()
    assert here.platform.asked == [m.SubmitCdr(cdr=RECEIVED, transaction="T-1")]


async def test_another_cdr_for_the_same_session_is_not_taken_for_the_first(stand: Make) -> None:
    here = await stand(start=False)
    await here.call("/record", RECORD)
    assert await here.call("/record", {**RECORD, "kwh": 99}) == {"result": "no", "text": "known already"}
    await here.gateway.inward.hand_over()
    assert here.platform.asked == [m.SubmitCdr(cdr=RECEIVED)]


@pytest.mark.parametrize("kind", ["so far", "revised"])
async def test_of_intermediate_and_revised_cdrs_there_may_be_several(stand: Make, kind: str) -> None:
    here = await stand(start=False)
    for kwh in (1, 2, 2):
        assert (await here.call("/record", {**RECORD, "kind": kind, "kwh": kwh}))["result"] == "yes"
    assert await here.call("/record", RECORD) == {"result": "yes"}
    await here.gateway.inward.hand_over()
    taken = [
        message.cdr.energy_kwh for message in here.platform.asked if isinstance(message, m.SubmitCdr) and message.cdr
    ]
    assert taken == [Decimal(1), Decimal(2), Decimal("12.5")]


async def test_a_cdr_that_waits_at_the_hub_is_confirmed_only_by_the_backends_word(stand: Make) -> None:
    answers = [m.CdrReceipt(accepted=False), OSError("down")]

    def cdrs(_: m.SubmitCdr) -> m.CdrReceipt:
        answer = answers.pop()
        if isinstance(answer, Exception):
            raise answer
        return answer

    here = await stand(Platform(cdrs=cdrs), start=False, role=Role.EMSP)
    link = here.gateway.hub("toy").link()
    ask = SimpleNamespace(answer=here.gateway.inward.collected)
    record = json.dumps(RECORD).encode()
    here.says(record)
    with pytest.raises(BackendFailed):
        await toy.collect(link, ask)
    assert [request.path for request in here.link.asked] == ["/waiting"]
    assert [item.handed_over for item in await here.items()] == [False]
    for _ in range(2):
        here.says(record, b"")
        await toy.collect(link, ask)
        assert json.loads(here.link.asked[-1].body) == {"result": "no"}
    assert len(here.platform.asked) == 2
    assert [item.handed_over for item in await here.items()] == [True]


# --- journal -----------------------------------------------------------------------------------------------------


async def test_every_message_is_journalled_masked_with_what_it_belongs_to(stand: Make) -> None:
    here = await stand(start=False)
    here.says(OPENED, NoAnswer("timeout"))
    await here.gateway.hub("toy").send(ASK)
    with pytest.raises(NoAnswer):
        await here.gateway.hub("toy").send(ASK)
    await here.call("/start", {"evse": "DE*LON*E1", "uid": "04A2B3C4D5E680", "session": "H-2"})
    records = await here.gateway.journal.records(connection="toy")
    assert [
        (one.direction, one.operation, one.session, one.path, one.request, one.status, one.response, one.error)
        for one in records
    ] == [
        ("out", "AuthorizeToken", "H-1", "/ask", '{"evse":"DE*LON*E1111*1","uid":"04…80","name":"LON-1"}',
         200, OPENED.decode(), None),
        ("out", "AuthorizeToken", "LON-1", "/ask", '{"evse":"DE*LON*E1111*1","uid":"04…80","name":"LON-1"}',
         None, None, "NoAnswer: timeout"),
        ("in", "Start", "H-2", "/start", '{"evse": "DE*LON*E1", "uid": "04…80", "session": "H-2"}',
         200, '{"result":"yes","name":"LON-1"}', None),
    ]  # fmt: skip
    assert await here.gateway.journal.records(session="H-2") == records[2:]
    assert await here.gateway.journal.records(limit=1) == records[2:]


# --- the public face ---------------------------------------------------------------------------------------------


def test_no_public_name_is_hidden_by_a_module_of_the_same_name() -> None:
    importlib.import_module("gateway.web.service")
    named = {name: getattr(gateway, name) for name in gateway.__all__}
    assert [name for name, found in named.items() if not callable(found)] == []


# --- without asyncio ---------------------------------------------------------------------------------------------


def test_a_cdr_is_owed_exactly_if_the_backends_own_transaction_commits(tmp_path: Path) -> None:
    link = FakeLink(toy.connection(), [HttpResponse(body=YES)])
    database = Database(f"sqlite:///{tmp_path / 'gateway.sqlite'}")
    with BlockingGateway({"toy": toy.connection()}, Platform(), link=lambda _: link, database=database) as gateway:
        for name in ("C1", "C2"):
            with database.engine.connect() as backend:
                transaction = backend.begin()
                record = cdr(id=name, evse=toy.OURS, session=SessionIds(hub=name), token=toy.CARD)
                assert gateway.owe(backend, "toy", record).state == "waiting"
                transaction.commit() if name == "C1" else transaction.rollback()
        gateway.wake()
        for _ in range(500):
            if [one.state for one in gateway.deliveries()] == ["accepted"]:
                break
            time.sleep(0.01)
        assert [json.loads(request.body)["id"] for request in link.asked] == ["C1"]


def test_a_caller_without_asyncio_has_the_same_gateway() -> None:
    link = FakeLink(toy.connection(), [HttpResponse(body=OPENED), HttpResponse(body=YES)])
    with BlockingGateway({"toy": toy.connection()}, Platform(), link=lambda _: link) as gateway:
        assert gateway.send("toy", ASK).session == SessionIds(hub="H-1")
        owed = gateway.submit("toy", cdr())
        for _ in range(500):
            if gateway.deliveries(state="accepted"):
                break
            threading.Event().wait(0.01)
        assert [(one.id, one.state) for one in gateway.deliveries()] == [(owed.id, "accepted")]
        reply = gateway.handle("toy", HttpRequest(path="/record", body=json.dumps(RECORD).encode()))
        assert json.loads(reply.body) == {"result": "yes"}
        with pytest.raises(UnknownConnection):
            gateway.send("elsewhere", ASK)
    assert not [thread for thread in threading.enumerate() if thread.name == "gateway"]


def test_a_gateway_that_cannot_be_made_leaves_no_thread_behind() -> None:
    with pytest.raises(Invalid, match="unknown hub 'nowhere'; known are toyland, toytown"):
        BlockingGateway({"toy": toy.connection(hub="nowhere")}, Platform())
    assert not [thread for thread in threading.enumerate() if thread.name == "gateway"]


async def test_one_cdr_id_at_two_evses_is_two_records(stand: Make) -> None:
    """Ids of OCHP 1.3 partners are unique only per EVSE (OCHP 1.4, ConfirmCDRs)."""
    here = await stand(Platform(cdrs=lambda _: m.CdrReceipt(accepted=True)), start=False, role=Role.EMSP)
    connection = here.gateway.hub("toy").connection
    evses = [EvseId.parse(text) for text in ("DE*LON*E1", "DE*LON*E2")]
    for evse in evses:
        await here.gateway.inward.answer(connection, m.SubmitCdr(cdr=Cdr(id="0001", evse=evse)))
    again = await here.gateway.inward.answer(connection, m.SubmitCdr(cdr=Cdr(id="0001", evse=evses[0])))
    assert (again.accepted, again.already_there) == (True, True)
    assert [item.key for item in await here.items()] == ["0001/DELONE1", "0001/DELONE2"]
