"""The simulated IOP's authorisation service: who may charge, remote start and stop."""

from typing import Any

from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import Allowed
from gateway.simulation import Card
from gateway_emip import forms, wire
from gateway_emip.rules import foreign
from gateway_emip.simulator.house import FAILURES, PARTNER_ID, House, SimulatedSession, is_fault
from gateway_emip.translate.authorisations import write_allowed
from gateway_emip.translate.parts import id_type, write_party
from gateway_emip.words import (
    ACTION,
    DENIED,
    EMI3,
    GENERIC_CHARGE,
    GRANTED,
    NO_CONTRACT,
    NO_SUCH_NATURE,
    NOT_A_PARTY,
    NOT_DELIVERED,
    OK,
    OPERATOR_UNREACHABLE,
    PARTNER_FAULT,
    UNKNOWN_OPERATOR,
    UNKNOWN_PROVIDER,
    UNKNOWN_SESSION,
)

Decision = wire.FromIopGetServiceAuthorisationResponse


# --- local start -------------------------------------------------------------------------------------------------


async def get_service_authorisation(
    house: House, asked: wire.ToIopGetServiceAuthorisationRequest
) -> wire.ToIopGetServiceAuthorisationResponse:
    """A session is opened with every positive decision; its id is the key of everything after."""
    session = SimulatedSession(
        id=house.new_session(),
        evse=asked.evse_id,
        user_id_type=asked.user_id_type,
        user_id=asked.user_id,
        operator=asked.operator_id,
        cpo=asked.partner_service_session_id,
    )
    decision = await _decided(house, asked, session)
    if (decision.authorisation_value, decision.request_status) == (GRANTED, OK):
        session.intermediate_requested = bool(decision.intermediate_cdr_requested)
        house.sessions[session.id] = session
    return wire.ToIopGetServiceAuthorisationResponse(
        transaction_id=house.transaction(asked),
        sale_partner_operator_id_type=id_type(session.provider),
        sale_partner_operator_id=session.provider,
        authorisation_value=decision.authorisation_value,
        service_session_id=session.id,
        intermediate_cdr_requested=bool(decision.intermediate_cdr_requested),
        user_contract_id_alias=decision.user_contract_id_alias,
        meter_limit_list=decision.meter_limit_list,
        parameter=decision.parameter,
        request_status=decision.request_status,
    )


async def _decided(
    house: House, asked: wire.ToIopGetServiceAuthorisationRequest, session: SimulatedSession
) -> Decision:
    operator = PartyId.read(asked.operator_id)
    card = house.desk.world.card(asked.user_id)
    if house.refused(asked) is not None or foreign(asked.evse_id, asked.operator_id):
        return _decision(DENIED, UNKNOWN_OPERATOR)
    if card is None:
        return _decision(DENIED, UNKNOWN_PROVIDER)
    session.provider = write_party(card.provider)
    if operator is None or not house.desk.world.agreed(operator, card.provider):
        return _decision(DENIED, NO_CONTRACT)
    return await _asked_provider(house, asked, session, card)


async def _asked_provider(
    house: House, asked: wire.ToIopGetServiceAuthorisationRequest, session: SimulatedSession, card: Card
) -> Decision:
    """What the eMSP says, where it is connected; else what its card says."""
    partner = house.partner(card.provider, "EMSP")
    if partner is None:
        value, status = write_allowed(Allowed(card.allowed))
        return _decision(value, status, card.contract or None)
    try:
        decision: Decision = await house.ask(partner, forms.FORWARDED_AUTHORISATION, _forwarded(house, asked, session))
    except FAILURES:
        return _decision(*write_allowed(Allowed.NO_ANSWER))
    session.emsp = decision.partner_service_session_id
    return decision


def _decision(value: str | None, status: str | None, alias: str | None = None) -> Decision:
    return wire.FromIopGetServiceAuthorisationResponse(
        transaction_id=None,
        authorisation_value=value,
        partner_service_session_id=None,
        intermediate_cdr_requested=False,
        user_contract_id_alias=alias if value == GRANTED else None,
        request_status=status,
    )


def _forwarded(
    house: House, asked: wire.ToIopGetServiceAuthorisationRequest, session: SimulatedSession
) -> wire.FromIopGetServiceAuthorisationRequest:
    return wire.FromIopGetServiceAuthorisationRequest(
        transaction_id=house.new_transaction(),
        partner_id_type=EMI3,
        partner_id=PARTNER_ID,
        operator_id_type=EMI3,
        operator_id=asked.operator_id,
        target_operator_id_type=EMI3,
        target_operator_id=session.provider,
        evse_id_type=EMI3,
        evse_id=asked.evse_id,
        user_id_type=asked.user_id_type,
        user_id=asked.user_id,
        requested_service_id=asked.requested_service_id,
        service_session_id=session.id,
    )


# --- remote start ------------------------------------------------------------------------------------------------


async def set_service_authorisation(
    house: House, asked: wire.ToIopSetServiceAuthorisationRequest
) -> wire.ToIopSetServiceAuthorisationResponse:
    session, status = _granted(house, asked)
    operator = EvseId.read(asked.evse_id)
    if status is None:
        status = await set_by_provider(house, session, asked.authorisation_value, asked.user_contract_id_alias)
    shown = write_party(operator.party) if operator is not None else None
    return wire.ToIopSetServiceAuthorisationResponse(
        transaction_id=house.transaction(asked),
        request_status=status,
        service_session_id=session.id,
        exec_partner_operator_id_type=id_type(shown),
        exec_partner_operator_id=shown,
    )


