"""Live status at the simulated clearing house: kept until its ttl has passed, then unknown."""

from dataclasses import dataclass, replace
from datetime import datetime

from gateway.model.messages import StatusScope
from gateway.simulation import Desk
from gateway_ochp import wire
from gateway_ochp.simulator.rules import Relations, complaints, evse_key, operator_of, result, said
from gateway_ochp.words import SCOPE

UNKNOWN = "unknown"


@dataclass
class Told:
    status: wire.EvseStatus
    at: datetime


@dataclass
class ToldOfParking:
    status: wire.ParkingStatus
    at: datetime


class LiveStatus:
    def __init__(self, desk: Desk, relations: Relations) -> None:
        self._desk, self._relations = desk, relations
        self.evses: dict[str, Told] = {}
        self.parking: dict[str, ToldOfParking] = {}

    def update(self, request: wire.UpdateStatusRequest) -> wire.UpdateStatusResponse:
        """All or nothing: this operation has no list of refused entries."""
        found = complaints(request)
        foreign = [str(e.evse_id) for e in request.evse if self._relations.is_foreign_operator(e.evse_id)]
        if found:
            return wire.UpdateStatusResponse(result=result(wire.FORMAT, said(found)))
        if foreign:
            return wire.UpdateStatusResponse(
                result=result(wire.INVALID_ID, f"not valid for this user: {', '.join(foreign)}")
            )
        now = self._desk.now()
        for entry in request.evse:
            kept = replace(entry, ttl=entry.ttl or request.ttl)
            self.evses[evse_key(entry.evse_id)] = Told(kept, now)
        for spot in request.parking:
            self.parking[str(spot.parking_id)] = ToldOfParking(replace(spot, ttl=spot.ttl or request.ttl), now)
        return wire.UpdateStatusResponse(result=result())

    def get(self, request: wire.GetStatusRequest) -> wire.GetStatusResponse:
        """Statuses newer than the given time; EVSEs unless parking is asked for."""
        scope = SCOPE.read(request.status_type) or StatusScope.EVSE
        since = request.start_date_time
        if scope is StatusScope.PARKING:
            spots = [told for told in self.parking.values() if since is None or told.at > since]
            return wire.GetStatusResponse(parking=tuple(self._current_parking(told.status) for told in spots))
        entries = tuple(
            self._current(told.status)
            for told in self.evses.values()
            if (since is None or told.at > since) and self._relations.emsp_sees(operator_of(told.status.evse_id))
        )
        if scope is StatusScope.COMBINED:
            return wire.GetStatusResponse(combined=entries)
        return wire.GetStatusResponse(evse=entries)

    def _current(self, status: wire.EvseStatus) -> wire.EvseStatus:
        ended = status.ttl is not None and status.ttl < self._desk.now()
        return replace(status, major=UNKNOWN, minor=None) if ended else status

    def _current_parking(self, status: wire.ParkingStatus) -> wire.ParkingStatus:
        ended = status.ttl is not None and status.ttl < self._desk.now()
        return replace(status, status=UNKNOWN) if ended else status
