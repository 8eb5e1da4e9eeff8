"""How the simulated hub answers: acknowledgements, pages, bare status codes, fault bodies."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.findings import Finding
from gateway.http import HttpResponse
from gateway.simulation import Partner
from gateway.wire import WireModel, encode
from gateway.wire.json import json_text
from gateway_oicp import wire
from gateway_oicp.words import Code

HEADERS = {"content-type": "application/json;charset=utf-8"}
PAGE, LARGEST_PAGE = 20, 2000
_LONGEST_NUMBER = 18
Reply = WireModel | Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """One request to the hub: from whom, and what. `document` is the message as it came."""

    partner: Partner
    model: Any
    query: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def document(self) -> dict[str, Any]:
        return dict(self.model.source)

    def number(self, name: str) -> int | None:
        text = self.query.get(name, [""])[0]
        return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None


class Declined(Exception):
    """The hub says no, in its own words; `http` above 200 gives a bare status code."""

    def __init__(self, code: Code, text: str, http: int = 200) -> None:
        super().__init__(f"{code}: {text}")
        self.code, self.text, self.http = code, text, http


class Faulty(Exception):
    """HTTP 400 with a fault body whose message says it all."""


def status_code(code: str, text: str | None = None) -> wire.StatusCode:
    return wire.StatusCode(code=str(code), additional_info=text)


def said(model: Reply) -> HttpResponse:
    body = encode(model) if isinstance(model, WireModel) else json_text(model).encode()
    return HttpResponse(status=200, headers=HEADERS, body=body)


def plain(tree: Any) -> Any:
    """With JSON's own numbers."""
    return json.loads(json_text(tree))


def success(**names: str | None) -> wire.Acknowledgement:
    return wire.Acknowledgement(result=True, status_code=status_code(Code.SUCCESS, "Success"), **names)


def page_bounds(asked: Asked) -> tuple[int, int]:
    """(number from 0, size) of the page that is asked for: 20 records where nothing is said, never more than 2000."""
    size = asked.number("size")
    return asked.number("page") or 0, min(max(PAGE if size is None else size, 1), LARGEST_PAGE)


def page(content: Sequence[Any], total: int, number: int, size: int) -> dict[str, Any]:
    pages = -(-total // size)
    return {
        "content": list(content),
        "number": number,
        "size": size,
        "totalElements": total,
        "last": number + 1 >= pages,
        "totalPages": pages,
        "first": number == 0,
        "numberOfElements": len(content),
        "StatusCode": {"Code": str(Code.SUCCESS), "Description": None, "AdditionalInfo": None},
    }


def declined(error: Declined, operation: str) -> HttpResponse:
    """In the form of the operation's answer, or bare where HTTP itself says no and where the answer is a list."""
    status = status_code(error.code, error.text)
    if error.http == 403:
        headers = {"content-type": "application/json;charset=ISO-8859-1"}
        body = _bare(status).decode().encode("iso-8859-1", "replace")
        return HttpResponse(status=403, headers=headers, body=body)
    if error.http != 200 or operation.startswith(("Pull", "Get")):
        return HttpResponse(status=error.http, headers=HEADERS, body=_bare(status))
    if operation in ("AuthorizeStart", "AuthorizeStop"):
        return said(refusal(status))
    return said(wire.Acknowledgement(result=False, status_code=status))


def _bare(status: wire.StatusCode) -> bytes:
    return b'{"StatusCode":' + encode(status) + b"}"


def refusal(status: wire.StatusCode, cpo: str | None = None) -> wire.AuthorizationStart:
    word = wire.AuthorizationStart.NOT_AUTHORIZED
    return wire.AuthorizationStart(authorization_status=word, status_code=status, cpo_partner_session_id=cpo)


def fault(broken: Sequence[Finding], message: str = "Error parsing/validating JSON.") -> HttpResponse:
    """HTTP 400 with the fields in lower camel case, as the hub writes them."""
    body = wire.FaultBody(
        message=message,
        validation_errors=tuple(
            wire.ValidationError(field_reference=reference(finding.pointer), error_message=finding.text)
            for finding in broken
        ),
    )
    return HttpResponse(status=400, headers=HEADERS, body=encode(body))


def reference(pointer: str) -> str:
    """`/OperatorEvseData/EvseDataRecord/0/EvseID` is `operatorEvseData.evseDataRecord[0].evseID`."""
    steps = [re.sub(r"^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+$|^[A-Z]", _lower, step) for step in pointer.split("/")[1:]]
    return re.sub(r"\.(\d+)", r"[\1]", ".".join(steps))


def _lower(match: re.Match[str]) -> str:
    return match[0].lower()
