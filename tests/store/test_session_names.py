"""Names that operators give sessions: two may give the same one, on one connection (OCHPdirect 0.2, directId)."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text

from gateway.errors import Invalid
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.session import Session, SessionEvent, SessionEventKind, SessionIds, SessionStatus
from gateway.ports import Connection
from gateway.sessions import KnownSession, SessionRegister
from gateway.store import Database, migrating, sessions
from gateway.store.migrating import MIGRATIONS
from tests.support import stores

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
EMSP = Connection(name="clearing", hub="toy", protocol="toy", role=Role.EMSP, party=PartyId.parse("DE-8AA"))
ONE, TWO = EvseId.parse("DE*823*E1"), EvseId.parse("DE*824*E9")
YES = m.CommandResult(status=m.CommandStatus.ACCEPTED, session=SessionIds(hub="P-1"), valid_until=NOW)
FIRST, SECOND = SessionIds(emsp="APP-1"), SessionIds(emsp="APP-2")
NAME = SessionIds(hub="P-1")
LONG = SessionIds(hub="P-" + "1" * 60)


def register_of(database: Database) -> SessionRegister:
    return SessionRegister(database, now=lambda: NOW, operators_name=lambda _: True)


async def both(database: Database, name: SessionIds = NAME) -> SessionRegister:
    register = register_of(database)
    for own, evse in ((FIRST, ONE), (SECOND, TWO)):
        await register.remember(EMSP, m.StartSession(session=own, evse=evse), replace(YES, session=name))
    return register


def facts(known: KnownSession | None) -> Any:
    return known and (known.ids, known.named_by, known.evse)


A = (SessionIds(hub="P-1", emsp="APP-1"), "DE823", ONE)
B = (SessionIds(hub="P-1", emsp="APP-2"), "DE824", TWO)


async def test_two_operators_sessions_of_one_name_are_two(database: Database) -> None:
    register = await both(database)
    assert sorted((facts(known) for known in await register.listed()), key=str) == [A, B]
    for own, whole in ((FIRST, A), (SECOND, B), (whole_ids(A), A), (whole_ids(B), B)):
        assert facts(await register.find("clearing", own)) == whole
    assert facts(await register.find("clearing", NAME, "DE823")) == A
    assert facts(await register.find("clearing", NAME, "DE824")) == B
    assert await register.find("clearing", NAME, "DE825") is None
    assert await register.find("clearing", whole_ids(A), "DE825") is None


def whole_ids(facts: Any) -> SessionIds:
    ids: SessionIds = facts[0]
    return ids


@pytest.mark.parametrize("ids", [NAME, SessionIds(hub="P-1", emsp="NOBODY"), SessionIds(hub="P-1", cpo="P-1")])
async def test_between_two_nothing_is_guessed(database: Database, ids: SessionIds) -> None:
    register = await both(database)
    with pytest.raises(Invalid) as refused:
        await register.find("clearing", ids)
    (finding,) = refused.value.findings
    assert (finding.pointer, finding.code) == ("/session/hub", "ambiguous")
    assert finding.text == (
        "several operators call a session P-1 (DE823, DE824): name its EVSE, or give your own name of the session"
    )


async def test_a_name_with_an_alias_is_told_apart_as_well(database: Database) -> None:
    register = await both(database, LONG)
    (one, two) = await register.listed()
    assert one.ids.hub == two.ids.hub == LONG.hub
    with database.engine.connect() as transaction:
        aliases = set(transaction.execute(text("SELECT hub_alias FROM gateway_sessions")).scalars())
    (alias,) = aliases
    assert facts(await register.find("clearing", SessionIds(hub=alias), "DE824")) == (
        SessionIds(hub=LONG.hub, emsp="APP-2"), "DE824", TWO
    )  # fmt: skip


async def test_the_same_operator_again_is_the_same_session(database: Database) -> None:
    register = await both(database)
    again = m.StartSession(session=SessionIds(hub="P-1", cpo="C"), evse=EvseId.parse("DE*823*E1"))
    await register.remember(EMSP, again, YES)
    assert {known.named_by: known.ids.cpo for known in await register.listed()} == {"DE823": "C", "DE824": None}


async def test_two_processes_that_record_two_operators_make_two_rows(database: Database, dsn: str) -> None:
    other = database if dsn == "sqlite://" else Database(dsn)
    registers = [register_of(database), register_of(other)]

    async def remember(number: int) -> None:
        start = m.StartSession(session=SessionIds(emsp=f"APP-{number % 2}"), evse=(ONE, TWO)[number % 2])
        await registers[number // 2 % 2].remember(EMSP, start, YES)

    for _ in range(5):
        await asyncio.gather(*map(remember, range(8)))
    found = await registers[0].listed()
    assert sorted((known.named_by, known.ids.emsp) for known in found) == [("DE823", "APP-0"), ("DE824", "APP-1")]
    if other is not database:
        other.close()


# --- what happens to one does not happen to the other ------------------------------------------------------------


async def test_an_end_is_noted_of_the_one_that_is_meant(database: Database) -> None:
    register = await both(database)
    later = NOW.replace(hour=13)
    await register.remember(EMSP, m.StopSession(session=NAME, evse=ONE), replace(YES, valid_until=later))
    end = m.ReportEvent(event=SessionEvent(kind=SessionEventKind.END, id="E"), session=Session(ids=NAME, evse=TWO))
    await register.remember(EMSP, end, m.EventReceipt(accepted=True))
    one, two = [await register.find("clearing", own) for own in (FIRST, SECOND)]
    assert one is not None
    assert two is not None
    assert (one.reserved_until, one.facts.ended_at, one.facts.events) == (later, NOW, ())
    assert (two.reserved_until, two.facts.ended_at, two.facts.events) == (NOW, NOW, ("E",))


async def test_a_reservation_is_cancelled_where_it_is(database: Database) -> None:
    register, later = register_of(database), NOW.replace(hour=13)
    for own, evse in ((FIRST, ONE), (SECOND, TWO)):
        await register.remember(EMSP, m.ReserveEvse(session=own, evse=evse), replace(YES, valid_until=later))
    await register.remember(EMSP, m.CancelReservation(session=NAME, evse=TWO), replace(YES, valid_until=None))
    ends = [known.reserved_until for own in (FIRST, SECOND) if (known := await register.find("clearing", own))]
    assert ends == [later, NOW]


async def test_a_cdr_completes_and_ends_the_session_of_its_operator(database: Database) -> None:
    register = await both(database)
    cdr = Cdr(id="DE8240001", session=NAME, evse=TWO, energy_kwh=Decimal(3))
    assert (await register.complete("clearing", cdr, NOW)).session == whole_ids(B)
    statuses = [known.status for own in (FIRST, SECOND) if (known := await register.find("clearing", own))]
    assert statuses == [SessionStatus.PENDING, SessionStatus.COMPLETED]
    with pytest.raises(Invalid, match="several operators"):
        await register.complete("clearing", replace(cdr, evse=None), NOW)


# --- hubs that issue session ids ---------------------------------------------------------------------------------


async def test_the_id_of_a_hub_is_one_sessions_whoever_operates_it(database: Database) -> None:
    register = SessionRegister(database)
    for own, evse in ((FIRST, ONE), (SECOND, TWO)):
        await register.remember(EMSP, m.StartSession(session=own, evse=evse), YES)
    (known,) = await register.listed()
    assert (known.named_by, known.ids) == ("", SessionIds(hub="P-1", emsp="APP-2"))
    for operator in ("", "DE823", "DE999"):
        assert await register.find("clearing", NAME, operator) == known


def test_the_sessions_of_an_older_store_stay_as_they_are(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "migrate", stores.migrate_really)
    database = Database(dsn)
    database.migrate()
    with database.engine.begin() as transaction:
        sessions.record(transaction, KnownSession(id="S", connection="clearing", ids=NAME), NOW)
        moved(transaction, command.downgrade, "0005")
    assert "named_by" not in {one["name"] for one in inspect(database.engine).get_columns("gateway_sessions")}
    database.migrate()
    with database.engine.begin() as transaction:
        found = sessions.find(transaction, "clearing", NAME)
    assert found == KnownSession(id="S", connection="clearing", ids=NAME)
    database.close()


def moved(transaction: Any, change: Any, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = transaction
    change(config, revision)
