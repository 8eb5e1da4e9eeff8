"""Direct endpoints to and from the clearing house."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.model import messages as m
from gateway.ports import HubLink
from gateway_ochp.direct.offering import is_secure
from gateway_ochp.exchange import answered
from gateway_ochp.forms import WRITES


async def publish_endpoints(hub: HubLink, message: m.PublishEndpoints) -> m.Publication:
    """Raises Invalid for an address without TLS: only a stand on one machine has such (`insecure_loopback`)."""
    insecure = [one.url for one in message.endpoints if not is_secure(hub.connection, one.url)]
    if insecure:
        text = f"{insecure[0]} is no https address; partners are called over TLS only"
        raise Invalid([Finding("/endpoints", Severity.ERROR, "insecure", text)])
    answer: m.Publication = await answered(hub, WRITES[m.PublishEndpoints](message)[0])
    return answer


async def fetch_endpoints(hub: HubLink, message: m.FetchEndpoints) -> m.Endpoints:
    """Those of all partners with whom the account has roaming relations."""
    answer: m.Endpoints = await answered(hub, WRITES[m.FetchEndpoints](message)[0])
    return answer


SENDS: Mapping[type[m.Message[Any]], Callable[[HubLink, Any], Awaitable[Any]]] = {
    m.PublishEndpoints: publish_endpoints,
    m.FetchEndpoints: fetch_endpoints,
}
