"""Charge points: uploaded by operators, fetched by providers."""

from collections.abc import Mapping, Sequence

from gateway.model import messages as m
from gateway.ports import Written
from gateway.translation import AnyForm
from gateway_ochp import operations as op
from gateway_ochp.forms.form import Writes, one, pair
from gateway_ochp.translate import publication

SET_CHARGE_POINTS, SET_CHARGE_POINTS_RESPONSE = pair(
    op.SET_CHARGE_POINTS,
    "set_charge_point_list",
    (m.PublishEvses, publication.read_published, publication.write_set),
    (m.Publication, publication.read_publication, publication.write_set_response),
)
UPDATE_CHARGE_POINTS, UPDATE_CHARGE_POINTS_RESPONSE = pair(
    op.UPDATE_CHARGE_POINTS,
    "update_charge_point_list",
    (m.PublishEvses, publication.read_published, publication.write_update),
    (m.Publication, publication.read_publication, publication.write_update_response),
)
GET_CHARGE_POINTS, GET_CHARGE_POINTS_RESPONSE = pair(
    op.GET_CHARGE_POINTS,
    "get_charge_point_list",
    (m.FetchEvses, publication.read_fetch, publication.write_fetch),
    (m.Locations, publication.read_locations, publication.write_locations),
)
GET_CHARGE_POINT_UPDATES, GET_CHARGE_POINT_UPDATES_RESPONSE = pair(
    op.GET_CHARGE_POINT_UPDATES,
    "get_charge_point_list_updates",
    (m.FetchEvses, publication.read_fetch_updates, publication.write_fetch_updates),
    (m.Locations, publication.read_updated_locations, publication.write_updated_locations),
)

FORMS: Sequence[AnyForm] = (
    SET_CHARGE_POINTS,
    SET_CHARGE_POINTS_RESPONSE,
    UPDATE_CHARGE_POINTS,
    UPDATE_CHARGE_POINTS_RESPONSE,
    GET_CHARGE_POINTS,
    GET_CHARGE_POINTS_RESPONSE,
    GET_CHARGE_POINT_UPDATES,
    GET_CHARGE_POINT_UPDATES_RESPONSE,
)


def form_of(message: m.PublishEvses) -> AnyForm:
    """The message that says it."""
    return SET_CHARGE_POINTS if message.action is m.PushAction.REPLACE_ALL else UPDATE_CHARGE_POINTS


def write_publish_evses(message: m.PublishEvses) -> Sequence[Written]:
    form = form_of(message)
    return [Written(form, form.write(message))]


def write_fetch_evses(message: m.FetchEvses) -> Sequence[Written]:
    form = GET_CHARGE_POINTS if message.since is None else GET_CHARGE_POINT_UPDATES
    return [Written(form, form.write(message))]


WRITES: Mapping[type, Writes] = {
    m.PublishEvses: write_publish_evses,
    m.FetchEvses: write_fetch_evses,
    m.Locations: one(GET_CHARGE_POINTS_RESPONSE),
}
