"""A journal entry as a fixture: the files that `replay` reads, with nobody's data in them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.anonymise import Anonymiser
from gateway.canonical import to_json
from gateway.errors import Invalid, Undecodable
from gateway.fields import without_extensions
from gateway.findings import Finding, Severity
from gateway.journal import Opened, Record
from gateway.ports import Adapter
from gateway.replay import companion
from gateway.replay_journal import plain_headers, wire_name
from gateway.workbench import Reading, decode


@dataclass(frozen=True)
class Fixture:
    """A message's file name, and the content of it and of its companions by file name."""

    name: str
    files: Mapping[str, bytes]

    def write(self, folder: Path) -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        return [folder / name for name in self.files]


def fixture_of(entry: Opened, adapter: Adapter, salt: bytes) -> Fixture:
    """The entry's message with its frame, its answer and its meaning, anonymised alike under `salt`.

    Raises Invalid where something private would be left in it.
    """
    record, anonymiser = entry.record, Anonymiser(salt)
    for body in (entry.request, entry.response or b""):
        anonymiser.learn(body)
    message = _applied(anonymiser, entry.request)
    reading = _read(adapter, wire_name(adapter, record), message)
    operation = reading.form.label if reading else wire_name(adapter, record)
    ending = "xml" if message.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" else "json"
    name = f"{operation}.request.{record.id}.{ending}"
    parts = {name: message, _beside(name, ".http.json"): _json(_frame(record, anonymiser))}
    if reading is not None:
        parts[_beside(name, ".expected.json")] = _json(to_json(without_extensions(reading.value)))
    if entry.response is not None:
        parts[_beside(name, ".reply")] = _applied(anonymiser, entry.response)
    return Fixture(name, parts)


def _frame(record: Record, anonymiser: Anonymiser) -> dict[str, Any]:
    headers = plain_headers(record.request_headers)
    query = f"?{record.query}" if record.query else ""
    return {
        "method": record.method,
        "path": anonymiser.applied(record.path + query),
        "headers": {name: anonymiser.applied(value) for name, value in headers.items()},
        "status": record.status,
    }


def _applied(anonymiser: Anonymiser, body: bytes) -> bytes:
    text = body.decode(errors="surrogateescape")
    made = anonymiser.applied(text).encode(errors="surrogateescape")
    if anonymiser.left_in(made):
        raise Invalid([Finding("", Severity.ERROR, "private", "something private would be left in the fixture")])
    return made


def _read(adapter: Adapter, operation: str, message: bytes) -> Reading | None:
    """None for what nobody can read: its replay says so."""
    try:
        return decode(adapter.name, message, operation)
    except Undecodable:
        return None


def _beside(name: str, ending: str) -> str:
    return companion(Path(name), ending).name


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
