"""Remote start, and what is asked of a session."""

from collections.abc import Sequence

from gateway.model.common import Role
from gateway.model.messages import (
    CommandResult,
    StartSession,
    StopSession,
)
from gateway.translation import AnyForm
from gateway_emip import wire
from gateway_emip.forms.form import form
from gateway_emip.steady import SteadyMessage
from gateway_emip.translate import starts, stops

START: SteadyMessage[wire.ToIopSetServiceAuthorisationRequest, starts.Command] = form(
    wire.ToIopSetServiceAuthorisationRequest,
    StartSession,
    starts.read_grant_to_iop,
    starts.write_grant_to_iop,
    Role.EMSP,
    "set_service_authorisation",
)
START_ANSWER = form(
    wire.ToIopSetServiceAuthorisationResponse,
    CommandResult,
    starts.read_grant_answer_of_iop,
    starts.write_grant_answer_of_iop,
    Role.HUB,
    "set_service_authorisation_answer",
)
FORWARDED_START: SteadyMessage[wire.FromIopSetServiceAuthorisationRequest, starts.Command] = form(
    wire.FromIopSetServiceAuthorisationRequest,
    StartSession,
    starts.read_grant_from_iop,
    starts.write_grant_from_iop,
    Role.HUB,
    "from_iop_set_service_authorisation",
)
FORWARDED_START_ANSWER = form(
    wire.FromIopSetServiceAuthorisationResponse,
    CommandResult,
    starts.read_grant_answer_to_iop,
    starts.write_grant_answer_to_iop,
    Role.CPO,
    "from_iop_set_service_authorisation_answer",
)
ACTION = form(
    wire.ToIopSetSessionActionRequestRequest,
    StopSession,
    stops.read_action_to_iop,
    stops.write_action_to_iop,
    Role.EMSP,
    "set_session_action",
)
ACTION_ANSWER = form(
    wire.ToIopSetSessionActionRequestResponse,
    CommandResult,
    stops.read_action_answer_of_iop,
    stops.write_action_answer_of_iop,
    Role.HUB,
    "set_session_action_answer",
)
FORWARDED_ACTION = form(
    wire.FromIopSetSessionActionRequestRequest,
    StopSession,
    stops.read_action_from_iop,
    stops.write_action_from_iop,
    Role.HUB,
    "from_iop_set_session_action",
)
FORWARDED_ACTION_ANSWER = form(
    wire.FromIopSetSessionActionRequestResponse,
    CommandResult,
    stops.read_action_answer_to_iop,
    stops.write_action_answer_to_iop,
    Role.CPO,
    "from_iop_set_session_action_answer",
)

FORMS: Sequence[AnyForm] = (
    START,
    START_ANSWER,
    FORWARDED_START,
    FORWARDED_START_ANSWER,
    ACTION,
    ACTION_ANSWER,
    FORWARDED_ACTION,
    FORWARDED_ACTION_ANSWER,
)
