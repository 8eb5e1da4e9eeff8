import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from gateway.closing import Closing, closing_message, zero_cdr
from gateway.errors import Invalid
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrNature
from gateway.model.common import Role
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.session import AuthMethod, SessionIds, SessionStatus
from gateway.model.token import Token, TokenType
from gateway.ports import Connection, Profile
from gateway.sessions import KnownSession, SessionRegister, new_session
from gateway.store import Database, sessions
from gateway.store.database import Transaction

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=20)
CARD = Token(uid="04a2b3c4d5e680", type=TokenType.RFID, contract_id=ContractId.parse("DE-8EO-CA2B3C4D5-6"))
EVSE = EvseId.parse("DE*LON*E1111*1")
FACTS: dict[str, Any] = {
    "evse": EVSE,
    "token": CARD,
    "provider": PartyId.parse("DE-8EO"),
    "auth_method": AuthMethod.AUTH_REQUEST,
}
CPO = Connection(name="toy", hub="toy", protocol="toy", role=Role.CPO, party=PartyId.parse("DE*LON"))
CLOSES = Profile(name="toy", title="Toy", options={"closes_with": "zero-cdr"})
KNOWN = {"toy": (CPO, CLOSES)}


def session(hub: str | None = None, cpo: str | None = None, **facts: Any) -> KnownSession:
    return replace(new_session("toy", SessionIds(hub=hub, cpo=cpo)), **facts)


class Owed(list[tuple[str, Any]]):
    """An outbox that takes everything, in the caller's transaction."""

    def __call__(self, _: Transaction, connection: str, message: m.Message[m.CdrReceipt]) -> None:
        self.append((connection, message))


# --- the register ------------------------------------------------------------------------------------------------


def test_a_session_comes_back_whole_with_its_token_as_received(database: Database) -> None:
    wanted = session(
        "H", "C", **FACTS, operator=PartyId.parse("DE*LON"), evse_unknown_at_hub=True, swipe="S", closing="why"
    )
    with database.engine.begin() as transaction:
        sessions.record(transaction, wanted, NOW)
        found = sessions.find(transaction, "toy", SessionIds(hub="H"))
    assert found == wanted
    assert (found.began_at, str(found.token and found.token.uid)) == (NOW, "04a2b3c4d5e680")


async def test_two_processes_that_record_one_session_make_one_row(database: Database, dsn: str) -> None:
    other = database if dsn == "sqlite://" else Database(dsn)
    registers = [SessionRegister(database), SessionRegister(other)]
    for number in range(10):
        arriving = (registers[turn % 2].record(session(f"H-{number}", f"C-{turn}"), NOW) for turn in range(4))
        await asyncio.gather(*arriving)
    assert sorted(known.ids.hub or "" for known in await registers[0].listed()) == [f"H-{one}" for one in range(10)]
    if other is not database:
        other.close()


async def test_sessions_without_a_hub_id_are_told_apart_by_their_other_names(database: Database) -> None:
    register = SessionRegister(database)
    for name in ("C-1", "C-2"):
        await register.record(session(cpo=name), NOW)
    assert sorted(known.ids.cpo or "" for known in await register.listed()) == ["C-1", "C-2"]


def test_a_cdr_joins_the_backends_own_transaction_and_goes_with_it(database: Database) -> None:
    register = SessionRegister(database)
    with database.engine.begin() as transaction:
        sessions.record(transaction, session("H", "C", **FACTS), NOW)
    with database.engine.connect() as connection:
        transaction = connection.begin()
        joined = database.joined(connection)
        assert register.hub_of_in(joined, SessionIds(cpo="C")) == "toy"
        completed = register.complete_in(joined, "toy", Cdr(session=SessionIds(cpo="C")), NOW)
        assert (completed.session.hub, completed.token) == ("H", CARD)
        transaction.rollback()
    with database.engine.begin() as transaction:
        assert [known.status for known in sessions.listed(transaction)] == [SessionStatus.PENDING]


