"""XML ↔ wire model. Reading goes by name and forgives; writing follows the order of declaration.

A model's fields are compiled once into a table of readers and a list of writers: this is the hot path.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeVar

from lxml import etree

from gateway.errors import Invalid, Undecodable
from gateway.findings import Finding, Severity
from gateway.tables import remembered
from gateway.wire.declared import Slot, WireModel, defaults, slots
from gateway.wire.scalars import NO_OFFSET, TEXT, lacks_offset

M = TypeVar("M", bound=WireModel)
Element = etree._Element
LIMIT = 16 * 1024 * 1024
_MALFORMED = object()


def parse_xml(body: bytes, limit: int = LIMIT, *, trusted: bool = False) -> Element:
    """The root element of `body`. No DTD, no entities, no network; `trusted` lifts libxml2's limits for a hub's lists.

    Raises Undecodable.
    """
    if len(body) > limit:
        raise Undecodable(f"the document has {len(body)} bytes, at most {limit} are read")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=trusted,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if b"encoding" in str(error).encode() or "UTF-8" in str(error):
            return _parse_legacy(body, error, limit, trusted)
        raise Undecodable(f"not XML: {error}") from error
    if root.getroottree().docinfo.doctype or root.getroottree().docinfo.internalDTD is not None:
        raise Undecodable("a document type declaration is not accepted")
    return root


def _parse_legacy(body: bytes, cause: Exception, limit: int, trusted: bool) -> Element:
    """Partners that declare UTF-8 and write Windows-1252 (seen at e-clearing.net until 2025)."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        text = re.sub(r"^\s*<\?xml[^>]*\?>", "", body.decode("cp1252", errors="replace"))
        return parse_xml(text.encode("utf-8"), 3 * limit, trusted=trusted)
    raise Undecodable(f"not XML: {cause}") from cause


def local_name(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def element_path(element: Element, leaf: str = "") -> str:
    """`/AddCDRsRequest/cdrInfoArray[2]/evseId`: local names, a place where a name repeats; the SOAP frame left out."""
    steps: list[str] = []
    while element is not None and local_name(element) not in ("Body", "Envelope"):
        name, parent = local_name(element), element.getparent()
        same = [] if parent is None else [other for other in parent if other.tag == element.tag]
        steps.append(f"{name}[{same.index(element) + 1}]" if len(same) > 1 and local_name(parent) != "Body" else name)  # type: ignore[arg-type]
        element = parent  # type: ignore[assignment]
    return "/" + "/".join(reversed(steps)) + leaf


_Reader = Callable[[Element, list[Finding]], Any]


_Known = tuple[str, bool, str, _Reader, "_Reading | None"]
"""Field, whether repeated, alias, reader of the value, or the plan of the model to read."""


@dataclass(frozen=True, slots=True)
class _Reading:
    model: type[WireModel]
    by_tag: Mapping[str, _Known]
    by_name: Mapping[str, tuple[_Known, Severity | None]]
    attributes: Mapping[str, tuple[str, Callable[[str], Any], bool, Slot]]
    text: Slot | None
    repeated: Sequence[str]
    absent: dict[str, Any]
    has_own: bool
    """Whether there is more to read than children."""


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
            slot.alias: (slot.name, slot.scalar.read, slot.scalar.timed, slot)
            for slot in slots(cls)
            if slot.kind == "attribute"
        },
        next((slot for slot in slots(cls) if slot.kind == "text"), None),
        [slot.name for slot in elements if slot.many],
        dict(defaults(cls)),
        any(slot.many or slot.kind != "element" for slot in slots(cls)),
    )


def read_xml(cls: type[M], element: Element, out: list[Finding]) -> M:
    """A model of `element`; what does not fit is reported in `out` and kept in `unknown`."""
    made: M = _read_by(_reading(cls), element, out)
    return made


def _read_by(plan: _Reading, element: Element, out: list[Finding]) -> Any:
    absent, by_tag = plan.absent, plan.by_tag
    values = absent.copy()
    for child in element:
        known = by_tag.get(child.tag) or _forgiven(plan, child, values, out)  # type: ignore[arg-type]
        if known is None:
            continue
        name, many, alias, read, inner = known
        value = read(child, out) if inner is None else _read_by(inner, child, out)
        if value is _MALFORMED:
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
        values[plan.text.name] = None if value is _MALFORMED else value
    for name in plan.repeated:
        if values[name]:
            values[name] = tuple(values[name])


