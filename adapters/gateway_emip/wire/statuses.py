"""EVCIDynamic: availability and busy status."""

from typing import Annotated

from gateway.wire.rules import one_of
from gateway_emip.rules import (
    Moment,
    operator_of_evse,
)
from gateway_emip.wire.base import EVCI_DYNAMIC, Acknowledgement, Named, Place, Requester
from gateway_emip.words import AVAILABILITY, BUSY, known


class SetEvseAvailabilityStatusRequest(Place, Requester, Named):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetEVSEAvailabilityStatusRequest"
    judges = (operator_of_evse,)

    status_event_date: Moment | None
    availability_status: Annotated[str, one_of(*known(AVAILABILITY))] | None
    availability_status_until: Moment | None = None
    availability_status_comment: str | None = None


class SetEvseAvailabilityStatusResponse(Acknowledgement):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetEVSEAvailabilityStatusResponse"


class SetEvseBusyStatusRequest(Place, Requester, Named):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetEVSEBusyStatusRequest"
    judges = (operator_of_evse,)

    status_event_date: Moment | None
    busy_status: Annotated[str, one_of(*known(BUSY))] | None
    busy_status_until: Moment | None = None
    busy_status_comment: str | None = None


class SetEvseBusyStatusResponse(Acknowledgement):
    namespace = EVCI_DYNAMIC
    element = "eMIP_ToIOP_SetEVSEBusyStatusResponse"
