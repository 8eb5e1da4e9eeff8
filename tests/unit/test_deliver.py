import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from gateway.canonical import to_json
from gateway.deliver import Delivery, Outbox, lane_of
from gateway.engine import Engine
from gateway.errors import (
    ForeignOperator,
    GatewayError,
    Invalid,
    NoAnswer,
    NotSent,
    Refused,
    Unavailable,
    Undecodable,
    Unsupported,
)
from gateway.findings import Finding, Severity
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.common import Kept, Reason, Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.party import Operator
from gateway.model.session import SessionIds
from gateway.ports import Connection, Profile
from gateway.store import Database, outbox

START = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)
TOY = Connection(
    name="toy",
    hub="toyland",
    protocol="toy",
    role=Role.CPO,
    party=PartyId.parse("NL*LON"),
    operators=(Operator(id=PartyId.parse("NL*LON")), Operator(id=PartyId.parse("DE*LON"))),
)
PROFILE = Profile("toyland", "Toyland", lane="session")
CAREFUL = replace(PROFILE, options={"taken_when": {"400": "CLOSED"}})
TAKEN = m.CdrReceipt(accepted=True)
CLOSED = Refused("400", "session is CLOSED")
Reply = m.Answer | Exception


@dataclass
class Desk:
    """An outbox on a desk: a clock that stands still, a hub that answers from lists, and everything written down."""

    profile: Profile = PROFILE
    connections: Mapping[str, Connection] = field(default_factory=lambda: {"toy": TOY})
    now: datetime = START
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    sent: list[m.Message[Any]] = field(default_factory=list)
    told: list[Delivery] = field(default_factory=list)
    database: Database = field(default_factory=Database)

    def __post_init__(self) -> None:
        self.database.migrate()
        known = {name: (connection, self.profile) for name, connection in self.connections.items()}
        self.outbox = Outbox(self.database, known, self.send, self.hear, now=lambda: self.now)

    async def send(self, connection: str, message: m.Message[Any]) -> m.Answer:
        self.sent.append(message)
        replies = self.replies.get(name_of(message), [])
        reply = replies.pop(0) if replies else TAKEN
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def hear(self, delivery: Delivery) -> None:
        self.told.append(delivery)

    async def settle(self, *, tries: int = 60) -> None:
        """Drains whatever is due, again and again, as hours go by."""
        for _ in range(tries):
            for lane in await self.outbox.due():
                await self.outbox.drain(lane)
            self.now += timedelta(hours=25)

    async def entry(self, owed: Delivery) -> outbox.Entry:
        return await self.database.read(lambda transaction: outbox.get(transaction, owed.id))

    async def states(self, owed: Delivery) -> list[str]:
        return [state for _, state, _ in await self.outbox.history(owed.id)]

    @property
    def names(self) -> list[str]:
        return [name_of(message) for message in self.sent]


def cdr(name: str = "C1", session: str = "S1", **changed: Any) -> m.SubmitCdr:
    record = Cdr(
        id=name,
        session=SessionIds(hub=session, cpo=f"LON-{session}"),
        evse=EvseId.parse("NL*LON*E1111*1"),
        start=START - timedelta(hours=2),
        end=START - timedelta(hours=1),
        energy_kwh=Decimal("12.30"),
    )
    return m.SubmitCdr(cdr=replace(record, **changed))


def name_of(message: m.Message[Any]) -> str:
    return (message.cdr.id or "") if isinstance(message, m.SubmitCdr) and message.cdr else type(message).__name__


@pytest.fixture
def desk() -> Any:
    made: list[Desk] = []

    def make(**options: Any) -> Desk:
        made.append(Desk(**options))
        return made[-1]

    yield make
    for one in made:
        one.database.close()


MakeDesk = Callable[..., Desk]


# --- what is owed ------------------------------------------------------------------------------------------------


