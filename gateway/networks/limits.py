"""What a hub allows with EVSE networks, as data with its source (`mappings/hubs.csv`), and what a connection sets.

[connections.hubject.options.networks]
group_name_length = 50
active_names = "allow"
offer_over_unassigned = "warn"
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.errors import Invalid
from gateway.facts import Fact, facts
from gateway.findings import Finding, Severity
from gateway.ports import Connection

OPTION = "networks"
_SETTINGS = {
    "group_name_length": "group name length",
    "active_names": "active network names",
    "offer_over_unassigned": "offer over unassigned evses",
}
_WORDS = {"active_names": ("refuse", "allow"), "offer_over_unassigned": ("refuse", "warn")}
_OURS = "settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Each with the source that a refusal names."""

    network_name: Fact
    group_name: Fact
    description: Fact
    names: Fact
    one_group: Fact
    pushed: Fact
    active: Fact
    active_names: Fact
    offer_over_unassigned: Fact
    unassigned: Fact
    price_update: Fact
    lead_days: Fact


def limits(connection: Connection) -> Limits:
    """Those of the connection's hub. Raises Invalid for a hub without networks, and for wrong settings."""
    known = facts(connection.hub)
    if "group name length" not in known:
        raise Invalid([Finding("/hub", Severity.ERROR, "no-networks", f"{connection.hub} knows no EVSE networks")])
    own = _own(connection)
    told = {fact: Fact(value, source=_OURS) for name, fact in _SETTINGS.items() if (value := own.get(name))}
    known = {**known, **told}
    return Limits(
        network_name=known["network name length"],
        group_name=known["group name length"],
        description=known["network description length"],
        names=known["network names"],
        one_group=known["groups of an evse"],
        pushed=known["evses of a network"],
        active=known["active network"],
        active_names=known["active network names"],
        offer_over_unassigned=known["offer over unassigned evses"],
        unassigned=known["unassigned evse"],
        price_update=known["price update"],
        lead_days=known["offer lead time days"],
    )


def _own(connection: Connection) -> dict[str, str]:
    own = connection.options.get(OPTION, {})
    place = f"/connections/{connection.name}/options/{OPTION}"
    if not isinstance(own, Mapping):
        raise _wrong(place, f"{own!r} is no table; known are {', '.join(_SETTINGS)}")
    for name, value in own.items():
        words = _WORDS.get(name)
        if name not in _SETTINGS:
            raise _wrong(f"{place}/{name}", f"unknown; known are {', '.join(_SETTINGS)}")
        if words and value not in words:
            raise _wrong(f"{place}/{name}", f"{value!r}: one of {', '.join(words)}")
        if not words and (type(value) is not int or value < 1):
            raise _wrong(f"{place}/{name}", f"{value!r}: a whole number from 1 on")
    return {name: str(value) for name, value in own.items()}


def _wrong(place: str, text: str) -> Invalid:
    return Invalid([Finding(place, Severity.ERROR, "setting", text)])
