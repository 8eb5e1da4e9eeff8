"""Sessions that come to nothing are closed towards the hub that opened them, with what that hub has for it.

A hub keeps a session open until its CDR is there; a stop does not end it (OICP). So where the profile says
`closes_with = "zero-cdr"`, a CDR of no energy and no time is owed, under the session's own ids and token. Hubs that
know no sessions get nothing.

The end of a reservation owes a CDR as well. It is the backend's to write, as it may have a price; where it has none,
`close_reservations_after_minutes` has it closed by a CDR of nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from gateway.errors import GatewayError
from gateway.log import logger
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrNature
from gateway.model.common import Role
from gateway.model.session import SessionStatus
from gateway.ports import Connection, Profile
from gateway.store import Database, reservations, sessions, unfinished
from gateway.store.database import Transaction
from gateway.store.sessions import KnownSession
from gateway.store.unfinished import Page

ZERO_CDR = "zero-cdr"
SILENCE = "close_unstarted_after_minutes"
"""The connection's option: how long an authorised session may go without a word of its start. Never, if not set:
a backend that tells no starts would have its sessions closed while the driver charges."""
RESERVED = "close_reservations_after_minutes"
"""The connection's option: how long after its end a reservation may go without its CDR. Never, if not set."""
_log = logger(__name__)

Owe = Callable[[Transaction, str, m.Message[m.CdrReceipt]], object]
"""Puts a message for a connection into the outbox, in the transaction that it is given."""


class Closing:
    """What must be closed, and the closing of it. `known` is every connection with its hub's profile."""

    def __init__(
        self,
        database: Database,
        known: Mapping[str, tuple[Connection, Profile]],
        owe: Owe,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database, self._known, self._owe, self._now = database, known, owe, now

    async def unfinished(self, now: datetime | None = None) -> Sequence[KnownSession]:
        """What is to be closed now: given up, the loser of a swipe, or silent for too long."""
        moment = now or self._now()
        return await self._database.read(lambda transaction: self._unfinished(transaction, moment))

    def _unfinished(self, transaction: Transaction, now: datetime) -> Sequence[KnownSession]:
        found: list[KnownSession] = []
        after: str | None = ""
        while after is not None:
            page = unfinished.to_close(transaction, self._known, after)
            found += page.sessions
            after = page.after
        for connection, since, _ in self._silences(now):
            found += unfinished.silent(transaction, connection, since)
        for connection, since, _ in self._reservations(now):
            found += (one for one in reservations.over(transaction, (connection,), since) if one.closing is None)
        return found

    async def owing_cdrs(self) -> Sequence[KnownSession]:
        """Reservations that are over and whose CDR nobody has submitted yet, of all connections as a CPO."""
        own = [name for name, (connection, _) in self._known.items() if connection.role is Role.CPO]
        return await self._database.read(lambda transaction: reservations.over(transaction, own, self._now()))

    def _reservations(self, now: datetime) -> Iterator[tuple[str, datetime, str]]:
        """(connection, since when a reservation must be over, why it is closed)."""
        for connection, _ in self._known.values():
            minutes = connection.options.get(RESERVED)
            if connection.role is Role.CPO and minutes is not None:
                since = now - timedelta(minutes=float(minutes))
                yield connection.name, since, f"the reservation was over, and no CDR came within {minutes} minutes"

    def _silences(self, now: datetime) -> Iterator[tuple[str, datetime, str]]:
        """(connection, since when its sessions must have started, why one that has not is given up)."""
        for connection, _ in self._known.values():
            minutes = connection.options.get(SILENCE)
            if connection.role is not Role.CPO or not minutes:
                continue
            since = now - timedelta(minutes=float(minutes))
            yield connection.name, since, f"no start was told within {minutes} minutes"

    async def close_unfinished(self) -> int:
        """Owes each hub the closing of each unfinished session, once; returns how many there were."""
        await self._database.write(self._give_up_silent)
        closed, page = 0, await self._page("")
        while True:
            closed += sum([await self._closed(known) for known in page.sessions])
            if page.after is None:
                return closed
            page = await self._page(page.after)

    async def _page(self, after: str) -> Page:
        return await self._database.read(lambda transaction: unfinished.to_close(transaction, self._known, after))

    def _give_up_silent(self, transaction: Transaction) -> None:
        now = self._now()
        for connection, since, reason in self._silences(now):
            unfinished.mark_silent(transaction, connection, since, reason, now)
        for connection, since, reason in self._reservations(now):
            reservations.mark_over(transaction, connection, since, reason, now)

    async def _closed(self, known: KnownSession) -> bool:
        try:
            closed = await self._database.write(lambda transaction: self.close_in(transaction, known))
        except GatewayError as error:
            _log.warning("a session cannot be closed", connection=known.connection, reason=str(error))
            return False
        except Exception:
            _log.exception("a session cannot be closed", connection=known.connection, session=known.id)
            return False
        if closed:
            _log.info("session closed unused", connection=known.connection, session=known.ids.hub, reason=known.closing)
        return closed

    def close_in(self, transaction: Transaction, known: KnownSession) -> bool:
        """Marks the session closed and owes its hub the message, both or neither; False: it was seen to before."""
        connection, profile = self._known[known.connection]
        if not sessions.closed(transaction, known, self._now()):
            return False
        message = closing_message(replace(known, closed_at=self._now()), connection, profile)
        if message is not None:
            self._owe(transaction, connection.name, message)
        return True


def closing_message(known: KnownSession, connection: Connection, profile: Profile) -> m.SubmitCdr | None:
    """What closes a session at its hub; None where the hub has opened none, or has nothing for it.

    The connection's option `closes_with` stands before the profile's: a fee per session in the operator's price would
    be charged for a CDR of nothing as well.
    """
    means = connection.options.get("closes_with", profile.options.get("closes_with"))
    if means != ZERO_CDR or known.ids.hub is None or connection.role is not Role.CPO:
        return None
    return m.SubmitCdr(cdr=zero_cdr(known))


def zero_cdr(known: KnownSession) -> Cdr:
    """A final CDR of nothing; the same each time, so that the outbox owes it once. A reservation has its own end."""
    begun = known.began_at.replace(microsecond=0) if known.began_at else None
    ends = [moment.replace(microsecond=0) for moment in (known.reserved_until, known.closed_at) if moment]
    end = min(ends) if known.status is SessionStatus.RESERVATION and ends else begun
    return Cdr(
        id=known.id,
        session=known.ids,
        nature=CdrNature.FINAL,
        operator=known.evse.party if known.evse else known.operator,
        provider=known.provider,
        evse=known.evse,
        token=known.token,
        auth_method=known.auth_method,
        start=begun,
        end=max(begun, end) if begun and end else begun,
        charging_start=begun,
        charging_end=begun,
        duration=timedelta(0),
        energy_kwh=Decimal(0),
        energy_known=True,
        product_id=known.product_id,
    )
