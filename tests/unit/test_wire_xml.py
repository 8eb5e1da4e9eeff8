"""XML in and out: by local name, without DTDs, and never surprised."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Invalid, Undecodable
from gateway.findings import Finding, Severity
from gateway.wire import (
    Alias,
    Attribute,
    Inner,
    Private,
    Text,
    WireModel,
    checked,
    decode,
    document,
    encode,
    findings,
    spelled,
)
from gateway.wire.rules import JOINED, longest
from gateway.wire.xml import parse_xml
from tests.support import error_of

SPACE = "http://one.example/1.4"


class Base(WireModel):
    naming = spelled({}, first=str.lower)
    namespace = SPACE


class Hours(Base):
    weekday: Annotated[int | None, Attribute()]
    begin: Annotated[str | None, Attribute()] = None
    pin: Annotated[int | None, Attribute(), Private()] = None


class Note(Base):
    language: Annotated[str | None, Attribute()] = None
    text: Annotated[str | None, Text()] = None


class Record(Base):
    element: ClassVar[str] = "Record"

    cdr_id: Annotated[str | None, Alias("CdrId"), longest(6)]
    status: Annotated[str | None, Inner("CdrStatusType")] = None
    start: Annotated[datetime | None, Inner("LocalDateTime")] = None
    hours: tuple[Hours, ...] = ()
    note: Note | None = None
    cost: Decimal | None = None
    open: bool | None = None
    session: Annotated[str | None, JOINED] = None
    words: tuple[str, ...] = ()


class Bare(WireModel):
    """Children without a namespace, as eMIP has them."""

    naming = spelled({}, first=str.lower)
    namespace = SPACE
    qualified = False
    element: ClassVar[str] = "Bare"

    partner_id: str | None
    id_type: Annotated[str | None, Attribute()] = None


def record(content: str, prefix: str = "a") -> bytes:
    return f'<{prefix}:Record xmlns:{prefix}="{SPACE}">{content}</{prefix}:Record>'.encode()


def read(content: str) -> tuple[Record, list[tuple[str, str, str]]]:
    decoded = decode(Record, record(content))
    return decoded.model, [(found.pointer, found.severity, found.code) for found in decoded.findings]


# --- reading and writing -----------------------------------------------------------------------------------------


def test_a_document_is_read_into_its_model_and_written_again() -> None:
    body = record(
        "<a:CdrId>A1</a:CdrId><a:status><a:CdrStatusType>new</a:CdrStatusType></a:status>"
        "<a:start><a:LocalDateTime>2026-01-15T12:00:00+01:00</a:LocalDateTime></a:start>"
        '<a:hours weekday="1" begin="08:00"/><a:hours weekday="2"/><a:note language="de">a &amp; b</a:note>'
        "<a:cost>6.30</a:cost><a:open>false</a:open><a:words>one</a:words><a:words>two</a:words>"
    )
    decoded = decode(Record, body)
    assert decoded.findings == []
    assert [hours.weekday for hours in decoded.model.hours] == [1, 2]
    assert (decoded.model.cost, decoded.model.open, decoded.model.words) == (Decimal("6.30"), False, ("one", "two"))
    assert encode(decoded.model, prefix="a").replace(b"></a:hours>", b"/>") == body


def test_children_without_a_namespace_are_written_and_read_so() -> None:
    body = encode(Bare(partner_id="FR*MSP", id_type="eMI3"))
    assert body == f'<m:Bare xmlns:m="{SPACE}" idType="eMI3"><partnerId>FR*MSP</partnerId></m:Bare>'.encode()
    assert decode(Bare, body).findings == []


def test_a_default_namespace_can_be_written() -> None:
    assert encode(Record(cdr_id="A"), prefix="") == f'<Record xmlns="{SPACE}"><CdrId>A</CdrId></Record>'.encode()


def test_prefixes_comments_and_indentation_do_not_matter() -> None:
    model, found = read("\n  <!-- one --><a:CdrId>\n A<!-- two -->1 </a:CdrId><?three four?>\n")
    assert model.cdr_id == "A1"
    assert found == []


def test_another_namespace_and_another_case_are_read_and_reported() -> None:
    model, found = read("<b:cost xmlns:b='urn:b'>1.5</b:cost><CDRID>A</CDRID>")
    assert (model.cost, model.cdr_id) == (Decimal("1.5"), "A")
    assert found == [
        ("/Record/cost", Severity.WARNING, "repaired"),
        ("/Record/CDRID", Severity.WARNING, "misspelled"),
    ]


def test_unknown_elements_are_kept_and_written_again() -> None:
    model, found = read("<a:CdrId>A</a:CdrId><a:new><a:x>1</a:x></a:new>")
    assert found == [("/Record/new", Severity.INFO, "unknown-member")]
    assert document(model).find(f"{{{SPACE}}}new/{{{SPACE}}}x") is not None


def test_a_malformed_value_does_not_cost_the_record() -> None:
    model, found = read('<a:CdrId>A</a:CdrId><a:cost>much</a:cost><a:open>3</a:open><a:hours weekday="x"/>')
    assert (model.cdr_id, model.cost, model.open, len(model.hours)) == ("A", None, None, 1)
    assert found == [
        ("/Record/cost", Severity.ERROR, "malformed"),
        ("/Record/open", Severity.ERROR, "malformed"),
        ("/Record/hours/@weekday", Severity.ERROR, "malformed"),
        ("/Record/hours[1]/@weekday", Severity.ERROR, "missing"),
    ]
    assert b"<a:cost xmlns:a" in encode(model)


def test_a_value_that_stands_twice_is_read_once_and_kept() -> None:
    model, found = read("<a:CdrId>A</a:CdrId><a:cost>1</a:cost><a:cost>2</a:cost>")
    assert model.cost == 1
    assert found == [("/Record/cost[2]", Severity.ERROR, "repeated")]


def test_a_missing_wrapper_is_repaired() -> None:
    model, found = read("<a:CdrId>A</a:CdrId><a:status>new</a:status>")
    assert model.status == "new"
    assert found == [("/Record/status", Severity.WARNING, "repaired")]


def test_a_line_break_inside_an_identifier_is_mended() -> None:
    model, found = read("<a:CdrId>A</a:CdrId><a:session>FR-abc\n   def</a:session>")
    assert model.session == "FR-abcdef"
    assert found == [("/Record/session", Severity.WARNING, "repaired")]


def test_a_private_value_is_never_shown() -> None:
    decoded = decode(Record, record('<a:CdrId>A</a:CdrId><a:hours weekday="1" pin="geheim"/>'))
    assert [found.code for found in decoded.findings] == ["malformed"]
    assert "geheim" not in repr(decoded.findings)


def test_a_time_without_a_zone_is_utc() -> None:
    model, _ = read("<a:start><a:LocalDateTime>2026-01-15T12:00:00</a:LocalDateTime></a:start>")
    assert model.start == datetime(2026, 1, 15, 12, tzinfo=UTC)


class Moments(Base):
    element: ClassVar[str] = "Moments"

    since: Annotated[datetime | None, Attribute()] = None
    at: datetime | None = None


@pytest.mark.parametrize(
    ("content", "places"),
    [
        ('since="2026-01-15T12:00:00"><a:at>2026-01-15T12:00:00Z</a:at>', ["/Moments/@since"]),
        ('since="2026-01-15T12:00:00+01:00"><a:at> 2026-01-15 </a:at>', ["/Moments/at"]),
        ('since=" 2026-01-15T12:00:00Z "><a:at>2026-01-15T12:00:00.5-01:00</a:at>', []),
    ],
)
def test_what_is_taken_as_utc_is_said(content: str, places: list[str]) -> None:
    body = f'<a:Moments xmlns:a="{SPACE}" {content}</a:Moments>'.encode()
    found = decode(Moments, body).findings
    assert [(finding.pointer, finding.severity, finding.code) for finding in found] == [
        (place, Severity.WARNING, "assumed") for place in places
    ]
    assert all(finding.text.endswith(": no offset; taken as UTC") for finding in found)


def test_a_character_that_xml_forbids_stops_the_message() -> None:
    with pytest.raises(Invalid, match=r"character U\+0001 cannot stand in XML"):
        encode(Record(cdr_id="A\x01"))


def test_broken_rules_and_missing_fields_are_found_with_their_place() -> None:
    model = Record(cdr_id="ABCDEFG", hours=(Hours(weekday=1), Hours(weekday=None)))
    assert findings(model) == [
        Finding("/Record/CdrId", Severity.ERROR, "too-long", "CdrId: ABCDEFG 7 characters, at most 6 allowed"),
        Finding("/Record/hours[2]/@weekday", Severity.ERROR, "missing", "weekday is mandatory"),
    ]
    with pytest.raises(Invalid) as caught:
        checked(model)
    assert len(caught.value.findings) == 2


# --- hostile documents -------------------------------------------------------------------------------------------

LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{10 * f"&{chr(97 + n)};"}">' for n in range(9)
)


@pytest.mark.parametrize(
    "body",
    [
        "<!DOCTYPE a><a/>",
        '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]><a/>',
        LAUGHS + "]><a>&j;</a>",
        LAUGHS + ']><a b="&j;"/>',
        '<!DOCTYPE a [<!ATTLIST a b CDATA "default">]><a/>',
    ],
)
@pytest.mark.parametrize("trusted", [False, True])
def test_a_document_type_is_refused(body: str, trusted: bool) -> None:
    with pytest.raises(Undecodable):
        parse_xml(body.encode(), trusted=trusted)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_document_type_cannot_hide_in_another_encoding(encoding: str) -> None:
    with pytest.raises(Undecodable):
        parse_xml("<!DOCTYPE a><a/>".encode(encoding))


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(Undecodable):
        parse_xml(b"<a>" * 5000 + b"</a>" * 5000)


def test_a_document_that_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(Undecodable, match="has 11 bytes, at most 10 are read"):
        parse_xml(b"<aaaaaaaa/>", limit=10)


@pytest.mark.parametrize(
    "body", [b"", b" ", b"<a>", b"<a/><b/>", b"\x00", b'{"a": 1}', b'<?xml version="1.0" encoding="x-none"?><a/>']
)
def test_what_is_no_xml_is_refused(body: bytes) -> None:
    with pytest.raises(Undecodable):
        parse_xml(body)


# --- encodings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("declaration", ["", '<?xml version="1.0" encoding="UTF-8"?>\n'])
def test_windows_1252_under_the_name_of_utf_8_is_read(declaration: str) -> None:
    body = (declaration + "<a>Straße – Café €</a>").encode("cp1252")
    assert parse_xml(body).text == "Straße – Café €"


def test_a_large_trusted_list_in_windows_1252_keeps_its_limit() -> None:
    body = b"<a>" + b"\xe4" * 1000 + b"</a>"
    assert len(parse_xml(body, limit=len(body), trusted=True).text or "") == 1000


def test_a_document_type_cannot_hide_behind_windows_1252() -> None:
    with pytest.raises(Undecodable):
        parse_xml('<!DOCTYPE a [<!ENTITY x "ä">]><a>&x;ö</a>'.encode("cp1252"))


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16"])
def test_a_declared_encoding_is_respected(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?><a>Größe</a>'.encode(encoding)
    assert parse_xml(body).text == "Größe"


# --- anything ----------------------------------------------------------------------------------------------------

TAGS = st.sampled_from(["CdrId", "status", "CdrStatusType", "hours", "note", "cost", "words", "open", "other", "cdrid"])
WORDS = st.sampled_from(
    ["", " ", "1", "new", "x y", "2026-01-15T12:00:00Z", "1e999999999", "&lt;", "<!-- c -->", "true"]
)


def element(tag: str, attributes: dict[str, str], text: str, children: list[str]) -> str:
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<a:{tag}{written}>{text}{''.join(children)}</a:{tag}>"


ATTRIBUTES = st.dictionaries(st.sampled_from(["weekday", "begin", "other"]), st.sampled_from(["", "1", "x"]))
TREES = st.recursive(
    st.builds(element, TAGS, ATTRIBUTES, WORDS, st.just([])),
    lambda inner: st.builds(element, TAGS, ATTRIBUTES, WORDS, st.lists(inner, max_size=4)),
    max_leaves=12,
)


@given(st.lists(TREES, max_size=6))
def test_any_tree_is_read_checked_and_written_without_an_exception(children: list[str]) -> None:
    decoded = decode(Record, record("".join(children)))
    assert all(found.pointer.startswith("/Record") for found in decoded.findings)
    parse_xml(encode(decoded.model))


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_raise_nothing_but_gateway_errors(body: bytes) -> None:
    assert error_of(lambda: encode(decode(Record, body).model)) in (None, Undecodable)


@given(st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_any_damage_to_a_good_document_raises_nothing_but_gateway_errors(place: int, damage: bytes) -> None:
    good = record('<a:CdrId>A1</a:CdrId><a:hours weekday="1"/><a:note language="de">Straße</a:note><a:cost>1</a:cost>')
    bad = good[:place] + damage + good[place + len(damage) :]
    assert error_of(lambda: decode(Record, bad).findings) in (None, Undecodable)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1))
def test_any_text_comes_back_as_it_was_written(text: str) -> None:
    model: Any = decode(Record, encode(Record(cdr_id=text, note=Note(language=text, text=text)))).model
    assert model.cdr_id == (text.strip() or None)
    assert model.note.text == (text.strip() or None)
    assert model.note.language == text.strip()


@pytest.mark.parametrize("body", [b"", b"<a", b"<a>" * 300 + b"</a>" * 300])
def test_what_is_no_xml_is_told_without_the_parser(body: bytes) -> None:
    with pytest.raises(Undecodable, match="not XML: ") as caught:
        parse_xml(body)
    assert not any(word in str(caught.value) for word in ("<string>", "XML_PARSE"))
