"""Live status (inventory a.9). The ttl is how long a status counts, not when it was told."""

from collections.abc import Iterable

from gateway.model.ids import EvseId
from gateway.model.kinds import EvseStatus
from gateway.model.messages import (
    EvseStatusReport,
    FetchStatuses,
    ParkingStatusReport,
    Publication,
    PublishStatuses,
    Statuses,
)
from gateway.translation import Form
from gateway_ochp import wire
from gateway_ochp.fitting import write_evse_id
from gateway_ochp.translate.results import read_accepted, read_reason, write_result
from gateway_ochp.words import LIVE_STATUS, PARKING_STATUS, PROTOCOL, SCOPE


def read_status(entry: wire.EvseStatus) -> EvseStatusReport:
    return EvseStatusReport(evse=EvseId.read(entry.evse_id), status=_status(entry.major, entry.minor), until=entry.ttl)


def _status(major: str | None, minor: str | None) -> EvseStatus | None:
    """A pair outside the table counts by its first word (crosswalk, "OCHP live to OCPI")."""
    if major is None:
        return None
    return LIVE_STATUS.read(major, minor if LIVE_STATUS.knows(major, minor) else None)


def write_status(report: EvseStatusReport) -> wire.EvseStatus:
    major, minor = LIVE_STATUS.write_parts(report.status) or (None, None)
    return wire.EvseStatus(evse_id=write_evse_id(report.evse), major=major, minor=minor, ttl=report.until)


STATUS = Form(PROTOCOL, wire.EvseStatus, EvseStatusReport, read_status, write_status)


def is_live(report: EvseStatusReport) -> bool:
    """Planned and removed are said by the static status alone; there is no live word for them."""
    return report.status is None or bool(LIVE_STATUS.write_parts(report.status))


def write_statuses_of(reports: Iterable[EvseStatusReport]) -> tuple[wire.EvseStatus, ...]:
    return tuple(STATUS.write(report) for report in reports if is_live(report))


def read_parking(entry: wire.ParkingStatus) -> ParkingStatusReport:
    return ParkingStatusReport(parking_id=entry.parking_id, status=PARKING_STATUS.read(entry.status), until=entry.ttl)


def write_parking(report: ParkingStatusReport) -> wire.ParkingStatus:
    return wire.ParkingStatus(
        parking_id=report.parking_id, status=PARKING_STATUS.write(report.status), ttl=report.until
    )


def is_told(spot: ParkingStatusReport) -> bool:
    """Whether OCHP has a word for the status: not for a spot that is planned, or gone."""
    return PARKING_STATUS.write(spot.status) is not None


def read_update_status(request: wire.UpdateStatusRequest) -> PublishStatuses:
    return PublishStatuses(
        statuses=tuple(map(STATUS.read, request.evse)),
        parking=tuple(map(read_parking, request.parking)),
        until=request.ttl,
    )


def write_update_status(message: PublishStatuses) -> wire.UpdateStatusRequest:
    return wire.UpdateStatusRequest(
        evse=write_statuses_of(message.statuses),
        parking=tuple(write_parking(spot) for spot in message.parking if spot.status is None or is_told(spot)),
        ttl=message.until,
    )


def read_status_publication(response: wire.UpdateStatusResponse) -> Publication:
    return Publication(accepted=read_accepted(response.result), reason=read_reason(response.result))


def write_status_publication(answer: Publication) -> wire.UpdateStatusResponse:
    return wire.UpdateStatusResponse(result=write_result(answer.reason, answer.accepted))


def read_get_status(request: wire.GetStatusRequest) -> FetchStatuses:
    return FetchStatuses(since=request.start_date_time, scope=SCOPE.read(request.status_type))


def write_get_status(message: FetchStatuses) -> wire.GetStatusRequest:
    return wire.GetStatusRequest(start_date_time=message.since, status_type=SCOPE.write(message.scope))


def read_statuses(response: wire.GetStatusResponse) -> Statuses:
    """One kind by the schema; a mixture, as of the first release, is read too."""
    return Statuses(
        statuses=tuple(map(STATUS.read, (*response.evse, *response.combined))),
        parking=tuple(map(read_parking, response.parking)),
    )


def write_statuses(answer: Statuses) -> wire.GetStatusResponse:
    """The schema has a choice: spots only where there are no EVSEs to tell of."""
    if answer.statuses:
        return wire.GetStatusResponse(evse=write_statuses_of(answer.statuses))
    return wire.GetStatusResponse(parking=tuple(map(write_parking, answer.parking)))
