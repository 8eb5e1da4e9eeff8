"""Who may call us directly: the pair of the day, around midnight, and strangers."""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from gateway.errors import NoAnswer, Unauthenticated, Unsupported
from gateway.http import HttpRequest
from gateway.model.common import Role
from gateway.model.ids import ContractId
from gateway_ochp.direct import endpoints as direct
from gateway_ochp.direct.admission import admit, caller, shown
from gateway_ochp.direct.rotation import fetch, fetch_now, upload, upload_now
from tests.support.days import EVSE, NOBODY, OPERATOR, Clock, House, Partners, Way

DAY = date(2026, 1, 15)
CONTRACT = direct.contract_key(ContractId.parse("DE-8AA-CA2B3C4D5-N"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- around midnight -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "day", "taken"),
    [
        ("2026-01-15T23:49:59", 16, False),
        ("2026-01-15T23:50:00", 16, True),
        ("2026-01-15T23:55:00", 15, True),
        ("2026-01-16T00:29:59", 15, True),
        ("2026-01-16T00:30:00", 15, False),
        ("2026-01-16T00:30:00", 16, True),
        ("2026-01-17T12:00:00", 15, False),
    ],
)
async def test_a_pair_is_taken_from_ten_to_midnight_until_half_past_the_next(
    moment: str, day: int, taken: bool
) -> None:
    both = Partners()
    await both.turn()
    both.clock.moment = at("2026-01-15T12:10:00")
    await both.turn()
    tokens = {(who, text): token for who in ("operator", "provider") for text, token in both.house.tokens(who)}
    pair = tokens["operator", f"2026-01-{day}"], tokens["provider", f"2026-01-{day}"]
    request = HttpRequest(headers={"authorization": direct.authorization(*pair)})
    both.clock.moment = at(moment)
    if taken:
        assert [one.day for one in await caller(both.operator, request)] == [date(2026, 1, day)]
    else:
        with pytest.raises(Unauthenticated):
            await admit(both.operator, request)


async def test_tokens_of_two_days_are_no_pair() -> None:
    both = Partners()
    await both.turn()
    both.clock.moment = at("2026-01-15T23:55:00")
    await both.turn()
    ours = dict(both.house.tokens("operator"))
    theirs = dict(both.house.tokens("provider"))
    mixed = direct.authorization(ours["2026-01-15"], theirs["2026-01-16"])
    with pytest.raises(Unauthenticated, match="not of the receiver's day"):
        await admit(both.operator, HttpRequest(headers={"authorization": mixed}))


# --- strangers -------------------------------------------------------------------------------------------------------


def basic(text: str | bytes) -> str:
    return "Basic " + b64encode(text if isinstance(text, bytes) else text.encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer abc",
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic YTpi extra",
        "Basic YTpi\n",
        "Basic YTp",
        basic("no colon"),
        basic(":sender"),
        basic("receiver:"),
        basic(b"\xff\xfe:x"),
        basic("r:" + "s" * 2000),
    ],
)
def test_a_header_that_shows_no_pair(header: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        shown(HttpRequest(headers={"authorization": header}))
    assert "receiver" not in str(refused.value)


def test_a_partners_token_may_have_a_colon() -> None:
    pair = shown(HttpRequest(headers={"authorization": basic("ours:theirs:more")}))
    assert (pair.receiver, pair.sender) == ("ours", "theirs:more")
    assert "ours" not in repr(pair)


async def test_wrong_tokens_are_refused_whichever_is_wrong() -> None:
    both = Partners()
    await both.turn()
    ours, theirs = dict(both.house.tokens("operator"))[str(DAY)], dict(both.house.tokens("provider"))[str(DAY)]
    for pair in [(theirs, ours), (ours, ours), (theirs, theirs), ("wrong", theirs), (ours, "wrong"), (ours, "")]:
        with pytest.raises(Unauthenticated) as refused:
            await admit(both.operator, HttpRequest(headers={"authorization": basic(":".join(pair))}))
        assert not any(token in str(refused.value) for token in pair if token)


async def test_without_the_option_nobody_calls() -> None:
    way = Way(House(), Clock(), replace(OPERATOR, options={}))
    with pytest.raises(Unsupported, match="never calls"):
        await admit(way, HttpRequest(headers={"authorization": basic("a:b")}))
    assert (await upload(way, NOBODY), await fetch(way, NOBODY), way.house.asked) == (3600, 3600, [])
    for work in (upload_now, fetch_now):
        with pytest.raises(Unsupported, match="its option ochp_direct turns it on"):
            await work(way)
    with pytest.raises(Unsupported):
        await direct.partner(way, Role.CPO, EVSE)


async def test_a_partner_who_came_after_our_fetch_is_looked_for_at_most_every_five_minutes() -> None:
    both = Partners()
    await upload(both.operator, NOBODY)
    await fetch(both.operator, NOBODY)
    both.clock.on(minutes=6)
    await upload(both.provider, NOBODY)
    await fetch(both.provider, NOBODY)
    request = await both.call()
    both.house.fails = [NoAnswer("lost")]
    with pytest.raises(Unauthenticated):
        await admit(both.operator, request)
    asked = len(both.house.asked)
    both.clock.on(minutes=4)
    with pytest.raises(Unauthenticated):
        await admit(both.operator, request)
    assert len(both.house.asked) == asked
    both.clock.on(minutes=1)
    assert [one.role for one in await caller(both.operator, request)] == [Role.EMSP]
    assert len(both.house.asked) == asked + 1


async def test_who_does_not_show_our_token_moves_nothing() -> None:
    both = Partners()
    await both.turn()
    both.clock.on(hours=1)
    asked = len(both.house.asked)
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            await admit(both.operator, HttpRequest(headers={"authorization": basic("guessed:guessed")}))
    assert len(both.house.asked) == asked
