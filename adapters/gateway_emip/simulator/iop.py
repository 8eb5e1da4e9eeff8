"""A simulated IOP: rule-true, stateful, strict. `/api/emip` is its one address, the element of the body decides.

What a world can set is in `settings.py`, what people can direct in `directing.py`.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gateway.errors import Undecodable
from gateway.findings import Finding, errors
from gateway.http import HttpRequest, HttpResponse
from gateway.simulation import Desk
from gateway.wire import WireModel, decode_document
from gateway.wire.soap import SOAP_12, opened
from gateway_emip import forms, wire
from gateway_emip.documents import answered, faulted, recognised
from gateway_emip.simulator import authorising, directing, records, starts, statuses, talks
from gateway_emip.simulator import operator as played
from gateway_emip.simulator.house import House
from gateway_emip.simulator.settings import check
from gateway_emip.words import OK

BASE = "/api/emip"
ANSWERED = ("foreign-operator", "unknown-value")
"""What is wrong with a message that the operation itself answers: 201 for the EVSE of somebody else, 10506 for a nature
that no list has."""


async def heart_beat(house: House, asked: wire.HeartBeatRequest) -> wire.HeartBeatResponse:
    return wire.HeartBeatResponse(
        heart_beat_period=house.desk.world.heartbeat_period,
        current_time=house.desk.now(),
        transaction_id=house.transaction(asked),
        request_status=house.callers.beat(asked) or OK,
    )


Serve = Callable[[House, Any], Awaitable[WireModel]]
SERVED: Mapping[str, Serve] = {
    forms.HEARTBEAT.name: heart_beat,
    forms.AVAILABILITY.name: statuses.set_availability,
    forms.BUSY.name: statuses.set_busy,
    forms.SYNTHETIC.name: statuses.set_synthetic,
    forms.POOL.name: statuses.set_pool,
    forms.STATION.name: statuses.set_station,
    forms.CONNECTOR.name: statuses.set_connector,
    forms.AUTHORISATION.name: authorising.get_service_authorisation,
    forms.START.name: starts.set_service_authorisation,
    forms.ACTION.name: talks.set_session_action,
    forms.EVENT.name: talks.set_session_event_report,
    forms.CDR.name: records.set_charge_detail_record,
    forms.FETCH.name: records.get_charge_detail_record,
}


class Iop:
    """What it refuses, it refuses with a request status; what it cannot read, with a SOAP fault.

    See `HubSimulator` and `Acting`.
    """

    def __init__(self, desk: Desk) -> None:
        """Raises Invalid for settings that it does not know."""
        check(desk.world.settings)
        self._desk = desk
        self._house = House(desk)
        self._is_going_on = False

    async def handle(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return faulted(405, "eMIP is spoken by POST")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind and kind != SOAP_12.content_type:
            return faulted(415, f"eMIP is SOAP 1.2: {SOAP_12.content_type} is expected, not {kind:.80}")
        try:
            child = opened(request.body, SOAP_12).child
            form, _ = recognised(child)
        except Undecodable as error:
            return faulted(400, error.public_text)
        serve = SERVED.get(form.name) if form.direction == "request" else None
        if serve is None:
            return faulted(400, f"{form.wire.element} is not served here")
        decoded = decode_document(form.wire, child)
        broken = next((one for one in errors(decoded.findings) if one.code not in ANSWERED), None)
        if broken is not None:
            return faulted(400, _words(broken))
        return await self._served(form.name, serve, decoded.model)

    async def _served(self, operation: str, serve: Serve, asked: Any) -> HttpResponse:
        caller = asked.operator_id or ""
        too_many = self._desk.over_budget(operation, caller)
        if too_many is not None:
            return too_many
        await self._goes_on()
        async with self._desk.handling(operation, caller):
            return answered(await serve(self._house, asked))

    async def _goes_on(self) -> None:
        """What the operator that IOP plays has to tell; one teller at a time, or a record would go out twice.

        Before the next request: an eMSP hears of no session whose name it has not been told.
        """
        if self._is_going_on:
            return
        self._is_going_on = True
        try:
            await played.goes_on(self._house, talks.report, records.take)
        finally:
            self._is_going_on = False

    # --- for people ----------------------------------------------------------------------------------------------

    def state(self) -> Mapping[str, Any]:
        return self._house.state()

    def reset(self) -> None:
        self._house = House(self._desk)

    async def remote_start(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        return await directing.remote_start(self._house, wish)

    async def remote_stop(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        return await directing.remote_stop(self._house, wish)

    async def act(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        """`{"operation": …, …}`, see `directing.ACTS`."""
        told = await directing.act(self._house, wish)
        await self._goes_on()
        return told


def _words(broken: Finding) -> str:
    return f"{broken.pointer}: {broken.text}" if broken.pointer else broken.text
