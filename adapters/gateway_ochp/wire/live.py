"""Live status: by EVSE, and by parking spot."""

from datetime import datetime
from typing import Annotated, ClassVar

from gateway.findings import Severity
from gateway.wire import Attribute
from gateway.wire.rules import one_of
from gateway.wire.scalars import ZULU
from gateway_ochp import repairs, rules
from gateway_ochp.wire.base import DateTime, EvseIdText, OchpModel, ResultResponse
from gateway_ochp.wire.words import MAJORS, MINORS, STATUS_TYPES

Deadline = Annotated[datetime, Attribute(), ZULU, repairs.XML_TIME]


class EvseStatus(OchpModel):
    element: ClassVar[str] = "evse"
    judges = (rules.status_pair_is_known,)

    evse_id: EvseIdText | None
    major: Annotated[str | None, Attribute(), one_of(*MAJORS, severity=Severity.ERROR)]
    minor: Annotated[str | None, Attribute(), one_of(*MINORS)] = None
    ttl: Deadline | None = None


class ParkingStatus(OchpModel):
    parking_id: Annotated[str | None, rules.PARKING_ID]
    status: Annotated[str | None, Attribute(), one_of(*MAJORS, severity=Severity.ERROR)]
    ttl: Deadline | None = None


class UpdateStatusRequest(OchpModel):
    element: ClassVar[str] = "UpdateStatusRequest"

    evse: tuple[EvseStatus, ...] = ()
    parking: tuple[ParkingStatus, ...] = ()
    ttl: DateTime | None = None


class UpdateStatusResponse(ResultResponse):
    element: ClassVar[str] = "UpdateStatusResponse"


class GetStatusRequest(OchpModel):
    element: ClassVar[str] = "GetStatusRequest"

    start_date_time: DateTime | None = None
    status_type: Annotated[str | None, one_of(*STATUS_TYPES)] = None


class GetStatusResponse(OchpModel):
    """Has no result; one of the three kinds, or nothing at all when nothing is new."""

    element: ClassVar[str] = "GetStatusResponse"
    judges = (rules.status_answer_has_one_kind,)
    at_most_one = ("combined", "evse", "parking")

    combined: tuple[EvseStatus, ...] = ()
    evse: tuple[EvseStatus, ...] = ()
    parking: tuple[ParkingStatus, ...] = ()
