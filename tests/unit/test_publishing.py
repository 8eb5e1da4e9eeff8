"""Publishing against the simulated hubs, through the real outbox: what goes out, what waits, and what is learned."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from gateway.delivery.owed import owed
from gateway.errors import ForeignOperator, Invalid, NotSent, UnknownConnection, Unsupported
from gateway.http import HttpRequest, HttpResponse
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway.publishing import FullLoad, Held, RemovalRefused, StatusTaken
from gateway.publishing.reasons import no_baseline
from gateway.store import Database, outbox, publications
from gateway.store import tables as t
from gateway.store.publications import Account
from tests.support.publishing import BEGIN, DELON, LON, Stand, answer_lost, connection, evse_id, place, stand

ONE, TWO, THREE, FOUR = (str(evse_id(number)) for number in range(1, 5))
GERMAN = str(evse_id(3, "DE*LON"))
WAITING = "the hub has not accepted the data of its EVSE yet"


@pytest.fixture
def database() -> Iterator[Database]:
    opened = Database()
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def hubject(database: Database) -> Stand:
    return stand(database, [connection()])


def refusing(code: str, text: str) -> Any:
    """The hub's answer, without having acted."""
    body = f'{{"Result": false, "StatusCode": {{"Code": "{code}", "Description": "{text}"}}}}'
    return lambda _: HttpResponse(body=body.encode())


async def known(one: Stand, *numbers: int) -> Stand:
    """A hub that has these EVSEs, and a gateway that knows it."""
    await one.publisher.publish([place(number) for number in numbers])
    await one.loaded()
    one.links["hubject"].asked.clear()
    return one


# --- inserts, updates, removals ----------------------------------------------------------------------------------


async def test_only_what_differs_from_what_the_hub_accepted_is_sent(hubject: Stand) -> None:
    one = await known(hubject, 1, 2)
    report = await one.publisher.publish([place(1), place(2, hotline="+31209999999"), place(4)])
    changes = report.connections["hubject"]
    assert (changes.inserts, changes.updates, changes.unchanged) == ((FOUR,), (TWO,), 1)
    await one.deliver()
    assert one.said() == [f"insert {FOUR}", f"update {TWO}"]
    await one.publisher.publish([place(1), place(2, hotline="+31209999999"), place(4)])
    await one.deliver()
    assert one.calls() == 2


async def test_a_new_time_of_change_alone_is_nothing_new(hubject: Stand) -> None:
    one = await known(hubject, 1)
    await one.publisher.publish([place(1, last_updated=BEGIN)])
    await one.deliver()
    assert one.calls() == 0


async def test_publishing_a_part_removes_nothing(hubject: Stand) -> None:
    one = await known(hubject, 1, 2)
    await one.publisher.publish([place(1)])
    await one.deliver()
    assert one.shown() == [ONE, TWO]


async def test_removals_are_asked_for_and_go_last(hubject: Stand) -> None:
    one = await known(hubject, 1, 2)
    await one.publisher.retire([evse_id(1)])
    await one.publisher.publish([place(2, hotline="+31209999999"), place(4)])
    await one.deliver()
    assert one.said() == [f"insert {FOUR}", f"update {TWO}", f"delete {ONE}"]
    assert one.shown() == [TWO, FOUR]
    assert await one.publisher.show(evse_id(1)) == []


async def test_an_evse_that_is_given_as_removed_is_removed(hubject: Stand) -> None:
    one = await known(hubject, 1, 2)
    gone = place(1)
    evse = replace(gone.evses[0], status=EvseStatus.REMOVED)
    report = await one.publisher.publish([replace(gone, evses=(evse,))])
    assert report.connections["hubject"].removals == (ONE,)
    await one.deliver()
    assert one.shown() == [TWO]


async def test_what_the_hub_never_had_is_forgotten_without_a_call(hubject: Stand) -> None:
    one = await known(hubject, 1)
    await one.publisher.publish([place(2)])
    await one.publisher.retire([evse_id(2)])
    await one.deliver()
    assert (one.calls(), await one.publisher.show(evse_id(2))) == (0, [])


async def test_a_push_has_no_more_records_than_the_hub_takes_at_once(database: Database) -> None:
    one = stand(database, [connection()], profile=_small)
    await known(one, 1)
    await one.publisher.publish([place(number) for number in range(2, 7)])
    await one.deliver()
    assert [len(said.split()) - 1 for said in one.said()] == [2, 2, 1]


def _small(profile: Any) -> Any:
    return replace(profile, publishing=replace(profile.publishing, together=2))


# --- broken, foreign, held back ----------------------------------------------------------------------------------


async def test_broken_evses_are_named_and_do_not_stop_the_others(hubject: Stand) -> None:
    one = await known(hubject, 1)
    unnamed = replace(place(7), evses=(replace(place(7).evses[0], evse_id=None, uid="U-7"),))
    report = await one.publisher.publish([place(2, hotline=None), place(5, "FR*XYZ"), unnamed, place(4)])
    assert [(one.evse, one.connection, one.findings[0].code) for one in report.broken] == [
        ("FR*XYZ*E0005*1", "", "foreign"),
        ("U-7", "", "missing"),
        (TWO, "hubject", "missing"),
    ]
    assert report.connections["hubject"].held == {TWO: "no hotline number"}
    await one.deliver()
    assert one.shown() == [ONE, FOUR]
    await one.publisher.publish([place(2)])
    await one.deliver()
    assert one.shown() == [ONE, TWO, FOUR]


