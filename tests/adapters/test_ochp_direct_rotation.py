"""Tokens of the day: made, uploaded and fetched, by a clock that is moved over three days."""

import asyncio
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from gateway.endpoints import Endpoints, StoredEndpoints
from gateway.errors import GatewayError, NoAnswer, NotSent, Refused
from gateway.http import HttpRequest
from gateway.model.common import Role
from gateway.model.ids import ContractId
from gateway.sealing import Keyring
from gateway.store import Database
from gateway_ochp import wire
from gateway_ochp.direct import endpoints as direct
from gateway_ochp.direct.admission import caller
from gateway_ochp.direct.rotation import JOBS, fetch, fetch_now, upload, upload_now
from tests.support.days import NOBODY, OPERATOR, Clock, House, Partners, Way

DAY = date(2026, 1, 15)
CONTRACT = direct.contract_key(ContractId.parse("DE-8AA-CA2B3C4D5-N"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- three days ------------------------------------------------------------------------------------------------------


async def test_three_days() -> None:
    both = Partners(at("2026-01-15T05:50:00"))
    seen: dict[str, list[str]] = {}
    while both.clock.moment < at("2026-01-18T01:00:00"):
        await both.turn()
        moment = both.clock.moment
        request = await both.call()
        found = await caller(both.operator, request)
        assert [(one.role, one.day, one.allow) for one in found] == [(Role.EMSP, moment.date(), ("DE8AAC%",))]
        seen.setdefault(request.headers["authorization"], []).append(f"{moment:%d %H:%M}")
        both.clock.on(minutes=10)
    assert [(moments[0], moments[-1]) for moments in seen.values()] == [
        ("15 05:50", "15 23:50"),
        ("16 00:00", "16 23:50"),
        ("17 00:00", "17 23:50"),
        ("18 00:00", "18 00:50"),
    ]
    assert [day for day, _ in both.house.tokens("operator")] == [f"2026-01-{day}" for day in (15, 16, 17, 18)]
    assert {one.day for one in await both.operator.endpoints.ours()} == {date(2026, 1, day) for day in (16, 17, 18)}
    assert both.house.asked.count("GetServiceEndpointsRequest") == 2 * 4


async def test_tomorrows_is_uploaded_in_the_morning_and_fetched_in_the_afternoon() -> None:
    both = Partners(at("2026-01-15T05:59:59"))
    done = []
    for _ in range(30):
        before = len(both.house.asked)
        await both.turn()
        done += [(f"{both.clock.moment:%H:%M}", name[:3]) for name in both.house.asked[before:]]
        both.clock.on(minutes=15)
    assert done == [("05:59", "Add")] * 2 + [("05:59", "Get")] * 2 + [("06:14", "Add")] * 2 + [("12:14", "Get")] * 2


async def test_jobs_sleep_until_there_is_something_to_do() -> None:
    both = Partners(at("2026-01-15T05:30:00"))
    assert await upload(both.operator, NOBODY) == 1800
    assert await fetch(both.operator, NOBODY) == 3600
    both.clock.moment = at("2026-01-15T23:45:00")
    assert (await upload(both.operator, NOBODY), await fetch(both.operator, NOBODY)) == (900, 900)
    assert [(job.role, job.period_seconds) for job in JOBS] == [(None, 300.0)] * 2


@pytest.mark.parametrize("moment", ["00:00:00", "03:00:00", "11:56:00", "12:06:00", "23:59:59"])
async def test_a_start_at_any_time_makes_good_what_is_missing(moment: str) -> None:
    both = Partners(at(f"2026-01-15T{moment}"))
    await both.turn()
    await caller(both.operator, await both.call())
    days = {one.day for one in await both.operator.endpoints.taken()}
    assert days == ({DAY} if moment < "06" else {DAY, DAY + timedelta(days=1)})
    before = len(both.house.asked)
    await both.turn()
    assert len(both.house.asked) == before


# --- a hub that refuses, is down, loses answers ----------------------------------------------------------------------


async def test_a_token_that_is_not_unique_is_replaced() -> None:
    drawn = iter(["taken already", "a new one", "tomorrows"])
    way = Way(House(), Clock(), endpoints=Endpoints(lambda: next(drawn)))
    foreign = wire.OperatorEndpoint(
        url="https://x.example", namespace_url=wire.NAMESPACE, access_token="taken already", valid_date=DAY,
        whitelist=("DE999E%",),
    )  # fmt: skip
    way.house.listed.append(("another", foreign))
    await upload(way, NOBODY)
    assert [one.token for one in await way.endpoints.taken()] == ["a new one", "tomorrows"]
    assert list(way.house.tokens("operator")) == [("2026-01-15", "a new one"), ("2026-01-16", "tomorrows")]


async def test_after_a_passing_failure_the_same_token_is_offered_again() -> None:
    way = Way(House(fails=[NotSent("down"), ("server", "later")]), Clock())
    with pytest.raises(GatewayError, match="down"):
        await upload(way, NOBODY)
    made = await way.endpoints.ours()
    assert ([one.day for one in made], await way.endpoints.taken()) == ([DAY, DAY + timedelta(days=1)], ())
    await upload(way, NOBODY)
    assert await way.endpoints.taken() == made


async def test_an_upload_whose_answer_is_lost_counts_on_both_sides() -> None:
    """The hub has the first token and hands it out; it refuses it as not unique, so there is a second one."""
    both = Partners(at("2026-01-15T03:00:00"))
    both.house.loses = [NoAnswer("cut")]
    with pytest.raises(GatewayError, match="cut"):
        await upload(both.operator, NOBODY)
    await upload(both.operator, NOBODY)
    tokens = [token for _, token in both.house.tokens("operator")]
    await upload(both.provider, NOBODY)
    await fetch(both.provider, NOBODY)
    await fetch(both.operator, NOBODY)
    (theirs,) = (token for _, token in both.house.tokens("provider"))
    assert len(tokens) == 2
    for token in tokens:
        request = HttpRequest(headers={"authorization": direct.authorization(token, theirs)})
        assert [one.role for one in await caller(both.operator, request)] == [Role.EMSP]
    used = (await direct.partner(both.operator, Role.EMSP, CONTRACT)).headers["authorization"]
    assert b64decode(used.removeprefix("Basic ")).decode() == f"{theirs}:{tokens[1]}"


@pytest.mark.parametrize("code", ["not-authorized", "invalid-id", "roaming", "format", "what is this"])
async def test_a_hub_that_goes_on_refusing_is_not_flooded_with_tokens(code: str) -> None:
    way = Way(House(fails=[(code, "no")] * 100), Clock(at("2026-01-15T03:00:00")))
    for _ in range(20):
        with pytest.raises(GatewayError, match=f"2026-01-15 is overdue since 11:55 UTC of the day before: {code}: no"):
            await upload(way, NOBODY)
    made = len(await way.endpoints.ours())
    assert made == (5 if code in ("format", "what is this") else 1)
    assert await way.endpoints.taken() == ()


async def test_what_is_late_says_so() -> None:
    way = Way(House(), Clock())
    await upload(way, NOBODY)
    way.clock.moment = at("2026-01-16T11:54:59")
    way.house.fails = [("server", "busy")] * 2
    with pytest.raises(Refused, match="server: busy"):
        await upload(way, NOBODY)
    way.clock.moment = at("2026-01-16T11:55:00")
    with pytest.raises(GatewayError, match="our direct endpoint of 2026-01-17 is overdue"):
        await upload(way, NOBODY)


async def test_partly_counts_and_is_told() -> None:
    way = Way(House(fails=[("partly", "a pattern is not yours")]), Clock(at("2026-01-15T03:00:00")))
    with pytest.raises(GatewayError, match="a pattern is not yours"):
        await upload(way, NOBODY)
    assert len(await way.endpoints.taken()) == 1
    await upload(way, NOBODY)
    assert len(way.house.asked) == 1


async def test_todays_failure_does_not_keep_tomorrows_back() -> None:
    way = Way(House(fails=[("invalid-id", "no")]), Clock())
    with pytest.raises(GatewayError):
        await upload(way, NOBODY)
    assert [one.day for one in await way.endpoints.taken()] == [DAY + timedelta(days=1)]


async def test_a_failed_fetch_is_due_again_and_forgets_nothing() -> None:
    both = Partners()
    await both.turn()
    before = await both.operator.endpoints.partners()
    both.clock.moment = at("2026-01-15T12:05:00")
    for failure, error in (
        ((("not-authorized"), ""), Refused),
        (("invalid-id", ""), Refused),
        (NoAnswer("x"), NoAnswer),
    ):
        both.house.fails = [failure]
        with pytest.raises(error):
            await fetch(both.operator, NOBODY)
    assert await both.operator.endpoints.partners() == before
    both.house.listed = []
    await fetch(both.operator, NOBODY)
    assert await both.operator.endpoints.partners() == before
    assert await both.operator.endpoints.fetched_at() == both.clock.moment


async def test_after_a_clock_that_was_wrong_the_list_is_fetched_at_once() -> None:
    both = Partners(at("2026-03-15T12:30:00"))
    await both.turn()
    both.clock.moment = at("2026-01-15T12:30:00")
    await both.turn()
    await caller(both.operator, await both.call())
    assert await both.operator.endpoints.fetched_at() == both.clock.moment
    before = len(both.house.asked)
    await both.turn()
    assert len(both.house.asked) == before


async def test_our_own_endpoint_in_the_list_is_no_partner() -> None:
    way = Way(House(), Clock())
    await upload(way, NOBODY)
    way.house.listed = [("somebody", one) for _, one in way.house.listed]
    assert await fetch_now(way) == "0 endpoints of partners"
    assert await way.endpoints.partners() == ()


async def test_other_settings_are_uploaded_again() -> None:
    way = Way(House(), Clock())
    assert await upload_now(way) == "uploaded for 2026-01-15, 2026-01-16"
    assert await upload_now(way) == "today's and tomorrow's are there already"
    way.connection = replace(OPERATOR, options={**OPERATOR.options, "ochp_direct_deny": ["DEABCE9%"]})
    assert await upload_now(way) == "uploaded for 2026-01-15, 2026-01-16"
    latest = direct.newest(await way.endpoints.taken(), Role.CPO, DAY)
    assert latest is not None
    assert latest.deny == ("DEABCE9%",)


# --- a restart, two processes ----------------------------------------------------------------------------------------


async def test_of_two_processes_at_once_one_uploads(tmp_path: Any) -> None:
    house, clock, dsn = House(), Clock(at("2026-01-15T03:00:00")), f"sqlite:///{tmp_path / 'gateway.sqlite'}"
    databases = [Database(dsn), Database(dsn)]
    databases[0].migrate()
    books = [StoredEndpoints(database, "clearing", Keyring.of(["made up for tests"])) for database in databases]
    ways = [Way(house, clock, endpoints=book) for book in books]
    done = await asyncio.gather(*(upload(way, NOBODY) for way in ways), return_exceptions=True)
    assert [str(one) for one in done if isinstance(one, BaseException) and "another process" not in str(one)] == []
    for way in ways:
        await upload(way, NOBODY)
    assert list(house.tokens("operator")) == [("2026-01-15", (await books[0].taken())[0].token)]
    for database in databases:
        database.close()


async def test_two_processes_and_a_restart_on_one_store(tmp_path: Any) -> None:
    dsn, keys = f"sqlite:///{tmp_path / 'gateway.sqlite'}", Keyring.of(["a passphrase made up for tests"])
    both = Partners()
    databases: list[Database] = []

    def process() -> Way:
        database = Database(dsn)
        database.migrate()
        databases.append(database)
        return replace(both.operator, endpoints=StoredEndpoints(database, "clearing", keys))

    one, other = process(), process()
    await upload(one, NOBODY)
    await upload(both.provider, NOBODY)
    await fetch(both.provider, NOBODY)
    await upload(other, NOBODY)
    await fetch(one, NOBODY)
    assert len(list(both.house.tokens("operator"))) == 2
    request = await both.call()
    for way in (one, other):
        assert [found.allow for found in await caller(way, request)] == [("DE8AAC%",)]
    for database in databases:
        database.close()
    both.clock.moment = at("2026-01-16T00:10:00")
    again = process()
    assert [found.day for found in await caller(again, request)] == [DAY]
    await upload(again, NOBODY)
    assert len(list(both.house.tokens("operator"))) == 2
    databases[-1].close()
