"""Who is connected to the simulated hub, and how it reaches them."""

from typing import Any

from gateway.errors import TransportError, Undecodable
from gateway.http import HttpRequest
from gateway.model.ids import PartyId
from gateway.simulation import Desk, Partner
from gateway.wire.json import json_text, parse_json
from gateway_oicp.operations import BASE
from gateway_oicp.simulated_replies import HEADERS, Declined
from gateway_oicp.words import Code


class Partners:
    """Partners by their registered spelling. Where none are configured, who calls first is registered by that."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.known = {str(partner.id): partner for partner in desk.world.partners}

    def caller(self, spelling: str, role: str) -> Partner:
        """Raises Declined 300 for a stranger (another spelling is one), 017 in the wrong role."""
        party = PartyId.read(spelling)
        if spelling not in self.known and not self._desk.world.partners and party is not None and party.well_formed:
            if any(partner.id == party for partner in self.known.values()):
                raise Declined(Code.UNKNOWN_PARTNER, "Partner not found", 404)
            self.known[spelling] = Partner(id=party, role=role)
        partner = self.known.get(spelling)
        if partner is None:
            raise Declined(Code.UNKNOWN_PARTNER, "Partner not found", 404)
        if partner.role != role:
            raise Declined(Code.UNAUTHORIZED, f"{spelling} is not registered as {role}", 401)
        return partner

    def of(self, party: PartyId | None, role: str) -> Partner | None:
        owners = (partner for partner in self.known.values() if partner.role == role and partner.owns(party))
        return next(owners, None)

    def reachable_providers(self) -> list[Partner]:
        return [partner for partner in self.known.values() if partner.role == "EMSP" and partner.url]

    def agreed(self, cpo: PartyId, emsp: PartyId | None) -> bool:
        return emsp is None or self._desk.world.agreed(cpo, emsp)

    async def ask(self, partner: Partner | None, path: str, document: Any) -> dict[str, Any] | None:
        """The partner's answer at the very same path; None where it has no address, keeps silent or says nothing."""
        request = HttpRequest(path=BASE + path, headers=HEADERS, body=json_text(document).encode())
        try:
            reply = await self._desk.call_partner(partner, request)
            answer = parse_json(reply.body)
        except (TransportError, Undecodable, ValueError):
            return None
        return answer if isinstance(answer, dict) else None
