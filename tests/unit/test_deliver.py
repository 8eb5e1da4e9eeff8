import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
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
from gateway.delivery.deliveries import Delivery
from gateway.delivery.owed import lane_of
from gateway.delivery.steady import Steady
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
from gateway.model.common import Kept, Reason
from gateway.model.ids import EvseId
from gateway.ports import Policy, Profile
from gateway.store import outbox
from gateway.store.database import stamp
from tests.support.desk import (
    CAREFUL,
    CLOSED,
    ONE_LANE,
    PROFILE,
    START,
    TAKEN,
    TOY,
    Desk,
    MakeDesk,
    Reply,
    cdr,
    desk,
    name_of,
    toyland,
)

__all__ = ["desk"]


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
        created_at=stamp(START),
        next_try_at=stamp(START),
        message=cdr(),
        answer=None,
    )
    await table.outbox.drain(owed.lane)
    assert table.sent == [cdr()]
    accepted = replace(owed, state="accepted", tries=1, next_try_at=None, answer=to_json(TAKEN))
    assert await table.outbox.listed() == [accepted]
    assert await table.told() == [(owed.id, "accepted")]
    assert await table.states(owed) == ["waiting", "sending", "accepted"]


@pytest.mark.parametrize(
    "message",
    [
        m.StartSession(),
        m.StopSession(),
        m.ReserveEvse(),
        m.CancelReservation(),
        m.AuthorizeToken(),
        m.AuthorizeStop(),
        m.FetchCdrs(),
        m.PublishEvses(),
    ],
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


MORE = cdr("C1", energy_kwh=Decimal("12.31"))


async def test_a_correction_before_the_first_try_keeps_its_entry_and_only_it_is_sent(desk: MakeDesk) -> None:
    table = desk()
    one, corrected = await table.outbox.submit("toy", cdr("C1")), await table.outbox.submit("toy", MORE)
    assert (corrected.id, corrected.state, corrected.message) == (one.id, "waiting", MORE)
    await table.settle(tries=1)
    assert table.sent == [MORE]
    changes = await table.outbox.history(one.id)
    assert [(change.state, change.words) for change in changes][:2] == [("waiting", None), ("waiting", "corrected")]
    assert json.loads(changes[1].message or "") == to_json(cdr("C1"))


async def test_a_refused_cdr_that_is_corrected_is_the_same_entry_and_tried_again(desk: MakeDesk) -> None:
    table = desk(replies={"C1": [Refused("022", "more than 1000 kWh")]})
    owed = await table.outbox.submit("toy", cdr())
    await table.settle(tries=1)
    assert (await table.outbox.submit("toy", MORE)).id == owed.id
    await table.settle(tries=1)
    assert table.sent == [cdr(), MORE]
    assert await table.states(owed) == ["waiting", "sending", "refused", "waiting", "sending", "accepted"]


@pytest.mark.parametrize(
    ("replies", "is_now"),
    [
        ([TAKEN], "accepted"),
        ([NoAnswer("timeout")], "unknown"),
        ([NoAnswer("timeout"), NotSent("no route")], "waiting"),
    ],
    ids=["taken", "unknown", "unknown before"],
)
async def test_other_content_for_what_may_have_arrived_is_set_aside_and_never_sent_by_itself(
    desk: MakeDesk, replies: list[Reply], is_now: str
) -> None:
    table = desk(replies={"C1": list(replies)})
    owed = await table.outbox.submit("toy", cdr())
    await table.settle(tries=len(replies))
    aside = await table.outbox.submit("toy", MORE)
    assert aside.id != owed.id
    assert (aside.state, aside.message) == ("refused", MORE)
    assert aside.words == f"not sent: entry {owed.id}, with other content under the same key, is {is_now}"
    assert (await table.outbox.submit("toy", MORE)).id == aside.id
    await table.settle(tries=4)
    assert set(map(str, table.sent)) == {str(cdr())}


async def test_another_record_of_a_session_does_not_replace_the_one_that_waits(desk: MakeDesk) -> None:
    table = desk()
    one, other = await table.outbox.submit("toy", cdr("C1")), await table.outbox.submit("toy", cdr("C2"))
    assert (one.state, other.state) == ("waiting", "refused")
    assert (await table.entry(one)).message == json.dumps(to_json(cdr("C1")), sort_keys=True)


async def test_a_push_is_owed_each_time_it_is_said(desk: MakeDesk) -> None:
    table = desk()
    push = m.PublishTokens()
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
        ("cdr/{session}", cdr(), "toy/cdr/S1"),
        ("cdr/{session}", cdr(session="S9"), "toy/cdr/S9"),
        ("cdr/{operator}", cdr(evse=EvseId.parse("DELONE2")), "toy/cdr/DELON"),
        ("cdr/{operator}", cdr(), "toy/cdr/NLLON"),
        ("cdr", cdr(), "toy/cdr"),
        ("evse-data", m.PublishEvses(), "toy/evse-data"),
    ],
)
def test_the_policy_says_what_orders_messages(lane: str, message: m.Message[Any], expected: str) -> None:
    assert lane_of(message, TOY, Policy(lane=lane)) == expected


