"""Who calls a session what, and the token it began with: without the hub's id no CDR can be delivered."""

import json
from collections.abc import Callable, Collection, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5

from sqlalchemy.exc import IntegrityError

from gateway.canonical import to_json
from gateway.findings import Finding, Severity
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.common import Role
from gateway.model.ids import EvseId
from gateway.model.session import AuthMethod, SessionFacts, SessionIds, SessionStatus
from gateway.naming import operator_named
from gateway.pins import without_pin
from gateway.ports import Connection
from gateway.session_notes import Late, SessionNotes, facts_of
from gateway.store import Database, reservations, session_facts, sessions
from gateway.store.database import Transaction
from gateway.store.sessions import KnownSession
from gateway.together import Part, Together

__all__ = [
    "SWIPE", "KnownSession", "KnowsEvse", "SessionRegister", "Swipe", "evse_warning", "new_session", "opened",
]  # fmt: skip

KnowsEvse = Callable[[Transaction, str, EvseId], bool | None]
"""(…, connection name, EVSE) → whether the hub has a record of it; None: that cannot be told."""


@dataclass(slots=True)
class Swipe:
    """One request of a driver, asked at several hubs: the first that says yes has the session."""

    id: str
    winner: str | None = None
    over: str | None = None
    """Why no hub can have the session any more."""

    def claimed(self, connection: str) -> str | None:
        """Why the session that this hub opens now must be closed again; None: it is the one."""
        if self.winner is None and self.over is None:
            self.winner = connection
        if self.winner == connection:
            return None
        return self.over or f"{self.winner} had authorised the driver before"


SWIPE: ContextVar[Swipe | None] = ContextVar("swipe", default=None)
"""The request that the present task asks a hub for, so that its session is recorded as part of it."""


