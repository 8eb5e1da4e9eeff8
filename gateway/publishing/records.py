"""One EVSE as one record for one hub: its digest as it would be written there, and what stands against sending it."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from gateway.canonical import from_json, to_json
from gateway.completing import completed
from gateway.errors import Invalid
from gateway.fields import field_table, generic
from gateway.findings import Finding, Severity, errors
from gateway.hub import Hub
from gateway.model import messages as m
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway.model.location import Location
from gateway.ports import Connection, Written
from gateway.wire import findings
from gateway.workbench import meaning_of

UNTOLD = "untold"
"""The code of a finding that names what nobody has said (`Publishing.untold`), in whole words."""
ONLY, NEVER = "publish_only", "publish_never"
"""Connection options: lists of patterns (`DE*LON*E99*`) for EVSE ids, compact or spelled."""


@dataclass(frozen=True, slots=True)
class Record:
    """`held` says in one sentence why it is not sent; `findings` are the errors behind it, if it is broken."""

    connection: str
    evse: EvseId
    operator: PartyId
    document: str
    digest: str
    held: str | None = None
    findings: tuple[Finding, ...] = ()


def singles(locations: Iterable[Location]) -> Iterator[Location]:
    """One location for each EVSE. What was kept for a record stands on the location it was read into."""
    for location in locations:
        for evse in location.evses:
            kept = location.extensions if len(location.evses) == 1 else evse.extensions
            yield replace(location, evses=(evse,), extensions=kept)


def document_of(location: Location) -> str:
    return json.dumps(to_json(location), sort_keys=True)


def location_of(document: str) -> Location:
    """Raises Invalid for what is no location."""
    try:
        return from_json(Location, json.loads(document))
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid([Finding("", Severity.ERROR, "malformed", f"unreadable in the store: {error}")]) from None


def is_removed(location: Location) -> bool:
    return location.evses[0].status is EvseStatus.REMOVED


def message_of(hub: Hub, locations: Sequence[Location], action: m.PushAction) -> m.PublishEvses:
    """The push of these records, as it is owed to the hub."""
    return m.PublishEvses(action=action, operator=hub.connection.party, locations=tuple(locations))


def written(hub: Hub, locations: Sequence[Location]) -> Sequence[Written]:
    """As the hub would get it; a message that says nothing but when something was changed says nothing new."""
    plain = [_timeless(location) for location in locations]
    message = completed(message_of(hub, plain, m.PushAction.UPDATE), hub.connection)
    return hub.adapter.writes[m.PublishEvses](message)


def _timeless(location: Location) -> Location:
    evses = tuple(replace(evse, last_updated=None) for evse in location.evses)
    return replace(location, last_updated=None, evses=evses)


def digest_of(hub: Hub, parts: Sequence[Written]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hub.adapter.render(part, None))
    return digest.hexdigest()


def takes_data(hub: Hub) -> bool:
    return hub.profile.publishing.data and m.PublishEvses in hub.adapter.writes


def record(hub: Hub, location: Location, document: str) -> Record:
    """The record of a location with one EVSE that has an id of an operator of this connection."""
    evse = location.evses[0].evse_id
    assert evse is not None
    assert evse.party is not None
    connection = hub.connection
    if not takes_data(hub):
        digest = hashlib.sha256(document.encode()).hexdigest()
        return Record(connection.name, evse, evse.party, document, digest, filtered(connection, evse))
    parts = written(hub, [location])
    digest = digest_of(hub, parts)
    broken = errors([finding for part in parts for finding in findings(part.model)])
    broken += _untold(hub, location)
    held = _sentence(hub, parts, broken) or filtered(connection, evse)
    if held is None and digest == digest_of(hub, written(hub, [])):
        status = location.evses[0].status
        held = f"{hub.profile.title} has no record for an EVSE that is {status.value if status else 'in this state'}"
    return Record(connection.name, evse, evse.party, document, digest, held, tuple(broken))


def _untold(hub: Hub, location: Location) -> Sequence[Finding]:
    """A hub is told nothing that neither the place nor the settings of its operator say."""
    message = completed(message_of(hub, [location], m.PushAction.UPDATE), hub.connection)
    return [finding for place in getattr(message, "locations", ()) for finding in hub.profile.publishing.untold(place)]


def filtered(connection: Connection, evse: EvseId) -> str | None:
    """The filter rule of the connection that keeps an EVSE back."""
    only, never = connection.options.get(ONLY), connection.options.get(NEVER, ())
    hit = next((pattern for pattern in never if _fits(evse, pattern)), None)
    if hit is not None:
        return f"filter rule {NEVER}: {hit}"
    if only is not None and not any(_fits(evse, pattern) for pattern in only):
        return f"filter rule {ONLY}: none of {', '.join(only) or 'no patterns'} fits"
    return None


def _fits(evse: EvseId, pattern: str) -> bool:
    return any(fnmatchcase(text.upper(), pattern.upper()) for text in (evse.compact, str(evse)))


# --- findings in words -------------------------------------------------------------------------------------------

_WORDS = {"hotline": "hotline number"}


def _sentence(hub: Hub, parts: Sequence[Written], broken: Sequence[Finding]) -> str | None:
    """ "no hotline number; …": what is missing by its canonical name, all else in the finding's own words."""
    return "; ".join(dict.fromkeys(_said(hub, parts, finding) for finding in broken)) or None


def _said(hub: Hub, parts: Sequence[Written], finding: Finding) -> str:
    if finding.code == UNTOLD:
        return finding.text
    name = _canonical(hub, parts, finding.pointer) if finding.code == "missing" else None
    if name is None:
        return f"{finding.pointer}: {finding.text}"
    leaf = name.removesuffix(".*").rpartition(".")[2]
    return f"no {_WORDS.get(leaf) or meaning_of(leaf)}"


def _canonical(hub: Hub, parts: Sequence[Written], pointer: str) -> str | None:
    """The canonical field behind a place of the written message, where exactly one moves it."""
    form = parts[0].form
    if not form.fields:
        return None
    wanted = _place(pointer)
    rows: Any = field_table(hub.adapter.name, form.fields, hub.adapter.tables)
    names = {generic(row.canonical) for row in rows if row.canonical and _place(row.wire) == wanted}
    return names.pop() if len(names) == 1 else None


def _place(pointer: str) -> str:
    """Without places in lists, in either notation."""
    steps = (step.partition("[")[0] for step in pointer.split("/"))
    return "/".join(step for step in steps if step != "*" and not step.isdigit())
