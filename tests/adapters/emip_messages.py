"""Messages of eMIP as peers write them, changed by their text, read and answered."""

import re
from typing import Any

from gateway.errors import GatewayError
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.session import SessionIds
from gateway.ports import Call, Connection, NoSessions
from gateway.routing import find
from gateway.wire import decode_document
from gateway.wire.soap import SOAP_12, enveloped, opened
from gateway.workbench import decode, recode
from gateway_emip import adapter
from gateway_emip.wire.base import AUTHORISATION
from tests.support import FIXTURES, FakeLink, Recorder

FOLDER = FIXTURES / "emip"
LON, MSP = PartyId.parse("NL*LON"), PartyId.parse("FR*MSP")
AS_CPO = Connection("gireve", "gireve", "emip", Role.CPO, LON)
AS_EMSP = Connection("gireve-emsp", "gireve", "emip", Role.EMSP, MSP)
HUB = "IOP-SID-GIR-V-SIM01-000000000101"


def text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


RECORD, STOP = text("set_charge_detail_record_in_kwh.xml"), text("from_iop_set_service_authorisation_stop.xml")
ACTION, BEAT = (
    text("from_iop_set_session_action_emergency_stop.xml"),
    text("heart_beat_answer_as_one_peer_writes_it.xml"),
)
AUTHORISE = text("get_service_authorisation.xml")
START = STOP.replace("Value>2", "Value>1")
PREFIX = re.search(r"<(\w+):eMIP_ToIOP_SetChargeDetailRecordRequest", RECORD)
assert PREFIX is not None


def changed(whole: str, old: str, new: str) -> str:
    assert old in whole
    return whole.replace(old, new)


def read(whole: str) -> tuple[Any, list[tuple[str, str]]]:
    """(meaning, what was reported of it: code and the last step of the place)."""
    reading = decode("emip", whole.encode())
    found = [(one.code, one.pointer.rpartition("/")[2]) for one in reading.findings if one.severity.value != "info"]
    return reading.value, found


PLAIN, USUAL = read(RECORD)


def means_the_same(whole: str, *reported: tuple[str, str]) -> None:
    """As the record that nothing was done to, but for what is kept of it; and reported."""
    value, found = read(whole)
    assert value.cdr is not None
    assert PLAIN.cdr is not None
    assert [one for one in found if one not in USUAL] == list(reported)
    for member in ("energy_kwh", "start", "end", "session", "evse", "nature"):
        assert getattr(value.cdr, member) == getattr(PLAIN.cdr, member)


def written(whole: str) -> str:
    return recode(decode("emip", whole.encode())).decode()


def event(related: str, nature: str) -> str:
    root = "eMIP_FromIOP_SetSessionEventReportRequest"
    return enveloped(SOAP_12, (
        f'<m:{root} xmlns:m="{AUTHORISATION}"><transactionId>T-1</transactionId><partnerIdType>eMI3</partnerIdType>'
        "<partnerId>FR*107</partnerId><operatorIdType>eMI3</operatorIdType><operatorId>NL*LON</operatorId>"
        "<targetOperatorIdType>eMI3</targetOperatorIdType><targetOperatorId>FR*MSP</targetOperatorId>"
        f"<serviceSessionId>{HUB}</serviceSessionId><sessionEvent><sessionEventNature>{nature}</sessionEventNature>"
        f"<sessionEventId>E-1</sessionEventId><sessionEventDateTime>2026-01-15T12:00:00Z</sessionEventDateTime>"
        f"<{related}>A-1</{related}></sessionEvent></m:{root}>"
    )).decode()  # fmt: skip


class Running(NoSessions):
    """Every session that is asked for is known, and runs."""

    async def state(self, ids: SessionIds, evse: EvseId | None = None) -> m.SessionState | None:
        return m.SessionState()


async def called(
    whole: str | bytes, connection: Connection, *answers: Any, action: str = "", path: str = ""
) -> tuple[HttpResponse, Recorder]:
    """As the gateway calls: the route, and `refuse` for what it raises."""
    body = whole.encode() if isinstance(whole, str) else whole
    headers = {"content-type": f'application/soap+xml; action="{action}"'}
    request, backend = HttpRequest(body=body, headers=headers, path=path), Recorder(list(answers))
    try:
        route, parameters = find(adapter.routes, request, connection.role)
        call = Call(connection, request, backend, FakeLink(connection), parameters, Running())
        return await route.answer(call), backend
    except GatewayError as error:
        return adapter.refuse(connection, request, error), backend


def status_of(response: HttpResponse, form: Any) -> Any:
    assert response.status == 200
    child = opened(response.body, SOAP_12).child
    assert child.tag == f"{{{form.wire.namespace}}}{form.wire.element}"
    return decode_document(form.wire, child).model.request_status
