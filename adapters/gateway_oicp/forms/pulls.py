"""What an EMP pulls from the hub."""

from collections.abc import Mapping, Sequence

from gateway.model import messages as m
from gateway.model.common import Role
from gateway.translation import AnyForm
from gateway_oicp import wire
from gateway_oicp.forms.form import Writes, message_form, one
from gateway_oicp.translate import pulls

PULL_DATA = message_form(
    "PullEvseData", "pull_evse_data", (wire.PullEvseData, m.FetchEvses),
    (pulls.read_pull_evses, pulls.write_pull_evses), Role.EMSP,
)  # fmt: skip
PULL_DATA_ANSWER = message_form(
    "PullEvseData.response", "pull_evse_data_response", (wire.EvseDataPage, m.Locations),
    (pulls.read_evse_page, pulls.write_evse_page), Role.HUB,
)  # fmt: skip
PULL_STATUS = message_form(
    "PullEvseStatus", "pull_evse_status", (wire.PullEvseStatus, m.FetchStatuses),
    (pulls.read_pull_statuses, pulls.write_pull_statuses), Role.EMSP,
)  # fmt: skip
PULL_STATUS_ANSWER = message_form(
    "PullEvseStatus.response", "pull_evse_status_response", (wire.EvseStatusList, m.Statuses),
    (pulls.read_statuses, pulls.write_statuses), Role.HUB,
)  # fmt: skip

FORMS: Sequence[AnyForm] = (PULL_DATA, PULL_DATA_ANSWER, PULL_STATUS, PULL_STATUS_ANSWER)


WRITES: Mapping[type, Writes] = {
    m.FetchEvses: one(PULL_DATA),
    m.Locations: one(PULL_DATA_ANSWER),
    m.FetchStatuses: one(PULL_STATUS),
    m.Statuses: one(PULL_STATUS_ANSWER),
}
