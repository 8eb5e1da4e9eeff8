"""Onboarding scenarios as values: what an adapter brings, and what a step sees of the stand that it is played on.

A scenario proves one thing that a hub wants to see before an account goes live. Its steps are small functions; what
they are sent with and against (a simulated hub, or a test account at the hub) is the stand's.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import Message
from gateway.model.token import Token

CPO, EMP, OFFLINE = "cpo", "emp", "offline"
"""The connections of a stand: an operator, a provider that answers, and one that only uploads its data."""
ROLES: Mapping[str, Role] = {CPO: Role.CPO, EMP: Role.EMSP, OFFLINE: Role.EMSP}


class Unmet(Exception):
    """The hub answered, but not what the step is about."""


@dataclass(frozen=True)
class Cast:
    """Who plays, and with what. `card` and `contract` are the provider's, `stranger` is nobody's."""

    operator: PartyId
    provider: PartyId
    offline: PartyId
    evse: EvseId
    second: EvseId
    card: Token
    contract: Token
    other: Token
    """Another medium of the same driver, which the provider lets end a session."""
    stranger: Token
    uploaded: Token
    """A card of the offline provider."""
    partner_evse: EvseId | None = None
    """One of the hub's own test operator, where there is such."""
    additional: PartyId | None = None
    """Another operator behind the operator's connection; `second` is its EVSE then."""


class Stage(Protocol):
    """What a step may do."""

    @property
    def cast(self) -> Cast: ...
    @property
    def kept(self) -> dict[str, Any]:
        """What steps of one scenario leave for those behind them."""
        ...

    async def send(self, message: Message[Any]) -> Any:
        """The answer, sent by the party of the step. Raises GatewayError."""
        ...

    async def heard(self, kind: type[Message[Any]], fits: Callable[[Any], bool] = ...) -> Any:
        """What the platform was last asked of this kind, and told but once; None where the other side is not ours.

        Raises Unmet.
        """
        ...

    def now(self) -> datetime: ...

    @property
    def link(self) -> Any:
        """The way to the hub of the step's party, a `HubLink`: for what is no message of its own."""
        ...


Act = Callable[[Stage], Awaitable[object]]


@dataclass(frozen=True)
class Step:
    """One thing that `by` does. `expected` is the code of the hub's last answer in it.

    `confirm`: it overwrites what the account has at the hub, so a person has to agree where that is a real one.
    `elsewhere`: codes that are as good where it is not us who answers for the other side. `reached`: partners have to
    be able to call the account. `additional`: the account speaks for another operator as well.
    """

    title: str
    by: str
    act: Act
    expected: str = "000"
    confirm: bool = False
    elsewhere: tuple[str, ...] = ()
    reached: bool = False
    additional: bool = False


def _no_options(_: str) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    role: Role
    """Whose onboarding asks for it."""
    steps: Sequence[Step] = field(default_factory=tuple)


@dataclass(frozen=True)
class Playbook:
    """The scenarios of a hub, in the order in which they are played, and who plays in them."""

    cast: Cast
    scenarios: Sequence[Scenario]
    outcome: Callable[[bytes, int], tuple[str, str]]
    """(body, HTTP status) of the hub's answer → (code, words)."""
    services: Mapping[str, str] = field(default_factory=lambda: {"": ""})
    """Path of each of the hub's services below its address."""
    options: Callable[[str], Mapping[str, Any]] = _no_options
    """The address at which partners reach a connection, empty where they do not → its options."""
    simulated_options: Mapping[str, Any] = field(default_factory=dict)
    """More of them on the simulator."""
    world: Mapping[str, Any] = field(default_factory=dict)
    """What the simulated hub knows beside its partners: members of `World`."""
