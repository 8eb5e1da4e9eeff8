"""What the steps at the clearing house do: small functions that send one message and look at what comes of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.model import kinds as k
from gateway.model import messages as m
from gateway.model.cdr import CdrStatus
from gateway.model.kinds import EvseStatus
from gateway.scenario import Act, Stage
from gateway_ochp.scenarios.cast import PARKING, STRANGE_CONTRACT, card, demand, place, record, tariff

SINCE, CDR, SETTLED = "since", "cdr", "the provider's word"
OVERLAP = timedelta(seconds=2)
"""The hub keeps whole seconds."""


async def mark_and_ask(stage: Stage) -> None:
    stage.kept[SINCE] = stage.now() - OVERLAP
    await stage.send(m.FetchStatuses(since=stage.kept[SINCE]))


# --- charge points and statuses ----------------------------------------------------------------------------------


def publish(action: m.PushAction, *names: str, **more: Any) -> Act:
    """`names` are EVSEs of the cast: `evse`, `second`."""

    async def act(stage: Stage) -> None:
        stage.kept[SINCE] = stage.now() - OVERLAP
        places = tuple(place(getattr(stage.cast, name), **more) for name in names)
        answer = await stage.send(m.PublishEvses(action=action, locations=places))
        demand(not answer.refused, "charge points were refused")

    return act


def fetch_evses(*names: str, changes: bool = False, status: k.StaticStatus | None = None) -> Act:
    """`names` have to be in the list."""

    async def act(stage: Stage) -> None:
        since = stage.kept[SINCE] if changes else None
        answer: m.Locations = await stage.send(m.FetchEvses(since=since))
        found = {evse.evse_id: evse.static_status for location in answer.locations for evse in location.evses}
        wanted = [getattr(stage.cast, name) for name in names]
        demand(all(evse in found for evse in wanted), "an EVSE is not in the list")
        demand(status is None or all(found[evse] is status for evse in wanted), "its static status is another one")

    return act


async def statuses(stage: Stage) -> None:
    until = stage.now() + timedelta(minutes=5)
    reports = (
        m.EvseStatusReport(evse=stage.cast.evse, status=EvseStatus.CHARGING, until=until + timedelta(minutes=15)),
        m.EvseStatusReport(evse=stage.cast.second, status=EvseStatus.AVAILABLE),
    )
    await stage.send(m.PublishStatuses(statuses=reports, until=until))


async def fetch_statuses(stage: Stage) -> None:
    answer: m.Statuses = await stage.send(m.FetchStatuses())
    told = {one.evse: one for one in answer.statuses}
    demand(stage.cast.evse in told and stage.cast.second in told, "a status is not in the list")
    demand(told[stage.cast.evse].status is EvseStatus.CHARGING, "the status is another one")
    ends = [told[evse].until for evse in (stage.cast.evse, stage.cast.second)]
    demand(None not in ends and ends[0] != ends[1], "the ttl of an entry does not count over that of the message")


def parking_id(stage: Stage) -> str:
    return f"{stage.cast.operator.country}*{stage.cast.operator.party}*{PARKING}"


async def parking(stage: Stage) -> None:
    spot = m.ParkingStatusReport(parking_id=parking_id(stage), status=EvseStatus.BLOCKED)
    await stage.send(m.PublishStatuses(parking=(spot,)))


async def fetch_parking(stage: Stage) -> None:
    answer: m.Statuses = await stage.send(m.FetchStatuses(scope=m.StatusScope.PARKING))
    demand(any(one.parking_id == parking_id(stage) for one in answer.parking), "the parking spot is not in the list")


async def fetch_combined(stage: Stage) -> None:
    await stage.send(m.FetchStatuses(scope=m.StatusScope.COMBINED))


# --- tariffs -----------------------------------------------------------------------------------------------------


def tariffs(default: str, own: str) -> Act:
    async def act(stage: Stage) -> None:
        stage.kept[SINCE] = stage.now() - OVERLAP
        both = (tariff(stage, default), tariff(stage, own, stage.cast.provider))
        answer = await stage.send(m.PublishTariffs(tariffs=both))
        demand(not answer.refused, "a tariff was refused")

    return act


def fetch_tariffs(price: str, *, changes: bool = False) -> Act:
    """Only the provider's own price is told, and nobody's name."""

    async def act(stage: Stage) -> None:
        since = stage.kept[SINCE] if changes else None
        answer: m.Tariffs = await stage.send(m.FetchTariffs(since=since))
        own = [one for one in answer.tariffs if one.operator == stage.cast.operator]
        prices = {str(part.price) for one in own for element in one.elements for part in element.price_components}
        demand(prices == {price}, f"the price is not {price} alone")

    return act


# --- tokens ------------------------------------------------------------------------------------------------------


def tokens(action: m.PushAction, *names: str) -> Act:
    async def act(stage: Stage) -> None:
        stage.kept[SINCE] = stage.now() - OVERLAP
        answer = await stage.send(m.PublishTokens(action=action, tokens=tuple(card(stage, name) for name in names)))
        demand(not answer.refused, "a token was refused")

    return act


def fetch_tokens(*names: str, changes: bool = False) -> Act:
    async def act(stage: Stage) -> None:
        since = stage.kept[SINCE] if changes else None
        answer: m.Tokens = await stage.send(m.FetchTokens(since=since))
        found = {(token.uid or "").upper() for token in answer.tokens}
        demand({getattr(stage.cast, name).uid for name in names} <= found, "a token is not in the list")

    return act


def look_up(name: str, allowed: m.Allowed) -> Act:
    async def act(stage: Stage) -> None:
        answer: m.Authorization = await stage.send(m.AuthorizeToken(token=getattr(stage.cast, name)))
        demand(answer.allowed is allowed, f"the verdict is {answer.allowed}")

    return act


# --- CDRs --------------------------------------------------------------------------------------------------------


async def new_cdr(stage: Stage) -> None:
    cdr = record(stage)
    await stage.send(m.SubmitCdr(cdr=cdr))
    stage.kept[CDR] = cdr


async def strange_cdr(stage: Stage) -> None:
    """Of a contract that nobody has a relation with."""
    token = replace(card(stage), contract_id=STRANGE_CONTRACT)
    receipt: m.CdrReceipt = await stage.send(m.SubmitCdr(cdr=record(stage, token=token)))
    demand(receipt.accepted is False and bool(receipt.refused), "it is not in the list of the implausible")


def again(status: CdrStatus) -> Act:
    async def act(stage: Stage) -> None:
        await stage.send(m.SubmitCdr(cdr=replace(stage.kept[CDR], status=status)))

    return act


def fetch_cdrs(*, there: bool, status: CdrStatus | None = None) -> Act:
    async def act(stage: Stage) -> None:
        answer: m.Cdrs = await stage.send(m.FetchCdrs(status=status))
        _is_there(stage, answer, there)

    return act


async def waiting(stage: Stage) -> None:
    first, second = await stage.send(m.FetchCdrs()), await stage.send(m.FetchCdrs())
    demand([cdr.id for cdr in first.cdrs] == [cdr.id for cdr in second.cdrs], "the second answer is another one")


def check_cdrs(*, there: bool, status: CdrStatus | None = None) -> Act:
    async def act(stage: Stage) -> None:
        _ = stage.kept[SETTLED]  # Without it there is nothing to be found.
        answer: m.Cdrs = await stage.send(m.CheckCdrs(status=status))
        _is_there(stage, answer, there)

    return act


def _is_there(stage: Stage, answer: m.Cdrs, there: bool) -> None:
    found = stage.kept[CDR].id in [cdr.id for cdr in answer.cdrs]
    demand(found is there, f"the CDR is {'not ' if there else ''}in the list")


def settle(*, approved: bool) -> Act:
    async def act(stage: Stage) -> None:
        names = (m.CdrReference(cdr_id=stage.kept[CDR].id, evse=stage.kept[CDR].evse),)
        await stage.send(m.ConfirmCdrs(approved=names) if approved else m.ConfirmCdrs(declined=names))
        stage.kept[SETTLED] = names

    return act
