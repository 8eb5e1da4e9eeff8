import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.masking import PERSONAL, SECRET, masked, masked_bytes, masked_header, masked_value

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
        (f"<userId>{UID}", f"<userId>{UID}"),
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


def test_credentials_in_headers_are_not_shown() -> None:
    headers = {"Authorization": "Basic bG9u", "COOKIE": "a=b", "content-type": "text/xml"}
    assert {name: masked_header(name, value) for name, value in headers.items()} == {
        "Authorization": "***",
        "COOKIE": "***",
        "content-type": "text/xml",
    }
