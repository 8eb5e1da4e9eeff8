"""Authorisation: remote start and stop."""

from typing import Annotated

from gateway.wire import Alias
from gateway.wire.rules import one_of
from gateway_emip.mends import BARE_CODE
from gateway_emip.rules import (
    CODE,
    ERROR,
    Authorised,
    IdType,
    Moment,
    Name,
    Party,
    Session,
    Status,
    card_number,
    session_of_success,
)
from gateway_emip.wire.base import (
    Acknowledgement,
    Bit,
    EmipModel,
    MeterReportList,
    Named,
    Requester,
    Subject,
    Target,
    Transaction,
    UserId,
)
from gateway_emip.words import ACTION, known


class ToIopSetServiceAuthorisationRequest(Subject, Requester, Named):
    element = "eMIP_ToIOP_SetServiceAuthorisationRequest"
    judges = (card_number,)

    partner_service_session_id: Annotated[Session | None, Alias(also=("serviceSessionId",))] = None
    authorisation_value: Authorised | None
    intermediate_cdr_requested: Bit | None
    user_contract_id_alias: UserId | None = None
    meter_limit_list: MeterReportList | None = None
    parameter: str | None = None
    booking_id: Name | None = None
    sale_partner_booking_id: Name | None = None


class ToIopSetServiceAuthorisationResponse(EmipModel):
    element = "eMIP_ToIOP_SetServiceAuthorisationResponse"
    judges = (session_of_success,)

    transaction_id: Transaction | None
    request_status: Status | None
    service_session_id: Session | None = None
    exec_partner_operator_id_type: IdType | None = None
    exec_partner_operator_id: Party | None = None


class FromIopSetServiceAuthorisationRequest(Subject, Target, Requester, Named):
    element = "eMIP_FromIOP_SetServiceAuthorisationRequest"
    judges = (card_number,)

    service_session_id: Session | None
    authorisation_value: Authorised | None
    intermediate_cdr_requested: Bit | None
    user_contract_id_alias: UserId | None = None
    meter_limit_list: MeterReportList | None = None
    parameter: str | None = None
    booking_id: Name | None = None


class FromIopSetServiceAuthorisationResponse(EmipModel):
    element = "eMIP_FromIOP_SetServiceAuthorisationResponse"

    transaction_id: Transaction | None
    partner_service_session_id: Session | None = None
    request_status: Status | None


class SessionAction(EmipModel):
    session_action_nature: Annotated[str, CODE, BARE_CODE, one_of(*known(ACTION), severity=ERROR)] | None
    session_action_id: Name | None = None
    session_action_date_time: Moment | None
    session_action_parameter: str | None = None
    related_session_event_id: Name | None = None


class ToIopSetSessionActionRequestRequest(Requester, Named):
    element = "eMIP_ToIOP_SetSessionActionRequestRequest"

    service_session_id: Session | None
    sale_partner_session_id: Session | None = None
    session_action: SessionAction | None


class ToIopSetSessionActionRequestResponse(EmipModel):
    element = "eMIP_ToIOP_SetSessionActionRequestResponse"

    transaction_id: Transaction | None
    service_session_id: Session | None = None
    session_action_id: Name | None = None
    request_status: Status | None


class FromIopSetSessionActionRequestRequest(Target, Requester, Named):
    element = "eMIP_FromIOP_SetSessionActionRequestRequest"

    service_session_id: Session | None
    exec_partner_session_id: Session | None = None
    session_action: SessionAction | None


class FromIopSetSessionActionRequestResponse(Acknowledgement):
    element = "eMIP_FromIOP_SetSessionActionRequestResponse"
