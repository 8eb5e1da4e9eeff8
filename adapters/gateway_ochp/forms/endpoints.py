"""Direct endpoints: uploaded and fetched by both roles."""

from collections.abc import Mapping, Sequence

from gateway.model import messages as m
from gateway.translation import AnyForm
from gateway_ochp import operations as op
from gateway_ochp.forms.form import Writes, one, pair
from gateway_ochp.translate import endpoints

ADD_ENDPOINTS, ADD_ENDPOINTS_RESPONSE = pair(
    op.ADD_ENDPOINTS,
    "add_service_endpoints",
    (m.PublishEndpoints, endpoints.read_published, endpoints.write_published),
    (m.Publication, endpoints.read_publication, endpoints.write_publication),
)
GET_ENDPOINTS, GET_ENDPOINTS_RESPONSE = pair(
    op.GET_ENDPOINTS,
    "get_service_endpoints",
    (m.FetchEndpoints, endpoints.read_fetch, endpoints.write_fetch),
    (m.Endpoints, endpoints.read_fetched, endpoints.write_fetched),
)

FORMS: Sequence[AnyForm] = (ADD_ENDPOINTS, ADD_ENDPOINTS_RESPONSE, GET_ENDPOINTS, GET_ENDPOINTS_RESPONSE)
WRITES: Mapping[type, Writes] = {
    m.PublishEndpoints: one(ADD_ENDPOINTS),
    m.FetchEndpoints: one(GET_ENDPOINTS),
    m.Endpoints: one(GET_ENDPOINTS_RESPONSE),
}
