"""Availability of pools, stations and connectors: never seen in use, read in either letter case (errata)."""

from collections.abc import Mapping
from typing import Any

from gateway.model.ids import PartyId
from gateway.model.messages import PlaceAvailability, PlaceLevel, Publication, PublishAvailability
from gateway_emip import wire
from gateway_emip.translate.parts import write_party
from gateway_emip.translate.statuses import acknowledged
from gateway_emip.words import AVAILABILITY, EMI3

Request = (
    wire.SetChargingPoolAvailabilityStatusRequest
    | wire.SetChargingStationAvailabilityStatusRequest
    | wire.SetChargingConnectorAvailabilityStatusRequest
)
_NOTHING = PlaceAvailability()
NAMES: Mapping[PlaceLevel, str] = {
    PlaceLevel.POOL: "charging_pool",
    PlaceLevel.STATION: "charging_station",
    PlaceLevel.CONNECTOR: "charging_connector",
}
"""How the fields of each level begin."""


def _read(asked: Request, level: PlaceLevel, place_id: str | None) -> PublishAvailability:
    place = PlaceAvailability(
        level=level,
        id=place_id,
        status=AVAILABILITY.read(asked.availability_status),
        at=asked.status_event_date,
        until=asked.availability_status_until,
        comment=asked.availability_status_comment,
    )
    return PublishAvailability(
        transaction=asked.transaction_id,
        partner=PartyId.read(asked.partner_id),
        operator=PartyId.read(asked.operator_id),
        places=(place,),
    )


def read_pool(asked: wire.SetChargingPoolAvailabilityStatusRequest) -> PublishAvailability:
    return _read(asked, PlaceLevel.POOL, asked.charging_pool_id)


def read_station(asked: wire.SetChargingStationAvailabilityStatusRequest) -> PublishAvailability:
    return _read(asked, PlaceLevel.STATION, asked.charging_station_id)


def read_connector(asked: wire.SetChargingConnectorAvailabilityStatusRequest) -> PublishAvailability:
    return _read(asked, PlaceLevel.CONNECTOR, asked.charging_connector_id)


def _written(message: PublishAvailability, level: PlaceLevel) -> Mapping[str, Any]:
    """The fields of the first place; `gateway_emip.writing.publish_availability` splits a message of several."""
    place = message.places[0] if message.places else _NOTHING
    return {
        "transaction_id": message.transaction,
        "partner_id_type": EMI3,
        "partner_id": write_party(message.partner),
        "operator_id_type": EMI3,
        "operator_id": write_party(place.operator or message.operator),
        f"{NAMES[level]}_id_type": EMI3,
        f"{NAMES[level]}_id": place.id,
        "status_event_date": place.at,
        "availability_status": AVAILABILITY.write(place.status),
        "availability_status_until": place.until,
        "availability_status_comment": place.comment,
    }


def write_pool(message: PublishAvailability) -> wire.SetChargingPoolAvailabilityStatusRequest:
    return wire.SetChargingPoolAvailabilityStatusRequest(**_written(message, PlaceLevel.POOL))


def write_station(message: PublishAvailability) -> wire.SetChargingStationAvailabilityStatusRequest:
    return wire.SetChargingStationAvailabilityStatusRequest(**_written(message, PlaceLevel.STATION))


def write_connector(message: PublishAvailability) -> wire.SetChargingConnectorAvailabilityStatusRequest:
    return wire.SetChargingConnectorAvailabilityStatusRequest(**_written(message, PlaceLevel.CONNECTOR))


def write_pool_answer(answer: Publication) -> wire.SetChargingPoolAvailabilityStatusResponse:
    return wire.SetChargingPoolAvailabilityStatusResponse(
        transaction_id=answer.transaction, request_status=acknowledged(answer)
    )


def write_station_answer(answer: Publication) -> wire.SetChargingStationAvailabilityStatusResponse:
    return wire.SetChargingStationAvailabilityStatusResponse(
        transaction_id=answer.transaction, request_status=acknowledged(answer)
    )


def write_connector_answer(answer: Publication) -> wire.SetChargingConnectorAvailabilityStatusResponse:
    return wire.SetChargingConnectorAvailabilityStatusResponse(
        transaction_id=answer.transaction, request_status=acknowledged(answer)
    )