async def test_an_update_that_is_broken_leaves_the_hub_as_it_is_and_can_still_be_removed(hubject: Stand) -> None:
    one = await known(hubject, 1, 2)
    await one.publisher.publish([place(1, hotline=None)])
    await one.deliver()
    assert (one.calls(), one.shown()) == (0, [ONE, TWO])
    await one.publisher.retire([evse_id(1)])
    await one.deliver()
    assert one.shown() == [TWO]


async def test_an_operator_that_nobody_carries_is_refused_with_what_to_do(hubject: Stand) -> None:
    with pytest.raises(ForeignOperator, match=r"FR\*XYZ is on no connection; add it in the settings under \[\[conn"):
        await hubject.publisher.publish([place(1, "FR*XYZ")])
    with pytest.raises(ForeignOperator, match=r"FR\*XYZ is on no connection"):
        await hubject.publisher.publish([], complete=PartyId.parse("FR*XYZ"))
    with pytest.raises(ForeignOperator, match=r"FR\*XYZ is on no connection"):
        await hubject.publisher.publish_status(evse_id(1, "FR*XYZ"), EvseStatus.AVAILABLE, BEGIN)


async def test_an_evse_of_another_operator_than_its_location_is_named(hubject: Stand) -> None:
    report = await hubject.publisher.publish([place(1), replace(place(2), operator=DELON)])
    assert [(one.evse, one.findings[0].text) for one in report.broken] == [
        (TWO, f"{TWO} does not begin with DE*LON, the operator of its location")
    ]


async def test_a_filter_rule_holds_back_and_is_named(database: Database) -> None:
    options = {"publish_never": ["NL*LON*E0002*"], "publish_only": ["NLLON*"]}
    one = await known(stand(database, [connection(options=options)]), 1)
    await one.publisher.publish([place(2), place(3, "DE*LON"), place(4)])
    await one.deliver()
    assert one.shown() == [ONE, FOUR]
    assert await one.publisher.held() == [
        Held("hubject", GERMAN, "data", "held", "filter rule publish_only: none of NLLON* fits"),
        Held("hubject", TWO, "data", "held", "filter rule publish_never: NL*LON*E0002*"),
    ]


async def test_what_was_held_back_goes_out_when_the_settings_allow_it(database: Database) -> None:
    held = connection(options={"publish_never": ["NL*LON*E0002*"]})
    one = await known(stand(database, [held]), 1)
    await one.publisher.publish([place(2)])
    freed = stand(database, [connection()], simulators={"hubject": one.links["hubject"].simulator})
    assert (await freed.publisher.recheck(), await freed.publisher.recheck()) == (1, 0)
    await freed.deliver()
    assert freed.shown() == [ONE, TWO]


async def test_an_operator_that_is_not_active_waits_and_flows_by_itself(database: Database) -> None:
    reason = "operator DE*LON not active at Hubject since 2026-03-01"
    inactive = {DELON}
    one = stand(database, [connection()], hold=lambda _, __, party: reason if party in inactive else None)
    await known(one, 1)
    await one.publisher.publish([place(3, "DE*LON"), place(4)])
    await one.deliver()
    assert one.shown() == [ONE, FOUR]
    assert await one.publisher.held(evse_id(3, "DE*LON")) == [Held("hubject", GERMAN, "data", "held", reason)]
    inactive.clear()
    await one.deliver()
    assert one.shown() == [GERMAN, ONE, FOUR]
    assert await one.publisher.held() == []


# --- everything of one operator ----------------------------------------------------------------------------------


async def test_what_is_complete_removes_what_is_missing_of_that_operator(hubject: Stand) -> None:
    one = await known(hubject, *range(1, 21))
    await one.publisher.publish([place(3, "DE*LON")])
    report = await one.publisher.publish([place(number) for number in range(1, 20)], complete=LON)
    assert report.connections["hubject"].removals == (str(evse_id(20)),)
    await one.deliver()
    assert one.shown() == sorted([GERMAN, *(str(evse_id(number)) for number in range(1, 20))])


async def test_too_many_removals_are_listed_and_refused_before_anything_is_changed(hubject: Stand) -> None:
    one = await known(hubject, 1, 2, 4)
    with pytest.raises(RemovalRefused) as refused:
        await one.publisher.publish([place(1), place(5), place(6)], complete=LON)
    assert refused.value.evses == (TWO, FOUR)
    assert str(refused.value.findings[0].text) == (
        f"2 of 3 EVSEs of NL*LON would be removed at hubject, at most 10% may go without confirmation: {TWO}, {FOUR}"
    )
    await one.deliver()
    assert one.calls() == 0
    preview = await one.publisher.preview([place(1), place(5)], complete=LON)
    assert preview.connections["hubject"].removals == (TWO, FOUR)
    assert preview.connections["hubject"].inserts == (str(evse_id(5)),)
    await one.publisher.publish([place(1), place(5)], complete=LON, confirm=True)
    await one.deliver()
    assert one.shown() == [ONE, str(evse_id(5))]


