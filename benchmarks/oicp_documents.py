"""The documents of the OICP benchmarks, made from the project's own fixtures."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "oicp"
_PULLED = {
    "deltaType": "insert",
    "lastUpdate": "2026-01-15T03:00:00+00:00",
    "OperatorID": "NL*LON",
    "OperatorName": "Example Charging",
}
AUTHORIZE_PATH = "/emp/api/oicp/charging/v21/operators/NL*LON/authorize/start"


def session(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


@cache
def _fixture(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return found


@cache
def _authorize_template() -> bytes:
    ids = {"SessionID": "{session}", "CPOPartnerSessionID": "{session}"}
    return json.dumps({**_fixture("AuthorizeStart.request"), **ids}).encode()


def authorize_start(number: int) -> bytes:
    """The body of a request for a session of its own; cheap, as it is made while others wait."""
    return _authorize_template().replace(b"{session}", session(number).encode())


def _records(first: int, count: int, **more: Any) -> list[dict[str, Any]]:
    record = {**_fixture("PushEvseData.request")["OperatorEvseData"]["EvseDataRecord"][0], **more}
    return [{**record, "EvseID": f"NL*LON*E{number:06}*1"} for number in range(first, first + count)]


def push(count: int) -> bytes:
    """PushEvseData with so many EVSEs."""
    told = _fixture("PushEvseData.request")
    data = {**told["OperatorEvseData"], "EvseDataRecord": _records(0, count)}
    return json.dumps({**told, "OperatorEvseData": data}).encode()


def page(number: int, size: int, total: int) -> bytes:
    """A page of the answer to PullEvseData: `number` counts from 0."""
    first = number * size
    records = _records(first, max(0, min(size, total - first)), **_PULLED)
    pages = -(-total // size)
    facts = {"number": number, "size": size, "totalElements": total, "totalPages": pages, "first": number == 0}
    rest = {"last": number + 1 >= pages, "numberOfElements": len(records), "StatusCode": {"Code": "000"}}
    return json.dumps({"content": records, **facts, **rest}).encode()
