"""What the steps of scenarios do: small functions that send one message and look at what comes of it."""

from datetime import timedelta
from typing import Any

from gateway.model import messages as m
from gateway.model.ids import EvseId
from gateway.model.kinds import EvseStatus
from gateway.model.session import SessionEventKind
from gateway.model.token import Token
from gateway.scenario import Act, Stage
from gateway_oicp.scenarios.cast import SESSION, demand, event, place, record, started

# --- data and statuses -------------------------------------------------------------------------------------------


def push(action: m.PushAction, *names: str, **changed: Any) -> Act:
    """`names` are EVSEs of the cast: `evse`, `second`."""

    async def act(stage: Stage) -> None:
        places = tuple(place(getattr(stage.cast, name), **changed) for name in names)
        await stage.send(m.PublishEvses(action=action, locations=places))

    return act


def statuses(action: m.PushAction, status: EvseStatus, *names: str) -> Act:
    async def act(stage: Stage) -> None:
        reports = tuple(m.EvseStatusReport(evse=getattr(stage.cast, name), status=status) for name in names)
        await stage.send(m.PublishStatuses(action=action, statuses=reports))

    return act


# --- authorisations ----------------------------------------------------------------------------------------------


def _token(stage: Stage, name: str, made: Any) -> Token:
    token: Token = getattr(stage.cast, name)
    return made(token) if made is not None else token


def authorise(name: str, made: Any = None, *, asks: bool = True) -> Act:
    """`asks`: the hub passes the question on to the provider."""

    async def act(stage: Stage) -> None:
        answer: m.Authorization = await stage.send(
            m.AuthorizeToken(token=_token(stage, name, made), evse=stage.cast.evse)
        )
        if answer.allowed is m.Allowed.ALLOWED:
            started(stage, answer.session)
            if asks:
                await stage.heard(m.AuthorizeToken)

    return act


def refused(name: str) -> Act:
    async def act(stage: Stage) -> None:
        answer = await stage.send(m.AuthorizeToken(token=getattr(stage.cast, name), evse=stage.cast.evse))
        demand(answer.session.hub is None, "a refused driver has a session")

    return act


def stop_by(name: str, made: Any = None, *, asks: bool = False) -> Act:
    async def act(stage: Stage) -> None:
        token = _token(stage, name, made)
        await stage.send(m.AuthorizeStop(token=token, evse=stage.cast.evse, session=stage.kept[SESSION]))
        if asks:
            await stage.heard(m.AuthorizeStop)

    return act


# --- remote ------------------------------------------------------------------------------------------------------


async def remote_start(stage: Stage) -> None:
    answer = await stage.send(m.StartSession(token=stage.cast.contract, evse=stage.cast.evse))
    started(stage, answer.session)
    asked = await stage.heard(m.StartSession)
    demand(asked is None or asked.evse == stage.cast.evse, "the operator was asked for another EVSE")


async def remote_start_elsewhere(stage: Stage) -> None:
    nowhere = EvseId.parse(f"{stage.cast.operator}*E9999*9")
    await stage.send(m.StartSession(token=stage.cast.contract, evse=nowhere))


async def remote_stop(stage: Stage) -> None:
    await stage.send(m.StopSession(evse=stage.cast.evse, session=stage.kept[SESSION]))


async def remote_stop_heard(stage: Stage) -> None:
    await remote_stop(stage)
    await stage.heard(m.StopSession)


async def reserve(stage: Stage) -> None:
    answer = await stage.send(m.ReserveEvse(token=stage.cast.contract, evse=stage.cast.evse, minutes=15))
    started(stage, answer.session)
    asked = await stage.heard(m.ReserveEvse)
    demand(asked is None or asked.minutes == 15, "the operator was asked for another time")


async def cancel(stage: Stage) -> None:
    await stage.send(m.CancelReservation(evse=stage.cast.evse, session=stage.kept[SESSION]))
    await stage.heard(m.CancelReservation)


# --- notifications and records -----------------------------------------------------------------------------------


def notify(kind: SessionEventKind, **more: Any) -> Act:
    async def act(stage: Stage) -> None:
        await stage.send(event(stage, kind, **more))

    return act


def notify_heard(kind: SessionEventKind, **more: Any) -> Act:
    async def act(stage: Stage) -> None:
        await stage.send(event(stage, kind, **more))
        heard = await stage.heard(m.ReportEvent)
        demand(heard is None or heard.event.kind is kind, f"the provider heard no {kind.value}")

    return act


def cdr(name: str = "card", made: Any = None, **changed: Any) -> Act:
    async def act(stage: Stage) -> None:
        await stage.send(m.SubmitCdr(cdr=record(stage, _token(stage, name, made), **changed)))

    return act


def cdr_heard(name: str = "card", made: Any = None, **changed: Any) -> Act:
    async def act(stage: Stage) -> None:
        await cdr(name, made, **changed)(stage)
        heard = await stage.heard(m.SubmitCdr)
        demand(heard is None or heard.cdr.session.hub == stage.kept[SESSION].hub, "the provider got another record")

    return act


def fetch_cdrs(**wish: Any) -> Act:
    """Those of the last hour."""

    async def act(stage: Stage) -> None:
        now = stage.now()
        answer = await stage.send(m.FetchCdrs(since=now - timedelta(hours=1), until=now + timedelta(minutes=1), **wish))
        ids = [one.session.hub for one in answer.cdrs]
        if SESSION in stage.kept:
            demand(stage.kept[SESSION].hub in ids, "the record of the session is not among them")

    return act
