"""Who is connected to the simulated hub, and how it reaches them."""

import asyncio
from typing import Any
from urllib.parse import quote

from gateway.errors import TransportError, Undecodable
from gateway.http import HttpRequest
from gateway.model.ids import PartyId
from gateway.simulation import Desk, Partner
from gateway.wire.json import json_text, parse_json
from gateway_oicp.operations import BASE, PATHS
from gateway_oicp.simulator.replies import HEADERS, Declined
from gateway_oicp.simulator.scripts import Scripts
from gateway_oicp.words import Code

SILENT, NO_SUCH_PAGE = 0, 404
_REMOTE_SECONDS, _CDR_SECONDS = 60.0, 30.0
"""How long the hub waits for an operator's or provider's answer, and for that to a charge detail record."""


class Partners:
    """Partners by their registered spelling. Where none are configured, who calls first is registered by that."""

    def __init__(self, desk: Desk, scripts: Scripts) -> None:
        self._desk, self._scripts = desk, scripts
        self.known = {str(partner.id): partner for partner in desk.world.partners}

    def caller(self, spelling: str, role: str) -> Partner:
        """Raises Declined 300 for a stranger (another spelling is one), 017 when locked or in the wrong role."""
        party = PartyId.read(spelling)
        if spelling not in self.known and not self._desk.world.partners and party is not None and party.well_formed:
            if any(partner.id == party for partner in self.known.values()):
                raise Declined(Code.UNKNOWN_PARTNER, "Partner not found", 404)
            self.known[spelling] = Partner(id=party, role=role)
        partner = self.known.get(spelling)
        if partner is None:
            raise Declined(Code.UNKNOWN_PARTNER, "Partner not found", 404)
        if partner.locked:
            raise Declined(Code.UNAUTHORIZED, f"{spelling} is locked", 401)
        if partner.role != role:
            raise Declined(Code.UNAUTHORIZED, f"{spelling} is not registered as {role}", 401)
        return partner

    def of(self, party: PartyId | None, role: str) -> Partner | None:
        """The partner of this id, or the one that bundles it as a sub-partner."""
        owners = (partner for partner in self.known.values() if partner.role == role and partner.owns(party))
        return next(owners, None)

    def provider(self, spelling: str | None) -> Partner | None:
        return self.of(PartyId.read(spelling), "EMSP")

    def can_be_asked(self, partner: Partner) -> bool:
        return bool(partner.url or partner.script) and not partner.locked

    def reachable_providers(self) -> list[Partner]:
        return [partner for partner in self.known.values() if partner.role == "EMSP" and self.can_be_asked(partner)]

    def agreed(self, cpo: PartyId, emsp: PartyId | None, service: str = "") -> bool:
        return emsp is None or self._desk.world.agreed(cpo, emsp, service)

    async def ask(self, partner: Partner | None, operation: str, party: str, document: Any) -> dict[str, Any] | None:
        """The partner's answer; None where it has no address, keeps silent or says nothing that can be read."""
        return (await self.asked(partner, operation, party, document))[1]

    async def asked(
        self, partner: Partner | None, operation: str, party: str, document: Any
    ) -> tuple[int, dict[str, Any] | None]:
        """(HTTP status, answer) at the very same path, with the id of `party` in it; the status 0 is silence."""
        seconds = _CDR_SECONDS if operation == "ChargeDetailRecord" else _REMOTE_SECONDS
        try:
            async with asyncio.timeout(self._desk.world.settings.get("partner_seconds", seconds)):
                if partner is not None and partner.script:
                    answer = await self._scripts.answer(partner, operation, document)
                    return (SILENT if answer is None else 200), answer
                return await self._called(partner, path(operation, party), document)
        except TimeoutError:
            return SILENT, None

    async def _called(self, partner: Partner | None, where: str, document: Any) -> tuple[int, dict[str, Any] | None]:
        request = HttpRequest(path=BASE + where, headers=HEADERS, body=json_text(document).encode())
        try:
            reply = await self._desk.call_partner(partner, request)
        except (TransportError, ValueError):
            return SILENT, None
        try:
            answer = parse_json(reply.body)
        except Undecodable:
            answer = None
        return reply.status, answer if isinstance(answer, dict) else None


def path(operation: str, party: str) -> str:
    """Below `/api/oicp`. The hub leaves the `*` of an id as it is."""
    named = quote(party, safe="*+")
    return PATHS[operation].format(operatorID=named, providerID=named)
