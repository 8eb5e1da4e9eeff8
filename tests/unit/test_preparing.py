"""What is known of a session joins the messages about it, and what the hub forbids does not leave."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.delivery.outcomes import of_failure
from gateway.errors import Early, Invalid, NoAnswer, NotSent
from gateway.model import messages as m
from gateway.model.cdr import CdrNature, CdrStatus
from gateway.model.common import Role
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.session import AuthMethod, Session, SessionEvent, SessionEventKind, SessionIds
from gateway.model.token import Pin, Token, TokenType
from gateway.ports import Connection, Policy, Profile
from gateway.preparing import OTHER_MEDIUM, Prepared, Preparing, may_stop, with_known
from gateway.sessions import SessionRegister, new_session
from gateway.store import Database
from gateway.store.outbox import Entry
from tests.support.desk import MakeDesk, cdr, desk

__all__ = ["desk"]

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
EVSE = EvseId.parse("NL*LON*E1111*1")
CARD = Token(uid="04A2B3C4D5E680", type=TokenType.RFID)
OTHER = Token(uid="04B1C2D3E4F590", type=TokenType.RFID)
IDS = SessionIds(hub="H", cpo="C", emsp="E")
HERE = Connection(name="toy", hub="toyland", protocol="toy", role=Role.CPO, party=PartyId.parse("NL*LON"))
STRICT = Profile("toyland", "Toyland", options={"stop_with": "same-medium", "progress_seconds": 300})
EASY = Profile("toyland", "Toyland")
STOP = m.AuthorizeStop(token=CARD, session=SessionIds(hub="H"))
PROGRESS = m.ReportEvent(event=SessionEvent(kind=SessionEventKind.PROGRESS, at=NOON), session=Session(ids=IDS))


@dataclass
class Stand:
    """Two processes on one store and one clock."""

    now: datetime = NOON
    database: Database = field(default_factory=Database)

    def __post_init__(self) -> None:
        self.database.migrate()
        self.register = SessionRegister(self.database, now=lambda: self.now)
        self.one, self.other = (Preparing(SessionRegister(self.database), lambda: self.now) for _ in range(2))

    async def begun(self, **facts: Any) -> None:
        given = {"evse": EVSE, "token": CARD, "auth_method": AuthMethod.AUTH_REQUEST, **facts}
        await self.register.record(new_session("toy", IDS, **given), self.now)

    async def prepared(self, message: m.Message[Any], profile: Profile = STRICT) -> Prepared:
        return await self.one.prepared(HERE, profile, message)


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    here = Stand()
    yield here
    here.database.close()


# --- names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        m.StopSession(session=SessionIds(cpo="C")),
        m.CancelReservation(session=SessionIds(emsp="E")),
        m.AuthorizeStop(session=SessionIds(hub="H"), token=CARD),
    ],
)
async def test_every_partys_name_and_the_evse_join_a_message_about_a_session(stand: Stand, message: Any) -> None:
    await stand.begun()
    assert await stand.prepared(message) == Prepared(replace(message, session=IDS, evse=EVSE))


async def test_what_the_message_says_itself_stays(stand: Stand) -> None:
    await stand.begun()
    said = m.StopSession(session=SessionIds(hub="H", cpo="mine"), evse=EvseId.parse("NL*LON*E9"))
    assert (await stand.prepared(said)).message == replace(said, session=replace(IDS, cpo="mine"))


async def test_an_event_takes_card_evse_and_product_of_its_session(stand: Stand) -> None:
    await stand.begun(product_id="AC3")
    event = m.ReportEvent(event=SessionEvent(kind=SessionEventKind.START), session=Session(ids=SessionIds(cpo="C")))
    prepared = await stand.prepared(event)
    assert prepared.message == replace(event, session=Session(ids=IDS, evse=EVSE, token=CARD, product_id="AC3"))


@pytest.mark.parametrize("message", [m.AuthorizeToken(token=CARD), m.StartSession(), m.SubmitCdr(), STOP, PROGRESS])
async def test_what_is_about_no_known_session_passes_as_it_is(stand: Stand, message: m.Message[Any]) -> None:
    assert await stand.prepared(message) == Prepared(message)


async def test_a_message_about_no_session_is_left_alone(stand: Stand) -> None:
    await stand.begun()
    (known,) = await stand.register.listed()
    assert with_known(m.Heartbeat(), known) == m.Heartbeat()


# --- the same medium ---------------------------------------------------------------------------------------------

CONTRACT = ContractId.parse("DE-8EO-CA2B3C4D5-6")


async def test_another_card_does_not_reach_the_hub(stand: Stand) -> None:
    await stand.begun()
    prepared = await stand.prepared(replace(STOP, token=OTHER))
    answer = prepared.answer
    assert isinstance(answer, m.Authorization)
    assert (answer.allowed, answer.session, answer.token) == (m.Allowed.NOT_ALLOWED, IDS, OTHER)
    assert answer.reason is not None
    assert answer.reason.text == OTHER_MEDIUM


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({}, CARD),
        ({}, Token(uid="04:a2:b3:c4:d5:e6:80")),
        ({"stop_tokens": (Token(uid="X"), OTHER)}, OTHER),
        ({"token": Token(contract_id=CONTRACT)}, Token(uid="DE8EOCA2B3C4D56")),
        ({"token": None}, OTHER),
        ({}, None),
        ({}, Token()),
        ({"auth_method": AuthMethod.COMMAND}, OTHER),
    ],
)
async def test_who_began_it_or_was_named_is_asked_about(
    stand: Stand, facts: dict[str, Any], shown: Token | None
) -> None:
    """And where it cannot be told, the hub decides."""
    await stand.begun(**facts)
    assert (await stand.prepared(replace(STOP, token=shown))).answer is None


@pytest.mark.parametrize(
    ("profile", "options"), [(EASY, {}), (STRICT, {"stop_with": "any"}), (EASY, {"stop_with": ""})]
)
async def test_where_the_hub_asks_the_issuer_any_card_goes(
    stand: Stand, profile: Profile, options: dict[str, Any]
) -> None:
    await stand.begun()
    here = replace(HERE, options=options)
    assert (await stand.one.prepared(here, profile, replace(STOP, token=OTHER))).answer is None


async def test_who_else_may_stop_is_remembered_of_the_authorisation_without_a_pin(stand: Stand) -> None:
    guest = replace(OTHER, pin=Pin(clear="1234"))
    yes = m.Authorization(allowed=m.Allowed.ALLOWED, session=IDS, stop_tokens=(guest,))
    await stand.register.remember(HERE, m.AuthorizeToken(token=CARD, evse=EVSE, product_id="AC3"), yes)
    (known,) = await stand.register.listed()
    assert (known.stop_tokens, known.product_id) == ((OTHER,), "AC3")
    assert may_stop(known, OTHER)


# --- progress ----------------------------------------------------------------------------------------------------


async def test_progress_leaves_once_in_its_time_whichever_process_has_it(stand: Stand) -> None:
    await stand.begun()
    assert (await stand.prepared(PROGRESS)).answer is None
    stand.now += timedelta(seconds=120)
    for process in (stand.one, stand.other):
        with pytest.raises(Early, match="at most every 300 s for each session; the next in 180 s") as caught:
            await process.prepared(HERE, STRICT, PROGRESS)
        assert caught.value.retry_after == 180
    stand.now += timedelta(seconds=180)
    await stand.other.prepared(HERE, STRICT, PROGRESS)
    with pytest.raises(Early):
        await stand.prepared(PROGRESS)


async def test_only_progress_waits_and_only_that_of_the_same_session(stand: Stand) -> None:
    await stand.begun()
    await stand.register.record(new_session("toy", SessionIds(hub="H-2")), NOON)
    await stand.prepared(PROGRESS)
    for kind in (SessionEventKind.START, SessionEventKind.END, SessionEventKind.ERROR):
        await stand.prepared(replace(PROGRESS, event=SessionEvent(kind=kind)))
    await stand.prepared(replace(PROGRESS, session=Session(ids=SessionIds(hub="H-2"))))


async def test_a_hub_without_such_a_rule_takes_it_at_any_time(stand: Stand) -> None:
    await stand.begun()
    for _ in range(3):
        assert (await stand.prepared(PROGRESS, EASY)).turn is None


async def test_a_turn_that_was_not_used_is_given_back(stand: Stand) -> None:
    await stand.begun()
    prepared = await stand.prepared(PROGRESS)
    await stand.one.unsent(prepared)
    assert (await stand.prepared(PROGRESS)).turn is not None


async def test_the_time_until_the_next_counts_from_the_answer_to_the_last(stand: Stand) -> None:
    """The hub counts from when it had the message: one that was on its way for long must not make the next too soon."""
    await stand.begun()
    prepared = await stand.prepared(PROGRESS)
    stand.now += timedelta(seconds=8)
    await stand.one.over(prepared)
    stand.now += timedelta(seconds=292)
    with pytest.raises(Early, match="the next in 8 s"):
        await stand.prepared(PROGRESS)


async def test_a_turn_that_was_given_back_does_not_count(stand: Stand) -> None:
    await stand.begun()
    prepared = await stand.prepared(PROGRESS)
    await stand.one.unsent(prepared)
    await stand.one.over(prepared)
    assert (await stand.prepared(PROGRESS)).turn is not None


async def test_an_owed_progress_that_is_early_waits_for_its_time_and_holds_up_nobody() -> None:
    entry = Entry(id=1, connection="toy", lane="toy/event/H/progress", key="k", kind="ReportEvent", message="{}")
    outcome = of_failure(Early("too soon", 42.0), entry, Policy(lane="event"))
    assert (outcome.state, outcome.wait_seconds, outcome.closes, outcome.passing) == ("waiting", 42.0, False, False)


# --- in the outbox -----------------------------------------------------------------------------------------------


def progress(minutes: int) -> m.ReportEvent:
    return replace(PROGRESS, event=replace(PROGRESS.event, at=NOON + timedelta(minutes=minutes)))


def event(kind: SessionEventKind) -> m.ReportEvent:
    return m.ReportEvent(event=SessionEvent(kind=kind, at=NOON), session=Session(ids=IDS))


TOLD = m.EventReceipt(accepted=True)


async def test_of_progress_that_waits_only_the_newest_goes(desk: MakeDesk) -> None:
    table = desk(replies={"ReportEvent": [TOLD, Early("too soon", 200.0), TOLD]})
    first = await table.outbox.submit("toy", progress(0))
    assert first.lane == "toy/event/H/progress"
    await table.outbox.drain(first.lane)
    second = await table.outbox.submit("toy", progress(1))
    await table.outbox.drain(second.lane)
    third = await table.outbox.submit("toy", progress(2))
    waiting = await table.outbox.get(second.id)
    assert (waiting.state, waiting.words) == ("withdrawn", "a newer progress goes in its place")
    assert third.next_try_at is not None
    assert third.next_try_at >= (table.now + timedelta(seconds=200)).isoformat(timespec="microseconds")
    await table.outbox.drain(third.lane)
    assert table.sent == [progress(0), progress(1)]
    table.now += timedelta(seconds=221)
    await table.outbox.drain(third.lane)
    assert table.sent[2:] == [progress(2)]
    assert [one.state for one in await table.outbox.listed()] == ["accepted", "withdrawn", "accepted"]


@pytest.mark.parametrize("fault", [NotSent("no way"), NoAnswer("silence")])
async def test_a_progress_that_the_hub_may_have_seen_is_not_taken_back(desk: MakeDesk, fault: Exception) -> None:
    table = desk(replies={"ReportEvent": [fault]})
    first = await table.outbox.submit("toy", progress(0))
    await table.outbox.drain(first.lane)
    await table.outbox.submit("toy", progress(1))
    expected = "withdrawn" if isinstance(fault, NotSent) else "unknown"
    assert (await table.outbox.get(first.id)).state == expected


async def test_a_progress_that_was_under_way_when_a_newer_came_makes_way_for_it(desk: MakeDesk) -> None:
    table = desk()
    first = await table.outbox.submit("toy", progress(0))

    async def send(*_: Any) -> m.Answer:
        if not table.sent:
            table.sent.append(progress(0))
            await table.outbox.submit("toy", progress(1))
            raise Early("too soon", 200.0)
        table.sent.append(progress(1))
        return TOLD

    table.outbox._attempts._send = send
    await table.outbox.drain(first.lane)
    assert [(one.state, one.words) for one in await table.outbox.listed()] == [
        ("withdrawn", "a newer progress goes in its place"),
        ("accepted", None),
    ]
    assert await table.told() == [(first.id, "withdrawn"), (first.id + 1, "accepted")]


async def test_start_error_and_end_do_not_wait_behind_progress(desk: MakeDesk) -> None:
    table = desk(replies={"ReportEvent": [Early("too soon", 200.0), *[TOLD] * 3]})
    held = await table.outbox.submit("toy", progress(0))
    await table.outbox.drain(held.lane)
    for kind in (SessionEventKind.START, SessionEventKind.ERROR):
        owed = await table.outbox.submit("toy", event(kind))
        await table.outbox.drain(owed.lane)
        assert (owed.lane, (await table.outbox.get(owed.id)).state) == ("toy/event/H", "accepted")
    assert (await table.outbox.get(held.id)).state == "waiting"
    await table.outbox.submit("toy", event(SessionEventKind.END))
    gone = await table.outbox.get(held.id)
    assert (gone.state, gone.words) == ("withdrawn", "the charging has ended")
    assert await table.told() == [(owed.id - 1, "accepted"), (owed.id, "accepted"), (held.id, "withdrawn")]


async def test_nothing_of_the_progress_is_left_when_the_cdr_comes(desk: MakeDesk) -> None:
    table = desk(replies={"ReportEvent": [Early("too soon", 200.0)]})
    held = await table.outbox.submit("toy", progress(0))
    await table.outbox.drain(held.lane)
    await table.outbox.submit("toy", cdr(session="H"))
    assert (await table.outbox.get(held.id)).words == "the session's CDR is there"


# --- one CDR -----------------------------------------------------------------------------------------------------

ONE = Profile("toyland", "Toyland", deliveries={"SubmitCdr": Policy(lane="cdr/{session}")}, options={"one_cdr": True})


async def test_an_intermediate_cdr_does_not_close_a_session_that_is_charging(desk: MakeDesk) -> None:
    table = desk(profile=ONE)
    with pytest.raises(Invalid, match="takes one CDR for each session"):
        await table.outbox.submit("toy", cdr(nature=CdrNature.INTERMEDIATE))
    assert await table.outbox.listed() == []


@pytest.mark.parametrize("status", [None, CdrStatus.REVISED])
async def test_a_second_cdr_of_a_session_is_refused_at_once_with_the_reason(desk: MakeDesk, status: Any) -> None:
    table = desk(profile=ONE)
    first = await table.outbox.submit("toy", cdr())
    await table.outbox.drain(first.lane)
    second = await table.outbox.submit("toy", cdr("C2", status=status))
    assert (second.state, second.words) == (
        "refused",
        f"not sent: entry {first.id}, with other content under the same key, is accepted",
    )
    await table.outbox.drain(first.lane)
    assert table.names == ["C1"]
