"""Our own messages: one at least for each form, each beside its meaning, and with exactly the promised losses."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.canonical import from_json, leaves, to_json
from gateway.fields import FieldRow, field_table, generic, kept_everywhere, without_extensions
from gateway.translation import AnyForm
from gateway.wire import decode_document, document
from gateway.wire.kept import differences
from gateway.workbench import wire_leaves
from gateway_emip import adapter
from gateway_emip.forms import FORMS
from tests.adapters.test_emip_samples import MESSAGES, SAMPLES, SLIDE
from tests.support import FIXTURES

REPAIRED = ("heart_beat_answer_as", "get_service_authorisation_refused", SLIDE.stem)
"""What was mended in these does not come back."""
STOPPED = "from_iop_set_service_authorisation_stop"
"""A start in its form, a stop by its meaning."""
PLAIN = [path for path in MESSAGES if not path.name.startswith((*REPAIRED, STOPPED))]


def test_every_form_has_a_fixture() -> None:
    found = {adapter.identify(path.read_bytes(), path.name).form.label for path in MESSAGES}
    assert found == {form.label for form in FORMS}
    assert len(found) == 36


def test_every_fixture_has_its_meaning_beside_it_and_no_meaning_stands_alone() -> None:
    expected = {path.name.removesuffix(".expected.json") for path in (FIXTURES / "emip").glob("*.expected.json")}
    assert expected == {path.stem for path in MESSAGES}


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.stem)
def test_the_meaning_alone_gives_the_message_back(path: Path) -> None:
    """By way of the canonical JSON, as the store and the outbox hold it."""
    found = adapter.identify(path.read_bytes(), path.name)
    expected = json.loads(path.with_name(f"{path.stem}.expected.json").read_text(encoding="utf-8"))
    again = document(found.form.write(from_json(found.form.canonical, expected)))
    assert differences(found.document, again) == ()


# --- the promised losses -----------------------------------------------------------------------------------------


def table(form: AnyForm) -> list[FieldRow]:
    return list(field_table("emip", form.fields, adapter.tables))


def lost(form: AnyForm, received: Any, meaning: Any) -> Iterator[str]:
    """Places of a message that say something which its meaning, without what was kept of it, does not bring back."""
    again = wire_leaves(document(form.write_plain(without_extensions(meaning))))
    for place, text in wire_leaves(received).items():
        if place not in again and text:
            yield place


@pytest.mark.parametrize("path", [*SAMPLES, *PLAIN], ids=lambda path: path.stem)
def test_what_a_message_says_is_in_its_meaning_or_kept(path: Path) -> None:
    """By the meaning alone only that is lost which no row of the field table promises, and that is kept."""
    found = adapter.identify(path.read_bytes(), path.name)
    message = found.form.read(decode_document(found.form.wire, found.document).model)
    promised = {row.wire for row in table(found.form) if row.wire}
    for place in lost(found.form, found.document, message):
        assert place not in promised, place
        assert any(place.rpartition("/")[2] in kept.pointer for kept in _kept(message)), place


@pytest.mark.parametrize("path", [*SAMPLES, *PLAIN], ids=lambda path: path.stem)
def test_what_a_meaning_says_has_the_place_that_the_table_promises(path: Path) -> None:
    found = adapter.identify(path.read_bytes(), path.name)
    message = found.form.read(decode_document(found.form.wire, found.document).model)
    rows: dict[str, list[FieldRow]] = {}
    for row in table(found.form):
        rows.setdefault(row.canonical, []).append(row)
    back = found.form.read_plain(
        decode_document(found.form.wire, document(found.form.write_plain(without_extensions(message)))).model
    )
    for name, value in leaves(without_extensions(message)).items():
        known = rows[generic(name)]
        assert any(row.wire for row in known) or all(row.note for row in known), name
        if not any(row.wire for row in known):
            assert leaves(back).get(name) in (None, value), name


def test_a_field_without_a_place_says_why() -> None:
    for form in FORMS:
        for row in table(form):
            assert row.wire or (row.note and "has no place for it" not in row.note), (form.fields, row)


def _kept(value: Any) -> list[Any]:
    return list(kept_everywhere(value, "emip"))


def test_a_fixture_is_written_as_the_others_are() -> None:
    for path in MESSAGES:
        expected = path.with_name(f"{path.stem}.expected.json").read_text(encoding="utf-8")
        found = adapter.identify(path.read_bytes(), path.name)
        message = found.form.read(decode_document(found.form.wire, found.document).model)
        assert json.loads(expected) == to_json(message)
