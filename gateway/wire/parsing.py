"""XML bytes → elements. Whatever a partner declares: no DTD, no entities, no network."""

import codecs
import re

from lxml import etree

from gateway.errors import Undecodable
from gateway.findings import Finding, Severity
from gateway.wire.elements import Element

LIMIT = 16 * 1024 * 1024


def parse_xml(
    body: bytes,
    limit: int = LIMIT,
    *,
    trusted: bool = False,
    charset: str | None = None,
    noticed: list[Finding] | None = None,
) -> Element:
    """The root element of `body`. No DTD, no entities, no network; `trusted` lifts libxml2's limits for a hub's lists.

    What is not in the encoding that it declares is read in `charset`, that of the transport, or in Windows-1252; that
    is reported in `noticed`. Raises Undecodable.
    """
    if len(body) > limit:
        raise Undecodable(f"the document has {len(body)} bytes, at most {limit} are read")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=trusted,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if b"encoding" in str(error).encode() or "UTF-8" in str(error):
            return _parse_legacy(body, error, limit, trusted, charset, noticed)
        raise Undecodable(_not_xml(error)) from error
    if root.getroottree().docinfo.doctype or root.getroottree().docinfo.internalDTD is not None:
        raise Undecodable("a document type declaration is not accepted")
    return root


def _parse_legacy(
    body: bytes, cause: Exception, limit: int, trusted: bool, charset: str | None, noticed: list[Finding] | None
) -> Element:
    """Partners that declare UTF-8, or nothing, and write another encoding (seen at e-clearing.net until 2025)."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        text, encoding = _in_another(body, charset)
        if noticed is not None:
            said = f"the document is not in the encoding that it declares; it was read as {encoding}"
            noticed.append(Finding("", Severity.WARNING, "repaired", said))
        text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
        return parse_xml(text.encode("utf-8"), 3 * limit, trusted=trusted)
    raise Undecodable(_not_xml(cause)) from cause


def _not_xml(cause: Exception) -> str:
    """What is wrong and where; partners read it, and are told nothing of the parser and its switches."""
    said = re.sub(r" \(<string>, line \d+\)$", "", str(cause))
    return f"not XML: {re.sub(r', use XML_PARSE_[A-Z_]+ option', '', said)}"


def _in_another(body: bytes, charset: str | None) -> tuple[str, str]:
    """The text, and the name of the encoding that it could be read in."""
    try:
        if charset and codecs.lookup(charset).name != "utf-8":
            return body.decode(charset), charset
    except (LookupError, ValueError):
        pass
    return body.decode("cp1252", errors="replace"), "Windows-1252"