def _forgiven(plan: _Reading, child: Element, values: dict[str, Any], out: list[Finding]) -> _Known | None:
    """A child that is not named as it should be: another namespace or case is read, the rest is kept."""
    name = local_name(child)
    if not name:
        return None
    found = plan.by_name.get(name.lower())
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
        attribute = known.get(tag) or known.get(str(tag).rpartition("}")[2])
        if attribute is None:
            if not str(tag).startswith("{http://www.w3.org/"):
                out.append(_unknown_attribute(element, str(tag).rpartition("}")[2]))
            continue
        name, read, timed, slot = attribute
        try:
            values[name] = read(text.strip())
        except ValueError as error:
            shown = "" if slot.private else f"{text:.60} is "
            here = element_path(element, f"/@{slot.alias}")
            out.append(Finding(here, Severity.ERROR, "malformed", f"{slot.alias}: {shown}{error}"))
        else:
            if timed and lacks_offset(text.strip()):
                out.append(_assumed(slot, element, f"/@{slot.alias}"))


def _unknown_attribute(element: Element, name: str) -> Finding:
    return Finding(
        element_path(element, f"/@{name}"), Severity.INFO, "unknown-member", f"attribute {name} is not known here"
    )


def _reader(slot: Slot) -> _Reader:
    if slot.model is not None:
        model = slot.model
        return lambda child, out: read_xml(model, child, out)
    if slot.inner is not None:
        return _inner_reader(slot, _scalar_reader(slot))
    return _scalar_reader(slot)


def _scalar_reader(slot: Slot) -> _Reader:
    convert, name, timed = slot.scalar.read, slot.scalar.name, slot.scalar.timed

    def read(child: Element, out: list[Finding]) -> Any:
        text = child.text
        if text is None:
            return _MALFORMED if len(child) else None
        text = text.strip()
        if not text:
            return _MALFORMED if len(child) else None
        if slot.repairs:
            text = _mended(slot, text, child, out)
        try:
            value = convert(text)
            if timed and lacks_offset(text):
                out.append(_assumed(slot, child))
            return value
        except ValueError as error:
            shown = "" if slot.private else f"{text:.60} is "
            out.append(Finding(element_path(child), Severity.ERROR, "malformed", f"{slot.alias}: {shown}{error}"))
            return _MALFORMED

    empty = "" if slot.nillable else None

    def read_text(child: Element, out: list[Finding]) -> Any:
        text = child.text
        return (text.strip() or empty) if text is not None else empty

    return read_text if name == "text" and not slot.repairs else read


def _assumed(slot: Slot, element: Element, leaf: str = "") -> Finding:
    return Finding(element_path(element, leaf), Severity.WARNING, "assumed", f"{slot.alias}: {NO_OFFSET}")


def _mended(slot: Slot, text: str, child: Element, out: list[Finding]) -> str:
    for repair in slot.repairs:
        text, done = repair.mend(text)
        if done:
            out.append(Finding(element_path(child), Severity.WARNING, "repaired", f"{slot.alias}: {done}"))
    return text


def _inner_reader(slot: Slot, read: _Reader) -> _Reader:
    """`<status><CdrStatusType>new</CdrStatusType></status>`; the bare form `<status>new</status>` is read too."""

    def read_inner(child: Element, out: list[Finding]) -> Any:
        for inner in child:
            if type(inner) is Element:
                return read(inner, out)
        value = read(child, out)
        if value is not None and value is not _MALFORMED:
            out.append(
                Finding(
                    element_path(child),
                    Severity.WARNING,
                    "repaired",
                    f"{slot.alias}: the inner element {slot.inner} is missing",
                )
            )
        return value

    return read_inner


# --- writing -----------------------------------------------------------------------------------------------------

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
    return text if text.isalnum() else _SPECIAL_IN_ATTRIBUTE.sub(_entity, text)


def printable(text: str) -> str:
    """`text` with the characters that XML 1.0 forbids replaced; for words of our own that quote a partner."""
    return _FORBIDDEN.sub("\ufffd", text)


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
        out.append(opening)
        _write_content(value, plan, out)
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
            out.append(f"{before}{text}{behind}")
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


def with_prefix(element: Element, prefix: str) -> Element:
    """A copy of `element` with its namespace bound to `prefix` (empty: the default namespace)."""
    namespace = str(element.tag).removeprefix("{").partition("}")[0]
    copy = etree.Element(element.tag, dict(element.attrib), nsmap={prefix or None: namespace})
    copy.text = element.text
    copy.extend(deepcopy(child) for child in element)
    etree.cleanup_namespaces(copy, keep_ns_prefixes=[prefix] if prefix else None)
    return copy
