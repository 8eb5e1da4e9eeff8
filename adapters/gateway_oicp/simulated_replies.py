"""How the simulated hub answers: acknowledgements, bare status codes, fault bodies."""

import re
from collections.abc import Sequence

from gateway.findings import Finding
from gateway.http import HttpResponse
from gateway.wire import WireModel, encode
from gateway_oicp import wire
from gateway_oicp.words import Code

HEADERS = {"content-type": "application/json;charset=utf-8"}


class Declined(Exception):
    """The hub says no, in its own words; `http` above 200 gives a bare status code."""

    def __init__(self, code: Code, text: str, http: int = 200) -> None:
        super().__init__(f"{code}: {text}")
        self.code, self.text, self.http = code, text, http


def status_code(code: str, text: str | None = None) -> wire.StatusCode:
    return wire.StatusCode(code=str(code), additional_info=text)


def said(model: WireModel) -> HttpResponse:
    return HttpResponse(status=200, headers=HEADERS, body=encode(model))


def success(**names: str | None) -> wire.Acknowledgement:
    return wire.Acknowledgement(result=True, status_code=status_code(Code.SUCCESS, "Success"), **names)


def declined(error: Declined, operation: str) -> HttpResponse:
    """In the form of the operation's answer, or bare where HTTP itself says no."""
    status = status_code(error.code, error.text)
    if error.http != 200:
        body = b'{"StatusCode":' + encode(status) + b"}"
        return HttpResponse(status=error.http, headers=HEADERS, body=body)
    if operation in ("AuthorizeStart", "AuthorizeStop"):
        return said(refusal(status))
    return said(wire.Acknowledgement(result=False, status_code=status))


def refusal(status: wire.StatusCode, cpo: str | None = None) -> wire.AuthorizationStart:
    word = wire.AuthorizationStart.NOT_AUTHORIZED
    return wire.AuthorizationStart(authorization_status=word, status_code=status, cpo_partner_session_id=cpo)


def fault(broken: Sequence[Finding]) -> HttpResponse:
    """HTTP 400 with the fields in lower camel case, as the hub writes them."""
    body = wire.FaultBody(
        message="Error parsing/validating JSON.",
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
