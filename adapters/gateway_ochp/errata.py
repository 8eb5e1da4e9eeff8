"""Contradictions of OCHP's documents and of what is on the wire, as data: what is read, what is written."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Erratum:
    """`sources` contradict each other with this `effect`; `read` is what we take, `write` what we send."""

    topic: str
    sources: str
    effect: str
    read: str
    write: str


ERRATA = (
    Erratum(
        "SetChargePointList",
        "OCHP.md 1.4: SetChargePointList; ochp.wsdl: operation and SOAPAction SetChargepointList",
        "a wrong SOAPAction is a fault",
        "by the body's element, whatever its case",
        "action with a small p, elements with a capital",
    ),
    Erratum(
        "live SOAPActions",
        "ochp.wsdl: binding of the live service",
        "actions lie below http://ochp.e-clearing.net/service/, without a version",
        "by the body's element",
        "as in the WSDL",
    ),
    Erratum(
        "token fields",
        "OCHP.md: type, subType; schema: tokenType, tokenSubType",
        "a wrong name fails",
        "both",
        "the schema's",
    ),
    Erratum(
        "representation of a token",
        "schema 1.2 and 1.3: default sha-160; schema 1.4: default plain; attribute optional",
        "a hash is taken for a card number, or the other way",
        "40 or 64 hex digits without the attribute are a hash",
        "the attribute, always",
    ),
    Erratum(
        "what is hashed",
        "no document says; measured on recorded data: SHA-1 of the UID as lower-case hex text, printed in capitals",
        "hashed lists cannot be matched",
        "hashes of lower-case text, of upper-case text, of the bytes",
        "hashes as given",
    ),
    Erratum(
        "delta list of tokens",
        "OCHP.md: roamingAuthorisationInfoArray; schema: roamingAuthorisationInfo",
        "a list reads as empty",
        "both",
        "the schema's",
    ),
    Erratum(
        "opening times",
        "OCHP.md examples: operatingTimes, no closedCharging; schema: openingTimes, closedCharging last and mandatory",
        "real lists have either",
        "both names, any order, closedCharging absent",
        "the schema's",
    ),
    Erratum(
        "neither regularHours nor twentyfourseven, or both",
        "schema: a choice of one",
        "lists have both and neither",
        "both; a false flag alone is unknown hours",
        "one",
    ),
    Erratum(
        "24:00",
        "schema pattern allows it, some implementations write 23:59",
        "a minute is lost, or a validator refuses",
        "24:00, 23:59 and 00:00 as the end of the day",
        "24:00",
    ),
    Erratum(
        "GetStatusResponse",
        "released schema: a sequence of three lists; present schema: a choice; none has a result",
        "one document is invalid by the other schema; errors have no place",
        "any mixture, none, a result if there is one",
        "one kind",
    ),
    Erratum(
        "result code roaming",
        "added to the schema after the release of 1.4",
        "an unknown code",
        "as an answer without data",
        "never",
    ),
    Erratum(
        "resultDescription",
        "schema: mandatory and nillable; live: absent, nil or empty",
        "a strict reader fails",
        "all of them",
        "always there, empty if there is nothing to say",
    ),
    Erratum(
        "connector names",
        "OCHP.md annex and 1.3: hyphens; schema 1.4: underscores",
        "plugs are lost",
        "both",
        "underscores",
    ),
    Erratum(
        "meaning of rejected",
        "OCHP.md enumeration: by the clearing house; issue 47 and life cycle: by the CPO, who gives up the claim",
        "a CDR is given up by mistake",
        "given up by the CPO",
        "only when the CPO gives up",
    ),
    Erratum(
        "CDR id",
        "OCHP.md: cdrId; schema: CdrId in the record, cdrId in ConfirmCDRs",
        "a wrong case fails",
        "both",
        "the schema's",
    ),
    Erratum(
        "check digit of contract ids",
        "the specification's own examples fail the algorithm of ISO 15118-2",
        "valid contracts would be refused",
        "any digit",
        "as issued",
    ),
    Erratum(
        "dates of a tariff's restriction",
        "OCHP.md: startDate, endDate, dates; schema: startDateTime, endDateTime, UTC; no time zone in a tariff",
        "a price begins or ends hours too early or too late",
        "both names, bare dates; of an element the day whose midnight in UTC is nearest",
        "the schema's, a day as its midnight in UTC",
    ),
    Erratum(
        "tariff elements that hold at the same time",
        "OCHP.md: elements are independent, no order; OCPI 2.2.1: the first of a dimension counts",
        "the same elements have two prices",
        "as their sum",
        "elements that do not overlap",
    ),
    Erratum(
        "default tariff",
        "OCHP.md: exactly one without recipient is advised; schema: any number",
        "the clearing house refuses a tariff without one",
        "any number",
        "one, always",
    ),
    Erratum(
        "length of a tariff id",
        "OCHP.md: up to 9 characters after the T; schema: 10",
        "a valid id would be refused",
        "any",
        "up to 10",
    ),
    Erratum(
        "releases",
        "namespace, URL and SOAPActions of 1.4.1 differ from those of 1.4; the live actions are the same in all",
        "answers come in another namespace than the request's",
        "1.2 to 1.4.1 by local names, reported where it is not the connection's",
        "1.4 or 1.4.1, as the connection's option version says",
    ),
    Erratum(
        "permissions of a token",
        "1.4.1: mandatory, before printedNumber; not in 1.4",
        "a list of 1.4 is invalid in 1.4.1",
        "kept",
        "in 1.4.1: those received, else the setting permissions",
    ),
    Erratum(
        "attributes",
        "schema: unqualified; partners qualify them, releases before 1.3 have elements",
        "coordinates and representations are lost",
        "in any namespace, and as elements",
        "as the schema has it",
    ),
    Erratum(
        "maxReservation",
        "OCHP.md: float; schema: int from 1 to 1000",
        "a strict reader fails",
        "a float, cut to the whole minute",
        "a whole number",
    ),
    Erratum(
        "house number",
        "schema: six capitals, digits, spaces, hyphens; partners send any text, the clearing house fills in a hyphen",
        "a number is lost, or takes the place of the street",
        "any text; a hyphen is none",
        "in capitals; what does not fit stands behind the street",
    ),
    Erratum(
        "hours over midnight and split days",
        "schema: the end later than the begin, at most seven spans; OCHP.md: any number",
        "a lunch break cannot be said",
        "any number and order; a span over midnight as two",
        "two spans over midnight; more than seven become one a day, reported as a loss",
    ),
    Erratum(
        "encoding",
        "UTF-8 is demanded since May 2025; some declare it and write Windows-1252",
        "names are garbled, or the list cannot be read",
        "as the document declares, else as the transport says, else Windows-1252",
        "UTF-8",
    ),
    Erratum(
        "words that the schema lacks",
        "1.4.1 has fuels, nozzles, volume, mass; partners invent Unknown",
        "a record with one of them is refused when it is sent on",
        "kept in the extensions",
        "never: a record whose kept parts break the schema goes out as its meaning alone",
    ),
    Erratum(
        "result in InformProviderMessage",
        "OCHP-direct.md: always; schema: mandatory, but not to be used where the operator speaks by itself",
        "a message without it fails at one side, a message with it says nothing",
        "absent or present",
        "ok",
    ),
    Erratum(
        "unit of meterValue",
        "schema, type MeterReading: Wh; schema, element meterReading: kWh",
        "a reading is wrong by a thousand",
        "Wh; kWh where it is less than chargedEnergy as Wh, with a finding",
        "Wh",
    ),
    Erratum(
        "unknown directId in InformProviderCPO",
        "schema: message, evseId and contractId are mandatory in the answer, so there is none for an unknown session",
        "no valid answer can be given",
        "a fault as a refusal; a result that is not ok without the rest",
        "a fault",
    ),
    Erratum(
        "directId in the answers of ControlEvse and ReleaseEvse",
        "OCHP-direct.md: mandatory; schema: optional",
        "a strict reader fails",
        "absent or present",
        "always",
    ),
    Erratum(
        "answer to ReportDiscrepancy",
        "schema: empty (issue 27); some partners send a result",
        "nobody can be told that a report was refused",
        "a result, if there is one",
        "empty; a fault where the report was not taken",
    ),
    Erratum(
        "revising a revised CDR",
        "OCHP.md: only what was accepted or declined can be revised; a revised CDR waits as an accepted one does",
        "a mistake in a correction could not be corrected before the provider has answered",
        "revised CDRs as accepted ones",
        "a further revision under the same id",
    ),
    Erratum(
        "partly in ConfirmCDRs",
        "OCHP.md: part of the data refused; schema: the response names nothing that was",
        "a CDR is held to be confirmed and is not",
        "as a no to all of them",
        "each of them by itself",
    ),
)
