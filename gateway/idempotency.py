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
from datetime import timedelta
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

_log = logger(__name__)
Ask = Callable[[], Awaitable[Any]]
ANSWERS: Mapping[type[m.Message[Any]], type[m.Answer]] = {
    m.StartSession: m.CommandResult,
    m.StopSession: m.CommandResult,
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
        self._running: dict[tuple[str, str], asyncio.Task[Any]] = {}

    async def once(self, connection: Connection, message: m.Message[Any], ask: Ask) -> Any:
        """The answer of `ask`, or the one that was given to the same question before.

        It goes on where the caller is cancelled: a command is not left half done. Raises what `ask` raises, and
        BackendFailed for a repeated question whose answer does not come in time.
        """
        key = key_of(message)
        if key is None:
            return await ask()
        place = (connection.name, key)
        running = self._running.get(place)
        if running is None:
            running = asyncio.create_task(self._answer(connection.name, key, message, ask), name=f"question {key}")
            self._running[place] = running
            running.add_done_callback(lambda done: self._over(place, done))
        return await asyncio.shield(running)

    async def close(self, seconds: float = 10.0) -> None:
        """Waits for what is being answered."""
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=seconds)

    def _over(self, place: tuple[str, str], task: asyncio.Task[Any]) -> None:
        self._running.pop(place, None)
        if not task.cancelled():
            task.exception()  # who asked has heard of it, or has gone away

    # --- one question --------------------------------------------------------------------------------------------

    async def _answer(self, connection: str, key: str, message: m.Message[Any], ask: Ask) -> Any:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience
        while True:
            item, new = await self._asked(connection, key, message)
            if new:
                return await self._ask(item, message, ask)
            if item.answer is not None:
                return _stored(item, message)
            if item.words is not None:
                raise BackendFailed(item.words)
            if not item.is_leased(self._holding.now()):
                return await self._orphan(item, message, ask)
            if loop.time() >= until:
                raise BackendFailed("the same question is still being answered")
            await asyncio.sleep(_LOOK_SECONDS)

    async def _asked(self, connection: str, key: str, message: m.Message[Any]) -> tuple[inbox.Item, bool]:
        values: dict[str, Any] = {"connection": connection, "key": key, "kind": type(message).__name__}
        values |= {"lease": self._holding.lease, "keep_seconds": KEPT_SECONDS, "now": self._holding.now()}
        return await self._holding.write(lambda transaction: inbox.asked(transaction, **values))

    async def _ask(self, item: inbox.Item, message: m.Message[Any], ask: Ask) -> Any:
        expected = ANSWERS[type(message)]
        try:
            answer = await self._holding.during(item, ask())
            if not isinstance(answer, expected):
                raise BackendFailed(f"{type(answer).__name__} is no answer to {item.kind}")
        except Exception as error:
            await self._failed(item, message, error)
            raise
        await self._remember(item, message, answer)
        return answer

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
        until = self._holding.now() + timedelta(seconds=_kept(message, answer))
        text = json.dumps(to_json(_without_pin(answer)))
        try:
            counts = await self._holding.write(lambda transaction: inbox.answered(transaction, item, text, until))
            if not counts:
                _log.warning("an answer came after the question was given up", item=item.id, kind=item.kind)
        except Exception:
            _log.exception("an answer is not remembered", item=item.id, kind=item.kind)

    async def _orphan(self, item: inbox.Item, message: m.Message[Any], ask: Ask) -> Any:
        """Whoever asked has died over it."""
        mine = await self._holding.claim(item)
        if mine is None:
            return await self._answer(item.connection, item.key, message, ask)
        if not _is_command(message):
            return await self._ask(mine, message, ask)
        _log.warning("a command was interrupted", connection=item.connection, kind=item.kind)
        answer = m.CommandResult(status=m.CommandStatus.FAILED, reason=Reason(text=INTERRUPTED))
        await self._remember(mine, message, answer)
        return answer


def key_of(message: m.Message[Any]) -> str | None:
    """The hub's name for the question and a digest of what it says; None for a question that is new each time.

    A PIN is not stored, not even as a digest. A command is known without it: it takes effect once for its session.
    A question with one is always new, as the next PIN may be the right one.
    """
    if type(message) not in ANSWERS or (_has_pin(message) and not _is_command(message)):
        return None
    ids: SessionIds = getattr(message, "session", SessionIds())
    own = (ids.cpo or ids.emsp) if _is_command(message) else None
    name = ids.hub or message.transaction or own
    if not name:
        return None
    content = _plain(to_json(_without_own_pin(replace(message, transaction=None))))
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f"{type(message).__name__}/{name}/{digest[:32]}"


def _plain(document: Any) -> Any:
    """Without what only one exchange is marked with."""
    if isinstance(document, dict):
        return {name: _plain(member) for name, member in document.items() if name != "extensions"}
    return [_plain(member) for member in document] if isinstance(document, list) else document


def _is_command(message: m.Message[Any]) -> bool:
    return isinstance(message, (m.StartSession, m.StopSession))


def _has_pin(message: m.Message[Any]) -> bool:
    token = getattr(message, "token", None)
    return token is not None and token.pin is not None


def _without_own_pin(message: m.Message[Any]) -> m.Message[Any]:
    if not isinstance(message, m.StartSession) or message.token is None:
        return message
    return replace(message, token=replace(message.token, pin=None))


def _without_pin(answer: m.Answer) -> m.Answer:
    if not isinstance(answer, m.Authorization):
        return answer
    token = replace(answer.token, pin=None) if answer.token is not None else None
    return replace(answer, token=token, stop_tokens=tuple(replace(one, pin=None) for one in answer.stop_tokens))


def _kept(message: m.Message[Any], answer: m.Answer | None) -> float:
    """Seconds. A start and an authorisation have the hub's id of their own; a stop only where it has an action's."""
    if isinstance(message, (m.StartSession, m.AuthorizeToken)) or getattr(message, "action_id", None):
        return KEPT_SECONDS
    done = isinstance(answer, m.CommandResult) and answer.status is m.CommandStatus.ACCEPTED
    allowed = isinstance(answer, m.Authorization) and answer.allowed is m.Allowed.ALLOWED
    return KEPT_SECONDS if done or allowed else KEPT_BRIEFLY_SECONDS


def _stored(item: inbox.Item, message: m.Message[Any]) -> m.Answer:
    try:
        return from_json(ANSWERS[type(message)], json.loads(item.answer or ""))
    except Exception as error:
        raise BackendFailed("what was answered before cannot be read") from error
