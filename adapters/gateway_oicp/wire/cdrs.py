"""The charge detail record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar

from gateway.findings import Severity
from gateway.wire import Alias
from gateway.wire.rules import at_most, longest, one_of
from gateway_oicp import rules
from gateway_oicp.wire.base import (
    Energy,
    EvseId,
    OicpModel,
    OperatorId,
    PartnerSessionId,
    ProductId,
    ProviderId,
    SessionId,
)
from gateway_oicp.wire.identification import Identification


class MeterValueInBetween(OicpModel):
    meter_values: Annotated[tuple[Energy, ...], Alias("meterValues")] = ()


class SignedMeteringValue(OicpModel):
    END: ClassVar[str] = "End"
    ORDER: ClassVar[Mapping[str, int]] = {"Start": 0, "Progress": 1, "End": 2}

    signed_metering_value: Annotated[str, longest(3000)] | None = None
    metering_status: Annotated[str, one_of("Start", "Progress", "End")] | None = None


class CalibrationLawVerificationInfo(OicpModel):
    PASSED: ClassVar[str] = "Passed"

    calibration_law_certificate_id: Annotated[str, longest(100)] | None = None
    public_key: Annotated[str, longest(1000)] | None = None
    metering_signature_url: Annotated[str, longest(200), longest(100, Severity.WARNING)] | None = None
    metering_signature_encoding_format: Annotated[str, longest(50)] | None = None
    signed_metering_values_verification_instruction: Annotated[str, longest(400)] | None = None
    metering_check: Annotated[str, one_of("Passed", "Failed", "Not Apply")] | None = None


class ChargeDetailRecord(OicpModel):
    judges = (rules.times_in_order, rules.energy_adds_up, rules.calibration_law)

    session_id: SessionId | None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: PartnerSessionId | None = None
    partner_product_id: ProductId | None = None
    evse_id: EvseId | None
    identification: Identification | None
    charging_start: datetime | None
    charging_end: datetime | None
    session_start: datetime | None
    session_end: datetime | None
    meter_value_start: Energy | None = None
    meter_value_end: Energy | None = None
    meter_value_in_between: MeterValueInBetween | None = None
    consumed_energy: Energy | None
    signed_metering_values: Annotated[tuple[SignedMeteringValue, ...], at_most(10)] = ()
    calibration_law_verification_info: CalibrationLawVerificationInfo | None = None
    hub_operator_id: OperatorId | None = None
    hub_provider_id: Annotated[ProviderId, Alias(also=("HubProviderId",))] | None = None