async def test_an_empty_list_is_refused_however_many_may_go(database: Database) -> None:
    one = await known(stand(database, [connection(options={"publish_most_removed": 1})]), 1)
    with pytest.raises(RemovalRefused):
        await one.publisher.publish([], complete=LON)
    await one.publisher.publish([], complete=LON, confirm=True)
    await one.deliver()
    assert one.shown() == []


# --- nothing remembered ------------------------------------------------------------------------------------------


async def test_without_a_memory_nothing_is_inserted_blindly(hubject: Stand) -> None:
    await hubject.publisher.publish([place(1)])
    await hubject.deliver()
    assert hubject.calls() == 0
    assert await hubject.publisher.held() == [
        Held("hubject", ONE, "data", "held", no_baseline(hubject.publisher.hub("hubject")))
    ]


async def test_a_lost_store_ends_in_a_previewed_full_load(hubject: Stand) -> None:
    one = await known(hubject, 1, 2)
    simulator = one.links["hubject"].simulator
    fresh = Database()
    fresh.migrate()
    again = stand(fresh, [connection()], simulators={"hubject": simulator})
    await again.publisher.publish([place(1), place(4)])
    await again.deliver()
    assert (again.calls(), again.shown()) == (0, [ONE, TWO])
    assert await again.publisher.full_load("hubject") == FullLoad(
        connection="hubject", sends=(ONE, FOUR), loses={}, complete=False
    )
    await again.deliver()
    assert again.calls() == 0
    await again.loaded()
    assert again.said() == [f"fullLoad {ONE} {FOUR}"]
    assert again.shown() == [ONE, FOUR]
    await again.publisher.publish([place(2)])
    await again.deliver()
    assert again.said()[1:] == [f"insert {TWO}"]
    fresh.close()


async def test_the_preview_names_what_the_hub_would_lose(hubject: Stand) -> None:
    one = await known(hubject, 1, 2, 4)
    await one.publisher.publish([place(1, hotline=None)])
    await one.publisher.retire([evse_id(2)])
    assert await one.publisher.full_load("hubject") == FullLoad(
        connection="hubject",
        sends=(FOUR,),
        loses={ONE: "no hotline number", TWO: "it is to be removed"},
        complete=True,
    )


async def test_a_full_load_of_nothing_is_refused(hubject: Stand) -> None:
    with pytest.raises(Invalid, match="a full load of nothing would empty the account"):
        await hubject.publisher.full_load("hubject", confirm=True)
    await hubject.deliver()
    assert hubject.calls() == 0


async def test_a_full_load_that_is_refused_is_not_repeated_by_itself(hubject: Stand) -> None:
    await hubject.publisher.publish([place(1), place(2)])
    hubject.links["hubject"].script = [refusing("018", f"Inconsistent EvseID: {TWO}")]
    await hubject.loaded()
    assert (hubject.calls(), hubject.shown()) == (1, [])
    held = {one.evse: (one.state, one.reason) for one in await hubject.publisher.held()}
    assert held == {
        ONE: ("held", no_baseline(hubject.publisher.hub("hubject"), f"Inconsistent EvseID: {TWO}")),
        TWO: ("refused", f"018 Inconsistent EvseID: {TWO}"),
    }
    await hubject.loaded()
    assert hubject.shown() == [ONE]


async def test_a_full_load_whose_answer_is_lost_is_sent_again_as_it_was(hubject: Stand) -> None:
    await hubject.publisher.publish([place(1)])
    hubject.links["hubject"].script = [answer_lost]
    await hubject.loaded()
    assert hubject.said() == [f"fullLoad {ONE}", f"fullLoad {ONE}"]
    assert hubject.links["hubject"].asked[0].body == hubject.links["hubject"].asked[1].body
    assert [row.state for row in await hubject.publisher.show(evse_id(1))] == ["current"]


async def test_a_full_load_loses_nothing_that_its_preview_did_not_name(database: Database) -> None:
    held: dict[str, str] = {}
    one = stand(database, [connection()], hold=lambda _, __, party: held.get(party.compact))
    await one.publisher.publish([place(1), place(2), place(3, "DE*LON")])
    await one.loaded()
    await one.publisher.full_load("hubject", confirm=True)
    held[DELON.compact] = "not active"
    await one.deliver()
    assert (one.calls(), one.shown()) == (1, [GERMAN, ONE, TWO])
    words = f"given up: more would be lost than was shown: {GERMAN}; look at the preview again"
    assert await one.publisher.held() == [Held("hubject", "", "load", "refused", f"the last full load: {words}")]
    preview = await one.publisher.full_load("hubject")
    assert (preview.loses, preview.last) == ({GERMAN: "not active"}, words)
    await one.loaded()
    assert (one.calls(), one.shown()) == (2, [ONE, TWO])
    assert await one.publisher.held() == [Held("hubject", GERMAN, "data", "held", "not active")]


