"""Enumerations of the places of charging, by the values of OCPI where it has them.

Wire words live in `mappings/`; a hub's value that none of these stands for is kept in the extensions.
"""

from enum import StrEnum


class EvseStatus(StrEnum):
    """OCPI 2.2.1 section 8.4.22 Status."""

    AVAILABLE = "AVAILABLE"
    BLOCKED = "BLOCKED"
    CHARGING = "CHARGING"
    INOPERATIVE = "INOPERATIVE"
    OUTOFORDER = "OUTOFORDER"
    PLANNED = "PLANNED"
    REMOVED = "REMOVED"
    RESERVED = "RESERVED"
    UNKNOWN = "UNKNOWN"


class StaticStatus(StrEnum):
    """The overall condition of an EVSE beside its live status (OCHP ChargePointStatus)."""

    UNKNOWN = "UNKNOWN"
    OPERATIVE = "OPERATIVE"
    INOPERATIVE = "INOPERATIVE"
    PLANNED = "PLANNED"
    CLOSED = "CLOSED"


class ConnectorType(StrEnum):
    """OCPI 2.2.1 section 8.4.5, with the two additions of 2.3.0 (MCS, SAE_J3400)."""

    CHADEMO = "CHADEMO"
    CHAOJI = "CHAOJI"
    DOMESTIC_A = "DOMESTIC_A"
    DOMESTIC_B = "DOMESTIC_B"
    DOMESTIC_C = "DOMESTIC_C"
    DOMESTIC_D = "DOMESTIC_D"
    DOMESTIC_E = "DOMESTIC_E"
    DOMESTIC_F = "DOMESTIC_F"
    DOMESTIC_G = "DOMESTIC_G"
    DOMESTIC_H = "DOMESTIC_H"
    DOMESTIC_I = "DOMESTIC_I"
    DOMESTIC_J = "DOMESTIC_J"
    DOMESTIC_K = "DOMESTIC_K"
    DOMESTIC_L = "DOMESTIC_L"
    DOMESTIC_M = "DOMESTIC_M"
    DOMESTIC_N = "DOMESTIC_N"
    DOMESTIC_O = "DOMESTIC_O"
    GBT_AC = "GBT_AC"
    GBT_DC = "GBT_DC"
    IEC_60309_2_single_16 = "IEC_60309_2_single_16"
    IEC_60309_2_three_16 = "IEC_60309_2_three_16"
    IEC_60309_2_three_32 = "IEC_60309_2_three_32"
    IEC_60309_2_three_64 = "IEC_60309_2_three_64"
    IEC_62196_T1 = "IEC_62196_T1"
    IEC_62196_T1_COMBO = "IEC_62196_T1_COMBO"
    IEC_62196_T2 = "IEC_62196_T2"
    IEC_62196_T2_COMBO = "IEC_62196_T2_COMBO"
    IEC_62196_T3A = "IEC_62196_T3A"
    IEC_62196_T3C = "IEC_62196_T3C"
    MCS = "MCS"
    NEMA_5_20 = "NEMA_5_20"
    NEMA_6_30 = "NEMA_6_30"
    NEMA_6_50 = "NEMA_6_50"
    NEMA_10_30 = "NEMA_10_30"
    NEMA_10_50 = "NEMA_10_50"
    NEMA_14_30 = "NEMA_14_30"
    NEMA_14_50 = "NEMA_14_50"
    PANTOGRAPH_BOTTOM_UP = "PANTOGRAPH_BOTTOM_UP"
    PANTOGRAPH_TOP_DOWN = "PANTOGRAPH_TOP_DOWN"
    SAE_J3400 = "SAE_J3400"
    TESLA_R = "TESLA_R"
    TESLA_S = "TESLA_S"


class ConnectorFormat(StrEnum):
    """OCPI 2.2.1 section 8.4.4."""

    SOCKET = "SOCKET"
    CABLE = "CABLE"


