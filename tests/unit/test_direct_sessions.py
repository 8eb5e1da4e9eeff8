"""Sessions that partners open with each other: how they are named, held, taken up, and asked for again."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.holding import Holding
from gateway.idempotency import Answers, key_of
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.session import AuthMethod, Session, SessionEvent, SessionIds, SessionStatus
from gateway.model.token import Token, TokenType
from gateway.ports import Connection, Profile
from gateway.preparing import Preparing, is_about_a_session
from gateway.session_book import SessionBook
from gateway.sessions import KnownSession, SessionRegister
from gateway.store import Database

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
EVSE = EvseId.parse("DE*LON*E1111*1")
USER = Token(
    uid="DE-8EO-CA2B3C4D5", type=TokenType.APP_USER, contract_id=ContractId.parse("DE-8EO-CA2B3C4D5")
)  # fmt: skip
CPO = Connection(name="toy", hub="toy", protocol="toy", role=Role.CPO, party=PartyId.parse("DE*LON"))
TOY = Profile(name="toy", title="Toy")
IDS = SessionIds(hub="D-1", cpo="P-1")
RESERVE = m.ReserveEvse(token=USER, evse=EVSE, until=NOW + timedelta(minutes=10), transaction="SelectEvse/")
START = m.StartSession(session=SessionIds(hub="D-1"))
YES = m.CommandResult(status=m.CommandStatus.ACCEPTED, session=IDS, valid_until=NOW + timedelta(minutes=5))
ALL_DAY = replace(YES, valid_until=TOMORROW)


@dataclass
class Stand:
    database: Database
    now: datetime = NOW
    asked: int = 0

    def __post_init__(self) -> None:
        self.register = SessionRegister(self.database, now=lambda: self.now)
        self.book = SessionBook(self.register, "toy")
        self.answers = Answers(Holding(self.database, "one", lambda: self.now), patience_seconds=0.5)

    async def remember(self, message: m.Message[Any], answer: Any) -> KnownSession:
        await self.register.remember(CPO, message, answer)
        (known,) = await self.register.listed()
        return known

    async def once(self, message: m.Message[Any], answer: m.CommandResult) -> Any:
        async def ask() -> m.CommandResult:
            self.asked += 1
            return answer

        return await self.answers.once(CPO, message, ask)


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    database = Database()
    database.migrate()
    yield Stand(database)
    database.close()


# --- held and taken up -------------------------------------------------------------------------------------------


async def test_a_reservation_is_held_for_as_long_as_was_granted(stand: Stand) -> None:
    known = await stand.remember(RESERVE, YES)
    assert (known.ids, known.status, known.reserved_until) == (IDS, SessionStatus.RESERVATION, YES.valid_until)


async def test_a_start_under_its_name_takes_a_reservation_up(stand: Stand) -> None:
    await stand.remember(RESERVE, YES)
    known = await stand.remember(START, ALL_DAY)
    assert (known.status, known.reserved_until, known.evse, known.token) == (
        SessionStatus.PENDING,
        TOMORROW,
        EVSE,
        USER,
    )
    stand.now = TOMORROW
    assert await stand.register.reservations_over(["toy"]) == []


async def test_more_facts_of_a_reservation_do_not_take_it_up(stand: Stand) -> None:
    await stand.remember(RESERVE, YES)
    ask = m.AuthorizeToken(token=USER, evse=EVSE, session=IDS)
    known = await stand.remember(ask, m.Authorization(allowed=m.Allowed.ALLOWED, session=IDS))
    assert known.status is SessionStatus.RESERVATION


@pytest.mark.parametrize("message", [m.ChangeSession(session=IDS), m.StopSession(session=IDS)])
async def test_a_command_says_anew_how_long_a_session_is_held(stand: Stand, message: m.Message[Any]) -> None:
    await stand.remember(RESERVE, YES)
    await stand.remember(START, ALL_DAY)
    soon = NOW + timedelta(minutes=15)
    assert (await stand.remember(message, replace(YES, valid_until=soon))).reserved_until == soon
    refused = replace(YES, status=m.CommandStatus.REJECTED, valid_until=TOMORROW)
    assert (await stand.remember(message, refused)).reserved_until == soon


async def test_the_book_says_who_charges_where_and_until_when(stand: Stand) -> None:
    await stand.remember(RESERVE, YES)
    state = await stand.book.state(SessionIds(hub="D-1"))
    assert state == m.SessionState(
        event=SessionEvent(valid_until=YES.valid_until),
        session=Session(
            ids=IDS,
            operator=EVSE.party,
            evse=EVSE,
            token=USER,
            status=SessionStatus.RESERVATION,
            auth_method=AuthMethod.COMMAND,
            start=NOW,
        ),
    )
    assert await stand.book.state(SessionIds(hub="D-2")) is None
    stand.now = NOW + timedelta(minutes=1)
    await stand.book.over(SessionIds(hub="D-1"))
    state = await stand.book.state(SessionIds(hub="D-1"))
    assert state is not None
    assert state.event == SessionEvent(valid_until=stand.now)


async def test_what_is_released_has_ended_and_what_starts_again_has_not(stand: Stand) -> None:
    await stand.remember(RESERVE, YES)
    await stand.remember(START, ALL_DAY)
    assert (await stand.remember(m.StopSession(session=IDS), replace(ALL_DAY, session=SessionIds()))).facts.ended_at
    assert (await stand.remember(START, ALL_DAY)).facts.ended_at is None
    stand.now = NOW + timedelta(minutes=1)
    await stand.book.over(SessionIds(hub="D-1"))
    state = await stand.book.state(SessionIds(hub="D-1"))
    assert state is not None
    assert state.session is not None
    assert state.session.end == stand.now


async def test_other_connections_have_other_books(stand: Stand) -> None:
    await stand.remember(RESERVE, YES)
    assert await SessionBook(stand.register, "other").state(IDS) is None


# --- what is known joins -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "about"),
    [
        (START, True),
        (m.StartSession(token=USER, session=SessionIds(emsp="E")), True),
        (m.StartSession(token=USER, evse=EVSE, session=SessionIds(emsp="E")), False),
        (m.StartSession(), False),
        (m.ChangeSession(session=IDS), True),
        (m.FetchSession(session=IDS), True),
        (RESERVE, False),
    ],
)
def test_a_start_without_a_driver_names_a_session_that_is_there(message: m.Message[Any], about: bool) -> None:
    assert is_about_a_session(message) is about


async def test_token_evse_and_names_join_a_start(stand: Stand) -> None:
    await stand.remember(RESERVE, YES)
    preparing = Preparing(stand.register, lambda: stand.now)
    assert (await preparing.prepared(CPO, TOY, START)).message == m.StartSession(token=USER, evse=EVSE, session=IDS)
    fetch = m.FetchSession(session=SessionIds(cpo="P-1"))
    assert (await preparing.prepared(CPO, TOY, fetch)).message == m.FetchSession(session=IDS, evse=EVSE)


# --- the same again ----------------------------------------------------------------------------------------------

NO = m.CommandResult(status=m.CommandStatus.EVSE_OCCUPIED)
FAILED = m.CommandResult(status=m.CommandStatus.FAILED)


@pytest.mark.parametrize(
    ("message", "answer", "seconds"),
    [
        (RESERVE, YES, 3600),
        (RESERVE, NO, 30),
        (START, YES, 3600),
        (START, m.CommandResult(status=m.CommandStatus.NO_EV_CONNECTED), 30),
        (START, FAILED, 3600),
    ],
)
async def test_a_no_that_may_pass_is_remembered_briefly(
    stand: Stand, message: m.Message[Any], answer: m.CommandResult, seconds: int
) -> None:
    await stand.once(message, answer)
    stand.now += timedelta(seconds=seconds)
    assert (await stand.once(message, answer), stand.asked) == (answer, 1)
    stand.now += timedelta(seconds=1)
    assert (await stand.once(message, answer), stand.asked) == (answer, 2)


def test_another_end_of_the_reservation_is_the_same_question() -> None:
    assert key_of(replace(RESERVE, until=TOMORROW)) == key_of(RESERVE)
    assert key_of(replace(RESERVE, transaction="SelectEvse/D-1")) != key_of(RESERVE)
    assert key_of(replace(RESERVE, evse=EvseId.parse("DE*LON*E2"))) != key_of(RESERVE)
    named = replace(RESERVE, session=IDS)
    assert key_of(replace(named, until=TOMORROW)) != key_of(named)


def test_a_change_may_come_again_and_again() -> None:
    assert key_of(m.ChangeSession(session=IDS)) is None
    assert key_of(m.FetchSession(session=IDS)) is None


def test_a_question_names_no_contract() -> None:
    assert str(USER.uid) not in str(key_of(RESERVE))
