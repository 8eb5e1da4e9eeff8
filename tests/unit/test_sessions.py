from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.findings import Finding, Severity
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrNature
from gateway.model.common import Role
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.session import AuthMethod, SessionIds, SessionStatus
from gateway.model.token import Token, TokenType
from gateway.ports import Connection
from gateway.sessions import KnownSession, SessionRegister, evse_warning, new_session
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
        id=known.id, connection="toy", ids=SessionIds(hub="H", cpo="C", emsp="E"), status=SessionStatus.PENDING, **FACTS
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
    assert [known.status for known in await register.listed()] == [SessionStatus.PENDING]


CPO = Connection(name="toy", hub="toy", protocol="toy", role=Role.CPO, party=PartyId.parse("DE*LON"))
ASK = m.AuthorizeToken(token=CARD, evse=FACTS["evse"], session=SessionIds(cpo="C"), operator=FACTS["operator"])
YES = m.Authorization(allowed=m.Allowed.ALLOWED, session=SessionIds(hub="H", emsp="E"), provider=FACTS["provider"])


async def test_a_yes_is_a_session_with_the_ids_of_all_parties_and_the_token_as_received(
    register: SessionRegister,
) -> None:
    await register.remember(CPO, ASK, YES)
    (known,) = await register.listed()
    assert known == KnownSession(id=known.id, connection="toy", ids=SessionIds(hub="H", cpo="C", emsp="E"), **FACTS)


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        (ASK, replace(YES, allowed=m.Allowed.NOT_ALLOWED)),
        (ASK, replace(YES, allowed=None)),
        (m.StartSession(token=CARD), m.CommandResult(status=m.CommandStatus.REJECTED)),
        (m.AuthorizeStop(token=CARD, session=SessionIds(hub="H")), YES),
        (m.Heartbeat(), m.HeartbeatAnswer()),
    ],
)
async def test_nothing_but_a_yes_to_a_start_opens_a_session(
    register: SessionRegister, message: Any, answer: Any
) -> None:
    await register.remember(CPO, message, answer)
    assert await register.listed() == []


async def test_a_remote_start_that_was_accepted_opens_a_session(register: SessionRegister) -> None:
    start = m.StartSession(token=CARD, evse=FACTS["evse"], session=SessionIds(hub="H"), provider=FACTS["provider"])
    await register.remember(CPO, start, m.CommandResult(status=m.CommandStatus.ACCEPTED, session=SessionIds(cpo="C")))
    (known,) = await register.listed()
    assert (known.ids, known.auth_method) == (SessionIds(hub="H", cpo="C"), AuthMethod.COMMAND)
    assert known.provider == FACTS["provider"]


@pytest.mark.parametrize(
    ("role", "known", "flagged"),
    [(Role.CPO, False, True), (Role.CPO, True, False), (Role.CPO, None, False), (Role.EMSP, False, False)],
)
async def test_a_session_at_an_evse_that_its_hub_does_not_know_is_flagged(
    role: Role, known: bool | None, flagged: bool
) -> None:
    database = Database()
    database.migrate()
    register = SessionRegister(database, lambda _, connection, evse: known if connection == "toy" else None)
    await register.remember(replace(CPO, role=role), ASK, YES)
    assert [found.evse_unknown_at_hub for found in await register.listed()] == [flagged]
    assert len(await register.listed(evse_unknown=True)) == flagged
    database.close()


def test_the_check_before_a_cdr_warns_of_an_evse_that_the_hub_did_not_know() -> None:
    guest = session("H", evse=FACTS["evse"], evse_unknown_at_hub=True)
    text = "DE*LON*E1111*1 was not known at toy when the driver was authorised; the hub may refuse the CDR"
    assert evse_warning(guest) == Finding("/cdr/evse", Severity.WARNING, "evse-unknown-at-hub", text)
    assert evse_warning(replace(guest, evse_unknown_at_hub=False)) is None
    assert evse_warning(None) is None


async def test_a_cdr_finds_its_hub_by_its_session(register: SessionRegister) -> None:
    await register.record(replace(session("H-1", "C-1"), connection="one"), NOW)
    await register.record(replace(session("H-2", "C-2"), connection="two"), NOW)
    assert await register.hub_of(SessionIds(cpo="C-1")) == "one"
    assert await register.hub_of(SessionIds(hub="H-2")) == "two"
    assert await register.hub_of(SessionIds(cpo="C-2"), ["one"]) is None
    assert await register.hub_of(SessionIds(hub="H-9", cpo="C-1")) is None
    assert await register.hub_of(SessionIds()) is None


