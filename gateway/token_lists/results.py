"""What publishing tokens tells its caller. No card number and no contract id stands in these texts in clear."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.masking import masked_value
from gateway.model.token import Token

_MOST_NAMED = 20


def label(token: Token) -> str:
    """`04…80 plain DE…-6`: enough to find a card by, too little to make one."""
    number = masked_value(token.uid or "")
    contract = masked_value(str(token.contract_id)) if token.contract_id is not None else "no contract"
    return f"{number} {token.hashed_by.value if token.hashed_by is not None else 'plain'} {contract}"


def named(labels: Sequence[str]) -> str:
    shown = ", ".join(labels[:_MOST_NAMED])
    return shown + (f" and {len(labels) - _MOST_NAMED} more" if len(labels) > _MOST_NAMED else "")


@dataclass(frozen=True, slots=True)
class BrokenToken:
    """A token that is not sent because of what it says; `place` is its position among those given, from 0."""

    place: int
    label: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenReport:
    """What a call did, or a preview would do, by label. `refused`: the hub has refused exactly this before.

    `entries` are the numbers of the outbox entries that carry the changes.
    """

    connection: str
    inserts: tuple[str, ...] = ()
    updates: tuple[str, ...] = ()
    revoked: tuple[str, ...] = ()
    unchanged: int = 0
    refused: tuple[str, ...] = ()
    broken: tuple[BrokenToken, ...] = ()
    entries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedToken:
    """One token at one hub. `state`: sending, current, refused; `there`: whether the hub has it (no, maybe, yes).

    `revoked`: it is to be there no longer. `expires_at`: the end of validity that the hub was told, a stamp.
    """

    connection: str
    label: str
    provider: str
    state: str
    there: str
    revoked: bool
    expires_at: str | None
    code: str | None
    words: str | None
    changed_at: str
    token: Token = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLoad:
    """What a full load would send, and what the hub would lose by it, label by label with the reason.

    `complete` tells whether all that the hub has of this account is known; `last` why the last full load came to
    nothing; `entry` is the outbox entry, where it was asked for.
    """

    connection: str
    sends: int
    keeps: int
    loses: tuple[tuple[str, str], ...]
    complete: bool
    most_lost: float
    entry: int | None = None
    last: str | None = None

    @property
    def is_loss(self) -> bool:
        """Whether somebody has to say that what goes is meant to go."""
        return not self.complete or len(self.loses) > self.most_lost * (self.keeps + len(self.loses))


class TokenLossRefused(Invalid):
    """A full load would take away too much, or nobody knows how much, and nobody has said that this is meant."""

    def __init__(self, found: TokenLoad) -> None:
        if not found.complete:
            text = (
                f"a full load replaces all tokens of {found.connection}, and what else the hub has of this account is "
                f"not known here: {found.sends} would be left; if that is all there is, confirm the loss too"
            )
        else:
            names = named([name for name, _ in found.loses])
            text = (
                f"{found.connection} has {found.keeps + len(found.loses)} tokens and would lose {len(found.loses)} of "
                f"them by a full load, at most {found.most_lost:.0%} may go unconfirmed; if that is meant, confirm the "
                f"loss too: {names}"
            )
        super().__init__([Finding("", Severity.ERROR, "loss", text)])


class RevocationRefused(Invalid):
    """A list that is called complete would revoke more than is allowed without `confirm`."""

    def __init__(self, connection: str, provider: str, labels: Sequence[str], known: int, most: float) -> None:
        text = (
            f"{len(labels)} of {known} tokens of {provider} would be revoked at {connection}, at most {most:.0%} may "
            f"go without confirmation: {named(labels)}"
        )
        super().__init__([Finding("", Severity.ERROR, "removal", text)])
