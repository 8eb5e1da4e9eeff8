"""The planner of the lanes for EVSE data and statuses: what is pushed next, and what has become of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.delivery.owed import lane_of, policy_of
from gateway.delivery.taking import Hold, Planned
from gateway.errors import Invalid
from gateway.hub import Hub
from gateway.log import logger
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.ids import EvseId
from gateway.model.kinds import EvseStatus
from gateway.model.location import Location
from gateway.ports import Publishing
from gateway.publishing.full_load import loadable, unnamed
from gateway.publishing.outcomes import Pushed, is_parking, pushed
from gateway.publishing.records import location_of, message_of, takes_data
from gateway.publishing.settling import (
    ended_load,
    is_load,
    learned,
    replanned,
    replanned_statuses,
    settled_data,
    settled_statuses,
)
from gateway.publishing.states import DUE, REMOVAL
from gateway.store import publications
from gateway.store.database import Transaction, stamp
from gateway.store.outbox import Entry
from gateway.store.publications import Published

_ACTIONS = {"insert": m.PushAction.INSERT, "update": m.PushAction.UPDATE, "remove": m.PushAction.DELETE}
_KINDS = (m.PublishEvses.__name__, m.PublishStatuses.__name__)
_log = logger(__name__)


def nothing_holds(*_: object) -> str | None:
    """The `Hold` of a gateway that knows no registrations."""
    return None


def cpo_hubs(hubs: Mapping[str, Hub]) -> Mapping[str, Hub]:
    return {name: hub for name, hub in hubs.items() if hub.connection.role is Role.CPO}


class PublicationPlanner:
    """A `Planner`. Inserts go first, then updates, removals last, each as one push of one action."""

    def __init__(self, hubs: Mapping[str, Hub], hold: Hold, now: Callable[[], datetime]) -> None:
        self._hubs, self._hold, self._now = cpo_hubs(hubs), hold, now
        self._data = {_lane(hub, m.PublishEvses()): hub for hub in self._hubs.values() if takes_data(hub)}
        self._statuses = {_lane(hub, m.PublishStatuses()): hub for hub in self._hubs.values() if _tells(hub)}

    def held(self, transaction: Transaction, hub: Hub) -> dict[str, str]:
        """The operators of a connection that are held back, by compact id, and why."""
        reasons = {party: self._hold(transaction, hub.connection, party) for party in hub.connection.parties}
        return {party.compact: reason for party, reason in reasons.items() if reason is not None}

    def free(self, transaction: Transaction, hub: Hub) -> list[str]:
        """The operators of a connection that nothing holds back."""
        held = self.held(transaction, hub)
        return [party.compact for party in hub.connection.parties if party.compact not in held]

    # --- the Planner's methods -----------------------------------------------------------------------------------

    def pending(self, transaction: Transaction, now: datetime) -> Sequence[str]:
        wanted = list(self._wanted(transaction))
        under_way = publications.pushing(transaction, _KINDS) if wanted else ()
        return [lane for lane, push in wanted if push not in under_way]

    def _wanted(self, transaction: Transaction) -> Iterator[tuple[str, tuple[str, str]]]:
        """Lanes with something to send, and (connection, kind) of it."""
        data, status = _KINDS
        free = {name: self.free(transaction, hub) for name, hub in self._hubs.items()}
        for lane, hub in self._data.items():
            name = hub.connection.name
            account = publications.account(transaction, name)
            ready = account.baseline_at is not None or not hub.profile.publishing.baseline
            if account.full_load_at or (ready and publications.any_due(transaction, name, DUE, free[name])):
                yield lane, (name, data)
        for lane, hub in self._statuses.items():
            name = hub.connection.name
            if publications.any_status_due(transaction, name, free[name]):
                yield lane, (name, status)

    def plan(self, transaction: Transaction, lane: str, now: datetime) -> Planned | None:
        """A lane may have been renamed: while the older one has a push, the hub is not to be sent another beside it."""
        if lane in self._data or lane in self._statuses:
            publications.in_turn(transaction)
        for kind, known, make in zip(
            _KINDS, (self._data, self._statuses), (self._planned_data, self._planned_statuses), strict=True
        ):
            if lane in known:
                busy = (known[lane].connection.name, kind) in publications.pushing(transaction, (kind,))
                return None if busy else make(transaction, known[lane])
        return None

    def planned(self, transaction: Transaction, entry: Entry) -> None:
        sent = pushed(entry)
        if entry.kind == m.PublishStatuses.__name__:
            told = publications.found(transaction, entry.connection, list(sent.statuses)).values()
            publications.saved_statuses(transaction, [_carried(row, entry, sent) for row in told])
            return
        rows = publications.found(transaction, entry.connection, sent.evses).values()
        removal = sent.action is m.PushAction.DELETE
        publications.saved(
            transaction,
            [
                replace(row, entry=entry.id, state="sending", sent=REMOVAL if removal else row.wanted)
                for row in rows
            ],
        )  # fmt: skip
        if sent.action is m.PushAction.REPLACE_ALL:
            publications.noted(transaction, entry.connection, full_load_entry=entry.id)

    def overtaken(self, transaction: Transaction, entry: Entry) -> bool:
        hub = self._hubs.get(entry.connection)
        if hub is None or entry.state not in ("waiting", "unknown"):
            return False
        publications.in_turn(transaction)
        if entry.kind == m.PublishStatuses.__name__:
            return replanned_statuses(transaction, publications.carried_statuses(transaction, entry.id))
        rows, publishing = publications.carried(transaction, entry.id), hub.profile.publishing
        if not rows or is_load(transaction, entry, pushed(entry)):
            return False
        return learned(transaction, rows, entry, publishing) or replanned(transaction, rows, entry, publishing)

    def settled(self, transaction: Transaction, entry: Entry, answer: m.Answer | None) -> None:
        """A connection may be out of the settings just now: its rows must hear of it all the same."""
        hub = self._hubs.get(entry.connection)
        publishing = hub.profile.publishing if hub is not None else Publishing()
        publications.in_turn(transaction)
        settle = settled_statuses if entry.kind == m.PublishStatuses.__name__ else settled_data
        settle(transaction, entry, answer, publishing, stamp(self._now()))

    # --- data ----------------------------------------------------------------------------------------------------

    def _planned_data(self, transaction: Transaction, hub: Hub) -> Planned | None:
        name, publishing = hub.connection.name, hub.profile.publishing
        account = publications.account(transaction, name)
        free = self.free(transaction, hub)
        if account.full_load_at is not None:
            return self._planned_load(transaction, hub, free, ended=account.full_load_entry is not None)
        if publishing.baseline and account.baseline_at is None:
            return None
        for state in DUE:
            locations = self._next(transaction, hub, state, free)
            if locations:
                return Planned(name, message_of(hub, locations, _ACTIONS[state]))
        return None

    def _next(self, transaction: Transaction, hub: Hub, state: str, free: Sequence[str]) -> list[Location]:
        """Up to a full push; what is to go alone comes after it."""
        name, most = hub.connection.name, hub.profile.publishing.together
        for alone in (False, True):
            limit = 1 if alone else most
            rows = publications.due(transaction, name, state, free, alone=alone, limit=limit)
            while rows:
                locations = self._readable(transaction, rows)
                if locations:
                    return locations
                rows = publications.due(transaction, name, state, free, alone=alone, limit=limit)
        return []

    def _readable(self, transaction: Transaction, rows: Sequence[Published]) -> list[Location]:
        """A row that was corrupted is set aside and named, the others go on."""
        locations, bad = [], []
        for row in rows:
            try:
                locations.append(location_of(row.document or ""))
            except Invalid as error:
                words = error.findings[0].text
                _log.error("a stored record cannot be read", connection=row.connection, evse=row.evse, error=words)
                bad.append(replace(row, state="refused", code="internal", words=words))
        publications.saved(transaction, bad)
        return locations

    def _planned_load(
        self, transaction: Transaction, hub: Hub, free: Sequence[str], *, ended: bool
    ) -> Planned | None:  # fmt: skip
        """Everything that may be sent, in one push: a full load in parts would leave only its last part.

        It is what was confirmed or nothing. `ended`: it was sent before, and its entry is over.
        """
        name = hub.connection.name
        known = publications.listed(transaction, connection=name)
        rows = loadable(known, free)
        lost = unnamed(transaction, name, known, rows)
        locations = self._readable(transaction, rows) if rows and not lost and not ended else []
        if ended:
            words = "it was sent before and is over; ask for it again"
        elif not rows:
            words = "nothing was left to send"
        elif lost:
            words = f"more would be lost than was shown: {lost}; look at the preview again"
        elif len(locations) < len(rows):
            words = "stored records cannot be read; see `publish held`"
        else:
            return Planned(name, message_of(hub, locations, m.PushAction.REPLACE_ALL))
        ended_load(transaction, name, f"given up: {words}")
        return None

    # --- statuses ------------------------------------------------------------------------------------------------

    def _planned_statuses(self, transaction: Transaction, hub: Hub) -> Planned | None:
        publishing, free = hub.profile.publishing, self.free(transaction, hub)
        rows = publications.due_statuses(
            transaction, hub.connection.name, free, limit=max(publishing.statuses_together, publishing.statuses_singly)
        )
        few = len(rows) <= publishing.statuses_singly
        told = rows[: 1 if few else publishing.statuses_together]
        if not told:
            return None
        reports = tuple(_report(row) for row in told if not is_parking(row.evse))
        spots = tuple(_spot(row) for row in told if is_parking(row.evse))
        message = m.PublishStatuses(operator=hub.connection.party, statuses=reports, parking=spots)
        return Planned(hub.connection.name, message)


def _lane(hub: Hub, message: m.PublishEvses | m.PublishStatuses) -> str:
    policy = policy_of(type(message).__name__, hub.connection, hub.profile)
    return lane_of(message, hub.connection, policy)


def _tells(hub: Hub) -> bool:
    return m.PublishStatuses in hub.adapter.writes


def _carried(row: Published, entry: Entry, sent: Pushed) -> Published:
    """Another process may have told a newer status since the push was planned: then that one stays due."""
    status, at = sent.statuses[row.evse]
    same = row.status == status and at is not None and row.status_at == stamp(datetime.fromisoformat(at))
    return replace(row, status_entry=entry.id, status_state="sending" if same else row.status_state)


def _report(row: Published) -> m.EvseStatusReport:
    return m.EvseStatusReport(
        evse=EvseId.read(row.spelled),
        status=EvseStatus(row.status) if row.status else None,
        at=_moment(row.status_at),
        until=_moment(row.status_until),
    )


def _spot(row: Published) -> m.ParkingStatusReport:
    return m.ParkingStatusReport(
        parking_id=row.spelled,
        status=EvseStatus(row.status) if row.status else None,
        at=_moment(row.status_at),
        until=_moment(row.status_until),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
