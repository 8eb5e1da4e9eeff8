"""The simulated IOP over HTTP: its faults as our sends see them, and the one message that was ever shown in public."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gateway.errors import GatewayError, NoAnswer, Refused, Unavailable, Undecodable
from gateway.gateway import Gateway
from gateway.model import messages as m
from gateway.model.cdr import CdrNature
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.party import Operator
from gateway.model.session import SessionIds
from gateway.model.token import Token, TokenType
from gateway.ports import Connection
from gateway.simulation import world
from gateway.web.app import application
from gateway.web.hosting import Hosted
from gateway.web.simulate import simulation_of
from gateway.wire.soap import SOAP_12, opened
from tests.adapters.test_emip_simulator import cdr
from tests.support import FIXTURES

CPO, SYSTEM, PROVIDER = PartyId.parse("FR*CPO"), PartyId.parse("FR*MSP"), PartyId.parse("FR*798")
EVSE = EvseId.parse("FR*CPO*E0001*1")
CARD = Token(uid="04B1C2D3E4F590", type=TokenType.RFID)
OURS, THEIRS = "8798489", "8756546889"
"""The names of both partners for the session on the slide."""


class Provider:
    """Behind the connection of the provider FR*798, whose system is FR*MSP."""

    async def authorize_token(self, connection: Connection, message: m.AuthorizeToken) -> m.Authorization:
        assert message.provider == PROVIDER
        return m.Authorization(allowed=m.Allowed.ALLOWED, session=SessionIds(emsp=THEIRS))

    async def submit_cdr(self, connection: Connection, message: m.SubmitCdr) -> m.CdrReceipt:
        return m.CdrReceipt(accepted=True)


class _Later:
    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await self.app(scope, receive, send)


class Directed:
    def __init__(self, gateway: Gateway, url: str, client: httpx.AsyncClient) -> None:
        self.gateway, self.url, self.client = gateway, url, client

    async def direct(self, act: str, **wish: Any) -> Any:
        return (await self.client.post(f"{self.url}/_simulator/{act}", json=wish)).json()

    async def authorize(self) -> m.Authorization:
        question = m.AuthorizeToken(token=CARD, evse=EVSE, session=SessionIds(cpo=OURS))
        answer: m.Authorization = await self.gateway.hub("cpo").send(question)
        return answer


@pytest.fixture
async def hub() -> AsyncIterator[Directed]:
    front = _Later()
    async with Hosted(front) as ours:
        partners = [
            {"id": str(CPO)},
            {"id": str(SYSTEM), "role": "EMSP", "operators": [str(PROVIDER)], "url": f"{ours.url}/emp"},
        ]
        cards = [{"uid": CARD.uid, "provider": str(PROVIDER)}]
        simulation = simulation_of("gireve", world({"partners": partners, "cards": cards}))
        async with Hosted(simulation.application()) as hosted:
            urls = {"urls": {"": f"{hosted.url}/api/emip"}, "insecure_loopback": True}
            known = {
                "cpo": Connection("cpo", "gireve", "emip", Role.CPO, CPO, (Operator(id=CPO),), **urls),
                "emp": Connection("emp", "gireve", "emip", Role.EMSP, SYSTEM, (Operator(id=PROVIDER),), **urls),
            }
            async with Gateway(known, Provider()) as gateway, httpx.AsyncClient(trust_env=False) as client:
                front.app = application(gateway, manage=False)
                yield Directed(gateway, hosted.url, client)


@pytest.mark.parametrize(
    ("fault", "failure", "words"),
    [
        ({"kind": "status", "status": 500}, Undecodable, "HTTP 500"),
        ({"kind": "status", "status": 503}, Unavailable, "HTTP 503"),
        ({"kind": "status", "status": 429, "retry_after": 7}, Unavailable, "HTTP 429"),
        ({"kind": "lost"}, NoAnswer, "RemoteProtocolError|ReadError"),
        ({"kind": "html", "status": 403}, Refused, "HTTP 403"),
        ({"kind": "latin", "status": 403}, Refused, "HTTP 403"),
    ],
    ids=lambda value: value.get("kind", "") if isinstance(value, dict) else "",
)
async def test_what_goes_wrong_at_the_hub(
    hub: Directed, fault: dict[str, Any], failure: type[GatewayError], words: str
) -> None:
    await hub.direct("fault", **fault, path="/api/emip")
    with pytest.raises(failure, match=words):
        await hub.authorize()
    assert (await hub.authorize()).allowed is m.Allowed.ALLOWED


async def test_a_record_that_a_network_delivers_twice_is_booked_once(hub: Directed) -> None:
    session = (await hub.authorize()).session
    await hub.direct("fault", kind="duplicate")
    await hub.gateway.hub("cpo").send(m.SubmitCdr(cdr=cdr(session, EVSE)))
    counts = (await hub.client.get(f"{hub.url}/_simulator/counts")).json()["cdrs"][session.hub]
    assert (counts["received"], counts["booked"]) == (2, 1)


async def test_the_message_of_the_slide_is_answered_with_the_record(hub: Directed) -> None:
    """Its session id is shortened with dots, its lines are broken, its head stands in the body."""
    slide = (FIXTURES / "emip" / "slide_get_charge_detail_record.http").read_bytes()
    headers = {"content-type": "application/soap+xml"}

    async def asked() -> Any:
        reply = await hub.client.post(f"{hub.url}/api/emip", content=slide, headers=headers)
        assert reply.status_code == 200
        return opened(reply.content, SOAP_12).child

    assert (await asked()).findtext("requestStatus") == "10501"
    session = (await hub.authorize()).session
    sent = cdr(SessionIds(hub=session.hub, cpo=OURS), EVSE, nature=CdrNature.FINAL)
    assert (await hub.gateway.hub("cpo").send(m.SubmitCdr(cdr=sent))).accepted is True
    answer = await asked()
    assert (answer.findtext("requestStatus"), answer.findtext("transactionId")) == ("1", "TRANSACTION_46151")
    names = ("serviceSessionId", "execPartnerSessionId", "salePartnerSessionId", "salePartnerOperatorId")
    assert [answer.findtext(f"chargeDetailRecord/{name}") for name in names] == [
        session.hub,
        OURS,
        THEIRS,
        str(PROVIDER),
    ]
