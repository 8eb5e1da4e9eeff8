"""Where partners are reached directly, and with which token of the day (OCHPdirect 0.2, at the clearing house)."""

from datetime import date
from typing import Annotated, ClassVar

from gateway.wire import Private
from gateway.wire.rules import longest, one_of
from gateway.wire.scalars import DATE
from gateway_ochp import rules
from gateway_ochp.wire.base import OchpModel, ResultResponse
from gateway_ochp.wire.words import DIRECT_NAMESPACES


class DirectEndpoint(OchpModel):
    """`access_token` is a secret of one UTC day."""

    url: Annotated[str | None, rules.DIRECT_URL, rules.URI_LENGTH]
    namespace_url: Annotated[str | None, one_of(*DIRECT_NAMESPACES)]
    access_token: Annotated[str | None, longest(255), Private()]
    valid_date: Annotated[date | None, DATE]


class ProviderEndpoint(DirectEndpoint):
    """For the contracts of the white list but those of the black one."""

    element: ClassVar[str] = "providerEndpointArray"

    whitelist: tuple[Annotated[str, rules.CONTRACT_PATTERN], ...]
    blacklist: tuple[Annotated[str, rules.CONTRACT_PATTERN], ...] = ()


class OperatorEndpoint(DirectEndpoint):
    """For the EVSEs of the white list but those of the black one."""

    element: ClassVar[str] = "operatorEndpointArray"

    whitelist: tuple[Annotated[str, rules.EVSE_PATTERN], ...]
    blacklist: tuple[Annotated[str, rules.EVSE_PATTERN], ...] = ()


class AddServiceEndpointsRequest(OchpModel):
    element: ClassVar[str] = "AddServiceEndpointsRequest"

    provider_endpoint_array: tuple[ProviderEndpoint, ...] = ()
    operator_endpoint_array: tuple[OperatorEndpoint, ...] = ()


class AddServiceEndpointsResponse(ResultResponse):
    element: ClassVar[str] = "AddServiceEndpointsResponse"


class GetServiceEndpointsRequest(OchpModel):
    element: ClassVar[str] = "GetServiceEndpointsRequest"


class GetServiceEndpointsResponse(ResultResponse):
    element: ClassVar[str] = "GetServiceEndpointsResponse"

    provider_endpoint_array: tuple[ProviderEndpoint, ...] = ()
    operator_endpoint_array: tuple[OperatorEndpoint, ...] = ()
