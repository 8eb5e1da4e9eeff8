"""CDRs, and what is asked and said of them."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, ClassVar

from gateway.findings import Severity
from gateway.wire import Alias, Inner
from gateway.wire.rules import longest, one_of, shortest
from gateway_ochp import cdr_rules, repairs, rules
from gateway_ochp.wire.base import (
    DURATION,
    CdrIdText,
    CdrStatusText,
    ContractIdText,
    Current,
    EvseIdText,
    LocalDateTime,
    OchpModel,
    ResultResponse,
)
from gateway_ochp.wire.charge_points import Address, Connector, Ratings
from gateway_ochp.wire.tokens import EmtId
from gateway_ochp.wire.words import ITEMS

AS_GIVEN_CDR_ID = replace(rules.CDR_ID, severity=Severity.WARNING)
AS_GIVEN_EVSE_ID = replace(rules.EVSE_ID, severity=Severity.WARNING)


class CdrPeriod(OchpModel):
    """One billed item; values in h, kWh, kW or pieces by the item. Costs are net."""

    start_date_time: LocalDateTime | None
    end_date_time: LocalDateTime | None
    billing_item: Annotated[str | None, Inner("BillingItemType"), one_of(*ITEMS, severity=Severity.ERROR)]
    billing_value: Annotated[Decimal, rules.NOT_NEGATIVE] | None
    item_price: Annotated[Decimal, rules.NOT_NEGATIVE] | None
    period_cost: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    taxrate: Annotated[int | None, repairs.WHOLE, rules.INT] = None


class CdrInfo(OchpModel):
    element: ClassVar[str] = "cdrInfoArray"
    judges = (rules.cdr_is_plausible, cdr_rules.offset_is_of_the_place)

    cdr_id: Annotated[CdrIdText | None, Alias("CdrId")]
    evse_id: EvseIdText | None
    emt_id: EmtId | None
    contract_id: ContractIdText | None
    status: CdrStatusText | None
    start_date_time: LocalDateTime | None
    end_date_time: LocalDateTime | None
    duration: Annotated[timedelta | None, DURATION, repairs.DURATION_WIDTH] = None
    charge_point_address: Address | None
    charge_point_type: Current | None
    connector_type: Connector | None
    ratings: Ratings | None = None
    meter_id: Annotated[str | None, shortest(1), longest(20)] = None
    charging_periods: tuple[CdrPeriod, ...]
    total_cost: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    currency: str | None


class CdrName(OchpModel):
    """A CDR is named by its id and its EVSE: ids of partners up to 1.3 are unique only together.

    The hub is told the name that it has told us, odd spellings included.
    """

    cdr_id: Annotated[str | None, longest(36), AS_GIVEN_CDR_ID]
    evse_id: Annotated[str | None, AS_GIVEN_EVSE_ID]


class AddCdrsRequest(OchpModel):
    element: ClassVar[str] = "AddCDRsRequest"
    judges = (rules.sender_may_set,)

    cdr_info_array: tuple[CdrInfo, ...]


class AddCdrsResponse(ResultResponse):
    element: ClassVar[str] = "AddCDRsResponse"

    implausible_cdrs_array: tuple[CdrIdText, ...] = ()


class CheckCdrsRequest(OchpModel):
    element: ClassVar[str] = "CheckCDRsRequest"

    cdr_status: CdrStatusText | None = None


class CdrListResponse(ResultResponse):
    cdr_info_array: tuple[CdrInfo, ...] = ()


class CheckCdrsResponse(CdrListResponse):
    element: ClassVar[str] = "CheckCDRsResponse"


class GetCdrsRequest(OchpModel):
    element: ClassVar[str] = "GetCDRsRequest"

    cdr_status: CdrStatusText | None = None


class GetCdrsResponse(CdrListResponse):
    element: ClassVar[str] = "GetCDRsResponse"


class ConfirmCdrsRequest(OchpModel):
    element: ClassVar[str] = "ConfirmCDRsRequest"

    approved: tuple[CdrName, ...] = ()
    declined: tuple[CdrName, ...] = ()


class ConfirmCdrsResponse(ResultResponse):
    element: ClassVar[str] = "ConfirmCDRsResponse"
