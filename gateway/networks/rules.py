"""What may be done with networks, groups and EVSEs, and what is said where it may not: the rule and its source."""

from collections.abc import Sequence

from gateway.errors import Invalid
from gateway.facts import Fact
from gateway.findings import Finding, Severity
from gateway.networks.limits import Limits
from gateway.store.networks import ACTIVE, NetworkRow, Place

ALLOW, WARN = "allow", "warn"


class Conflict(Invalid):
    """A rule of the hub stands against it, and nothing was changed. `findings` name every reason, one for each EVSE."""


def finding(text: str, rule: Fact | None = None, *, code: str = "network", pointer: str = "") -> Finding:
    """The sentence of a refusal, with the rule's own source."""
    source = f" ({rule.source})" if rule is not None and rule.source else ""
    return Finding(pointer, Severity.ERROR, code, text + source)


def refused(text: str, rule: Fact | None = None, *, code: str = "network") -> Conflict:
    return Conflict([finding(text, rule, code=code)])


def wrong(text: str, pointer: str = "") -> Invalid:
    return Invalid([finding(text, pointer=pointer)])


# --- names -------------------------------------------------------------------------------------------------------


def checked_name(name: str, limit: Fact, what: str) -> str:
    """Any characters, counted as characters. Raises Invalid."""
    if not name.strip():
        raise wrong(f"a {what} needs a name", "/name")
    if len(name) > limit.number:
        text = f"the name of a {what} has at most {limit.number} characters, this one has {len(name)}"
        raise Invalid([finding(text, limit, code="name-length", pointer="/name")])
    return name


def checked_description(text: str | None, limit: Fact) -> str | None:
    if text is not None and len(text) > limit.number:
        words = f"a description has at most {limit.number} characters, this one has {len(text)}"
        raise Invalid([finding(words, limit, code="description-length", pointer="/description")])
    return text or None


def taken(what: str, name: str, limits: Limits) -> Conflict:
    return refused(f"there is a {what} named {name!r} already", limits.names, code="name-taken")


# --- states ------------------------------------------------------------------------------------------------------


def may_rename(network: NetworkRow, limits: Limits, what: str) -> None:
    """Raises Conflict while an offer is active, unless a setting allows it."""
    if network.state == ACTIVE and limits.active_names.value != ALLOW:
        text = f"a {what} is not renamed while the network {network.name!r} is active; a setting may allow it"
        raise refused(text, limits.active_names, code="active-network")


def may_delete(network: NetworkRow, limits: Limits, what: str, evses: int) -> None:
    """As `may_rename`; with EVSEs in it nothing allows it, for assignments to an active network stay."""
    if network.state != ACTIVE:
        return
    if evses:
        text = f"a {what} with EVSEs is not deleted while the network {network.name!r} is active: {limits.active.note}"
        raise refused(text, limits.active, code="active-network")
    if limits.active_names.value != ALLOW:
        text = f"a {what} is not deleted while the network {network.name!r} is active; a setting may allow it"
        raise refused(text, limits.active_names, code="active-network")


def may_unassign(network: NetworkRow, limits: Limits) -> None:
    if network.state == ACTIVE:
        text = f"the network {network.name!r} is active: {limits.active.note}"
        raise refused(text, limits.active, code="active-network")


def stands_against(
    network: NetworkRow, group: str, place: Place | None, limits: Limits
) -> tuple[str, str, Fact] | None:
    """(code, sentence, rule) why an EVSE that is at the hub cannot be put into a group; None: it can."""
    if place is None or (place.network == network.id and place.group == group):
        return None
    where = f"it is in group {place.group_name!r} of network {place.network_name!r}"
    if place.network != network.id:
        return "assigned-elsewhere", f"{where}; {limits.one_group.note}", limits.one_group
    if network.state == ACTIVE:
        return "active-network", f"{where}, which is active; {limits.active.note}", limits.active
    return None


def all_or_nothing(reasons: Sequence[Finding]) -> None:
    """Raises Conflict where there is any."""
    if reasons:
        raise Conflict(list(reasons))
