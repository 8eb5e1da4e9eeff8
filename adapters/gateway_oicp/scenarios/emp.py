"""The onboarding of a provider."""

from collections.abc import Sequence
from datetime import timedelta

from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.kinds import EvseStatus
from gateway.model.messages import PushAction
from gateway.scenario import CPO, EMP, OFFLINE, Act, Scenario, Stage, Step
from gateway_oicp.scenarios import acts
from gateway_oicp.scenarios.cast import demand

_SINCE = "since"


async def _pull_all(stage: Stage) -> None:
    """All pages; the time before is what the next question begins from."""
    stage.kept[_SINCE] = stage.now()
    answer: m.Locations = await stage.send(m.FetchEvses())
    found = {evse.evse_id for location in answer.locations for evse in location.evses}
    demand(bool(found), "the hub shows no EVSE")


async def _pull_changes(stage: Stage) -> None:
    answer: m.Locations = await stage.send(m.FetchEvses(since=stage.kept[_SINCE] - timedelta(seconds=2)))
    changed = {evse.evse_id: evse.status for location in answer.locations for evse in location.evses}
    demand(EvseStatus.REMOVED in changed.values() or not stage.kept.get("deleted"), "the deleted EVSE is not named")


async def _delete(stage: Stage) -> None:
    await acts.push(PushAction.DELETE, "second")(stage)
    stage.kept["deleted"] = True


async def _pull_statuses(stage: Stage) -> None:
    await stage.send(m.FetchStatuses())


async def _pull_statuses_by_id(stage: Stage) -> None:
    answer: m.Statuses = await stage.send(m.FetchStatuses(evses=(stage.cast.evse,)))
    demand([one.evse for one in answer.statuses] == [stage.cast.evse], "not the EVSE that was asked for")


async def _pull_statuses_by_operator(stage: Stage) -> None:
    await stage.send(m.FetchStatuses(operators=(stage.cast.operator,)))


async def _pull_products(stage: Stage) -> None:
    await stage.send(m.FetchTariffs(operators=(stage.cast.operator,)))


async def _pull_assignments(stage: Stage) -> None:
    await stage.send(m.FetchEvseTariffs(operators=(stage.cast.operator,)))


def _upload(action: PushAction, *names: str) -> Act:
    async def act(stage: Stage) -> None:
        tokens = tuple(getattr(stage.cast, name) for name in names)
        await stage.send(m.PublishTokens(action=action, tokens=tokens))

    return act


async def _pull_uploaded(stage: Stage) -> None:
    answer: m.Tokens = await stage.send(m.FetchTokens())
    demand(any(token.uid == stage.cast.uploaded.uid for token in answer.tokens), "the card is not in the list")


_LOAD = Step("An operator has two EVSEs", CPO, acts.push(PushAction.REPLACE_ALL, "evse", "second"), confirm=True)

EMP_SCENARIOS: Sequence[Scenario] = (
    Scenario(
        "pull-data", "EVSE data: all of it by page, then what has changed", Role.EMSP,
        (
            _LOAD,
            Step("Everything", EMP, _pull_all),
            Step("The operator deletes an EVSE", CPO, _delete),
            Step("The changes", EMP, _pull_changes),
        ),
    ),
    Scenario(
        "pull-status", "EVSE status: all, by EVSE, by operator", Role.EMSP,
        (
            _LOAD,
            Step("The operator's statuses", CPO,
                 acts.statuses(PushAction.REPLACE_ALL, EvseStatus.AVAILABLE, "evse", "second"), confirm=True),
            Step("All", EMP, _pull_statuses),
            Step("By EVSE", EMP, _pull_statuses_by_id),
            Step("By operator", EMP, _pull_statuses_by_operator),
        ),
    ),
    Scenario(
        "remote-as-provider", "Remote start and stop at an EVSE, and at one that is not there", Role.EMSP,
        (
            _LOAD,
            Step("At an EVSE that nobody knows", EMP, acts.remote_start_elsewhere, "603"),
            Step("Start", EMP, acts.remote_start),
            Step("Stop", EMP, acts.remote_stop),
            Step("The operator's record", CPO, acts.cdr_heard("contract")),
            Step("The record once more, from the hub", EMP, acts.fetch_cdrs()),
        ),
    ),
    Scenario(
        "records", "Charge detail records of the last hour", Role.EMSP,
        (Step("All, whether passed on or not", EMP, acts.fetch_cdrs()),),
    ),
    Scenario(
        "pull-pricing", "Dynamic pricing: products, and those of EVSEs", Role.EMSP,
        (
            Step("Products", EMP, _pull_products),
            Step("Those of EVSEs", EMP, _pull_assignments),
        ),
    ),
    Scenario(
        "authentication-data", "The hub authorises for a provider that only uploads, and keeps its records", Role.EMSP,
        (
            Step("It uploads its cards", OFFLINE, _upload(PushAction.REPLACE_ALL, "uploaded"), confirm=True),
            Step("An operator pulls them", CPO, _pull_uploaded),
            Step("A card of it starts", CPO, acts.authorise("uploaded", asks=False)),
            Step("Another medium stops", CPO, acts.stop_by("other"), "602"),
            Step("The card stops", CPO, acts.stop_by("uploaded")),
            Step("The operator's record", CPO, acts.cdr("uploaded")),
            Step("It fetches what could not be passed on", OFFLINE, acts.fetch_cdrs(forwarded=False)),
            Step("It deletes the card", OFFLINE, _upload(PushAction.DELETE, "uploaded")),
            Step("The card is unknown", CPO, acts.refused("uploaded"), "102"),
        ),
    ),
)  # fmt: skip
