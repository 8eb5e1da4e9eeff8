"""Which partner is reached where, with which pair: days, patterns, the way that is taken."""

from base64 import b64decode
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotSent, Unsupported
from gateway.model.common import Role
from gateway.model.direct import DirectEndpoint
from gateway.model.ids import ContractId, EvseId
from gateway_ochp import wire
from gateway_ochp.direct import endpoints as direct
from gateway_ochp.direct.rotation import fetch_now, upload, upload_now
from tests.support.days import EVSE, MORNING, NOBODY, OPERATOR, Clock, House, Partners, Way

DAY = date(2026, 1, 15)
CONTRACT = direct.contract_key(ContractId.parse("DE-8AA-CA2B3C4D5-N"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def endpoint(**values: Any) -> DirectEndpoint:
    one = DirectEndpoint(
        role=Role.CPO, url="https://one.example", version=wire.NAMESPACE, token="t", day=DAY, allow=("DEABCE%",)
    )
    return replace(one, **values)


# --- which day, which id ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        ("2026-01-15T00:00:00", [15, 14]),
        ("2026-01-15T00:29:59", [15, 14]),
        ("2026-01-15T00:30:00", [15]),
        ("2026-01-15T23:49:59", [15]),
        ("2026-01-15T23:50:00", [15, 16]),
        ("2026-01-15T23:59:59", [15, 16]),
    ],
)
def test_a_server_takes_two_pairs_around_midnight(moment: str, days: list[int]) -> None:
    assert [day.day for day in direct.accepted_days(at(moment))] == days


def test_a_day_is_that_of_utc() -> None:
    assert direct.day_of(datetime.fromisoformat("2026-01-16T00:30:00+01:00")) == DAY


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("DE823E%", "DE823E1234", True),
        ("DE823E%", "DE823E", True),
        ("DE823E1234*99%", "DE823E1234*991", True),
        ("DE823E1234*99%", "DE823E123499", False),
        ("DE823E0", "DE823E0", True),
        ("DE823E0", "DE823E01", False),
        ("de823e%", "DE823E1", False),
        ("DE%E1", "DE823E1", False),
        ("%", "anything", True),
    ],
)
def test_a_pattern(pattern: str, text: str, fits: bool) -> None:
    assert direct.matches(pattern, text) is fits


@given(st.text("AE1*%", max_size=6), st.text("AE1*%", max_size=6))
def test_a_percent_sign_at_the_end_is_any_rest(start: str, rest: str) -> None:
    assert direct.matches(f"{start}%", start + rest)
    assert start.endswith("%") or direct.matches(start, start + rest) == (rest == "")


@pytest.mark.parametrize(
    ("spelled", "key"),
    [
        ("DE*823*E1234*5678", "DE823E1234*5678"),
        ("de823e1234", "DE823E1234"),
        ("DE823E1234*5678", "DE823E1234*5678"),
        ("+49*823*1234*5678", "DE823E1234*5678"),
    ],
)
def test_an_evse_as_patterns_spell_it(spelled: str, key: str) -> None:
    assert direct.evse_key(EvseId.parse(spelled)) == key


@pytest.mark.parametrize("spelled", ["DE-8AA-CA2B3C4D5-N", "DE-8AA-CA2B3C4D5", "de8aaca2b3c4d5n"])
def test_a_contract_as_patterns_spell_it(spelled: str) -> None:
    assert direct.contract_key(ContractId.parse(spelled)) == "DE8AACA2B3C4D5"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, True),
        ({"deny": ("DEABCE1%",)}, False),
        ({"deny": ("DEABCE2%",)}, True),
        ({"day": date(2026, 1, 16)}, False),
        ({"role": Role.EMSP}, False),
        ({"allow": ("DE999E%", "DEABCE100*%")}, True),
        ({"allow": ()}, False),
        ({"version": "http://ochp.eu/1.3"}, False),
        ({"version": None}, True),
        ({"token": None}, False),
        ({"url": None}, False),
    ],
)
def test_an_endpoint_is_picked(changes: dict[str, Any], found: bool) -> None:
    one = endpoint(**changes)
    assert direct.pick([one], Role.CPO, EVSE, DAY) == (one if found else None)


