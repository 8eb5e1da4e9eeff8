"""PullEvseData and PullEvseStatus, questions and answers."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from gateway.model.ids import PartyId
from gateway.model.location import Location
from gateway.model.messages import (
    EvseStatusReport,
    FetchEvses,
    FetchStatuses,
    Locations,
    Page,
    SearchArea,
    Statuses,
)
from gateway.translation import Form
from gateway_oicp import wire
from gateway_oicp.translate.locations import read_pulled, write_pulled
from gateway_oicp.translate.places import read_coordinates, write_coordinates
from gateway_oicp.translate.pushes import STATUS_RECORD, records
from gateway_oicp.translate.sessions import read_reason, text, write_status
from gateway_oicp.words import ACCESS, AUTHENTICATION, CALIBRATION, NAME, STATUS, Code

COORDINATES = "DecimalDegree"
"""The notation that we ask for and write (GeoCoordinatesResponseFormat)."""
PULLED_EVSE = Form(NAME, wire.PullEvseDataRecord, Location, read_pulled, write_pulled)


def _read_area(center: wire.SearchCenter | None) -> SearchArea | None:
    if center is None:
        return None
    return SearchArea(center=read_coordinates(center.geo_coordinates), radius_km=center.radius)


def _write_area(area: SearchArea | None) -> wire.SearchCenter | None:
    if area is None:
        return None
    return wire.SearchCenter(geo_coordinates=write_coordinates(area.center), radius=area.radius_km)


# --- PullEvseData ------------------------------------------------------------------------------------------------


def read_pull_evses(model: wire.PullEvseData) -> FetchEvses:
    operators = (PartyId.read(operator) for operator in model.operator_ids)
    return FetchEvses(
        provider=PartyId.read(model.provider_id),
        since=model.last_call,
        area=_read_area(model.search_center),
        countries=model.country_codes,
        operators=tuple(operator for operator in operators if operator is not None),
        authentication_methods=tuple(
            method for method in map(AUTHENTICATION.read, model.authentication_modes) if method is not None
        ),
        access=tuple(access for access in map(ACCESS.read, model.accessibility) if access is not None),
        calibration_law=tuple(
            law for law in map(CALIBRATION.read, model.calibration_law_data_availability) if law is not None
        ),
        renewable_energy=model.renewable_energy,
        hub_compatible=model.is_hubject_compatible,
        open_24_hours=model.is_open_24_hours,
    )


def write_pull_evses(message: FetchEvses) -> wire.PullEvseData:
    """Filters that the hub has no word for are left out: it then answers with more, never with less."""
    return wire.PullEvseData(
        provider_id=text(message.provider),
        search_center=_write_area(message.area),
        last_call=message.since,
        geo_coordinates_response_format=COORDINATES,
        country_codes=message.countries,
        operator_ids=tuple(map(str, message.operators)),
        authentication_modes=_words(list(map(AUTHENTICATION.write, message.authentication_methods))),
        accessibility=_words(list(map(ACCESS.write, message.access))),
        calibration_law_data_availability=_words(list(map(CALIBRATION.write, message.calibration_law))),
        renewable_energy=message.renewable_energy,
        is_hubject_compatible=message.hub_compatible,
        is_open_24_hours=message.open_24_hours,
    )


def _words(words: Sequence[str | None]) -> tuple[str, ...]:
    return tuple(word for word in words if word is not None) if None not in words else ()


def read_evse_page(model: wire.EvseDataPage) -> Locations:
    return Locations(
        locations=tuple(map(PULLED_EVSE.read, model.content)),
        page=Page(
            number=model.number,
            size=model.size,
            count=model.number_of_elements,
            total=model.total_elements,
            pages=model.total_pages,
            first=model.first,
            last=model.last,
        ),
        reason=read_reason(model.status_code),
    )


def write_evse_page(answer: Locations) -> wire.EvseDataPage:
    """Without a page of its own the answer is the only one."""
    content = tuple(PULLED_EVSE.write(place) for location in answer.locations for place in records(location))
    count = len(content)
    page = answer.page or Page(number=0, size=count, count=count, total=count, pages=1, first=True, last=True)
    reason = answer.reason
    return wire.EvseDataPage(
        content=content,
        number=page.number,
        size=page.size,
        total_elements=page.total,
        last=page.last,
        total_pages=page.pages,
        first=page.first,
        number_of_elements=page.count,
        status_code=write_status(reason.code if reason and reason.code else Code.SUCCESS, reason),
    )


# --- PullEvseStatus ----------------------------------------------------------------------------------------------


def read_pull_statuses(model: wire.PullEvseStatus) -> FetchStatuses:
    return FetchStatuses(
        provider=PartyId.read(model.provider_id),
        area=_read_area(model.search_center),
        status=STATUS.read(model.evse_status),
    )


def write_pull_statuses(message: FetchStatuses) -> wire.PullEvseStatus:
    return wire.PullEvseStatus(
        provider_id=text(message.provider),
        search_center=_write_area(message.area),
        evse_status=STATUS.write(message.status),
    )


def read_statuses(model: wire.EvseStatusList) -> Statuses:
    groups = model.evse_statuses.operator_evse_status if model.evse_statuses else ()
    return Statuses(
        statuses=tuple(report for group in groups for report in _read_group(group)),
        reason=read_reason(model.status_code),
    )


def _read_group(group: wire.OperatorEvseStatus) -> list[EvseStatusReport]:
    operator = PartyId.read(group.operator_id)
    reports = map(STATUS_RECORD.read, group.evse_status_record)
    return [replace(report, operator=operator, operator_name=group.operator_name) for report in reports]


def write_statuses(answer: Statuses) -> wire.EvseStatusList:
    groups = groupby(answer.statuses, key=lambda report: (text(_operator(report)), report.operator_name))
    listed = tuple(
        wire.OperatorEvseStatus(
            operator_id=operator,
            operator_name=name,
            evse_status_record=tuple(STATUS_RECORD.write(report) for report in reports),
        )
        for (operator, name), reports in groups
    )
    reason = answer.reason
    return wire.EvseStatusList(
        evse_statuses=wire.EvseStatuses(operator_evse_status=listed),
        status_code=write_status(reason.code, reason) if reason and reason.code else None,
    )


def _operator(report: EvseStatusReport) -> PartyId | None:
    return report.operator or (report.evse.party if report.evse else None)
