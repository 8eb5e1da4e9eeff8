"""Long lists read record by record: of a message only the piece that was just parsed is in memory as a tree."""

import codecs
from collections.abc import Container, Iterator, Sequence
from io import BytesIO

from lxml import etree

from gateway.errors import Undecodable
from gateway.wire.xml import Element, local_name

_PIECE = 1024 * 1024


def is_utf8(body: bytes) -> bool:
    """Without making a text of all of it."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(body), _PIECE):
            decoder.decode(body[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def parts(body: bytes, operation: str, names: Sequence[str]) -> Iterator[Element]:
    """The children of a SOAP message, those called `names`, one after another; each is gone when the next one comes.

    Raises Undecodable, also at the end where the message had other children than these: it wants reading as a whole.
    No DTD, no entities, no network; no limit of length: this is for a hub's own lists.
    """
    wanted, last = frozenset(names), None
    try:
        for _, element in _reading(body, (*names, operation)):
            if local_name(element) in wanted and _stands_in(element, operation):
                if last is None:
                    _refuse_doctype(element)
                else:
                    _forget(last)
                last = element
                yield element
            elif local_name(element) == operation:
                _refuse_others(element, wanted)
    except etree.XMLSyntaxError as error:
        raise Undecodable(f"not XML: {error}") from error


def _reading(body: bytes, names: Sequence[str]) -> Iterator[tuple[str, Element]]:
    return etree.iterparse(
        BytesIO(body),
        events=("end",),
        tag=[f"{{*}}{name}" for name in names],
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


def _refuse_doctype(element: Element) -> None:
    tree = element.getroottree()
    if tree.docinfo.doctype or tree.docinfo.internalDTD is not None:
        raise Undecodable("a document type declaration is not accepted")


def _refuse_others(element: Element, wanted: Container[str]) -> None:
    _refuse_doctype(element)
    left = [local_name(child) for child in element if local_name(child) not in wanted]
    if left:
        raise Undecodable(f"{left[0]} is not expected here", f"/{local_name(element)}/{left[0]}")
