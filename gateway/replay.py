"""Messages as files, sent again or driven through the code, and compared with what is expected of them.

Beside `NAME.xml` or `NAME.json`: `NAME.expected.json` is its canonical meaning, `NAME.reply` the answer,
`NAME.http.json` has `method`, `path` and `headers`, and where it is told the answer's `status`.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.canonical import to_json
from gateway.connections import adapters
from gateway.errors import GatewayError, Invalid, TransportError, Undecodable
from gateway.fields import without_extensions
from gateway.findings import Finding, Severity
from gateway.http import HttpRequest, HttpResponse
from gateway.transport import PartnerClient
from gateway.wire.kept import differences
from gateway.wire.soap import opened
from gateway.wire.xml import local_name
from gateway.workbench import Reading, decode

Ignored = frozenset[str]
"""Names of fields, in lower case, that may differ: ids and times that are new each time."""
Shown = Callable[[str, Any], Any]
"""(name of a field, its value) → what people may see of it."""
_COMPANIONS = (".expected.json", ".http.json", ".reply", ".context.json")


@dataclass(frozen=True)
class Outcome:
    """What became of one message; `differences` is empty where all is as expected."""

    name: str
    text: str
    differences: tuple[str, ...] = ()
    failure: str = ""
    """Why it could not be played at all."""


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """0: all equal, 1: something differs, 2: something could not be played."""
    if any(outcome.failure for outcome in outcomes):
        return 2
    return 1 if any(outcome.differences for outcome in outcomes) else 0


async def replayed(path: Path, to: str | None, ignored: Ignored = frozenset()) -> list[Outcome]:
    """Every message of a file or folder: sent to the base URL `to`, or read offline. Raises Invalid."""
    files = messages_in(path)
    if to is None:
        return [_offline(file) for file in files]
    client = PartnerClient()
    try:
        return [await _sent(file, to, client, ignored) for file in files]
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
        found = min((compared(wanted, to_json(value), "meaning") for value in candidates), key=len)
    return Outcome(
        file.name,
        f"{reading.form.label} read{', as expected' if expected.is_file() and not found else ''}",
        tuple(found),
    )


def compared(
    expected: Any, actual: Any, what: str, ignored: Ignored = frozenset(), shown: Shown = lambda _, value: value
) -> list[str]:
    """Two documents of one kind, JSON values or XML elements, as one line for each place that differs."""
    found = []
    for place in differences(expected, actual):
        steps = _STEP.findall(place.pointer)
        if ignored.isdisjoint(step.lower() for step in steps):
            now, then = (_short(shown(_name(steps), value)) for value in (place.written, place.received))
            found.append(f"{what}{place.pointer}: {now} where {then} is expected")
    return found


def _name(steps: Sequence[str]) -> str:
    """Of the field, where the last step is a place in a list or the text of an element."""
    return next((step for step in reversed(steps) if not step.isdecimal() and step != "text()"), "")


_STEP = re.compile(r"[^/@\[\]{}]+(?=[\[/]|$)")


def _short(value: object) -> str:
    return "nothing" if value is None else f"{json.dumps(to_json(value), ensure_ascii=False):.80}"


async def _sent(file: Path, to: str, client: PartnerClient, ignored: Ignored) -> Outcome:
    try:
        reply = await client.call(to, _request(file))
    except TransportError as error:
        return Outcome(file.name, "no answer", (str(error),))
    return outcome_of(file.name, reply, _expected_reply(file), _frame(file).get("status"), ignored)


def outcome_of(
    name: str,
    reply: HttpResponse,
    expected: bytes | None,
    status: int | None,
    ignored: Ignored = frozenset(),
    shown: Shown = lambda _, value: value,
) -> Outcome:
    """An answer beside the one that was expected; without one, an HTTP error is a difference."""
    found = list(replies_differ(expected, reply.body, ignored, shown)) if expected is not None else []
    if status is None and expected is None and reply.status >= 400:
        found = [f"the gateway answered HTTP {reply.status}"]
    if status is not None and reply.status != status:
        found.insert(0, f"HTTP {reply.status} where {status} is expected")
    as_expected = "nothing to compare with" if expected is None else "as expected" if not found else "another answer"
    return Outcome(name, f"HTTP {reply.status}, {as_expected}", tuple(found))


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


def replies_differ(
    expected: bytes, actual: bytes, ignored: Ignored = frozenset(), shown: Shown = lambda _, value: value
) -> Sequence[str]:
    """Of SOAP the body's one child is compared, whatever the prefixes."""
    try:
        if expected.lstrip()[:1] != b"<":
            return compared(json.loads(expected or b"null"), json.loads(actual or b"null"), "reply", ignored, shown)
        one, other = opened(expected).child, opened(actual).child
    except (ValueError, Undecodable) as error:
        return [f"reply: {error}"]
    if one.tag != other.tag:
        return [f"reply: {local_name(other)} where {local_name(one)} is expected"]
    return compared(one, other, "reply", ignored, shown)
