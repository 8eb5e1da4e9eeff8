"""Statuses of named EVSEs or operators."""

from collections.abc import Mapping, Sequence

from gateway.model import messages as m
from gateway.model.common import Role
from gateway.ports import Written
from gateway.translation import AnyForm
from gateway_oicp import wire
from gateway_oicp.forms.form import Writes, message_form
from gateway_oicp.forms.pulls import PULL_STATUS
from gateway_oicp.translate import pulls
from gateway_oicp.translate import status_pulls as named

PULL_STATUS_BY_ID = message_form(
    "PullEvseStatusByID", "pull_evse_status_by_id", (wire.PullEvseStatusById, m.FetchStatuses),
    (named.read_pull_by_id, named.write_pull_by_id), Role.EMSP,
)  # fmt: skip
PULL_STATUS_BY_ID_ANSWER = message_form(
    "PullEvseStatusByID.response", "pull_evse_status_by_id_response", (wire.EvseStatusById, m.Statuses),
    (named.read_statuses_by_id, named.write_statuses_by_id), Role.HUB,
)  # fmt: skip
PULL_STATUS_BY_OPERATOR = message_form(
    "PullEvseStatusByOperatorID", "pull_evse_status_by_operator_id",
    (wire.PullEvseStatusByOperatorId, m.FetchStatuses), (named.read_pull_by_operator, named.write_pull_by_operator),
    Role.EMSP,
)  # fmt: skip
PULL_STATUS_BY_OPERATOR_ANSWER = message_form(
    "PullEvseStatusByOperatorID.response", "pull_evse_status_by_operator_id_response",
    (wire.EvseStatusList, m.Statuses), (pulls.read_statuses, pulls.write_statuses), Role.HUB,
)  # fmt: skip

FORMS: Sequence[AnyForm] = (
    PULL_STATUS_BY_ID,
    PULL_STATUS_BY_ID_ANSWER,
    PULL_STATUS_BY_OPERATOR,
    PULL_STATUS_BY_OPERATOR_ANSWER,
)


def status_questions(message: m.FetchStatuses) -> Sequence[tuple[AnyForm, m.FetchStatuses]]:
    """The questions for what is asked: by EVSE, else by operator, else for all."""
    if message.evses:
        return [(PULL_STATUS_BY_ID, part) for part in named.split_by_id(message)]
    return [(PULL_STATUS_BY_OPERATOR if message.operators else PULL_STATUS, message)]


def _write_statuses(message: m.FetchStatuses) -> Sequence[Written]:
    return [Written(form, form.write(part)) for form, part in status_questions(message)]


WRITES: Mapping[type, Writes] = {m.FetchStatuses: _write_statuses}
