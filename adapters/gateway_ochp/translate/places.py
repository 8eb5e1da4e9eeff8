"""Addresses, points, pictures and links around an EVSE (crosswalk 2.2)."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from gateway.exact import rounded
from gateway.model.common import Image, ImageCategory
from gateway.model.kinds import GeoClass, ParkingRestriction
from gateway.model.location import Address, Coordinates, ParkingSpot, RelatedPlace, RelatedResource
from gateway.wire.declared import Rule
from gateway_ochp import rules, wire
from gateway_ochp.fitting import NOTHING, cut, fits, fitted, told
from gateway_ochp.words import GEO_CLASS, IMAGE, RESOURCE, RESTRICTION, known, read_country

SIX_DECIMALS = Decimal("0.000001")
LONGEST_NAME = 45
"""Characters of a street or a city."""
LONGEST_URI = 255
MOST_PIXELS = 99_999


def read_address(address: wire.Address | None) -> Address | None:
    if address is None:
        return None
    return Address(
        street=told(address.address),
        house_number=told(address.house_number),
        city=told(address.city),
        postal_code=told(address.zip_code),
        country=read_country(address.country),
    )


def write_address(address: Address | None) -> wire.Address | None:
    """A house number that its narrow type cannot hold goes behind the street (inventory e)."""
    if address is None:
        return None
    number = None if address.house_number is None else address.house_number.upper()
    apart = number is not None and fits(rules.HOUSE_NUMBER, number)
    return wire.Address(
        house_number=number if apart else None,
        address=_street(address.street, None if apart else number),
        city=cut(address.city, LONGEST_NAME),
        zip_code=fitted(address.postal_code, rules.ZIP_CODE, foreign=r"[^A-Z0-9 \-]", filler="-") or NOTHING,
        country=read_country(address.country),
    )


def _street(street: str | None, number: str | None) -> str | None:
    """Street and number; of a long street so much that its number stays."""
    if number is None:
        return None if street is None else street[:LONGEST_NAME].ljust(2, "_")
    room = LONGEST_NAME - len(number) - 1
    return f"{(street or '')[: max(room, 0)]} {number}".strip()[:LONGEST_NAME].ljust(2, "_")


def read_coordinates(lat: Decimal | None, lon: Decimal | None) -> Coordinates | None:
    return None if lat is None or lon is None else Coordinates(latitude=lat, longitude=lon)


def write_point(coordinates: Coordinates | None) -> wire.GeoPoint | None:
    if coordinates is None:
        return None
    return wire.GeoPoint(
        lat=rounded(coordinates.latitude, SIX_DECIMALS), lon=rounded(coordinates.longitude, SIX_DECIMALS)
    )


def read_related_place(point: wire.AdditionalGeoPoint) -> RelatedPlace:
    return RelatedPlace(
        coordinates=read_coordinates(point.lat, point.lon), kind=GEO_CLASS.read(point.type), name=point.name
    )


def write_related_places(places: Iterable[RelatedPlace]) -> tuple[wire.AdditionalGeoPoint, ...]:
    """Those of which it is known where they are."""
    return tuple(_write_related_place(place) for place in places if place.coordinates is not None)


def _write_related_place(place: RelatedPlace) -> wire.AdditionalGeoPoint:
    point = write_point(place.coordinates)
    return wire.AdditionalGeoPoint(
        lat=point.lat if point is not None else None,
        lon=point.lon if point is not None else None,
        name=cut(place.name, 255),
        type=GEO_CLASS.write(place.kind or GeoClass.OTHER),
    )


def read_image(image: wire.Image) -> Image:
    return Image(
        url=image.uri or "",
        thumbnail=image.thumb_uri,
        category=IMAGE.read(image.image_class),
        type=image.type,
        width=image.width,
        height=image.height,
    )


def write_images(images: Iterable[Image]) -> tuple[wire.Image, ...]:
    """A picture whose type neither it nor its address tells is left out: OCHP demands one. So is one without an
    address that OCHP takes."""
    return tuple(_write_image(image) for image in images if _type_of(image) and _uri(image.url, rules.FILE_URI))


def _uri(url: str | None, rule: Rule) -> str | None:
    """A cut address would lead nowhere: what does not fit is left out."""
    return url if url is not None and len(url) <= LONGEST_URI and fits(rule, url) else None


def _pixels(count: int | None) -> int | None:
    return count if count is not None and 0 < count <= MOST_PIXELS else None


def _write_image(image: Image) -> wire.Image:
    return wire.Image(
        uri=image.url,
        thumb_uri=_uri(image.thumbnail, rules.FILE_URI),
        image_class=IMAGE.write(image.category or ImageCategory.OTHER),
        type=_type_of(image),
        width=_pixels(image.width),
        height=_pixels(image.height),
    )


def _type_of(image: Image) -> str | None:
    found = image.type or PurePosixPath(urlsplit(image.url).path).suffix.removeprefix(".").lower()
    return found if 1 <= len(found) <= 4 else None


def read_resource(resource: wire.RelatedResource) -> RelatedResource:
    return RelatedResource(url=resource.uri or "", kind=RESOURCE.read(resource.resource_class))


def write_resources(resources: Iterable[RelatedResource]) -> tuple[wire.RelatedResource, ...]:
    """Links of a kind that OCHP has a word for, to an address that it takes."""
    return tuple(
        wire.RelatedResource(uri=resource.url, resource_class=RESOURCE.write(resource.kind))
        for resource in resources
        if RESOURCE.write(resource.kind) and _uri(resource.url, rules.WEB_URI)
    )


def read_spot(spot: wire.ParkingSpot) -> ParkingSpot:
    return ParkingSpot(
        id=spot.parking_id,
        number=spot.parking_spot_number,
        floor=spot.floor_level,
        restrictions=known(RESTRICTION, spot.restriction),
    )


def write_spots(spots: Iterable[ParkingSpot]) -> tuple[wire.ParkingSpot, ...]:
    """Spots that have an id of OCHP's form: it demands one."""
    return tuple(_write_spot(spot) for spot in spots if spot.id and fits(rules.PARKING_ID, spot.id))


def _write_spot(spot: ParkingSpot) -> wire.ParkingSpot:
    return wire.ParkingSpot(
        parking_id=spot.id,
        restriction=write_restrictions(spot.restrictions),
        floor_level=fitted(spot.floor, rules.FLOOR, foreign=r"[^A-Z0-9\-+/]"),
        parking_spot_number=fitted(spot.number, rules.SPOT_NUMBER, foreign=r"[^A-Z0-9\-+/]"),
    )


def write_restrictions(restrictions: Iterable[ParkingRestriction]) -> tuple[str, ...]:
    found = [RESTRICTION.write(restriction) for restriction in restrictions]
    return tuple(word for word in found if word is not None)