def test_sessions_are_listed_by_connection_by_guest_charging_and_while_unfinished(database: Database) -> None:
    with database.engine.begin() as transaction:
        for hub, facts in {
            "1": {},
            "2": {"evse_unknown_at_hub": True, "status": SessionStatus.COMPLETED},
            "3": {"connection": "other", "status": SessionStatus.ACTIVE},
        }.items():
            sessions.record(transaction, session(hub, **facts), NOW + timedelta(seconds=int(hub)))

        def found(**filters: Any) -> list[str | None]:
            return [known.ids.hub for known in sessions.listed(transaction, **filters)]

        assert found() == ["1", "2", "3"]
        assert found(connection="other") == ["3"]
        assert found(evse_unknown=True) == ["2"]
        assert found(unfinished=True) == ["1", "3"]
        assert found(limit=1) == ["1"]


# --- closing -----------------------------------------------------------------------------------------------------


async def test_a_session_that_never_started_is_owed_a_cdr_of_nothing_once(database: Database) -> None:
    register, owed = SessionRegister(database, now=lambda: NOW), Owed()
    closing = Closing(database, KNOWN, owed, lambda: LATER)
    known = await register.record(session("H", "C", **FACTS), NOW)
    assert await closing.close_unfinished() == 0
    await register.never_started(SessionIds(cpo="C"))
    assert [found.id for found in await closing.unfinished()] == [known.id]
    assert await closing.close_unfinished() == 1
    assert await closing.close_unfinished() == 0
    assert owed == [
        (
            "toy",
            m.SubmitCdr(
                cdr=Cdr(
                    id=known.id,
                    session=SessionIds(hub="H", cpo="C"),
                    nature=CdrNature.FINAL,
                    operator=PartyId.parse("DE*LON"),
                    start=NOW,
                    end=NOW,
                    charging_start=NOW,
                    charging_end=NOW,
                    duration=timedelta(0),
                    energy_kwh=Decimal(0),
                    energy_known=True,
                    **FACTS,
                )
            ),
        )
    ]
    assert await register.listed() == [
        replace(known, status=SessionStatus.INVALID, closing="charging never began", closed_at=LATER)
    ]


async def test_the_closing_of_a_loser_leaves_the_session_that_is_used_alone(database: Database) -> None:
    register = SessionRegister(database, now=lambda: NOW)

    def completing(transaction: Transaction, connection: str, message: Any) -> None:
        register.complete_in(transaction, connection, message.cdr, LATER)

    two = {**KNOWN, "other": (replace(CPO, name="other"), CLOSES)}
    await register.record(session("H-1", "C", swipe="S", connection="other"), NOW)
    await register.record(session("H-2", "C", swipe="S", closing="other had authorised the driver before"), NOW)
    assert await Closing(database, two, completing).close_unfinished() == 1
    assert {(one.connection, one.status, one.closing is None) for one in await register.listed()} == {
        ("other", SessionStatus.PENDING, True),
        ("toy", SessionStatus.INVALID, False),
    }


async def test_where_nothing_can_be_owed_the_session_stays_to_be_closed(database: Database) -> None:
    def full(*_: Any) -> None:
        raise Invalid([])

    register = SessionRegister(database)
    await register.record(session("H", closing="why"), NOW)
    assert await Closing(database, KNOWN, full).close_unfinished() == 0
    assert await Closing(database, KNOWN, Owed()).close_unfinished() == 1


async def test_one_session_that_cannot_be_closed_does_not_hold_up_the_others(database: Database) -> None:
    owed = Owed()

    def picky(transaction: Transaction, connection: str, message: Any) -> None:
        if message.cdr.session.hub == "H-1":
            raise Invalid([])
        owed(transaction, connection, message)

    register = SessionRegister(database)
    for hub in ("H-1", "H-2"):
        await register.record(session(hub, closing="why"), NOW)
    assert await Closing(database, KNOWN, picky).close_unfinished() == 1
    assert [message.cdr.session.hub for _, message in owed] == ["H-2"]


@pytest.mark.parametrize(
    ("minutes", "status", "age", "closed"),
    [
        (None, SessionStatus.PENDING, 100_000, 0),
        (15, SessionStatus.PENDING, 14, 0),
        (15, SessionStatus.PENDING, 16, 1),
        (15, SessionStatus.ACTIVE, 16, 0),
        (15, SessionStatus.COMPLETED, 16, 0),
    ],
)
async def test_a_session_is_closed_for_silence_only_where_that_is_set_and_no_start_was_told(
    database: Database, minutes: int | None, status: SessionStatus, age: int, closed: int
) -> None:
    options = {"close_unstarted_after_minutes": minutes} if minutes else {}
    register, owed = SessionRegister(database), Owed()
    await register.record(session("H", status=status), NOW)
    known = {"toy": (replace(CPO, options=options), CLOSES)}
    now = NOW + timedelta(minutes=age)
    assert len(await Closing(database, known, owed).unfinished(now)) == closed
    assert await Closing(database, known, owed, lambda: now).close_unfinished() == closed
    assert len(owed) == closed
    if closed:
        assert [one.closing for one in await register.listed()] == ["no start was told within 15 minutes"]


