"""Charge detail records. OICP knows times, energy and meter values, never money."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from gateway.exact import difference
from gateway.model.cdr import Cdr, Dimension, SignedData, SignedValue
from gateway.model.ids import EvseId, PartyId
from gateway.model.session import AuthMethod
from gateway_oicp import wire
from gateway_oicp.amounts import energy
from gateway_oicp.translate.sessions import evse_text, read_session, text
from gateway_oicp.translate.tokens import read_token, write_full_identification
from gateway_oicp.words import METERING

_MOST_VALUES = 10


def read_cdr(record: wire.ChargeDetailRecord) -> Cdr:
    evse = EvseId.read(record.evse_id)
    remote = record.identification is not None and record.identification.remote_identification is not None
    return Cdr(
        session=read_session(record),
        operator=evse.party if evse else None,
        hub_operator=PartyId.read(record.hub_operator_id),
        hub_provider=PartyId.read(record.hub_provider_id),
        evse=evse,
        token=read_token(record.identification),
        auth_method=AuthMethod.COMMAND if remote else None,
        start=record.session_start,
        end=record.session_end,
        charging_start=record.charging_start,
        charging_end=record.charging_end,
        meter_start_kwh=record.meter_value_start,
        meter_end_kwh=record.meter_value_end,
        meter_values_kwh=read_meter_values(record.meter_value_in_between),
        energy_kwh=record.consumed_energy,
        energy_known=record.consumed_energy is not None,
        signed_data=_read_signed_data(record),
        product_id=record.partner_product_id,
        rated=False,
    )


def read_meter_values(between: wire.MeterValueInBetween | None) -> tuple[Decimal, ...]:
    """From `{"meterValues": […]}`; the documents' text has a plain list."""
    if between is None:
        return ()
    if isinstance(between.verbatim, list):
        return tuple(Decimal(value) for value in between.verbatim if isinstance(value, (int, Decimal)))
    return between.meter_values


def _read_signed_data(record: wire.ChargeDetailRecord) -> SignedData | None:
    info = record.calibration_law_verification_info
    if not record.signed_metering_values and info is None:
        return None
    return SignedData(
        values=tuple(_read_signed(value) for value in record.signed_metering_values),
        encoding_method=info.metering_signature_encoding_format if info else None,
        public_key=info.public_key if info else None,
        certificate_id=info.calibration_law_certificate_id if info else None,
        url=info.metering_signature_url if info else None,
        instruction=info.signed_metering_values_verification_instruction if info else None,
        check=info.metering_check if info else None,
    )


def _read_signed(value: wire.SignedMeteringValue) -> SignedValue:
    found = METERING.read(value.metering_status)
    return SignedValue(nature=found[0] if found else None, signed=value.signed_metering_value)


def write_cdr(cdr: Cdr) -> wire.ChargeDetailRecord:
    between = tuple(value for value in map(energy, cdr.meter_values_kwh) if value is not None)
    start, end = charging_times(cdr)
    data = cdr.signed_data
    return wire.ChargeDetailRecord(
        session_id=cdr.session.hub,
        cpo_partner_session_id=cdr.session.cpo,
        emp_partner_session_id=cdr.session.emsp,
        partner_product_id=cdr.product_id,
        evse_id=evse_text(cdr.evse),
        identification=write_full_identification(cdr.token),
        charging_start=start,
        charging_end=end,
        session_start=cdr.start,
        session_end=cdr.end,
        meter_value_start=energy(cdr.meter_start_kwh),
        meter_value_end=energy(cdr.meter_end_kwh),
        meter_value_in_between=wire.MeterValueInBetween(meter_values=between) if between else None,
        consumed_energy=energy(consumed(cdr)),
        signed_metering_values=tuple(map(_write_signed, thinned(data.values))) if data else (),
        calibration_law_verification_info=_write_verification(data),
        hub_operator_id=text(cdr.hub_operator),
        hub_provider_id=text(cdr.hub_provider),
    )


def charging_times(cdr: Cdr) -> tuple[datetime | None, datetime | None]:
    """As told; else the bounds of the periods with energy, or with time; else those of the session."""
    periods = _periods(cdr, Dimension.ENERGY) or _periods(cdr, Dimension.TIME)
    starts, ends = [start for start, _ in periods if start], [end for _, end in periods if end]
    return (
        cdr.charging_start or min(starts, default=cdr.start),
        cdr.charging_end or max(ends, default=cdr.end),
    )


def _periods(cdr: Cdr, *kinds: Dimension) -> list[tuple[datetime | None, datetime | None]]:
    return [
        (period.start, period.end)
        for period in cdr.periods
        if any(part.type in kinds and part.volume is not None and part.volume > 0 for part in period.dimensions)
    ]


def consumed(cdr: Cdr) -> Decimal | None:
    """The total, or what the meter counted. A record that knows no energy has none, which is not zero."""
    if cdr.energy_known is False:
        return None
    if cdr.energy_kwh is not None or cdr.meter_start_kwh is None or cdr.meter_end_kwh is None:
        return cdr.energy_kwh
    return difference(cdr.meter_end_kwh, cdr.meter_start_kwh)


def thinned(values: Sequence[SignedValue]) -> Sequence[SignedValue]:
    """At most ten: the first, the last, and eight of those between at even steps."""
    if len(values) <= _MOST_VALUES:
        return values
    last = len(values) - 1
    return [values[round(step * last / (_MOST_VALUES - 1))] for step in range(_MOST_VALUES)]


def _write_signed(value: SignedValue) -> wire.SignedMeteringValue:
    nature = value.nature.capitalize() if value.nature else None
    return wire.SignedMeteringValue(signed_metering_value=value.signed, metering_status=METERING.write(nature))


def _write_verification(data: SignedData | None) -> wire.CalibrationLawVerificationInfo | None:
    if data is None or not any(
        (data.encoding_method, data.public_key, data.certificate_id, data.url, data.instruction, data.check)
    ):
        return None
    return wire.CalibrationLawVerificationInfo(
        calibration_law_certificate_id=data.certificate_id,
        public_key=data.public_key,
        metering_signature_url=data.url,
        metering_signature_encoding_format=data.encoding_method,
        signed_metering_values_verification_instruction=data.instruction,
        metering_check=data.check,
    )
