from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Undecodable
from gateway.wire.stream import Layout, Mending, Parts, begins, layout, parts
from gateway.wire.xml import local_name

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
NAMES = ("result", "record")


def message(content: str, head: str = HEAD) -> bytes:
    envelope = 'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:o="urn:o"'
    return f"{head}<s:Envelope {envelope}><s:Body><o:List>{content}</o:List></s:Body></s:Envelope>".encode()


def cut(body: bytes, size: int = 64 * 1024) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def read(body: bytes, size: int = 64 * 1024) -> list[tuple[str, str | None]]:
    return [(local_name(part), part.findtext("{urn:o}id")) for part in parts(cut(body, size), "List", NAMES)]


@pytest.mark.parametrize("size", [1, 7, 64 * 1024])
def test_the_named_children_come_one_after_another(size: int) -> None:
    body = message("<o:result><o:id>ok</o:id></o:result><o:record><o:id>1</o:id></o:record><o:record/>")
    assert read(body, size) == [("result", "ok"), ("record", "1"), ("record", None)]


def test_a_record_is_given_on_before_the_rest_of_the_message_is_there() -> None:
    body = message("<o:record><o:id>1</o:id></o:record><o:record><o:id>2</o:id></o:record>")
    reading, first = Parts("List", NAMES), body.index(b"<o:id>2")
    assert [part.findtext("{urn:o}id") for part in reading.fed(body[:first])] == ["1"]
    assert [part.findtext("{urn:o}id") for part in reading.fed(body[first:])] == ["2"]
    assert list(reading.closed()) == []


def test_of_a_long_list_only_what_the_parser_has_just_read_is_in_memory() -> None:
    body = message("<o:result/>" + "<o:record><o:id>1</o:id></o:record>" * 20_000)
    children = [len(part.getparent()) for part in parts(cut(body), "List", NAMES)]  # type: ignore[arg-type]
    assert len(children) == 20_001
    assert max(children) < 2_000


def test_a_child_of_a_record_that_is_called_like_one_is_no_record() -> None:
    assert read(message("<o:record><o:record/><o:id>1</o:id></o:record>")) == [("record", "1")]


@pytest.mark.parametrize("size", [1, 64 * 1024])
@pytest.mark.parametrize(
    ("content", "head", "text"),
    [
        ("<o:record/><o:other/>", HEAD, "other is not expected here"),
        ("<o:record/>", "<!DOCTYPE x>", "a document type declaration is not accepted"),
        ("<o:record/>", HEAD + "\n<!-- <s:Envelope> -->\n<?a?><!DOCTYPE x>", "a document type declaration"),
        ("", '<!DOCTYPE x [<!ENTITY e "e">]>', "a document type declaration is not accepted"),
        ("<o:record><o:id></o:record>", HEAD, "not XML"),
        ("<o:record>&e;</o:record>", HEAD, "not XML"),
    ],
)
def test_what_wants_reading_as_a_whole_or_not_at_all_is_refused(content: str, head: str, text: str, size: int) -> None:
    with pytest.raises(Undecodable, match=text):
        read(message(content, head), size)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_a_document_type_is_refused_in_any_encoding_before_it_is_parsed(encoding: str) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x y="&b;"/>'
    with pytest.raises(Undecodable, match="document type"):
        begins(bomb.encode(encoding))
    with pytest.raises(Undecodable, match="document type"):
        list(Parts("List", NAMES).fed(bomb.encode(encoding)))


def test_a_document_type_inside_of_a_value_is_text() -> None:
    body = message("<o:record><o:id><![CDATA[<!DOCTYPE x>]]></o:id></o:record>")
    assert read(body) == [("record", "<!DOCTYPE x>")]


@pytest.mark.parametrize("body", [b"", b"   \n", b"no XML", HEAD.encode(), HEAD.encode() + b"<!-- only this -->"])
def test_what_has_no_element_is_undecodable(body: bytes) -> None:
    with pytest.raises(Undecodable, match="not XML"):
        read(body, 1)


def test_a_beginning_without_end_is_refused() -> None:
    with pytest.raises(Undecodable, match="no element begins"):
        read(b"<!-- " + b"-" * 200_000)


def test_a_torn_message_is_undecodable_after_its_records() -> None:
    body = message("<o:result/><o:record><o:id>1</o:id></o:record>")[:-20]
    reading = Parts("List", NAMES)
    assert [local_name(part) for part in reading.fed(body)] == ["result", "record"]
    with pytest.raises(Undecodable, match="not XML"):
        list(reading.closed())


def test_a_single_record_without_end_is_refused_before_it_fills_the_memory() -> None:
    reading, body = Parts("List", NAMES), message("<o:record>")
    list(reading.fed(body[: body.index(b"</o:List>")]))
    megabyte = b"<a>" + b"x" * 1024 * 1024 + b"</a>"
    for _ in range(15):
        assert list(reading.fed(megabyte)) == []
    with pytest.raises(Undecodable, match="a single record of more than"):
        list(reading.fed(megabyte))


def test_a_message_of_another_operation_has_no_such_children() -> None:
    assert list(parts(cut(message("<o:record/>")), "Others", ("record",))) == []


# --- how it begins -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<o:result><o:x/></o:result><o:record/><o:record/>", Layout("List", ("result", "record"))),
        ("<o:Record/><o:result/>", Layout("List", ("Record", "result"))),
        ("", Layout("List", ())),
    ],
)
def test_the_beginning_tells_the_operation_and_its_first_children(content: str, expected: Layout) -> None:
    body = message(content)
    assert layout(body) == expected
    assert layout(body[: body.index(b"</o:List>")]) == expected
    assert layout(body.decode().replace("UTF-8", "UTF-16").encode("utf-16")) == expected


def test_the_beginning_of_what_is_no_message_tells_nothing() -> None:
    assert layout(b"<html><body>oops") == Layout()
    with pytest.raises(Undecodable):
        layout(b"<a></b>")


# --- bytes -------------------------------------------------------------------------------------------------------


def mended(body: bytes, size: int) -> bytes:
    mending = Mending()
    return b"".join(mending.mended(piece) for piece in cut(body, size))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b" \n<a>Stra\xdfe</a>", "<a>Straße</a>"),
        ("<a>Straße</a>".encode(), "<a>Straße</a>"),
        ("<a>Straße".encode() + b" K\xf6hlbrand \x80 \xf6\xf6\xc3</a>", "<a>Straße Köhlbrand € öö\xc3</a>"),
        ("<a>\N{GRINNING FACE}".encode() + b"\xf0\x9f</a>", "<a>\N{GRINNING FACE}ðŸ</a>"),
    ],
)
def test_a_byte_that_is_no_utf_8_is_windows_1252(body: bytes, expected: str, size: int) -> None:
    assert mended(body, size).decode() == expected


@given(st.text(), st.integers(1, 5))
def test_utf_8_stays_as_it_is(text: str, size: int) -> None:
    body = b"<a>" + text.encode() + b"</a>"
    assert mended(body, size) == body


def test_another_declared_encoding_is_left_to_the_parser() -> None:
    head = '<?xml version="1.0" encoding="ISO-8859-1"?>'
    body = message("<o:record><o:id>Straße</o:id></o:record>", head).decode().encode("latin-1")
    assert mended(body, 1000) == body
    assert read(body) == [("record", "Straße")]
    wide = message("<o:record><o:id>Straße</o:id></o:record>", "").decode().encode("utf-16")
    assert read(wide) == [("record", "Straße")]
