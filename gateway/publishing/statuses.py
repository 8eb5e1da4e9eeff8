"""A status on its way: the row of its EVSE holds the newest one, so what it costs does not follow the fleet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.hub import Hub
from gateway.model.ids import EvseId
from gateway.model.kinds import EvseStatus
from gateway.publishing.records import takes_data
from gateway.publishing.results import StatusTaken
from gateway.publishing.states import WAITS
from gateway.store import publications
from gateway.store.database import Transaction
from gateway.store.publications import Published


@dataclass(frozen=True, slots=True)
class Told:
    """A status as the backend tells it; times are stamps."""

    evse: EvseId
    status: EvseStatus
    at: str
    until: str | None


def taken(transaction: Transaction, hubs: Sequence[Hub], told: Told, now: str) -> list[StatusTaken]:
    """One statement for all connections, and one for what changes."""
    names = [hub.connection.name for hub in hubs]
    rows = {row.connection: row for row in publications.everywhere(transaction, told.evse.compact, names)}
    outcomes: list[StatusTaken] = []
    new: list[Published] = []
    changed: list[Published] = []
    for hub in hubs:
        row = rows.get(hub.connection.name)
        outcome, after = _outcome(hub, row, told, now)
        outcomes.append(outcome)
        if after is not None:
            (new if row is None else changed).append(after)
    publications.added(transaction, new)
    publications.saved_statuses(transaction, changed)
    return outcomes


def _outcome(hub: Hub, row: Published | None, told: Told, now: str) -> tuple[StatusTaken, Published | None]:
    """What becomes of it, and the row if that changes."""
    name = hub.connection.name
    if takes_data(hub) and (row is None or (row.wanted is None and row.broken is None)):
        return StatusTaken(name, "dropped", f"{told.evse} is not published at {name}"), None
    row = row or _blank(name, told, now)
    if row.status_at is not None and told.at < row.status_at:
        return StatusTaken(name, "older", f"a newer status is known, of {row.status_at}"), None
    if row.status_state in ("sending", "current") and (row.status, row.status_until) == (told.status.value, told.until):
        return StatusTaken(name, "unchanged"), replace(row, status_at=told.at)
    state = "due" if row.there in ("said", "yes") or not takes_data(hub) else WAITS
    after = replace(
        row, status=told.status.value, status_at=told.at, status_until=told.until, status_state=state, status_words=None
    )
    words = "the hub has not accepted the data of its EVSE yet" if state == WAITS else ""
    return StatusTaken(name, state, words), after


def _blank(connection: str, told: Told, now: str) -> Published:
    assert told.evse.party is not None
    return Published(
        connection=connection,
        evse=told.evse.compact,
        spelled=str(told.evse),
        operator=told.evse.party.compact,
        changed_at=now,
    )
