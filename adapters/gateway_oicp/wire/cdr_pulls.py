"""Asking for charge detail records that the hub has taken."""

from datetime import datetime
from typing import Annotated

from gateway.wire import Alias
from gateway.wire.declared import MayBeEmpty
from gateway_oicp import rules_pulls as rules
from gateway_oicp.wire.base import OicpModel, OperatorId, ProviderId, SessionId, StatusCode
from gateway_oicp.wire.cdrs import ChargeDetailRecord


class GetChargeDetailRecords(OicpModel):
    judges = (rules.range_of_days,)

    provider_id: ProviderId | None
    since: Annotated[datetime, Alias("From")] | None
    until: Annotated[datetime, Alias("To")] | None
    session_id: tuple[SessionId, ...] = ()
    operator_id: tuple[OperatorId, ...] = ()
    cdr_forwarded: Annotated[bool, Alias("CDRForwarded", also=("CDRForwarder",))] | None = None


class ChargeDetailRecordPage(OicpModel):
    """One page; `number` counts from 0. OICP 2.2 has a plain list under another name, and no page."""

    judges = (rules.counted_records,)

    content: Annotated[
        tuple[ChargeDetailRecord, ...],
        Alias("content", also=("eroamingChargeDetailRecords", "eRoamingChargeDetailRecords")),
        MayBeEmpty(),
    ]
    number: Annotated[int, Alias("number")] | None
    size: Annotated[int, Alias("size")] | None
    total_elements: Annotated[int, Alias("totalElements")] | None
    last: Annotated[bool, Alias("last")] | None
    total_pages: Annotated[int, Alias("totalPages")] | None
    first: Annotated[bool, Alias("first")] | None
    number_of_elements: Annotated[int, Alias("numberOfElements")] | None
    status_code: StatusCode | None
