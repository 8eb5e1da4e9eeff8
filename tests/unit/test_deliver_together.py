"""Records that go to a hub as one request, and what is the same at every try."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from gateway.delivery.steady import Steady
from gateway.errors import NoAnswer, NotSent, Refused, Undecodable
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.ids import EvseId
from gateway.ports import Credentials
from gateway.wire import wsse
from tests.support import FakeLink
from tests.support.desk import CAREFUL, CLOSED, START, TOY, Desk, MakeDesk, cdr, desk, name_of, toyland

__all__ = ["desk"]
TOGETHER = toyland(lane="cdr", together=3, listed_is_taken=True)
ALL = m.CdrReceipt(accepted=True)


def but(*names: str) -> m.CdrReceipt:
    """The hub's answer that names these as not taken."""
    return m.CdrReceipt(accepted=True, refused=names)


def names(message: m.Message[Any]) -> list[str]:
    if isinstance(message, m.SubmitCdrs):
        return [one.id or "" for one in message.cdrs]
    return [name_of(message)]


async def owe(table: Desk, count: int) -> list[int]:
    owed = [await table.outbox.submit("toy", cdr(f"C{number}", f"S{number}")) for number in range(count)]
    return [one.id for one in owed]


async def states(table: Desk) -> list[str]:
    return [one.state for one in await table.outbox.listed()]


async def test_what_waits_in_a_lane_goes_together_as_many_as_the_policy_allows(desk: MakeDesk) -> None:
    table = desk(profile=TOGETHER)
    await owe(table, 5)
    await table.outbox.drain("toy/cdr")
    assert [names(message) for message in table.sent] == [["C0", "C1", "C2"], ["C3", "C4"]]
    assert await states(table) == ["accepted"] * 5


async def test_who_is_named_is_refused_and_the_others_were_taken(desk: MakeDesk) -> None:
    table = desk(profile=TOGETHER, replies={"SubmitCdrs": [but("C1")]})
    await owe(table, 3)
    await table.settle(tries=3)
    assert await states(table) == ["accepted", "refused", "accepted"]
    assert len(table.sent) == 1


async def test_without_an_answer_the_same_ones_go_together_again_and_nobody_joins_them(desk: MakeDesk) -> None:
    table = desk(profile=TOGETHER, replies={"SubmitCdrs": [NoAnswer("timeout")]})
    await owe(table, 2)
    await table.outbox.drain("toy/cdr")
    await table.outbox.submit("toy", cdr("C9", "S9"))
    await table.settle(tries=3)
    assert [names(message) for message in table.sent] == [["C0", "C1"], ["C0", "C1"], ["C9"]]
    assert table.sent[0] == table.sent[1]
    assert await states(table) == ["accepted"] * 3


@pytest.mark.parametrize(("recorded", "then"), [(True, "unknown"), (False, "waiting")])
async def test_a_batch_of_a_worker_that_died_goes_on_whether_or_not_it_was_sent(
    desk: MakeDesk, recorded: bool, then: str
) -> None:
    table = desk(profile=TOGETHER)
    numbers = await owe(table, 3)
    await table.crash("toy/cdr", recorded=recorded)
    await table.outbox.recover()
    await table.settle(tries=2)
    assert [names(message) for message in table.sent] == [["C0", "C1", "C2"]]
    for number in numbers:
        states_of = await table.states(await table.outbox.get(number))
        assert states_of == ["waiting", "sending", then, "sending", "accepted"]


@pytest.mark.parametrize(("listed_is_taken", "expected"), [(True, "accepted"), (False, "refused")])
async def test_named_after_a_try_without_answer_means_what_the_policy_says(
    desk: MakeDesk, listed_is_taken: bool, expected: str
) -> None:
    profile = toyland(lane="cdr", together=3, listed_is_taken=listed_is_taken)
    table = desk(profile=profile, replies={"SubmitCdrs": [NoAnswer("timeout"), but("C0", "C1")]})
    await owe(table, 2)
    await table.settle(tries=3)
    found = await table.outbox.listed()
    assert [one.state for one in found] == [expected, expected]
    assert ("held to be there already" in (found[0].words or "")) is listed_is_taken


