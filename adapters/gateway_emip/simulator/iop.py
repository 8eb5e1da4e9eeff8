"""A simulated IOP: rule-true, stateful, strict. `/api/emip` is its one address."""

from collections.abc import Awaitable, Callable, Mapping
from re import fullmatch
from typing import Any

from gateway.errors import Undecodable
from gateway.findings import errors
from gateway.http import HttpRequest, HttpResponse
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway.model.messages import CommandStatus, SessionAction
from gateway.model.token import TokenType
from gateway.simulation import Desk
from gateway.wire import WireModel, decode_document
from gateway.wire.soap import SOAP_12, opened
from gateway_emip import forms, wire
from gateway_emip.documents import answered, faulted, recognised
from gateway_emip.rules import foreign
from gateway_emip.simulator import records
from gateway_emip.simulator import sessions as talks
from gateway_emip.simulator.house import House, SimulatedSession
from gateway_emip.translate.parts import read_command_status, write_party
from gateway_emip.words import ACTION, AVAILABILITY, BUSY, CODES, GRANTED, OK, UNKNOWN_OPERATOR, UNKNOWN_PLACE, USER
from gateway_emip.words import UNKNOWN_SESSION as NO_SUCH_SESSION

BASE = "/api/emip"
_UNSPECIFIED = {"availability": AVAILABILITY.write(EvseStatus.UNKNOWN), "busy": BUSY.write(EvseStatus.UNKNOWN)}


# --- platform and statuses ---------------------------------------------------------------------------------------


async def heart_beat(house: House, asked: wire.HeartBeatRequest) -> wire.HeartBeatResponse:
    house.heartbeats += 1
    return wire.HeartBeatResponse(
        heart_beat_period=house.desk.world.heartbeat_period,
        current_time=house.desk.now(),
        transaction_id=house.transaction(asked),
        request_status=house.refused(asked) or OK,
    )


async def set_availability(
    house: House, asked: wire.SetEvseAvailabilityStatusRequest
) -> wire.SetEvseAvailabilityStatusResponse:
    status = _stored(house, asked, "availability", asked.availability_status)
    return wire.SetEvseAvailabilityStatusResponse(transaction_id=house.transaction(asked), request_status=status)


async def set_busy(house: House, asked: wire.SetEvseBusyStatusRequest) -> wire.SetEvseBusyStatusResponse:
    status = _stored(house, asked, "busy", asked.busy_status)
    return wire.SetEvseBusyStatusResponse(transaction_id=house.transaction(asked), request_status=status)


Dimension = wire.SetEvseAvailabilityStatusRequest | wire.SetEvseBusyStatusRequest


def _stored(house: House, asked: Dimension, dimension: str, told: str | None) -> str:
    """One dimension of one EVSE; the other stays as it was."""
    evse, refused = EvseId.read(asked.evse_id), house.refused(asked)
    if refused is not None:
        return refused
    if foreign(asked.evse_id, asked.operator_id):
        return UNKNOWN_OPERATOR
    if evse is None or not house.knows_evse(evse):
        return UNKNOWN_PLACE
    house.statuses.setdefault(str(evse), dict(_UNSPECIFIED))[dimension] = told
    return OK


Serve = Callable[[House, Any], Awaitable[WireModel]]
SERVED: Mapping[str, Serve] = {
    forms.HEARTBEAT.name: heart_beat,
    forms.AVAILABILITY.name: set_availability,
    forms.BUSY.name: set_busy,
    forms.AUTHORISATION.name: talks.get_service_authorisation,
    forms.START.name: talks.set_service_authorisation,
    forms.ACTION.name: talks.set_session_action,
    forms.CDR.name: records.set_charge_detail_record,
    forms.FETCH.name: records.get_charge_detail_record,
}


# --- the simulator -----------------------------------------------------------------------------------------------


class Iop:
    """What it refuses, it refuses with a request status; what it cannot read, with a SOAP fault."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._house = House(desk)

    async def handle(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return faulted(405, "eMIP is spoken by POST")
        try:
            child = opened(request.body, SOAP_12).child
            form, _ = recognised(child)
        except Undecodable as error:
            return faulted(400, error.public_text)
        serve = SERVED.get(form.name) if form.direction == "request" else None
        if serve is None:
            return faulted(400, f"{form.wire.element} is not served here")
        decoded = decode_document(form.wire, child)
        broken = [finding for finding in errors(decoded.findings) if finding.code != "foreign-operator"]
        if broken:
            return faulted(400, f"{broken[0].pointer}: {broken[0].text}")
        too_many = self._desk.over_budget(form.name, _caller(decoded.model))
        if too_many is not None:
            return too_many
        async with self._desk.handling(form.name, _caller(decoded.model)):
            return answered(await serve(self._house, decoded.model))

    def state(self) -> Mapping[str, Any]:
        return self._house.state()

    def reset(self) -> None:
        self._house = House(self._desk)

    async def remote_start(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        """Starts at `evse` for `token` as if the eMSP `provider` had asked. Raises ValueError for no EVSE id."""
        evse = EvseId.parse(str(wish["evse"]))
        card = self._desk.world.card(str(wish.get("token", "")))
        provider = PartyId.parse(str(wish["provider"])) if wish.get("provider") else card.provider if card else None
        kind, user = _user(str(wish.get("token", "")), card.contract if card is not None else "")
        session = SimulatedSession(
            id=self._house.new_session(),
            evse=str(evse),
            user_id_type=kind,
            user_id=user,
            operator=write_party(evse.party),
            provider=write_party(provider or PartyId("FR", "MSP")),
        )
        status = await talks.tell_operator(self._house, session, GRANTED, None)
        if status == OK:
            session.state = "started"
            self._house.sessions[session.id] = session
        return _told(status, session.id)

    async def remote_stop(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        """Stops `session` (any of its ids); `action` may name another action of the model."""
        name = str(wish["session"])
        sessions = self._house.sessions.values()
        session = next((one for one in sessions if name in (one.id, one.cpo, one.emsp)), None)
        if session is None:
            return _told(NO_SUCH_SESSION, name)
        nature = ACTION.write(SessionAction(str(wish.get("action", SessionAction.STOP))))
        status = await talks.act_on(self._house, session, nature, self._house.new_action())
        return _told(status, session.id)


def _caller(asked: Any) -> str:
    """The operation that asks."""
    return asked.operator_id or ""


def _user(token: str, contract: str) -> tuple[str | None, str]:
    """A contract where there is one: an app knows no card numbers."""
    if contract or not fullmatch(r"[0-9A-Fa-f]{8}|[0-9A-Fa-f]{14}", token):
        return USER.write(TokenType.APP_USER), contract or token
    return USER.write(TokenType.RFID), token.upper()


def _told(status: str | None, session: str) -> Mapping[str, Any]:
    row = CODES.get(status or "")
    result = read_command_status(status) or CommandStatus.FAILED
    return {
        "result": result.value,
        "session": session,
        "answer": {"status": status, "text": row.meaning if row is not None else None},
    }
