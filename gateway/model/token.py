"""Tokens: what a driver shows to be charged on somebody's account."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.model.common import Extensible
from gateway.model.ids import ContractId, PartyId


class TokenType(StrEnum):
    """OCPI 2.2.1 section 12.4.3, EMAID from 2.3.0."""

    AD_HOC_USER = "AD_HOC_USER"
    APP_USER = "APP_USER"
    EMAID = "EMAID"
    OTHER = "OTHER"
    RFID = "RFID"


class RfidTechnology(StrEnum):
    MIFARE_CLASSIC = "MIFARE_CLASSIC"
    MIFARE_DESFIRE = "MIFARE_DESFIRE"
    MIFARE_FAMILY = "MIFARE_FAMILY"
    CALYPSO = "CALYPSO"
    NFC = "NFC"


class HashAlgorithm(StrEnum):
    SHA1 = "SHA1"
    SHA256 = "SHA256"
    BCRYPT = "BCRYPT"
    MD5 = "MD5"


class WhitelistType(StrEnum):
    ALWAYS = "ALWAYS"
    ALLOWED = "ALLOWED"
    ALLOWED_OFFLINE = "ALLOWED_OFFLINE"
    NEVER = "NEVER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The secret of a QR code identification: in clear, or hashed. Never logged, never stored."""

    clear: str | None = None
    hashed: str | None = None
    algorithm: HashAlgorithm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token(Extensible):
    """`uid` is upper-case hex without separators for RFID; for remote users it is the contract id, which is stable.

    `hashed_by` tells that `uid` is not the card's number but a hash of it (OCHP representation).
    """

    uid: str | None = None
    type: TokenType | None = None
    contract_id: ContractId | None = None
    contract_alias: str | None = None
    """eMIP userContractIdAlias: may be anonymised, never shown as the contract."""
    visual_number: str | None = None
    issuer: str | None = None
    group_id: str | None = None
    valid: bool | None = None
    whitelist: WhitelistType | None = None
    language: str | None = None
    technology: RfidTechnology | None = None
    hashed_by: HashAlgorithm | None = None
    pin: Pin | None = None
    expires: datetime | None = None
    provider: PartyId | None = None
    default_profile_type: str | None = None
    energy_contract: str | None = None
    last_updated: datetime | None = None