# --- order -------------------------------------------------------------------------------------------------------


async def test_a_lane_is_delivered_in_order_and_one_at_a_time(desk: MakeDesk) -> None:
    table = desk(profile=ONE_LANE)
    for number in range(5):
        await table.outbox.submit("toy", cdr(f"C{number}", session=f"S{number}"))
    flying, most = 0, 0
    plain = table.send

    async def send(connection: str, message: m.Message[Any], steady: Steady) -> m.Answer:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0.001)
        flying -= 1
        return await plain(connection, message, steady)

    table.outbox._attempts._send = send
    await asyncio.gather(*(table.outbox.drain("toy/cdr") for _ in range(4)))
    assert table.names == ["C0", "C1", "C2", "C3", "C4"]
    assert most == 1


async def test_lanes_do_not_wait_for_each_other(desk: MakeDesk) -> None:
    table = desk()
    slow, quick = await table.outbox.submit("toy", cdr("C1", "S1")), await table.outbox.submit("toy", cdr("C2", "S2"))
    answered, plain = asyncio.Event(), table.send

    async def send(connection: str, message: m.Message[Any], steady: Steady) -> m.Answer:
        if name_of(message) == "C1":
            await answered.wait()
        return await plain(connection, message, steady)

    table.outbox._attempts._send = send
    waiting = asyncio.create_task(table.outbox.drain(slow.lane))
    await asyncio.wait_for(table.outbox.drain(quick.lane), 5)
    assert table.names == ["C2"]
    answered.set()
    await waiting
    assert table.names == ["C2", "C1"]