class PowerType(StrEnum):
    """OCPI 2.2.1 section 8.4.19."""

    AC_1_PHASE = "AC_1_PHASE"
    AC_2_PHASE = "AC_2_PHASE"
    AC_2_PHASE_SPLIT = "AC_2_PHASE_SPLIT"
    AC_3_PHASE = "AC_3_PHASE"
    DC = "DC"


class ParkingType(StrEnum):
    """OCPI 2.2.1 section 8.4.18."""

    ALONG_MOTORWAY = "ALONG_MOTORWAY"
    PARKING_GARAGE = "PARKING_GARAGE"
    PARKING_LOT = "PARKING_LOT"
    ON_DRIVEWAY = "ON_DRIVEWAY"
    ON_STREET = "ON_STREET"
    UNDERGROUND_GARAGE = "UNDERGROUND_GARAGE"


class ParkingRestriction(StrEnum):
    """OCPI 2.2.1 section 8.4.17, 2.3.0 and OCHP (CAR_SHARING)."""

    EV_ONLY = "EV_ONLY"
    PLUGGED = "PLUGGED"
    DISABLED = "DISABLED"
    CUSTOMERS = "CUSTOMERS"
    MOTORCYCLES = "MOTORCYCLES"
    EMPLOYEES = "EMPLOYEES"
    TAXIS = "TAXIS"
    TENANTS = "TENANTS"
    CAR_SHARING = "CAR_SHARING"


class Facility(StrEnum):
    """OCPI 2.2.1 section 8.4.12."""

    HOTEL = "HOTEL"
    RESTAURANT = "RESTAURANT"
    CAFE = "CAFE"
    MALL = "MALL"
    SUPERMARKET = "SUPERMARKET"
    SPORT = "SPORT"
    RECREATION_AREA = "RECREATION_AREA"
    NATURE = "NATURE"
    MUSEUM = "MUSEUM"
    BIKE_SHARING = "BIKE_SHARING"
    BUS_STOP = "BUS_STOP"
    TAXI_STAND = "TAXI_STAND"
    TRAM_STOP = "TRAM_STOP"
    METRO_STATION = "METRO_STATION"
    TRAIN_STATION = "TRAIN_STATION"
    AIRPORT = "AIRPORT"
    PARKING_LOT = "PARKING_LOT"
    CARPOOL_PARKING = "CARPOOL_PARKING"
    FUEL_STATION = "FUEL_STATION"
    WIFI = "WIFI"


class Capability(StrEnum):
    """OCPI 2.2.1 section 8.4.3."""

    CHARGING_PROFILE_CAPABLE = "CHARGING_PROFILE_CAPABLE"
    CHARGING_PREFERENCES_CAPABLE = "CHARGING_PREFERENCES_CAPABLE"
    CHIP_CARD_SUPPORT = "CHIP_CARD_SUPPORT"
    CONTACTLESS_CARD_SUPPORT = "CONTACTLESS_CARD_SUPPORT"
    CREDIT_CARD_PAYABLE = "CREDIT_CARD_PAYABLE"
    DEBIT_CARD_PAYABLE = "DEBIT_CARD_PAYABLE"
    PED_TERMINAL = "PED_TERMINAL"
    REMOTE_START_STOP_CAPABLE = "REMOTE_START_STOP_CAPABLE"
    RESERVABLE = "RESERVABLE"
    RFID_READER = "RFID_READER"
    START_SESSION_CONNECTOR_REQUIRED = "START_SESSION_CONNECTOR_REQUIRED"
    TOKEN_GROUP_CAPABLE = "TOKEN_GROUP_CAPABLE"
    UNLOCK_CAPABLE = "UNLOCK_CAPABLE"


class GeoClass(StrEnum):
    """What a related place is (OCHP GeoClass)."""

    ENTRANCE = "ENTRANCE"
    EXIT = "EXIT"
    ACCESS = "ACCESS"
    USER_INTERFACE = "USER_INTERFACE"
    OTHER = "OTHER"


