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
        "hashes of lower-case text, upper-case text",
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
)
