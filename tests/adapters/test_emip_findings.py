"""What is wrong with a message is named, with its place; and what a document is, or is not."""

import pytest

from gateway import errors
from gateway.findings import Finding, Severity
from gateway.model.common import Role
from gateway.wire import decode_document
from gateway.wire.soap import SOAP_12, enveloped, fault
from gateway_emip import adapter
from gateway_emip.errata import ERRATA
from gateway_emip.profile import GIREVE
from gateway_emip.words import CODES, CROSSWALKS
from tests.support import FIXTURES

REQUEST = "eMIP_ToIOP_GetServiceAuthorisationRequest"
FOLDER = FIXTURES / "emip"
AUTHORISE = (FOLDER / "get_service_authorisation.xml").read_text(encoding="utf-8")
RECORD = (FOLDER / "set_charge_detail_record_in_kwh.xml").read_text(encoding="utf-8")
ACTION = (FOLDER / "from_iop_set_session_action_emergency_stop.xml").read_text(encoding="utf-8")


def noticed(text: str) -> list[tuple[str, str, str]]:
    """(severity, code, last step of the pointer) of every finding but those about unknown members."""
    found = adapter.identify(text.encode(), "")
    findings = [*found.noticed, *decode_document(found.form.wire, found.document).findings]
    return [
        (finding.severity.value, finding.code, finding.pointer.rpartition("/")[2])
        for finding in findings
        if finding.code != "unknown-member"
    ]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("<EVSEId>NL*LON*E5678*2</EVSEId>", "", ("error", "missing", "EVSEId")),
        ("<operatorId>NL*LON", "<operatorId>DE*LON", ("error", "foreign-operator", "EVSEId")),
        ("04B1C2D3E4F590", "04B1C2D3E4F5", ("warning", "pattern", "userId")),
        ("RFID-UID", "BIOMETRIC", ("warning", "unknown-value", "userIdType")),
        ("<partnerId>NL*LON", "<partnerId>G_Apps", ("warning", "pattern", "partnerId")),
        ("LON-SESSION-101", "LON-SES...101", ("warning", "elided", "partnerServiceSessionId")),
        ("LON-SESSION-101", "LON-\n  SESSION-101", ("warning", "repaired", "partnerServiceSessionId")),
        ("userIdType>", "USERIDTYPE>", ("warning", "misspelled", "USERIDTYPE")),
        ("<userId>", '<userId xmlns="urn:other">', ("warning", "repaired", "userId")),
        ("schemas/AuthorisationV1/", "schemas/AuthorisationV2/", ("warning", "repaired", REQUEST)),
    ],
)
def test_a_defect_of_an_authorisation_is_found(old: str, new: str, found: tuple[str, str, str]) -> None:
    assert found in noticed(AUTHORISE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("<CDRNature>1", "<CDRNature>7", ("error", "unknown-value", "CDRNature")),
        ("2026-01-15T14:01:31+01:00", "2026-01-15T11:00:00Z", ("error", "order", "endTime")),
        ("21.480", "21480", ("warning", "implausible", "meterValue")),
        ("<meterValue>40<", "<meterValue>forty<", ("error", "malformed", "meterValue")),
        ("<meterTypeId>1022", "<meterTypeId>x", ("error", "pattern", "meterTypeId")),
        ("21.480", "-21.480", ("error", "negative", "meterValue")),
        ("2026-01-15T14:01:31+01:00", "2026-01-15T14:01:31", ("warning", "assumed", "endTime")),
        ("<operatorId>NL*LON", "<operatorId>DE*LON", ("error", "foreign-operator", "EVSEId")),
    ],
)
def test_a_defect_of_a_record_is_found(old: str, new: str, found: tuple[str, str, str]) -> None:
    assert found in noticed(RECORD.replace(old, new))


def test_an_action_that_is_not_known_is_an_error_and_the_emergency_stop_is_none() -> None:
    assert noticed(ACTION) == []
    assert noticed(ACTION.replace("Nature>0<", "Nature>9<")) == [("error", "unknown-value", "sessionActionNature")]


def test_a_negative_status_of_a_peer_is_an_error() -> None:
    text = (FOLDER / "set_charge_detail_record_duplicate.xml").read_text(encoding="utf-8").replace("10701", "-9999990")
    assert ("error", "pattern", "requestStatus") in noticed(text)