async def test_a_first_full_load_sends_what_was_shown_or_nothing(hubject: Stand) -> None:
    """Nothing is remembered of the hub: all that was shown as sent may be there."""
    await hubject.publisher.publish([place(1), place(2)])
    await hubject.publisher.full_load("hubject", confirm=True)
    await hubject.publisher.publish([place(2, hotline=None), place(4)])
    await hubject.deliver()
    assert hubject.calls() == 0
    words = f"given up: more would be lost than was shown: {TWO}; look at the preview again"
    reasons = {one.evse: one.reason for one in await hubject.publisher.held()}
    assert reasons[ONE] == no_baseline(hubject.publisher.hub("hubject"), words)
    await hubject.loaded()
    assert hubject.said() == [f"fullLoad {ONE} {FOUR}"]


async def test_a_full_load_whose_preview_is_damaged_loses_nothing(hubject: Stand) -> None:
    one = await known(hubject, 1, 2)
    await one.publisher.publish([place(2, hotline=None)])
    await one.publisher.full_load("hubject", confirm=True)
    await one.database.write(lambda transaction: transaction.execute(update(t.accounts).values(full_load_shown="[")))
    await one.deliver()
    assert (one.calls(), one.shown()) == (0, [ONE, TWO])
    assert "more would be lost than was shown" in str((await one.publisher.full_load("hubject")).last)


async def test_a_full_load_that_is_withdrawn_without_its_connection_does_not_come_back(hubject: Stand) -> None:
    one = await known(hubject, 1)
    await one.publisher.full_load("hubject", confirm=True)
    one.links["hubject"].script = [answer_lost]
    await one.outbox.drain("hubject/evse-data")
    away = stand(one.database, [connection("eclearing")])
    await away.outbox.withdraw((await one.outbox.listed())[-1].id, "not wanted")
    one.moment += timedelta(days=20)
    await one.deliver()
    assert one.calls() == 1
    account = await one.database.read(lambda transaction: publications.account(transaction, "hubject"))
    assert account == Account(connection="hubject", words="not wanted")


async def test_a_push_that_is_withdrawn_without_its_connection_lets_go_of_its_rows(hubject: Stand) -> None:
    one = await known(hubject, 1)
    await one.publisher.publish([place(1, hotline="+31209999999")])
    one.links["hubject"].script = [answer_lost]
    await one.outbox.drain("hubject/evse-data")
    away = stand(one.database, [connection("eclearing")])
    await away.outbox.withdraw((await one.outbox.listed())[-1].id, "connection removed")
    await one.publisher.publish([place(1, hotline="+31208888888")])
    await one.deliver()
    assert [(row.state, row.entry) for row in await one.publisher.show(evse_id(1))] == [("current", None)]
    assert one.state()["evses"][ONE]["HotlinePhoneNumber"] == "+31208888888"


@pytest.mark.parametrize("number", [1, 4711], ids=["over", "gone"])
async def test_what_waits_for_a_push_that_is_over_is_planned_anew_at_the_start(hubject: Stand, number: int) -> None:
    one = await known(hubject, 1)
    await one.publisher.publish([place(1, hotline="+31209999999")])
    await one.publisher.publish_status(evse_id(1), EvseStatus.CHARGING, BEGIN)
    waiting = {"state": "sending", "entry": number, "status_state": "sending", "status_entry": number}
    await one.database.write(lambda transaction: transaction.execute(update(t.publications).values(**waiting)))
    await one.deliver()
    assert one.calls() == 0
    assert await one.publisher.recheck() == 2
    await one.deliver()
    row = (await one.publisher.show(evse_id(1)))[0]
    assert (row.state, row.entry, row.status_state, row.status_entry) == ("current", None, "current", None)
    assert one.state()["evses"][ONE]["HotlinePhoneNumber"] == "+31209999999"
    assert one.state()["statuses"] == {ONE: "Occupied"}


async def test_a_full_load_whose_push_is_gone_has_to_be_asked_for_again(hubject: Stand) -> None:
    one = await known(hubject, 1)
    gone = {"full_load_at": "2026-03-01", "full_load_entry": 4711}
    await one.database.write(lambda transaction: publications.noted(transaction, "hubject", **gone))
    await one.deliver()
    assert one.calls() == 0
    preview = await one.publisher.full_load("hubject")
    assert preview.last == "given up: it was sent before and is over; ask for it again"
    await one.database.write(lambda transaction: publications.noted(transaction, "hubject", **gone))
    assert await one.publisher.recheck() == 1
    account = await one.database.read(lambda transaction: publications.account(transaction, "hubject"))
    assert account == Account(connection="hubject", words="its outcome was lost")


# --- answers that are lost, and refusals -------------------------------------------------------------------------


async def test_an_insert_without_an_answer_is_sent_again_and_then_as_an_update(hubject: Stand) -> None:
    one = await known(hubject, 1)
    await one.publisher.publish([place(2)])
    one.links["hubject"].script = [answer_lost]
    await one.deliver()
    assert one.said() == [f"insert {TWO}", f"insert {TWO}", f"update {TWO}"]
    assert [(row.state, row.there) for row in await one.publisher.show(evse_id(2))] == [("current", "yes")]


