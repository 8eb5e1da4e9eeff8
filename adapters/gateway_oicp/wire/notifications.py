"""Charging notifications: four messages at one address, told apart by `type`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar

from gateway.findings import Severity
from gateway.wire.declared import Repair
from gateway.wire.rules import longest, one_of
from gateway_oicp import rules, rules_notifications
from gateway_oicp.wire.base import Energy, EvseId, OicpModel, OperatorId, PartnerSessionId, ProductId, SessionId
from gateway_oicp.wire.cdrs import MeterValueInBetween
from gateway_oicp.wire.identification import Identification

ErrorType = Annotated[
    str,
    Repair(rules_notifications.without_blanks),
    one_of("ConnectorError", "CriticalError", severity=Severity.ERROR),
]


class ChargingNotificationStart(OicpModel):
    judges = (rules_notifications.times_in_order,)

    type: Annotated[str, one_of("Start", severity=Severity.ERROR)] | None
    session_id: SessionId | None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: PartnerSessionId | None = None
    identification: Identification | None = None
    evse_id: EvseId | None
    charging_start: datetime | None
    session_start: datetime | None = None
    meter_value_start: Energy | None = None
    operator_id: OperatorId | None
    partner_product_id: ProductId | None = None


class ChargingNotificationProgress(OicpModel):
    """`charging_duration` in milliseconds."""

    judges = (
        rules_notifications.times_in_order,
        rules_notifications.progress_of_something,
        rules_notifications.duration_in_milliseconds,
    )

    type: Annotated[str, one_of("Progress", severity=Severity.ERROR)] | None
    session_id: SessionId | None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: PartnerSessionId | None = None
    identification: Identification | None = None
    evse_id: EvseId | None
    charging_start: datetime | None
    event_occurred: datetime | None
    charging_duration: Annotated[int, rules_notifications.NO_NEGATIVE_DURATION] | None = None
    session_start: datetime | None = None
    consumed_energy_progress: Energy | None = None
    meter_value_start: Energy | None = None
    meter_value_in_between: MeterValueInBetween | None = None
    operator_id: OperatorId | None
    partner_product_id: ProductId | None = None


class ChargingNotificationEnd(OicpModel):
    """Energy has ceased to flow; the session stays open until its charge detail record."""

    judges = (rules_notifications.times_in_order, rules_notifications.penalty_after_charging, rules.energy_adds_up)

    type: Annotated[str, one_of("End", severity=Severity.ERROR)] | None
    session_id: SessionId | None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: PartnerSessionId | None = None
    identification: Identification | None = None
    evse_id: EvseId | None
    charging_start: datetime | None = None
    charging_end: datetime | None
    session_start: datetime | None = None
    session_end: datetime | None = None
    consumed_energy: Energy | None = None
    meter_value_start: Energy | None = None
    meter_value_end: Energy | None = None
    meter_value_in_between: MeterValueInBetween | None = None
    penalty_time_start: datetime | None = None
    operator_id: OperatorId | None
    partner_product_id: ProductId | None = None


class ChargingNotificationError(OicpModel):
    unexpected: ClassVar[Mapping[str, Severity]] = {"PartnerProductID": Severity.WARNING}

    type: Annotated[str, one_of("Error", severity=Severity.ERROR)] | None
    session_id: SessionId | None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: PartnerSessionId | None = None
    identification: Identification | None = None
    operator_id: OperatorId | None
    evse_id: EvseId | None
    error_type: ErrorType | None
    error_additional_info: Annotated[str, longest(250)] | None = None


ChargingNotification = (
    ChargingNotificationStart | ChargingNotificationProgress | ChargingNotificationEnd | ChargingNotificationError
)
