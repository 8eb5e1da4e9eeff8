"""Texts as XML spells them."""

import re

from gateway.errors import Invalid
from gateway.findings import Finding, Severity

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile("[&<>\r]|[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL_IN_ATTRIBUTE = re.compile('[&<>"\t\n\r]|[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def _entity(match: re.Match[str]) -> str:
    replaced = _ENTITIES.get(match[0])
    if replaced is None:
        finding = Finding("", Severity.ERROR, "malformed", f"character U+{ord(match[0]):04X} cannot stand in XML")
        raise Invalid([finding])
    return replaced


def escape_text(text: str) -> str:
    """What XML forbids is not printable: most texts need no search."""
    if text.isprintable() and "&" not in text and "<" not in text and ">" not in text:
        return text
    return _SPECIAL.sub(_entity, text)


def escape_attribute(text: str) -> str:
    if text.isprintable() and "&" not in text and "<" not in text and ">" not in text and '"' not in text:
        return text
    return _SPECIAL_IN_ATTRIBUTE.sub(_entity, text)


def printable(text: str) -> str:
    """`text` with the characters that XML 1.0 forbids replaced; for words of our own that quote a partner."""
    return _FORBIDDEN.sub("\ufffd", text)
