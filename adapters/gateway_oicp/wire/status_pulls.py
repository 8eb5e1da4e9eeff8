"""Statuses of named EVSEs, or of named operators. What answers by operator is an EVSEStatus as to PullEvseStatus."""

from typing import Annotated

from gateway.wire import Alias
from gateway.wire.declared import MayBeEmpty
from gateway.wire.rules import at_most
from gateway_oicp import rules_pulls as rules
from gateway_oicp.wire.base import EvseId, OicpModel, OperatorId, ProviderId, StatusCode
from gateway_oicp.wire.evses import EvseStatusRecord
from gateway_oicp.wire.pulls import EvseStatuses


class PullEvseStatusById(OicpModel):
    provider_id: ProviderId | None
    evse_id: Annotated[tuple[EvseId, ...], at_most(rules.MOST_EVSES)]


class PullEvseStatusByOperatorId(OicpModel):
    provider_id: ProviderId | None
    operator_id: tuple[OperatorId, ...]


class EvseStatusRecords(OicpModel):
    evse_status_record: Annotated[tuple[EvseStatusRecord, ...], MayBeEmpty()]


class EvseStatusById(OicpModel):
    """The answer to PullEvseStatusByID (eRoamingEVSEStatusByID); some answer as to PullEvseStatus, by operator."""

    judges = (rules.statuses_by_id,)

    evse_status_records: Annotated[EvseStatusRecords, Alias("EVSEStatusRecords")] | None = None
    evse_statuses: EvseStatuses | None = None
    status_code: StatusCode | None = None
