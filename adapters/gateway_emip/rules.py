"""Rules of eMIP, single ones and those over several fields."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from gateway.findings import Severity
from gateway.model.ids import EvseId, PartyId
from gateway.model.session import LimitKind
from gateway.model.token import TokenType
from gateway.wire import Scalar
from gateway.wire.declared import Rule
from gateway.wire.rules import JOINED, elided, matching, one_of
from gateway.wire.scalars import timestamp
from gateway_emip.mends import BARE_CODE, COMMA, DECISION, SCHEME
from gateway_emip.meters import MEASURES, TOTAL_ENERGY, TOTALS, in_model, is_currency, kind_of
from gateway_emip.words import CODES, DENIED, GRANTED, OK, USER, known, published

if TYPE_CHECKING:
    from gateway_emip import wire

Broken = Iterator[tuple[str, Severity, str, str]]
WARNING, ERROR = Severity.WARNING, Severity.ERROR
LEAST_KW, MOST_KW = Decimal("0.001"), Decimal(1000)


def zulu(moment: datetime) -> str:
    """UTC with `Z`; milliseconds only where there are any."""
    precision = "milliseconds" if moment.microsecond else "seconds"
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:  # the first and the last day of the calendar
        return moment.isoformat(timespec=precision)
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


TOKEN = Scalar("token", str, str)
"""An identifier or a word; a comment is a text."""
CODE = Scalar("code", str, str)
"""A number of a list of values. It is held as text: lists grow."""
Moment = Annotated[datetime, Scalar("moment", timestamp, zulu, format="date-time")]
Number = Annotated[Decimal, COMMA]
Name = Annotated[str, TOKEN]
IdType = Annotated[str, TOKEN, SCHEME]
Status = Annotated[
    str,
    CODE,
    BARE_CODE,
    matching(r"[0-9]{1,9}", "request status of the specification"),
    one_of(*published()),
]
Session = Annotated[str, TOKEN, JOINED, elided()]
Party = Annotated[str, TOKEN, JOINED, matching(r"[A-Z]{2}\*?[A-Z0-9]{3}", "operator id in the form of eMI3", WARNING)]
EvseText = Annotated[
    str,
    TOKEN,
    JOINED,
    elided(),
    matching(r"(?i:[A-Z]{2}\*?[A-Z0-9]{3}\*?E[A-Z0-9][A-Z0-9*]{0,30})", "EVSE id in the form of eMI3", WARNING),
]


def _place(letter: str, kind: str) -> Rule:
    return matching(rf"(?i:[A-Z]{{2}}\*?[A-Z0-9]{{3}}\*?{letter}[A-Z0-9][A-Z0-9*]{{0,49}})", f"{kind} id", WARNING)


PoolText = Annotated[str, TOKEN, JOINED, _place("P", "pool")]
StationText = Annotated[str, TOKEN, JOINED, _place("S", "station")]
ConnectorText = Annotated[str, TOKEN, JOINED, _place("X", "connector")]
UserType = Annotated[str, TOKEN, one_of(*known(USER))]
Authorised = Annotated[str, CODE, DECISION, one_of(GRANTED, DENIED, severity=ERROR)]

_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")
_RFID = re.compile(r"[0-9A-Fa-f]{8}|[0-9A-Fa-f]{14}")


def card_number(model: Any) -> Broken:
    """IOP takes 4 or 7 bytes in hex (Gireve's OCPI guide)."""
    if model.user_id and USER.read(model.user_id_type) is TokenType.RFID and not _RFID.fullmatch(model.user_id):
        yield "/userId", WARNING, "pattern", "userId: a card number has 8 or 14 hex digits"


def operator_of_evse(model: Any) -> Broken:
    """All EVSE ids of an operator begin with its id (Gireve's OCPI guides); IOP answers 201 otherwise."""
    if foreign(model.evse_id, model.operator_id):
        text = f"EVSEId: {model.evse_id} is no EVSE of operator {model.operator_id}"
        yield "/EVSEId", ERROR, "foreign-operator", text


def operator_of_record(model: Any) -> Broken:
    """As for every other message of a CPO: one operator, one EVSE."""
    record = model.charge_detail_record
    if record is not None and foreign(record.evse_id, model.operator_id):
        text = f"EVSEId: {record.evse_id} is no EVSE of operator {model.operator_id}"
        yield "/chargeDetailRecord/EVSEId", ERROR, "foreign-operator", text


def foreign(evse_id: str | None, operator_id: str | None) -> bool:
    """Whether both ids are well-formed and the EVSE's does not begin with the operator's."""
    evse, operator = EvseId.read(evse_id), PartyId.read(operator_id)
    if evse is None or operator is None or evse.party is None or not operator.well_formed:
        return False
    return evse.party != operator


def authorised_session(model: Any) -> Broken:
    """Without IOP's session id no record can be settled; a refusal may lack it."""
    granted = (model.authorisation_value, model.request_status) == (GRANTED, OK)
    if granted and model.service_session_id is None:
        yield "/serviceSessionId", ERROR, "missing", "serviceSessionId is mandatory where the driver may charge"


def session_of_success(model: Any) -> Broken:
    """A failed answer may lack the session (errata `serviceSessionId`); a success names it."""
    row = CODES.get(model.request_status or "")
    if row is not None and row.kind in ("ok", "duplicate") and model.service_session_id is None:
        yield "/serviceSessionId", ERROR, "missing", "serviceSessionId is mandatory"


def answered_authorisation(model: Any) -> Broken:
    """A technical error carries no decision; everything else must."""
    row = CODES.get(model.request_status or "")
    if model.authorisation_value is None and (row is None or row.kind != "failure"):
        yield "/authorisationValue", ERROR, "missing", "authorisationValue is mandatory"


def unit_fits(report: "wire.MeterReport") -> Broken:
    """The unit of a meter type (list V27). One peer sends kWh: read by unit, never by type alone."""
    kind, unit = kind_of(report.meter_type_id), report.meter_unit
    if unit is None or kind is None:
        return
    if _NUMBER.fullmatch(unit.strip()):
        text = f"meterUnit: {unit:.20} is a number; value and unit seem to have changed places, as one peer reads them"
        yield "/meterUnit", ERROR, "swapped", text
        return
    measure = MEASURES.get(kind)
    if measure is not None and unit != measure.wire:
        yield "/meterUnit", WARNING, "unit", f"meterUnit: {unit:.20} where the specification has {measure.wire}"
    if kind is LimitKind.COST and not is_currency(unit):
        yield "/meterUnit", WARNING, "unit", f"meterUnit: {unit:.20} is no currency of ISO 4217"


def counted(report: "wire.MeterReport") -> Broken:
    """Totals of time, energy and cost (types 1 to 3, list V27) only ever grow."""
    if report.meter_type_id in TOTALS and report.meter_value is not None and report.meter_value < 0:
        yield "/meterValue", ERROR, "negative", "meterValue: a total is not negative"


def span(record: "wire.ChargeDetailRecord") -> Broken:
    if record.start_time and record.end_time and record.end_time < record.start_time:
        yield "/endTime", ERROR, "order", "endTime is before startTime"


def plausible(record: "wire.ChargeDetailRecord") -> Broken:
    """Between 1 W and 1 MW on average; anything else is Wh taken for kWh or the other way round."""
    hours = hours_of(record)
    if hours is None or record.meter_report_list is None:
        return
    for place, report in enumerate(record.meter_report_list.meter_report, 1):
        energy = _total_energy(report)
        if energy and hours > 0 and not LEAST_KW <= energy / hours <= MOST_KW:
            here = f"/meterReportList/meterReport[{place}]/meterValue"
            text = f"meterValue: {energy / hours:.3f} kW on average; {_advice(energy, hours)}"
            yield here, WARNING, "implausible", text


def hours_of(record: "wire.ChargeDetailRecord") -> Decimal | None:
    """From start to end; None where one of the two is missing."""
    if record.start_time is None or record.end_time is None:
        return None
    return Decimal((record.end_time - record.start_time) // timedelta(microseconds=1)) / 3_600_000_000


def _advice(energy: Decimal, hours: Decimal) -> str:
    """What the other unit would give: a factor of a thousand is the usual mistake (one peer sends kWh)."""
    other = energy / 1000 if energy / hours > MOST_KW else energy * 1000
    if LEAST_KW <= other / hours <= MOST_KW:
        return f"as {'Wh' if other < energy else 'kWh'} it would be {other / hours:.3f} kW: ask the sender for the unit"
    return "check the energy, and the times of the record"


def _total_energy(report: "wire.MeterReport") -> Decimal | None:
    if report.meter_type_id != TOTAL_ENERGY:
        return None
    return in_model(LimitKind.ENERGY, report.meter_value, report.meter_unit)
