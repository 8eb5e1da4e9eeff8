"""How a session stands (crosswalk 2.11): InformProviderMessage, asked for or told by the operator itself."""

from decimal import Decimal

from gateway.exact import product
from gateway.model.cdr import Cdr
from gateway.model.common import Price
from gateway.model.ids import ContractId, EvseId
from gateway.model.messages import CommandStatus, ReportEvent, SessionState
from gateway.model.metering import MeterReading
from gateway.model.session import ChargingDemand, Session, SessionEvent, SessionIds
from gateway_ochp import rules, wire
from gateway_ochp.fitting import write_evse_id
from gateway_ochp.translate.direct import read_contract, read_demand, read_limits, write_contract, write_energy_limit
from gateway_ochp.translate.direct_results import read_reason, write_result
from gateway_ochp.translate.periods import read_periods, write_periods
from gateway_ochp.words import COMMAND, DIRECT_MESSAGE, DIRECT_STATUS

KWH_OF_WH = Decimal("0.001")


def read_report(message: wire.InformProviderMessage) -> ReportEvent:
    evse, contract = EvseId.read(message.evse_id), ContractId.read(message.contract_id)
    return ReportEvent(
        operator=evse.party if evse is not None else None,
        provider=contract.party if contract is not None else None,
        event=_read_event(message),
        session=_read_session(message),
    )


def read_state(message: wire.InformProviderMessage) -> SessionState:
    return SessionState(
        event=_read_event(message), session=_read_session(message), reason=read_reason(message.result)
    )  # fmt: skip


def _read_event(message: wire.InformProviderMessage) -> SessionEvent:
    return SessionEvent(
        kind=DIRECT_MESSAGE.read(message.message),
        current_power_kw=message.current_power,
        valid_until=message.ttl,
    )


def _read_session(message: wire.InformProviderMessage) -> Session:
    evse, token = EvseId.read(message.evse_id), read_contract(message.contract_id)
    return Session(
        ids=SessionIds(hub=message.direct_id),
        operator=evse.party if evse is not None else None,
        provider=token.provider if token is not None else None,
        evse=evse,
        token=token,
        status=DIRECT_STATUS.read(message.message),
        energy_kwh=message.charged_energy,
        meter_readings=_read_meter(message),
        periods=read_periods(message.charging_periods),
        currency=message.currency,
        total_cost=None if message.current_cost is None else Price(excl_vat=message.current_cost),
        limits=read_limits(message),
        demand=read_demand(message),
    )


def _read_meter(message: wire.InformProviderMessage) -> tuple[MeterReading, ...]:
    reading = message.meter_reading
    if reading is None:
        return ()
    value = reading.meter_value
    if value is not None and not rules.meter_counts_kwh(message):
        value = product(value, KWH_OF_WH)
    return (MeterReading(value_kwh=value, at=reading.meter_time),)


# --- writing -----------------------------------------------------------------------------------------------------


def write_report(message: ReportEvent) -> wire.InformProviderMessage:
    """The result says nothing where the operator speaks by itself; the schema demands one, so it is ok."""
    ok = wire.DirectResult(result_code=wire.OK, result_description="")
    return _write(message.event or SessionEvent(), message.session or Session(), ok)


def write_state(answer: SessionState) -> wire.InformProviderMessage:
    given = COMMAND.read(answer.reason.code) if answer.reason is not None else None
    result = write_result(answer.reason, given or CommandStatus.ACCEPTED)
    return _write(answer.event or SessionEvent(), answer.session or Session(), result)


def _write(event: SessionEvent, session: Session, result: wire.DirectResult) -> wire.InformProviderMessage:
    demand = session.demand or ChargingDemand()
    return wire.InformProviderMessage(
        result=result,
        message=DIRECT_MESSAGE.write(event.kind) if event.kind is not None else DIRECT_STATUS.write(session.status),
        evse_id=write_evse_id(session.evse),
        contract_id=write_contract(session.token),
        direct_id=session.ids.hub,
        ttl=event.valid_until,
        max_power=demand.max_power_kw,
        max_current=demand.max_current_a,
        one_phase=demand.single_phase,
        max_energy=write_energy_limit(session.limits),
        min_energy=demand.min_energy_kwh,
        departure=demand.departure,
        current_power=event.current_power_kw,
        charged_energy=session.energy_kwh,
        meter_reading=_write_meter(session),
        charging_periods=_write_periods(session),
        current_cost=session.total_cost.excl_vat if session.total_cost is not None else None,
        currency=session.currency,
    )


def _write_meter(session: Session) -> wire.MeterReading | None:
    """The last reading whose time is known, in Wh."""
    known = [one for one in session.meter_readings if one.value_kwh is not None and one.at is not None]
    if not known or known[-1].value_kwh is None:
        return None
    return wire.MeterReading(meter_value=product(known[-1].value_kwh, 1000), meter_time=known[-1].at)


def _write_periods(session: Session) -> tuple[wire.CdrPeriod, ...]:
    """All of them or none: every period needs its end and its price, and some of them alone would tell another cost."""
    if not session.periods:
        return ()
    written = write_periods(Cdr(periods=session.periods, end=session.end), lambda moment: moment)
    complete = all(
        None not in (one.start_date_time, one.end_date_time, one.billing_item, one.billing_value, one.item_price)
        for one in written
    )
    return written if complete else ()
