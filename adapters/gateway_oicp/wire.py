"""OICP 2.3 on the wire, as declarations. Names are the specification's in snake case; energy in kWh, power in kW.

Wherever the documents contradict each other, `errata.py` says what we write and what we read.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from gateway.findings import Severity
from gateway.wire import Alias, Private, WireModel, spelled
from gateway.wire.declared import MayBeEmpty
from gateway.wire.rules import at_most, between, longest, matching, one_of
from gateway_oicp import rules

_WORDS = {"id": "ID", "cpo": "CPO", "emp": "EMP", "rfid": "RFID", "uid": "UID", "qr": "QR", "pin": "PIN"}

EvseId = Annotated[str, rules.EVSE]
OperatorId = Annotated[str, rules.OPERATOR]
ProviderId = Annotated[str, rules.PROVIDER]
EvcoId = Annotated[str, rules.EVCO, Private()]
SessionId = Annotated[str, rules.SESSION]
PartnerSessionId = Annotated[str, longest(250)]
ProductId = Annotated[str, longest(50, Severity.WARNING)]
Uid = Annotated[str, rules.CARD_LENGTH, rules.CARD_CASE, Private()]
Energy = Annotated[Decimal, rules.THREE_DECIMALS, rules.NOT_NEGATIVE]
Clock = Annotated[str, rules.CLOCK]
ActionType = Annotated[str, one_of("fullLoad", "update", "insert", "delete", severity=Severity.ERROR)]
Accessibility = Annotated[
    str, one_of("Free publicly accessible", "Restricted access", "Paying publicly accessible", "Test Station")
]
AuthenticationMode = Annotated[
    str,
    one_of(
        "NFC RFID Classic", "NFC RFID DESFire", "PnC", "REMOTE", "Direct Payment", "No Authentication Required"
    ),
]  # fmt: skip
CalibrationLaw = Annotated[str, one_of("Local", "External", "Not Available")]
EvseStatusWord = Annotated[
    str, one_of("Available", "Reserved", "Occupied", "OutOfService", "EvseNotFound", "Unknown")
]  # fmt: skip
Plug = Annotated[
    str,
    one_of(
        "Small Paddle Inductive", "Large Paddle Inductive", "AVCON Connector", "Tesla Connector", "NEMA 5-20",
        "Type E French Standard", "Type F Schuko", "Type G British Standard", "Type J Swiss Standard",
        "Type 1 Connector (Cable Attached)", "Type 2 Outlet", "Type 2 Connector (Cable Attached)", "Type 3 Outlet",
        "IEC 60309 Single Phase", "IEC 60309 Three Phase", "CCS Combo 2 Plug (Cable Attached)",
        "CCS Combo 1 Plug (Cable Attached)", "CHAdeMO",
    ),
]  # fmt: skip


class OicpModel(WireModel):
    naming = spelled(_WORDS)


# --- answers -----------------------------------------------------------------------------------------------------


class StatusCode(OicpModel):
    code: Annotated[str, matching(r"[0-9]{3}", "code of three digits")] | None
    description: Annotated[str, longest(200)] | None = None
    additional_info: Annotated[str, longest(1000)] | None = None


class Acknowledgement(OicpModel):
    """The answer to everything but authorisations and pulls. Error bodies of the hub lack `result`."""

    result: bool | None
    status_code: StatusCode | None
    session_id: SessionId | None = None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: PartnerSessionId | None = None


class ValidationError(OicpModel):
    field_reference: Annotated[str, Alias("fieldReference")] | None
    error_message: Annotated[str, Alias("errorMessage")] | None


class FaultBody(OicpModel):
    """What the hub answers with HTTP 400 to a message that breaks its schema."""

    extended_info: Annotated[str, Alias("extendedInfo")] | None = None
    message: Annotated[str, Alias("message")] | None
    validation_errors: Annotated[tuple[ValidationError, ...], Alias("validationErrors")] = ()


# --- identification ----------------------------------------------------------------------------------------------


class RfidMifareFamilyIdentification(OicpModel):
    uid: Uid | None


class RfidIdentification(OicpModel):
    uid: Uid | None
    evco_id: EvcoId | None = None
    rfid: Annotated[str, one_of("mifareCls", "mifareDes", "calypso", "nfc", "mifareFamily")] | None
    printed_number: Annotated[str, longest(150), Private()] | None = None
    expiry_date: datetime | None = None


class LegacyHashData(OicpModel):
    function: Annotated[str, one_of("MD5", "SHA-1")] | None
    salt: Annotated[str, longest(100), Private()] | None = None
    value: Annotated[str, longest(20), Private()] | None = None


class HashedPin(OicpModel):
    value: Annotated[str, rules.PIN_HASH, Private()] | None
    function: Annotated[str, one_of("Bcrypt")] | None
    legacy_hash_data: LegacyHashData | None = None


class QrCodeIdentification(OicpModel):
    evco_id: EvcoId | None
    hashed_pin: HashedPin | None = None
    pin: Annotated[str, longest(20), Private()] | None = None


class PlugAndChargeIdentification(OicpModel):
    evco_id: EvcoId | None


class RemoteIdentification(OicpModel):
    evco_id: EvcoId | None


class Identification(OicpModel):
    """Exactly one member is set."""

    judges = (rules.one_identification,)

    rfid_mifare_family_identification: RfidMifareFamilyIdentification | None = None
    rfid_identification: RfidIdentification | None = None
    qr_code_identification: QrCodeIdentification | None = None
    plug_and_charge_identification: PlugAndChargeIdentification | None = None
    remote_identification: RemoteIdentification | None = None


class StopIdentification(Identification):
    judges = (rules.one_stop_identification,)


# --- authorisation -----------------------------------------------------------------------------------------------


class AuthorizeStart(OicpModel):
    judges = (rules.card_by_its_family,)

    session_id: SessionId | None = None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: PartnerSessionId | None = None
    operator_id: OperatorId | None
    evse_id: EvseId | None = None
    identification: Identification | None
    partner_product_id: ProductId | None = None


class _AuthorizationAnswer(OicpModel):
    AUTHORIZED: ClassVar[str] = "Authorized"
    NOT_AUTHORIZED: ClassVar[str] = "NotAuthorized"
    judges = (rules.positive_names_provider,)
    unexpected: ClassVar[Mapping[str, Severity]] = {"Result": Severity.ERROR}

    session_id: SessionId | None = None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: PartnerSessionId | None = None
    provider_id: ProviderId | None = None
    authorization_status: Annotated[str, one_of("Authorized", "NotAuthorized", severity=Severity.ERROR)] | None
    status_code: StatusCode | None


class AuthorizationStart(_AuthorizationAnswer):
    authorization_stop_identifications: tuple[StopIdentification, ...] = ()


class AuthorizeStop(OicpModel):
    judges = (rules.card_by_its_family,)
    unexpected: ClassVar[Mapping[str, Severity]] = {"PartnerProductID": Severity.WARNING}

    session_id: SessionId | None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: PartnerSessionId | None = None
    operator_id: OperatorId | None
    evse_id: EvseId | None = None
    identification: Identification | None


class AuthorizationStop(_AuthorizationAnswer):
    pass


class AuthorizeRemoteStart(OicpModel):
    """`session_id` is mandatory towards the CPO and left empty by the EMP."""

    judges = (rules.remote_identification,)

    session_id: SessionId | None = None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: PartnerSessionId | None = None
    provider_id: ProviderId | None
    evse_id: EvseId | None
    identification: Identification | None
    partner_product_id: ProductId | None = None


class AuthorizeRemoteStop(OicpModel):
    session_id: SessionId | None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: PartnerSessionId | None = None
    provider_id: ProviderId | None
    evse_id: EvseId | None


# --- charge detail records ---------------------------------------------------------------------------------------


class MeterValueInBetween(OicpModel):
    meter_values: Annotated[tuple[Energy, ...], Alias("meterValues")] = ()


class SignedMeteringValue(OicpModel):
    END: ClassVar[str] = "End"

    signed_metering_value: Annotated[str, longest(3000)] | None = None
    metering_status: Annotated[str, one_of("Start", "Progress", "End")] | None = None


class CalibrationLawVerificationInfo(OicpModel):
    PASSED: ClassVar[str] = "Passed"

    calibration_law_certificate_id: Annotated[str, longest(100)] | None = None
    public_key: Annotated[str, longest(1000)] | None = None
    metering_signature_url: Annotated[str, longest(200), longest(100, Severity.WARNING)] | None = None
    metering_signature_encoding_format: Annotated[str, longest(50)] | None = None
    signed_metering_values_verification_instruction: Annotated[str, longest(400)] | None = None
    metering_check: Annotated[str, one_of("Passed", "Failed", "Not Apply")] | None = None


class ChargeDetailRecord(OicpModel):
    judges = (rules.times_in_order, rules.energy_adds_up, rules.calibration_law)

    session_id: SessionId | None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: PartnerSessionId | None = None
    partner_product_id: ProductId | None = None
    evse_id: EvseId | None
    identification: Identification | None
    charging_start: datetime | None
    charging_end: datetime | None
    session_start: datetime | None
    session_end: datetime | None
    meter_value_start: Energy | None = None
    meter_value_end: Energy | None = None
    meter_value_in_between: MeterValueInBetween | None = None
    consumed_energy: Energy | None
    signed_metering_values: Annotated[tuple[SignedMeteringValue, ...], at_most(10)] = ()
    calibration_law_verification_info: CalibrationLawVerificationInfo | None = None
    hub_operator_id: OperatorId | None = None
    hub_provider_id: Annotated[ProviderId, Alias(also=("HubProviderId",))] | None = None


# --- EVSE records ------------------------------------------------------------------------------------------------


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
    max_capacity: Decimal | None = None
    calibration_law_data_availability: CalibrationLaw | None
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
    judges = (rules.stands_alone, rules.hours_where_not_always_open)


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
    operator_id: OperatorId | None
    operator_name: Annotated[str, longest(100)] | None = None
    evse_status_record: Annotated[tuple[EvseStatusRecord, ...], MayBeEmpty()]


class PushEvseStatus(OicpModel):
    action_type: ActionType | None
    operator_evse_status: OperatorEvseStatus | None


# --- pulls -------------------------------------------------------------------------------------------------------


class SearchCenter(OicpModel):
    geo_coordinates: GeoCoordinates | None
    radius: Annotated[Decimal, rules.NOT_NEGATIVE] | None


class PullEvseData(OicpModel):
    judges = (rules.last_call_alone,)

    provider_id: ProviderId | None
    search_center: SearchCenter | None = None
    last_call: datetime | None = None
    geo_coordinates_response_format: (
        Annotated[str, one_of("Google", "DegreeMinuteSeconds", "DecimalDegree")] | None
    )  # fmt: skip
    country_codes: tuple[Annotated[str, rules.COUNTRY], ...] = ()
    operator_ids: tuple[OperatorId, ...] = ()
    authentication_modes: tuple[AuthenticationMode, ...] = ()
    accessibility: tuple[Accessibility, ...] = ()
    calibration_law_data_availability: tuple[CalibrationLaw, ...] = ()
    renewable_energy: bool | None = None
    is_hubject_compatible: bool | None = None
    is_open_24_hours: bool | None = None


class EvseDataPage(OicpModel):
    """One page of EVSE records; `number` counts from 0."""

    content: Annotated[tuple[PullEvseDataRecord, ...], Alias("content"), MayBeEmpty()]
    number: Annotated[int, Alias("number")] | None
    size: Annotated[int, Alias("size")] | None
    total_elements: Annotated[int, Alias("totalElements")] | None
    last: Annotated[bool, Alias("last")] | None
    total_pages: Annotated[int, Alias("totalPages")] | None
    first: Annotated[bool, Alias("first")] | None
    number_of_elements: Annotated[int, Alias("numberOfElements")] | None
    status_code: StatusCode | None


class PullEvseStatus(OicpModel):
    judges = (rules.status_filter,)

    provider_id: ProviderId | None
    search_center: SearchCenter | None = None
    evse_status: Annotated[EvseStatusWord, Alias(also=("EVSEStatus",))] | None = None


class EvseStatuses(OicpModel):
    operator_evse_status: Annotated[tuple[OperatorEvseStatus, ...], MayBeEmpty()]


class EvseStatusList(OicpModel):
    """The answer to PullEvseStatus (eRoamingEVSEStatus)."""

    evse_statuses: EvseStatuses | None
    status_code: StatusCode | None = None