def test_the_version_that_both_speak_decides() -> None:
    old, new = endpoint(version="http://ochp.eu/1.3", url="https://old.example"), endpoint()
    assert direct.pick([old, new], Role.CPO, EVSE, DAY) == new


async def test_a_connection_on_another_release_speaks_that_one() -> None:
    newer = replace(OPERATOR, options={**OPERATOR.options, "version": "1.4.1"})
    way = Way(House(), Clock(), newer)
    await upload_now(way)
    assert {one.version for one in await way.endpoints.taken()} == {"http://ochp.eu/1.4.1"}
    here, there = (
        endpoint(role=Role.EMSP, version=version, allow=("DE8AAC%",), url=f"https://{version[-3:]}.example")
        for version in ("http://ochp.eu/1.4", "http://ochp.eu/1.4.1")
    )
    await way.endpoints.keep_partners([here], MORNING)
    with pytest.raises(Unsupported, match="speaks no version"):
        await direct.partner(way, Role.EMSP, CONTRACT)
    await way.endpoints.keep_partners([here, there], MORNING)
    assert (await direct.partner(way, Role.EMSP, CONTRACT)).endpoint == there


def test_the_header_is_receiver_and_sender_in_one_line() -> None:
    value = direct.authorization("r" * 255, "s" * 255)
    assert "\n" not in value
    assert b64decode(value.removeprefix("Basic ")).decode() == f"{'r' * 255}:{'s' * 255}"


# --- the way to a partner --------------------------------------------------------------------------------------------


async def test_the_way_names_what_is_missing() -> None:
    both = Partners()
    with pytest.raises(NotSent, match="no endpoints of partners for 2026-01-15 are known"):
        await both.call()
    await upload(both.operator, NOBODY)
    assert await fetch_now(both.provider) == "2 endpoints of partners"
    with pytest.raises(NotSent, match="connection drivers has no token of 2026-01-15"):
        await both.call()
    await upload(both.provider, NOBODY)
    await both.call()
    with pytest.raises(Unsupported, match="no partner has an OCHPdirect endpoint for DE999E1 on 2026-01-15"):
        await direct.partner(both.provider, Role.CPO, "DE999E1")
    await fetch_now(both.operator)
    with pytest.raises(Unsupported) as foreign:
        await direct.partner(both.operator, Role.EMSP, "DE999CA2B3C4D5")
    assert "DE999CA2B3C4D5" not in str(foreign.value)


async def test_a_way_shows_no_token() -> None:
    both = Partners()
    await both.turn()
    way = await direct.partner(both.operator, Role.EMSP, CONTRACT)
    assert (way.base, way.endpoint.role) == ("https://emp.example.com/drivers", Role.EMSP)
    tokens = [token for user in ("operator", "provider") for _, token in both.house.tokens(user)]
    assert not any(token in repr(way) for token in tokens)
    assert way.headers["authorization"] not in repr(way)


async def test_an_address_without_tls_is_never_called_but_on_one_machine() -> None:
    for loopback in (False, True):
        way = Way(House(), Clock(), replace(OPERATOR, insecure_loopback=loopback))
        await way.endpoints.keep_ours([endpoint(token="ours")])
        theirs = endpoint(role=Role.EMSP, url="http://127.0.0.1:9/x", allow=("DE8AAC%",))
        await way.endpoints.keep_partners([theirs], MORNING)
        if loopback:
            assert (await direct.partner(way, Role.EMSP, CONTRACT)).base == "http://127.0.0.1:9/x"
        else:
            with pytest.raises(Unsupported, match="at no https address"):
                await direct.partner(way, Role.EMSP, CONTRACT)
