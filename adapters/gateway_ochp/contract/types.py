"""The types of OCHP as XML Schema, from our declarations: what its single values are on the wire."""

from collections.abc import Mapping

from gateway.contracts.types import Facets, SchemaWriter, Written
from gateway.contracts.types import facets as plain_facets
from gateway.wire import Slot
from gateway_ochp import wire

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_LOCAL = rf"{_DATE}T{_TIME}[+\-][0-9]{{2}}:[0-9]{{2}}"
_DIGITS = {90: 2, 180: 3}
"""Digits before the point of a latitude, and of a longitude."""

SCALARS: Mapping[str, Written] = {
    "text": Written("string"),
    "integer": Written("int"),
    "decimal": Written("float"),
    "boolean": Written("boolean"),
    "zulu": Written("string", f"{_DATE}T{_TIME}Z"),
    "timestamp": Written("string", _LOCAL),
    "local": Written("string", _LOCAL),
    "date": Written("string", _DATE),
    "minutes": Written("string", "[0-2][0-9]:[0-5][0-9]"),
    "duration": Written("string", "[0-9]{3}:[0-9]{2}:[0-9]{2}"),
}


def facets(slot: Slot) -> Facets:
    """Of one field; coordinates and the times in attributes have a form of their own."""
    if slot.scalar.name == "degrees":
        bounds = next((rule.bounds for rule in slot.rules if rule.bounds is not None), None)
        digits = _DIGITS[int(bounds[1])] if bounds is not None else 3
        return Facets("string", patterns=[rf"-?[0-9]{{1,{digits}}}\.[0-9]{{6}}"])
    if slot.kind == "attribute" and slot.scalar.name == "zulu":
        return Facets("dateTime")
    return plain_facets(slot, SCALARS)


SCHEMA = SchemaWriter(wire.NAMESPACE, facets)