async def test_an_owed_cdr_is_sent_as_it_is_and_accepted(desk: MakeDesk) -> None:
    table = desk()
    owed = await table.outbox.submit("toy", cdr())
    assert owed == Delivery(
        id=owed.id,
        connection="toy",
        lane="toy/cdr/S1",
        kind="SubmitCdr",
        state="waiting",
        tries=0,
        session="S1",
        code=None,
        words=None,
        message=cdr(),
        answer=None,
    )
    await table.outbox.drain(owed.lane)
    assert table.sent == [cdr()]
    assert table.told == [replace(owed, state="accepted", tries=1, answer=to_json(TAKEN))]
    assert await table.outbox.listed() == table.told
    assert await table.states(owed) == ["waiting", "sending", "accepted"]


@pytest.mark.parametrize(
    "message",
    [m.StartSession(), m.StopSession(), m.AuthorizeToken(), m.AuthorizeStop(), m.FetchCdrs()],
    ids=lambda message: type(message).__name__,
)
async def test_what_cannot_wait_is_never_queued(desk: MakeDesk, message: m.Message[Any]) -> None:
    table = desk()
    with pytest.raises(Unsupported):
        await table.outbox.submit("toy", message)
    assert await table.outbox.listed() == []


@pytest.mark.parametrize(
    "again",
    [
        cdr(),
        replace(cdr(), transaction="another exchange"),
        cdr(energy_kwh=Decimal("12.3")),
        cdr(evse=EvseId.parse("nllone11111")),
        cdr(start=(START - timedelta(hours=2)).astimezone()),
    ],
    ids=["word for word", "transaction", "digits", "spelling", "zone"],
)
async def test_the_same_cdr_said_twice_is_owed_once(desk: MakeDesk, again: m.SubmitCdr) -> None:
    table = desk()
    first = await table.outbox.submit("toy", cdr())
    await table.settle(tries=1)
    assert (await table.outbox.submit("toy", again)).id == first.id
    await table.settle(tries=2)
    assert table.sent == [cdr()]


async def test_another_content_for_the_same_session_is_another_entry_behind_the_first(desk: MakeDesk) -> None:
    table = desk()
    one = await table.outbox.submit("toy", cdr("C1"))
    other = await table.outbox.submit("toy", cdr("C1", energy_kwh=Decimal("12.31")))
    assert one.id != other.id
    assert one.lane == other.lane
    await table.settle(tries=1)
    assert table.sent == [cdr("C1"), cdr("C1", energy_kwh=Decimal("12.31"))]


async def test_a_push_is_owed_each_time_it_is_said(desk: MakeDesk) -> None:
    table = desk()
    push = m.PublishStatuses(statuses=())
    assert (await table.outbox.submit("toy", push)).id != (await table.outbox.submit("toy", push)).id


@pytest.mark.parametrize(
    "broken",
    [cdr(start=datetime(2026, 1, 15, 10)), cdr(energy_kwh=Decimal("NaN"))],
    ids=["a time without zone", "no number"],
)
async def test_what_could_not_be_read_back_is_refused_to_the_caller_and_not_stored(
    desk: MakeDesk, broken: m.SubmitCdr
) -> None:
    table = desk()
    with pytest.raises(Invalid):
        await table.outbox.submit("toy", broken)
    assert await table.outbox.listed() == []


async def test_what_only_one_protocol_understands_is_owed_with_the_rest(desk: MakeDesk) -> None:
    table = desk()
    kept = {"toy": (Kept("/colour", {"shade": Decimal("1.5")}, None),)}
    await table.outbox.submit("toy", cdr(extensions=kept))
    await table.settle(tries=1)
    assert [to_json(message) for message in table.sent] == [to_json(cdr(extensions=kept))]


