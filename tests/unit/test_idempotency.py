import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from gateway.errors import BackendFailed, Unsupported
from gateway.holding import Holding
from gateway.idempotency import INTERRUPTED, Answers, key_of
from gateway.model import messages as m
from gateway.model.common import Kept, Reason
from gateway.model.ids import EvseId
from gateway.model.session import Session, SessionEvent, SessionEventKind, SessionIds
from gateway.model.token import Pin, Token
from gateway.store import Database, inbox, tables
from tests.scenarios import toy

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
CONNECTION = toy.connection()
START = m.StartSession(evse=toy.OURS, token=toy.CARD, session=SessionIds(hub="H-1"))
STOP = m.StopSession(evse=toy.OURS, session=SessionIds(hub="H-1"))
ASK = m.AuthorizeToken(evse=toy.OURS, token=toy.CARD, session=SessionIds(hub="H-1"))
RESERVE = m.ReserveEvse(evse=toy.OURS, token=toy.CARD, session=SessionIds(hub="R-1"), minutes=15)
SELECT = m.ReserveEvse(evse=toy.OURS, token=toy.CARD, transaction="SelectEvse/")
CANCEL = m.CancelReservation(evse=toy.OURS, session=SessionIds(hub="R-1"))
EVENT = m.ReportEvent(
    event=SessionEvent(kind=SessionEventKind.PROGRESS, at=NOON), session=Session(ids=SessionIds(hub="H-1"))
)
FAULT = replace(EVENT, event=SessionEvent(kind=SessionEventKind.ERROR, error="CriticalError"))
TOLD = m.EventReceipt(accepted=True)
YES = m.CommandResult(status=m.CommandStatus.ACCEPTED, session=SessionIds(cpo="LON-1"))
NO = m.CommandResult(status=m.CommandStatus.REJECTED)
ALLOWED = m.Authorization(allowed=m.Allowed.ALLOWED, token=toy.CARD, session=SessionIds(emsp="E-1"))


class Stand:
    """Two processes on one store, and a backend that counts what it is asked."""

    def __init__(self) -> None:
        self.clock = [NOON]
        self.database = Database()
        self.database.migrate()
        self.asked: list[str] = []
        self.one, self.other = self.process("one"), self.process("other")

    def process(self, name: str) -> Answers:
        return Answers(Holding(self.database, name, lambda: self.clock[0]), patience_seconds=0.5)

    def backend(self, answer: Any, name: str = "asked") -> Callable[[], Awaitable[Any]]:
        async def ask() -> Any:
            self.asked.append(name)
            await asyncio.sleep(0.01)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return ask

    async def die_over(self, message: m.Message[Any]) -> None:
        """A process asks, and is gone before it has the answer."""
        values: Any = {"connection": "toy", "key": key_of(message), "kind": type(message).__name__}
        values |= {"now": self.clock[0], "lease": inbox.Lease("dead", 60), "keep_seconds": 3600.0}
        await self.database.write(lambda transaction: inbox.asked(transaction, **values))


@pytest.fixture
def stand() -> Iterator[Stand]:
    here = Stand()
    yield here
    here.database.close()


# --- the same again ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        (START, YES),
        (START, NO),
        (STOP, YES),
        (RESERVE, YES),
        (RESERVE, NO),
        (CANCEL, YES),
        (EVENT, TOLD),
        (EVENT, m.EventReceipt(accepted=False)),
        (ASK, ALLOWED),
        (ASK, m.Authorization(allowed=m.Allowed.BLOCKED)),
    ],
)
async def test_the_same_again_gets_the_same_answer_and_the_backend_is_asked_once(
    stand: Stand, message: m.Message[Any], answer: m.Answer
) -> None:
    first = await stand.one.once(CONNECTION, message, stand.backend(answer))
    again = [await process.once(CONNECTION, message, stand.backend(None)) for process in (stand.one, stand.other)]
    assert [first, *again] == [answer] * 3
    assert stand.asked == ["asked"]


@pytest.mark.parametrize("processes", [("one", "one", "one"), ("one", "other")])
async def test_who_asks_the_same_meanwhile_waits_for_the_same_answer(stand: Stand, processes: tuple[str, ...]) -> None:
    questions = [getattr(stand, name).once(CONNECTION, START, stand.backend(YES)) for name in processes]
    assert await asyncio.gather(*questions) == [YES] * len(processes)
    assert stand.asked == ["asked"]


async def test_a_resend_with_a_new_exchange_id_is_the_same_question(stand: Stand) -> None:
    await stand.one.once(CONNECTION, replace(START, transaction="T-1"), stand.backend(YES))
    kept = {"emip": (Kept("/transactionId", "T-2", "T-1"),)}
    again = replace(START, transaction="T-2", extensions=kept)
    assert await stand.one.once(CONNECTION, again, stand.backend(NO)) == YES


