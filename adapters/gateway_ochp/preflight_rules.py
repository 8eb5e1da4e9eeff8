"""What the clearing house refuses a CDR for, as far as it can be known before: the rule, its source, what to do.

`OCHP 1.4` are the specification and its schema, `seen` what recorded data and other implementations have shown. The
answers: `implausible` is the CDR's id in implausibleCdrsArray, the others are result codes of the whole request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from gateway.findings import Finding

IMPLAUSIBLE, FORMAT, INVALID_ID = "implausible", "format", "invalid-id"


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
        "/CdrId", "prefix", IMPLAUSIBLE, "OCHP 1.4, CdrId: five characters of the CPO, then 1 to 31 of A-Z, 0-9",
        "begin it with the operator of the EVSE; of an id that does not fit the gateway derives one",
    ),
    CdrRule(
        "/CdrId", "*", FORMAT, "OCHP 1.4, CdrId: 1 to 36 capital letters and digits",
        "give the CDR an id; of one that does not fit the gateway derives one",
    ),
    CdrRule(
        "/evseId", "foreign", INVALID_ID, "OCHP 1.4, resultCode invalid-id: not valid for this user",
        "send it over the account that carries this operator",
    ),
    CdrRule(
        "/evseId", "*", FORMAT, "OCHP 1.4, EvseId: all separators or none",
        "write the EVSE id as it was published",
    ),
    CdrRule(
        "/status", "known", IMPLAUSIBLE, "OCHP 1.4, AddCDRs: a CDR is new once",
        "correct it with status REVISED under the same id, or bill it under another id",
    ),
    CdrRule(
        "/status", "state", IMPLAUSIBLE, "OCHP 1.4, AddCDRs: only what was accepted or declined can be revised",
        "look at its state with `cdrs show`",
    ),
    CdrRule(
        "/status", "*", FORMAT, "OCHP 1.4, CdrStatusType: a sender says new, revised or rejected",
        "leave the status to the gateway, or say NEW, REVISED or REJECTED",
    ),
    CdrRule(
        "/endDateTime", "future", IMPLAUSIBLE, "OCHP 1.4, CDRInfo: the end of a session that is over",
        "set the charging station's clock, or wait until the time has passed",
    ),
    CdrRule(
        "/startDateTime", "offset", "", "OCHP 1.4, LocalDateTimeType: local time of the charge point with its offset",
        "give the place its time zone (place.time_zone), or the times their own offset",
    ),
    CdrRule(
        "/chargingPeriods*", "order", IMPLAUSIBLE, "OCHP 1.4, CdrPeriodType: a period lies within its CDR",
        "look at the times of the period, offsets included",
    ),
    CdrRule(
        "/*", "order", IMPLAUSIBLE, "OCHP 1.4, CDRInfo: endDateTime is not before startDateTime",
        "correct the times, offsets included",
    ),
    CdrRule(
        "/*", "sum", IMPLAUSIBLE, "OCHP 1.4, periodCost = billingValue × itemPrice; totalCost = their sum, net",
        "amounts are net, quantities in kWh, kW, hours or pieces; leave periodCost or totalCost out, if in doubt",
    ),
    CdrRule(
        "/chargingPeriods*/itemPrice", "missing", FORMAT, "OCHP 1.4, CdrPeriodType: itemPrice is mandatory; 0: a gift",
        "put a price on the item, or say that nothing is owed: rated true and a total cost of 0",
    ),
    CdrRule(
        "/chargingPeriods", "missing", FORMAT, "OCHP 1.4, CDRInfo: at least one period, also for a gift",
        "give the energy that was charged, or periods",
    ),
    CdrRule(
        "/chargingPeriods*/billingValue", "unit", "", "seen: quantities in Wh or seconds; OCHP 1.4: kWh and hours",
        "look at the unit: kWh for energy, hours for times",
    ),
    CdrRule(
        "/chargingPeriods*/taxrate", "*", FORMAT, "OCHP 1.4, taxrate: whole percent",
        "leave a rate with a fraction out",
    ),
    CdrRule(
        "/duration", "implausible", "", "OCHP 1.4, CDRInfo: duration from startDateTime to endDateTime",
        "leave it out: it follows from the times",
    ),
    CdrRule(
        "/currency", "currency", IMPLAUSIBLE, "OCHP 1.4, CDRInfo: ISO 4217", "write the three letters of the currency"
    ),
    CdrRule(
        "/contractId", "check-digit", "", "ISO 15118-2, Annex H; the specification's own examples fail it",
        "nothing, where the provider has issued it so",
    ),
    CdrRule(
        "/contractId", "*", FORMAT, "OCHP 1.4, ContractId: separators everywhere or nowhere",
        "name the contract as its provider issued it; the token list of the hub has it",
    ),
    CdrRule(
        "/emtId*", "*", FORMAT, "OCHP 1.4, EmtId: type, representation and instance of the token",
        "name the token in the form in which the hub's list has it",
    ),
    CdrRule(
        "/chargePointAddress*", "*", FORMAT, "OCHP 1.4, AddressType: street, city, zip code, country of three letters",
        "give the CDR its place, as it was at the start",
    ),
    CdrRule(
        "/connectorType*", "*", FORMAT, "OCHP 1.4, ConnectorType", "give the place the connector that was used"
    ),
    CdrRule("/*", "missing", FORMAT, "OCHP 1.4, CDRInfo: mandatory field", "give the field"),
    CdrRule("*", "*", FORMAT, "OCHP 1.4, CDRInfo", "write it as the schema demands"),
)  # fmt: skip


def rule_of(finding: Finding) -> CdrRule:
    """The row that tells of a finding in a CDR; pointers begin below the record."""
    return next(
        rule for rule in RULES if fnmatchcase(finding.pointer, rule.pointer) and fnmatchcase(finding.code, rule.code)
    )
