"""Drift found and repaired: the view fetched, compared with the rows, and the rows marked so that the planner sends
exactly what differs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.canonical import from_json
from gateway.connections import adapters
from gateway.errors import GatewayError, Invalid, UnknownConnection
from gateway.findings import Finding, Severity
from gateway.hub import Hub
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.location import Location
from gateway.publishing.drift import Drift, compared, repaired, repairs, view_of, without_view
from gateway.publishing.publisher import MOST_REMOVED, MOST_REMOVED_SHARE, Publisher
from gateway.publishing.results import RemovalRefused
from gateway.store import publications
from gateway.store.database import Transaction, stamp
from gateway.workbench import decode


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was found, and how many rows are due because of it."""

    drift: Drift
    due: int


async def drift(publisher: Publisher, connection: str, view: m.Locations) -> Drift:
    """What the hub shows against what it should show. Raises UnknownConnection."""
    hub = publisher.hub(connection)
    shown = view_of(hub, view)
    return await publisher.database.read(lambda transaction: _found(transaction, publisher, hub, shown))


async def repair(publisher: Publisher, connection: str, view: m.Locations, *, confirm: bool = False) -> Repaired:
    """Makes due what differs, and nothing else; what the view shows is from then on what is known of the hub.

    Raises RemovalRefused for more removals than the connection allows, unless `confirm`; Invalid for a view that shows
    nothing of ours, which says nothing of the hub.
    """
    hub = publisher.hub(connection)
    shown, now = view_of(hub, view), stamp(publisher.now())
    if not shown and hub.profile.publishing.baseline:
        text = f"the view shows no EVSE of {connection}: it may be another account's, or nobody has subscribed to ours"
        raise Invalid([Finding("", Severity.ERROR, "view", text)])

    def work(transaction: Transaction) -> Repaired:
        found = _found(transaction, publisher, hub, shown)
        most = float(hub.connection.options.get(MOST_REMOVED, MOST_REMOVED_SHARE))
        if not confirm and len(found.extra) > most * len(shown):
            raise RemovalRefused(connection, str(hub.connection.party), found.extra, len(shown), most)
        return Repaired(found, _marked(transaction, hub, found, shown, now))

    done = await publisher.write(work)
    publisher.woken()
    return done


def _found(transaction: Transaction, publisher: Publisher, hub: Hub, shown: Mapping[str, Location]) -> Drift:
    rows = publications.listed(transaction, connection=hub.connection.name)
    return compared(hub, rows, shown, publisher.planner.held(transaction, hub))


def _marked(transaction: Transaction, hub: Hub, found: Drift, shown: Mapping[str, Location], now: str) -> int:
    rows = {row.evse: row for row in publications.listed(transaction, connection=hub.connection.name)}
    known = repaired(hub, found, rows, shown)
    publications.saved(transaction, [row for row in known if row.evse in rows])
    publications.added(transaction, [row for row in known if row.evse not in rows])
    known_since = {"baseline_at": now} if hub.profile.publishing.baseline else {}
    publications.noted(transaction, hub.connection.name, words=None, **known_since)
    return sum(row.state in ("insert", "update", "remove") for row in known)


# --- views -------------------------------------------------------------------------------------------------------


async def fetched(hubs: Mapping[str, Hub], connection: str, through: str) -> m.Locations:
    """What the hub of a connection shows an eMSP's account of the same tenant. Raises Invalid, or as `Hub.send`."""
    hub, other = hubs.get(connection), hubs.get(through)
    if hub is None or other is None:
        raise UnknownConnection(f"there is no connection {(connection if hub is None else through)!r}")
    mine, theirs = hub.connection, other.connection
    if theirs.role is not Role.EMSP or (theirs.tenant, theirs.hub) != (mine.tenant, mine.hub):
        fitting = ", ".join(views(hubs, hub)) or "none"
        text = f"{through} is no connection of an eMSP at the hub of {connection} and of its tenant; fitting: {fitting}"
        raise Invalid([Finding("", Severity.ERROR, "view", text)])
    return await other.send(m.FetchEvses())


def views(hubs: Mapping[str, Hub], hub: Hub) -> list[str]:
    """The connections through which one can look at what a hub shows."""
    wanted = (hub.connection.tenant, hub.connection.hub)
    others = ((name, other.connection) for name, other in hubs.items())
    return [name for name, one in others if one.role is Role.EMSP and (one.tenant, one.hub) == wanted]


def exported(hub: Hub, content: bytes, name: str) -> m.Locations:
    """A view from a file: canonical JSON (`{"locations": […]}`, or the list), or the hub's own answer to a pull.

    Raises Invalid.
    """
    found = _canonical(content) or _spoken(hub.adapter.name, content, name)
    return found or _unreadable(name, f"a message of {hub.adapter.title} with EVSE data")


def of_file(content: bytes, name: str) -> tuple[Location, ...]:
    """Locations from a file: canonical JSON, or a message with EVSE data of any hub. Raises Invalid."""
    found = _canonical(content)
    for protocol in adapters():
        found = found or _spoken(protocol, content, name)
    return (found or _unreadable(name, "a hub's message with EVSE data")).locations


def _unreadable(name: str, what: str) -> m.Locations:
    text = f"{name} is neither canonical JSON with locations nor {what}"
    raise Invalid([Finding("", Severity.ERROR, "view", text)])


def _canonical(content: bytes) -> m.Locations | None:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    given = {"locations": document} if isinstance(document, list) else document
    if not isinstance(given, dict) or "locations" not in given:
        return None
    return from_json(m.Locations, {"locations": given["locations"]})


def _spoken(protocol: str, content: bytes, name: str) -> m.Locations | None:
    try:
        value = decode(protocol, content, name).value
    except GatewayError:
        return None
    if isinstance(value, m.PublishEvses):
        return m.Locations(locations=value.locations)
    return value if isinstance(value, m.Locations) else None


__all__ = ["Repaired", "drift", "exported", "fetched", "of_file", "repair", "repairs", "views", "without_view"]