async def test_sessions_of_a_connection_that_was_taken_away_wait_for_it(database: Database) -> None:
    await SessionRegister(database).record(session("H", connection="gone", closing="why"), NOW)
    assert await Closing(database, KNOWN, Owed()).close_unfinished() == 0
    assert await Closing(database, {"gone": (replace(CPO, name="gone"), CLOSES)}, Owed()).close_unfinished() == 1


async def test_many_sessions_that_cannot_be_closed_do_not_hold_up_those_behind_them(database: Database) -> None:
    owed = Owed()

    def picky(transaction: Transaction, connection: str, message: Any) -> None:
        if message.cdr.session.hub.startswith("bad"):
            raise Invalid([]) if message.cdr.session.hub.endswith("0") else ZeroDivisionError("bug")
        owed(transaction, connection, message)

    def fill(transaction: Transaction) -> None:
        for number in range(101):
            sessions.record(transaction, session(f"gone {number}", connection="gone", closing="why"), NOW)
            sessions.record(transaction, session(f"bad {number}", closing="why"), NOW)
        sessions.record(transaction, session("good", closing="why"), LATER)

    await database.write(fill)
    closing = Closing(database, KNOWN, picky)
    assert len(await closing.unfinished()) == 102
    assert await closing.close_unfinished() == 1
    assert [message.cdr.session.hub for _, message in owed] == ["good"]


@pytest.mark.parametrize("spoilt", ["token = '{'", "token = '{\"colour\": 1}'", "began_at = 'x'", "status = 'ODD'"])
async def test_a_session_row_that_is_damaged_is_left_out_and_the_others_are_closed(
    database: Database, spoilt: str
) -> None:
    register, owed = SessionRegister(database), Owed()
    for hub in ("H-1", "H-2"):
        await register.record(session(hub, closing="why"), NOW)
    damage = text(f"UPDATE gateway_sessions SET {spoilt} WHERE hub_id = 'H-1'")
    await database.write(lambda transaction: transaction.execute(damage))
    assert [known.ids.hub for known in await register.listed()] == ["H-2"]
    assert await Closing(database, KNOWN, owed).close_unfinished() == 1
    assert [message.cdr.session.hub for _, message in owed] == ["H-2"]


async def test_damaged_rows_that_are_silent_do_not_hold_up_the_silent_ones_behind_them(database: Database) -> None:
    def fill(transaction: Transaction) -> None:
        for number in range(101):
            sessions.record(transaction, session(f"bad {number}"), NOW)
        transaction.execute(text("UPDATE gateway_sessions SET token = '{'"))
        sessions.record(transaction, session("good"), NOW + timedelta(seconds=1))

    await database.write(fill)
    owed = Owed()
    known = {"toy": (replace(CPO, options={"close_unstarted_after_minutes": 15}), CLOSES)}
    closing = Closing(database, known, owed, lambda: LATER)
    assert [one.ids.hub for one in await closing.unfinished()] == ["good"]
    assert await closing.close_unfinished() == 1
    assert [message.cdr.session.hub for _, message in owed] == ["good"]


@pytest.mark.parametrize(
    ("known", "connection", "profile"),
    [
        (session("H"), CPO, Profile(name="toy", title="Toy")),
        (session("H"), replace(CPO, options={"closes_with": "nothing"}), CLOSES),
        (session("H"), replace(CPO, role=Role.EMSP), CLOSES),
        (session(cpo="C"), CPO, CLOSES),
    ],
)
def test_a_hub_that_opened_nothing_or_has_no_means_is_told_nothing(
    known: KnownSession, connection: Connection, profile: Profile
) -> None:
    assert closing_message(known, connection, profile) is None


def test_the_cdr_of_nothing_is_the_same_each_time() -> None:
    known = session("H", **FACTS, began_at=NOW)
    assert zero_cdr(known) == zero_cdr(replace(known, closing="another reason", closed_at=LATER))
