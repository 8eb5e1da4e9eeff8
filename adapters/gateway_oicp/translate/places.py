"""Where an EVSE stands: texts, addresses, coordinates, opening hours, energy mix."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from gateway.exact import rounded, total
from gateway.model.common import LocalText
from gateway.model.kinds import ImpactCategory
from gateway.model.location import (
    Address,
    Coordinates,
    EnergyMix,
    EnergySource,
    Evse,
    Location,
    OpeningTimes,
    RegularHours,
)
from gateway_oicp import wire
from gateway_oicp.amounts import SIX_DECIMALS, WHOLE
from gateway_oicp.words import DAYS, ENERGY

_LANGUAGE = "en"
_MIDNIGHT = 1440
_OFFSET = re.compile(r"UTC([+\-]\d{2}:\d{2})")
_SEXAGESIMAL = re.compile(r"(-?)(\d{1,3})°\s*(\d{1,2})'\s*(\d{1,2}(?:\.\d+)?)''")


def read_texts(texts: Sequence[wire.InfoText]) -> tuple[LocalText, ...]:
    return tuple(LocalText(each.value, each.lang) for each in texts if each.value)


def write_texts(texts: Sequence[LocalText]) -> tuple[wire.InfoText, ...]:
    """Cut at 150 characters; English where no language is known."""
    return tuple(wire.InfoText(lang=each.language or _LANGUAGE, value=each.text[:150]) for each in texts)


# --- address and coordinates -------------------------------------------------------------------------------------


def read_address(address: wire.Address | None) -> Address | None:
    if address is None:
        return None
    return Address(
        street=address.street,
        house_number=address.house_num,
        city=address.city,
        postal_code=address.postal_code,
        state=address.region,
        country=address.country,
    )


def write_address(location: Location, evse: Evse) -> wire.Address | None:
    """Unknown house numbers and post codes are empty texts, as they are in production; nothing is guessed."""
    if location.address is None:
        return None
    address, spot = location.address, next(iter(evse.parking_spots), None)
    return wire.Address(
        country=address.country,
        city=address.city,
        street=address.street.ljust(2, "_")[:100] if address.street else None,
        postal_code=address.postal_code or "",
        house_num=address.house_number or "",
        floor=evse.floor_level,
        region=address.state,
        parking_facility=spot.facility if spot else None,
        parking_spot=spot.number if spot else None,
        time_zone=_time_zone(location),
    )


def read_offset(address: wire.Address | None) -> str | None:
    match = _OFFSET.fullmatch(address.time_zone) if address is not None and address.time_zone else None
    return match[1] if match else None


def _time_zone(location: Location) -> str | None:
    """The offset of standard time, so that it does not change twice a year."""
    offset = location.utc_offset or standard_offset(location.time_zone)
    return f"UTC{offset}" if offset else None


def standard_offset(zone: str | None) -> str | None:
    """`Europe/Berlin` is `+01:00`."""
    if not zone:
        return None
    try:
        clock = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return None
    seasons = (datetime(2026, month, 1, tzinfo=clock).utcoffset() for month in (1, 7))
    minutes = int(min(offset or timedelta() for offset in seasons).total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def read_coordinates(place: wire.GeoCoordinates | None) -> Coordinates | None:
    """Any of the three notations, as decimal degrees; None for what is none."""
    if place is None:
        return None
    if place.decimal_degree is not None:
        return _pair(place.decimal_degree.latitude, place.decimal_degree.longitude)
    if place.google is not None:
        parts = re.split(r"[\s,]+", place.google.coordinates or "")
        return _pair(*parts) if len(parts) == 2 else None
    if place.degree_minute_seconds is not None:
        return _pair(place.degree_minute_seconds.latitude, place.degree_minute_seconds.longitude)
    return None


def _pair(latitude: str | None, longitude: str | None) -> Coordinates | None:
    first, second = _degrees(latitude), _degrees(longitude)
    return None if first is None or second is None else Coordinates(latitude=first, longitude=second)


def _degrees(text: str | None) -> Decimal | None:
    match = _SEXAGESIMAL.fullmatch(text or "")
    if match:
        size = Decimal(match[2]) + Decimal(match[3]) / 60 + Decimal(match[4]) / 3600
        return rounded(-size if match[1] else size, SIX_DECIMALS)
    try:
        value = Decimal(text or "")
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def write_coordinates(place: Coordinates | None) -> wire.GeoCoordinates | None:
    if place is None:
        return None
    degrees = wire.DecimalDegree(longitude=_six_digits(place.longitude), latitude=_six_digits(place.latitude))
    return wire.GeoCoordinates(decimal_degree=degrees)


def _six_digits(value: Decimal) -> str:
    """One to six decimals."""
    whole, _, rest = format(rounded(value, SIX_DECIMALS), "f").partition(".")
    return f"{whole}.{rest.rstrip('0') or '0'}"


# --- opening hours -----------------------------------------------------------------------------------------------


def read_opening_times(record: wire.EvseFacts) -> OpeningTimes | None:
    if record.is_open_24_hours:
        return OpeningTimes(twentyfourseven=True)
    if record.is_open_24_hours is None and not record.opening_times:
        return None
    spans = [span for opening in record.opening_times for span in _read_opening(opening)]
    return OpeningTimes(
        twentyfourseven=record.is_open_24_hours,
        regular=tuple(sorted(dict.fromkeys(spans), key=lambda span: (span.weekday, span.begin))),
    )


def _read_opening(opening: wire.OpeningTime) -> list[RegularHours]:
    return [
        span
        for day in DAYS.read(opening.on)
        for period in opening.period
        for span in _spans(int(day or 0), _minutes(period.begin), _minutes(period.end))
    ]


def _minutes(clock: str | None) -> int | None:
    match = re.fullmatch(r"(\d{2}):(\d{2})", clock or "")
    return int(match[1]) * 60 + int(match[2]) if match else None


def _spans(day: int, begin: int | None, end: int | None) -> list[RegularHours]:
    """24:00, 23:59 and 00:00 end the day; what runs over midnight is split in two."""
    if begin is None or end is None or begin >= _MIDNIGHT or end > _MIDNIGHT:
        return []
    if end in (0, _MIDNIGHT - 1):
        end = _MIDNIGHT
    if end > begin:
        return [RegularHours(weekday=day, begin=begin, end=end)]
    return [
        RegularHours(weekday=day, begin=begin, end=_MIDNIGHT),
        RegularHours(weekday=day % 7 + 1, begin=0, end=end),
    ]


def always_open(times: OpeningTimes | None) -> bool:
    """Unknown hours count as always open: the field is mandatory."""
    if times is None or times.twentyfourseven:
        return True
    return times.twentyfourseven is None and not times.regular


def write_opening_times(times: OpeningTimes | None) -> tuple[wire.OpeningTime, ...]:
    """Days with the same hours share an entry where OICP has a word for the set."""
    if times is None or always_open(times):
        return ()
    by_day = {day: _day(times, day) for day in range(1, 8)}
    entries: list[wire.OpeningTime] = []
    for days in ((1, 2, 3, 4, 5, 6, 7), (1, 2, 3, 4, 5), (6, 7), *((day,) for day in range(1, 8))):
        spans = by_day.get(days[0])
        if spans and all(by_day.get(day) == spans for day in days):
            entries.append(wire.OpeningTime(on=DAYS.write(*map(str, days)), period=tuple(map(_period, spans))))
            by_day = {day: rest for day, rest in by_day.items() if day not in days}
    return tuple(entries)


def _day(times: OpeningTimes, day: int) -> list[tuple[int, int]]:
    return sorted((span.begin, span.end) for span in times.regular if span.weekday == day)


def _period(span: tuple[int, int]) -> wire.Period:
    begin, end = (f"{minutes // 60:02}:{minutes % 60:02}" for minutes in span)
    return wire.Period(begin=begin, end=end)


# --- energy mix --------------------------------------------------------------------------------------------------


def read_energy_mix(record: wire.EvseFacts) -> EnergyMix | None:
    impact = record.environmental_impact
    if record.renewable_energy is None and not record.energy_source and impact is None:
        return None
    amounts = {
        ImpactCategory.CARBON_DIOXIDE: impact.co2_emission if impact else None,
        ImpactCategory.NUCLEAR_WASTE: impact.nuclear_waste if impact else None,
    }
    single = len(record.energy_source) == 1
    return EnergyMix(
        is_green_energy=record.renewable_energy,
        sources=tuple(_read_source(source, single) for source in record.energy_source),
        impacts={kind: amount for kind, amount in amounts.items() if amount is not None},
    )


def _read_source(source: wire.EnergySource, single: bool) -> EnergySource:
    """A single source without a share is all of it: two digits cannot say 100."""
    kind = ENERGY.read(source.energy)
    return EnergySource(
        source=kind,
        percentage=Decimal(100) if single and source.percentage is None else source.percentage,
        wire_name=source.energy if ENERGY.write(kind) != source.energy else None,
    )


def write_sources(mix: EnergyMix | None) -> tuple[wire.EnergySource, ...]:
    if mix is None:
        return ()
    shares = whole_shares([source.percentage for source in mix.sources])
    if shares == [Decimal(100)]:
        shares = [None]
    return tuple(
        wire.EnergySource(energy=_source_word(source), percentage=share)
        for source, share in zip(mix.sources, shares, strict=True)
    )


def _source_word(source: EnergySource) -> str | None:
    """The hub's finer word, where it is one of this hub's and still means the same."""
    finer = source.wire_name
    if finer is not None and ENERGY.knows(finer) and ENERGY.read(finer) in (source.source, None):
        return finer
    return ENERGY.write(source.source)


def whole_shares(shares: Sequence[Decimal | None]) -> list[Decimal | None]:
    """Whole numbers; shares that add up to 100 still do (largest remainder)."""
    given = [share for share in shares if share is not None]
    if total(given) != 100:
        return [None if share is None else rounded(share, WHOLE) for share in shares]
    floors = [None if share is None else rounded(share, WHOLE, ROUND_FLOOR) for share in shares]
    missing = 100 - int(sum(floor for floor in floors if floor is not None))
    rest = [(share or Decimal()) - (floor or Decimal()) for share, floor in zip(shares, floors, strict=True)]
    lifted = sorted(range(len(shares)), key=lambda index: -rest[index])[:missing]
    return [None if floor is None else floor + (index in lifted) for index, floor in enumerate(floors)]


def write_impact(mix: EnergyMix | None) -> wire.EnvironmentalImpact | None:
    if mix is None or not mix.impacts:
        return None
    return wire.EnvironmentalImpact(
        co2_emission=mix.impacts.get(ImpactCategory.CARBON_DIOXIDE),
        nuclear_waste=mix.impacts.get(ImpactCategory.NUCLEAR_WASTE),
    )
