"""What the simulated IOP gets twice, at one time or after a lost answer, and an eMSP that takes no events."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from gateway.http import HttpRequest, HttpResponse
from gateway.model.cdr import CdrNature
from gateway.model.messages import EventReceipt
from gateway.simulation import World
from gateway_emip import wire
from tests.adapters.emip_hub import TAKEN, YES, Timed, record, shown
from tests.adapters.test_emip_hub_played import ALONE, beats, begun, records
from tests.adapters.test_emip_hub_talks import handed
from tests.adapters.test_emip_simulator import CLOSED
from tests.support import Recorder


class Slow(Timed):
    """Its partners take a turn of the loop before they answer for a record."""

    async def call(self, url: str, request: HttpRequest) -> HttpResponse:
        for _ in range(20 if b"SetChargeDetailRecord" in request.body else 0):
            await asyncio.sleep(0)
        return await super().call(url, request)


async def test_a_record_that_comes_again_before_the_provider_has_answered_is_booked_once() -> None:
    stage = Slow()
    stage.emsp = Recorder([YES, TAKEN])
    session = str((await shown(stage)).service_session_id)
    answers = await asyncio.gather(handed(stage, record(session)), handed(stage, record(session)))
    told = stage.desk.tally.document()["cdrs"][session]
    assert (sorted(map(str, answers)), told["received"], told["booked"]) == (["1", "10701"], 2, 1)
    assert len(stage.heard(wire.FromIopSetChargeDetailRecordRequest)) == 1


async def test_an_intermediate_record_that_comes_again_is_booked_once() -> None:
    stage = Timed()
    stage.emsp = Recorder([YES, TAKEN, TAKEN])
    session = str((await shown(stage)).service_session_id)
    one = record(session, CdrNature.INTERMEDIATE)
    assert [await handed(stage, one) for _ in range(2)] == ["1", "1"]
    assert stage.state["sessions"][session]["intermediate_cdrs"] == 1
    (told,) = stage.desk.tally.document()["cdrs"].values()
    assert (told["received"], told["booked"]) == (2, 1)


@pytest.mark.parametrize(
    ("world", "answers"),
    [
        (replace(ALONE, partners=(ALONE.partners[0], replace(CLOSED.partners[1], services=("Actions",)))), ()),
        (ALONE, (EventReceipt(accepted=False), EventReceipt(accepted=False))),
    ],
)
async def test_a_provider_that_takes_no_events_has_its_record_all_the_same(world: World, answers: Any) -> None:
    stage = Timed(world)
    stage.emsp = Recorder([*answers, TAKEN])
    await begun(stage)
    await beats(stage, minutes=45)
    assert [one["nature"] for one in records(stage)] == ["1"]
