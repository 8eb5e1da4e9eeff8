"""What the simulated clearing house checks of everything it is sent, and how it says the outcome."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from gateway.findings import Finding, Severity
from gateway.model.ids import EvseId
from gateway.wire import WireModel, decode_document, document
from gateway_ochp import wire

M = TypeVar("M", bound=WireModel)
AGAINST_THE_SCHEMA = frozenset({"misspelled", "malformed", "repaired", "combination"})
"""Codes of findings that a tolerant reader passes and a schema does not."""
ACCEPTED_TEXT = "Data accepted and processed."


def complaints(model: WireModel) -> list[Finding]:
    """What the schema and the rules have against a message or a record as it was sent."""
    decoded = decode_document(type(model), model.source)
    return [f for f in decoded.findings if f.severity is Severity.ERROR or f.code in AGAINST_THE_SCHEMA]


def sent(model: M) -> M:
    """A message of the hub's own partner as if it had come over the wire: what was sent is what is judged."""
    return decode_document(type(model), document(model)).model


def said(found: Iterable[Finding]) -> str:
    return "; ".join(f"{finding.pointer} {finding.text}" for finding in found)


def result(code: str = wire.OK, text: str = ACCEPTED_TEXT) -> wire.Result:
    return wire.Result(result_code=code, result_description=text[:1000])


def list_result(refusals: Sequence[str], foreign: int, total: int) -> wire.Result:
    """`partly` for some refused records, `invalid-id` where not one of the ids is the user's."""
    if not refusals:
        return result()
    text = f"{len(refusals)} of {total} refused: {'; '.join(refusals)}"
    return result(wire.INVALID_ID if foreign == total else wire.PARTLY, text)


def evse_key(evse_id: str | None) -> str:
    """By meaning: without separators, in capitals."""
    evse = EvseId.read(evse_id)
    return evse.compact if evse is not None else ""
