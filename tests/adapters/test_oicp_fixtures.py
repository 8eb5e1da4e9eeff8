"""Our own messages: each file beside its canonical meaning."""

import json
from pathlib import Path

import pytest

from gateway.canonical import from_json, to_json
from gateway.wire import decode_document, document
from gateway.wire.kept import differences
from gateway_oicp import adapter
from gateway_oicp.forms import FORMS
from tests.support import FIXTURES, samples

MESSAGES = [
    path
    for path in samples(FIXTURES / "oicp", "*.json")
    if not path.name.endswith((".expected.json", ".http.json", ".context.json"))
]
every_message = pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)


def test_every_message_that_we_speak_is_there() -> None:
    found = {adapter.identify(path.read_bytes(), path.name).form.label for path in MESSAGES}
    assert found == {form.label for form in FORMS}


@every_message
def test_a_message_means_what_stands_beside_it(path: Path) -> None:
    found = adapter.identify(path.read_bytes(), path.name)
    meaning = found.form.read(decode_document(found.form.wire, found.document).model)
    expected = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    assert to_json(meaning) == expected


@every_message
def test_the_meaning_alone_gives_the_message_back(path: Path) -> None:
    """By way of the canonical JSON, as the store and the outbox hold it."""
    found = adapter.identify(path.read_bytes(), path.name)
    expected = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    again = document(found.form.write(from_json(found.form.canonical, expected)))
    assert differences(found.document, again) == ()
