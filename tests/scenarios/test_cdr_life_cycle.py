"""The life of a CDR at a clearing house as its CPO sees it, at the simulated one (OCHP 1.4, AddCDRs, CheckCDRs)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.errors import Invalid
from gateway.model import messages as m
from gateway.model.cdr import CdrStatus
from gateway.model.common import Reason
from gateway_ochp import wire
from tests.adapters.test_ochp_sends import BILL, result, said
from tests.support.cdr_house import FIRST, SECOND, House, house, priced


@pytest.fixture
async def here(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with house(monkeypatch) as made:
        yield made


def why(caught: pytest.ExceptionInfo[Invalid]) -> tuple[str, str]:
    (finding,) = caught.value.findings
    return finding.code, finding.text


async def test_a_cdr_is_declined_corrected_and_approved(here: House) -> None:
    assert ((await here.submit(FIRST)).state, await here.state("cpo")) == ("accepted", "ACCEPTED")
    here.platform.answers = [m.CdrReceipt(accepted=False, reason=Reason(text="the tariff was 0.38"))]
    await here.collect()
    assert here.clearing.states() == {"DEABC0001": "DECLINED"}
    await here.run("check CDRs")
    assert await here.state("cpo") == "DECLINED"
    (review,) = here.platform.reviews
    assert (review.cdr.id, review.cdr.status) == ("DEABC0001", CdrStatus.DECLINED)
    await here.gateway.revise_cdr(SECOND)
    await here.deliver()
    assert (await here.state("cpo"), here.clearing.states()) == ("REVISED", {"DEABC0001": "REVISED"})
    await here.collect()
    assert [(one.cdr.status, one.cdr.energy_kwh, one.replaces) for one in here.platform.given] == [
        (CdrStatus.ACCEPTED, Decimal(10), None),
        (CdrStatus.REVISED, Decimal(9), m.CdrReference(cdr_id="DEABC0001", evse=BILL.evse)),
    ]
    await here.run("check closed CDRs")
    assert (await here.state("cpo"), await here.state("emsp")) == ("APPROVED", "APPROVED")
    assert len(here.platform.reviews) == 1
    assert await here.said("cpo") == [
        "owed as new", "taken as new", "the hub says DECLINED", "owed as revised", "taken as revised",
        "the hub says APPROVED",
    ]  # fmt: skip
    assert await here.said("emsp") == [
        "received as ACCEPTED", "DECLINED by the backend", "the hub has our answer",
        "received as REVISED", "APPROVED by the backend", "the hub has our answer",
    ]  # fmt: skip
    (_, declined, *_) = await here.gateway.cdrs.history(await here.gateway.cdrs.one("DEABC0001", "emsp"))
    assert declined.words == "the tariff was 0.38"


async def test_a_claim_is_given_up_for_good_and_the_emsp_hears_of_it(here: House) -> None:
    await here.submit(FIRST)
    here.platform.answers = [m.CdrReceipt(accepted=False)]
    await here.collect()
    await here.run("check CDRs")
    gave_up = await here.gateway.give_up_cdr("DEABC0001", connection="cpo")
    await here.deliver()
    assert (await here.state("cpo"), here.clearing.states()) == ("REJECTED", {"DEABC0001": "REJECTED"})
    await here.run("hear of CDRs given up")
    await here.run("hear of CDRs given up")
    assert await here.state("emsp") == "REJECTED"
    told = [(one.cdr.id, one.cdr.status) for one in here.platform.reviews]
    assert told == [("DEABC0001", CdrStatus.DECLINED), ("DEABC0001", CdrStatus.REJECTED)]
    await here.run("check closed CDRs")
    assert len(here.platform.reviews) == 2
    with pytest.raises(Invalid, match="DEABC0001 is REJECTED at cpo"):
        await here.gateway.revise_cdr(SECOND, connection="cpo")
    again = await here.gateway.give_up_cdr("DEABC0001", connection="cpo")
    assert (again.id, again.state, here.clearing.count("AddCDRs")) == (gave_up.id, "accepted", 2)


async def test_a_cdr_that_was_never_given_to_the_emsp_is_not_told_as_given_up(here: House) -> None:
    await here.submit(FIRST)
    await here.gateway.give_up_cdr("DEABC0001")
    await here.deliver()
    await here.run("hear of CDRs given up")
    assert (await here.state("emsp"), here.platform.reviews, here.platform.given) == ("REJECTED", [], [])


@pytest.mark.parametrize("status", [None, CdrStatus.NEW])
async def test_the_same_cdr_again_is_no_second_and_another_under_its_id_is_refused(
    here: House, status: CdrStatus | None
) -> None:
    first = await here.submit(FIRST)
    again = await here.submit(replace(FIRST, status=status))
    assert (again.id, here.clearing.count("AddCDRs")) == (first.id, 1)
    with pytest.raises(Invalid) as caught:
        await here.submit(replace(SECOND, status=status))
    assert why(caught) == (
        "cdr-state",
        "DEABC0001 is ACCEPTED at cpo and was not sent a second time as NEW with other content: correct it with "
        "status REVISED under the same id, or bill it under another id",
    )
    assert here.clearing.count("AddCDRs") == 1


async def test_the_first_version_again_after_its_correction_is_no_second_and_no_way_back(here: House) -> None:
    await here.submit(FIRST)
    await here.gateway.revise_cdr(SECOND)
    await here.deliver()
    assert (await here.submit(FIRST)).state == "accepted"
    assert (await here.state("cpo"), here.clearing.count("AddCDRs")) == ("REVISED", 2)


@pytest.mark.parametrize(("answer", "state"), [(True, "APPROVED"), (False, "DECLINED")], ids=["approved", "declined"])
async def test_what_the_emsp_has_answered_for_is_not_sent_as_new(here: House, answer: bool, state: str) -> None:
    await here.submit(FIRST)
    here.platform.answers = [m.CdrReceipt(accepted=answer)]
    await here.collect()
    for job in ("check CDRs", "check closed CDRs"):
        await here.run(job)
    with pytest.raises(Invalid, match=f"DEABC0001 is {state} at cpo"):
        await here.submit(SECOND)


@pytest.mark.parametrize("status", [CdrStatus.REVISED, CdrStatus.REJECTED])
async def test_what_the_hub_does_not_know_can_be_neither_corrected_nor_given_up(here: House, status: CdrStatus) -> None:
    with pytest.raises(Invalid, match="DEABC0001 is not known to cpo: send it as NEW first"):
        await here.submit(replace(FIRST, status=status))
    with pytest.raises(Invalid, match="no connection knows it; name the connection"):
        await here.gateway.revise_cdr(FIRST)
    with pytest.raises(Invalid, match="there is no CDR DEABC0001 that we know as CPO"):
        await here.gateway.give_up_cdr("DEABC0001")
    assert here.clearing.asked == []


@pytest.mark.parametrize("status", [CdrStatus.ACCEPTED, CdrStatus.DECLINED, CdrStatus.APPROVED])
async def test_what_only_others_say_is_not_sent(here: House, status: CdrStatus) -> None:
    with pytest.raises(Invalid, match=f"a CPO cannot say {status}"):
        await here.submit(replace(FIRST, status=status))


async def test_an_approved_cdr_cannot_be_changed_any_more(here: House) -> None:
    await here.submit(FIRST)
    await here.collect()
    await here.run("check closed CDRs")
    for attempt in (here.gateway.revise_cdr(SECOND), here.gateway.give_up_cdr("DEABC0001", connection="cpo")):
        with pytest.raises(Invalid, match="DEABC0001 is APPROVED at cpo: only what was accepted or declined"):
            await attempt


async def test_an_implausible_cdr_stays_here_and_is_sent_again_as_new(here: House) -> None:
    strange = replace(FIRST, currency="COINS")
    refused = await here.submit(strange)
    assert (refused.state, await here.state("cpo"), here.clearing.states()) == ("refused", "NEW", {})
    assert "COINS" in str((await here.gateway.cdrs.one("DEABC0001", "cpo")).words)
    with pytest.raises(Invalid, match="DEABC0001 is NEW at cpo: only what was accepted or declined"):
        await here.gateway.revise_cdr(FIRST)
    corrected = await here.submit(FIRST)
    assert (corrected.id, corrected.state, await here.state("cpo")) == (refused.id, "accepted", "ACCEPTED")


async def test_a_correction_does_not_overtake_its_cdr(here: House) -> None:
    here.clearing.lost = ["AddCDRs"]
    owed = await here.submit(FIRST)
    assert (owed.state, await here.state("cpo"), here.clearing.states()) == (
        "unknown",
        "NEW",
        {"DEABC0001": "ACCEPTED"},
    )
    for cdr in (SECOND, replace(SECOND, status=CdrStatus.REVISED)):
        with pytest.raises(Invalid, match=f"entry {owed.id} about DEABC0001 is unknown: wait for the hub's word"):
            await here.submit(cdr)
    await here.deliver(2)
    assert (await here.gateway.outbox.get(owed.id)).state == "accepted"
    assert await here.state("cpo") == "ACCEPTED"
    revised = await here.submit(replace(SECOND, status=CdrStatus.REVISED))
    assert (revised.state, here.clearing.states()) == ("accepted", {"DEABC0001": "REVISED"})


async def test_a_correction_whose_answer_is_lost_is_sent_again_and_is_one_version(here: House) -> None:
    await here.submit(FIRST)
    here.clearing.lost = ["AddCDRs"]
    owed = await here.submit(replace(SECOND, status=CdrStatus.REVISED))
    assert (owed.state, await here.state("cpo")) == ("unknown", "ACCEPTED")
    again = await here.submit(replace(SECOND, status=CdrStatus.REVISED))
    assert again.id == owed.id
    await here.deliver(2)
    kept = await here.gateway.cdrs.one("DEABC0001", "cpo")
    assert (kept.state, kept.version) == (CdrStatus.REVISED, 2)
    bodies = [request.body for operation, request in here.clearing.asked if operation == "AddCDRs"]
    assert bodies[1] == bodies[-1]


async def test_a_correction_that_is_refused_before_it_leaves_changes_nothing(here: House) -> None:
    await here.submit(FIRST)
    owed = await here.gateway.submit("cpo", m.SubmitCdr(cdr=replace(SECOND, status=CdrStatus.REVISED)))
    await here.collect_without_delivery()
    await here.run("check closed CDRs")
    await here.deliver()
    settled = await here.gateway.outbox.get(owed.id)
    assert settled.state == "refused"
    assert "DEABC0001 is APPROVED at cpo" in str(settled.words)
    assert (await here.state("cpo"), here.clearing.states()) == ("APPROVED", {"DEABC0001": "APPROVED"})


async def test_declined_with_the_same_content_again_is_told(here: House) -> None:
    await here.submit(FIRST)
    for _ in range(2):
        here.platform.answers = [m.CdrReceipt(accepted=False)]
        await here.collect()
        await here.run("check CDRs")
        if await here.state("cpo") == "DECLINED" and len(here.platform.reviews) == 1:
            await here.gateway.revise_cdr(SECOND)
            await here.deliver()
    assert len(here.platform.reviews) == 2
    with pytest.raises(Invalid, match="was sent with just this content before and is DECLINED"):
        await here.gateway.revise_cdr(SECOND)
    await here.gateway.revise_cdr(priced("8"))
    await here.deliver()
    assert await here.state("cpo") == "REVISED"


async def test_a_word_of_the_hub_that_is_older_than_our_last_is_not_taken_for_news(here: House) -> None:
    await here.submit(FIRST)
    here.platform.answers = [m.CdrReceipt(accepted=False)]
    await here.collect()
    asked_at = here.clearing.moment
    await here.run("check CDRs")
    await here.gateway.revise_cdr(SECOND)
    await here.deliver()
    late = m.ReviewCdr(cdr=replace(FIRST, status=CdrStatus.DECLINED), asked_at=asked_at)
    await here.gateway.inward.collected(here.gateway.hub("cpo").connection, late)
    assert await here.state("cpo") == "REVISED"


async def test_ids_of_ours_are_mapped_back_from_what_the_hub_calls_them(here: House) -> None:
    await here.submit(replace(FIRST, id="cdr-7"))
    (kept,) = await here.kept("cpo")
    assert (kept.own_id, kept.cdr_id.startswith("DEABCCDR7")) == ("cdr-7", True)
    here.platform.answers = [m.CdrReceipt(accepted=False)]
    await here.collect()
    await here.run("check CDRs")
    assert [review.cdr.id for review in here.platform.reviews] == ["cdr-7"]
    await here.gateway.revise_cdr(replace(SECOND, id="cdr-7"))
    await here.deliver()
    assert here.clearing.states() == {kept.cdr_id: "REVISED"}


async def test_of_several_in_one_request_the_implausible_one_alone_is_not_taken(here: House) -> None:
    cdrs = [replace(FIRST, id=f"cdr-{number}") for number in (1, 2, 3)]
    cdrs[1] = replace(cdrs[1], currency="COINS")
    for cdr in cdrs:
        await here.gateway.submit("cpo", m.SubmitCdr(cdr=cdr))
    await here.deliver()
    assert [kept.state for kept in await here.kept("cpo")] == ["ACCEPTED", "NEW", "ACCEPTED"]
    assert here.clearing.count("AddCDRs") == 1


async def test_a_withdrawn_cdr_may_be_sent_after_all(here: House) -> None:
    owed = await here.gateway.submit("cpo", m.SubmitCdr(cdr=FIRST))
    await here.gateway.outbox.withdraw(owed.id, "billed by hand")
    assert await here.said("cpo") == ["owed as new", "NEW is withdrawn"]
    assert (await here.submit(SECOND)).state == "accepted"
    assert (await here.state("cpo"), here.clearing.states()) == ("ACCEPTED", {"DEABC0001": "ACCEPTED"})


async def test_a_cdr_of_before_our_time_that_is_declined_can_be_corrected(here: House) -> None:
    await here.gateway.hub("cpo").send(m.SubmitCdr(cdr=FIRST))
    here.platform.answers = [m.CdrReceipt(accepted=False)]
    await here.collect()
    await here.run("check CDRs")
    assert (await here.state("cpo"), len(here.platform.reviews)) == ("DECLINED", 1)
    await here.gateway.revise_cdr(SECOND)
    await here.deliver()
    assert here.clearing.states() == {"DEABC0001": "REVISED"}


async def test_partly_without_names_takes_nothing_so_each_is_sent_by_itself(here: House) -> None:
    here.clearing.replies["AddCDRs"] = [said(wire.AddCdrsResponse(result=result("partly", "1 of 2")))]
    for number in (1, 2):
        await here.gateway.submit("cpo", m.SubmitCdr(cdr=replace(FIRST, id=f"DEABC000{number}")))
    await here.deliver(3)
    assert here.clearing.states() == {"DEABC0001": "ACCEPTED", "DEABC0002": "ACCEPTED"}
    assert here.clearing.count("AddCDRs") == 3
