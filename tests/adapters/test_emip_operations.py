"""The table of operations beside the inventory of what is known in public, and the grades that people are shown."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.model.common import Role
from gateway.ports import Operation
from gateway.wire import decode_document
from gateway_emip import adapter
from gateway_emip.documents import posted
from gateway_emip.operations import GRADES, OPERATIONS
from tests.support import CONFORMANCE, FIXTURES, SHARED, needs_conformance

INVENTORY = SHARED / "protocols" / "emip" / "inventory.md"
SECTIONS: Mapping[str, tuple[str, Role]] = {
    "a.3": ("Platform", Role.CPO),
    "a.4": ("EVCIDynamic", Role.CPO),
    "a.5": ("Authorisation", Role.CPO),
    "a.6": ("Authorisation", Role.EMSP),
}
NAMESPACE = "https://api-iop.gireve.com/schemas/{}V1/"
DIRECTION = re.compile(r"^(CPO|EMP|IOP)\b.* to (CPO|EMP|IOP)$")


@dataclass(frozen=True)
class Known:
    """One row of the inventory."""

    name: str
    service: str
    sender: Role
    receiver: Role
    grade: str


def known() -> Iterator[Known]:
    section = ""
    for line in INVENTORY.read_text(encoding="utf-8").splitlines():
        heading = re.match(r"### (a\.\d+)", line)
        section = heading[1] if heading else section
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        name = re.match(r"`(eMIP_\w+)`", cells[0])
        if section in SECTIONS and name:
            service, partner = SECTIONS[section]
            to_us = name[1].startswith("eMIP_FromIOP")
            sender, receiver = (Role.HUB, partner) if to_us else (partner, Role.HUB)
            if DIRECTION.match(cells[1]):
                assert cells[1].startswith("IOP") == to_us
            yield Known(name[1], service, sender, receiver, cells[-1])


def row(operation: Operation) -> Known:
    return Known(operation.name, operation.service, operation.sender, operation.receiver, operation.grade)


@pytest.mark.skipif(not INVENTORY.is_file(), reason="the inventory is not beside the project")
def test_the_table_is_that_of_the_inventory() -> None:
    """The heartbeat stands in it once, for both roles."""
    ours = [row(one) for one in OPERATIONS if (one.name, one.sender) != ("eMIP_ToIOP_HeartBeat", Role.EMSP)]
    assert ours == list(known())
    assert len(ours) == 18


def test_a_row_says_what_goes_over_the_wire() -> None:
    for operation in OPERATIONS:
        assert operation.request is not None
        assert operation.response is not None
        assert operation.action == f"https://api-iop.gireve.com/services/{operation.name}V1/"
        assert operation.request.namespace == operation.response.namespace == NAMESPACE.format(operation.service)
        assert (operation.request.element, operation.response.element) == (
            f"{operation.name}Request",
            f"{operation.name}Response",
        )


@needs_conformance
def test_the_action_stands_in_the_content_type_with_its_slash() -> None:
    body = (CONFORMANCE / "emip/samples/eMIP_ToIOP_HeartBeat.request.xml").read_bytes()
    found = adapter.identify(body, "")
    request = posted(found.form.name, decode_document(found.form.wire, found.document).model)
    assert request.headers["content-type"] == (
        'application/soap+xml; charset=UTF-8; action="https://api-iop.gireve.com/services/eMIP_ToIOP_HeartBeatV1/"'
    )


TRIPPING = {
    "HeartBeat": "HeartBeat",
    "SetSessionActionRequest": "SetSessionActionRequest",
    "no second Request in events": "SetSessionEventReport",
    "letter case of pools, stations and connectors": "ToIOP_SetCharging",
    "sessionActionId in the answer to an event": "SetSessionEventReport",
    "relatedSessionActionId and relatedSessionEventId": "SetSessionEventReport",
    "partnerServiceSessionId of a remote start": "ToIOP_SetServiceAuthorisation",
    "roots of the other direction": "FromIOP",
    "GetChargeDetailRecord": "GetChargeDetailRecord",
    "FromIOP_SetChargeDetailRecord": "FromIOP_SetChargeDetailRecord",
}


@pytest.mark.parametrize("topic", TRIPPING)
def test_a_name_that_trips_people_has_an_erratum(topic: str) -> None:
    found = next(one for one in adapter.errata if one.topic == topic)
    assert found.about == TRIPPING[topic]
    assert any(found.about in operation.name for operation in OPERATIONS)


def test_every_erratum_has_grades_that_are_explained() -> None:
    for erratum in adapter.errata:
        letters = re.findall(r"\b[A-D]\b", erratum.grade)
        assert letters, erratum.topic
        assert set(letters) <= set(GRADES)
    for operation in OPERATIONS:
        assert set(re.findall(r"\b[A-D]\b", operation.grade)) <= set(GRADES)


def explained(name: str) -> str:
    result = CliRunner().invoke(app, ["explain", str(FIXTURES / "emip" / name), "--protocol", "emip"])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_explain_tells_how_sure_a_message_is() -> None:
    words = explained("slide_get_charge_detail_record.http")
    assert "grade: request A, response D" in words
    assert f"A: {GRADES['A']}" in words
    assert f"D: {GRADES['D']}" in words
    assert "B: " not in words
    assert "GetChargeDetailRecord: S shows the request; the answer is described nowhere" in words


def test_explain_tells_what_is_doubtful_about_a_message() -> None:
    assert "grade: A\n" in explained("get_service_authorisation.xml")
    assert "HeartBeat: W writes HeartBeat to IOP" in explained("heart_beat_in_soap_11.xml")
