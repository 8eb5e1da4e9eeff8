"""Charging notifications ↔ the event of a session, and how the session stands at it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import ReportEvent
from gateway.model.session import Session, SessionEvent, SessionEventKind
from gateway_oicp import wire
from gateway_oicp.amounts import energy
from gateway_oicp.translate.cdrs import read_meter_values
from gateway_oicp.translate.sessions import cut, evse_text, read_session, text
from gateway_oicp.translate.tokens import read_token, write_full_identification
from gateway_oicp.words import NOTIFICATION

_MILLISECOND = timedelta(milliseconds=1)
_CRITICAL = "CriticalError"


def read_start(model: wire.ChargingNotificationStart) -> ReportEvent:
    facts = {
        "product_id": model.partner_product_id,
        "start": model.session_start,
        "charging_start": model.charging_start,
        "meter_start_kwh": model.meter_value_start,
    }
    return _reported(model, SessionEvent(kind=NOTIFICATION.read(model.type), at=model.charging_start), facts)


def read_progress(model: wire.ChargingNotificationProgress) -> ReportEvent:
    facts = {
        "product_id": model.partner_product_id,
        "start": model.session_start,
        "charging_start": model.charging_start,
        "duration": read_duration(model.charging_duration),
        "energy_kwh": model.consumed_energy_progress,
        "meter_start_kwh": model.meter_value_start,
        "meter_values_kwh": read_meter_values(model.meter_value_in_between),
    }
    return _reported(model, SessionEvent(kind=NOTIFICATION.read(model.type), at=model.event_occurred), facts)


def read_end(model: wire.ChargingNotificationEnd) -> ReportEvent:
    facts = {
        "product_id": model.partner_product_id,
        "start": model.session_start,
        "end": model.session_end,
        "charging_start": model.charging_start,
        "charging_end": model.charging_end,
        "energy_kwh": model.consumed_energy,
        "meter_start_kwh": model.meter_value_start,
        "meter_end_kwh": model.meter_value_end,
        "meter_values_kwh": read_meter_values(model.meter_value_in_between),
    }
    kind = NOTIFICATION.read(model.type)
    event = SessionEvent(kind=kind, at=model.charging_end, penalty_from=model.penalty_time_start)
    return _reported(model, event, facts)


def read_error(model: wire.ChargingNotificationError) -> ReportEvent:
    kind = NOTIFICATION.read(model.type)
    event = SessionEvent(kind=kind, error=model.error_type, comment=model.error_additional_info)
    return _reported(model, event, {})


def _reported(model: wire.ChargingNotification, event: SessionEvent, facts: dict[str, Any]) -> ReportEvent:
    session = Session(
        ids=read_session(model), evse=EvseId.read(model.evse_id), token=read_token(model.identification), **facts
    )
    return ReportEvent(operator=PartyId.read(model.operator_id), event=event, session=session)


def read_duration(milliseconds: int | None) -> timedelta | None:
    """None for what no calendar holds: it is kept of the document."""
    try:
        return None if milliseconds is None else timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None


# --- writing -----------------------------------------------------------------------------------------------------


def write_start(message: ReportEvent) -> wire.ChargingNotificationStart:
    event, session = _parts(message)
    return wire.ChargingNotificationStart(
        **_common(message),
        charging_start=session.charging_start or event.at,
        session_start=session.start,
        meter_value_start=energy(session.meter_start_kwh),
        partner_product_id=session.product_id,
    )


def write_progress(message: ReportEvent) -> wire.ChargingNotificationProgress:
    event, session = _parts(message)
    return wire.ChargingNotificationProgress(
        **_common(message),
        charging_start=session.charging_start or session.start,
        event_occurred=event.at,
        charging_duration=None if session.duration is None else session.duration // _MILLISECOND,
        session_start=session.start,
        consumed_energy_progress=energy(session.energy_kwh),
        meter_value_start=energy(session.meter_start_kwh),
        meter_value_in_between=_between(session.meter_values_kwh),
        partner_product_id=session.product_id,
    )


def write_end(message: ReportEvent) -> wire.ChargingNotificationEnd:
    event, session = _parts(message)
    return wire.ChargingNotificationEnd(
        **_common(message),
        charging_start=session.charging_start,
        charging_end=session.charging_end or event.at or session.end,
        session_start=session.start,
        session_end=session.end,
        consumed_energy=energy(session.energy_kwh),
        meter_value_start=energy(session.meter_start_kwh),
        meter_value_end=energy(session.meter_end_kwh),
        meter_value_in_between=_between(session.meter_values_kwh),
        penalty_time_start=event.penalty_from,
        partner_product_id=session.product_id,
    )


def write_error(message: ReportEvent) -> wire.ChargingNotificationError:
    """An emergency stop is a critical error by itself; of any other its kind must be told."""
    event, _ = _parts(message)
    critical = _CRITICAL if event.kind is SessionEventKind.EMERGENCY_STOP else None
    return wire.ChargingNotificationError(
        **_common(message), error_type=event.error or critical, error_additional_info=cut(event.comment, 250)
    )


def _parts(message: ReportEvent) -> tuple[SessionEvent, Session]:
    return message.event or SessionEvent(), message.session or Session()


def _common(message: ReportEvent) -> dict[str, Any]:
    event, session = _parts(message)
    return {
        "type": NOTIFICATION.write(event.kind),
        "session_id": session.ids.hub,
        "cpo_partner_session_id": session.ids.cpo,
        "emp_partner_session_id": session.ids.emsp,
        "identification": write_full_identification(session.token),
        "evse_id": evse_text(session.evse),
        "operator_id": text(message.operator),
    }


def _between(values: tuple[Decimal, ...]) -> wire.MeterValueInBetween | None:
    told = tuple(value for value in map(energy, values) if value is not None)
    return wire.MeterValueInBetween(meter_values=told) if told else None
