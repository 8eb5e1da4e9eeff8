"""Who may call the simulated IOP, and whether it is alive.

A partner is the connected system, an operator the party it speaks for; an operator is declared and attached to its
partner, or the call is rejected (Gireve's guide to a sibling protocol, grade A for the concept, C for eMIP). What IOP
does when heartbeats stop is unknown (D): silence shows in the state, and costs something only where a world says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.simulation import Desk, Partner
from gateway_emip.simulator.settings import HEARTBEATS, REGIME, SILENCE, setting
from gateway_emip.words import UNKNOWN_PARTNER


class Requester(Protocol):
    transaction_id: str | None
    partner_id: str | None
    operator_id: str | None


@dataclass
class Caller:
    """One operator behind one partner. `alive`: its last heartbeat, its first call where there was none."""

    partner: PartyId
    operator: PartyId
    alive: datetime
    heartbeats: int = 0


class Callers:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[tuple[PartyId, PartyId], Caller] = {}

    # --- who is it -----------------------------------------------------------------------------------------------

    def refused(self, asked: Requester, role: Role | None = None) -> str | None:
        """The request status for a caller that is not declared in this role, or silent for too long."""
        caller = self._caller(asked, role)
        return UNKNOWN_PARTNER if caller is None or self._is_silent(caller) else None

    def beat(self, asked: Requester) -> str | None:
        """A heartbeat; the request status for a caller that is not declared."""
        caller = self._caller(asked, None)
        if caller is None:
            return UNKNOWN_PARTNER
        caller.heartbeats, caller.alive = caller.heartbeats + 1, self._desk.now()
        return None

    def _caller(self, asked: Requester, role: Role | None) -> Caller | None:
        partner, operator = PartyId.read(asked.partner_id), PartyId.read(asked.operator_id)
        if partner is None or operator is None or not self._is_declared(partner, operator, role):
            return None
        return self._known.setdefault((partner, operator), Caller(partner, operator, self._desk.now()))

    def _is_declared(self, partner: PartyId, operator: PartyId, role: Role | None) -> bool:
        """An open world learns who calls; where one connection carries one operator, it learns no second one."""
        alone = setting(self._desk.world, REGIME) == "none"
        if not self._desk.world.partners:
            others = (one.operator for one in self._known.values() if one.partner == partner)
            return not alone or all(other == operator for other in others)
        return any(
            _is_attached(one, partner, operator, alone)
            for one in self._desk.world.partners
            if role is None or one.role == role.value
        )

    def has_called(self, operator: PartyId | None) -> bool:
        return any(one.operator == operator for one in self._known.values())

    # --- is it alive ---------------------------------------------------------------------------------------------

    def _is_silent(self, caller: Caller) -> bool:
        periods = setting(self._desk.world, SILENCE)
        return bool(periods) and self._silence(caller) > periods * self._period

    @property
    def _period(self) -> timedelta:
        return timedelta(seconds=self._desk.world.heartbeat_period)

    def _silence(self, caller: Caller) -> timedelta:
        """Since the last heartbeat of the partner, or of the operator where each has its own."""
        group: Iterable[Caller] = (one for one in self._known.values() if one.partner == caller.partner)
        if setting(self._desk.world, HEARTBEATS) == "operator":
            group = (caller,)
        return self._desk.now() - max(one.alive for one in group)

    # --- for people ----------------------------------------------------------------------------------------------

    def state(self) -> Mapping[str, Any]:
        return {
            "operators": {str(one.operator): str(one.partner) for one in self._known.values()},
            "heartbeats": sum(one.heartbeats for one in self._known.values()),
            "alive": [
                {
                    "partner": str(one.partner),
                    "operator": str(one.operator),
                    "heartbeats": one.heartbeats,
                    "silent_seconds": self._silence(one).total_seconds(),
                    "overdue": self._silence(one) > self._period,
                }
                for one in self._known.values()
            ],
        }


def _is_attached(known: Partner, partner: PartyId, operator: PartyId, alone: bool) -> bool:
    return known.owns(partner) and (operator == known.id if alone else known.owns(operator))
