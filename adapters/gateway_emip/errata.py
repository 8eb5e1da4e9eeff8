"""Where the public sources of eMIP contradict each other or say nothing, and what the gateway does about it.

The protocol document is not public. Sources: W = OpenChargingCloud/WWCP_eMIP (skeletons, code, history), S = the one
request that was ever shown in public, on a slide, G = Gireve's guides to its sibling protocols.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Erratum:
    """A contradiction or a gap: who says what, what comes of it, how we read and how we write."""

    topic: str
    sources: str
    effect: str
    read: str
    write: str
    grade: str
    """As that of an operation: how sure the facts are, or that it is a decision (D)."""
    about: str = ""
    """A part of the names of the operations that it is about; empty: of all of them."""


ERRATA = (
    Erratum(
        "SetSessionActionRequest",
        "W (certification fixture of 2019): the operation's own name ends in Request; a skeleton has "
        "eMIP_ToIOP_SetSessionActionResponse",
        "messages end in RequestRequest and RequestResponse; the root of one answer is uncertain",
        "any eMIP_ToIOP_SetSessionAction…Response",
        "RequestRequest and RequestResponse",
        grade="A, the root of one answer C",
        about="SetSessionActionRequest",
    ),
    Erratum(
        "HeartBeat",
        "W writes HeartBeat to IOP, Heartbeat in a comment and in its own server's answer",
        "an answer under the wrong name would be unknown",
        "in any letter case, with a finding",
        "HeartBeat",
        grade="A",
        about="HeartBeat",
    ),
    Erratum(
        "qualification",
        "S, W since 2018: children without namespace; W before, and in messages it never sent: with it",
        "a strict receiver takes only one of them",
        "by local name, with a finding where a namespace is found",
        "the root qualified, children not",
        grade="A",
    ),
    Erratum(
        "SOAP version",
        "S, W: 1.2; W began with 1.1 and text/xml and had to change",
        "IOP takes 1.2 only",
        "1.1 is reported when a file is decoded; as a server it is refused, and the fault says why",
        "1.2",
        grade="A",
    ),
    Erratum(
        "order of elements in answers",
        "W: skeleton and code differ for SetServiceAuthorisation, SetSessionEventReport and others",
        "unknown to strict receivers",
        "by name, never by place",
        "as in the skeletons",
        grade="D",
    ),
    Erratum(
        "GetChargeDetailRecord",
        "S shows the request; the answer is described nowhere",
        "its shape was chosen by analogy",
        "any chargeDetailRecord, bare or in chargeDetailRecordList",
        "bare; nothing asks by itself unless the connection says so (`fetch_cdrs`)",
        grade="request A, response D",
        about="GetChargeDetailRecord",
    ),
    Erratum(
        "energy",
        "W's list V27: type 2 in Wh; W sends kWh under type 2 since 2020",
        "a factor of a thousand",
        "by the unit, with a finding for kWh; below 1 W or above 1 MW on average is reported",
        "Wh",
        grade="B",
    ),
    Erratum(
        "heartBeatPeriod",
        "W reads seconds and ignores them; the one example says 2000",
        "the unit is inferred",
        "seconds, held between 30 and 3600; 300 before the first answer",
        "seconds",
        grade="C",
        about="HeartBeat",
    ),
    Erratum(
        "time zones",
        "examples with Z, with an offset, with milliseconds and with nothing",
        "an hour or two",
        "without a zone: UTC; the text is kept for the way back",
        "UTC with Z",
        grade="D",
    ),
    Erratum(
        "authorisationValue 2 in SetServiceAuthorisation",
        "W: stop; the list of values: the eMSP forbids the service",
        "read as a start it would charge somebody",
        "as the end of a session; the platform answers whether it knows one (10501 otherwise)",
        "2 for a stop that came that way",
        grade="D",
        about="SetServiceAuthorisation",
    ),
    Erratum(
        "requestStatus",
        "W's ToString writes `1: Ok!`; its own negative codes reach the wire",
        "text where a number should be; failures that no list has",
        "the leading number; negative ones are failures",
        "numbers of the list only",
        grade="B",
    ),
    Erratum(
        "10701",
        "in the range of errors, labelled OKWarning701",
        "a retry for ever",
        "the record had been delivered before: accepted",
        "for a final record that was there already",
        grade="B",
        about="SetChargeDetailRecord",
    ),
    Erratum(
        "serviceSessionId of a failed answer",
        "skeleton: required",
        "an answer without it",
        "may be missing unless the request succeeded",
        "as known",
        grade="D",
    ),
    Erratum(
        "partnerServiceSessionId of a failed authorisation, transactionId of a request without one",
        "skeleton: required in the answer; W answers `0` for the second",
        "an answer that breaks the schema",
        "as received",
        "0",
        grade="B",
    ),
    Erratum(
        "FromIOP_SetChargeDetailRecord",
        "skeleton without target operator; every other FromIOP request has one",
        "whose record it is",
        "the target where it is given, else salePartnerOperatorId",
        "with target",
        grade="B",
        about="FromIOP_SetChargeDetailRecord",
    ),
    Erratum(
        "operators",
        "a help article says that Gireve has no additional operators on one connection; W hosts several since 2019",
        "the article fits OCPI 2.1.1, not eMIP, where every message names its operator",
        "targetOperatorId chooses ours",
        "each message under the operator of its EVSE",
        grade="A for the concept, C for the check",
    ),
    Erratum(
        "number of a card",
        "G (OCPI): 8 or 14 hex digits, others are refused; nothing is said for eMIP",
        "a warning, not a refusal",
        "upper case without separators",
        "as known",
        grade="C",
    ),
    Erratum(
        "connectorType and later elements",
        "change notes name them; place and codes are unknown",
        "unknown children in a record",
        "kept for the way back",
        "only what came",
        grade="A that there are some, D for the rest",
        about="SetChargeDetailRecord",
    ),
    Erratum(
        "no second Request in events",
        "one skeleton writes SetSessionEventReportRequestRequest, as for actions; W sends one Request",
        "a strict receiver knows only one of them",
        "either",
        "SetSessionEventReportRequest and SetSessionEventReportResponse",
        grade="B",
        about="SetSessionEventReport",
    ),
    Erratum(
        "letter case of pools, stations and connectors",
        "W writes ChargingPoolId; IOP's answer to a search of 2015 writes chargingPoolId",
        "a strict receiver knows only one of them; the messages were never seen in use",
        "both, with a finding for the first",
        "chargingPoolId, chargingStationId, chargingConnectorId; the status of EVSEs is enough",
        grade="C",
        about="ToIOP_SetCharging",
    ),
    Erratum(
        "sessionActionId in the answer to an event",
        "skeleton: sessionActionId, where sessionEventId would be expected",
        "nobody knows which event, or action, is meant",
        "both, and neither is relied on",
        "neither",
        grade="D",
        about="SetSessionEventReport",
    ),
    Erratum(
        "relatedSessionActionId and relatedSessionEventId",
        "W reads the second in an event and writes the first; the skeletons have one each",
        "the action that an event answers is lost",
        "both as the action, with a finding for the second",
        "relatedSessionActionId in events, relatedSessionEventId in actions",
        grade="D",
        about="SetSessionEventReport",
    ),
    Erratum(
        "partnerServiceSessionId of a remote start",
        "skeleton: partnerServiceSessionId; W writes the provider's id as serviceSessionId, in another place",
        "IOP would miss the provider's own name of the session",
        "both, with a finding for the second",
        "partnerServiceSessionId",
        grade="B",
        about="ToIOP_SetServiceAuthorisation",
    ),
    Erratum(
        "roots of the other direction",
        "W writes eMIP_ToIOP_SetSessionEventReportRequest for the message of IOP to an eMSP",
        "a partner would not know the message",
        "as the message of IOP, reported: nobody calls a partner with it and means anything else",
        "the root of the direction",
        grade="B",
        about="FromIOP",
    ),
    Erratum(
        "words of a peer's own code",
        "W writes eMI3_STAR for eMI3 in the messages of pools, stations and connectors, OK for authorisationValue 1",
        "a word where the lists have another one",
        "as eMI3, 1 and 2, with a finding",
        "eMI3, 1 and 2",
        grade="B",
    ),
    Erratum(
        "meterValue",
        "list V27: a decimal with a point; W replaces commas by hand, and its reader exchanges value and unit",
        "a record without its energy",
        "a single comma as the point; a unit in the place of the value is put right; both with a finding",
        "a point, no exponent",
        grade="B",
    ),
    Erratum(
        "doubled elements",
        "W writes execPartner elements a second time where those of salePartner belong",
        "nobody knows whose the second ones are",
        "once where both say the same, with a finding; a message with two different ones is refused",
        "each once",
        grade="B",
    ),
    Erratum(
        "faults",
        "a client of 2015 reads faultcode and faultstring; the list of exception codes is not public",
        "whether to try again is not said",
        "a Sender fault is permanent, a Receiver fault and HTTP 5xx may pass; the text is kept",
        "Sender, with what could not be read",
        grade="D",
    ),
)
