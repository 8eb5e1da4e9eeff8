"""Identification ↔ Token. The first of the five options that is set is read, in the order of the specification."""

import re
from dataclasses import replace

from gateway.model.ids import ContractId
from gateway.model.token import Pin, RfidTechnology, Token, TokenType
from gateway_oicp import wire
from gateway_oicp.rules import EVCO_ID
from gateway_oicp.words import HASH, RFID


def normal_uid(uid: str | None) -> str | None:
    """Upper-case hex without separators."""
    return re.sub(r"[^0-9A-Za-z]", "", uid).upper() if uid else None


def read_token(shown: wire.Identification | None) -> Token | None:
    if shown is None:
        return None
    if shown.rfid_mifare_family_identification is not None:
        return Token(type=TokenType.RFID, uid=normal_uid(shown.rfid_mifare_family_identification.uid))
    if shown.rfid_identification is not None:
        return _read_card(shown.rfid_identification)
    if shown.qr_code_identification is not None:
        return _read_qr_code(shown.qr_code_identification)
    if shown.plug_and_charge_identification is not None:
        return _of_contract(shown.plug_and_charge_identification.evco_id, TokenType.EMAID)
    if shown.remote_identification is not None:
        return _of_contract(shown.remote_identification.evco_id, TokenType.APP_USER)
    return None


def _of_contract(evco_id: str | None, kind: TokenType, pin: Pin | None = None) -> Token:
    return Token(type=kind, uid=evco_id, contract_id=ContractId.read(evco_id), pin=pin)


def _read_card(card: wire.RfidIdentification) -> Token:
    return Token(
        type=TokenType.RFID,
        uid=normal_uid(card.uid),
        contract_id=ContractId.read(card.evco_id),
        technology=RFID.read(card.rfid),
        visual_number=card.printed_number,
        expires=card.expiry_date,
    )


def _read_qr_code(shown: wire.QrCodeIdentification) -> Token:
    hashed = shown.hashed_pin
    pin = Pin(
        clear=shown.pin,
        hashed=hashed.value if hashed else None,
        algorithm=HASH.read(hashed.function) if hashed else None,
    )
    return _of_contract(shown.evco_id, TokenType.APP_USER, pin if pin != Pin() else None)


def condition(token: Token | None) -> str:
    """What of the token decides between codes: that of an unknown one names its kind."""
    if token is None:
        return ""
    if token.pin is not None:
        return "qr_code"
    return "plug_and_charge" if token.type is TokenType.EMAID else ""


def evco_id(token: Token) -> str | None:
    """The contract, or for users without a card their `uid`, if that is one."""
    if token.contract_id is not None:
        return str(token.contract_id)
    return token.uid if token.uid and re.fullmatch(EVCO_ID, token.uid) else None


def write_identification(token: Token | None) -> wire.Identification | None:
    """As AuthorizeStart and AuthorizeStop want it: a card by RFIDMifareFamilyIdentification only, no hash of a PIN."""
    if token is None or token.hashed_by is not None:
        return None
    if token.type is TokenType.RFID:
        card = wire.RfidMifareFamilyIdentification(uid=normal_uid(token.uid))
        return wire.Identification(rfid_mifare_family_identification=card)
    return _write_contract(replace(token, pin=replace(token.pin, hashed=None)) if token.pin else token)


def write_full_identification(token: Token | None) -> wire.Identification | None:
    """As CDRs and lists have it: a card with its kind, where that is known."""
    if token is None or token.hashed_by is not None:
        return None
    if token.type is not TokenType.RFID:
        return _write_contract(token)
    if token.technology is None and token.visual_number is None and token.expires is None:
        return write_identification(token)
    contract = evco_id(token)
    card = wire.RfidIdentification(
        uid=normal_uid(token.uid),
        evco_id=contract if contract and re.fullmatch(EVCO_ID, contract) else None,
        rfid=RFID.write(token.technology or RfidTechnology.MIFARE_FAMILY),
        printed_number=token.visual_number,
        expiry_date=token.expires,
    )
    return wire.Identification(rfid_identification=card)


def write_remote_identification(token: Token | None) -> wire.Identification | None:
    """As AuthorizeRemoteStart wants it: the contract, whatever the token is."""
    if token is not None and token.contract_id is not None and token.pin is None:
        return wire.Identification(remote_identification=wire.RemoteIdentification(evco_id=evco_id(token)))
    return write_identification(token)


def write_stop_identification(token: Token) -> wire.StopIdentification:
    shown = write_full_identification(token) or wire.Identification()
    return wire.StopIdentification(**vars(shown))


def _write_contract(token: Token) -> wire.Identification | None:
    contract = evco_id(token)
    if token.pin is not None:
        return wire.Identification(qr_code_identification=_write_qr_code(token, token.pin))
    if token.type is TokenType.EMAID or (token.type is TokenType.OTHER and contract == token.uid is not None):
        shown = wire.PlugAndChargeIdentification(evco_id=contract)
        return wire.Identification(plug_and_charge_identification=shown)
    if token.type in (TokenType.APP_USER, TokenType.AD_HOC_USER):
        return wire.Identification(remote_identification=wire.RemoteIdentification(evco_id=contract))
    return None


def _write_qr_code(token: Token, pin: Pin) -> wire.QrCodeIdentification:
    """The PIN in clear, where it is known: the hub hashes it itself. Never both (QRCodeIdentificationType)."""
    with_hash = pin.hashed is not None and pin.clear is None
    hashed = wire.HashedPin(value=pin.hashed, function=HASH.write(pin.algorithm)) if with_hash else None
    return wire.QrCodeIdentification(evco_id=evco_id(token), hashed_pin=hashed, pin=pin.clear)
