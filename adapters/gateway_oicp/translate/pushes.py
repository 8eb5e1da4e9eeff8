"""PushEvseData and PushEvseStatus. Removed EVSEs leave by a push of their own; planned ones are not sent."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway.model.location import Evse, Location
from gateway.model.messages import EvseStatusReport, PublishEvses, PublishStatuses, PushAction, Refusal
from gateway.translation import Form
from gateway_oicp import wire
from gateway_oicp.translate.locations import read_pushed, write_pushed
from gateway_oicp.translate.sessions import cut, evse_text, text
from gateway_oicp.words import ACTION, NAME, STATUS


def read_status(record: wire.EvseStatusRecord) -> EvseStatusReport:
    return EvseStatusReport(evse=EvseId.read(record.evse_id), status=STATUS.read(record.evse_status))


def write_status_record(report: EvseStatusReport) -> wire.EvseStatusRecord:
    return wire.EvseStatusRecord(evse_id=evse_text(report.evse), evse_status=STATUS.write(report.status))


EVSE = Form(NAME, wire.EvseDataRecord, Location, read_pushed, write_pushed)
STATUS_RECORD = Form(NAME, wire.EvseStatusRecord, EvseStatusReport, read_status, write_status_record)


def records(location: Location) -> Iterator[Location]:
    """One location for each EVSE. What was kept for a record stands on the location it was read into."""
    if len(location.evses) == 1:
        yield location
        return
    for evse in location.evses:
        yield replace(location, evses=(evse,), extensions=evse.extensions)


# --- PushEvseData ------------------------------------------------------------------------------------------------


def read_push_evses(model: wire.PushEvseData) -> PublishEvses:
    told = model.operator_evse_data
    return PublishEvses(
        action=(model.action_type and ACTION.read(model.action_type)) or PushAction.UPDATE,
        operator=PartyId.read(told.operator_id) if told else None,
        operator_name=told.operator_name if told else None,
        locations=tuple(map(EVSE.read, told.evse_data_record)) if told else (),
    )


def write_push_evses(message: PublishEvses) -> wire.PushEvseData:
    places = [place for location in message.locations for place in records(location)]
    return wire.PushEvseData(
        action_type=ACTION.write(message.action),
        operator_evse_data=wire.OperatorEvseData(
            operator_id=text(message.operator),
            operator_name=cut(message.operator_name or _operator_name(message), 100),
            evse_data_record=tuple(map(EVSE.write, places)),
        ),
    )


def _operator_name(message: PublishEvses) -> str | None:
    details = (location.operator_details for location in message.locations)
    return next((detail.name for detail in details if detail is not None and detail.name), None)


def split_evses(message: PublishEvses) -> list[PublishEvses]:
    """What is to be pushed, then what is to be deleted. A full load deletes by leaving out."""
    staying = _only(message, lambda evse: is_sent(evse) and not is_removed(evse))
    leaving = replace(_only(message, lambda evse: is_sent(evse) and is_removed(evse)), action=PushAction.DELETE)
    if message.action is PushAction.DELETE:
        return [_only(message, is_sent)]
    if message.action is PushAction.REPLACE_ALL or not leaving.locations:
        return [staying]
    return [leaving] if not staying.locations else [staying, leaving]


def _only(message: PublishEvses, wanted: Callable[[Evse], bool]) -> PublishEvses:
    places = (place for location in message.locations for place in records(location) if wanted(place.evses[0]))
    return replace(message, locations=tuple(places))


def is_removed(evse: Evse) -> bool:
    return evse.status is EvseStatus.REMOVED


def is_sent(evse: Evse) -> bool:
    """An EVSE without an id cannot be named, a planned one is held back until it is built."""
    return evse.evse_id is not None and evse.status is not EvseStatus.PLANNED


def held_back_evses(message: PublishEvses) -> tuple[Refusal, ...]:
    evses = (evse for location in message.locations for evse in location.evses if not is_sent(evse))
    return tuple(
        Refusal(evse=evse.evse_id, uid=evse.uid, text="not sent: it is only planned")
        if evse.evse_id is not None
        else Refusal(uid=evse.uid, text="not sent: it has no EVSE id")
        for evse in evses
    )


# --- PushEvseStatus ----------------------------------------------------------------------------------------------


def read_push_statuses(model: wire.PushEvseStatus) -> PublishStatuses:
    told = model.operator_evse_status
    return PublishStatuses(
        action=(model.action_type and ACTION.read(model.action_type)) or PushAction.UPDATE,
        operator=PartyId.read(told.operator_id) if told else None,
        operator_name=told.operator_name if told else None,
        statuses=tuple(map(STATUS_RECORD.read, told.evse_status_record)) if told else (),
    )


def write_push_statuses(message: PublishStatuses) -> wire.PushEvseStatus:
    return wire.PushEvseStatus(
        action_type=ACTION.write(message.action),
        operator_evse_status=wire.OperatorEvseStatus(
            operator_id=text(message.operator),
            operator_name=cut(message.operator_name, 100),
            evse_status_record=tuple(map(STATUS_RECORD.write, message.statuses)),
        ),
    )


def sayable(message: PublishStatuses) -> PublishStatuses:
    """Without the statuses that OICP has no word for (planned, removed)."""
    statuses = tuple(report for report in message.statuses if STATUS.write(report.status) is not None)
    return replace(message, statuses=statuses)


def held_back_statuses(message: PublishStatuses) -> tuple[Refusal, ...]:
    return tuple(
        Refusal(evse=report.evse, text=f"not sent: OICP has no word for the status {report.status or 'unknown'}")
        for report in message.statuses
        if STATUS.write(report.status) is None
    )
