"""How the hub's test partner meets its partners: its endpoints of the day, who may call it, and how it calls.

It takes a call with the pair `receiver token : sender token` of one day, from 23:50 of the day before to 00:30 of the
day after, and calls with the pair of the present day (inventory a.13).
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import TypeVar

from gateway.errors import Refused, Unauthenticated, Undecodable
from gateway.http import HttpRequest
from gateway.ports import Operation
from gateway.simulation import Desk
from gateway.wire import WireModel, decode_document
from gateway.wire.soap import SOAP_11, opened, raise_fault, sealed
from gateway_ochp import wire
from gateway_ochp.simulator.accounts import CPO, EMSP, TEST_OPERATOR, TEST_PROVIDER, TEST_USER
from gateway_ochp.simulator.door import HEADERS, PREFIX
from gateway_ochp.simulator.endpoints import LOOPBACK, AnyEndpoint, Listed, ServiceEndpoints
from gateway_ochp.simulator.settings import ADDRESS, setting

PATHS = {CPO: "/direct/operator/ochp/v1.4", EMSP: "/direct/provider/ochp/v1.4"}
"""The test addresses of the published WSDL, below the hub's own."""
OTHER = {CPO: EMSP, EMSP: CPO}
NOWHERE = "https://hub.invalid"
M = TypeVar("M", bound=WireModel)


@dataclass(frozen=True)
class Way:
    """Where a partner is called; `listed` is its endpoint of the day."""

    listed: Listed

    @property
    def url(self) -> str:
        return self.listed.endpoint.url or ""


class Calling:
    def __init__(self, desk: Desk, endpoints: ServiceEndpoints) -> None:
        self._desk, self._endpoints = desk, endpoints
        self._base = setting(desk.world, ADDRESS) or NOWHERE
        self._tokens: dict[tuple[str, date], str] = {}

    # --- its endpoints -------------------------------------------------------------------------------------------

    def known_at(self, host: str) -> None:
        """By which name the hub is called; a configured address counts over it."""
        if host and not setting(self._desk.world, ADDRESS):
            on_this_machine = host.rpartition(":")[0].strip("[]") in LOOPBACK or host in LOOPBACK
            self._base = f"{'http' if on_this_machine else 'https'}://{host}"

    def present(self) -> None:
        """Its endpoints from yesterday to tomorrow are at the clearing house."""
        today = self._desk.now().astimezone(UTC).date()
        days = [today + timedelta(days=number) for number in (-1, 0, 1)]
        self._endpoints.listed = [one for one in self._endpoints.listed if one.account != TEST_USER]
        self._endpoints.keep([Listed(TEST_USER, self._endpoint(role, day)) for day in days for role in (CPO, EMSP)])

    def _endpoint(self, role: str, day: date) -> AnyEndpoint:
        kind = wire.OperatorEndpoint if role == CPO else wire.ProviderEndpoint
        pattern = f"{TEST_OPERATOR.compact}E%" if role == CPO else f"{TEST_PROVIDER.compact}C%"
        return kind(
            url=self._base + PATHS[role],
            namespace_url=wire.NAMESPACE,
            access_token=self._token(role, day),
            valid_date=day,
            whitelist=(pattern,),
        )

    def _token(self, role: str, day: date) -> str:
        return self._tokens.setdefault((role, day), f"{role}-{day}-{self._desk.new_id()}")

    # --- called --------------------------------------------------------------------------------------------------

    def admitted(self, request: HttpRequest, role: str) -> Listed:
        """The caller's endpoint. Raises Unauthenticated unless both tokens are good now, and of one day."""
        self.present()
        receiver, sender = _pair(request.headers.get("authorization", ""))
        ours = [one for one in self._endpoints.of_token(receiver, role) if one.account == TEST_USER]
        theirs = [one for one in self._endpoints.of_token(sender, OTHER[role]) if one.account != TEST_USER]
        days = {one.endpoint.valid_date for one in ours}
        caller = next((one for one in theirs if one.endpoint.valid_date in days), None)
        if caller is None:
            raise Unauthenticated("not a pair of tokens of this day")
        return caller

    # --- calling -------------------------------------------------------------------------------------------------

    def way(self, role: str, compact: str) -> Way:
        """To the partner of this role for an id without separators. Raises Refused where nobody has uploaded one."""
        self.present()
        listed = self._endpoints.reach(role, compact)
        if listed is None:
            raise Refused("no-endpoint", f"no endpoint of today is at the clearing house for {compact}")
        return Way(listed)

    def again(self, way: Way) -> Way:
        """The same partner today: of a session that goes on over midnight."""
        same = [
            one
            for one in self._endpoints.listed
            if (one.account, one.role) == (way.listed.account, way.listed.role)
            and one.endpoint.valid_date == self._desk.now().astimezone(UTC).date()
        ]
        return Way(same[0]) if same else way

    async def ask(self, way: Way, operation: Operation, request: WireModel, kind: type[M]) -> M:
        """Raises GatewayError."""
        way, sender = self.again(way), OTHER[way.listed.role]
        own = self._token(sender, self._desk.now().astimezone(UTC).date())
        pair = b64encode(f"{way.listed.endpoint.access_token}:{own}".encode()).decode()
        headers = {**HEADERS, "soapaction": f'"{operation.action}"', "authorization": f"Basic {pair}"}
        body = sealed(SOAP_11, request, prefix=PREFIX)
        reply = await self._desk.call(way.url, HttpRequest(path="", headers=headers, body=body))
        if reply.status == 401:
            raise Refused("401", "the pair of tokens is not taken")
        envelope = opened(reply.body, SOAP_11)
        raise_fault(envelope)
        if envelope.operation != kind.element:
            raise Undecodable(f"{kind.element} is expected, not {envelope.operation}")
        return decode_document(kind, envelope.child).model


def _pair(header: str) -> Sequence[str]:
    kind, _, coded = header.partition(" ")
    try:
        told = b64decode(coded, validate=True).decode() if kind.lower() == "basic" else ""
    except ValueError:
        told = ""
    receiver, _, sender = told.partition(":")
    return receiver, sender
