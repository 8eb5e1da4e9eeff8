"""ChargePointInfo ↔ Location with exactly one Evse (crosswalk 2.2, 2.3): OCHP has one flat record for each EVSE."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from gateway.model.common import LocalText
from gateway.model.ids import EvseId
from gateway.model.kinds import AuthenticationMethod, EvseStatus, PaymentOption
from gateway.model.location import Evse, Location, StatusPeriod
from gateway.translation import Form
from gateway.wire.shared import same_again
from gateway_ochp import rules, wire
from gateway_ochp.fitting import cut, fits, fitted, operator_prefix, short_id, write_evse_id
from gateway_ochp.translate.connectors import (
    read_connectors,
    write_connectors,
    write_current,
    write_ratings,
)
from gateway_ochp.translate.hours import read_hours, write_hours
from gateway_ochp.translate.older import address_of, spots_of
from gateway_ochp.translate.places import (
    read_address,
    read_coordinates,
    read_image,
    read_related_place,
    read_resource,
    read_spot,
    write_address,
    write_images,
    write_point,
    write_related_places,
    write_resources,
    write_restrictions,
    write_spots,
)
from gateway_ochp.words import (
    ACCESS,
    METHOD,
    METHOD_ORDER,
    PAYMENT,
    PLACE,
    PROTOCOL,
    RESTRICTION,
    SCHEDULED_STATUS,
    STATIC_STATUS,
    known,
    read_language,
    read_languages,
    write_language,
    write_languages,
)

LOCATION_KEY = "ochp.location"
ANY_RFID = (AuthenticationMethod.RFID_MIFARE_CLASSIC, AuthenticationMethod.RFID_MIFARE_DESFIRE)
"""What a reader of unnamed technology is taken for (crosswalk 4: never Calypso by default)."""


def read_charge_point(info: wire.ChargePointInfo) -> Location:
    evse = EvseId.read(info.evse_id)
    point = info.charge_point_location
    hours = info.opening_times
    return Location(
        operator=evse.party if evse is not None else None,
        names=(LocalText(info.location_name, read_language(info.location_name_lang)),) if info.location_name else (),
        address=read_address(address_of(info)),
        coordinates=read_coordinates(point.lat, point.lon) if point is not None else None,
        related_places=tuple(map(read_related_place, info.related_location)),
        parking_type=PLACE.read(info.location),
        time_zone=info.time_zone,
        opening_times=read_hours(hours),
        charging_when_closed=hours.closed_charging if hours is not None else None,
        images=tuple(map(read_image, info.images)),
        hotline=info.telephone_number,
        external_ids={LOCATION_KEY: info.location_id} if info.location_id else {},
        evses=(read_evse(info, evse),),
    )


def read_evse(info: wire.ChargePointInfo, evse: EvseId | None) -> Evse:
    told = spots_of(info)
    spots = tuple(map(read_spot, told))
    ratings = info.ratings
    restrictions = [*info.restriction, *(word for spot in told for word in spot.restriction)]
    return Evse(
        evse_id=evse,
        status=SCHEDULED_STATUS.read(info.status),
        static_status=STATIC_STATUS.read(info.status),
        status_schedule=_read_schedule(info.status_schedule),
        connectors=read_connectors(info),
        floor_level=next((spot.floor for spot in spots if spot.floor), None),
        parking_restrictions=known(RESTRICTION, restrictions),
        parking_spots=spots,
        last_updated=info.timestamp,
        access=ACCESS.read(info.location),
        authentication_methods=known(METHOD, info.auth_methods),
        payment_options=known(PAYMENT, info.auth_methods),
        max_reservation_minutes=info.max_reservation,
        max_power_kw=ratings.maximum_power if ratings is not None else None,
        guaranteed_power_kw=ratings.guaranteed_power if ratings is not None else None,
        nominal_voltage_v=Decimal(ratings.nominal_voltage) if ratings and ratings.nominal_voltage else None,
        user_interface_languages=read_languages(info.user_interface_lang),
        related_resources=tuple(map(read_resource, info.related_resource)),
    )


def _read_schedule(periods: tuple[wire.ScheduledStatus, ...]) -> tuple[StatusPeriod, ...]:
    is_shared = all(period.shared for period in periods)
    return _read_shared_schedule(periods) if is_shared else tuple(map(_read_scheduled, periods))


def _read_scheduled(period: wire.ScheduledStatus) -> StatusPeriod:
    return StatusPeriod(begin=period.start_date, end=period.end_date, status=SCHEDULED_STATUS.read(period.status))


@same_again
def _read_shared_schedule(periods: tuple[wire.ScheduledStatus, ...]) -> tuple[StatusPeriod, ...]:
    return tuple(map(_read_scheduled, periods))


def write_charge_point(location: Location) -> wire.ChargePointInfo:
    """Writes the location's first EVSE; `flat` gives one location for each."""
    evse = next(iter(location.evses), Evse())
    name = _name(location)
    return wire.ChargePointInfo(
        evse_id=write_evse_id(evse.evse_id),
        location_id=_location_id(location, evse),
        timestamp=evse.last_updated or location.last_updated,
        location_name=cut(name.text, 100) or None,
        location_name_lang=write_language(name.language) or wire.UNDETERMINED,
        images=write_images([*location.images, *evse.images]),
        related_resource=write_resources(evse.related_resources),
        charge_point_address=write_address(location.address),
        charge_point_location=write_point(evse.coordinates or location.coordinates),
        related_location=write_related_places(location.related_places),
        time_zone=location.time_zone,
        opening_times=write_hours(location.opening_times, location.charging_when_closed),
        status=STATIC_STATUS.write(evse.static_status) or SCHEDULED_STATUS.write(evse.status),
        status_schedule=_write_schedule(evse.status_schedule),
        telephone_number=fitted(location.hotline, rules.TELEPHONE, foreign=r"\(0\)|[^0-9 +\-]"),
        location=_place(location, evse),
        parking_spot=write_spots(evse.parking_spots),
        restriction=write_restrictions(evse.parking_restrictions),
        auth_methods=_write_methods(evse.authentication_methods, evse.payment_options),
        connectors=write_connectors(evse.connectors, operator_prefix(evse.evse_id)),
        charge_point_type=write_current(evse.connectors),
        ratings=write_ratings(evse),
        user_interface_lang=write_languages(evse.user_interface_languages),
        max_reservation=min(evse.max_reservation_minutes, 1000) if evse.max_reservation_minutes else None,
    )