async def test_an_insert_of_what_is_there_becomes_an_update_for_those_alone(hubject: Stand) -> None:
    one = await known(hubject, 1)
    await one.database.write(lambda transaction: _forget(transaction, ONE))
    await one.publisher.publish([place(1), place(2)])
    await one.deliver()
    assert one.said() == [f"insert {ONE} {TWO}", f"insert {TWO}", f"update {ONE}"]
    assert one.shown() == [ONE, TWO]


def _forget(transaction: Any, evse: str) -> None:
    rows = publications.found(transaction, "hubject", [EvseId.parse(evse).compact])
    publications.dropped(transaction, list(rows.values()))


async def test_an_update_of_what_is_not_there_becomes_an_insert(hubject: Stand) -> None:
    one = await known(hubject, 1, 2)
    one.links["hubject"].simulator.places.records.pop(evse_id(1).compact)  # type: ignore[attr-defined]
    await one.publisher.publish([place(1, hotline="+31209999999"), place(2, hotline="+31209999999")])
    await one.deliver()
    assert one.said() == [f"update {ONE} {TWO}", f"insert {ONE}", f"update {TWO}"]
    assert one.shown() == [ONE, TWO]


async def test_a_removal_of_what_is_not_there_is_done(hubject: Stand) -> None:
    one = await known(hubject, 1, 2)
    one.links["hubject"].simulator.places.records.pop(evse_id(1).compact)  # type: ignore[attr-defined]
    await one.publisher.retire([evse_id(1)])
    await one.deliver()
    assert (one.said(), await one.publisher.show(evse_id(1))) == ([f"delete {ONE}"], [])


async def test_a_hub_that_contradicts_itself_is_not_asked_for_ever(hubject: Stand) -> None:
    one = await known(hubject, 1)
    there = refusing("009", f"EVSE data records already exist for EvseIDs: {TWO}")
    not_there = refusing("603", f"EVSE data records missing for EvseIDs: {TWO}")
    one.links["hubject"].script = [there, not_there]
    await one.publisher.publish([place(2)])
    await one.deliver()
    assert one.said() == [f"insert {TWO}", f"update {TWO}"]
    assert [(held.state, held.reason) for held in await one.publisher.held()] == [
        (
            "refused",
            "603 the hub says that it has the record, and that it does not: "
            f"EVSE data records missing for EvseIDs: {TWO}",
        )
    ]


async def test_records_that_the_hub_names_do_not_hold_up_the_others(hubject: Stand) -> None:
    one = await known(hubject, 1)
    one.links["hubject"].script = [refusing("018", f"Inconsistent EvseID: {TWO}")]
    await one.publisher.publish([place(2), place(4)])
    await one.deliver()
    assert one.said() == [f"insert {TWO} {FOUR}", f"insert {FOUR}"]
    assert [(held.evse, held.reason) for held in await one.publisher.held()] == [
        (TWO, f"018 Inconsistent EvseID: {TWO}")
    ]
    await one.publisher.publish([place(2)])
    await one.deliver()
    assert one.calls() == 2
    assert await one.publisher.retry("hubject", evse_id(2)) == 1
    await one.deliver()
    assert one.shown() == [ONE, TWO, FOUR]


async def test_a_record_is_named_by_its_place_in_the_push_too(hubject: Stand) -> None:
    one = await known(hubject, 1)
    fault = b'{"message": "Error parsing/validating JSON.", "validationErrors": [{"fieldReference": "operatorEvseData.evseDataRecord[1].hotlinePhoneNumber", "errorMessage": "bad"}]}'  # noqa: E501
    one.links["hubject"].script = [lambda _: HttpResponse(status=400, body=fault)]
    await one.publisher.publish([place(2), place(4)])
    await one.deliver()
    assert one.shown() == [ONE, TWO]
    assert [held.evse for held in await one.publisher.held()] == [FOUR]


async def test_a_refusal_that_names_nobody_stops_all_of_the_push_until_asked_or_changed(hubject: Stand) -> None:
    one = await known(hubject, 1)
    one.links["hubject"].script = [refusing("022", "data error")]
    await one.publisher.publish([place(2), place(4)])
    await one.deliver()
    assert (one.calls(), one.shown()) == (1, [ONE])
    await one.publisher.publish([place(2, hotline="+31209999999"), place(4)])
    await one.deliver()
    assert one.shown() == [ONE, TWO]
    assert await one.publisher.retry("hubject") == 1
    await one.deliver()
    assert one.shown() == [ONE, TWO, FOUR]


async def test_what_is_wanted_anew_while_a_push_waits_is_what_goes_out(hubject: Stand) -> None:
    one = await known(hubject, 1)
    one.links["hubject"].script = [_not_sent]
    await one.publisher.publish([place(2)])
    for lane in await one.outbox.due():
        await one.outbox.drain(lane)
    await one.publisher.retire([evse_id(2)])
    await one.publisher.publish([place(4)])
    await one.deliver()
    assert one.said() == [f"insert {TWO}", f"insert {FOUR}"]
    assert one.shown() == [ONE, FOUR]


