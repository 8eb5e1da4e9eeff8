"""What the journal's rows are when they are read: masked for people, opened for who needs the very message."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from gateway.masking import masked_bytes
from gateway.sealing import Keyring, Unopened

NOT_KEPT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One exchange as people may see it: masked. `at` is when it was over, `direction` in, out, or own: ours alone."""

    id: int
    at: str
    connection: str
    direction: str
    operation: str | None
    session: str | None
    evse: str | None
    cdr: str | None
    peer: str | None
    service: str | None
    method: str
    path: str
    query: str | None
    request_headers: Mapping[str, str]
    request: str
    status: int | None
    response_headers: Mapping[str, str]
    response: str | None
    sealed: str | None
    error: str | None
    milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A record with its bodies as they went over the wire, but for credentials; else `reason` says why not."""

    record: Record
    request: bytes = field(default=b"", repr=False)
    response: bytes | None = field(default=None, repr=False)
    reason: str = ""


_REASONS = {
    None: "masked for good: there was no key when it was written",
    NOT_KEPT: "no body was kept: the settings say so",
}


def place_of(row: Mapping[str, Any], name: str) -> str:
    """What a body is sealed to, so that it opens nowhere else."""
    return f"{row['connection']}/{row['at']}/{name}"


def opened(row: Row[Any], keys: Keyring) -> Opened:
    """A row that cannot be opened says so in place of its bodies; all else of it is there."""
    values = {"request": None, "response": None, **row._mapping}
    bodies = {name: values[name] for name in ("request", "response")}
    for name in ("request_headers", "response_headers"):
        values[name] = _headers(values[name])
    if bodies["request"] is None or values["direction"] == "own":
        return Opened(record=Record(**{**values, "request": "", "response": None}), reason="there is no message")
    if values["sealed"] in (None, NOT_KEPT):
        shown = {name: None if body is None else body.decode(errors="replace") for name, body in bodies.items()}
        return Opened(record=Record(**{**values, **shown}), reason=_REASONS[values["sealed"]])
    try:
        clear = {name: _clear(values, name, body, keys) for name, body in bodies.items()}
    except Unopened as error:
        shown = {name: None if body is None else f"({error})" for name, body in bodies.items()}
        return Opened(record=Record(**{**values, **shown}), reason=str(error))
    shown = {name: None if body is None else masked_bytes(body) for name, body in clear.items()}
    record = Record(**{**values, **shown})
    return Opened(record=record, request=clear["request"] or b"", response=clear["response"])


def _clear(row: Mapping[str, Any], name: str, body: bytes | None, keys: Keyring) -> bytes | None:
    return None if body is None else keys.opened(body, row["sealed"], place_of(row, name))


def _headers(text: str | None) -> Mapping[str, str]:
    """A damaged row is shown all the same."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
