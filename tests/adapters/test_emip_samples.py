"""Samples of eMIP and messages of our own: read, written again, nothing lost; and the one request ever shown."""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest
from lxml import etree

from gateway.canonical import from_json, to_json
from gateway.findings import Finding, Severity
from gateway.model.ids import PartyId
from gateway.model.messages import FetchCdr, StartSession, StopSession
from gateway.model.session import SessionIds
from gateway.wire import decode_document, document
from gateway.wire.xml import Element
from gateway_emip import adapter
from gateway_emip.forms import FORMS
from tests.support import CONFORMANCE, FIXTURES, SHARED, needs_conformance, samples

OURS = {form.name for form in FORMS}
NAME = re.compile(r"(?P<operation>eMIP_\w+)\.(?P<direction>request|response)\.xml")
SAMPLES = [
    path
    for path in samples(CONFORMANCE / "emip" / "samples", "*.xml")
    if (match := NAME.fullmatch(path.name)) and match["operation"] in OURS
]
MESSAGES = [path for pattern in ("*.xml", "*.http") for path in samples(FIXTURES / "emip", pattern)]
SLIDE = FIXTURES / "emip" / "slide_get_charge_detail_record.http"
SOURCE = SHARED / "sources" / "001_f05b9e0ea6a2fde3.txt"
SHOWN_WITHOUT_OFFSET = Finding(
    "/eMIP_ToIOP_HeartBeatResponse/currentTime",
    Severity.WARNING,
    "assumed",
    "currentTime: no offset; taken as UTC",
)
PLACE = "/eMIP_ToIOP_GetChargeDetailRecordRequest/serviceSessionId"


def by_value(text: str | None) -> object:
    """Times and decimals by value, everything else as text."""
    text = (text or "").strip()
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def flat(element: Element) -> list[tuple[str | None, str, object]]:
    """Every element with its namespace, name and value, in order; prefixes and indentation do not count."""
    names = [(etree.QName(part), part) for part in element.iter() if isinstance(part.tag, str)]
    return [(name.namespace, name.localname, None if len(part) else by_value(part.text)) for name, part in names]


def seen(body: bytes) -> Sequence[Finding]:
    found = adapter.identify(body, "")
    return [*found.noticed, *decode_document(found.form.wire, found.document).findings]


@needs_conformance
def test_every_operation_of_ours_has_its_two_samples() -> None:
    assert len(SAMPLES) == 2 * len(OURS) == 36


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_recognised_by_its_body_and_keeps_every_rule(path: Path) -> None:
    match = NAME.fullmatch(path.name)
    assert match is not None
    found = adapter.identify(path.read_bytes(), "")
    assert (found.form.name, found.form.direction) == (match["operation"], match["direction"])
    assert [finding for finding in seen(path.read_bytes()) if finding != SHOWN_WITHOUT_OFFSET] == []


@pytest.mark.parametrize("path", [*SAMPLES, *MESSAGES], ids=lambda path: path.stem)
def test_a_message_read_and_written_again_is_the_same(path: Path) -> None:
    found = adapter.identify(path.read_bytes(), path.name)
    model = decode_document(found.form.wire, found.document).model
    again = document(found.form.write(found.form.read(model)))
    if path == SLIDE or path.name.startswith(("heart_beat_answer_as", "get_service_authorisation_refused")):
        again = document(found.form.write(found.form.read(decode_document(found.form.wire, again).model)))
        found = adapter.identify(etree.tostring(again), "")
    assert flat(again) == flat(found.document)


@pytest.mark.parametrize("path", [*SAMPLES, *MESSAGES], ids=lambda path: path.stem)
def test_a_message_survives_the_canonical_json(path: Path) -> None:
    found = adapter.identify(path.read_bytes(), path.name)
    message = found.form.read(decode_document(found.form.wire, found.document).model)
    again = from_json(type(message), json.loads(json.dumps(to_json(message))))
    assert again == message
    assert etree.tostring(document(found.form.write(again))) == etree.tostring(document(found.form.write(message)))


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_a_message_means_what_the_file_beside_it_says(path: Path) -> None:
    found = adapter.identify(path.read_bytes(), path.name)
    message = found.form.read(decode_document(found.form.wire, found.document).model)
    assert to_json(message) == json.loads(path.with_name(f"{path.stem}.expected.json").read_text(encoding="utf-8"))


