"""EVSE records ↔ locations. A record is one EVSE with the fields of its place copied down."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from gateway.crosswalk import Crosswalk
from gateway.exact import rounded
from gateway.model.common import BusinessDetails, Image, ImageCategory, LocalText
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import (
    Access,
    AuthenticationMethod,
    CalibrationLaw,
    Capability,
    DynamicInfo,
    EvseStatus,
    GeoClass,
    ValueAddedService,
)
from gateway.model.location import Coordinates, Evse, Location, ParkingSpot, RelatedPlace
from gateway.model.messages import PushAction
from gateway_oicp import wire
from gateway_oicp.amounts import WHOLE
from gateway_oicp.derived import BOTH_CARDS, methods_of, payment_of, services_of, told_access
from gateway_oicp.translate.connectors import read_connectors, read_modes, write_facilities, write_plugs
from gateway_oicp.translate.places import (
    always_open,
    read_address,
    read_coordinates,
    read_energy_mix,
    read_offset,
    read_opening_times,
    read_texts,
    write_address,
    write_coordinates,
    write_impact,
    write_opening_times,
    write_sources,
    write_texts,
)
from gateway_oicp.translate.sessions import cut, evse_text, text
from gateway_oicp.words import (
    ACCESS,
    ACTION,
    AUTHENTICATION,
    CALIBRATION,
    DYNAMIC_INFO,
    PARKING,
    PAYMENT,
    SERVICE,
)

C = TypeVar("C", bound=StrEnum)

POOL = "oicp.pool"
"""The key of ChargingPoolID among a location's external ids."""
_CARD_METHODS = frozenset({*BOTH_CARDS, AuthenticationMethod.RFID, AuthenticationMethod.RFID_CALYPSO})


# --- reading -----------------------------------------------------------------------------------------------------


def read_pushed(record: wire.EvseDataRecord) -> Location:
    """The operator is told by the EVSE id: OperatorID names the hub partner, who may stand for several."""
    location = _read_facts(record)
    evse = location.evses[0].evse_id
    return replace(location, operator=evse.party if evse else None)


def read_pulled(record: wire.PullEvseDataRecord) -> Location:
    """The operator is the EVSE's own; OperatorID names the hub partner, as with a push."""
    location = _read_facts(record)
    evse, partner = location.evses[0], PartyId.read(record.operator_id)
    operator = evse.evse_id.party if evse.evse_id and evse.evse_id.party else partner
    if evse.hub_operator is None and partner != operator:
        evse = replace(evse, hub_operator=partner)
    if record.delta_type is not None and ACTION.read(record.delta_type) is PushAction.DELETE:
        evse = replace(evse, status=EvseStatus.REMOVED)
    return replace(
        location,
        operator=operator,
        operator_details=BusinessDetails(name=record.operator_name) if record.operator_name else None,
        last_updated=record.last_update,
        evses=(evse,),
    )


def _read_facts(record: wire.EvseFacts) -> Location:
    entrance = read_coordinates(record.geo_charging_point_entrance)
    access = ACCESS.read(record.accessibility)
    return Location(
        publish=None if access is None else access is not Access.TEST_STATION,
        names=read_texts(record.charging_station_names),
        address=read_address(record.address),
        coordinates=read_coordinates(record.geo_coordinates),
        related_places=(RelatedPlace(coordinates=entrance, kind=GeoClass.ENTRANCE),) if entrance else (),
        parking_type=PARKING.read(record.accessibility_location),
        suboperator=BusinessDetails(name=record.sub_operator_name) if record.sub_operator_name else None,
        utc_offset=read_offset(record.address),
        opening_times=read_opening_times(record),
        energy_mix=read_energy_mix(record),
        directions=read_texts(record.charging_station_location_reference),
        hotline=record.hotline_phone_number,
        external_ids={POOL: record.charging_pool_id} if record.charging_pool_id else {},
        evses=(_read_evse(record, access),),
    )


def _read_evse(record: wire.EvseFacts, access: Access | None) -> Evse:
    methods = _read_all(AUTHENTICATION, record.authentication_modes)
    services = _read_all(SERVICE, record.value_added_services)
    image = record.charging_station_image
    return Evse(
        evse_id=EvseId.read(record.evse_id),
        capabilities=_capabilities(methods, services),
        connectors=read_connectors(record),
        floor_level=record.address.floor if record.address else None,
        parking_spots=_read_spots(record.address),
        images=(Image(url=image, category=ImageCategory.CHARGER),) if image else (),
        station_id=record.charging_station_id,
        information=read_texts(record.additional_info),
        manufacturer=record.hardware_manufacturer,
        access=access,
        authentication_methods=methods,
        payment_options=_read_all(PAYMENT, record.payment_options),
        value_added_services=services,
        calibration_law=CALIBRATION.read(record.calibration_law_data_availability),
        hub_compatible=record.is_hubject_compatible,
        dynamic_info=DYNAMIC_INFO.read(record.dynamic_info_available),
        battery_capacity_kwh=record.max_capacity,
        dynamic_power=record.dynamic_power_level,
        charging_modes=read_modes(record),
        hub_operator=PartyId.read(record.hub_operator_id),
        clearing_house_id=record.clearinghouse_id,
    )


