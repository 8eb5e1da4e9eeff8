"""What every message of OICP shares: the types of single values, the status code, the acknowledgement, faults."""

from decimal import Decimal
from typing import Annotated

from gateway.findings import Severity
from gateway.wire import Alias, Private, WireModel, spelled
from gateway.wire.rules import longest, matching, one_of
from gateway_oicp import rules

_WORDS = {"id": "ID", "cpo": "CPO", "emp": "EMP", "rfid": "RFID", "uid": "UID", "qr": "QR", "pin": "PIN"}

EvseId = Annotated[str, rules.EVSE]
OperatorId = Annotated[str, rules.OPERATOR]
ProviderId = Annotated[str, rules.PROVIDER]
EvcoId = Annotated[str, rules.EVCO, Private()]
SessionId = Annotated[str, rules.SESSION]
PartnerSessionId = Annotated[str, longest(250)]
ProductId = Annotated[str, longest(50, Severity.WARNING), rules.PRODUCT_SPELLING, rules.PRODUCT_EXTRAS]
Uid = Annotated[str, rules.CARD_LENGTH, rules.CARD_CASE, Private()]
Energy = Annotated[Decimal, rules.THREE_DECIMALS, rules.NOT_NEGATIVE]
Clock = Annotated[str, rules.CLOCK, rules.CLOCK_FACE]
ActionType = Annotated[str, one_of("fullLoad", "update", "insert", "delete", severity=Severity.ERROR)]
Accessibility = Annotated[
    str, one_of("Free publicly accessible", "Restricted access", "Paying publicly accessible", "Test Station")
]
AuthenticationMode = Annotated[
    str,
    one_of(
        "NFC RFID Classic", "NFC RFID DESFire", "PnC", "REMOTE", "Direct Payment", "No Authentication Required"
    ),
]  # fmt: skip
CalibrationLaw = Annotated[str, one_of("Local", "External", "Not Available")]
EvseStatusWord = Annotated[
    str, one_of("Available", "Reserved", "Occupied", "OutOfService", "EvseNotFound", "Unknown")
]  # fmt: skip
Plug = Annotated[
    str,
    one_of(
        "Small Paddle Inductive", "Large Paddle Inductive", "AVCON Connector", "Tesla Connector", "NEMA 5-20",
        "Type E French Standard", "Type F Schuko", "Type G British Standard", "Type J Swiss Standard",
        "Type 1 Connector (Cable Attached)", "Type 2 Outlet", "Type 2 Connector (Cable Attached)", "Type 3 Outlet",
        "IEC 60309 Single Phase", "IEC 60309 Three Phase", "CCS Combo 2 Plug (Cable Attached)",
        "CCS Combo 1 Plug (Cable Attached)", "CHAdeMO",
    ),
]  # fmt: skip


class OicpModel(WireModel):
    naming = spelled(_WORDS)


class StatusCode(OicpModel):
    code: Annotated[str, matching(r"[0-9]{3}", "code of three digits")] | None
    description: Annotated[str, longest(200)] | None = None
    additional_info: Annotated[str, longest(1000)] | None = None


class Acknowledgement(OicpModel):
    """The answer to everything but authorisations and pulls. Error bodies of the hub lack `result`."""

    result: bool | None
    status_code: StatusCode | None
    session_id: SessionId | None = None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: PartnerSessionId | None = None


class ValidationError(OicpModel):
    field_reference: Annotated[str, Alias("fieldReference")] | None
    error_message: Annotated[str, Alias("errorMessage")] | None


class FaultBody(OicpModel):
    """What the hub answers with HTTP 400 to a message that breaks its schema."""

    extended_info: Annotated[str, Alias("extendedInfo")] | None = None
    message: Annotated[str, Alias("message")] | None
    validation_errors: Annotated[tuple[ValidationError, ...], Alias("validationErrors")] = ()
