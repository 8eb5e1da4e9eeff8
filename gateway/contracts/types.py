"""XML Schema written from our declarations: what each field is on the wire, down to its facets."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree
from lxml.builder import ElementMaker

from gateway.findings import Severity
from gateway.wire import Slot, WireModel, slots

XSD = "http://www.w3.org/2001/XMLSchema"
UNBOUNDED = "unbounded"
_INT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Written:
    """A built-in type and what is written of it: a pattern, words, or a least length."""

    base: str
    pattern: str = ""
    words: Sequence[str] = ()
    shortest: int = 0


@dataclass(slots=True)
class Facets:
    """Of one value; `patterns` are alternatives."""

    base: str
    values: dict[str, int] = field(default_factory=dict)
    words: Sequence[str] = ()
    patterns: Sequence[str] = ()

    @property
    def is_plain(self) -> bool:
        return not (self.values or self.words or self.patterns)


def facets(slot: Slot, scalars: Mapping[str, Written], severities: Sequence[Severity] = tuple(Severity)) -> Facets:
    """From the scalar of a field and its rules of these severities; what XML Schema cannot say has no facet."""
    told = scalars[slot.scalar.name]
    found = Facets(told.base, words=told.words, patterns=[told.pattern] if told.pattern else [])
    if told.shortest:
        found.values["minLength"] = told.shortest
    rules = [rule for rule in slot.rules if rule.severity in severities]
    bounds = next((rule.bounds for rule in rules if rule.bounds is not None), None)
    if bounds is not None and told.base == "int" and bounds[1] != _INT:
        found.values |= {"minInclusive": int(bounds[0]), "maxInclusive": int(bounds[1])}
    for name, value in (rule.facet for rule in rules if rule.facet is not None):
        if name in ("minLength", "maxLength") and isinstance(value, int):
            found.values[name] = value
        elif name == "enum" and isinstance(value, tuple):
            found.words = value
        elif name == "pattern":
            found.patterns = alternatives(str(value).removeprefix("^(?:").removesuffix(")$"))
    return found


def alternatives(pattern: str) -> Sequence[str]:
    """The parts of a pattern between its outermost `|`."""
    parts, depth, in_class, part = [], 0, False, ""
    for token in re.findall(r"\\.|.", pattern):
        if token == "[" and not in_class:
            in_class = True
        elif token == "]":
            in_class = False
        elif not in_class:
            depth += (token == "(") - (token == ")")
        if token == "|" and not depth and not in_class:
            parts.append(part)
            part = ""
        else:
            part += token
    return [*parts, part]


# --- XML Schema --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SchemaWriter:
    """Writes the schema of one namespace. `told` gives the facets of a field that holds a single value.

    A model may say `exactly_one` or `at_most_one` of which fields may stand, and `is_open`: more may follow.
    """

    namespace: str
    told: Callable[[Slot], Facets]
    is_qualified: bool = True

    @property
    def _e(self) -> ElementMaker:
        return ElementMaker(namespace=XSD, nsmap={"s": XSD, "tns": self.namespace})

    def schema(self, messages: Iterable[type[WireModel]]) -> etree._Element:
        """The whole schema: an element for each message, a named type for each record in them."""
        kinds = list(dict.fromkeys(messages))
        records: dict[type[WireModel], None] = {}
        for kind in kinds:
            _gather(kind, records)
        e, by_name = self._e, sorted(records, key=lambda one: one.__name__)
        return e.schema(
            *(e.element(e.complexType(*self._content(kind)), name=kind.element) for kind in kinds),
            *(e.complexType(*self._content(kind), name=kind.__name__) for kind in by_name),
            targetNamespace=self.namespace,
            elementFormDefault="qualified" if self.is_qualified else "unqualified",
        )

    def _content(self, kind: type[WireModel]) -> Iterator[etree._Element]:
        elements = list(self._elements(kind))
        if getattr(kind, "is_open", False):
            anything = {"namespace": "##local", "processContents": "skip", "minOccurs": "0", "maxOccurs": UNBOUNDED}
            elements.append(self._e.any(**anything))
        if elements:
            yield self._e.sequence(*elements)
        for slot in slots(kind):
            if slot.kind == "attribute":
                use = {"use": "required"} if slot.demanded else {}
                yield self._typed(self._e.attribute(name=slot.alias, **use), slot)

    def _elements(self, kind: type[WireModel]) -> Iterator[etree._Element]:
        """Fields of which one may stand are a choice, in the place of the first."""
        one, none = (getattr(kind, name, ()) for name in ("exactly_one", "at_most_one"))
        chosen = self._e.choice()
        for slot in slots(kind):
            if slot.name in (*one, *none):
                if not len(chosen):
                    yield chosen
                chosen.append(self._element(slot, is_demanded=slot.name in one))
            elif slot.kind == "element":
                yield self._element(slot, is_demanded=slot.demanded)

    def _element(self, slot: Slot, *, is_demanded: bool) -> etree._Element:
        e = self._e
        element = e.element(name=slot.alias, **_occurs(slot, is_demanded))
        if slot.nillable:
            element.set("nillable", "true")
        if slot.model is not None:
            element.set("type", f"tns:{slot.model.__name__}")
        elif slot.inner is not None:
            element.append(e.complexType(e.sequence(self._typed(e.element(name=slot.inner), slot))))
        else:
            self._typed(element, slot)
        return element

    def _typed(self, element: etree._Element, slot: Slot) -> etree._Element:
        e, found = self._e, self.told(slot)
        if found.is_plain:
            element.set("type", f"s:{found.base}")
            return element
        lines = [
            *(e(name, value=str(value)) for name, value in found.values.items()),
            *(e.pattern(value=value) for value in found.patterns),
            *(e.enumeration(value=value) for value in found.words),
        ]
        element.append(e.simpleType(e.restriction(*lines, base=f"s:{found.base}")))
        return element


def _gather(kind: type[WireModel], found: dict[type[WireModel], None]) -> None:
    for slot in slots(kind):
        if slot.model is not None and slot.model not in found:
            found[slot.model] = None
            _gather(slot.model, found)


def _occurs(slot: Slot, is_demanded: bool) -> Mapping[str, str]:
    found = {} if is_demanded else {"minOccurs": "0"}
    if slot.many:
        most = next((rule.facet[1] for rule in slot.rules if rule.facet and rule.facet[0] == "maxItems"), UNBOUNDED)
        found["maxOccurs"] = str(most)
    return found
