"""The same command or question again gets the same answer, and reaches the backend once.

A question is known by the hub's own ids and by what it says. Before the backend is asked a row says so; the answer
joins it. A command whose row has no answer and nobody at it was interrupted: whether it took effect is unknown, so it
is answered as failed and never repeated. A question about a card may be asked again.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gateway.canonical import from_json, to_json
from gateway.errors import BackendFailed, Unsupported
from gateway.holding import Holding
from gateway.log import logger
from gateway.model import messages as m
from gateway.model.common import Reason
from gateway.model.session import SessionIds
from gateway.ports import Connection
from gateway.store import inbox
from gateway.store.database import Transaction
from gateway.together import Part, Together

_log = logger(__name__)
Ask = Callable[[], Awaitable[Any]]
ANSWERS: Mapping[type[m.Message[Any]], type[m.Answer]] = {
    m.StartSession: m.CommandResult,
    m.StopSession: m.CommandResult,
    m.ReserveEvse: m.CommandResult,
    m.CancelReservation: m.CommandResult,
    m.ReportEvent: m.EventReceipt,
    m.AuthorizeToken: m.Authorization,
    m.AuthorizeStop: m.Authorization,
}
INTERRUPTED = "the command was interrupted; whether it took effect is unknown, and it is not repeated"
KEPT_SECONDS = 3600.0
KEPT_BRIEFLY_SECONDS = 30.0
"""For a stop that was not done: the hubs' stops have no id of their own, and a driver presses the button again."""
_LOOK_SECONDS = 0.1