def _read_all(walk: Crosswalk[C], words: Sequence[str]) -> tuple[C, ...]:
    values = (walk.read(word) for word in words)
    return tuple(dict.fromkeys(value for value in values if value is not None))


def _read_spots(address: wire.Address | None) -> tuple[ParkingSpot, ...]:
    if address is None or (address.parking_spot is None and address.parking_facility is None):
        return ()
    return (ParkingSpot(number=address.parking_spot, facility=address.parking_facility),)


def _capabilities(
    methods: Sequence[AuthenticationMethod], services: Sequence[ValueAddedService]
) -> tuple[Capability, ...]:
    """What follows from the modes and services; nothing else can be asserted."""
    found = {
        Capability.RFID_READER: not _CARD_METHODS.isdisjoint(methods),
        Capability.REMOTE_START_STOP_CAPABLE: AuthenticationMethod.REMOTE in methods,
        Capability.RESERVABLE: ValueAddedService.RESERVATION in services,
    }
    return tuple(capability for capability, is_there in found.items() if is_there)


# --- writing -----------------------------------------------------------------------------------------------------


def write_pulled(location: Location) -> wire.PullEvseDataRecord:
    removed = bool(location.evses) and location.evses[0].status is EvseStatus.REMOVED
    return wire.PullEvseDataRecord(
        **vars(write_pushed(location)),
        delta_type=ACTION.write(PushAction.DELETE) if removed else None,
        last_update=location.last_updated,
        operator_id=text(_partner(location)),
        operator_name=location.operator_details.name if location.operator_details else None,
    )


def _partner(location: Location) -> PartyId | None:
    """Behind whom an operator stands, or itself."""
    partner = location.evses[0].hub_operator if location.evses else None
    return partner or location.operator


def write_pushed(location: Location) -> wire.EvseDataRecord:
    """One record for the first EVSE of `location`. Defaults of mandatory fields are those of the crosswalk."""
    evse = location.evses[0] if location.evses else Evse()
    return wire.EvseDataRecord(**vars(_write_place(location, evse)), **vars(_write_equipment(location, evse)))


def _write_place(location: Location, evse: Evse) -> wire.EvsePlace:
    mix = location.energy_mix
    return wire.EvsePlace(
        evse_id=evse_text(evse.evse_id),
        charging_pool_id=location.external_ids.get(POOL),
        charging_station_id=evse.station_id,
        charging_station_names=write_texts(_names(location, evse)),
        charging_station_image=_image(location, evse),
        sub_operator_name=cut(location.suboperator.name, 100) if location.suboperator else None,
        address=write_address(location, evse),
        geo_coordinates=write_coordinates(evse.coordinates or location.coordinates),
        geo_charging_point_entrance=write_coordinates(_entrance(location)),
        charging_station_location_reference=write_texts((*location.directions, *evse.directions)),
        additional_info=write_texts(evse.information),
        accessibility=ACCESS.write(told_access(location, evse) or Access.FREE),
        accessibility_location=PARKING.write(location.parking_type),
        hotline_phone_number=_dialled(location.hotline),
        is_open_24_hours=always_open(location.opening_times),
        opening_times=write_opening_times(location.opening_times),
        renewable_energy=bool(mix and mix.is_green_energy),
        energy_source=write_sources(mix),
        environmental_impact=write_impact(mix),
    )


def _write_equipment(location: Location, evse: Evse) -> wire.EvseEquipment:
    capacity, country = evse.battery_capacity_kwh, location.address.country if location.address else None
    return wire.EvseEquipment(
        hardware_manufacturer=evse.manufacturer,
        plugs=write_plugs(evse, country),
        charging_facilities=write_facilities(evse),
        dynamic_power_level=evse.dynamic_power,
        max_capacity=rounded(capacity, WHOLE) if capacity is not None else None,
        calibration_law_data_availability=CALIBRATION.write(evse.calibration_law or CalibrationLaw.NOT_AVAILABLE),
        authentication_modes=_write_all(AUTHENTICATION, methods_of(evse)),
        payment_options=_write_all(PAYMENT, payment_of(evse)),
        value_added_services=_write_all(SERVICE, services_of(evse)),
        hub_operator_id=text(evse.hub_operator),
        clearinghouse_id=evse.clearing_house_id,
        is_hubject_compatible=evse.hub_compatible is not False,
        dynamic_info_available=DYNAMIC_INFO.write(evse.dynamic_info or DynamicInfo.AUTO),
    )


def _names(location: Location, evse: Evse) -> tuple[LocalText, ...]:
    street = location.address.street if location.address else None
    return evse.station_names or location.names or ((LocalText(street),) if street else ())


def _image(location: Location, evse: Evse) -> str | None:
    images = (*evse.images, *location.images)
    return next((image.url for image in images if image.category in (ImageCategory.CHARGER, None)), None)


def _entrance(location: Location) -> Coordinates | None:
    return next((place.coordinates for place in location.related_places if place.kind is GeoClass.ENTRANCE), None)


def _dialled(hotline: str | None) -> str | None:
    """Without the separators that people write; never a dummy."""
    return hotline.translate(str.maketrans("", "", " -./()")) if hotline else None


def _write_all(walk: Crosswalk[C], values: Sequence[C]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in map(walk.write, values) if word is not None))
