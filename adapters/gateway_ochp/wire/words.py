"""The words of OCHP 1.4: its namespace, its enumerations, each value as the schema spells it."""

NAMESPACES = "http://ochp.eu/"
NAMESPACE = f"{NAMESPACES}1.4"
OK = "ok"
PARTLY = "partly"
NOT_AUTHORIZED = "not-authorized"
INVALID_ID = "invalid-id"
SERVER = "server"
FORMAT = "format"
ROAMING = "roaming"
PLAIN = "plain"
"""How a token is represented when nothing is said (1.4; older releases took sha-160)."""
UNKNOWN_PLACE = "unknown"
UNDETERMINED = "UND"
"""ISO 639-3 for a language nobody named; the schema demands one."""

RESULT_CODES = (OK, PARTLY, NOT_AUTHORIZED, INVALID_ID, SERVER, FORMAT, ROAMING)
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
ROLES_OF_POINTS = ("entrance", "exit", "access", "ui", "other")
TOKEN_TYPES = ("rfid", "remote", "15118")
TOKEN_SUB_TYPES = ("mifareCls", "mifareDes", "calypso")
REPRESENTATIONS = (PLAIN, "sha-160", "sha-256")
PERMISSIONS = ("AC", "DC", "CNG", "LNG", "Fuel", "H2", "Ethanol", "Other")
"""What a token may pay for (1.4.1)."""
STATUS_TYPES = ("evse", "parking", "combined")

NOT_FOUND = "not-found"
NOT_SUPPORTED = "not-supported"
DIRECT_RESULT_CODES = (OK, PARTLY, NOT_FOUND, NOT_SUPPORTED, INVALID_ID, SERVER)
START, CHANGE, END = "start", "change", "end"
INFO, FINISH = "info", "finish"
DIRECT_OPERATIONS = (START, CHANGE, END)
DIRECT_MESSAGES = (START, CHANGE, INFO, END, FINISH)
DIRECT_NAMESPACES = ("http://ochp.eu/1.3", NAMESPACE)
"""The versions of OCHPdirect messages that an endpoint can speak, oldest first."""
