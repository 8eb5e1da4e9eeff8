"""What tests of eMIP share: two operators behind one partner, answers of IOP, and what was sent."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from gateway.http import HttpRequest, HttpResponse
from gateway.model.cdr import Cdr
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.party import Operator
from gateway.model.session import SessionIds
from gateway.model.token import Token, TokenType
from gateway.ports import Connection
from gateway.translation import AnyForm
from gateway.wire import WireModel, decode_document
from gateway.wire.soap import SOAP_12, opened
from gateway_emip import documents, wire
from tests.support import CONFORMANCE

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
LON, DELON, MSP, IOP = (PartyId.parse(text) for text in ("NL*LON", "DE*LON", "FR*MSP", "FR*107"))
HERE, THERE = EvseId.parse("NL*LON*E5678*2"), EvseId.parse("DE*LON*E1111*11")
CARD = Token(uid="04B1C2D3E4F590", type=TokenType.RFID)
SESSION = "IOP-SID-GIR-V-SIM01-6f1c2b0a-9d3e-4f57-8a61-0b1c2d3e4f50"
"""As long as IOP's own."""
AS_CPO = Connection("gireve", "gireve", "emip", Role.CPO, LON, (Operator(id=LON), Operator(id=DELON)))
AS_EMSP = Connection("gireve-emsp", "gireve", "emip", Role.EMSP, MSP)
CDR = Cdr(
    session=SessionIds(hub=SESSION),
    evse=HERE,
    token=CARD,
    start=NOON,
    end=NOON.replace(hour=13),
    energy_kwh=Decimal("21.48"),
)


def said(model: WireModel) -> HttpResponse:
    return documents.answered(model)


def granted(value: str = "1", status: str = "1", session: str | None = SESSION, **more: Any) -> HttpResponse:
    """IOP's answer to a local start."""
    return said(
        wire.ToIopGetServiceAuthorisationResponse(
            transaction_id="T",
            sale_partner_operator_id_type="eMI3",
            sale_partner_operator_id="FR*MSP",
            authorisation_value=value,
            service_session_id=session,
            intermediate_cdr_requested=more.pop("intermediate", False),
            request_status=status,
            **more,
        )
    )


def receipt(status: str = "1", session: str = SESSION) -> HttpResponse:
    return said(
        wire.ToIopSetChargeDetailRecordResponse(transaction_id="T", service_session_id=session, request_status=status)
    )


def noted(status: str = "1", session: str = SESSION) -> HttpResponse:
    """IOP's answer to an event."""
    return said(
        wire.ToIopSetSessionEventReportResponse(transaction_id="T", service_session_id=session, request_status=status)
    )


def sent(request: HttpRequest, form: AnyForm) -> Any:
    """The message of a request that left; the shared schema takes it, where that is there."""
    child = opened(request.body, SOAP_12).child
    contract = CONFORMANCE / "emip" / "contract" / "emip-all.xsd"
    if contract.is_file():
        schema = etree.XMLSchema(etree.parse(str(contract)))
        schema.assertValid(etree.fromstring(etree.tostring(child)))
    return decode_document(form.wire, child).model


def read(response: HttpResponse, form: AnyForm) -> Any:
    """The model of an answer that we gave."""
    assert response.status == 200
    return decode_document(form.wire, opened(response.body, SOAP_12).child).model


def from_iop(model: WireModel) -> HttpRequest:
    """A call of IOP."""
    return documents.posted("eMIP_FromIOP_Test", model)


def start_from_iop(value: str = "1", session: str = SESSION, evse: EvseId = HERE, **more: Any) -> HttpRequest:
    """FromIOP_SetServiceAuthorisation for our card."""
    return from_iop(
        wire.FromIopSetServiceAuthorisationRequest(
            transaction_id="T-2",
            partner_id_type="eMI3",
            partner_id="FR*107",
            operator_id_type="eMI3",
            operator_id="FR*MSP",
            target_operator_id_type="eMI3",
            target_operator_id=more.pop("target", "NL*LON"),
            evse_id_type="eMI3",
            evse_id=str(evse),
            user_id_type="RFID-UID",
            user_id=more.pop("user", CARD.uid),
            requested_service_id="1",
            service_session_id=session,
            authorisation_value=value,
            intermediate_cdr_requested=more.pop("intermediate", False),
            **more,
        )
    )


def action_from_iop(nature: str, session: str = SESSION, target: str = "NL*LON") -> HttpRequest:
    return from_iop(
        wire.FromIopSetSessionActionRequestRequest(
            transaction_id="T-3",
            partner_id_type="eMI3",
            partner_id="FR*107",
            operator_id_type="eMI3",
            operator_id="FR*MSP",
            target_operator_id_type="eMI3",
            target_operator_id=target,
            service_session_id=session,
            session_action=wire.SessionAction(
                session_action_nature=nature, session_action_id="ACTION-1", session_action_date_time=NOON
            ),
        )
    )
