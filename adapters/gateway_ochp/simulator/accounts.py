"""Who has an account at the simulated clearing house, which ids are its own, and who sees whom.

Without partners the world is open: its one user is everybody, and sees all. Partners with a user of their own have an
account each; those of one user share it. Partners without one are told apart by their ids, and use the world's user.
Relations are the world's contracts; `services` of a contract names what it is about.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.simulation import Partner, World
from gateway.wire.wsse import UsernameToken

CHARGE_POINTS, STATUS, TOKENS, TARIFFS = "ChargePoints", "Status", "Tokens", "Tariffs"
CDRS, DIRECT = "CDRs", "Direct"
SERVICES = (CHARGE_POINTS, STATUS, TOKENS, TARIFFS, CDRS, DIRECT)
"""What a contract may be about."""
CPO, EMSP, PSO = "CPO", "EMSP", "PSO"
TEST_OPERATOR = PartyId.parse("DE*TST")
TEST_PROVIDER = PartyId.parse("DE-TST")
TEST_USER = "test partner"
_TEST = (Partner(TEST_OPERATOR, CPO, user=TEST_USER), Partner(TEST_PROVIDER, EMSP, user=TEST_USER))
"""The hub's own partner for tests of OCHPdirect: it has a relation with everybody."""


@dataclass(frozen=True)
class Account:
    """What one user owns and sees; `partners` are those of the account."""

    user: str
    partners: tuple[Partner, ...]
    accounts: "Accounts"

    def parties(self, role: str) -> frozenset[PartyId]:
        return _parties(self.partners, role)

    def is_open(self, role: str) -> bool:
        """Whether nobody has this role: then everybody does."""
        return not self.accounts.parties(role) and self.user != TEST_USER

    def has(self, role: str) -> bool:
        return self.is_open(role) or bool(self.parties(role))

    def owns(self, party: PartyId | None, *roles: str) -> bool:
        if all(self.is_open(role) for role in roles):
            return True
        return any(party in self.parties(role) for role in roles)

    def owns_evse(self, evse_id: str | None) -> bool:
        return self.owns(operator_of(evse_id), CPO)

    def owns_contract(self, contract_id: str | None) -> bool:
        return self.owns(provider_of(contract_id), EMSP)

    def sees_operator(self, operator: PartyId | None, service: str) -> bool:
        """Whether a provider of this account has a relation with the operator."""
        return self.has(EMSP) and self.accounts.related([operator], self.parties(EMSP), service)

    def sees_provider(self, provider: PartyId | None, service: str) -> bool:
        return self.has(CPO) and self.accounts.related(self.parties(CPO), [provider], service)


class Accounts:
    """Of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._partners = tuple(partner for partner in world.partners if not partner.locked)
        self.test = Account(TEST_USER, _TEST, self)

    def parties(self, role: str) -> frozenset[PartyId]:
        return _parties(self._partners, role)

    def of(self, given: UsernameToken | None) -> Account | None:
        """None for a stranger and for a wrong password."""
        if given is None:
            return None
        passwords = {partner.user: partner.password for partner in self._partners if partner.user}
        known = {**passwords, self._world.user: passwords.get(self._world.user, self._world.password)}
        expected = known.get(given.username, "")
        right = hmac.compare_digest(given.password.encode(), expected.encode())
        if given.username not in known or not right:
            return None
        own = tuple(partner for partner in self._partners if (partner.user or self._world.user) == given.username)
        return Account(given.username, own, self)

    def account_of(self, party: PartyId | None, *roles: str) -> str:
        """What a Set replaces: everything that the party's account has sent."""
        owner = next((one for one in self._partners if one.owns(party) and one.role in roles), None)
        return "" if owner is None else owner.user or str(owner.id)

    def knows(self, party: PartyId | None, role: str) -> bool:
        known = self.parties(role)
        return not known or party in known or party in _parties(_TEST, role)

    def related(self, operators: Iterable[PartyId | None], providers: Iterable[PartyId | None], service: str) -> bool:
        """Whether one of the operators has a relation with one of the providers; none named: with anybody."""
        ours, theirs = set(operators), set(providers)
        if not self._world.contracts or TEST_OPERATOR in ours or TEST_PROVIDER in theirs:
            return True
        return any(
            (not ours or cpo in ours) and (not theirs or emsp in theirs) and self._world.agreed(cpo, emsp, service)
            for cpo, emsp in self._world.contracts
        )


def _parties(partners: Iterable[Partner], role: str) -> frozenset[PartyId]:
    return frozenset(party for one in partners if one.role == role for party in (one.id, *one.operators))


def operator_of(evse_id: str | None) -> PartyId | None:
    evse = EvseId.read(evse_id)
    return evse.party if evse is not None else None


def provider_of(contract_id: str | None) -> PartyId | None:
    contract = ContractId.read(contract_id)
    return contract.party if contract is not None else None


def prefix_of(text: str | None) -> PartyId | None:
    """The party in the first five characters of an id without separators; of a pattern, too."""
    return PartyId.read((text or "").replace("*", "")[:5])