@pytest.mark.parametrize(("first", "expected"), [(NoAnswer("timeout"), "accepted"), (NotSent("no route"), "refused")])
async def test_a_record_that_is_sent_alone_and_named_is_judged_in_the_same_way(
    desk: MakeDesk, first: Exception, expected: str
) -> None:
    named = m.CdrReceipt(accepted=False, refused=("C0",))
    table = desk(profile=TOGETHER, replies={"C0": [first, named]})
    await owe(table, 1)
    await table.settle(tries=3)
    assert await states(table) == [expected]


async def test_named_at_the_first_try_is_never_counted_as_taken(desk: MakeDesk) -> None:
    table = desk(profile=TOGETHER, replies={"SubmitCdrs": [NotSent("no route"), but("C0", "C1")]})
    await owe(table, 2)
    await table.settle(tries=3)
    assert await states(table) == ["refused", "refused"]


@pytest.mark.parametrize("failure", [Refused("format", "a field is broken"), m.CdrReceipt(accepted=False)])
async def test_what_is_declined_as_a_whole_is_tried_one_by_one_and_only_the_bad_one_is_refused(
    desk: MakeDesk, failure: Any
) -> None:
    table = desk(profile=TOGETHER, replies={"SubmitCdrs": [failure], "C1": [Refused("format", "a field is broken")]})
    await owe(table, 3)
    await table.settle(tries=4)
    assert [names(message) for message in table.sent] == [["C0", "C1", "C2"], ["C0"], ["C1"], ["C2"]]
    assert await states(table) == ["accepted", "refused", "accepted"]


async def test_an_answer_that_names_a_stranger_is_not_believed(desk: MakeDesk) -> None:
    table = desk(profile=TOGETHER, replies={"SubmitCdrs": [but("C7")]})
    await owe(table, 2)
    await table.outbox.drain("toy/cdr")
    found = await table.outbox.listed()
    assert [(one.state, one.words) for one in found] == [
        ("unknown", "the answer does not say which records were taken (C7)")
    ] * 2


async def test_a_record_that_the_hub_fails_at_again_and_again_makes_way_and_goes_on_by_itself(desk: MakeDesk) -> None:
    failing = [Refused("500", "internal", retryable=True) for _ in range(4)]
    table = desk(profile=toyland(lane="cdr", tries_in_line=3), replies={"C0": failing})
    await owe(table, 2)
    await table.settle(tries=8)
    first, second = await table.outbox.listed()
    assert [name_of(message) for message in table.sent] == ["C0", "C0", "C0", "C1", "C0", "C0"]
    assert (first.state, first.lane, second.state) == ("accepted", f"toy/cdr/aside/{first.id}", "accepted")


async def test_a_hub_that_is_down_moves_nobody_aside(desk: MakeDesk) -> None:
    down = [NotSent("no route") for _ in range(6)]
    table = desk(profile=toyland(lane="cdr", tries_in_line=3), replies={"C0": [*down, NoAnswer("timeout")]})
    await owe(table, 2)
    await table.settle(tries=12)
    assert [name_of(message) for message in table.sent] == ["C0"] * 8 + ["C1"]


HUB_SAYS: Sequence[Any] = (ALL, NotSent("no route"), NoAnswer("timeout"), Undecodable("HTML"),
                           Refused("format", "no"), Refused("server", "later", retryable=True))  # fmt: skip


@hypothesis_settings(max_examples=40, deadline=None)
@given(st.integers(1, 7), st.lists(st.sampled_from(HUB_SAYS), max_size=5), st.sets(st.integers(0, 6), max_size=2))
async def test_whatever_happens_to_batches_every_record_ends_once(count: int, whole: list[Any], bad: set[int]) -> None:
    poisoned = {f"C{number}": [Refused("format", "broken")] * 9 for number in bad}
    table = Desk(profile=TOGETHER, replies={"SubmitCdrs": list(whole), **poisoned})
    await owe(table, count)
    await table.settle(tries=40)
    ended = await table.outbox.listed()
    assert {one.state for one in ended} <= {"accepted", "refused"}
    assert sorted(told for told, _ in await table.told()) == [one.id for one in ended]
    assert all(one.state == "accepted" for one in ended if one.message and name_of(one.message) not in poisoned)
    table.database.close()


# --- the same at every try ---------------------------------------------------------------------------------------

SECRET = wsse.UsernameToken("lon", "made-up <&> secret")


def request(text: str) -> HttpRequest:
    header = wsse.written(SECRET)
    return HttpRequest(path="/cdrs", body=f"<soap:Header>{header}</soap:Header><cdr>{text}</cdr>".encode())