class Answers:
    """The answers that are remembered, and the questions being answered just now."""

    def __init__(self, holding: Holding, *, patience_seconds: float = 20.0) -> None:
        self._holding, self._patience = holding, patience_seconds
        self._running: dict[tuple[str, str], asyncio.Future[Any]] = {}

    async def once(
        self, connection: Connection, message: m.Message[Any], ask: Ask, together: Together | None = None
    ) -> Any:
        """The answer of `ask`, or the one that was given to the same question before.

        It goes on where the caller is cancelled: a command is not left half done. Who gives `together` cannot be
        cancelled, and writes it before the answer leaves. Raises what `ask` raises, and BackendFailed for a repeated
        question whose answer does not come in time.
        """
        key = key_of(message)
        if key is None:
            return await ask()
        place = (connection.name, key)
        running = self._running.get(place)
        if running is not None:
            return await asyncio.shield(running)
        asking = self._answer(connection.name, key, message, ask, together)
        if together is not None:
            return await self._asked_together(place, asking, together)
        task = asyncio.create_task(asking, name=f"question {key}")
        self._running[place] = task
        task.add_done_callback(lambda done: self._over(place, done))
        return await asyncio.shield(task)

    async def close(self, seconds: float = 10.0) -> None:
        """Waits for what is being answered."""
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=seconds)

    def _over(self, place: tuple[str, str], running: asyncio.Future[Any]) -> None:
        self._running.pop(place, None)
        if not running.cancelled():
            running.exception()  # who asked has heard of it, or has gone away

    async def _asked_together(self, place: tuple[str, str], asking: Awaitable[Any], together: Together) -> Any:
        """Who asks the same meanwhile has the answer when it is in the store, or hears what was in the way."""
        running = asyncio.get_running_loop().create_future()
        self._running[place] = running
        running.add_done_callback(lambda done: self._over(place, done))
        try:
            answer = await asking
        except BaseException as error:
            running.cancel() if isinstance(error, asyncio.CancelledError) else running.set_exception(error)
            raise
        together.when_over(lambda error: running.set_result(answer) if error is None else running.set_exception(error))
        return answer

    # --- one question --------------------------------------------------------------------------------------------

    async def _answer(
        self, connection: str, key: str, message: m.Message[Any], ask: Ask, together: Together | None
    ) -> Any:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience
        while True:
            item, new = await self._asked(connection, key, message)
            if new:
                return await self._ask(item, message, ask, together)
            if item.answer is not None:
                return _stored(item, message)
            if item.words is not None:
                raise BackendFailed(item.words)
            if not item.is_leased(self._holding.now()):
                return await self._orphan(item, message, ask, together)
            if loop.time() >= until:
                raise BackendFailed("the same question is still being answered")
            await asyncio.sleep(_LOOK_SECONDS)

    async def _asked(self, connection: str, key: str, message: m.Message[Any]) -> tuple[inbox.Item, bool]:
        values: dict[str, Any] = {"connection": connection, "key": key, "kind": type(message).__name__}
        values |= {"lease": self._holding.lease, "keep_seconds": KEPT_SECONDS, "now": self._holding.now()}
        return await self._holding.write(lambda transaction: inbox.asked(transaction, **values))

    async def _ask(self, item: inbox.Item, message: m.Message[Any], ask: Ask, together: Together | None) -> Any:
        expected = ANSWERS[type(message)]
        try:
            answer = await self._holding.during(item, ask())
            if not isinstance(answer, expected):
                raise BackendFailed(f"{type(answer).__name__} is no answer to {item.kind}")
        except Exception as error:
            await self._failed(item, message, error)
            raise
        if together is None:
            await self._remember(item, message, answer)
        else:
            self._join(together, item, message, answer)
        return answer

    def _join(self, together: Together, item: inbox.Item, message: m.Message[Any], answer: m.Answer) -> None:
        text, until = self._text_of(answer), self._known_until(message, answer)
        counts = [True]

        def answered(transaction: Transaction) -> None:
            counts[0] = inbox.answered(transaction, item, text, until)

        part = Part(
            answered,
            lambda: self._remember(item, message, answer),
            lambda error: self._failed(item, message, error),
        )
        together.add(part)
        together.when_over(lambda _: None if counts[0] else _too_late(item))

    async def _failed(self, item: inbox.Item, message: m.Message[Any], error: Exception) -> None:
        """A command that failed may have taken effect; all else is as if it had not been asked."""
        if not _is_command(message) or isinstance(error, Unsupported):
            await self._holding.write(lambda transaction: inbox.dropped(transaction, item))
            return
        until = self._holding.now() + timedelta(seconds=_kept(message, None))
        words = f"the command failed when it was first asked for ({type(error).__name__})"
        await self._holding.write(lambda transaction: inbox.failed(transaction, item, words, until))

    async def _remember(self, item: inbox.Item, message: m.Message[Any], answer: m.Answer) -> None:
        """An answer that cannot be stored is given all the same: what was done is done."""
        text, until = self._text_of(answer), self._known_until(message, answer)
        try:
            counts = await self._holding.write(lambda transaction: inbox.answered(transaction, item, text, until))
            if not counts:
                _too_late(item)
        except Exception:
            _log.exception("an answer is not remembered", item=item.id, kind=item.kind)

    def _known_until(self, message: m.Message[Any], answer: m.Answer) -> datetime:
        return self._holding.now() + timedelta(seconds=_kept(message, answer))

    @staticmethod
    def _text_of(answer: m.Answer) -> str:
        return json.dumps(to_json(_without_pin(answer)))

    async def _orphan(self, item: inbox.Item, message: m.Message[Any], ask: Ask, together: Together | None) -> Any:
        """Whoever asked has died over it."""
        mine = await self._holding.claim(item)
        if mine is None:
            return await self._answer(item.connection, item.key, message, ask, together)
        if not _is_command(message):
            return await self._ask(mine, message, ask, together)
        _log.warning("a command was interrupted", connection=item.connection, kind=item.kind)
        answer = m.CommandResult(status=m.CommandStatus.FAILED, reason=Reason(text=INTERRUPTED))
        await self._remember(mine, message, answer)
        return answer


def _too_late(item: inbox.Item) -> None:
    _log.warning("an answer came after the question was given up", item=item.id, kind=item.kind)


def key_of(message: m.Message[Any]) -> str | None:
    """The hub's name for the question and a digest of what it says; None for a question that is new each time.

    A PIN is not stored, not even as a digest. A command is known without it: it takes effect once for its session.
    A question with one is always new, as the next PIN may be the right one.
    """
    if type(message) not in ANSWERS or (_has_pin(message) and not _is_command(message)):
        return None
    ids = _ids(message)
    own = (ids.cpo or ids.emsp) if _is_command(message) else None
    name = ids.hub or message.transaction or own
    if not name:
        return None
    content = _plain(to_json(_without_own_pin(_bare(message))))
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f"{type(message).__name__}/{name}/{digest[:32]}"


