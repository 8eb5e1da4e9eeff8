"""CDRs and news that hubs have for the backend: stored first, then answered, and handed over from the inbox.

A pushed CDR is acknowledged as soon as it is stored; one that waits at the hub is answered for only by the backend.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.backends import DELIVERY_CHANGED, BackendPort
from gateway.canonical import from_json, to_json
from gateway.delivery.deliveries import delivery
from gateway.delivery.owed import TOLD
from gateway.errors import BackendFailed, UnknownConnection, Unsupported
from gateway.handover import Kind
from gateway.holding import Holding
from gateway.log import logger
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrNature, CdrStatus
from gateway.pins import without_pins
from gateway.ports import Connection
from gateway.store import inbox, outbox

SUBMITTED, REVIEWED = m.SubmitCdr.__name__, m.ReviewCdr.__name__
_log = logger(__name__)
_PATIENCE_SECONDS, _LOOK_SECONDS, _LANE_SECONDS = 20.0, 0.2, 60.0
_WEEK_SECONDS = 7 * 86_400.0


class Receiving:
    """What is kept for the backend, and how it is given to it."""

    def __init__(
        self,
        holding: Holding,
        backend: BackendPort,
        connections: Mapping[str, Connection],
        wake: Callable[[], None] = lambda: None,
    ) -> None:
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
        return m.CdrReceipt(accepted=new or _same(item, message), already_there=not new)

    async def waiting(self, connection: Connection, message: m.SubmitCdr) -> m.CdrReceipt:
        """A CDR that waits at the hub is stored, and the backend's answer is waited for. Raises BackendFailed."""
        message = without_pins(message)
        item, new = await self._kept(connection, message, lease=self._holding.lease)
        if not new and not _same(item, message):
            return m.CdrReceipt(accepted=False)
        for _ in range(round(_PATIENCE_SECONDS / _LOOK_SECONDS)):
            if item.answer is not None:
                return from_json(m.CdrReceipt, json.loads(item.answer))
            mine = item if new else await self._holding.claim(item)
            if mine is not None:
                return await self._asked(mine, message)
            await asyncio.sleep(_LOOK_SECONDS)
            item = await self._looked_up(item)
        raise BackendFailed("another worker has not had the backend's answer to it yet")

    async def reviewed(self, connection: Connection, message: m.ReviewCdr) -> m.Confirmation:
        """What became of a CDR of ours is told once for each state; the hub names it at every asking."""
        if not self._backend.has(m.ReviewCdr):
            return m.Confirmation(accepted=False)
        cdr = message.cdr or Cdr()
        key = f"review/{cdr.status or ''}/{_named(cdr) or ''}/{_digest(cdr)}"
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
        return await self._put(connection, cdr_key(message), SUBMITTED, document, lease)

    async def _put(
        self, connection: Connection, key: str, kind: str, document: str, lease: inbox.Lease | None = None
    ) -> tuple[inbox.Item, bool]:
        values: dict[str, Any] = {"connection": connection.name, "key": key, "kind": kind, "message": document}
        now = self._holding.now()
        return await self._holding.write(lambda transaction: inbox.put(transaction, **values, now=now, lease=lease))

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
        await self._holding.write(lambda transaction: inbox.done(transaction, item, _text(answer)))
        return answer

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


def cdr_key(message: m.SubmitCdr) -> str:
    """A final CDR by its session, else by id and EVSE (an id from OCHP 1.3 is unique only per EVSE).

    Intermediate and revised ones, of which there may be several, by their content.
    """
    cdr = message.cdr or Cdr()
    name = _named(cdr)
    several = cdr.nature is CdrNature.INTERMEDIATE or cdr.status is CdrStatus.REVISED
    return name if name and not several else f"{name or ''}/{_digest(cdr)}"


def _named(cdr: Cdr) -> str | None:
    evse = f"/{cdr.evse.compact}" if cdr.evse else ""
    return cdr.session.hub or (cdr.id and cdr.id + evse) or cdr.session.cpo


def _digest(cdr: Cdr) -> str:
    return hashlib.sha256(_text(cdr).encode()).hexdigest()[:16]


def _same(item: inbox.Item, message: m.SubmitCdr) -> bool:
    """By what it says: a hub that sends again may give the exchange a new transaction id. Raises BackendFailed."""
    try:
        return _read_cdr(item).cdr == message.cdr
    except Exception as error:
        raise BackendFailed("what was stored of this CDR before cannot be read") from error
