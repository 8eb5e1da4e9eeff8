"""Journal entries played again: through today's code, or to a running gateway, and compared with what was recorded.

Offline, what we wrote then is read and written again from its meaning alone: a difference is what today's code would
write otherwise. What a partner wrote is read and written again with all that is kept of it: a difference is what
today's code would lose. Nothing is asked of a backend.
"""

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.canonical import to_json
from gateway.errors import GatewayError, TransportError, Undecodable
from gateway.fields import without_extensions
from gateway.http import HttpRequest
from gateway.journal import Opened, Record
from gateway.masking import masked, masked_ids
from gateway.ports import Adapter, Connection
from gateway.replay import Ignored, Outcome, compared, outcome_of
from gateway.transport import PartnerClient
from gateway.wire import document
from gateway.wire.soap import opened as opened_soap
from gateway.wire.wsse import UsernameToken, restored
from gateway.workbench import Reading, decode, recode

HOP_HEADERS = frozenset(
    ("host", "connection", "content-length", "transfer-encoding", "accept-encoding", "keep-alive", "te", "upgrade")
)
_LEFT_OUT = "***"


def name_of(record: Record) -> str:
    return f"{record.id} {record.direction} {record.operation or record.path}"


def wire_name(adapter: Adapter, record: Record) -> str:
    """The operation in the protocol's words: by its path where paths tell, else as the journal calls it."""
    for operation in adapter.operations:
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(operation.path))
        if operation.path and re.search(f"{pattern}/?$", record.path):
            return operation.name
    return record.operation or ""


# --- offline -----------------------------------------------------------------------------------------------------


def offline(entry: Opened, adapter: Adapter, ignored: Ignored = frozenset()) -> Outcome:
    """Request and answer of an entry through today's code."""
    name = name_of(entry.record)
    if entry.reason:
        return Outcome(name, "not played", failure=entry.reason)
    operation, ours_asked = wire_name(adapter, entry.record), entry.record.direction == "out"
    parts = [("request", entry.request, operation, ours_asked)]
    if entry.response and not _is_fault(entry):
        parts.append(("answer", entry.response, f"{operation}.response", not ours_asked))
    texts: list[str] = []
    found: list[str] = []
    for what, body, label, ours in parts if entry.request else parts[1:]:
        text, differing = _through(adapter.name, body, label, what, ours, ignored)
        texts.append(text)
        found += differing
    if entry.record.error and "Undecodable" in entry.record.error and "unreadable" in texts[0]:
        return Outcome(name, "unreadable, as it was then")
    return Outcome(name, "; ".join(texts) or "no message", tuple(map(masked_ids, found)))


def _is_fault(entry: Opened) -> bool:
    """Failures are said in words that no form has: a SOAP fault, an HTTP error."""
    if (entry.record.status or 200) >= 400:
        return True
    try:
        return bool(entry.response) and opened_soap(entry.response or b"", trusted=True).operation == "Fault"
    except Undecodable:
        return False


def _through(
    protocol: str, body: bytes, label: str, what: str, ours: bool, ignored: Ignored
) -> tuple[str, Sequence[str]]:
    """(what was done, what differs)."""
    try:
        reading = decode(protocol, body, label)
        if ours and not _is_part(reading):
            again = document(reading.form.write_plain(without_extensions(reading.value)))
        else:
            again = decode(protocol, recode(reading), label).document
    except GatewayError as error:
        return f"{what} unreadable", [f"{what}: {masked(str(error))}"]
    found = compared(reading.document, again, what, ignored, shown=_masked)
    return f"{what} {reading.form.label} {'differs' if found else 'as recorded'}", found


def _is_part(reading: Reading) -> bool:
    """Where a protocol says one meaning in several messages, one of them does not have the whole of it."""
    write = reading.adapter.writes.get(type(reading.value))
    return write is not None and len(write(without_extensions(reading.value))) > 1


def _masked(name: str, value: Any) -> Any:
    """A value that is shown, masked by the name of its field, and within."""
    if value is None or (isinstance(value, str) and value.startswith("<")):
        return value and masked(value)
    try:
        return json.loads(masked(json.dumps({name: to_json(value)}, ensure_ascii=False)))[name]
    except ValueError:  # a number that is masked is none any more
        return _LEFT_OUT


# --- to a running gateway ----------------------------------------------------------------------------------------


async def sent(
    entry: Opened, to: str, connection: Connection, client: PartnerClient, ignored: Ignored = frozenset()
) -> Outcome:
    """The request again, with the connection's credentials in place of those that were left out, and its answer."""
    name, record = name_of(entry.record), entry.record
    if entry.reason:
        return Outcome(name, "not played", failure=entry.reason)
    if "…" in record.path + (record.query or ""):
        return Outcome(name, "not played", failure="its path is masked for good")
    try:
        reply = await client.call(to, request_again(entry, connection))
    except TransportError as error:
        return Outcome(name, "no answer", (str(error),))
    outcome = outcome_of(name, reply, entry.response, record.status, ignored, shown=_masked)
    return replace(outcome, differences=tuple(map(masked_ids, outcome.differences)))


def request_again(entry: Opened, connection: Connection) -> HttpRequest:
    record, credentials = entry.record, connection.credentials
    token = UsernameToken(credentials.username, credentials.password)
    query = f"?{record.query}" if record.query else ""
    return HttpRequest(
        method=record.method,
        path=record.path + query,
        headers=_with_credentials(record.request_headers, token),
        body=restored(entry.request, token) if token.username else entry.request,
    )


def _with_credentials(headers: Mapping[str, str], token: UsernameToken) -> dict[str, str]:
    """What was left out is dropped; Basic is the one kind that is known how to write again."""
    kept = plain_headers(headers)
    if headers.get("authorization") == _LEFT_OUT and token.username:
        kept["authorization"] = "Basic " + b64encode(f"{token.username}:{token.password}".encode()).decode()
    return kept


def plain_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Without credentials, and without what belongs to one connection only."""
    return {name: value for name, value in headers.items() if name.lower() not in HOP_HEADERS and value != _LEFT_OUT}
