"""The automation APIs: the published messages, and what we send."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Invalid, Refused, Unavailable, Undecodable
from gateway.findings import Severity
from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.network import (
    EvseGroup,
    EvseNetwork,
    GroupPrice,
    OfferStatus,
    PriceKind,
    PriceUnit,
    PricingComponent,
    TimeSlot,
)
from gateway.ports import Connection
from gateway.wire import decode_document, document
from gateway.wire.json import parse_json
from gateway.wire.kept import differences
from gateway_oicp import adapter
from gateway_oicp.ngp import wire
from gateway_oicp.ngp.forms import FORMS
from gateway_oicp.ngp.sends import SENDS
from tests.adapters.oicp_values import CPO, EMP, EVSE, SECOND, json_reply
from tests.support import CONFORMANCE, FakeLink, needs_conformance, samples

SAMPLES = [path for folder in ("NGP-CPO", "NGP-EMP") for path in samples(CONFORMANCE / "oicp" / folder, "*.json")]
every_sample = pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
NOTICED = {
    "CreateNGPServiceOffer.request": [("/leadTime", "repaired")],
    "ContractsEVSEs.response": [
        ("/empty", "unknown-member"),
        ("/pageable", "unknown-member"),
        ("/sort", "unknown-member"),
    ],
}
"""What is noticed: a number sent as a text, and members of a page that say nothing."""


# --- the published messages --------------------------------------------------------------------------------------


@needs_conformance
def test_every_published_message_has_a_form() -> None:
    assert {adapter.identify(path.read_bytes(), path.name).form.label for path in SAMPLES} == {
        form.label for form in FORMS
    }


@needs_conformance
@every_sample
def test_a_sample_is_read_without_errors_and_written_the_same(path: Path) -> None:
    found = adapter.identify(path.read_bytes(), path.name)
    decoded = decode_document(found.form.wire, found.document)
    noticed = [(one.pointer, one.code) for one in decoded.findings]
    assert noticed == NOTICED.get(path.stem, [])
    again = document(found.form.write(found.form.read(decoded.model)))
    assert differences(found.document, again) == ()


@needs_conformance
def test_an_end_beyond_every_calendar_is_no_end() -> None:
    path = CONFORMANCE / "oicp/NGP-EMP/EnhancedContracts.response.json"
    found = adapter.identify(path.read_bytes(), path.name)
    answer: m.ContractAnswer = found.form.read(decode_document(found.form.wire, found.document).model)
    assert answer.contract is not None
    told = answer.contract.offers[0]
    assert told.offer is not None
    assert (told.offer.unlimited, told.offer.valid_to, told.offer.status) == (True, None, OfferStatus.ACTIVE)
    component = PricingComponent(kind=PriceKind.ENERGY, unit=PriceUnit.KILOWATT_HOUR, cost=Decimal("1.0"))
    assert told.prices[0].plans[0].weekdays == (1,)
    assert told.prices[0].plans[0].slots == (
        TimeSlot(begin=79_200, end=86_400, price_set="sonar testcase103", components=(component,)),
        TimeSlot(begin=0, end=79_200, price_set="sonar testcase101", components=(component,)),
    )


@pytest.mark.parametrize("first", ["group", "Group"])
def test_outer_names_of_prices_are_read_in_either_spelling(first: str) -> None:
    names = {
        "group": ("groupId", "groupName", "currency", "days"),
        "Group": ("GroupId", "GroupName", "Currency", "Days"),
    }
    one = dict(zip(names[first], ("G", "A", "EUR", []), strict=True))
    body = {"offersInfo": [{"serviceOffer": None, "subscriptions": [], "pricingDetails": [one]}]}
    form = adapter.identify(b"{}", "ExtractOfferSubscriptionDetails.response").form
    answer: m.Offers = form.read(decode_document(form.wire, body).model)
    assert answer.offers[0].prices == (GroupPrice(group_id="G", group_name="A", currency="EUR"),)


WRONG: Mapping[str, tuple[Mapping[str, Any], list[str]]] = {
    "lead time of a limited offer": (
        {"unlimited": False, "validTo": "2027-01-01T00:00:00+01:00"},
        ["/leadTime"],
    ),
    "no end of a limited offer": ({"unlimited": False, "leadTime": None}, ["/validTo"]),
    "an end of an unlimited offer": ({"validTo": "2027-01-01T00:00:00+01:00"}, ["/validTo"]),
    "nobody to subscribe": ({"offerToAll": False, "twoStepProcess": False}, ["/subscriberPartnerIds"]),
    "two steps in a bilateral offer": (
        {"offerToAll": False, "subscriberPartnerIds": ["x"]},
        ["/twoStepProcess"],
    ),
    "two steps that demand nothing": ({"twoStepRequiredMasterDataFields": {}}, ["/twoStepRequiredMasterDataFields"]),
    "days": (
        {"leadTime": 14, "minimumTerm": 0, "cancellationPeriod": 0},
        ["/cancellationPeriod", "/leadTime", "/minimumTerm"],
    ),
    "long": ({"description": "x" * 256, "partnerInternalId": "x" * 256}, ["/description", "/partnerInternalId"]),
}


@needs_conformance
@pytest.mark.parametrize("what", WRONG)
def test_an_offer_that_contradicts_itself_is_found(what: str) -> None:
    changes, pointers = WRONG[what]
    tree = parse_json((CONFORMANCE / "oicp/NGP-CPO/CreateNGPServiceOffer.request.json").read_bytes())
    findings = decode_document(wire.NgpOfferRequest, {**tree, **changes}).findings
    assert sorted(one.pointer for one in findings if one.severity is Severity.ERROR) == pointers


@needs_conformance
def test_tariffs_and_slots_fit_together() -> None:
    tree = parse_json((CONFORMANCE / "oicp/NGP-CPO/UpdatePricingForNGPOffers.request.json").read_bytes())
    tree["tariffs"][1]["name"] = "stupido2"
    plan = tree["pricingDetails"][0]["product"]["timePlans"][0]
    plan["timeSlots"].append({**plan["timeSlots"][0], "startTime": "12:00:00"})
    findings = decode_document(wire.NgpPriceUpdate, tree).findings
    product = "/pricingDetails/0/product/timePlans"
    assert {(one.pointer, one.code) for one in findings} == {
        ("/tariffs/0/name", "repeated"),
        ("/tariffs/1/name", "repeated"),
        (f"{product}/1/timeSlots/0/tariffName", "unknown-name"),
        (f"{product}/0/timeSlots/1/startTime", "overlap"),
    }


# --- sends -------------------------------------------------------------------------------------------------------

NETWORK = EvseNetwork(name="Net", groups=(EvseGroup(name="A", evses=(EVSE,)),))
ASSIGNED = {"NetworkName": "Net", "GroupsAssignments": [{"GroupName": "A", "Evses": [str(EVSE), str(SECOND)]}]}


def link(account: Connection, *replies: HttpResponse | Exception) -> FakeLink:
    return FakeLink(account, list(replies))


@pytest.mark.parametrize(
    ("urls", "base"),
    [
        ({"": "https://hub.example/api/oicp"}, "https://hub.example"),
        ({"": "https://hub.example/"}, "https://hub.example"),
        ({"": "https://hub.example/api/oicp", "ngp": "https://other.example"}, "https://other.example"),
        ({}, ""),
    ],
)
async def test_the_apis_are_beside_oicp_at_the_same_host(urls: Mapping[str, str], base: str) -> None:
    hub = link(replace(CPO, urls=urls), json_reply(ASSIGNED))
    await SENDS[m.AssignEvses](hub, m.AssignEvses(network=NETWORK))
    asked = hub.asked[0]
    assert (asked.method, asked.base, asked.path) == (
        "PUT", base, "/api/evsenetwork/v1/operators/NL%2ALON/network",
    )  # fmt: skip


async def test_an_assignment_is_answered_with_all_evses_of_the_group() -> None:
    hub = link(CPO, json_reply(ASSIGNED, 201))
    answer = await SENDS[m.AssignEvses](hub, m.AssignEvses(network=NETWORK))
    assert answer == m.NetworkAnswer(
        network=EvseNetwork(name="Net", groups=(EvseGroup(name="A", evses=(EVSE, SECOND)),))
    )
    assert parse_json(hub.asked[0].body) == {
        "NetworkName": "Net",
        "GroupsAssignments": [{"GroupName": "A", "Evses": [str(EVSE)]}],
    }


async def test_a_new_network_is_sent_without_ids() -> None:
    answer = {
        "id": "N",
        "evseNetworkName": "Net",
        "evseGroups": [{"id": "G", "groupName": "A", "evseIds": [str(EVSE)]}],
    }
    hub = link(CPO, json_reply(answer, 201))
    told = EvseNetwork(id="x", name="Net", groups=(EvseGroup(id="y", name="A", evses=(EVSE,)),))
    made = await SENDS[m.CreateNetwork](hub, m.CreateNetwork(network=told))
    assert made.network == replace(told, id="N", groups=(replace(told.groups[0], id="G"),))
    assert parse_json(hub.asked[0].body) == {
        "evseNetworkName": "Net",
        "evseGroups": [{"groupName": "A", "evseIds": [str(EVSE)]}],
    }


async def test_terms_are_a_file_in_a_form() -> None:
    hub = link(CPO, json_reply({"uploadedAttachmentId": "T", "originalFileName": "a.pdf"}, 201))
    content = base64.b64encode(b"%PDF-1.7 \x00\xff").decode()
    answer = await SENDS[m.UploadTerms](hub, m.UploadTerms(file_name='a"\r\n.pdf', content=content))
    asked = hub.asked[0]
    assert answer == m.UploadedTerms(attachment_id="T", file_name="a.pdf")
    assert (asked.path, asked.query) == (
        "/api/partner/v1/operators/NL%2ALON/service-offers/attachments",
        "attachmentType=pdf",
    )
    assert asked.headers["content-type"] == "multipart/form-data; boundary=part-00000000-0000-4000-8000-000000000001"
    boundary = b"--part-00000000-0000-4000-8000-000000000001"
    assert asked.body.split(boundary) == [
        b"",
        b'\r\nContent-Disposition: form-data; name="attachmentType"\r\n\r\npdf\r\n',
        b'\r\nContent-Disposition: form-data; name="file"; filename="a%22%0D%0A.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n%PDF-1.7 \x00\xff\r\n",
        b"--\r\n",
    ]


@pytest.mark.parametrize("content", ["", "no base64!", base64.b64encode(b"<html>").decode()])
async def test_terms_that_are_no_pdf_are_not_sent(content: str) -> None:
    hub = link(CPO)
    with pytest.raises(Invalid, match="are a PDF"):
        await SENDS[m.UploadTerms](hub, m.UploadTerms(file_name="a.pdf", content=content))
    assert hub.asked == []


@pytest.mark.parametrize(
    "message",
    [
        m.UpdateOfferPrices(),
        m.FetchOfferVersions(),
        m.FetchContract(),
        m.FetchContractEvses(operator=CPO.party, offer_id="O", network_id="N"),
    ],
    ids=lambda message: type(message).__name__,
)
async def test_what_the_path_needs_is_demanded(message: m.Message[Any]) -> None:
    with pytest.raises(Invalid, match="is mandatory"):
        await SENDS[type(message)](link(CPO), message)


async def test_a_name_that_is_too_long_never_leaves() -> None:
    hub = link(CPO)
    broken = replace(NETWORK, groups=(EvseGroup(name="x" * 51),))
    with pytest.raises(Invalid, match="at most 50"):
        await SENDS[m.CreateNetwork](hub, m.CreateNetwork(network=broken))
    assert hub.asked == []


async def test_an_emp_asks_by_its_own_id_and_the_operators() -> None:
    page = {"content": [{"evseId": str(EVSE)}], "number": 1, "size": 1, "totalElements": 2, "totalPages": 2}
    more = {"numberOfElements": 1, "first": False, "last": True}
    hub = link(EMP, json_reply({**page, **more}))
    message = m.FetchContractEvses(
        operator=CPO.party, offer_id="O/1", network_id="N", group_id="G", page=1, size=1
    )  # fmt: skip
    answer = await SENDS[m.FetchContractEvses](hub, message)
    asked = hub.asked[0]
    assert (asked.method, asked.path, asked.query, asked.body, "content-type" in asked.headers) == (
        "GET",
        "/api/premium/contracts/v1/providers/DE-8EO/operators/NL%2ALON/service-offers/O%2F1/networks/N/groups/G/evses",
        "page=1&size=1",
        b"",
        False,
    )
    assert (answer.evses, answer.page.last, answer.page.total) == ((EVSE,), True, 2)


FAULT = {"message": "EVSE network not found", "validationErrors": [{"fieldReference": "a", "errorMessage": "b"}]}


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (json_reply(FAULT, 404), Refused, "404: EVSE network not found – a: b"),
        (json_reply({"StatusCode": {"Code": "017", "AdditionalInfo": "no"}}, 401), Refused, "017: no"),
        (HttpResponse(status=403, body=b"<html>nginx</html>"), Refused, "a page instead"),
        (json_reply({}, 429, retry_after="7"), Unavailable, "429"),
        (json_reply({"message": "x"}, 500), Undecodable, "HTTP 500"),
    ],
)
async def test_what_is_no_success_is_told_apart(reply: HttpResponse, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        await SENDS[m.AssignEvses](link(CPO, reply), m.AssignEvses(network=NETWORK))
