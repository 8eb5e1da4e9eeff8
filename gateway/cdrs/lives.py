"""CDRs at clearing houses, as the backend and people see them: owed, corrected, given up, answered for, looked at."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.cdrs.answers import CdrAnswers, Owe
from gateway.cdrs.book import CdrBook, cdr_of
from gateway.delivery.deliveries import Delivery
from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrNature, CdrStatus
from gateway.model.common import Role
from gateway.naming import operator_named
from gateway.sessions import SessionRegister
from gateway.store import Database, sessions
from gateway.store import cdr_states as store
from gateway.store.cdr_states import Happening, KeptCdr
from gateway.store.database import Transaction

Submit = Callable[[str, m.Message[Any]], Awaitable[Delivery]]


class CdrLives:
    """The CDRs of every connection whose hub keeps their states."""

    def __init__(
        self,
        database: Database,
        book: CdrBook,
        sessions: SessionRegister,
        owe: Owe,
        submit: Submit,
        now: Callable[[], datetime],
    ) -> None:
        self.book, self.answers = book, CdrAnswers(book, owe, now)
        self._database, self._sessions = database, sessions
        self._owe, self._submit, self._now = owe, submit, now

    # --- owing ---------------------------------------------------------------------------------------------------

    def owe_in(self, transaction: Transaction, connection: str, message: m.Message[Any]) -> Delivery:
        """Owes a message; a CDR completed from its session, and only as the state of its hub allows.

        Raises Invalid with what to do instead.
        """
        if not isinstance(message, m.SubmitCdr) or message.cdr is None:
            return self._owe(transaction, connection, message)
        self._demand_asked_for(transaction, connection, message.cdr)
        as_begun = self.book.habit(connection, "cdr_token") == "as-begun"
        cdr = self._sessions.complete_in(transaction, connection, message.cdr, self._now(), token_as_begun=as_begun)
        if not self.book.keeps(connection):
            return self._owe(transaction, connection, replace(message, cdr=cdr))
        cdr = self.book.checked(transaction, connection, cdr)
        owed = self._owe(transaction, connection, replace(message, cdr=cdr))
        self.book.owed(transaction, connection, cdr, owed.id)
        return owed

    def _demand_asked_for(self, transaction: Transaction, connection: str, cdr: Cdr) -> None:
        """Raises Invalid for an intermediate CDR of a session whose eMSP wants none, where the hub is so."""
        if cdr.nature is not CdrNature.INTERMEDIATE or self.book.habit(connection, "intermediate_cdrs") != "on-request":
            return
        known = sessions.find(transaction, connection, cdr.session, operator_named(cdr))
        if known is not None and known.facts.intermediate_cdr_requested is not True:
            text = "nobody has asked for intermediate CDRs of this session; only its final one is sent"
            raise Invalid([Finding("/cdr/nature", Severity.ERROR, "not-requested", text)])

    async def leaving(self, connection: str, message: m.Message[Any]) -> None:
        """Before the first try of an owed message. Raises Invalid where a CDR has moved on since it was owed."""
        if not self.book.keeps(connection):
            return
        alone = (message.cdr,) if isinstance(message, m.SubmitCdr) else ()
        cdrs = message.cdrs if isinstance(message, m.SubmitCdrs) else alone

        def look(transaction: Transaction) -> None:
            for cdr in cdrs:
                if cdr is not None:
                    self.book.may_leave(transaction, connection, cdr)

        if any(cdr is not None and cdr.status not in (None, CdrStatus.NEW) for cdr in cdrs):
            await self._database.read(look)

    async def revise(self, cdr: Cdr, *, connection: str = "") -> Delivery:
        """Owes the corrected CDR, under the id that it has, in the place of the one that the hub knows.

        Raises Invalid where the hub has not accepted it, or its eMSP has approved it, or the claim was given up.
        """
        revised = replace(cdr, status=CdrStatus.REVISED)
        name = connection or await self._only(lambda transaction: self._connections_of(transaction, revised), cdr.id)
        return await self._submit(name, m.SubmitCdr(cdr=revised))

    async def give_up(self, name: str, *, connection: str = "") -> Delivery:
        """Owes the word that we give up the claim of a CDR, for good. `name`: its key, the hub's id, or our own.

        Raises Invalid where there is no such CDR, or it is not in a state for it.
        """
        kept = await self.one(name, connection, Role.CPO)
        return await self._submit(kept.connection, m.SubmitCdr(cdr=replace(cdr_of(kept), status=CdrStatus.REJECTED)))

    # --- answering -----------------------------------------------------------------------------------------------

    async def approve(self, name: str, *, connection: str = "", reason: str = "") -> KeptCdr:
        """As an EMSP: the CDR is paid. Raises Invalid where the backend has not left the answer to people."""
        return await self._decided(name, connection, True, reason)

    async def decline(self, name: str, *, connection: str = "", reason: str = "") -> KeptCdr:
        """As an EMSP: the CDR is not paid as it is. The reason stays here: the protocol has no place for it."""
        return await self._decided(name, connection, False, reason)

    async def _decided(self, name: str, connection: str, approved: bool, reason: str) -> KeptCdr:
        known = await self.one(name, connection, Role.EMSP)

        def decide(transaction: Transaction) -> KeptCdr:
            kept = store.found(transaction, known.connection, known.key) or known
            return self.answers.decided(transaction, kept, approved, reason)

        return await self._database.write(decide)

    # --- looking -------------------------------------------------------------------------------------------------

    async def listed(self, **filters: str) -> Sequence[KeptCdr]:
        """By `connection` and `state`, oldest first, 1000 at most."""
        return await self._database.read(lambda transaction: store.listed(transaction, **filters))  # type: ignore[arg-type]

    async def history(self, kept: KeptCdr) -> Sequence[Happening]:
        return await self._database.read(lambda transaction: store.history(transaction, kept))

    async def one(self, name: str, connection: str = "", role: Role | None = None) -> KeptCdr:
        """The CDR of this key (`DEABC0001/DEABCE1`), hub's id or own id. Raises Invalid for none, or several."""
        found = await self._database.read(lambda transaction: store.named(transaction, name, connection))
        fitting = [kept for kept in found if role is None or self.role_of(kept.connection) is role]
        if len(fitting) == 1:
            return fitting[0]
        as_whom = f" as {role}" if role is not None else ""
        if not fitting:
            raise _no(f"there is no CDR {name}{f' of {connection}' if connection else ''} that we know{as_whom}")
        raise _no(f"{name} is several: {', '.join(f'{kept.key} of {kept.connection}' for kept in fitting)}")

    async def state_of(self, connection: str, cdr: Cdr) -> str | None:
        """What the hub has of a CDR of this name: its state, or nothing (""); None where no states are kept."""
        if not self.book.keeps(connection):
            return None
        try:
            kept = await self._database.read(lambda transaction: self.book.found(transaction, connection, cdr))
        except Invalid:
            return None
        return kept.state.value if kept is not None else ""

    def role_of(self, connection: str) -> Role | None:
        """Ours at this connection; None where it is not set up any more."""
        known = self.book.connections.get(connection)
        return known.role if known is not None else None

    def _connections_of(self, transaction: Transaction, cdr: Cdr) -> Sequence[str]:
        ours = [name for name, known in self.book.connections.items() if known.role is Role.CPO]
        return [name for name in ours if self.book.found(transaction, name, cdr) is not None]

    async def _only(self, look: Callable[[Transaction], Sequence[str]], name: str | None) -> str:
        found = await self._database.read(look)
        if len(found) != 1:
            known = f"{len(found)} connections know it" if found else "no connection knows it"
            raise _no(f"CDR {name}: {known}; name the connection")
        return found[0]


def _no(text: str) -> Invalid:
    return Invalid([Finding("", Severity.ERROR, "cdr-state", text)])
