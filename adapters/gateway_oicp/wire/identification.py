"""How a driver is named: the five options of an identification."""

from datetime import datetime
from typing import Annotated

from gateway.wire import Private
from gateway.wire.rules import longest, one_of
from gateway_oicp import rules
from gateway_oicp.wire.base import EvcoId, OicpModel, Uid


class RfidMifareFamilyIdentification(OicpModel):
    uid: Uid | None


class RfidIdentification(OicpModel):
    uid: Uid | None
    evco_id: EvcoId | None = None
    rfid: Annotated[str, one_of("mifareCls", "mifareDes", "calypso", "nfc", "mifareFamily")] | None
    printed_number: Annotated[str, longest(150), Private()] | None = None
    expiry_date: datetime | None = None


class LegacyHashData(OicpModel):
    function: Annotated[str, one_of("MD5", "SHA-1")] | None
    salt: Annotated[str, longest(100), Private()] | None = None
    value: Annotated[str, longest(20), Private()] | None = None


class HashedPin(OicpModel):
    value: Annotated[str, rules.PIN_HASH, Private()] | None
    function: Annotated[str, one_of("Bcrypt")] | None
    legacy_hash_data: LegacyHashData | None = None


class QrCodeIdentification(OicpModel):
    evco_id: EvcoId | None
    hashed_pin: HashedPin | None = None
    pin: Annotated[str, longest(20), Private()] | None = None


class PlugAndChargeIdentification(OicpModel):
    evco_id: EvcoId | None


class RemoteIdentification(OicpModel):
    evco_id: EvcoId | None


class Identification(OicpModel):
    """Exactly one member is set."""

    judges = (rules.one_identification,)

    rfid_mifare_family_identification: RfidMifareFamilyIdentification | None = None
    rfid_identification: RfidIdentification | None = None
    qr_code_identification: QrCodeIdentification | None = None
    plug_and_charge_identification: PlugAndChargeIdentification | None = None
    remote_identification: RemoteIdentification | None = None


class StopIdentification(Identification):
    judges = (rules.one_stop_identification,)
