"""The messages of eMIP 0.7.4 that the gateway speaks.

Only the root element is in the namespace of its service; the order is that of the public skeletons. Nothing official
is public beyond the titles, see `errata.py`.
"""

from decimal import Decimal
from typing import Annotated, ClassVar

from gateway.wire import Private, Scalar, WireModel, spelled
from gateway.wire.rules import JOINED, matching, one_of
from gateway.wire.scalars import BIT
from gateway_emip.rules import (
    ERROR,
    Authorised,
    EvseText,
    Moment,
    Party,
    Session,
    Status,
    UserType,
    answered_authorisation,
    authorised_session,
    card_number,
    counted,
    operator_of_evse,
    operator_of_record,
    plausible,
    session_of_success,
    span,
    unit_fits,
)
from gateway_emip.words import ACTION, AVAILABILITY, BUSY, NATURE, known

PLATFORM = "https://api-iop.gireve.com/schemas/PlatformV1/"
EVCI_DYNAMIC = "https://api-iop.gireve.com/schemas/EVCIDynamicV1/"
AUTHORISATION = "https://api-iop.gireve.com/schemas/AuthorisationV1/"

Transaction = Annotated[str, JOINED]
UserId = Annotated[str, Private()]
Bit = Annotated[bool, Scalar("bit", BIT.read, BIT.write)]


class EmipModel(WireModel):
    naming = spelled({"evse": "EVSE", "cdr": "CDR"}, first=str.lower)
    namespace: ClassVar[str] = AUTHORISATION
    qualified: ClassVar[bool] = False


# --- what messages share -----------------------------------------------------------------------------------------


class Named(EmipModel):
    transaction_id: Transaction | None = None


class SurelyNamed(EmipModel):
    transaction_id: Transaction | None


class Requester(EmipModel):
    """`partner` is the connected system, `operator` the business party it speaks for."""

    partner_id_type: str | None
    partner_id: Party | None
    operator_id_type: str | None
    operator_id: Party | None


class Target(EmipModel):
    """FromIOP: which of our operators is meant."""

    target_operator_id_type: str | None
    target_operator_id: Party | None


class Subject(EmipModel):
    """Who wants which service where."""

    evse_id_type: str | None
    evse_id: EvseText | None
    user_id_type: UserType | None
    user_id: UserId | None
    requested_service_id: str | None


class Place(EmipModel):
    evse_id_type: str | None
    evse_id: EvseText | None


class MeterReport(EmipModel):
    judges = (unit_fits, counted)

    meter_type_id: Annotated[str, matching("[1-9][0-9]{0,8}", "meter type")] | None
    meter_value: Decimal | None
    meter_unit: str | None


class MeterReportList(EmipModel):
    meter_report: tuple[MeterReport, ...] = ()


class Acknowledgement(EmipModel):
    transaction_id: Transaction | None
    request_status: Status | None


# --- Platform ----------------------------------------------------------------------------------------------------


class HeartBeatRequest(Requester, Named):
    namespace = PLATFORM
    element = "eMIP_ToIOP_HeartBeatRequest"


class HeartBeatResponse(EmipModel):
    namespace = PLATFORM
    element = "eMIP_ToIOP_HeartBeatResponse"

    heart_beat_period: int | None
    current_time: Moment | None
    transaction_id: Transaction | None
    request_status: Status | None


# --- EVCIDynamic -------------------------------------------------------------------------------------------------


class SetEvseAvailabilityStatusRequest(Place, Requester, Named):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetEVSEAvailabilityStatusRequest"
    judges = (operator_of_evse,)

    status_event_date: Moment | None
    availability_status: Annotated[str, one_of(*known(AVAILABILITY))] | None
    availability_status_until: Moment | None = None
    availability_status_comment: str | None = None


class SetEvseAvailabilityStatusResponse(Acknowledgement):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetEVSEAvailabilityStatusResponse"


class SetEvseBusyStatusRequest(Place, Requester, Named):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetEVSEBusyStatusRequest"
    judges = (operator_of_evse,)

    status_event_date: Moment | None
    busy_status: Annotated[str, one_of(*known(BUSY))] | None
    busy_status_until: Moment | None = None
    busy_status_comment: str | None = None


class SetEvseBusyStatusResponse(Acknowledgement):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetEVSEBusyStatusResponse"


# --- Authorisation: may this driver charge? ----------------------------------------------------------------------


class ToIopGetServiceAuthorisationRequest(Subject, Requester, Named):
    element = "eMIP_ToIOP_GetServiceAuthorisationRequest"
    judges = (operator_of_evse, card_number)

    partner_service_session_id: Session | None = None


class ToIopGetServiceAuthorisationResponse(EmipModel):
    element = "eMIP_ToIOP_GetServiceAuthorisationResponse"
    judges = (answered_authorisation, authorised_session)

    transaction_id: Transaction | None
    sale_partner_operator_id_type: str | None = None
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
    booking_id: str | None = None


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


# --- Authorisation: remote start and stop ------------------------------------------------------------------------


