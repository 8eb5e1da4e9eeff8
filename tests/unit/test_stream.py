import pytest

from gateway.errors import Undecodable
from gateway.wire.stream import is_utf8, parts
from gateway.wire.xml import local_name

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def message(content: str, head: str = HEAD) -> bytes:
    envelope = 'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:o="urn:o"'
    return f"{head}<s:Envelope {envelope}><s:Body><o:List>{content}</o:List></s:Body></s:Envelope>".encode()


def read(body: bytes) -> list[tuple[str, str | None]]:
    return [(local_name(part), part.findtext("{urn:o}id")) for part in parts(body, "List", ("result", "record"))]


def test_the_named_children_come_one_after_another() -> None:
    body = message("<o:result><o:id>ok</o:id></o:result><o:record><o:id>1</o:id></o:record><o:record/>")
    assert read(body) == [("result", "ok"), ("record", "1"), ("record", None)]


def test_of_a_long_list_only_what_the_parser_has_just_read_is_in_memory() -> None:
    body = message("<o:result/>" + "<o:record><o:id>1</o:id></o:record>" * 20_000)
    children = [len(part.getparent()) for part in parts(body, "List", ("result", "record"))]  # type: ignore[arg-type]
    assert len(children) == 20_001
    assert max(children) < 2_000


def test_a_child_of_a_record_that_is_called_like_one_is_no_record() -> None:
    assert read(message("<o:record><o:record/><o:id>1</o:id></o:record>")) == [("record", "1")]


@pytest.mark.parametrize(
    ("content", "head", "text"),
    [
        ("<o:record/><o:other/>", HEAD, "other is not expected here"),
        ("<o:record/>", "<!DOCTYPE x>", "a document type declaration is not accepted"),
        ("", '<!DOCTYPE x [<!ENTITY e "e">]>', "a document type declaration is not accepted"),
        ("<o:record><o:id></o:record>", HEAD, "not XML"),
    ],
)
def test_what_wants_reading_as_a_whole_or_not_at_all_is_refused(content: str, head: str, text: str) -> None:
    with pytest.raises(Undecodable, match=text):
        read(message(content, head))


def test_a_message_of_another_operation_has_no_such_children() -> None:
    assert list(parts(message("<o:record/>"), "Others", ("record",))) == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", True),
        ("Straße".encode(), True),
        ("Straße".encode("cp1252"), False),
        (b"a" * (1024 * 1024 - 1) + "ß".encode(), True),
        (b"a" + b"\xc3", False),
    ],
)
def test_whether_a_body_is_utf_8_is_told_piece_by_piece(body: bytes, expected: bool) -> None:
    assert is_utf8(body) is expected