STRANGE = [
    "", " ", "0", "-1", "1: Ok!", "x" * 500, "1e90", "-0.000", "999999999999999999999999999999.75", "NaN", "true", "2",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-01", "FR*S63*E1", "+49*822*1", "DE-8EO", "…",
    "1012", "kWh", "EUR", "<b/>",
]  # fmt: skip


@pytest.mark.parametrize("path", [*SAMPLES, *MESSAGES], ids=lambda path: path.stem)
def test_strange_content_costs_no_message(path: Path) -> None:
    """Whatever stands in a field, and whichever is missing, the rest is read, and written again as it came."""
    whole = adapter.identify(path.read_bytes(), path.name)
    for place in range(len([part for part in whole.document.iter() if not len(part)])):
        for text in (*STRANGE, None):
            element = etree.fromstring(etree.tostring(whole.document))
            leaf = [part for part in element.iter() if not len(part)][place]
            parent = leaf.getparent()
            if text is None and parent is not None:
                parent.remove(leaf)
            else:
                leaf.text = text
            decoded = decode_document(whole.form.wire, element)
            assert decoded.findings is not None
            message = whole.form.read(decoded.model)
            again = decode_document(whole.form.wire, document(whole.form.write(message))).model
            assert whole.form.read_plain(again) == whole.form.read_plain(decoded.model)


def test_an_authorisation_with_value_2_is_a_stop_and_never_a_start() -> None:
    path = FIXTURES / "emip" / "from_iop_set_service_authorisation_stop.xml"
    found = adapter.identify(path.read_bytes(), "")
    message = found.form.read(decode_document(found.form.wire, found.document).model)
    assert isinstance(message, StopSession)
    assert not isinstance(message, StartSession)
    assert message.session == SessionIds(hub="IOP-SID-GIR-V-SIM01-000000000101")


# --- the slide ---------------------------------------------------------------------------------------------------

SESSION = [
    Finding(
        PLACE,
        Severity.WARNING,
        "repaired",
        "serviceSessionId: a line break inside the identifier was removed",
    ),
    Finding(
        PLACE,
        Severity.WARNING,
        "elided",
        "serviceSessionId: IOP-SID-GIR-V-IOPFT01-0dc6fc3...153e is shortened with dots and cannot be the whole "
        "identifier",
    ),
]
HEAD = [
    "an HTTP head stood before the document; it was split off",
    "the action parameter of the content type was broken over two lines; it was joined",
    "white space before the XML declaration was removed",
]


def test_the_slide_reads_with_four_repairs_and_one_warning() -> None:
    head = [Finding("", Severity.WARNING, "repaired", text) for text in HEAD]
    assert seen(SLIDE.read_bytes()) == [*head, *SESSION]


def test_the_slide_without_its_head_reads_with_one_repair() -> None:
    body = SLIDE.read_bytes()
    assert seen(body[body.index(b"<?xml") :]) == SESSION


def test_the_slide_asks_for_the_record_of_a_session_in_the_name_of_an_operator() -> None:
    found = adapter.identify(SLIDE.read_bytes(), SLIDE.name)
    message = found.form.read(decode_document(found.form.wire, found.document).model)
    assert message == FetchCdr(
        transaction="TRANSACTION_46151",
        partner=PartyId.parse("FR*MSP"),
        provider=PartyId.parse("FR*798"),
        session=SessionIds(hub="IOP-SID-GIR-V-IOPFT01-0dc6fc3...153e", cpo="8798489", emsp="8756546889"),
    )


def test_what_was_repaired_is_not_broken_again_on_its_way_out() -> None:
    found = adapter.identify(SLIDE.read_bytes(), SLIDE.name)
    model = found.form.write(found.form.read(decode_document(found.form.wire, found.document).model))
    again = adapter.render(adapter.writes[FetchCdr](found.form.read(model))[0], None)
    assert [finding.code for finding in seen(again)] == ["elided"]


@pytest.mark.skipif(not SOURCE.is_file(), reason="the source document is not beside the project")
def test_the_fixture_is_the_text_of_the_slide() -> None:
    text = SOURCE.read_bytes()
    end = text.index(b"</soap:Envelope>") + len(b"</soap:Envelope>")
    assert SLIDE.read_bytes() == text[text.index(b"POST") : end]