async def test_of_the_sessions_of_one_swipe_a_cdr_goes_to_the_one_that_is_kept(register: SessionRegister) -> None:
    kept = replace(session("H-1", "C"), connection="one", swipe="S")
    lost = replace(session("H-2", "C"), connection="two", swipe="S", closing="one had authorised the driver before")
    await register.record(kept, NOW)
    await register.record(lost, LATER)
    assert await register.hub_of(SessionIds(cpo="C")) == "one"


@pytest.mark.parametrize(
    ("changed", "closed"),
    [
        ({}, True),
        ({"session": SessionIds(cpo="C-2")}, False),
        ({"evse": EvseId.parse("DE*LON*E2")}, False),
        ({"token": Token(uid="04B1C2D3E4F590")}, False),
        ({"session": SessionIds()}, False),
    ],
)
async def test_hubs_that_were_asked_one_by_one_for_the_same_start_share_a_swipe(
    register: SessionRegister, changed: dict[str, Any], closed: bool
) -> None:
    await register.remember(replace(CPO, name="one"), ASK, YES)
    other = replace(YES, session=SessionIds(hub="H-2"))
    await register.remember(replace(CPO, name="two"), replace(ASK, **changed), other)
    await register.complete("one", Cdr(session=SessionIds(hub="H")), LATER)
    found = {known.connection: known.closing is not None for known in await register.listed()}
    assert found == {"one": False, "two": closed}


async def test_our_own_drivers_session_as_emsp_is_no_second_hubs_session(register: SessionRegister) -> None:
    await register.remember(CPO, ASK, YES)
    await register.remember(replace(CPO, name="emsp", role=Role.EMSP), ASK, YES)
    await register.complete("toy", Cdr(session=SessionIds(hub="H")), LATER)
    assert [known.closing for known in await register.listed()] == [None, None]


async def test_charging_in_one_session_of_a_swipe_closes_the_others(register: SessionRegister) -> None:
    for name in ("one", "two"):
        await register.record(replace(session(f"H-{name}", "C"), connection=name, swipe="S"), NOW)
    begun = await register.started(SessionIds(hub="H-one"))
    assert begun is not None
    assert begun.status is SessionStatus.ACTIVE
    assert {known.connection: known.closing for known in await register.listed()} == {
        "one": None,
        "two": "the driver charged in one's session",
    }


async def test_a_start_of_a_session_that_nobody_knows_is_told_so(register: SessionRegister) -> None:
    assert await register.started(SessionIds(cpo="C")) is None


async def test_a_session_that_never_started_is_to_be_closed_once(register: SessionRegister) -> None:
    known = await register.record(session("H", "C"), NOW)
    assert await register.never_started(SessionIds(cpo="C")) == [replace(known, closing="charging never began")]
    assert await register.never_started(SessionIds(cpo="C"), "again") == []
    assert [found.closing for found in await register.listed()] == ["charging never began"]


async def test_a_session_with_a_cdr_has_started_whatever_is_said_later(register: SessionRegister) -> None:
    await register.record(session("H", "C"), NOW)
    await register.complete("toy", Cdr(session=SessionIds(hub="H")), LATER)
    assert await register.never_started(SessionIds(cpo="C")) == []


async def test_a_cdr_before_the_closing_takes_it_back(register: SessionRegister) -> None:
    await register.record(session("H", "C"), NOW)
    await register.never_started(SessionIds(cpo="C"))
    await register.complete("toy", Cdr(session=SessionIds(hub="H")), LATER)
    assert [(found.status, found.closing) for found in await register.listed()] == [(SessionStatus.COMPLETED, None)]
    assert await register.listed(unfinished=True) == []


async def test_an_intermediate_cdr_proves_the_start_and_does_not_end_the_session(register: SessionRegister) -> None:
    await register.record(session("H", "C"), NOW)
    await register.complete("toy", Cdr(session=SessionIds(hub="H"), nature=CdrNature.INTERMEDIATE), LATER)
    assert [found.status for found in await register.listed(unfinished=True)] == [SessionStatus.ACTIVE]


async def test_what_is_heard_later_never_reopens_a_session(register: SessionRegister) -> None:
    await register.record(session("H", "C"), NOW)
    await register.complete("toy", Cdr(session=SessionIds(hub="H")), LATER)
    await register.remember(CPO, ASK, YES)
    assert [found.status for found in await register.listed()] == [SessionStatus.COMPLETED]


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
