"""Authentication data at the simulated hub: what offline EMPs upload, and what the hub answers for them.

OICP 2.3, PushAuthenticationData: contracts must be the provider's or a sub-partner's (019); a QR code has a PIN or its
hash, and a clear PIN is stored as its bcrypt hash.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import bcrypt

from gateway.model.ids import ContractId
from gateway.model.messages import Allowed, PushAction
from gateway.model.token import Token
from gateway.simulation import Desk, Partner
from gateway.wire import decode_document
from gateway_oicp import wire
from gateway_oicp.simulator.ledger import Entry, Ledger
from gateway_oicp.simulator.partners import Partners
from gateway_oicp.simulator.replies import Asked, Declined, Reply, success
from gateway_oicp.translate.tokens import normal_uid
from gateway_oicp.words import ACTION, AUTHORIZATION, Code

_ROUNDS = 4
_QR, _CARDS = "QRCodeIdentification", ("RFIDMifareFamilyIdentification", "RFIDIdentification")
_WRONG_PIN = AUTHORIZATION.write(Allowed.UNKNOWN_TOKEN, "qr_code") or Code.DATA_ERROR


class Authentication:
    def __init__(self, desk: Desk, partners: Partners) -> None:
        self._partners = partners
        self.ledger = Ledger(desk, "authentication data records")

    @property
    def handlers(self) -> Mapping[str, Any]:
        return {"PushAuthenticationData": self.push, "PullAuthenticationData": self.pull}

    async def push(self, asked: Asked) -> Reply:
        told = asked.document.get("ProviderAuthenticationData") or {}
        records = [_identification(record) for record in told.get("AuthenticationDataRecord") or ()]
        entries = [Entry(_key(option, shown), "", _stored(option, shown)) for option, shown in records]
        self._consistent(asked.partner, records)
        if any(count > 1 for count in Counter(entry.key for entry in entries).values()):
            raise Declined(Code.DATA_TRANSACTION, "an authentication data record is given twice")
        action = ACTION.read(asked.document.get("ActionType")) or PushAction.UPDATE
        async with self.ledger.alone(asked.partner):
            self.ledger.take(asked.partner, action, entries)
        return success()

    @staticmethod
    def _consistent(partner: Partner, records: list[tuple[str, dict[str, Any]]]) -> None:
        for option, shown in records:
            consistent(partner, shown.get("EvcoID"))
            if option == _QR and (shown.get("PIN") is None) == (shown.get("HashedPIN") is None):
                raise Declined(Code.DATA_ERROR, "a QR code has either a PIN or a HashedPIN")

    async def pull(self, asked: Asked) -> Reply:
        """What every EMP with an agreement has uploaded."""
        groups: dict[str, list[Any]] = {}
        for _, held in self.ledger.live():
            partner = self._partners.provider(held.owner)
            if partner is not None and self._partners.agreed(asked.partner.id, partner.id):
                groups.setdefault(held.owner, []).append({"Identification": held.document})
        listed = [{"ProviderID": name, "AuthenticationDataRecord": records} for name, records in groups.items()]
        status = {"Code": str(Code.SUCCESS), "Description": None, "AdditionalInfo": None}
        return {"AuthenticationData": {"ProviderAuthenticationData": listed}, "StatusCode": status}

    def verdicts(self, token: Token) -> Iterator[tuple[str, str]]:
        """(provider, code) of every EMP that has uploaded this card or contract."""
        for _, held in self.ledger.live():
            for option, shown in held.document.items():
                if not _same(option, shown, token):
                    continue
                good = option != _QR or _pin_fits(shown, token)
                yield held.owner, Code.SUCCESS if good else _WRONG_PIN


def consistent(partner: Partner, evco_id: str | None) -> None:
    """Raises Declined 019 for a contract of neither the partner nor its sub-partners."""
    contract = ContractId.read(evco_id)
    if contract is not None and contract.party is not None and not partner.owns(contract.party):
        raise Declined(Code.INCONSISTENT_EVCO, "Inconsistent EvcoID: it is of another provider")


def _identification(record: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """(option, its members) of the first option that is set."""
    shown = record.get("Identification") or {}
    return next(((name, dict(value)) for name, value in shown.items() if value), ("", {}))


def _key(option: str, shown: Mapping[str, Any]) -> str:
    """A card is the same card by either of its options."""
    if option in _CARDS:
        return f"card {normal_uid(shown.get('UID'))}"
    return f"{option} {_contract(shown)}"


def _contract(shown: Mapping[str, Any]) -> str:
    contract = ContractId.read(shown.get("EvcoID"))
    return contract.compact if contract is not None else ""


def _stored(option: str, shown: dict[str, Any]) -> dict[str, Any]:
    pin = shown.get("PIN")
    if option != _QR or pin is None:
        return {option: shown}
    value = bcrypt.hashpw(str(pin).encode(), bcrypt.gensalt(_ROUNDS)).decode()
    return {option: {"EvcoID": shown.get("EvcoID"), "HashedPIN": {"Value": value, "Function": "Bcrypt"}}}


def _same(option: str, shown: Mapping[str, Any], token: Token) -> bool:
    if option in _CARDS:
        return token.uid is not None and normal_uid(shown.get("UID")) == token.uid
    if token.contract_id is None or ContractId.read(shown.get("EvcoID")) != token.contract_id:
        return False
    return (option == _QR) == (token.pin is not None)


def _pin_fits(shown: Mapping[str, Any], token: Token) -> bool:
    """The PIN comes in clear and is hashed here; a hash that comes is hashed again and fits nothing."""
    stored = decode_document(wire.HashedPin, shown.get("HashedPIN") or {}).model.value
    clear = token.pin.clear if token.pin is not None else None
    if stored is None or clear is None:
        return False
    try:
        return bcrypt.checkpw(clear.encode(), stored.encode())
    except ValueError:
        return False