@pytest.mark.parametrize(
    ("lane", "message", "expected"),
    [
        ("session", cdr(), "toy/cdr/S1"),
        ("session", cdr(session="S9"), "toy/cdr/S9"),
        ("operator", cdr(evse=EvseId.parse("DELONE2")), "toy/cdr/DELON"),
        ("operator", cdr(), "toy/cdr/NLLON"),
        ("connection", cdr(), "toy/cdr"),
        ("session", m.PublishEvses(), "toy/evse-data"),
        ("session", m.PublishStatuses(), "toy/evse-status"),
        ("session", m.PublishTokens(), "toy/tokens"),
        ("session", m.ConfirmCdrs(), "toy/cdr-confirmation"),
    ],
)
def test_the_profile_says_what_orders_cdrs(lane: str, message: m.Message[Any], expected: str) -> None:
    assert lane_of(message, TOY, replace(PROFILE, lane=lane)) == expected


# --- order -------------------------------------------------------------------------------------------------------


async def test_a_lane_is_delivered_in_order_and_one_at_a_time(desk: MakeDesk) -> None:
    table = desk(profile=replace(PROFILE, lane="connection"))
    for number in range(5):
        await table.outbox.submit("toy", cdr(f"C{number}", session=f"S{number}"))
    flying, most = 0, 0
    plain = table.send

    async def send(connection: str, message: m.Message[Any]) -> m.Answer:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0.001)
        flying -= 1
        return await plain(connection, message)

    table.outbox._send = send
    await asyncio.gather(*(table.outbox.drain("toy/cdr") for _ in range(4)))
    assert table.names == ["C0", "C1", "C2", "C3", "C4"]
    assert most == 1


async def test_lanes_do_not_wait_for_each_other(desk: MakeDesk) -> None:
    table = desk()
    slow, quick = await table.outbox.submit("toy", cdr("C1", "S1")), await table.outbox.submit("toy", cdr("C2", "S2"))
    answered, plain = asyncio.Event(), table.send

    async def send(connection: str, message: m.Message[Any]) -> m.Answer:
        if name_of(message) == "C1":
            await answered.wait()
        return await plain(connection, message)

    table.outbox._send = send
    waiting = asyncio.create_task(table.outbox.drain(slow.lane))
    await asyncio.wait_for(table.outbox.drain(quick.lane), 5)
    assert table.names == ["C2"]
    answered.set()
    await waiting
    assert table.names == ["C2", "C1"]


async def test_nothing_overtakes_an_entry_that_must_wait(desk: MakeDesk) -> None:
    table = desk(replies={"C1": [NotSent("no route"), Unavailable("HTTP 503"), TAKEN]})
    for name in ("C1", "C2"):
        await table.outbox.submit("toy", cdr(name))
    await table.outbox.drain("toy/cdr/S1")
    assert table.names == ["C1"]
    await table.settle(tries=4)
    assert table.names == ["C1", "C1", "C1", "C2"]


# --- outcomes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tries", [1, 2, 3, 8, 30])
async def test_the_wait_doubles_to_an_hour_with_a_quarter_of_jitter(desk: MakeDesk, tries: int) -> None:
    table = desk(replies={"C1": [NotSent("no route") for _ in range(tries)]})
    owed = await table.outbox.submit("toy", cdr())
    for _ in range(tries):
        await table.outbox.drain(owed.lane)
        entry = await table.entry(owed)
        waited = datetime.fromisoformat(entry.next_try_at) - table.now
        middle = min(3600.0, 2.0 * 2 ** (entry.tries - 1))
        assert 0.75 * middle - 0.001 <= waited.total_seconds() <= 1.25 * middle + 0.001
        assert await table.outbox.due() == []
        table.now += waited
    assert (entry.state, entry.tries, entry.unknown_tries, entry.words) == ("waiting", tries, 0, "no route")


@pytest.mark.parametrize(
    ("retry_after", "seconds"), [(120.0, 120), (7200.0, 7200), (1e12, 86400), (float("inf"), 86400)]
)
async def test_a_hub_that_asks_for_time_gets_it_but_no_more_than_a_day(
    desk: MakeDesk, retry_after: float, seconds: float
) -> None:
    table = desk(replies={"C1": [Unavailable("HTTP 429", retry_after)]})
    owed = await table.outbox.submit("toy", cdr())
    await table.outbox.drain(owed.lane)
    entry = await table.entry(owed)
    assert (entry.state, entry.words) == ("waiting", "HTTP 429")
    assert datetime.fromisoformat(entry.next_try_at) == START + timedelta(seconds=seconds)
    await table.settle(tries=2)
    assert table.sent == [cdr(), cdr()]
    assert await table.states(owed) == ["waiting", "sending", "waiting", "sending", "accepted"]


