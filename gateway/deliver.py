"""Owed messages → hubs: the outbox and its lanes.

A lane is delivered in order, one at a time, for as long as it takes. Draining one is a single function; an engine
(gateway/engine.py) decides when it is called.
"""

import asyncio
import hashlib
import json
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from gateway.canonical import from_json, leaves, to_json
from gateway.errors import GatewayError, Refused, Unsupported
from gateway.log import logger
from gateway.model import messages as m
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.outcomes import Outcome, of_answer, of_failure
from gateway.ports import Connection, Profile
from gateway.store import Database, outbox
from gateway.store.database import stamp
from gateway.store.outbox import Entry

DURABLE: Mapping[str, type[m.Message[Any]]] = {
    kind.__name__: kind for kind in (m.SubmitCdr, m.PublishEvses, m.PublishStatuses, m.PublishTokens, m.ConfirmCdrs)
}
"""What may be owed. Commands and authorisations never are: their moment passes."""
LONGEST_WAIT_SECONDS = 24 * 3600.0
_log = logger(__name__)

Send = Callable[[str, m.Message[Any]], Awaitable[m.Answer]]
"""(connection name, message) → answer: the hub."""
Listener = Callable[["Delivery"], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How far an owed message is. `state`: waiting, sending, unknown, accepted, refused, withdrawn."""

    id: int
    connection: str
    lane: str
    kind: str
    state: str
    tries: int
    session: str | None
    code: str | None
    words: str | None
    message: m.Message[Any]
    answer: Mapping[str, Any] | None = None


def delivery(entry: Entry) -> Delivery:
    return Delivery(
        id=entry.id,
        connection=entry.connection,
        lane=entry.lane,
        kind=entry.kind,
        state=entry.state,
        tries=entry.tries,
        session=entry.session,
        code=entry.code,
        words=entry.words,
        message=from_json(DURABLE[entry.kind], json.loads(entry.message)),
        answer=json.loads(entry.answer) if entry.answer else None,
    )


def lane_of(message: m.Message[Any], connection: Connection, profile: Profile) -> str:
    """Which queue a message waits in; the profile says what orders CDRs."""
    if isinstance(message, m.SubmitCdr):
        cdr = message.cdr
        session = cdr.session.hub or cdr.session.cpo or cdr.id if cdr else None
        party = connection.operator_of(cdr.evse).compact if cdr else ""
        tail = {"session": f"/{session}", "operator": f"/{party}"}.get(profile.lane, "")
        return f"{connection.name}/cdr{tail}"
    names = {m.PublishEvses: "evse-data", m.PublishStatuses: "evse-status", m.PublishTokens: "tokens"}
    return f"{connection.name}/{names.get(type(message), 'cdr-confirmation')}"


def _key(message: m.Message[Any]) -> str:
    """CDRs: the same content for the same session is one entry. Everything else is owed each time it is said."""
    if isinstance(message, m.SubmitCdr) and message.cdr is not None:
        name = message.cdr.session.hub or message.cdr.id or message.cdr.session.cpo or ""
        content = sorted((path, _meant(value)) for path, value in leaves(message.cdr).items())
        return f"cdr/{name[:120]}/{hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]}"
    return f"{type(message).__name__}/{uuid4()}"


def _meant(value: Any) -> str:
    """A leaf by its meaning: 12.30 is 12.3, an instant is the same in every zone, an id in every spelling."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, datetime):
        return stamp(value)
    return value.compact if isinstance(value, (PartyId, EvseId, ContractId)) else str(to_json(value))


def _session_of(message: m.Message[Any]) -> str | None:
    ids = message.cdr.session if isinstance(message, m.SubmitCdr) and message.cdr else None
    return (ids.hub or ids.cpo or ids.emsp) if ids else None


class Outbox:
    """What is owed, and the draining of its lanes."""

    def __init__(
        self,
        database: Database,
        connections: Mapping[str, tuple[Connection, Profile]],
        send: Send,
        listener: Listener,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        first_wait_seconds: float = 2.0,
    ) -> None:
        self._database, self._connections, self._send, self._listener = database, connections, send, listener
        self._now, self._first_wait = now, first_wait_seconds
        self._locks: dict[str, asyncio.Lock] = {}
        self._ending = False

    def end(self) -> None:
        """Nothing more is begun; what is in flight finishes."""
        self._ending = True

    async def submit(self, connection: str, message: m.Message[Any]) -> Delivery:
        """Owes `message` to the hub; returns after the commit.

        Raises Unsupported for what cannot wait, and Invalid for what could not be read back from the store.
        """
        if type(message).__name__ not in DURABLE:
            raise Unsupported(f"{type(message).__name__} is sent at once or not at all; it is never queued")
        known, profile = self._connections[connection]
        document = json.dumps(to_json(message), sort_keys=True)
        from_json(type(message), json.loads(document))
        entry = await self._database.write(
            lambda transaction: outbox.add(
                transaction,
                connection=connection,
                lane=lane_of(message, known, profile),
                key=_key(message),
                kind=type(message).__name__,
                message=document,
                session=_session_of(message),
                now=self._now(),
            )
        )
        return delivery(entry)

    async def drain(self, lane: str) -> None:
        """Oldest first, one in flight, until the lane is empty or must wait."""
        async with self._locks.setdefault(lane, asyncio.Lock()):
            while not self._ending and await self._deliver_oldest(lane):
                pass

    async def _deliver_oldest(self, lane: str) -> bool:
        entry = await self._database.write(lambda transaction: outbox.take(transaction, lane, self._now()))
        if entry is None:
            return False
        outcome = await self._tried(entry)
        entry = await self._surely_settled(entry, outcome)
        if entry.state in outbox.CLOSED:
            await self._listener(delivery(entry))
        return entry.state in outbox.CLOSED

    async def _tried(self, entry: Entry) -> Outcome:
        try:
            answer = await self._send(entry.connection, delivery(entry).message)
            outcome, was_there = of_answer(answer), isinstance(answer, m.CdrReceipt) and answer.already_there
        except GatewayError as error:
            outcome = of_failure(error, entry, self._connections[entry.connection][1])
            was_there = isinstance(error, Refused)
        except Exception as error:
            # A fault of ours must not stop the lane; nothing is lost, a human sees it among the refused.
            _log.exception("delivery failed", entry=entry.id, kind=entry.kind)
            return Outcome("refused", "internal", f"internal error ({type(error).__name__})")
        if was_there and outcome.state == "accepted" and await self._closed_by_another(entry):
            words = f"the hub has another record of this session ({outcome.words})"
            return replace(outcome, state="refused", words=words)
        return outcome

    async def _closed_by_another(self, entry: Entry) -> bool:
        """Whether another CDR of the session was accepted: then "closed already" says nothing of this one."""
        if entry.session is None:
            return False
        accepted = await self.listed(state="accepted", connection=entry.connection, session=entry.session)
        return any(other.kind == entry.kind for other in accepted)

    async def _surely_settled(self, entry: Entry, outcome: Outcome) -> Entry:
        """What the hub said is written down however long the store takes: only a new start may call it unknown."""
        while True:
            try:
                return await self._settled(entry, outcome)
            except SQLAlchemyError:
                _log.exception("the outcome of a delivery is not stored yet", entry=entry.id, state=outcome.state)
                if self._ending:
                    raise
                await asyncio.sleep(self._first_wait)

    async def _settled(self, entry: Entry, outcome: Outcome) -> Entry:
        values: dict[str, Any] = {"code": outcome.code, "words": outcome.words}
        if outcome.answer is not None:
            values["answer"] = json.dumps(to_json(outcome.answer))
        if outcome.state == "unknown":
            values["unknown_tries"] = entry.unknown_tries + 1
        if outcome.state in outbox.OPEN:
            wait = min(outcome.wait_seconds or self._wait(entry.tries), LONGEST_WAIT_SECONDS)
            values["next_try_at"] = stamp(self._now() + timedelta(seconds=wait))
        _log.info("delivery", entry=entry.id, lane=entry.lane, kind=entry.kind, state=outcome.state, code=outcome.code)
        return await self._changed(entry, outcome.state, **values)

    def _wait(self, tries: int) -> float:
        """Doubles to an hour at most, with a quarter of jitter."""
        return min(3600.0, self._first_wait * 2.0 ** min(tries - 1, 16)) * random.uniform(0.75, 1.25)

    async def _changed(self, entry: Entry, state: str, **values: Any) -> Entry:
        return await self._database.write(
            lambda transaction: outbox.change(transaction, entry, state, self._now(), **values)
        )

    async def retry(self, entry_id: int) -> Delivery:
        """Puts a refused entry back into its lane. Raises KeyError or ValueError."""
        entry = await self._database.read(lambda transaction: outbox.get(transaction, entry_id))
        return delivery(
            await self._changed(entry, "waiting", next_try_at=stamp(self._now()), words="tried again by hand")
        )

    async def withdraw(self, entry_id: int, reason: str) -> Delivery:
        """Gives up an entry, for a reason that stays in its history. Raises KeyError or ValueError."""
        entry = await self._database.read(lambda transaction: outbox.get(transaction, entry_id))
        return delivery(await self._changed(entry, "withdrawn", words=reason))

    async def listed(self, **filters: Any) -> Sequence[Delivery]:
        entries = await self._database.read(lambda transaction: outbox.listed(transaction, **filters))
        return [delivery(entry) for entry in entries]

    async def history(self, entry_id: int) -> Sequence[tuple[str, str, str | None]]:
        return await self._database.read(lambda transaction: outbox.history(transaction, entry_id))

    async def recover(self) -> int:
        """Once at start: what was being sent when the process ended is unknown. Returns how many there were."""
        return await self._database.write(lambda transaction: outbox.interrupted(transaction, self._now()))

    async def due(self) -> Sequence[str]:
        """Lanes whose oldest entry may be tried now; those of a connection that was taken away wait for it."""
        lanes = await self._database.read(outbox.lanes_with_work)
        known = [(lane, at) for lane, at in lanes if lane.partition("/")[0] in self._connections]
        return [lane for lane, next_try_at in known if next_try_at <= stamp(self._now())]
