"""PullEvseStatusByID and PullEvseStatusByOperatorID, questions and answers."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import FetchStatuses, Statuses
from gateway_oicp import wire
from gateway_oicp.rules_pulls import MOST_EVSES
from gateway_oicp.translate.pulls import read_statuses
from gateway_oicp.translate.pushes import STATUS_RECORD
from gateway_oicp.translate.sessions import evse_text, read_reason, text, write_status


def read_pull_by_id(model: wire.PullEvseStatusById) -> FetchStatuses:
    evses = map(EvseId.read, model.evse_id)
    return FetchStatuses(
        provider=PartyId.read(model.provider_id), evses=tuple(evse for evse in evses if evse is not None)
    )


def write_pull_by_id(message: FetchStatuses) -> wire.PullEvseStatusById:
    named = (evse_text(evse) for evse in message.evses)
    return wire.PullEvseStatusById(
        provider_id=text(message.provider), evse_id=tuple(evse for evse in named if evse is not None)
    )


def split_by_id(message: FetchStatuses) -> Sequence[FetchStatuses]:
    """Every EVSE once, as many in one question as the hub takes."""
    evses = tuple(dict.fromkeys(message.evses))
    return [
        replace(message, evses=evses[start : start + MOST_EVSES]) for start in range(0, len(evses) or 1, MOST_EVSES)
    ]


def read_statuses_by_id(model: wire.EvseStatusById) -> Statuses:
    """The documents' answer names no operator; the other one is read as that to PullEvseStatus."""
    if model.evse_status_records is None and model.evse_statuses is not None:
        return read_statuses(wire.EvseStatusList(evse_statuses=model.evse_statuses, status_code=model.status_code))
    records = model.evse_status_records.evse_status_record if model.evse_status_records else ()
    return Statuses(statuses=tuple(map(STATUS_RECORD.read, records)), reason=read_reason(model.status_code))


def write_statuses_by_id(answer: Statuses) -> wire.EvseStatusById:
    plain = (replace(report, operator=None, operator_name=None) for report in answer.statuses)
    reason = answer.reason
    return wire.EvseStatusById(
        evse_status_records=wire.EvseStatusRecords(evse_status_record=tuple(map(STATUS_RECORD.write, plain))),
        status_code=write_status(reason.code, reason) if reason and reason.code else None,
    )


def read_pull_by_operator(model: wire.PullEvseStatusByOperatorId) -> FetchStatuses:
    operators = map(PartyId.read, model.operator_id)
    return FetchStatuses(
        provider=PartyId.read(model.provider_id),
        operators=tuple(operator for operator in operators if operator is not None),
    )


def write_pull_by_operator(message: FetchStatuses) -> wire.PullEvseStatusByOperatorId:
    return wire.PullEvseStatusByOperatorId(
        provider_id=text(message.provider), operator_id=tuple(str(operator) for operator in message.operators)
    )
