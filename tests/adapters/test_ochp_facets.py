"""Every facet of the published schema beside our rules: what the schema refuses has a finding, what it takes has none.

The judge is the official XSD. In every field of the samples the value is replaced by words around each limit that the
schema names, and by every word of its enumerations.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from lxml import etree

from gateway.findings import Finding
from gateway.wire import WireModel, decode_document, encode
from gateway.wire.soap import opened
from gateway.wire.xml import local_name
from gateway_ochp.operations import OPERATIONS
from tests.support import CONFORMANCE, needs_conformance, samples

pytestmark = needs_conformance
CONTRACT = CONFORMANCE / "ochp/contract"
XS = "{http://www.w3.org/2001/XMLSchema}"
MODELS: Mapping[str, type[WireModel]] = {
    model.element: model for operation in OPERATIONS for model in (operation.request, operation.response) if model
}
BESIDE = ("sum", "order", "combination", "assumed", "status", "check-digit", "step", "currency", "unit")
"""Findings over several fields, and advice: no facet."""
WORDS = (
    "x", "-1", "1.5", "1.500000", "90.000000", "90.000001", "-180.000000", "180.000001", "12.1234567", "0.1", "1E+3",
    "INF", "NaN", "true", "false", "2026-01-31T23:59:59Z", "2026-01-31T23:59:59.000Z", "2026-01-31T23:59:59",
    "2026-01-31T23:59:59+01:00", "2026-01-31 23:59:59Z", "20260131T235959.000Z", "2026-01-31", "06:00", "24:00",
    "6:00", "06:60", "06:00:00", "25:00", "001:00:00", "999:59:59", "1:00:00", "1000:00:00", "000:61:00", "DE*ABC*E1",
    "DEABCE1", "DE*ABCE1", "DE*ABC*T1", "DE*ABC*P1", "DE-8EO-C00000001", "DE8EOC00000001", "DE-8EOC00000001", "DEU",
    "de", "DE", "+49 1", "http://a.example", "https://a.example", "ftp://a.example", "A B", "A/B", "a-b", "é",
)  # fmt: skip
NO_NUMBERS = ("INF", "NaN")
NO_TIMES = ("25:00", "000:61:00")


@cache
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(CONTRACT / "ochp-1.4-all.xsd")))


@cache
def candidates() -> tuple[str, ...]:
    """Words around every limit of the schema, every word of its enumerations, and some that look like values."""
    lengths, limits, words = set[int](), set[int](), set[str]()
    for path in CONTRACT.rglob("*.xsd"):
        for element in etree.parse(str(path)).iter(f"{XS}*"):
            value, name = element.get("value", ""), etree.QName(element).localname
            if name in ("maxLength", "minLength", "length"):
                lengths.add(int(value))
            elif name.startswith(("minInclusive", "maxInclusive", "minExclusive", "maxExclusive")):
                limits.add(int(value))
            elif name == "enumeration":
                words.add(value)
    sizes = sorted({length + step for length in lengths for step in (-1, 0, 1)} - {-1, 0})
    numbers = sorted({limit + step for limit in {*limits, 2**31 - 1, -(2**31)} for step in (-1, 0, 1)})
    return (*(letter * size for size in sizes for letter in "Aa1"), *map(str, numbers), *sorted(words), *WORDS)


def fields() -> Iterator[Any]:
    """Every field of the samples once: the message, its place, and the attribute or none."""
    found: dict[tuple[str, ...], tuple[etree._Element, str, str]] = {}
    for path in samples(CONFORMANCE / "ochp/samples", "*.xml"):
        message = etree.fromstring(etree.tostring(opened(path.read_bytes()).child))
        for element in message.iter("*"):
            names = [local_name(one) for one in (element, *element.iterancestors())]
            if not len(element) and not element.attrib and len(names) > 1:
                key = (*names[:2], "") if not names[0][0].isupper() else (*names[:3], "")
                found.setdefault(key, (message, message.getroottree().getelementpath(element), ""))
            for name in element.attrib:
                found.setdefault((names[0], str(name)), (message, message.getroottree().getelementpath(element), name))
    for key, place in sorted(found.items()):
        if key[0] != "tariffRestriction" and not str(key[1]).startswith("{"):
            yield pytest.param(*place, id="/".join(reversed([one for one in key if one])))


def judged(message: etree._Element) -> list[Finding]:
    found = decode_document(MODELS[local_name(message)], message).findings
    return [one for one in found if one.code not in BESIDE and not is_power_beside_current(one)]


def is_power_beside_current(finding: Finding) -> bool:
    """The samples limit both, which the schema cannot forbid."""
    return finding.code == "choice" and finding.pointer.endswith("/maxCurrent")


def is_stricter_on_purpose(finding: Finding, word: str) -> bool:
    """Nobody owes a negative amount; no place is beyond the poles; INF is no power; 25:00 is no time."""
    if finding.code == "negative" or (finding.code == "out-of-range" and finding.pointer[-4:] in ("@lat", "@lon")):
        return True
    return finding.code in ("malformed", "missing") and word in NO_NUMBERS + NO_TIMES


@pytest.mark.parametrize(("message", "place", "attribute"), list(fields()))
def test_a_value_is_judged_as_the_schema_judges_it(message: etree._Element, place: str, attribute: str) -> None:
    message = deepcopy(message)
    element = message if place == "." else message.find(place)
    assert element is not None
    refused = 0
    for word in candidates():
        if attribute:
            element.set(attribute, word)
        else:
            element.text = word
        is_valid, found = schema().validate(message), judged(message)
        refused += not is_valid
        if is_valid:
            assert [one for one in found if not is_stricter_on_purpose(one, word)] == [], word[:40]
        else:
            assert found, word[:40]
    assert refused or local_name(element) in ("currency", "timeZone", "accessToken", "report", "resultDescription")


def is_hollow(element: etree._Element) -> bool:
    """An optional element that is there and says nothing reads as absent (inventory e)."""
    return not len(element) and not element.attrib


@pytest.mark.parametrize("path", samples(CONFORMANCE / "ochp/samples", "*.xml"), ids=lambda path: path.name)
def test_a_missing_or_unknown_element_is_judged_as_the_schema_judges_it(path: Any) -> None:
    whole = etree.fromstring(etree.tostring(opened(path.read_bytes()).child))
    assert (schema().validate(whole), judged(whole)) == (True, [])
    seen: set[tuple[str, ...]] = set()
    for element in list(whole.iter("*"))[1:]:
        names = tuple(local_name(one) for one in (element, *element.iterancestors()))
        parent = element.getparent()
        if names in seen or parent is None:
            continue
        seen.add(names)
        position = parent.index(element)
        parent.remove(element)
        if schema().validate(whole):
            assert judged(whole) == [], f"without {names[0]} in {names[1]}"
        else:
            assert judged(whole) or is_hollow(parent), f"without {names[0]} in {names[1]}"
        parent.insert(position, element)
        tag = str(element.tag)
        element.tag = f"{tag}Extra"
        assert judged(whole), f"{names[0]} by another name"
        assert not schema().validate(whole)
        element.tag = tag


@pytest.mark.parametrize("path", samples(CONFORMANCE / "ochp/samples", "*.xml"), ids=lambda path: path.name)
def test_any_order_of_elements_is_read_alike(path: Any) -> None:
    message = etree.fromstring(etree.tostring(opened(path.read_bytes()).child))
    kind = MODELS[local_name(message)]
    expected = encode(decode_document(kind, deepcopy(message)).model)
    for element in message.iter("*"):
        names = [local_name(child) for child in element]
        if len({*names}) > 1:
            element[:] = sorted(element, key=lambda child: names.index(local_name(child)), reverse=True)
    again = decode_document(kind, message)
    assert (again.noticed, encode(again.model)) == ([], expected)