@pytest.mark.parametrize(
    "other",
    [
        replace(START, session=SessionIds(hub="H-2")),
        replace(START, evse=EvseId.parse("DE*LON*E2")),
        replace(START, token=Token(uid="04B1C2D3E4F590")),
        replace(START, product_id="DC"),
    ],
)
async def test_what_says_something_else_is_another_question(stand: Stand, other: m.Message[Any]) -> None:
    await stand.one.once(CONNECTION, START, stand.backend(YES))
    assert await stand.one.once(CONNECTION, other, stand.backend(NO)) == NO


async def test_the_same_words_on_another_connection_are_another_question(stand: Stand) -> None:
    await stand.one.once(CONNECTION, START, stand.backend(YES))
    assert await stand.one.once(toy.connection("second"), START, stand.backend(NO)) == NO


@pytest.mark.parametrize(
    "message",
    [
        replace(ASK, session=SessionIds(cpo="LON-1")),
        replace(ASK, session=SessionIds()),
        replace(ASK, token=Token(uid="DE-8EO-CA2B3C4D5-6", pin=Pin(clear="1234"))),
        replace(EVENT, session=Session(ids=SessionIds(hub="H-1"), token=Token(uid="X", pin=Pin(clear="1234")))),
        replace(EVENT, session=None),
        m.StartSession(evse=toy.OURS),
        m.Heartbeat(transaction="T-1"),
    ],
)
async def test_a_question_without_a_name_or_with_a_pin_is_new_each_time(stand: Stand, message: m.Message[Any]) -> None:
    assert key_of(message) is None
    for _ in range(2):
        await stand.one.once(CONNECTION, message, stand.backend(ALLOWED))
    assert stand.asked == ["asked", "asked"]


@pytest.mark.parametrize(
    ("message", "answer", "seconds"),
    [
        (START, YES, 3600),
        (START, NO, 3600),
        (STOP, YES, 3600),
        (STOP, NO, 30),
        (replace(STOP, action_id="A-1"), NO, 3600),
        (RESERVE, NO, 3600),
        (SELECT, YES, 3600),
        (SELECT, NO, 30),
        (SELECT, replace(NO, status=m.CommandStatus.FAILED), 30),
        (CANCEL, YES, 3600),
        (CANCEL, NO, 30),
        (EVENT, TOLD, 3600),
        (FAULT, TOLD, 30),
        (ASK, m.Authorization(allowed=m.Allowed.NOT_ALLOWED), 3600),
        (m.AuthorizeStop(session=SessionIds(hub="H-1")), m.Authorization(allowed=m.Allowed.NOT_ALLOWED), 30),
    ],
)
async def test_how_long_an_answer_is_remembered(
    stand: Stand, message: m.Message[Any], answer: m.Answer, seconds: int
) -> None:
    """A stop has no id of its own at the hubs: a driver who presses again asks again."""
    await stand.one.once(CONNECTION, message, stand.backend(answer))
    stand.clock[0] += timedelta(seconds=seconds)
    await stand.one.once(CONNECTION, message, stand.backend(answer))
    assert len(stand.asked) == 1
    stand.clock[0] += timedelta(seconds=1)
    await stand.one.once(CONNECTION, message, stand.backend(answer))
    assert len(stand.asked) == 2


PIN_CARD = replace(toy.CARD, pin=Pin(clear="1234"))


async def test_a_command_with_a_pin_is_known_without_it_and_takes_effect_once(stand: Stand) -> None:
    start = replace(START, token=PIN_CARD)
    assert key_of(start) == key_of(START)
    assert key_of(replace(START, token=replace(PIN_CARD, pin=Pin(clear="9999")))) == key_of(START)
    answers = [await process.once(CONNECTION, start, stand.backend(YES)) for process in (stand.one, stand.other)]
    assert (answers, stand.asked) == ([YES, YES], ["asked"])
    another = replace(start, session=SessionIds(hub="H-2"))
    assert await stand.one.once(CONNECTION, another, stand.backend(NO)) == NO


async def test_neither_the_question_nor_a_pin_in_the_answer_is_stored(stand: Stand) -> None:
    answer = replace(ALLOWED, token=replace(toy.CARD, pin=Pin(clear="1234")))
    await stand.one.once(CONNECTION, ASK, stand.backend(answer))
    item = await stand.database.read(lambda transaction: inbox.found(transaction, "toy", key_of(ASK) or ""))
    assert item is not None
    assert (item.message, "1234" in (item.answer or "")) == ("", False)


# --- what goes wrong ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [BackendFailed("down"), ZeroDivisionError("bug")])
async def test_a_command_that_failed_may_have_taken_effect_and_is_not_repeated(stand: Stand, error: Exception) -> None:
    with pytest.raises(type(error)):
        await stand.one.once(CONNECTION, START, stand.backend(error))
    for process in (stand.one, stand.other):
        with pytest.raises(BackendFailed, match="the command failed when it was first asked for"):
            await process.once(CONNECTION, START, stand.backend(YES))
    assert stand.asked == ["asked"]


