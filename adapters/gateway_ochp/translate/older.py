"""What releases before 1.4 say in another place (inventory g): read from the elements that 1.4 has no name for.

They stay in the extensions as they came; here is only what they mean.
"""

from gateway.wire.xml import Element
from gateway_ochp import wire

Record = wire.ChargePointInfo | wire.CdrInfo


def _text(record: wire.OchpModel, name: str) -> str | None:
    """Of the first unknown element of this name, or of the element in it."""
    element: Element | None = next(iter(record.unknown.get(name, ())), None)
    if element is not None and len(element):
        element = element[0]
    return ((element.text or "").strip() or None) if element is not None else None


def address_of(record: Record) -> wire.Address | None:
    """Up to 1.3 its fields stand in the record itself."""
    if record.charge_point_address is not None or not record.unknown:
        return record.charge_point_address
    street, city = _text(record, "address"), _text(record, "city")
    if street is None and city is None:
        return None
    return wire.Address(
        house_number=_text(record, "houseNumber"),
        address=street,
        city=city,
        zip_code=_text(record, "zipCode"),
        country=_text(record, "country"),
    )


def spots_of(record: wire.ChargePointInfo) -> tuple[wire.ParkingSpot, ...]:
    """Up to 1.3 an EVSE has one spot, without an id, and its parts stand in the record itself."""
    if record.parking_spot or not record.unknown:
        return record.parking_spot
    number, floor = _text(record, "parkingSlotNumber"), _text(record, "floorLevel")
    restriction = _text(record, "parkingRestriction")
    if number is None and floor is None and restriction is None:
        return ()
    return (
        wire.ParkingSpot(
            parking_id=None,
            restriction=(restriction,) if restriction is not None else (),
            floor_level=floor,
            parking_spot_number=number,
        ),
    )
