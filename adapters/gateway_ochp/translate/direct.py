"""Commands of OCHPdirect (crosswalk 2.10): an EVSE is selected, a session controlled, an EVSE released.

The directId is the operator's name of the session and stands where a hub's would.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from gateway.exact import product
from gateway.model.ids import ContractId, EvseId
from gateway.model.messages import (
    CancelReservation,
    ChangeSession,
    FetchSession,
    FetchStatuses,
    ReportDiscrepancy,
    ReserveEvse,
    SessionAction,
    StartSession,
    StopSession,
)
from gateway.model.session import ChargingDemand, Limit, LimitKind, SessionIds
from gateway.model.token import Token, TokenType
from gateway_ochp import wire
from gateway_ochp.fitting import cut, write_contract_id, write_evse_id
from gateway_ochp.words import SESSION_ACTION

LONGEST_REPORT = 2000
_KWH = {None: Decimal(1), "kWh": Decimal(1), "Wh": Decimal("0.001"), "MWh": Decimal(1000)}
"""kWh in one unit of an energy limit."""
Limited = wire.ControlEvseRequest | wire.InformProviderMessage


# --- who, and how much -------------------------------------------------------------------------------------------


def read_contract(text: str | None) -> Token | None:
    """A driver without a card: the user is the contract (crosswalk 4, "uid for remote users")."""
    contract = ContractId.read(text)
    if contract is None:
        return None
    return Token(uid=text, type=TokenType.APP_USER, contract_id=contract, provider=contract.party)


def write_contract(token: Token | None) -> str | None:
    """The contract of whatever the driver shows; of a remote user its id is the contract."""
    if token is None:
        return None
    remote = token.type in (TokenType.APP_USER, TokenType.AD_HOC_USER, TokenType.EMAID)
    return write_contract_id(token.contract_id or (ContractId.read(token.uid) if remote else None))


def read_limits(message: Limited) -> tuple[Limit, ...]:
    if message.max_energy is None:
        return ()
    return (Limit(kind=LimitKind.ENERGY, value=message.max_energy, unit="kWh"),)


def write_energy_limit(limits: Iterable[Limit]) -> Decimal | None:
    """kWh. The only limit of OCHPdirect that is not how to charge, but how much."""
    for limit in limits:
        if limit.kind is LimitKind.ENERGY and limit.value is not None and limit.unit in _KWH:
            return product(limit.value, _KWH[limit.unit])
    return None


def read_demand(message: Limited) -> ChargingDemand | None:
    demand = ChargingDemand(
        max_power_kw=message.max_power,
        max_current_a=message.max_current,
        single_phase=message.one_phase,
        min_energy_kwh=message.min_energy,
        departure=message.departure,
    )
    return None if demand == ChargingDemand() else demand


# --- SelectEvse, ReleaseEvse -------------------------------------------------------------------------------------


def read_select(request: wire.SelectEvseRequest) -> ReserveEvse:
    token = read_contract(request.contract_id)
    return ReserveEvse(
        provider=token.provider if token is not None else None,
        token=token,
        evse=EvseId.read(request.evse_id),
        until=request.reserve_until,
    )


def write_select(message: ReserveEvse) -> wire.SelectEvseRequest:
    return wire.SelectEvseRequest(
        evse_id=write_evse_id(message.evse),
        contract_id=write_contract(message.token),
        reserve_until=message.until,
    )


def read_release(request: wire.ReleaseEvseRequest) -> CancelReservation:
    return CancelReservation(session=SessionIds(hub=request.direct_id))


def write_release(message: CancelReservation) -> wire.ReleaseEvseRequest:
    return wire.ReleaseEvseRequest(direct_id=message.session.hub)


# --- ControlEvse: one request, three meanings --------------------------------------------------------------------


def read_start(request: wire.ControlEvseRequest) -> StartSession:
    """Takes up the session that SelectEvse has opened; token and EVSE are known from there."""
    return StartSession(
        session=SessionIds(hub=request.direct_id), limits=read_limits(request), demand=read_demand(request)
    )


def write_start(message: StartSession) -> wire.ControlEvseRequest:
    return _control(message, wire.START)


def read_change(request: wire.ControlEvseRequest) -> ChangeSession:
    return ChangeSession(
        session=SessionIds(hub=request.direct_id), limits=read_limits(request), demand=read_demand(request)
    )


def write_change(message: ChangeSession) -> wire.ControlEvseRequest:
    return _control(message, wire.CHANGE)


def _control(message: StartSession | ChangeSession, operation: str) -> wire.ControlEvseRequest:
    demand = message.demand or ChargingDemand()
    return wire.ControlEvseRequest(
        direct_id=message.session.hub,
        operation=operation,
        max_power=demand.max_power_kw,
        max_current=demand.max_current_a,
        one_phase=demand.single_phase,
        max_energy=write_energy_limit(message.limits),
        min_energy=demand.min_energy_kwh,
        departure=demand.departure,
    )


def read_end(request: wire.ControlEvseRequest) -> StopSession:
    action = SESSION_ACTION.read(request.operation) or SessionAction.STOP
    return StopSession(session=SessionIds(hub=request.direct_id), action=action)


def write_end(message: StopSession) -> wire.ControlEvseRequest:
    """No operation for what OCHPdirect cannot do: the message is incomplete and is not sent."""
    return wire.ControlEvseRequest(direct_id=message.session.hub, operation=SESSION_ACTION.write(message.action))


def joined_start(messages: Sequence[Any]) -> StartSession:
    """SelectEvse and ControlEvse start, read back as the one start that they were written for."""
    select: ReserveEvse = messages[0]
    start: StartSession = messages[1]
    return StartSession(
        provider=select.provider,
        token=select.token,
        evse=select.evse,
        session=start.session,
        limits=start.limits,
        demand=start.demand,
        reserve_until=select.until,
    )


# --- questions ---------------------------------------------------------------------------------------------------


def read_fetch_session(request: wire.InformProviderRequest) -> FetchSession:
    return FetchSession(session=SessionIds(hub=request.direct_id))


def write_fetch_session(message: FetchSession) -> wire.InformProviderRequest:
    return wire.InformProviderRequest(direct_id=message.session.hub)


def read_status_question(request: wire.DirectEvseStatusRequest) -> FetchStatuses:
    found = (EvseId.read(evse) for evse in request.requested_evse_id)
    return FetchStatuses(evses=tuple(evse for evse in found if evse is not None))


def write_status_question(message: FetchStatuses) -> wire.DirectEvseStatusRequest:
    written = (write_evse_id(evse) for evse in message.evses)
    return wire.DirectEvseStatusRequest(requested_evse_id=tuple(evse for evse in written if evse is not None))


def read_discrepancy(request: wire.ReportDiscrepancyRequest) -> ReportDiscrepancy:
    return ReportDiscrepancy(evse=EvseId.read(request.evse_id), report=request.report)


def write_discrepancy(message: ReportDiscrepancy) -> wire.ReportDiscrepancyRequest:
    return wire.ReportDiscrepancyRequest(
        evse_id=write_evse_id(message.evse), report=cut(message.report, LONGEST_REPORT)
    )
