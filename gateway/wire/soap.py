"""SOAP 1.1 and 1.2 envelopes and faults."""

import re
from dataclasses import dataclass, field

from gateway.errors import Refused, Undecodable
from gateway.findings import Finding, Severity
from gateway.wire.codec import PREFIX
from gateway.wire.declared import WireModel
from gateway.wire.xml import LIMIT, Element, element_path, escape_text, local_name, parse_xml, printable, write_xml


@dataclass(frozen=True, slots=True)
class SoapVersion:
    name: str
    namespace: str
    content_type: str
    sender: str
    receiver: str


SOAP_11 = SoapVersion("1.1", "http://schemas.xmlsoap.org/soap/envelope/", "text/xml", "Client", "Server")
SOAP_12 = SoapVersion("1.2", "http://www.w3.org/2003/05/soap-envelope", "application/soap+xml", "Sender", "Receiver")
VERSIONS = {version.namespace: version for version in (SOAP_11, SOAP_12)}


@dataclass(frozen=True, slots=True)
class Envelope:
    """An opened envelope: its one body child, the header if there is one, and what had to be repaired to read it."""

    version: SoapVersion
    header: Element | None
    child: Element
    noticed: list[Finding] = field(default_factory=list)

    @property
    def operation(self) -> str:
        return local_name(self.child)


def enveloped(version: SoapVersion, content: str, header: str = "") -> bytes:
    """The document around one body child that is already XML text."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<soap:Envelope xmlns:soap="{version.namespace}"><soap:Header>{header}</soap:Header>'
        f"<soap:Body>{content}</soap:Body></soap:Envelope>"
    ).encode()


def sealed(version: SoapVersion, model: WireModel, header: str = "", prefix: str = PREFIX) -> bytes:
    """The whole document of a message."""
    return enveloped(version, write_xml(model, prefix), header)


def opened(
    body: bytes,
    version: SoapVersion | None = None,
    *,
    limit: int = LIMIT,
    trusted: bool = False,
    charset: str | None = None,
) -> Envelope:
    """The envelope in `body`; `charset` is what the transport says of a body that is not in its own encoding.

    Raises Undecodable for what is no envelope, is of another version than `version`, or has not exactly one body child.
    """
    body, noticed = without_http_head(body)
    root = parse_xml(body, limit, trusted=trusted, charset=charset, noticed=noticed)
    found = VERSIONS.get(str(root.tag).removeprefix("{").partition("}")[0])
    if found is None or local_name(root) != "Envelope":
        raise Undecodable(f"a SOAP envelope is expected, not {local_name(root)}", f"/{local_name(root)}")
    if version is not None and found is not version:
        raise Undecodable(f"SOAP {version.name} is expected, this is SOAP {found.name}", "/Envelope")
    header = next((part for part in root if local_name(part) == "Header"), None)
    bodies = [part for part in root if local_name(part) == "Body"]
    children = [child for part in bodies for child in part if isinstance(child.tag, str)]
    if len(bodies) != 1 or len(children) != 1:
        raise Undecodable(
            f"one element in one body is expected, found {len(children)} in {len(bodies)}", "/Envelope/Body"
        )
    if any((text or "").strip() for text in (bodies[0].text, *(child.tail for child in bodies[0]))):
        noticed.append(_repaired("/Envelope/Body", "text beside the message in the body was left out"))
    return Envelope(found, header, children[0], noticed)


def bare(element: Element) -> Finding:
    """What to report where a message is read that stands alone."""
    return _repaired(element_path(element), "no SOAP envelope stands around it")


_HEAD = re.compile(rb"\s*(?:POST|PUT|GET) \S+ HTTP/[0-9.]+\r?\n(?P<fields>(?:[ \t]*[^\s<][^\n]*\n)*)(?:\r?\n)?")


def without_http_head(body: bytes) -> tuple[bytes, list[Finding]]:
    """A message that was saved, or printed on a slide, together with its HTTP head, white space and all."""
    noticed = []
    match = _HEAD.match(body)
    if match is not None:
        body = body[match.end() :]
        noticed.append(_repaired("", "an HTTP head stood before the document; it was split off"))
        if re.search(rb'action="[^"]*\n[^"]*"', match["fields"]):
            noticed.append(
                _repaired("", "the action parameter of the content type was broken over two lines; it was joined")
            )
    stripped = body.lstrip(b" \t\r\n")
    if stripped != body and stripped[:1] == b"<":
        noticed.append(_repaired("", "white space before the XML declaration was removed"))
    return stripped if stripped[:1] == b"<" else body, noticed


def _repaired(pointer: str, text: str) -> Finding:
    return Finding(pointer, Severity.WARNING, "repaired", text)


def fault(version: SoapVersion, text: str, *, ours: bool) -> bytes:
    """A SOAP fault; `ours` says that the receiver failed, not the sender's message."""
    code = version.receiver if ours else version.sender
    reason = escape_text(printable(text))
    if version is SOAP_11:
        content = f"<soap:Fault><faultcode>soap:{code}</faultcode><faultstring>{reason}</faultstring></soap:Fault>"
    else:
        content = (
            f"<soap:Fault><soap:Code><soap:Value>soap:{code}</soap:Value></soap:Code>"
            f'<soap:Reason><soap:Text xml:lang="en">{reason}</soap:Text></soap:Reason></soap:Fault>'
        )
    return enveloped(version, content)


def raise_fault(envelope: Envelope) -> None:
    """Raises Refused if the body is a fault: a sender's fault is permanent, a receiver's may be tried again."""
    if envelope.operation != "Fault":
        return
    texts: dict[str, str] = {}
    for part in envelope.child.iter():
        texts.setdefault(local_name(part), (part.text or "").strip())
    code = texts.get("faultcode") or texts.get("Value") or "Fault"
    text = texts.get("faultstring") or texts.get("Text") or ""
    bare = code.rpartition(":")[2]
    raise Refused(code, text, retryable=bare.startswith(("Server", "Receiver")))
