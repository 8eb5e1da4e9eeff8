"""What is given to publish, against what is stored: which rows change, and what that means for the hubs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeVar

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.hub import Hub
from gateway.model.ids import EvseId, PartyId
from gateway.model.location import Location
from gateway.publishing.records import Record, document_of, is_removed, location_of, record
from gateway.publishing.results import Broken, Changes, Report
from gateway.publishing.settling import kept
from gateway.publishing.states import GONE, moved
from gateway.store import publications
from gateway.store.database import Transaction
from gateway.store.publications import Published

_CHUNK = 200
T = TypeVar("T")


@dataclass
class Collected:
    """Changes as they are found, chunk by chunk."""

    inserts: list[str] = field(default_factory=list)
    updates: list[str] = field(default_factory=list)
    removals: list[str] = field(default_factory=list)
    unchanged: int = 0
    held: dict[str, str] = field(default_factory=dict)

    def note(self, row: Published, before: Published | None) -> None:
        if row.state == "held":
            self.held[row.spelled] = row.held or ""
        elif row == before or row.state not in ("insert", "update", "sending"):
            self.unchanged += 1
        else:
            (self.inserts if row.there in ("no", "maybe") else self.updates).append(row.spelled)

    def add(self, other: "Collected") -> None:
        self.inserts += other.inserts
        self.updates += other.updates
        self.removals += other.removals
        self.unchanged += other.unchanged
        self.held |= other.held


def report(collected: Mapping[str, Collected], broken: Iterable[Broken]) -> Report:
    changes = {
        name: Changes(
            inserts=tuple(one.inserts),
            updates=tuple(one.updates),
            removals=tuple(one.removals),
            unchanged=one.unchanged,
            held=one.held,
        )
        for name, one in collected.items()
    }
    return Report(connections=changes, broken=tuple(broken))


# --- what was given ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prepared:
    """The records of some locations for each connection, the EVSEs to be removed there, and what cannot be used."""

    records: Mapping[str, Sequence[Record]]
    removed: Mapping[str, Sequence[str]]
    broken: tuple[Broken, ...]
    foreign: int


def prepared(places: Sequence[Location], hubs: Mapping[str, Hub], seen: dict[str, int] | None = None) -> Prepared:
    """Of locations with one EVSE each. Writes every record as its hub would get it, which takes its time.

    `seen` has what was given before in the same call: the hash of its document by EVSE.
    """
    seen = {} if seen is None else seen
    records: dict[str, list[Record]] = {name: [] for name in hubs}
    removed: dict[str, list[str]] = {name: [] for name in hubs}
    broken, foreign = [], 0
    for place in places:
        evse = place.evses[0].evse_id
        carrying = [hub for hub in hubs.values() if evse is not None and hub.connection.carries(evse.party)]
        document = document_of(place)
        fault = _fault(place, carrying) or _repeated(evse, document, seen)
        if fault is not None:
            broken.append(Broken(str(evse or place.evses[0].uid or ""), "", (fault,)))
            foreign += fault.code == "foreign"
        elif is_removed(place):
            for hub in carrying:
                removed[hub.connection.name].append(evse.compact if evse else "")
        else:
            for hub in carrying:
                records[hub.connection.name].append(record(hub, place, document))
    broken += [Broken(str(one.evse), name, one.findings) for name in hubs for one in records[name] if one.findings]
    return Prepared(records, removed, tuple(broken), foreign)


def _repeated(evse: EvseId | None, document: str, seen: dict[str, int]) -> Finding | None:
    """An EVSE that was given already as something else: the first counts, so that no push has it twice.

    OICP answers 018 or 009 to a push that has (integration guide, PushEvseData).
    """
    content = hash(document)
    if evse is None or seen.setdefault(evse.compact, content) == content:
        return None
    text = f"{evse} is given more than once and not the same; the first counts"
    return Finding("/evse_id", Severity.ERROR, "repeated", text)


def _fault(place: Location, carrying: Sequence[Hub]) -> Finding | None:
    """What makes a record unusable everywhere."""
    evse = place.evses[0].evse_id
    if evse is None:
        return Finding("/evse_id", Severity.ERROR, "missing", "it has no EVSE id")
    if evse.party is None:
        return Finding("/evse_id", Severity.ERROR, "malformed", f"{evse} is no EVSE id")
    if not carrying:
        return Finding("/evse_id", Severity.ERROR, "foreign", unknown_operator(evse.party))
    if place.operator is not None and place.operator != evse.party:
        text = f"{evse} does not begin with {place.operator}, the operator of its location"
        return Finding("/operator", Severity.ERROR, "inconsistent", text)
    return None


def unknown_operator(party: PartyId) -> str:
    return (
        f"operator {party} is on no connection; add it in the settings under [[connections.<name>.operators]] "
        f'(id = "{party}") of the hub that is to show it'
    )


def stored(row: Published) -> Location | None:
    """The newest that was given for a row; None for one that cannot be read: it stays as it is."""
    try:
        return location_of(row.broken or row.document or "")
    except Invalid:
        return None


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """So that memory does not grow with the fleet."""
    rest = iter(items)
    while some := list(islice(rest, _CHUNK)):
        yield some


# --- against what is stored --------------------------------------------------------------------------------------


def compared(
    transaction: Transaction, hub: Hub, records: Sequence[Record], now: str, *, writing: bool = True
) -> Collected:
    """Records of one connection; the rows that change are written unless this is only a look."""
    latest = {one.evse.compact: one for one in records}
    present = publications.found(transaction, hub.connection.name, list(latest))
    collected, new, changed = Collected(), [], []
    for compact, one in latest.items():
        before = present.get(compact)
        row = _wanted(before or _blank(one), one, hub)
        collected.note(row, before)
        if before is None:
            new.append(replace(row, changed_at=now))
        elif row != before:
            changed.append(replace(row, changed_at=now))
    if writing:
        publications.added(transaction, new)
        publications.saved(transaction, changed)
    return collected


def _blank(one: Record) -> Published:
    return Published(
        connection=one.connection, evse=one.evse.compact, spelled=str(one.evse), operator=one.operator.compact
    )


def _wanted(row: Published, one: Record, hub: Hub) -> Published:
    """The row for this record. What cannot be sent leaves alone what can; a refusal stands until content changes."""
    publishing = hub.profile.publishing
    if one.findings:
        return moved(row, publishing, broken=one.document, held=one.held)
    same = row.wanted == one.digest and row.broken is None
    if same and row.state == "refused" and row.held == one.held:
        return row
    document = row.document if same else one.document
    facts = {"document": document, "wanted": one.digest, "broken": None, "held": one.held}
    fresh = {} if same else {"alone": False, "code": None, "words": None, "spelled": str(one.evse)}
    return moved(row, publishing, **facts, **fresh)


# --- removed -----------------------------------------------------------------------------------------------------


def retired(transaction: Transaction, hub: Hub, evses: Sequence[str], now: str, *, writing: bool = True) -> Collected:
    """EVSEs that one connection is no longer to show; the row of one that the hub never had goes at once."""
    collected, changed = Collected(), []
    for row in publications.found(transaction, hub.connection.name, evses).values():
        clean = {"wanted": None, "broken": None, "held": None, "alone": False, "code": None, "words": None}
        after = moved(row, hub.profile.publishing, **clean)
        if after.state in ("remove", GONE, "sending"):
            collected.removals.append(row.spelled)
        changed.append(replace(after, changed_at=now))
    if writing:
        kept(transaction, changed)
    return collected


@dataclass(frozen=True, slots=True)
class Missing:
    """What one connection publishes of an operator and was not given; `known`: how many it publishes in all."""

    rows: tuple[Published, ...]
    known: int

    def is_too_much(self, most: float) -> bool:
        return bool(self.rows) and (len(self.rows) == self.known or len(self.rows) > most * self.known)


def missing(transaction: Transaction, connection: str, operator: PartyId, given: set[str]) -> Missing:
    rows = publications.listed(transaction, connection=connection, operator=operator.compact)
    wanted = [row for row in rows if row.wanted is not None or row.broken is not None]
    return Missing(tuple(row for row in wanted if row.evse not in given), len(wanted))


def given_ids(places: Iterable[Location]) -> set[str]:
    ids: Iterable[EvseId | None] = (place.evses[0].evse_id for place in places if not is_removed(place))
    return {evse.compact for evse in ids if evse is not None}
