"""A charge detail record before it is sent: what Hubject would answer 018, 022 or 400 to."""

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.findings import Finding, Severity
from gateway.model.ids import EvseId
from gateway.model.kinds import CalibrationLaw
from gateway.ports import CdrContext, Judged
from gateway.wire import decode_document
from gateway_oicp import wire
from gateway_oicp.preflight_rules import rule_of


def judged(document: Any, context: CdrContext) -> Sequence[Judged]:
    """Everything that stands against a record as it would be sent, errors first; unknown members are nothing."""
    decoded = decode_document(wire.ChargeDetailRecord, document)
    found = [one for one in decoded.findings if one.severity is not Severity.INFO]
    found += _in_context(decoded.model, context)
    errors_first = sorted(found, key=lambda one: one.severity is not Severity.ERROR)
    return [_judged(one) for one in dict.fromkeys(errors_first)]


def _judged(finding: Finding) -> Judged:
    rule = rule_of(finding)
    refused = finding.severity is Severity.ERROR
    return Judged(finding, rule.answer if refused else "", rule.source, rule.advice)


def _in_context(record: wire.ChargeDetailRecord, context: CdrContext) -> Iterator[Finding]:
    """What the record alone does not show: the time now, whose EVSE it is, how it is calibrated, its session."""
    if context.at is not None and record.session_end is not None and record.session_end > context.at:
        text = f"SessionEnd is in the future: it is {context.at.isoformat(timespec='seconds')}"
        yield Finding("/SessionEnd", Severity.ERROR, "future", text)
    evse = EvseId.read(record.evse_id)
    if context.parties and evse is not None and evse.party not in context.parties:
        ours = ", ".join(map(str, context.parties))
        yield Finding("/EvseID", Severity.ERROR, "foreign", f"{evse} is of none of {ours}")
    if context.calibration_law is CalibrationLaw.EXTERNAL and not record.signed_metering_values:
        text = "the EVSE was pushed with CalibrationLawDataAvailability External, but there are no signed values"
        yield Finding("/SignedMeteringValues", Severity.ERROR, "uncertified", text)
    if context.session == "closed":
        text = "the hub has taken a record of this session already"
        yield Finding("/SessionID", Severity.ERROR, "session-closed", text)
    elif context.session == "unknown" and record.session_id is not None:
        yield Finding("/SessionID", Severity.ERROR, "session-unknown", "no session of this SessionID is known here")
