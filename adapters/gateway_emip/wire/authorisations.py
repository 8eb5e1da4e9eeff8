"""Authorisation: may this driver charge?"""

from gateway_emip.rules import (
    Authorised,
    IdType,
    Name,
    Party,
    Session,
    Status,
    answered_authorisation,
    authorised_session,
    card_number,
    operator_of_evse,
)
from gateway_emip.wire.base import (
    Bit,
    EmipModel,
    MeterReportList,
    Named,
    Requester,
    Subject,
    SurelyNamed,
    Target,
    Transaction,
    UserId,
)


class ToIopGetServiceAuthorisationRequest(Subject, Requester, Named):
    element = "eMIP_ToIOP_GetServiceAuthorisationRequest"
    judges = (operator_of_evse, card_number)

    partner_service_session_id: Session | None = None


class ToIopGetServiceAuthorisationResponse(EmipModel):
    element = "eMIP_ToIOP_GetServiceAuthorisationResponse"
    judges = (answered_authorisation, authorised_session)

    transaction_id: Transaction | None
    sale_partner_operator_id_type: IdType | None = None
    sale_partner_operator_id: Party | None = None
    authorisation_value: Authorised | None = None
    service_session_id: Session | None = None
    intermediate_cdr_requested: Bit | None = None
    user_contract_id_alias: UserId | None = None
    meter_limit_list: MeterReportList | None = None
    parameter: str | None = None
    request_status: Status | None


class FromIopGetServiceAuthorisationRequest(Subject, Target, Requester, SurelyNamed):
    element = "eMIP_FromIOP_GetServiceAuthorisationRequest"
    judges = (operator_of_evse, card_number)

    service_session_id: Session | None = None
    booking_id: Name | None = None


class FromIopGetServiceAuthorisationResponse(EmipModel):
    element = "eMIP_FromIOP_GetServiceAuthorisationResponse"

    transaction_id: Transaction | None
    authorisation_value: Authorised | None
    partner_service_session_id: Session | None
    intermediate_cdr_requested: Bit | None
    user_contract_id_alias: UserId | None = None
    meter_limit_list: MeterReportList | None = None
    parameter: str | None = None
    request_status: Status | None
