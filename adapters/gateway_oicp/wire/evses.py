"""EVSE records and their statuses, as they are pushed."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from gateway.findings import Severity
from gateway.wire import Alias
from gateway.wire.declared import MayBeEmpty
from gateway.wire.rules import between, longest, matching, one_of
from gateway_oicp import rules
from gateway_oicp.wire.base import (
    Accessibility,
    ActionType,
    AuthenticationMode,
    CalibrationLaw,
    Clock,
    EvseId,
    EvseStatusWord,
    OicpModel,
    OperatorId,
    Plug,
)


class InfoText(OicpModel):
    lang: Annotated[str, Alias("lang"), rules.LANGUAGE] | None
    value: Annotated[str, Alias("value"), longest(150)] | None


class Address(OicpModel):
    judges = (rules.house_and_post_code,)

    country: Annotated[str, rules.COUNTRY] | None
    city: Annotated[str, longest(50)] | None
    street: Annotated[str, longest(100), matching(r".{2,}", "street of at least 2 characters")] | None
    postal_code: Annotated[str, longest(10)] | None = None
    house_num: Annotated[str, longest(10)] | None = None
    floor: Annotated[str, longest(5)] | None = None
    region: Annotated[str, longest(50)] | None = None
    parking_facility: bool | None = None
    parking_spot: Annotated[str, longest(5)] | None = None
    time_zone: Annotated[str, rules.TIME_ZONE] | None = None


class Google(OicpModel):
    coordinates: Annotated[str, rules.GOOGLE] | None


class DecimalDegree(OicpModel):
    longitude: Annotated[str, rules.DEGREES] | None
    latitude: Annotated[str, rules.DEGREES] | None


class DegreeMinuteSeconds(OicpModel):
    longitude: Annotated[str, rules.SEXAGESIMAL] | None
    latitude: Annotated[str, rules.SEXAGESIMAL] | None


class GeoCoordinates(OicpModel):
    """Exactly one member is set; DecimalDegree is what we write."""

    judges = (rules.one_notation,)

    google: Google | None = None
    decimal_degree: DecimalDegree | None = None
    degree_minute_seconds: DegreeMinuteSeconds | None = None


class ChargingFacility(OicpModel):
    power_type: Annotated[str, one_of("AC_1_PHASE", "AC_3_PHASE", "DC")] | None
    voltage: Annotated[Decimal, between(0, 999, Severity.WARNING)] | None = None
    amperage: Annotated[Decimal, between(0, 99, Severity.WARNING)] | None = None
    power: Annotated[Decimal, between(0, 999, Severity.WARNING)] | None
    charging_modes: tuple[Annotated[str, one_of("Mode_1", "Mode_2", "Mode_3", "Mode_4", "CHAdeMO")], ...] = ()


class EnergySource(OicpModel):
    energy: (
        Annotated[
            str,
            one_of(
                "Solar", "Wind", "HydroPower", "GeothermalEnergy", "Biomass", "Coal", "NuclearEnergy", "Petroleum",
                "NaturalGas",
            ),
        ]
        | None
    ) = None  # fmt: skip
    percentage: Annotated[Decimal, between(0, 100)] | None = None


class EnvironmentalImpact(OicpModel):
    co2_emission: Annotated[Decimal, Alias("CO2Emission"), between(0, 99999)] | None = None
    nuclear_waste: Annotated[Decimal, between(0, 99999)] | None = None


class Period(OicpModel):
    begin: Annotated[Clock, Alias("begin")] | None
    end: Annotated[Clock, Alias("end")] | None


class OpeningTime(OicpModel):
    period: Annotated[tuple[Period, ...], Alias(also=("Periods",))]
    on: (
        Annotated[
            str,
            Alias("on", also=("On",)),
            one_of(
                "Everyday", "Workdays", "Weekend", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
                "Sunday",
            ),
        ]
        | None
    )  # fmt: skip


class EvsePlace(OicpModel):
    """Where an EVSE is, and for whom."""

    evse_id: EvseId | None
    charging_pool_id: Annotated[str, rules.POOL] | None = None
    charging_station_id: Annotated[str, Alias(also=("ChargingStationId",)), longest(50)] | None = None
    charging_station_names: tuple[InfoText, ...]
    charging_station_image: Annotated[str, longest(200)] | None = None
    sub_operator_name: Annotated[str, longest(100)] | None = None
    address: Address | None
    geo_coordinates: GeoCoordinates | None
    geo_charging_point_entrance: GeoCoordinates | None = None
    charging_station_location_reference: tuple[InfoText, ...] = ()
    additional_info: tuple[InfoText, ...] = ()
    accessibility: Accessibility | None
    accessibility_location: (
        Annotated[str, one_of("OnStreet", "ParkingLot", "ParkingGarage", "UndergroundParkingGarage")] | None
    ) = None
    hotline_phone_number: Annotated[str, rules.PHONE] | None
    is_open_24_hours: bool | None
    opening_times: tuple[OpeningTime, ...] = ()
    renewable_energy: bool | None
    energy_source: tuple[EnergySource, ...] = ()
    environmental_impact: EnvironmentalImpact | None = None


class EvseEquipment(OicpModel):
    """What an EVSE can do, and how the hub is to treat it."""

    hardware_manufacturer: Annotated[str, longest(50)] | None = None
    plugs: tuple[Plug, ...]
    charging_facilities: tuple[ChargingFacility, ...]
    dynamic_power_level: bool | None = None
    max_capacity: Annotated[Decimal, rules.WHOLE] | None = None
    calibration_law_data_availability: CalibrationLaw | None
    national_calibration_law_conformity: bool | None = None
    authentication_modes: tuple[AuthenticationMode, ...]
    payment_options: tuple[Annotated[str, one_of("No Payment", "Direct", "Contract")], ...]
    value_added_services: tuple[
        Annotated[
            str,
            one_of(
                "Reservation", "DynamicPricing", "ParkingSensors", "MaximumPowerCharging",
                "PredictiveChargePointUsage", "ChargingPlans", "RoofProvided", "None",
            ),
        ],
        ...,
    ]  # fmt: skip
    hub_operator_id: OperatorId | None = None
    clearinghouse_id: Annotated[str, longest(20)] | None = None
    is_hubject_compatible: bool | None
    dynamic_info_available: Annotated[str, one_of("true", "false", "auto")] | None


class EvseFacts(EvseEquipment, EvsePlace):
    """What a pushed and a pulled EVSE record have in common."""

    FREE: ClassVar[str] = "No Payment"
    NO_SERVICE: ClassVar[str] = "None"
    NO_CALIBRATION_DATA: ClassVar[str] = "Not Available"
    judges = (rules.stands_alone, rules.hours_where_not_always_open, rules.conformity_and_data)


class EvseDataRecord(EvseFacts):
    """As we push it. Delta type and time of change are the hub's to give."""

    unexpected: ClassVar[Mapping[str, Severity]] = {
        "deltaType": Severity.WARNING,
        "lastUpdate": Severity.WARNING,
    }


