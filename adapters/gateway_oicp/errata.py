"""Where the documents of OICP 2.3 contradict each other, or what is seen on the wire, and what we do about it.

Sources: `CPO` and `EMP` are the two books, `OpenAPI` the interface descriptions beside them, `server` the description
generated from the hub's own code, `sample` the messages printed in the books, `seen` what implementations report.
"""

from collections.abc import Sequence

from gateway_oicp.errata_operations import OF_OPERATIONS
from gateway_oicp.erratum import Erratum
from gateway_oicp.ngp.errata import OF_AUTOMATION

OF_MESSAGES: Sequence[Erratum] = (
    Erratum(
        "key of the station id",
        "CPO and OpenAPI: ChargingStationId; EMP, sample, server: ChargingStationID",
        "a reader that knows one loses the other's station id",
        "both, ChargingStationId with a warning",
        "ChargingStationID",
    ),
    Erratum(
        "key of the operator in a pulled record",
        "EMP sample: OperatorId; EMP table, server: OperatorID",
        "the sample names no operator by its own table",
        "both, OperatorId as an error of the sender",
        "OperatorID",
    ),
    Erratum(
        "key of the status filter in PullEvseStatus",
        "EMP table, OpenAPI: EVSEStatus; sample, server: EvseStatus",
        "a filter under the wrong key is ignored and everything comes",
        "both, with a warning",
        "EvseStatus",
    ),
    Erratum(
        "key of the operator filter in PullEvseData",
        "OperatorIds here, OperatorIDs in the pricing operations",
        "OperatorIDs is ignored without a word and everything comes",
        "OperatorIds; anything else is kept as unknown",
        "OperatorIds",
    ),
    Erratum(
        "key of the day in OpeningTimes",
        "EMP table: On; CPO, sample, server: on",
        "readers of YAML 1.1 even make True of it",
        "both, On with a warning",
        "on",
    ),
    Erratum(
        "Period of an opening time",
        "tables: one object; sample, server: a list; product times: Periods",
        "hours are lost where the other form is expected",
        "a list or a single object, Periods with a warning",
        "a list under Period",
    ),
    Erratum(
        "values between in a charge detail record",
        "text: a list; tables, sample, server: an object with meterValues; guide: numbers as texts",
        "records are refused for the form of an optional field",
        "object, list or null; texts become numbers, with a warning",
        "an object with numbers",
    ),
    Erratum(
        "energies",
        "documents: numbers with at most 3 decimals; seen: texts, more decimals",
        "records are refused",
        "numbers and texts, every digit",
        "numbers rounded half to even at 3 decimals",
    ),
    Erratum(
        "key of the hub provider in a charge detail record",
        "EMP OpenAPI: HubProviderId; elsewhere HubProviderID",
        "the provider behind the hub gets lost",
        "both, HubProviderId with a warning",
        "HubProviderID",
    ),
    Erratum(
        "form of a hashed PIN",
        "EMP: letters and digits; CPO: also . + / = \\ $, which bcrypt needs; sample: a word of six letters",
        "real hashes fail the narrower form",
        "the wider form, anything else with a warning; MD5 and SHA-1 of earlier versions too",
        "bcrypt, in uploads only: an authorisation has the PIN in clear",
    ),
    Erratum(
        "case of EVSE ids",
        "documents: upper case; OpenAPI, server: both",
        "the hub compares ids as text",
        "both",
        "upper case",
    ),
    Erratum(
        "card numbers",
        "rule: 8, 14 or 20 upper-case hex digits; sample: 9 digits; example of the table: not hex",
        "the hub refuses the printed examples",
        "any, other lengths as an error, lower case with a warning",
        "upper case without separators",
    ),
    Erratum(
        "ampere, volt and kW of a facility",
        "documents: integers of 2, 3 and 3 digits; server: numbers without limit; seen: 125 A",
        "direct current above 99 A cannot be told by the documents",
        "any number",
        "whole numbers; above 99 A or 999 V the field is left out, above 999 kW it is 999",
    ),
    Erratum(
        "share of an energy source",
        "EMP, OpenAPI: at most 99; CPO, server: 100",
        "a single source cannot be told to be all",
        "up to 100; a single source without a share is 100",
        "a single source of 100 without a share",
    ),
    Erratum(
        "length of MeteringSignatureUrl",
        "documents: 200; server: 100",
        "long addresses may be refused",
        "up to 200, above 100 with a warning",
        "as given",
    ),
    Erratum(
        "fields that 2.3 demands and older partners lack",
        "documents: mandatory; seen: null or empty for data of 2.1 and 2.2 partners",
        "a strict reader loses whole pages",
        "every field may be missing; each is reported, the record is kept",
        "all, by the defaults of the crosswalk",
    ),
    Erratum(
        "house number and post code",
        "documents: mandatory; seen: empty texts where there are none",
        "places without a number could not be told",
        "an empty text with a warning",
        "an empty text where none is known",
    ),
    Erratum(
        "language of a text",
        "documents: two letters; seen: null, three letters",
        "old names come without a language",
        "any, with a warning or as missing",
        "as known, else en",
    ),
    Erratum(
        "DynamicInfoAvailable",
        "documents: the texts true, false, auto; seen: a boolean",
        "typed readers fail",
        "text or boolean",
        "a text",
    ),
    Erratum(
        "empty texts and lists",
        "documents: absent; seen: \"\" for ids, [] for texts, null for everything unused",
        "an empty id is taken for one",
        "as absence",
        "left out",
    ),
    Erratum(
        "times",
        "documents: seconds and offset; sample: milliseconds and Z",
        "the hub passes on what it got, so every form arrives",
        "any ISO 8601 time",
        "seconds and numeric offset",
    ),
    Erratum(
        "SessionID of AuthorizeRemoteStart",
        "CPO: mandatory; EMP: optional; guide: null",
        "the hub makes it: an EMP that invents one confuses the session",
        "as a CPO it must be there, else 022",
        "as an EMP never",
    ),
    Erratum(
        "Result in AuthorizationStop, PartnerProductID in AuthorizeStop",
        "sample: there; tables: not",
        "none",
        "kept; Result as an error, PartnerProductID with a warning",
        "never",
    ),
    Erratum(
        "identifications",
        "tables: exactly one of five; sample: all five",
        "who is meant is not told",
        "the first in the order of the table; more than one is an error, in stop identifications a warning",
        "exactly one",
    ),
    Erratum(
        "coordinates",
        "tables: exactly one of three notations; sample of the pulls: all three, and the word string",
        "what is meant is not told",
        "decimal degrees before Google before degrees, minutes, seconds; more than one is an error",
        "DecimalDegree with 1 to 6 decimals",
    ),
    Erratum(
        "deltaType and lastUpdate in a push",
        "sample: there; tables: the hub gives them",
        "none",
        "kept, with a warning",
        "never",
    ),
    Erratum(
        "meaning of 018",
        "documents: the EVSE is not the operator's; guide: the EVSE stands twice in the request",
        "the cause must be looked for in two places",
        "both",
        "not ours to say",
    ),
    Erratum(
        "path of AuthorizeRemoteStop",
        "documents: {externalId}; OpenAPI: {providerID}",
        "none, it is the same id",
        "any id",
        "the account's own",
    ),
    Erratum(
        "key of Google's coordinates",
        "CPO table: Coordinatea; elsewhere Coordinates",
        "a place without coordinates",
        "Coordinates; the other is kept as unknown, and the place is reported to have none",
        "DecimalDegree",
    ),
    Erratum(
        "key of the charging modes",
        "CPO table: Charging Modes; elsewhere ChargingModes",
        "the modes get lost",
        "ChargingModes; the other is kept as unknown",
        "ChargingModes",
    ),
    Erratum(
        "values of earlier versions",
        "2.3: the hub gives null for Unspecified; server, seen: Unspecified of plugs, power and accessibility",
        "closed enumerations refuse the record",
        "as unknown, with a warning; kept",
        "never",
    ),
    Erratum(
        "members and values that nobody knows",
        "seen: ExpiryDate, members of page frameworks, values that later versions add",
        "strict readers refuse the page",
        "members are kept, values kept with a warning",
        "given back to the hub they came from, to nobody else",
    ),
    Erratum(
        "spelling of product ids",
        "documents: AC1; sample: AC 1; server: 100 characters instead of 50; seen: P=…|D=… with more than a product",
        "products of one name are two",
        "any text, whole; above 50 characters with a warning",
        "as given",
    ),
    Erratum(
        "conformity with calibration law",
        "support pages: NationalCalibrationLawConformity and MeteringCheck; documents: neither",
        "strict readers refuse them",
        "both; conformity false beside calibration data is an error",
        "MeteringCheck as given; conformity only where it was received",
    ),
)  # fmt: skip

ERRATA: Sequence[Erratum] = (*OF_MESSAGES, *OF_OPERATIONS, *OF_AUTOMATION)
