"""An owed message as people and the backend see it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.delivery.owed import read_back
from gateway.errors import GatewayError
from gateway.model import messages as m
from gateway.store import lanes, outbox
from gateway.store.database import Transaction, stamp
from gateway.store.outbox import OPEN, Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How far an owed message is. `state`: waiting, sending, unknown, accepted, refused, withdrawn.

    `overdue`: open, and older than its deadline. `message` is None where the stored row cannot be read.
    """

    id: int
    connection: str
    lane: str
    kind: str
    state: str
    tries: int
    unknown_tries: int = 0
    session: str | None
    code: str | None
    words: str | None
    overdue: bool = False
    created_at: str = ""
    next_try_at: str | None = None
    message: m.Message[Any] | None
    answer: Mapping[str, Any] | None = None


def delivery(entry: Entry, now: datetime) -> Delivery:
    """`next_try_at` is a stamp, and only there while the entry is open."""
    is_open = entry.state in OPEN
    return Delivery(
        id=entry.id,
        connection=entry.connection,
        lane=entry.lane,
        kind=entry.kind,
        state=entry.state,
        tries=entry.tries,
        unknown_tries=entry.unknown_tries,
        session=entry.session,
        code=entry.code,
        words=entry.words,
        overdue=is_open and entry.deadline_at is not None and entry.deadline_at < stamp(now),
        created_at=entry.created_at,
        next_try_at=entry.next_try_at if is_open else None,
        message=readable(entry),
        answer=_answer(entry),
    )


def _answer(entry: Entry) -> Mapping[str, Any] | None:
    try:
        answer = json.loads(entry.answer) if entry.answer else None
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def readable(entry: Entry) -> m.Message[Any] | None:
    """The stored message, or None where the row is damaged or of another version."""
    try:
        return read_back(entry.kind, entry.message)
    except (GatewayError, ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneState:
    """A lane as people see it. `oldest_at` is when its oldest open entry came, `worker` who drains it just now."""

    lane: str
    open: int = 0
    oldest_at: str | None = None
    next_try_at: str | None = None
    worker: str | None = None
    paused_at: str | None = None
    reason: str | None = None


def lane_states(transaction: Transaction, now: datetime) -> Sequence[LaneState]:
    """Every lane that has something open, or is paused, by name."""
    pauses, leases = lanes.pauses(transaction), {one.lane: one.owner for one in lanes.leases(transaction, now)}
    counts = {row.lane: row for row in outbox.open_by_lane(transaction)}
    return [
        _lane_state(lane, counts.get(lane), lanes.pause_of(lane, pauses), leases.get(lane))
        for lane in sorted({*counts, *(pause.lane for pause in pauses)})
    ]


def _lane_state(lane: str, row: Any, pause: lanes.Lane | None, worker: str | None) -> LaneState:
    return LaneState(
        lane=lane,
        open=row.open if row else 0,
        oldest_at=row.oldest_at if row else None,
        next_try_at=row.next_try_at if row else None,
        worker=worker,
        paused_at=pause.paused_at if pause else None,
        reason=pause.reason if pause else None,
    )
