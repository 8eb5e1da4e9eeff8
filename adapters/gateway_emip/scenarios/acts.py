"""What the steps at IOP do: small functions that send one message and look at what comes of it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from gateway.model import messages as m
from gateway.model.cdr import CdrNature
from gateway.model.ids import EvseId
from gateway.model.kinds import EvseStatus
from gateway.model.messages import PlaceLevel
from gateway.model.session import Limit, LimitKind, SessionEvent, SessionEventKind, SessionIds
from gateway.ports import Written
from gateway.scenario import Act, Stage
from gateway_emip import forms
from gateway_emip.exchange import as_operator, asked
from gateway_emip.scenarios.cast import SESSION, demand, known, place_id, record, report, running

NOBODYS = SessionIds(hub="IOP-SID-GIR-V-NONE-00000000-0000-4000-8000-000000000000")


# --- heartbeat and statuses --------------------------------------------------------------------------------------


def heartbeat(*, additional: bool = False) -> Act:
    """Under the main operator, or under another one of the same connection."""

    async def act(stage: Stage) -> None:
        operator = stage.cast.additional if additional else None
        answer: m.HeartbeatAnswer = await stage.send(m.Heartbeat(operator=operator))
        demand(bool(answer.period_seconds), "the answer names no period")
        demand(answer.hub_time is not None, "the answer has no time")

    return act


def status(status: EvseStatus, name: str = "evse") -> Act:
    async def act(stage: Stage) -> None:
        await stage.send(report(getattr(stage.cast, name), status))

    return act


async def unknown_evse(stage: Stage) -> None:
    operator = stage.cast.operator
    evse = EvseId.parse(place_id(operator, "E9999*9"))
    await stage.send(report(evse, EvseStatus.AVAILABLE))


def synthetic(status: EvseStatus) -> Act:
    """Both dimensions in one call, whatever the connection is set to."""

    async def act(stage: Stage) -> None:
        evse = stage.cast.evse
        one = m.EvseStatusReport(evse=evse, status=status, at=stage.now())
        message = as_operator(stage.link, m.PublishStatuses(statuses=(one,)), evse)
        await asked(stage.link, Written(forms.SYNTHETIC, forms.SYNTHETIC.write(message)))

    return act


def available(level: PlaceLevel, place: str) -> Act:
    async def act(stage: Stage) -> None:
        name = place_id(stage.cast.operator, place)
        one = m.PlaceAvailability(level=level, id=name, status=EvseStatus.OUTOFORDER)
        await stage.send(m.PublishAvailability(places=(one,)))

    return act


# --- starts ------------------------------------------------------------------------------------------------------


def show(card: str, allowed: m.Allowed, name: str = "evse") -> Act:
    """A card is shown at an EVSE; a yes opens the session of this scenario."""

    async def act(stage: Stage) -> None:
        own = SessionIds(cpo=_new_name(stage))
        question = m.AuthorizeToken(token=getattr(stage.cast, card), evse=getattr(stage.cast, name), session=own)
        answer: m.Authorization = await stage.send(question)
        demand(answer.allowed is allowed, f"the verdict is {answer.allowed}")
        if allowed is not m.Allowed.ALLOWED:
            return
        stage.kept[SESSION] = replace(answer.session, cpo=own.cpo)
        heard: m.AuthorizeToken | None = await stage.heard(m.AuthorizeToken)
        if heard is not None:
            demand(heard.session.hub == answer.session.hub, "the provider was asked about another session")
            demand(heard.operator == getattr(stage.cast, name).party, "the provider was told another operator")

    return act


def start(name: str = "evse", **more: Any) -> Act:
    """The provider starts remotely; what it grants arrives at the operator of the EVSE."""

    async def act(stage: Stage) -> None:
        own = SessionIds(emsp=_new_name(stage))
        evse = _evse(stage, name)
        message = m.StartSession(token=stage.cast.contract, evse=evse, session=own, **more)
        result: m.CommandResult = await stage.send(message)
        demand(result.status is m.CommandStatus.ACCEPTED, f"the start is {result.status}")
        stage.kept[SESSION] = SessionIds(hub=result.session.hub, emsp=own.emsp)
        heard: m.StartSession | None = await stage.heard(m.StartSession)
        if heard is not None:
            demand(heard.session.hub == result.session.hub, "the operator was told another session")
            demand(heard.operator == evse.party, "the operator was addressed by another name")
            demand(heard.limits == message.limits, "the limits arrived changed")

    return act


def _evse(stage: Stage, name: str) -> EvseId:
    """At the hub's own test operator where it names one and the operator is not ours."""
    chosen: EvseId = getattr(stage.cast, name)
    return stage.cast.partner_evse or chosen


