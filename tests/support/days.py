"""A clearing house that keeps direct endpoints and does as it is told, and partners at it with a clock to be moved."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from gateway.endpoints import Endpoints
from gateway.http import HttpRequest, HttpResponse
from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.model.party import Operator
from gateway.ports import Connection, Credentials, EndpointBook
from gateway.wire import WireModel, decode_document
from gateway.wire.soap import SOAP_11, opened, sealed
from gateway.wire.wsse import read
from gateway_ochp import wire
from gateway_ochp.direct import endpoints as direct
from gateway_ochp.direct.rotation import fetch, upload
from tests.support import Recorder

MORNING = datetime(2026, 1, 15, 8, tzinfo=UTC)
OPERATOR = Connection(
    name="clearing",
    hub="eclearing",
    protocol="ochp",
    role=Role.CPO,
    party=PartyId.parse("DE*ABC"),
    operators=(Operator(id=PartyId.parse("DE*ABC")), Operator(id=PartyId.parse("NL*XYZ"))),
    urls={"": "https://echs.example.com"},
    credentials=Credentials(username="operator", password="secret-word"),
    options={"ochp_direct": True, "ochp_direct_url": "https://cpo.example.com/clearing"},
)
PROVIDER = replace(
    OPERATOR,
    name="drivers",
    role=Role.EMSP,
    party=PartyId.parse("DE-8AA"),
    operators=(),
    credentials=Credentials(username="provider", password="secret-word"),
    options={"ochp_direct": True, "ochp_direct_url": "https://emp.example.com/drivers"},
)
EVSE = "DEABCE100*1"
NOBODY = Recorder()
"""No backend is asked."""
AnyEndpoint = wire.ProviderEndpoint | wire.OperatorEndpoint


@dataclass
class Clock:
    moment: datetime = MORNING

    def now(self) -> datetime:
        return self.moment

    def on(self, **length: float) -> None:
        self.moment += timedelta(**length)


@dataclass
class House:
    """`fails` is raised or answered in turn, before anything is done; with `loses` only the answer is lost."""

    listed: list[tuple[str, AnyEndpoint]] = field(default_factory=list)
    fails: list[Exception | tuple[str, str]] = field(default_factory=list)
    loses: list[Exception] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def answer(self, request: HttpRequest) -> HttpResponse:
        envelope = opened(request.body)
        user = read(envelope.header)
        assert user is not None, "every request to the clearing house names its user"
        self.asked.append(envelope.operation)
        uploads = envelope.operation == wire.AddServiceEndpointsRequest.element
        failure = self.fails.pop(0) if self.fails else None
        if isinstance(failure, Exception):
            raise failure
        if failure is not None:
            return _said(_response(uploads, *failure))
        model = decode_document(wire.AddServiceEndpointsRequest, envelope.child).model if uploads else None
        reply = self._given(user.username) if model is None else self._kept(user.username, model)
        if self.loses:
            raise self.loses.pop(0)
        return _said(reply)

    def _kept(self, user: str, request: wire.AddServiceEndpointsRequest) -> WireModel:
        given = [*request.provider_endpoint_array, *request.operator_endpoint_array]
        tokens = {one.access_token for _, one in self.listed}
        if any(one.access_token in tokens for one in given):
            return _response(True, "format", "accessToken is not unique")
        self.listed += [(user, one) for one in given]
        return _response(True, "ok", "")

    def _given(self, user: str) -> WireModel:
        others = [one for owner, one in self.listed if owner != user]
        return wire.GetServiceEndpointsResponse(
            result=_result("ok" if others else "roaming", ""),
            provider_endpoint_array=tuple(one for one in others if isinstance(one, wire.ProviderEndpoint)),
            operator_endpoint_array=tuple(one for one in others if isinstance(one, wire.OperatorEndpoint)),
        )

    def tokens(self, user: str) -> Iterator[tuple[str, str]]:
        """(day, token), as uploaded."""
        yield from ((str(one.valid_date), str(one.access_token)) for owner, one in self.listed if owner == user)


def _response(uploads: bool, code: str, text: str) -> WireModel:
    kind = wire.AddServiceEndpointsResponse if uploads else wire.GetServiceEndpointsResponse
    return kind(result=_result(code, text))


def _result(code: str, text: str) -> wire.Result:
    return wire.Result(result_code=code, result_description=text)


def _said(model: WireModel) -> HttpResponse:
    return HttpResponse(headers={"content-type": "text/xml"}, body=sealed(SOAP_11, model, prefix="ns"))


@dataclass
class Way:
    """A HubLink to the house."""

    house: House
    clock: Clock
    connection: Connection = OPERATOR
    endpoints: EndpointBook = field(default_factory=Endpoints)

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        return self.house.answer(request)

    def now(self) -> datetime:
        return self.clock.now()

    def new_id(self) -> str:
        return "1"


class Partners:
    """An operator and a provider at one clearing house, with one clock."""

    def __init__(self, moment: datetime = MORNING) -> None:
        self.house, self.clock = House(), Clock(moment)
        self.operator = Way(self.house, self.clock, OPERATOR)
        self.provider = Way(self.house, self.clock, PROVIDER)

    async def turn(self) -> None:
        """What is due now, on both sides; the provider's list is as new as the operator's upload."""
        for side in (self.operator, self.provider):
            await upload(side, NOBODY)
        for side in (self.operator, self.provider):
            await fetch(side, NOBODY)

    async def call(self) -> HttpRequest:
        """What the provider would send the operator now."""
        way = await direct.partner(self.provider, Role.CPO, EVSE)
        assert way.base == "https://cpo.example.com/clearing"
        return HttpRequest(headers=way.headers)