@pytest.mark.parametrize(
    "failure",
    [NoAnswer("read timeout"), Unavailable("HTTP 504", may_have_acted=True), Undecodable("a page of HTML")],
    ids=lambda error: type(error).__name__,
)
async def test_without_an_answer_the_outcome_is_unknown_and_the_same_is_sent_again(
    desk: MakeDesk, failure: Exception
) -> None:
    table = desk(replies={"C1": [failure]})
    owed = await table.outbox.submit("toy", cdr())
    await table.outbox.drain(owed.lane)
    entry = await table.entry(owed)
    assert (entry.state, entry.unknown_tries, entry.words) == ("unknown", 1, str(failure))
    before = entry.message
    await table.settle(tries=2)
    assert table.sent == [cdr(), cdr()]
    assert (await table.entry(owed)).message == before
    assert await table.states(owed) == ["waiting", "sending", "unknown", "sending", "accepted"]


async def test_an_answer_that_does_not_say_whether_it_was_taken_is_no_acceptance(desk: MakeDesk) -> None:
    table = desk(replies={"C1": [m.CdrReceipt()]})
    owed = await table.outbox.submit("toy", cdr())
    await table.outbox.drain(owed.lane)
    assert (await table.entry(owed)).state == "unknown"


async def test_what_the_hub_refuses_is_kept_with_its_words_and_the_lane_goes_on(desk: MakeDesk) -> None:
    table = desk(replies={"C1": [Refused("018", "Inconsistent EvseID")]})
    owed, after = await table.outbox.submit("toy", cdr("C1")), await table.outbox.submit("toy", cdr("C2"))
    await table.outbox.drain(owed.lane)
    refused, taken = await table.outbox.listed()
    assert (refused.state, refused.code, refused.words) == ("refused", "018", "Inconsistent EvseID")
    assert (taken.id, taken.state) == (after.id, "accepted")
    assert table.names == ["C1", "C2"]
    assert await table.outbox.history(owed.id) == [
        (refused_at, state, words)
        for (refused_at, state, words) in await table.outbox.history(owed.id)
        if (state, words) in [("waiting", None), ("sending", None), ("refused", "Inconsistent EvseID")]
    ]


async def test_what_the_answer_declines_is_refused_with_its_reason(desk: MakeDesk) -> None:
    reason = Reason(code="400", text="Session is invalid", detail="closed")
    table = desk(replies={"C1": [m.CdrReceipt(accepted=False, reason=reason)]})
    owed = await table.outbox.submit("toy", cdr())
    await table.settle(tries=2)
    entry = await table.entry(owed)
    assert (entry.state, entry.code, entry.words) == ("refused", "400", "Session is invalid – closed")
    assert table.sent == [cdr()]


async def test_what_the_hub_has_already_is_accepted_and_noted(desk: MakeDesk) -> None:
    answer = m.CdrReceipt(accepted=True, already_there=True, reason=Reason(code="10701", text="known"))
    table = desk(replies={"C1": [answer]})
    owed = await table.outbox.submit("toy", cdr())
    await table.settle(tries=1)
    entry = await table.entry(owed)
    assert (entry.state, entry.code, entry.words) == ("accepted", "10701", "it had been taken before (known)")
    assert json.loads(entry.answer or "") == to_json(answer)


async def test_a_refusal_that_may_pass_is_tried_again(desk: MakeDesk) -> None:
    table = desk(replies={"C1": [Refused("021", "system error", retryable=True)]})
    owed = await table.outbox.submit("toy", cdr())
    await table.settle(tries=2)
    assert await table.states(owed) == ["waiting", "sending", "waiting", "sending", "accepted"]


