"""Messages as files, sent again or driven through the code, and compared with what is expected of them.

Beside `NAME.xml` or `NAME.json`: `NAME.expected.json` is its canonical meaning, `NAME.reply` the answer,
`NAME.http.json` has `method`, `path` and `headers`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.canonical import to_json
from gateway.connections import adapters
from gateway.errors import GatewayError, Invalid, TransportError, Undecodable
from gateway.fields import without_extensions
from gateway.findings import Finding, Severity
from gateway.http import HttpRequest
from gateway.transport import PartnerClient
from gateway.wire.kept import differences
from gateway.wire.soap import opened
from gateway.wire.xml import local_name
from gateway.workbench import Reading, decode

_COMPANIONS = (".expected.json", ".http.json", ".reply", ".context.json")


@dataclass(frozen=True)
class Outcome:
    """What became of one message; `differences` is empty where all is as expected."""

    name: str
    text: str
    differences: tuple[str, ...] = ()


async def replayed(path: Path, to: str | None) -> list[Outcome]:
    """Every message of a file or folder: sent to the base URL `to`, or read offline. Raises Invalid."""
    files = messages_in(path)
    if to is None:
        return [_offline(file) for file in files]
    client = PartnerClient()
    try:
        return [await _sent(file, to, client) for file in files]
    finally:
        await client.close()


def messages_in(path: Path) -> Sequence[Path]:
    """The message itself, or every message below a folder. Raises Invalid where there is none."""
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if _is_message(file))
    if not files:
        raise Invalid([Finding("", Severity.ERROR, "no-messages", f"{path}: no message is there")])
    return files


def _is_message(file: Path) -> bool:
    return file.is_file() and file.suffix in (".xml", ".json", ".http") and not file.name.endswith(_COMPANIONS)


def companion(file: Path, ending: str) -> Path:
    """`AuthorizeStart.request.json` → `AuthorizeStart.request.reply`."""
    return file.with_name(file.name.removesuffix(file.suffix) + ending)


def read_message(file: Path) -> Reading:
    """By the folder's name where that is a protocol, else by trying each. Raises Undecodable."""
    named = [part for part in (file.parent.name, file.parent.parent.name) if part in adapters()]
    reasons = []
    for protocol in named[:1] or list(adapters()):
        try:
            return decode(protocol, file.read_bytes(), file.name)
        except Undecodable as error:
            reasons.append(f"{protocol}: {error}")
    raise Undecodable("; ".join(reasons))


def _offline(file: Path) -> Outcome:
    try:
        reading = read_message(file)
    except GatewayError as error:
        return Outcome(file.name, "unreadable", (str(error),))
    expected = companion(file, ".expected.json")
    found = []
    if expected.is_file():
        # An expectation may say what only the protocol understands, or be silent about it altogether.
        candidates = (reading.value, without_extensions(reading.value))
        wanted = json.loads(expected.read_bytes())
        found = min((_compared(wanted, to_json(value), "meaning") for value in candidates), key=len)
    return Outcome(
        file.name,
        f"{reading.form.label} read{', as expected' if expected.is_file() and not found else ''}",
        tuple(found),
    )


def _compared(expected: Any, actual: Any, what: str) -> list[str]:
    return [
        f"{what}{place.pointer}: {_short(place.written)} where {_short(place.received)} is expected"
        for place in differences(expected, actual)
    ]


def _short(value: object) -> str:
    return "nothing" if value is None else f"{json.dumps(to_json(value), ensure_ascii=False):.80}"


async def _sent(file: Path, to: str, client: PartnerClient) -> Outcome:
    try:
        reply = await client.call(to, _request(file))
    except TransportError as error:
        return Outcome(file.name, "no answer", (str(error),))
    expected = _expected_reply(file)
    found = _replies_differ(expected, reply.body) if expected is not None else ()
    if expected is None and reply.status >= 400:
        found = (f"the gateway answered HTTP {reply.status}",)
    as_expected = "nothing to compare with" if expected is None else "as expected" if not found else "another answer"
    return Outcome(file.name, f"HTTP {reply.status}, {as_expected}", tuple(found))


def _request(file: Path) -> HttpRequest:
    frame = _frame(file)
    return HttpRequest(
        method=str(frame.get("method", "POST")),
        path=str(frame.get("path", "")),
        headers={str(name).lower(): str(value) for name, value in frame.get("headers", {}).items()},
        body=file.read_bytes(),
    )


def _expected_reply(file: Path) -> bytes | None:
    path = companion(file, ".reply")
    return path.read_bytes() if path.is_file() else None


def _frame(file: Path) -> Mapping[str, Any]:
    path = companion(file, ".http.json")
    if path.is_file():
        frame: Mapping[str, Any] = json.loads(path.read_bytes())
        return frame
    kind = "application/json" if file.suffix == ".json" else "text/xml; charset=utf-8"
    return {"headers": {"content-type": kind}}


def _replies_differ(expected: bytes, actual: bytes) -> Sequence[str]:
    try:
        if expected.lstrip()[:1] == b"<":
            return _compared_xml(expected, actual)
        return _compared(json.loads(expected), json.loads(actual), "reply")
    except (ValueError, Undecodable) as error:
        return [f"reply: {error}"]


def _compared_xml(expected: bytes, actual: bytes) -> list[str]:
    one, other = opened(expected).child, opened(actual).child
    if one.tag != other.tag:
        return [f"reply: {local_name(other)} where {local_name(one)} is expected"]
    return [
        f"reply{p.pointer}: {_short(p.written)} where {_short(p.received)} is expected" for p in differences(one, other)
    ]
