"""What partners ask each other: sessions, statuses, discrepancies.

ControlEvse is three forms of one request, told apart by its operation. InformProviderMessage and GetStatusResponse are
shared by two operations: without a word on which, a message is that of the first form here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.model import messages as m
from gateway.ports import Written
from gateway.translation import AnyForm
from gateway.wire import WireModel, decode_document
from gateway.wire.xml import Element
from gateway_ochp import operations as op
from gateway_ochp import wire
from gateway_ochp.forms.form import Writes, one, pair
from gateway_ochp.translate import direct, direct_results, direct_sessions, statuses

SELECT, SELECT_RESPONSE = pair(
    op.SELECT,
    "select_evse",
    (m.ReserveEvse, direct.read_select, direct.write_select),
    (m.CommandResult, direct_results.read_command, direct_results.write_selected),
)
START, CONTROL_RESPONSE = pair(
    op.CONTROL,
    "control_evse",
    (m.StartSession, direct.read_start, direct.write_start),
    (m.CommandResult, direct_results.read_command, direct_results.write_controlled),
)
CHANGE = replace(
    START,
    canonical=m.ChangeSession,
    read_plain=direct.read_change,
    write_plain=direct.write_change,
    fields="control_evse_change",
)
END = replace(
    START,
    canonical=m.StopSession,
    read_plain=direct.read_end,
    write_plain=direct.write_end,
    fields="control_evse_end",
)
RELEASE, RELEASE_RESPONSE = pair(
    op.RELEASE,
    "release_evse",
    (m.CancelReservation, direct.read_release, direct.write_release),
    (m.CommandResult, direct_results.read_release, direct_results.write_released),
)
INFORM_EMP, INFORM_EMP_RESPONSE = pair(
    op.INFORM_EMP,
    "inform_provider_emp",
    (m.ReportEvent, direct_sessions.read_report, direct_sessions.write_report),
    (m.EventReceipt, direct_results.read_receipt, direct_results.write_receipt),
)
INFORM_CPO, INFORM_CPO_RESPONSE = pair(
    op.INFORM_CPO,
    "inform_provider_cpo",
    (m.FetchSession, direct.read_fetch_session, direct.write_fetch_session),
    (m.SessionState, direct_sessions.read_state, direct_sessions.write_state),
)
STATUS, STATUS_RESPONSE = pair(
    op.DIRECT_STATUS,
    "get_evse_status",
    (m.FetchStatuses, direct.read_status_question, direct.write_status_question),
    (m.Statuses, statuses.read_statuses, statuses.write_statuses),
)
DISCREPANCY, DISCREPANCY_RESPONSE = pair(
    op.REPORT_DISCREPANCY,
    "report_discrepancy",
    (m.ReportDiscrepancy, direct.read_discrepancy, direct.write_discrepancy),
    (m.Confirmation, direct_results.read_confirmation, direct_results.write_confirmation),
)

FORMS: Sequence[AnyForm] = (
    SELECT, SELECT_RESPONSE, START, CHANGE, END, CONTROL_RESPONSE, RELEASE, RELEASE_RESPONSE, INFORM_EMP,
    INFORM_EMP_RESPONSE, INFORM_CPO, INFORM_CPO_RESPONSE, STATUS, STATUS_RESPONSE, DISCREPANCY, DISCREPANCY_RESPONSE,
)  # fmt: skip
CONTROL: Mapping[str, AnyForm] = {wire.START: START, wire.CHANGE: CHANGE, wire.END: END}


def told_apart(form: AnyForm, element: Element) -> AnyForm:
    """The form of a ControlEvse by its operation; one without a known operation is read as a start."""
    if form.wire is not wire.ControlEvseRequest:
        return form
    return CONTROL.get(decode_document(wire.ControlEvseRequest, element).model.operation or "", START)


# --- writing -----------------------------------------------------------------------------------------------------


def as_reservation(message: m.StartSession) -> m.ReserveEvse:
    """What has to be done before this start: its EVSE is selected."""
    return m.ReserveEvse(token=message.token, evse=message.evse, until=message.reserve_until)


def as_release(message: m.StopSession) -> m.CancelReservation:
    """What has to be done after this stop: its EVSE is released."""
    return m.CancelReservation(session=message.session, evse=message.evse)


def _write_start(message: m.StartSession) -> Sequence[Written]:
    """A session that has a directId is selected already."""
    control = Written(START, START.write(message))
    if message.session.hub is not None:
        return [control]
    return [Written(SELECT, SELECT.write(as_reservation(message))), control]


def _write_stop(message: m.StopSession) -> Sequence[Written]:
    return [Written(END, END.write(message)), Written(RELEASE, RELEASE.write(as_release(message)))]


def reread(models: Sequence[WireModel], message: Any) -> Any:
    """The start or stop that was written as two messages; None for all else."""
    if isinstance(message, m.StartSession) and len(models) > 1:
        return direct.joined_start((SELECT.read(models[0]), START.read(models[1])))
    return END.read(models[0]) if isinstance(message, m.StopSession) else None


WRITES: Mapping[type, Writes] = {
    m.ReserveEvse: one(SELECT),
    m.StartSession: _write_start,
    m.ChangeSession: one(CHANGE),
    m.StopSession: _write_stop,
    m.CancelReservation: one(RELEASE),
    m.CommandResult: one(CONTROL_RESPONSE),
    m.FetchSession: one(INFORM_CPO),
    m.SessionState: one(INFORM_CPO_RESPONSE),
    m.ReportEvent: one(INFORM_EMP),
    m.EventReceipt: one(INFORM_EMP_RESPONSE),
    m.ReportDiscrepancy: one(DISCREPANCY),
}
