"""The life of a CDR as a table: who may move it from where, and what follows from what."""

import pytest

from gateway.model.cdr import CdrStatus
from gateway.model.cdr_states import (
    FINAL,
    JUDGED,
    MOVES,
    SAID_BY_CPO,
    WAITING,
    Actor,
    advice,
    may,
    reachable,
)
from gateway.model.common import Role

S = CdrStatus
EVERY = (None, *CdrStatus)


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        (S.NEW, {None, S.NEW}),
        (S.REVISED, {S.ACCEPTED, S.DECLINED, S.REVISED}),
        (S.REJECTED, {S.ACCEPTED, S.DECLINED, S.REVISED}),
        (S.ACCEPTED, set()),
        (S.DECLINED, set()),
        (S.APPROVED, set()),
    ],
)
def test_what_a_cpo_may_say_of_a_cdr(status: CdrStatus, allowed: set[CdrStatus | None]) -> None:
    assert {state for state in EVERY if may(state, status)} == allowed


def test_only_an_emsp_approves_and_declines_and_only_what_waits() -> None:
    verdicts = [move for move in MOVES if move.after in JUDGED]
    assert {move.actor for move in verdicts} == {Actor.EMSP}
    assert all(move.before == WAITING for move in verdicts)


def test_nothing_leaves_a_final_state() -> None:
    assert [move for move in MOVES if move.before & FINAL] == []
    for state in FINAL:
        assert {told for told in CdrStatus if reachable(state, told)} == {state}


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (S.NEW, {*CdrStatus}),
        (S.ACCEPTED, {*CdrStatus} - {S.NEW}),
        (S.DECLINED, {S.DECLINED, S.REVISED, S.APPROVED, S.REJECTED}),
        (S.REVISED, {S.DECLINED, S.REVISED, S.APPROVED, S.REJECTED}),
    ],
)
def test_what_may_have_happened_unheard(state: CdrStatus, told: set[CdrStatus]) -> None:
    assert {one for one in CdrStatus if reachable(state, one)} == told


def test_what_the_hub_keeps_out_stays_new() -> None:
    (move,) = [move for move in MOVES if move.name == "keep out"]
    assert (move.actor, move.before, move.after) == (Actor.HUB, frozenset({S.NEW}), S.NEW)


def test_every_move_names_its_source_and_every_state_what_to_do() -> None:
    assert all(move.source.startswith("OCHP") for move in MOVES)
    assert {*SAID_BY_CPO} == {S.NEW, S.REVISED, S.REJECTED}
    assert all(advice(Role.CPO, state) for state in CdrStatus)
    assert all(advice(Role.EMSP, state) for state in CdrStatus if state is not S.NEW)
