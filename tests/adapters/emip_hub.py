"""A simulated IOP whose clock is moved by hand, asked with documents of our own."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from gateway.http import HttpRequest, HttpResponse
from gateway.model.cdr import CdrNature
from gateway.model.messages import Allowed, Authorization, CdrReceipt, CommandResult, CommandStatus, EventReceipt
from gateway.model.session import Limit, LimitKind, SessionIds
from gateway.simulation import Desk, World
from gateway.wire import WireModel, decode_document
from gateway.wire.soap import SOAP_12, opened, sealed
from gateway_emip import forms, wire
from gateway_emip.simulator.iop import Iop
from tests.adapters.test_emip_simulator import CLOSED, HERE, NOON, THERE, Stage

M = TypeVar("M", bound=WireModel)
DONE = CommandResult(status=CommandStatus.ACCEPTED)
TAKEN, HEARD = CdrReceipt(accepted=True), EventReceipt(accepted=True)
LONERS: Mapping[str, Any] = {"partner_id_type": "eMI3", "operator_id_type": "eMI3"}


class Timed(Stage):
    """`asked_of` has the wire models that partners got, in order."""

    def __init__(self, world: World = CLOSED) -> None:
        super().__init__(world)
        self.time = NOON
        self.asked_of: list[Any] = []
        self.reply: WireModel | None = None
        self.desk = Desk(world, self.call, lambda: self.time, self.new_id)
        self.iop = Iop(self.desk)

    async def call(self, url: str, request: HttpRequest) -> HttpResponse:
        child = opened(request.body, SOAP_12).child
        form = forms.BY_ELEMENT[str(child.tag).rpartition("}")[2]]
        self.asked_of.append(decode_document(form.wire, child).model)
        if self.reply is not None:
            self.written.append(request.body)
            return HttpResponse(body=sealed(SOAP_12, self.reply))
        return await super().call(url, request)

    async def ask(self, asked: WireModel, kind: type[M]) -> M:
        reply = await self.iop.handle(HttpRequest(body=sealed(SOAP_12, asked)))
        assert reply.status == 200, reply.body
        return decode_document(kind, opened(reply.body, SOAP_12).child).model

    async def post(self, body: bytes, **headers: str) -> tuple[int, str, str]:
        """(HTTP status, element, request status or the fault's text)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = await self.iop.handle(HttpRequest(body=body, headers=named))
        envelope = opened(reply.body, SOAP_12)
        text = envelope.child.findtext("requestStatus") or "".join(map(str, envelope.child.itertext()))
        return reply.status, envelope.operation, text

    async def beat(self, partner: str = "NL*LON", operator: str = "NL*LON") -> wire.HeartBeatResponse:
        asked = wire.HeartBeatRequest(partner_id=partner, operator_id=operator, **LONERS)
        return await self.ask(asked, wire.HeartBeatResponse)

    def later(self, **time: float) -> datetime:
        self.time += timedelta(**time)
        return self.time

    def heard(self, kind: type[M]) -> list[M]:
        return [one for one in self.asked_of if isinstance(one, kind)]


def record(session: str, nature: CdrNature = CdrNature.FINAL, **more: Any) -> wire.ChargeDetailRecord:
    given: dict[str, Any] = {
        "cdr_nature": "1" if nature is CdrNature.FINAL else "2",
        "service_session_id": session,
        "requested_service_id": "1",
        "evse_id_type": "eMI3",
        "evse_id": "NL*LON*E5678*2",
        "user_id_type": "RFID-UID",
        "user_id": "04B1C2D3E4F590",
        "start_time": NOON,
        "end_time": NOON + timedelta(hours=1),
        "meter_report_list": wire.MeterReportList(),
        **more,
    }
    return wire.ChargeDetailRecord(**given)


YES = Authorization(
    allowed=Allowed.ALLOWED,
    session=SessionIds(emsp="M-1"),
    intermediate_cdr_requested=True,
    contract_alias="ALIAS-1",
    limits=(Limit(kind=LimitKind.ENERGY, value=Decimal(20), unit="kWh"),),
)
LIMIT = wire.MeterReport(meter_type_id="2", meter_value=Decimal(20000), meter_unit="Wh")


def card(evse: Any = HERE, **more: Any) -> wire.ToIopGetServiceAuthorisationRequest:
    given: dict[str, Any] = {
        "partner_id": "NL*LON",
        "operator_id": str(evse)[:6],
        "evse_id_type": "eMI3",
        "evse_id": str(evse),
        "user_id_type": "RFID-UID",
        "user_id": "04B1C2D3E4F590",
        "requested_service_id": "1",
        "partner_service_session_id": "C-1",
        **LONERS,
        **more,
    }
    return wire.ToIopGetServiceAuthorisationRequest(**given)


async def shown(stage: Timed, evse: Any = HERE, **more: Any) -> wire.ToIopGetServiceAuthorisationResponse:
    return await stage.ask(card(evse, **more), wire.ToIopGetServiceAuthorisationResponse)


def grant(**more: Any) -> wire.ToIopSetServiceAuthorisationRequest:
    given: dict[str, Any] = {
        "partner_id": "FR*MSP",
        "operator_id": "FR*MSP",
        "evse_id_type": "eMI3",
        "evse_id": str(THERE),
        "user_id_type": "EMP-SPEC",
        "user_id": "FR-MSP-C0000A101-X",
        "requested_service_id": "1",
        "partner_service_session_id": "M-7",
        "authorisation_value": "1",
        "intermediate_cdr_requested": True,
        **LONERS,
        **more,
    }
    return wire.ToIopSetServiceAuthorisationRequest(**given)


async def granted(stage: Timed, **more: Any) -> wire.ToIopSetServiceAuthorisationResponse:
    return await stage.ask(grant(**more), wire.ToIopSetServiceAuthorisationResponse)


def action(session: str | None, nature: str = "1", **more: Any) -> wire.ToIopSetSessionActionRequestRequest:
    given: dict[str, Any] = {"partner_id": "FR*MSP", "operator_id": "FR*MSP", **LONERS, **more}
    asked = wire.SessionAction(session_action_nature=nature, session_action_date_time=NOON)
    return wire.ToIopSetSessionActionRequestRequest(service_session_id=session, session_action=asked, **given)


def event(session: str | None, nature: str = "3", **more: Any) -> wire.ToIopSetSessionEventReportRequest:
    given: dict[str, Any] = {"partner_id": "NL*LON", "operator_id": "NL*LON", **LONERS, **more}
    told = wire.SessionEvent(
        session_event_nature=nature,
        session_event_id="EVT-1",
        session_event_date_time=NOON,
        related_session_action_id="ACT-1",
    )
    return wire.ToIopSetSessionEventReportRequest(service_session_id=session, session_event=told, **given)


async def reported(stage: Timed, asked: wire.ToIopSetSessionEventReportRequest) -> str | None:
    return (await stage.ask(asked, wire.ToIopSetSessionEventReportResponse)).request_status