def _not_sent(_: HttpRequest) -> Exception:
    return NotSent("connection refused")


async def test_what_changes_while_a_push_is_unanswered_follows_it(hubject: Stand) -> None:
    one = await known(hubject, 1)
    one.links["hubject"].script = [answer_lost]
    await one.publisher.publish([place(1, hotline="+31201111111")])
    for lane in await one.outbox.due():
        await one.outbox.drain(lane)
    await one.publisher.publish([place(1, hotline="+31202222222")])
    await one.deliver()
    assert one.said() == [f"update {ONE}"] * 3
    assert one.state()["evses"][ONE]["HotlinePhoneNumber"] == "+31202222222"


async def test_a_push_that_is_given_up_by_a_person_stays_given_up(hubject: Stand) -> None:
    one = await known(hubject, 1)
    one.links["hubject"].script = [_not_sent]
    await one.publisher.publish([place(2)])
    for lane in await one.outbox.due():
        await one.outbox.drain(lane)
    entry = (await one.outbox.listed(state="waiting"))[0]
    await one.outbox.withdraw(entry.id, "not yet built")
    await one.deliver()
    assert (one.calls(), one.shown()) == (1, [ONE])
    assert [held.reason for held in await one.publisher.held()] == ["not yet built"]


async def test_a_damaged_row_is_set_aside_and_named_and_the_others_go_on(hubject: Stand) -> None:
    one = await known(hubject, 1)
    await one.publisher.publish([place(2), place(4)])
    await one.database.write(lambda transaction: _damage(transaction, evse_id(2).compact))
    await one.deliver()
    assert one.shown() == [ONE, FOUR]
    assert [(held.evse, held.reason.split(":")[0]) for held in await one.publisher.held()] == [
        (TWO, "internal unreadable in the store")
    ]


def _damage(transaction: Any, evse: str) -> None:
    row = publications.found(transaction, "hubject", [evse])[evse]
    publications.saved(transaction, [replace(row, document='{"evses": [')])


async def test_a_damaged_push_is_planned_anew_from_its_rows(hubject: Stand) -> None:
    one = await known(hubject, 1)
    one.links["hubject"].script = [_not_sent]
    await one.publisher.publish([place(2)])
    for lane in await one.outbox.due():
        await one.outbox.drain(lane)
    await one.database.write(lambda transaction: transaction.execute(update(t.outbox).values(message='{"loc')))
    await one.deliver()
    assert one.shown() == [ONE, TWO]
    assert await one.publisher.held() == []


DAMAGED = ("null", '{"locations": [null]}', '{"action": "bogus"}', '{"loc', "[]", '{"locations": 1}')


@pytest.mark.parametrize("message", DAMAGED)
async def test_a_damaged_push_without_an_answer_lets_go_of_its_rows(hubject: Stand, message: str) -> None:
    one = await known(hubject, 1)
    one.links["hubject"].script = [answer_lost]
    await one.publisher.publish([place(1, hotline="+31209999999")])
    await one.outbox.drain("hubject/evse-data")
    await _damage_open(one, message)
    await one.publisher.publish([place(1, hotline="+31208888888")])
    await one.deliver()
    assert [(row.state, row.entry) for row in await one.publisher.show(evse_id(1))] == [("current", None)]
    assert one.state()["evses"][ONE]["HotlinePhoneNumber"] == "+31208888888"


@pytest.mark.parametrize("message", DAMAGED)
async def test_a_damaged_push_of_statuses_is_planned_anew(hubject: Stand, message: str) -> None:
    one = await known(hubject, 1)
    one.links["hubject"].script = [_not_sent]
    await one.publisher.publish_status(evse_id(1), EvseStatus.CHARGING, BEGIN)
    await one.outbox.drain("hubject/evse-status")
    await _damage_open(one, message)
    await one.deliver()
    assert one.state()["statuses"] == {ONE: "Occupied"}
    assert [row.status_state for row in await one.publisher.show(evse_id(1))] == ["current"]


async def test_a_damaged_full_load_has_to_be_asked_for_again(hubject: Stand) -> None:
    one = await known(hubject, 1, 2)
    one.links["hubject"].script = [answer_lost]
    await one.publisher.full_load("hubject", confirm=True)
    await one.outbox.drain("hubject/evse-data")
    await _damage_open(one, "null")
    await one.deliver()
    assert (one.calls(), one.shown()) == (1, [ONE, TWO])
    account = await one.database.read(lambda transaction: publications.account(transaction, "hubject"))
    assert account == Account(connection="hubject", words="the stored message cannot be read; it was not sent again")
    await one.loaded()
    assert one.shown() == [ONE, TWO]


async def _damage_open(one: Stand, message: str) -> None:
    damaged = update(t.outbox).where(t.outbox.c.state.in_(outbox.OPEN)).values(message=message)
    await one.database.write(lambda transaction: transaction.execute(damaged))


