"""The simulated IOP's local start: may this driver charge? It finds the eMSP, asks it, and opens the session."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gateway.model.common import Role
from gateway.model.ids import ContractId, PartyId
from gateway.model.messages import Allowed
from gateway.simulation import Card
from gateway_emip import forms, wire
from gateway_emip.meters import MEASURES, TOTAL_ENERGY, kind_of
from gateway_emip.rules import foreign
from gateway_emip.simulator.house import FAILURES, House, SimulatedSession
from gateway_emip.simulator.settings import ENERGY_LIMIT_WH, INTERMEDIATE
from gateway_emip.translate.authorisations import write_allowed
from gateway_emip.translate.parts import id_type, write_party
from gateway_emip.words import (
    DENIED,
    GRANTED,
    NO_CONTRACT,
    OK,
    UNKNOWN_OPERATOR,
    UNKNOWN_PROVIDER,
    published,
)

Decision = wire.FromIopGetServiceAuthorisationResponse
Asked = wire.ToIopGetServiceAuthorisationRequest


async def get_service_authorisation(house: House, asked: Asked) -> wire.ToIopGetServiceAuthorisationResponse:
    if house.refused(asked, Role.CPO) is not None:
        session = _session(house, asked)
        return _answer(house, asked, session, _decision(DENIED, UNKNOWN_OPERATOR))
    session, decision = await judged(house, asked)
    return _answer(house, asked, session, decision)


async def judged(house: House, asked: Asked) -> tuple[SimulatedSession, Decision]:
    """A session is opened with every positive decision; its id is the key of everything after."""
    session = _session(house, asked)
    decision = await _decision_on(house, asked, session)
    if (decision.authorisation_value, decision.request_status) == (GRANTED, OK):
        session.intermediate_requested = bool(decision.intermediate_cdr_requested)
        session.contract_alias = decision.user_contract_id_alias
        house.sessions[session.id] = session
    return session, decision


def _session(house: House, asked: Asked) -> SimulatedSession:
    return SimulatedSession(
        id=house.new_session(),
        evse=asked.evse_id,
        user_id_type=asked.user_id_type,
        user_id=asked.user_id,
        operator=asked.operator_id,
        cpo=asked.partner_service_session_id,
    )


def _answer(
    house: House, asked: Asked, session: SimulatedSession, decision: Decision
) -> wire.ToIopGetServiceAuthorisationResponse:
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


# --- whose driver is it ------------------------------------------------------------------------------------------


async def _decision_on(house: House, asked: Asked, session: SimulatedSession) -> Decision:
    """201 for an EVSE of nobody, 203 for a user of nobody, 202 without a contract for the service; then the eMSP."""
    operator = PartyId.read(asked.operator_id)
    if operator is None or foreign(asked.evse_id, asked.operator_id) or not house.declares(operator):
        return _decision(DENIED, UNKNOWN_OPERATOR)
    card = house.desk.world.card(asked.user_id)
    provider = _provider(house, asked, card)
    if provider is None:
        return _decision(DENIED, UNKNOWN_PROVIDER)
    session.provider = write_party(provider)
    if not house.desk.world.agreed(operator, provider, asked.requested_service_id or ""):
        return _decision(DENIED, NO_CONTRACT)
    if house.provider_of(session) is None:
        return _played(house, card)
    return await _asked_provider(house, asked, session)


def _provider(house: House, asked: Asked, card: Card | None) -> PartyId | None:
    """That of the card; else the one a contract id begins with, where it is connected."""
    if card is not None:
        return card.provider
    contract = ContractId.read(asked.user_id)
    partner = house.partner(contract.party if contract is not None else None, Role.EMSP)
    return contract.party if contract is not None and partner is not None else None


async def _asked_provider(house: House, asked: Asked, session: SimulatedSession) -> Decision:
    """10210 for no answer, and for one that is no decision."""
    message = wire.FromIopGetServiceAuthorisationRequest(
        **house.from_iop(asked.operator_id, session.provider),
        **_subject(asked),
        service_session_id=session.id,
    )
    try:
        decision: Decision = await house.ask(house.provider_of(session), forms.FORWARDED_AUTHORISATION, message)
    except FAILURES:
        return _decision(*write_allowed(Allowed.NO_ANSWER))
    if decision.authorisation_value not in (GRANTED, DENIED) or decision.request_status not in published():
        return _decision(*write_allowed(Allowed.NO_ANSWER))
    session.emsp = decision.partner_service_session_id
    return decision


def _subject(asked: Asked) -> Mapping[str, Any]:
    names = ("evse_id_type", "evse_id", "user_id_type", "user_id", "requested_service_id")
    return {name: getattr(asked, name) for name in names}


# --- the eMSP that it plays --------------------------------------------------------------------------------------


def _played(house: House, card: Card | None) -> Decision:
    """What its card says, with the terms of the world."""
    value, status = write_allowed(Allowed(card.allowed) if card is not None else Allowed.UNKNOWN_TOKEN)
    decision = _decision(value, status)
    if value == GRANTED and card is not None:
        decision.user_contract_id_alias = card.contract or None
        decision.intermediate_cdr_requested = house.setting(INTERMEDIATE)
        decision.meter_limit_list = _limits(house)
    return decision


def _limits(house: House) -> wire.MeterReportList | None:
    most, kind = Decimal(str(house.setting(ENERGY_LIMIT_WH))), kind_of(TOTAL_ENERGY)
    if not most or kind is None:
        return None
    report = wire.MeterReport(meter_type_id=TOTAL_ENERGY, meter_value=most, meter_unit=MEASURES[kind].wire)
    return wire.MeterReportList(meter_report=(report,))


def _decision(value: str | None, status: str | None) -> Decision:
    return wire.FromIopGetServiceAuthorisationResponse(
        transaction_id=None,
        authorisation_value=value,
        partner_service_session_id=None,
        intermediate_cdr_requested=False,
        request_status=status,
    )
