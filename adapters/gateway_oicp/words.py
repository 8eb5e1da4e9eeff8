"""The words of OICP beside the canonical ones, and the codes that have a part in an exchange."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from gateway.crosswalk import Code as CodeRow
from gateway.crosswalk import Crosswalk, codes, crosswalk, pairwalk
from gateway.model import kinds, messages, session, tariff, token

NAME = "oicp"

ACCESS = crosswalk(kinds.Access, NAME, "access")
ACTION = crosswalk(messages.PushAction, NAME, "action_type")
ADDITIONAL = crosswalk(tariff.TariffDimension, NAME, "additional_reference")
AUTHENTICATION = crosswalk(kinds.AuthenticationMethod, NAME, "authentication_mode")
AUTHORIZATION = crosswalk(messages.Allowed, NAME, "authorization")
CALIBRATION = crosswalk(kinds.CalibrationLaw, NAME, "calibration_law")
COMMAND = crosswalk(messages.CommandStatus, NAME, "command")
DYNAMIC_INFO = crosswalk(kinds.DynamicInfo, NAME, "dynamic_info")
ENERGY = crosswalk(kinds.EnergySourceCategory, NAME, "energy_source")
HASH = crosswalk(token.HashAlgorithm, NAME, "hash_function")
MODE = crosswalk(kinds.ChargingMode, NAME, "charging_mode")
NOTIFICATION = crosswalk(session.SessionEventKind, NAME, "notification_type")
PARKING = crosswalk(kinds.ParkingType, NAME, "parking_type")
PAYMENT = crosswalk(kinds.PaymentOption, NAME, "payment_option")
POWER = crosswalk(kinds.PowerType, NAME, "power_type")
REFERENCE_UNIT = crosswalk(tariff.TariffDimension, NAME, "reference_unit")
RFID = crosswalk(token.RfidTechnology, NAME, "rfid_type")
SERVICE = crosswalk(kinds.ValueAddedService, NAME, "value_added_service")
STATUS = crosswalk(kinds.EvseStatus, NAME, "evse_status")
DAYS = pairwalk(NAME, "day")
FAILURE = pairwalk(NAME, "failure")
METERING = pairwalk(NAME, "metering_status")
PLUG = pairwalk(NAME, "plug")

CROSSWALKS: Sequence[Crosswalk[Any]] = (
    ACCESS, ACTION, ADDITIONAL, AUTHENTICATION, AUTHORIZATION, CALIBRATION, COMMAND, DYNAMIC_INFO, ENERGY, HASH, MODE,
    NOTIFICATION, PARKING, PAYMENT, POWER, REFERENCE_UNIT, RFID, SERVICE, STATUS,
)  # fmt: skip
CODES: Mapping[str, CodeRow] = codes(NAME)


class Code(StrEnum):
    """The codes that an exchange or the simulated hub goes by; what they mean is in `codes.csv`."""

    SUCCESS = "000"
    SYSTEM_ERROR = "001"
    DATA_TRANSACTION = "009"
    UNAUTHORIZED = "017"
    INCONSISTENT_EVSE = "018"
    INCONSISTENT_EVCO = "019"
    DATA_ERROR = "022"
    NO_CONTRACT = "210"
    UNKNOWN_PARTNER = "300"
    PARTNER_SILENT = "310"
    NO_SERVICE = "320"
    SESSION_INVALID = "400"
    WRONG_TOKEN = "602"
    UNKNOWN_EVSE = "603"
    NOT_COMPATIBLE = "604"


def is_ok(code: str | None) -> bool:
    return code is not None and code in CODES and CODES[code].kind == "ok"


def is_failure(code: str | None) -> bool:
    """A technical failure, or a code that nobody has told us of."""
    return code is None or code not in CODES or CODES[code].kind == "failure"


def is_retryable(code: str | None) -> bool:
    return code is not None and code in CODES and CODES[code].retryable
