"""What the simulated IOP knows: its sessions, statuses and records, and the ways to its partners."""

import json
from asyncio import Lock
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.canonical import to_json
from gateway.errors import GatewayError, Refused, Undecodable
from gateway.http import HttpRequest
from gateway.masking import masked, masked_value
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.simulation import Desk, Partner
from gateway.translation import AnyForm
from gateway.wire import WireModel
from gateway_emip import wire
from gateway_emip.documents import posted
from gateway_emip.exchange import reply_model
from gateway_emip.forms import ANSWERS
from gateway_emip.simulator.callers import Callers, Requester
from gateway_emip.simulator.charging import Charging
from gateway_emip.simulator.settings import PLACES, setting
from gateway_emip.translate.cdrs import RECORD
from gateway_emip.words import EMI3, FAILED, NOT_DELIVERED, NOT_TAKEN, PARTNER_FAULT, STATUS, published

NODE = "SIM01"
PARTNER_ID = "FR*107"
"""IOP's own id on its pre-production platform (Gireve's OCPI guide, grade A)."""
ACTIONS, EVENTS = "Actions", "Events"
"""Of a partner's `services`: one that lists others takes no actions, or no events (10503)."""
FAILURES = (GatewayError, ValueError)
"""What asking a partner may raise: no answer, a fault, an answer that nobody can read, no address."""


def failure(error: Exception) -> str:
    """10505 where the partner answered, but with a fault or with what nobody can read; 10504 else."""
    return PARTNER_FAULT if isinstance(error, (Refused, Undecodable)) else NOT_DELIVERED


@dataclass
class SimulatedSession:
    """`cpo` and `emsp` are the names that both partners give it. `charging`: IOP plays the operator itself."""

    id: str
    evse: str | None = None
    user_id_type: str | None = None
    user_id: str | None = None
    operator: str | None = None
    provider: str | None = None
    cpo: str | None = None
    emsp: str | None = None
    contract_alias: str | None = None
    intermediate_requested: bool = False
    state: str = "authorised"
    events: list[str] = field(default_factory=list)
    """Natures that were reported, in order."""
    final: wire.ChargeDetailRecord | None = None
    intermediate: list[wire.ChargeDetailRecord] = field(default_factory=list)
    charging: Charging | None = None
    taking: Lock = field(default_factory=Lock)
    """One record at a time: a second one may come while the eMSP has not answered for the first."""

    def is_party(self, party: str | None) -> bool:
        """Whether it is the operator or the provider of this session."""
        return self.is_operator(party) or PartyId.read(party) == PartyId.read(self.provider)

    def is_operator(self, party: str | None) -> bool:
        return PartyId.read(party) == PartyId.read(self.operator)


