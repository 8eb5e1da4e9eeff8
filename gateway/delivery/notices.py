"""Of the progress of a session only the newest waits, and none once the session has ended."""

from collections.abc import Iterator
from typing import Any

from gateway.delivery.owed import PROGRESS_LANE, ids_of, lane_of, policy_of
from gateway.model import messages as m
from gateway.model.cdr import CdrNature
from gateway.model.session import Session, SessionEvent, SessionEventKind
from gateway.ports import Connection, Profile
from gateway.preparing import kind_of
from gateway.store import outbox
from gateway.store.database import Transaction
from gateway.store.outbox import Entry

_PROGRESS = SessionEvent(kind=SessionEventKind.PROGRESS)
NEWER = "a newer progress goes in its place"


def overtaken(
    transaction: Transaction, known: tuple[Connection, Profile], message: m.Message[Any], entry: Entry
) -> Iterator[tuple[Entry, str]]:
    """(an older entry that waits and has not been seen by the hub, why it need not go any more)."""
    words = _words(message)
    if words is None:
        return
    about = m.ReportEvent(event=_PROGRESS, session=Session(ids=ids_of(message)))
    lane = lane_of(about, known[0], policy_of("ReportEvent", *known))
    for waiting in outbox.waiting(transaction, lane):
        if waiting.id != entry.id and not waiting.unknown_tries:
            yield waiting, words


def _words(message: m.Message[Any]) -> str | None:
    kind = kind_of(message)
    if kind is SessionEventKind.PROGRESS:
        return NEWER
    if kind is SessionEventKind.END:
        return "the charging has ended"
    final = isinstance(message, m.SubmitCdr) and message.cdr and message.cdr.nature is not CdrNature.INTERMEDIATE
    return "the session's CDR is there" if final else None


def superseded(transaction: Transaction, entry: Entry) -> bool:
    """Whether a progress was to be sent just when a newer one came."""
    if entry.kind != "ReportEvent" or not entry.lane.endswith(PROGRESS_LANE) or entry.unknown_tries:
        return False
    return any(other.id > entry.id for other in outbox.head(transaction, entry.lane, 2))
