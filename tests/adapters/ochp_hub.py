"""What the tests of the simulated clearing house share: a hub with a moved clock, asked with documents of our own."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from gateway.http import HttpRequest, HttpResponse
from gateway.ports import Operation
from gateway.simulation import Desk, world
from gateway.wire import WireModel, decode_document
from gateway.wire.soap import SOAP_11, Envelope, opened, sealed
from gateway.wire.wsse import UsernameToken
from gateway.wire.wsse import written as security
from gateway_ochp import wire
from gateway_ochp.simulator.door import BY_ELEMENT
from gateway_ochp.simulator.hub import EclearingSimulator

BEGAN = datetime(2026, 3, 1, 9, tzinfo=UTC)
TODAY = BEGAN.date()
M = TypeVar("M", bound=WireModel)
TWO_ACCOUNTS: Mapping[str, Any] = {
    "partners": [
        {"id": "DE*ABC", "role": "CPO", "operators": ["DE*ABD"], "user": "cpo", "password": "one"},
        {"id": "NL*XYZ", "role": "CPO", "user": "other", "password": "two"},
        {"id": "DE-8EO", "role": "EMSP", "user": "emp", "password": "three"},
        {"id": "NL-GWE", "role": "EMSP", "user": "emp2", "password": "four"},
        {"id": "DE*PRK", "role": "PSO", "user": "pso", "password": "five"},
    ],
    "cards": [],
}
PASSWORDS = {one["user"]: one["password"] for one in TWO_ACCOUNTS["partners"]} | {"demo": "demo"}


@dataclass
class House:
    """`called` are the requests of the test partner, `reply` is how they are answered."""

    config: Mapping[str, Any] = field(default_factory=dict)
    moment: datetime = BEGAN
    called: list[tuple[str, HttpRequest]] = field(default_factory=list)
    reply: WireModel | HttpResponse | None = None
    number: int = 0

    def __post_init__(self) -> None:
        self.desk = Desk(world(self.config), self._call, lambda: self.moment, self._id)
        self.hub = EclearingSimulator(self.desk)

    def _id(self) -> str:
        self.number += 1
        return f"0000-{self.number:04}"

    async def _call(self, url: str, request: HttpRequest) -> HttpResponse:
        self.called.append((url, request))
        if isinstance(self.reply, HttpResponse):
            return self.reply
        assert self.reply is not None, f"nobody answers at {url}"
        return HttpResponse(body=sealed(SOAP_11, self.reply))

    async def post(self, path: str, body: bytes, **headers: str) -> HttpResponse:
        named = {"host": "hub.example", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return await self.hub.handle(HttpRequest(path=path, body=body, headers=named))

    async def ask(self, request: WireModel, kind: type[M], user: str = "demo") -> M:
        """At the address of its operation, with the user's password."""
        operation = BY_ELEMENT[type(request).element]
        body = sealed(SOAP_11, request, security(UsernameToken(user, PASSWORDS[user])))
        return read(await self.post(f"/{operation.service}/ochp/v1.4", body, soapaction=operation.action), kind)

    # --- direct --------------------------------------------------------------------------------------------------

    async def endpoints(self, user: str = "demo") -> wire.GetServiceEndpointsResponse:
        return await self.ask(wire.GetServiceEndpointsRequest(), wire.GetServiceEndpointsResponse, user)

    async def register(self, *endpoints: Any, user: str = "demo") -> str:
        """The result code."""
        request = wire.AddServiceEndpointsRequest(
            provider_endpoint_array=tuple(one for one in endpoints if isinstance(one, wire.ProviderEndpoint)),
            operator_endpoint_array=tuple(one for one in endpoints if isinstance(one, wire.OperatorEndpoint)),
        )
        answer = await self.ask(request, wire.AddServiceEndpointsResponse, user)
        return code(answer)

    async def direct(self, role: str, operation: Operation, request: WireModel, pair: str) -> HttpResponse:
        coded = b64encode(pair.encode()).decode()
        body = sealed(SOAP_11, request)
        path = f"/direct/{role}/ochp/v1.4"
        return await self.post(path, body, soapaction=operation.action, authorization=f"Basic {coded}")


def read(reply: HttpResponse, kind: type[M]) -> M:
    child = envelope(reply).child
    assert str(child.tag).rpartition("}")[2] == kind.element, reply.body
    return decode_document(kind, child).model


def envelope(reply: HttpResponse) -> Envelope:
    return opened(reply.body, SOAP_11)


def code(answer: Any) -> str:
    return answer.result.result_code if answer.result is not None else ""


def text(answer: Any) -> str:
    return answer.result.result_description if answer.result is not None else ""


def provider(token: str = "P-1", day: date = TODAY, url: str = "https://emp.example/direct") -> Any:
    return wire.ProviderEndpoint(
        url=url, namespace_url=wire.NAMESPACE, access_token=token, valid_date=day, whitelist=("DE8EOC%",)
    )


def operator(token: str = "O-1", day: date = TODAY, url: str = "https://cpo.example/direct") -> Any:
    return wire.OperatorEndpoint(
        url=url, namespace_url=wire.NAMESPACE, access_token=token, valid_date=day, whitelist=("DEABCE%",)
    )


DAY = timedelta(days=1)
