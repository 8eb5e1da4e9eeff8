"""JSON in and out: exact, forgiving, and never surprised."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Undecodable
from gateway.findings import Finding, Severity
from gateway.wire import Alias, Private, WireModel, decode, decode_document, encode, findings, spelled
from gateway.wire.json import DEPTH, json_text, not_utf8, parse_json
from gateway.wire.rules import longest
from tests.support import error_of


class Part(WireModel):
    naming = spelled({"id": "ID"})
    id: str | None
    amount: Decimal | None = None


class Whole(WireModel):
    naming = spelled({"id": "ID", "evse": "EVSE"})
    unexpected: ClassVar[Any] = {"Stranger": Severity.ERROR}

    id: Annotated[str | None, longest(5)]
    evse_id: Annotated[str | None, Alias("EvseID", also=("EvseId",))] = None
    count: int | None = None
    energy: Decimal | None = None
    open: bool | None = None
    at: datetime | None = None
    secret: Annotated[Decimal | None, Private()] = None
    parts: tuple[Part, ...] = ()
    words: tuple[str, ...] = ()


def read(document: Any) -> tuple[Whole, list[tuple[str, str, str]]]:
    decoded = decode_document(Whole, document)
    return decoded.model, [(found.pointer, found.severity, found.code) for found in decoded.findings]


# --- parsing -----------------------------------------------------------------------------------------------------


def test_numbers_are_exact() -> None:
    assert parse_json(b'{"a": 0.10, "b": 12345678901234567890.123456789}') == {
        "a": Decimal("0.10"),
        "b": Decimal("12345678901234567890.123456789"),
    }
    assert str(parse_json(b"0.10")) == "0.10"


@pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"-Infinity"])
def test_constants_that_are_no_json_are_refused(constant: bytes) -> None:
    with pytest.raises(Undecodable, match="is no JSON"):
        parse_json(b'{"a": ' + constant + b"}")


@pytest.mark.parametrize("number", [b"1e999999999", b"1e-999999999", b"1e99999999999999999999", b"9" * 5000])
def test_numbers_that_would_fill_the_memory_are_refused(number: bytes) -> None:
    with pytest.raises(Undecodable):
        parse_json(b'{"a": ' + number + b"}")


@pytest.mark.parametrize("number", ["0", "-0.0", "1E+3", "1e-7", "0e-400", "123456789.000000001"])
def test_numbers_of_ordinary_size_are_read(number: str) -> None:
    assert parse_json(number.encode()) == Decimal(number)


def test_a_fault_is_told_with_line_and_column() -> None:
    with pytest.raises(Undecodable, match="at line 2, column 10"):
        parse_json(b'{"a": 1,\n  "b": 2,}')


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
@pytest.mark.parametrize("depth", [DEPTH + 1, 990, 100_000])
def test_deep_nesting_is_refused(opening: bytes, depth: int) -> None:
    closing = b"]" if opening == b"[" else b"}"
    with pytest.raises(Undecodable):
        parse_json(opening * depth + b"1" + closing * depth)


def test_nesting_as_deep_as_allowed_is_read() -> None:
    assert parse_json(b"[" * DEPTH + b"]" * DEPTH) is not None


def test_a_document_that_is_too_large_is_refused() -> None:
    with pytest.raises(Undecodable, match="has 11 bytes, at most 10 are read"):
        parse_json(b'"' + b"x" * 9 + b'"', limit=10)


def test_an_error_page_in_latin_1_is_still_read() -> None:
    assert parse_json('{"a": "Störung"}'.encode("iso-8859-1")) == {"a": "Störung"}
    assert parse_json(b"\xef\xbb\xbf{}") == {}


def test_an_encoding_that_is_not_utf_8_is_said() -> None:
    assert not_utf8("{}".encode("utf-8-sig")) == []
    assert [(found.severity, found.code) for found in not_utf8(b"\xe4")] == [(Severity.WARNING, "repaired")]


# --- reading -----------------------------------------------------------------------------------------------------


def test_a_document_is_read_into_its_model_and_written_again() -> None:
    body = (
        b'{"ID":"A1","EvseID":"DE*823*E1","Count":3,"Energy":1.50,"Open":false,"At":"2026-01-15T12:00:00+01:00",'
        b'"Parts":[{"ID":"P","Amount":0}],"Words":["one","two"]}'
    )
    decoded = decode(Whole, body)
    assert decoded.findings == []
    assert decoded.model.energy == Decimal("1.50")
    assert decoded.model.open is False
    assert encode(decoded.model) == body


def test_an_explicit_null_is_absence_among_texts_too() -> None:
    model, found = read({"ID": "A", "EvseID": None, "Words": [None, "one"]})
    assert (model.evse_id, model.words) == (None, ("one",))
    assert found == []


@pytest.mark.parametrize("junk", [None, "junk", 7, [], False])
def test_what_is_no_object_among_objects_is_reported_and_is_no_record(junk: Any) -> None:
    model, found = read({"ID": "A", "Parts": [{"ID": "P"}, junk, {"Amount": 1}]})
    assert [(part.id, part.amount) for part in model.parts] == [("P", None), (None, 1)]
    assert found == [("/Parts/1", Severity.ERROR, "malformed"), ("/Parts/2/ID", Severity.ERROR, "missing")]


def test_a_list_without_any_record_is_kept_as_it_came() -> None:
    model, found = read({"ID": "A", "Parts": ["junk", None]})
    assert (model.parts, found) == ((), [(f"/Parts/{place}", Severity.ERROR, "malformed") for place in (0, 1)])
    assert json.loads(encode(model)) == {"ID": "A", "Parts": ["junk", None]}


def test_places_in_a_list_of_texts_are_those_of_the_document() -> None:
    class Coded(WireModel):
        words: tuple[Annotated[str, longest(2)], ...] = ()

    decoded = decode_document(Coded, {"words": ["a", None, "", "long"]})
    assert [found.pointer for found in decoded.findings] == ["/words/3"]
    decoded.model.words = ("long",)
    assert [found.pointer for found in findings(decoded.model)] == ["/words/0"]


def test_a_single_value_stands_where_it_stood() -> None:
    _, found = read({"ID": "A", "Parts": {}})
    assert found == [("/Parts", Severity.WARNING, "repaired"), ("/Parts/ID", Severity.ERROR, "missing")]


# --- members that stand twice ------------------------------------------------------------------------------------


def test_of_a_member_that_stands_twice_the_first_is_read_and_the_rest_reported() -> None:
    decoded = decode(Whole, b'{"ID":"A","Energy":1,"ID":"B","ID":"C","Parts":[{"ID":"P","ID":"Q"}]}')
    assert (decoded.model.id, decoded.model.energy, decoded.model.parts[0].id) == ("A", 1, "P")
    assert decoded.findings == [
        Finding("/ID", Severity.ERROR, "repeated", "ID stands more than once; the first is read"),
        Finding("/Parts/0/ID", Severity.ERROR, "repeated", "ID stands more than once; the first is read"),
    ]
    assert encode(decoded.model) == b'{"ID":"A","Energy":1,"Parts":[{"ID":"P"}]}'


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"ID":"A","New":[{"a/b":1,"a/b":2}]}', "/New/0/a~1b"),
        (b'{"ID":"A","Energy":{"x":{"y":1,"y":1}}}', "/Energy/x/y"),
        (b'{"ID":"A","\\u0049D":null}', "/ID"),
    ],
)
def test_a_repetition_is_reported_at_any_depth(body: bytes, pointer: str) -> None:
    codes = {(found.pointer, found.code) for found in decode(Whole, body).findings}
    assert (pointer, "repeated") in codes


def test_a_member_beside_its_other_spelling_is_a_repetition() -> None:
    model, found = read({"ID": "A", "EvseId": "DE*823*E2", "EvseID": "DE*823*E1"})
    assert model.evse_id == "DE*823*E1"
    assert found == [("/EvseId", Severity.ERROR, "repeated")]
    assert json.loads(encode(model)) == {"ID": "A", "EvseID": "DE*823*E1", "EvseId": "DE*823*E2"}


def test_unknown_members_are_kept_and_written_again() -> None:
    model, found = read({"ID": "A", "New": {"x": [1]}})
    assert found == [("/New", Severity.INFO, "unknown-member")]
    assert json.loads(encode(model)) == {"ID": "A", "New": {"x": [1]}}


def test_members_that_belong_elsewhere_are_told_apart_from_unknown_ones() -> None:
    _, found = read({"ID": "A", "Stranger": 1})
    assert found == [("/Stranger", Severity.ERROR, "unexpected-member")]


def test_a_member_in_another_spelling_is_read_and_reported() -> None:
    model, found = read({"ID": "A", "EvseId": "DE*823*E1"})
    assert model.evse_id == "DE*823*E1"
    assert found == [("/EvseId", Severity.WARNING, "misspelled")]


def test_a_malformed_value_does_not_cost_the_record() -> None:
    model, found = read({"ID": "A", "Energy": "much", "Count": 1.5, "Open": 3, "At": "yesterday", "EvseID": {}})
    assert (model.id, model.energy, model.count, model.open, model.at) == ("A", None, None, None, None)
    assert [(place, code) for place, severity, code in found if severity is Severity.ERROR] == [
        (place, "malformed") for place in ("/Energy", "/Count", "/Open", "/At", "/EvseID")
    ]
    assert json.loads(encode(model))["Energy"] == "much"


def test_a_number_in_quotes_is_repaired() -> None:
    model, found = read({"ID": 7, "Energy": "1.50", "Parts": {"ID": "P"}})
    assert (model.id, model.energy, model.parts[0].id) == ("7", Decimal("1.50"), "P")
    assert {code for _, _, code in found} == {"repaired"}


def test_pointers_are_rfc_6901_with_places_in_lists() -> None:
    _, found = read({"ID": "A", "a/b~c": 1, "Parts": [{"ID": "P"}, {"Amount": {}}]})
    assert [place for place, _, _ in found] == ["/a~1b~0c", "/Parts/1/Amount", "/Parts/1/ID"]


def test_a_private_value_is_never_shown() -> None:
    decoded = decode_document(Whole, {"ID": "A", "Secret": "4711-geheim"})
    assert [found.code for found in decoded.findings] == ["repaired", "malformed"]
    assert "4711" not in repr(decoded.findings)


def test_a_time_without_a_zone_is_utc() -> None:
    model, _ = read({"ID": "A", "At": "2026-01-15T12:00:00"})
    assert model.at == datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-01-15T12:00:00", "2026-01-15T12:00", "2026-01-15", "2026-01-15T12:00:00.123"])
def test_what_is_taken_as_utc_is_said(text: str) -> None:
    decoded = decode_document(Whole, {"ID": "A", "At": text})
    assert decoded.findings == [Finding("/At", Severity.WARNING, "assumed", "At: no offset; taken as UTC")]


@pytest.mark.parametrize("offset", ["Z", "+01:00", "-11:30", "+0100", "+01"])
def test_a_time_with_its_offset_leaves_nothing_to_assume(offset: str) -> None:
    assert read({"ID": "A", "At": f"2026-01-15T12:00:00{offset}"})[1] == []


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00", "2026-02-30T00:00:00Z"])
def test_a_time_that_is_not_in_the_calendar_is_malformed(text: str) -> None:
    model, found = read({"ID": "A", "At": text})
    assert (model.at, found) == (None, [("/At", Severity.ERROR, "malformed")])


def test_the_end_of_all_days_is_a_time() -> None:
    model, found = read({"ID": "A", "At": "9999-12-31T23:59:59Z"})
    assert (model.at, found) == (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), [])


@pytest.mark.parametrize("document", [None, 1, "text", [], True])
def test_what_is_no_object_is_reported_not_raised(document: Any) -> None:
    decoded = decode_document(Whole, document)
    assert decoded.noticed[0].code == "malformed"
    assert Finding("/ID", Severity.ERROR, "missing", "ID is mandatory") in findings(decoded.model)


# --- writing -----------------------------------------------------------------------------------------------------


def test_decimals_are_written_in_plain_notation() -> None:
    assert json_text({"a": Decimal("1E+3"), "b": Decimal("0.10"), "c": Decimal("1E-7")}) == (
        '{"a":1000,"b":0.10,"c":0.0000001}'
    )


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'"\\ud800"', ""),
        (b'{"ID":"A\\uDC00"}', "/ID"),
        (b'{"a/b":[1,{"x":"\\ud83d\\ud83d"}]}', "/a~1b/1/x"),
        (b'{"a":{"\\udfff":1}}', "/a"),
    ],
)
def test_half_a_surrogate_pair_is_refused_at_once(body: bytes, pointer: str) -> None:
    with pytest.raises(Undecodable, match="half a surrogate pair") as caught:
        decode(Whole, body)
    assert caught.value.pointer == pointer


@pytest.mark.parametrize("text", ["\\ud83d\\ude00", "\\\\ud83d", "\\u00e4"])
def test_whole_pairs_and_what_only_looks_like_an_escape_are_read(text: str) -> None:
    body = f'{{"ID":"{text}"}}'.encode()
    assert decode(Whole, body).model.id == json.loads(body)["ID"]


def test_half_a_surrogate_pair_of_our_own_does_not_break_the_writing() -> None:
    assert encode(Whole(id="\ud83d")) == b'{"ID":"\\ud83d"}'


DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


@given(DOCUMENTS)
def test_what_is_written_reads_the_same(document: Any) -> None:
    assert parse_json(json_text(document).encode()) == document


NAMES = st.sampled_from(["ID", "EvseID", "EvseId", "Count", "Energy", "Open", "At", "Secret", "Parts", "Words", "X"])
HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.decimals(allow_nan=False, places=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, HOSTILE))
def test_any_document_is_read_checked_and_written_without_an_exception(document: Any) -> None:
    decoded = decode_document(Whole, document)
    assert all(found.pointer.startswith("/") or not found.pointer for found in decoded.findings)
    encode(decoded.model)


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_raise_nothing_but_gateway_errors(body: bytes) -> None:
    assert error_of(lambda: encode(decode(Whole, body).model)) in (None, Undecodable)
