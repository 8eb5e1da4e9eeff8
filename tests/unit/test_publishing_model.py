"""Whatever is asked for, in any order, and whatever goes wrong on the way: in the end the hub shows what is wanted."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import NotSent, Unavailable
from gateway.http import HttpResponse
from gateway.model.kinds import EvseStatus
from gateway.ports import Profile
from gateway.store import Database
from tests.support.publishing import BEGIN, LON, Stand, answer_lost, connection, evse_id, place, stand

STATUSES = (EvseStatus.AVAILABLE, EvseStatus.CHARGING, EvseStatus.OUTOFORDER)
NUMBERS = st.integers(1, 4)


def refused(code: str, text: str) -> Any:
    body = f'{{"Result": false, "StatusCode": {{"Code": "{code}", "Description": "{text}"}}}}'
    return lambda _: HttpResponse(body=body.encode())


FAULTS: tuple[Any, ...] = (
    answer_lost,
    lambda _: NotSent("connection refused"),
    lambda _: Unavailable("HTTP 503", 1.0, may_have_acted=False),
    lambda _: Unavailable("HTTP 502", None, may_have_acted=True),
    refused("009", "push of data already in progress"),
    refused("018", f"Inconsistent EvseID: {evse_id(1)}"),
    refused("022", "data error"),
    refused("603", f"EVSE data records missing for EvseIDs: {evse_id(2)}"),
    lambda _: None,
)


@dataclass
class Wish:
    """What the backend wants the hub to show."""

    hotlines: dict[int, str] = field(default_factory=dict)
    statuses: dict[int, EvseStatus] = field(default_factory=dict)
    moment: int = 0


Step = Callable[[Stand, Wish], Any]


def published(number: int, version: int) -> Step:
    async def step(one: Stand, wish: Wish) -> None:
        wish.hotlines[number] = f"+3120000000{version}"
        await one.publisher.publish([place(number, hotline=wish.hotlines[number])])

    return step


def broken(number: int) -> Step:
    """Changes nothing of what is to be seen."""

    async def step(one: Stand, wish: Wish) -> None:
        if number in wish.hotlines:
            await one.publisher.publish([place(number, hotline="none")])
            await one.publisher.publish([place(number, hotline=wish.hotlines[number])])

    return step


def retired(number: int) -> Step:
    async def step(one: Stand, wish: Wish) -> None:
        wish.hotlines.pop(number, None)
        wish.statuses.pop(number, None)
        await one.publisher.retire([evse_id(number)])

    return step


def completed(numbers: set[int]) -> Step:
    async def step(one: Stand, wish: Wish) -> None:
        wish.hotlines = {number: wish.hotlines.get(number, "+31200000009") for number in numbers}
        wish.statuses = {number: status for number, status in wish.statuses.items() if number in numbers}
        places = [place(number, hotline=wish.hotlines[number]) for number in numbers]
        await one.publisher.publish(places, complete=LON, confirm=True)

    return step


def told(number: int, status: EvseStatus) -> Step:
    async def step(one: Stand, wish: Wish) -> None:
        wish.moment += 1
        at = BEGIN + timedelta(seconds=wish.moment)
        taken = await one.publisher.publish_status(evse_id(number), status, at)
        assert (taken[0].outcome == "dropped") == (number not in wish.hotlines)
        if number in wish.hotlines:
            wish.statuses[number] = status

    return step


def goes_wrong(fault: Any) -> Step:
    async def step(one: Stand, _: Wish) -> None:
        one.links["hubject"].script.append(fault)

    return step


async def drained(one: Stand, _: Wish) -> None:
    """Only what is due at this moment."""
    for lane in await one.outbox.due():
        await one.outbox.drain(lane)


async def passes(one: Stand, _: Wish) -> None:
    one.moment += timedelta(minutes=5)


async def retries(one: Stand, _: Wish) -> None:
    await one.publisher.retry("hubject")


async def loads(one: Stand, wish: Wish) -> None:
    if (await one.publisher.full_load("hubject")).sends:
        await one.publisher.full_load("hubject", confirm=True, confirm_loss=True)


STEPS = st.one_of(
    st.builds(published, NUMBERS, st.integers(0, 5)),
    st.builds(published, NUMBERS, st.integers(0, 5)),
    st.builds(broken, NUMBERS),
    st.builds(retired, NUMBERS),
    st.builds(completed, st.sets(NUMBERS)),
    st.builds(told, NUMBERS, st.sampled_from(STATUSES)),
    st.builds(goes_wrong, st.sampled_from(FAULTS)),
    st.builds(goes_wrong, st.sampled_from(FAULTS)),
    st.sampled_from([drained, drained, passes, retries, loads]),
)


@settings(max_examples=40)
@given(st.lists(STEPS, max_size=25), st.integers(1, 3))
def test_in_the_end_the_hub_shows_what_is_wanted(steps: list[Step], together: int) -> None:
    asyncio.run(played(steps, together))


def taking(profile: Profile, together: int) -> Profile:
    """A hub that takes so many records at once, and prefers single statuses while two at most wait."""
    publishing = replace(profile.publishing, together=together, statuses_together=together, statuses_singly=2)
    return replace(profile, publishing=publishing)


async def played(steps: list[Step], together: int) -> None:
    database = Database()
    database.migrate()
    try:
        one = stand(database, [connection()], profile=lambda profile: taking(profile, together))
        wish = Wish({1: "+31200000000"})
        await one.publisher.publish([place(1, hotline=wish.hotlines[1])])
        await one.loaded()
        for step in steps:
            await step(one, wish)
        await at_rest(one)
        state = one.state()
        assert {evse: record["HotlinePhoneNumber"] for evse, record in state["evses"].items()} == {
            str(evse_id(number)): hotline for number, hotline in wish.hotlines.items()
        }
        words = {
            EvseStatus.AVAILABLE: "Available",
            EvseStatus.CHARGING: "Occupied",
            EvseStatus.OUTOFORDER: "OutOfService",
        }
        wanted = {str(evse_id(number)): words[status] for number, status in wish.statuses.items()}
        assert {evse: state["statuses"].get(evse) for evse in wanted} == wanted
        # A load that somebody confirmed, and that came to nothing because the fleet changed meanwhile, is told of.
        assert [held for held in await one.publisher.held() if held.what != "load"] == []
    finally:
        database.close()


async def at_rest(one: Stand) -> None:
    """The faults are over, and a person has asked for what was refused, as often as it takes."""
    await one.deliver()
    one.links["hubject"].script.clear()
    for _ in range(3):
        if (await one.publisher.held()) and not await one.publisher.retry("hubject"):
            await loads(one, Wish())
        await one.deliver()
