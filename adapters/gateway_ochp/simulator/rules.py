"""What the simulated clearing house checks of everything it is sent, and how it says the outcome."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.findings import Finding, Severity
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.simulation import World
from gateway.wire import WireModel, decode_document
from gateway_ochp import wire

AGAINST_THE_SCHEMA = frozenset({"misspelled", "malformed", "repaired", "combination"})
"""Codes of findings that a tolerant reader passes and a schema does not."""
ACCEPTED_TEXT = "Data accepted and processed."


def complaints(model: WireModel) -> list[Finding]:
    """What the schema and the rules have against a message or a record as it was sent."""
    decoded = decode_document(type(model), model.source)
    return [f for f in decoded.findings if f.severity is Severity.ERROR or f.code in AGAINST_THE_SCHEMA]


def said(found: Iterable[Finding]) -> str:
    return "; ".join(f"{finding.pointer} {finding.text}" for finding in found)


def result(code: str = wire.OK, text: str = ACCEPTED_TEXT) -> wire.Result:
    return wire.Result(result_code=code, result_description=text[:1000])


def list_result(refusals: Sequence[str], foreign: int, total: int) -> wire.Result:
    """`partly` for some refused records, `invalid-id` where not one of the ids is the user's."""
    if not refusals:
        return result()
    text = f"{len(refusals)} of {total} refused: {'; '.join(refusals)}"
    return result(wire.INVALID_ID if foreign == total else wire.PARTLY, text)


@dataclass(frozen=True)
class Relations:
    """Whose ids are whose, and who sees whom. Nothing configured: everybody is welcome and sees all."""

    world: World

    def _parties(self, role: str) -> set[PartyId]:
        partners = [partner for partner in self.world.partners if partner.role == role]
        return {party for partner in partners for party in (partner.id, *partner.operators)}

    def is_foreign_operator(self, evse_id: str | None) -> bool:
        known = self._parties("CPO")
        return bool(known) and operator_of(evse_id) not in known

    def is_foreign_provider(self, contract_id: str | None) -> bool:
        known = self._parties("EMSP")
        return bool(known) and provider_of(contract_id) not in known

    def account_of(self, party: PartyId | None) -> str:
        """What a Set replaces: all that the partner has sent; in an open world there is one account."""
        return next((str(partner.id) for partner in self.world.partners if partner.owns(party)), "")

    def are_agreed(self, operator: PartyId | None, provider: PartyId | None) -> bool:
        return not self.world.contracts or (operator, provider) in self.world.contracts

    def emsp_sees(self, operator: PartyId | None) -> bool:
        """Whether a provider of this hub has a relation with the operator."""
        return self._has_relation(operator, 0, self._parties("EMSP"))

    def cpo_sees(self, provider: PartyId | None) -> bool:
        return self._has_relation(provider, 1, self._parties("CPO"))

    def _has_relation(self, party: PartyId | None, side: int, others: set[PartyId]) -> bool:
        pairs = self.world.contracts
        return not pairs or any(pair[side] == party and (not others or pair[1 - side] in others) for pair in pairs)


def operator_of(evse_id: str | None) -> PartyId | None:
    evse = EvseId.read(evse_id)
    return evse.party if evse is not None else None


def provider_of(contract_id: str | None) -> PartyId | None:
    contract = ContractId.read(contract_id)
    return contract.party if contract is not None else None


def evse_key(evse_id: str | None) -> str:
    """By meaning: without separators, in capitals."""
    evse = EvseId.read(evse_id)
    return evse.compact if evse is not None else ""
