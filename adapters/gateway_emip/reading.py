"""What was received: mended where its meaning is clear, and refused where it is not."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import TypeVar

from gateway.errors import Undecodable
from gateway.findings import Finding, Severity
from gateway.log import logger
from gateway.wire import Decoded, Slot, WireModel, decode_document, slots
from gateway.wire.xml import Element, element_path, local_name
from gateway_emip import wire
from gateway_emip.words import GRANTED

M = TypeVar("M", bound=WireModel)
_log = logger(__name__)
_NUMBER, _UNIT = re.compile(r"[+\-]?\d+([.,]\d+)?"), re.compile(r"[A-Za-z]{1,10}")

NEEDED: Mapping[type[WireModel], Sequence[str]] = {
    wire.FromIopSetServiceAuthorisationRequest: ("authorisationValue", "serviceSessionId"),
    wire.FromIopSetSessionActionRequestRequest: ("serviceSessionId",),
    wire.FromIopGetServiceAuthorisationRequest: ("EVSEId", "userId"),
    wire.FromIopSetSessionEventReportRequest: ("serviceSessionId",),
    wire.FromIopSetChargeDetailRecordRequest: ("chargeDetailRecord",),
}
"""Without these a request has no meaning; whatever else is missing is reported, and the rest is understood."""
_TO_START = ("EVSEId", "userId")


class Unclear(Undecodable):
    """A message of eMIP whose meaning is not clear: it is answered with a request status, not with a SOAP fault."""


def read(kind: type[M], element: Element) -> Decoded[M]:
    """The model of a message, with everything that was noticed; what had to be repaired is logged."""
    element, noticed = mended(kind, element)
    decoded = decode_document(kind, element)
    found = [*misnamed(kind, element), *noticed, *decoded.noticed]
    deviations = [one for one in found if one.severity is not Severity.INFO]
    if deviations:
        counts = dict(Counter(one.code for one in deviations))
        places = [one.pointer for one in deviations[:8]]
        _log.warning("a message deviates from the specification", message=kind.element, counts=counts, places=places)
    return Decoded(decoded.model, found)


def understood(kind: type[M], element: Element) -> M:
    """The model of a message that is to be acted on. Raises Unclear."""
    decoded = read(kind, element)
    for second in _contradictions(kind, element):
        raise Unclear(f"{local_name(second)} stands more than once and says two things", element_path(second))
    needed = (*NEEDED.get(kind, ()), *_needed_to_start(decoded.model))
    places = {f"/{kind.element}/{name}" for name in needed}
    for finding in decoded.findings:
        if finding.code == "missing" and finding.pointer in places:
            raise Unclear(finding.text, finding.pointer)
    return decoded.model


def _contradictions(kind: type[WireModel], element: Element) -> Iterator[Element]:
    """Elements that stand beside another one of their name and say something else."""
    for slot, same in _by_slot(kind, element):
        if slot.model is not None:
            for child in same:
                yield from _contradictions(slot.model, child)
        if not slot.many:
            told = [child for child in same if any(text for _, text in _says(child))]
            yield from (child for child in told[1:] if _says(child) != _says(told[0]))


def _by_slot(kind: type[WireModel], element: Element) -> Iterator[tuple[Slot, Sequence[Element]]]:
    for slot in slots(kind):
        yield slot, [child for child in element if local_name(child).lower() == slot.alias.lower()]


def _needed_to_start(model: WireModel) -> Sequence[str]:
    starts = isinstance(model, wire.FromIopSetServiceAuthorisationRequest) and model.authorisation_value == GRANTED
    return _TO_START if starts else ()


def misnamed(kind: type[WireModel], element: Element) -> Iterator[Finding]:
    """The root of the other direction: one peer writes eMIP_ToIOP where eMIP_FromIOP is meant."""
    name = local_name(element)
    if name != kind.element and name == to_iop(kind.element):
        text = f"{kind.element} is spelled {name}"
        yield Finding(element_path(element), Severity.WARNING, "misspelled", text)


def to_iop(name: str) -> str:
    """The name that the same operation has towards the platform."""
    return name.replace("eMIP_FromIOP_", "eMIP_ToIOP_")


# --- what is mended ----------------------------------------------------------------------------------------------


def mended(kind: type[WireModel], element: Element) -> tuple[Element, list[Finding]]:
    """A copy without elements that say the same twice, and with values and units in their places; else `element`."""
    copy, found = deepcopy(element), list[Finding]()
    _without_doubles(kind, copy, found)
    for report in copy.iter("{*}meterReport"):
        _unswap(report, found)
    return (copy, found) if found else (element, [])


def _without_doubles(kind: type[WireModel], element: Element, found: list[Finding]) -> None:
    for slot, same in _by_slot(kind, element):
        if slot.model is not None:
            for child in same:
                _without_doubles(slot.model, child, found)
        for later in [] if slot.many else same[1:]:
            if _says(later) == _says(same[0]):
                element.remove(later)
                text = f"{slot.alias} stands more than once and says the same"
                found.append(Finding(element_path(same[0]), Severity.WARNING, "repaired", text))


def _says(element: Element) -> Sequence[tuple[str, str]]:
    return [(local_name(part), (part.text or "").strip()) for part in element.iter()]


def _unswap(report: Element, found: list[Finding]) -> None:
    """One peer's reader swaps the two, so what it passes on may have them so."""
    value, unit = (next(report.iter(f"{{*}}{name}"), None) for name in ("meterValue", "meterUnit"))
    if value is None or unit is None:
        return
    first, second = (value.text or "").strip(), (unit.text or "").strip()
    if _UNIT.fullmatch(first) and _NUMBER.fullmatch(second):
        value.text, unit.text = second, first
        text = "meterValue and meterUnit were exchanged"
        found.append(Finding(element_path(report), Severity.WARNING, "repaired", text))
