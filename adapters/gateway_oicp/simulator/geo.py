"""Coordinates at the simulated hub: the notation that an EMP asks for, and what lies within its search."""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gateway.model.location import Coordinates
from gateway.wire import decode_document
from gateway_oicp import wire
from gateway_oicp.translate.places import read_coordinates

_EARTH_KM = 6371.0
_NOTATIONS = {"Google": "Google", "DecimalDegree": "DecimalDegree", "DegreeMinuteSeconds": "DegreeMinuteSeconds"}


def coordinates(place: Any) -> Coordinates | None:
    return read_coordinates(decode_document(wire.GeoCoordinates, place).model) if isinstance(place, Mapping) else None


def noted(record: dict[str, Any], notation: str | None) -> dict[str, Any]:
    """The record with its coordinates in this notation; what cannot be read stays as it was pushed."""
    names = [name for name in ("GeoCoordinates", "GeoChargingPointEntrance") if record.get(name)]
    changed = {name: _in(record[name], notation) for name in names if notation not in record[name]}
    return {**record, **changed} if changed else record


def _in(place: Any, notation: str | None) -> Any:
    where = coordinates(place)
    if where is None or notation not in _NOTATIONS:
        return place
    latitude, longitude = (_decimals(value) for value in (where.latitude, where.longitude))
    if notation == "Google":
        return {"Google": {"Coordinates": f"{latitude} {longitude}"}}
    if notation == "DecimalDegree":
        return {"DecimalDegree": {"Longitude": longitude, "Latitude": latitude}}
    return {"DegreeMinuteSeconds": {"Longitude": _sexagesimal(longitude), "Latitude": _sexagesimal(latitude)}}


def _decimals(value: Decimal) -> str:
    return f"{value:.6f}"


def _sexagesimal(text: str) -> str:
    value = Decimal(text)
    minutes = abs(value) % 1 * 60
    sign = "-" if value < 0 else ""
    return f"{sign}{int(abs(value))}°{int(minutes)}'{minutes % 1 * 60:.4f}''"


def near(place: Any, center: Any) -> bool:
    """Whether it lies within the radius (km) of a SearchCenter; `place` is the wire's, or (latitude, longitude)."""
    middle = coordinates(center.get("GeoCoordinates")) if isinstance(center, Mapping) else None
    where = coordinates(place) if isinstance(place, Mapping) else None
    if where is not None:
        place = (float(where.latitude), float(where.longitude))
    if middle is None or not isinstance(place, tuple):
        return False
    return _distance(place, (float(middle.latitude), float(middle.longitude))) <= float(center.get("Radius") or 0)


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres, by the haversine formula."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(math.radians, point)) for point in (one, other))
    part = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(part))
