"""A full load: what it would send, and what the hub would lose by it. It happens only when it is asked for."""

import json
from collections.abc import Mapping, Sequence

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.hub import Hub
from gateway.model.messages import Locations
from gateway.publishing.outcomes import compact
from gateway.publishing.records import singles
from gateway.publishing.results import FullLoad, LossRefused
from gateway.store import publications
from gateway.store.database import Transaction
from gateway.store.publications import Published

MOST_LOST = "full_load_most_lost"
"""Connection option: the share of what the hub has that a full load may take away without being confirmed."""
MOST_LOST_SHARE = 0.5
_MOST_NAMED = 20


def loadable(rows: Sequence[Published], free: Sequence[str]) -> list[Published]:
    """What a full load sends: all that is wanted, was not refused, and is not held back."""
    return [
        row
        for row in rows
        if row.wanted is not None and row.document and row.held is None and row.state != "refused"
        and row.operator in free
    ]  # fmt: skip


def shown(hub: Hub, view: Locations) -> dict[str, str]:
    """The EVSEs of this account that a view shows: spelling by compact id."""
    evses = (place.evses[0].evse_id for place in singles(view.locations))
    return {evse.compact: str(evse) for evse in evses if evse is not None and hub.connection.carries(evse.party)}


def preview(transaction: Transaction, hub: Hub, held: Mapping[str, str], seen: Mapping[str, str] | None) -> FullLoad:
    """`held`: the operators that are held back, by compact id, and why; `seen`: what a view shows of ours."""
    name = hub.connection.name
    rows = publications.listed(transaction, connection=name)
    free = [party.compact for party in hub.connection.parties if party.compact not in held]
    sends = {row.evse: row.spelled for row in loadable(rows, free)}
    loses = {
        row.spelled: _why(row, held)
        for row in rows
        if row.evse not in sends and (row.there != "no" or row.evse in (seen or {}))
    }
    rowless = (seen or {}).keys() - {row.evse for row in rows}
    loses |= {(seen or {})[evse]: "it was never published from here" for evse in sorted(rowless)}
    account = publications.account(transaction, name)
    complete = account.baseline_at is not None or seen is not None
    there = {row.evse for row in rows if row.there != "no"} | (seen or {}).keys()
    return FullLoad(
        connection=name,
        sends=tuple(sends.values()),
        loses=loses,
        complete=complete,
        last=account.words,
        keeps=len(there & sends.keys()),
        most_lost=float(hub.connection.options.get(MOST_LOST, MOST_LOST_SHARE)),
        first_contact=hub.profile.publishing.baseline,
    )


def _why(row: Published, held: Mapping[str, str]) -> str:
    if row.wanted is None and row.broken is None:
        return "it is to be removed"
    if row.state == "refused":
        return f"the hub refused it: {row.code or ''} {row.words or ''}".replace("  ", " ").strip()
    return row.held or held.get(row.operator) or "it is held back"


def asked(transaction: Transaction, found: FullLoad, now: str, *, confirm_loss: bool) -> None:
    """Raises Invalid for a load of nothing, which would empty the account, and LossRefused unless `confirm_loss`."""
    if found.sends and found.is_loss and not confirm_loss:
        raise LossRefused(found)
    if not found.sends:
        text = f"there is nothing to send to {found.connection}, and a full load of nothing would empty the account"
        raise Invalid([Finding("", Severity.ERROR, "empty", f"{text}; publish first, or retire what is to go")])
    named = json.dumps({"sends": [*map(compact, found.sends)], "loses": [*map(compact, found.loses)]})
    values = {"full_load_at": now, "full_load_entry": None, "full_load_shown": named, "words": None}
    publications.noted(transaction, found.connection, **values)


def unnamed(transaction: Transaction, connection: str, rows: Sequence[Published], sends: Sequence[Published]) -> str:
    """What a load of `sends` would lose though its preview did not say so, in words; `rows`: all of the connection.

    What the preview said would be sent may be at the hub, even where nothing is remembered of it.
    """
    sent, loses = _named(publications.load_shown(transaction, connection))
    there = sent | {row.evse for row in rows if row.there != "no"}
    lost = there - loses - {row.evse for row in sends}
    spelled = {row.evse: row.spelled for row in rows}
    names = sorted(spelled.get(evse, evse) for evse in lost)
    return ", ".join(names[:_MOST_NAMED]) + (
        f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    )


def _named(text: str | None) -> tuple[set[str], set[str]]:
    """(what is sent, what is lost) as the preview named it; one that is damaged has named nothing."""
    try:
        named = json.loads(text or "{}")
        return set(named.get("sends", ())), set(named.get("loses", ()))
    except (ValueError, TypeError, AttributeError):
        return set(), set()
