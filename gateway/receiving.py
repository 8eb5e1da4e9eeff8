"""CDRs and news that hubs have for the backend: stored first, then answered, and handed over from the inbox.

A pushed CDR is acknowledged as soon as it is stored; one that waits at the hub is answered for only by the backend.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.backends import DELIVERY_CHANGED, BackendPort
from gateway.canonical import from_json, to_json
from gateway.cdrs.answers import CdrAnswers
from gateway.cdrs.book import key_of
from gateway.delivery.deliveries import delivery
from gateway.delivery.owed import TOLD
from gateway.errors import BackendFailed, UnknownConnection, Unsupported
from gateway.handover import Kind
from gateway.holding import Holding
from gateway.log import logger
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrNature, CdrStatus
from gateway.model.common import Role
from gateway.naming import operator_named
from gateway.pins import without_pins
from gateway.ports import Connection
from gateway.store import cdr_states, inbox, outbox
from gateway.store.database import Transaction

SUBMITTED, REVIEWED = m.SubmitCdr.__name__, m.ReviewCdr.__name__
_log = logger(__name__)
_PATIENCE_SECONDS, _LOOK_SECONDS, _LANE_SECONDS = 20.0, 0.2, 60.0
_WEEK_SECONDS = 7 * 86_400.0
_TOLD = (CdrStatus.DECLINED, CdrStatus.REJECTED)
"""States of a CDR that its maker, or who has booked it, has to do something about."""


class Receiving:
    """What is kept for the backend, and how it is given to it."""

    def __init__(
        self,
        holding: Holding,
        backend: BackendPort,
        connections: Mapping[str, Connection],
        wake: Callable[[], None] = lambda: None,
        answers: CdrAnswers | None = None,
        named_by_operators: Collection[str] = (),
    ) -> None:
        self._answers, self._named_by_operators = answers, named_by_operators
        self._holding, self._backend, self._connections, self._wake = holding, backend, connections, wake
        self.kinds: Mapping[str, Kind] = {
            SUBMITTED: Kind(_read_cdr, self._submit),
            REVIEWED: Kind(_read_review, self._review),
            TOLD: Kind(_read_told, self._tell, keep_seconds=_WEEK_SECONDS, in_order=True),
        }

    # --- taking in -----------------------------------------------------------------------------------------------

    async def pushed(self, connection: Connection, message: m.SubmitCdr) -> m.CdrReceipt:
        """Stored, then acknowledged; the backend hears of it from the inbox, for as long as it takes."""
        message = without_pins(message)
        item, new = await self._kept(connection, message)
        self._wake()
        taken = new or _same(item, message)
        if not taken:
            # The hub may hear that the record is there (eMIP: 10701); only a person sees that the two differ.
            _log.warning("another CDR of a session that has one is not taken", connection=connection.name, item=item.id)
        return m.CdrReceipt(accepted=taken, already_there=not new)

    async def waiting(self, connection: Connection, message: m.SubmitCdr) -> m.CdrReceipt:
        """A CDR that waits at the hub is stored, and the backend's answer is waited for. Raises BackendFailed.

        Where the hub keeps states of CDRs, the answer is owed to it as soon as it is stored.
        """
        message = without_pins(message)
        item, new = await self._kept(connection, message, lease=self._holding.lease)
        if not new and not _same(item, message):
            return await self._declined_other(connection, message)
        for _ in range(round(_PATIENCE_SECONDS / _LOOK_SECONDS)):
            if item.answer is not None:
                return await self._answered(item, message)
            mine = item if new else await self._holding.claim(item)
            if mine is not None:
                return await self._asked(mine, _read_cdr(mine))
            await asyncio.sleep(_LOOK_SECONDS)
            item = await self._looked_up(item)
        raise BackendFailed("another worker has not had the backend's answer to it yet")

    async def _answered(self, item: inbox.Item, message: m.SubmitCdr) -> m.CdrReceipt:
        """What the backend has answered before; the hub hears it again, where it lists the CDR again."""
        receipt = from_json(m.CdrReceipt, json.loads(item.answer or "{}"))
        await self._holding.write(lambda transaction: self._judged(transaction, item, message, receipt))
        return receipt

    async def reviewed(self, connection: Connection, message: m.ReviewCdr) -> m.Confirmation:
        """What became of a CDR of ours is told once for each state; the hub names it at every asking."""
        if self._keeps(connection):
            await self._holding.write(lambda transaction: self._observed(transaction, connection, message))
        if not self._backend.has(m.ReviewCdr):
            return m.Confirmation(accepted=False)
        if not self._keeps(connection):
            cdr = message.cdr or Cdr()
            name = _named(cdr, by_operator=connection.name in self._named_by_operators) or ""
            key = f"review/{cdr.status or ''}/{name}/{_digest(cdr)}"
            await self._put(connection, key, REVIEWED, _text(message))
        self._wake()
        return m.Confirmation(accepted=True)

    async def _kept(
        self, connection: Connection, message: m.SubmitCdr, lease: inbox.Lease | None = None
    ) -> tuple[inbox.Item, bool]:
        """(the CDR in the inbox, whether it is new). Raises Unsupported, or Invalid for what could not be read back."""
        if not self._backend.has(m.SubmitCdr):
            raise Unsupported("the backend has no submit_cdr")
        document = _text(message)
        from_json(m.SubmitCdr, json.loads(document))
        if lease is None or not self._keeps(connection):
            key = cdr_key(message, by_operator=connection.name in self._named_by_operators)
            return await self._put(connection, key, SUBMITTED, document, lease)
        return await self._holding.write(lambda transaction: self._received(transaction, connection, message, lease))

    async def _put(
        self, connection: Connection, key: str, kind: str, document: str, lease: inbox.Lease | None = None
    ) -> tuple[inbox.Item, bool]:
        values: dict[str, Any] = {"connection": connection.name, "key": key, "kind": kind, "message": document}
        now = self._holding.now()
        return await self._holding.write(lambda transaction: inbox.put(transaction, **values, now=now, lease=lease))

    # --- where the hub keeps states ------------------------------------------------------------------------------

    def _keeps(self, connection: Connection) -> bool:
        return self._answers is not None and self._answers.book.keeps(connection.name)

    def _received(
        self, transaction: Transaction, connection: Connection, message: m.SubmitCdr, lease: inbox.Lease
    ) -> tuple[inbox.Item, bool]:
        """Under the name that the hub knows it by; the backend sees which one it replaces. Raises Invalid."""
        assert self._answers is not None
        cdr = message.cdr or Cdr()
        message = replace(message, replaces=self._answers.received(transaction, connection.name, cdr))
        version = f"/{_digest(cdr)}" if cdr.status is CdrStatus.REVISED else ""
        name = key_of(self._answers.book.name_of(connection.name, cdr))
        if message.replaces is not None:
            self._overtaken(transaction, connection.name, name)
        values: dict[str, Any] = {"connection": connection.name, "key": name + version, "kind": SUBMITTED}
        return inbox.put(transaction, **values, message=_text(message), now=self._holding.now(), lease=lease)

    def _overtaken(self, transaction: Transaction, connection: str, name: str) -> None:
        """Earlier versions that the backend has not answered for are not given to it after a later one.

        Raises BackendFailed where one of them is with the backend just now.
        """
        for item in cdr_states.unanswered(transaction, connection, name):
            if item.is_leased(self._holding.now()):
                raise BackendFailed("the backend is at an earlier version of this CDR")
            inbox.done(transaction, item, _text(m.CdrReceipt()))

    def _judged(self, transaction: Transaction, item: inbox.Item, message: m.SubmitCdr, receipt: m.CdrReceipt) -> None:
        if self._answers is not None and self._answers.book.keeps(item.connection) and message.cdr is not None:
            self._answers.judged(transaction, item.connection, message.cdr, receipt)

    async def _declined_other(self, connection: Connection, message: m.SubmitCdr) -> m.CdrReceipt:
        answers, cdr = self._answers, message.cdr
        if answers is not None and self._keeps(connection) and cdr is not None:
            await self._holding.write(lambda transaction: answers.refused_other(transaction, connection.name, cdr))
        return m.CdrReceipt(accepted=False)

    def _observed(self, transaction: Transaction, connection: Connection, message: m.ReviewCdr) -> None:
        """News of a CDR: kept, and told to the backend where it calls for something to be done."""
        assert self._answers is not None
        cdr = message.cdr or Cdr()
        seen = self._answers.book.observed(transaction, connection.name, cdr, message.asked_at)
        if seen.news and connection.role is Role.EMSP:
            self._overtaken(transaction, connection.name, seen.kept.key)
        concerns = connection.role is Role.CPO or seen.was_known
        if not (seen.news and concerns and cdr.status in _TOLD and self._backend.has(m.ReviewCdr)):
            return
        told = replace(message, cdr=replace(cdr, id=seen.kept.own_id or cdr.id))
        key = f"review/{cdr.status}/{seen.kept.key}/{seen.kept.version}"
        values: dict[str, Any] = {"connection": connection.name, "key": key, "kind": REVIEWED}
        inbox.put(transaction, **values, message=_text(told), now=self._holding.now())

    async def _looked_up(self, item: inbox.Item) -> inbox.Item:
        found = await self._holding.database.read(lambda transaction: inbox.get(transaction, item.id))
        return found or item

    async def _asked(self, item: inbox.Item, message: m.SubmitCdr) -> m.CdrReceipt:
        """The lane goes on with it where the backend fails: the next asking finds its answer."""
        try:
            answer = await self._holding.during(item, self._receipt(item, message))
        except BaseException:
            later = self._holding.now() + timedelta(seconds=_LANE_SECONDS)
            await self._holding.write(lambda transaction: inbox.postpone(transaction, item, later))
            raise
        await self._holding.write(lambda transaction: self._done(transaction, item, message, answer))
        return answer

    def _done(self, transaction: Transaction, item: inbox.Item, message: m.SubmitCdr, answer: m.CdrReceipt) -> None:
        inbox.done(transaction, item, _text(answer))
        self._judged(transaction, item, message, answer)

    # --- giving to the backend -----------------------------------------------------------------------------------

    def _connection(self, item: inbox.Item) -> Connection:
        try:
            return self._connections[item.connection]
        except KeyError:
            raise UnknownConnection(f"there is no connection {item.connection!r}") from None

    async def _receipt(self, item: inbox.Item, message: m.SubmitCdr) -> m.CdrReceipt:
        answer = await self._backend.answer(self._connection(item), message)
        if not isinstance(answer, m.CdrReceipt):
            raise BackendFailed(f"submit_cdr answered with {type(answer).__name__}, not with a CdrReceipt")
        return answer

    async def _submit(self, item: inbox.Item, message: m.SubmitCdr) -> str:
        return _text(await self._receipt(item, message))

    async def _review(self, item: inbox.Item, message: m.ReviewCdr) -> str:
        answer = await self._backend.answer(self._connection(item), message)
        if not isinstance(answer, m.Confirmation) or answer.accepted is not True:
            raise BackendFailed("review_cdr did not answer with a Confirmation that is accepted")
        return _text(answer)

    async def _tell(self, item: inbox.Item, said: Mapping[str, Any]) -> str:
        """The delivery as it became, whatever has happened to it since."""
        try:
            entry = await self._holding.database.read(lambda transaction: outbox.get(transaction, said["entry"]))
        except KeyError:
            _log.error("a delivery is gone before the backend has heard of it", item=item.id, entry=said["entry"])
            return json.dumps({"heard": False})
        told = {name: said[name] for name in ("state", "code", "words")}
        heard = await self._backend.tell(DELIVERY_CHANGED, replace(delivery(entry, self._holding.now()), **told))
        return json.dumps({"heard": heard})


def _read_cdr(item: inbox.Item) -> m.SubmitCdr:
    return from_json(m.SubmitCdr, json.loads(item.message))


def _read_review(item: inbox.Item) -> m.ReviewCdr:
    return from_json(m.ReviewCdr, json.loads(item.message))


def _read_told(item: inbox.Item) -> Mapping[str, Any]:
    """{entry, state, code, words}. Raises ValueError, KeyError or TypeError."""
    said = json.loads(item.message)
    told = {name: said[name] for name in ("state", "code", "words")}
    if not isinstance(told["state"], str):
        raise ValueError("it names no state")
    return {**told, "entry": int(said["entry"])}


def _text(value: Any) -> str:
    return json.dumps(to_json(value), sort_keys=True)


def cdr_key(message: m.SubmitCdr, *, by_operator: bool = False) -> str:
    """A final CDR by its session, else by id and EVSE (an id from OCHP 1.3 is unique only per EVSE).

    Intermediate and revised ones, of which there may be several, by their content. `by_operator`: the session's name is
    one that its operator gives.
    """
    cdr = message.cdr or Cdr()
    name = _named(cdr, by_operator=by_operator)
    several = cdr.nature is CdrNature.INTERMEDIATE or cdr.status is CdrStatus.REVISED
    return name if name and not several else f"{name or ''}/{_digest(cdr)}"


def _named(cdr: Cdr, *, by_operator: bool) -> str | None:
    evse = f"/{cdr.evse.compact}" if cdr.evse else ""
    if by_operator and cdr.session.hub:
        return f"{cdr.session.hub}/{operator_named(cdr)}"
    return cdr.session.hub or (cdr.id and cdr.id + evse) or cdr.session.cpo


def _digest(cdr: Cdr) -> str:
    return hashlib.sha256(_text(cdr).encode()).hexdigest()[:16]


def _same(item: inbox.Item, message: m.SubmitCdr) -> bool:
    """By what it says: a hub that sends again may give the exchange a new transaction id. Raises BackendFailed."""
    try:
        return _read_cdr(item).cdr == message.cdr
    except Exception as error:
        raise BackendFailed("what was stored of this CDR before cannot be read") from error