@pytest.mark.parametrize("kind", ["PublishEvses", "PublishStatuses"])
async def test_a_renamed_lane_waits_for_the_push_in_the_older_one(hubject: Stand, kind: str) -> None:
    one = await known(hubject, 1, 2)
    one.links["hubject"].script = [answer_lost]
    old = "hubject/evse-data" if kind == "PublishEvses" else "hubject/evse-status"
    await _both(one, 1)
    await one.outbox.drain(old)
    renamed = connection(options={"policies": {kind: {"lane": "renamed"}}})
    again = stand(one.database, [renamed], simulators={"hubject": one.links["hubject"].simulator})
    again.moment = one.moment + timedelta(hours=1)
    await _both(again, 2)
    other = ({"hubject/evse-data", "hubject/evse-status"} - {old}).pop()
    assert sorted(await again.outbox.due()) == sorted([old, other])
    await again.outbox.drain("hubject/renamed")
    assert again.calls() == 0
    await again.deliver()
    assert (again.shown(), again.state()["statuses"]) == ([ONE, TWO], {ONE: "Occupied", TWO: "Occupied"})


async def _both(one: Stand, number: int) -> None:
    """Data and a status are due."""
    await one.publisher.publish([place(number, hotline="+31209999999")])
    at = one.moment + timedelta(minutes=1)
    await one.publisher.publish_status(evse_id(number), EvseStatus.CHARGING, at)


async def test_a_full_load_that_was_given_up_unanswered_leaves_nothing_known(hubject: Stand) -> None:
    one = await known(hubject, 1)
    one.links["hubject"].script = [answer_lost]
    await one.publisher.full_load("hubject", confirm=True)
    for lane in await one.outbox.due():
        await one.outbox.drain(lane)
    entry = (await one.outbox.listed(state="unknown"))[0]
    await one.outbox.withdraw(entry.id, "not now")
    await one.publisher.publish([place(2)])
    await one.deliver()
    assert one.calls() == 1
    reason = no_baseline(one.publisher.hub("hubject"), "not now")
    assert [held.reason for held in await one.publisher.held()] == [reason, reason]
    await one.loaded()
    assert one.shown() == [ONE, TWO]


# --- statuses ----------------------------------------------------------------------------------------------------


async def test_a_status_waits_for_the_data_of_its_evse(hubject: Stand) -> None:
    await hubject.publisher.publish([place(1)])
    taken = await hubject.publisher.publish_status(evse_id(1), EvseStatus.CHARGING, BEGIN)
    assert taken == [StatusTaken("hubject", "waits", WAITING)]
    await hubject.deliver()
    assert Held("hubject", ONE, "status", "waits", WAITING) in await hubject.publisher.held()
    await hubject.loaded()
    assert hubject.said() == [f"fullLoad {ONE}", f"status update {ONE}"]
    assert hubject.state()["statuses"] == {ONE: "Occupied"}


async def test_only_the_newest_status_of_an_evse_goes_out(hubject: Stand) -> None:
    one = await known(hubject, 1)
    await one.publisher.publish_status(evse_id(1), EvseStatus.CHARGING, BEGIN + timedelta(minutes=2))
    older = await one.publisher.publish_status(evse_id(1), EvseStatus.AVAILABLE, BEGIN)
    assert [taken.outcome for taken in older] == ["older"]
    await one.publisher.publish_status(evse_id(1), EvseStatus.OUTOFORDER, BEGIN + timedelta(minutes=3))
    await one.deliver()
    assert one.state()["statuses"] == {ONE: "OutOfService"}
    assert one.calls() == 1
    same = await one.publisher.publish_status(evse_id(1), EvseStatus.OUTOFORDER, BEGIN + timedelta(minutes=4))
    await one.deliver()
    assert ([taken.outcome for taken in same], one.calls()) == (["unchanged"], 1)


async def test_a_status_of_an_evse_that_is_not_published_is_dropped_with_a_reason(hubject: Stand) -> None:
    one = await known(hubject, 1)
    assert await one.publisher.publish_status(evse_id(9), EvseStatus.AVAILABLE, BEGIN) == [
        StatusTaken("hubject", "dropped", f"{evse_id(9)} is not published at hubject")
    ]
    await one.publisher.retire([evse_id(1)])
    assert [taken.outcome for taken in await one.publisher.publish_status(evse_id(1), EvseStatus.AVAILABLE, BEGIN)] == [
        "dropped"
    ]


async def test_an_overtaken_status_is_not_sent_again(hubject: Stand) -> None:
    one = await known(hubject, 1)
    one.links["hubject"].script = [answer_lost]
    await one.publisher.publish_status(evse_id(1), EvseStatus.CHARGING, BEGIN)
    for lane in await one.outbox.due():
        await one.outbox.drain(lane)
    await one.publisher.publish_status(evse_id(1), EvseStatus.AVAILABLE, BEGIN + timedelta(minutes=1))
    await one.deliver()
    assert one.state()["statuses"] == {ONE: "Available"}
    assert [entry.state for entry in await one.outbox.listed()][-2:] == ["withdrawn", "accepted"]


