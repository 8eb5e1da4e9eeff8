"""The operation table of the automation APIs, v1. Paths are below the host, beside `/api/oicp`."""

from collections.abc import Mapping, Sequence

from gateway.model.common import Role
from gateway.ports import Operation
from gateway.wire import WireModel
from gateway_oicp.ngp import wire, wire_reports

_NETWORKS = "/api/evsenetwork/v1/operators/{operatorID}"
_OFFERS = "/api/partner/v1/operators/{operatorID}/service-offers"
_CONTRACTS = "/api/premium/contracts/v1/providers/{providerID}/operators/{operatorID}"
_GROUP = "/service-offers/{serviceOfferId}/networks/{networkId}/groups/{groupId}"


def _operation(
    name: str,
    method: str,
    path: str,
    answer: type[WireModel],
    request: type[WireModel] | None = None,
    sender: Role = Role.CPO,
) -> Operation:
    return Operation(
        name, sender, Role.HUB, path, service="ngp", version="1", request=request, response=answer, method=method
    )


NGP_OPERATIONS: Sequence[Operation] = (
    _operation("EVSEAssignment", "PUT", f"{_NETWORKS}/network", wire.NgpAssignment, wire.NgpAssignment),
    _operation("EVSENetwork", "POST", f"{_NETWORKS}/networks", wire.NgpNetwork, wire.NgpNetwork),
    _operation("UploadTermsConditions", "POST", f"{_OFFERS}/attachments", wire.NgpAttachment),
    _operation("CreateNGPServiceOffer", "POST", _OFFERS, wire.NgpOffer, wire.NgpOfferRequest),
    _operation("ExtractOfferSubscriptionDetails", "GET", f"{_OFFERS}/info", wire_reports.NgpOffersInfo),
    _operation("UpdatePricingForNGPOffers", "PUT", f"{_OFFERS}/{{serviceOfferId}}", wire.NgpOffer, wire.NgpPriceUpdate),
    _operation(
        "ExtractHistoricalVersionsOfferDetails",
        "GET",
        f"{_OFFERS}/{{serviceOfferId}}/historical-versions-info",
        wire_reports.NgpOffersInfo,
    ),
    _operation("EnhancedContracts", "GET", _CONTRACTS, wire_reports.NgpContract, sender=Role.EMSP),
    _operation(
        "ContractsEVSEs", "GET", f"{_CONTRACTS}{_GROUP}/evses", wire_reports.NgpContractEvsePage, sender=Role.EMSP
    ),
)
BY_NAME: Mapping[str, Operation] = {operation.name: operation for operation in NGP_OPERATIONS}
SERVICE = "ngp"
"""The name of these APIs' own base URL, where a connection's settings give one."""
