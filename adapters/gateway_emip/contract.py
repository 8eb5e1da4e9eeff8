"""What we speak of eMIP 0.7.4 as WSDL and XML Schema, written from our own declarations.

Gireve's own WSDL is not public: names, namespaces and order have the grades of `operations.py`.
"""

from collections.abc import Mapping, Sequence

from gateway.contracts.types import Facets, SchemaWriter, Written, facets
from gateway.contracts.wsdl import Definitions, Port, Spoken, text
from gateway.findings import Severity
from gateway.model.common import Role
from gateway.ports import Operation
from gateway.wire import Slot, WireModel
from gateway.wire.soap import SOAP_12
from gateway_emip.operations import OPERATIONS, SERVICE_OF
from gateway_emip.profile import GIREVE

PARTNER_URL = "https://partner.example/emip"
"""A partner tells Gireve its address by hand."""
TO_IOP, FROM_IOP = "eMIP_ToIOP_", "eMIP_FromIOP_"
FILES: Mapping[str, str] = {space: f"emip-{service}V1.xsd" for space, service in SERVICE_OF.items()}
_PREFIXES: Mapping[str, str] = {space: service.lower() for space, service in SERVICE_OF.items()}
SCALARS: Mapping[str, Written] = {
    "text": Written("string"),
    "token": Written("token", shortest=1),
    "code": Written("int"),
    "integer": Written("positiveInteger"),
    "decimal": Written("decimal"),
    "moment": Written("dateTime"),
    "bit": Written("token", words=("0", "1")),
}


def schemas() -> Mapping[str, bytes]:
    """A WSDL of what the platform serves, one of what a partner serves, and a schema for each service."""
    platform = [Port(service, GIREVE.published_urls[""], _of(service)) for service in SERVICE_OF.values()]
    partner = [Port(role.value.lower(), PARTNER_URL, _served(role)) for role in (Role.CPO, Role.EMSP)]
    return {
        "emip-platform.wsdl": _wsdl("platform", platform),
        "emip-partner.wsdl": _wsdl("partner", partner),
        **{file: text(SchemaWriter(space, told, is_qualified=False).schema(_messages(space)))
           for space, file in FILES.items()},
    }  # fmt: skip


def told(slot: Slot) -> Facets:
    """Lists of values are open: only what our own rules refuse has a facet."""
    return facets(slot, SCALARS, (Severity.ERROR,))


def short_name(operation: Operation) -> str:
    """Without the direction: `HeartBeat`."""
    return operation.name.removeprefix(TO_IOP).removeprefix(FROM_IOP)


def _wsdl(name: str, ports: Sequence[Port]) -> bytes:
    used = {kind.namespace for port in ports for one in port.operations for kind in (one.request, one.response)}
    files = {space: file for space, file in FILES.items() if space in used}
    prefixes = {space: prefix for space, prefix in _PREFIXES.items() if space in used}
    return text(Definitions(name, f"urn:roaming-gateway:emip:{name}", ports, files, SOAP_12, prefixes).document())


def _of(service: str) -> Sequence[Spoken]:
    return _spoken([one for one in OPERATIONS if one.service == service and one.receiver is Role.HUB])


def _served(role: Role) -> Sequence[Spoken]:
    return _spoken([one for one in OPERATIONS if one.receiver is role])


def _spoken(operations: Sequence[Operation]) -> Sequence[Spoken]:
    """Each once: both roles send the heartbeat."""
    told_once = {
        one.name: Spoken(short_name(one), one.action, one.request, one.response)
        for one in operations
        if one.request is not None and one.response is not None
    }
    return list(told_once.values())


def _messages(space: str) -> Sequence[type[WireModel]]:
    kinds = (kind for one in OPERATIONS for kind in (one.request, one.response))
    return [kind for kind in kinds if kind is not None and kind.namespace == space]
