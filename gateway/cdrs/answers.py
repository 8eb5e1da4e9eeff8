"""CDRs that wait for us at a clearing house: received, answered for, and confirmed from the outbox.

A CDR is stored and the backend asked before anything is confirmed, and the confirmation is owed in the same
transaction that keeps the answer. A CDR that is listed again is confirmed again, and not given to the backend twice.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from gateway.cdrs.book import CdrBook, digest_of, key_of, reference_of, text_of
from gateway.delivery.deliveries import Delivery
from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.model import cdr_states
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrStatus
from gateway.store import cdr_states as store
from gateway.store import outbox
from gateway.store.cdr_states import KeptCdr
from gateway.store.database import Transaction, stamp

Owe = Callable[[Transaction, str, m.Message[Any]], Delivery]
ANOTHER = "another CDR under an id and EVSE that are known, without being a revised one"


class CdrAnswers:
    """What an EMSP says of the CDRs of its hubs; every method joins a transaction."""

    def __init__(self, book: CdrBook, owe: Owe, now: Callable[[], datetime]) -> None:
        self.book, self._owe, self._now = book, owe, now

    def received(self, transaction: Transaction, connection: str, cdr: Cdr) -> m.CdrReference | None:
        """Notes a CDR that waits at the hub; names the one that it takes the place of. Raises Invalid for no name."""
        name, digest, now = self.book.name_of(connection, cdr), digest_of(cdr), self._now()
        told = cdr.status if cdr.status in cdr_states.WAITING else CdrStatus.ACCEPTED
        kept = store.found(transaction, connection, key_of(name))
        version: dict[str, Any] = {"message": text_of(cdr), "digest": digest}
        if kept is None:
            facts = {"connection": connection, "key": key_of(name), "cdr_id": name.cdr_id, "evse": str(name.evse)}
            store.added(transaction, now, f"received as {told}", state=told, **facts, **version)
            return None
        known = any(line.digest == digest for line in store.history(transaction, kept))
        if told is not CdrStatus.REVISED or (known and not self._is_back(transaction, kept, digest)):
            return None
        fresh: dict[str, Any] = {"left_open": False, "words": None, "entry": None, "version": kept.version + 1}
        store.changed(transaction, kept, now, "received as REVISED", state=told, **fresh, **version)
        return reference_of(kept)

    def _is_back(self, transaction: Transaction, kept: KeptCdr, digest: str) -> bool:
        """Whether an earlier version takes the place of a later one that was left open, or declined as the hub knows.

        A CPO may revise a CDR back to what it was. Answers name no version, so the one that is listed has to count.
        """
        if kept.digest == digest:
            return False
        entry = self.book.entry_of(transaction, kept)
        heard = entry is not None and entry.state == "accepted"
        return kept.left_open or (kept.state is CdrStatus.DECLINED and heard)

    def judged(self, transaction: Transaction, connection: str, cdr: Cdr, receipt: m.CdrReceipt) -> None:
        """The backend's answer to this version: it is confirmed, or left to a person."""
        kept = self.book.found(transaction, connection, cdr)
        if kept is None or kept.digest != digest_of(cdr):
            return
        reason = receipt.reason
        words = reason and ": ".join(part for part in (reason.code, reason.text, reason.detail) if part)
        if kept.state in cdr_states.JUDGED:
            self._again(transaction, kept)
        elif kept.state not in cdr_states.WAITING:
            return
        elif receipt.accepted is None:
            if not kept.left_open:
                store.changed(transaction, kept, self._now(), "left open by the backend", left_open=True, words=words)
        else:
            self._answer(transaction, kept, bool(receipt.accepted), "by the backend", words or None)

    def refused_other(self, transaction: Transaction, connection: str, cdr: Cdr) -> None:
        """Another CDR under a known name is declined: it is booked at most once."""
        kept = self.book.found(transaction, connection, cdr)
        if kept is None:
            return
        if kept.words == ANOTHER:
            self._again(transaction, kept)
        else:
            self._answer(transaction, kept, False, "by the gateway", ANOTHER)

    def decided(self, transaction: Transaction, kept: KeptCdr, approved: bool, reason: str) -> KeptCdr:
        """A person's answer, where the backend has left it open. Raises Invalid."""
        if kept.state not in cdr_states.WAITING or not kept.left_open:
            why = "the backend has not left it open" if kept.state in cdr_states.WAITING else f"it is {kept.state}"
            text = f"{kept.key} cannot be answered for by hand: {why}"
            raise Invalid([Finding("", Severity.ERROR, "cdr-state", text)])
        return self._answer(transaction, kept, approved, "by hand", reason or None)

    def _answer(
        self, transaction: Transaction, kept: KeptCdr, approved: bool, whose: str, words: str | None
    ) -> KeptCdr:
        state = CdrStatus.APPROVED if approved else CdrStatus.DECLINED
        entry = self._owed(transaction, kept, state)
        facts: dict[str, Any] = {"state": state, "left_open": False, "words": words, "entry": entry}
        return store.changed(transaction, kept, self._now(), f"{state} {whose}", **facts)

    def _owed(self, transaction: Transaction, kept: KeptCdr, state: CdrStatus) -> int:
        names = (reference_of(kept),)
        approved = state is CdrStatus.APPROVED
        message = m.ConfirmCdrs(approved=names) if approved else m.ConfirmCdrs(declined=names)
        return self._owe(transaction, kept.connection, message).id

    def _again(self, transaction: Transaction, kept: KeptCdr) -> None:
        """The hub lists what was answered for: it has not heard our answer, and hears it once more."""
        entry, now = self.book.entry_of(transaction, kept), self._now()
        if entry is not None and (entry.state in outbox.OPEN or entry.state == "withdrawn"):
            return
        if entry is not None and entry.state == "refused":
            fresh = {} if entry.unknown_tries else {"sent": None}
            outbox.change(transaction, entry, "waiting", now, next_try_at=stamp(now), words="listed again", **fresh)
            store.remember(transaction, kept, now, "listed again: our answer is tried again", entry=entry.id)
            return
        number = self._owed(transaction, kept, kept.state)
        store.changed(transaction, kept, now, "listed again: confirmed again", entry=number)
