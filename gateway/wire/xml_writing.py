"""Wire model → XML, in the order of declaration.

A model's fields are compiled once into a list of writers: this is the hot path.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from lxml import etree

from gateway.tables import remembered
from gateway.wire.declared import Slot, WireModel, slots
from gateway.wire.elements import Element
from gateway.wire.escaping import escape_attribute, escape_text
from gateway.wire.scalars import TEXT

_Writer = Callable[[Any, list[str]], None]


_Element = tuple[str, str, str, Callable[[Any], str] | None, _Writer | None]
"""Field, what stands before and behind a single scalar, how it becomes a text (None: it is one), else its writer."""


@dataclass(frozen=True, slots=True)
class _Writing:
    attributes: Sequence[tuple[str, str, Callable[[Any], str]]]
    elements: Sequence[_Element]
    text: Slot | None


@remembered
def _writing(cls: type[WireModel], prefix: str) -> _Writing:
    mark = f"{prefix}:" if cls.qualified and prefix else ""
    return _Writing(
        [(slot.name, f' {slot.alias}="', slot.scalar.write) for slot in slots(cls) if slot.kind == "attribute"],
        [_element(slot, mark, prefix) for slot in slots(cls) if slot.kind == "element"],
        next((slot for slot in slots(cls) if slot.kind == "text"), None),
    )


def _element(slot: Slot, mark: str, prefix: str) -> _Element:
    """A single scalar is written in place, everything else by a writer of its own."""
    tag = mark + slot.alias
    inner = f"<{mark}{slot.inner}>" if slot.inner else ""
    before, behind = f"<{tag}>{inner}", f"{inner.replace('<', '</')}</{tag}>"
    convert = None if slot.scalar is TEXT else slot.scalar.write
    writer: _Writer | None = None
    if slot.model is not None:
        writer = _model_writer(tag, slot.model, prefix)
    elif slot.many:
        writer = _scalar_writer(before, behind, slot.scalar.write)
    return slot.name, before, behind, convert, _repeated(writer) if slot.many and writer is not None else writer


def _repeated(write_one: _Writer) -> _Writer:
    def write_all(value: Any, out: list[str]) -> None:
        for item in value:
            write_one(item, out)

    return write_all


def _scalar_writer(before: str, behind: str, convert: Callable[[Any], str]) -> _Writer:
    return lambda value, out: out.append(f"{before}{escape_text(convert(value))}{behind}")


def _model_writer(tag: str, cls: type[WireModel], prefix: str) -> _Writer:
    opening, closing, name = f"<{tag}", f"</{tag}>", tag.rpartition(":")[2]
    plan = _writing(cls, prefix)

    def write(value: WireModel, out: list[str]) -> None:
        if value.verbatim is not None:
            out.append(_verbatim(value.verbatim, name, cls.qualified))
            return
        if not value.shared:
            write_content(value, out)
            return
        before: str | None = value.__dict__.get(opening)
        if before is None:
            text: list[str] = []
            write_content(value, text)
            before = value.__dict__[opening] = "".join(text)
        out.append(before)

    def write_content(value: WireModel, out: list[str]) -> None:
        out.append(opening)
        _write_content(value, plan, out)
        if out[-1] == ">":
            out[-1] = "/>"
        else:
            out.append(closing)

    return write


def _verbatim(element: Element, name: str, qualified: bool) -> str:
    """A kept record under the name it has here: one type may stand under several names."""
    namespace = etree.QName(element).namespace if qualified else None
    tag = etree.QName(namespace, name).text
    if element.tag != tag:
        element = deepcopy(element)
        element.tag = tag
        etree.cleanup_namespaces(element)
    return etree.tostring(element, encoding="unicode", with_tail=False)


def _write_content(model: WireModel, plan: _Writing, out: list[str]) -> None:
    values = model.__dict__
    for name, before, spell in plan.attributes:
        value = values[name]
        if value is not None:
            out.append(f'{before}{escape_attribute(spell(value))}"')
    out.append(">")
    if plan.text is not None and values[plan.text.name] is not None:
        out.append(escape_text(plan.text.scalar.write(values[plan.text.name])))
    for name, before, behind, convert, write in plan.elements:
        value = values[name]
        if value is None:
            continue
        if write is None:
            text = value if convert is None else convert(value)
            if not text.isalnum():
                text = escape_text(text)
            out.append(f"{before}{text}{behind}" if text else _empty(before, behind))
        elif value != ():
            write(value, out)
    if "unknown" in values:
        for kept in values["unknown"].values():
            out.extend(etree.tostring(child, encoding="unicode", with_tail=False) for child in kept)


def write_xml(model: WireModel, prefix: str = "m") -> str:
    """The element of a message, its namespace bound to `prefix` (empty: the default namespace)."""
    if model.verbatim is not None:
        return etree.tostring(model.verbatim, encoding="unicode", with_tail=False)
    cls = type(model)
    mark = f"{prefix}:" if prefix else ""
    binding = f' xmlns:{prefix}="{cls.namespace}"' if prefix else f' xmlns="{cls.namespace}"'
    out = [f"<{mark}{cls.element}{binding}"]
    _write_content(model, _writing(cls, prefix), out)
    out.append(f"</{mark}{cls.element}>")
    return "".join(out)


def _empty(before: str, behind: str) -> str:
    """An element without a text, as every XML library writes it."""
    return f"{before[:-1]}/>{behind.partition('>')[2]}"


def written_content(model: WireModel) -> str:
    """What `model` is written as behind the name of its element: attributes, `>`, and all up to its closing tag.

    Its namespace is taken for the default one.
    """
    out: list[str] = []
    _write_content(model, _writing(type(model), ""), out)
    return "".join(out)
