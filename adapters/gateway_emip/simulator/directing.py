"""What people can tell the simulated IOP to do: the partners that it plays itself act on its other partners."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from re import fullmatch
from typing import Any

from gateway.model.cdr import CdrNature
from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import CommandStatus, SessionAction
from gateway.model.session import SessionEventKind
from gateway.model.token import TokenType
from gateway_emip import wire
from gateway_emip.simulator import authorising, records, starts, talks
from gateway_emip.simulator import operator as played
from gateway_emip.simulator.house import PARTNER_ID, House, SimulatedSession
from gateway_emip.translate.parts import read_command_status, write_party
from gateway_emip.words import ACTION, CODES, EMI3, EVENT, GENERIC_CHARGE, GRANTED, OK, UNKNOWN_SESSION, USER

Wish = Mapping[str, Any]
Told = Mapping[str, Any]


# --- as an eMSP --------------------------------------------------------------------------------------------------


async def remote_start(house: House, wish: Wish) -> Told:
    """Starts at `evse` for `token` as if the eMSP `provider` had asked; `intermediate`: it wants such records.

    Raises ValueError for no EVSE id.
    """
    evse = EvseId.parse(str(wish["evse"]))
    card = house.desk.world.card(str(wish.get("token", "")))
    provider = PartyId.parse(str(wish["provider"])) if wish.get("provider") else card.provider if card else None
    kind, user = _user(str(wish.get("token", "")), card.contract if card is not None else "")
    session = SimulatedSession(
        id=house.new_session(),
        evse=str(evse),
        user_id_type=kind,
        user_id=user,
        operator=write_party(evse.party),
        provider=write_party(provider or PartyId("FR", "MSP")),
        intermediate_requested=wish.get("intermediate") is True,
    )
    status = await starts.tell_operator(house, session, GRANTED)
    if status == OK:
        session.state = "started"
        house.sessions[session.id] = session
    return _told(status, session.id)


async def remote_stop(house: House, wish: Wish) -> Told:
    """Stops `session` (any of its names); `action` may name another action of the model."""
    session = house.named(str(wish["session"]))
    if session is None:
        return _told(UNKNOWN_SESSION, str(wish["session"]))
    action = wire.SessionAction(
        session_action_nature=ACTION.write(SessionAction(str(wish.get("action", SessionAction.STOP)))),
        session_action_id=house.new_action(),
        session_action_date_time=house.desk.now(),
    )
    return _told(await talks.act_on(house, session, action, plays=session.charging is not None), session.id)


def _user(token: str, contract: str) -> tuple[str | None, str]:
    """A contract where there is one: an app knows no card numbers."""
    if contract or not fullmatch(r"[0-9A-Fa-f]{8}|[0-9A-Fa-f]{14}", token):
        return USER.write(TokenType.APP_USER), contract or token
    return USER.write(TokenType.RFID), token.upper()


# --- as a CPO ----------------------------------------------------------------------------------------------------


async def show_card(house: House, wish: Wish) -> Told:
    """`token` is shown at `evse`, an EVSE of an operator that is not connected; on a yes it charges by the clock.

    Raises ValueError for no EVSE id.
    """
    evse = EvseId.parse(str(wish["evse"]))
    kind, user = _user(str(wish["token"]), "")
    asked = wire.ToIopGetServiceAuthorisationRequest(
        partner_id_type=EMI3,
        partner_id=PARTNER_ID,
        operator_id_type=EMI3,
        operator_id=write_party(evse.party),
        evse_id_type=EMI3,
        evse_id=str(evse),
        user_id_type=kind,
        user_id=user,
        requested_service_id=GENERIC_CHARGE,
        partner_service_session_id=f"SIM-{house.desk.new_id()}",
    )
    session, decision = await authorising.judged(house, asked)
    allowed = session.id in house.sessions
    if allowed:
        played.starts(house, session, decision.meter_limit_list)
    result = CommandStatus.ACCEPTED if allowed else CommandStatus.REJECTED
    return {**_told(decision.request_status, session.id), "result": result.value}


async def tell_event(house: House, wish: Wish) -> Told:
    """`event` (a kind of the model) happens in `session`; `action` is the id of the action that it answers to."""
    session = house.named(str(wish["session"]))
    if session is None:
        return _told(UNKNOWN_SESSION, str(wish["session"]))
    nature = EVENT.write(SessionEventKind(str(wish.get("event", SessionEventKind.START))))
    event = played.event(house, nature or "", house.desk.now())
    related = str(wish["action"]) if "action" in wish else None
    return _told(await talks.report(house, session, replace(event, related_session_action_id=related)), session.id)


async def send_record(house: House, wish: Wish) -> Told:
    """The record of `session` as it stands; `nature` is `FINAL`, which ends it, or `INTERMEDIATE`."""
    session = house.named(str(wish["session"]))
    if session is None or session.charging is None:
        return _told(UNKNOWN_SESSION, str(wish["session"]))
    nature, now = CdrNature(str(wish.get("nature", CdrNature.FINAL))), house.desk.now()
    if nature is CdrNature.FINAL and session.charging.ended is None:
        session.charging.end(now)
    at = session.charging.ended or now
    record = played.record(session, session.charging, at, nature)
    return _told(await records.take(house, session, record), session.id)


async def go_on(house: House, wish: Wish) -> Told:
    """Nothing but that the operator that IOP plays tells what has happened since."""
    session = house.named(str(wish.get("session", "")))
    return _told(OK, session.id if session is not None else "")


ACTS: Mapping[str, Callable[[House, Wish], Awaitable[Told]]] = {
    "SetServiceAuthorisation": remote_start,
    "SetSessionActionRequest": remote_stop,
    "GetServiceAuthorisation": show_card,
    "SetSessionEventReport": tell_event,
    "SetChargeDetailRecord": send_record,
    "GoOn": go_on,
}
"""By the operation that a partner is called with; the first two as its eMSP, the others as its CPO."""


async def act(house: House, wish: Wish) -> Told:
    """Raises ValueError for an operation that no partner is called with."""
    name = str(wish.get("operation", ""))
    if name not in ACTS:
        raise ValueError(f"unknown operation {name!r}; known are {', '.join(ACTS)}")
    return await ACTS[name](house, wish)


def _told(status: str | None, session: str) -> Told:
    row = CODES.get(status or "")
    result = read_command_status(status) or CommandStatus.FAILED
    return {
        "result": result.value,
        "session": session,
        "answer": {"status": status, "text": row.meaning if row is not None else None},
    }
