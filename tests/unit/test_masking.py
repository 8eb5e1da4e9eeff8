import json
import logging
from time import perf_counter
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.log import configure, logger
from gateway.masking import LARGEST, PERSONAL, SECRET, masked, masked_bytes, masked_header, masked_ids, masked_value
from gateway.model.ids import ContractId

UID = "04A2B3C4D5E680"


@pytest.mark.parametrize("value", ["", "1", "123456"])
def test_short_values_vanish(value: str) -> None:
    assert masked_value(value) == "…"


def test_of_a_long_value_only_the_ends_remain() -> None:
    assert masked_value(UID) == "04…80"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'{{"UID": "{UID}", "EvseID": "DE*LON*E1"}}', '{"UID": "04…80", "EvseID": "DE*LON*E1"}'),
        (f'{{"UID":"{UID}"}}', '{"UID":"04…80"}'),
        ('{"PIN": "1234", "HashedPIN": {"Value": "abc", "Salt": "s"}}',
         '{"PIN": "***", "HashedPIN": {"Value": "***", "Salt": "***"}}'),
        ('{"PIN": 1234}', '{"PIN": ***}'),
        ('{"PIN": null, "UID": null}', '{"PIN": null, "UID": null}'),
        (r'{"PIN": "12\"34", "a": "b"}', '{"PIN": "***", "a": "b"}'),
        (r'{"PIN": "12\\", "a": "b"}', '{"PIN": "***", "a": "b"}'),
        (f"<userId>{UID}</userId>", "<userId>04…80</userId>"),
        (f'<n:userId type="RFID">{UID}</n:userId>', '<n:userId type="RFID">04…80</n:userId>'),
        ("<wsse:Password Type='text'>secret</wsse:Password>", "<wsse:Password Type='text'>***</wsse:Password>"),
        ("<Password><![CDATA[se<cr>et]]></Password>", "<Password>***</Password>"),
        (f"<emtId><instance>{UID}</instance></emtId>", "<emtId><instance>04…80</instance></emtId>"),
        ("<evseId>DE*LON*E1</evseId>", "<evseId>DE*LON*E1</evseId>"),
        (f'{{"UID": "{UID}', '{"UID": "04…80'),
        (f"<userId>{UID}", "<userId>04…80"),
        (f'{{"\\u0055ID": "{UID}"}}', '{"\\u0055ID": "04…80"}'),
        (f'{{"uid":"{UID}","Uid":"{UID}"}}', '{"uid":"04…80","Uid":"04…80"}'),
        (f'{{"UID":["{UID}",{{"x":"{UID}"}},null]}}', '{"UID":["…",{"x":"…"},null]}'),
        (f'{{"EvcoID":{{"x":"{UID}","{UID}":1}},"y":1.50}}', '{"EvcoID":{"x":"…","04…80":…},"y":1.50}'),
        ('{"HashedPIN":{"Deep":[{"er":"secret"}]}}', '{"HashedPIN":{"Deep":[{"er":"***"}]}}'),
        (f'{{"UID":"{UID}","UID":"{UID}"}}', '{"UID":"04…80","UID":"04…80"}'),
        (r'{"UID":"\ud8004A2B3C4D5E680"}', '{"UID":"?4…80"}'),
        (f'{{"text":"<userId>{UID}</userId>"}}', '{"text":"<userId>04…80</userId>"}'),
        (f'{{"text":"{{\\"UID\\":\\"{UID}\\"}}"}}', '{"text":"{\\"UID\\":\\"04…80\\"}"}'),
        (f"<userId>04<!-- x -->{UID[2:]}</userId>", "<userId>04…80</userId>"),
        (f"<USERID>{UID}</USERID>", "<USERID>04…80</USERID>"),
        (f"<userId>{UID}<x y='{UID}'>{UID}</x>{UID}</userId>", '<userId>…<x y="…">…</x>…</userId>'),
        (f'<a instance="{UID}"/>', '<a instance="04…80"/>'),
        (f"<a>{{&quot;UID&quot;:&quot;{UID}&quot;}}</a>", '<a>{"UID":"04…80"}</a>'),
        (f"<userId><!-- x -->{UID}</userId><b>", "<userId><!…80</userId><b>"),
        (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<n:a xmlns:n="urn:n"><n:userId>{UID}</n:userId></n:a>',
            '<?xml version="1.0" encoding="UTF-8"?>\n<n:a xmlns:n="urn:n"><n:userId>04…80</n:userId></n:a>',
        ),
        (f"<faultstring>no card {UID} here</faultstring>", "<faultstring>no card 04…80 here</faultstring>"),
        (f'{{"Description": "{UID} is blocked"}}', '{"Description": "04…80 is blocked"}'),
        (r'{"text": "{\"PIN\":\"1234\"}"}', r'{"text": "{\"PIN\":\"***\"}"}'),
        (f'<!DOCTYPE a [<!ENTITY b "c">]><userId>{UID}</userId>',
         '<!DOCTYPE a [<!ENTITY b "c">]><userId>04…80</userId>'),
    ],
)  # fmt: skip
def test_private_values_are_masked_whatever_the_protocol(text: str, expected: str) -> None:
    assert masked(text) == expected


