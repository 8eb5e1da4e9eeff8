"""An operator and a provider that reach each other over OCHPdirect; made-up ids, links without a network."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.direct import DirectEndpoint
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.session import ChargingDemand, Limit, LimitKind, Session, SessionEvent, SessionIds, SessionStatus
from gateway.model.token import Token, TokenType
from gateway.ports import Call, Connection, NoSessions
from gateway.wire import WireModel, decode_document
from gateway.wire.soap import SOAP_11, sealed
from gateway_ochp import adapter, wire
from gateway_ochp.direct.endpoints import authorization
from tests.support import FakeLink, Recorder

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
EVSE = EvseId.parse("DE*823*E1234*5678")
CONTRACT = ContractId.parse("DE-8AA-CA2B3C4D5-N")
USER = Token(uid="DE-8AA-CA2B3C4D5-N", type=TokenType.APP_USER, contract_id=CONTRACT, provider=CONTRACT.party)
ID = "DE823-7C0E1A52-0001"
IDS = SessionIds(hub=ID)
UNTIL = NOW + timedelta(minutes=10)
DEMAND = ChargingDemand(
    max_power_kw=Decimal(11), single_phase=False, min_energy_kwh=Decimal("5.5"), departure=NOW + timedelta(hours=5)
)
LIMITS = (Limit(kind=LimitKind.ENERGY, value=Decimal(85), unit="kWh"),)
OPERATOR = Connection(
    name="clearing", hub="eclearing", protocol="ochp", role=Role.CPO, party=PartyId.parse("DE*823"),
    options={"ochp_direct": True},
)  # fmt: skip
PROVIDER = replace(OPERATOR, role=Role.EMSP, party=PartyId.parse("DE*8AA"))
OPERATORS = DirectEndpoint(
    role=Role.CPO, url="https://operator.example/clearing", version=wire.NAMESPACE, token="operator-token",
    day=NOW.date(), allow=("DE823E%",),
)  # fmt: skip
PROVIDERS = DirectEndpoint(
    role=Role.EMSP, url="https://provider.example/clearing", version=wire.NAMESPACE, token="provider-token",
    day=NOW.date(), allow=("DE8AAC%",),
)  # fmt: skip


def result(code: str | None, text: str = "") -> wire.DirectResult:
    return wire.DirectResult(result_code=code, result_description=text)


def said(model: WireModel) -> HttpResponse:
    return HttpResponse(headers={"content-type": "text/xml"}, body=sealed(SOAP_11, model, prefix=""))


async def link(connection: Connection, *replies: HttpResponse | Exception) -> FakeLink:
    """With the endpoints of both sides for that day."""
    hub = FakeLink(connection, list(replies), moment=NOW)
    ours, theirs = (OPERATORS, PROVIDERS) if connection.role is Role.CPO else (PROVIDERS, OPERATORS)
    await hub.endpoints.keep_ours([ours])
    await hub.endpoints.keep_partners([theirs], NOW)
    return hub


async def send(hub: FakeLink, message: m.Message[Any]) -> Any:
    return await adapter.sends[type(message)](hub, message)


def sent(hub: FakeLink) -> Sequence[WireModel]:
    """Every message that left, decoded by its element."""
    found = [adapter.identify(request.body, "") for request in hub.asked]
    return [decode_document(one.form.wire, one.document).model for one in found]


# --- serving -----------------------------------------------------------------------------------------------------


@dataclass
class Book(NoSessions):
    """The sessions of a connection, as a test has them."""

    states: dict[str, m.SessionState] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)

    async def state(self, ids: SessionIds, evse: EvseId | None = None) -> m.SessionState | None:
        return self.states.get(ids.hub or "")

    async def over(self, ids: SessionIds) -> None:
        self.ended.append(ids.hub or "")


def open_session(
    status: SessionStatus, until: datetime | None = UNTIL, token: Token = USER, ended: datetime | None = None
) -> Book:
    about = Session(ids=IDS, evse=EVSE, token=token, status=status, end=ended)
    return Book({ID: m.SessionState(event=SessionEvent(valid_until=until), session=about)})


async def served(
    connection: Connection, model: WireModel, backend: Recorder, book: Book | None = None, now: datetime = NOW
) -> WireModel:
    """What a partner of the other role is answered, by the route or by the refusal of what it raises."""
    hub = await link(connection)
    hub.moment = now
    ours, theirs = (OPERATORS, PROVIDERS) if connection.role is Role.CPO else (PROVIDERS, OPERATORS)
    pair = {"authorization": authorization(ours.token or "", theirs.token or "")}
    request = HttpRequest(path="/", headers=pair, body=sealed(SOAP_11, model, prefix=""))
    await adapter.admit(hub, request)
    route = next(one for one in adapter.routes if one.element == model.element and one.role == connection.role)
    reply = await route.answer(Call(connection, request, backend, hub, {}, book or Book()))
    return decoded(reply)


def decoded(reply: HttpResponse) -> WireModel:
    found = adapter.identify(reply.body, "")
    model: WireModel = decode_document(found.form.wire, found.document).model
    return model