def _granted(house: House, asked: wire.ToIopSetServiceAuthorisationRequest) -> tuple[SimulatedSession, str | None]:
    """The session, new for value 1 and known for value 2, and a request status where IOP itself refuses."""
    evse, provider = EvseId.read(asked.evse_id), PartyId.read(asked.operator_id)
    known = next((one for one in house.sessions.values() if one.emsp == asked.partner_service_session_id), None)
    session = SimulatedSession(
        id=house.new_session(),
        evse=asked.evse_id,
        user_id_type=asked.user_id_type,
        user_id=asked.user_id,
        operator=write_party(evse.party) if evse is not None else None,
        provider=asked.operator_id,
        emsp=asked.partner_service_session_id,
        intermediate_requested=bool(asked.intermediate_cdr_requested),
    )
    refused = house.refused(asked)
    if refused is not None:
        return session, refused
    if asked.authorisation_value == DENIED:
        return (session, UNKNOWN_SESSION) if known is None or known.emsp is None else (known, None)
    if evse is None or evse.party is None or not _declared(house, evse.party):
        return session, UNKNOWN_OPERATOR
    if provider is None or not house.desk.world.agreed(evse.party, provider):
        return session, NO_CONTRACT
    return session, None


def _declared(house: House, operator: PartyId) -> bool:
    return not house.desk.world.partners or house.desk.world.partner_of(operator) is not None


async def set_by_provider(house: House, session: SimulatedSession, value: str | None, alias: str | None) -> str | None:
    """Tells the CPO to start (value 1) or to end a session; the request status of what came of it."""
    evse = EvseId.read(session.evse)
    partner = house.partner(evse.party if evse is not None else None, "CPO")
    if partner is None:
        status: str | None = OK
    else:
        status = await tell_operator(house, session, value, alias)
    if status == OK:
        session.state = "started" if value == GRANTED else "stopped"
        house.sessions[session.id] = session
    return status


async def tell_operator(house: House, session: SimulatedSession, value: str | None, alias: str | None) -> str | None:
    """The CPO's request status; 10207 where it cannot be reached."""
    evse = EvseId.read(session.evse)
    partner = house.desk.world.partner_of(evse.party) if evse is not None else None
    try:
        answer = await house.ask(partner, forms.FORWARDED_START, _start(house, session, value, alias))
    except FAILURES:
        return OPERATOR_UNREACHABLE
    session.cpo = answer.partner_service_session_id or session.cpo
    status: str | None = answer.request_status
    return status


def _start(
    house: House, session: SimulatedSession, value: str | None, alias: str | None
) -> wire.FromIopSetServiceAuthorisationRequest:
    return wire.FromIopSetServiceAuthorisationRequest(
        transaction_id=house.new_transaction(),
        partner_id_type=EMI3,
        partner_id=PARTNER_ID,
        operator_id_type=EMI3,
        operator_id=session.provider,
        target_operator_id_type=EMI3,
        target_operator_id=session.operator,
        evse_id_type=EMI3,
        evse_id=session.evse,
        user_id_type=session.user_id_type,
        user_id=session.user_id,
        requested_service_id=GENERIC_CHARGE,
        service_session_id=session.id,
        authorisation_value=value,
        intermediate_cdr_requested=session.intermediate_requested,
        user_contract_id_alias=alias,
    )


# --- actions -----------------------------------------------------------------------------------------------------


async def set_session_action(
    house: House, asked: wire.ToIopSetSessionActionRequestRequest
) -> wire.ToIopSetSessionActionRequestResponse:
    session = house.sessions.get(asked.service_session_id or "")
    status, action = house.refused(asked), house.new_action()
    if status is None and session is None:
        status = UNKNOWN_SESSION
    elif status is None and session is not None:
        status = await _acted(house, session, asked, action)
    return wire.ToIopSetSessionActionRequestResponse(
        transaction_id=house.transaction(asked),
        service_session_id=asked.service_session_id,
        session_action_id=action,
        request_status=status,
    )


async def _acted(
    house: House, session: SimulatedSession, asked: wire.ToIopSetSessionActionRequestRequest, action_id: str
) -> str | None:
    nature = asked.session_action.session_action_nature if asked.session_action is not None else None
    if not session.is_party(asked.operator_id):
        return NOT_A_PARTY
    if ACTION.read(nature) is None:
        return NO_SUCH_NATURE
    evse = EvseId.read(session.evse)
    if house.partner(evse.party if evse is not None else None, "CPO") is None:
        session.state = "stopped"
        return OK
    return await act_on(house, session, nature, action_id)


async def act_on(house: House, session: SimulatedSession, nature: str | None, action_id: str) -> str | None:
    """The CPO's request status; 10504 where it cannot be reached, 10505 for a fault."""
    evse = EvseId.read(session.evse)
    partner = house.desk.world.partner_of(evse.party) if evse is not None else None
    try:
        answer: Any = await house.ask(partner, forms.FORWARDED_ACTION, _action(house, session, nature, action_id))
    except FAILURES as error:
        return PARTNER_FAULT if is_fault(error) else NOT_DELIVERED
    status: str | None = answer.request_status
    if status == OK:
        session.state = "stopped"
    return status


def _action(
    house: House, session: SimulatedSession, nature: str | None, action_id: str
) -> wire.FromIopSetSessionActionRequestRequest:
    return wire.FromIopSetSessionActionRequestRequest(
        transaction_id=house.new_transaction(),
        partner_id_type=EMI3,
        partner_id=PARTNER_ID,
        operator_id_type=EMI3,
        operator_id=session.provider,
        target_operator_id_type=EMI3,
        target_operator_id=session.operator,
        service_session_id=session.id,
        exec_partner_session_id=session.cpo,
        session_action=wire.SessionAction(
            session_action_nature=nature, session_action_id=action_id, session_action_date_time=house.desk.now()
        ),
    )