async def test_closed_after_a_try_without_answer_means_that_it_had_arrived(desk: MakeDesk) -> None:
    table = desk(profile=CAREFUL, replies={"C1": [NoAnswer("timeout"), CLOSED]})
    owed = await table.outbox.submit("toy", cdr())
    await table.settle(tries=3)
    entry = await table.entry(owed)
    assert (entry.state, entry.code) == ("accepted", "400")
    assert entry.words == "taken by an earlier try that had no answer (session is CLOSED)"


@pytest.mark.parametrize(
    ("profile", "replies"),
    [
        (CAREFUL, [CLOSED]),
        (CAREFUL, [NotSent("no route"), CLOSED]),
        (CAREFUL, [Unavailable("HTTP 503"), CLOSED]),
        (CAREFUL, [NoAnswer("timeout"), Refused("400", "session is unknown")]),
        (CAREFUL, [NoAnswer("timeout"), Refused("018", "CLOSED")]),
        (PROFILE, [NoAnswer("timeout"), CLOSED]),
    ],
    ids=["first try", "never sent", "not acted", "other words", "other code", "other hub"],
)
async def test_closed_is_a_refusal_where_no_try_of_ours_explains_it(
    desk: MakeDesk, profile: Profile, replies: list[Reply]
) -> None:
    last = replies[-1]
    table = desk(profile=profile, replies={"C1": list(replies)})
    owed = await table.outbox.submit("toy", cdr())
    await table.settle(tries=3)
    entry = await table.entry(owed)
    assert isinstance(last, Refused)
    assert (entry.state, entry.code, entry.words) == ("refused", last.code, last.text)


async def test_closed_by_another_cdr_of_the_session_does_not_accept_this_one(desk: MakeDesk) -> None:
    table = desk(profile=CAREFUL, replies={"C2": [NoAnswer("timeout"), CLOSED]})
    first = await table.outbox.submit("toy", cdr("C1"))
    second = await table.outbox.submit("toy", cdr("C2"))
    await table.settle(tries=3)
    assert (await table.entry(first)).state == "accepted"
    entry = await table.entry(second)
    assert (entry.state, entry.code) == ("refused", "400")
    assert (entry.words or "").startswith("the hub has another record of this session (")


async def test_a_different_cdr_of_a_settled_session_is_not_delivered_by_the_hubs_already_there(desk: MakeDesk) -> None:
    there = m.CdrReceipt(accepted=True, already_there=True, reason=Reason(code="10701", text="there was one before"))
    table = desk(replies={"C2": [there]})
    first = await table.outbox.submit("toy", cdr("C1"))
    second = await table.outbox.submit("toy", cdr("C2"))
    await table.settle(tries=2)
    assert (await table.entry(first)).state == "accepted"
    entry = await table.entry(second)
    assert (entry.state, entry.code) == ("refused", "10701")
    assert (entry.words or "").startswith("the hub has another record of this session (it had been taken before")


async def test_closed_after_a_crash_while_sending_means_that_it_had_arrived(desk: MakeDesk) -> None:
    table = desk(profile=CAREFUL, replies={"C1": [CLOSED]})
    owed = await table.outbox.submit("toy", cdr())
    await table.database.write(lambda transaction: outbox.take(transaction, owed.lane, START))
    assert await table.outbox.recover() == 1
    await table.settle(tries=1)
    assert (await table.entry(owed)).state == "accepted"


async def test_what_breaks_a_rule_is_refused_with_the_places_and_not_tried_again(desk: MakeDesk) -> None:
    broken = [
        Finding("/EvseID", Severity.ERROR, "pattern", "EvseID: does not fit"),
        Finding("/SessionEnd", Severity.ERROR, "missing", "SessionEnd is mandatory"),
    ]
    table = desk(replies={"C1": [Invalid(broken)]})
    owed = await table.outbox.submit("toy", cdr())
    await table.settle(tries=3)
    entry = await table.entry(owed)
    assert (entry.state, entry.code) == ("refused", "invalid")
    assert entry.words == "not sent: /EvseID: EvseID: does not fit; /SessionEnd: SessionEnd is mandatory"
    assert len(table.sent) == 1