class RelatedResourceClass(StrEnum):
    """OCHP RelatedResourceClass."""

    OPERATOR_MAP = "OPERATOR_MAP"
    OPERATOR_PAYMENT = "OPERATOR_PAYMENT"
    STATION_INFO = "STATION_INFO"
    SURROUNDING_INFO = "SURROUNDING_INFO"
    OWNER_HOMEPAGE = "OWNER_HOMEPAGE"
    FEEDBACK_FORM = "FEEDBACK_FORM"


class EnergySourceCategory(StrEnum):
    """OCPI 2.2.1 section 8.4.9."""

    NUCLEAR = "NUCLEAR"
    GENERAL_FOSSIL = "GENERAL_FOSSIL"
    COAL = "COAL"
    GAS = "GAS"
    GENERAL_GREEN = "GENERAL_GREEN"
    SOLAR = "SOLAR"
    WIND = "WIND"
    WATER = "WATER"


class ImpactCategory(StrEnum):
    """OCPI 2.2.1 section 8.4.10, g/kWh."""

    NUCLEAR_WASTE = "NUCLEAR_WASTE"
    CARBON_DIOXIDE = "CARBON_DIOXIDE"


class Access(StrEnum):
    """Who may reach and use the place (OICP Accessibility)."""

    FREE = "FREE"
    PAYING = "PAYING"
    RESTRICTED = "RESTRICTED"
    TEST_STATION = "TEST_STATION"


class AuthenticationMethod(StrEnum):
    """How a driver identifies at the EVSE (crosswalk section 5)."""

    RFID_MIFARE_CLASSIC = "RFID_MIFARE_CLASSIC"
    RFID_MIFARE_DESFIRE = "RFID_MIFARE_DESFIRE"
    RFID_CALYPSO = "RFID_CALYPSO"
    RFID = "RFID"
    PLUG_AND_CHARGE = "PLUG_AND_CHARGE"
    REMOTE = "REMOTE"
    DIRECT_ONLINE = "DIRECT_ONLINE"
    LOCAL_KEY = "LOCAL_KEY"
    NONE = "NONE"


class PaymentOption(StrEnum):
    """How a driver pays (crosswalk section 5)."""

    FREE = "FREE"
    CONTRACT = "CONTRACT"
    DIRECT = "DIRECT"
    DIRECT_ONLINE = "DIRECT_ONLINE"
    CASH = "CASH"
    CREDIT_CARD = "CREDIT_CARD"
    DEBIT_CARD = "DEBIT_CARD"


class ValueAddedService(StrEnum):
    """OICP ValueAddedServices."""

    RESERVATION = "RESERVATION"
    DYNAMIC_PRICING = "DYNAMIC_PRICING"
    PARKING_SENSORS = "PARKING_SENSORS"
    MAXIMUM_POWER_CHARGING = "MAXIMUM_POWER_CHARGING"
    PREDICTIVE_CHARGE_POINT_USAGE = "PREDICTIVE_CHARGE_POINT_USAGE"
    CHARGING_PLANS = "CHARGING_PLANS"
    ROOF_PROVIDED = "ROOF_PROVIDED"
    NONE = "NONE"


class CalibrationLaw(StrEnum):
    """OICP CalibrationLawDataAvailability."""

    LOCAL = "LOCAL"
    EXTERNAL = "EXTERNAL"
    NOT_AVAILABLE = "NOT_AVAILABLE"


class DynamicInfo(StrEnum):
    """OICP DynamicInfoAvailable."""

    TRUE = "TRUE"
    FALSE = "FALSE"
    AUTO = "AUTO"


class ChargingMode(StrEnum):
    """IEC 61851-1 modes as OICP names them."""

    MODE_1 = "MODE_1"
    MODE_2 = "MODE_2"
    MODE_3 = "MODE_3"
    MODE_4 = "MODE_4"
    CHADEMO = "CHADEMO"
