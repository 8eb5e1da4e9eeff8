"""Bytes ↔ wire model: declarations, and the two codecs that read and write by them.

`decode` and `encode` are the only way in and out; adapters declare models and never touch XML or JSON by hand.
"""

from gateway.wire.codec import Decoded, decode, decode_document, document, encode, parsed
from gateway.wire.declared import Alias, Attribute, Inner, Private, Slot, Text, WireModel, slots
from gateway.wire.names import spelled
from gateway.wire.rules import checked, findings
from gateway.wire.scalars import Scalar

__all__ = [
    "Alias", "Attribute", "Decoded", "Inner", "Private", "Scalar", "Slot", "Text", "WireModel",
    "checked", "decode", "decode_document", "document", "encode", "findings", "parsed", "slots", "spelled",
]  # fmt: skip
