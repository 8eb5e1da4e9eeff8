"""The simulated IOP's remote start: an eMSP grants a service (value 1) or withdraws it (value 2), the CPO is told."""

from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import SessionAction
from gateway_emip import forms, wire
from gateway_emip.simulator import operator as played
from gateway_emip.simulator.house import FAILURES, House, SimulatedSession
from gateway_emip.translate.parts import id_type, write_party
from gateway_emip.words import (
    ACTION,
    DENIED,
    GENERIC_CHARGE,
    GRANTED,
    NO_CONTRACT,
    OK,
    OPERATOR_UNREACHABLE,
    REFUSED_UNEXPLAINED,
    UNKNOWN_OPERATOR,
    UNKNOWN_SESSION,
    published,
)

Asked = wire.ToIopSetServiceAuthorisationRequest
STOP = ACTION.write(SessionAction.STOP)


async def set_service_authorisation(house: House, asked: Asked) -> wire.ToIopSetServiceAuthorisationResponse:
    session, status = _granted(house, asked)
    if status is None:
        status = await _set_by_provider(house, session, asked)
    evse = EvseId.read(asked.evse_id)
    shown = write_party(evse.party) if evse is not None else None
    return wire.ToIopSetServiceAuthorisationResponse(
        transaction_id=house.transaction(asked),
        request_status=status,
        service_session_id=session.id,
        exec_partner_operator_id_type=id_type(shown),
        exec_partner_operator_id=shown,
    )


def _granted(house: House, asked: Asked) -> tuple[SimulatedSession, str | None]:
    """The session, new for value 1 and known for value 2, and a request status where IOP itself refuses."""
    session, evse, provider = _session(house, asked), EvseId.read(asked.evse_id), PartyId.read(asked.operator_id)
    refused = house.refused(asked, Role.EMSP)
    if refused is not None:
        return session, refused
    if asked.authorisation_value == DENIED:
        known = house.named(asked.partner_service_session_id or "")
        mine = known is not None and known.emsp is not None and known.is_party(asked.operator_id)
        return (known, None) if known is not None and mine else (session, UNKNOWN_SESSION)
    if asked.authorisation_value != GRANTED:
        return session, REFUSED_UNEXPLAINED
    if evse is None or evse.party is None or not house.declares(evse.party):
        return session, UNKNOWN_OPERATOR
    service = asked.requested_service_id or ""
    if provider is None or not house.desk.world.agreed(evse.party, provider, service):
        return session, NO_CONTRACT
    return session, None


def _session(house: House, asked: Asked) -> SimulatedSession:
    evse = EvseId.read(asked.evse_id)
    return SimulatedSession(
        id=house.new_session(),
        evse=asked.evse_id,
        user_id_type=asked.user_id_type,
        user_id=asked.user_id,
        operator=write_party(evse.party) if evse is not None else None,
        provider=asked.operator_id,
        emsp=asked.partner_service_session_id,
        contract_alias=asked.user_contract_id_alias,
        intermediate_requested=bool(asked.intermediate_cdr_requested),
    )


async def _set_by_provider(house: House, session: SimulatedSession, asked: Asked) -> str | None:
    """The CPO's request status; where none is connected IOP plays it."""
    if house.operator_of(session) is not None:
        status = await tell_operator(house, session, asked.authorisation_value, asked)
    elif asked.authorisation_value == DENIED:
        status = played.acts(house, session, STOP)
    else:
        status = played.starts(house, session, asked.meter_limit_list)
    if status == OK:
        session.state = "started" if asked.authorisation_value == GRANTED else "stopped"
        house.sessions[session.id] = session
    return status


async def tell_operator(
    house: House, session: SimulatedSession, value: str | None, asked: Asked | None = None
) -> str | None:
    """The CPO's request status; 10207 where it cannot be reached, 10201 for one that no list has."""
    partner = house.declared(PartyId.read(session.operator), Role.CPO)
    try:
        answer = await house.ask(partner, forms.FORWARDED_START, _start(house, session, value, asked))
    except FAILURES:
        return OPERATOR_UNREACHABLE
    session.cpo = answer.partner_service_session_id or session.cpo
    status: str | None = answer.request_status
    return status if status in published() else REFUSED_UNEXPLAINED


def _start(
    house: House, session: SimulatedSession, value: str | None, asked: Asked | None
) -> wire.FromIopSetServiceAuthorisationRequest:
    """What the eMSP said of the start goes on as it is; the session is IOP's."""
    return wire.FromIopSetServiceAuthorisationRequest(
        **house.from_iop(session.provider, session.operator),
        evse_id_type=id_type(session.evse),
        evse_id=session.evse,
        user_id_type=session.user_id_type,
        user_id=session.user_id,
        requested_service_id=asked.requested_service_id if asked is not None else GENERIC_CHARGE,
        service_session_id=session.id,
        authorisation_value=value,
        intermediate_cdr_requested=session.intermediate_requested,
        user_contract_id_alias=session.contract_alias,
        meter_limit_list=asked.meter_limit_list if asked is not None else None,
        parameter=asked.parameter if asked is not None else None,
        booking_id=asked.booking_id if asked is not None else None,
    )
