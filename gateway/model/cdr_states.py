"""The life of a CDR at a clearing house: its states, who may change them, and what to do in each.

Source: OCHP 1.4, AddCDRs, CheckCDRs, GetCDRs, ConfirmCDRs and CdrStatusType. What the clearing house finds implausible
has no state there: it stays with the CPO as new.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.model.cdr import CdrStatus
from gateway.model.common import Role

NEW, ACCEPTED, DECLINED = CdrStatus.NEW, CdrStatus.ACCEPTED, CdrStatus.DECLINED
REVISED, APPROVED, REJECTED = CdrStatus.REVISED, CdrStatus.APPROVED, CdrStatus.REJECTED

WAITING = frozenset({ACCEPTED, REVISED})
"""Waiting for the word of the EMSP: what GetCDRs answers by default."""
FINAL = frozenset({APPROVED, REJECTED})
JUDGED = frozenset({APPROVED, DECLINED})
"""What an EMSP says of a CDR."""


class Actor(StrEnum):
    """Who changes the state of a CDR."""

    CPO = "CPO"
    EMSP = "EMSP"
    HUB = "hub"


@dataclass(frozen=True, slots=True)
class Move:
    """A change of state: who may make it, from where, and which document says so. No state: the CDR is not there."""

    name: str
    actor: Actor
    before: frozenset[CdrStatus | None]
    after: CdrStatus
    source: str


_CORRECTABLE: frozenset[CdrStatus | None] = frozenset({ACCEPTED, DECLINED, REVISED})
MOVES: Sequence[Move] = (
    Move("submit", Actor.CPO, frozenset({None, NEW}), NEW, "OCHP 1.4, AddCDRs with new; after implausible once more"),
    Move("take", Actor.HUB, frozenset({NEW}), ACCEPTED, "OCHP 1.4, AddCDRs.resp: not among implausibleCdrsArray"),
    Move("keep out", Actor.HUB, frozenset({NEW}), NEW, "OCHP 1.4, AddCDRs.resp: named in implausibleCdrsArray"),
    Move("approve", Actor.EMSP, frozenset(WAITING), APPROVED, "OCHP 1.4, ConfirmCDRs, approved"),
    Move("decline", Actor.EMSP, frozenset(WAITING), DECLINED, "OCHP 1.4, ConfirmCDRs, declined"),
    Move("revise", Actor.CPO, _CORRECTABLE, REVISED, "OCHP 1.4, AddCDRs, revised: only what was accepted or declined"),
    Move("give up", Actor.CPO, _CORRECTABLE, REJECTED, "OCHP issue 47: rejected is the CPO giving up its claim"),
)  # fmt: skip
SAID_BY_CPO: Mapping[CdrStatus, Move] = {move.after: move for move in MOVES if move.actor is Actor.CPO}
"""The status that a CPO sends → the move it is."""


def may(state: CdrStatus | None, status: CdrStatus) -> bool:
    """Whether a CPO may send this status for a CDR that is in `state`."""
    move = SAID_BY_CPO.get(status)
    return move is not None and state in move.before


def reachable(state: CdrStatus | None, told: CdrStatus) -> bool:
    """Whether a CDR in `state` may have come to be `told` by moves that nobody has told us of."""
    found: set[CdrStatus | None] = {state}
    while more := {move.after for move in MOVES if found & move.before} - found:
        found |= more
    return told in found


_ADVICE: Mapping[tuple[Role, CdrStatus], str] = {
    (Role.CPO, NEW): "correct it and send it again as new, if the clearing house did not take it",
    (Role.CPO, ACCEPTED): "wait for the EMSP; a mistake is corrected with `cdrs revise`",
    (Role.CPO, DECLINED): "ask the EMSP why, then correct it with `cdrs revise` or give it up with `cdrs give-up`",
    (Role.CPO, REVISED): "wait for the EMSP",
    (Role.CPO, APPROVED): "nothing: it is final",
    (Role.CPO, REJECTED): "nothing: the claim is given up for good",
    (Role.EMSP, ACCEPTED): "the backend, or `cdrs approve` and `cdrs decline`, has to answer for it",
    (Role.EMSP, REVISED): "the backend, or `cdrs approve` and `cdrs decline`, has to answer for this version",
    (Role.EMSP, DECLINED): "tell the CPO why: the protocol has no place for the reason",
    (Role.EMSP, APPROVED): "nothing: it is final",
    (Role.EMSP, REJECTED): "take it out of your books: the CPO has given up the claim",
}


def advice(role: Role, state: CdrStatus) -> str:
    """What is to be done about a CDR, in words for people."""
    return _ADVICE.get((role, state), "")
