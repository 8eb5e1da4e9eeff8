"""Tariffs: uploaded by operators, fetched by providers."""

from collections.abc import Mapping, Sequence

from gateway.model import messages as m
from gateway.translation import AnyForm
from gateway_ochp import operations as op
from gateway_ochp.forms.form import Writes, one, pair
from gateway_ochp.translate import tariff_lists

UPDATE_TARIFFS, UPDATE_TARIFFS_RESPONSE = pair(
    op.UPDATE_TARIFFS,
    "update_tariffs",
    (m.PublishTariffs, tariff_lists.read_published, tariff_lists.write_published),
    (m.Publication, tariff_lists.read_publication, tariff_lists.write_publication),
)
GET_TARIFFS, GET_TARIFFS_RESPONSE = pair(
    op.GET_TARIFFS,
    "get_tariff_updates",
    (m.FetchTariffs, tariff_lists.read_fetch, tariff_lists.write_fetch),
    (m.Tariffs, tariff_lists.read_tariffs, tariff_lists.write_tariffs),
)

FORMS: Sequence[AnyForm] = (
    UPDATE_TARIFFS,
    UPDATE_TARIFFS_RESPONSE,
    GET_TARIFFS,
    GET_TARIFFS_RESPONSE,
)


WRITES: Mapping[type, Writes] = {
    m.PublishTariffs: one(UPDATE_TARIFFS),
    m.FetchTariffs: one(GET_TARIFFS),
    m.Tariffs: one(GET_TARIFFS_RESPONSE),
}
