"""What happens in a session."""

from collections.abc import Sequence

from gateway.model.common import Role
from gateway.model.messages import EventReceipt, ReportEvent
from gateway.translation import AnyForm
from gateway_emip import wire
from gateway_emip.forms.form import form
from gateway_emip.translate import events

EVENT = form(
    wire.ToIopSetSessionEventReportRequest,
    ReportEvent,
    events.read_to_iop,
    events.write_to_iop,
    Role.CPO,
    "set_session_event_report",
)
EVENT_ANSWER = form(
    wire.ToIopSetSessionEventReportResponse,
    EventReceipt,
    events.read_answer,
    events.write_answer_of_iop,
    Role.HUB,
    "set_session_event_report_answer",
)
FORWARDED_EVENT = form(
    wire.FromIopSetSessionEventReportRequest,
    ReportEvent,
    events.read_from_iop,
    events.write_from_iop,
    Role.HUB,
    "from_iop_set_session_event_report",
)
FORWARDED_EVENT_ANSWER = form(
    wire.FromIopSetSessionEventReportResponse,
    EventReceipt,
    events.read_answer,
    events.write_answer_to_iop,
    Role.EMSP,
    "from_iop_set_session_event_report_answer",
)

FORMS: Sequence[AnyForm] = (EVENT, EVENT_ANSWER, FORWARDED_EVENT, FORWARDED_EVENT_ANSWER)
