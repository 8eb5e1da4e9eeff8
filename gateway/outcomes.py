"""What one try to deliver came to, and what may be concluded from it."""

from dataclasses import dataclass

from gateway.errors import GatewayError, Invalid, NoAnswer, Refused, Unavailable, Undecodable
from gateway.model import messages as m
from gateway.model.common import Reason
from gateway.ports import Profile
from gateway.store.outbox import Entry


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one try came to: the next state, the hub's code and words, and when to try again."""

    state: str
    code: str | None = None
    words: str | None = None
    answer: m.Answer | None = None
    wait_seconds: float | None = None


def of_answer(answer: m.Answer) -> Outcome:
    """An answer is final: taken, or declined for good."""
    reason = answer.reason or Reason()
    words = " – ".join(text for text in (reason.text, reason.detail) if text) or None
    accepted = getattr(answer, "accepted", None)
    if accepted is None:
        return Outcome("unknown", reason.code, f"the answer does not say whether it was taken ({words or 'no words'})")
    if isinstance(answer, m.CdrReceipt) and answer.already_there:
        words = f"it had been taken before{f' ({words})' if words else ''}"
    return Outcome("accepted" if accepted else "refused", reason.code, words, answer)


def of_failure(error: GatewayError, entry: Entry, profile: Profile) -> Outcome:
    """What may be concluded from a failure (architecture, section 8)."""
    # An answer that nobody can read is no refusal: a proxy's page may hide that the hub has acted.
    unknown = isinstance(error, (NoAnswer, Undecodable)) or (isinstance(error, Unavailable) and error.may_have_acted)
    wait = error.retry_after if isinstance(error, Unavailable) else None
    if unknown:
        return Outcome("unknown", words=str(error), wait_seconds=wait)
    if isinstance(error, Refused):
        if entry.unknown_tries and _says_it_is_there(error, profile):
            return Outcome("accepted", error.code, f"taken by an earlier try that had no answer ({error.text})")
        return Outcome("waiting" if error.retryable else "refused", error.code, error.text)
    if isinstance(error, Invalid):
        broken = "; ".join(f"{finding.pointer}: {finding.text}" for finding in error.findings)
        return Outcome("refused", "invalid", f"not sent: {broken}")
    return Outcome("waiting" if error.retryable else "refused", words=str(error), wait_seconds=wait)


def _says_it_is_there(error: Refused, profile: Profile) -> bool:
    """A hub's way of saying "closed already", code to a word in its text (`{"400": "CLOSED"}`), from its profile."""
    word = profile.options.get("taken_when", {}).get(error.code)
    return word is not None and word in error.text