LIMITS = (Limit(kind=LimitKind.ENERGY, value=Decimal(20), unit="kWh"),)


async def strange_start(stage: Stage) -> None:
    """At an EVSE whose operator nobody knows."""
    message = m.StartSession(token=stage.cast.contract, evse=EvseId.parse("XX*ZZZ*E1"))
    result: m.CommandResult = await stage.send(replace(message, session=SessionIds(emsp=_new_name(stage))))
    demand(result.status is m.CommandStatus.UNKNOWN_EVSE, f"the start is {result.status}")


def _new_name(stage: Stage) -> str:
    return f"SC-{int(stage.now().timestamp() * 1_000_000):X}"


# --- actions and events ------------------------------------------------------------------------------------------


def ask(action: m.SessionAction) -> Act:
    async def act(stage: Stage) -> None:
        await stage.send(m.StopSession(session=known(stage), action=action))
        heard: m.StopSession | None = await stage.heard(m.StopSession)
        if heard is not None:
            demand(heard.action is action, f"the operator heard {heard.action}")
            demand(heard.session.hub == known(stage).hub, "the operator was told another session")

    return act


async def ask_of_nobody(stage: Stage) -> None:
    await stage.send(m.StopSession(session=NOBODYS))


def tell(kind: SessionEventKind, name: str = "evse") -> Act:
    async def act(stage: Stage) -> None:
        await stage.send(m.ReportEvent(session=running(stage, name), event=SessionEvent(kind=kind)))
        heard: m.ReportEvent | None = await stage.heard(m.ReportEvent)
        if heard is not None:
            demand(heard.event is not None and heard.event.kind is kind, "the provider heard another event")
            session = heard.session.ids if heard.session is not None else SessionIds()
            demand(session.hub == known(stage).hub, "the provider was told another session")

    return act


async def tell_of_nobody(stage: Stage) -> None:
    session = replace(running(stage, "evse"), ids=NOBODYS)
    await stage.send(m.ReportEvent(session=session, event=SessionEvent(kind=SessionEventKind.START)))


# --- records -----------------------------------------------------------------------------------------------------


def hand_in(nature: CdrNature, name: str = "evse", *, arrives: bool = True) -> Act:
    """`arrives`: the provider gets it."""

    async def act(stage: Stage) -> None:
        cdr = record(stage, name, nature)
        await stage.send(m.SubmitCdr(cdr=cdr))
        heard: m.SubmitCdr | None = await stage.heard(m.SubmitCdr) if arrives else None
        if heard is not None:
            arrived = heard.cdr
            demand(arrived is not None and arrived.session.hub == cdr.session.hub, "another record arrived")
            demand(arrived is not None and arrived.energy_kwh == cdr.energy_kwh, "its energy is another one")

    return act


async def hand_in_for_nobody(stage: Stage) -> None:
    stage.kept[SESSION] = NOBODYS
    await stage.send(m.SubmitCdr(cdr=record(stage, "evse", CdrNature.FINAL)))


async def fetch(stage: Stage) -> None:
    answer: m.Cdrs = await stage.send(m.FetchCdr(session=known(stage)))
    found = [cdr for cdr in answer.cdrs if cdr.session.hub == known(stage).hub]
    demand(len(found) == 1, "the record is not in the answer")


async def fetch_of_nobody(stage: Stage) -> None:
    await stage.send(m.FetchCdr(session=NOBODYS))
