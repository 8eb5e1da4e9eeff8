"""One try of an entry, or of several as one request, and what came of it."""

import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from gateway.delivery.deliveries import readable
from gateway.delivery.outcomes import Outcome, listed, of_answer, of_failure
from gateway.delivery.owed import PLANNED, policy_of
from gateway.delivery.steady import Steady
from gateway.delivery.taking import Known
from gateway.errors import GatewayError
from gateway.log import logger
from gateway.model import messages as m
from gateway.ports import Policy
from gateway.store import Database, outbox
from gateway.store.outbox import ChangedMeanwhile, Entry

_TRIES_TOGETHER = 3
_log = logger(__name__)
Send = Callable[[str, m.Message[Any], Steady], Awaitable[m.Answer]]
"""(connection name, message, what makes tries the same) → the hub's answer."""
Tried = Sequence[tuple[Entry, Outcome]]


class Attempts:
    """Sends what was taken. Nothing that goes wrong here stops a lane."""

    def __init__(
        self,
        database: Database,
        known: Known,
        send: Send,
        now: Callable[[], datetime],
        observe: Callable[[Entry, Outcome, float], None] | None,
    ) -> None:
        self._database, self._known, self._send, self._now, self._observe = database, known, send, now, observe

    async def tried(self, entries: Sequence[Entry]) -> Tried:
        """Each entry with its outcome."""
        began = time.perf_counter()
        messages = [readable(entry) for entry in entries]
        pairs = zip(entries, messages, strict=True)
        unreadable = [entry for entry, message in pairs if message is None or not _is_whole(entry)]
        if unreadable:
            return _apart(entries, unreadable)
        outcomes = await self._outcomes(entries, [message for message in messages if message is not None])
        if self._observe is not None:
            for entry, outcome in outcomes:
                self._observe(entry, outcome, time.perf_counter() - began)
        return outcomes

    async def _outcomes(self, entries: Sequence[Entry], messages: Sequence[m.Message[Any]]) -> Tried:
        first, policy = entries[0], self._policy(entries[0])
        steady = self._steady(first)
        try:
            answer = await self._send(first.connection, _as_one(messages), steady)
        except GatewayError as error:
            outcomes = [(entry, of_failure(error, entry, policy)) for entry in entries]
        except ChangedMeanwhile as error:
            # Nothing was sent; whoever has the entry now decides, and our word is not written down.
            outcomes = [(entry, Outcome("waiting", words=str(error))) for entry in entries]
        except SQLAlchemyError as error:
            _log.exception("delivery failed", entry=first.id, kind=first.kind)
            outcomes = [(entry, _fault_of_the_store(error, steady.exchanged)) for entry in entries]
        except Exception as error:
            _log.exception("delivery failed", entry=first.id, kind=first.kind)
            outcomes = [(entry, _fault_of_ours(error, steady.exchanged)) for entry in entries]
        else:
            if len(entries) == 1:
                return [(first, _of_single(first, answer, policy))]
            outcomes = list(_of_batch(entries, messages, answer, policy))
        return outcomes if len(entries) == 1 else [(entry, _of_many(entry, outcome)) for entry, outcome in outcomes]

    async def _confirmed(self, first: Entry) -> None:
        """A worker that slept beyond its lease must not send an old push after newer ones."""
        await self._database.write(lambda transaction: outbox.confirmed(transaction, first))

    def _policy(self, entry: Entry) -> Policy:
        return policy_of(entry.kind, *self._known[entry.connection])

    def _steady(self, first: Entry) -> Steady:
        at = datetime.fromisoformat(first.created_at)
        if first.kind in PLANNED:
            return Steady(first.key, at, None, None, lambda: self._confirmed(first))

        async def keep(sent: str) -> None:
            await self._database.write(lambda transaction: outbox.recorded(transaction, first, sent))

        return Steady(first.key, at, first.sent, keep)


def _is_whole(entry: Entry) -> bool:
    """Whether what the row says beside its message can be read."""
    try:
        datetime.fromisoformat(entry.created_at)
        return isinstance(json.loads(entry.sent or "[]"), list)
    except ValueError:
        return False


def _as_one(messages: Sequence[m.Message[Any]]) -> m.Message[Any]:
    if len(messages) == 1:
        return messages[0]
    answers = [one for one in messages if isinstance(one, m.ConfirmCdrs)]
    if answers:
        approved = tuple(name for one in answers for name in one.approved)
        return m.ConfirmCdrs(approved=approved, declined=tuple(name for one in answers for name in one.declined))
    return m.SubmitCdrs(cdrs=tuple(one.cdr for one in messages if isinstance(one, m.SubmitCdr) and one.cdr))


def _apart(entries: Sequence[Entry], unreadable: Sequence[Entry]) -> Tried:
    """A damaged row is set aside; those that were taken with it are sent at the next turn."""
    damaged = Outcome("refused", "unreadable", "the stored message cannot be read; it was not sent again")
    others = Outcome("waiting", words="taken together with a row that cannot be read", wait_seconds=0.0, alone=True)
    return [(entry, damaged if entry in unreadable else others) for entry in entries]


def _of_batch(entries: Sequence[Entry], messages: Sequence[m.Message[Any]], answer: m.Answer, policy: Policy) -> Tried:
    """Who is named as not taken is refused, the others were taken."""
    whole = of_answer(answer)
    named = set(answer.refused) if isinstance(answer, m.CdrReceipt) else set()
    names = [one.cdr.id if isinstance(one, m.SubmitCdr) and one.cdr else None for one in messages]
    if whole.state == "unknown" or not named <= set(names):
        words = f"the answer does not say which records were taken ({', '.join(sorted(named))})"
        return [(entry, Outcome("unknown", whole.code, words, passing=True)) for entry in entries]
    if whole.state == "refused" and not named:
        return [(entry, replace(whole, answer=None)) for entry in entries]
    taken = replace(whole, state="accepted")
    return [
        (entry, listed(entry, whole, policy) if name in named else taken)
        for entry, name in zip(entries, names, strict=True)
    ]


def _of_single(entry: Entry, answer: m.Answer, policy: Policy) -> Outcome:
    outcome = of_answer(answer)
    named = isinstance(answer, m.CdrReceipt) and bool(answer.refused)
    return listed(entry, outcome, policy) if named and outcome.state == "refused" else outcome


def _of_many(entry: Entry, outcome: Outcome) -> Outcome:
    """What was declined as a whole, or fails again and again, is tried one by one: one bad record must not cost all."""
    if outcome.doubtful:
        return replace(outcome, state="unknown", passing=True)
    if outcome.answer is None and outcome.state == "refused":
        return replace(outcome, state="waiting", wait_seconds=0.0, alone=True)
    return replace(outcome, alone=True) if outcome.passing and entry.tries >= _TRIES_TOGETHER else outcome


def _fault_of_the_store(error: SQLAlchemyError, exchanged: bool) -> Outcome:
    """It says nothing of the message, which is tried again."""
    return Outcome("unknown" if exchanged else "waiting", words=f"the store has failed ({type(error).__name__})")


def _fault_of_ours(error: Exception, exchanged: bool) -> Outcome:
    """Nothing is lost: a person sees it among the refused, and a retry is the same message again."""
    words = f"internal error ({type(error).__name__})"
    if exchanged:
        return Outcome("refused", "internal", f"{words}, after it was handed to the network", doubtful=True)
    return Outcome("refused", "internal", words)