def test_the_number_of_a_card_is_in_no_finding() -> None:
    text = AUTHORISE.replace("04B1C2D3E4F590", "04B1C2D3E4")
    found = adapter.identify(text.encode(), "")
    assert "04B1C2D3E4" not in repr(decode_document(found.form.wire, found.document).findings)


# --- documents ---------------------------------------------------------------------------------------------------


def test_a_bare_body_child_is_read() -> None:
    start, end = AUTHORISE.index("<aut:"), AUTHORISE.index("</soap:Body>")
    bare = AUTHORISE[start:end].strip().replace("<aut:eMIP", "<aut:eMIP", 1)
    bare = bare.replace("Request>", 'Request xmlns:aut="https://api-iop.gireve.com/schemas/AuthorisationV1/">', 1)
    found = adapter.identify(bare.encode(), "")
    assert found.form.label == "eMIP_ToIOP_GetServiceAuthorisation"
    assert found.noticed == (Finding(f"/{REQUEST}", Severity.WARNING, "repaired", "no SOAP envelope stands around it"),)


def test_text_beside_the_message_is_reported() -> None:
    body = AUTHORISE.replace("</soap:Body>", "and more</soap:Body>").encode()
    assert [finding.pointer for finding in adapter.identify(body, "").noticed] == ["/Envelope/Body"]


def test_the_uncertain_name_of_an_answer_is_read() -> None:
    content = (
        '<m:eMIP_ToIOP_SetSessionActionResponse xmlns:m="https://api-iop.gireve.com/schemas/AuthorisationV1/">'
        "<transactionId>T</transactionId><requestStatus>1</requestStatus></m:eMIP_ToIOP_SetSessionActionResponse>"
    )
    found = adapter.identify(enveloped(SOAP_12, content), "")
    assert found.form.label == "eMIP_ToIOP_SetSessionActionRequest.response"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not XML"),
        (b"{}", "not XML"),
        (b"<a/>", "a is no eMIP message"),
        (AUTHORISE.replace("GetServiceAuthorisationRequest", "GetServiceAuthorizationRequest").encode(), "near: eMIP_"),
        (fault(SOAP_12, "no way", ours=True), "this is a SOAP fault: soap:Receiver no way"),
        (enveloped(SOAP_12, ""), "one element in one body"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "document type"),
    ],
)
def test_what_is_no_message_is_refused_with_a_reason(body: bytes, words: str) -> None:
    with pytest.raises(errors.Undecodable, match=words):
        adapter.identify(body, "")


# --- tables ------------------------------------------------------------------------------------------------------


def test_the_operations_are_what_is_sent_and_served() -> None:
    out = {operation.name for operation in adapter.operations if operation.receiver is Role.HUB}
    served = {operation.name for operation in adapter.operations if operation.sender is Role.HUB}
    assert served == {route.operation for route in adapter.routes}
    assert len(out) == len(adapter.sends) + 3  # three ways of a status, three places, and a stop asks as a start
    assert len(out | served) == 18
    assert out | served == {form.name for form in adapter.forms}
    grades = {operation.grade for operation in adapter.operations}
    assert grades == {"A", "B", "B, letter case C", "request A, response D"}
    for operation in adapter.operations:
        assert operation.action == f"https://api-iop.gireve.com/services/{operation.name}V1/"
        assert operation.request is not None
        assert operation.request.element == f"{operation.name}Request"
        assert operation.response is not None
        assert operation.response.element == f"{operation.name}Response"


def test_the_codes_that_the_code_names_are_explained() -> None:
    from gateway_emip import words

    named = {value for name, value in vars(words).items() if name.isupper() and isinstance(value, str)}
    numbers = {value for value in named if value.isdigit() and len(value) > 2}
    assert numbers - set(CODES) == set()
    assert len(CROSSWALKS) == 10


def test_the_profile_sends_each_message_under_one_operator() -> None:
    assert GIREVE.operator_regime == "operation-per-operator"
    assert GIREVE.deliveries["SubmitCdr"].lane == "cdr/{operator}"
    assert GIREVE.mutual_tls
    assert adapter.profiles["gireve"] is GIREVE


def test_an_erratum_says_who_what_and_how() -> None:
    assert len({erratum.topic for erratum in ERRATA}) == len(ERRATA)
    assert all(e.topic and e.sources and e.effect and e.read and e.write for e in ERRATA)
