"""A record that is read at a glance is read as it is element by element: values, findings, and what is kept."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.errors import Undecodable
from gateway.wire import decode_document
from gateway.wire.glance import glanced
from gateway.wire.xml import parse_xml
from gateway_ochp import wire
from gateway_ochp.documents import identify
from gateway_ochp.translate.locations import CHARGE_POINT
from tests.adapters.test_pulling import charge_points
from tests.support import FIXTURES


def _records() -> list[str]:
    documents = [charge_points(1).body, (FIXTURES / "ochp" / "set_charge_points.xml").read_bytes()]
    found = [child for body in documents for child in identify(body).document.iter(f"{{{wire.NAMESPACE}}}*")]
    records = [child for child in found if etree.QName(child).localname == wire.ChargePointInfo.element]
    return [etree.tostring(record, encoding="unicode", with_tail=False) for record in records]


RECORDS = _records()
PLAIN = RECORDS[0]
CHANGES = st.tuples(
    st.integers(0, 400),
    st.sampled_from(
        [
            "", "/", ">", " ", "\n", "\t",
            "&amp;", "&lt;", "&gt;", "&quot;", "&#13;", "&#160;", "é", "0", "+", "-", ".",
            "<!-- note -->", "<new/>", "<new>1</new>", "<status/>", "<x xmlns='urn:other'/>",
            "<restriction/>", "<![CDATA[A & B]]>",
        ]
    ),
    st.booleans(),
)  # fmt: skip


@contextmanager
def element_by_element(kind: Any) -> Iterator[None]:
    kind.is_listed = False
    try:
        yield
    finally:
        kind.is_listed = True


def told(text: str) -> tuple[Any, ...] | None:
    """All that is read of a record, twice: what is remembered of the first reading changes nothing."""
    try:
        root = parse_xml(text.encode())
    except Undecodable:
        return None
    seen = []
    for _ in range(2):
        decoded = decode_document(wire.ChargePointInfo, root)
        value = CHARGE_POINT.read(decoded.model)
        unknown = {name: list(map(etree.tostring, kept)) for name, kept in decoded.model.unknown.items()}
        again = etree.tostring(CHARGE_POINT.write(value).verbatim) if value.extensions else b""
        seen.append((decoded.model, decoded.findings, unknown, value, value.extensions, again))
    assert seen[0] == seen[1]
    return seen[0]


def read_both_ways(text: str) -> None:
    at_a_glance = told(text)
    with element_by_element(wire.ChargePointInfo):
        assert told(text) == at_a_glance


def changed(text: str, place: int, piece: str, instead: bool) -> str:
    """At the beginning or end of a tag, a text or an attribute, in the place of a letter or beside it."""
    borders = [found.end() for found in re.finditer(r'>(?=.)|="|\w(?=<)', text)]
    at = borders[place % len(borders)]
    return text[:at] + piece + text[at + (instead and text[at].isalnum()) :]


@given(st.sampled_from(RECORDS), st.lists(CHANGES, min_size=0, max_size=3))
def test_whatever_a_record_says_both_ways_of_reading_agree(record: str, changes: list[tuple[int, str, bool]]) -> None:
    for place, piece, instead in changes:
        record = changed(record, place, piece, instead)
    read_both_ways(record)


@given(st.sampled_from(RECORDS), st.integers(0, 100), st.integers(0, 100))
def test_the_order_of_elements_is_no_matter_of_the_way(record: str, one: int, other: int) -> None:
    root = etree.fromstring(record)
    root.insert(other % len(root), root[one % len(root)])
    read_both_ways(etree.tostring(root, encoding="unicode"))
    root.append(etree.fromstring(etree.tostring(root[one % len(root)])))
    read_both_ways(etree.tostring(root, encoding="unicode"))


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("<ratings>", "<ratings xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:nil='true'>"),
        ("<chargePointInfoArray", "<chargePointInfoArray a='1'"),
        ("http://ochp.eu/1.4", "http://ochp.eu/1.3"),
        ("<evseId>", "<evseId xmlns=''>"),
        ("evseId>", "EvseId>"),
        ("Lindenallee", "A &amp; B &lt;C&gt; \"D\""),
        ("Lindenallee", "A]]&gt;"),
        ("Lindenallee", "<![CDATA[A & B]]>"),
        ("Lindenallee", "A\u00a0"),
        ("Lindenallee", "\u2028A"),
        (">22<", ">22.0<"),
        (">22<", ">2.2E1<"),
        (">22<", ">022<"),
        (">22<", ">twenty<"),
    ],
)  # fmt: skip
def test_what_looks_alike_at_a_glance_and_is_not(before: str, behind: str) -> None:
    assert before in PLAIN
    read_both_ways(PLAIN.replace(before, behind))


def test_a_usual_record_is_read_at_a_glance() -> None:
    assert glanced(wire.ChargePointInfo, parse_xml(PLAIN.encode())) is not None


def test_prefixes_make_no_difference_where_all_elements_have_one() -> None:
    mixed = PLAIN.replace("<chargePointInfoArray", "<x:chargePointInfoArray").replace("xmlns=", "xmlns:x=")
    mixed = mixed.replace("</chargePointInfoArray", "</x:chargePointInfoArray")
    read_both_ways(mixed)
    whole = PLAIN.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:").replace("xmlns=", "xmlns:x=")
    read_both_ways(whole)
    assert glanced(wire.ChargePointInfo, parse_xml(mixed.encode())) is None
    assert glanced(wire.ChargePointInfo, parse_xml(whole.encode())) is not None


def test_parts_that_say_the_same_are_one() -> None:
    one, other = (glanced(wire.ChargePointInfo, parse_xml(PLAIN.encode())) for _ in range(2))
    assert one.connectors
    assert one.connectors is other.connectors
    assert CHARGE_POINT.read(one) == CHARGE_POINT.read(other)
    moved = glanced(wire.ChargePointInfo, parse_xml(PLAIN.replace("IEC_62196_T2", "IEC_62196_T1").encode()))
    assert moved.connectors != one.connectors
    assert CHARGE_POINT.read(moved) != CHARGE_POINT.read(one)


def test_a_list_of_any_length_in_a_record_is_refused_in_time() -> None:
    long = PLAIN.replace("<connectors>", "<connectors>" + "<connectors/>" * 20_000, 1)
    assert glanced(wire.ChargePointInfo, parse_xml(long.encode())) is None
