"""The heartbeat: either role, one a partner or one an operator."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.errors import GatewayError
from gateway.model.ids import PartyId
from gateway.model.messages import (
    Answer,
    Heartbeat,
    HeartbeatAnswer,
    Message,
)
from gateway.ports import Backend, Beat, Beats, HubLink, Job, Written
from gateway_emip import forms
from gateway_emip.exchange import addressed, asked, main_operator
from gateway_emip.profile import HEARTBEAT_DEFAULT, HEARTBEAT_LONGEST, HEARTBEAT_SHORTEST, setting

AGAIN_SECONDS = 60.0
"""After a heartbeat without an answer."""


async def heartbeat(hub: HubLink, message: Heartbeat) -> HeartbeatAnswer:
    message = addressed(hub, replace(message, operator=message.operator or main_operator(hub.connection)))
    answer: HeartbeatAnswer = await asked(hub, Written(forms.HEARTBEAT, forms.HEARTBEAT.write(message)))
    return answer


async def beat(hub: HubLink, _: Backend) -> Beats:
    """One heartbeat a partner, or one an operator where the connection says so; the next when the hub wants it.

    Of several periods the shortest counts. What one operator is refused does not silence the others.
    """
    main = main_operator(hub.connection)
    each = bool(setting(hub.connection, "heartbeat_per_operator"))
    others = [operator.id for operator in hub.connection.operators if operator.id != main] if each else []
    beats = [await _beat_of(hub, operator) for operator in (main, *others)]
    missed = any(one.words for one in beats)
    wait = min(one.period_seconds for one in beats)
    return Beats(min(wait, AGAIN_SECONDS) if missed else wait, beats)


async def _beat_of(hub: HubLink, operator: PartyId) -> Beat:
    begun = hub.now()
    try:
        answer = await heartbeat(hub, Heartbeat(operator=operator))
    except GatewayError as error:
        return Beat(operator=operator, at=hub.now(), period_seconds=HEARTBEAT_DEFAULT, words=str(error))
    return Beat(
        operator=operator,
        at=hub.now(),
        period_seconds=_bounded(answer.period_seconds),
        ahead_seconds=_ahead(answer.hub_time, begun, hub.now()),
    )


def _bounded(wanted: int | None) -> float:
    """The period as the hub wants it, within bounds (grade D: nobody tells the unit; seconds are taken)."""
    return float(min(max(wanted or HEARTBEAT_DEFAULT, HEARTBEAT_SHORTEST), HEARTBEAT_LONGEST))


def _ahead(hub_time: datetime | None, begun: datetime, ended: datetime) -> float | None:
    """By how much the hub's clock is ahead of ours, taken in the middle of the exchange; without a zone it is UTC."""
    return None if hub_time is None else (hub_time - (begun + (ended - begun) / 2)).total_seconds()


SENDS: Mapping[type[Message[Any]], Callable[[HubLink, Any], Awaitable[Answer]]] = {
    Heartbeat: heartbeat,
}
JOBS = (Job("heartbeat", None, HEARTBEAT_DEFAULT, beat),)
