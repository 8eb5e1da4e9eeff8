"""Every pair of protocols, for CDRs, authorisations and status: message plus losses, or exactly what is missing."""

import json
from itertools import permutations
from pathlib import Path

import pytest

from gateway.canonical import from_json, leaves
from gateway.context import Context, filled
from gateway.findings import LossKind
from gateway.workbench import Reading, decode, translate, without_hub_sessions
from tests.support import FIXTURES

KINDS = {"cdr": "cdr", "authorisation": "authorisation", "authorisation_answer": "authorisation", "status": "status"}
PAIRS = list(permutations(("oicp", "emip", "ochp"), 2))
CASES = [(source, target, kind) for source, target in PAIRS for kind in KINDS]

CDR, PLACE = "chargeDetailRecord", "cdrInfoArray[1]"
OCHP_CDR = {
    f"/AddCDRsRequest/{PLACE}/{name}"
    for name in ("contractId", "chargePointAddress", "chargePointType", "connectorType", "chargingPeriods[1]/itemPrice")
}
OCHP_TOKEN = {
    f"/GetSingleRoamingAuthorisationResponse/roamingAuthorisationInfo/{name}"
    for name in ("EmtId/instance", "EmtId/tokenType", "contractId", "expiryDate")
}
EMIP_STATUS = {
    f"/eMIP_ToIOP_SetEVSE{dimension}StatusRequest/{name}"
    for dimension in ("Availability", "Busy")
    for name in ("partnerId", "statusEventDate")
}
MISSING = {
    ("oicp", "emip", "cdr"): {
        "/eMIP_ToIOP_SetChargeDetailRecordRequest/partnerId",
        f"/eMIP_ToIOP_SetChargeDetailRecordRequest/{CDR}/serviceSessionId",
    },
    ("oicp", "emip", "authorisation"): {"/eMIP_ToIOP_GetServiceAuthorisationRequest/partnerId"},
    ("oicp", "emip", "authorisation_answer"): {"/eMIP_FromIOP_GetServiceAuthorisationResponse/transactionId"},
    ("oicp", "emip", "status"): EMIP_STATUS,
    ("oicp", "ochp", "cdr"): OCHP_CDR | {f"/AddCDRsRequest/{PLACE}/currency"},
    ("oicp", "ochp", "authorisation"): set(),
    ("oicp", "ochp", "authorisation_answer"): OCHP_TOKEN,
    ("oicp", "ochp", "status"): set(),
    ("emip", "oicp", "cdr"): {"/SessionID"},
    ("emip", "oicp", "authorisation"): set(),
    ("emip", "oicp", "authorisation_answer"): set(),
    ("emip", "oicp", "status"): set(),
    ("emip", "ochp", "cdr"): OCHP_CDR,
    ("emip", "ochp", "authorisation"): set(),
    ("emip", "ochp", "authorisation_answer"): OCHP_TOKEN,
    ("emip", "ochp", "status"): set(),
    ("ochp", "oicp", "cdr"): {"/SessionID"},
    ("ochp", "oicp", "authorisation"): {"/OperatorID"},
    ("ochp", "oicp", "authorisation_answer"): set(),
    ("ochp", "oicp", "status"): {"/OperatorEvseStatus/OperatorID"},
    ("ochp", "emip", "cdr"): {
        "/eMIP_ToIOP_SetChargeDetailRecordRequest/partnerId",
        f"/eMIP_ToIOP_SetChargeDetailRecordRequest/{CDR}/serviceSessionId",
    },
    ("ochp", "emip", "authorisation"): {
        f"/eMIP_ToIOP_GetServiceAuthorisationRequest/{name}" for name in ("partnerId", "operatorId", "EVSEId")
    },
    ("ochp", "emip", "authorisation_answer"): {
        f"/eMIP_FromIOP_GetServiceAuthorisationResponse/{name}" for name in ("transactionId", "partnerServiceSessionId")
    },
    ("ochp", "emip", "status"): EMIP_STATUS,
}


def _message(protocol: str, kind: str) -> Path:
    return next(path for path in (FIXTURES / "pairs" / protocol).iterdir() if path.stem.split(".")[-1] == kind)


def _reading(protocol: str, kind: str) -> Reading:
    path = _message(protocol, kind)
    return decode(protocol, path.read_bytes(), path.name)


def _context(kind: str) -> Context:
    return from_json(Context, json.loads((FIXTURES / "contexts" / f"{KINDS[kind]}.context.json").read_bytes()))


@pytest.mark.parametrize(
    ("protocol", "kind"), [(protocol, kind) for protocol in ("oicp", "emip", "ochp") for kind in KINDS]
)
def test_the_shipped_messages_are_clean(protocol: str, kind: str) -> None:
    reading = _reading(protocol, kind)
    assert [finding for finding in reading.findings if finding.severity == "error"] == []


@pytest.mark.parametrize(("source", "target", "kind"), CASES)
def test_without_a_context_exactly_the_named_fields_are_missing(source: str, target: str, kind: str) -> None:
    translated = translate(_reading(source, kind), target)
    missing = {finding.pointer for finding in translated.findings if finding.code == "needs-context"}
    assert missing == MISSING[source, target, kind]
    assert bool(translated.documents) is not bool(missing)


@pytest.mark.parametrize(("source", "target", "kind"), CASES)
def test_with_the_shipped_context_the_message_is_written_and_reads_back(source: str, target: str, kind: str) -> None:
    translated = translate(_reading(source, kind), target, _context(kind))
    assert translated.documents
    for label, document in translated.documents:
        again = decode(target, document, label)
        assert [finding for finding in again.findings if finding.severity == "error"] == []


@pytest.mark.parametrize(
    ("source", "target", "kind"), [case for case in CASES if not (case[1] == "emip" and case[2] == "status")]
)
def test_what_arrives_is_what_was_meant_minus_the_reported_losses(source: str, target: str, kind: str) -> None:
    reading, context = _reading(source, kind), _context(kind)
    translated = translate(reading, target, context)
    label, document = translated.documents[0]
    arrived = leaves(decode(target, document, label).value)
    meant = leaves(filled(without_hub_sessions(reading.value), context))
    reported = {loss.source for loss in translated.losses}
    one_cdr = {path.replace("cdrs.0.", "cdr."): value for path, value in meant.items()}
    got = {path.replace("cdrs.0.", "cdr."): value for path, value in arrived.items()}
    told = {path.replace("cdrs.0.", "cdr.") for path in reported}
    assert {path for path, value in one_cdr.items() if got.get(path) != value} <= told
    assert {path for path in got if path not in one_cdr} <= told


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_session_id_of_one_hub_never_reaches_another(source: str, target: str) -> None:
    reading = _reading(source, "cdr")
    hub_session = reading.value.cdr.session.hub if source != "ochp" else None
    translated = translate(reading, target, _context("cdr"))
    assert hub_session is None or hub_session.encode() not in b"".join(document for _, document in translated.documents)
    if hub_session is not None:
        assert [loss.kind for loss in translated.losses if loss.value == hub_session] == [LossKind.DROPPED]
