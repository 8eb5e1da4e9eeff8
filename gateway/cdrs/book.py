"""What is known of each CDR at hubs that keep its states: ours as a CPO, and those that wait for us as an EMSP.

Everything here joins the transaction that it is given: a state never changes without what goes with it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.canonical import from_json, to_json
from gateway.connections import option
from gateway.delivery.owed import meaning, read_back
from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.hub import Hub
from gateway.log import logger
from gateway.model import cdr_states
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrStatus
from gateway.model.common import Role
from gateway.model.ids import EvseId
from gateway.pins import without_pins
from gateway.ports import Connection
from gateway.store import cdr_states as store
from gateway.store import outbox
from gateway.store.cdr_states import KeptCdr
from gateway.store.database import Transaction, stamp
from gateway.store.outbox import Entry

_log = logger(__name__)
SUBMITTED, CONFIRMED = m.SubmitCdr.__name__, m.ConfirmCdrs.__name__
_SENT = {CdrStatus.NEW: "owed as new", CdrStatus.REVISED: "owed as revised", CdrStatus.REJECTED: "owed as given up"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a hub's word of a CDR came to: whether it is news, and whether the CDR had been known."""

    kept: KeptCdr
    news: bool
    was_known: bool


class CdrBook:
    """The states of CDRs, for connections whose hub keeps them."""

    def __init__(self, hubs: Mapping[str, Hub], now: Callable[[], datetime]) -> None:
        self._hubs, self._now = hubs, now

    @property
    def connections(self) -> Mapping[str, Connection]:
        """By name, those whose hub keeps states of CDRs."""
        return {name: hub.connection for name, hub in self._hubs.items() if hub.adapter.cdr_name is not None}

    def habit(self, connection: str, name: str) -> Any:
        """What an option of the connection, or of its hub's profile, says."""
        hub = self._hubs.get(connection)
        return None if hub is None else option(hub.connection, hub.profile, name)

    def keeps(self, connection: str) -> bool:
        """Whether the hub of this connection keeps states of CDRs."""
        return connection in self._hubs and self._hubs[connection].adapter.cdr_name is not None

    def name_of(self, connection: str, cdr: Cdr) -> m.CdrReference:
        """As the hub names it: of ours by the protocol's rule, of theirs as received. Raises Invalid for no name."""
        hub = self._hubs[connection]
        derived = hub.adapter.cdr_name if hub.connection.role is Role.CPO else None
        name = derived(cdr) if derived is not None else m.CdrReference(cdr_id=cdr.id, evse=cdr.evse)
        if name.cdr_id is None or name.evse is None:
            lacking = "/cdr/id" if name.cdr_id is None else "/cdr/evse"
            raise _no(lacking, "a clearing house knows a CDR by its id and its EVSE: give both")
        return name

    def found(self, transaction: Transaction, connection: str, cdr: Cdr) -> KeptCdr | None:
        return store.found(transaction, connection, key_of(self.name_of(connection, cdr)))

    def _found(self, transaction: Transaction, connection: str, cdr: Cdr) -> KeptCdr | None:
        """None also for what has no name, and was owed before states were kept."""
        try:
            return self.found(transaction, connection, cdr)
        except Invalid:
            return None

    def entry_of(self, transaction: Transaction, kept: KeptCdr) -> Entry | None:
        """The last entry of the outbox about it."""
        return _entry(transaction, kept.entry)

    # --- ours: what may be owed ----------------------------------------------------------------------------------

    def checked(self, transaction: Transaction, connection: str, cdr: Cdr) -> Cdr:
        """The CDR with id and status, as it may be owed now. Raises Invalid, with what to do, where it may not."""
        name = self.name_of(connection, cdr)
        kept = store.found(transaction, connection, key_of(name))
        own = kept.own_id if kept is not None else None
        cdr = replace(cdr, id=own or cdr.id or name.cdr_id, status=cdr.status or CdrStatus.NEW)
        status, digest = cdr.status or CdrStatus.NEW, digest_of(cdr)
        if status not in cdr_states.SAID_BY_CPO:
            raise _no("/cdr/status", f"a CPO cannot say {status}: it sends NEW, REVISED or REJECTED")
        if kept is None:
            if status is not CdrStatus.NEW:
                raise _no("/cdr/status", f"{cdr.id} is not known to {connection}: send it as NEW first")
            return cdr
        if self._is_said(transaction, kept, status, digest):
            return cdr
        self._refuse_under_way(transaction, kept, status)
        if not cdr_states.may(kept.state, status):
            raise _no("/cdr/status", _why_not(kept, status))
        return cdr

    def _is_said(self, transaction: Transaction, kept: KeptCdr, status: CdrStatus, digest: str) -> bool:
        """The same was said before: no second. Raises Invalid where something has happened since then."""
        said = [one for one in store.history(transaction, kept) if one.digest == digest and one.entry is not None]
        entries = [entry for one in said if (entry := _entry(transaction, one.entry)) and entry.digest == digest]
        if not entries:
            return False
        last = entries[-1]
        declined = kept.state is CdrStatus.DECLINED and last.state == "accepted"
        if status is CdrStatus.NEW or (last.id == kept.entry and not declined):
            return True
        text = f"{kept.cdr_id} was sent with just this content before and is {kept.state}: correct it, or give it up"
        raise _no("/cdr", text)

    def _refuse_under_way(self, transaction: Transaction, kept: KeptCdr, status: CdrStatus) -> None:
        entry = _entry(transaction, kept.entry)
        if entry is None or entry.state not in outbox.OPEN:
            return
        untold = entry.state == "waiting" and not entry.unknown_tries
        if status is CdrStatus.NEW and kept.state is CdrStatus.NEW and untold:
            return
        text = f"entry {entry.id} about {kept.cdr_id} is {entry.state}: wait for the hub's word, or withdraw it first"
        raise _no("/cdr/status", text)

    def owed(self, transaction: Transaction, connection: str, cdr: Cdr, entry: int) -> None:
        """The CDR, as `checked` gave it, has become this entry of the outbox."""
        name, digest, status = self.name_of(connection, cdr), digest_of(cdr), cdr.status or CdrStatus.NEW
        key, now = key_of(name), self._now()
        kept = store.found(transaction, connection, key)
        if kept is None:
            values: dict[str, Any] = {"connection": connection, "key": key}
            values |= {"cdr_id": name.cdr_id, "evse": str(name.evse)}
            values |= {"own_id": cdr.id, "message": text_of(cdr), "digest": digest, "entry": entry}
            store.added(transaction, now, _SENT[status], state=CdrStatus.NEW, **values)
            return
        if any(line.digest == digest and line.entry == entry for line in store.history(transaction, kept)):
            return
        first = {"message": text_of(cdr)} if kept.state is CdrStatus.NEW else {}
        store.changed(transaction, kept, now, _SENT[status], about=digest, entry=entry, **first)

    def may_leave(self, transaction: Transaction, connection: str, cdr: Cdr) -> None:
        """What is about to be sent for the first time. Raises Invalid where the CDR is no longer in a state for it."""
        kept = self.found(transaction, connection, cdr)
        status = cdr.status or CdrStatus.NEW
        if kept is not None and status is not CdrStatus.NEW and not cdr_states.may(kept.state, status):
            raise _no("/cdr/status", _why_not(kept, status))

    # --- ours and theirs: what became of it ----------------------------------------------------------------------

    def settled(self, transaction: Transaction, entry: Entry) -> None:
        """An entry of the outbox has come to its end: taken, refused or withdrawn."""
        if entry.kind not in (SUBMITTED, CONFIRMED) or not self.keeps(entry.connection):
            return
        message = _read(entry)
        if isinstance(message, m.SubmitCdr) and message.cdr is not None:
            kept = self._found(transaction, entry.connection, message.cdr)
            if kept is not None:
                self._sent(transaction, kept, message.cdr, entry)
        elif isinstance(message, m.ConfirmCdrs):
            for name in (*message.approved, *message.declined):
                kept = store.found(transaction, entry.connection, key_of(name))
                if kept is not None:
                    self._confirmed(transaction, kept, entry)

    def _sent(self, transaction: Transaction, kept: KeptCdr, cdr: Cdr, entry: Entry) -> None:
        status, now = cdr.status or CdrStatus.NEW, self._now()
        words, digest = _words(entry), digest_of(cdr)
        if entry.state != "accepted":
            said = f"{status} is withdrawn" if entry.state == "withdrawn" else f"{status} is not taken"
            store.changed(transaction, kept, now, said, about=digest, words=words, entry=entry.id)
        elif status is CdrStatus.NEW:
            taken = {"state": CdrStatus.ACCEPTED} if kept.state is CdrStatus.NEW else {}
            store.changed(transaction, kept, now, "taken as new", words=words, **taken, **_version(cdr, digest, kept))
        elif cdr_states.may(kept.state, status):
            said = "taken as revised" if status is CdrStatus.REVISED else "given up"
            version = _version(cdr, digest, kept, kept.version + 1)
            store.changed(transaction, kept, now, said, state=status, words=words, **version)
        else:
            _log.warning("a hub took what its CDR was not in a state for", cdr=kept.id, state=kept.state, sent=status)
            store.changed(transaction, kept, now, f"taken as {status}, though it was {kept.state}", words=words)

    def _confirmed(self, transaction: Transaction, kept: KeptCdr, entry: Entry) -> None:
        """Our answer to one of theirs. The hub may have taken an earlier try that nobody answered."""
        said = "the hub has our answer" if entry.state == "accepted" else f"our answer is {entry.state}"
        words = _words(entry)
        if entry.state == "refused" and entry.unknown_tries:
            words = f"{words or ''} (an earlier try had no answer: the hub may have taken that)".strip()
        store.remember(transaction, kept, self._now(), said, words=words, entry=entry.id)
        if entry.state == "refused":
            store.noted(transaction, kept, words=words)

    def observed(self, transaction: Transaction, connection: str, cdr: Cdr, asked_at: datetime | None) -> Seen:
        """What the hub says of a CDR. Its word counts, unless the CDR has moved on since the hub was asked."""
        name, told, now = self.name_of(connection, cdr), cdr.status or CdrStatus.ACCEPTED, self._now()
        kept = store.found(transaction, connection, key_of(name))
        if kept is None:
            values = {"connection": connection, "key": key_of(name), "cdr_id": name.cdr_id, "evse": str(name.evse)}
            values |= {"message": text_of(cdr), "digest": digest_of(cdr), "state": told}
            return Seen(store.added(transaction, now, f"the hub says {told}", **values), True, False)
        stale = asked_at is not None and stamp(asked_at) < kept.state_at
        if stale or kept.state is told:
            return Seen(kept, False, True)
        if not cdr_states.reachable(kept.state, told):
            _log.warning("a hub says what cannot follow", cdr=kept.id, state=kept.state, told=told)
        return Seen(store.changed(transaction, kept, now, f"the hub says {told}", state=told), True, True)


