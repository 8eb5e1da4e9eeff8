"""Statuses of EVSEs and availability of pools, stations and connectors."""

from collections.abc import Sequence

from gateway.model.common import Role
from gateway.model.messages import Publication, PublishAvailability, PublishStatuses
from gateway.translation import AnyForm
from gateway_emip import wire
from gateway_emip.forms.form import form
from gateway_emip.translate import places, statuses

AVAILABILITY = form(
    wire.SetEvseAvailabilityStatusRequest,
    PublishStatuses,
    statuses.read_availability,
    statuses.write_availability,
    Role.CPO,
    "evse_availability_status",
)
AVAILABILITY_ANSWER = form(
    wire.SetEvseAvailabilityStatusResponse,
    Publication,
    statuses.read_acknowledgement,
    statuses.write_availability_answer,
    Role.HUB,
    "evse_availability_status_answer",
)
BUSY = form(
    wire.SetEvseBusyStatusRequest,
    PublishStatuses,
    statuses.read_busy,
    statuses.write_busy,
    Role.CPO,
    "evse_busy_status",
)
BUSY_ANSWER = form(
    wire.SetEvseBusyStatusResponse,
    Publication,
    statuses.read_acknowledgement,
    statuses.write_busy_answer,
    Role.HUB,
    "evse_busy_status_answer",
)
SYNTHETIC = form(
    wire.SetEvseSyntheticStatusRequest,
    PublishStatuses,
    statuses.read_synthetic,
    statuses.write_synthetic,
    Role.CPO,
    "evse_synthetic_status",
)
SYNTHETIC_ANSWER = form(
    wire.SetEvseSyntheticStatusResponse,
    Publication,
    statuses.read_acknowledgement,
    statuses.write_synthetic_answer,
    Role.HUB,
    "evse_synthetic_status_answer",
)
POOL = form(
    wire.SetChargingPoolAvailabilityStatusRequest,
    PublishAvailability,
    places.read_pool,
    places.write_pool,
    Role.CPO,
    "pool_availability_status",
)
POOL_ANSWER = form(
    wire.SetChargingPoolAvailabilityStatusResponse,
    Publication,
    statuses.read_acknowledgement,
    places.write_pool_answer,
    Role.HUB,
    "pool_availability_status_answer",
)
STATION = form(
    wire.SetChargingStationAvailabilityStatusRequest,
    PublishAvailability,
    places.read_station,
    places.write_station,
    Role.CPO,
    "station_availability_status",
)
STATION_ANSWER = form(
    wire.SetChargingStationAvailabilityStatusResponse,
    Publication,
    statuses.read_acknowledgement,
    places.write_station_answer,
    Role.HUB,
    "station_availability_status_answer",
)
CONNECTOR = form(
    wire.SetChargingConnectorAvailabilityStatusRequest,
    PublishAvailability,
    places.read_connector,
    places.write_connector,
    Role.CPO,
    "connector_availability_status",
)
CONNECTOR_ANSWER = form(
    wire.SetChargingConnectorAvailabilityStatusResponse,
    Publication,
    statuses.read_acknowledgement,
    places.write_connector_answer,
    Role.HUB,
    "connector_availability_status_answer",
)

FORMS: Sequence[AnyForm] = (
    AVAILABILITY, AVAILABILITY_ANSWER, BUSY, BUSY_ANSWER, SYNTHETIC, SYNTHETIC_ANSWER, POOL, POOL_ANSWER, STATION,
    STATION_ANSWER, CONNECTOR, CONNECTOR_ANSWER,
)  # fmt: skip
