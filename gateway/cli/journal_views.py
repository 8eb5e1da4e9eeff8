"""One exchange as text, as a curl command, as SOAP, or as JSON."""

import json
import shlex
from collections.abc import Callable, Mapping

from lxml import etree

from gateway.canonical import to_json
from gateway.errors import Invalid, Undecodable
from gateway.findings import Finding, Severity
from gateway.journal import Opened, Record
from gateway.replay_journal import HOP_HEADERS
from gateway.settings import Settings
from gateway.wire.xml import parse_xml

_LEFT_OUT = "***"


def _bodies(entry: Opened, unmask: bool) -> tuple[str, str | None]:
    if not unmask:
        return entry.record.request, entry.record.response
    response = entry.response
    return entry.request.decode(errors="replace"), None if response is None else response.decode(errors="replace")


def as_text(entry: Opened, _: Settings, unmask: bool) -> str:
    record, (request, response) = entry.record, _bodies(entry, unmask)
    facts = {
        name: value
        for name, value in to_json(record).items()
        if name in ("connection", "operation", "session", "evse", "cdr", "peer", "error")
    }
    head = [f"{record.id}  {record.direction}  ended {record.at}, took {record.milliseconds} ms"]
    head += [f"{name}: {value}" for name, value in facts.items()]
    asked = [_first_line(record), *_header_lines(record.request_headers), "", request]
    answered = [f"HTTP {record.status}", *_header_lines(record.response_headers), "", response or ""]
    return "\n".join([*head, "", *asked, "", *(answered if record.status is not None else ["no answer"])]).rstrip()


def _first_line(record: Record) -> str:
    return f"{record.method} {record.path}{'?' + record.query if record.query else ''}"


def _header_lines(headers: Mapping[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers.items()]


def as_json(entry: Opened, _: Settings, unmask: bool) -> str:
    request, response = _bodies(entry, unmask)
    document = {**to_json(entry.record), "request": request, "response": response}
    return json.dumps(document, ensure_ascii=False, indent=2)


def as_soap(entry: Opened, _: Settings, unmask: bool) -> str:
    """The envelopes, indented. Raises Invalid where there is none."""
    request, response = _bodies(entry, unmask)
    parts = [f"<!-- request -->\n{_indented(request)}"] if request else []
    if response:
        parts.append(f"<!-- answer: HTTP {entry.record.status} -->\n{_indented(response)}")
    return "\n".join(parts)


def _indented(text: str) -> str:
    try:
        root = parse_xml(text.encode(), trusted=True)
    except Undecodable as error:
        raise Invalid([Finding("", Severity.ERROR, "journal", f"this is not SOAP: {error}")]) from None
    etree.indent(root)
    return etree.tostring(root, encoding="unicode")


def as_curl(entry: Opened, settings: Settings, unmask: bool) -> str:
    """A command for a shell: credentials are variables that whoever runs it sets."""
    record, (request, _) = entry.record, _bodies(entry, unmask)
    parts = ["curl", "-sS", "-X", record.method, *_certificate(record, settings), _url(record, settings)]
    for name, value in record.request_headers.items():
        if name not in HOP_HEADERS:
            parts += ["-H", f'"{name}: ${_variable(name)}"' if value == _LEFT_OUT else shlex.quote(f"{name}: {value}")]
    if request:
        parts += ["--data-binary", _with_password(shlex.quote(request))]
    return " ".join(parts)


def _variable(header: str) -> str:
    return header.upper().replace("-", "_")


def _with_password(quoted: str) -> str:
    """The password of a UsernameToken stands in a variable."""
    return quoted.replace(f">{_LEFT_OUT}</wsse:Password>", ">'\"$PASSWORD\"'</wsse:Password>")


def _certificate(record: Record, settings: Settings) -> list[str]:
    known = settings.connections.get(record.connection)
    shows = record.direction == "out" and known is not None and known.credentials.client_certificate
    return ["--cert", '"$CLIENT_CERTIFICATE"', "--key", '"$CLIENT_KEY"'] if shows else []


def _url(record: Record, settings: Settings) -> str:
    """The hub's address as configured; for what came in, the gateway's, in a variable."""
    tail = record.path + (f"?{record.query}" if record.query else "")
    known, service = settings.connections.get(record.connection), record.service or ""
    urls = known.urls if known is not None else {}
    if record.direction == "out" and (service in urls or "" in urls):
        base = urls.get(service) or f"{urls[''].rstrip('/')}/{service}"
        return shlex.quote(base.rstrip("/") + tail)
    base, place = ("$HUB", tail) if record.direction == "out" else ("$GATEWAY", f"/{record.connection}{tail}")
    return f'"{base}"{shlex.quote(place)}' if place else f'"{base}"'


VIEWS: Mapping[str, Callable[[Opened, Settings, bool], str]] = {
    "text": as_text,
    "curl": as_curl,
    "soap": as_soap,
    "json": as_json,
}
