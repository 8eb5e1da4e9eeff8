"""OCHPdirect 0.2 between partners: a provider and an operator, without the clearing house.

Power in kW, current in A, energy in kWh; `meter_value` as the schema's type says in Wh (see errata).
"""

from decimal import Decimal
from typing import Annotated, ClassVar

from gateway.findings import Severity
from gateway.wire import Inner
from gateway.wire.declared import Nillable
from gateway.wire.rules import longest, one_of
from gateway_ochp import rules
from gateway_ochp.wire.base import ContractIdText, DateTime, EvseIdText, LocalDateTime, OchpModel
from gateway_ochp.wire.cdrs import CdrPeriod
from gateway_ochp.wire.words import DIRECT_MESSAGES, DIRECT_OPERATIONS, DIRECT_RESULT_CODES


class DirectResult(OchpModel):
    element: ClassVar[str] = "result"

    result_code: Annotated[str | None, Inner("resultCode"), one_of(*DIRECT_RESULT_CODES)]
    result_description: Annotated[str | None, Nillable(), longest(1000)]


DirectIdText = Annotated[str, rules.DIRECT_ID]


class SessionResponse(OchpModel):
    """What SelectEvse, ControlEvse and ReleaseEvse answer; `ttl` is until when the session lives."""

    result: DirectResult | None
    direct_id: DirectIdText | None = None
    ttl: DateTime | None = None


class SelectEvseRequest(OchpModel):
    element: ClassVar[str] = "SelectEvseRequest"

    evse_id: EvseIdText | None
    contract_id: ContractIdText | None
    reserve_until: DateTime | None = None


class SelectEvseResponse(SessionResponse):
    element: ClassVar[str] = "SelectEvseResponse"


class ControlEvseRequest(OchpModel):
    element: ClassVar[str] = "ControlEvseRequest"
    judges = (rules.power_or_current,)

    direct_id: DirectIdText | None
    operation: Annotated[str | None, Inner("operation"), one_of(*DIRECT_OPERATIONS, severity=Severity.ERROR)]
    max_power: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    max_current: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    one_phase: bool | None = None
    max_energy: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    min_energy: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    departure: DateTime | None = None


class ControlEvseResponse(SessionResponse):
    element: ClassVar[str] = "ControlEvseResponse"


class ReleaseEvseRequest(OchpModel):
    element: ClassVar[str] = "ReleaseEvseRequest"

    direct_id: DirectIdText | None


class ReleaseEvseResponse(SessionResponse):
    element: ClassVar[str] = "ReleaseEvseResponse"


class DirectEvseStatusRequest(OchpModel):
    """The request of GetEvseStatus; it is answered with a GetStatusResponse."""

    element: ClassVar[str] = "DirectEvseStatusRequest"

    requested_evse_id: tuple[EvseIdText, ...]


class ReportDiscrepancyRequest(OchpModel):
    element: ClassVar[str] = "ReportDiscrepancyRequest"

    evse_id: EvseIdText | None
    report: Annotated[str | None, longest(2000)]


class ReportDiscrepancyResponse(OchpModel):
    """Empty: it says only that the report has arrived."""

    element: ClassVar[str] = "ReportDiscrepancyResponse"


class InformProviderRequest(OchpModel):
    element: ClassVar[str] = "InformProviderRequest"

    direct_id: DirectIdText | None


class MeterReading(OchpModel):
    meter_value: Annotated[Decimal, rules.NOT_NEGATIVE] | None
    meter_time: LocalDateTime | None


class InformProviderMessage(OchpModel):
    """How a session stands: the operator's answer to InformProviderCPO, and its own word in InformProviderEMP."""

    element: ClassVar[str] = "InformProviderMessage"
    judges = (rules.told_power_or_current, rules.meter_unit_is_plausible)

    result: DirectResult | None
    message: Annotated[str | None, Inner("message"), one_of(*DIRECT_MESSAGES, severity=Severity.ERROR)]
    evse_id: EvseIdText | None
    contract_id: ContractIdText | None
    direct_id: DirectIdText | None
    ttl: DateTime | None = None
    max_power: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    max_current: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    one_phase: bool | None = None
    max_energy: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    min_energy: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    departure: DateTime | None = None
    current_power: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    charged_energy: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    meter_reading: MeterReading | None = None
    charging_periods: tuple[CdrPeriod, ...] = ()
    current_cost: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    currency: Annotated[str | None, Nillable(), rules.CURRENCY] = None


class InformProviderResponse(OchpModel):
    element: ClassVar[str] = "InformProviderResponse"

    result: DirectResult | None
