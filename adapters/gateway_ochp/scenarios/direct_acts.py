"""What the steps of OCHPdirect do: partners that have found each other through the clearing house ask each other."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from gateway.model import messages as m
from gateway.model.ids import EvseId
from gateway.model.session import ChargingDemand, Limit, LimitKind, Session, SessionEvent, SessionEventKind, SessionIds
from gateway.scenario import Act, Stage
from gateway_ochp.direct import rotation
from gateway_ochp.scenarios.acts import CDR
from gateway_ochp.scenarios.cast import demand

SESSION, EVSE = "session", "evse"
_NOBODY = "E9999*9"


# --- registration ------------------------------------------------------------------------------------------------


async def upload(stage: Stage) -> None:
    await rotation.upload_now(stage.link)


async def fetch(stage: Stage) -> None:
    await rotation.fetch_now(stage.link)
    demand(bool(await stage.link.endpoints.partners()), "no partner has an endpoint")


async def register(stage: Stage) -> None:
    """Whatever is missing of our own, and then the list of partners."""
    await upload(stage)
    await fetch(stage)


# --- sessions as a provider --------------------------------------------------------------------------------------


def partner_evse(stage: Stage) -> EvseId:
    """Of the hub's test operator. Raises Unmet."""
    evse = stage.cast.partner_evse
    demand(evse is not None, "no EVSE of a test operator is named")
    return evse or stage.cast.evse


def own_evse(stage: Stage) -> EvseId:
    """Of the operator of the cast."""
    return stage.cast.evse


def nobodys(stage: Stage) -> EvseId:
    party = partner_evse(stage).party or stage.cast.operator
    return EvseId.parse(f"{party.country}*{party.party}*{_NOBODY}")


def deaf(stage: Stage) -> EvseId:
    """One of the simulated test operator that has no OCHPdirect."""
    party = partner_evse(stage).party or stage.cast.operator
    return EvseId.parse(f"{party.country}*{party.party}*E1003")


def select(which: Any, *, minutes: int | None = None, good: bool = True) -> Act:
    async def act(stage: Stage) -> None:
        evse = which(stage)
        answer: m.CommandResult = await stage.send(m.ReserveEvse(token=stage.cast.contract, evse=evse, minutes=minutes))
        demand((answer.status is m.CommandStatus.ACCEPTED) is good, f"the answer is {answer.status}")
        if good:
            demand(answer.session.hub is not None, "the session has no directId")
            demand(answer.valid_until is not None, "nobody says how long the EVSE is held")
            stage.kept[SESSION], stage.kept[EVSE] = SessionIds(hub=answer.session.hub), evse

    return act


async def start(stage: Stage) -> None:
    answer = await stage.send(
        m.StartSession(
            token=stage.cast.contract,
            evse=stage.kept[EVSE],
            session=stage.kept[SESSION],
            demand=ChargingDemand(max_power_kw=Decimal(11)),
        )
    )
    demand(answer.status is m.CommandStatus.ACCEPTED, f"the answer is {answer.status}")


async def change(stage: Stage) -> None:
    answer = await stage.send(
        m.ChangeSession(
            session=stage.kept[SESSION],
            evse=stage.kept[EVSE],
            limits=(Limit(kind=LimitKind.ENERGY, value=Decimal(20), unit="kWh"),),
            demand=ChargingDemand(max_power_kw=Decimal(8), departure=stage.now() + timedelta(hours=2)),
        )
    )
    demand(answer.status is m.CommandStatus.ACCEPTED, f"the answer is {answer.status}")


async def look(stage: Stage) -> None:
    answer: m.SessionState = await stage.send(m.FetchSession(session=stage.kept[SESSION], evse=stage.kept[EVSE]))
    found = answer.session.ids.hub if answer.session is not None else None
    demand(found == stage.kept[SESSION].hub, "the answer is about another session")


async def stop(stage: Stage) -> None:
    answer = await stage.send(m.StopSession(session=stage.kept[SESSION], evse=stage.kept[EVSE]))
    demand(answer.status is m.CommandStatus.ACCEPTED, f"the answer is {answer.status}")


async def release(stage: Stage) -> None:
    await stage.send(m.CancelReservation(session=stage.kept[SESSION], evse=stage.kept[EVSE]))


def told(kind: SessionEventKind, act: Act) -> Act:
    """After the step the operator tells, behind its answer."""

    async def step(stage: Stage) -> None:
        await act(stage)
        await _heard(stage, kind)

    return step


def told_before(kind: SessionEventKind, act: Act) -> Act:
    """The operator tells, and then the step is done."""

    async def step(stage: Stage) -> None:
        await _heard(stage, kind)
        await act(stage)

    return step


async def _heard(stage: Stage, kind: SessionEventKind) -> None:
    name = stage.kept[SESSION].hub
    await stage.heard(
        m.ReportEvent, lambda one: one.event.kind is kind and one.session is not None and one.session.ids.hub == name
    )


def status(which: Any) -> Act:
    async def act(stage: Stage) -> None:
        evse = which(stage)
        answer: m.Statuses = await stage.send(m.FetchStatuses(evses=(evse,)))
        demand(evse in [one.evse for one in answer.statuses], "the EVSE is not in the answer")

    return act


def discrepancy(which: Any) -> Act:
    async def act(stage: Stage) -> None:
        await stage.send(m.ReportDiscrepancy(evse=which(stage), report="The plug on the left is broken."))

    return act


async def bill(stage: Stage) -> None:
    """The operator's CDR names the session as its token."""
    answer: m.Cdrs = await stage.send(m.FetchCdrs())
    name = stage.kept[SESSION].hub
    found = [cdr for cdr in answer.cdrs if cdr.session.hub == name or (cdr.token and cdr.token.uid == name)]
    demand(len(found) == 1, "no CDR of the session waits for the provider")
    stage.kept[CDR] = found[0]


# --- sessions as an operator -------------------------------------------------------------------------------------


def heard(kind: type[m.Message[Any]], act: Act) -> Act:
    """After the step the operator's platform has been asked."""

    async def step(stage: Stage) -> None:
        await act(stage)
        asked = await stage.heard(kind)
        named = getattr(asked, "evse", None)
        demand(named in (None, stage.cast.evse), "the operator was asked for another EVSE")

    return step


def tell(kind: SessionEventKind) -> Act:
    """The operator tells the provider of its session."""

    async def act(stage: Stage) -> None:
        now = stage.now().replace(microsecond=0)
        session = Session(
            ids=stage.kept[SESSION],
            evse=stage.kept[EVSE],
            token=stage.cast.contract,
            start=now - timedelta(minutes=1),
            energy_kwh=Decimal("1.25"),
        )
        event = SessionEvent(kind=kind, at=now, valid_until=now + timedelta(hours=1))
        receipt: m.EventReceipt = await stage.send(m.ReportEvent(event=event, session=session))
        demand(receipt.accepted is True, "the provider has not taken it")
        await _heard(stage, kind)

    return act
