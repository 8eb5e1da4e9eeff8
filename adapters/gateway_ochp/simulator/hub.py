"""The clearing house of OCHP 1.4, simulated: rule-true and with a memory, below `/service`, `/live` and `/direct`; and
its partner for tests of OCHPdirect, below `/direct/operator` and `/direct/provider`.

What a world can set is in `settings.py`, whose ids are whose in `accounts.py`.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from gateway.canonical import to_json
from gateway.errors import Unauthenticated, Undecodable
from gateway.http import HttpRequest, HttpResponse
from gateway.masking import masked
from gateway.simulation import Desk
from gateway.wire import WireModel, decode_document
from gateway.wire.soap import SOAP_11, opened
from gateway.wire.wsse import read
from gateway_ochp import wire
from gateway_ochp.operations import CONTROL, RELEASE, SELECT
from gateway_ochp.simulator.accounts import CPO, EMSP, Account, Accounts
from gateway_ochp.simulator.calling import PATHS, Calling
from gateway_ochp.simulator.cdrs import CdrDesk
from gateway_ochp.simulator.charge_points import ChargePoints
from gateway_ochp.simulator.door import LARGEST_REQUEST, Letter, denied, faulty, letter, said, turned_away
from gateway_ochp.simulator.endpoints import ServiceEndpoints
from gateway_ochp.simulator.live import LiveStatus
from gateway_ochp.simulator.operator import TestOperator
from gateway_ochp.simulator.provider import TestProvider
from gateway_ochp.simulator.settings import check
from gateway_ochp.simulator.tariffs import Tariffs
from gateway_ochp.simulator.tokens import Tokens
from gateway_ochp.translate.cdrs import read_cdr
from gateway_ochp.translate.locations import read_charge_point
from gateway_ochp.translate.statuses import read_parking, read_status
from gateway_ochp.translate.tokens import read_token
from gateway_ochp.wire import words

_ROLE_AT = {path.removesuffix("/ochp/v1.4"): role for role, path in PATHS.items()}


class EclearingSimulator:
    """See `HubSimulator`, `Scripted` and `Acting`."""

    def __init__(self, desk: Desk) -> None:
        """Raises Invalid for settings that it does not know."""
        self._desk = desk
        self.reset()

    def reset(self) -> None:
        desk = self._desk
        check(desk.world.settings)
        self.accounts = accounts = Accounts(desk.world)
        self._charge_points = ChargePoints(desk, accounts)
        self._tokens = Tokens(desk, accounts)
        self._tariffs = Tariffs(desk, accounts)
        self._live = LiveStatus(desk, self._charge_points)
        self._cdrs = CdrDesk(desk, accounts)
        self._endpoints = ServiceEndpoints(desk, accounts)
        self.calling = Calling(desk, self._endpoints)
        self.operator = TestOperator(desk, self.calling, self._cdrs, accounts.test)
        self.provider = TestProvider(desk, self.calling, self._cdrs, accounts.test)
        self._answers = self._table()

    def _table(self) -> Mapping[type[WireModel], Callable[[Any, Account], WireModel]]:
        return {
            wire.SetChargePointListRequest: self._charge_points.set,
            wire.UpdateChargePointListRequest: self._charge_points.update,
            wire.GetChargePointListRequest: self._charge_points.get,
            wire.GetChargePointListUpdatesRequest: self._charge_points.get_updates,
            wire.SetRoamingAuthorisationListRequest: self._tokens.set,
            wire.UpdateRoamingAuthorisationListRequest: self._tokens.update,
            wire.GetRoamingAuthorisationListRequest: self._tokens.get,
            wire.GetRoamingAuthorisationListUpdatesRequest: self._tokens.get_updates,
            wire.GetSingleRoamingAuthorisationRequest: self._tokens.get_single,
            wire.UpdateTariffsRequest: self._tariffs.update,
            wire.GetTariffUpdatesRequest: self._tariffs.get,
            wire.UpdateStatusRequest: self._live.update,
            wire.GetStatusRequest: self._live.get,
            wire.AddCdrsRequest: self._cdrs.add,
            wire.CheckCdrsRequest: self._cdrs.check,
            wire.GetCdrsRequest: self._cdrs.get,
            wire.ConfirmCdrsRequest: self._cdrs.confirm,
            wire.AddServiceEndpointsRequest: self._endpoints.add,
            wire.GetServiceEndpointsRequest: self._endpoints.get,
        }

    # --- the clearing house --------------------------------------------------------------------------------------

    async def handle(self, request: HttpRequest) -> HttpResponse:
        """A response of the operation, or a SOAP fault for what is no request of OCHP."""
        self.calling.known_at(request.headers.get("host", ""))
        away = turned_away(request, self._desk.world)
        if away is not None:
            return away
        role = next((role for place, role in _ROLE_AT.items() if request.path.startswith(place)), "")
        if role:
            return await self._partner(request, role)
        try:
            asked = letter(request)
        except Undecodable as error:
            return faulty(error.public_text)
        return await self._admitted(asked)

    async def _admitted(self, asked: Letter) -> HttpResponse:
        account = self.accounts.of(read(asked.envelope.header))
        if account is None:
            return denied(asked.operation, asked.release, self._desk.world)
        too_many = self._desk.over_budget(asked.operation.name, account.user)
        if too_many is not None:
            return too_many
        async with self._desk.handling(asked.operation.name, account.user):
            return self._answered(asked, account)

    def _answered(self, asked: Letter, account: Account) -> HttpResponse:
        kind = asked.operation.request
        assert kind is not None, "every operation of the clearing house has a request"
        self.calling.present()
        self.operator.age()
        model = decode_document(kind, asked.child).model
        return said(self._answers[kind](model, account), asked.release)

    # --- its test partner ----------------------------------------------------------------------------------------

    async def _partner(self, request: HttpRequest, role: str) -> HttpResponse:
        try:
            envelope = opened(request.body, SOAP_11, limit=LARGEST_REQUEST)
            caller = self.calling.admitted(request, role)
            async with self._desk.handling(f"direct {envelope.operation}", caller.account):
                self.operator.age()
                partner = self.operator if role == CPO else self.provider
                return said(partner.answered(envelope.child, caller))
        except Unauthenticated as error:
            return faulty(error.public_text, 401)
        except Undecodable as error:
            return faulty(error.public_text)

    async def act(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        """The test provider asks an operator; see `provider.py`."""
        return await self.provider.act(wish)

    async def play(self) -> Mapping[str, Any]:
        """What the clock has brought about is told, and CDRs of the test provider are approved."""
        self.operator.age()
        await self.operator.settled()
        approved = self.provider.settle()
        told = list(self.operator.told)
        self.operator.told.clear()
        lines = [{"partner": "test operator", "line": _line(one), "passed": one["code"] == wire.OK} for one in told]
        if approved:
            lines.append({"partner": "test provider", "line": f"approves {approved} CDRs", "passed": True})
        return {"passed": all(line["passed"] for line in lines), "lines": lines}

    async def remote_start(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        """The test provider selects an EVSE of a partner and starts: `evse`, `token` (a contract), limits."""
        if not wish.get("evse"):
            raise ValueError("evse: which one?")
        selected = await self.act({**wish, "operation": SELECT.name, "contract": wish.get("token")})
        if selected["result"] != "accepted":
            return selected
        limits = {name: value for name, value in wish.items() if name != "minutes"}
        started = {**limits, "operation": CONTROL.name, "session": selected["session"], "do": words.START}
        return await self.act(started)

    async def remote_stop(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        """It ends the charging and releases the EVSE."""
        ended = await self.act({**wish, "operation": CONTROL.name, "do": words.END})
        return await self.act({**wish, "operation": RELEASE.name}) if ended["result"] == "accepted" else ended

    # --- shown ---------------------------------------------------------------------------------------------------

    def state(self) -> Mapping[str, Any]:
        """Card and contract ids masked, tokens of the day left out."""
        now = self._desk.now()
        shown = {
            "evses": [to_json(read_charge_point(info)) for info in self._charge_points.register.records(now)],
            "statuses": [to_json(read_status(told.status)) for told in self._live.evses.values()],
            "parking": [to_json(read_parking(told.status)) for told in self._live.parking.values()],
            "tokens": [to_json(read_token(info)) for info in self._tokens.register.records(now)],
            "tariffs": [str(info.tariff_id) for info in self._tariffs.register.records(now)],
            "cdrs": [to_json(read_cdr(info)) for info in self._cdrs.cdrs.values()],
            "endpoints": [
                {"account": one.account, "role": one.role, "url": one.endpoint.url, "day": str(one.endpoint.valid_date)}
                for one in self._endpoints.listed
                if one.account != self.accounts.test.user
            ],
            "sessions": self._sessions(),
            "discrepancies": list(self.operator.discrepancies),
        }
        hidden: Mapping[str, Any] = json.loads(masked(json.dumps(shown)))
        return hidden

    def _sessions(self) -> list[dict[str, Any]]:
        now = self._desk.now()
        served = [
            {
                "role": CPO,
                "session": one.direct_id,
                "evse": one.evse.id,
                "contract_id": one.contract_id,
                "stage": str(one.stage),
                "ttl": one.ttl.isoformat(),
                "energy_kwh": str(one.energy(now)),
            }
            for one in self.operator.sessions.values()
        ]
        begun = [
            {"role": EMSP, "session": one.direct_id, "evse": one.evse, "heard": list(one.heard)}
            for one in self.provider.sessions.values()
        ]
        return [*served, *begun]


def _line(told: Mapping[str, str]) -> str:
    what = " ".join(told[name] for name in ("operation", "message") if name in told)
    return f"{what} of {told['session']}: {told['code']}"
