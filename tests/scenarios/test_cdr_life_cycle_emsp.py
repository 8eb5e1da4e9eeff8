"""The life of a CDR at a clearing house as its EMSP sees it, at the simulated one (OCHP 1.4, GetCDRs, ConfirmCDRs)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from gateway.cdrs.book import cdr_of, key_of
from gateway.errors import BackendFailed, Invalid
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrStatus
from gateway.model.common import Reason
from gateway.model.ids import EvseId
from gateway.ports import Connection
from gateway.wire import decode_document
from gateway.wire.soap import opened
from gateway_ochp import wire
from gateway_ochp.translate.cdrs import CDR
from tests.adapters.test_ochp_sends import result, said
from tests.support import CONFORMANCE, needs_conformance
from tests.support.cdr_house import FIRST, SECOND, House, house, priced


@pytest.fixture
async def here(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with house(monkeypatch) as made:
        yield made


async def test_what_the_backend_fails_at_stays_at_the_hub_and_is_asked_again(here: House) -> None:
    await here.submit(FIRST)
    await here.submit(replace(FIRST, id="DEABC0002"))
    here.platform.answers = [BackendFailed("down")]
    with pytest.raises(BackendFailed):
        await here.collect()
    await here.deliver()
    assert here.clearing.states() == {"DEABC0001": "ACCEPTED", "DEABC0002": "APPROVED"}
    await here.collect()
    assert here.clearing.states() == {"DEABC0001": "APPROVED", "DEABC0002": "APPROVED"}


async def test_a_version_that_the_backend_failed_at_is_not_given_to_it_after_a_later_one(here: House) -> None:
    await here.submit(FIRST)
    here.platform.answers = [BackendFailed("down")]
    with pytest.raises(BackendFailed):
        await here.collect()
    await here.gateway.revise_cdr(SECOND)
    await here.deliver()
    await here.collect()
    here.clearing.moment += timedelta(hours=1)
    await here.gateway.inward.hand_over()
    given = [(one.cdr.status, one.replaces is not None) for one in here.platform.given if one.cdr is not None]
    assert given == [(CdrStatus.ACCEPTED, False), (CdrStatus.REVISED, True)]
    assert here.clearing.states() == {"DEABC0001": "APPROVED"}


async def test_a_cdr_that_is_given_up_before_the_backend_answered_is_not_given_to_it_later(here: House) -> None:
    await here.submit(FIRST)
    here.platform.answers = [BackendFailed("down")]
    with pytest.raises(BackendFailed):
        await here.collect()
    await here.gateway.give_up_cdr("DEABC0001", connection="cpo")
    await here.deliver()
    await here.run("hear of CDRs given up")
    here.clearing.moment += timedelta(hours=1)
    await here.gateway.inward.hand_over()
    assert (len(here.platform.given), [one.cdr.status for one in here.platform.reviews]) == (1, [CdrStatus.REJECTED])


async def test_several_answers_are_one_request(here: House) -> None:
    for number in (1, 2, 3):
        await here.submit(replace(FIRST, id=f"DEABC000{number}"))
    here.platform.answers = [m.CdrReceipt(accepted=True), m.CdrReceipt(accepted=False)]
    await here.collect()
    assert here.clearing.count("ConfirmCDRs") == 1
    assert here.clearing.states() == {"DEABC0001": "APPROVED", "DEABC0002": "DECLINED", "DEABC0003": "APPROVED"}


@pytest.mark.parametrize("answer", [m.CdrReceipt(accepted=False), m.CdrReceipt()])
async def test_a_version_that_comes_back_counts_in_the_place_of_the_later_one(
    here: House, answer: m.CdrReceipt
) -> None:
    """The CPO revises 10 kWh to 9, to 8, and to 9 again: what is shown and answered for is what the hub has."""
    nine = priced("9", status=CdrStatus.REVISED)
    here.platform.answers = [m.CdrReceipt(accepted=False), m.CdrReceipt(accepted=False), answer]
    for cdr in (replace(FIRST, status=CdrStatus.NEW), nine, priced("8", status=CdrStatus.REVISED), nine):
        await here.gateway.hub("cpo").send(m.SubmitCdr(cdr=cdr))
        await here.collect()
    kept = await here.gateway.cdrs.one("DEABC0001", "emsp")
    assert (kept.state, kept.version, cdr_of(kept).energy_kwh) == (CdrStatus.DECLINED, 4, Decimal(9))
    assert here.clearing.states() == {"DEABC0001": "DECLINED"}
    assert len(here.platform.given) == 3


async def test_a_lost_answer_to_a_confirmation_is_confirmed_again_and_the_backend_asked_once(here: House) -> None:
    await here.submit(FIRST)
    here.clearing.lost = ["ConfirmCDRs"]
    await here.collect()
    assert (await here.state("emsp"), here.clearing.states()) == ("APPROVED", {"DEABC0001": "APPROVED"})
    await here.deliver(2)
    bodies = [request.body for operation, request in here.clearing.asked if operation == "ConfirmCDRs"]
    assert (len(bodies), len(set(bodies)), len(here.platform.given)) == (2, 1, 1)
    assert (await here.said("emsp"))[-1] == "the hub has our answer"


async def test_what_is_listed_again_is_confirmed_again_and_not_given_twice(here: House) -> None:
    await here.submit(FIRST)
    unheard = said(wire.ConfirmCdrsResponse(result=result("ok")))
    here.clearing.replies["ConfirmCDRs"] = [unheard]
    await here.collect()
    assert here.clearing.states() == {"DEABC0001": "ACCEPTED"}
    await here.collect()
    assert (here.clearing.states(), len(here.platform.given)) == ({"DEABC0001": "APPROVED"}, 1)
    assert "listed again: confirmed again" in await here.said("emsp")


async def test_an_answer_that_the_hub_refuses_is_shown_and_tried_again_when_the_cdr_is_listed(here: House) -> None:
    await here.submit(FIRST)
    here.clearing.replies["ConfirmCDRs"] = [
        said(wire.ConfirmCdrsResponse(result=result("invalid-id", "not for this user")))
    ]
    await here.collect()
    kept = await here.gateway.cdrs.one("DEABC0001", "emsp")
    assert (kept.state, kept.words) == (CdrStatus.APPROVED, "invalid-id: not for this user")
    await here.collect()
    await here.deliver(2)
    assert here.clearing.states() == {"DEABC0001": "APPROVED"}
    assert len(here.platform.given) == 1


async def test_partly_does_not_say_which_so_each_is_confirmed_by_itself(here: House) -> None:
    for number in (1, 2):
        await here.submit(replace(FIRST, id=f"DEABC000{number}"))
    here.clearing.replies["ConfirmCDRs"] = [said(wire.ConfirmCdrsResponse(result=result("partly", "1 of 2")))]
    await here.collect()
    await here.deliver(3)
    assert here.clearing.states() == {"DEABC0001": "APPROVED", "DEABC0002": "APPROVED"}
    assert here.clearing.count("ConfirmCDRs") == 3


def confirmed(here: House) -> list[tuple[str | None, str | None]]:
    request = [request for operation, request in here.clearing.asked if operation == "ConfirmCDRs"][-1]
    model = decode_document(wire.ConfirmCdrsRequest, opened(request.body).child).model
    return [(name.cdr_id, name.evse_id) for name in (*model.approved, *model.declined)]


@pytest.mark.parametrize(
    "name",
    [("DEABC0001", "de*abc*e100*1"), ("deabc0001", "DEABCE1001"), ("0001", "+49*823*1234*5678"), ("A-1", "station 7")],
)
async def test_a_cdr_is_confirmed_under_the_name_that_the_hub_gave_letter_by_letter(
    here: House, name: tuple[str, str]
) -> None:
    info = wire_of(FIRST)
    listed = replace(info, cdr_id=name[0], evse_id=name[1], status="accepted")
    here.clearing.replies["GetCDRs"] = [said(wire.GetCdrsResponse(result=result("ok"), cdr_info_array=(listed,)))]
    await here.collect()
    assert confirmed(here) == [name]


def wire_of(cdr: Cdr) -> Any:
    return CDR.write(cdr)


async def test_one_id_at_two_evses_is_two_cdrs(here: House) -> None:
    """Ids of partners up to OCHP 1.3 are unique only together with the EVSE (OCHP 1.4, ConfirmCDRs)."""
    infos = [replace(wire_of(FIRST), cdr_id="0001", evse_id=evse, status="accepted") for evse in ("DEABCE1", "DEABCE2")]
    page = said(wire.GetCdrsResponse(result=result("ok"), cdr_info_array=tuple(infos)))
    here.clearing.replies["GetCDRs"] = [page]
    here.platform.answers = [m.CdrReceipt(accepted=True), m.CdrReceipt(accepted=False)]
    await here.collect()
    assert [(kept.evse, kept.state) for kept in await here.kept("emsp")] == [
        ("DEABCE1", "APPROVED"),
        ("DEABCE2", "DECLINED"),
    ]


async def test_a_cdr_without_a_name_is_left_at_the_hub_and_said(here: House) -> None:
    nameless = replace(wire_of(FIRST), cdr_id=None, status="accepted")
    fine = replace(wire_of(FIRST), status="accepted")
    page = said(wire.GetCdrsResponse(result=result("ok"), cdr_info_array=(nameless, fine)))
    here.clearing.replies["GetCDRs"] = [page]
    with pytest.raises(Invalid, match="give both"):
        await here.collect()
    assert [one.cdr.id for one in here.platform.given if one.cdr] == ["DEABC0001"]


async def test_another_cdr_under_a_known_name_is_declined_and_booked_once(here: House) -> None:
    for cdr in (FIRST, SECOND, SECOND):
        info = replace(wire_of(cdr), status="accepted")
        here.clearing.replies["GetCDRs"] = [said(wire.GetCdrsResponse(result=result("ok"), cdr_info_array=(info,)))]
        here.clearing.replies["ConfirmCDRs"] = [said(wire.ConfirmCdrsResponse(result=result("ok")))]
        await here.collect()
    assert [one.cdr.energy_kwh for one in here.platform.given if one.cdr] == [Decimal(10)]
    kept = await here.gateway.cdrs.one("DEABC0001", "emsp")
    assert (kept.state, "another CDR" in str(kept.words)) == (CdrStatus.DECLINED, True)
    assert confirmed(here) == [("DEABC0001", "DE*ABC*E100*1")]


@pytest.mark.parametrize(("approved", "state"), [(True, "APPROVED"), (False, "DECLINED")])
async def test_where_the_backend_leaves_it_open_a_person_answers(here: House, approved: bool, state: str) -> None:
    await here.submit(FIRST)
    here.platform.answers = [m.CdrReceipt(reason=Reason(text="somebody has to look at it"))]
    await here.collect()
    await here.collect()
    kept = await here.gateway.cdrs.one("DEABC0001", "emsp")
    assert (kept.state, kept.left_open, kept.words) == (CdrStatus.ACCEPTED, True, "somebody has to look at it")
    assert (here.clearing.count("ConfirmCDRs"), len(here.platform.given)) == (0, 1)
    answer = here.gateway.cdrs.approve if approved else here.gateway.cdrs.decline
    await answer("DEABC0001", connection="emsp", reason="looked at")
    await here.deliver()
    assert (here.clearing.states(), await here.state("emsp")) == ({"DEABC0001": state}, state)
    with pytest.raises(Invalid, match=f"cannot be answered for by hand: it is {state}"):
        await answer("DEABC0001", connection="emsp")


async def test_what_the_backend_has_yet_to_answer_is_not_answered_by_hand(here: House) -> None:
    await here.submit(FIRST)
    here.platform.answers = [BackendFailed("down")]
    with pytest.raises(BackendFailed):
        await here.collect()
    with pytest.raises(Invalid, match="the backend has not left it open"):
        await here.gateway.cdrs.approve("DEABC0001", connection="emsp")


async def test_a_cdr_is_given_up_after_we_had_approved_it(here: House) -> None:
    await here.submit(FIRST)
    await here.collect()
    info = replace(wire_of(FIRST), status="rejected")
    here.clearing.replies["GetCDRs"] = [said(wire.GetCdrsResponse(result=result("ok"), cdr_info_array=(info,)))]
    await here.run("hear of CDRs given up")
    assert await here.state("emsp") == "REJECTED"
    assert [(one.cdr.id, one.cdr.status) for one in here.platform.reviews] == [("DEABC0001", CdrStatus.REJECTED)]


async def test_a_platform_that_hears_no_reviews_still_has_the_states_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    class Mute:
        async def submit_cdr(self, _: Connection, __: m.SubmitCdr) -> m.CdrReceipt:
            return m.CdrReceipt(accepted=False)

    async with house(monkeypatch, Mute()) as here:
        await here.submit(FIRST)
        await here.collect()
        await here.run("check CDRs")
        assert await here.state("cpo") == "DECLINED"


def test_evse_spellings_are_one_name() -> None:
    spellings = ("DE*ABC*E100*1", "DEABCE1001", "de*abc*e100*1")
    assert {key_of(m.CdrReference(cdr_id="1", evse=EvseId.read(one))) for one in spellings} == {"1/DEABCE1001"}


@needs_conformance
async def test_every_message_of_a_whole_life_is_valid_by_the_schema_of_ochp(here: House) -> None:
    schema = etree.XMLSchema(etree.parse(str(CONFORMANCE / "ochp/contract/ochp-1.4-all.xsd")))
    for number in (1, 2):
        await here.submit(replace(FIRST, id=f"cdr-{number}"))
    here.platform.answers = [m.CdrReceipt(accepted=False), m.CdrReceipt(accepted=True)]
    await here.collect()
    await here.run("check CDRs")
    await here.gateway.revise_cdr(replace(SECOND, id="cdr-1"))
    await here.deliver()
    await here.gateway.give_up_cdr("cdr-1", connection="cpo")
    await here.deliver()
    for job in ("hear of CDRs given up", "check closed CDRs"):
        await here.run(job)
    assert {operation for operation, _ in here.clearing.asked} == {"AddCDRs", "CheckCDRs", "GetCDRs", "ConfirmCDRs"}
    for _, request in here.clearing.asked:
        schema.assertValid(opened(request.body).child)
