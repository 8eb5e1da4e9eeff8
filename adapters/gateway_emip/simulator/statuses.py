"""The simulated IOP's statuses: two dimensions of an EVSE, availability of pools, stations and connectors."""

from collections.abc import Mapping

from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway_emip import wire
from gateway_emip.rules import foreign
from gateway_emip.simulator.house import House
from gateway_emip.words import AVAILABILITY, BUSY, OK, UNKNOWN_OPERATOR, UNKNOWN_PLACE

_UNSPECIFIED = {"availability": AVAILABILITY.write(EvseStatus.UNKNOWN), "busy": BUSY.write(EvseStatus.UNKNOWN)}
OfEvse = wire.SetEvseAvailabilityStatusRequest | wire.SetEvseBusyStatusRequest | wire.SetEvseSyntheticStatusRequest
OfPlace = (
    wire.SetChargingPoolAvailabilityStatusRequest
    | wire.SetChargingStationAvailabilityStatusRequest
    | wire.SetChargingConnectorAvailabilityStatusRequest
)


# --- EVSEs -------------------------------------------------------------------------------------------------------


async def set_availability(
    house: House, asked: wire.SetEvseAvailabilityStatusRequest
) -> wire.SetEvseAvailabilityStatusResponse:
    status = _stored(house, asked, {"availability": asked.availability_status})
    return wire.SetEvseAvailabilityStatusResponse(transaction_id=house.transaction(asked), request_status=status)


async def set_busy(house: House, asked: wire.SetEvseBusyStatusRequest) -> wire.SetEvseBusyStatusResponse:
    status = _stored(house, asked, {"busy": asked.busy_status})
    return wire.SetEvseBusyStatusResponse(transaction_id=house.transaction(asked), request_status=status)


async def set_synthetic(house: House, asked: wire.SetEvseSyntheticStatusRequest) -> wire.SetEvseSyntheticStatusResponse:
    status = _stored(house, asked, {"availability": asked.availability_status, "busy": asked.busy_status})
    return wire.SetEvseSyntheticStatusResponse(transaction_id=house.transaction(asked), request_status=status)


def _stored(house: House, asked: OfEvse, told: Mapping[str, str | None]) -> str:
    """What is told of one EVSE; a dimension that is not told stays as it was."""
    evse, refused = EvseId.read(asked.evse_id), house.refused(asked, Role.CPO)
    if refused is not None:
        return refused
    if foreign(asked.evse_id, asked.operator_id):
        return UNKNOWN_OPERATOR
    if evse is None or not house.knows_evse(evse):
        return UNKNOWN_PLACE
    known = house.statuses.setdefault(str(evse), dict(_UNSPECIFIED))
    known.update({dimension: word for dimension, word in told.items() if word is not None})
    return OK


# --- pools, stations, connectors ---------------------------------------------------------------------------------


async def set_pool(
    house: House, asked: wire.SetChargingPoolAvailabilityStatusRequest
) -> wire.SetChargingPoolAvailabilityStatusResponse:
    status = _placed(house, asked, asked.charging_pool_id)
    return wire.SetChargingPoolAvailabilityStatusResponse(
        transaction_id=house.transaction(asked), request_status=status
    )


async def set_station(
    house: House, asked: wire.SetChargingStationAvailabilityStatusRequest
) -> wire.SetChargingStationAvailabilityStatusResponse:
    status = _placed(house, asked, asked.charging_station_id)
    return wire.SetChargingStationAvailabilityStatusResponse(
        transaction_id=house.transaction(asked), request_status=status
    )


async def set_connector(
    house: House, asked: wire.SetChargingConnectorAvailabilityStatusRequest
) -> wire.SetChargingConnectorAvailabilityStatusResponse:
    status = _placed(house, asked, asked.charging_connector_id)
    return wire.SetChargingConnectorAvailabilityStatusResponse(
        transaction_id=house.transaction(asked), request_status=status
    )


def _placed(house: House, asked: OfPlace, place: str | None) -> str:
    """As for an EVSE: an id that begins with another operator is nobody's."""
    refused = house.refused(asked, Role.CPO)
    if refused is not None:
        return refused
    if place is None or not house.knows_place(place):
        return UNKNOWN_PLACE
    if PartyId.read(place.replace("*", "")[:5]) != PartyId.read(asked.operator_id):
        return UNKNOWN_OPERATOR
    house.places[place] = asked.availability_status
    return OK
