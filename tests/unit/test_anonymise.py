import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.anonymise import Anonymiser
from gateway.connections import adapters
from gateway.errors import Invalid
from gateway.findings import errors
from gateway.fixture import fixture_of
from gateway.http import HttpRequest
from gateway.model.ids import ContractId, check_digit
from gateway.wire.xml import escape_text
from gateway.workbench import decode
from tests.support import FIXTURES
from tests.unit.test_replay_journal import entry

SALT = bytes(32)
UID, CONTRACT = "04A2B3C4D5E680", "DE-8EO-CA2B3C4D5-6"


def learned(document: Any, salt: bytes = SALT) -> Anonymiser:
    made = Anonymiser(salt)
    made.learn(document if isinstance(document, bytes) else json.dumps(document).encode())
    return made


def other(document: Any, salt: bytes = SALT) -> Any:
    return json.loads(learned(document, salt).applied(json.dumps(document)))


@given(
    st.text("0123456789ABCDEF", min_size=8, max_size=20).filter(lambda text: not text.isdecimal()),
    st.binary(min_size=8),
)
def test_a_card_number_stays_hexadecimal_and_as_long(uid: str, salt: bytes) -> None:
    made = other({"UID": uid}, salt)["UID"]
    assert (len(made), set(made) <= set("0123456789ABCDEF")) == (len(uid), True)


def test_the_same_input_has_the_same_replacement_however_it_is_spelled() -> None:
    document = {"UID": UID, "EvcoID": CONTRACT, "a": UID.lower(), "b": f"card {UID}.", "c": CONTRACT.replace("-", "")}
    made = other(document)
    assert made["a"] == made["UID"].lower()
    assert made["b"] == f"card {made['UID']}."
    assert made["c"] == made["EvcoID"].replace("-", "")
    assert made == other(document)
    assert made != other(document, b"another salt")


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=8, max_size=8), st.binary(min_size=8))
def test_a_contract_keeps_who_issued_it_and_validates(instance: str, salt: bytes) -> None:
    contract = f"DE-8EO-C{instance}"
    contract = f"{contract}-{check_digit(contract)}"
    made = other({"EvcoID": contract}, salt)["EvcoID"]
    assert re.fullmatch(r"DE-8EO-C[A-Z0-9]{8}-[A-Z0-9]", made)
    assert (ContractId.parse(made).party, made[-1]) == (ContractId.parse(contract).party, check_digit(made[:-2]))


@pytest.mark.parametrize(
    ("document", "form"),
    [
        ({"SessionID": "f98efba4-02d8-4fa0-b810-9a9d50d2c527"}, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ({"CPOPartnerSessionID": "LON-1"}, r"[A-Z]{3}-[0-9]"),
        ({"PrintedNumber": "0012 3456"}, r"[0-9]{4} [0-9]{4}"),
        ({"OperatorName": "Müller & Söhne"}, r"[A-Z][A-Za-z]{5} & [A-Z][A-Za-z]{4}"),
        ({"cdrId": "NLLON20260115A1"}, r"NLLON[0-9]{8}[A-Z][0-9]"),
    ],
)
def test_a_value_keeps_its_form(document: dict[str, str], form: str) -> None:
    ((name, made),) = other(document).items()
    assert re.fullmatch(form, made)
    assert made != document[name]


@given(
    st.dictionaries(st.sampled_from(["UID", "EvcoID", "SessionID", "OperatorName"]), st.text(min_size=1), min_size=1)
)
def test_nothing_private_is_left_whatever_it_is(document: dict[str, str]) -> None:
    for body in (
        json.dumps(document),
        json.dumps(document, ensure_ascii=False).encode(errors="replace").decode(),
    ):
        made = learned(body.encode())
        assert not made.left_in(made.applied(body).encode())


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), min_size=1))
def test_nothing_private_is_left_in_xml(name: str) -> None:
    body = f"<a><operatorName>{escape_text(name)}</operatorName><b>{escape_text(name)}</b></a>"
    made = learned(body.encode())
    assert not made.left_in(made.applied(body).encode())


@pytest.mark.parametrize("text", ["DE*LON*E1111*1", "RFID", "***", "2026-01-15T12:00:00Z"])
def test_what_is_of_nobody_stays(text: str) -> None:
    document = {"EvseID": text, "userId": text if text != "2026-01-15T12:00:00Z" else "x"}
    assert other(document)["EvseID"] == text


def test_short_values_are_replaced_in_their_own_field_only() -> None:
    made = learned(b"<a><userId>17</userId><count>17</count></a>").applied(
        "<a><userId>17</userId><count>17</count></a>"
    )
    assert re.fullmatch(r"<a><userId>[0-9]{2}</userId><count>17</count></a>", made)


@pytest.mark.parametrize(
    ("protocol", "name"),
    [
        ("oicp", "AuthorizeStart.request.json"),
        ("oicp", "AuthorizeRemoteStart.request.json"),
        ("oicp", "ChargeDetailRecord.request.json"),
        ("emip", "set_charge_detail_record_in_kwh.xml"),
        ("emip", "get_service_authorisation.xml"),
        ("ochp", "add_cdrs.xml"),
        ("ochp", "token_list.xml"),
    ],
)
def test_a_fixture_reads_as_well_as_the_message_it_is_made_of(protocol: str, name: str) -> None:
    body = (FIXTURES / protocol / name).read_bytes()
    before = decode(protocol, body, name)
    record = {"path": "/", "operation": before.form.name}
    fixture = fixture_of(entry(record, request=body, response=None), adapters()[protocol], SALT)
    after = decode(protocol, fixture.files[fixture.name], fixture.name)
    assert [(one.pointer, one.code) for one in errors(list(after.findings))] == [
        (one.pointer, one.code) for one in errors(list(before.findings))
    ]
    assert after.value != before.value


def test_a_spelling_that_was_not_foreseen_makes_no_fixture() -> None:
    body = rb'{"SessionID":"\u0061bcdef-secret"}'
    with pytest.raises(Invalid, match="something private would be left"):
        fixture_of(entry({"operation": "AuthorizeRemoteStart"}, request=body, response=None), adapters()["oicp"], SALT)


def test_a_request_without_a_message_has_only_its_frame() -> None:
    plain = HttpRequest(method="GET", path="/x")
    fixture = fixture_of(
        entry({"path": plain.path, "operation": "X"}, request=b"", response=None), adapters()["oicp"], SALT
    )
    assert sorted(fixture.files) == ["X.request.7.http.json", "X.request.7.json"]
