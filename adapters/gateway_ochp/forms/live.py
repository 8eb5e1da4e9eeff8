"""Live status: told by operators, fetched by providers."""

from collections.abc import Mapping, Sequence

from gateway.model import messages as m
from gateway.translation import AnyForm
from gateway_ochp import operations as op
from gateway_ochp.forms.form import Writes, one, pair
from gateway_ochp.translate import statuses

UPDATE_STATUS, UPDATE_STATUS_RESPONSE = pair(
    op.UPDATE_STATUS,
    "update_status",
    (m.PublishStatuses, statuses.read_update_status, statuses.write_update_status),
    (m.Publication, statuses.read_status_publication, statuses.write_status_publication),
)
GET_STATUS, GET_STATUS_RESPONSE = pair(
    op.GET_STATUS,
    "get_status",
    (m.FetchStatuses, statuses.read_get_status, statuses.write_get_status),
    (m.Statuses, statuses.read_statuses, statuses.write_statuses),
)

FORMS: Sequence[AnyForm] = (
    UPDATE_STATUS,
    UPDATE_STATUS_RESPONSE,
    GET_STATUS,
    GET_STATUS_RESPONSE,
)


WRITES: Mapping[type, Writes] = {
    m.PublishStatuses: one(UPDATE_STATUS),
    m.FetchStatuses: one(GET_STATUS),
    m.Statuses: one(GET_STATUS_RESPONSE),
}