async def test_a_try_of_unknown_outcome_is_repeated_byte_for_byte_whatever_would_be_written_today() -> None:
    secret = Credentials(username="lon", password="made-up <&> secret")
    link = FakeLink(replace(TOY, credentials=secret), [HttpResponse(), HttpResponse()])
    kept: list[str] = []

    async def keep(sent: str) -> None:
        assert len(link.asked) == 0
        kept.append(sent)

    await Steady("cdr/S1", START, None, keep).over(link).exchange(request("as it was"))
    assert "made-up" not in kept[0]
    await Steady("cdr/S1", START, kept[0], keep).over(link).exchange(request("as a newer version writes it"))
    assert link.asked[1].body == link.asked[0].body == request("as it was").body


async def test_the_password_of_the_day_goes_with_yesterdays_bytes() -> None:
    kept: list[str] = []

    async def keep(sent: str) -> None:
        kept.append(sent)

    old = FakeLink(replace(TOY, credentials=Credentials("lon", "made-up <&> secret")), [HttpResponse()])
    await Steady("k", START, None, keep).over(old).exchange(request("it"))
    new = FakeLink(replace(TOY, credentials=Credentials("lon", "another")), [HttpResponse()])
    await Steady("k", START, kept[0], keep).over(new).exchange(request("it"))
    assert new.asked[0].body == old.asked[0].body.replace(b"made-up &lt;&amp;&gt; secret", b"another")


async def test_time_and_ids_are_those_of_the_entry_and_not_of_the_moment() -> None:
    async def keep(sent: str) -> None:
        raise AssertionError(sent)

    one, other = (Steady("cdr/S1", START, None, keep).over(FakeLink(TOY)) for _ in range(2))
    assert one.now() == START
    assert [one.new_id(), one.new_id()] == [other.new_id(), other.new_id()]
    assert Steady("cdr/S2", START, None, keep).over(FakeLink(TOY)).new_id() != other.new_id()


async def test_what_cannot_have_arrived_is_written_anew(desk: MakeDesk) -> None:
    table = desk(replies={"C0": [NotSent("no route"), NoAnswer("timeout")]})
    (number,) = await owe(table, 1)

    async def sent() -> str | None:
        return (await table.entry(await table.outbox.get(number))).sent

    plain = table.send

    async def send(connection: str, message: m.Message[Any], steady: Steady) -> m.Answer:
        link = FakeLink(TOY, [HttpResponse()])
        await steady.over(link).exchange(HttpRequest(path="/record", body=str(len(table.sent)).encode()))
        return await plain(connection, message, steady)

    table.outbox._attempts._send = send
    await table.outbox.drain("toy/cdr/S0")
    assert await sent() is None
    table.now += timedelta(hours=1)
    await table.outbox.drain("toy/cdr/S0")
    assert [frame["body"] for frame in json.loads(await sent() or "[]")] == ["1"]
    await table.settle(tries=1)
    assert [frame["body"] for frame in json.loads(await sent() or "[]")] == ["1"]


# --- doubt ---------------------------------------------------------------------------------------------------------


def failing_after(table: Desk, exchanged: bool) -> None:
    """A fault of our code at the first try, before or after the request was handed to the network."""
    plain, faults = table.send, [KeyError("ours")]

    async def send(connection: str, message: m.Message[Any], steady: Steady) -> m.Answer:
        if faults:
            steady.exchanged = exchanged
            raise faults.pop()
        return await plain(connection, message, steady)

    table.outbox._attempts._send = send


@pytest.mark.parametrize(("exchanged", "expected"), [(True, "accepted"), (False, "refused")])
async def test_after_a_fault_of_ours_closed_means_taken_only_if_something_was_sent(
    desk: MakeDesk, exchanged: bool, expected: str
) -> None:
    table = desk(profile=CAREFUL, replies={"C0": [CLOSED]})
    (number,) = await owe(table, 1)
    failing_after(table, exchanged)
    await table.settle(tries=1)
    await table.outbox.retry(number)
    await table.settle(tries=1)
    assert await states(table) == [expected]


async def test_a_batch_in_which_our_code_failed_after_sending_may_have_arrived(desk: MakeDesk) -> None:
    table = desk(profile=TOGETHER, replies={"SubmitCdrs": [but("C0", "C1")]})
    await owe(table, 2)
    failing_after(table, True)
    await table.settle(tries=4)
    assert await states(table) == ["accepted", "accepted"]