class ToIopSetServiceAuthorisationRequest(Subject, Requester, Named):
    element = "eMIP_ToIOP_SetServiceAuthorisationRequest"
    judges = (card_number,)

    partner_service_session_id: Session | None = None
    authorisation_value: Authorised | None
    intermediate_cdr_requested: Bit | None
    user_contract_id_alias: UserId | None = None
    meter_limit_list: MeterReportList | None = None
    parameter: str | None = None
    booking_id: str | None = None
    sale_partner_booking_id: str | None = None


class ToIopSetServiceAuthorisationResponse(EmipModel):
    element = "eMIP_ToIOP_SetServiceAuthorisationResponse"
    judges = (session_of_success,)

    transaction_id: Transaction | None
    request_status: Status | None
    service_session_id: Session | None = None
    exec_partner_operator_id_type: str | None = None
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
    booking_id: str | None = None


class FromIopSetServiceAuthorisationResponse(EmipModel):
    element = "eMIP_FromIOP_SetServiceAuthorisationResponse"

    transaction_id: Transaction | None
    partner_service_session_id: Session | None = None
    request_status: Status | None


class SessionAction(EmipModel):
    session_action_nature: Annotated[str, one_of(*known(ACTION), severity=ERROR)] | None
    session_action_id: str | None = None
    session_action_date_time: Moment | None
    session_action_parameter: str | None = None
    related_session_event_id: str | None = None


class ToIopSetSessionActionRequestRequest(Requester, Named):
    element = "eMIP_ToIOP_SetSessionActionRequestRequest"

    service_session_id: Session | None
    sale_partner_session_id: Session | None = None
    session_action: SessionAction | None


class ToIopSetSessionActionRequestResponse(EmipModel):
    element = "eMIP_ToIOP_SetSessionActionRequestResponse"

    transaction_id: Transaction | None
    service_session_id: Session | None = None
    session_action_id: str | None = None
    request_status: Status | None


class FromIopSetSessionActionRequestRequest(Target, Requester, Named):
    element = "eMIP_FromIOP_SetSessionActionRequestRequest"

    service_session_id: Session | None
    exec_partner_session_id: Session | None = None
    session_action: SessionAction | None


class FromIopSetSessionActionRequestResponse(Acknowledgement):
    element = "eMIP_FromIOP_SetSessionActionRequestResponse"


# --- Authorisation: charge detail records ------------------------------------------------------------------------


class ChargeDetailRecord(EmipModel):
    element = "chargeDetailRecord"
    judges = (card_number, span, plausible)

    cdr_nature: Annotated[str, one_of(*known(NATURE), severity=ERROR)] | None
    service_session_id: Session | None
    exec_partner_session_id: Session | None = None
    exec_partner_operator_id_type: str | None = None
    exec_partner_operator_id: Party | None = None
    sale_partner_session_id: Session | None = None
    sale_partner_operator_id_type: str | None = None
    sale_partner_operator_id: Party | None = None
    requested_service_id: str | None
    evse_id_type: str | None
    evse_id: EvseText | None
    user_contract_id_alias: UserId | None = None
    user_id_type: UserType | None
    user_id: UserId | None
    partner_product_id: str | None = None
    start_time: Moment | None
    end_time: Moment | None
    meter_report_list: MeterReportList | None


class ChargeDetailRecordList(EmipModel):
    charge_detail_record: tuple[ChargeDetailRecord, ...] = ()


class ToIopSetChargeDetailRecordRequest(Requester, Named):
    element = "eMIP_ToIOP_SetChargeDetailRecordRequest"
    judges = (operator_of_record,)

    charge_detail_record: ChargeDetailRecord | None


class ToIopSetChargeDetailRecordResponse(EmipModel):
    element = "eMIP_ToIOP_SetChargeDetailRecordResponse"
    judges = (session_of_success,)

    transaction_id: Transaction | None
    sale_partner_operator_id_type: str | None = None
    sale_partner_operator_id: Party | None = None
    service_session_id: Session | None = None
    request_status: Status | None


class FromIopSetChargeDetailRecordRequest(Requester, SurelyNamed):
    element = "eMIP_FromIOP_SetChargeDetailRecordRequest"

    target_operator_id_type: str | None = None
    target_operator_id: Party | None = None
    charge_detail_record: ChargeDetailRecord | None


class FromIopSetChargeDetailRecordResponse(EmipModel):
    element = "eMIP_FromIOP_SetChargeDetailRecordResponse"

    transaction_id: Transaction | None
    request_status: Status | None
    partner_service_session_id: Session | None = None


class GetChargeDetailRecordRequest(Requester, Named):
    element = "eMIP_ToIOP_GetChargeDetailRecordRequest"

    service_session_id: Session | None
    exec_partner_session_id: Session | None = None
    sale_partner_session_id: Session | None = None


class GetChargeDetailRecordResponse(EmipModel):
    """Described nowhere: bare records or a list of them are read, bare ones are written."""

    element = "eMIP_ToIOP_GetChargeDetailRecordResponse"

    transaction_id: Transaction | None
    charge_detail_record: tuple[ChargeDetailRecord, ...] = ()
    charge_detail_record_list: ChargeDetailRecordList | None = None
    request_status: Status | None