@dataclass
class House:
    """The simulated IOP's memory and its ways out."""

    desk: Desk
    sessions: dict[str, SimulatedSession] = field(default_factory=dict)
    statuses: dict[str, dict[str, str | None]] = field(default_factory=dict)
    places: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.callers = Callers(self.desk)

    def setting(self, name: str) -> Any:
        return setting(self.desk.world, name)

    # --- ids (form of IOP's own: inventory a.10 and c.1, grades A and B) ------------------------------------------

    def new_session(self) -> str:
        return f"IOP-SID-GIR-V-{NODE}-{self.desk.new_id()}"

    def new_transaction(self) -> str:
        return f"IOP-TID-GIR-V-{NODE}-{self.desk.new_id()}"

    def new_action(self) -> str:
        return f"IOP-SAS-GIR-V-{NODE}-{self.desk.new_id()}"

    def transaction(self, asked: Requester) -> str:
        """The caller's, repeated; one of IOP's own where it gave none."""
        return asked.transaction_id or self.new_transaction()

    def from_iop(self, operator: str | None, target: str | None) -> Mapping[str, Any]:
        """The beginning of every FromIOP message: IOP is the partner, the other party the operator."""
        return {
            "transaction_id": self.new_transaction(),
            "partner_id_type": EMI3,
            "partner_id": PARTNER_ID,
            "operator_id_type": EMI3,
            "operator_id": operator,
            "target_operator_id_type": EMI3,
            "target_operator_id": target,
        }

    # --- who calls, and whom to call -----------------------------------------------------------------------------

    def refused(self, asked: Requester, role: Role | None = None) -> str | None:
        return self.callers.refused(asked, role)

    def declared(self, party: PartyId | None, role: Role) -> Partner | None:
        partners = self.desk.world.partners
        return next((one for one in partners if one.owns(party) and one.role == role.value), None)

    def partner(self, party: PartyId | None, role: Role) -> Partner | None:
        """The partner to forward to: declared in that role, and with an address."""
        found = self.declared(party, role)
        return found if found is not None and found.url else None

    def operator_of(self, session: SimulatedSession) -> Partner | None:
        return self.partner(PartyId.read(session.operator), Role.CPO)

    def provider_of(self, session: SimulatedSession) -> Partner | None:
        return self.partner(PartyId.read(session.provider), Role.EMSP)

    def declares(self, operator: PartyId) -> bool:
        return not self.desk.world.partners or self.declared(operator, Role.CPO) is not None

    # --- what is known -------------------------------------------------------------------------------------------

    def find(self, hub: str | None, cpo: str | None, emsp: str | None) -> SimulatedSession | None:
        """By IOP's id; else by the ids of both partners together."""
        known = self.sessions.get(hub or "")
        if known is not None or cpo is None or emsp is None:
            return known
        return next((one for one in self.sessions.values() if (one.cpo, one.emsp) == (cpo, emsp)), None)

    def named(self, name: str) -> SimulatedSession | None:
        """By any of its names."""
        return next((one for one in self.sessions.values() if name and name in (one.id, one.cpo, one.emsp)), None)

    def knows_evse(self, evse: EvseId | None) -> bool:
        evses = self.desk.world.evses
        return not evses or evse in evses

    def knows_place(self, place: str) -> bool:
        known = self.setting(PLACES)
        return place in known if known else not self.desk.world.evses

    # --- calling a partner ---------------------------------------------------------------------------------------

    async def ask(self, partner: Partner | None, form: AnyForm, message: WireModel) -> Any:
        """The wire model of the partner's answer.

        Raises Refused for a fault, TransportError or Undecodable for no answer, ValueError where there is no address.
        """
        request: HttpRequest = posted(form.name, message)
        return reply_model(await self.desk.call_partner(partner, request), ANSWERS[form.name])

    async def told(self, partner: Partner | None, form: AnyForm, message: WireModel, service: str = "") -> str:
        """The request status of what is passed on: the partner's own, 10503 where it takes none of this kind, 10504
        where there is no answer, 10505 for a fault, 10507 for a status that no list has."""
        if partner is not None and service and not partner.offers(service):
            return NOT_TAKEN
        try:
            answer = await self.ask(partner, form, message)
        except FAILURES as error:
            return failure(error)
        status: str | None = answer.request_status
        return status if status is not None and status in published() else FAILED

    # --- for people ----------------------------------------------------------------------------------------------

    def state(self) -> Mapping[str, Any]:
        """Numbers of cards and contracts masked."""
        told = {
            "sessions": {one.id: self._plain(one) for one in self.sessions.values()},
            "statuses": {
                evse: {**one, "status": to_json(STATUS.read(one["availability"], one["busy"]))}
                for evse, one in self.statuses.items()
            },
            "places": dict(self.places),
            "evses": sorted(self.statuses),
            "cdrs": {one.id: to_json(RECORD.read(one.final)) for one in self.sessions.values() if one.final},
            **self.callers.state(),
        }
        shown: Mapping[str, Any] = json.loads(masked(json.dumps(to_json(told))))
        return shown

    def _plain(self, session: SimulatedSession) -> Mapping[str, Any]:
        hidden = ("final", "intermediate", "charging", "taking")
        shown = {name: value for name, value in vars(session).items() if name not in hidden}
        shown["user_id"] = masked_value(session.user_id) if session.user_id else None
        energy = session.charging.energy_wh(self.desk.now()) if session.charging is not None else None
        return {
            **shown,
            "final_cdr": session.final is not None,
            "intermediate_cdrs": len(session.intermediate),
            "energy_wh": str(energy) if energy is not None else None,
        }
