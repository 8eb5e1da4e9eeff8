"""What a document has beyond our own writing of it comes back, and never over a changed value."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.model.common import Kept
from gateway.wire.kept import differences, restored

# --- JSON --------------------------------------------------------------------------------------------------------

KEYS = st.sampled_from(["a", "b", "a/b", "~", "~1", "", "0", "²"])
LEAVES = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "x", "y"])
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


def bare(document: Any) -> Any:
    """Without members that are null: an explicit null is absence."""
    if isinstance(document, dict):
        return {key: bare(member) for key, member in document.items() if member is not None}
    return [bare(member) for member in document] if isinstance(document, list) else document


def exactly(document: Any) -> str:
    """True is not 1."""
    return repr(sorted_members(bare(document)))


def sorted_members(document: Any) -> Any:
    if isinstance(document, dict):
        return [(key, sorted_members(document[key])) for key in sorted(document)]
    return [sorted_members(member) for member in document] if isinstance(document, list) else document


@given(JSON, JSON)
def test_a_json_document_comes_back_as_it_was_received(received: Any, written: Any) -> None:
    assert exactly(restored(written, differences(received, written))) == exactly(received)


@given(JSON, JSON)
def test_nothing_is_kept_of_what_we_write_ourselves(received: Any, written: Any) -> None:
    assert differences(received, received) == ()
    assert restored(written, ()) == written


@given(JSON, JSON, JSON)
def test_restoring_into_any_other_document_does_no_harm(received: Any, written: Any, other: Any) -> None:
    kept = differences(received, written)
    touched = differences(restored(other, kept), other)
    assert {place.pointer for place in touched} <= {place.pointer for place in kept}


@given(JSON, JSON)
def test_the_documents_given_are_not_changed(received: Any, written: Any) -> None:
    before = repr((received, written))
    restored(written, differences(received, written))
    assert repr((received, written)) == before


@given(st.dictionaries(KEYS, LEAVES), st.dictionaries(KEYS, LEAVES), KEYS)
def test_a_changed_value_is_not_overwritten(received: dict[str, Any], written: dict[str, Any], key: str) -> None:
    changed = {**written, key: "changed"}
    assert restored(changed, differences(received, written))[key] == "changed"


def test_what_is_kept_is_named_with_both_values() -> None:
    received = {"a": "de", "list": [1, 2], "more": {"x": 1}}
    written = {"a": "DE", "list": [1, 3], "default": False}
    assert differences(received, written) == (
        Kept("/a", "de", "DE"),
        Kept("/list/1", 2, 3),
        Kept("/more", {"x": 1}, None),
        Kept("/default", None, False),
    )


# --- XML ---------------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "{urn:one}c", "{urn:two}d"])
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["x", "{urn:a/@b}y", "{http://www.w3.org/XML/1998/namespace}lang"]), st.sampled_from(["", "1", "2"])
)
TEXTS = st.sampled_from(["", "1", "2", "  1\n", "ä&<"])
TAILS = st.sampled_from(["", "\n  "])


def element(tag: str, attributes: dict[str, str], text: str, children: list[Any], tail: str = "") -> Any:
    built = etree.Element(tag, attributes)
    built.text, built.tail = ("\n  " if children else text) or None, tail or None
    built.extend(etree.fromstring(etree.tostring(child, with_tail=False)) for child in children)
    for child in built:
        child.tail = tail or None
    return built


SUBTREES = st.recursive(
    st.builds(element, NAMES, ATTRIBUTES, TEXTS, st.just([])),
    lambda inner: st.builds(element, NAMES, ATTRIBUTES, TEXTS, st.lists(inner, max_size=4), TAILS),
    max_leaves=10,
)
TREES = st.builds(element, st.just("{urn:m}Message"), ATTRIBUTES, TEXTS, st.lists(SUBTREES, max_size=4), TAILS)
Meaning = tuple[dict[str, str], str, dict[str, list[Any]]]


def meaning(tree: Any) -> Meaning:
    """Attributes, text, and the children of each name in their order: what the order of a schema leaves free."""
    children: dict[str, list[Any]] = {}
    for child in tree:
        children.setdefault(etree.QName(child).localname, []).append(meaning(child))
    return {str(name): str(value) for name, value in tree.attrib.items()}, (tree.text or "").strip(), children


@given(TREES, TREES)
def test_an_xml_document_comes_back_as_it_was_received(received: Any, written: Any) -> None:
    assert meaning(restored(written, differences(received, written))) == meaning(received)


@given(TREES, TREES)
def test_nothing_is_kept_of_the_xml_that_we_write_ourselves(received: Any, written: Any) -> None:
    assert differences(received, received) == ()
    assert meaning(restored(written, ())) == meaning(written)


@given(TREES, TREES, TREES)
def test_restoring_into_any_other_tree_does_no_harm(received: Any, written: Any, other: Any) -> None:
    before = etree.tostring(other)
    back = restored(other, differences(received, written))
    assert (etree.tostring(other), etree.fromstring(etree.tostring(back)).tag) == (before, other.tag)


@given(st.lists(st.sampled_from("abc"), max_size=6), st.sets(st.integers(0, 5)))
def test_elements_that_we_do_not_know_come_back_in_their_place(names: list[str], unknown: set[int]) -> None:
    received = element("m", {}, "", [element(name, {}, str(n), []) for n, name in enumerate(names)])
    written = element("m", {}, "", [child for n, child in enumerate(received) if n not in unknown or n == 0])
    known = [child.text for child in written]
    back = restored(written, differences(received, written))
    assert sorted(child.text for child in back) == sorted(child.text for child in received)
    assert known[:1] == [child.text for child in back][:1]


@pytest.mark.parametrize(
    ("received", "written", "changed"),
    [
        ("<m><a>1</a></m>", "<m><a>2</a></m>", "<m><a>3</a></m>"),
        ('<m x="1"/>', '<m x="2"/>', '<m x="3"/>'),
        ("<m/>", "<m><a>2</a></m>", "<m><a>3</a></m>"),
        ("<m><a><b/></a></m>", "<m/>", "<m><a>3</a></m>"),
    ],
)
def test_a_changed_element_is_not_overwritten(received: str, written: str, changed: str) -> None:
    kept = differences(etree.fromstring(received), etree.fromstring(written))
    assert kept != ()
    assert etree.tostring(restored(etree.fromstring(changed), kept)).decode() == changed


def test_an_unknown_element_returns_between_its_neighbours() -> None:
    received, written = etree.fromstring("<m><a/><new>1</new><b/></m>"), etree.fromstring("<m><a/><b/></m>")
    back = restored(written, differences(received, written))
    assert etree.tostring(back) == b"<m><a/><new>1</new><b/></m>"


def test_a_namespace_that_is_relative_breaks_nothing() -> None:
    """Canonical XML has no form for it, yet a parser takes it."""
    received = etree.fromstring(b'<a><extra xmlns="not/absolute">1</extra></a>')
    written = etree.fromstring(b"<a/>")
    (place,) = differences(received, written)
    assert place.received == '<extra xmlns="not/absolute">1</extra>'
    assert etree.tostring(restored(written, (place,))) == b'<a><extra xmlns="not/absolute">1</extra></a>'