def _bare(message: m.Message[Any]) -> m.Message[Any]:
    """What makes it another question: not its exchange, nor how long a driver without a reservation yet wants one."""
    if isinstance(message, m.ReserveEvse) and _in_a_session(message):
        message = replace(message, until=None, minutes=None)
    return replace(message, transaction=None)


def _plain(document: Any) -> Any:
    """Without what only one exchange is marked with."""
    if isinstance(document, dict):
        return {name: _plain(member) for name, member in document.items() if name != "extensions"}
    return [_plain(member) for member in document] if isinstance(document, list) else document


def _is_command(message: m.Message[Any]) -> bool:
    return isinstance(message, (m.StartSession, m.StopSession, m.ReserveEvse, m.CancelReservation))


def _ids(message: m.Message[Any]) -> SessionIds:
    if isinstance(message, m.ReportEvent):
        return message.session.ids if message.session else SessionIds()
    ids: SessionIds = getattr(message, "session", SessionIds())
    return ids


def _has_pin(message: m.Message[Any]) -> bool:
    about = message.session if isinstance(message, m.ReportEvent) else message
    token = getattr(about, "token", None)
    return token is not None and token.pin is not None


def _without_own_pin(message: m.Message[Any]) -> m.Message[Any]:
    if not isinstance(message, (m.StartSession, m.ReserveEvse)) or message.token is None:
        return message
    return replace(message, token=replace(message.token, pin=None))


def _without_pin(answer: m.Answer) -> m.Answer:
    if not isinstance(answer, m.Authorization):
        return answer
    token = replace(answer.token, pin=None) if answer.token is not None else None
    return replace(answer, token=token, stop_tokens=tuple(replace(one, pin=None) for one in answer.stop_tokens))


_PASSING = (
    m.CommandStatus.EVSE_OCCUPIED, m.CommandStatus.EVSE_INOPERATIVE, m.CommandStatus.NO_EV_CONNECTED,
    m.CommandStatus.REJECTED,
)  # fmt: skip
"""Refusals that may be over in a minute: the driver plugs in and asks again, under the same name."""


def _in_a_session(message: m.Message[Any]) -> bool:
    """A start in a session that is open already, or a reservation whose name the operator makes (OCHPdirect)."""
    if isinstance(message, m.StartSession):
        return message.token is None
    return isinstance(message, m.ReserveEvse) and not message.session


def _kept(message: m.Message[Any], answer: m.Answer | None) -> float:
    """Seconds. A start and an authorisation have the hub's id of their own; a stop only where it has an action's.

    A reservation whose name the operator makes was not made where it failed: the driver asks again for the same EVSE.
    An event is told apart by its time; of those without one the next may say the same.
    """
    if isinstance(message, m.ReportEvent):
        return KEPT_SECONDS if message.event is not None and message.event.at is not None else KEPT_BRIEFLY_SECONDS
    if _in_a_session(message):
        given = answer.status if isinstance(answer, m.CommandResult) else None
        free = given in _PASSING or (isinstance(message, m.ReserveEvse) and given is not m.CommandStatus.ACCEPTED)
        return KEPT_BRIEFLY_SECONDS if free else KEPT_SECONDS
    if isinstance(message, (m.StartSession, m.ReserveEvse, m.AuthorizeToken)) or getattr(message, "action_id", None):
        return KEPT_SECONDS
    done = isinstance(answer, m.CommandResult) and answer.status is m.CommandStatus.ACCEPTED
    allowed = isinstance(answer, m.Authorization) and answer.allowed is m.Allowed.ALLOWED
    return KEPT_SECONDS if done or allowed else KEPT_BRIEFLY_SECONDS


def _stored(item: inbox.Item, message: m.Message[Any]) -> m.Answer:
    try:
        return from_json(ANSWERS[type(message)], json.loads(item.answer or ""))
    except Exception as error:
        raise BackendFailed("what was answered before cannot be read") from error
