"""Places: Location → Evse → Connector (OCPI 2.2.1 section 8), with what the hubs know beyond it.

Units: kW, V, A, kWh, minutes of the day for opening hours (end exclusive, 1440 is midnight).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from gateway.model.common import BusinessDetails, Extensible, Image, LocalText
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import (
    Access,
    AuthenticationMethod,
    CalibrationLaw,
    Capability,
    ChargingMode,
    ConnectorFormat,
    ConnectorType,
    DynamicInfo,
    EnergySourceCategory,
    EvseStatus,
    Facility,
    GeoClass,
    ImpactCategory,
    ParkingRestriction,
    ParkingType,
    PaymentOption,
    PowerType,
    RelatedResourceClass,
    StaticStatus,
    ValueAddedService,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinates:
    """WGS 84, decimal degrees."""

    latitude: Decimal
    longitude: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedPlace:
    """A point near the charger: entrance, exit, user interface."""

    coordinates: Coordinates | None = None
    kind: GeoClass | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """`street` may contain the house number; `house_number` only where a partner gave it apart. Country is alpha-3."""

    street: str | None = None
    house_number: str | None = None
    city: str | None = None
    postal_code: str | None = None
    state: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegularHours:
    """One opening span of one weekday (1 = Monday), local time in minutes of the day, end exclusive."""

    weekday: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionalPeriod:
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningTimes:
    """OCPI Hours. All empty and `twentyfourseven` None is "unknown", which is not "always open"."""

    twentyfourseven: bool | None = None
    regular: tuple[RegularHours, ...] = ()
    exceptional_openings: tuple[ExceptionalPeriod, ...] = ()
    exceptional_closings: tuple[ExceptionalPeriod, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergySource:
    source: EnergySourceCategory | None = None
    percentage: Decimal | None = None
    wire_name: str | None = None
    """A hub's finer word (`Biomass`) where the OCPI category is coarser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyMix:
    """OCPI EnergyMix; impacts in g/kWh."""

    is_green_energy: bool | None = None
    sources: tuple[EnergySource, ...] = ()
    impacts: Mapping[ImpactCategory, Decimal] = field(default_factory=dict)
    supplier_name: str | None = None
    product_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One plug or socket. `assumed` names the fields that were derived, not told."""

    id: str | None = None
    standard: ConnectorType | None = None
    format: ConnectorFormat | None = None
    power_type: PowerType | None = None
    max_voltage_v: Decimal | None = None
    max_amperage_a: Decimal | None = None
    max_power_kw: Decimal | None = None
    tariff_ids: tuple[str, ...] = ()
    terms_and_conditions: str | None = None
    wire_standard: str | None = None
    """The plug's name at the hub it came from, where OCPI has none."""
    assumed: frozenset[str] = frozenset()
    capabilities: tuple[str, ...] = ()
    last_updated: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPeriod:
    """A planned status (OCPI StatusSchedule, OCHP statusSchedule)."""

    begin: datetime | None = None
    end: datetime | None = None
    status: EvseStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkingSpot:
    id: str | None = None
    number: str | None = None
    floor: str | None = None
    facility: bool | None = None
    restrictions: tuple[ParkingRestriction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedResource:
    url: str
    kind: RelatedResourceClass | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evse(Extensible):
    """One charging point that serves one vehicle at a time. Live status is a message of its own (EvseStatusReport)."""

    uid: str | None = None
    evse_id: EvseId | None = None
    status: EvseStatus | None = None
    static_status: StaticStatus | None = None
    status_schedule: tuple[StatusPeriod, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    connectors: tuple[Connector, ...] = ()
    floor_level: str | None = None
    coordinates: Coordinates | None = None
    physical_reference: str | None = None
    parking_restrictions: tuple[ParkingRestriction, ...] = ()
    parking_spots: tuple[ParkingSpot, ...] = ()
    images: tuple[Image, ...] = ()
    directions: tuple[LocalText, ...] = ()
    last_updated: datetime | None = None
    station_id: str | None = None
    station_names: tuple[LocalText, ...] = ()
    information: tuple[LocalText, ...] = ()
    manufacturer: str | None = None
    access: Access | None = None
    authentication_methods: tuple[AuthenticationMethod, ...] = ()
    payment_options: tuple[PaymentOption, ...] = ()
    value_added_services: tuple[ValueAddedService, ...] = ()
    calibration_law: CalibrationLaw | None = None
    hub_compatible: bool | None = None
    dynamic_info: DynamicInfo | None = None
    max_reservation_minutes: int | None = None
    battery_capacity_kwh: Decimal | None = None
    dynamic_power: bool | None = None
    max_power_kw: Decimal | None = None
    guaranteed_power_kw: Decimal | None = None
    nominal_voltage_v: Decimal | None = None
    charging_modes: tuple[ChargingMode, ...] = ()
    user_interface_languages: tuple[str, ...] = ()
    related_resources: tuple[RelatedResource, ...] = ()
    hub_operator: PartyId | None = None
    clearing_house_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoamingReach:
    """An eMSP that can use this place, and by which way (S4.3)."""

    emsp: PartyId
    name: str | None = None
    via: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Location(Extensible):
    """A group of EVSEs at one address. Its operator is fixed at creation (S0.4)."""

    id: str | None = None
    operator: PartyId | None = None
    publish: bool | None = None
    publish_allowed_to: tuple[str, ...] = ()
    names: tuple[LocalText, ...] = ()
    address: Address | None = None
    coordinates: Coordinates | None = None
    related_places: tuple[RelatedPlace, ...] = ()
    parking_type: ParkingType | None = None
    operator_details: BusinessDetails | None = None
    suboperator: BusinessDetails | None = None
    owner: BusinessDetails | None = None
    facilities: tuple[Facility, ...] = ()
    time_zone: str | None = None
    utc_offset: str | None = None
    """Standard-time offset, `+01:00`; OICP knows no zone names."""
    opening_times: OpeningTimes | None = None
    charging_when_closed: bool | None = None
    images: tuple[Image, ...] = ()
    energy_mix: EnergyMix | None = None
    directions: tuple[LocalText, ...] = ()
    hotline: str | None = None
    roaming: tuple[RoamingReach, ...] = ()
    external_ids: Mapping[str, str] = field(default_factory=dict)
    """Ids at other networks, by a name such as `oicp.pool` or `ochp.location`."""
    last_updated: datetime | None = None
    evses: tuple[Evse, ...] = ()