class PullEvseDataRecord(EvseFacts):
    delta_type: Annotated[str, Alias("deltaType"), one_of("insert", "update", "delete")] | None = None
    last_update: Annotated[datetime, Alias("lastUpdate")] | None = None
    operator_id: Annotated[OperatorId, Alias(also=("OperatorId",), severity=Severity.ERROR)] | None
    operator_name: Annotated[str, longest(100)] | None


class OperatorEvseData(OicpModel):
    judges = (rules.each_evse_once,)

    operator_id: OperatorId | None
    operator_name: Annotated[str, longest(100)] | None
    evse_data_record: Annotated[tuple[EvseDataRecord, ...], MayBeEmpty()]


class PushEvseData(OicpModel):
    action_type: ActionType | None
    operator_evse_data: OperatorEvseData | None


class EvseStatusRecord(OicpModel):
    evse_id: EvseId | None
    evse_status: EvseStatusWord | None


class OperatorEvseStatus(OicpModel):
    judges = (rules.each_evse_once,)

    operator_id: OperatorId | None
    operator_name: Annotated[str, longest(100)] | None = None
    evse_status_record: Annotated[tuple[EvseStatusRecord, ...], MayBeEmpty()]


class PushEvseStatus(OicpModel):
    action_type: ActionType | None
    operator_evse_status: OperatorEvseStatus | None