async def test_nothing_overtakes_an_entry_that_must_wait(desk: MakeDesk) -> None:
    table = desk(profile=ONE_LANE, replies={"C1": [NotSent("no route"), Unavailable("HTTP 503"), TAKEN]})
    for name in ("C1", "C2"):
        await table.outbox.submit("toy", cdr(name, session=name))
    await table.outbox.drain("toy/cdr")
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
        assert await table.outbox.due() == ()
        table.now += max(waited, timedelta(seconds=40))
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
    waited = (datetime.fromisoformat(entry.next_try_at) - START).total_seconds()
    assert seconds - 0.001 <= waited <= min(seconds * 1.1, 86400) + 0.001
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
    table = desk(profile=ONE_LANE, replies={"C1": [Refused("018", "Inconsistent EvseID")]})
    owed, after = await table.outbox.submit("toy", cdr("C1")), await table.outbox.submit("toy", cdr("C2", "S2"))
    await table.outbox.drain(owed.lane)
    refused, taken = await table.outbox.listed()
    assert (refused.state, refused.code, refused.words) == ("refused", "018", "Inconsistent EvseID")
    assert (taken.id, taken.state) == (after.id, "accepted")
    assert table.names == ["C1", "C2"]
    changes = await table.outbox.history(owed.id)
    assert [(change.state, change.code, change.words) for change in changes] == [
        ("waiting", None, None),
        ("sending", None, None),
        ("refused", "018", "Inconsistent EvseID"),
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


ANOTHER_THERE = m.CdrReceipt(
    accepted=True, already_there=True, reason=Reason(code="10701", text="there was one before")
)


@pytest.mark.parametrize(
    ("replies", "words"),
    [
        ([NoAnswer("timeout"), CLOSED], "the hub has another record of this session (taken by an earlier try"),
        ([ANOTHER_THERE], "the hub has another record of this session (it had been taken before"),
    ],
    ids=["closed", "already there"],
)
async def test_what_the_hub_says_of_another_cdr_of_the_session_does_not_accept_this_one(
    desk: MakeDesk, replies: list[Reply], words: str
) -> None:
    table = desk(profile=CAREFUL, replies={"C2": list(replies)})
    first = await table.outbox.submit("toy", cdr("C1"))
    second = await table.outbox.submit("toy", cdr("C2"))
    await table.settle(tries=3)
    assert [(await table.entry(one)).state for one in (first, second)] == ["accepted", "refused"]
    await table.outbox.retry(second.id)
    await table.settle(tries=3)
    entry = await table.entry(second)
    assert entry.state == "refused"
    assert (entry.words or "").startswith(words)


async def test_closed_after_a_crash_while_sending_means_that_it_had_arrived(desk: MakeDesk) -> None:
    table = desk(profile=CAREFUL, replies={"C1": [CLOSED]})
    owed = await table.outbox.submit("toy", cdr())
    await table.crash(owed.lane)
    assert await table.outbox.due() == ()
    await table.outbox.recover()
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
    table = desk(profile=ONE_LANE, replies={"C1": [error]})
    for name in ("C1", "C2"):
        await table.outbox.submit("toy", cdr(name, session=name))
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
    monkeypatch.setattr("gateway.delivery.attempts._log", log)
    table = desk(profile=ONE_LANE, replies={"C1": [ZeroDivisionError("the secret of 04A2B3C4D5E680")]})
    owed = await table.outbox.submit("toy", cdr("C1"))
    await table.outbox.submit("toy", cdr("C2", "S2"))
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
    assert await table.outbox.due() == (owed.lane,)
    await table.settle(tries=1)
    assert await table.states(owed) == ["waiting", "sending", "refused", "waiting", "sending", "accepted"]
    with pytest.raises(ValueError, match="accepted cannot become waiting"):
        await table.outbox.retry(owed.id)


async def test_an_entry_can_be_withdrawn_for_a_reason_and_is_never_sent(desk: MakeDesk) -> None:
    table = desk()
    owed, other = await table.outbox.submit("toy", cdr("C1")), await table.outbox.submit("toy", cdr("C2", "S2"))
    assert (await table.outbox.withdraw(owed.id, "billed otherwise")).state == "withdrawn"
    await table.settle(tries=2)
    assert table.names == ["C2"]
    last = (await table.outbox.history(owed.id))[-1]
    assert (last.state, last.words) == ("withdrawn", "billed otherwise")
    with pytest.raises(ValueError, match="accepted cannot become withdrawn"):
        await table.outbox.withdraw(other.id, "too late")
    with pytest.raises(KeyError):
        await table.outbox.withdraw(4711, "not there")


async def test_what_is_on_its_way_cannot_be_withdrawn(desk: MakeDesk) -> None:
    table = desk()
    owed = await table.outbox.submit("toy", cdr())
    await table.crash(owed.lane)
    with pytest.raises(ValueError, match="sending cannot become withdrawn"):
        await table.outbox.withdraw(owed.id, "too late")


async def test_an_entry_of_a_connection_that_was_taken_away_waits_for_it(desk: MakeDesk) -> None:
    table = desk(connections={"toy": TOY, "old": replace(TOY, name="old")})
    owed = await table.outbox.submit("old", cdr())
    table.connections = {"toy": TOY}
    table.outbox = table.worker()
    assert await table.outbox.due() == ()
    table.connections = {"old": replace(TOY, name="old")}
    table.outbox = table.worker()
    await table.settle(tries=1)
    assert (await table.entry(owed)).state == "accepted"


async def test_an_outbox_that_ends_finishes_what_is_in_flight_and_begins_nothing(desk: MakeDesk) -> None:
    table = desk(profile=ONE_LANE)
    for name in ("C1", "C2"):
        await table.outbox.submit("toy", cdr(name, session=name))
    plain = table.send

    async def send(connection: str, message: m.Message[Any], steady: Steady) -> m.Answer:
        table.outbox.end()
        return await plain(connection, message, steady)

    table.outbox._attempts._send = send
    await table.outbox.drain("toy/cdr")
    assert [(one.state, one.tries) for one in await table.outbox.listed()] == [("accepted", 1), ("waiting", 0)]


async def test_a_damaged_row_is_set_aside_and_reported_and_harms_no_other(desk: MakeDesk) -> None:
    table = desk(profile=ONE_LANE)
    owed, other = await table.outbox.submit("toy", cdr("C1")), await table.outbox.submit("toy", cdr("C2", "S2"))
    broken = text('UPDATE gateway_outbox SET message = \'{"cdr": {"colour": 1}}\' WHERE id = :id')
    await table.database.write(lambda transaction: transaction.execute(broken, {"id": owed.id}))
    await table.outbox.drain(owed.lane)
    damaged, whole = await table.outbox.listed()
    assert (damaged.state, damaged.code, damaged.message) == ("refused", "unreadable", None)
    assert (whole.id, whole.state) == (other.id, "accepted")
    assert table.names == ["C2"]


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
    table = Desk(
        profile=toyland(lane="cdr/{operator}", taken_when={"400": "CLOSED"}, tries_in_line=99), replies=replies
    )
    owed = {}
    for number, (session, _, crash) in enumerate(lives):
        place = EvseId.parse(f"{('NL*LON', 'DE*LON', 'NL*LON')[session]}*E1")
        delivery = await table.outbox.submit("toy", cdr(f"C{number}", session=f"S{number}", evse=place))
        owed[delivery.id] = delivery
        if crash and (await table.crash(delivery.lane)).entries:
            await table.outbox.recover()
    await table.settle(tries=40)
    ended = await table.outbox.listed()
    assert [one.id for one in ended] == list(owed)
    assert sorted(one for one, _ in await table.told()) == list(owed)
    _check(table, ended, {one: await table.states(each) for one, each in owed.items()})
    table.database.close()


def _check(table: Desk, ended: Sequence[Delivery], histories: Mapping[int, list[str]]) -> None:
    assert all(one.state in ("accepted", "refused") for one in ended)
    for one in ended:
        states = histories[one.id]
        assert [state for state in states if state in outbox.CLOSED] == [one.state]
        assert states[-1] == one.state
        assert all(after in outbox.TRANSITIONS[before] for before, after in pairwise(states))
    for lane in {one.lane for one in ended}:
        expected = [name_of(one.message) for one in ended if one.lane == lane and one.message]
        sent = [name_of(message) for message in table.sent if name_of(message) in expected]
        assert list(dict.fromkeys(sent)) == expected
        assert sent == sorted(sent, key=expected.index)
