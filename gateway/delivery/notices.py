"""Of the progress of a session only the newest waits, and none once the session has ended.

The connection's or its profile's option `tells_of_cdr`: when the CDR of a session that an eMSP has opened itself was
delivered, the eMSP is told so (OCHPdirect: InformProvider finish).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from gateway.connections import option
from gateway.delivery.owed import PROGRESS_LANE, ids_of, lane_of, policy_of, read_back
from gateway.model import messages as m
from gateway.model.cdr import CdrNature, CdrStatus
from gateway.model.session import AuthMethod, Session, SessionEvent, SessionEventKind, SessionIds
from gateway.naming import operator_named
from gateway.ports import Connection, Profile
from gateway.preparing import kind_of
from gateway.store import outbox, sessions
from gateway.store.database import Transaction
from gateway.store.outbox import Entry

_PROGRESS = SessionEvent(kind=SessionEventKind.PROGRESS)
_EVENTS_LEAD_SECONDS, _MOST_EVENTS = 60.0, 20
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


def told_of_cdr(
    transaction: Transaction, known: tuple[Connection, Profile] | None, entry: Entry
) -> m.ReportEvent | None:
    """What an eMSP is told once the CDR of its session is delivered; None where it is not to be told."""
    if known is None or entry.kind != m.SubmitCdr.__name__ or entry.state != "accepted":
        return None
    if not option(*known, "tells_of_cdr"):
        return None
    message = read_back(entry.kind, entry.message)
    cdr = message.cdr if isinstance(message, m.SubmitCdr) else None
    if cdr is None or cdr.nature is CdrNature.INTERMEDIATE or cdr.status in (CdrStatus.REVISED, CdrStatus.REJECTED):
        return None
    session = sessions.find(transaction, entry.connection, cdr.session, operator_named(cdr))
    if session is None or session.ids.hub is None or session.auth_method is not AuthMethod.COMMAND:
        return None
    about = Session(
        ids=session.ids,
        evse=session.evse,
        token=session.token,
        energy_kwh=cdr.energy_kwh if cdr.energy_known is not False else None,
        currency=cdr.currency,
        total_cost=cdr.total_cost,
    )
    return m.ReportEvent(event=SessionEvent(kind=SessionEventKind.SETTLED), session=about)


def events_first(transaction: Transaction, known: tuple[Connection, Profile], entry: Entry, now: datetime) -> bool:
    """Whether events of a CDR's session are to be tried once before it, so that its end is not told after it.

    Never for longer than a minute: an event that cannot leave holds up no money.
    """
    old = datetime.fromisoformat(entry.created_at) < now - timedelta(seconds=_EVENTS_LEAD_SECONDS)
    if entry.kind != m.SubmitCdr.__name__ or entry.tries or entry.session is None or old:
        return False
    about = m.ReportEvent(session=Session(ids=SessionIds(hub=entry.session)))
    lane = lane_of(about, known[0], policy_of("ReportEvent", *known))
    return any(
        other.id < entry.id and (other.tries == 0 or other.state == "sending")
        for other in outbox.head(transaction, lane, _MOST_EVENTS)
    )
