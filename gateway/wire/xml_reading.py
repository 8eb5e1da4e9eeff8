"""XML → wire model. Reading goes by name and forgives.

A model's fields are compiled once into a table of readers: this is the hot path.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from gateway.findings import Finding, Severity
from gateway.tables import remembered
from gateway.wire.declared import Slot, WireModel, defaults, slots
from gateway.wire.elements import OF_XML, Element, element_path, local_name
from gateway.wire.glance import glanced
from gateway.wire.scalars import lacks_offset
from gateway.wire.xml_values import MALFORMED, Reader, assumed, inner_reader, mended, remember, scalar_reader

M = TypeVar("M", bound=WireModel)
_Known = tuple[str, bool, str, Reader, "_Reading | None"]
"""Field, whether repeated, alias, reader of the value, or the plan of the model to read."""


_Attribute = tuple[str, Callable[[str], Any], bool, Slot, dict[str, Any]]
"""Field, reader of the value, whether it is a time, the slot, and texts that were read without a finding."""


@dataclass(frozen=True, slots=True)
class _Reading:
    model: type[WireModel]
    by_tag: Mapping[str, _Known]
    by_name: Mapping[str, tuple[_Known, Severity | None]]
    attributes: Mapping[str, _Attribute]
    as_elements: Mapping[str, _Known]
    """Attributes that were sent as elements, by name."""
    text: Slot | None
    repeated: Sequence[str]
    absent: dict[str, Any]
    has_own: bool
    """Whether there is more to read than children."""
    has_demanded: bool
    """Whether an empty element says nothing."""


@remembered
def _reading(cls: type[WireModel]) -> _Reading:
    by_tag: dict[str, _Known] = {}
    by_name: dict[str, tuple[_Known, Severity | None]] = {}
    elements = [slot for slot in slots(cls) if slot.kind == "element"]
    space = f"{{{cls.namespace}}}" if cls.qualified else ""
    for slot in elements:
        plan = _reading(slot.model) if slot.model is not None else None
        known: _Known = (slot.name, slot.many, slot.alias, _reader(slot), plan)
        by_tag[space + slot.alias] = known
        by_name[slot.alias.lower()] = known, None
        by_name |= {also.lower(): (known, grade) for also, grade in slot.also.items()}
    return _Reading(
        cls,
        by_tag,
        by_name,
        {
            slot.alias: (slot.name, slot.scalar.read, slot.scalar.timed, slot, {})
            for slot in slots(cls)
            if slot.kind == "attribute"
        },
        {
            slot.alias.lower(): (slot.name, False, slot.alias, scalar_reader(slot), None)
            for slot in slots(cls)
            if slot.kind == "attribute"
        },
        next((slot for slot in slots(cls) if slot.kind == "text"), None),
        [slot.name for slot in elements if slot.many],
        dict(defaults(cls)),
        any(slot.many or slot.kind != "element" for slot in slots(cls)),
        any(slot.demanded for slot in slots(cls)),
    )


def read_xml(cls: type[M], element: Element, out: list[Finding]) -> M:
    """A model of `element`; what does not fit is reported in `out` and kept in `unknown`."""
    made: M = _read_by(_reading(cls), element, out)
    return made


def _read_by(plan: _Reading, element: Element, out: list[Finding]) -> Any:
    if plan.model.is_listed:
        record = glanced(plan.model, element)
        if record is not None:
            return record
    absent, by_tag = plan.absent, plan.by_tag
    values = absent.copy()
    for child in element:
        known = by_tag.get(child.tag) or _forgiven(plan, child, values, out)  # type: ignore[arg-type]
        if known is None:
            continue
        name, many, alias, read, inner = known
        if inner is None:
            value = read(child, out)
        elif not many and inner.has_demanded and _is_empty(child):
            continue
        else:
            value = _read_by(inner, child, out)
        if value is MALFORMED:
            _keep(values, child)
        elif value is None:
            continue
        elif many:
            if values[name]:
                values[name].append(value)
            else:
                values[name] = [value]
        elif values[name] is absent[name]:
            values[name] = value
        else:
            _repeated_once(alias, child, values, out)
    if plan.has_own:
        _read_own(plan, element, values, out)
    values["source"] = element
    made = object.__new__(plan.model)
    made.__dict__ = values
    return made


def _is_empty(element: Element) -> bool:
    """An element that is there and says nothing: it reads as absent, as an empty text does."""
    if len(element) or (element.text or "").strip():
        return False
    return all(str(name).startswith(OF_XML) for name in element.attrib)


def _repeated_once(alias: str, child: Element, values: dict[str, Any], out: list[Finding]) -> None:
    text = f"{alias} stands more than once; the first is read"
    out.append(Finding(element_path(child), Severity.ERROR, "repeated", text))
    _keep(values, child)


def _read_own(plan: _Reading, element: Element, values: dict[str, Any], out: list[Finding]) -> None:
    """What is not a child: attributes, and the element's own text; lists become tuples."""
    if plan.attributes:
        _read_attributes(plan, element, values, out)
    if plan.text is not None:
        value = _reader(plan.text)(element, out)
        values[plan.text.name] = None if value is MALFORMED else value
    for name in plan.repeated:
        if values[name]:
            values[name] = tuple(values[name])


