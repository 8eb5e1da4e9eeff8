"""What the outcome of a try means for its entry, written in one transaction with all that depends on it."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gateway.canonical import to_json
from gateway.delivery.notices import NEWER, superseded
from gateway.delivery.outcomes import Outcome, rest
from gateway.delivery.owed import IN_ORDER, PLANNED, TOLD
from gateway.delivery.taking import Planner
from gateway.log import logger
from gateway.model import messages as m
from gateway.ports import Policy
from gateway.store import budgets, inbox, outbox
from gateway.store.database import Transaction, stamp
from gateway.store.outbox import Entry

LONGEST_WAIT_SECONDS = 24 * 3600.0
_log = logger(__name__)


class Settling:
    """One worker's writing down of outcomes; `tells`: the backend wants to hear of final states."""

    def __init__(
        self,
        *,
        planner: Planner | None,
        tells: bool,
        policy: Callable[[Entry], Policy],
        first_wait: float,
        witness: Callable[[Transaction, Entry], None] = lambda _, __: None,
    ) -> None:
        self._planner, self._tells, self._policy, self._first_wait = planner, tells, policy, first_wait
        self._witness = witness

    def settle(self, transaction: Transaction, entry: Entry, outcome: Outcome, now: datetime) -> Entry:
        """Moves an entry that was tried. Raises ValueError, and changes nothing, where somebody else has moved it."""
        outcome = self._doubted(transaction, entry, outcome)
        values: dict[str, Any] = {"code": _storable(outcome.code), "words": _storable(outcome.words)}
        if outcome.answer is not None:
            values["answer"] = json.dumps(to_json(outcome.answer))
        values |= self._counted(entry, outcome)
        wait = self._wait(entry, outcome)
        if outcome.state in outbox.OPEN:
            values |= self._later(entry, outcome, now, wait)
        changed = outbox.change(transaction, entry, outcome.state, now, **values)
        if changed.state == "waiting" and superseded(transaction, changed):
            changed = outbox.change(transaction, changed, "withdrawn", now, words=NEWER)
        if outcome.closes:
            budgets.closed(transaction, entry.connection, entry.kind, now, rest(outcome, wait))
        _log.info("delivery", entry=entry.id, lane=entry.lane, kind=entry.kind, state=outcome.state, code=outcome.code)
        if changed.state in outbox.CLOSED:
            self.final(transaction, changed, outcome.answer, now)
        return changed

    def _doubted(self, transaction: Transaction, entry: Entry, outcome: Outcome) -> Outcome:
        """Where another record of the session was taken, "closed already" says nothing of this one."""
        if not (outcome.was_there and outcome.state == "accepted" and entry.session):
            return outcome
        taken = outbox.listed(transaction, state="accepted", connection=entry.connection, session=entry.session)
        if all(other.kind != entry.kind for other in taken):
            return outcome
        return replace(outcome, state="refused", words=f"the hub has another record of this session ({outcome.words})")

    def _counted(self, entry: Entry, outcome: Outcome) -> dict[str, Any]:
        """The bytes of a try, and those it was sent with, are remembered for as long as it may have arrived."""
        counted = {"unknown_tries": entry.unknown_tries + (outcome.state == "unknown" or outcome.doubtful)}
        parted = outcome.state == "refused" and entry.batch not in (None, outbox.ALONE)
        if outcome.alone or parted:
            return counted | {"batch": outbox.ALONE, "sent": None}
        if counted["unknown_tries"] or outcome.state == "accepted":
            return counted
        return {"sent": None} | ({} if entry.batch == outbox.ALONE else {"batch": None})

    def _later(self, entry: Entry, outcome: Outcome, now: datetime, wait: float) -> dict[str, Any]:
        values: dict[str, Any] = {"next_try_at": stamp(now + timedelta(seconds=wait))}
        if self._makes_way(entry, outcome):
            values["lane"] = f"{entry.lane}/aside/{entry.id}"
        return values

    def _makes_way(self, entry: Entry, outcome: Outcome) -> bool:
        """A record that the hub fails at again and again, though it answers, goes on in a lane of its own."""
        together = entry.batch not in (None, outbox.ALONE)
        if not outcome.passing or together or entry.kind in IN_ORDER or "/aside/" in entry.lane:
            return False
        return entry.tries >= self._policy(entry).tries_in_line

    def _wait(self, entry: Entry, outcome: Outcome) -> float:
        """What the hub asked for, a day at most; else it doubles to an hour at most, with a quarter of jitter."""
        if outcome.wait_seconds is not None:
            return min(outcome.wait_seconds * random.uniform(1.0, 1.1), LONGEST_WAIT_SECONDS)
        return min(3600.0, self._first_wait * 2.0 ** min(entry.tries - 1, 16)) * random.uniform(0.75, 1.25)

    def final(self, transaction: Transaction, entry: Entry, answer: m.Answer | None, now: datetime) -> None:
        """In the same transaction: what the publisher and the witness remember, and the word to the backend."""
        self._witness(transaction, entry)
        if self._planner is not None and entry.kind in PLANNED:
            self._planner.settled(transaction, entry, answer)
        if not self._tells:
            return
        said = {"entry": entry.id, "state": entry.state, "code": entry.code, "words": entry.words}
        key = f"delivery/{entry.id}/{outbox.ends(transaction, entry.id)}"
        inbox.put(transaction, connection=entry.connection, key=key, kind=TOLD, message=json.dumps(said), now=now)


def _storable(text: str | None) -> str | None:
    """A hub's words as every database takes them: no NUL, no half of a surrogate pair."""
    return text and text.replace("\0", "\ufffd").encode("utf-8", errors="replace").decode()