def _name(location: Location) -> LocalText:
    """The first name; a place without one is called by its street (crosswalk 2.2)."""
    street = location.address.street if location.address is not None else None
    return next(iter(location.names), LocalText(street or ""))


def _location_id(location: Location, evse: Evse) -> str | None:
    """Its own id at OCHP, else a short form of what groups its EVSEs elsewhere; the EVSE id would group nothing."""
    known = location.external_ids.get(LOCATION_KEY)
    if known and fits(rules.LOCATION_ID, known):
        return known
    return short_id(known or location.id or next(iter(location.external_ids.values()), None) or evse.station_id)


@same_again
def _write_schedule(periods: tuple[StatusPeriod, ...]) -> tuple[wire.ScheduledStatus, ...]:
    return tuple(map(_write_scheduled, periods))


def _write_scheduled(period: StatusPeriod) -> wire.ScheduledStatus:
    return wire.ScheduledStatus(
        start_date=period.begin, end_date=period.end, status=SCHEDULED_STATUS.write(period.status)
    ).put(shared=True)


def _place(location: Location, evse: Evse) -> str:
    kind = PLACE.write(location.parking_type)
    return kind or ACCESS.write(evse.access) or wire.UNKNOWN_PLACE


@same_again
def _write_methods(
    authentication: tuple[AuthenticationMethod, ...], payment: tuple[PaymentOption, ...]
) -> tuple[str, ...]:
    """Ways to identify and means to pay are one list, in the order of the specification."""
    methods = [
        one for method in authentication for one in (ANY_RFID if method is AuthenticationMethod.RFID else (method,))
    ]
    words = {*map(METHOD.write, methods), *map(PAYMENT.write, payment)}
    return tuple(word for word in METHOD_ORDER if word in words)


CHARGE_POINT = Form(PROTOCOL, wire.ChargePointInfo, Location, read_charge_point, write_charge_point)


def flat(locations: Iterable[Location]) -> Iterator[Location]:
    """One location for each EVSE, its own fields copied down."""
    for location in locations:
        if len(location.evses) == 1:
            yield location
        else:
            yield from (replace(location, evses=(evse,), extensions={}) for evse in location.evses)


def read_charge_points(infos: Iterable[wire.ChargePointInfo]) -> tuple[Location, ...]:
    return tuple(map(CHARGE_POINT.read, infos))


def write_charge_points(locations: Iterable[Location]) -> tuple[wire.ChargePointInfo, ...]:
    return tuple(map(CHARGE_POINT.write, flat(locations)))


def closed(location: Location) -> Location:
    """The location with its EVSEs marked for removal: OCHP has no other deletion."""
    gone = tuple(replace(evse, static_status=None, status=EvseStatus.REMOVED) for evse in location.evses)
    return replace(location, evses=gone)
