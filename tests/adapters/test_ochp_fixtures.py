"""Our own messages: each file beside its canonical meaning."""

import json
from pathlib import Path

import pytest
from lxml import etree

from gateway.canonical import from_json, to_json
from gateway.wire import decode_document, document
from gateway.wire.kept import differences
from gateway_ochp import adapter
from gateway_ochp.forms import FORMS
from gateway_ochp.strict import OF_THE_SCHEMA
from tests.support import CONFORMANCE, FIXTURES, needs_conformance, samples

MESSAGES = samples(FIXTURES / "ochp", "*.xml")
every_message = pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)


def test_every_message_that_we_speak_is_there() -> None:
    found = {adapter.identify(path.read_bytes(), path.name).form.label for path in MESSAGES}
    assert found == {form.label for form in FORMS}


@every_message
def test_a_message_means_what_stands_beside_it(path: Path) -> None:
    found = adapter.identify(path.read_bytes(), path.name)
    meaning = found.form.read(decode_document(found.form.wire, found.document).model)
    assert to_json(meaning) == json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))


@every_message
def test_the_meaning_alone_gives_the_message_back(path: Path) -> None:
    """By way of the canonical JSON, as the store and the outbox hold it."""
    found = adapter.identify(path.read_bytes(), path.name)
    expected = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    again = document(found.form.write(from_json(found.form.canonical, expected)))
    assert differences(found.document, again) == ()


@needs_conformance
@every_message
def test_a_message_is_valid_unless_a_finding_says_why_not(path: Path) -> None:
    schema = etree.XMLSchema(etree.parse(str(CONFORMANCE / "ochp/contract/ochp-1.4-all.xsd")))
    found = adapter.identify(path.read_bytes(), path.name)
    is_valid = schema.validate(etree.fromstring(etree.tostring(found.document)))
    noticed = decode_document(found.form.wire, found.document).findings
    assert is_valid is not any(one.code in OF_THE_SCHEMA for one in noticed), schema.error_log
