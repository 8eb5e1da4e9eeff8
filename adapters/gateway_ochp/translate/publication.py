"""The messages that carry charge points (crosswalk 2.2)."""

from gateway.model.messages import FetchEvses, Locations, Publication, PublishEvses, PushAction, Refusal
from gateway_ochp import wire
from gateway_ochp.translate.locations import closed, read_charge_points, write_charge_points
from gateway_ochp.translate.results import read_accepted, read_reason, write_answer_result, write_result


def read_published(request: wire.ChargePointListRequest) -> PublishEvses:
    replaces = isinstance(request, wire.SetChargePointListRequest)
    return PublishEvses(
        action=PushAction.REPLACE_ALL if replaces else PushAction.UPDATE,
        locations=read_charge_points(request.charge_point_info_array),
    )


def write_set(message: PublishEvses) -> wire.SetChargePointListRequest:
    return wire.SetChargePointListRequest(charge_point_info_array=write_charge_points(message.locations))


def write_update(message: PublishEvses) -> wire.UpdateChargePointListRequest:
    """An EVSE is deleted by an update to the status Closed (inventory a.7)."""
    gone = message.action is PushAction.DELETE
    locations = tuple(map(closed, message.locations)) if gone else message.locations
    return wire.UpdateChargePointListRequest(charge_point_info_array=write_charge_points(locations))


def read_publication(response: wire.ChargePointListResponse) -> Publication:
    refused = read_charge_points(response.refused_charge_point_info)
    return Publication(
        accepted=read_accepted(response.result),
        reason=read_reason(response.result),
        refused=tuple(Refusal(evse=evse.evse_id) for location in refused for evse in location.evses),
        refused_locations=refused,
    )


def write_set_response(answer: Publication) -> wire.SetChargePointListResponse:
    return wire.SetChargePointListResponse(
        result=write_result(answer.reason, answer.accepted, refused=bool(answer.refused_locations)),
        refused_charge_point_info=write_charge_points(answer.refused_locations),
    )


def write_update_response(answer: Publication) -> wire.UpdateChargePointListResponse:
    return wire.UpdateChargePointListResponse(
        result=write_result(answer.reason, answer.accepted, refused=bool(answer.refused_locations)),
        refused_charge_point_info=write_charge_points(answer.refused_locations),
    )


def read_fetch(_: wire.GetChargePointListRequest) -> FetchEvses:
    return FetchEvses()


def write_fetch(_: FetchEvses) -> wire.GetChargePointListRequest:
    return wire.GetChargePointListRequest()


def read_locations(response: wire.GetChargePointListResponse) -> Locations:
    locations = read_charge_points(response.charge_point_info_array)
    return Locations(locations=locations, reason=read_reason(response.result))


def write_locations(answer: Locations) -> wire.GetChargePointListResponse:
    return wire.GetChargePointListResponse(
        result=write_answer_result(answer.reason), charge_point_info_array=write_charge_points(answer.locations)
    )


def read_fetch_updates(request: wire.GetChargePointListUpdatesRequest) -> FetchEvses:
    return FetchEvses(since=request.last_update)


def write_fetch_updates(message: FetchEvses) -> wire.GetChargePointListUpdatesRequest:
    return wire.GetChargePointListUpdatesRequest(last_update=message.since)


def read_updated_locations(response: wire.GetChargePointListUpdatesResponse) -> Locations:
    locations = read_charge_points(response.charge_point_info_array)
    return Locations(locations=locations, reason=read_reason(response.result))


def write_updated_locations(answer: Locations) -> wire.GetChargePointListUpdatesResponse:
    return wire.GetChargePointListUpdatesResponse(
        result=write_answer_result(answer.reason), charge_point_info_array=write_charge_points(answer.locations)
    )
