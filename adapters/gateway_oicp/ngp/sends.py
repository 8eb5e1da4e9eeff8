"""What we say to the automation APIs, as a CPO and as an EMP. Ids in paths are spelled as the hub registered them."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.network import EvseNetwork
from gateway.ports import Connection, HubLink
from gateway.translation import AnyForm
from gateway.wire import WireModel, encode
from gateway_oicp.exchange import HEADERS, fit, listed
from gateway_oicp.ngp import forms
from gateway_oicp.ngp.operations import BY_NAME, SERVICE
from gateway_oicp.operations import BASE

PDF = b"%PDF-"


def base_of(connection: Connection) -> str:
    """The host of the hub: the base URL without OICP's own prefix, unless the settings name another for `ngp`."""
    own = connection.urls.get(SERVICE)
    return own or connection.urls.get("", "").rstrip("/").removesuffix(BASE)


async def _ask(
    hub: HubLink,
    name: str,
    *,
    model: WireModel | None = None,
    query: Mapping[str, object] | None = None,
    headers: Mapping[str, str] = HEADERS,
    body: bytes = b"",
    names: Mapping[str, object] | None = None,
) -> HttpResponse:
    """`names` fill the path, beside the account's own id. Raises Invalid or a TransportError."""
    operation, party = BY_NAME[name], str(hub.connection.party)
    given = {"operatorID": party, "providerID": party, **(names or {})}
    path = operation.path.format(**{key: quote(str(value), safe="") for key, value in given.items()})
    request = HttpRequest(
        method=operation.method,
        path=path,
        query=urlencode(query or {}),
        headers=headers if operation.method != "GET" else {"accept": HEADERS["accept"]},
        body=encode(fit(model)) if model is not None else body,
        base=base_of(hub.connection),
    )
    return await hub.exchange(request)


def _read(form: AnyForm, reply: HttpResponse) -> Any:
    return form.read(listed(reply, form.wire))


def _demanded(value: object | None, field: str) -> object:
    if value is None or value == "":
        raise Invalid([Finding(f"/{field}", Severity.ERROR, "missing", f"{field} is mandatory")])
    return value


# --- as a CPO ----------------------------------------------------------------------------------------------------


async def assign_evses(hub: HubLink, message: m.AssignEvses) -> m.NetworkAnswer:
    """The answer names all EVSEs of the groups, not only those that were sent."""
    reply = await _ask(hub, "EVSEAssignment", model=forms.ASSIGNMENT.write(message))
    answer: m.NetworkAnswer = _read(forms.ASSIGNMENT_ANSWER, reply)
    return answer


async def create_network(hub: HubLink, message: m.CreateNetwork) -> m.NetworkAnswer:
    reply = await _ask(hub, "EVSENetwork", model=forms.NETWORK.write(_without_ids(message)))
    answer: m.NetworkAnswer = _read(forms.NETWORK_ANSWER, reply)
    return answer


def _without_ids(message: m.CreateNetwork) -> m.CreateNetwork:
    """Ids and the time of creation are the hub's to give."""
    network = message.network or EvseNetwork()
    groups = tuple(replace(group, id=None) for group in network.groups)
    return replace(message, network=replace(network, id=None, created_at=None, groups=groups))


async def upload_terms(hub: HubLink, message: m.UploadTerms) -> m.UploadedTerms:
    """Raises Invalid for what is no PDF."""
    boundary = f"part-{hub.new_id()}"
    headers = {**HEADERS, "content-type": f"multipart/form-data; boundary={boundary}"}
    body = multipart(boundary, message.file_name, _pdf(message.content))
    # The documents have the type in the form, the interface description in the query.
    reply = await _ask(hub, "UploadTermsConditions", query={"attachmentType": "pdf"}, headers=headers, body=body)
    answer: m.UploadedTerms = _read(forms.TERMS_ANSWER, reply)
    return answer


def _pdf(text: str) -> bytes:
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if not content.startswith(PDF):
        raise Invalid([Finding("/content", Severity.ERROR, "malformed", "terms and conditions are a PDF, in base64")])
    return content


def multipart(boundary: str, file_name: str, content: bytes) -> bytes:
    """RFC 7578, with the names escaped as browsers do."""
    name = file_name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    parts = [
        ('name="attachmentType"', "", b"pdf"),
        (f'name="file"; filename="{name}"', "Content-Type: application/pdf\r\n", content),
    ]
    written = b"".join(
        f"--{boundary}\r\nContent-Disposition: form-data; {told}\r\n{kind}\r\n".encode() + data + b"\r\n"
        for told, kind, data in parts
    )
    return written + f"--{boundary}--\r\n".encode()


async def create_offer(hub: HubLink, message: m.CreateOffer) -> m.OfferVersion:
    reply = await _ask(hub, "CreateNGPServiceOffer", model=forms.OFFER.write(message))
    answer: m.OfferVersion = _read(forms.OFFER_ANSWER, reply)
    return answer


async def update_offer_prices(hub: HubLink, message: m.UpdateOfferPrices) -> m.OfferVersion:
    offer = _demanded(message.offer_id, "offer_id")
    model = forms.PRICES.write(message)
    reply = await _ask(hub, "UpdatePricingForNGPOffers", model=model, names={"serviceOfferId": offer})
    answer: m.OfferVersion = _read(forms.PRICES_ANSWER, reply)
    return answer


async def fetch_offers(hub: HubLink, _: m.FetchOffers) -> m.Offers:
    answer: m.Offers = _read(forms.OFFERS_ANSWER, await _ask(hub, "ExtractOfferSubscriptionDetails"))
    return answer


async def fetch_offer_versions(hub: HubLink, message: m.FetchOfferVersions) -> m.Offers:
    offer = _demanded(message.offer_id, "offer_id")
    reply = await _ask(hub, "ExtractHistoricalVersionsOfferDetails", names={"serviceOfferId": offer})
    answer: m.Offers = _read(forms.VERSIONS_ANSWER, reply)
    return answer


# --- as an EMP ---------------------------------------------------------------------------------------------------


async def fetch_contract(hub: HubLink, message: m.FetchContract) -> m.ContractAnswer:
    operator = _demanded(message.operator, "operator")
    reply = await _ask(hub, "EnhancedContracts", names={"operatorID": operator})
    answer: m.ContractAnswer = _read(forms.CONTRACT_ANSWER, reply)
    return answer


async def fetch_contract_evses(hub: HubLink, message: m.FetchContractEvses) -> m.ContractEvses:
    names = {
        "operatorID": _demanded(message.operator, "operator"),
        "serviceOfferId": _demanded(message.offer_id, "offer_id"),
        "networkId": _demanded(message.network_id, "network_id"),
        "groupId": _demanded(message.group_id, "group_id"),
    }
    query = {"page": message.page, "size": message.size}
    reply = await _ask(hub, "ContractsEVSEs", query=query, names=names)
    answer: m.ContractEvses = _read(forms.CONTRACT_EVSES_ANSWER, reply)
    return answer


SENDS: Mapping[type[m.Message[Any]], Callable[[HubLink, Any], Awaitable[Any]]] = {
    m.AssignEvses: assign_evses,
    m.CreateNetwork: create_network,
    m.UploadTerms: upload_terms,
    m.CreateOffer: create_offer,
    m.UpdateOfferPrices: update_offer_prices,
    m.FetchOffers: fetch_offers,
    m.FetchOfferVersions: fetch_offer_versions,
    m.FetchContract: fetch_contract,
    m.FetchContractEvses: fetch_contract_evses,
}
