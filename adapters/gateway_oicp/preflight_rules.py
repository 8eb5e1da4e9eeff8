"""What Hubject refuses a charge detail record for, as far as it can be known before: the rule, its source, what to do.

Sources: `OICP 2.3` is the document for CPOs, `support` are Hubject's support pages (CDR data errors), `seen` what the
makers of other implementations have met. The codes are those that Hubject answers with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from gateway.findings import Finding

DATA_ERROR, FOREIGN_EVSE, INVALID_SESSION, SCHEMA = "022", "018", "400", "HTTP 400"


@dataclass(frozen=True, slots=True)
class CdrRule:
    """`pointer` and `code` are patterns for findings; the first row that fits a finding tells of it."""

    pointer: str
    code: str
    answer: str
    source: str
    advice: str


RULES: Sequence[CdrRule] = (
    CdrRule(
        "/SessionID", "session-unknown", INVALID_SESSION,
        "OICP 2.3, ChargeDetailRecord: SessionID; code 400",
        "use the SessionID that the hub gave with the authorisation or the remote start; without one bill it otherwise",
    ),
    CdrRule(
        "/SessionID", "session-closed", INVALID_SESSION,
        "OICP 2.3, ChargeDetailRecord: one record per SessionID; code 400 CLOSED",
        "do not send it again: the hub has taken a record of this session and keeps that one",
    ),
    CdrRule(
        "/SessionID", "*", INVALID_SESSION,
        "OICP 2.3, SessionIDType",
        "use the hub's own SessionID; the one of the charging station belongs into CPOPartnerSessionID",
    ),
    CdrRule(
        "/EvseID", "foreign", FOREIGN_EVSE,
        "OICP 2.3, code 018; support: the EvseID is of the main or of a configured sub-operator",
        "send it over the account that carries this operator, or have the operator added as a sub-partner",
    ),
    CdrRule("/EvseID", "*", SCHEMA, "OICP 2.3, EvseIDType", "write the EvseID as it was pushed, without - and _"),
    CdrRule(
        "/SessionEnd", "future", DATA_ERROR,
        "OICP 2.3, ChargeDetailRecord: SessionEnd before the request; support: SessionEnd in the future",
        "set the charging station's clock, or wait until the time has passed",
    ),
    CdrRule(
        "/Session*", "implausible", DATA_ERROR, "OICP 2.3, ChargeDetailRecord: order of the four times",
        "SessionStart ≤ ChargingStart ≤ ChargingEnd ≤ SessionEnd: correct the times, offsets included",
    ),
    CdrRule(
        "/Charging*", "implausible", DATA_ERROR, "support: ChargingEnd before ChargingStart",
        "SessionStart ≤ ChargingStart ≤ ChargingEnd ≤ SessionEnd: correct the times, offsets included",
    ),
    CdrRule(
        "/ChargingEnd", "no-duration", "", "OICP 2.3, ChargeDetailRecord",
        "nothing to do for a session without energy; else look where the times come from",
    ),
    CdrRule(
        "/*", "assumed", "", "OICP 2.3, date and time: with the offset of the station",
        "write the offset of the station's own time",
    ),
    CdrRule(
        "/SignedMeteringValues", "uncertified", DATA_ERROR,
        "support: CalibrationLawDataAvailability External without SignedMeteringValues",
        "add the signed values, or push the EVSE with the calibration data that it really has",
    ),
    CdrRule(
        "/SignedMeteringValues*", "*", DATA_ERROR,
        "OICP 2.3, SignedMeteringValues: at most 10 of 3000 characters, Start, Progress, End; seen: a lone End refused",
        "send Start, then Progress, then End, as the meter signed them",
    ),
    CdrRule(
        "/CalibrationLawVerificationInfo/MeteringCheck", "*", DATA_ERROR,
        "support: MeteringCheck Passed without ConsumedEnergy",
        "a record without energy has no check that passed: leave it out, or say Not Apply",
    ),
    CdrRule(
        "/CalibrationLawVerificationInfo", "missing", DATA_ERROR,
        "seen: signed values without CalibrationLawVerificationInfo are refused",
        "add public key, encoding and instruction of the meter",
    ),
    CdrRule(
        "/MeterValue*", "implausible", DATA_ERROR, "support: MeterValueEnd below MeterValueStart, negative energy",
        "look whether the meter was exchanged or has run over; meter values are kWh",
    ),
    CdrRule(
        "/ConsumedEnergy", "implausible", DATA_ERROR,
        "support: more than 1000 kWh, negative energy; OICP 2.3: ConsumedEnergy is the difference of the meter values",
        "look at the unit (kWh, not Wh) and at the meter values",
    ),
    CdrRule(
        "/*", "decimals", "", "OICP 2.3, ChargeDetailRecord: kWh with three decimals",
        "round to three decimals; the gateway does, half to even",
    ),
    CdrRule(
        "/Identification*/EvcoID", "*", SCHEMA, "OICP 2.3, EvcoIDType",
        "name the contract as its provider issued it, with check digit; or name the card that was shown",
    ),
    CdrRule(
        "/Identification*/UID", "*", SCHEMA, "OICP 2.3, UIDType: 8, 14 or 20 upper-case hex digits",
        "write the card's UID as the reader gives it, most significant byte first, without separators",
    ),
    CdrRule(
        "/Identification*", "*", SCHEMA, "OICP 2.3, IdentificationType: exactly one of five",
        "name the driver as in the authorisation: the same option, the same id",
    ),
    CdrRule("/*", "missing", SCHEMA, "OICP 2.3, ChargeDetailRecord: mandatory field", "give the field"),
    CdrRule("/*", "repaired", SCHEMA, "OICP 2.3, ChargeDetailRecord: types of fields", "write it as the type demands"),
    CdrRule("*", "*", SCHEMA, "OICP 2.3, ChargeDetailRecord", "correct the field"),
)  # fmt: skip


def rule_of(finding: Finding) -> CdrRule:
    """The row that tells of a finding in a charge detail record."""
    return next(
        rule for rule in RULES if fnmatchcase(finding.pointer, rule.pointer) and fnmatchcase(finding.code, rule.code)
    )
