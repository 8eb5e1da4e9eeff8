"""What several messages share: parties, EVSEs, users, limits, request statuses."""

import re

from gateway.model.common import Reason
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.messages import CommandStatus
from gateway.model.session import Limit
from gateway.model.token import Token, TokenType
from gateway_emip import wire
from gateway_emip.meters import MEASURES, in_model, kind_of, on_wire
from gateway_emip.words import CODES, COMMAND, EMI3, FIRST_ERROR, METER, OK, POWER_STEPS, USER, published


def write_party(party: PartyId | None) -> str | None:
    """As spelled, but for the hyphen of provider ids: eMIP writes operators and providers with an asterisk."""
    if party is None:
        return None
    return f"{party.country}*{party.party}" if party.well_formed and "-" in str(party) else str(party)


def write_operator(operator: PartyId | None, evse: EvseId | None) -> str | None:
    """The operator that a message of a CPO speaks for is always that of its EVSE."""
    if evse is not None and evse.party is not None and evse.party != operator:
        return write_party(evse.party)
    return write_party(operator)


def write_evse(evse: EvseId | None) -> str | None:
    return None if evse is None else str(evse)


def id_type(identifier: str | None) -> str | None:
    """The naming scheme of an optional identifier, where it is given."""
    return None if identifier is None else EMI3


def read_token(kind: str | None, user_id: str | None, alias: str | None = None) -> Token | None:
    if kind is None and user_id is None and alias is None:
        return None
    contract = ContractId.read(user_id)
    is_contract = contract is not None and contract.well_formed
    token_type = USER.read(kind, when="contract" if is_contract else "")
    return Token(
        uid=_card_number(user_id) if token_type is TokenType.RFID else user_id,
        type=token_type,
        contract_id=contract if token_type in (TokenType.APP_USER, TokenType.EMAID) else None,
        contract_alias=alias,
    )


def _card_number(text: str | None) -> str | None:
    return None if text is None else re.sub(r"[\s:\-]", "", text).upper()


def write_user_type(token: Token | None) -> str | None:
    return None if token is None else USER.write(token.type)


def write_user_id(token: Token | None) -> str | None:
    """A hash of a card's number is not the number: it has no place."""
    if token is None or token.hashed_by is not None:
        return None
    contract = None if token.contract_id is None else str(token.contract_id)
    by_contract = token.type in (TokenType.APP_USER, TokenType.EMAID)
    return (contract or token.uid) if by_contract else token.uid


def read_limits(limits: wire.MeterReportList | None) -> tuple[Limit, ...]:
    return () if limits is None else tuple(map(_read_limit, limits.meter_report))


def _read_limit(report: wire.MeterReport) -> Limit:
    kind = kind_of(report.meter_type_id)
    value = in_model(kind, report.meter_value, report.meter_unit)
    if value is None:
        return Limit(kind=kind, value=report.meter_value, unit=report.meter_unit)
    measure = MEASURES.get(kind) if kind is not None else None
    return Limit(kind=kind, value=value, unit=measure.model if measure else report.meter_unit)


def write_limits(limits: tuple[Limit, ...]) -> wire.MeterReportList | None:
    return wire.MeterReportList(meter_report=tuple(map(_write_limit, limits))) if limits else None


def _write_limit(limit: Limit) -> wire.MeterReport:
    meter_type = METER.write(limit.kind)
    value, unit = limit.value, limit.unit
    measure = MEASURES.get(limit.kind) if limit.kind is not None else None
    if limit.kind is not None and measure is not None and unit in (None, measure.model) and value is not None:
        value, unit = on_wire(limit.kind, value), measure.wire
    return wire.MeterReport(
        meter_type_id=None if meter_type == POWER_STEPS else meter_type, meter_value=value, meter_unit=unit
    )


def read_reason(status: str | None) -> Reason | None:
    """The hub's word for an outcome, with what it means."""
    row = CODES.get(status or "")
    return None if status is None else Reason(code=status, text=row.meaning if row is not None else None)


def write_status(reason: Reason | None) -> str:
    """The request status of an answer that says nothing else about its outcome."""
    code = reason.code if reason is not None else None
    return code if code is not None and code in published() else OK


def is_warning(status: str) -> bool:
    """2 to 9999: the request was handled, with something to say about it."""
    return status.isdigit() and 1 < int(status) < FIRST_ERROR


def is_taken(status: str | None) -> bool | None:
    """Whether a record or a status was taken. A warning that nobody knows is no refusal."""
    if status is None:
        return None
    row = CODES.get(status)
    return row.kind in ("ok", "duplicate") if row is not None else is_warning(status)


def read_command_status(status: str | None) -> CommandStatus | None:
    """A status that is not known never means that the car is charging."""
    return None if status is None else COMMAND.read(status) or CommandStatus.FAILED


def write_command_status(status: CommandStatus | None, when: str = "") -> str | None:
    return None if status is None else COMMAND.write(status, when) or COMMAND.write(CommandStatus.FAILED, when)
