"""Samples of OCHP and messages of our own: read, written again, nothing lost on the way."""

import json
import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from gateway.canonical import from_json, to_json
from gateway.errors import Undecodable
from gateway.fields import field_table, losses, unread, without_extensions
from gateway.findings import Finding, Severity
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


def is_beyond_the_schema(finding: Finding) -> bool:
    return finding.code == "check-digit" or finding.pointer.endswith("/maxCurrent")


@needs_conformance
def test_the_samples_cover_every_operation() -> None:
    assert {opened(path.read_bytes()).operation for path in SAMPLES} == set(BY_ELEMENT)
    assert (len(SAMPLES), len(samples(CONFORMANCE / "ochp/samples", "*.xml"))) == (52, 52)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_has_no_findings(path: Path) -> None:
    """But for the check digits, those of the specification's own examples, which fail its algorithm; and but for power
    and current together, which the schema allows and the specification does not."""
    found = adapter.identify(path.read_bytes(), path.name)
    decoded = decode_document(found.form.wire, found.document)
    others = [finding for finding in decoded.findings if not is_beyond_the_schema(finding)]
    assert (list(found.noticed), others) == ([], [])


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


@cache
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(CONFORMANCE / "ochp/contract/ochp-1.4-all.xsd")))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_all_that_is_written_of_a_sample_is_valid(path: Path) -> None:
    found = adapter.identify(path.read_bytes(), path.name)
    model = decode_document(found.form.wire, found.document).model
    value = found.form.read(model)
    written = (model, found.form.write(value), found.form.write(without_extensions(value)))
    assert [schema().validate(document(one)) for one in written] == [True, True, True]


LIMITS = "/individualTariff/tariffElement/tariffRestriction"
KEPT = {
    "/@minor": "free now and reserved for later is free",
    f"{LIMITS}/minDuration": "from nothing on is always",
    f"{LIMITS}/minEnergy": "from nothing on is always",
    f"{LIMITS}/minPower": "from nothing on is always",
    "/result/resultDescription/text()": "of a message that asks nothing",
}
"""What of the samples the canonical model does not hold, below its record, and why: it goes back to OCHP alone."""


@needs_conformance
def test_of_the_samples_only_this_has_no_meaning() -> None:
    """Numbers and times that are only spelled in another way do not count."""
    found = set[str]()
    for path in SAMPLES:
        sample = adapter.identify(path.read_bytes(), path.name)
        value = sample.form.read(decode_document(sample.form.wire, sample.document).model)
        found |= {re.sub(r"\[\d+\]", "", loss.source.removeprefix("extensions.ochp")) for loss in unread(value, "ochp")}
    assert found == set(KEPT)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_meaning_of_a_sample_comes_back_whole(path: Path) -> None:
    """The field tables promise a place for each leaf that a message can have been read into."""
    found = adapter.identify(path.read_bytes(), path.name)
    value = without_extensions(found.form.read(decode_document(found.form.wire, found.document).model))
    again = found.form.read_plain(decode_document(found.form.wire, document(found.form.write_plain(value))).model)
    table = field_table("ochp", found.form.fields, adapter.tables)
    assert losses(value, again, table, adapter.crosswalks) == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_what_is_written_again_without_the_extensions_has_no_errors(path: Path) -> None:
    found = adapter.identify(path.read_bytes(), path.name)
    value = found.form.read(decode_document(found.form.wire, found.document).model)
    written = decode_document(found.form.wire, document(found.form.write(without_extensions(value))))
    broken = [finding for finding in written.findings if finding.severity is Severity.ERROR]
    assert [finding for finding in broken if not is_beyond_the_schema(finding)] == []


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
