"""A status on its way: the row of its EVSE holds the newest one, so what it costs does not follow the fleet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from gateway.hub import Hub
from gateway.model.ids import PartyId
from gateway.model.kinds import EvseStatus
from gateway.publishing.outcomes import is_parking
from gateway.publishing.records import takes_data
from gateway.publishing.refreshing import held_for, validity
from gateway.publishing.results import StatusTaken
from gateway.publishing.states import WAITS
from gateway.store import publications
from gateway.store.database import Transaction, stamp
from gateway.store.publications import Published


class Place(Protocol):
    """What has a status: an EVSE, or a parking spot. `compact` names its row, the text is as it was spelled."""

    @property
    def compact(self) -> str: ...
    @property
    def party(self) -> PartyId | None: ...


@dataclass(frozen=True, slots=True)
class Told:
    """A status as the backend tells it; times are stamps."""

    evse: Place
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
    if _needs_data(hub, told) and (row is None or (row.wanted is None and row.broken is None)):
        return StatusTaken(name, "dropped", f"{told.evse} is not published at {name}"), None
    return _newest(hub, row or _blank(hub, told, now), told, now)


def _needs_data(hub: Hub, told: Told) -> bool:
    """An EVSE is there once its data is; a parking spot has none of its own."""
    return takes_data(hub) and not is_parking(told.evse.compact)


def _newest(hub: Hub, row: Published, told: Told, now: str) -> tuple[StatusTaken, Published | None]:
    name = hub.connection.name
    if row.status_at is not None and told.at < row.status_at:
        return StatusTaken(name, "older", f"a newer status is known, of {row.status_at}"), None
    until = told.until or _until(hub, told, now)
    same_end = row.status_until == told.until if until == told.until else row.status_until is not None
    if row.status_state in ("sending", "current") and row.status == told.status.value and same_end:
        return StatusTaken(name, "unchanged"), replace(row, status_at=told.at)
    state = "due" if row.there in ("said", "yes") or not _needs_data(hub, told) else WAITS
    after = replace(
        row, status=told.status.value, status_at=told.at, status_until=until, status_state=state, status_words=None
    )
    words = "the hub has not accepted the data of its EVSE yet" if state == WAITS else ""
    return StatusTaken(name, state, words), after


def _until(hub: Hub, told: Told, now: str) -> str | None:
    """The end that the gateway sets, and prolongs, where the platform names none."""
    seconds = held_for(validity(hub), told.status.value)
    return stamp(datetime.fromisoformat(now) + timedelta(seconds=seconds)) if seconds else None


def _blank(hub: Hub, told: Told, now: str) -> Published:
    party = told.evse.party if hub.connection.carries(told.evse.party) else hub.connection.party
    assert party is not None
    return Published(
        connection=hub.connection.name,
        evse=told.evse.compact,
        spelled=str(told.evse),
        operator=party.compact,
        changed_at=now,
    )
