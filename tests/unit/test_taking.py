"""Who may send what next: leases, pauses, budgets, what is held back, and what is planned."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.delivery.taking import Planned
from gateway.errors import NoAnswer, NotSent, Unavailable
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.ids import EvseId, PartyId
from gateway.ports import Policy, Profile
from gateway.store.outbox import Entry
from tests.support import FakeLink
from tests.support.desk import CAREFUL, CLOSED, ONE_LANE, TOY, MakeDesk, cdr, desk, toyland

__all__ = ["desk"]
GERMAN = EvseId.parse("DE*LON*E1")


async def test_a_lane_that_one_worker_drains_is_left_alone_by_the_other_until_its_lease_is_over(desk: MakeDesk) -> None:
    table = desk()
    owed = await table.outbox.submit("toy", cdr())
    await table.crash(owed.lane)
    assert await table.worker().drain(owed.lane) is None
    assert table.sent == []
    table.now += timedelta(seconds=31)
    assert await table.outbox.due() == (owed.lane,)
    await table.outbox.drain(owed.lane)
    assert table.sent == [cdr()]
    assert await table.states(owed) == ["waiting", "sending", "unknown", "sending", "accepted"]


async def test_what_a_dead_worker_had_not_begun_to_send_has_no_doubt(desk: MakeDesk) -> None:
    table = desk(profile=CAREFUL, replies={"C1": [CLOSED]})
    owed = await table.outbox.submit("toy", cdr())
    await table.crash(owed.lane, recorded=False)
    await table.outbox.recover()
    await table.settle(tries=1)
    assert await table.states(owed) == ["waiting", "sending", "waiting", "sending", "refused"]


async def test_a_worker_that_comes_back_after_its_lease_does_not_overrule_the_one_that_took_over(
    desk: MakeDesk,
) -> None:
    table = desk()
    owed = await table.outbox.submit("toy", cdr())
    plain = table.send

    async def asleep(connection: str, message: m.Message[Any], steady: Any) -> m.Answer:
        await steady.over(FakeLink(TOY, [HttpResponse()])).exchange(HttpRequest())
        table.now += timedelta(minutes=5)
        await table.worker().drain(owed.lane)
        return await plain(connection, message, steady)

    table.outbox._attempts._send = asleep
    await table.outbox.drain(owed.lane)
    assert await table.states(owed) == ["waiting", "sending", "unknown", "sending", "accepted"]


async def test_a_paused_lane_is_not_due_and_not_drained_and_goes_on_when_it_is_resumed(desk: MakeDesk) -> None:
    table = desk()
    owed = await table.outbox.submit("toy", cdr())
    await table.outbox.pause("toy/cdr", "the hub moves")
    assert await table.outbox.due() == ()
    await table.outbox.drain(owed.lane)
    assert table.sent == []
    lanes = {lane.lane: (lane.open, lane.reason) for lane in await table.outbox.lanes()}
    assert lanes == {"toy/cdr": (0, "the hub moves"), "toy/cdr/S1": (1, "the hub moves")}
    assert await table.outbox.resume("toy/cdr")
    await table.settle(tries=1)
    assert table.sent == [cdr()]


async def test_calls_stay_inside_the_budget_of_their_kind(desk: MakeDesk) -> None:
    table = desk(profile=toyland(per_minute=6))
    for number in range(4):
        await table.outbox.submit("toy", cdr(f"C{number}", f"S{number}"))
    made: list[datetime] = []
    for _ in range(60):
        before = len(table.sent)
        for lane in await table.outbox.due():
            await table.outbox.drain(lane)
        made += [table.now] * (len(table.sent) - before)
        table.now += timedelta(seconds=1)
    assert len(made) == 4
    assert [round((later - made[0]).total_seconds()) for later in made] == [0, 12, 24, 36]


@pytest.mark.parametrize(
    ("failure", "rests"),
    [(Unavailable("HTTP 429", 20.0), 19), (NotSent("no route"), 1), (NoAnswer("timeout"), 0)],
    ids=["asked for time", "not there", "no answer"],
)
async def test_a_hub_that_wants_rest_is_left_alone_by_all_lanes_of_the_kind(
    desk: MakeDesk, failure: Exception, rests: int
) -> None:
    table = desk(replies={"C0": [failure]})
    for number in range(3):
        await table.outbox.submit("toy", cdr(f"C{number}", f"S{number}"))
    await table.outbox.drain("toy/cdr/S0")
    table.now += timedelta(seconds=rests)
    assert ("toy/cdr/S1" in await table.outbox.due()) is (rests == 0)
    table.now += timedelta(seconds=25)
    assert "toy/cdr/S1" in await table.outbox.due()


async def test_what_an_operator_is_not_registered_for_makes_way_and_flows_by_itself_later(desk: MakeDesk) -> None:
    reasons = {PartyId.parse("DE*LON"): "operator DE*LON not active at Toyland"}
    table = desk(profile=ONE_LANE, hold=lambda _, __, party: reasons.get(party))
    held = await table.outbox.submit("toy", cdr("C1", "S1", evse=GERMAN))
    await table.outbox.submit("toy", cdr("C2", "S2"))
    await table.settle(tries=1)
    assert table.names == ["C2"]
    found = await table.outbox.get(held.id)
    assert (found.state, found.lane) == ("waiting", "toy/cdr/held/DELON")
    assert found.words == "held back: operator DE*LON not active at Toyland"
    reasons.clear()
    await table.settle(tries=2)
    assert table.names == ["C2", "C1"]


async def test_an_entry_past_its_deadline_is_overdue_for_as_long_as_it_is_open(desk: MakeDesk) -> None:
    table = desk(profile=toyland(deadline_seconds=60.0), replies={"C1": [NotSent("no route")]})
    owed = await table.outbox.submit("toy", cdr())
    await table.outbox.drain(owed.lane)
    assert not (await table.outbox.get(owed.id)).overdue
    table.now += timedelta(seconds=61)
    assert (await table.outbox.get(owed.id)).overdue
    await table.settle(tries=1)
    assert not (await table.outbox.get(owed.id)).overdue


async def test_a_connection_may_set_its_own_policy(desk: MakeDesk) -> None:
    own = {"policies": {"SubmitCdr": {"lane": "bills"}}}
    table = desk()
    table.connections = {"toy": replace(table.connections["toy"], options=own)}
    assert (await table.worker().submit("toy", cdr())).lane == "toy/bills"


# --- planned -----------------------------------------------------------------------------------------------------


@dataclass
class Board:
    """A planner that wants the newest word to be told."""

    wanted: str | None = None
    carried: dict[int, str] = field(default_factory=dict)
    ended: list[tuple[str, str]] = field(default_factory=list)

    def pending(self, transaction: Any, now: datetime) -> Sequence[str]:
        return ["toy/evse-status"] if self.wanted else []

    def plan(self, transaction: Any, lane: str, now: datetime) -> Planned | None:
        if self.wanted is None:
            return None
        return Planned("toy", m.PublishStatuses(operator_name=self.wanted))

    def planned(self, transaction: Any, entry: Entry) -> None:
        self.carried[entry.id], self.wanted = self.wanted or "", None

    def overtaken(self, transaction: Any, entry: Entry) -> bool:
        return self.wanted is not None

    def settled(self, transaction: Any, entry: Entry, answer: m.Answer | None) -> None:
        self.ended.append((self.carried[entry.id], entry.state))


STATUSES = Profile("toyland", "Toyland", deliveries={"PublishStatuses": Policy(lane="evse-status")})
ACCEPTED = m.Publication(accepted=True)


async def test_a_planned_push_is_owed_when_its_lane_is_free_and_its_end_is_told_to_the_planner(desk: MakeDesk) -> None:
    board = Board("blue")
    table = desk(profile=STATUSES, planner=board, replies={"PublishStatuses": [ACCEPTED]})
    assert await table.outbox.due() == ("toy/evse-status",)
    await table.outbox.drain("toy/evse-status")
    assert table.sent == [m.PublishStatuses(operator_name="blue")]
    assert board.ended == [("blue", "accepted")]
    assert await table.outbox.due() == ()


async def test_a_push_that_waits_is_overtaken_by_newer_ones_and_never_sent_again(desk: MakeDesk) -> None:
    board = Board("blue")
    replies = [NotSent("no route"), NoAnswer("timeout"), ACCEPTED]
    table = desk(profile=STATUSES, planner=board, replies={"PublishStatuses": replies})
    await table.outbox.drain("toy/evse-status")
    for word in ("red", "green"):
        board.wanted = word
        await table.outbox.drain("toy/evse-status")
        table.now += timedelta(hours=1)
        await table.outbox.drain("toy/evse-status")
    assert [one.operator_name for one in table.sent] == ["blue", "red", "green"]
    assert board.ended == [("blue", "withdrawn"), ("red", "withdrawn"), ("green", "accepted")]
    assert [one.tries for one in await table.outbox.listed()] == [1, 2, 3]


async def test_a_push_that_was_overtaken_is_not_brought_back_by_hand(desk: MakeDesk) -> None:
    board = Board("blue")
    table = desk(profile=STATUSES, planner=board, replies={"PublishStatuses": [NotSent("no route"), ACCEPTED]})
    await table.outbox.drain("toy/evse-status")
    board.wanted = "red"
    await table.settle(tries=2)
    with pytest.raises(ValueError, match="entry 1 is over"):
        await table.outbox.retry(1)


async def test_a_worker_that_slept_beyond_its_lease_does_not_send_an_old_push_after_newer_ones(desk: MakeDesk) -> None:
    board = Board("blue")
    table = desk(profile=STATUSES, planner=board, replies={"PublishStatuses": [ACCEPTED, ACCEPTED]})
    link, plain = FakeLink(TOY, [HttpResponse()]), table.send

    async def asleep(connection: str, message: m.Message[Any], steady: Any) -> m.Answer:
        table.now += timedelta(minutes=5)
        await table.worker().drain("toy/evse-status")
        await steady.over(link).exchange(HttpRequest())
        return await plain(connection, message, steady)

    table.outbox._attempts._send = asleep
    await table.outbox.drain("toy/evse-status")
    assert link.asked == []
    assert [one.operator_name for one in table.sent] == ["blue"]
    assert board.ended == [("blue", "accepted")]


async def test_a_planner_that_fails_does_not_cost_what_the_hub_said(desk: MakeDesk) -> None:
    class Broken(Board):
        def plan(self, transaction: Any, lane: str, now: datetime) -> Planned | None:
            if self.carried:
                raise RuntimeError("a fault of ours")
            return super().plan(transaction, lane, now)

    board = Broken("blue")
    table = desk(profile=STATUSES, planner=board, replies={"PublishStatuses": [ACCEPTED]})
    await table.outbox.drain("toy/evse-status")
    assert [one.state for one in await table.outbox.listed()] == ["accepted"]
