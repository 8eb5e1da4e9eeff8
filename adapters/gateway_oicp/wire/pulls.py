"""Questions for what other operators have pushed, and their answers."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from gateway.findings import Severity
from gateway.wire import Alias
from gateway.wire.declared import MayBeEmpty
from gateway.wire.rules import between, one_of
from gateway_oicp import rules
from gateway_oicp.wire.base import (
    Accessibility,
    AuthenticationMode,
    CalibrationLaw,
    EvseStatusWord,
    OicpModel,
    OperatorId,
    ProviderId,
    StatusCode,
)
from gateway_oicp.wire.evses import GeoCoordinates, OperatorEvseStatus, PullEvseDataRecord


class SearchCenter(OicpModel):
    geo_coordinates: GeoCoordinates | None
    radius: Annotated[Decimal, rules.NOT_NEGATIVE, rules.ONE_DECIMAL, between(0, Decimal("999.9"))] | None


class PullEvseData(OicpModel):
    judges = (rules.last_call_alone,)
    unexpected: ClassVar[Mapping[str, Severity]] = {"OperatorIDs": Severity.WARNING}

    provider_id: ProviderId | None
    search_center: SearchCenter | None = None
    last_call: datetime | None = None
    geo_coordinates_response_format: (
        Annotated[str, one_of("Google", "DegreeMinuteSeconds", "DecimalDegree")] | None
    )  # fmt: skip
    country_codes: tuple[Annotated[str, rules.COUNTRY], ...] = ()
    operator_ids: tuple[OperatorId, ...] = ()
    authentication_modes: tuple[AuthenticationMode, ...] = ()
    accessibility: tuple[Accessibility, ...] = ()
    calibration_law_data_availability: tuple[CalibrationLaw, ...] = ()
    renewable_energy: bool | None = None
    is_hubject_compatible: bool | None = None
    is_open_24_hours: bool | None = None


class EvseDataPage(OicpModel):
    """One page of EVSE records; `number` counts from 0."""

    content: Annotated[tuple[PullEvseDataRecord, ...], Alias("content"), MayBeEmpty()]
    number: Annotated[int, Alias("number")] | None
    size: Annotated[int, Alias("size")] | None
    total_elements: Annotated[int, Alias("totalElements")] | None
    last: Annotated[bool, Alias("last")] | None
    total_pages: Annotated[int, Alias("totalPages")] | None
    first: Annotated[bool, Alias("first")] | None
    number_of_elements: Annotated[int, Alias("numberOfElements")] | None
    status_code: StatusCode | None


class PullEvseStatus(OicpModel):
    judges = (rules.status_filter,)

    provider_id: ProviderId | None
    search_center: SearchCenter | None = None
    evse_status: Annotated[EvseStatusWord, Alias(also=("EVSEStatus",))] | None = None


class EvseStatuses(OicpModel):
    operator_evse_status: Annotated[tuple[OperatorEvseStatus, ...], MayBeEmpty()]


class EvseStatusList(OicpModel):
    """The answer to PullEvseStatus (eRoamingEVSEStatus)."""

    evse_statuses: EvseStatuses | None
    status_code: StatusCode | None = None
