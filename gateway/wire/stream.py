"""Long lists read record by record: of a message only the piece that was just parsed is in memory as a tree."""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from gateway.errors import Undecodable
from gateway.wire.xml import Element, local_name

_PIECE = 64 * 1024
_LARGEST_PART = 16 * 1024 * 1024
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.\-]+)")
_WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}
_PROLOG = re.compile(r"\ufeff?\s*+(?:(?><\?.*?\?>|<!--.*?-->)\s*+)*+", re.DOTALL)


# --- bytes -------------------------------------------------------------------------------------------------------


class Mending:
    """UTF-8 in pieces, as the parser needs it: a byte that is none is taken as Windows-1252.

    Partners declare UTF-8 and write Windows-1252 (seen at e-clearing.net until 2025). What declares another encoding
    is left to the parser.
    """

    def __init__(self) -> None:
        self._decoder: codecs.IncrementalDecoder | None = None
        self._begun = False

    def mended(self, piece: bytes) -> bytes:
        """`piece`, or as much of it as is whole; the first one is to hold the XML declaration."""
        if not self._begun:
            piece = piece.lstrip(b" \t\r\n")
            self._begun = bool(piece)
            self._decoder = codecs.getincrementaldecoder("utf-8")("strict") if _is_utf8(piece) else None
        return piece if self._decoder is None else self._decoded(self._decoder, piece)

    def _decoded(self, decoder: codecs.IncrementalDecoder, piece: bytes) -> bytes:
        held = decoder.getstate()[0]
        try:
            return decoder.decode(piece).encode()
        except UnicodeDecodeError:
            decoder.reset()
        text, piece = "", held + piece
        while True:
            try:
                return (text + decoder.decode(piece)).encode()
            except UnicodeDecodeError as error:
                decoder.reset()
                bad = piece[error.start : error.end].decode("cp1252", errors="replace")
                text += piece[: error.start].decode() + bad
                piece = piece[error.end :]


def _is_utf8(piece: bytes) -> bool:
    declared = _DECLARED.match(piece.removeprefix(codecs.BOM_UTF8))
    if piece[:2] in _WIDE:
        return False
    return declared is None or declared[1].lower() in (b"utf-8", b"utf8", b"us-ascii")


def begins(head: bytes) -> bool:
    """Whether the root element begins in these first bytes; False: nothing says so yet.

    Raises Undecodable for a document type: it is refused before a parser without limits may read its entities.
    """
    text = head.lstrip().decode(_WIDE.get(head.lstrip()[:2], "latin-1"), errors="replace").removeprefix("\xef\xbb\xbf")
    prolog = _PROLOG.match(text)
    rest = text[prolog.end() :] if prolog is not None else text
    if rest[:2] == "<!" and rest[2:3] in ("D", "d"):
        raise Undecodable("a document type declaration is not accepted")
    if len(head) > _PIECE and (rest[:1] != "<" or rest[:2] in ("<!", "<?")):
        raise Undecodable(f"no element begins in the first {len(head)} bytes")
    return len(rest) > 1 and rest[0] == "<" and rest[1] not in "!?"


# --- elements ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Layout:
    """How a SOAP message begins: the name of the body's element and those of its first children, as they are spelled.

    Everything is what can be seen in the first bytes; `operation` is empty where not even that can.
    """

    operation: str = ""
    children: tuple[str, ...] = ()


def layout(head: bytes) -> Layout:
    """Of the first bytes of a message. Raises Undecodable for what is no XML, or has a document type."""
    begins(head)
    parser = _parser(("start",), None)
    operation, children = "", dict[str, None]()
    try:
        parser.feed(Mending().mended(head))
        for _, element in parser.read_events():
            parent = element.getparent()
            above = local_name(parent) if parent is not None else ""
            if above == "Body" and not operation:
                operation = local_name(element)
            elif operation and above == operation:
                children[local_name(element)] = None
    except etree.XMLSyntaxError as error:
        raise Undecodable(f"not XML: {error}") from error
    return Layout(operation, tuple(children))


class Parts:
    """The children of a SOAP message, those called `names`, as its bytes come in: each is gone when the next one comes.

    No DTD, no entities, no network; no limit of length, but of a single child: this is for a hub's own lists. All of it
    raises Undecodable.
    """

    def __init__(self, operation: str, names: Sequence[str]) -> None:
        self._operation, self._names = operation, frozenset(names)
        self._parser = _parser(("end",), [f"{{*}}{name}" for name in (*names, operation)])
        self._mending, self._last, self._since = Mending(), None, 0
        self._begun, self._held = False, b""
        self.others: list[Element] = []
        """Children of other names, known at the end."""

    _last: Element | None

    def fed(self, piece: bytes) -> Iterator[Element]:
        """The children that end in this piece of the message."""
        if not self._begun:
            self._held = piece = self._held + piece
            self._begun = begins(piece)
            if not self._begun:
                return
        self._since += len(piece)
        try:
            self._parser.feed(self._mending.mended(piece))
        except etree.XMLSyntaxError as error:
            raise Undecodable(f"not XML: {error}") from error
        yield from self._ended()
        if self._since > _LARGEST_PART:
            raise Undecodable(f"a single record of more than {_LARGEST_PART} bytes")

    def closed(self) -> Iterator[Element]:
        """The message is over: what has ended with it."""
        if not self._begun:
            raise Undecodable("not XML: there is no element")
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            raise Undecodable(f"not XML: {error}") from error
        yield from self._ended()

    def _ended(self) -> Iterator[Element]:
        for _, element in self._parser.read_events():
            if local_name(element) in self._names and _stands_in(element, self._operation):
                if self._last is not None:
                    _forget(self._last)
                self._last, self._since = element, 0
                yield element
            elif local_name(element) == self._operation:
                self.others = [child for child in element if local_name(child) not in self._names]


def parts(pieces: Iterable[bytes], operation: str, names: Sequence[str]) -> Iterator[Element]:
    """All parts of a message that is there. Raises Undecodable, also at the end where it had other children."""
    reading = Parts(operation, names)
    for piece in pieces:
        yield from reading.fed(piece)
    yield from reading.closed()
    if reading.others:
        name = local_name(reading.others[0])
        raise Undecodable(f"{name} is not expected here", f"/{operation}/{name}")


def _parser(events: Sequence[Literal["start", "end"]], tags: Sequence[str] | None) -> "etree.XMLPullParser[Element]":
    return etree.XMLPullParser(
        events=events,
        tag=tags,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )


def _stands_in(element: Element, operation: str) -> bool:
    parent = element.getparent()
    return parent is not None and local_name(parent) == operation


def _forget(element: Element) -> None:
    """One behind the parser, which is still at the youngest."""
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
