"""A Hubject of our own: its half of OICP 2.3, stateful, and as strict as the hub's documents."""

import re
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote

from gateway.errors import Undecodable
from gateway.facts import facts
from gateway.findings import Finding, Severity
from gateway.http import HttpRequest, HttpResponse
from gateway.model.common import Role
from gateway.ports import Operation
from gateway.simulation import Desk, Partner
from gateway.tally import Budget
from gateway.wire import WireModel, decode
from gateway.wire.json import json_text, parse_json
from gateway_oicp import wire
from gateway_oicp.operations import BASE, OPERATIONS
from gateway_oicp.rules import IMPLAUSIBLE
from gateway_oicp.simulator.authentication import Authentication
from gateway_oicp.simulator.authorising import Authorising
from gateway_oicp.simulator.cdrs import GET_CDRS, Cdrs
from gateway_oicp.simulator.commands import Commands
from gateway_oicp.simulator.documents import identification
from gateway_oicp.simulator.ngp import AutomationApis
from gateway_oicp.simulator.notifications import NOBODY, OPERATION, SERVICE, Notifications
from gateway_oicp.simulator.partners import Partners, path
from gateway_oicp.simulator.places import Places
from gateway_oicp.simulator.prices import Prices
from gateway_oicp.simulator.pulls import Pulls
from gateway_oicp.simulator.replies import Asked, Declined, Faulty, declined, fault, plain, said, status_code
from gateway_oicp.simulator.scripts import Scripts
from gateway_oicp.simulator.sessions import RESERVATION, Sessions
from gateway_oicp.simulator.settings import RATE_LIMITS, check
from gateway_oicp.words import Code

_JUDGED = (IMPLAUSIBLE, "repeated")
"""Codes of findings that the schema allows and the operation declines."""


