"""What we speak of OCHP 1.4 and OCHPdirect 0.2 as WSDL and XML Schema, written from our own declarations."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateway.contracts.wsdl import Definitions, Port, Spoken, text
from gateway.model.common import Role
from gateway.ports import Operation
from gateway.wire import WireModel
from gateway_ochp import wire
from gateway_ochp.contract.types import SCHEMA
from gateway_ochp.operations import DIRECT, LIVE, OPERATIONS, PARTNER, SERVICE
from gateway_ochp.profile import ECLEARING

PARTNER_URL = "https://partner.example/ochp"
"""Partners tell each other their addresses through the clearing house."""
FILE = "ochp.xsd"


def schemas() -> Mapping[str, bytes]:
    """`ochp.wsdl` with every operation, and the schema that it includes."""
    wsdl = Definitions("ochp", wire.NAMESPACE, _ports(), {wire.NAMESPACE: FILE})
    return {"ochp.wsdl": text(wsdl.document()), FILE: text(SCHEMA.schema(_messages()))}


def _messages() -> Iterator[type[WireModel]]:
    for operation in OPERATIONS:
        for kind in (operation.request, operation.response):
            if kind is not None:
                yield kind


def _ports() -> Sequence[Port]:
    """The three services of the clearing house, and what each side of OCHPdirect serves."""
    urls = ECLEARING.published_urls
    partner = [operation for operation in OPERATIONS if operation.service == PARTNER]
    return [
        *(Port(f"clearing-house-{service}", urls[service], _of(service)) for service in (SERVICE, LIVE, DIRECT)),
        Port("direct-operator", PARTNER_URL, _spoken(one for one in partner if one.receiver is Role.CPO)),
        Port("direct-provider", PARTNER_URL, _spoken(one for one in partner if one.receiver is Role.EMSP)),
    ]


def _of(service: str) -> Sequence[Spoken]:
    return _spoken(operation for operation in OPERATIONS if operation.service == service)


def _spoken(operations: Iterable[Operation]) -> Sequence[Spoken]:
    return [
        Spoken(one.name, one.action, one.request, one.response)
        for one in operations
        if one.request is not None and one.response is not None
    ]
