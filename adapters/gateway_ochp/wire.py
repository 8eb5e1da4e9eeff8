"""The messages of OCHP 1.4 as declarations, in the order and with the names of its schema (`http://ochp.eu/1.4`).

Fields and facets are those of the published types; where document and schema differ, the schema's name is written and
the document's is read too (see errata).
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, ClassVar

from gateway.exact import rounded
from gateway.findings import Severity
from gateway.wire import Alias, Attribute, Inner, Private, Scalar, WireModel, spelled
from gateway.wire.declared import Nillable
from gateway.wire.rules import at_most, between, longest, one_of, shortest
from gateway.wire.scalars import DECIMAL, TIMESTAMP, ZULU, plain_decimal
from gateway_ochp import rules

NAMESPACE = "http://ochp.eu/1.4"
OK = "ok"
PARTLY = "partly"
NOT_AUTHORIZED = "not-authorized"
INVALID_ID = "invalid-id"
FORMAT = "format"
ROAMING = "roaming"
PLAIN = "plain"
"""How a token is represented when nothing is said (1.4; older releases took sha-160)."""
UNKNOWN_PLACE = "unknown"
UNDETERMINED = "UND"
"""ISO 639-3 for a language nobody named; the schema demands one."""

RESULT_CODES = (OK, PARTLY, NOT_AUTHORIZED, INVALID_ID, "server", FORMAT, ROAMING)
CURRENTS = ("AC", "DC")
STATIC = ("Unknown", "Operative", "Inoperative", "Planned", "Closed")
STANDARDS = (
    "Chademo", "IEC_62196_T1", "IEC_62196_T1_COMBO", "IEC_62196_T2", "IEC_62196_T2_COMBO", "IEC_62196_T3A",
    "IEC_62196_T3C", "DOMESTIC_A", "DOMESTIC_B", "DOMESTIC_C", "DOMESTIC_D", "DOMESTIC_E", "DOMESTIC_F", "DOMESTIC_G",
    "DOMESTIC_H", "DOMESTIC_I", "DOMESTIC_J", "DOMESTIC_K", "DOMESTIC_L", "TESLA_R", "TESLA_S",
    "IEC_60309_2_single_16", "IEC_60309_2_three_16", "IEC_60309_2_three_32", "IEC_60309_2_three_64",
)  # fmt: skip
IMAGES = (
    "networkLogo", "operatorLogo", "ownerLogo", "stationPhoto", "locationPhoto", "entrancePhoto", "otherPhoto",
    "otherLogo", "otherGraphic",
)  # fmt: skip
RESOURCES = ("operatorMap", "operatorPayment", "stationInfo", "surroundingInfo", "ownerHomepage", "feedbackForm")
PLACES = ("on-street", "parking-garage", "underground-garage", "parking-lot", "other", UNKNOWN_PLACE, "private")
RESTRICTIONS = ("evonly", "plugged", "disabled", "customers", "motorcycles", "carsharing")
METHODS = (
    "Public", "LocalKey", "DirectCash", "DirectCreditcard", "DirectDebitcard", "RfidMifareCls", "RfidMifareDes",
    "RfidCalypso", "Iec15118", "OchpDirectAuth", "OperatorAuth",
)  # fmt: skip
ITEMS = ("parkingtime", "usagetime", "energy", "power", "serviceFee", "reservation", "reservationtime")
CDR_STATES = ("new", "accepted", "rejected", "declined", "approved", "revised")
MAJORS = ("available", "not-available", "unknown")
MINORS = ("available", "reserved", "charging", "blocked", "outoforder")


# --- single values -----------------------------------------------------------------------------------------------

_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::[0-5]\d)?")
_DURATION = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)")


@lru_cache(maxsize=2048)
def _minutes(text: str) -> int:
    match = _CLOCK.fullmatch(text)
    minute = int(match[1]) * 60 + int(match[2]) if match else -1
    if not 0 <= minute <= 1440:
        raise ValueError("no time of day")
    return minute


def _duration(text: str) -> timedelta:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError("no duration HHH:MM:SS")
    return timedelta(hours=int(match[1]), minutes=int(match[2]), seconds=int(match[3]))


def _duration_text(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    return f"{seconds // 3600:03}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _degrees(value: Decimal) -> str:
    return plain_decimal(rounded(value, Decimal("0.000001")))


@lru_cache(maxsize=2048)
def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


DEGREES = Scalar("degrees", DECIMAL.read, _degrees)
MINUTES = Scalar("minutes", _minutes, _clock)
"""A time of day in minutes; 1440 is written 24:00."""
DURATION = Scalar("duration", _duration, _duration_text)

DateTime = Annotated[datetime, ZULU, Inner("DateTime"), rules.UTC_WIDTH]
LocalDateTime = Annotated[datetime, TIMESTAMP, Inner("LocalDateTime"), rules.LOCAL_WIDTH]
EvseIdText = Annotated[str, rules.EVSE_ID]
ContractIdText = Annotated[str, rules.CONTRACT_ID, Private()]
CdrIdText = Annotated[str, rules.CDR_ID]
Restriction = Annotated[str, Inner("RestrictionType"), one_of(*RESTRICTIONS)]
StaticStatusText = Annotated[str, Inner("ChargePointStatusType"), one_of(*STATIC)]
CdrStatusText = Annotated[str, Inner("CdrStatusType"), one_of(*CDR_STATES, severity=Severity.ERROR)]
Current = Annotated[str, one_of(*CURRENTS)]
Latitude = Annotated[Decimal, Attribute(), DEGREES, between(-90, 90), rules.SIX_DECIMALS]
Longitude = Annotated[Decimal, Attribute(), DEGREES, between(-180, 180), rules.SIX_DECIMALS]
Pixels = Annotated[int, between(1, 99999)]


class OchpModel(WireModel):
    naming: ClassVar[Callable[[str], str]] = staticmethod(spelled({}, first=str.lower))
    namespace: ClassVar[str] = NAMESPACE


class Result(OchpModel):
    element: ClassVar[str] = "result"

    result_code: Annotated[str | None, Inner("resultCode"), one_of(*RESULT_CODES)]
    result_description: Annotated[str | None, Nillable(), longest(1000)]


class ResultResponse(OchpModel):
    """What every response but GetStatus begins with."""

    result: Result | None


# --- tokens ------------------------------------------------------------------------------------------------------


class EmtId(OchpModel):
    instance: Annotated[str | None, longest(512), Private()]
    token_type: Annotated[str | None, Alias(also=("type",)), one_of("rfid", "remote", "15118")]
    token_sub_type: Annotated[str | None, Alias(also=("subType",)), one_of("mifareCls", "mifareDes", "calypso")] = None
    representation: Annotated[str | None, Attribute(), one_of(PLAIN, "sha-160", "sha-256")] = None


class RoamingAuthorisationInfo(OchpModel):
    element: ClassVar[str] = "roamingAuthorisationInfoArray"

    emt_id: Annotated[EmtId | None, Alias("EmtId")]
    contract_id: ContractIdText | None
    printed_number: Annotated[str | None, longest(150), Private()] = None
    expiry_date: DateTime | None


# --- charge points -----------------------------------------------------------------------------------------------


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
    city: Annotated[str | None, longest(45)]
    zip_code: Annotated[str | None, rules.ZIP_CODE]
    country: Annotated[str | None, rules.COUNTRY]


class GeoPoint(OchpModel):
    lat: Latitude | None
    lon: Longitude | None


class AdditionalGeoPoint(OchpModel):
    lat: Latitude | None
    lon: Longitude | None
    name: Annotated[str | None, Attribute(), longest(255)] = None
    type: Annotated[str | None, Attribute(), one_of("entrance", "exit", "access", "ui", "other")]


class RegularHours(OchpModel):
    judges = (rules.hours_go_forward,)

    weekday: Annotated[int | None, Attribute(), between(1, 7)]
    period_begin: Annotated[int | None, Attribute(), MINUTES]
    period_end: Annotated[int | None, Attribute(), MINUTES]


class ExceptionalPeriod(OchpModel):
    period_begin: DateTime | None
    period_end: DateTime | None


class Hours(OchpModel):
    judges = (rules.hours_have_one_form,)

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
    nominal_voltage: Annotated[int | None, between(1, 1000)] = None


class ChargePointInfo(OchpModel):
    element: ClassVar[str] = "chargePointInfoArray"

    evse_id: EvseIdText | None
    location_id: Annotated[str | None, rules.LOCATION_ID]
    timestamp: DateTime | None = None
    location_name: Annotated[str | None, longest(100)]
    location_name_lang: Annotated[str | None, rules.LANGUAGE]
    images: tuple[Image, ...] = ()
    related_resource: tuple[RelatedResource, ...] = ()
    charge_point_address: Address | None
    charge_point_location: GeoPoint | None
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
    max_reservation: Annotated[int | None, between(1, 1000)] = None


# --- CDRs --------------------------------------------------------------------------------------------------------


class CdrPeriod(OchpModel):
    """One billed item; values in h, kWh, kW or pieces by the item. Costs are net."""

    start_date_time: LocalDateTime | None
    end_date_time: LocalDateTime | None
    billing_item: Annotated[str | None, Inner("BillingItemType"), one_of(*ITEMS, severity=Severity.ERROR)]
    billing_value: Annotated[Decimal, rules.NOT_NEGATIVE] | None
    item_price: Annotated[Decimal, rules.NOT_NEGATIVE] | None
    period_cost: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    taxrate: int | None = None


class CdrInfo(OchpModel):
    element: ClassVar[str] = "cdrInfoArray"
    judges = (rules.cdr_is_plausible,)

    cdr_id: Annotated[CdrIdText | None, Alias("CdrId")]
    evse_id: EvseIdText | None
    emt_id: EmtId | None
    contract_id: ContractIdText | None
    status: CdrStatusText | None
    start_date_time: LocalDateTime | None
    end_date_time: LocalDateTime | None
    duration: Annotated[timedelta | None, DURATION] = None
    charge_point_address: Address | None
    charge_point_type: Current | None
    connector_type: Connector | None
    ratings: Ratings | None = None
    meter_id: Annotated[str | None, longest(20)] = None
    charging_periods: tuple[CdrPeriod, ...]
    total_cost: Annotated[Decimal, rules.NOT_NEGATIVE] | None = None
    currency: str | None


class CdrName(OchpModel):
    """A CDR is named by its id and its EVSE: ids of partners up to 1.3 are unique only together."""

    cdr_id: CdrIdText | None
    evse_id: EvseIdText | None


# --- live status -------------------------------------------------------------------------------------------------

Deadline = Annotated[datetime, Attribute(), ZULU]


class EvseStatus(OchpModel):
    element: ClassVar[str] = "evse"
    judges = (rules.status_pair_is_known,)

    evse_id: EvseIdText | None
    major: Annotated[str | None, Attribute(), one_of(*MAJORS, severity=Severity.ERROR)]
    minor: Annotated[str | None, Attribute(), one_of(*MINORS)] = None
    ttl: Deadline | None = None


class ParkingStatus(OchpModel):
    parking_id: Annotated[str | None, rules.PARKING_ID]
    status: Annotated[str | None, Attribute(), one_of(*MAJORS, severity=Severity.ERROR)]
    ttl: Deadline | None = None


# --- messages: token lists ---------------------------------------------------------------------------------------


class TokenListRequest(OchpModel):
    roaming_authorisation_info_array: tuple[RoamingAuthorisationInfo, ...]


class TokenListResponse(ResultResponse):
    refused_roaming_authorisation_info: tuple[RoamingAuthorisationInfo, ...] = ()


class SetRoamingAuthorisationListRequest(TokenListRequest):
    element: ClassVar[str] = "SetRoamingAuthorisationListRequest"


class SetRoamingAuthorisationListResponse(TokenListResponse):
    element: ClassVar[str] = "SetRoamingAuthorisationListResponse"


class UpdateRoamingAuthorisationListRequest(TokenListRequest):
    element: ClassVar[str] = "UpdateRoamingAuthorisationListRequest"


class UpdateRoamingAuthorisationListResponse(TokenListResponse):
    element: ClassVar[str] = "UpdateRoamingAuthorisationListResponse"


class GetRoamingAuthorisationListRequest(OchpModel):
    element: ClassVar[str] = "GetRoamingAuthorisationListRequest"


class GetRoamingAuthorisationListResponse(ResultResponse):
    element: ClassVar[str] = "GetRoamingAuthorisationListResponse"

    roaming_authorisation_info_array: Annotated[
        tuple[RoamingAuthorisationInfo, ...], Alias(also=("roamingAuthorisationInfo",))
    ] = ()


class GetRoamingAuthorisationListUpdatesRequest(OchpModel):
    element: ClassVar[str] = "GetRoamingAuthorisationListUpdatesRequest"

    last_update: DateTime | None


class GetRoamingAuthorisationListUpdatesResponse(ResultResponse):
    element: ClassVar[str] = "GetRoamingAuthorisationListUpdatesResponse"

    roaming_authorisation_info: Annotated[
        tuple[RoamingAuthorisationInfo, ...], Alias(also=("roamingAuthorisationInfoArray",))
    ] = ()


class GetSingleRoamingAuthorisationRequest(OchpModel):
    element: ClassVar[str] = "GetSingleRoamingAuthorisationRequest"

    emt_id: EmtId | None


class GetSingleRoamingAuthorisationResponse(ResultResponse):
    element: ClassVar[str] = "GetSingleRoamingAuthorisationResponse"

    roaming_authorisation_info: RoamingAuthorisationInfo | None = None


# --- messages: charge points -------------------------------------------------------------------------------------


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


# --- messages: live status ---------------------------------------------------------------------------------------


class UpdateStatusRequest(OchpModel):
    element: ClassVar[str] = "UpdateStatusRequest"

    evse: tuple[EvseStatus, ...] = ()
    parking: tuple[ParkingStatus, ...] = ()
    ttl: DateTime | None = None


class UpdateStatusResponse(ResultResponse):
    element: ClassVar[str] = "UpdateStatusResponse"


class GetStatusRequest(OchpModel):
    element: ClassVar[str] = "GetStatusRequest"

    start_date_time: DateTime | None = None
    status_type: Annotated[str | None, one_of("evse", "parking", "combined")] = None


class GetStatusResponse(OchpModel):
    """Has no result; one of the three kinds, or nothing at all when nothing is new."""

    element: ClassVar[str] = "GetStatusResponse"
    judges = (rules.status_answer_has_one_kind,)

    combined: tuple[EvseStatus, ...] = ()
    evse: tuple[EvseStatus, ...] = ()
    parking: tuple[ParkingStatus, ...] = ()


# --- messages: CDRs ----------------------------------------------------------------------------------------------


class AddCdrsRequest(OchpModel):
    element: ClassVar[str] = "AddCDRsRequest"
    judges = (rules.sender_may_set,)

    cdr_info_array: tuple[CdrInfo, ...]


class AddCdrsResponse(ResultResponse):
    element: ClassVar[str] = "AddCDRsResponse"

    implausible_cdrs_array: tuple[CdrIdText, ...] = ()


class CheckCdrsRequest(OchpModel):
    element: ClassVar[str] = "CheckCDRsRequest"

    cdr_status: CdrStatusText | None = None


class CdrListResponse(ResultResponse):
    cdr_info_array: tuple[CdrInfo, ...] = ()


class CheckCdrsResponse(CdrListResponse):
    element: ClassVar[str] = "CheckCDRsResponse"


class GetCdrsRequest(OchpModel):
    element: ClassVar[str] = "GetCDRsRequest"

    cdr_status: CdrStatusText | None = None


class GetCdrsResponse(CdrListResponse):
    element: ClassVar[str] = "GetCDRsResponse"


class ConfirmCdrsRequest(OchpModel):
    element: ClassVar[str] = "ConfirmCDRsRequest"

    approved: tuple[CdrName, ...] = ()
    declined: tuple[CdrName, ...] = ()


class ConfirmCdrsResponse(ResultResponse):
    element: ClassVar[str] = "ConfirmCDRsResponse"
