"""The automation APIs of the simulated hub: its rules, against our own sends and against requests that break them."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest

from gateway.errors import Invalid, Refused
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.ids import EvseId, PartyId
from gateway.model.network import EvseGroup, EvseNetwork, OfferStatus
from gateway.ports import Connection
from gateway.simulation import Desk, world
from gateway.wire import document
from gateway.wire.json import json_text, parse_json
from gateway_oicp.forms import PUSH_DATA
from gateway_oicp.ngp.operations import NGP_OPERATIONS
from gateway_oicp.ngp.sends import SENDS
from gateway_oicp.simulator.hub import OicpHub
from tests.adapters.oicp_values import CPO, EMP, EVSE, SECOND, place
from tests.support import FakeLink
from tests.support.networks import always, offer, price_set

CONFIG: dict[str, Any] = {
    "push_hold_seconds": 0,
    "settings": {"rate_limits": True},
    "partners": [
        {"id": "NL*LON", "operators": ["DE*LON"], "name": "London Charging"},
        {"id": "DE-8EO", "role": "EMSP"},
        {"id": "FR-EMP", "role": "EMSP"},
    ],
    "contracts": [{"cpo": "NL*LON", "emsp": "DE-8EO"}],
}
BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
THIRD = EvseId.parse("NL*LON*E3333*1")


class Stage:
    """A simulated hub with three EVSEs pushed, at a time that stands still."""

    def __init__(self) -> None:
        self.now, self.ids = BEGIN, 0
        self.hub = OicpHub(Desk(world(CONFIG), self._nobody, lambda: self.now, self._id))

    async def begin(self) -> "Stage":
        places = tuple(map(place, (EVSE, SECOND, THIRD)))
        push = m.PublishEvses(action=m.PushAction.REPLACE_ALL, operator=CPO.party, operator_name="L", locations=places)
        await self.raw("POST", "/api/oicp/evsepush/v23/operators/NL*LON/data-records", document(PUSH_DATA.write(push)))
        return self

    def _id(self) -> str:
        self.ids += 1
        return f"id{self.ids}"

    async def _nobody(self, _: str, __: HttpRequest) -> HttpResponse:
        raise AssertionError("nobody is called")

    async def raw(self, method: str, path: str, tree: Any = None, body: bytes = b"") -> tuple[int, Any]:
        content = body if tree is None else json_text(tree).encode()
        reply = await self.hub.handle(HttpRequest(method=method, path=path, body=content))
        return reply.status, parse_json(reply.body)

    async def say(self, message: m.Message[Any], account: Connection = CPO) -> Any:
        """Through our own sends."""

        class Way(FakeLink):
            async def exchange(_, request: HttpRequest) -> HttpResponse:  # noqa: N805
                return await self.hub.handle(replace(request, path=unquote(request.path)))

        return await SENDS[type(message)](Way(account), message)

    async def network(self, *groups: tuple[str, Sequence[EvseId]], name: str = "Net") -> EvseNetwork:
        made = EvseNetwork(name=name, groups=tuple(EvseGroup(name=one, evses=tuple(evses)) for one, evses in groups))
        network: EvseNetwork = (await self.say(m.CreateNetwork(network=made))).network
        return network

    async def sold(self, network: EvseNetwork, **more: Any) -> Any:
        """An offer for a network, as the hub tells it."""
        prices = [replace(always(one.name or "", "day"), group_id=one.id) for one in network.groups]
        message = m.CreateOffer(offer=offer(*prices, network_id=network.id, **more))
        return (await self.say(message)).offer

    def inside(self) -> Any:
        return self.hub.state()["networks"]


@pytest.fixture
async def stage() -> Stage:
    return await Stage().begin()


def assignment(group: str, *evses: EvseId, network: str = "Net") -> m.AssignEvses:
    return m.AssignEvses(network=EvseNetwork(name=network, groups=(EvseGroup(name=group, evses=evses),)))


async def test_a_draft_is_overwritten_and_an_active_network_only_added_to(stage: Stage) -> None:
    network = await stage.network(("A", [EVSE]), ("B", []))
    await stage.say(assignment("B", EVSE))
    assert stage.inside() == {"Net": {"A": [], "B": [str(EVSE)]}}
    sold = await stage.sold(network)
    assert (sold.status, stage.hub.state()["sold_for_nothing"]) == (OfferStatus.PENDING, [])
    stage.now = BEGIN + timedelta(days=2)
    assert stage.hub.state()["sold_for_nothing"] == [str(SECOND), str(THIRD)]
    answer = await stage.say(assignment("A", EVSE, SECOND))
    assert answer.network.groups == (EvseGroup(name="A", evses=(SECOND,)),)
    assert stage.inside() == {"Net": {"A": [str(SECOND)], "B": [str(EVSE)]}}


REFUSED: Mapping[str, tuple[m.Message[Any], str]] = {
    "unknown network": (assignment("A", EVSE, network="Other"), "404: EVSE network not found"),
    "unknown group": (assignment("C", EVSE), "404: EVSE group not found"),
    "not pushed": (assignment("A", EvseId.parse("NL*LON*E9*9")), "400: EVSEs not found: NL\\*LON\\*E9\\*9"),
    "in another network": (assignment("A", THIRD), "400: EVSEs are in another network"),
    "name taken": (m.CreateNetwork(network=EvseNetwork(name="N")), "evseGroups"),
    "network taken": (m.CreateNetwork(network=EvseNetwork(name="Net", groups=(EvseGroup(name="A"),))), "not unique"),
    "group taken": (
        m.CreateNetwork(network=EvseNetwork(name="N", groups=(EvseGroup(name="A"), EvseGroup(name="A")))),
        "group names are not unique",
    ),
    "twice": (
        m.CreateNetwork(
            network=EvseNetwork(
                name="N", groups=(EvseGroup(name="A", evses=(SECOND,)), EvseGroup(name="B", evses=(SECOND,)))
            )
        ),
        "two groups",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_the_hub_refuses_what_breaks_its_rules(stage: Stage, what: str) -> None:
    await stage.network(("A", [EVSE]), ("B", []))
    await stage.network(("A", [THIRD]), name="Full")
    before = stage.inside()
    message, words = REFUSED[what]
    with pytest.raises((Refused, Invalid), match=words):
        await stage.say(message)
    assert stage.inside() == before


async def test_offers_become_active_by_time_and_prices_a_new_version(stage: Stage) -> None:
    network = await stage.network(("A", [EVSE]), ("B", [SECOND, THIRD]))
    first = await stage.sold(network)
    assert (first.status, first.version, first.unlimited, first.valid_to) == (OfferStatus.PENDING, 0, True, None)
    prices = tuple(replace(always(one.name or "", "night"), group_id=one.id) for one in network.groups)
    update = m.UpdateOfferPrices(
        offer_id=first.id,
        network_id=network.id,
        at=BEGIN + timedelta(days=15),
        price_sets=(price_set("night", "0.20"),),
        prices=prices,
    )
    with pytest.raises(Refused, match="15 days ahead"):
        await stage.say(replace(update, at=BEGIN + timedelta(days=14)))
    second = (await stage.say(update)).offer
    assert (second.version, second.previous_id, second.original_id) == (1, first.id, first.id)
    with pytest.raises(Refused, match="newer version"):
        await stage.say(update)
    stage.now = BEGIN + timedelta(days=2)
    told = (await stage.say(m.FetchOffers())).offers
    assert [(one.offer.id, one.offer.status.value) for one in told] == [(first.id, "ACTIVE"), (second.id, "PENDING")]
    assert [one.subscriber for one in told[0].subscriptions] == [EMP.party]
    stage.now = BEGIN + timedelta(days=15)
    versions = (await stage.say(m.FetchOfferVersions(offer_id=second.id))).offers
    assert [(one.offer.id, one.offer.status.value) for one in versions] == [
        (first.id, "CANCELLED"),
        (second.id, "ACTIVE"),
    ]
    week = versions[1].prices[0].plans
    assert [(plan.weekdays, plan.slots[0].components[0].cost) for plan in week] == [
        ((day,), Decimal("0.20")) for day in range(1, 8)
    ]


async def test_an_offer_that_does_not_fit_its_network_is_refused(stage: Stage) -> None:
    network = await stage.network(("A", [EVSE]), ("B", []))
    with pytest.raises(Refused, match="in the future"):
        await stage.sold(network, valid_from=BEGIN)
    with pytest.raises(Refused, match="attachment not found: T"):
        await stage.sold(network, terms=("T",))
    with pytest.raises(Refused, match="prices are for the groups"):
        await stage.sold(replace(network, groups=network.groups[:1]))
    with pytest.raises(Refused, match="EVSE network not found"):
        await stage.sold(replace(network, id="other"))
    limited = await stage.sold(network, unlimited=False, lead_days=None, valid_to=BEGIN + timedelta(days=30))
    with pytest.raises(Refused, match="only unlimited"):
        await stage.say(
            m.UpdateOfferPrices(
                offer_id=limited.id,
                network_id=network.id,
                at=BEGIN + timedelta(days=20),
                price_sets=(price_set("day", "1"),),
                prices=tuple(replace(always("", "day"), group_id=one.id) for one in network.groups),
            )
        )
    with pytest.raises(Refused, match="service offer not found"):
        await stage.say(m.FetchOfferVersions(offer_id="nothing"))


async def test_uploaded_terms_are_named_by_an_offer(stage: Stage) -> None:
    network = await stage.network(("A", [EVSE]))
    content = base64.b64encode(b"%PDF-1.7").decode()
    terms = await stage.say(m.UploadTerms(file_name="terms.pdf", content=content))
    assert terms.file_name == "terms.pdf"
    assert (await stage.sold(network, terms=(terms.attachment_id,))).terms == (terms.attachment_id,)


async def test_an_emp_sees_its_contract_and_the_evses_in_pages(stage: Stage) -> None:
    network = await stage.network(("A", [EVSE, SECOND, THIRD]))
    sold = await stage.sold(network)
    contract = (await stage.say(m.FetchContract(operator=CPO.party), EMP)).contract
    assert (contract.operator, contract.operator_name, contract.sub_operators) == (
        CPO.party, "London Charging", (PartyId.parse("DE*LON"),),
    )  # fmt: skip
    assert [(one.offer.id, one.offer.unlimited, one.network.evse_count) for one in contract.offers] == [
        (sold.id, True, 3)
    ]
    asked = m.FetchContractEvses(
        operator=CPO.party, offer_id=sold.id, network_id=network.id, group_id=network.groups[0].id, size=2
    )
    pages = [await stage.say(replace(asked, page=number), EMP) for number in (0, 1)]
    assert [(page.evses, page.page.last) for page in pages] == [((EVSE, SECOND), False), ((THIRD,), True)]
    stranger = replace(EMP, party=PartyId.parse("FR-EMP"))
    for message in (m.FetchContract(operator=CPO.party), asked):
        with pytest.raises(Refused, match="404"):
            await stage.say(message, stranger)


@pytest.mark.parametrize("operation", NGP_OPERATIONS, ids=lambda operation: operation.name)
async def test_every_api_has_its_limit_of_calls(stage: Stage, operation: Any) -> None:
    path = operation.path.format(
        operatorID="NL*LON", providerID="DE-8EO", serviceOfferId="O", networkId="N", groupId="G"
    )
    most = {"UploadTermsConditions": 6, "ContractsEVSEs": 60}.get(operation.name, 50)
    replies = [await stage.hub.handle(HttpRequest(method=operation.method, path=path)) for _ in range(most + 1)]
    assert [reply.status for reply in replies].count(429) == 1
    assert replies[-1].headers["retry-after"]


async def test_what_breaks_the_schema_is_a_fault(stage: Stage) -> None:
    code, answer = await stage.raw("PUT", "/api/evsenetwork/v1/operators/NL*LON/network", {"GroupsAssignments": []})
    assert (code, [one["fieldReference"] for one in answer["validationErrors"]]) == (
        400, ["networkName", "groupsAssignments"],
    )  # fmt: skip
    code, _ = await stage.raw("PUT", "/api/evsenetwork/v1/operators/NL*LON/network", body=b"{")
    assert code == 400
    code, answer = await stage.raw("GET", "/api/evsenetwork/v1/operators/NL*LON/network")
    assert (code, answer["StatusCode"]["Code"]) == (404, "001")
    code, answer = await stage.raw("POST", "/api/partner/v1/operators/NL*LON/service-offers/attachments", body=b"x")
    assert (code, answer["message"]) == (400, "a PDF and its attachmentType are needed")
