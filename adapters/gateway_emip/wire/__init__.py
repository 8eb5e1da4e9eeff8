"""The messages of eMIP 0.7.4 that the gateway speaks.

Only the root element is in the namespace of its service; the order is that of the public skeletons. Nothing official
is public beyond the titles, see `errata.py`.
"""

from gateway_emip.wire.authorisations import (
    FromIopGetServiceAuthorisationRequest,
    FromIopGetServiceAuthorisationResponse,
    ToIopGetServiceAuthorisationRequest,
    ToIopGetServiceAuthorisationResponse,
)
from gateway_emip.wire.base import (
    AUTHORISATION,
    EVCI_DYNAMIC,
    PLATFORM,
    Acknowledgement,
    Bit,
    EmipModel,
    MeterReport,
    MeterReportList,
    Named,
    Place,
    Requester,
    Subject,
    SurelyNamed,
    Target,
    Transaction,
    UserId,
)
from gateway_emip.wire.cdrs import (
    ChargeDetailRecord,
    ChargeDetailRecordList,
    FromIopSetChargeDetailRecordRequest,
    FromIopSetChargeDetailRecordResponse,
    GetChargeDetailRecordRequest,
    GetChargeDetailRecordResponse,
    ToIopSetChargeDetailRecordRequest,
    ToIopSetChargeDetailRecordResponse,
)
from gateway_emip.wire.platform import HeartBeatRequest, HeartBeatResponse
from gateway_emip.wire.sessions import (
    FromIopSetServiceAuthorisationRequest,
    FromIopSetServiceAuthorisationResponse,
    FromIopSetSessionActionRequestRequest,
    FromIopSetSessionActionRequestResponse,
    SessionAction,
    ToIopSetServiceAuthorisationRequest,
    ToIopSetServiceAuthorisationResponse,
    ToIopSetSessionActionRequestRequest,
    ToIopSetSessionActionRequestResponse,
)
from gateway_emip.wire.statuses import (
    SetEvseAvailabilityStatusRequest,
    SetEvseAvailabilityStatusResponse,
    SetEvseBusyStatusRequest,
    SetEvseBusyStatusResponse,
)

__all__ = [
    "AUTHORISATION",
    "EVCI_DYNAMIC",
    "PLATFORM",
    "Acknowledgement",
    "Bit",
    "ChargeDetailRecord",
    "ChargeDetailRecordList",
    "EmipModel",
    "FromIopGetServiceAuthorisationRequest",
    "FromIopGetServiceAuthorisationResponse",
    "FromIopSetChargeDetailRecordRequest",
    "FromIopSetChargeDetailRecordResponse",
    "FromIopSetServiceAuthorisationRequest",
    "FromIopSetServiceAuthorisationResponse",
    "FromIopSetSessionActionRequestRequest",
    "FromIopSetSessionActionRequestResponse",
    "GetChargeDetailRecordRequest",
    "GetChargeDetailRecordResponse",
    "HeartBeatRequest",
    "HeartBeatResponse",
    "MeterReport",
    "MeterReportList",
    "Named",
    "Place",
    "Requester",
    "SessionAction",
    "SetEvseAvailabilityStatusRequest",
    "SetEvseAvailabilityStatusResponse",
    "SetEvseBusyStatusRequest",
    "SetEvseBusyStatusResponse",
    "Subject",
    "SurelyNamed",
    "Target",
    "ToIopGetServiceAuthorisationRequest",
    "ToIopGetServiceAuthorisationResponse",
    "ToIopSetChargeDetailRecordRequest",
    "ToIopSetChargeDetailRecordResponse",
    "ToIopSetServiceAuthorisationRequest",
    "ToIopSetServiceAuthorisationResponse",
    "ToIopSetSessionActionRequestRequest",
    "ToIopSetSessionActionRequestResponse",
    "Transaction",
    "UserId",
]