async def test_statuses_go_singly_and_in_batches_after_an_outage(hubject: Stand) -> None:
    one = await known(hubject, *range(1, 31))
    for number in (1, 2):
        await one.publisher.publish_status(evse_id(number), EvseStatus.CHARGING, BEGIN)
    await one.deliver()
    assert one.said() == [f"status update {ONE}", f"status update {TWO}"]
    one.links["hubject"].asked.clear()
    for number in range(1, 31):
        await one.publisher.publish_status(evse_id(number), EvseStatus.AVAILABLE, BEGIN + timedelta(minutes=1))
    await one.deliver()
    assert [len(said.split()) - 2 for said in one.said()] == [30]


async def test_statuses_of_evses_that_the_hub_does_not_know_do_not_hold_up_the_others(hubject: Stand) -> None:
    one = await known(hubject, *range(1, 31))
    one.links["hubject"].simulator.places.records.pop(evse_id(2).compact)  # type: ignore[attr-defined]
    for number in range(1, 31):
        await one.publisher.publish_status(evse_id(number), EvseStatus.AVAILABLE, BEGIN)
    await one.deliver()
    assert len(one.state()["statuses"]) == 29
    assert await one.publisher.held() == [
        Held("hubject", TWO, "status", "refused", "the hub has no record of this EVSE")
    ]


async def test_a_status_is_told_anew_when_the_record_had_to_be_inserted_again(hubject: Stand) -> None:
    one = await known(hubject, 1)
    await one.publisher.publish_status(evse_id(1), EvseStatus.CHARGING, BEGIN)
    await one.deliver()
    places = one.links["hubject"].simulator.places  # type: ignore[attr-defined]
    places.records.clear()
    places.statuses.clear()
    await one.publisher.publish([place(1, hotline="+31209999999")])
    await one.deliver()
    assert one.said()[1:] == [f"update {ONE}", f"insert {ONE}", f"status update {ONE}"]
    assert one.state()["statuses"] == {ONE: "Occupied"}


async def test_a_status_told_while_a_push_is_planned_elsewhere_is_not_taken_for_sent(hubject: Stand) -> None:
    one = await known(hubject, 1)
    await one.publisher.publish_status(evse_id(1), EvseStatus.CHARGING, BEGIN)
    planner, hub = one.publisher.planner, one.hubs["hubject"]
    planned = await one.database.write(lambda transaction: planner.plan(transaction, "hubject/evse-status", BEGIN))
    assert planned is not None
    await one.publisher.publish_status(evse_id(1), EvseStatus.AVAILABLE, BEGIN + timedelta(minutes=1))

    def owe(transaction: Any) -> None:
        message = owed(hub.connection, hub.profile, planned.message, BEGIN)
        planner.planned(transaction, outbox.add(transaction, message, BEGIN))

    await one.database.write(owe)
    await one.deliver()
    assert one.said() == [f"status update {ONE}"] * 2
    assert one.state()["statuses"] == {ONE: "Available"}


# --- the other hubs ----------------------------------------------------------------------------------------------


async def test_a_hub_that_only_updates_needs_no_memory(database: Database) -> None:
    one = stand(database, [connection("eclearing")])
    await one.publisher.publish([place(1), place(2)])
    await one.publisher.publish_status(evse_id(1), EvseStatus.CHARGING, BEGIN)
    await one.deliver()
    state = one.state("eclearing")
    assert [record["evses"][0]["evse_id"] for record in state["evses"]] == [ONE, TWO]
    assert [status["evse"] for status in state["statuses"]] == [ONE]
    await one.publisher.retire([evse_id(1)])
    await one.deliver()
    statuses = {record["evses"][0]["evse_id"]: record["evses"][0].get("static_status") for record in
                one.state("eclearing")["evses"]}  # fmt: skip
    assert statuses == {ONE: "CLOSED", TWO: None}


async def test_a_hub_that_takes_no_data_gets_statuses_only(database: Database) -> None:
    one = stand(database, [connection("gireve")])
    report = await one.publisher.publish([place(1)])
    assert (report.connections["gireve"].unchanged, await one.publisher.held()) == (1, [])
    await one.publisher.publish_status(evse_id(1), EvseStatus.AVAILABLE, BEGIN)
    await one.publisher.publish_status(evse_id(3, "DE*LON"), EvseStatus.AVAILABLE, BEGIN)
    await one.deliver()
    assert sorted(one.state("gireve")["statuses"]) == [GERMAN, ONE]
    with pytest.raises(Unsupported, match="takes no EVSE data over this protocol"):
        await one.publisher.full_load("gireve")


async def test_each_hub_of_the_tenant_gets_what_it_carries(database: Database) -> None:
    other = connection("eclearing", operators=(), tenant="other")
    one = stand(database, [connection(), other])
    report = await one.publisher.publish([place(1)])
    assert list(report.connections) == ["hubject"]
    report = await one.publisher.publish([place(1), place(3, "DE*LON")], connections=["eclearing"])
    assert {name: (changes.inserts) for name, changes in report.connections.items()} == {"eclearing": (ONE,)}
    with pytest.raises(UnknownConnection):
        await one.publisher.publish([place(1)], connections=["elsewhere"])
