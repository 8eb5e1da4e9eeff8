"""CDRs and news for the backend: stored, answered, handed over."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from gateway.backends import BackendPort
from gateway.delivery.deliveries import Delivery
from gateway.delivery.owed import TOLD
from gateway.errors import BackendFailed, Unsupported
from gateway.handover import HandOver
from gateway.holding import Holding
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrNature, CdrStatus
from gateway.model.ids import EvseId
from gateway.model.session import SessionIds
from gateway.ports import Connection
from gateway.receiving import Receiving, cdr_key
from gateway.store import Database, inbox, outbox
from tests.scenarios import toy

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
CONNECTION = toy.connection()
CDR = Cdr(id="C-1", session=SessionIds(hub="H-1"), evse=toy.OURS, token=toy.CARD, energy_kwh=Decimal("12.5"))
SUBMITTED = m.SubmitCdr(cdr=CDR, transaction="T-1")
TAKEN, DECLINED = m.CdrReceipt(accepted=True), m.CdrReceipt(accepted=False)


@dataclass
class Platform:
    """Answers from lists, and goes on with yes."""

    asked: list[m.Message[Any]] = field(default_factory=list)
    heard: list[Delivery] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)

    async def submit_cdr(self, _: Connection, message: m.SubmitCdr) -> m.CdrReceipt:
        return self._answered(message, TAKEN)

    async def review_cdr(self, _: Connection, message: m.ReviewCdr) -> m.Confirmation:
        return self._answered(message, m.Confirmation(accepted=True))

    async def delivery_changed(self, delivery: Delivery) -> None:
        self._answered(None, None)
        self.heard.append(delivery)

    def _answered(self, message: Any, usual: Any) -> Any:
        if message is not None:
            self.asked.append(message)
        answer = self.answers.pop(0) if self.answers else usual
        if isinstance(answer, Exception):
            raise answer
        return answer


class Stand:
    def __init__(self, platform: Any = None) -> None:
        self.clock, self.platform = [NOON], platform or Platform()
        self.database = Database()
        self.database.migrate()
        self.one, self.hand_over = self.process("one")
        self.other, _ = self.process("other")

    def process(self, name: str) -> tuple[Receiving, HandOver]:
        holding = Holding(self.database, name, lambda: self.clock[0])
        receiving = Receiving(holding, BackendPort(self.platform), {"toy": CONNECTION})
        return receiving, HandOver(holding, receiving.kinds)

    async def items(self) -> list[inbox.Item]:
        return list(await self.database.read(inbox.listed))

    async def drain(self) -> None:
        await self.hand_over.drain()


@pytest.fixture
def stand() -> Iterator[Stand]:
    here = Stand()
    yield here
    here.database.close()


# --- pushed ------------------------------------------------------------------------------------------------------


async def test_a_pushed_cdr_is_stored_and_acknowledged_and_then_handed_over_until_the_backend_answers(
    stand: Stand,
) -> None:
    stand.platform.answers = [OSError("down"), "yes", TAKEN]
    assert await stand.one.pushed(CONNECTION, SUBMITTED) == TAKEN
    assert stand.platform.asked == []
    for _ in range(4):
        await stand.drain()
        stand.clock[0] += timedelta(minutes=5)
    assert stand.platform.asked == [SUBMITTED] * 3
    (item,) = await stand.items()
    assert (item.handed_over, item.answer, item.tries) == (True, '{"accepted": true, "already_there": false}', 2)


async def test_the_same_cdr_again_is_acknowledged_and_handed_over_once(stand: Stand) -> None:
    again = replace(SUBMITTED, transaction="T-2")
    receipts = await asyncio.gather(
        *(receiving.pushed(CONNECTION, again) for receiving in (stand.one, stand.other, stand.one))
    )
    await stand.drain()
    late = await stand.one.pushed(CONNECTION, SUBMITTED)
    assert [receipt.accepted for receipt in (*receipts, late)] == [True] * 4
    assert sorted(receipt.already_there for receipt in (*receipts, late)) == [False, True, True, True]
    assert stand.platform.asked == [again]


async def test_another_cdr_for_the_same_session_is_not_taken_for_the_first(stand: Stand) -> None:
    await stand.one.pushed(CONNECTION, SUBMITTED)
    other = m.SubmitCdr(cdr=replace(CDR, energy_kwh=Decimal(99)))
    assert await stand.one.pushed(CONNECTION, other) == m.CdrReceipt(accepted=False, already_there=True)
    await stand.drain()
    assert stand.platform.asked == [SUBMITTED]


async def test_a_backend_without_the_method_is_said_to_the_hub_and_nothing_is_stored() -> None:
    stand = Stand(object())
    with pytest.raises(Unsupported):
        await stand.one.pushed(CONNECTION, SUBMITTED)
    assert await stand.items() == []
    stand.database.close()


@pytest.mark.parametrize(
    ("cdr", "key"),
    [
        (CDR, "H-1"),
        (replace(CDR, session=SessionIds(cpo="LON-1")), "C-1/DELONE11111"),
        (replace(CDR, session=SessionIds(cpo="LON-1"), evse=None), "C-1"),
        (Cdr(session=SessionIds(cpo="LON-1"), evse=toy.OURS), "LON-1"),
    ],
)
def test_a_final_cdr_is_known_by_its_session_or_by_its_id_at_its_evse(cdr: Cdr, key: str) -> None:
    assert cdr_key(m.SubmitCdr(cdr=cdr)) == key


def test_where_operators_name_sessions_a_cdr_is_known_by_its_operator_too() -> None:
    other = replace(CDR, evse=EvseId.parse("DE*TWO*E1"))
    keys = [cdr_key(m.SubmitCdr(cdr=one), by_operator=True) for one in (CDR, other, replace(CDR, energy_kwh=None))]
    assert keys == ["H-1/DELON", "H-1/DETWO", "H-1/DELON"]


async def test_two_operators_cdrs_of_sessions_of_one_name_are_two(stand: Stand) -> None:
    holding, backend = Holding(stand.database, "one", lambda: NOON), BackendPort(stand.platform)
    receiving = Receiving(holding, backend, {CONNECTION.name: CONNECTION}, named_by_operators=[CONNECTION.name])
    other = m.SubmitCdr(cdr=replace(CDR, evse=EvseId.parse("DE*TWO*E1")))
    receipts = [await receiving.pushed(CONNECTION, one) for one in (SUBMITTED, other, SUBMITTED)]
    assert [one.already_there for one in receipts] == [False, False, True]
    assert [one.accepted for one in receipts] == [True, True, True]


@pytest.mark.parametrize("more", [{"nature": CdrNature.INTERMEDIATE}, {"status": CdrStatus.REVISED}])
def test_of_intermediate_and_revised_cdrs_there_may_be_several(more: dict[str, Any]) -> None:
    keys = {cdr_key(m.SubmitCdr(cdr=replace(CDR, energy_kwh=Decimal(kwh), **more))) for kwh in (1, 2, 2)}
    assert len(keys) == 2
    assert all(key.startswith("H-1/") for key in keys)


async def test_a_stored_cdr_that_was_spoilt_is_put_aside_and_its_repetition_is_not_acknowledged(stand: Stand) -> None:
    await stand.one.pushed(CONNECTION, SUBMITTED)
    spoilt = text('UPDATE gateway_inbox SET message = \'{"cdr": {"colour": 1}}\'')
    await stand.database.write(lambda transaction: transaction.execute(spoilt))
    await stand.drain()
    (item,) = await stand.items()
    assert (item.handed_over, item.aside_at is not None, stand.platform.asked) == (False, True, [])
    with pytest.raises(BackendFailed):
        await stand.one.pushed(CONNECTION, SUBMITTED)


# --- waiting at the hub ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [TAKEN, DECLINED])
async def test_a_cdr_that_waits_at_the_hub_is_answered_for_by_the_backend_and_only_once(
    stand: Stand, answer: m.CdrReceipt
) -> None:
    stand.platform.answers = [answer]
    receipts = [await receiving.waiting(CONNECTION, SUBMITTED) for receiving in (stand.one, stand.other)]
    assert receipts == [answer, answer]
    assert stand.platform.asked == [SUBMITTED]


@pytest.mark.parametrize("trouble", [OSError("down"), "yes"])
async def test_where_the_backend_gives_no_answer_the_cdr_stays_at_the_hub_and_the_lane_goes_on_with_it(
    stand: Stand, trouble: Any
) -> None:
    stand.platform.answers = [trouble]
    with pytest.raises(BackendFailed):
        await stand.one.waiting(CONNECTION, SUBMITTED)
    await stand.drain()
    assert len(stand.platform.asked) == 1
    stand.clock[0] += timedelta(seconds=61)
    await stand.drain()
    assert await stand.one.waiting(CONNECTION, SUBMITTED) == TAKEN
    assert len(stand.platform.asked) == 2


async def test_two_processes_that_collect_the_same_cdr_ask_the_backend_once(stand: Stand) -> None:
    receipts = await asyncio.gather(*(one.waiting(CONNECTION, SUBMITTED) for one in (stand.one, stand.other)))
    assert receipts == [TAKEN, TAKEN]
    assert stand.platform.asked == [SUBMITTED]


async def test_another_cdr_under_a_known_key_is_declined(stand: Stand) -> None:
    await stand.one.waiting(CONNECTION, SUBMITTED)
    other = m.SubmitCdr(cdr=replace(CDR, energy_kwh=Decimal(99)))
    assert await stand.one.waiting(CONNECTION, other) == DECLINED


async def test_one_cdr_id_at_two_evses_is_two_records(stand: Stand) -> None:
    """Ids of OCHP 1.3 partners are unique only per EVSE (OCHP 1.4, ConfirmCDRs)."""
    for evse in ("DE*LON*E1", "DE*LON*E2", "DE*LON*E1"):
        await stand.one.waiting(CONNECTION, m.SubmitCdr(cdr=Cdr(id="0001", evse=EvseId.parse(evse))))
    assert [item.key for item in await stand.items()] == ["0001/DELONE1", "0001/DELONE2"]
    assert len(stand.platform.asked) == 2


# --- news of our own ---------------------------------------------------------------------------------------------


async def test_the_fate_of_a_cdr_is_told_once_for_each_state(stand: Stand) -> None:
    declined, rejected = (
        m.ReviewCdr(cdr=replace(CDR, status=status)) for status in (CdrStatus.DECLINED, CdrStatus.REJECTED)
    )
    stand.platform.answers = [m.Confirmation(accepted=False)]
    for review in (declined, declined, rejected, declined):
        assert await stand.one.reviewed(CONNECTION, review) == m.Confirmation(accepted=True)
    for _ in range(3):
        await stand.drain()
        stand.clock[0] += timedelta(minutes=1)
    assert stand.platform.asked == [declined, rejected, declined]


async def test_a_backend_that_does_not_care_for_reviews_is_not_told(stand: Stand) -> None:
    stand = Stand(object())
    assert await stand.one.reviewed(CONNECTION, m.ReviewCdr(cdr=CDR)) == m.Confirmation(accepted=False)
    assert await stand.items() == []
    stand.database.close()


def owed(transaction: Any, key: str = "C-1") -> outbox.Entry:
    message = '{"cdr": {"id": "C-1"}}'
    values = outbox.Owed(connection="toy", lane="toy/cdr/H-1", key=key, kind="SubmitCdr", message=message)
    return outbox.add(transaction, values, NOON)


def said(entry: int, state: str) -> str:
    return json.dumps({"entry": entry, "state": state, "code": None, "words": None})


async def test_a_change_of_a_delivery_is_told_as_it_was_until_the_backend_has_heard_it(stand: Stand) -> None:
    def told(transaction: Any) -> None:
        said = {"entry": owed(transaction).id, "state": "refused", "code": "018", "words": "wrong prefix"}
        inbox.put(transaction, connection="toy", key="delivery/1", kind=TOLD, message=json.dumps(said), now=NOON)

    await stand.database.write(told)
    stand.platform.answers = [OSError("down")]
    for _ in range(3):
        await stand.drain()
        stand.clock[0] += timedelta(minutes=1)
    (heard,) = stand.platform.heard
    assert (heard.kind, heard.state, heard.code, heard.words) == ("SubmitCdr", "refused", "018", "wrong prefix")
    assert heard.message == m.SubmitCdr(cdr=Cdr(id="C-1"))


async def put_told(stand: Stand, key: str, message: str) -> None:
    values: Any = {"connection": "toy", "key": key, "kind": TOLD, "message": message}
    await stand.database.write(lambda transaction: inbox.put(transaction, **values, now=stand.clock[0]))


async def test_the_states_of_one_delivery_are_told_in_their_order_and_others_do_not_wait_for_it(stand: Stand) -> None:
    def two(transaction: Any) -> tuple[int, int]:
        return owed(transaction, "A").id, owed(transaction, "B").id

    entry, other = await stand.database.write(two)
    stand.platform.answers = [OSError("down")]
    await put_told(stand, f"delivery/{entry}/1", said(entry, "refused"))
    await stand.drain()
    stand.clock[0] += timedelta(seconds=1)
    for number, state in enumerate(("withdrawn", "accepted"), start=2):
        await put_told(stand, f"delivery/{entry}/{number}", said(entry, state))
    await put_told(stand, f"delivery/{other}/1", said(other, "accepted"))
    await stand.drain()
    assert [(one.id, one.state) for one in stand.platform.heard] == [(other, "accepted")]
    stand.clock[0] += timedelta(minutes=5)
    await stand.drain()
    states = [one.state for one in stand.platform.heard if one.id == entry]
    assert states == ["refused", "withdrawn", "accepted"]


@pytest.mark.parametrize("message", ["5", "{}", '{"entry": 1, "state": null, "code": null, "words": null}'])
async def test_a_word_of_a_delivery_that_cannot_be_read_is_put_aside_and_the_next_is_told(
    stand: Stand, message: str
) -> None:
    entry = (await stand.database.write(owed)).id
    await put_told(stand, f"delivery/{entry}/1", message)
    await put_told(stand, f"delivery/{entry}/2", said(entry, "accepted"))
    await stand.drain()
    assert [(item.handed_over, item.aside_at is not None) for item in await stand.items()] == [
        (False, True),
        (True, False),
    ]
    assert [one.state for one in stand.platform.heard] == ["accepted"]


async def test_the_word_of_a_delivery_that_is_gone_counts_as_told(stand: Stand) -> None:
    await put_told(stand, "delivery/77/1", said(77, "refused"))
    await stand.drain()
    (item,) = await stand.items()
    assert (item.handed_over, item.answer, stand.platform.heard) == (True, '{"heard": false}', [])


async def test_a_delivery_whose_stored_answer_is_damaged_is_told_all_the_same(stand: Stand) -> None:
    entry = (await stand.database.write(owed)).id
    spoilt = text("UPDATE gateway_outbox SET answer = '{', message = '{'")
    await stand.database.write(lambda transaction: transaction.execute(spoilt))
    await put_told(stand, f"delivery/{entry}/1", said(entry, "accepted"))
    await stand.drain()
    assert [(one.id, one.state, one.message) for one in stand.platform.heard] == [(entry, "accepted", None)]


async def test_items_of_a_connection_that_is_not_set_up_any_more_wait(stand: Stand) -> None:
    await stand.one.pushed(toy.connection("closed"), SUBMITTED)
    await stand.drain()
    (item,) = await stand.items()
    assert (item.handed_over, item.words) == (False, "UnknownConnection: there is no connection 'closed'")


def test_what_wakes_the_lane_is_called_when_something_came_in() -> None:
    calls: list[str] = []
    stand = Stand()
    holding = Holding(stand.database, "one", lambda: NOON)
    receiving = Receiving(holding, BackendPort(stand.platform), {"toy": CONNECTION}, lambda: calls.append("woken"))
    asyncio.run(receiving.pushed(CONNECTION, SUBMITTED))
    assert calls == ["woken"]
    stand.database.close()
