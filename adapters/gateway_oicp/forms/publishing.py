"""What a CPO tells the hub of its EVSEs."""

from collections.abc import Mapping, Sequence

from gateway.model import messages as m
from gateway.model.common import Role
from gateway.ports import Written
from gateway.translation import AnyForm
from gateway_oicp import wire
from gateway_oicp.forms.form import Writes, message_form, one
from gateway_oicp.translate import answers, pushes

PUSH_DATA = message_form(
    "PushEvseData", "push_evse_data", (wire.PushEvseData, m.PublishEvses),
    (pushes.read_push_evses, pushes.write_push_evses),
)  # fmt: skip
PUSH_DATA_ANSWER = message_form(
    "PushEvseData.response", "push_evse_data_response", (wire.Acknowledgement, m.Publication),
    (answers.read_publication, answers.write_publication), Role.HUB,
)  # fmt: skip
PUSH_STATUS = message_form(
    "PushEvseStatus", "push_evse_status", (wire.PushEvseStatus, m.PublishStatuses),
    (pushes.read_push_statuses, pushes.write_push_statuses),
)  # fmt: skip
PUSH_STATUS_ANSWER = message_form(
    "PushEvseStatus.response", "push_evse_status_response", (wire.Acknowledgement, m.Publication),
    (answers.read_publication, answers.write_publication), Role.HUB,
)  # fmt: skip

FORMS: Sequence[AnyForm] = (PUSH_DATA, PUSH_DATA_ANSWER, PUSH_STATUS, PUSH_STATUS_ANSWER)


def _write_evses(message: m.PublishEvses) -> Sequence[Written]:
    return [Written(PUSH_DATA, PUSH_DATA.write(part)) for part in pushes.split_evses(message)]


def _write_statuses(message: m.PublishStatuses) -> Sequence[Written]:
    return [Written(PUSH_STATUS, PUSH_STATUS.write(pushes.sayable(message)))]


WRITES: Mapping[type, Writes] = {
    m.PublishEvses: _write_evses,
    m.PublishStatuses: _write_statuses,
    m.Publication: one(PUSH_DATA_ANSWER),
}