class SessionRegister:
    """The table `gateway_sessions`, one row per session and connection.

    What has a name ending in `_in` joins the transaction that it is given.
    """

    def __init__(
        self,
        database: Database,
        knows_evse: KnowsEvse = lambda _, __, ___: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        late: Late = lambda _: None,
        operators_name: Callable[[Connection], bool] = lambda _: False,
    ) -> None:
        self._database, self._knows_evse, self._now = database, knows_evse, now
        self._operators_name = operators_name
        self.notes = SessionNotes(database, now, late)

    # --- opening -------------------------------------------------------------------------------------------------

    async def remember(
        self, connection: Connection, message: m.Message[Any], answer: Any, together: Together | None = None
    ) -> None:
        """Records the session that an answer has opened, in either direction; returns after the commit.

        Called before the answer goes on: a driver is admitted only to a session that a CDR will find. With `together`
        it is written with what else must be there before. A reservation that was cancelled is over from now on.
        """
        if isinstance(message, m.CancelReservation) and _done(answer):
            await self._database.write(lambda t: self._cancelled(t, connection.name, message))
        if isinstance(message, (m.ChangeSession, m.StopSession)) and _done(answer) and answer.valid_until:
            await self._held(connection.name, message.session, answer.valid_until, operator_named(message))
        swipe = SWIPE.get()
        await self.notes.remember(connection, message, answer, alone=swipe is None)
        session = opened(connection, message, answer, self._now())
        if session is None:
            return
        session = await self.notes.as_granted(connection, message, session)
        if swipe is not None:
            session = replace(session, swipe=swipe.id, closing=swipe.claimed(connection.name))
        elif connection.role is Role.CPO and isinstance(message, m.AuthorizeToken):
            session = replace(session, swipe=same_swipe(connection, session))

        def work(transaction: Transaction) -> KnownSession:
            return self.remember_in(transaction, connection, session, self._now())

        if together is None:
            await self._write(work)
        else:
            together.add(Part(work, lambda: self._write(work)))

    async def over(self, connection: str, ids: SessionIds) -> None:
        """Its name counts no more, and it has ended; a CDR of it may still come."""
        await self._held(connection, ids, self._now(), ended=True)

    async def _held(
        self, connection: str, ids: SessionIds, until: datetime, operator: str = "", *, ended: bool = False
    ) -> None:
        def hold(transaction: Transaction) -> None:
            known = sessions.find(transaction, connection, ids, operator)
            if known is None:
                return
            reservations.held(transaction, known, until, self._now())
            if ended and known.facts.ended_at is None:
                session_facts.noted(transaction, known.id, known.facts, SessionFacts(ended_at=until), self._now())

        await self._database.write(hold)

    def _cancelled(self, transaction: Transaction, connection: str, message: m.CancelReservation) -> None:
        known = sessions.find(transaction, connection, message.session, operator_named(message))
        if known is not None:
            reservations.ended(transaction, known, self._now())

    def remember_in(
        self, transaction: Transaction, connection: Connection, session: KnownSession, now: datetime
    ) -> KnownSession:
        """A session, flagged where the hub has no record of its EVSE (guest charging), with whose name it has."""
        if self._operators_name(connection):
            session = replace(session, named_by=operator_named(session))
        if connection.role is Role.CPO and session.evse is not None:
            known = self._knows_evse(transaction, connection.name, session.evse)
            session = replace(session, evse_unknown_at_hub=known is False)
        return sessions.record(transaction, session, now)

    async def record(self, session: KnownSession, now: datetime) -> KnownSession:
        """A new session, or more names and facts for one that is known."""
        return await self._write(lambda transaction: sessions.record(transaction, session, now))

    async def _write(self, work: Callable[[Transaction], KnownSession]) -> KnownSession:
        try:
            return await self._database.write(work)
        except IntegrityError:
            # Another process has recorded it meanwhile; this time it is found.
            return await self._database.write(work)

    # --- finding -------------------------------------------------------------------------------------------------

    async def find(self, connection: str, ids: SessionIds, operator: str = "") -> KnownSession | None:
        """By any of its names; the hub's first. `operator` (compact) tells whose, where operators name sessions.

        Raises Invalid where several operators have named theirs alike, and nothing tells which one is meant.
        """
        return await self._database.read(lambda transaction: sessions.find(transaction, connection, ids, operator))

    async def hub_of(self, ids: SessionIds, connections: Collection[str] = ()) -> str | None:
        """The connection whose hub authorised a session, by any of its names; None where nobody did."""
        return await self._database.read(lambda transaction: self.hub_of_in(transaction, ids, connections))

    def hub_of_in(self, transaction: Transaction, ids: SessionIds, connections: Collection[str] = ()) -> str | None:
        found = sessions.named(transaction, ids, connections)
        return found[0].connection if found else None

    async def listed(
        self, connection: str = "", *, evse_unknown: bool = False, unfinished: bool = False
    ) -> list[KnownSession]:
        filters = {"evse_unknown": evse_unknown, "unfinished": unfinished}
        return await self._database.read(
            lambda transaction: sessions.listed(transaction, connection=connection, **filters)
        )

    async def reservations_over(self, connections: Collection[str]) -> Sequence[KnownSession]:
        """Reservations that were cancelled or have run out and still owe their CDR, at these connections (as CPO)."""
        return await self._database.read(lambda transaction: reservations.over(transaction, connections, self._now()))

    # --- notifications -------------------------------------------------------------------------------------------

    async def progress_taken(self, known: KnownSession, seconds: float, now: datetime) -> float:
        """Takes the turn for a progress, one in `seconds` over all processes: 0.0, or the seconds until the next."""
        return await self._database.write(lambda t: reservations.progress_taken(t, known, seconds, now))

    async def progress_given_back(self, known: KnownSession, taken_at: datetime) -> None:
        await self._database.write(lambda t: reservations.progress_given_back(t, known, taken_at))

    async def progress_over(self, known: KnownSession, taken_at: datetime, now: datetime) -> None:
        """The next turn counts from `now` on, where this one was not given back."""
        await self._database.write(lambda t: reservations.progress_over(t, known, taken_at, now))

    # --- ending --------------------------------------------------------------------------------------------------

    async def complete(self, connection: str, cdr: Cdr, now: datetime) -> Cdr:
        """The CDR with what the register knows of its session; a final one ends the session."""
        return await self._database.write(lambda transaction: self.complete_in(transaction, connection, cdr, now))

    def complete_in(
        self, transaction: Transaction, connection: str, cdr: Cdr, now: datetime, *, token_as_begun: bool = False
    ) -> Cdr:
        return sessions.complete(transaction, connection, cdr, now, token_as_begun=token_as_begun)

    async def started(self, ids: SessionIds, connections: Collection[str] = ()) -> KnownSession | None:
        """The backend's word that charging has begun; such a session is never closed for its silence."""

        def begin(transaction: Transaction) -> KnownSession | None:
            found = sessions.named(transaction, ids, connections)
            if not found:
                return None
            sessions.begun(transaction, found[0], self._now())
            return sessions.find(transaction, found[0].connection, found[0].ids, found[0].named_by)

        return await self._database.write(begin)

    async def never_started(
        self, ids: SessionIds, reason: str = "charging never began", connections: Collection[str] = ()
    ) -> Sequence[KnownSession]:
        """The backend's word that nothing was charged: every open session of these names is to be closed.

        Returns those that were marked. They are closed towards their hubs by `Closing.close_unfinished`.
        """

        def give_up(transaction: Transaction) -> Sequence[KnownSession]:
            found = sessions.named(transaction, ids, connections)
            marked = [known for known in found if sessions.mark(transaction, known, reason, self._now())]
            return [replace(known, closing=reason) for known in marked]

        return await self._database.write(give_up)


