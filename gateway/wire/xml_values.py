"""The texts of XML elements → single values."""

from collections.abc import Callable
from typing import Any

from gateway.findings import Finding, Severity
from gateway.wire.declared import Slot
from gateway.wire.elements import Element, element_path, local_name
from gateway.wire.scalars import NO_OFFSET, lacks_offset

MALFORMED = object()
"""What is read of a text that has no value."""
Reader = Callable[[Element, list[Finding]], Any]
_REMEMBERED = 2048


def scalar_reader(slot: Slot) -> Reader:
    convert, name, timed = slot.scalar.read, slot.scalar.name, slot.scalar.timed
    clean: dict[str, Any] = {}

    def read(child: Element, out: list[Finding]) -> Any:
        text = child.text
        if text is None:
            return MALFORMED if len(child) else None
        if text in clean:
            return clean[text]
        sent, before = text, len(out)
        text = text.strip()
        if not text:
            return MALFORMED if len(child) else None
        if slot.repairs:
            text = mended(slot, text, child, out)
        try:
            value = convert(text)
            if timed and lacks_offset(text):
                out.append(assumed(slot, child))
            if len(out) == before:
                remember(slot, clean, sent, value)
            return value
        except ValueError as error:
            shown = "" if slot.private else f"{text:.60} is "
            out.append(Finding(element_path(child), Severity.ERROR, "malformed", f"{slot.alias}: {shown}{error}"))
            return MALFORMED

    empty = "" if slot.nillable else None

    def read_text(child: Element, out: list[Finding]) -> Any:
        text = child.text
        return (text.strip() or empty) if text is not None else empty

    return read_text if name == "text" and not slot.repairs else read


def remember(slot: Slot, clean: dict[str, Any], text: str, value: Any) -> None:
    """A text that was read without any finding is read so again; lists say the same times and numbers many times."""
    if len(clean) < _REMEMBERED and not slot.private:
        clean[text] = value


def assumed(slot: Slot, element: Element, leaf: str = "") -> Finding:
    return Finding(element_path(element, leaf), Severity.WARNING, "assumed", f"{slot.alias}: {NO_OFFSET}")


def mended(slot: Slot, text: str, child: Element, out: list[Finding], leaf: str = "") -> str:
    for repair in slot.repairs:
        text, done = repair.mend(text)
        if done:
            out.append(Finding(element_path(child, leaf), Severity.WARNING, "repaired", f"{slot.alias}: {done}"))
    return text


def inner_reader(slot: Slot, read: Reader, name: str) -> Reader:
    """`<status><CdrStatusType>new</CdrStatusType></status>`; the bare form `<status>new</status>` is read too."""
    ending = f"}}{name}"

    def read_inner(child: Element, out: list[Finding]) -> Any:
        if len(child):
            inner = child[0]
            if type(inner) is not Element:
                inner = next((one for one in child if type(one) is Element), child)
            if inner is not child:
                tag: Any = inner.tag
                if not tag.endswith(ending) and tag != name:
                    text = f"{slot.alias}: the inner element {name} is spelled {local_name(inner)}"
                    out.append(Finding(element_path(inner), Severity.WARNING, "misspelled", text))
                return read(inner, out)
        value = read(child, out)
        if value is not None and value is not MALFORMED:
            out.append(
                Finding(
                    element_path(child),
                    Severity.WARNING,
                    "repaired",
                    f"{slot.alias}: the inner element {name} is missing",
                )
            )
        return value

    return read_inner