PLAIN = st.characters(codec="ascii", exclude_characters='<>&"\\', categories=("L", "N", "P"))


@given(
    name=st.sampled_from((*SECRET, *PERSONAL)),
    value=st.text(
        st.characters(codec="ascii", exclude_characters='<>&"\\\x00', categories=("L", "N", "P")), min_size=7
    ),
)
def test_no_private_value_survives_in_either_form(name: str, value: str) -> None:
    assert value not in masked(f'{{"{name}": "{value}"}}').replace(name, "")
    assert value not in masked(f"<x:{name}>{value}</x:{name}>").replace(name, "")


def test_a_message_in_another_encoding_is_masked_as_well() -> None:
    document = f"<userId>{UID}</userId>"
    assert masked_bytes(document.encode("utf-16")) == "<userId>04…80</userId>"
    assert UID not in masked_bytes(b"\xe9" + document.encode("iso-8859-1"))


def test_what_no_database_can_store_does_not_reach_it() -> None:
    assert "\0" not in masked_bytes(b'{"a": "\0"}')


def test_what_is_too_large_to_take_apart_is_masked_all_the_same() -> None:
    filler = "x" * LARGEST
    assert UID not in masked(f'{{"UID":"{UID}","a":"{filler}"}}')
    assert UID not in masked(f"<a><userId>{UID}</userId><b>{filler}</b></a>")


@pytest.mark.parametrize("piece", ["<userId ", "<userId><!--", '"UID":"\\', "<userId><![CDATA[", "-a", "[", '{"a":'])
def test_hostile_texts_cost_no_more_than_their_length(piece: str) -> None:
    began = perf_counter()
    masked(piece * 20_000)
    masked_ids(piece * 20_000)
    assert perf_counter() - began < 5


def test_a_nested_document_without_end_is_masked_all_the_same() -> None:
    depth = 3000
    assert UID not in masked("[" * depth + f'{{"UID":"{UID}"}}' + "]" * depth)
    assert UID not in masked("<a>" * depth + f"<userId>{UID}</userId>" + "</a>" * depth)


DOCUMENT = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(DOCUMENT, st.sampled_from([None, 1]))
def test_what_is_not_private_stays_as_it_is(document: Any, indent: int | None) -> None:
    text = json.dumps({"a": document}, indent=indent)
    assume(not any(name.lower() in text.lower() for name in (*SECRET, *PERSONAL)))
    assert masked(text) == text


# --- free texts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("card 04A2B3C4 unknown", "card 04…C4 unknown"),
        ("04a2b3c4d5e680, 04A2B3C4D5E6F7081920.", "04…80, 04…20."),
        ("DE-8EO-CA2B3C4D5-L", "DE…-L"),
        ("no contract DE8EOCA2B3C4D5L here", "no contract DE…5L here"),
        ("DE*8EO*123456*X DE-8EO-123456-7 DE8EO1234567", "DE…*X DE…-7 DE…67"),
        ("DE-8AA-00123A563", "DE…63"),
    ],
)
def test_card_numbers_and_contracts_in_free_texts_are_masked(text: str, expected: str) -> None:
    assert masked_ids(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "DE*823*E1234*5678 NL*LON*E11111*1 NLLONE111111",
        "b2688855-7f00-0002-6d8e-48d883f6abb6",
        "IOP-SID-GIR-V-SIM01-000000000101",
        "20260115 2026-01-15T12:00:00Z in-the-condition connection12",
    ],
)
def test_what_names_no_driver_stays_readable(text: str) -> None:
    assert masked_ids(text) == text


def logged(caplog: pytest.LogCaptureFixture, **values: Any) -> str:
    with caplog.at_level("INFO"):
        try:
            raise ValueError(f"card {UID} of DE-8EO-CA2B3C4D5-L")
        except ValueError as error:
            logger("gateway.tests").exception("failed", error=error, **values)
    return str(caplog.records[-1].msg)


def test_nothing_private_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    line = logged(
        caplog,
        connection="hubject-eu-DE8EO",
        contract=ContractId.read("DE-8EO-CA2B3C4D5-L"),
        told=[{"uid": UID, "pin": 1234}, (f"<userId>{UID}</userId>",)],
        body=f'{{"UID": "{UID}"}}',
    )
    assert UID not in line
    assert "CA2B3C4D5" not in line
    assert "1234" not in line
    assert "hubject-eu-DE8EO" in line
    assert "Traceback" in line


def test_the_logs_of_others_are_masked_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.root.handlers[:], logging.root.level
    try:
        configure(as_json=True)
        try:
            raise ValueError(f"card {UID}")
        except ValueError:
            logging.getLogger("stranger").exception("no card %s", UID)
    finally:
        logging.root.handlers[:], logging.root.level = before
    line = json.loads(capsys.readouterr().err)
    assert line["event"] == "no card 04…80"
    assert line["exception"].endswith("ValueError: card 04…80")


def test_credentials_in_headers_are_not_shown() -> None:
    headers = {"Authorization": "Basic bG9u", "COOKIE": "a=b", "content-type": "text/xml"}
    assert {name: masked_header(name, value) for name, value in headers.items()} == {
        "Authorization": "***",
        "COOKIE": "***",
        "content-type": "text/xml",
    }
