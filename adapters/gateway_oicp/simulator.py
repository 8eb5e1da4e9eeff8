"""A Hubject of our own: its half of OICP 2.3, stateful, and as strict as the hub's documents."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, quote, unquote

from gateway.errors import Undecodable
from gateway.findings import Finding, Severity
from gateway.http import HttpRequest, HttpResponse
from gateway.ports import Operation
from gateway.simulation import Desk, Partner
from gateway.wire import WireModel, decode, document
from gateway.wire.json import json_text
from gateway_oicp import wire
from gateway_oicp.operations import BASE, OPERATIONS, PATHS
from gateway_oicp.rules import CARD_LENGTH, IMPLAUSIBLE
from gateway_oicp.simulated_partners import Partners
from gateway_oicp.simulated_places import Places
from gateway_oicp.simulated_replies import Declined, declined, fault, said, status_code
from gateway_oicp.simulated_sessions import Sessions
from gateway_oicp.words import Code


@dataclass(frozen=True)
class Asked:
    """One request to the hub: who, what, and the path below `/api/oicp` under which it is passed on."""

    partner: Partner
    model: Any
    path: str
    query: Mapping[str, list[str]]


class OicpHub:
    """See `HubSimulator`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.reset()

    def reset(self) -> None:
        self.partners = Partners(self._desk)
        self.places = Places(self._desk)
        self.sessions = Sessions(self._desk, self.partners, self.places)

    def state(self) -> Mapping[str, Any]:
        """Records and statuses by EVSE id, sessions by id, charge detail records in order."""
        held = [one for one in self.places.records.values() if not one.deleted]
        return {
            "partners": [{"id": str(one.id), "role": one.role} for one in self.partners.known.values()],
            "evses": {str(one.document["EvseID"]): _plain(one.document) for one in held},
            "statuses": {evse: word for _, evse, word in self.places.statuses.values()},
            "sessions": self.sessions.state(),
            "cdrs": [_plain(one) for one in self.sessions.cdrs],
        }

    # --- the hub's side of every operation -----------------------------------------------------------------------

    async def handle(self, request: HttpRequest) -> HttpResponse:
        path = "/" + request.path.removeprefix(BASE).removeprefix(BASE).strip("/")
        operation, caller = _called(path)
        if operation is None:
            reply = declined(Declined(Code.SYSTEM_ERROR, f"OICP service not found for URI: {request.path}", 404), "")
        else:
            reply = self._desk.over_budget(operation.name, caller) or await self._handled(
                operation, caller, path, request
            )
        return replace(reply, headers={**reply.headers, "process-id": self._desk.new_id()})

    async def _handled(self, operation: Operation, caller: str, path: str, request: HttpRequest) -> HttpResponse:
        async with self._desk.handling(operation.name, caller):
            return await self._answered(operation, caller, path, request)

    async def _answered(self, operation: Operation, caller: str, path: str, request: HttpRequest) -> HttpResponse:
        try:
            partner = self.partners.caller(caller, operation.sender.value)
            model = _read(operation, request.body)
            if isinstance(model, HttpResponse):
                return model
            if _named(model) not in (None, caller):
                raise Declined(Code.UNAUTHORIZED, f"{_named(model)} is not the partner of this certificate", 401)
            asked = Asked(partner, model, path, parse_qs(request.query))
            return said(await self._operations()[operation.name](asked))
        except Declined as error:
            return declined(error, operation.name)

    def _operations(self) -> Mapping[str, Callable[[Asked], Awaitable[WireModel]]]:
        return {
            "PushEvseData": lambda asked: self.places.push_data(asked.partner, asked.model),
            "PushEvseStatus": lambda asked: self.places.push_statuses(asked.partner, asked.model),
            "AuthorizeStart": lambda asked: self.sessions.authorize_start(asked.partner, asked.model, asked.path),
            "AuthorizeStop": lambda asked: self.sessions.authorize_stop(asked.partner, asked.model, asked.path),
            "ChargeDetailRecord": lambda asked: self.sessions.charge_detail_record(
                asked.partner, asked.model, asked.path
            ),
            "AuthorizeRemoteStart": lambda asked: self.sessions.remote_start(
                str(asked.partner.id), asked.model.source, asked.path
            ),
            "AuthorizeRemoteStop": lambda asked: self.sessions.remote_stop(
                str(asked.partner.id), asked.model.source, asked.path
            ),
            "PullEvseData": self._pull_data,
            "PullEvseStatus": self._pull_statuses,
        }

    async def _pull_data(self, asked: Asked) -> WireModel:
        return self.places.pull_data(asked.model, _number(asked, "page") or 0, _number(asked, "size"))

    async def _pull_statuses(self, asked: Asked) -> WireModel:
        return self.places.pull_statuses(asked.model)

    # --- as if an EMP had asked ----------------------------------------------------------------------------------

    async def remote_start(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        """`token` is a card of the world or a contract id; the card's provider asks unless another is named."""
        card = self._desk.world.card(str(wish.get("token", "")))
        provider = str(wish.get("provider") or (card.provider if card else "DE-8EO"))
        shown = _identification(str(card.contract if card and card.contract else wish.get("token", "")))
        asked = {"ProviderID": provider, "EvseID": str(wish["evse"]), "Identification": document(shown)}
        return await self._directed(
            self.sessions.remote_start(provider, asked, _path("AuthorizeRemoteStart", provider))
        )

    async def remote_stop(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        session = self.sessions.sessions.get(str(wish["session"]))
        provider = session.provider if session else ""
        asked = {
            "SessionID": str(wish["session"]),
            "ProviderID": provider,
            "EvseID": session.evse if session else None,
        }
        return await self._directed(self.sessions.remote_stop(provider, asked, _path("AuthorizeRemoteStop", provider)))

    @staticmethod
    async def _directed(asking: Awaitable[wire.Acknowledgement]) -> Mapping[str, Any]:
        try:
            answer = await asking
        except Declined as error:
            answer = wire.Acknowledgement(result=False, status_code=status_code(error.code, error.text))
        status = answer.status_code or wire.StatusCode(code=None)
        text = " – ".join(part for part in (status.description, status.additional_info) if part)
        return {"result": answer.result, "session": answer.session_id, "answer": {"code": status.code, "text": text}}


def _called(path: str) -> tuple[Operation | None, str]:
    for operation in OPERATIONS:
        pattern = re.escape(operation.path).replace(r"\{operatorID\}", "([^/]+)").replace(r"\{providerID\}", "([^/]+)")
        match = re.fullmatch(pattern, path)
        if match:
            return operation, unquote(match[1])
    return None, ""


def _path(operation: str, party: str) -> str:
    return PATHS[operation].format(operatorID=quote(party, safe=""), providerID=quote(party, safe=""))


def _read(operation: Operation, body: bytes) -> WireModel | HttpResponse:
    """The request, or HTTP 400 for one that breaks the schema; what is only implausible is judged later."""
    if operation.request is None:
        raise Declined(Code.NO_SERVICE, f"{operation.name} is not served")
    try:
        decoded = decode(operation.request, body)
    except Undecodable as error:
        return fault([Finding(error.pointer, Severity.ERROR, "malformed", str(error))])
    broken = [one for one in decoded.findings if one.severity is Severity.ERROR and one.code != IMPLAUSIBLE]
    return fault(broken) if broken else decoded.model


def _named(model: Any) -> str | None:
    """The partner that the body names, to be held against the certificate."""
    if isinstance(model, wire.PushEvseData):
        return model.operator_evse_data.operator_id if model.operator_evse_data else None
    if isinstance(model, wire.PushEvseStatus):
        return model.operator_evse_status.operator_id if model.operator_evse_status else None
    if isinstance(model, (wire.AuthorizeStart, wire.AuthorizeStop)):
        return model.operator_id
    if isinstance(model, wire.ChargeDetailRecord):
        return None
    provider: str | None = model.provider_id
    return provider


def _number(asked: Asked, name: str) -> int | None:
    text = asked.query.get(name, [""])[0]
    return int(text) if text.isdigit() else None


def _identification(token: str) -> wire.Identification:
    if CARD_LENGTH.broken(token) is None:
        return wire.Identification(rfid_mifare_family_identification=wire.RfidMifareFamilyIdentification(uid=token))
    return wire.Identification(remote_identification=wire.RemoteIdentification(evco_id=token))


def _plain(tree: Any) -> Any:
    """With JSON's own numbers."""
    return json.loads(json_text(tree))
