"""What one try to deliver came to, and what may be concluded from it."""

from dataclasses import dataclass, replace

from gateway.errors import Early, GatewayError, Invalid, NoAnswer, NotSent, Refused, Unavailable, Undecodable
from gateway.model import messages as m
from gateway.model.common import Reason
from gateway.ports import Policy
from gateway.store.outbox import Entry

_REST_SECONDS = 30.0
"""For so long at most no other lane knocks at a hub that could not be reached."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one try came to: the next state, the hub's code and words, and when to try again."""

    state: str
    code: str | None = None
    words: str | None = None
    answer: m.Answer | None = None
    wait_seconds: float | None = None
    """The hub named a time."""
    closes: bool = False
    """The hub cannot be reached or asks to be left alone: no other lane of this kind tries meanwhile."""
    was_there: bool = False
    """The hub speaks of an earlier record."""
    passing: bool = False
    """The hub answered, with a failure that may pass."""
    doubtful: bool = False
    """The hub may have acted, although the state does not say so."""
    alone: bool = False
    """From now on the record is sent by itself, no longer with others."""


def of_answer(answer: m.Answer) -> Outcome:
    """An answer is final: taken, or declined for good."""
    reason = answer.reason or Reason()
    words = " – ".join(text for text in (reason.text, reason.detail) if text) or None
    accepted = getattr(answer, "accepted", None)
    if accepted is None:
        return Outcome("unknown", reason.code, f"the answer does not say whether it was taken ({words or 'no words'})")
    was_there = isinstance(answer, m.CdrReceipt) and answer.already_there
    if was_there:
        words = f"it had been taken before{f' ({words})' if words else ''}"
    return Outcome("accepted" if accepted else "refused", reason.code, words, answer, was_there=was_there)


def of_failure(error: GatewayError, entry: Entry, policy: Policy) -> Outcome:
    """What may be concluded from a failure (architecture, section 8)."""
    if isinstance(error, Refused):
        return _of_refusal(error, entry, policy)
    if isinstance(error, Invalid):
        broken = "; ".join(f"{finding.pointer}: {finding.text}" for finding in error.findings)
        return Outcome("refused", "invalid", f"not sent: {broken}")
    wait = error.retry_after if isinstance(error, (Unavailable, Early)) else None
    # An answer that nobody can read is no refusal: a proxy's page may hide that the hub has acted.
    unknown = isinstance(error, (NoAnswer, Undecodable)) or (isinstance(error, Unavailable) and error.may_have_acted)
    state = "unknown" if unknown else "waiting" if error.retryable else "refused"
    closes = isinstance(error, (NotSent, Unavailable))
    return Outcome(state, words=str(error), wait_seconds=wait, closes=closes, passing=isinstance(error, Undecodable))


def _of_refusal(error: Refused, entry: Entry, policy: Policy) -> Outcome:
    if entry.unknown_tries and _says_it_is_there(error, policy):
        words = f"taken by an earlier try that had no answer ({error.text})"
        return Outcome("accepted", error.code, words, was_there=True)
    return Outcome("waiting" if error.retryable else "refused", error.code, error.text, passing=error.retryable)


def _says_it_is_there(error: Refused, policy: Policy) -> bool:
    """A hub's way of saying "closed already", code to a word in its text (`{"400": "CLOSED"}`), from its profile."""
    word = policy.taken_when.get(error.code)
    return word is not None and word in error.text


def listed(entry: Entry, outcome: Outcome, policy: Policy) -> Outcome:
    """A record that a batch's answer names as not taken, among others that were."""
    if entry.unknown_tries and policy.listed_is_taken:
        words = "named as implausible after a try that had no answer: it is held to be there already"
        return replace(outcome, state="accepted", words=words, was_there=True)
    return replace(outcome, state="refused", words=outcome.words or "named as implausible")


def rest(outcome: Outcome, wait: float) -> float:
    """Seconds for which the whole kind leaves the hub alone."""
    return wait if outcome.wait_seconds is not None else min(wait, _REST_SECONDS)
