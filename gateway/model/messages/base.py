"""What every question and every answer has."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from gateway.model.common import Extensible, Reason
from gateway.model.ids import PartyId

R = TypeVar("R", bound="Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Extensible):
    """What comes back. `transaction` is the exchange's own id where the protocol has one."""

    reason: Reason | None = None
    transaction: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Extensible, Generic[R]):
    """A question. `operator` is the CPO, `provider` the eMSP it concerns; `partner` the connected system (eMIP)."""

    transaction: str | None = None
    partner: PartyId | None = None
    operator: PartyId | None = None
    provider: PartyId | None = None
