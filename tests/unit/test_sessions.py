from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.cdr import Cdr
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.session import AuthMethod, SessionIds, SessionStatus
from gateway.model.token import Token, TokenType
from gateway.sessions import KnownSession, SessionRegister, new_session
from gateway.store import Database

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
CARD = Token(uid="04A2B3C4D5E680", type=TokenType.RFID, contract_id=ContractId.parse("DE-8EO-CA2B3C4D5-6"))
FACTS: dict[str, Any] = {
    "evse": EvseId.parse("DE*LON*E1111*1"),
    "token": CARD,
    "operator": PartyId.parse("DE*LON"),
    "provider": PartyId.parse("DE-8EO"),
    "auth_method": AuthMethod.AUTH_REQUEST,
}


@pytest.fixture
async def register() -> AsyncIterator[SessionRegister]:
    database = Database()
    database.migrate()
    yield SessionRegister(database)
    database.close()


def session(hub: str | None = None, cpo: str | None = None, emsp: str | None = None, **facts: Any) -> KnownSession:
    return new_session("toy", SessionIds(hub=hub, cpo=cpo, emsp=emsp), **facts)


@pytest.mark.parametrize(
    "ids", [SessionIds(hub="H"), SessionIds(cpo="C"), SessionIds(emsp="E"), SessionIds(hub="H", cpo="x")]
)
async def test_a_session_is_found_by_any_of_its_names_with_all_its_facts(
    register: SessionRegister, ids: SessionIds
) -> None:
    known = await register.record(session("H", "C", "E", **FACTS), NOW)
    assert await register.find("toy", ids) == known
    assert known == KnownSession(
        id=known.id, connection="toy", ids=SessionIds(hub="H", cpo="C", emsp="E"), status=SessionStatus.ACTIVE, **FACTS
    )


@pytest.mark.parametrize(
    ("connection", "ids"),
    [
        ("toy", SessionIds()),
        ("toy", SessionIds(hub="C")),
        ("toy", SessionIds(hub="other", cpo="C")),
        ("other", SessionIds(hub="H")),
    ],
)
async def test_a_session_is_not_found_by_anything_else(
    register: SessionRegister, connection: str, ids: SessionIds
) -> None:
    await register.record(session("H", "C"), NOW)
    assert await register.find(connection, ids) is None


async def test_names_and_facts_that_come_later_complete_the_session(register: SessionRegister) -> None:
    first = await register.record(session(cpo="C", token=CARD), NOW)
    await register.record(session("H", "C", evse=FACTS["evse"]), LATER)
    await register.record(session("H", emsp="E"), LATER)
    assert await register.listed("toy") == [
        replace(first, ids=SessionIds(hub="H", cpo="C", emsp="E"), token=CARD, evse=FACTS["evse"])
    ]


async def test_another_hub_id_is_another_session_even_under_our_old_name(register: SessionRegister) -> None:
    one = await register.record(session("H-1", "C", token=CARD), NOW)
    other = await register.record(session("H-2", "C"), LATER)
    assert await register.listed() == [one, other]
    assert await register.find("toy", SessionIds(hub="H-1", cpo="C")) == one
    assert await register.find("toy", SessionIds(hub="H-2", cpo="C")) == other
    assert await register.find("toy", SessionIds(cpo="C")) == other


async def test_a_newer_session_with_a_hub_id_comes_before_an_older_one_without(register: SessionRegister) -> None:
    await register.record(session(cpo="C"), NOW)
    await register.record(session("H-1", emsp="E"), LATER)
    newest = await register.record(session("H-2", emsp="E"), LATER + timedelta(seconds=1))
    assert await register.find("toy", SessionIds(emsp="E")) == newest


async def test_a_cdr_is_completed_by_what_is_known_and_ends_the_session(register: SessionRegister) -> None:
    await register.record(session("H", "C", "E", **FACTS), NOW)
    completed = await register.complete("toy", Cdr(id="1", session=SessionIds(cpo="C")), LATER)
    assert completed == Cdr(
        id="1",
        session=SessionIds(hub="H", cpo="C", emsp="E"),
        token=CARD,
        evse=FACTS["evse"],
        provider=FACTS["provider"],
        auth_method=AuthMethod.AUTH_REQUEST,
    )
    assert [known.status for known in await register.listed()] == [SessionStatus.COMPLETED]
    assert await register.complete("toy", Cdr(id="1", session=SessionIds(cpo="C")), LATER) == completed


async def test_what_a_cdr_says_itself_stays(register: SessionRegister) -> None:
    await register.record(session("H", "C", "E", **FACTS), NOW)
    cdr = Cdr(
        session=SessionIds(hub="H", cpo="C-9", emsp="E-9"),
        token=Token(uid="9"),
        evse=EvseId.parse("NL*LON*E9"),
        provider=PartyId.parse("NL-GWE"),
        auth_method=AuthMethod.COMMAND,
    )
    assert await register.complete("toy", cdr, LATER) == cdr


@pytest.mark.parametrize("ids", [SessionIds(), SessionIds(hub="H-2", cpo="C"), SessionIds(cpo="other")])
async def test_a_cdr_takes_nothing_from_another_session(register: SessionRegister, ids: SessionIds) -> None:
    await register.record(session("H-1", "C", **FACTS), NOW)
    assert await register.complete("toy", Cdr(session=ids), LATER) == Cdr(session=ids)
    assert [known.status for known in await register.listed()] == [SessionStatus.ACTIVE]


NAMES = st.sampled_from([None, "1", "2", "3"])


@settings(max_examples=50)
@given(st.lists(st.tuples(NAMES, NAMES, NAMES), min_size=1, max_size=8))
async def test_whatever_names_arrive_a_hub_id_is_never_given_to_two_sessions_nor_lost(
    arrivals: list[tuple[str | None, str | None, str | None]],
) -> None:
    database = Database()
    database.migrate()
    register, clock = SessionRegister(database), count()
    for names in arrivals:
        await register.record(session(*names), NOW + timedelta(seconds=next(clock)))
    hubs = [known.ids.hub for known in await register.listed() if known.ids.hub]
    assert sorted(hubs) == sorted({hub for hub, _, _ in arrivals if hub})
    for hub in hubs:
        found = await register.find("toy", SessionIds(hub=hub))
        assert found is not None
        assert found.ids.hub == hub
    database.close()
