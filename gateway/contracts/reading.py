"""What a WSDL promises: its operations, and the documents they carry down to the facets of single values.

Whatever a description says in another way (named or anonymous types, several patterns or one, imports) reads the same.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.errors import Undecodable
from gateway.wire.xml import Element, local_name, parse_xml

XSD = "{http://www.w3.org/2001/XMLSchema}"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SOAP = ("{http://schemas.xmlsoap.org/wsdl/soap/}operation", "{http://schemas.xmlsoap.org/wsdl/soap12/}operation")
MANY = None
_DEEPEST = 40
Load = Callable[[str], bytes]
"""A file by its location, as an import names it. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Value:
    """A single value: the built-in type it comes from, and its facets. Alternative patterns are one with `|`."""

    base: str
    facets: Mapping[str, str] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Member:
    """An element, or an attribute (`@name`), of a record; `most` None is without end."""

    name: str
    least: int
    most: int | None
    content: "Value | Record"
    is_nillable: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """Members in their order; of a `choice` each is optional, and only one may stand."""

    members: Sequence[Member] = ()
    text: Value | None = None
    choice: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Promised:
    """One operation; request and response by the names of their elements."""

    action: str
    request: str
    response: str


@dataclass(frozen=True, slots=True)
class Contract:
    operations: Mapping[str, Promised]
    elements: Mapping[str, Record]
    """The messages, by the names of their elements."""


def read_contract(body: bytes, load: Load) -> Contract:
    """A WSDL with all that it imports. Raises Undecodable."""
    documents = list(_documents(body, load))
    schemas = [one for document in documents for one in document.iter(f"{XSD}schema")]
    definitions = [document for document in documents if document.tag == f"{WSDL}definitions"]
    if documents[0] not in definitions:
        raise Undecodable("this is no WSDL 1.1: the root element is not wsdl:definitions")
    reading = _Reading(schemas)
    operations = dict(_operations(definitions))
    names = {name for told in operations.values() for name in (told.request, told.response)}
    return Contract(operations, {name: reading.message(name) for name in sorted(names - {""})})


def _documents(body: bytes, load: Load) -> Iterator[Element]:
    """The document and those it names, each once; locations are relative to the one that names them."""
    waiting, seen = [("", body)], set[str]()
    while waiting:
        place, text = waiting.pop()
        document = parse_xml(text)
        yield document
        for location in _locations(document):
            path = _beside(place, location)
            if path not in seen:
                seen.add(path)
                waiting.append((path, _loaded(path, load)))


def _locations(document: Element) -> Iterator[str]:
    for element in document.iter(f"{WSDL}import", f"{XSD}import", f"{XSD}include"):
        location = element.get("location") or element.get("schemaLocation")
        if location:
            yield location


def _beside(place: str, location: str) -> str:
    folder = place.rpartition("/")[0]
    steps: list[str] = []
    for step in f"{folder}/{location}".strip("/").split("/"):
        if step == ".." and steps and steps[-1] != "..":
            steps.pop()
        elif step not in (".", ""):
            steps.append(step)
    return location if "://" in location else "/".join(steps)


def _loaded(path: str, load: Load) -> bytes:
    if "://" in path:
        raise Undecodable(f"it imports {path}; only files beside it are read")
    try:
        return load(path)
    except OSError as error:
        raise Undecodable(f"it imports {path}, which cannot be read: {error.strerror or error}") from error


# --- operations --------------------------------------------------------------------------------------------------


def _operations(definitions: Sequence[Element]) -> Iterator[tuple[str, Promised]]:
    messages = {
        one.get("name", ""): _local(part.get("element", ""))
        for document in definitions
        for one in document.iter(f"{WSDL}message")
        for part in one.iter(f"{WSDL}part")
    }
    actions = {
        (_local(binding.get("type", "")), one.get("name", "")): bound.get("soapAction", "")
        for document in definitions
        for binding in document.iter(f"{WSDL}binding")
        for one in binding.iter(f"{WSDL}operation")
        for bound in one.iter(*SOAP)
    }
    for document in definitions:
        for port in document.iter(f"{WSDL}portType"):
            for one in port.iter(f"{WSDL}operation"):
                name = one.get("name", "")
                request, response = (
                    messages.get(_local(told.get("message", "")) if told is not None else "", "")
                    for told in (one.find(f"{WSDL}input"), one.find(f"{WSDL}output"))
                )
                yield name, Promised(actions.get((port.get("name", ""), name), ""), request, response)


def _local(name: str) -> str:
    return name.rpartition(":")[2]


# --- types -------------------------------------------------------------------------------------------------------

_FACETS = ("minLength", "maxLength", "length", "minInclusive", "maxInclusive", "minExclusive", "maxExclusive")


def _number(text: str) -> str:
    if not re.fullmatch(r"-?\d{1,18}", text):
        raise Undecodable(f"{text!r} stands where a whole number is expected")
    return text


_KINDS: Mapping[object, str] = {f"{XSD}element": "element", f"{XSD}group": "group"}


