"""Partners without a hub between them: where each is reached, for which ids, with which token of the day."""

from dataclasses import dataclass, field
from datetime import date

from gateway.model.common import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectEndpoint:
    """One address of one partner on one UTC day (OCHPdirect ProviderEndpoint, OperatorEndpoint).

    `role` is whose it is: an operator's is for the EVSEs, a provider's for the contracts that some pattern of `allow`
    matches and none of `deny`. Patterns are ids without separators; `%` at the end stands for any rest. `token` is a
    secret; none is ever shown.
    """

    role: Role
    url: str | None = None
    version: str | None = None
    """The namespace of the messages that are spoken there."""
    token: str | None = field(default=None, repr=False)
    day: date | None = None
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
