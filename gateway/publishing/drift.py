"""What a hub shows of our EVSEs against what it should show, and the smallest repair.

A hub shows a CPO nothing of its own data: the view comes through an account of an eMSP, or from an export. Both sides
are written as records of that hub before they are compared, so only what the hub can carry counts.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.completing import completed
from gateway.errors import Invalid
from gateway.fields import without_extensions
from gateway.findings import Finding, Severity
from gateway.hub import Hub
from gateway.model import messages as m
from gateway.model.location import Location
from gateway.ports import Written
from gateway.publishing.records import document_of, is_removed, location_of, message_of, singles, written
from gateway.publishing.states import looked_at
from gateway.store.publications import Published
from gateway.wire import decode_document, document
from gateway.wire.kept import differences


@dataclass(frozen=True, slots=True)
class Difference:
    """One place of a record, as a pointer into the push that would carry it: what we want there, what the hub shows."""

    pointer: str
    ours: Any
    theirs: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """By EVSE id. `left` is not repaired, for the reason given: it is held back, refused, or just under way."""

    connection: str
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    different: Mapping[str, tuple[Difference, ...]]
    same: tuple[str, ...] = ()
    left: Mapping[str, str]

    @property
    def is_none(self) -> bool:
        return not (self.missing or self.extra or self.different)


@dataclass(frozen=True, slots=True)
class Repair:
    """One kind of push: how many records in how many pushes."""

    action: m.PushAction
    evses: tuple[str, ...]
    pushes: int


def repairs(hub: Hub, found: Drift) -> list[Repair]:
    """The smallest plan: what is missing inserted, what differs updated, what is too much removed, in this order."""
    publishing = hub.profile.publishing
    missing, different = found.missing, tuple(found.different)
    if publishing.upsert:
        missing, different = (), (*missing, *different)
    wanted = (
        (m.PushAction.INSERT, missing),
        (m.PushAction.UPDATE, different),
        (m.PushAction.DELETE, found.extra),
    )
    return [Repair(action, evses, math.ceil(len(evses) / publishing.together)) for action, evses in wanted if evses]


# --- compared ----------------------------------------------------------------------------------------------------


def view_of(hub: Hub, view: m.Locations) -> dict[str, Location]:
    """What a view shows of this account, one location for each EVSE, by compact id; removed ones are not there."""
    ours: dict[str, Location] = {}
    for place in singles(view.locations):
        evse = place.evses[0].evse_id
        if evse is not None and hub.connection.carries(evse.party) and not is_removed(place):
            ours[evse.compact] = without_extensions(place)
    return ours


def compared(hub: Hub, rows: Iterable[Published], shown: Mapping[str, Location], held: Mapping[str, str]) -> Drift:
    """`held`: the operators that are held back, by compact id, and why."""
    missing, same, left = [], [], {}
    different: dict[str, tuple[Difference, ...]] = {}
    rest = dict(shown)
    for row in rows:
        theirs = rest.pop(row.evse, None)
        reason = _left(row, held)
        if reason is not None and (theirs is not None or not _is_gone(row)):
            left[row.spelled] = reason
        elif _is_gone(row):
            rest |= {row.evse: theirs} if theirs is not None else {}
        elif theirs is None:
            missing.append(row.spelled)
        elif found := between(hub, location_of(row.document or ""), theirs):
            different[row.spelled] = found
        else:
            same.append(row.spelled)
    extra = tuple(str(place.evses[0].evse_id) for place in rest.values())
    return Drift(
        connection=hub.connection.name,
        missing=tuple(missing),
        extra=extra,
        different=different,
        same=tuple(same),
        left=left,
    )


def _is_gone(row: Published) -> bool:
    return row.wanted is None and row.broken is None


def _left(row: Published, held: Mapping[str, str]) -> str | None:
    """Why a row is not touched; a refused one is, since the repair is asked for."""
    if row.entry is not None:
        return "a push of it is under way"
    if row.operator in held:
        return held[row.operator]
    return None if _is_gone(row) else row.held


def between(hub: Hub, ours: Location, theirs: Location) -> tuple[Difference, ...]:
    """Field by field, as either would be written for this hub."""
    mine = [again for part in written(hub, [ours]) for again in _reread(hub, part)]
    other = _as_shown(hub, theirs)
    places = [place for one, two in zip(mine, other, strict=False) for place in differences(one, two)]
    decides = hub.profile.publishing.hub_decides
    found = [
        Difference(place.pointer, place.received, place.written)
        for place in places
        if place.received is None or decides.get(place.pointer.rpartition("/")[2]) != place.received
    ]
    if len(mine) != len(other):
        found.append(Difference("", len(mine), len(other)))
    return tuple(found)


def _reread(hub: Hub, part: Written) -> list[Any]:
    """What we write, read as the hub's partners read it, and written again: as a view has been treated as well."""
    message = part.form.read_plain(decode_document(part.form.wire, document(part.model)).model)
    return [document(again.model) for again in hub.adapter.writes[m.PublishEvses](without_extensions(message))]


def _as_shown(hub: Hub, theirs: Location) -> list[Any]:
    """Without the hotline of our settings: what the hub does not show is not filled in."""
    evses = tuple(replace(evse, last_updated=None) for evse in theirs.evses)
    plain = replace(theirs, last_updated=None, evses=evses)
    name = completed(message_of(hub, [], m.PushAction.UPDATE), hub.connection).operator_name  # type: ignore[attr-defined]
    message = replace(message_of(hub, [plain], m.PushAction.UPDATE), operator_name=name)
    return [document(part.model) for part in hub.adapter.writes[m.PublishEvses](message)]


# --- repaired ----------------------------------------------------------------------------------------------------


def repaired(hub: Hub, found: Drift, rows: Mapping[str, Published], shown: Mapping[str, Location]) -> list[Published]:
    """The rows as they are now known to stand at the hub, new ones for what it should not have; due is what differs."""
    publishing, known = hub.profile.publishing, []
    missing, same = set(found.missing), set(found.same)
    for row in rows.values():
        if row.spelled in missing:
            known.append(looked_at(row, publishing, there="no", accepted=None))
        elif row.spelled in same:
            known.append(looked_at(row, publishing, there="yes", accepted=row.wanted))
        elif row.spelled in found.different:
            known.append(looked_at(row, publishing, there="yes", accepted=None))
    extra = set(found.extra)
    for compact, place in shown.items():
        if str(place.evses[0].evse_id) in extra:
            row = rows.get(compact) or _extra(hub, compact, place)
            known.append(looked_at(row, publishing, there="yes", document=row.document or document_of(place)))
    return known


def _extra(hub: Hub, compact: str, place: Location) -> Published:
    evse = place.evses[0].evse_id
    assert evse is not None
    assert evse.party is not None
    return Published(connection=hub.connection.name, evse=compact, spelled=str(evse), operator=evse.party.compact)


def without_view(hub: Hub, views: Sequence[str]) -> Invalid:
    """The one line for a drift that was asked for without a view."""
    title = hub.profile.title.partition(" (")[0]
    hint = f" (here: {', '.join(views)})" if views else ""
    text = (
        f"{title} shows a CPO nothing of its own data: give --view with a connection of an eMSP at this hub{hint}, "
        "or --view-file with an export"
    )
    return Invalid([Finding("", Severity.ERROR, "view", text)])
