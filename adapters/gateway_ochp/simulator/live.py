"""Live status at the simulated clearing house: kept until its ttl has passed, then unknown, or dropped."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from gateway.model.messages import StatusScope
from gateway.simulation import Desk
from gateway_ochp import wire
from gateway_ochp.simulator.accounts import CPO, PSO, STATUS, Account, operator_of, prefix_of
from gateway_ochp.simulator.charge_points import ChargePoints
from gateway_ochp.simulator.rules import complaints, evse_key, result, said
from gateway_ochp.simulator.settings import EXPIRED_STATUS, setting
from gateway_ochp.words import SCOPE

AVAILABLE, NOT_AVAILABLE, UNKNOWN, BLOCKED = "available", "not-available", "unknown", "blocked"
S = TypeVar("S", wire.EvseStatus, wire.ParkingStatus)


@dataclass
class Told(Generic[S]):
    """`at` is when it arrived."""

    status: S
    at: datetime


class LiveStatus:
    def __init__(self, desk: Desk, charge_points: ChargePoints) -> None:
        self._desk, self._charge_points = desk, charge_points
        self.evses: dict[str, Told[wire.EvseStatus]] = {}
        self.parking: dict[str, Told[wire.ParkingStatus]] = {}

    def update(self, request: wire.UpdateStatusRequest, account: Account) -> wire.UpdateStatusResponse:
        """All or nothing: this operation has no list of refused entries. The ttl of an entry counts over that of the
        message."""
        found = complaints(request)
        if found:
            return wire.UpdateStatusResponse(result=result(wire.FORMAT, said(found)))
        foreign = [str(one.evse_id) for one in request.evse if not account.owns_evse(one.evse_id)]
        foreign += [
            str(one.parking_id) for one in request.parking if not account.owns(prefix_of(one.parking_id), CPO, PSO)
        ]
        if foreign:
            return wire.UpdateStatusResponse(
                result=result(wire.INVALID_ID, f"not valid for this user: {', '.join(foreign)}")
            )
        now = self._desk.now()
        for entry in request.evse:
            self.evses[evse_key(entry.evse_id)] = Told(replace(entry, ttl=entry.ttl or request.ttl), now)
        for spot in request.parking:
            self.parking[parking_key(spot.parking_id)] = Told(replace(spot, ttl=spot.ttl or request.ttl), now)
        return wire.UpdateStatusResponse(result=result())

    def get(self, request: wire.GetStatusRequest, account: Account) -> wire.GetStatusResponse:
        """Statuses newer than the given time; EVSEs unless something else is asked for."""
        scope = SCOPE.read(request.status_type) or StatusScope.EVSE
        since = request.start_date_time
        if scope is StatusScope.PARKING:
            spots = self._current(self.parking, since, _unknown_spot)
            seen = tuple(one for one in spots if account.sees_operator(prefix_of(one.parking_id), STATUS))
            return wire.GetStatusResponse(parking=seen)
        is_mixed = scope is StatusScope.COMBINED
        entries = self._current(self._mixed() if is_mixed else self.evses, since, _unknown_evse)
        visible = tuple(one for one in entries if account.sees_operator(operator_of(one.evse_id), STATUS))
        return wire.GetStatusResponse(combined=visible) if is_mixed else wire.GetStatusResponse(evse=visible)

    def _current(self, told: Mapping[str, Told[S]], since: datetime | None, unknown: Callable[[S], S]) -> Iterable[S]:
        """By the time of arrival; after its ttl a status is unknown."""
        now, drops = self._desk.now(), setting(self._desk.world, EXPIRED_STATUS) == "dropped"
        for one in told.values():
            if since is not None and one.at <= since:
                continue
            if one.status.ttl is None or one.status.ttl >= now:
                yield one.status
            elif not drops:
                yield unknown(one.status)

    def _mixed(self) -> Mapping[str, Told[wire.EvseStatus]]:
        """An EVSE that is available cannot be used while all its parking spots are taken."""
        now, mixed = self._desk.now(), dict(self.evses)
        for key, keys in self._spots().items():
            told = self.evses.get(key)
            taken = [self.parking[spot] for spot in keys if spot in self.parking]
            if told is None or told.status.major != AVAILABLE or not keys:
                continue
            ends = [one.status.ttl for one in taken if _is_taken(one.status, now)]
            if len(ends) == len(keys):
                ttl = min((end for end in (*ends, told.status.ttl) if end is not None), default=None)
                at = max(told.at, *(one.at for one in taken))
                mixed[key] = Told(replace(told.status, major=NOT_AVAILABLE, minor=BLOCKED, ttl=ttl), at)
        return mixed

    def _spots(self) -> Mapping[str, Sequence[str]]:
        """The parking spots of each EVSE, from its static data."""
        infos = self._charge_points.register.records(self._desk.now())
        return {evse_key(info.evse_id): [parking_key(one.parking_id) for one in info.parking_spot] for info in infos}


def _unknown_evse(status: wire.EvseStatus) -> wire.EvseStatus:
    return replace(status, major=UNKNOWN, minor=None)


def _unknown_spot(status: wire.ParkingStatus) -> wire.ParkingStatus:
    return replace(status, status=UNKNOWN)


def _is_taken(status: wire.ParkingStatus, now: datetime) -> bool:
    return status.status == NOT_AVAILABLE and (status.ttl is None or status.ttl >= now)


def parking_key(parking_id: str | None) -> str:
    return (parking_id or "").replace("*", "").upper()
