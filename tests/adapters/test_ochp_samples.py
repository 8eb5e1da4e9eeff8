"""Samples of OCHP and messages of our own: read, written again, nothing lost on the way."""

import json
import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest
from lxml import etree

from gateway.canonical import from_json, to_json
from gateway.errors import Undecodable
from gateway.fields import without_extensions
from gateway.findings import Severity
from gateway.wire import decode_document, document
from gateway.wire.soap import opened
from gateway_ochp import adapter
from gateway_ochp.forms import BY_ELEMENT
from tests.support import CONFORMANCE, FIXTURES, needs_conformance, samples

SAMPLES = [
    path for path in samples(CONFORMANCE / "ochp/samples", "*.xml") if opened(path.read_bytes()).operation in BY_ELEMENT
]
OURS = samples(FIXTURES / "ochp", "*.xml")


def value_of(text: str) -> object:
    """A time or a number by value, any other text as it is."""
    for kind in (datetime.fromisoformat, Decimal):
        try:
            return kind(text) if kind is Decimal or len(text) > 12 else text
        except (ValueError, InvalidOperation):
            continue
    return text


def shape(element: etree._Element) -> object:
    """An element by local names and values; prefixes, comments and indentation do not count."""
    children = [shape(child) for child in element if isinstance(child.tag, str)]
    attributes = {str(name): value_of(str(text)) for name, text in element.attrib.items()}
    text = (element.text or "").strip()
    return etree.QName(element).localname, attributes, children or (value_of(text) if text else "")


def canonical_xml(element: etree._Element) -> bytes:
    """Exclusive C14N, prefixes and indentation taken away."""
    bare = etree.fromstring(etree.tostring(element), etree.XMLParser(remove_blank_text=True, remove_comments=True))
    for part in bare.iter():
        part.tag = etree.QName(part).localname
    etree.cleanup_namespaces(bare)
    return etree.tostring(bare, method="c14n", exclusive=True)


@needs_conformance
def test_the_samples_cover_every_operation() -> None:
    assert {opened(path.read_bytes()).operation for path in SAMPLES} == set(BY_ELEMENT)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_has_no_findings(path: Path) -> None:
    found = adapter.identify(path.read_bytes(), path.name)
    decoded = decode_document(found.form.wire, found.document)
    assert (list(found.noticed), decoded.findings) == ([], [])


@pytest.mark.parametrize("path", [*SAMPLES, *OURS], ids=lambda path: path.name)
def test_a_message_read_and_written_again_is_the_same(path: Path) -> None:
    found = adapter.identify(path.read_bytes(), path.name)
    model = decode_document(found.form.wire, found.document).model
    written = document(found.form.write(found.form.read(model)))
    assert shape(written) == shape(found.document)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_wire_model_alone_gives_the_sample_again(path: Path) -> None:
    found = adapter.identify(path.read_bytes(), path.name)
    model = decode_document(found.form.wire, found.document).model
    assert canonical_xml(document(model)) == canonical_xml(found.document)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_what_is_written_again_without_the_extensions_has_no_errors(path: Path) -> None:
    found = adapter.identify(path.read_bytes(), path.name)
    value = found.form.read(decode_document(found.form.wire, found.document).model)
    written = decode_document(found.form.wire, document(found.form.write(without_extensions(value))))
    assert [finding for finding in written.findings if finding.severity is Severity.ERROR] == []


@pytest.mark.parametrize("path", [*SAMPLES, *OURS], ids=lambda path: path.name)
def test_the_meaning_survives_as_json(path: Path) -> None:
    found = adapter.identify(path.read_bytes(), path.name)
    value = found.form.read(decode_document(found.form.wire, found.document).model)
    assert from_json(found.form.canonical, json.loads(json.dumps(to_json(value)))) == value


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_a_fixture_means_what_is_written_beside_it(path: Path) -> None:
    found = adapter.identify(path.read_bytes(), path.name)
    value = found.form.read(decode_document(found.form.wire, found.document).model)
    assert to_json(value) == json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))


def test_a_bare_element_is_recognised() -> None:
    found = adapter.identify(b'<GetStatusRequest xmlns="http://ochp.eu/1.4"/>', "")
    assert found.form.label == "GetStatus"
    assert [(finding.pointer, finding.code, finding.text) for finding in found.noticed] == [
        ("/GetStatusRequest", "repaired", "no SOAP envelope stands around it")
    ]


def test_another_release_and_another_case_are_recognised_and_reported() -> None:
    found = adapter.identify(b'<SetChargepointListRequest xmlns="http://ochp.eu/1.3"/>', "")
    assert found.form.label == "SetChargepointList"
    assert [finding.text for finding in found.noticed] == [
        "no SOAP envelope stands around it",
        "SetChargePointListRequest is spelled SetChargepointListRequest",
        "the namespace http://ochp.eu/1.3 is of OCHP 1.3, not http://ochp.eu/1.4",
    ]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"<AddCDRRequest/>", "AddCDRRequest is no message of OCHP 1.4 that is known here; near it: AddCDRsRequest"),
        (b"{}", "not XML"),
        (b"", "not XML"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><GetStatusRequest>&a;</GetStatusRequest>", "document type"),
    ],
)
def test_what_is_no_ochp_is_refused_with_the_reason(body: bytes, text: str) -> None:
    with pytest.raises(Undecodable, match=re.escape(text)):
        adapter.identify(body, "")
