"""What the simulated IOP passes between both partners of a session: actions to the CPO, events to the eMSP."""

from dataclasses import replace

from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.model.messages import SessionAction
from gateway.model.session import SessionEventKind
from gateway_emip import forms, wire
from gateway_emip.simulator import operator as played
from gateway_emip.simulator.house import ACTIONS, EVENTS, House, SimulatedSession
from gateway_emip.words import ACTION, EVENT, NO_SUCH_NATURE, NOT_A_PARTY, OK, UNKNOWN_SESSION

AFTER_ACTION = {
    SessionAction.STOP: "stopped",
    SessionAction.EMERGENCY_STOP: "stopped",
    SessionAction.SUSPEND: "suspended",
    SessionAction.RESTART: "started",
}
AFTER_EVENT = {
    SessionEventKind.START: "started",
    SessionEventKind.SUSPEND: "suspended",
    SessionEventKind.END: "stopped",
    SessionEventKind.EMERGENCY_STOP: "stopped",
}


# --- actions -----------------------------------------------------------------------------------------------------


async def set_session_action(
    house: House, asked: wire.ToIopSetSessionActionRequestRequest
) -> wire.ToIopSetSessionActionRequestResponse:
    session = house.sessions.get(asked.service_session_id or "")
    action = asked.session_action or wire.SessionAction(session_action_nature=None, session_action_date_time=None)
    name = action.session_action_id or house.new_action()
    status = house.refused(asked, Role.EMSP)
    if status is None and session is None:
        status = UNKNOWN_SESSION
    elif status is None and session is not None:
        session.emsp = session.emsp or asked.sale_partner_session_id
        mine = session.is_party(asked.operator_id)
        status = await act_on(house, session, replace(action, session_action_id=name)) if mine else NOT_A_PARTY
    return wire.ToIopSetSessionActionRequestResponse(
        transaction_id=house.transaction(asked),
        service_session_id=asked.service_session_id,
        session_action_id=name,
        request_status=status,
    )


async def act_on(
    house: House, session: SimulatedSession, action: wire.SessionAction, *, plays: bool = True
) -> str | None:
    """The CPO's request status; where none is connected IOP plays it (`plays`). An unknown nature does nothing."""
    nature = ACTION.read(action.session_action_nature)
    if nature is None:
        return NO_SUCH_NATURE
    if house.operator_of(session) is None and plays:
        status = played.acts(house, session, action.session_action_nature)
    else:
        partner = house.declared(PartyId.read(session.operator), Role.CPO)
        status = await house.told(partner, forms.FORWARDED_ACTION, _action(house, session, action), ACTIONS)
    if status == OK:
        session.state = AFTER_ACTION[nature]
    return status


def _action(
    house: House, session: SimulatedSession, action: wire.SessionAction
) -> wire.FromIopSetSessionActionRequestRequest:
    """The session under IOP's name and the CPO's own; the action keeps the name that its sender gave it."""
    return wire.FromIopSetSessionActionRequestRequest(
        **house.from_iop(session.provider, session.operator),
        service_session_id=session.id,
        exec_partner_session_id=session.cpo,
        session_action=action,
    )


# --- events ------------------------------------------------------------------------------------------------------


async def set_session_event_report(
    house: House, asked: wire.ToIopSetSessionEventReportRequest
) -> wire.ToIopSetSessionEventReportResponse:
    session = house.sessions.get(asked.service_session_id or "")
    event = asked.session_event or wire.SessionEvent(session_event_nature=None, session_event_date_time=None)
    name = event.session_event_id or house.new_action()
    status = house.refused(asked, Role.CPO)
    if status is None and session is None:
        status = UNKNOWN_SESSION
    elif status is None and session is not None:
        session.cpo = session.cpo or asked.exec_partner_session_id
        mine = session.is_party(asked.operator_id)
        status = await report(house, session, replace(event, session_event_id=name)) if mine else NOT_A_PARTY
    return wire.ToIopSetSessionEventReportResponse(
        transaction_id=house.transaction(asked),
        service_session_id=asked.service_session_id,
        session_action_id=name,
        request_status=status,
    )


async def report(house: House, session: SimulatedSession, event: wire.SessionEvent) -> str | None:
    """The eMSP's request status; one that is not connected takes everything."""
    nature = EVENT.read(event.session_event_nature)
    if nature is None or event.session_event_nature is None:
        return NO_SUCH_NATURE
    partner, status = house.provider_of(session), OK
    if partner is not None:
        status = await house.told(partner, forms.FORWARDED_EVENT, _event(house, session, event), EVENTS)
    if status == OK:
        session.events.append(event.session_event_nature)
        session.state = AFTER_EVENT[nature] if session.final is None else session.state
    return status


def _event(
    house: House, session: SimulatedSession, event: wire.SessionEvent
) -> wire.FromIopSetSessionEventReportRequest:
    """The session under IOP's name and the eMSP's own."""
    return wire.FromIopSetSessionEventReportRequest(
        **house.from_iop(session.operator, session.provider),
        service_session_id=session.id,
        sale_partner_session_id=session.emsp,
        session_event=event,
    )