async def test_a_driver_whose_reservation_failed_may_ask_again_soon(stand: Stand) -> None:
    """The operator names the reservation (OCHPdirect): what was made of the first request runs out by itself."""
    with pytest.raises(TimeoutError):
        await stand.one.once(CONNECTION, SELECT, stand.backend(TimeoutError()))
    stand.clock[0] += timedelta(seconds=31)
    assert await stand.one.once(CONNECTION, SELECT, stand.backend(YES)) == YES


async def test_an_answer_of_the_wrong_kind_is_a_failure(stand: Stand) -> None:
    with pytest.raises(BackendFailed, match="Authorization is no answer to StartSession"):
        await stand.one.once(CONNECTION, START, stand.backend(ALLOWED))


@pytest.mark.parametrize(
    ("message", "error", "answer"),
    [(ASK, BackendFailed("down"), ALLOWED), (START, Unsupported("no such method"), YES)],
)
async def test_what_cannot_have_had_an_effect_may_be_asked_again(
    stand: Stand, message: m.Message[Any], error: Exception, answer: m.Answer
) -> None:
    with pytest.raises(type(error)):
        await stand.one.once(CONNECTION, message, stand.backend(error))
    assert await stand.one.once(CONNECTION, message, stand.backend(answer)) == answer


@pytest.mark.parametrize("message", [START, STOP, RESERVE, CANCEL])
async def test_a_command_interrupted_by_a_crash_is_answered_as_failed_and_never_repeated(
    stand: Stand, message: m.Message[Any]
) -> None:
    await stand.die_over(message)
    stand.clock[0] += timedelta(seconds=61)
    failed = m.CommandResult(status=m.CommandStatus.FAILED, reason=Reason(text=INTERRUPTED))
    for process in (stand.one, stand.other):
        assert await process.once(CONNECTION, message, stand.backend(YES)) == failed
    assert stand.asked == []


async def test_an_answer_that_comes_after_the_command_was_given_up_does_not_change_what_was_said(stand: Stand) -> None:
    late = asyncio.Event()

    async def ask() -> m.CommandResult:
        await late.wait()
        return YES

    slow = asyncio.create_task(stand.one.once(CONNECTION, START, ask))
    for _ in range(100):
        await asyncio.sleep(0.001)
    stand.clock[0] += timedelta(seconds=61)
    said = await stand.other.once(CONNECTION, START, stand.backend(YES))
    late.set()
    await slow
    again = await stand.other.once(CONNECTION, START, stand.backend(YES))
    assert (said, again, stand.asked) == (
        m.CommandResult(status=m.CommandStatus.FAILED, reason=Reason(text=INTERRUPTED)),
        said,
        [],
    )


async def test_a_question_interrupted_by_a_crash_is_asked_again_once(stand: Stand) -> None:
    await stand.die_over(ASK)
    stand.clock[0] += timedelta(seconds=61)
    questions = [process.once(CONNECTION, ASK, stand.backend(ALLOWED)) for process in (stand.one, stand.other)]
    assert await asyncio.gather(*questions) == [ALLOWED, ALLOWED]
    assert stand.asked == ["asked"]


async def test_who_waits_too_long_for_another_process_hears_of_a_technical_failure(stand: Stand) -> None:
    await stand.die_over(START)
    with pytest.raises(BackendFailed, match="the same question is still being answered"):
        await stand.one.once(CONNECTION, START, stand.backend(YES))
    assert stand.asked == []


async def test_a_command_goes_on_where_the_caller_hangs_up(stand: Stand) -> None:
    caller = asyncio.create_task(stand.one.once(CONNECTION, START, stand.backend(YES)))
    for _ in range(5000):
        if stand.asked:
            break
        await asyncio.sleep(0.001)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    await stand.one.close()
    assert await stand.other.once(CONNECTION, START, stand.backend(NO)) == YES


async def test_an_answer_that_cannot_be_stored_is_given_all_the_same(stand: Stand) -> None:
    broken = stand.process("broken")

    async def ask() -> m.CommandResult:
        stand.database.close()
        return YES

    assert await broken.once(CONNECTION, START, ask) == YES


async def test_a_remembered_answer_that_cannot_be_read_is_a_technical_failure(stand: Stand) -> None:
    await stand.one.once(CONNECTION, START, stand.backend(YES))
    item = await stand.database.read(lambda transaction: inbox.found(transaction, "toy", key_of(START) or ""))
    assert item is not None
    spoilt = update(tables.inbox).where(tables.inbox.c.id == item.id).values(answer='{"colour": 1}')
    await stand.database.write(lambda transaction: transaction.execute(spoilt))
    with pytest.raises(BackendFailed, match="cannot be read"):
        await stand.one.once(CONNECTION, START, stand.backend(YES))
