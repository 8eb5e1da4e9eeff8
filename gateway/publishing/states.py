"""What is to be done next for one EVSE at one hub, and how its row changes with what is learned."""

from dataclasses import replace
from typing import Any

from gateway.ports import Publishing
from gateway.store.publications import Published

DUE = ("insert", "update", "remove")
"""In the order in which they are sent: removals last."""
GONE = "gone"
"""Not a state of a row: neither we want it there nor does the hub have it, and the row goes."""
WAITS = "waits"
REMOVAL = ""
"""The digest of nothing."""


def next_state(row: Published, publishing: Publishing) -> str:
    """By what is wanted, what the hub has and what holds it back; takes no notice of an earlier refusal."""
    if row.wanted is None and row.broken is None:
        return GONE if row.there == "no" or not publishing.data else "remove"
    if row.held is not None:
        return "held"
    if not publishing.data:
        return "none"
    if row.there == "yes" and row.accepted == row.wanted:
        return "current"
    return "update" if publishing.upsert or row.there in ("said", "yes") else "insert"


def moved(row: Published, publishing: Publishing, **changes: Any) -> Published:
    """The row with changes, in its next state; what is under way stays so, and its status follows the data."""
    row = replace(row, **changes)
    row = replace(row, state="sending" if row.entry is not None else next_state(row, publishing))
    return replace(row, status_state=_status_state(row, publishing))


def _status_state(row: Published, publishing: Publishing) -> str | None:
    """A status waits while the hub has no record of its EVSE, and is told anew when it has it again."""
    if row.status is None or not publishing.data:
        return row.status_state
    if row.there in ("no", "maybe"):
        return WAITS
    return "due" if row.status_state == WAITS else row.status_state


def overdue(row: Published) -> bool:
    """Whether something else is wanted meanwhile than what is under way."""
    return row.sent is not None and row.sent != (REMOVAL if row.wanted is None else row.wanted)


def accepted(row: Published, publishing: Publishing, moment: str) -> Published:
    """The hub has taken what was under way."""
    clean = {"entry": None, "sent": None, "code": None, "words": None, "alone": False}
    if row.sent == REMOVAL:
        return moved(row, publishing, there="no", accepted=None, **clean)
    if row.status_state == "refused" and row.there != "yes":
        row = replace(row, status_state="due")
    return moved(row, publishing, there="yes", accepted=row.sent, accepted_at=moment, **clean)


def released(row: Published, publishing: Publishing, *, doubtful: bool, **changes: Any) -> Published:
    """What was under way is not, or no longer; `doubtful`: an earlier try may have arrived."""
    if doubtful:
        there = "yes" if row.there == "yes" and row.sent != REMOVAL else "maybe"
        changes = {"accepted": None, "there": there, **changes}
    return moved(row, publishing, **{"entry": None, "sent": None, **changes})


def refused(
    row: Published, publishing: Publishing, code: str | None, words: str | None, *, doubtful: bool
) -> Published:
    """It stays where it is until other content is wanted or somebody asks for another try."""
    changed = overdue(row)
    row = released(row, publishing, doubtful=doubtful, code=code, words=words, alone=False)
    return row if changed or row.state == GONE else replace(row, state="refused")


def looked_at(row: Published, publishing: Publishing, **changes: Any) -> Published:
    """The row after somebody has looked at the hub: an earlier refusal no longer counts."""
    return moved(row, publishing, alone=False, code=None, words=None, **changes)