class OicpHub:
    """See `HubSimulator` and `Scripted`."""

    def __init__(self, desk: Desk) -> None:
        """Raises Invalid for settings that it does not know."""
        self._desk = desk
        check(desk.world.settings)
        self._limits = usual_budgets() if desk.world.settings.get(RATE_LIMITS) else {}
        self.reset()

    def reset(self) -> None:
        desk = self._desk
        self.scripts = Scripts(desk)
        self.scripts.post = self._posted
        self.partners = Partners(desk, self.scripts)
        self.places, self.sessions, self.prices = Places(desk), Sessions(), Prices(desk)
        self.uploaded = Authentication(desk, self.partners)
        self.authorising = Authorising(desk, self.partners, self.places, self.sessions, self.uploaded)
        self.commands = Commands(desk, self.partners, self.places, self.sessions)
        self.cdrs = Cdrs(desk, self.partners, self.places, self.sessions)
        self.notifications = Notifications(desk, self.partners, self.sessions)
        self.automation = AutomationApis(desk, self.partners, self.places, self._limits)
        parts = (
            self.places, Pulls(self.places), self.authorising, self.commands, self.cdrs, self.notifications,
            self.uploaded, self.prices,
        )  # fmt: skip
        self._handlers = {name: handler for part in parts for name, handler in part.handlers.items()}

    def state(self) -> Mapping[str, Any]:
        """Records and statuses by EVSE id, sessions by id, charge detail records in order."""
        return {
            "partners": [{"id": str(one.id), "role": one.role} for one in self.partners.known.values()],
            "evses": {str(one.document["EvseID"]): plain(one.document) for _, one in self.places.ledger.live()},
            "statuses": {evse: word for _, evse, word in self.places.statuses.values()},
            "sessions": self.sessions.state(),
            "cdrs": self.cdrs.state(),
            "authentication_data": sum(1 for _ in self.uploaded.ledger.live()),
            "products": [plain(one.document) for _, one in self.prices.products.live()],
            "prices": [plain(one.document) for _, one in self.prices.evses.live()],
            **self.automation.state(),
        }

    # --- the hub's side of every operation -----------------------------------------------------------------------

    async def handle(self, request: HttpRequest) -> HttpResponse:
        where = "/" + request.path.removeprefix(BASE).removeprefix(BASE).strip("/")
        operation, caller = _called(where, request.body)
        beside = await self.automation.handle(request) if operation is None else None
        if beside is not None:
            reply = beside
        elif operation is None:
            reply = declined(Declined(Code.SYSTEM_ERROR, f"OICP service not found for URI: {request.path}", 404), "")
        else:
            reply = self._over_budget(operation, caller) or await self._handled(operation, caller, request)
        return replace(reply, headers={**reply.headers, "process-id": self._desk.new_id()})

    def _over_budget(self, operation: Operation, caller: str) -> HttpResponse | None:
        """The four notifications share one budget."""
        name = SERVICE if operation.name.startswith(OPERATION) else operation.name
        return self._desk.over_budget(name, caller, self._limits.get(name))

    async def _handled(self, operation: Operation, caller: str, request: HttpRequest) -> HttpResponse:
        async with self._desk.handling(operation.name, caller):
            return await self._answered(operation, caller, request)

    async def _answered(self, operation: Operation, caller: str, request: HttpRequest) -> HttpResponse:
        """In the hub's order: partner, its lock and role, the schema, the certificate, and then the operation."""
        try:
            if not caller:
                raise Declined(Code.SYSTEM_ERROR, NOBODY, 500)
            partner = self.partners.caller(caller, operation.sender.value)
            model = _read(operation, request.body)
            if isinstance(model, HttpResponse):
                return model
            _certified(operation, model.source, caller)
            asked = Asked(partner, model, parse_qs(request.query))
            return said(await self._handlers[operation.name](asked))
        except Declined as error:
            return declined(error, operation.name)
        except Faulty as error:
            return fault((), str(error))

    # --- partners that act by a script ---------------------------------------------------------------------------

    async def play(self) -> Mapping[str, Any]:
        return await self.scripts.play()

    async def _posted(self, partner: Partner, operation: str, document: dict[str, Any]) -> dict[str, Any]:
        where = path(operation, str(partner.id))
        reply = await self.handle(HttpRequest(path=BASE + where, body=json_text(document).encode()))
        answer = parse_json(reply.body)
        return answer if isinstance(answer, dict) else {}

    # --- as if an EMP had asked ----------------------------------------------------------------------------------

    async def remote_start(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        """`token` is a card of the world or a contract id; the card's provider asks unless another is named.

        With `minutes` it is a reservation.
        """
        card = self._desk.world.card(str(wish.get("token", "")))
        provider = str(wish.get("provider") or (card.provider if card else "DE-8EO"))
        shown = identification(str(card.contract if card and card.contract else wish.get("token", "")))
        asked: dict[str, Any] = {"ProviderID": provider, "EvseID": str(wish["evse"]), "Identification": shown}
        operation = RESERVATION if wish.get("minutes") else "AuthorizeRemoteStart"
        if wish.get("minutes"):
            asked["Duration"] = int(wish["minutes"])
        return await self._directed(self.commands.start(operation, provider, asked))

    async def remote_stop(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        session = self.sessions.sessions.get(str(wish["session"]))
        provider = session.provider if session else ""
        asked = {
            "SessionID": str(wish["session"]),
            "ProviderID": provider,
            "EvseID": session.evse if session else None,
        }
        reserved = session is not None and session.is_reservation
        operation = "AuthorizeRemoteReservationStop" if reserved else "AuthorizeRemoteStop"
        return await self._directed(self.commands.stop(operation, provider, asked))

    @staticmethod
    async def _directed(asking: Awaitable[wire.Acknowledgement]) -> Mapping[str, Any]:
        try:
            answer = await asking
        except Declined as error:
            answer = wire.Acknowledgement(result=False, status_code=status_code(error.code, error.text))
        status = answer.status_code or wire.StatusCode(code=None)
        text = " – ".join(part for part in (status.description, status.additional_info) if part)
        return {"result": answer.result, "session": answer.session_id, "answer": {"code": status.code, "text": text}}


def usual_budgets() -> Mapping[str, Budget]:
    """What the hub's use policy allows a minute, by operation."""
    limits = ((name.partition("rate limit ")[2], fact) for name, fact in facts("hubject").items())
    return {name: Budget(fact.number) for name, fact in limits if name}


def _called(where: str, body: bytes) -> tuple[Operation | None, str]:
    """The operation of a path and the partner in it; notifications name both in their body."""
    for operation in OPERATIONS:
        pattern = re.escape(operation.path).replace(r"\{operatorID\}", "([^/]+)").replace(r"\{providerID\}", "([^/]+)")
        match = re.fullmatch(pattern, where)
        if match is not None and match.groups():
            return operation, unquote(match[1])
        if match is not None:
            return _notified(body)
    return None, ""


def _notified(body: bytes) -> tuple[Operation | None, str]:
    told = _members(body)
    named = f"{OPERATION}{told.get('Type')}"
    kinds = [operation for operation in OPERATIONS if operation.name.startswith(OPERATION)]
    operation = next((one for one in kinds if one.name == named), kinds[0])
    return operation, str(told.get("OperatorID") or "")


def _members(body: bytes) -> Mapping[str, Any]:
    try:
        document = parse_json(body)
    except Undecodable:
        return {}
    return document if isinstance(document, dict) else {}


def _read(operation: Operation, body: bytes) -> WireModel | HttpResponse:
    """The request, or HTTP 400 for one that breaks the schema; what is only implausible is judged later."""
    if operation.request is None:
        raise Declined(Code.NO_SERVICE, f"{operation.name} is not served")
    try:
        decoded = decode(operation.request, body)
    except Undecodable as error:
        return fault([Finding(error.pointer, Severity.ERROR, "malformed", str(error))])
    judged = _JUDGED if operation.name != GET_CDRS else (*_JUDGED, "out-of-range")
    broken = [one for one in decoded.findings if one.severity is Severity.ERROR and one.code not in judged]
    return fault(broken) if broken else decoded.model


def _certified(operation: Operation, document: Mapping[str, Any], caller: str) -> None:
    """The partner that the body names is that of the certificate, here: of the path. Raises Declined 017."""
    name = "OperatorID" if operation.sender is Role.CPO else "ProviderID"
    parts = [document, *(part for part in document.values() if isinstance(part, dict))]
    named = next((part[name] for part in parts if part.get(name)), None)
    if named not in (None, caller):
        raise Declined(Code.UNAUTHORIZED, f"{named} is not the partner of this certificate", 401)
