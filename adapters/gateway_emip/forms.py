"""The forms of eMIP's messages: wire type beside meaning, one for each request and each answer."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from gateway.model.common import Extensible, Role
from gateway.model.messages import (
    Authorization,
    AuthorizeToken,
    CdrReceipt,
    Cdrs,
    CommandResult,
    FetchCdr,
    Heartbeat,
    HeartbeatAnswer,
    Publication,
    PublishStatuses,
    StartSession,
    StopSession,
    SubmitCdr,
)
from gateway.translation import AnyForm
from gateway.wire import WireModel
from gateway_emip import wire
from gateway_emip.steady import SteadyMessage
from gateway_emip.translate import authorisations as authorisations
from gateway_emip.translate import cdrs as cdrs
from gateway_emip.translate import starts as starts
from gateway_emip.translate import statuses as statuses
from gateway_emip.translate import stops as stops
from gateway_emip.words import PROTOCOL

W = TypeVar("W", bound=WireModel)
C = TypeVar("C", bound=Extensible)


def _form(
    wire_type: type[W], canonical: type[C], read: Callable[[W], C], write: Callable[[C], W], sent_by: Role, fields: str
) -> SteadyMessage[W, C]:
    """The name of the operation is that of the element without its last word: `…RequestRequest`, `…RequestResponse`."""
    name, direction = next(
        (wire_type.element.removesuffix(word), word.lower())
        for word in ("Request", "Response")
        if wire_type.element.endswith(word)
    )
    return SteadyMessage(PROTOCOL, wire_type, canonical, read, write, name, direction, sent_by, fields)


HEARTBEAT = _form(
    wire.HeartBeatRequest, Heartbeat, statuses.read_heartbeat, statuses.write_heartbeat, Role.CPO, "heart_beat"
)
HEARTBEAT_ANSWER = _form(
    wire.HeartBeatResponse,
    HeartbeatAnswer,
    statuses.read_heartbeat_answer,
    statuses.write_heartbeat_answer,
    Role.HUB,
    "heart_beat_answer",
)
AVAILABILITY = _form(
    wire.SetEvseAvailabilityStatusRequest,
    PublishStatuses,
    statuses.read_availability,
    statuses.write_availability,
    Role.CPO,
    "evse_availability_status",
)
AVAILABILITY_ANSWER = _form(
    wire.SetEvseAvailabilityStatusResponse,
    Publication,
    statuses.read_acknowledgement,
    statuses.write_availability_answer,
    Role.HUB,
    "evse_availability_status_answer",
)
BUSY = _form(
    wire.SetEvseBusyStatusRequest,
    PublishStatuses,
    statuses.read_busy,
    statuses.write_busy,
    Role.CPO,
    "evse_busy_status",
)
BUSY_ANSWER = _form(
    wire.SetEvseBusyStatusResponse,
    Publication,
    statuses.read_acknowledgement,
    statuses.write_busy_answer,
    Role.HUB,
    "evse_busy_status_answer",
)
AUTHORISATION = _form(
    wire.ToIopGetServiceAuthorisationRequest,
    AuthorizeToken,
    authorisations.read_to_iop,
    authorisations.write_to_iop,
    Role.CPO,
    "get_service_authorisation",
)
AUTHORISATION_ANSWER = _form(
    wire.ToIopGetServiceAuthorisationResponse,
    Authorization,
    authorisations.read_answer_of_iop,
    authorisations.write_answer_of_iop,
    Role.HUB,
    "get_service_authorisation_answer",
)
FORWARDED_AUTHORISATION = _form(
    wire.FromIopGetServiceAuthorisationRequest,
    AuthorizeToken,
    authorisations.read_from_iop,
    authorisations.write_from_iop,
    Role.HUB,
    "from_iop_get_service_authorisation",
)
FORWARDED_AUTHORISATION_ANSWER = _form(
    wire.FromIopGetServiceAuthorisationResponse,
    Authorization,
    authorisations.read_answer_to_iop,
    authorisations.write_answer_to_iop,
    Role.EMSP,
    "from_iop_get_service_authorisation_answer",
)
START: SteadyMessage[wire.ToIopSetServiceAuthorisationRequest, starts.Command] = _form(
    wire.ToIopSetServiceAuthorisationRequest,
    StartSession,
    starts.read_grant_to_iop,
    starts.write_grant_to_iop,
    Role.EMSP,
    "set_service_authorisation",
)
START_ANSWER = _form(
    wire.ToIopSetServiceAuthorisationResponse,
    CommandResult,
    starts.read_grant_answer_of_iop,
    starts.write_grant_answer_of_iop,
    Role.HUB,
    "set_service_authorisation_answer",
)
FORWARDED_START: SteadyMessage[wire.FromIopSetServiceAuthorisationRequest, starts.Command] = _form(
    wire.FromIopSetServiceAuthorisationRequest,
    StartSession,
    starts.read_grant_from_iop,
    starts.write_grant_from_iop,
    Role.HUB,
    "from_iop_set_service_authorisation",
)
FORWARDED_START_ANSWER = _form(
    wire.FromIopSetServiceAuthorisationResponse,
    CommandResult,
    starts.read_grant_answer_to_iop,
    starts.write_grant_answer_to_iop,
    Role.CPO,
    "from_iop_set_service_authorisation_answer",
)
ACTION = _form(
    wire.ToIopSetSessionActionRequestRequest,
    StopSession,
    stops.read_action_to_iop,
    stops.write_action_to_iop,
    Role.EMSP,
    "set_session_action",
)
ACTION_ANSWER = _form(
    wire.ToIopSetSessionActionRequestResponse,
    CommandResult,
    stops.read_action_answer_of_iop,
    stops.write_action_answer_of_iop,
    Role.HUB,
    "set_session_action_answer",
)
FORWARDED_ACTION = _form(
    wire.FromIopSetSessionActionRequestRequest,
    StopSession,
    stops.read_action_from_iop,
    stops.write_action_from_iop,
    Role.HUB,
    "from_iop_set_session_action",
)
FORWARDED_ACTION_ANSWER = _form(
    wire.FromIopSetSessionActionRequestResponse,
    CommandResult,
    stops.read_action_answer_to_iop,
    stops.write_action_answer_to_iop,
    Role.CPO,
    "from_iop_set_session_action_answer",
)
CDR = _form(
    wire.ToIopSetChargeDetailRecordRequest,
    SubmitCdr,
    cdrs.read_to_iop,
    cdrs.write_to_iop,
    Role.CPO,
    "charge_detail_record",
)
CDR_ANSWER = _form(
    wire.ToIopSetChargeDetailRecordResponse,
    CdrReceipt,
    cdrs.read_receipt_of_iop,
    cdrs.write_receipt_of_iop,
    Role.HUB,
    "charge_detail_record_answer",
)
FORWARDED_CDR = _form(
    wire.FromIopSetChargeDetailRecordRequest,
    SubmitCdr,
    cdrs.read_from_iop,
    cdrs.write_from_iop,
    Role.HUB,
    "from_iop_charge_detail_record",
)
FORWARDED_CDR_ANSWER = _form(
    wire.FromIopSetChargeDetailRecordResponse,
    CdrReceipt,
    cdrs.read_receipt_to_iop,
    cdrs.write_receipt_to_iop,
    Role.EMSP,
    "from_iop_charge_detail_record_answer",
)
FETCH = _form(
    wire.GetChargeDetailRecordRequest,
    FetchCdr,
    cdrs.read_question,
    cdrs.write_question,
    Role.EMSP,
    "get_charge_detail_record",
)
FETCH_ANSWER = _form(
    wire.GetChargeDetailRecordResponse,
    Cdrs,
    cdrs.read_records,
    cdrs.write_records,
    Role.HUB,
    "get_charge_detail_record_answer",
)

FORMS = (
    HEARTBEAT, HEARTBEAT_ANSWER, AVAILABILITY, AVAILABILITY_ANSWER, BUSY, BUSY_ANSWER,
    AUTHORISATION, AUTHORISATION_ANSWER, FORWARDED_AUTHORISATION, FORWARDED_AUTHORISATION_ANSWER,
    START, START_ANSWER, FORWARDED_START, FORWARDED_START_ANSWER,
    ACTION, ACTION_ANSWER, FORWARDED_ACTION, FORWARDED_ACTION_ANSWER,
    CDR, CDR_ANSWER, FORWARDED_CDR, FORWARDED_CDR_ANSWER, FETCH, FETCH_ANSWER,
)  # fmt: skip
BY_ELEMENT: Mapping[str, AnyForm] = {form.wire.element: form for form in FORMS}
ANSWERS: Mapping[str, AnyForm] = {form.name: form for form in FORMS if form.direction == "response"}