# --- what the parts share ----------------------------------------------------------------------------------------


def key_of(name: m.CdrReference) -> str:
    """The hub's id and its EVSE, whatever its spelling."""
    return f"{name.cdr_id or ''}/{name.evse.compact if name.evse is not None else ''}"


def digest_of(cdr: Cdr) -> str:
    """As the outbox digests the message that carries it."""
    return meaning(without_pins(m.SubmitCdr(cdr=cdr)))


def cdr_of(kept: KeptCdr) -> Cdr:
    """The version that counts. Raises Invalid for a row that cannot be read."""
    return from_json(Cdr, json.loads(kept.message))


def reference_of(kept: KeptCdr) -> m.CdrReference:
    """As the hub spells it."""
    return m.CdrReference(cdr_id=kept.cdr_id, evse=EvseId.read(kept.evse))


def text_of(cdr: Cdr) -> str:
    """As the store keeps it."""
    return json.dumps(to_json(cdr), sort_keys=True)


def _version(cdr: Cdr, digest: str, kept: KeptCdr, version: int = 1) -> dict[str, Any]:
    return {"message": text_of(cdr), "digest": digest, "version": max(version, kept.version)}


def _read(entry: Entry) -> m.Message[Any] | None:
    try:
        return read_back(entry.kind, entry.message)
    except (Invalid, ValueError, KeyError, TypeError):
        _log.error("a delivery that cannot be read moves no CDR", entry=entry.id)
        return None


def _words(entry: Entry) -> str | None:
    return ": ".join(part for part in (entry.code, entry.words) if part) or None


def _entry(transaction: Transaction, number: int | None) -> Entry | None:
    try:
        return outbox.get(transaction, number) if number is not None else None
    except KeyError:
        return None


def _why_not(kept: KeptCdr, status: CdrStatus) -> str:
    about = f"{kept.own_id or kept.cdr_id} is {kept.state} at {kept.connection}"
    if status is CdrStatus.NEW:
        how = (
            "correct it with status REVISED under the same id" if kept.state not in cdr_states.FINAL else "it is final"
        )
        return f"{about} and was not sent a second time as NEW with other content: {how}, or bill it under another id"
    does = "corrected" if status is CdrStatus.REVISED else "given up"
    return f"{about}: only what was accepted or declined can be {does}. {cdr_states.advice(Role.CPO, kept.state)}"


def _no(pointer: str, text: str) -> Invalid:
    return Invalid([Finding(pointer, Severity.ERROR, "cdr-state", text)])
