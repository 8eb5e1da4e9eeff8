"""Charge points, and the lists of them."""

from decimal import Decimal
from typing import Annotated, ClassVar

from gateway.findings import Severity
from gateway.wire import Alias, Attribute, Inner
from gateway.wire.rules import at_most, between, longest, one_of, shortest
from gateway_ochp import repairs, rules
from gateway_ochp.wire.base import (
    MINUTES,
    Current,
    DateTime,
    EvseIdText,
    Latitude,
    Longitude,
    OchpModel,
    Pixels,
    Restriction,
    ResultResponse,
    StaticStatusText,
)
from gateway_ochp.wire.words import IMAGES, METHODS, PLACES, RESOURCES, ROLES_OF_POINTS, STANDARDS


class Image(OchpModel):
    uri: Annotated[str | None, rules.FILE_URI, rules.URI_LENGTH]
    thumb_uri: Annotated[str | None, rules.FILE_URI, rules.URI_LENGTH] = None
    image_class: Annotated[str | None, Alias("class"), one_of(*IMAGES)]
    type: Annotated[str | None, shortest(1), longest(4)]
    width: Pixels | None = None
    height: Pixels | None = None


class RelatedResource(OchpModel):
    uri: Annotated[str | None, rules.WEB_URI, rules.URI_LENGTH]
    resource_class: Annotated[str | None, Alias("class"), one_of(*RESOURCES)]


class Address(OchpModel):
    house_number: Annotated[str | None, rules.HOUSE_NUMBER] = None
    address: Annotated[str | None, shortest(2), longest(45)]
    city: Annotated[str | None, shortest(1), longest(45)]
    zip_code: Annotated[str | None, rules.ZIP_CODE]
    country: Annotated[str | None, rules.COUNTRY]


class GeoPoint(OchpModel):
    lat: Latitude | None
    lon: Longitude | None


class AdditionalGeoPoint(OchpModel):
    lat: Latitude | None
    lon: Longitude | None
    name: Annotated[str | None, Attribute(), longest(255)] = None
    type: Annotated[str | None, Attribute(), one_of(*ROLES_OF_POINTS)]


class RegularHours(OchpModel):
    judges = (rules.hours_go_forward,)

    weekday: Annotated[int | None, Attribute(), between(1, 7)]
    period_begin: Annotated[int | None, Attribute(), MINUTES, repairs.CLOCK_WIDTH]
    period_end: Annotated[int | None, Attribute(), MINUTES, repairs.CLOCK_WIDTH]


class ExceptionalPeriod(OchpModel):
    period_begin: DateTime | None
    period_end: DateTime | None


class Hours(OchpModel):
    judges = (rules.hours_have_one_form,)
    exactly_one = ("regular_hours", "twentyfourseven")

    regular_hours: Annotated[tuple[RegularHours, ...], at_most(7, Severity.WARNING)] = ()
    twentyfourseven: bool | None = None
    exceptional_openings: tuple[ExceptionalPeriod, ...] = ()
    exceptional_closings: tuple[ExceptionalPeriod, ...] = ()
    closed_charging: bool | None


class ScheduledStatus(OchpModel):
    start_date: DateTime | None
    end_date: DateTime | None = None
    status: StaticStatusText | None


class ParkingSpot(OchpModel):
    parking_id: Annotated[str | None, rules.PARKING_ID]
    restriction: tuple[Restriction, ...] = ()
    floor_level: Annotated[str | None, rules.FLOOR] = None
    parking_spot_number: Annotated[str | None, rules.SPOT_NUMBER] = None


class Connector(OchpModel):
    connector_standard: Annotated[str | None, Inner("ConnectorStandard"), one_of(*STANDARDS)]
    connector_format: Annotated[str | None, Inner("ConnectorFormat"), one_of("Socket", "Cable")]
    tariff_id: Annotated[str | None, rules.TARIFF_ID] = None


class Ratings(OchpModel):
    """Powers in kW, voltage in V."""

    maximum_power: Decimal | None
    guaranteed_power: Decimal | None = None
    nominal_voltage: Annotated[int | None, repairs.WHOLE, between(1, 1000)] = None


class ChargePointInfo(OchpModel):
    element: ClassVar[str] = "chargePointInfoArray"
    is_listed: ClassVar[bool] = True

    evse_id: EvseIdText | None
    location_id: Annotated[str | None, rules.LOCATION_ID]
    timestamp: DateTime | None = None
    location_name: Annotated[str | None, shortest(1), longest(100)]
    location_name_lang: Annotated[str | None, rules.LANGUAGE]
    images: tuple[Image, ...] = ()
    related_resource: tuple[RelatedResource, ...] = ()
    charge_point_address: Address | None
    charge_point_location: Annotated[GeoPoint | None, Alias(also=("geoLocation",))]
    related_location: tuple[AdditionalGeoPoint, ...] = ()
    time_zone: Annotated[str | None, longest(255)] = None
    opening_times: Annotated[Hours | None, Alias(also=("operatingTimes",))] = None
    status: StaticStatusText | None = None
    status_schedule: tuple[ScheduledStatus, ...] = ()
    telephone_number: Annotated[str | None, rules.TELEPHONE] = None
    location: Annotated[str | None, Inner("GeneralLocationType"), one_of(*PLACES)]
    parking_spot: tuple[ParkingSpot, ...] = ()
    restriction: tuple[Restriction, ...] = ()
    auth_methods: tuple[Annotated[str, Inner("AuthMethodType"), one_of(*METHODS)], ...]
    connectors: tuple[Connector, ...]
    charge_point_type: Current | None
    ratings: Ratings | None = None
    user_interface_lang: tuple[Annotated[str, rules.LANGUAGE], ...] = ()
    max_reservation: Annotated[int | None, repairs.CUT, between(1, 1000)] = None


class ChargePointListRequest(OchpModel):
    charge_point_info_array: tuple[ChargePointInfo, ...]


class ChargePointListResponse(ResultResponse):
    refused_charge_point_info: tuple[ChargePointInfo, ...] = ()


class SetChargePointListRequest(ChargePointListRequest):
    element: ClassVar[str] = "SetChargePointListRequest"


class SetChargePointListResponse(ChargePointListResponse):
    element: ClassVar[str] = "SetChargePointListResponse"


class UpdateChargePointListRequest(ChargePointListRequest):
    element: ClassVar[str] = "UpdateChargePointListRequest"


class UpdateChargePointListResponse(ChargePointListResponse):
    element: ClassVar[str] = "UpdateChargePointListResponse"


class GetChargePointListRequest(OchpModel):
    element: ClassVar[str] = "GetChargePointListRequest"


class GetChargePointListResponse(ResultResponse):
    element: ClassVar[str] = "GetChargePointListResponse"

    charge_point_info_array: tuple[ChargePointInfo, ...] = ()


class GetChargePointListUpdatesRequest(OchpModel):
    element: ClassVar[str] = "GetChargePointListUpdatesRequest"

    last_update: DateTime | None


class GetChargePointListUpdatesResponse(ResultResponse):
    element: ClassVar[str] = "GetChargePointListUpdatesResponse"

    charge_point_info_array: tuple[ChargePointInfo, ...] = ()
