"""Every message of OICP 2.3 that we speak: its form, its operation, and what is sent for a canonical message."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.common import Role
from gateway.ports import Written
from gateway.translation import AnyForm, Form, MessageForm
from gateway.wire import WireModel
from gateway_oicp import translate_answers as answers
from gateway_oicp import translate_cdrs as cdrs
from gateway_oicp import translate_pulls as pulls
from gateway_oicp import translate_pushes as pushes
from gateway_oicp import translate_sessions as sessions
from gateway_oicp import wire
from gateway_oicp.words import NAME

CDR = Form(NAME, wire.ChargeDetailRecord, Cdr, cdrs.read_cdr, cdrs.write_cdr)


def _read_submission(model: wire.ChargeDetailRecord) -> m.SubmitCdr:
    return m.SubmitCdr(cdr=CDR.read(model))


def _write_submission(message: m.SubmitCdr) -> wire.ChargeDetailRecord:
    return CDR.write(message.cdr or Cdr())


def _form(
    name: str,
    fields: str,
    kinds: tuple[type[WireModel], type[Any]],
    functions: tuple[Callable[[Any], Any], Callable[[Any], Any]],
    sent_by: Role = Role.CPO,
) -> AnyForm:
    operation, _, direction = name.partition(".")
    wire_type, canonical = kinds
    read, write = functions
    return MessageForm(
        NAME, wire_type, canonical, read, write, operation, direction or "request", sent_by, fields
    )  # fmt: skip


PUSH_DATA = _form(
    "PushEvseData", "push_evse_data", (wire.PushEvseData, m.PublishEvses),
    (pushes.read_push_evses, pushes.write_push_evses),
)  # fmt: skip
PUSH_DATA_ANSWER = _form(
    "PushEvseData.response", "push_evse_data_response", (wire.Acknowledgement, m.Publication),
    (answers.read_publication, answers.write_publication), Role.HUB,
)  # fmt: skip
PUSH_STATUS = _form(
    "PushEvseStatus", "push_evse_status", (wire.PushEvseStatus, m.PublishStatuses),
    (pushes.read_push_statuses, pushes.write_push_statuses),
)  # fmt: skip
PUSH_STATUS_ANSWER = _form(
    "PushEvseStatus.response", "push_evse_status_response", (wire.Acknowledgement, m.Publication),
    (answers.read_publication, answers.write_publication), Role.HUB,
)  # fmt: skip
START = _form(
    "AuthorizeStart", "authorize_start", (wire.AuthorizeStart, m.AuthorizeToken),
    (sessions.read_authorize_start, sessions.write_authorize_start),
)  # fmt: skip
START_ANSWER = _form(
    "AuthorizeStart.response", "authorize_start_response", (wire.AuthorizationStart, m.Authorization),
    (sessions.read_authorization, sessions.write_authorization), Role.EMSP,
)  # fmt: skip
STOP = _form(
    "AuthorizeStop", "authorize_stop", (wire.AuthorizeStop, m.AuthorizeStop),
    (sessions.read_authorize_stop, sessions.write_authorize_stop),
)  # fmt: skip
STOP_ANSWER = _form(
    "AuthorizeStop.response", "authorize_stop_response", (wire.AuthorizationStop, m.Authorization),
    (sessions.read_stop_authorization, sessions.write_stop_authorization), Role.EMSP,
)  # fmt: skip
REMOTE_START = _form(
    "AuthorizeRemoteStart", "authorize_remote_start", (wire.AuthorizeRemoteStart, m.StartSession),
    (sessions.read_remote_start, sessions.write_remote_start), Role.EMSP,
)  # fmt: skip
REMOTE_START_ANSWER = _form(
    "AuthorizeRemoteStart.response", "authorize_remote_start_response", (wire.Acknowledgement, m.CommandResult),
    (sessions.read_start_result, sessions.write_start_result),
)  # fmt: skip
REMOTE_STOP = _form(
    "AuthorizeRemoteStop", "authorize_remote_stop", (wire.AuthorizeRemoteStop, m.StopSession),
    (sessions.read_remote_stop, sessions.write_remote_stop), Role.EMSP,
)  # fmt: skip
REMOTE_STOP_ANSWER = _form(
    "AuthorizeRemoteStop.response", "authorize_remote_stop_response", (wire.Acknowledgement, m.CommandResult),
    (sessions.read_stop_result, sessions.write_stop_result),
)  # fmt: skip
CHARGE_DETAIL_RECORD = _form(
    "ChargeDetailRecord", "charge_detail_record", (wire.ChargeDetailRecord, m.SubmitCdr),
    (_read_submission, _write_submission),
)  # fmt: skip
CHARGE_DETAIL_RECORD_ANSWER = _form(
    "ChargeDetailRecord.response", "charge_detail_record_response", (wire.Acknowledgement, m.CdrReceipt),
    (answers.read_receipt, answers.write_receipt), Role.EMSP,
)  # fmt: skip
PULL_DATA = _form(
    "PullEvseData", "pull_evse_data", (wire.PullEvseData, m.FetchEvses),
    (pulls.read_pull_evses, pulls.write_pull_evses), Role.EMSP,
)  # fmt: skip
PULL_DATA_ANSWER = _form(
    "PullEvseData.response", "pull_evse_data_response", (wire.EvseDataPage, m.Locations),
    (pulls.read_evse_page, pulls.write_evse_page), Role.HUB,
)  # fmt: skip
PULL_STATUS = _form(
    "PullEvseStatus", "pull_evse_status", (wire.PullEvseStatus, m.FetchStatuses),
    (pulls.read_pull_statuses, pulls.write_pull_statuses), Role.EMSP,
)  # fmt: skip
PULL_STATUS_ANSWER = _form(
    "PullEvseStatus.response", "pull_evse_status_response", (wire.EvseStatusList, m.Statuses),
    (pulls.read_statuses, pulls.write_statuses), Role.HUB,
)  # fmt: skip

FORMS: Sequence[AnyForm] = (
    PUSH_DATA, PUSH_DATA_ANSWER, PUSH_STATUS, PUSH_STATUS_ANSWER, START, START_ANSWER, STOP, STOP_ANSWER,
    REMOTE_START, REMOTE_START_ANSWER, REMOTE_STOP, REMOTE_STOP_ANSWER, CHARGE_DETAIL_RECORD,
    CHARGE_DETAIL_RECORD_ANSWER, PULL_DATA, PULL_DATA_ANSWER, PULL_STATUS, PULL_STATUS_ANSWER,
)  # fmt: skip


# --- what is sent ------------------------------------------------------------------------------------------------


def _one(form: AnyForm) -> Callable[[Any], Sequence[Written]]:
    return lambda message: [Written(form, form.write(message))]


def _write_evses(message: m.PublishEvses) -> Sequence[Written]:
    return [Written(PUSH_DATA, PUSH_DATA.write(part)) for part in pushes.split_evses(message)]


def _write_statuses(message: m.PublishStatuses) -> Sequence[Written]:
    return [Written(PUSH_STATUS, PUSH_STATUS.write(pushes.sayable(message)))]


def _write_cdrs(message: m.SubmitCdrs) -> Sequence[Written]:
    """OICP takes one at a time."""
    asked = [replace(_SUBMIT, cdr=cdr) for cdr in message.cdrs]
    return [Written(CHARGE_DETAIL_RECORD, CHARGE_DETAIL_RECORD.write(one)) for one in asked]


_SUBMIT = m.SubmitCdr()

WRITES: Mapping[type, Callable[[Any], Sequence[Written]]] = {
    m.PublishEvses: _write_evses,
    m.PublishStatuses: _write_statuses,
    m.Publication: _one(PUSH_DATA_ANSWER),
    m.AuthorizeToken: _one(START),
    m.Authorization: _one(START_ANSWER),
    m.AuthorizeStop: _one(STOP),
    m.StartSession: _one(REMOTE_START),
    m.StopSession: _one(REMOTE_STOP),
    m.CommandResult: _one(REMOTE_START_ANSWER),
    m.SubmitCdr: _one(CHARGE_DETAIL_RECORD),
    m.SubmitCdrs: _write_cdrs,
    m.CdrReceipt: _one(CHARGE_DETAIL_RECORD_ANSWER),
    m.FetchEvses: _one(PULL_DATA),
    m.Locations: _one(PULL_DATA_ANSWER),
    m.FetchStatuses: _one(PULL_STATUS),
    m.Statuses: _one(PULL_STATUS_ANSWER),
}


def reread(models: Sequence[Any], original: Any) -> Any:
    """The message that `models` were written for, read back from all of them."""
    forms = [written.form for written in WRITES[type(original)](original)]
    parts = [form.read(model) for form, model in zip(forms, models, strict=True)]
    if isinstance(original, m.SubmitCdrs):
        return m.SubmitCdrs(cdrs=tuple(part.cdr for part in parts))
    if isinstance(original, m.PublishEvses):
        return replace(parts[0], locations=tuple(place for part in parts for place in part.locations))
    return parts[0]
