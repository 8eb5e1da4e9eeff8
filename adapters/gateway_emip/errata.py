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


ERRATA = (
    Erratum(
        "SetSessionActionRequest",
        "W (certification fixture of 2019): the operation's own name ends in Request; a skeleton has "
        "eMIP_ToIOP_SetSessionActionResponse",
        "messages end in RequestRequest and RequestResponse; the root of one answer is uncertain",
        "any eMIP_ToIOP_SetSessionAction…Response",
        "RequestRequest and RequestResponse",
    ),
    Erratum(
        "HeartBeat",
        "W writes HeartBeat to IOP, Heartbeat in a comment and in its own server's answer",
        "an answer under the wrong name would be unknown",
        "in any letter case, with a finding",
        "HeartBeat",
    ),
    Erratum(
        "qualification",
        "S, W since 2018: children without namespace; W before, and in messages it never sent: with it",
        "a strict receiver takes only one of them",
        "by local name, with a finding where a namespace is found",
        "the root qualified, children not",
    ),
    Erratum(
        "SOAP version",
        "S, W: 1.2; W began with 1.1 and text/xml and had to change",
        "IOP takes 1.2 only",
        "1.1 is reported when a file is decoded; as a server it is refused, and the fault says why",
        "1.2",
    ),
    Erratum(
        "order of elements in answers",
        "W: skeleton and code differ for SetServiceAuthorisation, SetSessionEventReport and others",
        "unknown to strict receivers",
        "by name, never by place",
        "as in the skeletons",
    ),
    Erratum(
        "GetChargeDetailRecord",
        "S shows the request; the answer is described nowhere",
        "its shape was chosen by analogy",
        "any chargeDetailRecord, bare or in chargeDetailRecordList",
        "bare; nothing asks by itself",
    ),
    Erratum(
        "energy",
        "W's list V27: type 2 in Wh; W sends kWh under type 2 since 2020",
        "a factor of a thousand",
        "by the unit, with a finding for kWh; below 1 W or above 1 MW on average is reported",
        "Wh",
    ),
    Erratum(
        "heartBeatPeriod",
        "W reads seconds and ignores them; the one example says 2000",
        "the unit is inferred",
        "seconds, held between 30 and 3600; 300 before the first answer",
        "seconds",
    ),
    Erratum(
        "time zones",
        "examples with Z, with an offset, with milliseconds and with nothing",
        "an hour or two",
        "without a zone: UTC; the text is kept for the way back",
        "UTC with Z",
    ),
    Erratum(
        "authorisationValue 2 in SetServiceAuthorisation",
        "W: stop; the list of values: the eMSP forbids the service",
        "read as a start it would charge somebody",
        "as the end of a session; the platform answers whether it knows one (10501 otherwise)",
        "2 for a stop that came that way",
    ),
    Erratum(
        "requestStatus",
        "W's ToString writes `1: Ok!`; its own negative codes reach the wire",
        "text where a number should be; failures that no list has",
        "the leading number; negative ones are failures",
        "numbers of the list only",
    ),
    Erratum(
        "10701",
        "in the range of errors, labelled OKWarning701",
        "a retry for ever",
        "the record had been delivered before: accepted",
        "for a final record that was there already",
    ),
    Erratum(
        "serviceSessionId of a failed answer",
        "skeleton: required",
        "an answer without it",
        "may be missing unless the request succeeded",
        "as known",
    ),
    Erratum(
        "partnerServiceSessionId of a failed authorisation, transactionId of a request without one",
        "skeleton: required in the answer; W answers `0` for the second",
        "an answer that breaks the schema",
        "as received",
        "0",
    ),
    Erratum(
        "FromIOP_SetChargeDetailRecord",
        "skeleton without target operator; every other FromIOP request has one",
        "whose record it is",
        "the target where it is given, else salePartnerOperatorId",
        "with target",
    ),
    Erratum(
        "operators",
        "a help article says that Gireve has no additional operators on one connection; W hosts several since 2019",
        "the article fits OCPI 2.1.1, not eMIP, where every message names its operator",
        "targetOperatorId chooses ours",
        "each message under the operator of its EVSE",
    ),
    Erratum(
        "number of a card",
        "G (OCPI): 8 or 14 hex digits, others are refused; nothing is said for eMIP",
        "a warning, not a refusal",
        "upper case without separators",
        "as known",
    ),
    Erratum(
        "connectorType and later elements",
        "change notes name them; place and codes are unknown",
        "unknown children in a record",
        "kept for the way back",
        "only what came",
    ),
)
