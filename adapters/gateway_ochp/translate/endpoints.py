"""Direct endpoints (OCHPdirect 0.2): an operator's is for EVSEs, a provider's for contracts; all else is the same."""

from collections.abc import Iterable
from typing import TypeVar

from gateway.model.common import Role
from gateway.model.direct import DirectEndpoint
from gateway.model.messages import Endpoints, FetchEndpoints, Publication, PublishEndpoints
from gateway_ochp import wire
from gateway_ochp.translate.results import read_accepted, read_reason, write_answer_result, write_result

E = TypeVar("E", wire.ProviderEndpoint, wire.OperatorEndpoint)


def read_endpoint(endpoint: wire.ProviderEndpoint | wire.OperatorEndpoint) -> DirectEndpoint:
    return DirectEndpoint(
        role=Role.EMSP if isinstance(endpoint, wire.ProviderEndpoint) else Role.CPO,
        url=endpoint.url,
        version=endpoint.namespace_url,
        token=endpoint.access_token,
        day=endpoint.valid_date,
        allow=endpoint.whitelist,
        deny=endpoint.blacklist,
    )


def _written(kind: type[E], endpoints: Iterable[DirectEndpoint], role: Role) -> tuple[E, ...]:
    return tuple(
        kind(
            url=one.url,
            namespace_url=one.version,
            access_token=one.token,
            valid_date=one.day,
            whitelist=one.allow,
            blacklist=one.deny,
        )
        for one in endpoints
        if one.role is role
    )


def _read(message: wire.AddServiceEndpointsRequest | wire.GetServiceEndpointsResponse) -> tuple[DirectEndpoint, ...]:
    """Providers first, as on the wire."""
    providers = map(read_endpoint, message.provider_endpoint_array)
    return (*providers, *map(read_endpoint, message.operator_endpoint_array))


def read_published(request: wire.AddServiceEndpointsRequest) -> PublishEndpoints:
    return PublishEndpoints(endpoints=_read(request))


def write_published(message: PublishEndpoints) -> wire.AddServiceEndpointsRequest:
    return wire.AddServiceEndpointsRequest(
        provider_endpoint_array=_written(wire.ProviderEndpoint, message.endpoints, Role.EMSP),
        operator_endpoint_array=_written(wire.OperatorEndpoint, message.endpoints, Role.CPO),
    )


def read_publication(response: wire.AddServiceEndpointsResponse) -> Publication:
    return Publication(accepted=read_accepted(response.result), reason=read_reason(response.result))


def write_publication(answer: Publication) -> wire.AddServiceEndpointsResponse:
    return wire.AddServiceEndpointsResponse(result=write_result(answer.reason, answer.accepted))


def read_fetch(_: wire.GetServiceEndpointsRequest) -> FetchEndpoints:
    return FetchEndpoints()


def write_fetch(_: FetchEndpoints) -> wire.GetServiceEndpointsRequest:
    return wire.GetServiceEndpointsRequest()


def read_fetched(response: wire.GetServiceEndpointsResponse) -> Endpoints:
    return Endpoints(endpoints=_read(response), reason=read_reason(response.result))


def write_fetched(answer: Endpoints) -> wire.GetServiceEndpointsResponse:
    return wire.GetServiceEndpointsResponse(
        result=write_answer_result(answer.reason),
        provider_endpoint_array=_written(wire.ProviderEndpoint, answer.endpoints, Role.EMSP),
        operator_endpoint_array=_written(wire.OperatorEndpoint, answer.endpoints, Role.CPO),
    )
