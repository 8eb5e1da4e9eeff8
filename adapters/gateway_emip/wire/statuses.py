"""EVCIDynamic: availability, busy and synthetic status of EVSEs; availability of pools, stations and connectors."""

from typing import Annotated

from gateway.wire import Alias
from gateway.wire.rules import one_of
from gateway_emip.mends import BARE_CODE
from gateway_emip.rules import CODE, ConnectorText, IdType, Moment, PoolText, StationText, operator_of_evse
from gateway_emip.wire.base import EVCI_DYNAMIC, Acknowledgement, EmipModel, Named, Place, Requester
from gateway_emip.words import AVAILABILITY, BUSY, known


class SetEvseAvailabilityStatusRequest(Place, Requester, Named):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetEVSEAvailabilityStatusRequest"
    judges = (operator_of_evse,)

    status_event_date: Moment | None
    availability_status: Annotated[str, CODE, BARE_CODE, one_of(*known(AVAILABILITY))] | None
    availability_status_until: Moment | None = None
    availability_status_comment: str | None = None


class SetEvseAvailabilityStatusResponse(Acknowledgement):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetEVSEAvailabilityStatusResponse"


class SetEvseBusyStatusRequest(Place, Requester, Named):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetEVSEBusyStatusRequest"
    judges = (operator_of_evse,)

    status_event_date: Moment | None
    busy_status: Annotated[str, CODE, BARE_CODE, one_of(*known(BUSY))] | None
    busy_status_until: Moment | None = None
    busy_status_comment: str | None = None


class SetEvseBusyStatusResponse(Acknowledgement):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetEVSEBusyStatusResponse"


class SetEvseSyntheticStatusRequest(Place, Requester, Named):
    """Both dimensions at once, each with its own time; either may be missing."""

    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetEVSESyntheticStatusRequest"
    judges = (operator_of_evse,)

    availability_status_event_date: Moment | None = None
    availability_status: Annotated[str, CODE, BARE_CODE, one_of(*known(AVAILABILITY))] | None = None
    availability_status_until: Moment | None = None
    availability_status_comment: str | None = None
    busy_status_event_date: Moment | None = None
    busy_status: Annotated[str, CODE, BARE_CODE, one_of(*known(BUSY))] | None = None
    busy_status_until: Moment | None = None
    busy_status_comment: str | None = None


class SetEvseSyntheticStatusResponse(Acknowledgement):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetEVSESyntheticStatusResponse"


class AvailabilityChange(EmipModel):
    status_event_date: Moment | None
    availability_status: Annotated[str, CODE, BARE_CODE, one_of(*known(AVAILABILITY))] | None
    availability_status_until: Moment | None = None
    availability_status_comment: str | None = None


class Pool(EmipModel):
    """The letter case of the two names is not settled (errata)."""

    charging_pool_id_type: Annotated[IdType | None, Alias(also=("ChargingPoolIdType",))]
    charging_pool_id: Annotated[PoolText | None, Alias(also=("ChargingPoolId",))]


class SetChargingPoolAvailabilityStatusRequest(AvailabilityChange, Pool, Requester, Named):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetChargingPoolAvailabilityStatusRequest"


class SetChargingPoolAvailabilityStatusResponse(Acknowledgement):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetChargingPoolAvailabilityStatusResponse"


class Station(EmipModel):
    charging_station_id_type: Annotated[IdType | None, Alias(also=("ChargingStationIdType",))]
    charging_station_id: Annotated[StationText | None, Alias(also=("ChargingStationId",))]


class SetChargingStationAvailabilityStatusRequest(AvailabilityChange, Station, Requester, Named):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetChargingStationAvailabilityStatusRequest"


class SetChargingStationAvailabilityStatusResponse(Acknowledgement):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetChargingStationAvailabilityStatusResponse"


class ChargingConnector(EmipModel):
    charging_connector_id_type: Annotated[IdType | None, Alias(also=("ChargingConnectorIdType",))]
    charging_connector_id: Annotated[ConnectorText | None, Alias(also=("ChargingConnectorId",))]


class SetChargingConnectorAvailabilityStatusRequest(AvailabilityChange, ChargingConnector, Requester, Named):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetChargingConnectorAvailabilityStatusRequest"


class SetChargingConnectorAvailabilityStatusResponse(Acknowledgement):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetChargingConnectorAvailabilityStatusResponse"
