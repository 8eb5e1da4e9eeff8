from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.context import Context
from gateway.errors import Undecodable
from gateway.findings import LossKind, Severity
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.session import SessionIds
from gateway.wire.json import parse_json
from gateway.workbench import adapter_of, decode, explain, meaning_of, recode, translate, translate_value, wire_leaves
from tests.scenarios import toy

BODY = (
    b'{"session": "H-1", "evse": "DE*LON*E1111*1", "uid": "04A2B3C4D5E680", "begin": "2026-01-15T10:00:00+01:00",'
    b' "end": "2026-01-15T11:00:00Z", "kwh": 12.50, "colour": {"shade": 1.10}}'
)
UNKNOWN = {
    "pointer": "/colour",
    "severity": "info",
    "code": "unknown-member",
    "text": "colour is not known here; it is kept",
}
CDR = Cdr(
    session=SessionIds(hub="H-1"),
    evse=toy.OURS,
    token=toy.CARD,
    start=datetime.fromisoformat("2026-01-15T10:00:00+01:00"),
    end=datetime(2026, 1, 15, 11, tzinfo=UTC),
    energy_kwh=Decimal("12.50"),
)


@pytest.fixture(autouse=True)
def _two_protocols(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy protocol, and another that is the same but for its name."""
    toy.install(monkeypatch)
    other = replace(toy.adapter, name="yot", title="Yot 1.0")
    monkeypatch.setattr("gateway.workbench.adapters", lambda: {"toy": toy.adapter, "yot": other})


def test_a_message_is_read_with_its_meaning_and_what_only_its_protocol_knows() -> None:
    assert decode("toy", BODY, "Record.json").report() == {
        "protocol": "toy",
        "message": "Record",
        "direction": "request",
        "sent_by": "CPO",
        "canonical": {
            "cdr": {
                "session": {"hub": "H-1"},
                "evse": "DE*LON*E1111*1",
                "token": {"uid": "04A2B3C4D5E680", "type": "RFID"},
                "start": "2026-01-15T10:00:00+01:00",
                "end": "2026-01-15T11:00:00+00:00",
                "energy_kwh": "12.50",
            }
        },
        "findings": [UNKNOWN],
        "extensions": {
            "toy": {
                "/end": {"received": "2026-01-15T11:00:00Z", "written": "2026-01-15T11:00:00+00:00"},
                "/colour": {"received": {"shade": 1.1}},
            }
        },
    }


def test_a_message_that_breaks_a_rule_is_readable_and_failed() -> None:
    reading = decode("toy", BODY.replace(b"DE*LON*E1111*1", b"DE*LON*E1111*1111111111111111"), "Record")
    assert reading.failed
    assert [(finding.pointer, finding.severity) for finding in reading.findings] == [
        ("/colour", Severity.INFO),
        ("/evse", Severity.ERROR),
    ]


@pytest.mark.parametrize(
    ("protocol", "words"),
    [("ocpi", "OCPI is not spoken yet"), ("ocpp", "unknown protocol 'ocpp'; known are toy, yot")],
)
def test_a_protocol_that_is_not_spoken_is_said(protocol: str, words: str) -> None:
    with pytest.raises(Undecodable, match=words):
        adapter_of(protocol)
    with pytest.raises(Undecodable, match=words):
        translate_value(m.SubmitCdr(), protocol)


def test_a_message_written_again_in_its_own_protocol_is_the_same() -> None:
    assert parse_json(recode(decode("toy", BODY, "Record"))) == parse_json(BODY)


def test_a_message_for_another_hub_says_what_it_leaves_behind() -> None:
    translated = translate(decode("toy", BODY, "Record"), "yot", Context(session=SessionIds(hub="Y-7")))
    assert translated.findings == ()
    ((label, document),) = translated.documents
    assert (label, b'"session":"Y-7"' in document, b"colour" in document) == ("Record", True, False)
    lost = {(loss.kind, loss.source or loss.target) for loss in translated.losses}
    assert (LossKind.DROPPED, "cdr.session.hub") in lost
    assert any("colour" in str(loss) for loss in translated.losses)


def test_what_the_other_hub_demands_and_nobody_knows_needs_context_and_nothing_is_written() -> None:
    translated = translate(decode("toy", BODY, "Record"), "yot")
    assert translated.documents == ()
    assert [(finding.pointer, finding.code, finding.severity) for finding in translated.findings] == [
        ("/session", "needs-context", Severity.ERROR)
    ]


def test_a_loss_names_the_value_that_the_other_hub_has_no_place_for() -> None:
    translated = translate_value(m.SubmitCdr(cdr=replace(CDR, remark="Thank you")), "yot")
    assert [(loss.kind, loss.source, loss.value) for loss in translated.losses] == [
        (LossKind.DROPPED, "cdr.remark", "Thank you")
    ]


def test_a_meaning_without_a_message_at_the_other_hub_is_said() -> None:
    translated = translate_value(m.FetchCdrs(), "yot")
    assert (translated.documents, [finding.code for finding in translated.findings]) == ((), ["no-message"])


def test_an_explanation_has_one_line_for_every_leaf() -> None:
    lines = explain(decode("toy", BODY, "Record"))
    assert {(line.canonical, line.meaning, line.value) for line in lines} == {
        ("cdr.session.hub", "cdr: session hub", "H-1"),
        ("cdr.evse", "cdr: evse", "DE*LON*E1111*1"),
        ("cdr.token.uid", "cdr: token uid", "04A2B3C4D5E680"),
        ("cdr.token.type", "cdr: token type", "RFID"),
        ("cdr.start", "cdr: start", "2026-01-15T10:00:00+01:00"),
        ("cdr.end", "cdr: end", "2026-01-15T11:00:00+00:00"),
        ("cdr.energy_kwh", "cdr: energy kwh", "12.50"),
    }


@pytest.mark.parametrize(
    ("path", "words"),
    [("evse", "evse"), ("cdr.periods.0.cost", "cdr: periods cost"), ("operator_name", "operator name")],
)
def test_a_path_is_said_in_words(path: str, words: str) -> None:
    assert meaning_of(path) == words


@pytest.mark.parametrize(
    ("tree", "leaves"),
    [
        ({"a": {"b": 1}, "c": [{"d": 2}, {"d": 3}], "e": None}, {"/a/b": 1, "/c/*/d": 3}),
        ({}, {}),
        ([1], {"/*": 1}),
    ],
)
def test_the_leaves_of_a_document_are_its_values_by_pointer(tree: Any, leaves: dict[str, Any]) -> None:
    assert wire_leaves(tree) == leaves
