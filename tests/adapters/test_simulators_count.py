"""All three simulated hubs count what they were sent, and may set a budget."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.errors import GatewayError, Refused
from gateway.http import HttpRequest
from gateway.model import messages as m
from gateway.model.ids import EvseId
from gateway.simulation import SLOWED
from gateway.tally import Budget, Tally
from gateway_emip import forms
from tests.adapters import test_emip_simulator as emip
from tests.adapters import test_ochp_simulator as ochp
from tests.adapters import test_oicp_simulator as oicp
from tests.adapters.oicp_values import EVSE, SECOND, place
from tests.adapters.test_ochp_sends import BILL


def counted(tally: Tally) -> dict[str, tuple[int, int, int]]:
    """By record: times received, times booked, different contents."""
    return {name: (one.received, one.booked, len(one.contents)) for name, one in tally.cdrs.items()}


# --- OICP --------------------------------------------------------------------------------------------------------


async def test_hubject_counts_a_record_by_its_session() -> None:
    stage = oicp.Stage()
    name = (await stage.authorized()).session.hub
    tally = stage.hub._desk.tally
    await stage.send(oicp.cdr(name))
    assert await stage.code(oicp.cdr(name)) == "400"
    assert counted(tally) == {name: (2, 1, 1)}
    assert await stage.code(oicp.cdr(name, energy_kwh=Decimal(11), meter_end_kwh=None)) == "400"
    assert await stage.code(oicp.cdr(oicp.SESSION)) == "400"
    assert counted(tally) == {name: (3, 1, 2), oicp.SESSION: (1, 0, 1)}
    assert tally.arrivals == {name: [name] * 3, oicp.SESSION: [oicp.SESSION]}


async def test_an_update_of_an_unknown_record_names_it_in_the_code_that_the_world_sets() -> None:
    stage = oicp.Stage({**oicp.CONFIG, "settings": {"unknown_record": "603"}})
    await stage.send(oicp.push(place()))
    for action in (m.PushAction.UPDATE, m.PushAction.DELETE):
        assert await refusal(stage, oicp.push(place(), place(SECOND), action=action)) == (
            "603",
            "EVSE data records do not exist for EvseIDs: DE*LON*E2222*1",
        )


async def test_what_cannot_be_taken_is_named_in_full() -> None:
    stage = oicp.Stage()
    await stage.send(oicp.push(place(), place(SECOND)))
    assert await refusal(stage, oicp.push(place(), place(SECOND))) == (
        "009",
        "EVSE data records already exist for EvseIDs: NL*LON*E1111*11, DE*LON*E2222*1",
    )
    strangers = (place(EvseId.parse("DE*ABC*E1")), place(EvseId.parse("DE*ABC*E2")))
    assert await refusal(stage, oicp.push(place(), *strangers)) == (
        "018",
        "Inconsistent EvseID, of another operator: DE*ABC*E1, DE*ABC*E2",
    )
    await stage.send(oicp.push(place(SECOND), action=m.PushAction.DELETE))
    assert await refusal(stage, oicp.push(place(SECOND), action=m.PushAction.DELETE)) == (
        "009",
        "EVSE data records do not exist for EvseIDs: DE*LON*E2222*1",
    )


async def refusal(stage: oicp.Stage, message: m.Message[Any]) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        await stage.send(message)
    code, text = caught.value.code, caught.value.text
    return code, next((part for part in text.split(" – ") if "EvseID" in part), text)


async def test_a_push_is_in_progress_for_as_long_as_it_is_slow() -> None:
    stage = oicp.Stage()
    slow = asyncio.create_task(slowed(stage, oicp.push(place())))
    await asyncio.sleep(0.02)
    assert (await refusal(stage, oicp.push(place(SECOND))))[0] == "009"
    assert isinstance(await stage.send(oicp.status(EVSE, action=m.PushAction.REPLACE_ALL)), m.Publication)
    await slow
    assert (await stage.send(oicp.push(place(SECOND)))).accepted is True
    operations = stage.hub._desk.tally.document()["operations"]
    assert operations == {
        "PushEvseData": {"received": 3, "most_in_flight": 2},
        "PushEvseStatus": {"received": 1, "most_in_flight": 1},
    }


async def slowed(stage: oicp.Stage, message: m.Message[Any]) -> Any:
    SLOWED.set(0.1)
    return await stage.send(message)


async def test_hubject_keeps_to_the_budget_of_an_operation() -> None:
    stage = oicp.Stage({**oicp.CONFIG, "budgets": {"PushEvseData": {"count": 1}}})
    await stage.send(oicp.push(place()))
    reply = await stage.hub.handle(HttpRequest(path="/evsepush/v23/operators/NL*LON/data-records"))
    assert (reply.status, reply.headers["retry-after"], reply.body) == (429, "60", b"too many requests")
    assert isinstance(await stage.send(oicp.status(EVSE)), m.Publication)


# --- eMIP --------------------------------------------------------------------------------------------------------


async def test_gireve_counts_a_final_record_by_its_session_and_the_lane_by_its_operator() -> None:
    stage = emip.Stage()
    session = await stage.session(emip.THERE)
    record = m.SubmitCdr(cdr=emip.cdr(session, emip.THERE), transaction="T-1")
    receipts = [await stage.send(record), await stage.send(record)]
    assert [(one.accepted, one.reason.code) for one in receipts] == [(True, "1"), (True, "10701")]
    tally = stage.iop._desk.tally
    assert counted(tally) == {session.hub: (2, 1, 1)}
    assert tally.arrivals == {"DE*LON": [session.hub, session.hub]}
    await stage.send(replace(record, transaction="T-2"))
    assert counted(tally) == {session.hub: (3, 1, 2)}


async def test_gireve_keeps_to_the_budget_of_an_operation() -> None:
    name = forms.AUTHORISATION.name
    stage = emip.Stage(replace(emip.OPEN, budgets={name: Budget(1, 30)}))
    await stage.session(emip.HERE)
    asked = HttpRequest(body=stage.written[0])
    reply = await stage.iop.handle(asked)
    assert (reply.status, reply.headers["retry-after"]) == (429, "30")
    assert stage.iop._desk.tally.document()["operations"] == {name: {"received": 1, "most_in_flight": 1}}


# --- OCHP --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("second_cdr", "again"), [("refuse", (False, ("DEABC0001",))), ("accept", (True, ()))])
async def test_the_clearing_house_books_the_same_record_once_whatever_it_says_to_a_second(
    second_cdr: str, again: tuple[bool, tuple[str, ...]]
) -> None:
    hub = ochp.Clearing({"settings": {"second_cdr": second_cdr}})
    receipts = [await hub.send(m.SubmitCdr(cdr=BILL)) for _ in range(2)]
    assert [(one.accepted, one.refused) for one in receipts] == [(True, ()), again]
    assert counted(hub.desk.tally) == {"DEABC0001 DEABCE1001": (2, 1, 1)}


async def test_another_record_under_the_same_id_is_booked_again_where_the_world_takes_it() -> None:
    hub = ochp.Clearing({"settings": {"second_cdr": "accept"}})
    for energy in ("12.5", "13"):
        await hub.send(m.SubmitCdr(cdr=replace(BILL, energy_kwh=Decimal(energy))))
    assert counted(hub.desk.tally) == {"DEABC0001 DEABCE1001": (2, 2, 2)}


async def test_the_clearing_house_keeps_to_the_budget_of_an_operation() -> None:
    hub = ochp.Clearing({"budgets": {"AddCDRs": {"count": 1, "seconds": 20}}})
    await hub.send(m.SubmitCdr(cdr=BILL))
    with pytest.raises(GatewayError):
        await hub.send(m.SubmitCdr(cdr=BILL))
    hub.moment += timedelta(seconds=20)
    assert (await hub.send(m.SubmitCdr(cdr=BILL))).refused == ("DEABC0001",)
    assert hub.desk.tally.document()["operations"] == {"AddCDRs": {"received": 2, "most_in_flight": 1}}