def new_session(connection: str, ids: SessionIds, **facts: Any) -> KnownSession:
    return KnownSession(id=str(uuid4()), connection=connection, ids=ids, **facts)


def _done(answer: Any) -> bool:
    done = (m.CommandStatus.ACCEPTED, m.CommandStatus.CANCELED_RESERVATION)
    return isinstance(answer, m.CommandResult) and answer.status in done


def opened(
    connection: Connection, message: m.Message[Any], answer: Any, now: datetime | None = None
) -> KnownSession | None:
    """The session that a positive answer to an authorisation, a remote start or a reservation opens.

    A reservation is a session of its own; it ends as the answer says, or `minutes` after `now`. A start in a
    reservation's own session takes that up (OCHPdirect).
    """
    if isinstance(message, m.AuthorizeToken) and isinstance(answer, m.Authorization):
        method, yes = AuthMethod.AUTH_REQUEST, answer.allowed is m.Allowed.ALLOWED
    elif isinstance(message, (m.StartSession, m.ReserveEvse)) and isinstance(answer, m.CommandResult):
        method, yes = AuthMethod.COMMAND, answer.status is m.CommandStatus.ACCEPTED
    else:
        return None
    if not yes:
        return None
    return new_session(
        connection.name,
        sessions.joined(message.session, answer.session),
        evse=message.evse,
        token=without_pin(message.token),
        provider=getattr(answer, "provider", None) or message.provider,
        operator=message.operator,
        auth_method=method,
        status=SessionStatus.RESERVATION if isinstance(message, m.ReserveEvse) else SessionStatus.PENDING,
        stop_tokens=tuple(replace(token, pin=None) for token in getattr(answer, "stop_tokens", ())),
        product_id=message.product_id,
        facts=facts_of(message, answer),
        reserved_until=getattr(answer, "valid_until", None)
        or (_reserved_until(message, now) if isinstance(message, m.ReserveEvse) else None),
    )


def _reserved_until(message: m.ReserveEvse, now: datetime | None) -> datetime | None:
    """None where nobody told for how long: the operator's own time counts, until it is cancelled."""
    if message.until is not None or message.minutes is None or now is None:
        return message.until
    return now + timedelta(minutes=message.minutes)


def same_swipe(connection: Connection, session: KnownSession) -> str | None:
    """Names the request of a driver by what was asked, where hubs are asked one by one by somebody else."""
    if session.ids.cpo is None:
        return None
    asked = [connection.tenant, session.ids.cpo, session.evse and session.evse.compact, to_json(session.token)]
    return str(uuid5(NAMESPACE_OID, json.dumps(asked)))


def evse_warning(known: KnownSession | None) -> Finding | None:
    """What the check before a CDR leaves has to say of guest charging."""
    if known is None or not known.evse_unknown_at_hub:
        return None
    text = (
        f"{known.evse} was not known at {known.connection} when the driver was authorised; the hub may refuse the CDR"
    )
    return Finding("/cdr/evse", Severity.WARNING, "evse-unknown-at-hub", text)