@pytest.mark.parametrize("error", [Unsupported("no such operation"), ForeignOperator("DE*XXX is not ours")])
async def test_what_this_hub_never_takes_is_refused_and_the_lane_goes_on(desk: MakeDesk, error: GatewayError) -> None:
    table = desk(replies={"C1": [error]})
    for name in ("C1", "C2"):
        await table.outbox.submit("toy", cdr(name))
    await table.settle(tries=1)
    assert [(one.state, one.words) for one in await table.outbox.listed()] == [
        ("refused", str(error)),
        ("accepted", None),
    ]


async def test_a_fault_of_our_own_code_is_refused_and_logged_and_its_text_is_not_kept(
    desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[tuple[str, Any]] = []
    log = SimpleNamespace(
        exception=lambda event, **facts: logged.append((event, facts["entry"])), info=lambda *_, **__: None
    )
    monkeypatch.setattr("gateway.deliver._log", log)
    table = desk(replies={"C1": [ZeroDivisionError("the secret of 04A2B3C4D5E680")]})
    owed = await table.outbox.submit("toy", cdr("C1"))
    await table.outbox.submit("toy", cdr("C2"))
    await table.settle(tries=1)
    assert [(one.state, one.code, one.words) for one in await table.outbox.listed()] == [
        ("refused", "internal", "internal error (ZeroDivisionError)"),
        ("accepted", None, None),
    ]
    assert logged == [("delivery failed", owed.id)]


async def test_a_store_that_is_busy_for_a_moment_does_not_lose_what_the_hub_said(
    desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = desk()
    table.outbox._first_wait = 0.001
    owed = await table.outbox.submit("toy", cdr())
    change, failures = outbox.change, [OperationalError("UPDATE", {}, Exception("database is locked"))] * 2

    def sometimes(transaction: Any, entry: outbox.Entry, state: str, *rest: Any, **values: Any) -> outbox.Entry:
        if state == "accepted" and failures:
            raise failures.pop()
        return change(transaction, entry, state, *rest, **values)

    monkeypatch.setattr(outbox, "change", sometimes)
    await table.outbox.drain(owed.lane)
    assert table.sent == [cdr()]
    assert await table.states(owed) == ["waiting", "sending", "accepted"]


# --- people ------------------------------------------------------------------------------------------------------


async def test_a_refused_entry_can_be_tried_again_by_hand(desk: MakeDesk) -> None:
    table = desk(replies={"C1": [Refused("018", "Inconsistent EvseID")]})
    owed = await table.outbox.submit("toy", cdr())
    await table.settle(tries=1)
    again = await table.outbox.retry(owed.id)
    assert (again.state, again.words, again.message) == ("waiting", "tried again by hand", cdr())
    assert await table.outbox.due() == [owed.lane]
    await table.settle(tries=1)
    assert await table.states(owed) == ["waiting", "sending", "refused", "waiting", "sending", "accepted"]
    with pytest.raises(ValueError, match="accepted cannot become waiting"):
        await table.outbox.retry(owed.id)


async def test_an_entry_can_be_withdrawn_for_a_reason_and_is_never_sent(desk: MakeDesk) -> None:
    table = desk()
    owed, other = await table.outbox.submit("toy", cdr("C1")), await table.outbox.submit("toy", cdr("C2"))
    assert (await table.outbox.withdraw(owed.id, "billed otherwise")).state == "withdrawn"
    await table.settle(tries=2)
    assert table.names == ["C2"]
    assert (await table.outbox.history(owed.id))[-1][1:] == ("withdrawn", "billed otherwise")
    with pytest.raises(ValueError, match="accepted cannot become withdrawn"):
        await table.outbox.withdraw(other.id, "too late")
    with pytest.raises(KeyError):
        await table.outbox.withdraw(4711, "not there")


async def test_what_is_on_its_way_cannot_be_withdrawn(desk: MakeDesk) -> None:
    table = desk()
    owed = await table.outbox.submit("toy", cdr())
    await table.database.write(lambda transaction: outbox.take(transaction, owed.lane, START))
    with pytest.raises(ValueError, match="sending cannot become withdrawn"):
        await table.outbox.withdraw(owed.id, "too late")


async def test_an_entry_of_a_connection_that_was_taken_away_waits_for_it(desk: MakeDesk) -> None:
    table = desk(connections={"toy": TOY, "old": replace(TOY, name="old")})
    owed = await table.outbox.submit("old", cdr())
    table.outbox._connections = {"toy": (TOY, PROFILE)}
    assert await table.outbox.due() == []
    table.outbox._connections = {"old": (replace(TOY, name="old"), PROFILE)}
    await table.settle(tries=1)
    assert (await table.entry(owed)).state == "accepted"


async def test_an_outbox_that_ends_finishes_what_is_in_flight_and_begins_nothing(desk: MakeDesk) -> None:
    table = desk()
    for name in ("C1", "C2"):
        await table.outbox.submit("toy", cdr(name))
    plain = table.send

    async def send(connection: str, message: m.Message[Any]) -> m.Answer:
        table.outbox.end()
        return await plain(connection, message)

    table.outbox._send = send
    await table.outbox.drain("toy/cdr/S1")
    assert [(one.state, one.tries) for one in await table.outbox.listed()] == [("accepted", 1), ("waiting", 0)]


async def test_an_entry_that_cannot_be_read_any_more_is_refused_and_harms_no_other(desk: MakeDesk) -> None:
    table = desk()
    owed, other = await table.outbox.submit("toy", cdr("C1")), await table.outbox.submit("toy", cdr("C2"))
    broken = text('UPDATE outbox SET message = \'{"cdr": {"colour": 1}}\' WHERE id = :id')
    await table.database.write(lambda transaction: transaction.execute(broken, {"id": owed.id}))
    for _ in range(2):
        try:
            await table.outbox.drain(owed.lane)
        except Invalid:
            continue
    assert (await table.entry(owed)).state == "refused"
    assert (await table.entry(other)).state == "accepted"


# --- properties --------------------------------------------------------------------------------------------------

OUTCOMES: Sequence[Reply] = (
    TAKEN,
    m.CdrReceipt(accepted=False),
    m.CdrReceipt(accepted=True, already_there=True),
    m.CdrReceipt(),
    NotSent("no route"),
    NoAnswer("timeout"),
    Unavailable("HTTP 503", 30.0),
    Unavailable("HTTP 502", may_have_acted=True),
    Refused("018", "wrong"),
    Refused("021", "later", retryable=True),
    CLOSED,
    Undecodable("HTML"),
    Invalid([]),
    ForeignOperator("not ours"),
    RuntimeError("ours"),
)
FINAL = (TAKEN, OUTCOMES[2])
LIVES = st.lists(
    st.tuples(st.integers(0, 2), st.lists(st.sampled_from(OUTCOMES), max_size=4), st.booleans()),
    min_size=1,
    max_size=6,
)


@hypothesis_settings(max_examples=40)
@given(LIVES)
async def test_whatever_a_hub_answers_every_entry_ends_once_and_each_lane_in_order(
    lives: list[tuple[int, list[Reply], bool]],
) -> None:
    replies = {f"C{number}": list(outcomes) for number, (_, outcomes, _) in enumerate(lives)}
    table = Desk(profile=CAREFUL, replies=replies)
    owed = {}
    for number, (session, _, crash) in enumerate(lives):
        delivery = await table.outbox.submit("toy", cdr(f"C{number}", session=f"S{session}"))
        owed[delivery.id] = delivery
        if crash and await table.database.write(
            lambda transaction, lane=delivery.lane: outbox.take(transaction, lane, table.now)  # type: ignore[misc]
        ):
            await table.outbox.recover()
    await table.settle(tries=40)
    ended = await table.outbox.listed()
    assert [one.id for one in ended] == list(owed)
    _check(table, ended, {one: await table.states(each) for one, each in owed.items()})
    table.database.close()


def _check(table: Desk, ended: Sequence[Delivery], histories: Mapping[int, list[str]]) -> None:
    assert all(one.state in ("accepted", "refused") for one in ended)
    assert [one.id for one in sorted(table.told, key=lambda one: one.id)] == [one.id for one in ended]
    for one in ended:
        states = histories[one.id]
        assert [state for state in states if state in outbox.CLOSED] == [one.state]
        assert states[-1] == one.state
        assert all(after in outbox.TRANSITIONS[before] for before, after in pairwise(states))
    for lane in {one.lane for one in ended}:
        expected = [name_of(one.message) for one in ended if one.lane == lane]
        sent = [name_of(message) for message in table.sent if name_of(message) in expected]
        assert list(dict.fromkeys(sent)) == expected
        assert sent == sorted(sent, key=expected.index)


# --- when lanes are drained --------------------------------------------------------------------------------------


@pytest.fixture
async def engine() -> Any:
    """Makes engines that sweep often, and stops them."""
    made: list[Engine] = []

    def make(due: Any, drain: Any, sweep_seconds: float = 0.01) -> Engine:
        made.append(Engine(due, drain, sweep_seconds))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        await one.stop()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_what_is_due_is_delivered_without_being_told(desk: MakeDesk, engine: Any) -> None:
    table = desk()
    engine(table.outbox.due, table.outbox.drain)
    await table.outbox.submit("toy", cdr())
    await until(lambda: len(table.told) == 1)
    assert table.sent == [cdr()]


async def test_what_the_engine_is_told_of_is_delivered_at_once(desk: MakeDesk, engine: Any) -> None:
    table = desk()
    running = engine(table.outbox.due, table.outbox.drain, 3600.0)
    await asyncio.sleep(0.05)
    await table.outbox.submit("toy", cdr())
    running.wake()
    await until(lambda: len(table.told) == 1)
    assert table.sent == [cdr()]


async def test_a_sweep_or_a_lane_that_fails_is_tried_again(engine: Any) -> None:
    seen: list[str] = []

    async def due() -> Sequence[str]:
        seen.append("sweep")
        if len(seen) == 1:
            raise OSError("the store is away")
        return ["lane"] if "done" not in seen else []

    async def drain(lane: str) -> None:
        seen.append(lane)
        if seen.count(lane) == 1:
            raise RuntimeError("a bug")
        seen.append("done")

    engine(due, drain)
    await until(lambda: "done" in seen)
    assert [word for word in seen if word != "sweep"] == ["lane", "lane", "done"]


async def test_no_lane_is_drained_twice_at_a_time(engine: Any) -> None:
    begun, release = [], asyncio.Event()

    async def due() -> Sequence[str]:
        return ["a", "b"] if not release.is_set() else []

    async def drain(lane: str) -> None:
        begun.append(lane)
        await release.wait()

    running = engine(due, drain)
    await asyncio.sleep(0.1)
    assert sorted(begun) == ["a", "b"]
    release.set()
    await asyncio.wait_for(running.idle(), 5)


async def test_an_engine_that_stops_waits_for_what_is_in_flight(desk: MakeDesk) -> None:
    table, flying = desk(), asyncio.Event()
    plain = table.send

    async def send(connection: str, message: m.Message[Any]) -> m.Answer:
        flying.set()
        await asyncio.sleep(0.1)
        return await plain(connection, message)

    table.outbox._send = send
    for name in ("C1", "C2"):
        await table.outbox.submit("toy", cdr(name))
    running = Engine(table.outbox.due, table.outbox.drain, 0.01)
    running.start()
    await flying.wait()
    table.outbox.end()
    await running.stop()
    assert [one.state for one in await table.outbox.listed()] == ["accepted", "waiting"]
