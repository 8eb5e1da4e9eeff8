"""Scenarios with an account at a real hub: one party, its certificate, and nothing that overwrites without a yes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.token import Token, TokenType
from gateway.ports import Credentials
from gateway.scenario import CPO, EMP, Cast, Playbook
from gateway.scenarios.stands import Stand, connection, opened


@dataclass(frozen=True)
class Account:
    """`party` is spelled as registered; `role` is `cpo`, `emp` or `offline`. Files are PEM, passwords as they are.

    What is left out is the playbook's.
    """

    url: str
    party: str
    role: str = CPO
    certificate: str = ""
    key: str = ""
    ca: str = ""
    evse: str = ""
    card: str = ""
    contract: str = ""
    confirmed: bool = False
    username: str = ""
    password: str = field(default="", repr=False)
    address: str = ""
    """Where partners reach this account, for hubs whose partners call each other."""
    additional: str = ""
    """Another operator that the account speaks for, spelled as registered."""


@asynccontextmanager
async def account(hub: str, playbook: Playbook, given: Account) -> AsyncIterator[Stand]:
    """Only the account's own party acts. Raises Invalid."""
    playbook = replace(playbook, cast=_cast(playbook.cast, given))
    credentials = Credentials(
        username=given.username,
        password=given.password,
        client_certificate=given.certificate,
        client_key=given.key,
        ca=given.ca,
    )
    own = {"credentials": credentials, "insecure_loopback": given.url.startswith("http://127.0.0.1")}
    options = playbook.options(given.address)
    known = {given.role: connection(hub, given.role, playbook, given.url, options=options, **own)}
    async with opened(known, playbook) as stand:
        stand.confirmed, stand.reached = given.confirmed, bool(given.address)
        yield stand


def _cast(cast: Cast, given: Account) -> Cast:
    try:
        party = PartyId.parse(given.party)
        if given.role != CPO:
            evse = EvseId.parse(given.evse) if given.evse else cast.evse
            cast = replace(cast, evse=evse, partner_evse=evse if given.evse else cast.partner_evse)
            cast = replace(cast, provider=party) if given.role == EMP else replace(cast, offline=party)
        else:
            own, second = given.evse or f"{given.party}*E0001*1", f"{given.additional or given.party}*E0002*1"
            cast = replace(cast, operator=party, evse=EvseId.parse(own), second=EvseId.parse(second))
        cast = replace(cast, additional=PartyId.parse(given.additional) if given.additional else None)
        card = Token(uid=given.card, type=TokenType.RFID) if given.card else None
        cast = replace(cast, card=card or cast.card, uploaded=card or cast.uploaded)
        return replace(cast, contract=_contract(cast, given))
    except ValueError as error:
        raise Invalid([Finding("", Severity.ERROR, "setting", str(error))]) from None


def _contract(cast: Cast, given: Account) -> Token:
    if not given.contract:
        return cast.contract
    return Token(uid=given.contract, type=TokenType.APP_USER, contract_id=ContractId.parse(given.contract))
