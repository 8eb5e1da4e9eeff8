"""A CDR before it is sent: what the clearing house would list as implausible, or refuse the request for."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pycountry

from gateway.findings import Finding, Severity
from gateway.model.cdr import CdrStatus
from gateway.model.ids import EvseId
from gateway.ports import CdrContext, Judged
from gateway.wire import decode_document
from gateway_ochp import wire
from gateway_ochp.preflight_rules import rule_of
from gateway_ochp.words import CDR_STATUS

RECORD = f"/{wire.AddCdrsRequest.element}/{wire.CdrInfo.element}[1]"
CORRECTABLE = (CdrStatus.ACCEPTED, CdrStatus.DECLINED, CdrStatus.REVISED)
MUCH_ENERGY = Decimal(1000)
HOURS = ("usagetime", "parkingtime", "reservationtime")


def judged(document: Any, context: CdrContext) -> Sequence[Judged]:
    """Everything that stands against a request with one CDR, as it would be sent, errors first.

    Pointers begin below the record.
    """
    decoded = decode_document(wire.AddCdrsRequest, document)
    found = [one for one in decoded.findings if one.severity is not Severity.INFO]
    for info in decoded.model.cdr_info_array:
        found += _of_the_record(info)
        found += _in_context(info, context)
    below = [replace(one, pointer=one.pointer.removeprefix(RECORD)) for one in found]
    errors_first = sorted(below, key=lambda one: one.severity is not Severity.ERROR)
    return [_judged(one) for one in dict.fromkeys(errors_first)]


def _judged(finding: Finding) -> Judged:
    rule = rule_of(finding)
    refused = finding.severity is Severity.ERROR
    return Judged(finding, rule.answer if refused else "", rule.source, rule.advice)


def _of_the_record(info: wire.CdrInfo) -> Iterator[Finding]:
    """What the schema does not see, and partners have been refused for or have billed wrongly."""
    evse = EvseId.read(info.evse_id)
    prefix = evse.party.compact if evse is not None and evse.party is not None else ""
    if info.cdr_id is not None and not info.cdr_id.startswith(prefix):
        yield _error("/CdrId", "prefix", f"{info.cdr_id} does not begin with {prefix}, the operator of the EVSE")
    if info.currency is not None and pycountry.currencies.get(alpha_3=info.currency) is None:
        yield _error("/currency", "currency", f"{info.currency:.20} is no currency of ISO 4217")
    lasted = _lasted(info)
    if info.duration is not None and lasted is not None and abs(info.duration - lasted) > timedelta(minutes=1):
        text = f"the duration is {info.duration}, from start to end it is {lasted}"
        yield Finding("/duration", Severity.WARNING, "implausible", text)
    for number, period in enumerate(info.charging_periods, 1):
        yield from _units(period, lasted, f"/chargingPeriods[{number}]/billingValue")


def _lasted(info: wire.CdrInfo) -> timedelta | None:
    if info.start_date_time is None or info.end_date_time is None:
        return None
    return info.end_date_time - info.start_date_time


def _units(period: wire.CdrPeriod, lasted: timedelta | None, place: str) -> Iterator[Finding]:
    value = period.billing_value
    if value is None:
        return
    if period.billing_item == "energy" and value > MUCH_ENERGY:
        yield Finding(place, Severity.WARNING, "unit", f"{value:f} kWh in one session; are they Wh?")
    if period.billing_item in HOURS and lasted is not None and value > _hours(lasted) + 1:
        text = f"{value:f} hours in a session of {lasted}; are they minutes or seconds?"
        yield Finding(place, Severity.WARNING, "unit", text)


def _hours(lasted: timedelta) -> Decimal:
    return Decimal(lasted // timedelta(seconds=1)) / 3600


def _in_context(info: wire.CdrInfo, context: CdrContext) -> Iterator[Finding]:
    """What the record alone does not show: the time now, whose EVSE it is, what the hub has of it already."""
    if context.at is not None and info.end_date_time is not None and info.end_date_time > context.at:
        text = f"the session ends in the future: it is {context.at.isoformat(timespec='seconds')}"
        yield _error("/endDateTime", "future", text)
    evse = EvseId.read(info.evse_id)
    if context.parties and evse is not None and evse.party not in context.parties:
        ours = ", ".join(map(str, context.parties))
        yield _error("/evseId", "foreign", f"{evse} is of none of {ours}")
    status = CDR_STATUS.read(info.status)
    if context.cdr_state is None or status is None:
        return
    held = CdrStatus(context.cdr_state) if context.cdr_state else None
    if status is CdrStatus.NEW and held not in (None, CdrStatus.NEW):
        yield _error("/status", "known", f"the hub has a CDR of this id, and it is {held}")
    elif status is not CdrStatus.NEW and held not in CORRECTABLE:
        yield _error("/status", "state", f"it cannot be {info.status}: it is {held or 'not at the hub'}")


def _error(pointer: str, code: str, text: str) -> Finding:
    return Finding(pointer, Severity.ERROR, code, text)
