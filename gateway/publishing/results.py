"""What publishing tells its caller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.errors import Invalid
from gateway.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Broken:
    """An EVSE that is not sent because of what it says; `connection` is empty where it concerns all of them."""

    evse: str
    connection: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a call changes at one connection, by EVSE id; `held` is not sent for now, each with its reason."""

    inserts: tuple[str, ...] = ()
    updates: tuple[str, ...] = ()
    removals: tuple[str, ...] = ()
    unchanged: int = 0
    held: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `publish` and `retire` did, or `preview` would do, by connection; and what they could not use."""

    connections: Mapping[str, Changes] = field(default_factory=dict)
    broken: tuple[Broken, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """Why one EVSE is not, or not as we want it, at one hub. `what`: data or status; `state`: held, refused, waits.

    `what` is load, and there is no EVSE, where the last full load came to nothing.
    """

    connection: str
    evse: str
    what: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class StatusTaken:
    """What becomes of a status at one connection: due, waits, unchanged, older, dropped."""

    connection: str
    outcome: str
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FullLoad:
    """What a full load would send, and what the hub would lose by it, each with the reason.

    `complete` tells whether all that the hub has of ours is known, by a view or by what it has accepted; `last` why the
    last full load came to nothing, if it did.
    """

    connection: str
    sends: tuple[str, ...]
    loses: Mapping[str, str]
    complete: bool
    planned: bool = False
    last: str | None = None
    keeps: int = field(default=0, compare=False)
    """How many of those that the hub has are sent again."""

    most_lost: float = field(default=0.5, compare=False)
    """The share of what the hub has that may go without being confirmed."""
    first_contact: bool = field(default=True, compare=False)
    """Whether the hub is to be met by a full load: then nobody can know what it has before."""

    @property
    def is_loss(self) -> bool:
        """Whether somebody has to say that what goes is meant to go: it is too much, or nobody knows how much it is."""
        unknown = not self.complete and not self.first_contact
        return unknown or len(self.loses) > self.most_lost * (self.keeps + len(self.loses))


class LossRefused(Invalid):
    """A full load would take away too much, or nobody knows how much, and nobody has said that this is meant."""

    def __init__(self, found: FullLoad) -> None:
        there, shown = found.keeps + len(found.loses), list(found.loses)
        names = ", ".join(shown[:20]) + (f" and {len(shown) - 20} more" if len(shown) > 20 else "")
        text = (
            f"{found.connection} has {there} EVSEs and would lose {len(shown)} of them by a full load; "
            f"if that is meant, confirm the loss too: {names}"
        )
        if not shown:
            text = (
                f"a full load replaces all EVSEs of {found.connection}, and what else the hub has of this account is "
                f"not known here: {len(found.sends)} would be left. Look with a view, or confirm the loss too"
            )
        super().__init__([Finding("", Severity.ERROR, "loss", text)])


class RemovalRefused(Invalid):
    """More would be removed than is allowed without `confirm`; `evses` would be, of `known`."""

    def __init__(self, connection: str, operator: str, evses: Sequence[str], known: int, most: float) -> None:
        shown = ", ".join(evses[:20]) + (f" and {len(evses) - 20} more" if len(evses) > 20 else "")
        text = (
            f"{len(evses)} of {known} EVSEs of {operator} would be removed at {connection}, at most {most:.0%} may go "
            f"without confirmation: {shown}"
        )
        super().__init__([Finding("", Severity.ERROR, "removal", text)])
        self.connection, self.evses, self.known = connection, tuple(evses), known