class _Reading:
    """Types by their local names: a contract has one namespace of its own."""

    def __init__(self, schemas: Iterable[Element]) -> None:
        self._named: dict[tuple[str, str], Element] = {}
        for schema in schemas:
            for child in schema:
                if isinstance(child.tag, str) and child.get("name"):
                    kind = _KINDS.get(child.tag, "type")
                    self._named.setdefault((kind, child.get("name", "")), child)

    def message(self, name: str) -> Record:
        """Raises Undecodable for one that is nowhere declared."""
        element = self._named.get(("element", name))
        if element is None:
            raise Undecodable(f"the element {name} is declared nowhere")
        content = self._content(element, 0)
        return content if isinstance(content, Record) else Record(text=content)

    def _content(self, element: Element, depth: int) -> Value | Record:
        """Of an element or attribute: its anonymous type, else the named one; any text where none is told."""
        if depth > _DEEPEST:
            raise Undecodable("types contain each other")
        for child in element:
            if child.tag == f"{XSD}complexType":
                return self._record(child, depth + 1)
            if child.tag == f"{XSD}simpleType":
                return self._value(child, depth + 1)
        name = element.get("type")
        return Value("string") if name is None else self._typed(name, element, depth + 1)

    def _typed(self, name: str, near: Element, depth: int) -> Value | Record:
        prefix, _, local = name.rpartition(":")
        if near.nsmap.get(prefix or None) == XSD[1:-1]:
            return Value(local)
        told = self._named.get(("type", local))
        if told is None:
            raise Undecodable(f"the type {name} is declared nowhere")
        if depth > _DEEPEST:
            raise Undecodable("types contain each other")
        return self._record(told, depth) if told.tag == f"{XSD}complexType" else self._value(told, depth)

    def _value(self, told: Element, depth: int) -> Value:
        restriction = told.find(f"{XSD}restriction")
        if restriction is None:
            return Value("string")
        inner = restriction.find(f"{XSD}simpleType")
        base = self._value(inner, depth + 1) if inner is not None else self._base(restriction, depth)
        values = [(local_name(one), one.get("value", "")) for one in restriction]
        words = frozenset(value for name, value in values if name == "enumeration")
        patterns = frozenset(value for name, value in values if name == "pattern")
        return replace(
            base,
            facets={**base.facets, **{name: _number(value) for name, value in values if name in _FACETS}},
            words=words or base.words,
            patterns=patterns or base.patterns,
        )

    def _base(self, restriction: Element, depth: int) -> Value:
        base = self._typed(restriction.get("base", ""), restriction, depth + 1)
        if isinstance(base, Record):
            raise Undecodable("a simple type restricts a complex one")
        return base

    def _record(self, told: Element, depth: int) -> Record:
        extension = next(told.iter(f"{XSD}extension"), None)
        holder = told if extension is None else extension
        base = Record()
        if extension is not None:
            known = self._typed(extension.get("base", ""), extension, depth + 1)
            base = known if isinstance(known, Record) else Record(text=known)
        members = [member for child in holder for member in self._members(child, depth, is_chosen=False)]
        every = [*base.members, *members]
        choices = (one.get("name", "") for choice in holder.iter(f"{XSD}choice") for one in choice)
        return Record(sorted(every, key=lambda one: one.name.startswith("@")), base.text, frozenset(choices) - {""})

    def _members(self, told: Element, depth: int, *, is_chosen: bool) -> Iterator[Member]:
        if told.tag in (f"{XSD}sequence", f"{XSD}choice", f"{XSD}all"):
            chosen = is_chosen or told.tag == f"{XSD}choice" or told.get("minOccurs") == "0"
            for child in told:
                yield from self._members(child, depth, is_chosen=chosen)
        elif told.tag == f"{XSD}group":
            yield from self._group(told, depth, is_chosen=is_chosen or told.get("minOccurs") == "0")
        elif told.tag == f"{XSD}element":
            yield self._element(told, depth, is_chosen)
        elif told.tag == f"{XSD}attribute":
            least = 1 if told.get("use") == "required" else 0
            yield Member(f"@{told.get('name', '')}", least, 1, self._content(told, depth + 1))

    def _group(self, told: Element, depth: int, *, is_chosen: bool) -> Iterator[Member]:
        name = _local(told.get("ref", ""))
        if depth > _DEEPEST:
            raise Undecodable("groups contain each other")
        for child in self._named.get(("group", name), ()):
            yield from self._members(child, depth + 1, is_chosen=is_chosen)

    def _element(self, told: Element, depth: int, is_chosen: bool) -> Member:
        referred = _local(told.get("ref", ""))
        declared = self._named.get(("element", referred), told) if referred else told
        most = told.get("maxOccurs", "1")
        return Member(
            declared.get("name", ""),
            0 if is_chosen else int(_number(told.get("minOccurs", "1"))),
            MANY if most == "unbounded" else int(_number(most)),
            self._content(declared, depth + 1),
            declared.get("nillable") in ("true", "1"),
        )
