"""The CPO that the simulated IOP plays where none is connected: it charges by the clock and tells what happens.

Time that has run out is noticed with the next request, or when the simulator is told to act.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal

from gateway.model.cdr import CdrNature
from gateway.model.ids import PartyId
from gateway.model.messages import SessionAction
from gateway.model.session import LimitKind, SessionEventKind
from gateway_emip import wire
from gateway_emip.meters import MEASURES, TOTAL_ENERGY, TOTAL_TIME, plain
from gateway_emip.simulator.charging import MICROSECOND, Charging, longest
from gateway_emip.simulator.house import House, SimulatedSession
from gateway_emip.simulator.settings import POWER_KW, RECORD_MINUTES, SESSION_MINUTES, SUSPENDS
from gateway_emip.translate.parts import id_type
from gateway_emip.words import ACTION, CODES, EVENT, GENERIC_CHARGE, NATURE, NO_SUCH_NATURE, OK

_START, _END = EVENT.write(SessionEventKind.START), EVENT.write(SessionEventKind.END)
_SUSPEND, _EMERGENCY = EVENT.write(SessionEventKind.SUSPEND), EVENT.write(SessionEventKind.EMERGENCY_STOP)
_MINUTE = Decimal(timedelta(minutes=1) // MICROSECOND)
Tell = Callable[[House, SimulatedSession, wire.SessionEvent], Awaitable[str | None]]
Hand = Callable[[House, SimulatedSession, wire.ChargeDetailRecord], Awaitable[str | None]]


# --- what it is asked --------------------------------------------------------------------------------------------


def starts(house: House, session: SimulatedSession, limits: wire.MeterReportList | None = None) -> str:
    """A car of this session begins to charge, unless the operator of the EVSE speaks for itself."""
    if house.callers.has_called(PartyId.read(session.operator)):
        return OK
    now, power = house.desk.now(), Decimal(str(house.setting(POWER_KW)))
    reports = limits.meter_report if limits is not None else ()
    session.charging = Charging(now, power, longest(house.setting(SESSION_MINUTES), power, reports))
    session.charging.last_record = now
    session.charging.owed.append((_START or "", now))
    session.cpo = session.cpo or f"SIM-{house.desk.new_id()}"
    return OK


def acts(house: House, session: SimulatedSession, nature: str | None) -> str:
    """Stop and emergency stop always work; suspend and restart where the world says so (10506 else)."""
    action, charging, now = ACTION.read(nature), session.charging, house.desk.now()
    if action in (SessionAction.SUSPEND, SessionAction.RESTART) and not house.setting(SUSPENDS):
        return NO_SUCH_NATURE
    if charging is None or charging.ended is not None:
        return OK
    if action is SessionAction.SUSPEND:
        charging.suspend(now)
        charging.owed.append((_SUSPEND or "", now))
    elif action is SessionAction.RESTART:
        charging.restart(now)
        charging.owed.append((_START or "", now))
    else:
        charging.end(now)
        charging.owed.append(((_EMERGENCY if action is SessionAction.EMERGENCY_STOP else _END) or "", now))
    return OK


# --- what it tells -----------------------------------------------------------------------------------------------


async def goes_on(house: House, tell: Tell, hand: Hand) -> None:
    """Tells what has happened since: events, intermediate records where they are wanted, the final one at the end.

    What does not get through is told again the next time; an eMSP that takes no events has its record all the same.
    """
    for session in [one for one in house.sessions.values() if one.charging is not None and one.final is None]:
        if session.charging is not None:
            await _told_of(house, session, session.charging, tell, hand)


async def _told_of(house: House, session: SimulatedSession, charging: Charging, tell: Tell, hand: Hand) -> None:
    now = house.desk.now()
    full = charging.full_at(now)
    if full is not None:
        charging.end(full)
        charging.owed.append((_END or "", full))
    owed, charging.owed = charging.owed, []
    for place, (nature, at) in enumerate(owed):
        status = await tell(house, session, event(house, nature, at))
        row = CODES.get(status or "")
        if row is not None and row.retryable:
            charging.owed = owed[place:] + charging.owed
            return
    if charging.ended is not None:
        await hand(house, session, record(session, charging, charging.ended, CdrNature.FINAL))
    elif session.intermediate_requested and _is_due(house, charging, now):
        charging.last_record = now
        await hand(house, session, record(session, charging, now, CdrNature.INTERMEDIATE))


def _is_due(house: House, charging: Charging, now: datetime) -> bool:
    last = charging.last_record or charging.begun
    return now - last >= timedelta(minutes=house.setting(RECORD_MINUTES))


def event(house: House, nature: str, at: datetime) -> wire.SessionEvent:
    return wire.SessionEvent(
        session_event_nature=nature, session_event_id=house.new_action(), session_event_date_time=at
    )


def record(session: SimulatedSession, charging: Charging, at: datetime, nature: CdrNature) -> wire.ChargeDetailRecord:
    """What has been charged until `at`, in minutes and Wh (list V27)."""
    minutes = plain(round(Decimal(charging.duration(at) // MICROSECOND) / _MINUTE, 3))
    reports = (
        _report(TOTAL_TIME, minutes, LimitKind.TIME),
        _report(TOTAL_ENERGY, charging.energy_wh(at), LimitKind.ENERGY),
    )
    return wire.ChargeDetailRecord(
        cdr_nature=NATURE.write(nature),
        service_session_id=session.id,
        exec_partner_session_id=session.cpo,
        requested_service_id=GENERIC_CHARGE,
        evse_id_type=id_type(session.evse),
        evse_id=session.evse,
        user_contract_id_alias=session.contract_alias,
        user_id_type=session.user_id_type,
        user_id=session.user_id,
        start_time=charging.begun,
        end_time=at,
        meter_report_list=wire.MeterReportList(meter_report=reports),
    )


def _report(meter_type: str | None, value: Decimal, kind: LimitKind) -> wire.MeterReport:
    return wire.MeterReport(meter_type_id=meter_type, meter_value=value, meter_unit=MEASURES[kind].wire)
