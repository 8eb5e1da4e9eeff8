"""The automation APIs of the simulated hub: networks, offers and contracts, with the hub's own rules."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, unquote

from gateway.errors import Undecodable
from gateway.findings import Finding, Severity
from gateway.http import HttpRequest, HttpResponse
from gateway.ports import Operation
from gateway.simulation import Desk, Partner
from gateway.tally import Budget
from gateway.wire import WireModel, decode
from gateway_oicp.ngp import wire
from gateway_oicp.ngp.operations import NGP_OPERATIONS
from gateway_oicp.simulator.ngp_contracts import Contracts
from gateway_oicp.simulator.ngp_networks import Networks, Wrong
from gateway_oicp.simulator.ngp_offers import Offers
from gateway_oicp.simulator.partners import Partners
from gateway_oicp.simulator.places import Places
from gateway_oicp.simulator.replies import Asked, Declined, declined, fault, said

_PDF = re.compile(rb'filename="([^"]*)"\r\n(?:[^\r\n]+\r\n)*\r\n(%PDF-)')


@dataclass(frozen=True)
class Request:
    """One request: who, the names in the path, and the message as it came."""

    partner: Partner
    names: Mapping[str, str]
    model: Any
    http: HttpRequest


class AutomationApis:
    def __init__(self, desk: Desk, partners: Partners, places: Places, limits: Mapping[str, Budget]) -> None:
        self._desk, self._partners, self._limits = desk, partners, limits
        self.networks = Networks(desk, places)
        self.offers = Offers(desk, self.networks)
        self.networks.is_active = self.offers.sells
        contracts = Contracts(partners, self.networks, self.offers)
        self._handlers: Mapping[str, Callable[[Request], Awaitable[tuple[int, WireModel | Mapping[str, Any]]]]] = {
            "EVSEAssignment": _answering(200, lambda one: self.networks.assign(one.partner, one.model)),
            "EVSENetwork": _answering(201, lambda one: self.networks.create(one.partner, one.model)),
            "UploadTermsConditions": _answering(201, self._upload),
            "CreateNGPServiceOffer": _answering(201, lambda one: self.offers.create(one.partner, one.model)),
            "UpdatePricingForNGPOffers": _answering(
                200, lambda one: self.offers.update(one.partner, one.names["serviceOfferId"], one.model)
            ),
            "ExtractOfferSubscriptionDetails": _answering(200, lambda one: contracts.of_operator(one.partner)),
            "ExtractHistoricalVersionsOfferDetails": _answering(
                200, lambda one: contracts.versions(one.partner, one.names["serviceOfferId"])
            ),
            "EnhancedContracts": _answering(200, lambda one: contracts.between(one.partner, one.names["operatorID"])),
            "ContractsEVSEs": _answering(200, lambda one: contracts.evses(_asked(one), one.names)),
        }

    def state(self) -> Mapping[str, Any]:
        """Networks by name, offers by id, and what is sold for nothing."""
        networks = self.networks.known.values()
        return {
            "networks": {
                one.name: {group.name: list(group.evses.values()) for group in one.groups} for one in networks
            },
            "offers": {name: self.offers.status(version) for name, version in self.offers.versions.items()},
            "sold_for_nothing": self.networks.sold_for_nothing(),
        }

    async def handle(self, request: HttpRequest) -> HttpResponse | None:
        """None where the path is none of these APIs'."""
        operation, names = _called(request)
        if operation is None:
            return None
        caller = names["providerID" if operation.sender.value == "EMSP" else "operatorID"]
        busy = self._desk.over_budget(operation.name, caller, self._limits.get(operation.name))
        if busy is not None:
            return busy
        async with self._desk.handling(operation.name, caller):
            return await self._answered(operation, caller, names, request)

    async def _answered(
        self, operation: Operation, caller: str, names: Mapping[str, str], request: HttpRequest
    ) -> HttpResponse:
        try:
            partner = self._partners.caller(caller, operation.sender.value)
            model = _read(operation, request.body)
            if isinstance(model, HttpResponse):
                return model
            status, answer = await self._handlers[operation.name](Request(partner, names, model, request))
            return replace(said(answer), status=status)
        except Wrong as error:
            return replace(fault(error.broken, str(error)), status=error.http)
        except Declined as error:
            return declined(error, operation.name)

    def _upload(self, one: Request) -> wire.NgpAttachment:
        """The type may stand in the form or in the query: the documents and the interface description differ."""
        told = _PDF.search(one.http.body)
        kind = parse_qs(one.http.query).get("attachmentType", [""])[0]
        if told is None or (kind.lower() != "pdf" and b'name="attachmentType"' not in one.http.body):
            raise Wrong("a PDF and its attachmentType are needed")
        attachment = self._desk.new_id()
        self.offers.attachments.add(attachment)
        return wire.NgpAttachment(uploaded_attachment_id=attachment, original_file_name=told[1].decode())


def _answering(
    status: int, act: Callable[[Request], WireModel | Mapping[str, Any]]
) -> Callable[[Request], Awaitable[tuple[int, WireModel | Mapping[str, Any]]]]:
    async def answer(request: Request) -> tuple[int, WireModel | Mapping[str, Any]]:
        return status, act(request)

    return answer


def _called(request: HttpRequest) -> tuple[Operation | None, Mapping[str, str]]:
    path = "/" + request.path.strip("/")
    for operation in NGP_OPERATIONS:
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(operation.path))
        match = re.fullmatch(pattern, path)
        if match is not None and request.method == operation.method:
            return operation, {name: unquote(value) for name, value in match.groupdict().items()}
    return None, {}


def _read(operation: Operation, body: bytes) -> WireModel | HttpResponse | None:
    """The message, or HTTP 400 for one that breaks the schema; None where the operation has none."""
    if operation.request is None:
        return None
    try:
        decoded = decode(operation.request, body)
    except Undecodable as error:
        return fault([Finding(error.pointer, Severity.ERROR, "malformed", str(error))])
    broken = [one for one in decoded.findings if one.severity is Severity.ERROR]
    return fault(broken) if broken else decoded.model


def _asked(one: Request) -> Asked:
    return Asked(one.partner, one.model, parse_qs(one.http.query))
