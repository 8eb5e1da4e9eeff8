"""A CDR before it is sent, and one that came: what the schema refuses, and energy that cannot be.

The platform itself is known to refuse records only for their session (10501, 10508, 10701; grade B); what else is
wrong costs money later, so it is said as a warning.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from gateway.findings import Finding, Severity
from gateway.model.session import LimitKind
from gateway.ports import CdrContext, Judged
from gateway.wire import decode_document
from gateway_emip import wire
from gateway_emip.meters import TOTAL_ENERGY, in_model
from gateway_emip.rules import hours_of
from gateway_emip.words import DUPLICATE, UNKNOWN_PARTNER, UNKNOWN_SESSION

_RECORD = "/chargeDetailRecord"
_OVER = Decimal("1.1")
"""An EVSE may deliver a little more than its plate says before anybody is told."""
_ADVICE = {
    "implausible": "Compare unit and amount with the meter: Wh and kWh are a factor of a thousand apart.",
    "over-power": "Compare unit and amount with the meter, and the times with the session.",
    "unit": "Send energy in Wh, power in W and durations in min.",
    "swapped": "Put the amount into meterValue and its unit into meterUnit.",
    "foreign-operator": "Send it under the operator of its EVSE.",
    "closed": "A final record is sent once; agree a correction with the provider.",
    "unknown-session": "Only a session that IOP has opened can be settled; look up its serviceSessionId.",
}
_ANSWERS = {"foreign-operator": UNKNOWN_PARTNER, "closed": DUPLICATE, "unknown-session": UNKNOWN_SESSION}


def judged(document: Any, context: CdrContext) -> Sequence[Judged]:
    """Everything that stands against one record, as it would be sent; errors first. Pointers begin below the record.

    Who speaks is not judged: the connection tells it when the record leaves.
    """
    decoded = decode_document(wire.ToIopSetChargeDetailRecordRequest, document)
    inside = (one for one in decoded.findings if _RECORD in one.pointer and one.severity is not Severity.INFO)
    found = [replace(one, pointer=one.pointer.partition(_RECORD)[2]) for one in inside]
    if decoded.model.charge_detail_record is not None:
        found += over_power(decoded.model.charge_detail_record, context.max_power_kw)
    found += _in_context(context)
    return [_judged(one) for one in sorted(found, key=lambda one: one.severity is not Severity.ERROR)]


def over_power(record: wire.ChargeDetailRecord, max_power_kw: Decimal | None) -> Iterator[Finding]:
    """More energy than an EVSE of this power, in kW, can deliver in the time of the record."""
    hours = hours_of(record)
    reports = record.meter_report_list.meter_report if record.meter_report_list is not None else ()
    if max_power_kw is None or max_power_kw <= 0 or hours is None or hours <= 0:
        return
    for place, report in enumerate(reports, 1):
        energy = in_model(LimitKind.ENERGY, report.meter_value, report.meter_unit)
        if report.meter_type_id == TOTAL_ENERGY and energy is not None and energy > hours * max_power_kw * _OVER:
            here = f"/meterReportList/meterReport[{place}]/meterValue"
            text = f"meterValue: {energy / hours:.3f} kW on average, the EVSE has {max_power_kw} kW"
            yield Finding(here, Severity.WARNING, "over-power", text)


def _in_context(context: CdrContext) -> Iterator[Finding]:
    place = "/serviceSessionId"
    if context.session == "closed":
        yield Finding(place, Severity.WARNING, "closed", "IOP has taken a record of this session before")
    if context.session == "unknown":
        yield Finding(place, Severity.WARNING, "unknown-session", "nobody knows this session here")


def _judged(finding: Finding) -> Judged:
    advice = _ADVICE.get(finding.code, "Correct the field as the finding says.")
    answer = _ANSWERS.get(finding.code, "") if finding.severity is Severity.ERROR else ""
    source = (
        "reconstructed schema (grade B)" if finding.code not in _ADVICE else "public sources of eMIP (grades A to D)"
    )
    return Judged(finding, answer, source, advice)
