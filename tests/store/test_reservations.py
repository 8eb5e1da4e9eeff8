"""Reservations in the register: a session of their own, their end, and the CDR that it owes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.closing import Closing
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrNature
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.session import AuthMethod, SessionIds, SessionStatus
from gateway.model.token import Token, TokenType
from gateway.ports import Connection, Profile
from gateway.sessions import KnownSession, SessionRegister
from gateway.store import Database
from gateway.store.database import Transaction

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
EVSE = EvseId.parse("DE*LON*E1111*1")
APP = Token(uid="DE-8EO-CA2B3C4D5-6", type=TokenType.APP_USER)
CPO = Connection(name="toy", hub="toy", protocol="toy", role=Role.CPO, party=PartyId.parse("DE*LON"))
CLOSES = Profile(name="toy", title="Toy", options={"closes_with": "zero-cdr"})
IDS = SessionIds(hub="R", cpo="C", emsp="E")
RESERVE = m.ReserveEvse(
    token=APP, evse=EVSE, session=SessionIds(hub="R", emsp="E"), product_id="Reservation", minutes=15
)
CANCEL = m.CancelReservation(session=SessionIds(hub="R"))
YES = m.CommandResult(status=m.CommandStatus.ACCEPTED, session=SessionIds(cpo="C"))


class Stand:
    def __init__(self, database: Database, **options: Any) -> None:
        self.now = NOON
        self.owed: list[m.Message[Any]] = []
        self.register = SessionRegister(database, now=lambda: self.now)
        self.closing = Closing(
            database, {"toy": (replace(CPO, options=options), CLOSES)}, self._owe, now=lambda: self.now
        )

    def _owe(self, _: Transaction, connection: str, message: m.Message[m.CdrReceipt]) -> None:
        assert connection == "toy"
        self.owed.append(message)

    async def known(self) -> KnownSession:
        (found,) = await self.register.listed()
        return found

    async def owing(self) -> list[str | None]:
        return [known.ids.hub for known in await self.closing.owing_cdrs()]


@pytest.fixture
def stand(database: Database) -> Callable[..., Stand]:
    return lambda **options: Stand(database, **options)


async def test_a_reservation_is_a_session_of_its_own_with_an_end(stand: Callable[..., Stand]) -> None:
    here = stand()
    await here.register.remember(CPO, RESERVE, YES)
    known = await here.known()
    assert known == KnownSession(
        id=known.id,
        connection="toy",
        ids=IDS,
        evse=EVSE,
        token=APP,
        auth_method=AuthMethod.COMMAND,
        status=SessionStatus.RESERVATION,
        product_id="Reservation",
        reserved_until=NOON + QUARTER,
    )


async def test_a_start_that_is_told_by_its_name_leaves_a_reservation_what_it_is(stand: Callable[..., Stand]) -> None:
    """A platform may call the reservation and the charging that follows alike."""
    here = stand()
    await here.register.remember(CPO, RESERVE, YES)
    started = await here.register.started(SessionIds(cpo="C"))
    assert started is not None
    assert started.status is SessionStatus.RESERVATION
    here.now += QUARTER
    assert await here.owing() == ["R"]


@pytest.mark.parametrize(
    ("message", "until"),
    [
        (replace(RESERVE, minutes=None), None),
        (replace(RESERVE, minutes=None, until=NOON + 2 * QUARTER), NOON + 2 * QUARTER),
        (replace(RESERVE, until=NOON + 2 * QUARTER), NOON + 2 * QUARTER),
    ],
)
async def test_its_end_is_what_was_asked_for(
    stand: Callable[..., Stand], message: m.ReserveEvse, until: datetime | None
) -> None:
    here = stand()
    await here.register.remember(CPO, message, YES)
    assert (await here.known()).reserved_until == until


async def test_what_was_not_accepted_is_no_reservation(stand: Callable[..., Stand]) -> None:
    here = stand()
    await here.register.remember(CPO, RESERVE, m.CommandResult(status=m.CommandStatus.EVSE_OCCUPIED))
    assert await here.register.listed() == []


async def test_a_reservation_that_has_run_out_owes_its_cdr(stand: Callable[..., Stand]) -> None:
    here = stand()
    await here.register.remember(CPO, RESERVE, YES)
    assert await here.owing() == []
    here.now += QUARTER
    assert await here.owing() == ["R"]


@pytest.mark.parametrize("status", [m.CommandStatus.ACCEPTED, m.CommandStatus.CANCELED_RESERVATION])
@pytest.mark.parametrize("minutes", [15, None])
async def test_a_cancelled_reservation_owes_its_cdr_at_once(
    stand: Callable[..., Stand], status: m.CommandStatus, minutes: int | None
) -> None:
    here = stand()
    await here.register.remember(CPO, replace(RESERVE, minutes=minutes), YES)
    here.now += timedelta(minutes=5)
    await here.register.remember(CPO, CANCEL, m.CommandResult(status=status))
    assert (await here.known()).reserved_until == here.now
    assert await here.owing() == ["R"]


@pytest.mark.parametrize("status", [m.CommandStatus.UNKNOWN_RESERVATION, m.CommandStatus.REJECTED])
async def test_a_cancellation_that_was_refused_ends_nothing(
    stand: Callable[..., Stand], status: m.CommandStatus
) -> None:
    here = stand()
    await here.register.remember(CPO, RESERVE, YES)
    await here.register.remember(CPO, CANCEL, m.CommandResult(status=status))
    assert await here.owing() == []


async def test_a_late_cancellation_does_not_move_the_end(stand: Callable[..., Stand]) -> None:
    here = stand()
    await here.register.remember(CPO, RESERVE, YES)
    here.now += 2 * QUARTER
    await here.register.remember(CPO, CANCEL, YES)
    assert (await here.known()).reserved_until == NOON + QUARTER


async def test_its_cdr_ends_the_debt(stand: Callable[..., Stand]) -> None:
    here = stand()
    await here.register.remember(CPO, RESERVE, YES)
    here.now += QUARTER
    await here.register.complete("toy", Cdr(session=SessionIds(hub="R")), here.now)
    assert (await here.owing(), (await here.known()).status) == ([], SessionStatus.COMPLETED)


async def test_the_charging_that_follows_is_another_session_and_pays_no_reservation(
    stand: Callable[..., Stand],
) -> None:
    here = stand()
    await here.register.remember(CPO, RESERVE, YES)
    start = m.StartSession(token=APP, evse=EVSE, session=SessionIds(hub="S"), reservation_id="R")
    await here.register.remember(CPO, start, m.CommandResult(status=m.CommandStatus.ACCEPTED))
    here.now += QUARTER
    await here.register.complete("toy", Cdr(session=SessionIds(hub="S")), here.now)
    assert await here.owing() == ["R"]


async def test_an_emp_owes_no_cdr(stand: Callable[..., Stand]) -> None:
    here = stand()
    await here.register.remember(replace(CPO, name="emp", role=Role.EMSP), RESERVE, YES)
    here.now += QUARTER
    assert (await here.known()).status is SessionStatus.RESERVATION
    assert await here.owing() == []


# --- closed by a CDR of nothing ----------------------------------------------------------------------------------


async def test_without_the_option_a_reservation_waits_for_the_backend(stand: Callable[..., Stand]) -> None:
    here = stand(close_unstarted_after_minutes=1)
    await here.register.remember(CPO, RESERVE, YES)
    here.now += timedelta(days=3)
    assert (await here.closing.close_unfinished(), here.owed) == (0, [])


async def test_with_it_the_end_is_told_by_a_cdr_of_nothing_over_the_reserved_time(
    stand: Callable[..., Stand],
) -> None:
    here = stand(close_reservations_after_minutes=10)
    await here.register.remember(CPO, RESERVE, YES)
    here.now += QUARTER + timedelta(minutes=9)
    assert await here.closing.unfinished() == []
    here.now += timedelta(minutes=1)
    assert [known.ids.hub for known in await here.closing.unfinished()] == ["R"]
    assert [await here.closing.close_unfinished() for _ in range(2)] == [1, 0]
    known = await here.known()
    assert here.owed == [
        m.SubmitCdr(
            cdr=Cdr(
                id=known.id,
                session=IDS,
                nature=CdrNature.FINAL,
                operator=PartyId.parse("DE*LON"),
                evse=EVSE,
                token=APP,
                auth_method=AuthMethod.COMMAND,
                start=NOON,
                end=NOON + QUARTER,
                charging_start=NOON,
                charging_end=NOON,
                duration=timedelta(0),
                energy_kwh=Decimal(0),
                energy_known=True,
                product_id="Reservation",
            )
        )
    ]
    assert known.closing == "the reservation was over, and no CDR came within 10 minutes"
    assert await here.owing() == []


async def test_a_reservation_given_up_before_its_end_ends_now(stand: Callable[..., Stand]) -> None:
    """A record that ends in the future is refused."""
    here = stand()
    await here.register.remember(CPO, RESERVE, YES)
    here.now += timedelta(minutes=5)
    await here.register.never_started(SessionIds(hub="R"))
    await here.closing.close_unfinished()
    (owed,) = here.owed
    assert isinstance(owed, m.SubmitCdr)
    assert owed.cdr is not None
    assert owed.cdr.end == here.now