async def test_a_corrected_record_has_no_doubt_of_its_own(desk: MakeDesk) -> None:
    table = desk(profile=CAREFUL, replies={"C0": [NoAnswer("timeout"), CLOSED]})
    (number,) = await owe(table, 1)
    await table.settle(tries=1)
    await table.outbox.withdraw(number, "wrong")
    await table.outbox.submit("toy", cdr("C0", "S0", energy_kwh=Decimal(99)))
    await table.settle(tries=1)
    assert await states(table) == ["refused"]


async def test_a_store_that_fails_says_nothing_of_the_message(desk: MakeDesk) -> None:
    table = desk()
    await owe(table, 1)
    plain, failures = table.send, [OperationalError("UPDATE", {}, Exception("disk is full"))]

    async def send(connection: str, message: m.Message[Any], steady: Steady) -> m.Answer:
        if failures:
            raise failures.pop()
        return await plain(connection, message, steady)

    table.outbox._attempts._send = send
    await table.settle(tries=2)
    assert await states(table) == ["accepted"]


async def test_a_record_that_was_refused_in_a_batch_is_tried_again_by_itself(desk: MakeDesk) -> None:
    profile = toyland(lane="cdr", together=3)
    table = desk(profile=profile, replies={"SubmitCdrs": [NoAnswer("timeout"), but("C1")]})
    numbers = await owe(table, 3)
    await table.settle(tries=3)
    await table.outbox.retry(numbers[1])
    await table.settle(tries=1)
    assert [names(message) for message in table.sent] == [["C0", "C1", "C2"]] * 2 + [["C1"]]
    assert (await table.entry(await table.outbox.get(numbers[1]))).batch == "alone"


async def test_two_records_of_one_id_do_not_go_together(desk: MakeDesk) -> None:
    table = desk(profile=TOGETHER)
    for evse in ("NL*LON*E1", "NL*LON*E2"):
        place = EvseId.parse(evse)
        await table.outbox.submit("toy", cdr("C0", evse, evse=place))
    await table.settle(tries=1)
    assert [names(message) for message in table.sent] == [["C0"], ["C0"]]


async def test_a_hubs_words_are_stored_whatever_bytes_they_are_made_of(desk: MakeDesk) -> None:
    table = desk(replies={"C0": [Refused("018", "no \x00 such \ud800 place")]})
    await owe(table, 1)
    await table.settle(tries=1)
    (found,) = await table.outbox.listed()
    assert (found.state, found.words) == ("refused", "no \ufffd such ? place")


@pytest.mark.parametrize("column", ["sent", "created_at"])
async def test_a_row_that_is_damaged_beside_its_message_is_set_aside_too(desk: MakeDesk, column: str) -> None:
    table = desk(profile=toyland(lane="cdr"))
    damaged, _ = await owe(table, 2)
    broken = text(f"UPDATE gateway_outbox SET {column} = 'x' WHERE id = :id")
    await table.database.write(lambda transaction: transaction.execute(broken, {"id": damaged}))
    await table.settle(tries=1)
    assert await states(table) == ["refused", "accepted"]


async def test_a_time_that_cannot_be_read_keeps_nobody_waiting(desk: MakeDesk) -> None:
    table = desk()
    await owe(table, 1)
    broken = text("UPDATE gateway_outbox SET next_try_at = 'x'")
    await table.database.write(lambda transaction: transaction.execute(broken))
    await table.settle(tries=1)
    assert await states(table) == ["accepted"]


async def test_a_damaged_answer_does_not_hide_the_rest_of_the_list(desk: MakeDesk) -> None:
    table = desk()
    await owe(table, 2)
    broken = text("UPDATE gateway_outbox SET answer = 'x' WHERE id = 1")
    await table.database.write(lambda transaction: transaction.execute(broken))
    assert [one.answer for one in await table.outbox.listed()] == [None, None]


async def test_a_record_that_closes_a_session_gives_way_to_the_real_one(desk: MakeDesk) -> None:
    table = desk()
    nothing = cdr("closing", energy_kwh=Decimal(0), start=START, end=START)
    zero, real = await table.outbox.submit("toy", nothing), await table.outbox.submit("toy", cdr("C1"))
    assert (real.id, real.state) == (zero.id, "waiting")
    assert (await table.outbox.submit("toy", nothing)).state == "refused"
    await table.settle(tries=1)
    assert table.sent == [cdr("C1")]