def _forgiven(plan: _Reading, child: Element, values: dict[str, Any], out: list[Finding]) -> _Known | None:
    """A child that is not named as it should be: another namespace or case is read, the rest is kept."""
    name = local_name(child)
    if not name:
        return None
    found = plan.by_name.get(name.lower())
    attribute = plan.as_elements.get(name.lower()) if found is None else None
    if attribute is not None:
        text = f"{attribute[2]} is an element here; it should be an attribute"
        out.append(Finding(element_path(child), Severity.WARNING, "repaired", text))
        return attribute
    if found is None:
        out.append(
            Finding(element_path(child), Severity.INFO, "unknown-member", f"{name} is not known here; it is kept")
        )
        _keep(values, child)
        return None
    known, severity = found
    alias = known[2]
    if name != alias:
        out.append(
            Finding(element_path(child), severity or Severity.WARNING, "misspelled", f"{alias} is spelled {name}")
        )
    else:
        out.append(Finding(element_path(child), Severity.WARNING, "repaired", f"{name} stands in another namespace"))
    return known


def _keep(values: dict[str, Any], child: Element) -> None:
    values.setdefault("unknown", {}).setdefault(local_name(child), []).append(child)


def _read_attributes(plan: _Reading, element: Element, values: dict[str, Any], out: list[Finding]) -> None:
    known = plan.attributes
    for tag, text in element.items():
        attribute = known.get(tag) or _attribute_forgiven(plan, element, str(tag), out)
        if attribute is None:
            continue
        name, read, timed, slot, clean = attribute
        if text in clean:
            values[name] = clean[text]
            continue
        sent, before = text, len(out)
        text = text.strip()
        if slot.repairs:
            text = mended(slot, text, element, out, f"/@{slot.alias}")
        try:
            values[name] = read(text)
        except ValueError as error:
            shown = "" if slot.private else f"{text:.60} is "
            here = element_path(element, f"/@{slot.alias}")
            out.append(Finding(here, Severity.ERROR, "malformed", f"{slot.alias}: {shown}{error}"))
        else:
            if timed and lacks_offset(text):
                out.append(assumed(slot, element, f"/@{slot.alias}"))
            if len(out) == before:
                remember(slot, clean, sent, values[name])


def _attribute_forgiven(plan: _Reading, element: Element, tag: str, out: list[Finding]) -> _Attribute | None:
    """An attribute that is not named as it should be: one in a namespace is read, any other is only reported."""
    if tag.startswith(OF_XML):
        return None
    name = tag.rpartition("}")[2]
    found = plan.attributes.get(name)
    if found is None:
        out.append(_unknown_attribute(element, name))
    else:
        text = f"the attribute {name} stands in a namespace; it should have none"
        out.append(Finding(element_path(element, f"/@{name}"), Severity.WARNING, "repaired", text))
    return found


def _unknown_attribute(element: Element, name: str) -> Finding:
    return Finding(
        element_path(element, f"/@{name}"), Severity.INFO, "unknown-member", f"attribute {name} is not known here"
    )


def _reader(slot: Slot) -> Reader:
    if slot.model is not None:
        model = slot.model
        return lambda child, out: read_xml(model, child, out)
    if slot.inner is not None:
        return inner_reader(slot, scalar_reader(slot), slot.inner)
    return scalar_reader(slot)
