"""Records read from their text: those that stand there exactly as we would write what they say.

Most records of a long list do, and their text is searched faster than their elements are walked. What is not read so -
a foreign element, another order, a text that has to be mended - is left to `xml_reading`, which reports it. Parts that
say the same in many records are one object (`shared`), and are to be left as they are.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from gateway.tables import remembered
from gateway.wire.declared import Slot, WireModel, defaults, slots
from gateway.wire.elements import Element
from gateway.wire.escaping import escape_attribute, escape_text
from gateway.wire.scalars import TEXT, lacks_offset

_REMEMBERED = 2048
_BETWEEN = re.compile(r">\s+<")
_ESCAPED = re.compile("&(amp|lt|gt|quot);")
_MEANT = {"amp": "&", "lt": "<", "gt": ">", "quot": '"'}


class _UnusualError(Exception):
    """It must be read element by element."""


_Field = tuple[str, Callable[[str], Any], Callable[[str], Any]]
"""A field's name, what a text was read as before (None: it was not), and how it is read."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """One group of `pattern` for each field."""

    model: type[WireModel]
    pattern: re.Pattern[str]
    fields: Sequence[_Field]
    absent: dict[str, Any]


def glanced(cls: type[WireModel], element: Element) -> Any:
    """The model of `element`, or None where it has to be read element by element."""
    if len(element.attrib) or not str(element.tag).startswith(f"{{{cls.namespace}}}"):
        return None
    text = inner_text(element)
    if text is None:
        return None
    try:
        values = _values(_plan(cls, ""), text, 0)[0]
    except _UnusualError:
        return None
    values["source"], values["exact"] = element, True
    made = object.__new__(cls)
    made.__dict__ = values
    return made


def inner_text(element: Element) -> str | None:
    """What stands between the tags of an element, without the prefix of its namespace and space between elements.

    None where some of its elements have that prefix and others do not.
    """
    text: str = etree.tostring(element, encoding="unicode", with_tail=False)
    begin, end = text.index(">"), text.rfind("<")
    if text[begin - 1] == "/":
        return ""
    text = text[begin + 1 : end]
    if element.prefix:
        opening, closing = f"<{element.prefix}:", f"</{element.prefix}:"
        if text.count(opening) + text.count(closing) != text.count("<"):
            return None
        text = text.replace(opening, "<").replace(closing, "</")
    return _BETWEEN.sub("><", text.strip()) if "\n" in text else text


# --- patterns ----------------------------------------------------------------------------------------------------


@remembered
def _plan(cls: type[WireModel], tag: str) -> _Plan:
    """Of an element called `tag`, or of what stands in it (no tag)."""
    fields = [_field(slot) for kind in ("attribute", "element") for slot in _of_kind(cls, kind)]
    return _Plan(cls, re.compile(_pattern(cls, tag, "(")), fields, dict(defaults(cls)))


def _pattern(cls: type[WireModel], tag: str, group: str) -> str:
    """`group` begins what a field has: `(` or `(?:`. Nothing is tried twice: every quantifier is possessive."""
    attributes = "".join(f'(?: {slot.alias}="{group}[^"<>]*+)")?+' for slot in _of_kind(cls, "attribute"))
    content = "".join(_group(slot, group) for slot in _of_kind(cls, "element"))
    return f"<{tag}{attributes}(?:/>|>{content}</{tag}>)" if tag else f"{content}\\Z"


def _of_kind(cls: type[WireModel], kind: str) -> Sequence[Slot]:
    return [slot for slot in slots(cls) if slot.kind == kind]


def _tags(slot: Slot) -> tuple[str, str]:
    inner = (f"<{slot.inner}>", f"</{slot.inner}>") if slot.inner else ("", "")
    return f"<{slot.alias}>{inner[0]}", f"{inner[1]}</{slot.alias}>"


def _group(slot: Slot, group: str) -> str:
    before, behind = _tags(slot)
    if slot.model is not None:
        one = _pattern(slot.model, slot.alias, "(?:")
        return f"{group}(?:{one}){'*+' if slot.many else '?+'})"
    return f"{group}(?:{before}[^<]++{behind})*+)" if slot.many else f"(?:{before}{group}[^<]++){behind})?+"


# --- values ------------------------------------------------------------------------------------------------------


def _values(plan: _Plan, text: str, start: int) -> tuple[dict[str, Any], int]:
    """What stands in `text` from `start`, and where it ends. Raises _UnusualError."""
    match = plan.pattern.match(text, start)
    if match is None:
        raise _UnusualError
    values, is_empty = plan.absent.copy(), True
    for (name, read_before, read), found in zip(plan.fields, match.groups(), strict=True):
        if found:
            value = read_before(found)
            values[name] = read(found) if value is None else value
            is_empty = False
    if is_empty:
        raise _UnusualError
    return values, match.end()


def _field(slot: Slot) -> _Field:
    read_before: dict[str, Any] = {}
    read = _reader(slot)
    if slot.model is None and not slot.many and (slot.scalar is TEXT or slot.private):
        return slot.name, read_before.get, read

    def read_first(text: str) -> Any:
        value = read(text)
        if len(read_before) >= _REMEMBERED:
            read_before.clear()
        read_before[text] = value
        return value

    return slot.name, read_before.get, read if _is_private(slot) else read_first


def _is_private(slot: Slot) -> bool:
    return slot.private or (slot.model is not None and any(map(_is_private, slots(slot.model))))


def _reader(slot: Slot) -> Callable[[str], Any]:
    if slot.model is not None:
        return _model_reader(slot.model, slot.alias, many=slot.many)
    one = _scalar_reader(slot)
    if not slot.many:
        return one
    before, behind = _tags(slot)
    pattern = re.compile(f"{before}([^<]++){behind}")
    return lambda text: tuple(map(one, pattern.findall(text)))


def _model_reader(cls: type[WireModel], tag: str, *, many: bool) -> Callable[[str], Any]:
    plan = _plan(cls, tag)

    def read(text: str) -> Any:
        found, start = [], 0
        while start < len(text):
            values, start = _values(plan, text, start)
            values["shared"] = True
            made = object.__new__(cls)
            made.__dict__ = values
            found.append(made)
        return tuple(found) if many else found[0]

    return read


def _scalar_reader(slot: Slot) -> Callable[[str], Any]:
    scalar, repairs = slot.scalar, slot.repairs
    escape = escape_attribute if slot.kind == "attribute" else escape_text

    def read(text: str) -> Any:
        plain = _ESCAPED.sub(lambda found: _MEANT[found[1]], text) if "&" in text else text
        try:
            value = scalar.read(plain)
        except ValueError:
            raise _UnusualError from None
        is_alike = plain.strip() == plain and escape(scalar.write(value)) == text
        if not is_alike or (scalar.timed and lacks_offset(plain)):
            raise _UnusualError
        if any(repair.mend(plain) != (plain, None) for repair in repairs):
            raise _UnusualError
        return value

    def read_text(text: str) -> str:
        if "&" in text or text[0] <= " " or not text.isprintable():
            return str(read(text))
        if text[-1] == " ":
            raise _UnusualError
        return text

    return read_text if scalar is TEXT and not repairs else read
