"""What the simulated IOP knows: sessions, statuses, records, and who has called it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway.canonical import to_json
from gateway.errors import GatewayError, Refused, Undecodable
from gateway.http import HttpRequest
from gateway.model.ids import EvseId, PartyId
from gateway.simulation import Desk, Partner
from gateway.translation import AnyForm
from gateway.wire import WireModel
from gateway_emip import wire
from gateway_emip.documents import posted
from gateway_emip.exchange import reply_model
from gateway_emip.forms import ANSWERS
from gateway_emip.translate.cdrs import RECORD
from gateway_emip.words import STATUS, UNKNOWN_PARTNER

NODE = "SIM01"
PARTNER_ID = "FR*107"
"""IOP's own id on its pre-production platform."""


class Requester(Protocol):
    transaction_id: str | None
    partner_id: str | None
    operator_id: str | None


@dataclass
class SimulatedSession:
    """`operator` and `provider` as first named; `final` and `intermediate` are the records taken for it."""

    id: str
    evse: str | None = None
    user_id_type: str | None = None
    user_id: str | None = None
    operator: str | None = None
    provider: str | None = None
    cpo: str | None = None
    emsp: str | None = None
    intermediate_requested: bool = False
    state: str = "authorised"
    final: wire.ChargeDetailRecord | None = None
    intermediate: list[wire.ChargeDetailRecord] = field(default_factory=list)

    def is_party(self, operator: str | None) -> bool:
        return PartyId.read(operator) in (PartyId.read(self.operator), PartyId.read(self.provider))


@dataclass
class House:
    """The simulated IOP's memory and its ways out."""

    desk: Desk
    sessions: dict[str, SimulatedSession] = field(default_factory=dict)
    statuses: dict[str, dict[str, str | None]] = field(default_factory=dict)
    operators: dict[str, str] = field(default_factory=dict)
    heartbeats: int = 0

    # --- ids ---

    def new_session(self) -> str:
        return f"IOP-SID-GIR-V-{NODE}-{self.desk.new_id()}"

    def new_transaction(self) -> str:
        return f"IOP-TID-GIR-V-{NODE}-{self.desk.new_id()}"

    def new_action(self) -> str:
        return f"IOP-SAS-GIR-V-{NODE}-{self.desk.new_id()}"

    def transaction(self, asked: Requester) -> str:
        """The caller's, repeated; one of IOP's own where it gave none."""
        return asked.transaction_id or self.new_transaction()

    # --- who calls ---

    def refused(self, asked: Requester) -> str | None:
        """The request status for a caller that is not declared; an open world learns it instead."""
        partner, operator = PartyId.read(asked.partner_id), PartyId.read(asked.operator_id)
        if not self.desk.world.partners:
            self.operators[str(operator)] = str(partner)
            return None
        known = next((one for one in self.desk.world.partners if one.owns(partner)), None)
        return None if known is not None and known.owns(operator) else UNKNOWN_PARTNER

    def partner(self, party: PartyId | None, role: str) -> Partner | None:
        """The partner to forward to: configured, of that role, and with an address."""
        partners = self.desk.world.partners
        return next((one for one in partners if one.owns(party) and one.role == role and one.url), None)

    # --- what is known ---

    def find(self, hub: str | None, cpo: str | None, emsp: str | None) -> SimulatedSession | None:
        """By IOP's id; else by the ids of both partners together."""
        known = self.sessions.get(hub or "")
        if known is not None or cpo is None or emsp is None:
            return known
        return next((one for one in self.sessions.values() if (one.cpo, one.emsp) == (cpo, emsp)), None)

    def knows_evse(self, evse: EvseId | None) -> bool:
        evses = self.desk.world.evses
        return not evses or evse in evses

    # --- calling a partner ---

    async def ask(self, partner: Partner | None, form: AnyForm, message: WireModel) -> Any:
        """The wire model of the partner's answer.

        Raises Refused for a fault, TransportError or Undecodable for no answer, ValueError where there is no address.
        """
        request: HttpRequest = posted(form.name, message)
        return reply_model(await self.desk.call_partner(partner, request), ANSWERS[form.name])

    # --- for people ---

    def state(self) -> Mapping[str, Any]:
        return {
            "sessions": {one.id: _plain(one) for one in self.sessions.values()},
            "statuses": {
                evse: {**told, "status": to_json(STATUS.read(told["availability"], told["busy"]))}
                for evse, told in self.statuses.items()
            },
            "evses": sorted(self.statuses),
            "cdrs": {one.id: to_json(RECORD.read(one.final)) for one in self.sessions.values() if one.final},
            "operators": dict(self.operators),
            "heartbeats": self.heartbeats,
        }


def _plain(session: SimulatedSession) -> Mapping[str, Any]:
    shown = {name: value for name, value in vars(session).items() if name not in ("final", "intermediate")}
    return {**shown, "final_cdr": session.final is not None, "intermediate_cdrs": len(session.intermediate)}


FAILURES = (GatewayError, ValueError)


def is_fault(error: Exception) -> bool:
    """Whether the partner answered, but with a fault."""
    return isinstance(error, (Refused, Undecodable))
